"""Which values of an adopted spec the manifests do not follow: change one at a time, and plan what that does.

A manifest may have a value in another form than the template generates: a probe with another path, an image with a
digest, a port under another name. A change of the spec is then a conflict, which the user should know beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from .adoptable import Inferred
from .dependence import other_values
from .errors import Invalid
from .merge import value_line
from .plan import Plan
from .tree import join

PlanOf = Callable[[Sequence[Inferred]], Plan]  # what other values than those adopted would do. Raises Invalid
_MOST = 100  # values that are tried
_SAMPLES = 6
_Place = tuple[str, int, str]  # a file, a line, and what is there


def unfollowed(unit: str, values: Sequence[Inferred], schema: Mapping[str, Any], plan_of: PlanOf) -> list[str]:
    """Return a note for each place of the manifests where a change of the spec is a conflict, and for each value
    whose change has no effect.
    """
    places: dict[_Place, list[str]] = {}
    for number in islice(_tried(values), _MOST):
        one = values[number]
        plan = _trial(values, number, _schema_at(schema, one.where), plan_of)
        for place in _places(plan, one):
            places.setdefault(place, []).append(".".join(map(str, one.where)))
    return [_note(unit, place, names) for place, names in places.items()]


def _tried(values: Sequence[Inferred]) -> Iterator[int]:
    """Yield which values are tried: scalars that are in a manifest, and that somebody may change."""
    for number, one in enumerate(values):
        may_change = not one.fixed and (one.source is not None or one.needed) and one.value is not False
        if may_change and isinstance(one.value, str | int | float):
            yield number


def _trial(values: Sequence[Inferred], number: int, schema: Mapping[str, Any], plan_of: PlanOf) -> Plan | None:
    """Return the plan for another value in place of one, None if the spec cannot have the values that are tried."""
    for other in islice(other_values(values[number].value, schema), _SAMPLES):
        if other == values[number].value:
            continue
        changed = [replace(one, value=other) if at == number else one for at, one in enumerate(values)]
        try:
            return plan_of(changed)
        except Invalid:
            continue
    return None


def _places(plan: Plan | None, one: Inferred) -> Iterator[_Place]:
    if plan is None:
        return
    found = [(change, conflict) for change in plan.changes for conflict in change.conflicts]
    for change, conflict in found[:1]:
        here = f"is {value_line(conflict.ours)} here" if conflict.ours is not None else "is not here"
        spec = f"is {value_line(conflict.base)} by the spec" if conflict.base is not None else "is not in the spec"
        what = f"{conflict.field} {here}, and {spec}" if conflict.field else "this file is not as the spec says"
        yield change.path, conflict.line, f"{what}, so"
    if not found and not any(change.writes for change in plan.changes) and one.source is not None:
        yield one.source.path, one.source.line, ""


def _note(unit: str, place: _Place, names: Sequence[str]) -> str:
    path, line, what = place
    listed = " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    result = f"{what} a change of {listed} in the spec is a conflict" if what else f"a change of {listed} has no effect"
    return f"{join(unit, path)}:{line}: {result}"


def _schema_at(schema: Any, where: Sequence[Any]) -> Mapping[str, Any]:
    for part in where:
        below = schema.get("properties") if isinstance(schema, Mapping) else None
        schema = below.get(part) if isinstance(below, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}
