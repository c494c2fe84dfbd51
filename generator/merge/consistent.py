"""What has to fit together in an object of Kubernetes, so that both sides' changes can be right and their sum wrong.

Which fields those are is data: ``schemas/merge-fits.json``, from the validation of the API server, which judges merges
in the tests. Only what field-wise merging can break is told there. Everything else is the business of rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .. import mergekeys
from .paths import Gone, Path, Spot, Steps, is_there, spots, text_of, way
from .relations import RELATIONS, Scope, holds, short
from .values import Value


@dataclass(frozen=True)
class Fault:
    """What does not fit together: the fields, in which of the documents, and a reason for people.

    Two are the same that have one ``name``, whatever the fields hold.
    """

    name: str
    document: int
    fields: tuple[Path, ...]
    reason: str


def faults(documents: Iterable[Value]) -> list[Fault]:
    """Return what does not fit together in objects."""
    return [one for number, document in enumerate(documents) for one in _of_document(number, document)]


def _of_document(number: int, document: Value) -> Iterator[Fault]:
    if not isinstance(document, dict):
        return
    root = Spot((), document)
    version, kind_ = (text_of(document.get(("str", one))) or "" for one in ("apiVersion", "kind"))
    for family in mergekeys.fits():
        objects = family["objects"].get(kind_, {})
        begin = next((path for wanted, path in objects.items() if _is_version(version, wanted)), None)
        if begin is None:
            continue
        start = next(spots(root, way(begin).steps))
        if not all(_is_whole(start, one) for one in family.get("whole", ())):
            continue
        for order, rule in enumerate(family["rules"]):
            for fields, reason in _of_rule(root, start, rule):
                told, _, word = reason.partition("\0")
                said = rule["say"].replace("{}", word) if "say" in rule else told
                named = ",".join(_named(document, one) for one in fields)
                yield Fault(f"{family['name']} {order} {named}", number, fields, said)


def _is_version(version: str, wanted: str) -> bool:
    return version.startswith(wanted) if wanted.endswith("/") else version == wanted


def _is_whole(start: Spot, text: str) -> bool:
    """Tell whether a field is there, in each item of a list that is there."""
    steps = way(text).steps
    if "[]" not in steps:
        return is_there(next(spots(start, steps)).value)
    before = next(spots(start, steps[: steps.index("[]")]))
    return before.value is not None and all(is_there(one.value) for one in spots(start, steps))


def _of_rule(root: Spot, start: Spot, rule: Mapping[str, Any]) -> Iterator[tuple[tuple[Path, ...], str]]:
    for scope in _scopes(root, start, rule):
        conditions = [(scope.all(field), wanted) for field, wanted in rule.get("never", {}).items()]
        if not all(holds(wanted, found) for found, wanted in conditions):
            continue
        paths, shown = [], []
        for (field, wanted), (found, _) in zip(rule.get("never", {}).items(), conditions, strict=True):
            path, words = _told(scope, field, wanted, found)
            paths.append(path)
            shown.append(words)
        relations = [one for one in RELATIONS if one in rule]
        if not relations:
            item = text_of(next(spots(scope.item, ("name",))).value)
            yield tuple(paths), _reason(shown) + f"\0{item or ''}"
        for name in relations:
            for fields, reason in RELATIONS[name](scope, rule[name], rule):
                yield (*paths, *fields), reason


def _told(scope: Scope, field: str, wanted: Any, found: list[Spot]) -> tuple[Path, tuple[str, bool]]:
    """Return where a condition is met, and its field in words, with whether it is there."""
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


def _scopes(root: Spot, start: Spot, rule: Mapping[str, Any]) -> Iterator[Scope]:
    """Yield where a rule is applied."""
    patterns = rule.get("at", "")
    for text in [patterns] if isinstance(patterns, str) else patterns:
        steps = way(text).steps
        lists = [n for n, step in enumerate(steps) if step == "[]"]
        split = max([n + 1 for n in lists if n < len(steps) - 1], default=0)
        for around in spots(start, steps[:split]):
            for item in spots(around, steps[split:]):
                if steps and not is_there(item.value):
                    continue
                scope = Scope(root, start, around, item)
                yield from _repeated(scope, rule)


def _repeated(scope: Scope, rule: Mapping[str, Any]) -> Iterator[Scope]:
    """Yield a scope for each of the names that '*' stands for."""
    each = rule.get("for")
    if each is None:
        yield scope
        return
    names: list[Steps] = (
        [(str(text_of(one.value)),) for one in scope.all(each)]
        if isinstance(each, str)
        else [way(one).steps for one in each]
    )
    like = rule.get("like", ["*"])
    for name in names:
        negated = like[0] == "!"
        if any(fnmatchcase(str(name[0]), one) for one in like[negated:]) != negated:
            yield Scope(scope.root, scope.start, scope.around, scope.item, name)


def _named(document: Value, path: Path) -> str:
    """Return a path in which items have their names, so that it is the same in another order of them."""
    out: list[str] = []
    spot = Spot((), document)
    for step in path:
        if isinstance(step, Gone):
            return ".".join([*out, step.text])
        spot = next(spots(spot, (step,)))
        name = text_of(next(spots(spot, ("name",))).value) if isinstance(step, int) else None
        out.append(name or str(step))
    return ".".join(out)
