"""The keys of services in Compose files that have no value in a spec, with the reason.

Format: https://github.com/compose-spec/compose-spec, Services.
"""

from __future__ import annotations

from collections.abc import Mapping

from ....nearest import Guesses
from .compose_file import ComposeService
from .compose_taking import ComposeTaking

TAKEN = frozenset({
    "build", "command", "cpus", "deploy", "entrypoint", "environment", "expose", "extends", "healthcheck", "image",
    "mem_limit", "mem_reservation", "ports", "read_only", "scale", "secrets", "stdin_open", "stop_grace_period",
    "tmpfs", "tty", "user", "volumes", "working_dir",
})  # fmt: skip
_NODE = "it is a setting of the node or the container runtime"
_NETWORK = "pods have one network; a NetworkPolicy (network_policy) says who may connect"
_REST = "a spec has no value for it"
_SECURITY = "see pod_security and container.securityContext"
REASONS: Mapping[str, str] = {
    "annotations": "write metadata.annotations or pod.metadata.annotations",
    "attach": "it is for docker compose up",
    "cap_add": _SECURITY,
    "cap_drop": "the container has no capabilities anyway",
    "configs": "write config with the files",
    "container_name": "pods have names of their own",
    "credential_spec": _NODE,
    "depends_on": "pods start in any order; the service should try again, or have an init container (pod.spec)",
    "develop": "it is for docker compose watch",
    "devices": "pods get devices from a device plugin, as resources",
    "dns": "write pod.spec.dnsConfig",
    "dns_opt": "write pod.spec.dnsConfig",
    "dns_search": "write pod.spec.dnsConfig",
    "domainname": "write pod.spec.subdomain",
    "env_file": "it is not read, since such files often have secrets; write env, config or secrets",
    "external_links": _NETWORK,
    "extra_hosts": "write pod.spec.hostAliases",
    "gpus": "write container.resources with the resource of the device plugin",
    "group_add": "write pod.spec.securityContext.supplementalGroups",
    "hostname": "the name of the Service is that of the unit",
    "init": "write container.command with an init of the image, or pod.spec.shareProcessNamespace",
    "ipc": _SECURITY,
    "label_file": "it is not read; write labels",
    "labels": "labels for Docker mean nothing to Kubernetes; write labels or metadata.annotations",
    "links": _NETWORK,
    "logging": "the cluster collects what containers print",
    "models": _REST,
    "network_mode": _NETWORK,
    "networks": _NETWORK,
    "pid": _SECURITY,
    "platform": "write pod.spec.nodeSelector with kubernetes.io/arch",
    "post_start": "write container.lifecycle",
    "pre_start": "write an init container (pod.spec.initContainers)",
    "pre_stop": "write container.lifecycle",
    "privileged": _SECURITY,
    "profiles": "a unit is deployed always; environments differ by overlays",
    "provider": _REST,
    "pull_policy": "write container.imagePullPolicy",
    "restart": "a Deployment always restarts its containers",
    "runtime": "write pod.spec.runtimeClassName",
    "security_opt": _SECURITY,
    "shm_size": "write a volume at /dev/shm: {mountPath: /dev/shm, emptyDir: {medium: Memory}}",
    "stop_signal": "the image says it (STOPSIGNAL)",
    "sysctls": "write pod.spec.securityContext.sysctls",
    "ulimits": _NODE,
    "userns_mode": "write pod.spec.hostUsers",
    "volumes_from": "write the volumes",
} | dict.fromkeys(
    (
        "blkio_config", "cgroup", "cgroup_parent", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota",
        "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpuset", "device_cgroup_rules", "isolation", "mac_address",
        "mem_swappiness", "memswap_limit", "oom_kill_disable", "oom_score_adj", "pids_limit", "pull_refresh_after",
        "storage_opt", "umask", "use_api_socket", "uts",
    ),
    _NODE,
)  # fmt: skip

_LIST, _EITHER, _MAP = frozenset({"list"}), frozenset({"scalar", "list"}), frozenset({"map"})
_SHAPES: Mapping[str, frozenset[str]] = {  # of keys that are taken; the other ones are told where they are read
    "build": frozenset({"scalar", "map"}), "command": _EITHER, "deploy": _MAP, "entrypoint": _EITHER,
    "healthcheck": _MAP, "secrets": _LIST, "tmpfs": _EITHER,
    **dict.fromkeys(
        (
            "cpus", "image", "mem_limit", "mem_reservation", "read_only", "scale", "stdin_open", "stop_grace_period",
            "tty", "user", "working_dir",
        ),
        frozenset({"scalar"}),
    ),
}  # fmt: skip
_SHOWN = {"list": "a list", "map": "a map", "scalar": "text"}


def tell_shapes(one: ComposeService, taking: ComposeTaking) -> None:
    """Tell values of keys that are taken, but are of another type than Compose has there, so that nobody reads them."""
    for name, (key, value) in one.keys.items():
        allowed = _SHAPES.get(name, frozenset())
        if allowed and value.shape not in allowed and value.tag not in {"null", "!reset"}:
            taking.left_out(key, name, f"it is not {' or '.join(_SHOWN[each] for each in sorted(allowed))}")
        for item in value.items if name in TAKEN else ():
            if item.shape == "list" or item.tag == "null":
                taking.left_out(item, f"an item of {name}", f"it is {'a list' if item.shape == 'list' else 'empty'}")


def tell_left_out(one: ComposeService, taking: ComposeTaking) -> None:
    """Tell each key of a service that is not taken over. Extensions (``x-…``) mean nothing to Compose either."""
    for name, (key, value) in one.keys.items():
        if name in TAKEN or name.startswith("x-") or value.tag == "null":
            continue
        close = Guesses().nearest(name, [*TAKEN, *REASONS])
        unknown = f"unknown key; did you mean {close!r}?" if close else "unknown key"
        taking.left_out(key, name, REASONS.get(name, unknown))
