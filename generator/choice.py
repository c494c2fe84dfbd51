"""The values of ``--ours``, ``--theirs`` and ``--reset``, and the commands that settle the remaining conflicts.

Running the printed commands in turn, each from the output of the previous run, settles everything: every command
repeats what earlier ones settled, since a unit with an unsettled conflict is not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from .errors import invalid
from .merge import Conflict, Settle, Side
from .printable import command_line

Pair = tuple[str, str]  # a path below the root, ``*`` for all, and a field, ``""`` for all
Way = Literal["ours", "theirs", "reset"]
_COLUMN = re.compile(r"([0-9]{1,9}):(?:[0-9]{1,9}:?)?")  # of a line, as problems are printed; no field looks like it


@dataclass(frozen=True)
class Choice:
    """The places that the user settles for each side, and those that are reset to the generated text.

    ``reroute``: whether receivers may lose alerts.
    """

    ours: tuple[Pair, ...] = ()
    theirs: tuple[Pair, ...] = ()
    reset: tuple[Pair, ...] = ()
    reroute: bool = False

    @property
    def ways(self) -> Mapping[Way, tuple[Pair, ...]]:
        """The places given, by option."""
        return {"ours": self.ours, "theirs": self.theirs, "reset": self.reset}

    def settle(self, path: str) -> Settle:
        """Return the settlement for the file at a path relative to the root."""
        nearest = self._nearest(path)
        ours, theirs = (
            frozenset(name for place, name in pairs if _covers(place, path) and (name or nearest == way))
            for way, pairs in (("ours", self.ours), ("theirs", self.theirs))
        )
        return Settle(ours, theirs)

    def resets(self, path: str) -> frozenset[str]:
        """Return the fields to reset in the file at a path relative to the root, ``""`` for the whole file."""
        if self._nearest(path) == "reset":
            return frozenset({""})
        return frozenset(name for place, name in self.reset if name and place == path)

    def _nearest(self, path: str) -> Way | None:
        """Return the option for a whole file: the most specific path wins, a file before its folder before ``*``."""
        found: list[tuple[int, Way]] = [
            (len(place), way)
            for way, pairs in self.ways.items()
            for place, name in pairs
            if not name and _covers(place, path)
        ]
        return max(found)[1] if found else None

    def also(self, way: Way, pair: Pair) -> Choice:
        """Return this choice with one place added, and contradicting ones for the same place removed."""
        kept = {name: tuple(one for one in pairs if one != pair) for name, pairs in self.ways.items()}
        if way == "reset":
            kept = {name: tuple(one for one in pairs if not is_within(one, pair)) for name, pairs in kept.items()}
        return Choice(**{**kept, way: (*kept[way], pair)}, reroute=self.reroute)

    def within(self, paths: Iterable[str]) -> Choice:
        """Return this choice with only the places that cover one of these paths."""
        there = list(paths)
        kept = {
            way: tuple(one for one in pairs if any(_covers(one[0], path) for path in there))
            for way, pairs in self.ways.items()
        }
        return Choice(**kept, reroute=self.reroute)

    @property
    def places(self) -> set[str]:
        """Every path that was named."""
        return {place for pairs in self.ways.values() for place, _ in pairs} - {"*"}

    def options(self) -> Iterator[str]:
        """Yield the command-line options that express this choice."""
        for way, pairs in self.ways.items():
            for place, field in pairs:
                where = f"{place}:{field}" if field else place
                yield f"--{way}" if where == "*" else f"--{way}={where}"
        if self.reroute:
            yield "--yes-reroute"


@dataclass(frozen=True)
class Call:
    """A command that settles conflicts: its words without the settling options, and its choice."""

    words: tuple[str, ...] = ("scaffold", "regenerate")
    choice: Choice = Choice()

    @property
    def line(self) -> str:
        """The command, quoted for a shell."""
        return command_line(self.words, *self.choice.options())

    def settled(self, path: str, conflict: Conflict, side: Side) -> Call:
        """Return the command that also settles a conflict in the file at a path relative to the root."""
        choice = self.choice.also(side, place_of(path, conflict))
        return replace(self, choice=replace(choice, reroute=choice.reroute or side in conflict.rerouting))

    def kept(self, path: str) -> Call:
        """Return the command that also keeps ours in a whole file."""
        return replace(self, choice=self.choice.also("ours", (path, "")))

    def reset(self, path: str, field: str) -> Call:
        """Return the command that also resets a field of a file, or the whole file."""
        return replace(self, choice=self.choice.also("reset", (path, field)))

    def all_settled(self, conflicts: Iterable[tuple[str, Conflict]], side: Side) -> Call:
        """Return the command that settles every conflict of a run for one side, each given with its path."""
        choice = self.choice.also(side, ("*", ""))
        for path, conflict in conflicts:
            pair = place_of(path, conflict)
            if choice.settle(path).side(pair[1]) != side:  # a more specific place says otherwise
                choice = choice.also(side, pair)
        return replace(self, choice=choice)

    @property
    def accepting(self) -> Call:
        """The command that also accepts that receivers lose alerts."""
        return replace(self, choice=replace(self.choice, reroute=True))


def place_of(path: str, conflict: Conflict) -> Pair:
    """Return the place of a conflict as options name it: the file, and the field or line in it."""
    return path, str(conflict.line) if conflict.of_lines else conflict.field


def is_within(one: Pair, other: Pair) -> bool:
    """Tell whether the field of one pair is the other's, or inside it."""
    (path, field), (place, name) = one, other
    if not field:
        return one == other
    return _covers(place, path) and (not name or field == name or field.startswith((f"{name}.", f"{name}[")))


def _covers(place: str, path: str) -> bool:
    return place in {"*", path} or path.startswith(f"{place}/")


def split_place(text: str, option: str = "") -> Pair:
    """Return the path and the field or line, ``""`` for none, of ``PATH:FIELD`` or ``PATH:LINE``.

    ``PATH:LINE:COLUMN`` is a line too, unless the text is the value of an ``option``. Raises Invalid, at the option or
    the text, for an empty field: as from an unset variable of a shell, which never means the whole file.
    """
    path, colon, field = text.partition(":")
    if not option and (found := _COLUMN.fullmatch(field)):
        return path, found[1]
    if colon and (not field or field.startswith(":")):
        message = f"{text} has no field or line after its colon" if option else "has no field or line after its colon"
        raise invalid(option or path or text, message, f"write {path}, or {path}:FIELD" if path else "name a file")
    return path, field
