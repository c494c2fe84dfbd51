"""Relations between fields, named as in ``schemas/merge-fits.json``.

Each yields the paths of violating fields and a reason for the user.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from ..quantity import quantity
from ..yaml.meaning import YamlValue
from .paths import (
    HERE,
    ROOT,
    START,
    AbsentItem,
    FieldPath,
    PathSteps,
    Spot,
    is_there,
    parse_path,
    spots,
    text_of,
    unanchored,
)


class Broken(NamedTuple):
    """A violation: the fields, a reason for the user, and the name or value that it is about, if any."""

    fields: tuple[FieldPath, ...]
    reason: str
    word: str = ""


class RuleScope(NamedTuple):
    """The place where a rule applies: the document, the start of its rules, the item, and the parent item.

    ``name`` is the meaning of ``*``; ``memo`` is shared by the places of one rule.
    """

    root: Spot
    start: Spot
    around: Spot
    item: Spot
    name: PathSteps
    memo: dict[str, Any]

    def all(self, text: str) -> list[Spot]:
        """Return the values at a path."""
        return spots(self._begin(text), self._steps(text))

    def field(self, text: str, met: Spot | None) -> FieldPath:
        """Return the field that a path is about: the list, if it leads to items."""
        steps = self._steps(text)
        count = next((n for n, step in enumerate(steps) if step == "[]" or isinstance(step, int)), len(steps))
        begin = self._begin(text)
        if met is not None and steps[count + 1 :]:
            return met.path
        return spots(begin, steps[:count])[0].path

    def _begin(self, text: str) -> Spot:
        begin = parse_path(text).begin
        if begin == HERE:
            return self.item
        return self.start if begin == START else self.root if begin == ROOT else self.around

    def _steps(self, text: str) -> PathSteps:
        steps = parse_path(text).steps
        if "*" not in steps:
            return steps
        return tuple(one for step in steps for one in (self.name if step == "*" else (step,)))

    def number(self, text: str) -> tuple[FieldPath, float] | None:
        """Return the number at a path, or its default after ``|``."""
        text, _, default = text.partition("|")
        spot = next(iter(self.all(text)), None)
        if spot is None:
            return None
        found = text_of(spot.value) or (default if not is_there(spot.value) else None)
        value = _number(found) if found else None
        return None if value is None else (spot.path, value)


def _number(text: str) -> float | None:
    """Return a number, or the largest one of a list of ranges."""
    if re.fullmatch(r"[0-9]+(?:[,-][0-9]+)+", text):
        return max(map(float, re.findall(r"[0-9]+", text)))
    return quantity(text)


def meets(field: str, wanted: Any, found: list[Spot]) -> bool:
    """Return whether a field is as a condition wants; a key of a map is there even if its value is empty."""
    if wanted == "-" and field.endswith(".*"):
        return all(one.value is None for one in found)
    return holds(wanted, found)


def holds(wanted: Any, found: list[Spot]) -> bool:
    """Return whether one of the values is as required: present, absent, or one of the given texts."""
    values = [one.value for one in found]
    if any(isinstance(unanchored(one), tuple) and unanchored(one)[0] == "alias" for one in values):
        return False  # aliases are not resolved
    if wanted == "+":
        return any(map(is_there, values))
    if wanted == "-":
        return not any(map(is_there, values))
    negated = wanted[0] == "!"
    texts = [text_of(one) for one in values if is_there(one)]
    if not texts:
        return bool(("-" in wanted) != negated)
    return any(any(fnmatchcase(text or "{}", one) for one in wanted[negated:]) != negated for text in texts)


def _above(scope: RuleScope, names: list[str], rule: Mapping[str, Any]) -> Iterator[Broken]:
    first, second = map(scope.number, names)
    if first and second and (first[1] > second[1] or (first[1] == second[1] and "not below" in rule)):
        word = "not be less than" if "not below" in rule else "be greater than"
        yield Broken((first[0], second[0]), f"{short(first[0])} would {word} {short(second[0])}")


def _differ(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    first, second = (next(iter(scope.all(one)), None) for one in names)
    texts = [text_of(one.value) if one else None for one in (first, second)]
    if first and second and all(texts) and texts[0] != texts[1]:
        same = [quantity(str(one)) for one in texts]
        if None in same or same[0] != same[1]:
            yield Broken((first.path, second.path), f"{short(first.path)} and {short(second.path)} would differ")


def _twice(scope: RuleScope, names: list[str], rule: Mapping[str, Any]) -> Iterator[Broken]:
    seen: dict[tuple[str, ...], tuple[str, list[FieldPath]]] = {}
    for name in names:
        for spot in scope.all(name):
            text = text_of(spot.value)
            if text is None or (text == "0" and "ort" in name) or text not in rule.get("only", [text]):
                continue
            key, paths = [text], [spot.path]
            for one in rule.get("with", ()):
                field, _, default = one.partition("|")
                paths.append((*spot.path[:-1], field))
                inside = spots(Spot(paths[-1][:-1], _at(scope.root.value, paths[-1][:-1])), (field,))[0]
                key.append(text_of(inside.value) or default)
            before = seen.setdefault(tuple(key), (name, paths))
            if before[1] is not paths and not (rule.get("across") and before[0] == name):
                yield Broken((*before[1], *paths), f"{short(spot.path)} {text} would be duplicated", text)


def _missing(scope: RuleScope, name: str, rule: Mapping[str, Any]) -> Iterator[Broken]:
    if "known" not in scope.memo:  # all lists of names begin outside of the item
        scope.memo["known"] = {text_of(spot.value) for one in rule["from"] for spot in scope.all(one)}
    known = scope.memo["known"]
    for spot in scope.all(name):
        begin, text = rule.get("after", ""), text_of(spot.value)
        text = text.removeprefix(begin) if text is not None and text.startswith(begin) else None
        if text is not None and text not in known:
            yield Broken((spot.path, *_absent(scope, rule["from"], text)), f"{text} would be missing", text)


def _used(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    own = text_of(spots(scope.item, ("name",))[0].value)
    if "uses" not in scope.memo:
        uses = scope.memo["uses"] = {}
        for spot in (spot for one in names for spot in scope.all(one)):
            uses.setdefault(text_of(spot.value), []).append(spot.path)
    if own is None:
        return
    for path in scope.memo["uses"].get(own, ()):
        yield Broken((scope.item.path, path), f"{own} is used", own)


_UNSELECTED = "the selector would not match the labels of its own pods"


def _unselected(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    selector, labels = (scope.all(one)[0] for one in names)
    there = [str(text_of(one.value)) for one in spots(labels, ("{}",))]
    values = {key: text_of(spots(labels, (key,))[0].value) for key in there}
    for spot in spots(selector, ("matchLabels", "{}")):
        key = str(text_of(spot.value))
        wanted = text_of(spots(Spot(spot.path[:-1], _at(scope.root.value, spot.path[:-1])), (key,))[0].value)
        if values.get(key) != wanted:
            yield Broken((spot.path, (*labels.path, key)), _UNSELECTED)
    for one in spots(selector, ("matchExpressions", "[]")):
        key, operator = (text_of(spots(one, (field,))[0].value) or "" for field in ("key", "operator"))
        among = values.get(key) in [text_of(spot.value) for spot in spots(one, ("values", "[]"))]
        if not {"In": among, "NotIn": not among, "Exists": key in values, "DoesNotExist": key not in values}.get(
            operator, True
        ):
            yield Broken((one.path, (*labels.path, key)), _UNSELECTED)


def _sum_above(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    limit = scope.number(names[1])
    found = [(spot.path, quantity(text)) for spot in scope.all(names[0]) if (text := text_of(spot.value))]
    if limit and sum(number or 0 for _, number in found) > limit[1] * (1 + 1e-9):
        fields = (limit[0], *(path for path, _ in found))
        yield Broken(fields, f"the containers together would exceed {short(limit[0])}")


def _outside(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    for around in scope.all(names[1]):
        for inner in scope.all(names[0]):
            try:
                # Kubernetes accepts an address that is not the first one of its block.
                one, other = (ipaddress.ip_network(str(text_of(spot.value)), strict=False) for spot in (inner, around))
            except ValueError:
                continue
            if one.version != other.version or one == other or not one.subnet_of(other):  # type: ignore[arg-type]
                yield Broken((inner.path, around.path), f"{one} would not be within {other}")


def _ratio_above(scope: RuleScope, names: list[str], _rule: Mapping[str, Any]) -> Iterator[Broken]:
    ratio, high, low = map(scope.number, names)
    if ratio and high and low and low[1] and ratio[1] > high[1] / low[1]:
        reason = f"{short(ratio[0])} would be greater than {short(high[0])} divided by {short(low[0])}"
        yield Broken((ratio[0], high[0], low[0]), reason)


Relation = Callable[[RuleScope, Any, Mapping[str, Any]], Iterator[Broken]]
RELATIONS: dict[str, Relation] = {
    "above": _above,
    "not below": _above,
    "differ": _differ,
    "twice": _twice,
    "missing": _missing,
    "used": _used,
    "unselected": _unselected,
    "sum above": _sum_above,
    "outside": _outside,
    "ratio above": _ratio_above,
}


def relation_of(rule: Mapping[str, Any]) -> str:
    """Return the name of the relation of a rule, ``""`` if it has only conditions."""
    return next((one for one in RELATIONS if one in rule), "")


def short(path: FieldPath) -> str:
    """Return the last keys of a path, for messages."""
    keys = [one for one in path if isinstance(one, str)]
    return ".".join(keys[-2:]) if len(keys) > 2 else keys[-1] if keys else ""


def _absent(scope: RuleScope, names: list[str], text: str) -> Iterator[FieldPath]:
    """Yield the paths in lists where an item with a name would be."""
    for one in names:
        path = parse_path(one)
        count = path.steps.index("[]")
        begin = scope.root if path.begin == ROOT else scope.start
        yield from (
            (*spot.path, AbsentItem(path.steps[count + 1 :], text)) for spot in spots(begin, path.steps[:count])
        )


def _at(value: YamlValue, path: FieldPath) -> YamlValue:
    steps = tuple(one for one in path if not isinstance(one, AbsentItem))
    return spots(Spot((), value), steps)[0].value
