"""What the cluster of the end-to-end test lacks: controllers, and the Secrets that others make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .containers import automation
from .object_files import has_object
from .served_ports import exposed_ports

_GROUPS = {
    "alerts": "monitoring.coreos.com",
    "canary": "flagger.app",
    "httproute": "gateway.networking.k8s.io",
    "monitor": "monitoring.coreos.com",
    "verticalpodautoscaler": "autoscaling.k8s.io",
}
_SECRETS = {"external": "external-secrets.io", "sealed": "bitnami.com"}
_ANY_KEY = "key"


@dataclass(frozen=True)
class NeededSecret:
    """A Secret that the pods need: its name, and the keys that are known."""

    name: str
    keys: tuple[str, ...]


def absent_groups(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the API groups of generated objects that the cluster of the test does not have."""
    found = {*automation(values).groups, *(group for name, group in _GROUPS.items() if has_object(values, name))}
    found |= {group for key, group in _SECRETS.items() for one in values["secrets"].values() if one.get(key)}
    return tuple(sorted(found))


def needed_secrets(values: Mapping[str, Any]) -> list[NeededSecret]:
    """Return the Secrets of the spec that the test makes, each with the keys that the spec knows."""
    read: dict[str, set[str]] = {name: set(_keys(one)) for name, one in values["secrets"].items()}
    for one in _sources(values):
        if (reference := one.get("secretKeyRef")) and not reference.get("optional"):
            read.setdefault(str(reference.get("name")), set()).add(str(reference.get("key")))
    for one in values.get("env_from", ()):
        if (whole := one.get("secretRef")) and not whole.get("optional"):
            read.setdefault(str(whole.get("name")), set())
    for one in values["volumes"].values():
        if (files := one.get("secret")) and not files.get("optional") and files.get("secretName"):
            read.setdefault(str(files["secretName"]), set()).update(str(each["key"]) for each in files.get("items", ()))
    return [NeededSecret(name, tuple(sorted(keys)) or (_ANY_KEY,)) for name, keys in sorted(read.items())]


def proxied_port(values: Mapping[str, Any]) -> str:
    """Return the name of the port of the Service through which the test reaches the service."""
    served = exposed_ports(values)
    return next((one.service_name for one in served if one.protocol == "TCP"), served[0].service_name)


def _keys(one: Mapping[str, Any]) -> Iterator[str]:
    yield from (each["secretKey"] for each in (one.get("external") or {}).get("data", ()))
    yield from one.get("sealed") or ()


def _sources(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for env in (values["env"], *(one.get("env", {}) for one in values.get("sidecars", ()))):
        yield from (one for one in env.values() if isinstance(one, Mapping))
