"""Effects of a new unit that deploys a chart on other units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..creation import Consequences, NewUnit
from ..errors import invalid
from ..unit_namespace import CREATE, other_maker
from ..yaml import scalar


def release_consequences(unit: NewUnit, made: Mapping[str, Any]) -> Consequences:
    """Return the consequences of a new unit whose main object is ``made``.

    Raises Invalid if another unit creates the same object, or the namespace that the user wants this one to create.
    """
    sort, metadata = made["kind"], made["metadata"]
    lines = (f"  name: {scalar(metadata['name'])}", f"  namespace: {scalar(metadata['namespace'])}")
    if other := unit.maker(f"kind: {sort}", *lines):
        message = f"{other} already creates the {sort} {metadata['name']} in {metadata['namespace']}"
        raise invalid("NAME", message, "choose another name")
    other = other_maker(unit, "--set namespace.create")
    if not other:
        return Consequences()
    note = f"{other} already creates this namespace, so namespace.create is false here"
    return Consequences({CREATE: False}, (note,))
