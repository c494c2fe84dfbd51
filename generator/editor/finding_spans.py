"""Where a finding is in a text: not only where it starts, but the value or word that it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from ..errors import Invalid, Problem
from ..rules import File
from ..yaml import Node, parse, walk_nodes
from .text_places import PlacedText, Span

# How YAML counts lines, and how the readers of Makefiles do.
_BREAKS = {True: re.compile("\r\n|[\r\n\x85\u2028\u2029]"), False: re.compile("\n")}
_WORD = re.compile(r"[^\s,\[\]{}]+|[,\[\]{}]")
_BOM = "\ufeff"


def spans_of(text: PlacedText, file: File | None, problems: Iterable[Problem]) -> Iterator[tuple[Problem, Span]]:
    """Yield each problem with its part of the text: a scalar that starts there, else the word; it ends in its line.

    ``file`` is the text as rules see it, None if they do not. An empty part is widened to the line.
    """
    if not (problems := list(problems)):
        return
    is_yaml = file is None or file.family != "makefile"
    starts = [0, *(one.end() for one in _BREAKS[is_yaml].finditer(text.text))]
    leaves = dict(_scalars(file.documents if file else _documents(text.text)))
    order = sorted(leaves)
    for one in problems:
        at = _offset(text.text, starts, one)
        line = text.span_of(text.line_of(at))
        before = order[bisect_right(order, at) - 1] if order and order[0] <= at else -1
        behind = leaves[at] if before == at else _end_of_word(text.text, at, line.end)
        span = Span(at, min(behind, line.end))
        yield one, span if span.end > span.start else _whole(text.text, line)


def _documents(text: str) -> tuple[Node, ...]:
    """Return the documents of a text that rules do not see, as a spec; none if it cannot be read."""
    try:
        return parse(text, "", several_merges=True)
    except Invalid:
        return ()


def _offset(text: str, starts: list[int], one: Problem) -> int:
    """Return the offset of a problem's place, in its line."""
    number = min(max(one.line, 1), len(starts)) - 1
    start = starts[number] + (1 if number == 0 and text.startswith(_BOM) else 0)
    behind = starts[number + 1] if number + 1 < len(starts) else len(text)
    return min(start + max(one.column, 1) - 1, max(behind, start), len(text))


def _scalars(documents: Iterable[Node]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the scalars and aliases of documents; what an alias repeats is where its anchor is."""
    for document in documents:
        for node in walk_nodes(document):
            if node.shape in {"scalar", "alias"} and node.end > node.start:
                yield node.start, node.end


def _end_of_word(text: str, at: int, end: int) -> int:
    found = _WORD.match(text, at, end)
    return at if found is None else found.end() - (1 if len(found[0]) > 1 and found[0].endswith(":") else 0)


def _whole(text: str, line: Span) -> Span:
    """Return the part of a line that is not blank, or the line."""
    part = text[line.start : line.end]
    indent = len(part) - len(part.lstrip())
    return Span(line.start + indent, line.start + len(part.rstrip())) if part.strip() else line
