"""Remove units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .. import report
from ..choice import Call, Choice
from ..errors import Invalid
from ..pipeline import read_config
from ..worktree import Worktree
from .console import err, out
from .options import Format, Ours, Quiet, Root, Theirs
from .selection import check_places, finish_interrupted, open_worktree, read_choice, unit_argument
from .telling import show_units, tell_mentions, tell_notes, tell_writes

if TYPE_CHECKING:
    from ..units.removing import Removal

EXAMPLES = (
    "scaffold rm apps/web --dry-run",
    "scaffold rm apps/web --theirs=apps/web/deploy/deployment.yaml",
)
_MOST_FILES = 20


def run_rm(
    units: Annotated[list[str], typer.Argument(help="Folders of units.", metavar="UNIT...")],
    ours: Ours = None,
    theirs: Theirs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Remove units, and keep your own files.

    Deletes generated files, workflows, specs and locks. A generated file that you edited is a conflict: --theirs
    deletes it, --ours keeps it as a file of yours. Your own files stay. Lines of other files that name the units are
    listed, not changed.
    """
    worktree = open_worktree(root)
    choice = read_choice(ours, theirs)
    dashed = ["--"] if any(one.startswith("-") for one in units) else []
    call = Call(("scaffold", "rm", *(["--root", str(root)] if root else []), *dashed, *units), choice)
    if dry_run:
        planned = _planned(worktree, choice, units)
        show_units(planned.units, Format.TEXT, call, done=planned.units)
        if planned.writes:
            out(*(f"would delete {one}" for one in planned.deleted))
            show_units(planned.heirs, Format.TEXT, call)
        _tell(planned, quiet=quiet)
        if not planned.writes:
            out("nothing would be removed")
        return 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        planned = _planned(worktree, choice, units)
        if not planned.writes:
            show_units(planned.units, Format.TEXT, call, done=planned.units)
            _tell(planned, quiet=quiet)
            out("nothing is removed")
            return 1
        applied = worktree.apply(planned.writes, together=True)
    if applied.left:
        raise Invalid(applied.left)
    tell_writes(applied.written, quiet)
    tell_notes(planned.heirs, quiet)
    _tell(planned, quiet=quiet)
    return 0


def _planned(worktree: Worktree, choice: Choice, units: list[str]) -> Removal:
    from ..units import removing  # noqa: PLC0415 - only for this command

    names = list(dict.fromkeys(unit_argument(worktree, one) for one in units))
    planned = removing.remove_units(worktree, read_config(worktree), choice, names)
    check_places(choice, planned.units)
    return planned


def _tell(planned: Removal, *, quiet: bool) -> None:
    for problem in planned.problems:
        out(*report.problem_lines(problem))
    for note in planned.notes:
        err(f"note: {note}")
    if planned.stays and not quiet:
        more = len(planned.stays) - _MOST_FILES
        out("your files stay:", *(f"    {one}" for one in planned.stays[:_MOST_FILES]))
        if more > 0:
            out(f"    and {more} more")
    tell_mentions("these lines name what is removed, and are not changed:", planned.mentions)
