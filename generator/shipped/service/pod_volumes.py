"""The volumes of the pods of a service, where containers have them, and the claims that the unit makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...behaviour import SpecFault
from .object_fragments import has_writable_root
from .pod_environment import config_name
from .workload_class import STATEFUL_SET, workload_class

TMP = "/tmp"  # noqa: S108 - a path in containers
_MOUNT = ("mountPath", "subPath", "readOnly")
_OWN = (*_MOUNT, "claim")


@dataclass(frozen=True)
class VolumeMount:
    """A mount of a container: the fields of Kubernetes, and the comment above it."""

    fields: Mapping[str, Any]
    note: str = ""


@dataclass(frozen=True)
class PodVolume:
    """A volume: its name, and its source by the name of its type."""

    name: str
    source: Mapping[str, Any]


def mounts(values: Mapping[str, Any], container: str, *, main: bool) -> list[VolumeMount]:
    """Return the mounts of a container: a writable /tmp, and those of the spec for the main container.

    A container that may write its root file system keeps the /tmp of its image.
    """
    found = [VolumeMount(one) for one in _own_mounts(values)] if main else []
    if any(one.fields["mountPath"] == TMP for one in found) or has_writable_root(values, container, main=main):
        return found
    note = "A writable folder, not shared with other containers." if found else (
        "The only writable folder, not shared with other containers."
    )  # fmt: skip
    return [VolumeMount({"name": tmp_volume(container, main=main), "mountPath": TMP}, note), *found]


def volumes(values: Mapping[str, Any], containers: list[tuple[str, bool]]) -> list[PodVolume]:
    """Return the volumes of the pods; ``containers`` are their names, and whether each is the main one."""
    found, secret_names = [], _secret_volumes(values)
    for name, main in containers:
        if any(one.fields["name"] == (tmp := tmp_volume(name, main=main)) for one in mounts(values, name, main=main)):
            found.append(PodVolume(tmp, {"emptyDir": {}}))
    if (values.get("config") or {}).get("mount"):
        found.append(PodVolume("config", {"configMap": {"name": config_name(values)}}))
    for name, one in sorted(values["secrets"].items()):
        if one.get("mount"):
            found.append(PodVolume(secret_names[name], {"secret": {"secretName": name}}))
    for name, one in sorted(values["volumes"].items()):
        if "claim" in one and workload_class(values) is STATEFUL_SET:
            continue  # each pod has its own, by the name of the volume
        source = {key: value for key, value in one.items() if key not in _OWN}
        if "claim" in one:
            named = one.get("persistentVolumeClaim") or {}
            source = {"persistentVolumeClaim": {**named, "claimName": claim_name(values, name)}}
        found.append(PodVolume(name, source))
    return found


def claim_name(values: Mapping[str, Any], volume: str) -> str:
    """Return the name of the PersistentVolumeClaim of a volume that the unit makes."""
    named = (values["volumes"][volume].get("persistentVolumeClaim") or {}).get("claimName")
    return str(named or f"{values['name']}-{volume}")


def claims(values: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the PersistentVolumeClaims that a service makes, with their fields, by name: one for all of its pods."""
    if workload_class(values) is STATEFUL_SET:
        return []
    return [(claim_name(values, name), one) for name, one in _claims(values)]


def claim_templates(values: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the claims that a StatefulSet makes for each pod, with their fields, by the name of the volume."""
    return _claims(values) if workload_class(values) is STATEFUL_SET else []


def retention_note(values: Mapping[str, Any]) -> str:
    """Return a comment on what happens to the volumes of the pods of a StatefulSet."""
    kept = {key: one == "Retain" for key, one in values["claim_retention"].items()}
    if kept["when_deleted"]:
        rest = "" if kept["when_scaled"] else ", but not those of pods that are scaled down"
        return f"The volumes, and the data, stay when the StatefulSet is deleted{rest}."
    rest = "" if kept["when_scaled"] else ", or when their pod is scaled down"
    return f"The volumes, and the data, are deleted with the StatefulSet{rest}."


def _claims(values: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (name, {"accessModes": ["ReadWriteOnce"], **one["claim"]})
        for name, one in sorted(values["volumes"].items())
        if "claim" in one
    ]


def volume_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the volumes of a service together."""
    for name, one in values["volumes"].items():
        where, sources = ["volumes", name], one.keys() - set(_MOUNT)
        if len(sources) != 1 and sources != {"claim", "persistentVolumeClaim"}:
            message = f"the volume {name} has {'no source' if not sources else 'several sources'}"
            yield SpecFault(where, message, "write one, such as emptyDir: {} or claim: …", at_key=True)
        if "mountPath" not in one and one.keys() & {"subPath", "readOnly"}:
            yield SpecFault(where, f"the volume {name} is not mounted", "set mountPath", at_key=True)
        if "claim" in one and not _storage(one["claim"]):
            message = "the claim has no size"
            yield SpecFault([*where, "claim"], message, "write {resources: {requests: {storage: 1Gi}}}", at_key=True)
    taken: dict[str, str] = {}
    for mount in _own_mounts(values):
        path, name = mount["mountPath"].rstrip("/") or "/", mount["name"]
        if path in taken:
            message = f"{name} and {taken[path]} are both mounted at {path}"
            place = ["volumes", name] if name in values["volumes"] else []
            yield SpecFault(place, message, "use another path", at_key=True)
        taken.setdefault(path, name)
    for name in values["volumes"]:
        if name in _reserved(values):
            message = f"the name {name} is that of a volume which the template makes"
            yield SpecFault(["volumes", name], message, "rename it", at_key=True)
        yield from _block_faults(values["volumes"][name], name)
    yield from _claim_faults(values)
    yield from _single_writer_faults(values)


def _block_faults(one: Mapping[str, Any], name: str) -> Iterator[SpecFault]:
    if "mountPath" in one and (one.get("claim") or {}).get("volumeMode") == "Block":
        message = f"{name} is a block device, which no container can mount as a folder"
        hint = "leave out mountPath, and write container: {volumeDevices: [{name: …, devicePath: …}]}"
        yield SpecFault(["volumes", name, "mountPath"], message, hint, at_key=True)


def _claim_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of the names of claims: two of one name would be one object."""
    makers: dict[str, str] = {}
    for name, one in sorted(values["volumes"].items()):
        if "claim" in one and makers.setdefault(claim := claim_name(values, name), name) != name:
            message = f"the volumes {makers[claim]} and {name} both make the claim {claim}"
            yield SpecFault(["volumes", name, "claim"], message, "remove one, or rename one", at_key=True)


def _single_writer_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the faults of claims that only one node, or pod, can mount, with several pods."""
    if workload_class(values) is STATEFUL_SET:
        return  # each pod has its own
    here = [int(one.get("replicas") or 1) for one in (values, *values["environments"].values())]
    most = max([*here, int((values.get("autoscaling") or {}).get("max", 1))])
    for name, one in values["volumes"].items():
        modes = one.get("claim", {}).get("accessModes", ["ReadWriteOnce"])
        if "claim" in one and most > 1 and set(modes) <= {"ReadWriteOnce", "ReadWriteOncePod"}:
            message = (
                f"up to {most} pods share the claim {name}, which one node can mount at a time ({', '.join(modes)})"
            )
            hint = "set claim.accessModes: [ReadWriteMany], one replica, or use the template statefulset"
            yield SpecFault(["volumes", name, "claim"], message, hint, at_key=True)


def _own_mounts(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the mounts of the main container that the spec asks for."""
    found: list[dict[str, Any]] = []
    secret_names = _secret_volumes(values)
    if path := (values.get("config") or {}).get("mount"):
        found.append({"name": "config", "mountPath": path, "readOnly": True})
    for name, one in sorted(values["secrets"].items()):
        if one.get("mount"):
            found.append({"name": secret_names[name], "mountPath": one["mount"], "readOnly": True})
    for name, one in sorted(values["volumes"].items()):
        if "mountPath" in one:
            found.append({"name": name, **{key: one[key] for key in _MOUNT if key in one}})
    return found


def _reserved(values: Mapping[str, Any]) -> set[str]:
    found = {tmp_volume(one["name"], main=False) for one in values.get("sidecars", ())}
    if not any(one["mountPath"] == TMP for one in _own_mounts(values)):
        found.add("tmp")
    found |= {"config"} if (values.get("config") or {}).get("mount") else set()
    return found | {*_secret_volumes(values).values()}


def _secret_volumes(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the volumes of mounted Secrets: labels of DNS, of which 63 characters are allowed.

    Where several Secrets would have one, those whose names it does not tell have a digest of them at the end.
    """
    usual = {
        name: f"secret-{name.replace('.', '-')}"[:63].rstrip("-")
        for name, one in values["secrets"].items()
        if one.get("mount")
    }
    taken = [*usual.values()]
    return {
        name: one if taken.count(one) == 1 or one == f"secret-{name}" else f"{one[:54]}-{_digest(name)}"
        for name, one in usual.items()
    }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def tmp_volume(container: str, *, main: bool) -> str:
    """Return the name of the volume of a container's /tmp."""
    return "tmp" if main else f"tmp-{container}"[:63]


def _storage(claim: Mapping[str, Any]) -> Any:
    requests = (claim.get("resources") or {}).get("requests") or {}
    return requests.get("storage")
