"""What the user settles with ``--ours`` and ``--theirs``."""

from __future__ import annotations

from dataclasses import dataclass

from .merge import Settle


@dataclass(frozen=True)
class Choice:
    """What the user settles: pairs of a path below the root, ``*`` for all, and a field, ``""`` for all."""

    ours: tuple[tuple[str, str], ...] = ()
    theirs: tuple[tuple[str, str], ...] = ()

    def settle(self, path: str) -> Settle:
        """Return what is settled in the file at a path below the root."""

        def fields(pairs: tuple[tuple[str, str], ...]) -> frozenset[str]:
            return frozenset(name for place, name in pairs if _covers(place, path))

        def rank(pairs: tuple[tuple[str, str], ...]) -> int:
            return max((len(place) for place, name in pairs if not name and _covers(place, path)), default=0)

        ours, theirs = fields(self.ours), fields(self.theirs)
        # Of two that settle the whole file, the nearer path decides: a file before its folder before all.
        if "" in ours & theirs:
            nearer = rank(self.ours) > rank(self.theirs)
            ours, theirs = (ours, theirs - {""}) if nearer else (ours - {""}, theirs)
        return Settle(ours, theirs)

    @property
    def places(self) -> set[str]:
        """Every path that was named."""
        return {place for place, _ in (*self.ours, *self.theirs)} - {"*"}


def _covers(place: str, path: str) -> bool:
    return place in {"*", path} or path.startswith(f"{place}/")
