"""Render plans and problems as text, JSON and GitHub annotations. Prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from . import __version__
from .choice import Call
from .errors import Problem
from .file_diff import decoded, unified
from .merge import SIDES, Conflict, Side, value_line
from .plan import Change
from .planned import Unit
from .printable import Annotation, Line, escaped
from .tree import DOT_DIR, LOCK_NAME, join

_UNSETTLED = "is part of a conflict of git, which scaffold {} settles"
_QUIET = frozenset({"clean", "edited"})


def problem_lines(problem: Problem) -> list[str]:
    """Return ``path:line:column: message (RULE)``, and the hint on the next line."""
    place = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    rule = f" ({problem.rule})" if problem.rule else ""
    lines = [f"{place}: {problem.message}{rule}", *([f"    {problem.hint}"] if problem.hint else [])]
    return [escaped(one) for one in lines]


def problem_output(problem: Problem, severity: str = "error") -> list[Line]:
    """Return ``problem_lines`` with the severity as the role of the message; one below error precedes it."""
    place = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    grade = "" if severity == "error" else f"{severity}: "
    rule = f" ({problem.rule})" if problem.rule else ""
    first: Line = [("", f"{place}: "), (severity, f"{grade}{problem.message}"), ("", rule)]
    return [first, *([[("dim", f"    {problem.hint}")]] if problem.hint else [])]


def problem_text(problem: Problem) -> str:
    """Return the lines of a problem as one text."""
    return "\n".join(problem_lines(problem))


def problem_annotation(problem: Problem) -> Annotation:
    """Return a problem as a GitHub annotation."""
    return Annotation("error", problem.path, problem.line, "scaffold", problem.message)


def problem_row(problem: Problem) -> dict[str, Any]:
    """Return a problem as JSON data."""
    names = ("path", "line", "column", "rule", "severity", "message", "hint")
    return {name: getattr(problem, name) for name in names}


def conflict_text(path: str, conflict: Conflict) -> str:
    """Return a conflict as one readable line, followed by its reason."""
    if conflict.column:
        return escaped(f"{path}:{conflict.line}:{conflict.column}: {conflict.reason}")
    field = f"{conflict.field}: " if conflict.field else ""
    ours, theirs, base = (value_line(one) for one in (conflict.ours, conflict.theirs, conflict.base))
    values = f"yours {ours}, generated {theirs} (was {base})"
    reason = f"; {conflict.reason}" if conflict.reason else ""
    return escaped(f"{path}:{conflict.line}: {field}{values}{reason}")


def change_rows(unit: Unit, call: Call, *, everything: bool, strict: bool = False) -> list[dict[str, Any]]:
    """Return the files of a unit as JSON data: all, or those that differ from the generated text.

    ``call`` is the command that settles what the user has settled so far.
    """
    if unit.plan is None:
        return []
    rows: list[dict[str, Any]] = []
    if notes := lock_notes(unit):
        state = "behind" if unit.unsettled else "clean"
        lock = {"unit": unit.name, "path": join(unit.name, LOCK_NAME), "state": state}
        rows.append({**lock, "conflicts": [], "diff": "", "notes": notes})
    for change in unit.plan.changes:
        if not (everything or shown(change, strict=strict)):
            continue
        path = join(unit.name, change.path)
        rows.append(
            {
                "unit": unit.name,
                "path": path,
                "state": change.state,
                "conflicts": [
                    *(_conflict_row(one, _settling(path, one, call)) for one in change.conflicts),
                    *(_conflict_row(one, call.kept(path).line) for one in change.marked),
                ],
                "diff": "" if everything and change.state in _QUIET else unified(unit.name, change),
                **({"locked": list(change.tampered)} if change.tampered else {}),
                **({"reset": list(change.reset)} if change.reset else {}),
                **({"notes": list(change.notes)} if change.notes else {}),
                **({"decoded": decoded(unit.name, change)} if change.decoded and change.writes else {}),
            }
        )
    return rows


def lock_notes(unit: Unit) -> list[str]:
    """Return what a user has to know about the lock of a unit; it is no file of a plan."""
    command = "template update" if unit.name.startswith(f"{DOT_DIR}/") else "regenerate"
    notes = [_UNSETTLED.format(command)] if unit.unsettled else []
    if unit.newer_tool:
        newer = f"was written by scaffold {unit.newer_tool}, newer than this one, {__version__}"
        notes.append(f"{newer}: scaffold regenerate rewrites it only with --downgrade")
    return notes


def lock_lines(unit: Unit) -> list[str]:
    """Return the lines about the lock of a unit, none if there is nothing to say."""
    path = join(unit.name, LOCK_NAME)
    state = [f"behind    {path}"] if unit.unsettled else []
    return [escaped(one) for one in (*state, *(f"note: {path}: {note}" for note in lock_notes(unit)))]


def shown(change: Change, *, strict: bool = False) -> bool:
    """Tell whether ``diff`` shows a file."""
    return change.state not in _QUIET or change.drifts or (strict and change.state == "edited")


def change_lines(unit: Unit, change: Change, call: Call) -> Iterator[Line]:
    """Yield a file's state with its diff or conflicts, each with the commands that settle it too."""
    path = join(unit.name, change.path)
    moved = f" (moved from {join(unit.name, change.moved_from)})" if change.moved_from else ""
    state = "reset" if change.reset and not change.conflicts else change.state
    yield [(state, f"{state:<9}"), ("", f" {path}{moved}")]
    for one in change.conflicts:
        yield conflict_text(path, one)
        yield from _offered(path, one, call)
    yield from (conflict_text(path, one) for one in change.marked)
    if change.marked:
        yield f"{path}: has conflict markers: resolve them in an editor or a merge tool"
        yield "    scaffold diff lists the remaining ones"
    for locked in change.tampered:
        yield f"{path}: {locked} is locked in .scaffold/config.yaml, but was edited by hand"
        yield "    undo the edit, or remove the path from locked there"
    for note in change.notes:
        yield f"note: {path}: {note}"
    yield from diff_lines(unit.name, change)


def _offered(path: str, one: Conflict, call: Call) -> Iterator[Line]:
    """Yield the commands that settle a conflict."""
    lines = []
    if not one.by_hand and "ours" not in one.barred:
        lines.append(f"    keep yours: {call.settled(path, one, 'ours').line}")
    if one.refused and one.resets is not None:
        lines.append(f"    discard it: {call.reset(path, one.resets).line}")
    if not one.refused and "theirs" not in one.barred:
        lines.append(f"    take it:    {call.settled(path, one, 'theirs').line}")
    if not one.absent and ((len(lines) < 2 and not (one.by_hand and lines)) or len(one.rerouting) > 1):
        lines.append(f"    {'or ' if lines else ''}edit the file by hand, and repeat the command")
    yield from lines


def diff_lines(unit: str, change: Change) -> Iterator[Line]:
    """Yield the lines of a unified diff of a file, from the text on disk to the one to write."""
    roles = {"+": "added", "-": "removed", "@": "hunk"}
    for line in (unified(unit, change) + decoded(unit, change)).rstrip("\n").split("\n"):
        if line:
            yield [(roles.get(line[0], "text"), line)]


def all_lines(units: Sequence[Unit], call: Call) -> list[str]:
    """Return the commands that settle all conflicts of a run at once; empty for fewer than two conflicts."""
    found = [
        (join(unit.name, change.path), one)
        for unit in units
        for change in (unit.plan.changes if unit.plan else ())
        for one in change.conflicts
    ]
    if len(found) < 2 or any(one.by_hand for _, one in found):
        return []
    changes = [change for unit in units for change in (unit.plan.changes if unit.plan else ())]
    barred: set[Side] = {"ours"} if any(one.absent for _, one in found) else set()
    barred |= {side for one in changes for side in one.barred}
    rerouting = {side for one in changes for side in one.rerouting}
    mine, generated = (
        settled.accepting if side in rerouting else settled
        for side, settled in ((side, call.all_settled(found, side)) for side in SIDES)
    )
    lines = []
    if "ours" not in barred:
        lines.append(f"    keep yours: {mine.line}")
    if "theirs" not in barred and not any(one.refused for _, one in found):
        lines.append(f"    take it:    {generated.line}")
    return [f"{len(found)} conflicts; to settle all at once:", *lines] if lines else []


def change_annotations(unit: Unit) -> list[Annotation]:
    """Return GitHub annotations for the drift of a unit."""
    lock = join(unit.name, LOCK_NAME)
    message = f"{lock} {_UNSETTLED.format('regenerate')}"
    out = [Annotation("error", lock, 1, "scaffold: behind", message)] if unit.unsettled else []
    for change in unit.plan.changes if unit.plan else ():
        path = join(unit.name, change.path)
        for one in (*change.conflicts, *change.marked):
            out.append(Annotation("error", path, one.line, "scaffold: conflict", conflict_text(path, one)))
        for locked in change.tampered:
            out.append(Annotation("error", path, 1, "scaffold: locked", f"{locked} is locked, but was edited by hand"))
        if change.writes:
            where = path if change.ours is not None else join(unit.name, "scaffold.yaml")
            message = f"{path} is {change.state}: run scaffold regenerate"
            out.append(Annotation("error", where, _first_changed(change), f"scaffold: {change.state}", message))
    return out


def summary(counts: Mapping[str, int], units: int) -> str:
    """Return the number of files in each state, on one line."""
    return f"{_units(units)}: {state_counts(counts)}"


def state_counts(counts: Mapping[str, int]) -> str:
    """Return the number of files in each state, "no files" without any."""
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no files"


def outcome(units: Sequence[Unit], *, would: bool = False) -> str:
    """Return what a run did, or would do, on one line."""
    plans = [unit.plan for unit in units if unit.plan]
    done = [plan for plan in plans if not (plan.blocked or plan.held)]
    files = sum(change.writes for plan in done for change in plan.changes)
    left = [f"{count} {what}" for count, what in (
        (sum(plan.blocked for plan in plans), "unchanged because of a conflict"),
        (sum(plan.held for plan in plans), "held"),
        (len(units) - len(plans), "invalid"),
    ) if count]  # fmt: skip
    done_to = "would change" if would else "changed"
    return f"{_units(len(units))}: {files} file{'' if files == 1 else 's'} {done_to}" + "".join(
        f", {one}" for one in left
    )


def count_states(units: Iterable[Unit]) -> Counter[str]:
    """Return the number of files in each state."""
    return Counter(change.state for unit in units if unit.plan for change in unit.plan.changes)


def _settling(path: str, one: Conflict, call: Call) -> str:
    """Return the command in JSON: for ours, if it can be taken; ``""`` if no command settles the conflict."""
    if one.by_hand:
        return "" if one.resets is None else call.reset(path, one.resets).line
    side: Side = "theirs" if "ours" in one.barred and not one.refused else "ours"
    return call.settled(path, one, side).line


def _conflict_row(one: Conflict, settling: str) -> dict[str, Any]:
    row = {"field": one.field, "line": one.line, "base": one.base, "ours": one.ours, "theirs": one.theirs}
    return {**row, "reason": one.reason, "settle": settling}


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"


def _first_changed(change: Change) -> int:
    before, after = (change.ours or "").splitlines(), (change.merged or "").splitlines()
    return next((n for n, pair in enumerate(zip(before, after, strict=False), 1) if pair[0] != pair[1]), 1)
