"""Move a unit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import repository
from ..choice import Call, Choice
from ..errors import Invalid
from ..pipeline import read_config
from ..tree import join
from ..worktree import Worktree
from .console import err, out
from .options import Format, Ours, Quiet, Reset, Root, Theirs
from .selection import check_places, finish_interrupted, open_worktree, read_choice, unit_argument
from .telling import show_units, tell_mentions, tell_notes, tell_writes

if TYPE_CHECKING:
    from ..units.moving import Move

EXAMPLES = (
    "scaffold mv services/web apps/web --dry-run",
    "scaffold mv services/web apps/web",
)


def run_mv(
    unit: Annotated[str, typer.Argument(help="Folder of the unit.", metavar="UNIT")],
    place: Annotated[str, typer.Argument(help="New folder; or an existing folder, to move into.", metavar="DIR")],
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Move a unit and keep all edits.

    Moves the whole folder and its workflow, to DIR or into DIR if that exists, and does what regenerate does for
    it. The name in the spec stays. Lines of other files that name the old folder are listed, not changed.
    """
    worktree = open_worktree(root)
    choice = read_choice(ours, theirs, reset)
    words = ["scaffold", "mv", *(["--root", str(root)] if root else [])]
    dashed = ["--"] if unit.startswith("-") or place.startswith("-") else []
    call = Call((*words, *dashed, unit, place), choice)
    if dry_run:
        old, planned = _planned(worktree, choice, unit, place)
        show_units(planned.units, Format.TEXT, call)
        if planned.writes:
            _tell(old, planned, done=False, quiet=quiet)
        else:
            out(f"nothing would be moved: {old} has conflicts")
        return 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        old, planned = _planned(worktree, choice, unit, place)
        if not planned.writes:
            show_units(planned.units, Format.TEXT, call, done=planned.units)
            out(f"nothing is moved: {old} has conflicts")
            return 1
        applied = worktree.apply(planned.writes, together=True)
    if applied.left:
        raise Invalid(applied.left)
    new = planned.units[0].name
    moved = {join(old, ""), join(new, "")}
    tell_writes([one for one in applied.written if not one.path.startswith(tuple(moved))], quiet)
    tell_notes(planned.units, quiet)
    _tell(old, planned, done=True, quiet=quiet)
    return 0


def _planned(worktree: Worktree, choice: Choice, unit: str, place: str) -> tuple[str, Move]:
    """Return the folder of a unit, and the plan of its move. Raises Invalid."""
    from ..units import moving  # noqa: PLC0415 - only for this command

    config = read_config(worktree)
    old = unit_argument(worktree, unit)
    new = moving.target_folder(worktree, old, repository.path_argument(worktree.root, place, Path.cwd(), "DIR"))
    planned = moving.move_unit(worktree, config, choice, old, new)
    check_places(choice, planned.units)
    return old, planned


def _tell(old: str, planned: Move, *, done: bool, quiet: bool) -> None:
    new = planned.units[0].name
    if not quiet:
        files = f"{planned.files} file{'' if planned.files == 1 else 's'}"
        out(f"{'moved' if done else 'would move'} {old} to {new}: {files}")
    tell_mentions(f"these lines name {old}, and are not changed:", planned.mentions)
    tell_mentions("relative paths in these lines lead elsewhere now:", planned.broken_paths)
