"""Check the templates of the repository."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import report
from ..pipeline import Pipeline, read_config
from .console import annotate, out, out_json
from .options import Fmt, Format, Quiet, Root
from .selection import open_worktree

EXAMPLES = ("scaffold template check", "scaffold template check web --format github")


def run_template_check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Templates of this repository (default: all).", metavar="[NAME]...")
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option("--changed-since", help="Revision to compare versions with (default: HEAD).", metavar="REF"),
    ] = None,
    root: Root = None,
    fmt: Fmt = Format.TEXT,
    quiet: Quiet = False,
) -> int:
    """Check templates of this repository.

    Their settings, schemas, versions and Jinja, and what their examples render.
    """
    from .. import findings  # noqa: PLC0415 - slow to load
    from ..own_templates.template_check import check_templates  # noqa: PLC0415

    worktree = open_worktree(root)
    checked = check_templates(Pipeline(worktree, read_config(worktree)), names or (), changed_since)
    if fmt is Format.JSON:
        out_json([report.problem_row(one) for one in checked.problems])
    elif fmt is Format.GITHUB:
        annotate(findings.annotation(one) for one in checked.problems)
    else:
        for one in checked.problems:
            out(*findings.lines(one))
        if not quiet:
            count = len(checked.names)
            out(f"{count} template{'' if count == 1 else 's'} checked: {findings.counts(checked.problems)}")
    return int(any(findings.reaches(one, "warning") for one in checked.problems))
