"""All pairs of atomic edits of one object, one by each side, judged by the API server's own validation.

``python -m tests.merge.valid_pairs`` prints what was merged and each pair whose clean merge is refused; ``--every 40``
takes each fortieth pair, ``--undone`` the pairs in which ours takes back an edit that theirs builds on, and
``--save`` writes what came of each pair, to be compared with another run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from generator.merge import merge

from ..objects import text as written
from ..objects.atomic import Atomic, tables
from ..objects.make import Object
from ..support.apiserver import OracleError, faults


@dataclass(frozen=True)
class Pair:
    """An edit of ours and one of theirs. One that is ``undone`` was there in base, and ours took it back."""

    table: str
    ours: str
    theirs: str
    undone: bool

    def __str__(self) -> str:
        back = "back to before " if self.undone else ""
        return f"{self.table}: {back}{self.ours} | {self.theirs}"


@dataclass(frozen=True)
class Outcome:
    """What came of a pair: ``clean``, ``conflict`` or ``refused``, with the conflicts or the server's words."""

    pair: Pair
    sort: str
    told: tuple[str, ...] = ()


@cache
def named() -> dict[str, Atomic]:
    """Return the objects with their edits, by name."""
    return {one.name: one for one in tables()}


def pairs(*, undone: bool = False) -> list[Pair]:
    """Return all pairs of two edits of one object, in both orders."""
    return [
        Pair(one.name, mine, there, undone)
        for one in named().values()
        for mine in one.edits
        for there in one.edits
        if mine != there
    ]


def sides(pair: Pair) -> tuple[Object, Object, Object]:
    """Return base, ours and theirs."""
    of = named()[pair.table]
    if pair.undone:
        return of.made(pair.ours), of.base, of.made(pair.ours, pair.theirs)
    return of.base, of.made(pair.ours), of.made(pair.theirs)


@cache
def is_valid(text: str) -> bool:
    """Tell whether the server takes an object."""
    return not faults(text)


def judged(pair: Pair) -> Outcome | None:
    """Merge a pair and ask the server; None where a side is not valid, or has changed nothing."""
    try:
        objects = sides(pair)
    except KeyError:  # an item that the one edit took away and the other needs
        return None
    texts = [written.text(one) for one in objects]
    if len(set(texts)) < 3 or not all(map(is_valid, texts)):
        return None
    merged = merge(*texts, "file.yaml")
    if merged.conflicts:
        return Outcome(pair, "conflict", tuple(f"{one.field}: {one.reason}" for one in merged.conflicts))
    found = faults(merged.text)
    return Outcome(pair, "refused" if found else "clean", tuple(found))


def run(every: int = 1, start: int = 0, *, undone: bool = False) -> Iterator[Outcome]:
    """Judge each so-many-th pair. Raises OracleError where the oracle is not there."""
    for pair in pairs(undone=undone)[start::every]:
        if (found := judged(pair)) is not None:
            yield found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--undone", action="store_true")
    parser.add_argument("--save", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        found = list(run(chosen.every, undone=chosen.undone))
    except OracleError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(found)} pairs: {dict(Counter(one.sort for one in found))}")
    refused = [one for one in found if one.sort == "refused"]
    for one in refused:
        print(one.pair, one.told[0][:160], sep=" | ")
    if chosen.save:
        chosen.save.write_text(json.dumps({str(one.pair): [one.sort, *one.told] for one in found}, indent=0), "utf-8")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
