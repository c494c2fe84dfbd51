"""Write maps and lists as block YAML without comments: what ``block_writer`` writes, but many times faster.

Rendering writes many small ones, for which loading and running ruamel.yaml would take most of the time. What is not
simple, such as a very long key, ``block_writer`` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .emit import Style, plain_scalar, quoted, style

MAX_DEPTH = 40  # below that of block_writer, which reports what is nested too deeply
_MAX_KEY = 200


class _NotSimpleError(Exception):
    """The value needs ruamel.yaml."""


def block_text(value: Any, style_of: Callable[[str], Style] = style) -> str:
    """Return a map or list as block YAML; ``style_of`` returns the style of each text value.

    Raises TypeError for a type that YAML does not have, and for data nested too deeply.
    """
    try:
        return "".join(f"{one}\n" for one in _lines(value, style_of, 0))
    except _NotSimpleError:
        from .block_writer import write_block  # noqa: PLC0415 - slow to load, and rarely needed

        return write_block(value, {}, style_of)


def _lines(value: Any, style_of: Callable[[str], Style], depth: int) -> Iterator[str]:
    """Yield the lines of a value that stands on its own."""
    if depth > MAX_DEPTH:
        raise _NotSimpleError
    if type(value) is dict and value:
        for key, one in value.items():
            yield from _under(f"{_key(key)}:", one, style_of, depth)
    elif type(value) is list and value:
        for one in value:
            first, *rest = _item(one, style_of, depth)
            yield f"- {first}"
            yield from (f"  {line}" if line else "" for line in rest)
    else:
        raise _NotSimpleError


def _under(head: str, value: Any, style_of: Callable[[str], Style], depth: int) -> Iterator[str]:
    """Yield the lines of a key with its value."""
    if type(value) in (dict, list) and value:
        yield head
        yield from (f"  {line}" if line else "" for line in _lines(value, style_of, depth + 1))
        return
    first, *rest = _scalar(value, style_of)
    yield f"{head} {first}"
    yield from (f"  {line}" if line else "" for line in rest)


def _item(value: Any, style_of: Callable[[str], Style], depth: int) -> Iterator[str]:
    if type(value) in (dict, list) and value:
        yield from _lines(value, style_of, depth + 1)
    else:
        yield from _scalar(value, style_of)


def _scalar(value: Any, style_of: Callable[[str], Style]) -> list[str]:
    """Return the lines of a scalar, or of an empty map or list."""
    if type(value) is str:
        match style_of(value):
            case "":
                return [value]
            case "'":
                return [f"'{value}'"]
            case "|":
                return ["|" if value.endswith("\n") else "|-", *value.removesuffix("\n").split("\n")]
            case _:
                return [quoted(value)]
    if type(value) in (dict, list):
        return ["{}" if type(value) is dict else "[]"]
    if value is None or type(value) in (bool, int, float):
        return [plain_scalar(value)]
    raise _NotSimpleError


def _key(key: Any) -> str:
    if type(key) is not str or not 0 < len(key) <= _MAX_KEY:
        raise _NotSimpleError
    match style(key):
        case "":
            return key
        case "'":
            return f"'{key}'"
        case _:
            return quoted(key)
