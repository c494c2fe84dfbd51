"""Migrate annotations of image automation to the resources that replace them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import config, report
from ..config import Config
from ..errors import Invalid, Problem, invalid
from ..pipeline import read_config
from ..plan import Change
from ..printable import command_line
from ..worktree import Worktree, Write
from .console import err, out
from .options import Quiet, Root
from .selection import finish_interrupted
from .telling import tell_writes

if TYPE_CHECKING:
    from .. import migration

EXAMPLES = (
    "scaffold migrate flux-v1 flux-v2 clusters/prod --dry-run",
    "scaffold migrate flux-v1 flux-v2 . --namespace flux-system",
    "scaffold migrate argocd-annotations argocd .",
)
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\Z")


class MigrationSource(StrEnum):
    """What to migrate from."""

    FLUX_V1 = "flux-v1"
    ARGOCD_ANNOTATIONS = "argocd-annotations"


class MigrationTarget(StrEnum):
    """What to migrate to."""

    FLUX_V2 = "flux-v2"
    ARGOCD = "argocd"


_WAYS = {MigrationSource.FLUX_V1: MigrationTarget.FLUX_V2, MigrationSource.ARGOCD_ANNOTATIONS: MigrationTarget.ARGOCD}


def run_migrate(
    source: Annotated[MigrationSource, typer.Argument(help="flux-v1 or argocd-annotations.", metavar="FROM")],
    destination: Annotated[MigrationTarget, typer.Argument(help="flux-v2, or argocd.", metavar="TO")],
    paths: Annotated[list[str], typer.Argument(help="Files and folders.", metavar="PATH...")],
    namespace: Annotated[
        str | None,
        typer.Option(
            help="Namespace of the new resources; for argocd, of Applications without one.",
            metavar="NAME",
            show_default="that of the config, else flux-system or argocd",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Migrate annotations to image automation by resources.

    Edits only the lines of annotations and images. Exits with 1 if something is left, and says why.
    """
    from .. import migration, validation  # noqa: PLC0415 - slow to load

    if _WAYS[source] is not destination:
        raise invalid("TO", f"{source} is not migrated to {destination}", f"write {source} {_WAYS[source]}")
    if namespace is not None and not _NAMESPACE.match(namespace):
        raise invalid("--namespace", f"{namespace!r} is not a valid name", "use lower-case letters, digits and -")

    def planned() -> migration.Migration:
        selection = validation.select_files(Path.cwd(), root, paths, None, None)
        settings = read_config(Worktree(selection.base)) if selection.is_root else Config({})
        return migration.migrate(selection, settings, migration.MigrationRequest(source.value, namespace))

    if dry_run:
        found = planned()
        for one in found.edits:
            out(*report.diff_lines("", Change(one.path, one.before, one.before, one.after, one.after)))
        _tell(found, found.left, root, quiet)
        return 0
    worktree = Worktree(validation.select_files(Path.cwd(), root, paths, None, None).base)
    with worktree.alone(err):
        finish_interrupted(worktree)
        found = planned()
        applied = worktree.apply([_write(one) for one in found.edits])
    tell_writes(applied.written, quiet)
    if applied.left:
        raise Invalid(applied.left)
    _tell(found, found.left_after, root, quiet)
    return int(bool(found.left))


def _write(one: migration.FileEdit) -> Write:
    return Write(one.path, one.before, one.after, unit="" if one.path == config.PATH else ".")


def _tell(found: migration.Migration, left: Sequence[Problem], root: Path | None, quiet: bool) -> None:
    for problem in left:
        out(*report.problem_lines(problem))
    if quiet:
        return
    for note in found.notes:
        err(f"note: {note}")
    if found.migrated or left:
        out(f"{found.migrated} migrated, {len(left)} left")
    else:
        out("nothing to migrate")
    for command in _next(found, root):
        out(f"next: {command}")


def _next(found: migration.Migration, root: Path | None) -> Iterator[str]:
    """Yield the commands that complete a migration."""
    where = ["--root", str(root)] if root else []
    if found.wants_automation:
        yield command_line(["scaffold", "init", *where])
    if found.units:
        names = [] if found.everything else found.units
        dashed = ["--"] if any(one.startswith("-") for one in names) else []
        yield command_line(["scaffold", "regenerate", *where, *dashed, *names])
