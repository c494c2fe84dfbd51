"""Random pods over every field that the Pod Security Standards name, and what the API server's plugin refuses of them.

``python -m tests.rules.secured_pods --count 20000 --seed 1`` compares ``pod_violations`` with the plugin on each, in a
version drawn by chance, and prints the pods on which they disagree.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from generator.rules.kubernetes.pod_security import NEWEST, Level, pod_violations

from ..objects.make import Make, Object, choice, some
from ..support.apiserver import NEWEST as SERVER
from ..support.apiserver import api_server

LEVELS: tuple[Level, ...] = ("baseline", "restricted")
BATCH = 100  # pods of one question


def some_map(often: float, **table: Make) -> Make:
    return lambda dice: some(dice, table, often)


def some_list(make: Make, most: int = 3) -> Make:
    return lambda dice: [make(dice) for _ in range(dice.randint(0, most))]


FLAG = choice(True, False, None)
YES, NO = choice(True, True, True, False, None), choice(False, False, False, True, None)
PROFILE = choice(
    *({"type": "RuntimeDefault"} for _ in range(4)), {"type": "Localhost", "localhostProfile": "a"},
    {"type": "Unconfined"}, {"type": "runtimeDefault"}, {}, None,
)  # fmt: skip
SELINUX = some_map(
    0.4, type=choice("container_t", "container_engine_t", "container_kvm_t", "spc_t", "", None),
    user=choice("", "root_u", None), role=choice("", "root_r"), level=choice("s0"),
)  # fmt: skip
WINDOWS = some_map(0.5, hostProcess=FLAG, runAsUserName=choice("a"))
CAPABILITY = choice("NET_BIND_SERVICE", "CHOWN", "SYS_ADMIN", "NET_RAW", "MKNOD", "ALL", "CAP_CHOWN", "chown")
DROP = choice(["ALL"], ["ALL"], ["ALL"], ["NET_RAW", "ALL"], ["all"], ["NET_RAW"], [], None)
ADD = choice([], [], ["NET_BIND_SERVICE"], ["NET_BIND_SERVICE"], ["CHOWN"], ["SYS_ADMIN", "CHOWN"], None)
SYSCTLS = (
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem", "net.ipv4.tcp_notsent_lowat", "net.ipv4.tcp_slow_start_after_idle", "kernel.msgmax",
    "net/ipv4/tcp_rmem", "",
)  # fmt: skip
HANDLER = some_map(
    0.5, httpGet=lambda dice: {"port": 80, "host": dice.choice(("", "", "127.0.0.1", None))},
    tcpSocket=lambda dice: {"port": 80, **dice.choice(({}, {"host": "10.0.0.1"}, {"host": ""}))},
    exec=lambda _: {"command": ["a"]},
)  # fmt: skip
PORT = some_map(0.5, containerPort=choice(80, 8080), hostPort=choice(0, 0, 0, 8080, None), name=choice("http"))
VOLUMES: Object = {
    "configMap": {"name": "a"}, "csi": {"driver": "a"}, "downwardAPI": {}, "emptyDir": {}, "ephemeral": {},
    "image": {"reference": "a"}, "persistentVolumeClaim": {"claimName": "a"}, "projected": {}, "secret": {},
    "hostPath": {"path": "/"}, "gcePersistentDisk": {"pdName": "a"}, "awsElasticBlockStore": {"volumeID": "a"},
    "gitRepo": {"repository": "a"}, "nfs": {"server": "a", "path": "/"}, "iscsi": {"iqn": "a"}, "glusterfs": {},
    "rbd": {"image": "a"}, "flexVolume": {"driver": "a"}, "cinder": {"volumeID": "a"}, "cephfs": {"monitors": ["a"]},
    "flocker": {}, "fc": {}, "azureFile": {"secretName": "a"}, "vsphereVolume": {"volumePath": "a"},
    "quobyte": {"volume": "a"}, "azureDisk": {"diskName": "a"}, "photonPersistentDisk": {"pdID": "a"},
    "portworxVolume": {"volumeID": "a"}, "scaleIO": {"system": "a"}, "storageos": {},
}  # fmt: skip
SAFE = tuple(VOLUMES)[:9]
USER = choice(0, 1, 1000, 1000, None)
CONTEXT: dict[str, tuple[float, Make]] = {
    "privileged": (0.1, FLAG),
    "allowPrivilegeEscalation": (0.7, NO),
    "capabilities": (0.8, lambda dice: dice.choice((None, {"drop": DROP(dice), "add": ADD(dice)}, {"drop": ["ALL"]}))),
    "runAsNonRoot": (0.3, YES),
    "runAsUser": (0.2, USER),
    "appArmorProfile": (0.1, PROFILE),
    "seccompProfile": (0.3, PROFILE),
    "seLinuxOptions": (0.1, SELINUX),
    "procMount": (0.1, choice("Default", "Unmasked", "Other", None)),
    "windowsOptions": (0.1, WINDOWS),
    "readOnlyRootFilesystem": (0.1, FLAG),
}
POD_CONTEXT: dict[str, tuple[float, Make]] = {
    **{key: CONTEXT[key] for key in ("appArmorProfile", "seLinuxOptions", "windowsOptions", "runAsUser")},
    "runAsNonRoot": (0.7, YES),
    "seccompProfile": (0.7, PROFILE),
    "sysctls": (0.2, some_list(lambda dice: {"name": dice.choice(SYSCTLS), "value": "1"})),
}
ANNOTATIONS = {
    "container.apparmor.security.beta.kubernetes.io/c0": ("runtime/default", "unconfined", "localhost/a", "", "local"),
    "seccomp.security.alpha.kubernetes.io/pod": ("runtime/default", "docker/default", "unconfined", "localhost/a", ""),
    "container.seccomp.security.alpha.kubernetes.io/c0": ("runtime/default", "unconfined", "localhost/a"),
    "container.seccomp.security.alpha.kubernetes.io/other": ("unconfined",),
}


def drawn(dice: random.Random, fields: dict[str, tuple[float, Make]], rate: float) -> Any:
    """Return a map of fields, each with its own chance times the rate; or null, or a map with a null."""
    if dice.random() < 0.03:
        return None
    return {key: make(dice) for key, (chance, make) in fields.items() if dice.random() < chance * rate}


def container(dice: random.Random, name: str, rate: float) -> Object:
    """Return a container, whose fields that the standards refuse come by a rate."""
    made: Object = {"name": name, "image": "example/a:1"}
    if dice.random() < 0.9:
        made["securityContext"] = drawn(dice, CONTEXT, rate)
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        if dice.random() < 0.1 * rate:
            made[key] = HANDLER(dice)
    if dice.random() < 0.1 * rate:
        made["lifecycle"] = some_map(0.7, postStart=HANDLER, preStop=HANDLER)(dice)
    if dice.random() < 0.3:
        made["ports"] = some_list(PORT, 2)(dice)
    return made


def volume(dice: random.Random, number: int) -> Object:
    """Return a volume: mostly one that restricted accepts, or one without a source, or with two."""
    count = dice.choice((0, 1, 1, 1, 1, 1, 2))
    keys = [dice.choice(SAFE if dice.random() < 0.7 else ("hostPath", *VOLUMES, "hostPath")) for _ in range(count)]
    return {"name": f"v{number}", **{key: dice.choice((VOLUMES[key],) * 9 + (None,)) for key in keys}}


def hardened(dice: random.Random) -> Object:
    """Return a pod that ``restricted`` accepts, with zero to two fields changed: near both sides of each control."""
    safe: Object = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    context: Object = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    made = [{"name": f"c{n}", "image": "a", "securityContext": json.loads(json.dumps(safe))} for n in range(2)]
    spec: Object = {"securityContext": context, "containers": made[:1], "initContainers": made[1:]}
    metadata: Object = {"name": "web"}
    for _ in range(dice.randint(0, 2)):
        part = dice.choice(made)
        match dice.randrange(7):
            case 0:
                key = dice.choice(tuple(CONTEXT))
                part["securityContext"] = {**(part["securityContext"] or {}), key: CONTEXT[key][1](dice)}
            case 1:
                key = dice.choice(tuple(POD_CONTEXT))
                context[key] = POD_CONTEXT[key][1](dice)
            case 2:
                spec["volumes"] = [volume(dice, 0)]
            case 3:
                part.update({"securityContext": None, **container(dice, part["name"], 3)})
            case 4:
                (part["securityContext"] or {}).pop(dice.choice(tuple(safe)), None)
            case 5:
                spec.update(loose(dice))
            case _:
                metadata["annotations"] = annotations(dice)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def loose(dice: random.Random) -> Object:
    """Return fields of the spec itself."""
    fields: dict[str, tuple[float, Make]] = {
        **dict.fromkeys(("hostNetwork", "hostPID", "hostIPC"), (0.15, FLAG)),
        "hostUsers": (0.3, FLAG),
        "os": (0.2, choice({"name": "windows"}, {"name": "linux"}, {"name": "Windows"}, {}, None)),
    }
    return {key: make(dice) for key, (chance, make) in fields.items() if dice.random() < chance}


def annotations(dice: random.Random) -> Object:
    return {key: dice.choice(values) for key, values in ANNOTATIONS.items() if dice.random() < 0.5}


def any_pod(dice: random.Random) -> Object:
    """Return a pod with any of the fields."""
    if dice.random() < 0.5:
        return hardened(dice)
    rate = dice.choice((0.3, 1, 2))
    spec: Object = loose(dice)
    spec["containers"] = [container(dice, f"c{n}", rate) for n in range(dice.randint(1, 3))]
    for key, name in (("initContainers", "i"), ("ephemeralContainers", "e")):
        if dice.random() < 0.2:
            spec[key] = [container(dice, f"{name}{n}", rate) for n in range(dice.randint(0, 2))]
    if dice.random() < 0.9:
        spec["securityContext"] = drawn(dice, POD_CONTEXT, rate)
    if dice.random() < 0.3:
        spec["volumes"] = [volume(dice, n) for n in range(dice.randint(0, 3))]
    metadata = {"name": "web", **({"annotations": annotations(dice)} if dice.random() < 0.2 else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


@dataclass(frozen=True)
class Disagreement:
    """A pod of which we say something else than the plugin: the level and version, and the ids of failed checks."""

    pod: Object
    version: str
    level: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def failed(pod: Any, level: Level, minor: int = NEWEST) -> tuple[str, ...]:
    """Return the ids of the controls that a pod violates, in order."""
    return tuple(sorted({one.control for one in pod_violations(pod, level, minor)}))


def disagreements(
    pods: Iterable[Object], minor: int | None = None, seen: Counter[str] | None = None
) -> Iterator[Disagreement]:
    """Yield where ``pod_violations`` and the plugin disagree, in a version 1.N or the latest; count failed checks."""
    every, counts = list(pods), Counter[str]() if seen is None else seen
    version = "latest" if minor is None else f"v1.{minor}"
    for start in range(0, len(every), BATCH):
        some_pods = every[start : start + BATCH]
        text = "".join(f"---\n{json.dumps(one)}\n" for one in some_pods)
        told = api_server(SERVER).ask(text, pod_security=version)
        for pod, verdict in zip(some_pods, told, strict=True):
            counts["not decoded"] += not verdict.failed
            for level in LEVELS if verdict.failed else ():
                theirs = tuple(sorted(verdict.failed[level]))
                ours = failed(pod, level, NEWEST if minor is None else minor)
                counts.update(theirs or (f"accepted by {level}",))
                if ours != theirs:
                    yield Disagreement(pod, version, level, ours, theirs)


def main() -> int:
    """Compare many pods in every version of the standards; exit 1 on a disagreement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice, seen, bad = random.Random(options.seed), Counter[str](), 0  # noqa: S311
    versions: list[int | None] = [None, *range(NEWEST + 3)]
    for done in range(0, options.count, BATCH):
        version = None if dice.random() < 0.5 else dice.choice(versions)
        pods = [any_pod(dice) for _ in range(min(BATCH, options.count - done))]
        for one in disagreements(pods, version, seen):
            bad += 1
            print(json.dumps(one.pod), one.version, one.level, f"ours {one.ours}", f"theirs {one.theirs}", sep="\n  ")
    print(
        f"{options.count} pods, {bad} disagreements",
        *(f"{count:8} {name}" for name, count in seen.most_common()),
        sep="\n",
    )
    return int(bad > 0)


if __name__ == "__main__":
    raise SystemExit(main())
