"""What the Pod Security Standards refuse of a pod: the controls of the levels ``baseline`` and ``restricted``.

Sources: https://kubernetes.io/docs/concepts/security/pod-security-standards/, and the ids and versions of the checks of
k8s.io/pod-security-admission 0.37, the plugin of the API server that enforces them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from . import pod_baseline as baseline
from .pod_parts import Breach, JudgedPod, PodPath, shown_owner

Level = Literal["baseline", "restricted"]
NEWEST = 37  # the last version of Kubernetes, 1.37, that changed the standards
_NET_BIND = frozenset({"NET_BIND_SERVICE"})
# Sources of volumes that restricted does not have. A volume without any is an emptyDir.
_SAFE_VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
)  # fmt: skip
_REFUSED_VOLUMES = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd",
    "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk",
    "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
)  # fmt: skip


@dataclass(frozen=True)
class PodViolation:
    """What a level refuses: the control's id and name, the path of the field below the pod, why, and what to do.

    The path of a missing field is the place where it belongs. ``since`` is the first version, 1.N, with the control.
    """

    control: str
    title: str
    where: PodPath
    message: str
    hint: str
    since: int


@dataclass(frozen=True)
class _Control:
    """A control: its id, name, level, check, its first version, and the control of baseline that it replaces."""

    id: str
    title: str
    level: Level
    check: Callable[[JudgedPod], Iterator[Breach]]
    since: int = 0
    replaces: str = ""


def pod_violations(pod: Any, level: Level, minor: int = NEWEST) -> tuple[PodViolation, ...]:
    """Return what a level refuses of a pod, by version 1.``minor`` of the standards; nothing if it accepts the pod.

    ``pod`` is the data of a Pod or pod template, a map with metadata and spec. Values of a wrong type, which the API
    server refuses anyway, count as missing.
    """
    judged = JudgedPod(pod, min(minor, NEWEST))
    used = [one for one in _CONTROLS if one.since <= judged.minor and one.level in {level, "baseline"}]
    replaced = {one.replaces for one in used}
    return tuple(
        PodViolation(one.id, one.title, breach.where, breach.message, breach.hint, one.since)
        for one in used
        if one.id not in replaced
        for breach in one.check(judged)
    )


def _escalation(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse containers that may get more privileges than their parent process."""
    for one in () if pod.is_exempt_windows else pod.containers:
        part = one.at("securityContext", "allowPrivilegeEscalation")
        if part.data is not False:
            has = "has allowPrivilegeEscalation: true" if part.data is True else "lacks allowPrivilegeEscalation: false"
            yield Breach(part.where, f"{shown_owner(pod, one.where)} {has}", "set allowPrivilegeEscalation: false")


def _few_capabilities(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse containers that do not drop all capabilities, or add others than that of ports below 1024."""
    if pod.is_exempt_windows:
        return
    for one in pod.containers:
        drop = one.at("securityContext", "capabilities", "drop")
        if not isinstance(drop.data, list) or "ALL" not in drop.data:
            message = f"{shown_owner(pod, one.where)} does not drop all capabilities"
            yield Breach(drop.where, message, "set capabilities.drop: [ALL]")
    yield from baseline.added_capabilities(pod, _NET_BIND)


def _volume_types(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse volumes of the node, and those of drivers in the kubelet."""
    for one in pod.spec.items("volumes"):
        used = [one.at(key) for key in _REFUSED_VOLUMES if one.at(key).is_set]
        if used and not any(one.at(key).is_set for key in _SAFE_VOLUMES):
            message = f"the volume {one.at('name').text} has the type {used[0].where[-1]}"
            yield Breach(used[0].where, message, f"allowed: {', '.join(_SAFE_VOLUMES)}")


def _non_root(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse containers that may run as root, outside of user namespaces."""
    if pod.is_trusted_namespace:
        return
    for one in pod.contexts:
        part = one.at("runAsNonRoot")
        if part.data is False:
            message = f"{shown_owner(pod, part.where)} has runAsNonRoot: false"
            yield Breach(part.where, message, "set runAsNonRoot: true")
    yield from _missing(pod, "runAsNonRoot", "runAsNonRoot: true")


def _missing(pod: JudgedPod, key: str, wanted: str) -> Iterator[Breach]:
    """Yield what neither the pod nor all of its containers set."""
    lacking = [one for one in pod.containers if not one.at("securityContext", key).is_set]
    if lacking and not pod.context.at(key).is_set:
        some = shown_owner(pod, lacking[0].where)
        owners = (
            "the pod and its containers lack" if len(lacking) == len(pod.containers) else f"the pod and {some} lack"
        )
        yield Breach(pod.context.at(key).where, f"{owners} {wanted}", f"set {wanted} in the securityContext of the pod")


def _root_user(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse user 0, outside of user namespaces."""
    for one in () if pod.is_trusted_namespace else pod.contexts:
        part = one.at("runAsUser")
        if isinstance(part.data, int) and not isinstance(part.data, bool) and part.data == 0:
            yield Breach(part.where, f"{shown_owner(pod, part.where)} runs as user 0", "set another runAsUser, or none")


def _seccomp(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse containers without a seccomp profile."""
    if not pod.is_exempt_windows:
        yield from baseline.seccomp_profiles(pod)
        yield from _missing(pod, "seccompProfile", "seccompProfile.type: RuntimeDefault")


# In the order of the documentation.
_CONTROLS = (
    _Control("windowsHostProcess", "HostProcess", "baseline", baseline.host_processes),
    _Control("hostNamespaces", "Host Namespaces", "baseline", baseline.host_namespaces),
    _Control("privileged", "Privileged Containers", "baseline", baseline.privileged),
    _Control("capabilities_baseline", "Capabilities", "baseline", baseline.basic_capabilities),
    _Control("hostPathVolumes", "HostPath Volumes", "baseline", baseline.host_paths),
    _Control("hostPorts", "Host Ports", "baseline", baseline.host_ports),
    _Control("hostProbesAndHostLifecycle", "Host Probes / Lifecycle Hooks", "baseline", baseline.probe_hosts, 34),
    _Control("appArmorProfile", "AppArmor", "baseline", baseline.apparmor_profiles),
    _Control("seLinuxOptions", "SELinux", "baseline", baseline.selinux_options),
    _Control("procMount", "/proc Mount Type", "baseline", baseline.proc_mounts),
    _Control("procMount_restricted", "/proc Mount Type", "restricted", baseline.every_proc_mount, 35, "procMount"),
    _Control("seccompProfile_baseline", "Seccomp", "baseline", baseline.seccomp_profiles),
    _Control("sysctls", "Sysctls", "baseline", baseline.unsafe_sysctls),
    _Control("restrictedVolumes", "Volume Types", "restricted", _volume_types, 0, "hostPathVolumes"),
    _Control("allowPrivilegeEscalation", "Privilege Escalation", "restricted", _escalation, 8),
    _Control("runAsNonRoot", "Running as Non-root", "restricted", _non_root),
    _Control("runAsUser", "Running as Non-root user", "restricted", _root_user, 23),
    _Control("seccompProfile_restricted", "Seccomp", "restricted", _seccomp, 19, "seccompProfile_baseline"),
    _Control("capabilities_restricted", "Capabilities", "restricted", _few_capabilities, 22, "capabilities_baseline"),
)  # fmt: skip
