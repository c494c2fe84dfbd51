"""What makes the pods of a drawn spec consistent: volumes and mounts, names, and the level that the pods meet."""

from __future__ import annotations

import random
from typing import Any

from ..objects import pods

_MOUNT = ("mountPath", "subPath", "readOnly")
_PATHS = ("/data", "/var/cache/app", "/srv/with space", "/tmp", "/models/v1")  # noqa: S108 - paths in containers

_UNSAFE = 0.04  # the share of specs with a field that the level may refuse
_UNSAFE_FIELDS: tuple[dict[str, Any], ...] = (
    {"hostNetwork": True},
    {"securityContext": {"runAsUser": 0}},
    {"securityContext": {"runAsNonRoot": None}},
    {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
    {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
    {"volumes": [{"name": "node", "hostPath": {"path": "/var/log"}}]},
    {"initContainers": [{"name": "chown", "image": "busybox:1.36", "command": ["chown"]}]},
    {"containers": [{"name": "proxy", "image": "envoy:1", "securityContext": {"privileged": True}}]},
)


def settle_pod(dice: random.Random, spec: dict[str, Any]) -> None:
    """Make fragments of the pods fit each other and the rest of the spec."""
    level = dice.choices(("", "restricted", "baseline", "privileged"), (12, 2, 2, 2))[0]
    spec.pop("pod_security", None)
    if level:
        spec["pod_security"] = level
    _volumes(dice, spec, level)
    own = spec.get("container")
    if isinstance(own, dict):
        _main(dice, own, spec)
    if dice.random() < _UNSAFE:
        spec.setdefault("pod", {}).setdefault("spec", {}).update(dice.choice(_UNSAFE_FIELDS))
    pod = (spec.get("pod") or {}).get("spec")
    if pod is not None:
        _pod(dice, pod, level)
    for name, own in (spec.get("probes") or {}).items():
        if isinstance(own, dict):
            _probe(name, own)


def _volumes(dice: random.Random, spec: dict[str, Any], level: str) -> None:
    """Leave one source of each volume, and give each its own path."""
    free = list(_PATHS)
    for name, one in list((spec.get("volumes") or {}).items()):
        if one is None:
            continue
        sources = [key for key in one if key not in _MOUNT and _is_allowed(key, level)]
        chosen = dice.choice(sources or ["emptyDir"])
        kept = {key: value for key, value in one.items() if key in {*_MOUNT, chosen}}
        kept.setdefault(chosen, {})
        if "mountPath" in kept:
            kept["mountPath"] = free.pop(dice.randrange(len(free)))
        elif kept.keys() & {"subPath", "readOnly"}:
            kept["mountPath"] = free.pop(0)
        if chosen == "hostPath" and not kept["hostPath"]:
            kept["hostPath"] = {"path": "/var/log"}
        if "subPath" in kept:
            kept["subPath"] = dice.choice(("a", "sub/folder"))
        spec["volumes"].pop(name)
        spec["volumes"][f"v-{name}"[:63].rstrip("-")] = kept


def _is_allowed(source: str, level: str) -> bool:
    return level == "privileged" or source not in {"hostPath", "nfs"} or (source == "nfs" and level == "baseline")


def _main(dice: random.Random, own: dict[str, Any], spec: dict[str, Any]) -> None:
    if "volumeMounts" in own:
        added = {"name": "extra", "emptyDir": {}}
        pod = spec.setdefault("pod", {}).setdefault("spec", {})
        pod["volumes"] = [*(one for one in pod.get("volumes") or () if one["name"] != "extra"), added]
    if "restartPolicyRules" in own:
        own["restartPolicy"] = "Always"
    if own.get("stdinOnce") is not None:
        own["stdin"] = True
    if dice.random() < 0.2:
        own["name"] = dice.choice(("web", "main-0"))


def _pod(dice: random.Random, pod: dict[str, Any], level: str) -> None:
    if level == "privileged":
        for key in ("hostPID", "hostIPC", "hostNetwork"):
            if dice.random() < 0.2:
                pod[key] = True
    if pod.get("hostNetwork") or pod.get("hostPID") or pod.get("hostIPC"):
        pod.pop("hostUsers", None)
    if level in {"baseline", "privileged"} and dice.random() < 0.4:
        pod["volumes"] = [*(pod.get("volumes") or ()), {"name": "shared", "nfs": pods.VOLUME_SOURCES["nfs"](dice)}]
    if pod.get("shareProcessNamespace") and pod.get("hostPID"):
        pod["shareProcessNamespace"] = False
    if pod.get("setHostnameAsFQDN") and "subdomain" not in pod:
        pod["subdomain"] = "workers"


def _probe(name: str, own: dict[str, Any]) -> None:
    if name != "readiness":
        own.pop("successThreshold", None)
    else:
        own.pop("terminationGracePeriodSeconds", None)
