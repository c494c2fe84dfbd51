"""Data of other formats in a spec: fragments that are merged into generated objects, and the values of charts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..behaviour import SpecFault
from ..spec import merge_values

Comments = dict[tuple[Any, ...], list[str]]
MAX_DEPTH = 30  # an object is written to at most 50 levels

_TOO_DEEP = "make it flatter"
_NO_NUMBER = "JSON, and so Kubernetes, has no such number: write it as text, or as another number"


def with_fields(made: Mapping[str, Any], fragment: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return generated data with a fragment over it: maps merge deeply, lists and scalars replace, null removes."""
    return merge_values(made, fragment or {})


def kept_comments(made: Mapping[str, Any], merged: Mapping[str, Any], comments: Comments) -> Comments:
    """Return the comments of generated data that still hold: those on what no fragment changed."""
    return {where: lines for where, lines in comments.items() if _at(made, where) == _at(merged, where)}


def _at(data: Any, where: tuple[Any, ...]) -> Any:
    for part in where:
        if isinstance(data, list):
            data = data[part] if part < len(data) else None
        else:
            data = data.get(part) if isinstance(data, Mapping) else None
    return data


def format_faults(data: Any, where: list[Any]) -> Iterator[SpecFault]:
    """Yield the faults of data that JSON cannot express, or that is nested too deeply; ``where`` is its place."""
    stack: list[tuple[Any, list[Any]]] = [(data, where)]
    while stack:
        one, path = stack.pop()
        if len(path) - len(where) > MAX_DEPTH:
            yield SpecFault(path, f"{where[0]} is nested deeper than {MAX_DEPTH} levels", _TOO_DEEP)
            return
        if isinstance(one, Mapping):
            stack += [(below, [*path, key]) for key, below in one.items()]
        elif isinstance(one, list):
            stack += [(below, [*path, number]) for number, below in enumerate(one)]
        elif isinstance(one, float) and not math.isfinite(one):
            yield SpecFault(path, f"{where[0]} has {one!r}, which is not a number", _NO_NUMBER)
