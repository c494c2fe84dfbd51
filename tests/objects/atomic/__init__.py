"""Atomic edits: for each kind one rich object, and changes of it that leave it valid, each set of fields that belong together.

Where ``tests/objects`` draws at random, all pairs of these edits are merged, one by each side: nothing that two of them
can break is left to chance. They are written from the API's types and its validation code, and not from what the merge
knows. Edits are YAML that is laid over the object: maps are merged, null takes a field away, items of a list of maps
are found by their name, and ``gone: true`` takes an item away; any other list is replaced.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ..make import Object

KEYS = (
    "name",
    "mountPath",
    "devicePath",
    "containerPort",
    "topologyKey",
    "secretName",
    "host",
    "path",
    "type",
    "ip",
    "port",
)


@dataclass(frozen=True)
class Atomic:
    """An object, and edits of it by name."""

    name: str
    base: Object
    edits: dict[str, Any]

    def made(self, *names: str) -> Object:
        """Return the object after edits."""
        out = copy.deepcopy(self.base)
        for name in names:
            out = laid_over(out, self.edits[name])
        return out


def laid_over(old: Any, new: Any) -> Any:
    """Return a value with an edit laid over it; nothing that was given is changed."""
    if isinstance(new, dict):
        out = dict(old) if isinstance(old, dict) else {}
        for key, one in new.items():
            out.pop(key, None) if one is None else out.update({key: laid_over(out.get(key), one)})
        return out
    if isinstance(new, list) and isinstance(old, list) and (key := _key(old + new)):
        by = {one[key]: one for one in old}
        for one in new:
            if one.get("gone"):
                by.pop(one[key])
            else:
                by[one[key]] = laid_over(by.get(one[key]), one)
        return list(by.values())
    return copy.deepcopy(new)


def _key(items: list[Any]) -> str:
    """Return the field that tells items apart, or nothing where they are replaced."""
    maps = bool(items) and all(isinstance(one, dict) for one in items)
    return next((key for key in KEYS if maps and all(key in one for one in items)), "")


def read(name: str, base: str, edits: str, under: str = "") -> Atomic:
    """Return an object and its edits, a line each; the edits are of what stands ``under`` some keys."""
    found: dict[str, Any] = {}
    for line in edits.strip().splitlines():
        if line.strip():
            of, _, text = line.strip().partition("= ")
            value = yaml.safe_load(text)
            for key in reversed(under.split(".") if under else []):
                value = {key: value}
            assert of.strip() not in found, of
            found[of.strip()] = value
    return Atomic(name, yaml.safe_load(base), found)


def tables() -> Iterator[Atomic]:
    """Yield all of them."""
    from . import cluster, network, pods, workloads  # noqa: PLC0415 - they are made of what is above

    for module in (pods, workloads, network, cluster):
        yield from module.TABLES
