"""Merges of valid objects, judged by the API server's own validation: a clean merge of valid objects is valid.

``python -m tests.merge.valid_merges --count 10000 --seed 1`` prints what was merged and, for each sort of refusal, how
often it came and its smallest example. Each merge has a seed of its own, which ``--only`` repeats.
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

from ..objects import text as written
from ..objects.edits import EDITS, OFTEN
from ..objects.kinds import KINDS
from ..objects.make import Object
from ..objects.shrink import Sides, smaller
from ..objects.text import PLAIN, Style
from ..support.apiserver import OracleError, faults

Texts = tuple[str | None, str, str]


@dataclass(frozen=True)
class Triple:
    """An object and what two sides made of it; ours may be written in another style.

    Without a base, which is then empty, ours is adopted: what both sides have in the same place has to be equal.
    """

    seed: str
    base: Object
    ours: Object
    theirs: Object
    edits: tuple[tuple[str, ...], tuple[str, ...]]
    styles: tuple[Style, Style]

    def texts(self) -> Texts:
        generated, mine = self.styles
        return (
            written.text(self.base, generated) if self.base else None,
            written.text(self.ours, mine),
            written.text(self.theirs, generated),
        )


@dataclass(frozen=True)
class Refusal:
    """A clean merge of valid objects that the server refuses."""

    triple: Triple
    texts: Texts
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
    # Of these fields an object has one.
    "may not specify more than 1 handler type": "two handlers of a probe or a hook",
    "may not be specified when `value` is not empty": "value and valueFrom",
    r"envFrom.*may not have more than one field": "two sources of envFrom",
    "may not have more than one field specified": "two sources of valueFrom",
    r"sources\[.*may not specify more than 1 volume type": "two sources of a projected volume",
    "may not specify more than 1 volume type": "two sources of a volume",
    "cannot be both set": "minAvailable and maxUnavailable",
    "cannot set both resource and service": "two sorts of a backend",
    "cannot set both port name & port number": "name and number of a port",
    "may not specify both ipBlock and another peer": "two sorts of a peer",
    "subPathExpr and subPath are mutually exclusive": "subPath and subPathExpr",
    "exactly one of url or service": "url and service of a webhook",
    "rules cannot apply to both regular resources and non-resource": "resources and nonResourceURLs of a rule",
    "must populate information for the given metric type only": "two sources of a metric",
    # Fields that need, or exclude, another one somewhere else.
    r"when strategy `type` is|only allowed for updateStrategy": "the fields of another strategy",
    "without restartPolicy=Always": "a probe of an init container that ends",
    "may only be used when `type` is|may not be set for ExternalName": "the fields of another type of service",
    "may not be set to 'None' for|may only be set for externally": "the fields of another type of service",
    "is supported when podFailurePolicy is specified": "podFailurePolicy and another restartPolicy",
    # Names that refer to nothing, or to two things.
    r"volumeMounts.*name: Not found": "a mount whose volume is gone",
    "selector` does not match template": "labels that the selector does not take",
    r"mountPath: Invalid value.*must be unique": "one mountPath twice",
    "conflicting duplicate paths": "a path of a projected volume twice",
    "duplicate of key present in binaryData": "a key of data and of binaryData",
    r"webhooks\[\d+\].name: Duplicate value": "a webhook twice",
    r"spec.ports\[\d+\]: Duplicate value": "a port of a service twice",
    # Each side took away what the other left.
    r"(?:containers|ports|paths|verbs|rules|volumes|webhooks|sources): Required value": "a list that is empty now",
    r"command: Required value|either `defaultBackend` or `rules` must be specified": "a list that is empty now",
}


def sort_of(fault: str) -> str:
    """Return what a fault is about, the same for all places and names."""
    for pattern, name in SORTS.items():
        if re.search(pattern, fault):
            return name
    return re.sub(r'"[^"]*"|\{.*\}|[0-9]+', "…", re.sub(r"\[\d+\]", "[]", fault.partition(": ")[2]))


def made_of(name: str, dice: random.Random) -> Object:
    """Return an object of a kind, most often a valid one."""
    made: Object = KINDS[name][1](dice)
    return made


def triple(seed: str) -> Triple | None:
    """Return what a seed makes, or None where the edits of a side come to nothing."""
    dice = random.Random(seed)  # noqa: S311
    base = made_of(dice.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0], dice)
    meet, adopts = dice.random() < 0.6, dice.random() < 0.1
    first = _choose(base, dice)
    mine, my_edits = _edited(base, [first], dice)
    theirs, their_edits = _edited(base, [first if meet else _choose(base, dice)], dice)
    if base in (mine, theirs):
        return None
    generated = written.style(dice)
    style = generated if dice.random() < 0.7 else written.style(dice)
    return Triple(seed, {} if adopts else base, mine, theirs, (my_edits, their_edits), (generated, style))


Choice = tuple[str, int]


def _choose(base: Object, dice: random.Random) -> Choice:
    """Return an edit and the dice for its place; one that finds a place, if a few tries do."""
    chosen = ("inside", 0)
    for _ in range(8):
        name = dice.choices(list(EDITS), [OFTEN.get(name, 1) for name in EDITS])[0]
        chosen = (name, dice.randrange(1 << 30))
        if _made(copy.deepcopy(base), chosen, dice):
            break
    return chosen


def _made(top: Object, chosen: Choice, dice: random.Random) -> bool:
    name, place = chosen
    return EDITS[name](top, random.Random(place), dice)  # noqa: S311


def _edited(base: Object, chosen: list[Choice], dice: random.Random) -> tuple[Object, tuple[str, ...]]:
    """Return an object after the edits, and often one more, with the names of those that found a place."""
    side = copy.deepcopy(base)
    more = [_choose(base, dice)] if dice.random() < 0.5 else []
    return side, tuple(one[0] for one in (*chosen, *more) if _made(side, one, dice))


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


def is_valid(text: str | None) -> bool:
    """Tell whether the server takes a text; no text is as good as a valid one."""
    return text is None or not faults(text)


def judge(made: Triple, tally: Tally) -> None:
    """Merge a triple and count what came of it."""
    texts = made.texts()
    if not all(map(is_valid, texts)):
        tally.invalid += 1
        return
    tally.kinds[made.ours["kind"]] += 1
    merged = merge(*texts, "file.yaml")
    if merged.conflicts:
        tally.conflicts += 1
        return
    tally.clean += 1
    if found := faults(merged.text):
        tally.refusals.append(Refusal(made, texts, merged.text, tuple(found)))


def shrunk(refusal: Refusal) -> Refusal:
    """Return a small refusal of the same sort, plainly written; the same one where it needs its style."""
    one = refusal.triple

    def fails(sides: Sides) -> Refusal | None:
        small = Triple(one.seed, *sides, one.edits, (PLAIN, PLAIN))
        tally = Tally()
        judge(small, tally)
        return next((again for again in tally.refusals if again.sort == refusal.sort), None)

    sides = smaller((one.base, one.ours, one.theirs), lambda sides: fails(sides) is not None)
    return (fails(sides) if sides else None) or refusal


def smallest(refusals: list[Refusal], tries: int = 5) -> Refusal:
    """Return the smallest of a few refusals of one sort."""
    few = sorted(refusals, key=lambda one: len(one.merged))[:tries]
    return min(map(shrunk, few), key=lambda one: sum(len(text or "") for text in one.texts))


def told(refusal: Refusal) -> str:
    """Return a refusal as text, with its seed and all that it takes to see it."""
    names = ("base", "ours", "theirs", "merged")
    texts: Iterator[Any] = zip(names, (*refusal.texts, refusal.merged), strict=True)
    edits = " | ".join(" ".join(side) for side in refusal.triple.edits)
    head = f"seed {refusal.triple.seed!r}, edits {edits}\n" + "\n".join(refusal.faults)
    return head + "".join(f"\n--- {name}\n{text or '(none)'}" for name, text in texts)


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
