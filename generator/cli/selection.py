"""Resolve what a command works on: the repository, the selected units, and the user's settlements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from .. import repository
from ..choice import Call, Choice, is_within, split_place
from ..errors import Invalid, invalid
from ..git import is_merging
from ..pipeline import Pipeline, read_config
from ..planned import Unit
from ..shared_plans import plan_in_processes
from ..tree import LOCK_NAME, SPEC_NAME, folded, join, workflow_of
from ..workers import Processes
from ..worktree import Worktree
from .console import err


def open_worktree(root: Path | None) -> Worktree:
    """Return the repository at ``root``, or the one around the current folder. Raises Invalid."""
    return Worktree(repository.find_root(Path.cwd(), root))


def unit_argument(worktree: Worktree, unit: str) -> str:
    """Return the folder of a unit named on the command line. Raises Invalid if it is not that of a unit."""
    folder = repository.path_argument(worktree.root, unit, Path.cwd(), "UNIT")
    if folder not in worktree.units():
        folder = next((one for one in worktree.units() if one == unit.rstrip("/")), "")
    if not folder:
        raise invalid(unit, f"is not the folder of a unit: it has no {SPEC_NAME}", "run scaffold list to see the units")
    return folder


def finish_interrupted(worktree: Worktree) -> bool:
    """Finish or undo the previous run if it was interrupted, and return whether it was."""
    if worktree.planted:
        err(f"{worktree.planted}: is ignored: run state is not kept in the tree", "    delete it")
    if not worktree.interrupted:
        return False
    found = worktree.finish()
    if found.undone:
        err("undid an interrupted run", "    repeat the command that was interrupted")
    else:
        err("finished an interrupted run")
    for path in found.changed:
        err(f"{path}: was changed since, and was left unchanged")
    return True


def tell_interrupted(worktree: Worktree) -> bool:
    """Report an interrupted previous run, and return whether there is one.

    A command that only reads continues if that is unknown.
    """
    try:
        if worktree.interrupted:
            err("a run was interrupted", "    run scaffold regenerate to finish it")
            return True
    except Invalid as error:
        for problem in error.problems:
            err(f"note: cannot tell whether a run was interrupted: {problem.path}: {problem.message}")
    return False


def tell_surroundings(worktree: Worktree, paths: list[str] | None, changed: str | None, shard: str | None) -> None:
    """Print what concerns no file of a plan: needs of units that are gone, and templates in a conflict of git."""
    tell_lost_needs(worktree, paths, changed, shard)
    _tell_template_conflicts(worktree)


def tell_lost_needs(worktree: Worktree, paths: list[str] | None, changed: str | None, shard: str | None) -> None:
    """Print what units need of others that were deleted, if the whole repository is selected."""
    if paths or not (shard is None or shard.startswith("1/")):
        return
    commit, locks = repository.deleted_since(worktree.root, changed, LOCK_NAME)
    if not locks:
        return
    from ..units.handing_over import lost_needs  # noqa: PLC0415 - only for a deleted unit

    for message in lost_needs(worktree, commit, locks):
        err(*f"note: {message}".split("\n"))


def _tell_template_conflicts(worktree: Worktree) -> None:
    """Print how to settle the records of templates that are part of a merge of git that has stopped."""
    if not (worktree.own_templates and is_merging(worktree.root)):
        return
    from ..own_templates.record_sides import conflict_problem  # noqa: PLC0415 - only in a merge

    for name in sorted(worktree.own_templates):
        try:
            problem = conflict_problem(worktree, name)
        except Invalid as error:
            problem = error.problems[0]
        if problem:
            err(f"note: {problem.path}: {problem.message}", f"    {problem.hint}")


def unit_names(
    worktree: Worktree,
    paths: list[str] | None,
    changed: str | None,
    shard: str | None,
    touched: Callable[[str], list[str] | None] | None = None,
) -> list[str]:
    """Return the units that the options of a command select. Raises Invalid.

    ``touched`` returns the units affected by changes since a revision, None for all (default: the units that contain
    the changes).
    """
    touched = touched or (lambda revision: repository.changed_since(worktree.root, revision))
    names = touched(changed) if changed is not None else None
    if names is None:
        names = repository.discover(worktree.root)
    if paths:
        known = names if changed is None else repository.discover(worktree.root)
        chosen = set(repository.select(worktree.root, known, paths, Path.cwd()))
        names = [one for one in names if one in chosen]
    split = read_shard(shard)
    if split is None:
        return names
    together: dict[str, list[str]] = {}  # units that may conflict are in one part, which then refuses them
    for one in names:
        together.setdefault(folded(workflow_of(one)), []).append(one)
    return sorted(one for group in [*together.values()][split[0] - 1 :: split[1]] for one in group)


def read_shard(shard: str | None) -> tuple[int, int] | None:
    """Return index and count of the shard from ``--shard``. Raises Invalid."""
    if shard is None:
        return None
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 10000):
        raise invalid("--shard", f"{shard!r} is not a valid part", "write it like 1/4")
    return int(part), int(parts)


def plan_units(
    worktree: Worktree,
    paths: list[str] | None,
    changed: str | None,
    shard: str | None,
    *,
    choice: Choice | None = None,
    full: bool = False,
    markers: bool = False,
    downgrade: bool = False,
    processes: AbstractContextManager[Processes] | None = None,
) -> Iterator[Unit]:
    """Yield the selected units with their plans; without paths, also deleted units that left a workflow.

    ``processes`` plan them (``open_processes``), by default only this one.
    """
    pipeline = Pipeline(worktree, read_config(worktree), choice or Choice(), full, markers, downgrade)
    names = unit_names(worktree, paths, changed, shard)
    with processes or nullcontext(Processes()) as by:
        yield from pipeline.units(names, lambda first: plan_in_processes(pipeline, first, by))
    if not paths and (shard is None or shard.startswith("1/")):
        yield from pipeline.strays()


def read_choice(
    ours: list[str] | None, theirs: list[str] | None, reset: list[str] | None = None, *, reroute: bool = False
) -> Choice:
    """Parse ``--ours``, ``--theirs`` and ``--reset``: ``PATH:FIELD``, ``PATH``, or for the sides ``*`` for all.

    Raises Invalid for options that contradict each other, and for an empty ``--reset``.
    """
    choice = Choice(_pairs("--ours", ours), _pairs("--theirs", theirs), _pairs("--reset", reset), reroute)
    for place, field in set(choice.ours) & set(choice.theirs):
        name = "" if place == "*" else f"={_shown(place, field)}"
        raise invalid("--ours", f"--ours{name} and --theirs{name} settle the same place for both sides", "choose one")
    for pair in choice.reset:
        if pair[0] == "*":
            raise invalid("--reset", "names nothing", "name a file, a folder, or PATH:FIELD: nothing else is discarded")
        for way in ("ours", "theirs"):
            for other in choice.ways[way]:
                if is_within(other, pair):
                    message = f"--reset={_shown(*pair)} discards what --{way}={_shown(*other)} settles"
                    raise invalid("--reset", message, "choose one")
    return choice


def _pairs(option: str, values: list[str] | None) -> tuple[tuple[str, str], ...]:
    split = (split_place(one or "*", option) for one in values or ())
    return tuple((place.removeprefix("./").rstrip("/") or "*", field) for place, field in split)


def _shown(place: str, field: str) -> str:
    return f"{place}:{field}" if field else place


def settling(
    choice: Choice,
    root: Path | None = None,
    paths: list[str] | None = None,
    changed: str | None = None,
    shard: str | None = None,
    *,
    markers: bool = False,
    downgrade: bool = False,
) -> Call:
    """Return the command that settles conflicts of the units that these options select, and repeats ``choice``."""
    words = ["scaffold", "regenerate"]
    for option, value in (("--root", root), ("--changed-since", changed), ("--shard", shard)):
        words += [option, str(value)] if value is not None else []
    words += ["--markers"] if markers else []
    words += ["--downgrade"] if downgrade else []
    names = paths or []
    return Call((*words, *(["--"] if any(one.startswith("-") for one in names) else []), *names), choice)


def check_places(choice: Choice, units: Sequence[Unit]) -> None:
    """Raise Invalid, before anything is written, if a place to settle or reset is not a generated file.

    Also raises it for a reset that is not possible, and for a place in a unit that cannot be planned.
    """
    for place, _ in choice.reset:
        _refuse_unplanned(place, units)
    paths = {join(unit.name, change.path) for unit in units if unit.plan for change in unit.plan.changes}
    for place in choice.places:
        if not any(_is_below(path, place) for path in paths):
            _refuse_unplanned(place, units)
            raise invalid(place, "is not a generated file of these units", "name a path as scaffold diff prints it")
    for place, field in choice.reset:
        if field and place not in paths:
            raise invalid(place, f"is a folder, but {field} is a field", "name the file that has the field")


def _refuse_unplanned(place: str, units: Sequence[Unit]) -> None:
    """Raise Invalid with the problems of the units at a place that cannot be planned."""
    bad = [one for one in units if one.problems and _meet(one.name, place)]
    if bad:
        raise Invalid(problem for one in bad for problem in one.problems)


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")


def _meet(unit: str, place: str) -> bool:
    return unit == "." or _is_below(unit, place) or _is_below(place, unit)
