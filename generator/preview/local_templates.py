"""Read the template files that a configuration names relative to its own folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import disk, globs
from ..alertmanager.model import Context
from ..tree import decode

MAX_FILES = 50
MAX_DEPTH = 10
MAX_TEMPLATE = 1 << 20


def local_templates(context: Context) -> tuple[list[str], list[str]]:
    """Return the texts of the template files that a configuration names, and notes on those that are not read.

    The configuration is not trusted: files must be below its folder, must not be links, and their number is limited.
    """
    texts: list[str] = []
    notes: list[str] = []
    if context.source.chart is not None:
        return texts, notes
    folder = Path(context.path).absolute().parent
    for one in context.config.list_of("templates")[:MAX_FILES]:
        parts = [part for part in one.text.split("/") if part not in {"", "."}]
        if one.text.startswith("/") or ".." in parts or len(parts) > MAX_DEPTH:
            place = f"{context.path}:{one.line}"
            notes.append(f"{place}: {one.text} is not read: it is outside the configuration's folder")
            continue
        for path in files_matching(folder, parts):
            data = disk.read_file(path, MAX_TEMPLATE)
            if data is not None and len(texts) < MAX_FILES:
                texts.append(decode(data))
    return texts, notes


def files_matching(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield the files below a folder whose path matches a pattern part by part, like Go's filepath.Glob."""
    folders = [folder]
    for number, part in enumerate(parts):
        entries = [(above, one) for above in folders for one in disk.entries(above) if globs.matches(one.name, part)]
        if number == len(parts) - 1:
            yield from (above / one.name for above, one in entries if one.is_file)
        folders = [above / one.name for above, one in entries if one.is_folder][:MAX_FILES]
