"""Constraints between fields of Kubernetes objects, which one edit can violate, or two valid changes together.

The constraints are data in ``schemas/merge-fits.json``, taken from the validation of the API server, which also checks
merges and findings in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

from .. import mergekeys
from ..yaml.meaning import YamlValue
from .paths import AbsentItem, FieldPath, PathSteps, Spot, is_there, parse_path, spots, text_of, unanchored
from .relations import RELATIONS, Broken, RuleScope, holds, meets, relation_of, short


@dataclass(frozen=True)
class Misfit:
    """A violated constraint: the document, the fields, and a reason for the user.

    Two misfits are the same if they have the same ``name``, which has the rule, the object and the fields. In a file
    with one object ``rule`` identifies it: the rule and the fields without the name of the object. ``relation`` is the
    violated relation (``RELATIONS``), ``""`` if the fields only exclude or need each other; ``word`` is the name or
    value that it is about, if any. ``lacks`` are those of the fields that are absent. ``state`` is what the table says
    of an object that is so, ``""`` for most.
    """

    name: str
    rule: str
    document: int
    fields: tuple[FieldPath, ...]
    reason: str
    relation: str = ""
    word: str = ""
    lacks: tuple[FieldPath, ...] = ()
    state: str = ""


def misfits(documents: Iterable[YamlValue], changed: Sequence[Set[str]] = ()) -> list[Misfit]:
    """Return the violated constraints in objects; only of rules about a key of each of the sets ``changed``."""
    out: list[Misfit] = []
    for number, document in enumerate(documents):
        out += _of_document(number, document, changed)
        for place, item in enumerate(_items(document)):
            found = _of_document(number, item, changed)
            for one in found:
                fields = tuple(("items", place, *path) for path in one.fields)
                out.append(replace(one, rule=one.name, fields=fields))
    return out


def _items(document: YamlValue) -> Sequence[YamlValue]:
    """Return the objects of a ``List`` object."""
    items = unanchored(document.get(("str", "items"))) if isinstance(document, dict) else None
    is_list = isinstance(items, list) and (text_of(document.get(("str", "kind"))) or "").endswith("List")
    return items if is_list and isinstance(items, list) else ()


def changed_keys(base: Sequence[YamlValue], side: Sequence[YamlValue]) -> set[str]:
    """Return the keys directly above, at and below all differences of documents."""
    out: set[str] = set()
    stack: list[tuple[tuple[str, ...], YamlValue, YamlValue]] = [((), list(base), list(side))]
    while stack:
        keys, one, other = stack.pop()
        if one == other:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            stack += [((*keys[-1:], str(name[1])), one.get(name), other.get(name)) for name in {**one, **other}]
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            stack += [(keys, *pair) for pair in zip(one, other, strict=True)]
        else:
            out |= {*keys} | _keys_of(one) | _keys_of(other)
    return out


@dataclass(frozen=True)
class _FitRule:
    """A rule at one path, about fields of one name; it applies only to documents with the keys that it ``needs``."""

    name: str
    at: str
    about: PathSteps  # the meaning of '*'
    needs: frozenset[str]
    keys: frozenset[str]  # keys of all fields of the rule
    data: Mapping[str, Any]


@cache
def _rules(family: str) -> list[_FitRule]:
    """Return the rules of a family, one for each path and name."""
    out: list[_FitRule] = []
    for number, data in enumerate(mergekeys.fits()[int(family)]["rules"]):
        places, names = data.get("at", ""), data.get("for", [""])
        for at in [places] if isinstance(places, str) else places:
            for name in names if isinstance(names, list) else [""]:
                about = parse_path(name).steps
                fields = [at, *_needed(data)]
                fields += [name] if any("*" in one for one in fields) else []
                needs = _every(data).union(*map(_keys, fields))
                keys = needs.union(*map(_keys, [name, *data.get("never", ()), *_named_in(data)]))
                out.append(_FitRule(f"{family}.{number}", at, about, needs - {"*"}, keys, data))
    return out


def _named_in(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields of the relations of a rule."""
    yield from ["matchLabels", "matchExpressions"] if "unselected" in data else []
    for name in (*RELATIONS, "from", "with"):
        found = data.get(name, ())
        yield from [found] if isinstance(found, str) else found


def _needed(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the fields that must exist for a rule to apply."""
    for field, wanted in data.get("never", {}).items():
        if wanted == "+" or (wanted != "-" and ("-" in wanted) == (wanted[0] == "!")):
            yield field
    for name in ("above", "not below", "differ", "outside"):
        yield from (one for one in data.get(name, ()) if "|" not in one)
    yield from [data["missing"]] if "missing" in data else []
    if isinstance(data.get("for"), str):
        yield data["for"]


def _every(data: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys that all alternative paths of a rule have."""
    found = [frozenset(_keys(one)) for name in ("twice", "used") for one in data.get(name, ())]
    return found[0].intersection(*found) if found else frozenset()


def _keys(text: str) -> set[str]:
    return {one for one in parse_path(text.partition("|")[0]).steps if isinstance(one, str) and one not in {"[]", "{}"}}


def _keys_of(value: YamlValue) -> set[str]:
    """Return the keys of all maps in a document."""
    out: set[str] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            out.update(key[1] for key in one)
            stack += one.values()
        elif isinstance(one, list):
            stack += one
        elif one and one[0] in {"anchor", "tag"}:
            stack.append(one[-1])
    return out


def _of_document(number: int, document: YamlValue, changed: Sequence[Set[str]]) -> Iterator[Misfit]:
    if not isinstance(document, dict):
        return
    root = Spot((), document)
    called = "/".join(text_of(spots(root, ("metadata", one))[0].value) or "" for one in ("namespace", "name"))
    keys: set[str] = set()
    places: dict[tuple[str, str], list[tuple[Spot, Spot]]] = {}
    for family, begin in _families(document):
        rules = [one for one in _rules(family["name"]) if not any(map(one.keys.isdisjoint, changed))]
        if not rules:
            continue
        keys = keys or _keys_of(document)
        start = spots(root, parse_path(begin).steps)[0]
        if not all(_is_whole(start, one) for one in family.get("whole", ())):
            continue
        for rule in rules:
            if not rule.needs <= keys:
                continue
            if (found := places.get((begin, rule.at))) is None:  # many rules are about the same items
                found = places[begin, rule.at] = _places(start, rule.at)
            for one, lacks in _broken(root, start, rule, found) if found else ():
                said = rule.data["say"].replace("{}", one.word) if "say" in rule.data else one.reason
                named = ",".join(_named(document, field) for field in one.fields)
                about = f"{rule.name} {named}"
                relation, state = relation_of(rule.data), rule.data.get("is", "").replace("{}", one.word)
                yield Misfit(f"{called} {about}", about, number, one.fields, said, relation, one.word, lacks, state)


def is_judged_sort(version: str, sort: str) -> bool:
    """Return whether there are rules about objects of an apiVersion and type."""
    return bool(_families_of(version, sort))


def is_judged(document: YamlValue) -> bool:
    """Return whether there are rules about an object."""
    return any(isinstance(one, dict) and _families(one) for one in (document, *_items(document)))


def _families(document: YamlValue) -> Sequence[tuple[Mapping[str, Any], str]]:
    """Return the families of rules about an object, with the path where they begin."""
    return _families_of(*(text_of(document.get(("str", one))) or "" for one in ("apiVersion", "kind")))


@lru_cache(256)
def _families_of(version: str, sort: str) -> Sequence[tuple[Mapping[str, Any], str]]:
    every = ((one, one["objects"].get(sort, {})) for one in mergekeys.fits())
    return [
        (family, begin)
        for family, objects in every
        for begin in [next((path for wanted, path in objects.items() if _is_version(version, wanted)), None)]
        if begin is not None
    ]


def _is_version(version: str, wanted: str) -> bool:
    return version.startswith(wanted) if wanted.endswith("/") else version == wanted


def _is_whole(start: Spot, text: str) -> bool:
    """Return whether a field exists, in every item if the path leads through a list."""
    steps = parse_path(text).steps
    if "[]" not in steps:
        return is_there(spots(start, steps)[0].value)
    before = spots(start, steps[: steps.index("[]")])[0]
    return isinstance(unanchored(before.value), list) and all(is_there(one.value) for one in spots(start, steps))


def _broken(
    root: Spot, start: Spot, rule: _FitRule, found: Sequence[tuple[Spot, Spot]]
) -> Iterator[tuple[Broken, tuple[FieldPath, ...]]]:
    """Yield the violations of a rule at its items, each with those of its conditions' fields that are absent."""
    never, relation = rule.data.get("never", {}), relation_of(rule.data)
    for scope in _scopes(root, start, rule, found):
        if not all(meets(field, wanted, scope.all(field)) for field, wanted in never.items()):
            continue
        conditions = [(field, wanted, scope.all(field)) for field, wanted in never.items()]
        told = [_told(scope, *one) for one in conditions]
        fields, lacks = tuple(path for path, _ in told), tuple(path for path, (_, is_) in told if not is_)
        if relation:
            for one in RELATIONS[relation](scope, rule.data[relation], rule.data):
                yield one._replace(fields=(*fields, *one.fields)), lacks
        else:
            item = text_of(spots(scope.item, ("name",))[0].value) or ""
            yield Broken(fields, _reason([words for _, words in told]), item), lacks


def _told(scope: RuleScope, field: str, wanted: Any, found: list[Spot]) -> tuple[FieldPath, tuple[str, bool]]:
    """Return the path that meets a condition, the name of its field, and whether it exists."""
    met = next((one for one in found if is_there(one.value) and holds(wanted, [one])), None)
    path = scope.field(field, met)
    text = text_of(met.value) if met else None
    return path, (f"{short(path)}: {text}" if text is not None else short(path), met is not None)


def _reason(shown: list[tuple[str, bool]]) -> str:
    there = " and ".join(words for words, is_ in shown if is_)
    absent = " and ".join(words for words, is_ in shown if not is_)
    if not there:
        return (
            f"{absent} would be empty"
            if len(shown) == 1
            else f"neither {absent.replace(' and ', ' nor ')} would be left"
        )
    return f"{there} would need {absent}" if absent else f"{there} do not go together"


def _scopes(root: Spot, start: Spot, rule: _FitRule, found: Sequence[tuple[Spot, Spot]]) -> Iterator[RuleScope]:
    """Yield the places where a rule applies, for each name that '*' matches; ``found`` has its items."""
    memo: dict[str, Any] = {}
    each, like = rule.data.get("for"), rule.data.get("like", ["*"])
    negated = like[0] == "!"
    for around, item in found:
        scope = RuleScope(root, start, around, item, rule.about, memo)
        if not isinstance(each, str):
            yield scope
            continue
        for name in (str(text_of(one.value)) for one in scope.all(each)):
            if any(fnmatchcase(name, one) for one in like[negated:]) != negated:
                yield RuleScope(root, start, around, item, (name,), memo)


def _places(start: Spot, at: str) -> list[tuple[Spot, Spot]]:
    """Return the items at a path that exist, each after the item around it."""
    steps = parse_path(at).steps
    split = max([n + 1 for n, step in enumerate(steps[:-1]) if step == "[]"], default=0)
    return [
        (around, item)
        for around in spots(start, steps[:split])
        for item in spots(around, steps[split:])
        if not steps or is_there(item.value)
    ]


def _named(document: YamlValue, path: FieldPath) -> str:
    """Return a path with items by name, so that it does not depend on their order."""
    out: list[str] = []
    spot = Spot((), document)
    for step in path:
        if isinstance(step, AbsentItem):
            return ".".join([*out, step.text])
        spot = spots(spot, (step,))[0]
        name = text_of(spots(spot, ("name",))[0].value) if isinstance(step, int) else None
        out.append(name or str(step))
    return ".".join(out)
