"""Update a template to another version of its source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ..choice import Call, Choice
from ..errors import Invalid
from ..pipeline import read_config
from ..printable import command_line
from .console import err, out
from .options import Format, Ours, Quiet, Reset, Root, Theirs
from .selection import check_places, finish_interrupted, open_worktree, read_choice
from .telling import show_units, tell_notes, tell_resets, tell_settled, tell_writes

EXAMPLES = ("scaffold template update web", "scaffold template update web --dry-run")


def run_template_update(
    name: Annotated[
        str,
        typer.Argument(help="The template, and the tag or SHA of its source to update to.", metavar="NAME[@COMMIT]"),
    ],
    source: Annotated[
        str | None, typer.Option("--from", help="Another address of its repository.", metavar="URL")
    ] = None,
    path: Annotated[
        str | None, typer.Option("--path", help="Another folder of the template in it.", metavar="DIR")
    ] = None,
    ours: Ours = None,
    theirs: Theirs = None,
    reset: Reset = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Merge a newer version of a template.

    It was copied or added before. Without a commit: the version of the shipped template that this scaffold has.
    """
    from ..own_templates.newer_version import newer_version, records_of  # noqa: PLC0415 - only for this command
    from ..own_templates.template_update import plan_update  # noqa: PLC0415

    worktree = open_worktree(root)
    read_config(worktree)
    choice = read_choice(ours, theirs, reset)
    call = _call(name, {"--from": source, "--path": path, "--root": root}, choice)
    chosen, _, pin = name.partition("@")
    found = newer_version(chosen, records_of(worktree, chosen), pin, source, path, Path.cwd())
    if dry_run:
        update = plan_update(worktree, chosen, records_of(worktree, chosen), found, choice)
        check_places(choice, [update.unit])
        show_units([update.unit], Format.TEXT, call)
        return 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        update = plan_update(worktree, chosen, records_of(worktree, chosen), found, choice)
        check_places(choice, [update.unit])
        applied = worktree.apply(update.writes)
    plan = update.unit.plan
    if plan is not None and plan.blocked:
        show_units([update.unit], Format.TEXT, call)
        err("nothing was written")
        return 1
    tell_writes(applied.written, quiet)
    tell_settled([update.unit] if update.writes else [], quiet)
    tell_resets([update.unit], call, quiet)
    tell_notes([update.unit], quiet)
    if applied.left:
        raise Invalid(applied.left)
    if not quiet:
        check = command_line(("scaffold", "template", "check", chosen))
        out(f"{chosen} is that of {found.source.shown}: run {check}" if update.writes else "nothing to do")
    return 0


def _call(name: str, options: Mapping[str, object], choice: Choice) -> Call:
    """Return this command with what it settles, to print the commands that settle the rest."""
    words = ["scaffold", "template", "update", name]
    for option, value in options.items():
        words += [option, str(value)] if value is not None else []
    return Call(tuple(words), choice)
