"""What a merge gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["ours", "theirs"]
OWN = "a comment of yours is in it"


@dataclass(frozen=True)
class Conflict:
    """A place where both sides changed what only one of them can have.

    ``field`` is the YAML path, or ``""`` for a whole file or lines of text; ``line`` counts from 1 in ours; None is
    absence. One ``of_lines`` may hold more than its field, and is settled by its path alone; one that is
    ``refused`` cannot be settled for theirs without losing something.
    """

    field: str
    line: int
    base: str | None
    ours: str | None
    theirs: str | None
    reason: str = ""
    of_lines: bool = False
    refused: bool = False


@dataclass(frozen=True)
class Merged:
    """The merged text, which is ours where there are conflicts, and what to tell the user."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settle:
    """How to settle conflicts: by field, ``""`` for every field. Of two that fit, the longer field decides."""

    ours: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()

    def side(self, field: str) -> Side | None:
        """Return the side that the user chose for a field, or None."""
        sides: tuple[Side, Side] = ("ours", "theirs")
        found = [
            (len(one), side)
            for side in sides
            for one in getattr(self, side)
            if field == one or not one or _below(field, one)
        ]
        return max(found)[1] if found else None


def _below(field: str, one: str) -> bool:
    return field.startswith(one) and field[len(one)] in ".["


Texts = tuple[str, str, str]  # base, ours, theirs
MAX_PARTS = 800_000  # lines of three texts, and nodes of YAML; each takes half a kilobyte of memory
TOO_LARGE = "the three texts have too many lines and values to merge: split the file"
_REFUSED = "taking it would drop edits of yours beside it: edit by hand, or delete the file to have it made anew"


def whole(texts: Texts, reason: str, settle: Settle, line: int = 1, *, takes: bool = False) -> Merged:
    """Return a conflict about a whole file, or what the user chose: theirs only where all of it is the conflict."""
    base, ours, theirs = texts
    side = settle.side("")
    if side == "ours":
        return Merged(ours)
    if side == "theirs" and takes:
        return Merged(theirs)
    conflict = Conflict("", line, base or None, ours, theirs, _REFUSED if side else reason, refused=bool(side))
    return Merged(ours, (conflict,))
