"""Places in an object where an edit can be made."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from .make import Object

Edit = Callable[[Object, random.Random, random.Random], bool]
Path = tuple[str | int, ...]


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any, str | int, Any]]:
    """Yield every value below a value: the path of its keys, what holds it, its key there, itself."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, one in pairs:
        yield (*path, key), value, key, one
        yield from walk(one, (*path, key))


def place_of(found: list[Any], where: random.Random) -> Any:
    """Return one of the places, the same one for the same dice as long as places come and go behind it."""
    return found[int(where.random() * len(found))] if found else None


def called(path: Path) -> str:
    """Return what a value is called: its key, or that of the list that it is in."""
    return str(next((key for key in reversed(path) if isinstance(key, str)), ""))
