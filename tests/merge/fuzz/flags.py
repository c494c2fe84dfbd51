"""Arguments in which a flag is repeated: an edit is of a flag and its value, and none of them may be left alone."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from .case import Answer, Case
from .equals import found, written
from .items import LIST
from .reading import same

FLAGS = ["--set", "--set-string", "-f"]
VALUES = ["a=1", "b=2", "c=3", "d=4", "values.yaml", "prod.yaml"]
Pair = tuple[str, str]


def case(source: Random, number: int) -> Case:
    """Return a triple of arguments, of which two and two are a flag and its value."""
    flag = source.choice(FLAGS)
    base: list[Pair] = [
        (source.choice([flag, flag, source.choice(FLAGS)]), one)
        for one in source.sample(VALUES, source.randrange(2, 5))
    ]
    ours, theirs = (_edited(source, base, mark) for mark in ("mine", "new"))
    document = _pod()
    flat = [[part for pair in one for part in pair] for one in (base, ours, theirs)]
    texts = [written(document, ["install", *one, "--wait"]) for one in flat]
    wanted = _wanted(base, ours, theirs)

    def judge(text: str) -> list[str]:
        there = found(document, text)
        if not isinstance(there, list) or there[:1] != ["install"] or there[-1:] != ["--wait"]:
            return [f"other arguments: {there}"]
        inner = there[1:-1]
        pairs = list(zip(inner[::2], inner[1::2], strict=False))
        if len(inner) % 2 or any(one[0] not in FLAGS or one[1] in FLAGS for one in pairs):
            return [f"a flag alone: {inner}"]
        return [] if Counter(pairs) == wanted else [f"{pairs} is not {sorted(wanted.elements())}"]

    trivial = same(base, ours) or same(base, theirs) or same(ours, theirs)
    answer: Answer = "wrong" if trivial else "allowed"
    return Case(f"flags {number}", *texts, judge, frozenset(), answer)


def _edited(source: Random, base: list[Pair], mark: str) -> list[Pair]:
    side = list(base)
    for _ in range(source.choice([1, 1, 2])):
        what = source.choice(["delete", "delete", "insert", "change"])
        place = source.randrange(len(side) + (what == "insert")) if side or what == "insert" else -1
        if what == "insert":
            side.insert(place, (source.choice(FLAGS), f"{mark}=1"))
        elif place >= 0:
            side[place : place + 1] = [] if what == "delete" else [(side[place][0], f"{side[place][1]}{mark}")]
    return side


def _wanted(base: list[Pair], ours: list[Pair], theirs: list[Pair]) -> Counter[Pair]:
    """Return the pairs that are there when all that each side added is, and nothing that one took away."""
    b, o, t = Counter(base), Counter(ours), Counter(theirs)
    return Counter({one: o[one] + t[one] - b[one] for one in b | o | t if o[one] + t[one] - b[one] > 0})


def _pod() -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "helm"},
        "spec": {"args": LIST, "restartPolicy": "Never"},
    }
