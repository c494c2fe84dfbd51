"""The controls of the level ``baseline`` of the Pod Security Standards: each yields what of a pod it refuses.

Sources: https://kubernetes.io/docs/concepts/security/pod-security-standards/, and the ids, values and versions of the
checks of k8s.io/pod-security-admission 0.35, ``policy/check_*.go``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .pod_parts import Breach, JudgedPod, PodPart, shown_owner

BASIC_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
_PROFILES = ("RuntimeDefault", "Localhost")
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
_SELINUX_TYPES = {0: ("container_t", "container_init_t", "container_kvm_t"), 31: ("container_engine_t",)}
_SYSCTLS = {
    0: (
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
    ),
    27: ("net.ipv4.ip_local_reserved_ports",),
    29: (
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ),
    32: ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    37: ("net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"),
}  # fmt: skip
_HANDLERS = (
    ("livenessProbe",), ("readinessProbe",), ("startupProbe",), ("lifecycle", "postStart"), ("lifecycle", "preStop"),
)  # fmt: skip


def host_namespaces(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse the node's network, processes and IPC."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        part = pod.spec.at(key)
        if part.data is True:
            yield Breach(part.where, f"{key}: true shares a namespace of the node", f"remove {key}")


def privileged(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse privileged containers."""
    for one in pod.containers:
        part = one.at("securityContext", "privileged")
        if part.data is True:
            yield Breach(part.where, f"{shown_owner(pod, one.where)} is privileged", "remove privileged: true")


def basic_capabilities(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse capabilities that a container does not have by default."""
    yield from added_capabilities(pod, BASIC_CAPABILITIES)


def added_capabilities(pod: JudgedPod, allowed: frozenset[str]) -> Iterator[Breach]:
    """Yield the capabilities that containers add and that are not allowed."""
    for one in pod.containers:
        for part in one.at("securityContext", "capabilities").items("add"):
            if part.text not in allowed:
                message = f"{shown_owner(pod, one.where)} adds the capability {part.text}"
                yield Breach(part.where, message, f"allowed: {', '.join(sorted(allowed))}")


def host_paths(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse volumes that are folders of the node."""
    for one in pod.spec.items("volumes"):
        part = one.at("hostPath")
        if part.is_set:
            message = f"the volume {one.at('name').text} is a path of the node"
            yield Breach(part.where, message, "use emptyDir, a claim or another type of volume")


def host_ports(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse ports of the node. With its network, every port of a container is one: the API server sets hostPort."""
    network = pod.spec.at("hostNetwork")
    for one in pod.containers:
        for port in one.items("ports"):
            part = port.at("hostPort")
            if part.number:
                message = f"{shown_owner(pod, one.where)} opens the port {part.number} of the node"
                yield Breach(part.where, message, "remove hostPort, and use a Service")
            elif network.data is True and one.where[1] != "ephemeralContainers" and port.at("containerPort").number:
                message = f"hostNetwork: true opens the ports of {shown_owner(pod, one.where)} on the node"
                yield Breach(network.where, message, "remove hostNetwork")


def probe_hosts(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse probes and lifecycle hooks that the node sends to another host than the pod."""
    for one in pod.containers:
        for way in _HANDLERS:
            for sort in ("httpGet", "tcpSocket"):
                part = one.at(*way, sort, "host")
                if part.text:
                    message = f"{way[-1]} of {shown_owner(pod, one.where)} asks another host"
                    yield Breach(part.where, message, "remove host: the address of the pod is the default")


def apparmor_profiles(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse to turn AppArmor off, by field or by the annotation that came before it."""
    for one in pod.contexts:
        yield from refused_profile(pod, one.at("appArmorProfile"))
    for key, value in pod.annotations.items():
        allowed = value in {"", "runtime/default"} or value.startswith("localhost/")
        if key.startswith(_APPARMOR) and not allowed:
            yield _annotation(key, value)


def refused_profile(pod: JudgedPod, profile: PodPart) -> Iterator[Breach]:
    """Yield a profile of AppArmor or seccomp that is set, to a type that is not allowed."""
    part = profile.at("type")
    if profile.is_set and part.text not in _PROFILES:
        message = f"{shown_owner(pod, part.where)} has {profile.where[-1]}.type: {part.text or 'nothing'}"
        yield Breach(part.where, message, f"use {' or '.join(_PROFILES)}")


def _annotation(key: str, value: str) -> Breach:
    where = ("metadata", "annotations", key)
    return Breach(where, f"the annotation {key} is {value}", "use runtime/default, or a profile as localhost/NAME")


def selinux_options(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse types of SELinux that are not for containers, and all users and roles."""
    allowed = _until(_SELINUX_TYPES, pod.minor)
    for context in pod.contexts:
        options = context.at("seLinuxOptions")
        owner, sort = shown_owner(pod, options.where), options.at("type")
        if sort.text and sort.text not in allowed:
            message = f"{owner} has seLinuxOptions.type: {sort.text}"
            yield Breach(sort.where, message, f"allowed: {', '.join(sorted(allowed))}")
        for key in ("user", "role"):
            if options.at(key).text:
                yield Breach(options.at(key).where, f"{owner} sets seLinuxOptions.{key}", f"remove {key}")


def proc_mounts(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse an unmasked /proc outside of user namespaces."""
    if not pod.is_trusted_namespace:
        yield from every_proc_mount(pod)


def every_proc_mount(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse an unmasked /proc."""
    for one in pod.containers:
        part = one.at("securityContext", "procMount")
        if isinstance(part.data, str) and part.data != "Default":
            yield Breach(part.where, f"{shown_owner(pod, one.where)} has procMount: {part.data}", "remove procMount")


def seccomp_profiles(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse to turn seccomp off: by the field, or before version 1.19 by the annotations."""
    if pod.minor >= 19:
        for one in pod.contexts:
            yield from refused_profile(pod, one.at("seccompProfile"))
        return
    keys = [_SECCOMP_POD, *(_SECCOMP_CONTAINER + one.at("name").text for one in pod.containers)]
    for key in dict.fromkeys(keys):
        value = pod.annotations.get(key)
        allowed = value in {None, "runtime/default", "docker/default"} or str(value).startswith("localhost/")
        if value is not None and not allowed:
            yield _annotation(key, value)


def unsafe_sysctls(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse sysctls that reach beyond the pod."""
    allowed = _until(_SYSCTLS, pod.minor)
    for one in pod.context.items("sysctls"):
        part = one.at("name")
        if part.text not in allowed:
            yield Breach(part.where, f"the sysctl {part.text} is not among the safe ones", "remove it")


def host_processes(pod: JudgedPod) -> Iterator[Breach]:
    """Refuse HostProcess containers of Windows."""
    for one in pod.contexts:
        part = one.at("windowsOptions", "hostProcess")
        if part.data is True:
            message = f"{shown_owner(pod, one.where)} is a process of the node"
            yield Breach(part.where, message, "remove hostProcess: true")


def _until(values: dict[int, tuple[str, ...]], minor: int) -> frozenset[str]:
    """Return the values that are allowed in a version, of those by the version that allowed them first."""
    return frozenset(one for since, some in values.items() if since <= minor for one in some)
