"""Merge any three files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from .. import merge as engine
from .. import report
from ..argfile import chunks, read_any, replace_any
from ..joined_locks import merged_lock_text
from ..tree import LOCK_NAME, MAX_FILE_BYTES, MAX_LOCK_BYTES, encode
from .console import err, out_file
from .options import Terse

EXAMPLES = (
    "scaffold merge base.yaml ours.yaml theirs.yaml",
    "scaffold merge --markers --path app.yaml base ours theirs -o merged.yaml",
)
_ONE_SIDED = "both sides changed a comment, a tag that a bot moves, or an order, of which a merge would keep one side's"


def run_merge(
    base: Annotated[Path, typer.Argument(help="The common ancestor.", metavar="BASE")],
    ours: Annotated[Path, typer.Argument(help="Your file.", metavar="OURS")],
    theirs: Annotated[Path, typer.Argument(help="The other file.", metavar="THEIRS")],
    path: Annotated[
        str | None, typer.Option("--path", help="File name that determines the file type.", metavar="NAME")
    ] = None,
    markers: Annotated[
        bool, typer.Option("--markers", help="On a conflict, write conflict markers (for a git merge driver).")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write (default: stdout).", metavar="FILE")
    ] = None,
    quiet: Terse = False,
) -> int:
    """Merge three files as scaffold does.

    On a conflict, exits with 1 and writes nothing unless --markers is given. A scaffold.lock has none: it is merged by
    files, and the next regenerate renders its unit.
    """
    name = path or str(ours)
    try:
        return _merge((base, ours, theirs), name, output, markers=markers, quiet=quiet)
    except Exception:
        # Git treats a driver that fails as one that found a conflict, and the file's content as its result: without
        # markers "git commit -a" would drop the other side.
        if markers and output:
            _keep_both(ours, theirs, output)
        raise


def _merge(files: tuple[Path, Path, Path], name: str, output: Path | None, *, markers: bool, quiet: bool) -> int:
    is_lock = name.rpartition("/")[2] == LOCK_NAME
    base, ours, theirs = (read_any(one, MAX_LOCK_BYTES if is_lock else MAX_FILE_BYTES) for one in files)
    texts = base, ours, theirs
    joined = merged_lock_text(texts, name) if is_lock else None
    if joined is not None:
        _write(joined, output)
        return 0
    merged = engine.merge(*texts, name)
    for conflict in merged.conflicts:
        err(report.conflict_text(name, conflict))
    # What a merge decides by itself where one side is generated is for the people of both sides to decide in git.
    is_decided = markers and not merged.conflicts
    is_decided = is_decided and (bool(merged.notes) or engine.drops_comments(*texts, merged.text, name))
    if is_decided:
        err(f"{name}: {_ONE_SIDED}")
    for note in merged.notes if not quiet and not is_decided else ():
        err(f"note: {name}: {note}")
    if merged.conflicts and not markers:
        return 1
    has_conflict = bool(merged.conflicts) or is_decided
    _write(engine.markers(*texts, ("base", "ours", "theirs")) if has_conflict else merged.text, output)
    return int(has_conflict)


def _write(text: str, output: Path | None) -> None:
    if output:
        replace_any(output, [encode(text)])
    else:
        out_file(encode(text))


def _keep_both(ours: Path, theirs: Path, output: Path) -> None:
    """Write both files in full, whatever their size, between conflict markers."""
    mine, yours = _marked(b"<<<<<<< ours\n", ours), _marked(b"=======\n", theirs)
    replace_any(output, chain(mine, yours, [b">>>>>>> theirs\n"]))


def _marked(marker: bytes, path: Path) -> Iterator[bytes]:
    yield marker
    last = b"\n"
    for last in chunks(path):
        yield last
    if not last.endswith(b"\n"):
        yield b"\n"
