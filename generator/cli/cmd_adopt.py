"""Adopt the manifests of a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from .. import repository
from ..adoption import Adopted, adopt_unit, adopting_template, edited_files
from ..command_template import command_template
from ..errors import Invalid
from ..pipeline import Pipeline, read_config
from ..tree import LOCK_NAME, SPEC_NAME, join
from .console import err, out
from .options import Quiet, Root, TemplateOption
from .selection import finish_interrupted, open_worktree
from .telling import tell_writes

EXAMPLES = (
    "scaffold adopt legacy/web --dry-run",
    "scaffold adopt legacy/web",
    "scaffold adopt legacy/shop --name api --tag v1.4.2 --namespace shop",
)


def run_adopt(
    directory: Annotated[str, typer.Argument(help="Folder of the manifests.", metavar="DIR")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The Deployment to adopt, if the folder has several.")
    ] = None,
    container: Annotated[
        str | None,
        typer.Option("--container", metavar="NAME", help="The container of the service, if it is not clear."),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option("--tag", metavar="TAG", help="Tag of the version that runs, if the manifest does not say it."),
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option(
            "--namespace", metavar="NAME", help="Namespace, if no manifest names it.", show_default="its name"
        ),
    ] = None,
    template: TemplateOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the spec, and where it is from.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Make a unit of manifests that were written by hand.

    Writes scaffold.yaml and scaffold.lock beside them, and changes no manifest.
    """
    worktree = open_worktree(root)
    folder = repository.path_argument(worktree.root, directory, Path.cwd(), "DIR")
    given = {"name": name, "container": container, "tag": tag, "namespace": namespace}
    asked = {key: value for key, value in given.items() if value is not None}

    def planned() -> Adopted:
        pipeline = Pipeline(worktree, read_config(worktree))
        chosen = command_template(pipeline, folder, adopting_template(), template)
        return adopt_unit(pipeline, folder, chosen, asked)

    if dry_run:
        made = planned()
        out(*made.text.rstrip("\n").split("\n"))
        if not quiet:
            out("", *_origins(made, folder))
            _tell(made, folder)
        return 0
    with worktree.alone(err):
        finish_interrupted(worktree)
        made = planned()
        applied = worktree.apply(made.writes)
    tell_writes(applied.written, quiet)
    if applied.left:
        raise Invalid(applied.left)
    if not quiet:
        _tell(made, folder)
    return 0


def _origins(made: Adopted, folder: str) -> Iterator[str]:
    """Yield where each value of the spec is from."""
    for one in made.values:
        if one.source is not None and one.value is not None:
            yield f"{join(folder, one.source.path)}:{one.source.line}: {'.'.join(map(str, one.where))}"


def _tell(made: Adopted, folder: str) -> None:
    """Print what stays the user's, and that nothing is added."""
    plan = made.unit.plan
    files = [join(folder, one.path) for one in plan.changes] if plan else []
    edited = [join(folder, one) for one in edited_files(plan)] if plan else []
    out(f"{join(folder, SPEC_NAME)} and {LOCK_NAME} cover {', '.join(files)}; no manifest is changed or added")
    for one in edited:
        out(f"{one} differs from what the template generates: these are edits, and stay")
    for note in made.notes:
        err(f"note: {note}")
