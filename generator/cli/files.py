"""The command over any three files: merge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .. import merge as engine
from .. import report
from ..worktree import read_any, replace_any
from .console import err


def merge(
    base: Annotated[Path, typer.Argument(help="The common ancestor.")],
    ours: Annotated[Path, typer.Argument(help="Your file.")],
    theirs: Annotated[Path, typer.Argument(help="The other file.")],
    path: Annotated[
        str | None, typer.Option("--path", help="The name that says what kind of file it is.", metavar="NAME")
    ] = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="On a conflict write git's markers (for git's merge driver).")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write; else to stdout.")] = None,
) -> int:
    """Merge three files as scaffold does; on a conflict exit 1 and, without --markers, write nothing."""
    texts = read_any(base), read_any(ours), read_any(theirs)
    name = path or str(ours)
    merged = engine.merge(*texts, name)
    for conflict in merged.conflicts:
        err(report.conflict_text(name, conflict))
    for note in merged.notes:
        err(f"note: {name}: {note}")
    if merged.conflicts and not markers:
        return 1
    text = merged.text
    if merged.conflicts:
        text = engine.markers(*texts, ("base", "ours", "theirs"))
    if output:
        replace_any(output, text)
    else:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    return int(bool(merged.conflicts))
