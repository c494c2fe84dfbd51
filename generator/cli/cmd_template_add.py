"""Add a template from another repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import assets
from ..errors import Invalid
from ..pipeline import read_config
from ..printable import command_line
from ..template import template_folder
from .console import err, out
from .options import Quiet, Root
from .selection import finish_interrupted, open_worktree
from .telling import tell_writes

EXAMPLES = (
    "scaffold template add ../templates@v1.2.0 --path cronjob",
    "scaffold template add ../templates@v1.2.0 --path cronjob --name nightly",
)


def run_template_add(
    url: Annotated[
        str, typer.Argument(help="Address of a git repository, and a tag or SHA of it.", metavar="URL@COMMIT")
    ],
    path: Annotated[
        str, typer.Option("--path", help="Folder of the template in it (default: its top).", metavar="DIR")
    ] = "",
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the template (default: that of its folder).", metavar="NAME")
    ] = None,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Add a template of another repository.

    It is copied into .scaffold/templates, at a commit. No network is needed afterwards.
    """
    from ..git_address import read_pinned  # noqa: PLC0415 - only for this command
    from ..own_templates.template_copy import check_name, template_writes  # noqa: PLC0415
    from ..own_templates.template_fetch import fetch_template, usual_name  # noqa: PLC0415

    worktree = open_worktree(root)
    read_config(worktree)
    pinned = read_pinned(url, Path.cwd())
    folder = path.strip("/").removeprefix("./")
    chosen = usual_name(pinned, folder) if name is None else name
    check_name(worktree, chosen, "--name")
    found = fetch_template(pinned, folder, chosen)
    with worktree.alone(err):
        finish_interrupted(worktree)
        applied = worktree.apply(template_writes(worktree, chosen, found.files, found.source))
    tell_writes(applied.written, quiet)
    if applied.left:
        raise Invalid(applied.left)
    if chosen in assets.template_names():
        err(f"note: {template_folder(chosen)} replaces the shipped template in this repository, for all its units")
    if not quiet:
        out(f"added {chosen} from {found.source.shown}: run {command_line(('scaffold', 'template', 'check', chosen))}")
    return 0
