"""``pod_violations`` before the API server's own plugin, which says what each level of the standards refuses."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator import rules
from generator.rules.kubernetes.pod_security import pod_violations
from generator.rules.readers.objects import is_built_in, objects
from generator.yaml import data_of

from ..support import corpus
from ..support.apiserver import ABSENT, NEWEST, PROGRAMS
from ..support.real import missing
from .secured_pods import LEVELS, Object, any_pod, disagreements

FIELDS = "allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}"
CONTEXT = "runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}"
APPARMOR = "container.apparmor.security.beta.kubernetes.io/app"
ADDING = "allowPrivilegeEscalation: false, capabilities: {{drop: [ALL], add: [{}]}}"


def pod(
    spec: str = "", *, own: str = FIELDS, context: str = CONTEXT, container: str = "", annotations: str = ""
) -> Object:
    """Return a pod that restricted accepts, but for what is given: fields of the spec, of the container's security
    context and the pod's, of the container, and annotations.
    """
    text = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: web, annotations: {{{annotations}}}}}\nspec:\n"
        f"  securityContext: {{{context}}}\n  containers:\n    - name: app\n      image: web:1\n"
        f"      securityContext: {{{own}}}\n"
    )
    made: Object = yaml.safe_load(text)
    made["spec"] |= yaml.safe_load(f"{{{spec}}}")
    made["spec"]["containers"][0] |= yaml.safe_load(f"{{{container}}}")
    return made


def secured(fields: str) -> Object:
    return pod(own=f"{FIELDS}, {fields}")


def beside(key: str) -> Object:
    """Return a pod with a second container, a privileged one, in another list."""
    return pod(f"{key}: [{{name: b, securityContext: {{privileged: true, {FIELDS}}}}}]")


OWN = "spec.containers.0.securityContext"
# A pod, the only control that it violates at restricted, whether at baseline too, and the field.
VIOLATIONS: list[tuple[Object, str, bool, str]] = [
    (pod("hostNetwork: true"), "hostNamespaces", True, "spec.hostNetwork"),
    (pod("hostPID: true"), "hostNamespaces", True, "spec.hostPID"),
    (secured("privileged: true"), "privileged", True, f"{OWN}.privileged"),
    (beside("initContainers"), "privileged", True, "spec.initContainers.0.securityContext.privileged"),
    (beside("ephemeralContainers"), "privileged", True, "spec.ephemeralContainers.0.securityContext.privileged"),
    (secured("windowsOptions: {hostProcess: true}"), "windowsHostProcess", True, f"{OWN}.windowsOptions.hostProcess"),
    (pod(container="ports: [{hostPort: 80}]"), "hostPorts", True, "spec.containers.0.ports.0.hostPort"),
    (
        pod(container="lifecycle: {preStop: {httpGet: {port: 80, host: 10.0.0.1}}}"), "hostProbesAndHostLifecycle",
        True, "spec.containers.0.lifecycle.preStop.httpGet.host",
    ),
    (secured("appArmorProfile: {type: Unconfined}"), "appArmorProfile", True, f"{OWN}.appArmorProfile.type"),
    (pod(annotations=f"{APPARMOR}: unconfined"), "appArmorProfile", True, f"metadata.annotations.{APPARMOR}"),
    (secured("seLinuxOptions: {type: spc_t}"), "seLinuxOptions", True, f"{OWN}.seLinuxOptions.type"),
    (secured("procMount: Unmasked"), "procMount_restricted", True, f"{OWN}.procMount"),
    (pod("hostUsers: false", own=f"{FIELDS}, procMount: A"), "procMount_restricted", False, f"{OWN}.procMount"),
    (pod(context=f"{CONTEXT}, sysctls: [{{name: a.b}}]"), "sysctls", True, "spec.securityContext.sysctls.0.name"),
    (
        pod(context=f"{CONTEXT}, sysctls: [{{name: net.ipv4.tcp_notsent_lowat}}, {{name: net.ipv4.tcp_mem}}]"),
        "sysctls", True, "spec.securityContext.sysctls.1.name",
    ),
    (pod("volumes: [{name: a, nfs: {server: a, path: /}}]"), "restrictedVolumes", False, "spec.volumes.0.nfs"),
    (pod("volumes: [{name: a, hostPath: {path: /}}]"), "restrictedVolumes", True, "spec.volumes.0.hostPath"),
    (pod(own="capabilities: {drop: [ALL]}"), "allowPrivilegeEscalation", False, f"{OWN}.allowPrivilegeEscalation"),
    (pod(context="seccompProfile: {type: Localhost}"), "runAsNonRoot", False, "spec.securityContext.runAsNonRoot"),
    (secured("runAsNonRoot: false"), "runAsNonRoot", False, f"{OWN}.runAsNonRoot"),
    (secured("runAsUser: 0"), "runAsUser", False, f"{OWN}.runAsUser"),
    (pod(context="runAsNonRoot: true"), "seccompProfile_restricted", False, "spec.securityContext.seccompProfile"),
    (secured("seccompProfile: {type: a}"), "seccompProfile_restricted", True, f"{OWN}.seccompProfile.type"),
    (pod(own="allowPrivilegeEscalation: false"), "capabilities_restricted", False, f"{OWN}.capabilities.drop"),
    (pod(own=ADDING.format("SYS_ADMIN")), "capabilities_restricted", True, f"{OWN}.capabilities.add.0"),
    (pod(own=ADDING.format("CHOWN")), "capabilities_restricted", False, f"{OWN}.capabilities.add.0"),
]  # fmt: skip
ACCEPTED = {
    "with all that restricted wants": pod(),
    "whose containers set all": pod(own=f"{FIELDS}, {CONTEXT}", context=""),
    "with the one capability": pod(own=ADDING.format("NET_BIND_SERVICE")),
    "of Windows": pod("os: {name: windows}", own="", context="runAsNonRoot: true"),
    "with a user namespace": pod(
        "hostUsers: false", own=f"{FIELDS}, runAsUser: 0", context="seccompProfile: {type: Localhost}"
    ),
    "with a source of a volume that is null": pod("volumes: [{name: a, hostPath: null, emptyDir: {}}]"),
    "with a volume without a source": pod("volumes: [{name: a}]"),
    "with a host port of 0": pod(container="ports: [{containerPort: 80, hostPort: 0}]"),
    "with flags that are off": pod("hostNetwork: false, hostPID: null", own=f"{FIELDS}, privileged: false"),
    "with empty texts": pod(
        own=f"{FIELDS}, seLinuxOptions: {{type: '', user: ''}}", annotations=f"{APPARMOR}: localhost/a"
    ),
}


def oracle() -> None:
    if not PROGRAMS[NEWEST].is_file():
        missing(ABSENT)


@pytest.mark.parametrize(("made", "control", "basic", "field"), VIOLATIONS)
def test_a_control_refuses_a_pod_at_its_field(made: Object, control: str, basic: bool, field: str) -> None:
    found = pod_violations(made, "restricted")
    assert [(one.control, ".".join(map(str, one.where))) for one in found] == [(control, field)]
    assert bool(pod_violations(made, "baseline")) is basic
    assert found[0].message
    assert found[0].hint


@pytest.mark.parametrize("made", ACCEPTED.values(), ids=ACCEPTED)
def test_restricted_accepts_a_pod(made: Object) -> None:
    assert pod_violations(made, "restricted") == ()


@pytest.mark.parametrize("minor", [None, 0, 18, 19, 22, 24, 25, 28, 33, 34, 35, 36, 37, 99])
def test_the_plugin_says_the_same_of_the_tables(minor: int | None) -> None:
    oracle()
    pods = [*(one for one, *_ in VIOLATIONS), *ACCEPTED.values()]
    seen = Counter[str]()
    assert list(disagreements(pods, minor, seen)) == []
    assert not seen["not decoded"]


@pytest.mark.parametrize("minor", [None, 17, 24, 28, 33])
def test_the_plugin_says_the_same_of_random_pods(minor: int | None) -> None:
    oracle()
    dice, seen = random.Random(20 + (minor or 0)), Counter[str]()  # noqa: S311
    assert list(disagreements([any_pod(dice) for _ in range(300)], minor, seen)) == []
    assert not seen["not decoded"]
    assert min(seen[f"accepted by {level}"] for level in LEVELS) > 20
    if minor is None:
        controls = {control for _, control, *_ in VIOLATIONS}
        assert controls <= seen.keys(), controls - seen.keys()


def test_the_plugin_says_the_same_of_real_workloads() -> None:
    oracle()
    pods = list(real_pods())
    if not pods:
        pytest.skip("no corpus: SCAFFOLD_CORPUS")
    seen = Counter[str]()
    assert list(disagreements(pods, seen=seen)) == []
    assert min(seen[f"accepted by {level}"] for level in LEVELS) > 0


def real_pods() -> Iterator[Object]:
    """Yield the pods of the workloads in the corpus."""
    root = corpus.folder()
    for name in corpus.names(root) if root else ():
        text = corpus.text_of(root, name) if root else None
        file = rules.recognise(name, text).file if text and "securityContext" in text else None
        for one in objects(file) if file else ():
            if one.pod is not None and is_built_in(one):
                data = data_of(one.pod, dialect="go")
                made = {key: data[key] for key in ("metadata", "spec") if isinstance(data.get(key), dict)}
                yield {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": {}, **made}


ODD: tuple[Any, ...] = (None, "", "a", 0, 1.5, True, [], {}, [None], ["a", {}], {"a": None}, [[{}]])


def test_a_pod_of_any_shape_is_judged() -> None:
    dice = random.Random(3)  # noqa: S311
    for _ in range(500):
        made = any_pod(dice)
        for _ in range(dice.randint(1, 6)):
            put_odd(made, dice)
        for level in LEVELS:
            assert all(one.where and one.message for one in pod_violations(made, level))
    assert all(pod_violations(one, "restricted") == () for one in ODD)


def put_odd(node: Any, dice: random.Random) -> None:
    """Replace a random value at or below a map or list by an odd one."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    if keys:
        key = dice.choice(keys)
        if node[key] and isinstance(node[key], dict | list) and dice.random() < 0.8:
            put_odd(node[key], dice)
        else:
            node[key] = copy.deepcopy(dice.choice(ODD))
