"""Lists with equal items, where nothing but their place tells which one an edit is of.

Only a conflict may come, or a list that keeps both sides' edits for one way to tell which item is which.
"""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import yaml

from .case import Answer, Case
from .items import LIST
from .reading import UnusableError, at, canonical, data, put, same
from .sequences import ABSENT, ClashError, Merging

Item = Any
WORKER = {"role": "worker", "image": "kindest/node:v1.30.0"}
ROUTE = {"match": [{"uri": {"prefix": "/"}}], "route": [{"destination": {"host": "web"}}]}
STEP = {"run": "make test"}
RULE = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}
DOCUMENTS: dict[str, tuple[Any, list[Item], Item]] = {  # the document, the items, and one that is new
    "kind workers": (
        {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": LIST},
        [{"role": "control-plane"}, WORKER, WORKER, WORKER],
        {"role": "infra"},
    ),
    "routes": (
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "a"},
            "spec": {"http": LIST},
        },
        [ROUTE, ROUTE, ROUTE],
        {"match": [{"uri": {"prefix": "/new"}}]},
    ),
    "steps": (
        {"jobs": {"test": {"runs-on": "ubuntu-latest", "steps": LIST}}},
        [{"uses": "actions/checkout@v4"}, STEP, {"run": "make clean"}, STEP],
        {"run": "make lint"},
    ),
    "rules": (
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a"}, "rules": LIST},
        [RULE, RULE],
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
    ),
}


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"equals {seed} {number}")  # noqa: S311 - a seed, and no secret
    if number % 2:
        from . import flags  # noqa: PLC0415 - it writes its documents as this module does

        return flags.case(source, number)
    name = list(DOCUMENTS)[number // 2 % len(DOCUMENTS)]
    document, items, new = DOCUMENTS[name]
    base = [copy.deepcopy(one) for one in items[: source.randrange(2, len(items) + 1)]]
    ours, theirs = (_edited(source, base, new, mark) for mark in ("mine", "new"))
    accepted = _accepted(base, ours, theirs)
    texts = [written(document, one) for one in (base, ours, theirs)]

    def judge(text: str) -> list[str]:
        there = found(document, text)
        if any(same(there, one) for one in accepted):
            return []
        return [f"{canonical(there)} is none of {[canonical(one) for one in accepted]}"]

    exact = frozenset(written(document, one) for one in accepted)
    trivial = same(ours, base) or same(theirs, base) or same(ours, theirs)
    conflict: Answer = "wrong" if trivial else "allowed" if accepted else "required"
    return Case(f"{name} {number}", *texts, judge, exact, conflict)


def _edited(source: Random, base: list[Item], new: Item, mark: str) -> list[Item]:
    """Return items of which one to three have changed."""
    side = copy.deepcopy(base)
    for _ in range(source.choice([1, 1, 2, 3])):
        what = source.choice(["label", "label", "change", "change", "drop", "append", "copy", "delete"])
        free = [n for n, one in enumerate(side) if "uses" not in one]  # what has a key is none of several equal ones
        if what in {"append", "copy"} or not free:
            side.append(copy.deepcopy(new if what == "append" else base[-1]))
            continue
        item = side[source.choice(free)]
        if what == "delete":
            side.remove(item)
        elif what == "label":
            item["labels"] = {"by": mark}
        elif what == "drop" and len(item) > 1:
            del item[list(item)[-1]]
        else:
            item[next(reversed(item))] = f"{mark}-{source.randrange(9)}"
    return side


def _accepted(base: list[Item], ours: list[Item], theirs: list[Item]) -> list[list[Item]]:
    """Return the lists that keep all edits of both sides, for every way to tell which item is which."""
    out: dict[str, list[Item]] = {}
    for mine, other in itertools.product(aligned(base, ours), aligned(base, theirs)):
        came = Counter(canonical(item) for n, item in zip(other, theirs, strict=True) if n < 0)
        for places in {mine, _arrived(base, ours, mine, came)}:
            for one in _merged(base, (ours, places), (theirs, other)):
                out[canonical(one)] = one
    return list(out.values())


def _arrived(base: list[Item], ours: list[Item], places: Places, came: Counter[str]) -> Places:
    """Return which items of base ours has, if what it has as theirs added it is that, and the old one is gone."""
    left = came.copy()
    out = []
    for n, item in zip(places, ours, strict=True):
        is_new = (n < 0 or not same(base[n], item)) and left[canonical(item)] > 0
        left[canonical(item)] -= is_new
        out.append(-1 if is_new else n)
    return tuple(out)


Places = tuple[int, ...]  # for each item of a side, which of base it is, or -1


def aligned(base: list[Item], side: list[Item]) -> list[Places]:
    """Return the ways in which the items of a side may be those of base: as many equal and then alike as can be."""
    ways: list[tuple[tuple[int, int], Places]] = []
    for places in _ways(len(base), len(side)):
        pairs = [(base[n], item) for n, item in zip(places, side, strict=True) if n >= 0]
        ways.append(((sum(same(*one) for one in pairs), sum(_alike(*one) for one in pairs)), places))
    best = max(score for score, _ in ways)
    return [places for score, places in ways if score == best]


def _ways(left: int, count: int, first: int = 0) -> Iterator[Places]:
    if count == 0:
        yield ()
        return
    for rest in _ways(left, count - 1, first):
        yield (-1, *rest)
    for number in range(first, left):
        for rest in _ways(left, count - 1, number + 1):
            yield (number, *rest)


def _alike(one: Item, other: Item) -> bool:
    """Tell whether half of two maps or more is the same."""
    shared = sum(key in other and same(one[key], other[key]) for key in one)
    return 2 * shared >= max(len(one), len(other))


def _merged(base: list[Item], *sides: tuple[list[Item], Places]) -> Iterator[list[Item]]:
    """Yield the lists for one way to read both sides; none where they clash."""
    items: list[Item] = []
    before: list[list[list[Item]]] = []  # what each side puts before each item of base, and at the end
    for number in range(len(base) + 1):
        before.append([_inserted(number, *one) for one in sides])
    for number, item in enumerate(base):
        values = (
            next((one for n, one in zip(places, side, strict=True) if n == number), ABSENT) for side, places in sides
        )
        try:
            items.append(Merging().value(item, *values))
        except ClashError:
            return
    for (first, second), once in itertools.product(((0, 1), (1, 0)), (True, False)):
        out: list[Item] = []
        for number in range(len(base) + 1):
            one, other = before[number][first], before[number][second]
            out += _united(one, other) if once else [*one, *other]
            out += [items[number]] if number < len(base) and items[number] is not ABSENT else []
        yield out


def _united(one: list[Item], other: list[Item]) -> list[Item]:
    """Return what both sides put into one place, equal items once."""
    left = Counter(map(canonical, one))
    out = list(one)
    for item in other:
        out += [] if left[canonical(item)] else [item]
        left[canonical(item)] -= 1
    return out


def _inserted(number: int, side: list[Item], places: Places) -> list[Item]:
    """Return the items of a side that stand before an item of base and behind the one before it."""
    out: list[Item] = []
    last = -1
    for n, item in zip(places, side, strict=True):
        last = n if n >= 0 else last
        out += [item] if n < 0 and last + 1 == number else []
    return out


def written(document: Any, items: list[Item]) -> str:
    """Return a document with these items."""
    whole = copy.deepcopy(document)
    put(whole, _place(document), items)
    dumper = type("Plain", (yaml.SafeDumper,), {"ignore_aliases": lambda _self, _data: True})
    return str(yaml.dump(whole, Dumper=dumper, sort_keys=False, width=1000))


def _place(value: Any, path: str = "") -> str:
    if value == LIST:
        return path
    pairs = value.items() if isinstance(value, dict) else ()
    return next((one for key, part in pairs if (one := _place(part, f"{path}.{key}".lstrip(".")))), "")


def found(document: Any, text: str) -> Any:
    """Return the items in a text."""
    try:
        return at(data(text), _place(document))
    except (UnusableError, KeyError, TypeError) as error:
        return repr(error)
