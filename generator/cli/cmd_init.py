"""Initialise a repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import __version__, config, disk, origin, report, repository
from ..choice import Choice
from ..errors import Invalid, invalid
from ..images.backends import DEFAULT
from ..merge_driver import check_driver, set_driver
from ..ready import make_dot_dir, ready
from ..tree import DOT_DIR
from ..worktree import Worktree
from .console import err, out
from .new import templates_by_command
from .options import Automation, Quiet, Root
from .selection import finish_interrupted, settling
from .telling import tell_writes

EXAMPLES = (
    "scaffold init",
    "scaffold init --automation none --merge-driver",
    'scaffold init --ci-install "scaffold-config==0.1.0"',
)


def run_init(
    root: Root = None,
    automation: Annotated[
        Automation | None, typer.Option(help="What updates image tags.", show_default=DEFAULT)
    ] = None,
    ci_install: Annotated[
        str | None,
        typer.Option(
            help="Pinned requirement that workflows install: NAME==VERSION or NAME @ git+https://…@COMMIT.",
            metavar="REQUIREMENT",
            show_default="the source of this installation",
        ),
    ] = None,
    merge_driver: Annotated[
        bool, typer.Option("--merge-driver", help="Set up git's merge driver for YAML and locks, in this clone too.")
    ] = False,
    quiet: Quiet = False,
) -> int:
    """Initialise a repository for scaffold.

    Writes .scaffold/ with the config and editor schemas, .gitattributes, .gitignore, and workflows in .github/.
    """
    top = root.resolve() if root else repository.top_level(Path.cwd())
    if not disk.is_folder(top):
        raise invalid(str(root), "is not a folder", "create it first")
    if ci_install is not None and not disk.exists(top / DOT_DIR):
        origin.pinned_requirement(ci_install, config.compatible(__version__))  # before anything is created
    if merge_driver:
        check_driver(top)
    worktree = Worktree(top)
    make_dot_dir(top)
    with worktree.alone(err):
        finish_interrupted(worktree)
        made = ready(worktree, automation.value if automation else None, ci_install, driver=merge_driver)
        applied = worktree.apply(made.writes)
        settings = list(set_driver(top)) if merge_driver else []
    tell_writes(applied.written, quiet)
    if not quiet:
        out(*settings)
    for note in made.notes:
        err(*f"note: {note}".split("\n"))  # all are scaffold's own text, some with a hint on the next line
    blocked = [one for one in made.units if one.plan and one.plan.blocked]
    if blocked:
        call = settling(Choice(), root)
        for unit in blocked:
            for change in unit.plan.changes if unit.plan else ():
                if change.conflicts:
                    err(*report.change_lines(unit, change, call))
        err(*report.all_lines(blocked, call))
        return 1
    if applied.left:
        raise Invalid(applied.left)
    if not quiet:
        following = ", ".join(f"scaffold {one}" for one in templates_by_command())
        out(f"{top} is ready; next: {following}" if made.writes or settings else "nothing to do")
    return 0
