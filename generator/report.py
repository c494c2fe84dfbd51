"""Plans, findings and problems as text, JSON and GitHub annotations. Returns what to print, and prints nothing."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import Problem
from .merge import Conflict
from .pipeline import Unit
from .plan import Change
from .tree import join

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_COMMAND = re.compile(r"^([^\S\n]*)(::|##\[)", re.MULTILINE)
_QUIET = frozenset({"clean", "edited"})


def safe(text: str, *, in_actions: bool = False) -> str:
    """Return file text as it may go to a terminal or log: control characters escaped, no workflow commands."""
    text = _CONTROL.sub(lambda m: _escape(m.group()), text.replace("\r\n", "\n"))
    if in_actions:
        text = _COMMAND.sub(lambda m: f"{m.group(1)}\\x{ord(m.group(2)[0]):02x}{m.group(2)[1:]}", text).replace(
            "##[", "#\\x23["
        )
    return text


def _escape(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def problem_text(problem: Problem) -> str:
    """Return ``path:line:column: what is wrong (RULE)`` and below it what to do."""
    place = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    rule = f" ({problem.rule})" if problem.rule else ""
    hint = f"\n    {_one_line(problem.hint)}" if problem.hint else ""
    return f"{_one_line(place)}: {_one_line(problem.message)}{rule}{hint}"


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON data."""
    names = ("path", "line", "column", "rule", "severity", "message", "hint")
    return {name: getattr(problem, name) for name in names}


def annotation(level: str, path: str, line: int, title: str, message: str) -> str:
    """Return a GitHub workflow command that annotates a line."""
    place = f"file={_property(path)},line={max(line, 1)},title={_property(title)}"
    return f"::{level} {place}::{_data(message)}"


def conflict_text(path: str, conflict: Conflict) -> str:
    """Return a conflict for people, on one line, with its reason behind it."""
    field = f"{conflict.field}: " if conflict.field else ""
    values = f"yours {_value(conflict.ours)}, generated {_value(conflict.theirs)} (was {_value(conflict.base)})"
    reason = f"; {conflict.reason}" if conflict.reason else ""
    return _one_line(f"{path}:{conflict.line}: {field}{values}{reason}")


def settle_command(path: str, conflict: Conflict, side: str, command: str = "scaffold regenerate") -> str:
    """Return the command that settles a conflict for one side."""
    place = path if conflict.of_lines or not conflict.field else f"{path}:{conflict.field}"
    return f"{command} {shlex.quote(f'--{side}={place}')}"


def change_rows(unit: Unit, *, everything: bool, strict: bool = False) -> list[dict[str, Any]]:
    """Return the files of a unit as JSON data: all, or those that differ from what regenerating makes."""
    if unit.plan is None:
        return []
    rows = []
    for change in unit.plan.changes:
        if not (everything or shown(change, strict=strict)):
            continue
        path = join(unit.name, change.path)
        rows.append(
            {
                "unit": unit.name,
                "path": path,
                "state": change.state,
                "conflicts": [_conflict_row(path, one) for one in change.conflicts],
                "diff": "" if everything and change.state in _QUIET else unified(unit.name, change),
                **({"locked": list(change.tampered)} if change.tampered else {}),
                **({"notes": list(change.notes)} if change.notes else {}),
            }
        )
    return rows


def shown(change: Change, *, strict: bool = False) -> bool:
    """Tell whether ``diff`` shows a file."""
    return change.state not in _QUIET or change.drifts or (strict and change.state == "edited")


def unified(unit: str, change: Change) -> str:
    """Return what regenerating would do to a file as a unified diff of the disk's text."""
    path = join(unit, change.path)
    before, after = change.ours, change.merged
    if change.conflicts or (before == after and not change.moved_from):
        return ""
    old = join(unit, change.moved_from) if change.moved_from else path
    names = ("/dev/null" if before is None else f"a/{old}", "/dev/null" if after is None else f"b/{path}")
    import difflib  # noqa: PLC0415 - only where there is a difference

    lines = difflib.unified_diff((before or "").splitlines(True), (after or "").splitlines(True), *names)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def change_text(unit: Unit, change: Change, command: str = "scaffold regenerate") -> str:
    """Return a file's state with its diff or conflicts."""
    path = join(unit.name, change.path)
    out = [f"{change.state:<9} {_one_line(path)}"]
    if change.moved_from:
        out[0] += f" (moved from {_one_line(join(unit.name, change.moved_from))})"
    for one in change.conflicts:
        out.append(conflict_text(path, one))
        out.append(f"    keep yours: {settle_command(path, one, 'ours', command)}")
        if not one.refused:
            out.append(f"    take it:    {settle_command(path, one, 'theirs', command)}")
    out += [f"{path}: {one} is locked in .scaffold/config.yaml, and was edited by hand" for one in change.tampered]
    out += [f"note: {path}: {one}" for one in change.notes]
    diff = unified(unit.name, change)
    return "\n".join(out) + "\n" + diff


def change_annotations(unit: Unit) -> list[str]:
    """Return GitHub annotations for the drift of a unit."""
    out = []
    for change in unit.plan.changes if unit.plan else ():
        path = join(unit.name, change.path)
        for one in change.conflicts:
            out.append(annotation("error", path, one.line, "scaffold: conflict", conflict_text(path, one)))
        for locked in change.tampered:
            out.append(annotation("error", path, 1, "scaffold: locked", f"{locked} is locked, and was edited by hand"))
        if change.writes:
            where = path if change.ours is not None else join(unit.name, "scaffold.yaml")
            message = f"{path} is {change.state}: run scaffold regenerate"
            out.append(annotation("error", where, _first_changed(change), f"scaffold: {change.state}", message))
    return out


def summary(counts: Mapping[str, int], units: int) -> str:
    """Return how many files are in which state, on one line."""
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items(), key=lambda one: one[0]))
    return f"{_units(units)}: {states or 'no files'}"


def outcome(units: Sequence[Unit]) -> str:
    """Return what a run did, on one line."""
    plans = [unit.plan for unit in units if unit.plan]
    done = [plan for plan in plans if not (plan.blocked or plan.held)]
    files = sum(change.writes for plan in done for change in plan.changes)
    left = [f"{count} {what}" for count, what in (
        (sum(plan.blocked for plan in plans), "left alone with a conflict"),
        (sum(plan.held for plan in plans), "held"),
        (len(units) - len(plans), "invalid"),
    ) if count]  # fmt: skip
    return f"{_units(len(units))}: {files} file{'' if files == 1 else 's'} changed" + "".join(
        f", {one}" for one in left
    )


def count_states(units: Iterable[Unit]) -> Counter[str]:
    """Return how many files are in which state."""
    return Counter(change.state for unit in units if unit.plan for change in unit.plan.changes)


def dump(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as JSON."""
    return json.dumps(rows, indent=2, ensure_ascii=True)


def coloured(diff: str) -> str:
    """Return a diff with terminal colours."""
    colours = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}
    return "\n".join(f"{colours[x[0]]}{x}\x1b[0m" if x[:1] in colours else x for x in diff.split("\n"))


def _conflict_row(path: str, one: Conflict) -> dict[str, Any]:
    row = {"field": one.field, "line": one.line, "base": one.base, "ours": one.ours, "theirs": one.theirs}
    return {**row, "reason": one.reason, "settle": settle_command(path, one, "ours")}


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"


def _first_changed(change: Change) -> int:
    before, after = (change.ours or "").splitlines(), (change.merged or "").splitlines()
    return next((n for n, pair in enumerate(zip(before, after, strict=False), 1) if pair[0] != pair[1]), 1)


def _value(text: str | None) -> str:
    if text is None:
        return "nothing"
    if not text.strip():
        return "a blank line"
    lines = text.strip("\n").split("\n")
    first = lines[0] if len(lines[0]) <= 80 else f"{lines[0][:79]}…"
    return first.strip() if len(lines) == 1 else f"{len(lines)} lines from {first.strip()!r}"


def _one_line(text: str) -> str:
    return safe(text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r"))


def _data(text: str) -> str:
    return safe(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def command_line(arguments: Sequence[str]) -> str:
    """Return the command line that was given, quoted for a shell."""
    return shlex.join(["scaffold", *arguments])
