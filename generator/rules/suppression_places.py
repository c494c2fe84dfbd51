"""Where comments with suppressions are, and to which lines one for a line applies. Pure.

A suppression for the first line of a text that takes several lines, of a step of a workflow, of a command or of a rule
of a Makefile applies to all of it. Scripts have comments of their own, which no parser of YAML finds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..yaml import Node, comments, parse, walk_nodes
from .rule import File

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as the scanner of YAML counts lines
_SCRIPTS = frozenset({"run", "script"})
_HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*+['\"\\]?(\w+)")
_RULE = re.compile(r"(?:define\b|[^\s#:=][^#:=]*:(?![:=]*=))")
_QUIET = re.compile(r"\A\t[ \t]*+[@+-]++[ \t]*+(?=#)")  # before a comment of a recipe that make does not print
_CONDITIONAL = re.compile(r" *(?:ifn?def|ifn?eq|else|endif)\b")


@dataclass(frozen=True)
class SuppressionComment:
    """A comment at a line, and the line that it applies to; ``is_sure`` is false in a text that may be no script."""

    line: int
    text: str
    target: int
    is_sure: bool = True


@dataclass(frozen=True)
class SuppressionPlaces:
    """The comments of a file, and for each line the first lines of the parts that it belongs to."""

    comments: tuple[SuppressionComment, ...]
    starts: dict[int, list[int]] = field(default_factory=dict)


def suppression_places(file: File) -> SuppressionPlaces:
    """Return the comments of a file that may have suppressions, and the parts of the file that they apply to."""
    text = file.text.removeprefix("\ufeff")
    lines = LINE_BREAK.split(text)
    found = _of_makefile(lines) if file.family == "makefile" else _of_yaml(file, text, lines)
    starts: dict[int, list[int]] = {}
    for first, last in sorted(found.parts):
        for line in range(first + 1, last + 1):
            starts.setdefault(line, []).append(first)
    return SuppressionPlaces(tuple(sorted(found.comments, key=lambda one: one.line)), starts)


@dataclass
class _PlacesFound:
    comments: list[SuppressionComment] = field(default_factory=list)
    parts: set[tuple[int, int]] = field(default_factory=set)  # first and last lines


def _of_yaml(file: File, text: str, lines: Sequence[str]) -> _PlacesFound:
    documents = parse(text, file.path, several_merges=True)
    below = targets(lines)
    found = _PlacesFound([SuppressionComment(line, one, below[line - 1]) for line, one in comments(text, documents)])
    breaks = [match.end() for match in LINE_BREAK.finditer(text)]
    for key, node in _texts(documents):
        first, last = min(key.line, node.line), bisect_right(breaks, max(node.start, node.end - 1)) + 1
        if last > first:
            found.parts.add((first, last))
        if "scaffold:" in text[node.start : node.end]:
            _of_script(node, (first, last), lines, below, found, is_sure=key.text in _SCRIPTS)
    if file.family in {"workflow", "action"}:
        for steps in _steps(documents):
            for one in steps.items:
                found.parts.add((one.line, bisect_right(breaks, max(one.start, one.end - 1)) + 1))
    return found


def _of_script(
    node: Node,
    place: tuple[int, int],
    lines: Sequence[str],
    below: Sequence[int],
    found: _PlacesFound,
    *,
    is_sure: bool,
) -> None:
    """Add the comments in a text of YAML, and the commands that take several of its lines."""
    first, last = place
    if node.style != "|":
        for line in range(node.line + (node.style == ">"), last + 1):
            if (at := lines[line - 1].find("#")) >= 0:
                found.comments.append(SuppressionComment(line, lines[line - 1][at:], first, is_sure))
        return
    script = lines[node.line : last]
    commands = _commands(script, node.line + 1)
    found.parts |= {(start, end) for start, end in commands.items() if end > start}
    whole = {line: start for start, end in commands.items() for line in range(start, end + 1)}
    for line, one in enumerate(script, node.line + 1):
        if (at := one.find("#")) >= 0:
            target = below[line - 1] if below[line - 1] <= last else line
            found.comments.append(SuppressionComment(line, one[at:], whole.get(target, target), is_sure))


def _commands(script: Sequence[str], first: int) -> dict[int, int]:
    """Return first and last line of the commands that are continued by backslashes, or have a here-document."""
    ends = {line.strip(): number for number, line in enumerate(script)}
    found: dict[int, int] = {}
    at = 0
    while at < len(script):
        start = at
        while at + 1 < len(script) and script[at].endswith("\\") and not script[at].lstrip().startswith("#"):
            at += 1
        words = [word for line in script[start : at + 1] for word in _HEREDOC.findall(line)]
        if words and ends.get(words[-1], -1) > at:
            at = next(number for number in range(at + 1, len(script)) if script[number].strip() == words[-1])
            found[first + start] = first + at
            # Lines of a here-document have comments of their own; one for the command applies to them too.
            found.update({line: line for line in range(first + start + 1, first + at)})
        elif at > start:
            found[first + start] = first + at
        at += 1
    return found


def _texts(documents: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield the scalars of documents, each with its key, or itself if it has none."""
    for document in documents:
        for node in walk_nodes(document):
            for key, value in node.pairs:
                if value.shape == "scalar":
                    yield key, value
            for one in node.items:
                if one.shape == "scalar":
                    yield one, one


def _steps(documents: Iterable[Node]) -> Iterator[Node]:
    """Yield the lists of steps of workflows and actions."""
    for document in documents:
        for node in walk_nodes(document):
            yield from (value for key, value in node.pairs if key.text == "steps" and value.shape == "list")


def _of_makefile(lines: Sequence[str]) -> _PlacesFound:
    """Return the comments of a Makefile, also those of the shell in recipes, and its rules and definitions."""
    below = targets([_QUIET.sub("\t", one) for one in lines])
    found = _PlacesFound()
    whole: dict[int, int] = {}
    start, last, continued = 0, 0, 0
    for number, line in enumerate(lines, 1):
        if continued:
            whole[number] = continued
        continued = (continued or number) if line.endswith("\\") else 0
        is_inside = line.startswith("\t") or number in whole or not line.strip() or line.lstrip()[0] == "#"
        if start and (is_inside or _CONDITIONAL.match(line) or lines[start - 1].startswith("define")):
            last = number if line.strip() else last
            if not line.startswith("endef"):
                continue
        if start:
            found.parts.add((start, last))
        start = last = number if _RULE.match(line) else 0
    if start:
        found.parts.add((start, last))
    for number, first in whole.items():
        found.parts.add((first, number))
    for number, line in enumerate(lines, 1):
        if "#" in line and "scaffold:" in line:
            target = below[number - 1]
            found.comments.append(SuppressionComment(number, line[line.index("#") :], whole.get(target, target)))
    return found


def targets(lines: Sequence[str]) -> list[int]:
    """Return for each line the target of a comment in it: itself, or the next line that is not blank or a comment."""
    out = list(range(1, len(lines) + 1))
    below = 0
    for at in range(len(lines) - 1, -1, -1):
        sign = lines[at].strip()[:1]
        if sign == "#":
            out[at] = below or at + 1
        elif sign:
            below = at + 1
    return out
