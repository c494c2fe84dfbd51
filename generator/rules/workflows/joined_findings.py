"""One finding for one cause that several lines of a file have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...finding import Finding, also


def joined(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield one of the findings with the same message, at the first line, which names the other lines."""
    same: dict[str, list[Finding]] = {}
    for one in found:
        same.setdefault(one.message, []).append(one)
    for message, many in same.items():
        ordered = sorted(many, key=lambda one: (one.line, one.column))
        yield replace(ordered[0], message=message + also(one.line for one in ordered))
