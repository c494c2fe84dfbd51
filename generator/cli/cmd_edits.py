"""Show the user's edits: the files on disk against what was generated last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..generated_unit import argument_places, read_unit
from ..pipeline import Pipeline, read_config
from ..planned import Unit, failure_of
from ..printable import Line, escaped
from ..tree import encode
from ..user_edits import UserEdit, edits_of
from .console import is_read_as_printed, out, out_file, out_json, out_text
from .options import Changed, Paths, Root, Shard
from .selection import open_worktree, unit_names
from .telling import tell_problems

EXAMPLES = (
    "scaffold edits",
    "scaffold edits services/web --stat",
    "scaffold edits --changed-since origin/main --format json",
)


class EditsFormat(StrEnum):
    """Output format of edits."""

    TEXT = "text"
    JSON = "json"


def run_edits(
    paths: Paths = None,
    stat: Annotated[bool, typer.Option("--stat", help="Only the files, with the numbers of lines.")] = False,
    changed_since: Changed = None,
    shard: Shard = None,
    root: Root = None,
    fmt: Annotated[EditsFormat, typer.Option("--format", help="Output format.")] = EditsFormat.TEXT,
) -> int:
    """Show your edits as a patch.

    The patch leads from what was generated last to the files on disk; git apply -R undoes it.
    """
    worktree = open_worktree(root)
    pipeline = Pipeline(worktree, read_config(worktree))
    wanted = [place for one in paths or [] for place in argument_places(pipeline, one, Path.cwd())]
    found: list[UserEdit] = []
    bad: list[Unit] = []
    for name in unit_names(worktree, paths, changed_since, shard):
        try:
            unit = read_unit(pipeline, name)
            found += [one for one in edits_of(unit) if _is_wanted(one, wanted)] if unit else []
        except Exception as error:
            bad.append(failure_of(name, error))
    if fmt is EditsFormat.JSON:
        out_json([one.row for one in found])
    elif stat:
        out(*_stat(found))
    elif is_read_as_printed():
        out_text(*(line for one in found for line in _patch(one)))
    else:  # for git apply: the bytes of the files, which no terminal or runner interprets there
        out_file(b"".join(encode(f"{text}\n") for one in found for text in map(_plain, _patch(one))))
    return 2 if tell_problems(bad) else 0


def _is_wanted(edit: UserEdit, places: Sequence[str]) -> bool:
    """Tell whether an edit is of one of the paths given, of a file below one, or of a unit at or below one."""
    return not places or any(
        place in {".", one} or one.startswith(f"{place}/") for place in places for one in (edit.path, edit.unit)
    )


def _patch(edit: UserEdit) -> Iterator[Line]:
    """Yield the lines of a patch; what git should not apply begins with #."""
    if edit.about:
        yield f"# {edit.path}: {edit.about}"
    yield from (_coloured(line) for line in edit.patch.rstrip("\n").split("\n"))
    yield from ([("dim", "# "), ("text", line)] for line in edit.decoded_patch.rstrip("\n").split("\n") if line)


def _plain(line: Line) -> str:
    """Return a line of a patch as in the files; what begins with # is for people, and escaped."""
    text = line if isinstance(line, str) else "".join(part for _, part in line)
    return escaped(text) if text.startswith("#") else text


def _coloured(line: str) -> Line:
    return [({"+": "added", "-": "removed", "@": "hunk"}.get(line[:1], "text"), line)]


def _stat(edits: Sequence[UserEdit]) -> Iterator[Line]:
    """Yield each file with the numbers of added and removed lines, and their sums."""
    width = max((len(one.path) for one in edits), default=0)
    sums = [0, 0]
    for one in edits:
        added, removed = one.counts
        sums = [sums[0] + added, sums[1] + removed]
        about = f"  ({one.about})" if one.about else ""
        yield f"{one.path:<{width}}  +{added} -{removed}{about}"
    files = "1 file" if len(edits) == 1 else f"{len(edits)} files"
    yield f"{files} edited, +{sums[0]} -{sums[1]}" if edits else "no edits"
