"""List units, the end-to-end tests to run, or the images to build."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import spec
from ..planned import failure_of
from ..tree import SPEC_NAME, join
from .console import out, out_json
from .options import Changed, ListFormat, Paths, Root, Shard, Terse
from .selection import open_worktree, unit_names
from .telling import tell_problems

EXAMPLES = (
    "scaffold list",
    "scaffold list --format json",
    "scaffold list --changed-since origin/main --format github-matrix",
)


def run_list(
    paths: Paths = None,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Annotated[ListFormat, typer.Option("--format", help="Output format.")] = ListFormat.TEXT,
    quiet: Terse = False,
) -> int:
    """List units, tests to run or images to build.

    Tests and images are printed as a matrix for GitHub Actions. With -q only the folders of units.
    """
    worktree = open_worktree(root)
    if fmt is ListFormat.GITHUB_MATRIX:
        from .e2e_tests import list_matrix  # noqa: PLC0415

        return list_matrix(worktree, paths, changed_since, shard)
    if fmt is ListFormat.GITHUB_IMAGES:
        from .image_list import list_images  # noqa: PLC0415

        return list_images(worktree, paths, changed_since, shard)
    rows, bad = [], []
    for name in unit_names(worktree, paths, changed_since, shard):
        path = join(name, SPEC_NAME)
        try:
            read = spec.parse_spec(worktree.read(path) or "", path)
            rows.append({"unit": name, "template": read.template, "name": str(read.data.get("name", ""))})
        except Exception as error:
            bad.append(failure_of(name, error))
    if fmt is ListFormat.JSON:
        out_json(rows)
    else:
        for row in rows:
            out(row["unit"] if quiet else f"{row['unit']}  {row['template']}")
    return 2 if tell_problems(bad) else 0
