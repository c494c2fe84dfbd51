"""What the user settles with ``--ours`` and ``--theirs``, and the commands that say so.

Who runs the printed commands one after the other, each time one that the last run printed, settles all: a command says
again what the ones before settled, since a unit with any conflict left is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .merge import Conflict, Settle, Side
from .printable import command

Pair = tuple[str, str]  # a path below the root, ``*`` for all, and a field, ``""`` for all


@dataclass(frozen=True)
class Choice:
    """What the user settles for each side."""

    ours: tuple[Pair, ...] = ()
    theirs: tuple[Pair, ...] = ()

    def settle(self, path: str) -> Settle:
        """Return what is settled in the file at a path below the root."""

        def fields(pairs: tuple[Pair, ...]) -> frozenset[str]:
            return frozenset(name for place, name in pairs if _covers(place, path))

        def rank(pairs: tuple[Pair, ...]) -> int:
            return max((len(place) for place, name in pairs if not name and _covers(place, path)), default=0)

        ours, theirs = fields(self.ours), fields(self.theirs)
        # Of two that settle the whole file, the nearer path decides: a file before its folder before all.
        if "" in ours & theirs:
            nearer = rank(self.ours) > rank(self.theirs)
            ours, theirs = (ours, theirs - {""}) if nearer else (ours - {""}, theirs)
        return Settle(ours, theirs)

    def also(self, side: Side, pair: Pair) -> Choice:
        """Return this choice with one thing more, without what says otherwise of the same."""
        ours = tuple(one for one in self.ours if one != pair)
        theirs = tuple(one for one in self.theirs if one != pair)
        return replace(self, ours=(*ours, pair), theirs=theirs) if side == "ours" else Choice(ours, (*theirs, pair))

    @property
    def places(self) -> set[str]:
        """Every path that was named."""
        return {place for place, _ in (*self.ours, *self.theirs)} - {"*"}

    def options(self) -> Iterator[str]:
        """Yield the options of a command line that say this."""
        for name, pairs in (("--ours", self.ours), ("--theirs", self.theirs)):
            for place, field in pairs:
                where = f"{place}:{field}" if field else place
                yield name if where == "*" else f"{name}={where}"


@dataclass(frozen=True)
class Call:
    """A command that settles: its words without the options that do, and what it settles."""

    words: tuple[str, ...] = ("scaffold", "regenerate")
    choice: Choice = Choice()

    @property
    def line(self) -> str:
        """The command, as a shell reads it."""
        return command(self.words, *self.choice.options())

    def settled(self, path: str, conflict: Conflict, side: Side) -> Call:
        """Return the command that settles a conflict too, in the file at a path below the root."""
        return replace(self, choice=self.choice.also(side, place_of(path, conflict)))

    def all_settled(self, conflicts: Iterable[tuple[str, Conflict]], side: Side) -> Call:
        """Return the command that settles every conflict of a run for one side, each given with its path."""
        choice = self.choice.also(side, ("*", ""))
        for path, conflict in conflicts:
            pair = place_of(path, conflict)
            if choice.settle(path).side(pair[1]) != side:  # something nearer says otherwise
                choice = choice.also(side, pair)
        return replace(self, choice=choice)


def place_of(path: str, conflict: Conflict) -> Pair:
    """Return what names a conflict on a command line: the file, and the field or line in it."""
    return path, str(conflict.line) if conflict.of_lines else conflict.field


def _covers(place: str, path: str) -> bool:
    return place in {"*", path} or path.startswith(f"{place}/")
