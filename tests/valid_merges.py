"""Merges of valid objects, judged by the API server's own validation: a clean merge of valid objects is valid.

``python -m tests.valid_merges --count 10000 --seed 1`` prints what was merged and, for each sort of refusal, how often
it came and its smallest example. Each merge has a seed of its own, which ``--only`` repeats.
"""

from __future__ import annotations

import argparse
import copy
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from generator.merge import merge

from . import objecttext
from .apiserver import OracleError, faults
from .objectedits import EDITS, OFTEN
from .objectkinds import KINDS
from .objects import Object
from .objectshrink import Sides, smaller
from .objecttext import PLAIN, Style


@dataclass(frozen=True)
class Triple:
    """An object and what two sides made of it; ours may be written in another style."""

    seed: str
    base: Object
    ours: Object
    theirs: Object
    edits: tuple[tuple[str, ...], tuple[str, ...]]
    styles: tuple[Style, Style]

    def texts(self) -> tuple[str, str, str]:
        generated, mine = self.styles
        return (
            objecttext.text(self.base, generated),
            objecttext.text(self.ours, mine),
            objecttext.text(self.theirs, generated),
        )


@dataclass(frozen=True)
class Refusal:
    """A clean merge of valid objects that the server refuses."""

    triple: Triple
    texts: tuple[str, str, str]
    merged: str
    faults: tuple[str, ...]

    @property
    def sort(self) -> str:
        return sort_of(self.faults[0])


@dataclass
class Tally:
    """What came of the merges; ``invalid`` ones, whose input the server refuses, are not counted as merges."""

    clean: int = 0
    conflicts: int = 0
    invalid: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.clean + self.conflicts

    def sorts(self) -> dict[str, list[Refusal]]:
        """Return the refusals by sort, the most frequent one first."""
        found: dict[str, list[Refusal]] = {}
        for one in self.refusals:
            found.setdefault(one.sort, []).append(one)
        return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


# What the server's words are about. What is not here is named by its own words.
SORTS = {
    "may not specify more than 1 handler type": "two handlers of a probe or a hook",
    "may not be specified when `value` is not empty": "value and valueFrom",
    r"envFrom.*may not have more than one field": "two sources of envFrom",
    "may not have more than one field specified": "two sources of valueFrom",
    "may not specify more than 1 volume type": "two sources of a volume",
    "cannot be both set": "minAvailable and maxUnavailable",
    "cannot set both resource and service": "two sorts of a backend",
    "cannot set both port name & port number": "name and number of a port",
    r"metrics.*must populate (?:information|the given)": "two sources of a metric",
    "when strategy `type` is": "a strategy and the fields of another",
    r"volumeMounts.*name: Not found": "a mount whose volume is gone",
    r"mountPath: Invalid value.*must be unique": "one mountPath twice",
    "may not specify both ipBlock and another peer": "two sorts of a peer",
    "is mutually exclusive": "subPath and subPathExpr",
    "selector` does not match template": "labels that the selector does not take",
}


def sort_of(fault: str) -> str:
    """Return what a fault is about, the same for all places and names."""
    for pattern, name in SORTS.items():
        if re.search(pattern, fault):
            return name
    return re.sub(r'"[^"]*"|\{.*\}|[0-9]+', "…", re.sub(r"\[\d+\]", "[]", fault.partition(": ")[2]))


def triple(seed: str) -> Triple | None:
    """Return what a seed makes, or None where a side found nothing to edit."""
    dice = random.Random(seed)  # noqa: S311
    name = dice.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    base = KINDS[name][1](dice)
    meet, place = dice.random() < 0.6, dice.randrange(1 << 30)
    first = _edit_name(dice)
    sides, done = [], []
    for _ in range(2):
        names = [first if meet else _edit_name(dice), *(_edit_name(dice) for _ in range(dice.randint(0, 1)))]
        places = [place if meet else dice.randrange(1 << 30), *(dice.randrange(1 << 30) for _ in names[1:])]
        side = copy.deepcopy(base)
        made = [
            name
            for name, seed_ in zip(names, places, strict=True)
            if EDITS[name](side, random.Random(seed_), dice)  # noqa: S311
        ]
        if side == base:
            return None
        sides.append(side)
        done.append(tuple(made))
    generated = objecttext.style(dice)
    mine = generated if dice.random() < 0.7 else objecttext.style(dice)
    return Triple(seed, base, sides[0], sides[1], (done[0], done[1]), (generated, mine))


def _edit_name(dice: random.Random) -> str:
    return dice.choices(list(EDITS), [OFTEN.get(name, 1) for name in EDITS])[0]


def run(count: int, seed: str) -> Tally:
    """Merge that many triples of valid objects. Raises OracleError where the oracle is not there."""
    tally = Tally()
    for number in range(count * 5):
        if tally.count >= count:
            break
        made = triple(f"{seed} {number}")
        if made is not None:
            judge(made, tally)
    return tally


def judge(made: Triple, tally: Tally) -> None:
    """Merge a triple and count what came of it."""
    texts = made.texts()
    if any(faults(text) for text in texts):
        tally.invalid += 1
        return
    tally.kinds[made.base["kind"]] += 1
    merged = merge(*texts, "file.yaml")
    if merged.conflicts:
        tally.conflicts += 1
        return
    tally.clean += 1
    if found := faults(merged.text):
        tally.refusals.append(Refusal(made, texts, merged.text, tuple(found)))


def shrunk(refusal: Refusal) -> Refusal:
    """Return a small refusal of the same sort, plainly written; the same one where it needs its style."""

    def fails(sides: Sides) -> Refusal | None:
        base, ours, theirs = sides
        texts = (objecttext.text(base), objecttext.text(ours), objecttext.text(theirs))
        merged = merge(*texts, "file.yaml")
        if merged.conflicts or any(faults(text) for text in texts):
            return None
        found = faults(merged.text)
        if not found or sort_of(found[0]) != refusal.sort:
            return None
        small = Triple(refusal.triple.seed, *sides, refusal.triple.edits, (PLAIN, PLAIN))
        return Refusal(small, texts, merged.text, tuple(found))

    one = refusal.triple
    sides = smaller((one.base, one.ours, one.theirs), lambda sides: fails(sides) is not None)
    return (fails(sides) if sides else None) or refusal


def smallest(refusals: list[Refusal], tries: int = 5) -> Refusal:
    """Return the smallest of a few refusals of one sort."""
    few = sorted(refusals, key=lambda one: len(one.merged))[:tries]
    return min(map(shrunk, few), key=lambda one: sum(map(len, one.texts)))


def told(refusal: Refusal) -> str:
    """Return a refusal as text, with its seed and all that it takes to see it."""
    names = ("base", "ours", "theirs", "merged")
    texts: Iterator[Any] = zip(names, (*refusal.texts, refusal.merged), strict=True)
    edits = " | ".join(" ".join(side) for side in refusal.triple.edits)
    head = f"seed {refusal.triple.seed!r}, edits {edits}\n" + "\n".join(refusal.faults)
    return head + "".join(f"\n--- {name}\n{text}" for name, text in texts)


def report(tally: Tally, small: bool = True) -> str:
    """Return what came of the merges."""
    lines = [
        f"{tally.count} merges of valid objects: {tally.clean} clean, {tally.conflicts} conflicts;"
        f" {tally.invalid} more triples were not valid",
        f"{len(tally.refusals)} clean merges that the API server refuses, of {len(tally.sorts())} sorts",
        "  " + ", ".join(f"{name} {count}" for name, count in tally.kinds.most_common()),
    ]
    for sort, refusals in tally.sorts().items():
        lines += ["", f"=== {sort}: {len(refusals)}", told(smallest(refusals) if small else refusals[0])]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", help="the seed of one merge, as it was printed")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.only:
            tally, made = Tally(), triple(chosen.only)
            if made is not None:
                judge(made, tally)
        else:
            tally = run(chosen.count, chosen.seed)
    except OracleError as error:
        print(error, file=sys.stderr)
        return 2
    print(report(tally, small=not chosen.only))
    return 1 if tally.refusals else 0


if __name__ == "__main__":
    sys.exit(main())
