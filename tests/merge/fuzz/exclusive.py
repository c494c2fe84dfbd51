"""Fields of which an object may have one: each side moves from one to another, edits inside, adds or deletes one.

The members of a set are one field: two of them never come out unless a side had both.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import yaml

from .case import Answer, Case
from .contexts import CONTEXTS, HERE, Context, strategy
from .keyless import leaves
from .reading import UnusableError, at, canonical, data, put, same
from .sequences import ABSENT, ClashError, Merging

MOVES = ["keep", "keep", "move", "move", "move", "inside", "inside", "drop", "other", "other", "both"]


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"exclusive {seed} {number}")  # noqa: S311 - a seed, and no secret
    if number % (len(CONTEXTS) + 1) == len(CONTEXTS):
        return _strategy(source, number)
    context = CONTEXTS[number % len(CONTEXTS)]
    base = dict(context.rest)
    if source.random() < 0.85:
        base = _with(context, base, source.choice(list(context.members)))
    ours, theirs = (_edited(source, context, base) for _ in range(2))
    if same(ours, base) or same(theirs, base):
        ours = _edited(source, context, ours)
        theirs = _edited(source, context, theirs)
    wanted, answer = _merged(context, base, ours, _unless_by_bots(base, ours, theirs))
    texts = [_text(context, one) for one in (base, ours, theirs)]
    rest = canonical(data(_text(context, {})))

    def judge(text: str) -> list[str]:
        try:
            document = data(text)
            found = at(document, context.place)
            put(document, context.place, {})
        except (UnusableError, KeyError, IndexError, TypeError) as error:
            return [f"no document of this shape: {error!r}"]
        both = [name for name in context.members if name in found]
        if len(both) > 1 and not (wanted and len([name for name in both if name in wanted]) > 1):
            return [f"both {' and '.join(both)}"]
        out = [] if canonical(document) == rest else ["something else changed"]
        return (
            out if wanted is None or same(found, wanted) else [*out, f"{canonical(found)} is not {canonical(wanted)}"]
        )

    exact = (
        frozenset(_text(context, one) for one in _orders(wanted or {}, ours, theirs))
        if wanted is not None
        else frozenset()
    )
    return Case(f"{context.name} {number}", *texts, judge, exact, answer)


def _orders(wanted: dict[str, Any], *sides: dict[str, Any]) -> list[dict[str, Any]]:
    """Return fields in the orders that two sides have them in."""
    return [
        {key: wanted[key] for key in dict.fromkeys([*one, *other]) if key in wanted}
        for one, other in (sides, sides[::-1])
    ]


def _strategy(source: Random, number: int) -> Case:
    """Return a triple of a Deployment's strategy, where one value of ``type`` forbids the field beside it."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    choices = [{"type": "Recreate"}, rolling, {"type": "RollingUpdate"}]
    context = Context("strategy", strategy(), {})
    base: dict[str, Any] = source.choice(choices)
    sides = []
    for _ in range(2):
        side = copy.deepcopy(source.choice([base, *choices]))
        if "rollingUpdate" in side and source.random() < 0.5:
            _change(source, side, "rollingUpdate")
        sides.append(side)
    try:
        wanted = Merging().value(base, *sides)
        wrong = wanted["type"] == "Recreate" and "rollingUpdate" in wanted
    except ClashError:
        wanted, wrong = {}, True

    def judge(text: str) -> list[str]:
        found = at(data(text), context.place)
        return [] if same(found, wanted) else [f"{canonical(found)} is not {canonical(wanted)}"]

    texts = [_text(context, one) for one in (base, *sides)]
    exact = frozenset(_text(context, one) for one in _orders(wanted, *sides))
    return Case(f"{context.name} {number}", *texts, judge, exact, "required" if wrong else "wrong")


def _with(context: Context, fields: dict[str, Any], member: str) -> dict[str, Any]:
    """Return fields with one member of the set in place of any other, before the others."""
    kept = {key: value for key, value in fields.items() if key not in context.members}
    names = context.head
    front = {key: kept.pop(key) for key in names if key in kept}
    return {**front, member: copy.deepcopy(context.members[member]), **kept}


def _edited(source: Random, context: Context, base: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with an edit of a side, or unchanged."""
    fields = copy.deepcopy(base)
    there = [name for name in context.members if name in fields]
    what = source.choice(MOVES)
    free = [name for name in context.members if name not in there] or list(context.members)
    if what == "move" or (what in {"inside", "drop"} and not there):
        return _with(context, fields, source.choice(free))
    if what == "both":
        fields[free[0]] = copy.deepcopy(context.members[free[0]])
    elif what == "drop":
        del fields[there[0]]
    elif what == "inside":
        _change(source, fields, there[0])
    elif what == "other":
        _change(source, fields, source.choice([name for name in context.rest if name not in context.head] or [""]))
    return fields


def _change(source: Random, fields: dict[str, Any], name: str) -> None:
    """Change a scalar in a field."""
    if not name:
        return
    path = source.choice(leaves(fields[name], name))
    value = at(fields, path)
    number = source.randrange(2, 9)
    if not isinstance(value, dict | list):
        put(fields, path, value + number if isinstance(value, int) else f"{value}{number}")


def _merged(context: Context, base: dict[str, Any], *sides: dict[str, Any]) -> tuple[dict[str, Any] | None, Answer]:
    """Return the fields that are right, where they are known, and whether a conflict is."""
    if any(same(sides[0], one) for one in (base, sides[1])) or same(sides[1], base):
        return (sides[1] if same(sides[0], base) else sides[0]), "wrong"
    sets = [{name: one[name] for name in context.members if name in one} for one in (base, *sides)]
    known = [_known(context, one) for one in (base, *sides)]
    loose: Answer = "wrong" if known[1] == known[0] == known[2] else "allowed"  # an item that has another key now
    if not any(same(*pair) for pair in ((sets[0], sets[1]), (sets[0], sets[2]), (sets[1], sets[2]))):
        if any(len(one) > 1 for one in sets):
            loose = "allowed"  # a side is wrong already
        elif len({tuple(one) for one in sets}) > 1:
            return None, "required"
    merging = Merging()
    try:
        value = merging.value(base, *sides)
    except ClashError:
        return None, "required"
    return (None if value is ABSENT else value), ("allowed" if merging.unsure else loose)


def _unless_by_bots(base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return theirs with the action as ours has it, where both sides moved only its ref: bots do, and ours stays."""
    uses = [str(one.get("uses", "")) for one in (base, ours, theirs)]
    if len(set(uses)) < 3 or not all(uses) or len({one.partition("@")[0] for one in uses}) > 1:
        return theirs
    return {**theirs, "uses": ours["uses"]}


def _known(context: Context, fields: dict[str, Any]) -> str:
    """Return what an item of a list is known by, where that is one of the exclusive fields."""
    return canonical({name: fields[name] for name in context.members if name in fields}) if context.keyed else ""


def _text(context: Context, fields: dict[str, Any]) -> str:
    """Return the document with these fields."""

    def filled(value: Any) -> Any:
        if value == HERE:
            return fields
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        return [filled(one) for one in value] if isinstance(value, list) else value

    return yaml.safe_dump(filled(copy.deepcopy(context.document)), sort_keys=False, width=1000)
