"""Valid objects of Kubernetes, made at random as data; ``tests/objectedits.py`` changes them to other valid ones.

Names come from small sets, so that two sides often choose the same one. What is made here is meant to be valid and is
only used after the API server's own validation has said so (``tests/apiserver.py``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Make = Callable[[random.Random], Any]

NAMES = ("app", "proxy", "cache", "agent", "export")
VOLUMES = ("data", "config", "scratch", "certs", "plugins")
VARIABLES = ("LOG_LEVEL", "POD_NAME", "DB_PASSWORD", "CPU_LIMIT", "REGION", "ENDPOINT")
PORTS = (80, 443, 8080, 8443, 9090, 9100)
PORT_NAMES = ("http", "https", "metrics", "admin")


def one_of(dice: random.Random, table: dict[str, Make]) -> Object:
    """Return a map with one of the fields of a table: what the API calls a union."""
    name = dice.choice(list(table))
    return {name: table[name](dice)}


def some(dice: random.Random, table: dict[str, Make], often: float = 0.4) -> Object:
    """Return a map with some of the fields of a table."""
    return {name: make(dice) for name, make in table.items() if dice.random() < often}


def several(dice: random.Random, make: Callable[[random.Random, str], Object], names: tuple[str, ...]) -> list[Object]:
    """Return a list of items with different names."""
    return [make(dice, name) for name in dice.sample(names, dice.randint(1, min(3, len(names))))]


def number(low: int, high: int) -> Make:
    return lambda dice: dice.randint(low, high)


def choice(*values: Any) -> Make:
    return lambda dice: dice.choice(values)


def fixed(value: Any) -> Make:
    return lambda _: value


# --- Containers -------------------------------------------------------------------------------------------------------

_PORT: Make = choice(*PORTS, *PORT_NAMES[:3])


def _http(dice: random.Random) -> Object:
    more: dict[str, Make] = {
        "scheme": choice("HTTP", "HTTPS"),
        "httpHeaders": lambda d: [{"name": "Host", "value": d.choice(("a.example.org", "b.example.org"))}],
    }
    return {"path": dice.choice(("/healthz", "/ready", "/")), "port": _PORT(dice), **some(dice, more, 0.2)}


_EXEC: Make = lambda dice: {"command": ["sh", "-c", dice.choice(("true", "cat /tmp/ok", "sleep 5"))]}  # noqa: E731
_TCP: Make = lambda dice: {"port": _PORT(dice)}  # noqa: E731
PROBE_HANDLERS: dict[str, Make] = {
    "httpGet": _http,
    "tcpSocket": _TCP,
    "exec": _EXEC,
    "grpc": lambda dice: {"port": dice.choice(PORTS), **some(dice, {"service": choice("live", "ready")})},
}
HOOK_HANDLERS: dict[str, Make] = {
    "exec": _EXEC,
    "httpGet": _http,
    "sleep": lambda dice: {"seconds": dice.randint(1, 20)},
}


def probe(dice: random.Random) -> Object:
    timing: dict[str, Make] = {
        "periodSeconds": number(5, 30),
        "timeoutSeconds": number(1, 5),
        "initialDelaySeconds": number(1, 20),
        "failureThreshold": number(2, 6),
    }
    return {**one_of(dice, PROBE_HANDLERS), **some(dice, timing)}


def hook(dice: random.Random) -> Object:
    return one_of(dice, HOOK_HANDLERS)


def _key_of(dice: random.Random) -> Object:
    more = some(dice, {"optional": choice(True, False)}, 0.3)
    return {"name": dice.choice(("settings", "secrets")), "key": dice.choice(("a", "b")), **more}


VALUE_SOURCES: dict[str, Make] = {
    "fieldRef": lambda dice: {"fieldPath": dice.choice(("metadata.name", "spec.nodeName", "status.podIP"))},
    "resourceFieldRef": lambda dice: {"resource": dice.choice(("limits.cpu", "requests.memory"))},
    "configMapKeyRef": _key_of,
    "secretKeyRef": _key_of,
}
VALUE: dict[str, Make] = {
    "value": choice("a", "8080", "true", "x=1,y=2", ""),
    "valueFrom": lambda dice: one_of(dice, VALUE_SOURCES),
}


def variable(dice: random.Random, name: str) -> Object:
    return {"name": name, **one_of(dice, VALUE)}


def env_from(dice: random.Random) -> Object:
    named: Make = lambda d: {"name": d.choice(("settings", "secrets", "common"))}  # noqa: E731
    more = some(dice, {"prefix": choice("A_", "B_")}, 0.3)
    return {**more, **one_of(dice, {"configMapRef": named, "secretRef": named})}


def container_port(dice: random.Random, name: str) -> Object:
    more: dict[str, Make] = {"protocol": choice("TCP", "UDP")}
    return {"name": name, "containerPort": dice.choice(PORTS), **some(dice, more)}


def resources(dice: random.Random) -> Object:
    requests = {"cpu": dice.choice(("50m", "100m")), "memory": "64Mi"}
    return {"requests": requests, **some(dice, {"limits": lambda d: {"memory": d.choice(("128Mi", "256Mi"))}})}


SUB_PATHS: dict[str, Make] = {"subPath": choice("a", "b"), "subPathExpr": fixed("$(POD)")}


def mount(dice: random.Random, volume: str) -> Object:
    path = {"name": volume, "mountPath": f"/{dice.choice((volume, 'mnt/' + volume, 'srv'))}"}
    more = {**some(dice, {"readOnly": choice(True, False)}), **(one_of(dice, SUB_PATHS) if dice.random() < 0.2 else {})}
    return {**path, **more}


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def container(dice: random.Random, name: str, volumes: list[str], runs: bool = True) -> Object:
    """Return a container that mounts some of the volumes; only one that ``runs`` has probes and hooks."""
    table: dict[str, Make] = {
        "args": lambda d: [f"--{d.choice(('verbose', 'listen=:8080', 'color'))}" for _ in range(d.randint(1, 3))],
        "ports": lambda d: several(d, container_port, PORT_NAMES),
        "env": lambda d: several(d, variable, VARIABLES),
        "envFrom": lambda d: [env_from(d) for _ in range(d.randint(1, 2))],
        "resources": resources,
        "securityContext": lambda d: {"readOnlyRootFilesystem": d.choice((True, False)), "runAsNonRoot": True},
        "imagePullPolicy": choice("Always", "IfNotPresent"),
    }
    if runs:
        table |= dict.fromkeys(PROBES, probe)
        table["lifecycle"] = lambda d: some(d, {"preStop": hook, "postStart": hook}, 0.7)
    if volumes:
        table["volumeMounts"] = lambda d: [mount(d, one) for one in d.sample(volumes, d.randint(1, len(volumes)))]
    return {"name": name, "image": f"ghcr.io/example/{name}:{dice.randint(1, 3)}.0", **some(dice, table, 0.5)}


# --- Volumes ----------------------------------------------------------------------------------------------------------


def _items(dice: random.Random) -> Object:
    return some(dice, {"items": lambda d: [{"key": d.choice(("a", "b")), "path": "x.yaml"}]}, 0.4)


PROJECTED: dict[str, Make] = {
    "configMap": lambda dice: {"name": dice.choice(("settings", "common")), **_items(dice)},
    "secret": lambda dice: {"name": dice.choice(("secrets", "certs")), **_items(dice)},
    "serviceAccountToken": lambda dice: {"path": "token", **some(dice, {"expirationSeconds": number(600, 7200)})},
    "downwardAPI": lambda _: {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]},
}
VOLUME_SOURCES: dict[str, Make] = {
    "emptyDir": lambda dice: some(dice, {"medium": choice("Memory"), "sizeLimit": choice("1Gi", "2Gi")}),
    "configMap": PROJECTED["configMap"],
    "secret": lambda dice: {"secretName": dice.choice(("secrets", "certs")), **_items(dice)},
    "hostPath": lambda dice: {"path": dice.choice(("/var/log", "/srv")), **some(dice, {"type": choice("Directory")})},
    "persistentVolumeClaim": lambda dice: {"claimName": dice.choice(("data", "backup"))},
    "projected": lambda dice: {"sources": [one_of(dice, PROJECTED) for _ in range(dice.randint(1, 3))]},
    "downwardAPI": PROJECTED["downwardAPI"],
    "nfs": lambda dice: {"server": "nfs.example.org", "path": dice.choice(("/a", "/b"))},
    "csi": lambda _: {"driver": "secrets.example.org", "volumeAttributes": {"provider": "vault"}},
    "ephemeral": lambda dice: {"volumeClaimTemplate": {"spec": claim_spec(dice)}},
}


def volume(dice: random.Random, name: str) -> Object:
    return {"name": name, **one_of(dice, VOLUME_SOURCES)}


def claim_spec(dice: random.Random) -> Object:
    more: dict[str, Make] = {"storageClassName": choice("fast", "slow"), "volumeMode": choice("Filesystem")}
    size = {"requests": {"storage": dice.choice(("1Gi", "5Gi"))}}
    return {"accessModes": [dice.choice(("ReadWriteOnce", "ReadWriteMany"))], "resources": size, **some(dice, more)}


# --- Pods -------------------------------------------------------------------------------------------------------------


def labels(dice: random.Random) -> Object:
    return {
        "app": dice.choice(("web", "api")),
        **some(dice, {"tier": choice("front", "back"), "part": choice("x")}, 0.3),
    }


def spread(dice: random.Random) -> Object:
    return {
        "maxSkew": dice.randint(1, 2),
        "topologyKey": dice.choice(("kubernetes.io/hostname", "topology.kubernetes.io/zone")),
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }


def affinity(dice: random.Random) -> Object:
    term = {"matchExpressions": [{"key": "pool", "operator": "In", "values": [dice.choice(("a", "b"))]}]}
    required = {"nodeSelectorTerms": [term]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def toleration(dice: random.Random) -> Object:
    how = one_of(dice, {"operator": fixed("Exists"), "value": choice("a", "b")})
    return {"key": dice.choice(("pool", "spot")), **how, "effect": "NoSchedule"}


def pod_spec(dice: random.Random) -> Object:
    """Return the spec of a pod whose containers mount only volumes that are there."""
    volumes = several(dice, volume, VOLUMES) if dice.random() < 0.8 else []
    names = [one["name"] for one in volumes]
    inits = [
        {**container(dice, name, names, runs=False)}
        if dice.random() < 0.5
        else {**container(dice, name, names), "restartPolicy": "Always"}
        for name in dice.sample(("migrate", "mesh", "logs"), dice.randint(0, 2))
    ]
    running = [container(dice, name, names) for name in dice.sample(NAMES, dice.randint(1, 3))]
    table: dict[str, Make] = {
        "serviceAccountName": choice("web", "default"),
        "terminationGracePeriodSeconds": number(10, 60),
        "securityContext": lambda d: {"fsGroup": d.randint(1000, 1002), "runAsNonRoot": True},
        "affinity": affinity,
        "tolerations": lambda d: [toleration(d) for _ in range(d.randint(1, 2))],
        "topologySpreadConstraints": lambda d: [spread(d)],
        "hostAliases": lambda _: [{"ip": "10.0.0.1", "hostnames": ["db.local"]}],
        "nodeSelector": lambda d: {"pool": d.choice(("a", "b"))},
    }
    lists = {"initContainers": inits, "containers": running, "volumes": volumes}
    return {**{key: value for key, value in lists.items() if value}, **some(dice, table, 0.2)}


def template(dice: random.Random, of: Object) -> Object:
    notes: dict[str, Make] = {"annotations": lambda d: {"example.org/restarted": f"2024-01-0{d.randint(1, 9)}"}}
    return {"metadata": {"labels": dict(of), **some(dice, notes, 0.3)}, "spec": pod_spec(dice)}
