"""The outcome of a merge: the text, conflicts and notes; and how a user settles conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["ours", "theirs"]
SIDES: tuple[Side, Side] = ("ours", "theirs")
MARKED = ("generated before", "yours", "generated now")  # names of the sides in our conflict markers
OWN = "it contains a comment of yours"


@dataclass(frozen=True)
class Conflict:
    """A place where the changes of both sides cannot be combined.

    ``field`` is the YAML path, or ``""`` for a whole file or lines of text; ``line`` counts from 1 in ours; None is
    absence. A conflict ``of_lines`` is settled by its line number; one that is ``refused`` cannot be settled for theirs
    without losing something, and one that is ``by_hand`` cannot be settled for a side. With a ``column`` the reason
    alone explains it. One about a ``comment`` may have the same value on all sides. ``barred`` are the sides with which
    the file would be refused, and ``rerouting`` those with which receivers lose alerts, which the user has to accept.
    One about a file that is ``absent`` has no text to edit.
    """

    field: str
    line: int
    base: str | None
    ours: str | None
    theirs: str | None
    reason: str = ""
    of_lines: bool = False
    refused: bool = False
    column: int = 0
    by_hand: bool = False
    absent: bool = False
    comment: bool = False
    barred: tuple[Side, ...] = ()
    rerouting: tuple[Side, ...] = ()
    resets: str | None = None  # what can be reset so that a conflict that is refused is gone


@dataclass(frozen=True)
class Merged:
    """The merged text (ours if there are conflicts), and notes for the user."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()


def value_line(text: str | None) -> str:
    """Return a value of a conflict on one line, shortened; ``None`` is no value."""
    if text is None:
        return "nothing"
    if not text.strip():
        return "a blank line"
    lines = text.strip("\n").split("\n")
    first = lines[0] if len(lines[0]) <= 80 else f"{lines[0][:79]}…"
    return first.strip() if len(lines) == 1 else f"{len(lines)} lines from {first.strip()!r}"


def removed_note(comment: str) -> str:
    """Return the note about a comment of ours that is removed with the side that the user did not choose."""
    return f"your comment was removed by your choice: {comment}"


@dataclass(frozen=True)
class Settle:
    """How to settle conflicts: by field, ``""`` for every field. The longest matching field decides."""

    ours: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()

    def side(self, field: str) -> Side | None:
        """Return the side that the user chose for a field, or None."""
        found = [
            (len(one), side)
            for side in SIDES
            for one in getattr(self, side)
            if field == one or not one or _below(field, one)
        ]
        return max(found)[1] if found else None


def _below(field: str, one: str) -> bool:
    return field.startswith(one) and field[len(one)] in ".["


ThreeTexts = tuple[str, str, str]  # base, ours, theirs
MAX_PARTS = 800_000  # lines of three texts, and nodes of YAML; each takes half a kilobyte of memory
TOO_LARGE = "the three texts have too many lines and values to merge: split the file"
TWICE = "merging twice would differ from merging once"
_REFUSED = "the generated version cannot be taken without losing your edits: edit by hand, or discard your version"


def whole(texts: ThreeTexts, reason: str, settle: Settle, line: int = 1, *, takes: bool = False) -> Merged:
    """Return a conflict about a whole file, or ours if the user chose it; theirs would drop edits without a conflict.

    With ``takes`` the reason needs no hint about theirs: ours cannot be parsed, and ``merge`` reports the place.
    """
    base, ours, theirs = texts
    side = settle.side("")
    if side == "ours":
        return Merged(ours)
    why = f"{reason}; {_REFUSED}" if side and not takes else reason
    return Merged(ours, (Conflict("", line, base or None, ours, theirs, why, refused=True),))
