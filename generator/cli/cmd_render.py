"""Render units without merging, and without writing into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import globs
from ..argfile import write_folder
from ..errors import invalid
from ..pipeline import Pipeline, read_config
from ..rendered_units import rendered_units
from ..tree import encode
from .console import is_read_as_printed, out, out_file, out_text
from .options import Quiet, Root, complete_units
from .selection import open_worktree, unit_names

EXAMPLES = (
    "scaffold render services/payments",
    "scaffold render services/payments --only '*/deploy/*.yaml'",
    "scaffold render services --to rendered",
)


def run_render(
    units: Annotated[
        list[str],
        typer.Argument(help="Paths at, above or below units.", metavar="UNIT...", autocompletion=complete_units),
    ],
    to: Annotated[
        str, typer.Option("--to", help="New or empty folder to write to; - is standard output.", metavar="DIR")
    ] = "-",
    only: Annotated[
        str | None, typer.Option("--only", help="Only files whose paths match this glob.", metavar="GLOB")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write to a folder that is not empty, too.")] = False,
    root: Root = None,
    quiet: Quiet = False,
) -> int:
    """Show what specs render, without edits.

    Merges nothing, and changes neither the units nor their locks.
    """
    if to == "-" and force:
        raise invalid("--force", "has no effect without --to", "leave it out, or name a folder with --to")
    worktree = open_worktree(root)
    names = unit_names(worktree, units, None, None)
    tree = rendered_units(Pipeline(worktree, read_config(worktree)), names)
    chosen = {path: text for path, text in tree.items() if only is None or globs.matches(path, only)}
    if not chosen:
        raise invalid("--only", f"{only} matches none of the files", "name a path, such as '*/deploy/*.yaml'")
    if to != "-":
        write_folder(Path(to), {path: encode(text) for path, text in chosen.items()}, force=force)
        if not quiet:
            out(f"{len(chosen)} file{'' if len(chosen) == 1 else 's'} written to {to}")
    elif is_read_as_printed():
        lines = (line for one in chosen.items() for line in _document(*one).removesuffix("\n").split("\n"))
        out_text(*([("text", line)] for line in lines))
    else:
        out_file(b"".join(encode(_document(path, text)) for path, text in chosen.items()))
    return 0


def _document(path: str, text: str) -> str:
    """Return a file as one of a stream: YAML files together are a stream of documents."""
    ended = text if text.endswith("\n") else f"{text}\n"
    return f"---\n# Source: {path}\n{ended.removeprefix('---' + chr(10))}"
