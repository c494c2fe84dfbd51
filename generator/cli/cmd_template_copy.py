"""Copy a shipped template into the repository."""

from __future__ import annotations

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

EXAMPLES = ("scaffold template copy service web", "scaffold template copy e2e e2e")


def _complete(incomplete: str) -> list[str]:
    """Complete the names of shipped templates for the shell."""
    return [one for one in assets.template_names() if one.startswith(incomplete)]


def run_template_copy(
    shipped: Annotated[str, typer.Argument(help="The shipped template.", metavar="TEMPLATE", autocompletion=_complete)],
    name: Annotated[
        str, typer.Argument(help="Name of the copy; the same name replaces the shipped one.", metavar="NAME")
    ],
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Copy a shipped template, to change it.

    The copy has the schema of the shipped template, and extends it: checks, defaults and the end-to-end test stay.
    """
    from ..own_templates.source_record import TemplateSource  # noqa: PLC0415 - only for these commands
    from ..own_templates.template_copy import copied_files, template_writes  # noqa: PLC0415

    worktree = open_worktree(root)
    files, version = copied_files(shipped, name)
    with worktree.alone(err):
        finish_interrupted(worktree)
        defaults = read_config(worktree).defaults(shipped)
        source = TemplateSource(version, files.digest, shipped=shipped)
        applied = worktree.apply(template_writes(worktree, name, files, source))
    tell_writes(applied.written, quiet)
    if applied.left:
        raise Invalid(applied.left)
    if name == shipped:
        err(f"note: {template_folder(name)} replaces the shipped template in this repository, for all its units")
    elif defaults:
        err(f"note: the defaults of {shipped} in .scaffold/config.yaml are not those of {name}: add them for {name}")
    if not quiet:
        out(f"change it, raise its version, and run {command_line(('scaffold', 'template', 'check', name))}")
    return 0
