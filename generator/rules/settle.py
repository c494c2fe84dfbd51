"""Apply the suppressions in files and the severities of the config to findings. Pure.

- ``# scaffold: ignore[ID] reason`` at the end of a line applies to that line; on a separate line, to the next line that
  is neither blank nor a comment. ``# scaffold: ignore[ID,ID2] reason`` names several.
- At the first line of a text that takes several lines, of a step of a workflow, of a command or of a rule of a
  Makefile, it applies to all of these lines. Scripts may have it as a comment of the shell.
- ``# scaffold: ignore-file[ID] reason``, above the first line that is not a comment, applies to the whole file.
- A reason is required. An unused suppression is a finding.
- ``rules:`` in ``.scaffold/config.yaml`` sets a rule's severity or turns it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from ..config import Config
from ..errors import Problem
from .rule import File
from .suppression_places import LINE_BREAK, SuppressionPlaces, suppression_places

_COMMENT = re.compile(r"#\s*scaffold:\s*(ignore(?:-file)?)\b(?:\s*\[([^\]\n]*)\])?\s*(.*)")
MAX_SHOWN = 1_000  # suppressions reported per file
_HINT = "write it like: # scaffold: ignore[FX004] reason"
# Comments cannot be read if the file cannot, and a suppression cannot suppress findings about itself.
NEVER = frozenset({"GIT001", "SCF001", "SUP001", "SUP002", "YAML001", "YAML002"})


@dataclass(frozen=True)
class Settled:
    """The remaining findings, and how many were suppressed, turned off, or lowered."""

    problems: tuple[Problem, ...]
    suppressed: int = 0
    off: int = 0
    lowered: int = 0


@dataclass
class _Suppression:
    """A suppression: its place, its target (line 0 is the whole file), and the ids that it has suppressed."""

    line: int
    column: int
    target: int
    ids: tuple[str, ...]
    used: set[str] = field(default_factory=set)
    is_sure: bool = True


def settle(
    files: Iterable[File], problems: Sequence[Problem], config: Config, known: Mapping[str, bool], *, whole: bool = True
) -> Settled:
    """Apply suppressions and configured severities to ``problems`` of ``files``.

    ``known`` maps the ids of rules to whether they compare files. Unless the run has the ``whole`` repository, such
    a rule may find less, and its suppressions are not reported as unused.
    """
    by_path: dict[str, list[_Suppression]] = {}
    starts: dict[str, dict[int, list[int]]] = {}
    about: list[Problem] = []
    for file in files:
        if "scaffold:" in file.text:
            places = suppression_places(file)
            found, wrong = _suppressions(file, places, known)
            starts[file.path] = places.starts
            by_path[file.path] = found
            about += wrong[:MAX_SHOWN]
    by_place: dict[tuple[str, int, str], list[_Suppression]] = {}
    for path, found in by_path.items():
        for comment in found:
            for name in comment.ids:
                by_place.setdefault((path, comment.target, name), []).append(comment)
    kept, suppressed = [], 0
    for one in problems:
        if one.rule not in NEVER and _meets(by_place, one, starts.get(one.path, {})):
            suppressed += 1
        else:
            kept.append(one)
    for path, found in by_path.items():
        about += islice(_unused(path, found, config, known, whole), MAX_SHOWN)
    final, off, lowered = [], 0, 0
    for one in [*kept, *about]:
        severity = config.rule_severity(one.rule, one.path)
        if severity == "off":
            off += 1
            continue
        lowered += bool(severity) and _RANK[severity] < _RANK[one.severity]
        final.append(replace(one, severity=severity) if severity else one)
    return Settled(tuple(sorted(final)), suppressed, off, lowered)


_RANK = {"info": 0, "warning": 1, "error": 2}


def _meets(
    by_place: Mapping[tuple[str, int, str], Sequence[_Suppression]], problem: Problem, starts: Mapping[int, list[int]]
) -> bool:
    """Return whether a suppression applies to a problem, and mark the suppressions that do as used.

    ``starts`` has for each line the first lines of the parts of the file that it belongs to.
    """
    hit = False
    for line in {0, problem.line, *starts.get(problem.line, ())}:
        found = by_place.get((problem.path, line, problem.rule), ())
        hit = hit or bool(found)
        if found and problem.rule not in found[-1].used:
            for one in found:
                one.used.add(problem.rule)
    return hit


def _unused(
    path: str, found: Iterable[_Suppression], config: Config, known: Mapping[str, bool], whole: bool
) -> Iterable[Problem]:
    for one in found:
        for name in one.ids:
            if (
                not one.is_sure
                or name in one.used
                or config.rule_severity(name, path) == "off"
                or (known[name] and not whole)
            ):
                continue
            place = "in this file" if one.target == 0 else f"in line {one.target}"
            message = f"unused suppression: {name} is not found {place}"
            yield Problem(path, one.line, one.column, message, "remove the comment or the id", "SUP001", "warning")


def _suppressions(
    file: File, places: SuppressionPlaces, known: Mapping[str, bool]
) -> tuple[list[_Suppression], list[Problem]]:
    lines = LINE_BREAK.split(file.text.removeprefix("\ufeff"))
    found: list[_Suppression] = []
    wrong: list[Problem] = []
    # Directives of YAML, and the mark where its first document begins, may be above.
    heads = ("#", "%") if lines[0][:1] == "%" else ("#",)
    content = next(
        (n for n, line in enumerate(lines, 1) if (bare := line.strip()) and bare != "---" and bare[0] not in heads),
        len(lines) + 1,
    )
    for comment in places.comments:
        number = comment.line
        match = _COMMENT.search(comment.text)
        if not match:
            continue
        column = lines[number - 1].find("scaffold:") + 1
        ids = tuple(dict.fromkeys(one.strip() for one in (match.group(2) or "").split(",") if one.strip()))
        usable = tuple(one for one in ids if one in known and one not in NEVER)
        reason, of_file = match.group(3).strip(), match.group(1) == "ignore-file"
        fault = _fault(ids, usable, reason)
        late = not fault and of_file and content < number
        if late:
            fault = "applies to the whole file, and must be above its first line"
        if fault and comment.is_sure:
            wrong.append(Problem(file.path, number, column, f"the suppression {fault}", _HINT, "SUP002", "warning"))
        if usable and reason and not late:
            target = 0 if of_file else comment.target
            found.append(_Suppression(number, column, target, usable, is_sure=comment.is_sure))
    return found, wrong


def _fault(ids: tuple[str, ...], usable: tuple[str, ...], reason: str) -> str:
    if not ids:
        return "names no rule"
    if bad := [one for one in ids if one not in usable]:
        return f"names {', '.join(bad)}, which is not a rule that can be suppressed"
    return "" if reason else "gives no reason"
