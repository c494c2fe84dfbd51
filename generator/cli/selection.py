"""What a command works on: the repository, the units that were named, and what the user settles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from .. import repository
from ..choice import Call, Choice
from ..errors import Invalid, invalid
from ..pipeline import Pipeline, Unit, read_config
from ..tree import join
from ..worktree import Worktree
from .console import err


def open_worktree(root: Path | None) -> Worktree:
    """Return the repository at ``root``, or the one around the current folder. Raises Invalid."""
    return Worktree(repository.find_root(Path.cwd(), root))


def finish_interrupted(worktree: Worktree) -> bool:
    """Finish the run before, if it was interrupted, and return whether it was."""
    if worktree.planted:
        err(f"{worktree.planted}: is not read: the state of a run is not kept in the tree", "    delete it")
    if not worktree.interrupted:
        return False
    skipped = worktree.finish()
    err("finished a run that was interrupted")
    for path in skipped:
        err(f"{path}: was changed since, and left as it is")
    return True


def tell_interrupted(worktree: Worktree) -> None:
    """Say that the run before was interrupted; a command that only reads goes on where that cannot be told."""
    try:
        if worktree.interrupted:
            err("a run was interrupted", "    run scaffold regenerate to finish it")
    except Invalid as error:
        for problem in error.problems:
            err(f"note: whether a run was interrupted is not known: {problem.path}: {problem.message}")


def unit_names(
    worktree: Worktree,
    paths: list[str] | None,
    changed: str | None,
    shard: str | None,
    touched: Callable[[str], list[str] | None] | None = None,
) -> list[str]:
    """Return the units that the options of a command name. Raises Invalid.

    ``touched`` tells which units a change since a revision concerns, None for all; else it is those it lies in.
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
    return names if split is None else names[split[0] - 1 :: split[1]]


def read_shard(shard: str | None) -> tuple[int, int] | None:
    """Return which part of how many ``--shard`` names. Raises Invalid."""
    if shard is None:
        return None
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 10000):
        raise invalid("--shard", f"{shard!r} is no part", "write it like 1/4")
    return int(part), int(parts)


def plan_units(
    worktree: Worktree,
    paths: list[str] | None,
    changed: str | None,
    shard: str | None,
    *,
    choice: Choice | None = None,
    full: bool = False,
) -> Iterator[Unit]:
    """Yield the units that the options of a command name, planned; without paths those too that are gone."""
    pipeline = Pipeline(worktree, read_config(worktree), choice or Choice(), full)
    units = pipeline.units(unit_names(worktree, paths, changed, shard))
    every = not paths and (shard is None or shard.startswith("1/"))
    return chain(units, pipeline.strays()) if every else units


def read_choice(ours: list[str] | None, theirs: list[str] | None) -> Choice:
    """Return what ``--ours`` and ``--theirs`` settle: ``PATH:FIELD``, ``PATH``, or ``*`` for all."""

    def pairs(values: list[str] | None) -> tuple[tuple[str, str], ...]:
        split = ((one or "*").partition(":") for one in values or ())
        return tuple((place.removeprefix("./").rstrip("/") or "*", field) for place, _, field in split)

    choice = Choice(pairs(ours), pairs(theirs))
    for place, field in set(choice.ours) & set(choice.theirs):
        name = f"={place}" + (f":{field}" if field else "") if place != "*" else ""
        raise invalid("--ours", f"--ours{name} and --theirs{name} settle the same for both sides", "choose one")
    return choice


def settling(
    choice: Choice,
    root: Path | None = None,
    paths: list[str] | None = None,
    changed: str | None = None,
    shard: str | None = None,
) -> Call:
    """Return the command that settles conflicts of the same units as these options name, and ``choice`` again."""
    words = ["scaffold", "regenerate"]
    for option, value in (("--root", root), ("--changed-since", changed), ("--shard", shard)):
        words += [option, str(value)] if value is not None else []
    names = paths or []
    return Call((*words, *(["--"] if any(one.startswith("-") for one in names) else []), *names), choice)


def check_places(choice: Choice, units: Sequence[Unit]) -> None:
    """Raise Invalid if the user settles conflicts in a file that is not generated."""
    paths = {join(unit.name, change.path) for unit in units if unit.plan for change in unit.plan.changes}
    for place in choice.places:
        if not any(path == place or path.startswith(f"{place}/") for path in paths):
            raise invalid(place, "is no generated file of these units", "name a path as scaffold diff prints it")
