"""The volumes, tmpfs and secret files of a service of a Compose file, for the volumes of a spec.

Format: https://github.com/compose-spec/compose-spec, volumes (short and long syntax), tmpfs, secrets, configs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ....yaml import Node, get, items_at, key_of, text_at
from .compose_amounts import memory
from .compose_file import ComposeService
from .compose_taking import ComposeTaking, is_null

_SIZE = "1Gi"
_PATHS = (".", "/", "~", "$")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_UNFIT = re.compile(r"[^a-z0-9]+")
_OCTAL = re.compile(r"0o?([0-7]{3})")
_ALL = 0o777
_OWNED = "all containers that mount the volume can write there"
_TAKEN = frozenset({"tmp", "config"})  # names of volumes that the template makes
_MODES = frozenset({"ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent"})


@dataclass(frozen=True)
class ComposeMount:
    """A mount: its type, source, path, whether it is read-only, and fields of its own type."""

    node: Node
    sort: str
    source: str
    target: str
    read_only: bool = False
    more: dict[str, Any] = field(default_factory=dict)


def take_volumes(one: ComposeService, unit: str, several: bool, taking: ComposeTaking) -> None:
    """Take the volumes of a service over; ``several`` tells whether several pods share each claim."""
    mounts: dict[str, ComposeMount] = {}
    for mount in (*_volumes(one, taking), *_tmpfs(one, taking), *_secrets(one, unit, taking)):
        if not mount.target.startswith("/") or mount.target.rstrip("/") == "":
            taking.left_out(
                mount.node, f"the mount {mount.target or mount.source}", "its path is not absolute, or is /"
            )
            continue
        if (target := mount.target.rstrip("/")) in mounts:
            taking.left_out(mounts[target].node, f"the mount of {target}", f"line {mount.node.line} mounts there too")
        mounts[target] = mount  # the last one of a path counts
    names: set[str] = set(_TAKEN)
    named: dict[str, str] = {}
    further: list[dict[str, Any]] = []
    for target, mount in mounts.items():
        if mount.sort == "volume" and mount.source in named:
            further.append(_further(mount, named[mount.source], target))
            taking.values[:] = [each for each in taking.values if each.where != ("container", "volumeMounts")]
            taking.take(("container", "volumeMounts"), further, mount.node)
            continue
        value = {"mountPath": target, **({"readOnly": True} if mount.read_only else {}), **_source(mount, several)}
        name = _volume_name(mount, names)
        names.add(name)
        if mount.sort == "volume" and mount.source:
            named[mount.source] = name
        taking.take(("volumes", name), value, mount.node)
        if "claim" in value:
            taking.note(mount.node, f"the claim of {name} asks for {_SIZE}, since the file says no size")
        if "claim" in value and several:
            text = f"several pods share {name}: its claim is ReadWriteMany, which not every storage has"
            taking.note(mount.node, text)


def _further(mount: ComposeMount, name: str, target: str) -> dict[str, Any]:
    """Return another mount of a volume that has one: a mount of the container, as Kubernetes has it."""
    path = {"subPath": mount.more["subPath"]} if "subPath" in mount.more else {}
    return {"name": name, "mountPath": target, **({"readOnly": True} if mount.read_only else {}), **path}


def _source(mount: ComposeMount, several: bool) -> dict[str, Any]:
    if mount.sort == "volume" and mount.source:
        modes = {"accessModes": ["ReadWriteMany"]} if several else {}
        return {**mount.more, "claim": {**modes, "resources": {"requests": {"storage": _SIZE}}}}
    return mount.more or {"emptyDir": {}}


def _volumes(one: ComposeService, taking: ComposeTaking) -> Iterator[ComposeMount]:
    node = one.get("volumes")
    if node is not None and node.shape != "list":
        taking.left_out(node, "volumes", "it is not a list")
    for item in items_at(node):
        mount = _long(item, taking) if item.shape == "map" else _short(item, taking)
        if mount is not None and mount.sort in {"volume", "tmpfs"}:
            _tell_driver(mount, one, taking)
            yield mount
        elif mount is not None:
            shown = f"{mount.source}:{mount.target}" if mount.source else mount.target
            if mount.sort == "bind":
                reason = "a pod has no files of a host; write config, or a volume with what it needs"
            else:
                reason = f"a pod has no mount of the type {mount.sort}"
            taking.left_out(mount.node, f"the mount {shown}", reason)


def _short(item: Node, taking: ComposeTaking) -> ComposeMount | None:
    """Return the mount of ``[SOURCE:]TARGET[:MODE]``; a source that is a path is one of the host."""
    if item.shape == "scalar" and item.text.startswith(("${PWD}", "$PWD")):
        return ComposeMount(item, "bind", item.text.partition(":")[0], item.text.partition(":")[2])
    text = taking.text(item)
    if text is None:
        return None
    drive = text[:2] if _WINDOWS.match(text) else ""
    parts = text[len(drive) :].split(":")
    modes = set(parts[-1].split(",")) if len(parts) > 1 else set()
    if modes and modes <= _MODES:
        parts = parts[:-1]
    source, target = (drive + parts[0], ":".join(parts[1:])) if len(parts) > 1 else ("", drive + parts[0])
    sort = "bind" if drive or source.startswith(_PATHS) else "volume"
    return ComposeMount(item, sort, source, target, "ro" in modes)


def _long(item: Node, taking: ComposeTaking) -> ComposeMount:
    sort = text_at(item, "type") or "volume"
    source = get(item, "source")
    written = source.text if source is not None and sort == "bind" else taking.text(source)
    target = taking.text(get(item, "target")) or ""
    more: dict[str, Any] = {}
    if sort == "tmpfs":
        more = _memory(taking.text(get(item, "tmpfs", "size")))
        if (mode := key_of(get(item, "tmpfs"), "mode")) is not None:
            taking.left_out(mode, "the mode of the tmpfs", _OWNED)
    elif path := text_at(item, "volume", "subpath"):
        more = {"subPath": path} if written else {"subPath": path, "emptyDir": {}}
    return ComposeMount(item, sort, written or "", target, bool(taking.truth(get(item, "read_only"))), more)


def _memory(size: str | None) -> dict[str, Any]:
    amount = memory(size) if size else None
    return {"emptyDir": {"medium": "Memory", **({"sizeLimit": amount} if amount else {})}}


def _tell_driver(mount: ComposeMount, one: ComposeService, taking: ComposeTaking) -> None:
    """Tell what the file says of a named volume, which a claim does not have."""
    declared = get(one.document, "volumes", mount.source) if mount.source else None
    for key, value in declared.pairs if declared is not None else ():
        if key.text in {"driver", "driver_opts", "external", "name"} and value.text not in {"local", "false"}:
            reason = f"the volume {mount.source} becomes a new claim"
            taking.left_out(key, f"{key.text} of {mount.source}", reason)


def _tmpfs(one: ComposeService, taking: ComposeTaking) -> Iterator[ComposeMount]:
    node = one.get("tmpfs")
    items = (node,) if node is not None and node.shape == "scalar" else items_at(node)
    for item in items:
        path, _, options = (taking.text(item) or "").partition(":")
        others = [each for each in options.split(",") if each and not each.startswith("size=")]
        if others:
            taking.left_out(item, f"{', '.join(others)} of the tmpfs", _OWNED)
        size = next((each[5:] for each in options.split(",") if each.startswith("size=")), None)
        if path:
            yield ComposeMount(item, "tmpfs", "", path, more=_memory(size))


def _secrets(one: ComposeService, unit: str, taking: ComposeTaking) -> Iterator[ComposeMount]:
    """Yield a file of a Secret for each secret that the service has; its content is not read."""
    secret = f"{unit}-files"
    for item in items_at(one.get("secrets")):
        name = item.text if item.shape == "scalar" else text_at(item, "source")
        target = text_at(item, "target") or name
        if not name:
            taking.left_out(item, "a secret", "it has no source")
            continue
        key = re.sub(r"[^-._A-Za-z0-9]", "-", name)
        for each in ("uid", "gid"):
            if (place := key_of(item, each)) is not None:
                taking.left_out(place, f"the {each} of {name}", "the group of the pod can read the files of a Secret")
        more = {
            "subPath": key,
            "secret": {"secretName": secret, "items": [{"key": key, "path": key, **_mode(item, taking)}]},
        }
        path = target if target.startswith("/") else f"/run/secrets/{target}"
        taking.note(item, f"{path} is the key {key} of the Secret {secret}, which you make")
        yield ComposeMount(item, "secret", f"secret-{name}", path, read_only=True, more=more)


def _mode(item: Node, taking: ComposeTaking) -> dict[str, int]:
    """Return the mode of a file of a secret: an octal number as text or with a 0 before it, else a decimal one."""
    node = get(item, "mode")
    if node is None or is_null(node):
        return {}
    octal, decimal = _OCTAL.fullmatch(node.text), taking.number(node) if node.tag == "int" else None
    mode = int(octal[1], 8) if octal else decimal
    if mode is None or mode > _ALL:
        taking.left_out(node, "the mode of a secret", f"{node.text} is not a mode, such as 0440")
        return {}
    return {"mode": mode}


def _volume_name(mount: ComposeMount, names: set[str]) -> str:
    """Return a name for a volume that no other one has."""
    base = mount.source or f"{'tmpfs' if mount.sort == 'tmpfs' else 'volume'}-{mount.target}"
    name = _UNFIT.sub("-", base.lower()).strip("-")[:50].strip("-") or "volume"
    if name not in names:
        return name
    return next(each for number in range(2, len(names) + 3) if (each := f"{name}-{number}") not in names)
