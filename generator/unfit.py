"""Values of a file on disk that do not fit what its unit generates now, though no merge is needed for them.

A template's behaviour finds them; they are conflicts that the user settles like those of a merge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Texts = Mapping[str, str]  # by path in the unit


@dataclass(frozen=True)
class UnitTexts:
    """The files of a unit: generated last time, on disk, generated now, and merged."""

    base: Texts
    ours: Texts
    theirs: Texts
    merged: Texts


@dataclass(frozen=True)
class Unfit:
    """A value that does not fit the rest of the unit from now on, and that both sides may have without a conflict.

    ``path`` is the file's in the unit, ``field`` is named as in conflicts, ``document`` is the name of its object
    (``Deployment/web``) and ``line`` its line on disk. ``removed`` is the field to remove if the generated side is
    taken, for a field that is not generated. ``is_merged`` tells that the value that does not fit is the generated one,
    which the merge has taken. ``kept`` is the note if the user decides for the value that does not fit. ``fitting``
    returns the merged text with the value of the other side, or None if it cannot have it, for a field that cannot be
    taken from the text of that side; ``field`` is then its full name, with that of its document.
    """

    path: str
    field: str
    line: int
    base: str | None
    ours: str | None
    theirs: str | None
    reason: str
    kept: str
    document: str = ""
    removed: str = ""
    is_merged: bool = False
    fitting: Callable[[str], str | None] | None = None
