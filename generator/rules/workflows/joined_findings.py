"""One finding for one cause that several lines of a file have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...finding import Finding

_MOST = 3  # other lines that are named


def joined(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield one of the findings with the same message, at the first line, which names the other lines."""
    same: dict[str, list[Finding]] = {}
    for one in found:
        same.setdefault(one.message, []).append(one)
    for message, many in same.items():
        first, *others = sorted(many, key=lambda one: (one.line, one.column))
        yield replace(first, message=message + also(one.line for one in others if one.line != first.line))


def also(lines: Iterable[int]) -> str:
    """Return the end of a message that names other lines with the same cause, ``""`` if there are none."""
    known = sorted(set(lines))
    if not known:
        return ""
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f" (also in line {', '.join(map(str, known[:_MOST]))}{more})"
