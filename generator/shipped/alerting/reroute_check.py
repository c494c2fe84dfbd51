"""Check that a change to a values file takes no alert from a receiver, unless the spec or the user says so.

A file with routes of the user's is compared before and after: an alert that a receiver loses is a problem, except
Watchdog, and except where the change of the spec does the same to the generated file. ``--yes-reroute`` accepts it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...alertmanager.chart_values import family_of
from ...alertmanager.embedded import in_object
from ...alertmanager.model import Context
from ...alertmanager.reroutes import Reroute, TooManyLabelsError, reroutes
from ...alertmanager.source import Source, sources
from ...alertmanager.value import Value
from ...behaviour import Checked, Update
from ...errors import Invalid, Problem
from ...yaml import parse
from . import adopt
from .helm_values import SeverityTarget, configuration, severity_targets
from .mounted_secrets import layout_for
from .spec_check import spec_faults
from .spec_receivers import given, versions_of

_MAX_TOLD = 8
_MAX_VALUES = 3
_ACCEPT = "--yes-reroute accepts it"
_EMPTY = Value("map", "map")
_NOTHING = Context(Source(_EMPTY, None, None, versions_of({})), "", "")  # a configuration that is gone


def check_update(
    update: Update, values: Mapping[str, Any], said: Mapping[str, Any], *, accepted: bool
) -> Checked | None:
    """Return the text to write, and notes on alerts that are routed to other receivers; None if there are conflicts.

    Routes and receivers that are new in the spec, whose explicit settings are ``said``, are added as to an adopted
    file. Raises Invalid for alerts that a receiver loses.
    """
    before = _contexts(update.ours, update.path, values)
    base, theirs = (_contexts(text, update.path, values) if text else [] for text in (update.base, update.theirs))
    text = update.merged
    is_generated = update.base is not None and [*map(_shape, before)] == [*map(_shape, base)]
    if update.base is not None and not is_generated:
        routes, receivers = _new_routes(base, values), _new_receivers(base, values)
        if routes or receivers:
            text = adopt.with_additions(update, routes, receivers, values, said) or text
    if text is None:
        return None
    after = _contexts(text, update.path, values)
    found, unknown = _compared_all(before, after, update.path)
    if unknown and not accepted and not is_generated:
        raise Invalid(unknown)
    lost = [one for one in found if one.lost and not one.watchdog and not _is_asked(one, base, theirs)]
    if lost and not accepted and not is_generated:
        raise Invalid(_problems(lost, update.path, values, before))
    return Checked(text, tuple(_notes(found)) if any(map(_delivers, before)) else ())


def _compared_all(
    before: Sequence[Context], after: Sequence[Context], path: str
) -> tuple[list[Reroute], list[Problem]]:
    """Return the differences between the configurations of two texts, and problems of those that are not comparable."""
    found: list[Reroute] = []
    unknown = []
    for number, was in enumerate(before):
        now = after[number] if number < len(after) else _NOTHING
        if not (was.source.readable and now.source.readable):
            unknown.append(_not_compared(path, was, "the configuration cannot be read"))
            continue
        try:
            found += reroutes(was, now)
        except TooManyLabelsError:
            unknown.append(_not_compared(path, was, "the routes have too many combinations of matchers"))
    return found, unknown


def _contexts(text: str, path: str, values: Mapping[str, Any]) -> list[Context]:
    """Return the configurations in a file: Helm values, objects with them, or files of Alertmanager."""

    def versions(name: str) -> str:
        return str(values.get(name) or "")

    out = []
    for document in parse(text, path):
        family = family_of(document)
        found = (
            sources(document, text, values=family == "values", versions=versions, chart=layout_for(values).name)
            if family
            else in_object(document, text, versions)
        )
        out += [Context(one, text, path) for one in found]
    return out


def _shape(context: Context) -> list[tuple[object, ...]]:
    """Return what decides who gets an alert."""
    return [
        (len(path), path[-1].matchers, path[-1].receiver, path[-1].goes_on, path[-1].mute, path[-1].active)
        for path in context.paths
    ]


def _new_routes(base: Sequence[Context], values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the generated routes that were not generated before."""
    known = [_conditions(route) for one in base if one.root for route in one.root.routes]
    routes: list[dict[str, Any]] = configuration(values)["route"]["routes"]
    made = adopt.context_of({"route": {"receiver": "null", "routes": routes}}, layout_for(values))
    now = made.root.routes if made.root else ()
    return [one for one, route in zip(routes, now, strict=False) if _conditions(route) not in known]


def _new_receivers(base: Sequence[Context], values: Mapping[str, Any]) -> set[str]:
    """Return the names of the generated receivers that were not generated before."""
    return {one["name"] for one in configuration(values)["receivers"]} - {name for one in base for name in one.by_name}


def _conditions(route: Any) -> tuple[object, ...]:
    return route.receiver, route.matchers


def _delivers(context: Context) -> bool:
    """Return whether anybody gets an alert, other than by a route for Watchdog."""
    return any(
        context.sends(path[-1].receiver) and not any(one.value == "Watchdog" for one in path[-1].matchers)
        for path in context.paths
    )


def _is_asked(one: Reroute, base: Sequence[Context], theirs: Sequence[Context]) -> bool:
    """Return whether the change of the spec takes an alert from the same receivers in the generated file."""

    def reached(contexts: Sequence[Context]) -> set[str]:
        ends = (path for each in contexts if each.root for path in each.root.reached(one.labels))
        return {path[-1].receiver for path in ends}

    return set(one.lost) <= reached(base) - reached(theirs)


def _problems(
    lost: Sequence[Reroute], path: str, values: Mapping[str, Any], before: Sequence[Context]
) -> Iterator[Problem]:
    offers = _offers(lost, values, before)
    groups = _grouped(lost)
    for group in groups[:_MAX_TOLD]:
        one = group[0]
        when = "no longer get" if set(one.lost) - set(one.quieter) else "be muted at more times for"
        left = f"{'only ' if one.after else ''}{_names(one.after) or 'nobody'} would"
        message = f"{_names(one.lost)} would {when} {_alerts(group)}: {left}"
        severities = {each.labels.get("severity", "") for each in group}
        offer = next((text for keys, text in offers if severities <= keys), "")
        hint = f"{offer}, or {_ACCEPT}" if offer else f"route them there in the file first, or {_ACCEPT}"
        yield Problem(path, *one.left[0].value.place, message, hint)
    if len(groups) > _MAX_TOLD:
        message = f"{len(groups) - _MAX_TOLD} more kinds of alerts would be lost"
        yield Problem(path, *groups[_MAX_TOLD][0].left[0].value.place, message, _ACCEPT)


def _offers(
    lost: Sequence[Reroute], values: Mapping[str, Any], before: Sequence[Context]
) -> list[tuple[set[str], str]]:
    """Return for severities the options with which the receivers that lose them are kept."""
    by_key: dict[str, list[SeverityTarget]] = {}
    for target in severity_targets(values):
        by_key.setdefault(str(target.where[1]), []).append(target)
    out = []
    for key, targets in by_key.items():
        severities = set(targets[0].severities)
        losers = dict.fromkeys(name for one in lost if one.labels.get("severity") in severities for name in one.lost)
        names = list(dict.fromkeys([*(one.receiver for one in targets), *losers]))
        if not losers or any("," in name for name in names):
            continue
        option = f"--severity {shlex.quote(f'{key}=' + ','.join(names))}"
        out.append((severities, _offered(key, names, option, values, before)))
    return [one for one in out if one[1]]


def _offered(key: str, names: Sequence[str], option: str, values: Mapping[str, Any], before: Sequence[Context]) -> str:
    """Return options that name receivers of the file too, ``""`` if the spec cannot have them."""
    listed = [*given(values)]
    unknown = [name for name in names if name not in {one["name"] for one in listed}]
    added = []
    for name in unknown:
        receiver = next((one.by_name[name] for one in before if name in one.by_name), None)
        types = [section.name for section, _ in receiver.integrations] if receiver else []
        if not types:
            return ""
        added.append((name, types[0]))
    new = [{"name": name, type_name: [{}]} for name, type_name in added]
    changed = {**values, "receivers": [*(values.get("receivers") or ()), *new]}
    if "receivers" not in values:
        changed["slack"] = values.get("slack") or {}
    if spec_faults({**changed, "severity": {**values["severity"], key: list(names)}}):
        return ""
    names_of, types_of = [name for name, _ in added], [one.removesuffix("_configs") for _, one in added]
    pairs = zip(types_of, names_of, strict=True)
    options = [f"--receiver {shlex.quote(one if one == name else f'{one}:{name}')}" for one, name in pairs]
    return f"{' '.join([*options, option])} keeps {'it' if len(names) < 3 else 'them'}"


def _notes(found: Sequence[Reroute]) -> Iterator[str]:
    groups = _grouped(found)
    for group in groups[:_MAX_TOLD]:
        one = group[0]
        if one.lost:
            yield f"{_alerts(group)} no longer reach {_names(one.lost)}" + (
                f", only {_names(one.after)}" if one.after else ""
            )
        else:
            yield f"{_alerts(group)} now {'also ' if one.before else ''}reach {_names(one.gained)}"
    if len(groups) > _MAX_TOLD:
        yield f"{len(groups) - _MAX_TOLD} more kinds of alerts reach other receivers"


def _grouped(found: Sequence[Reroute]) -> list[list[Reroute]]:
    """Group alerts with the same consequences that differ only in the value of one label."""
    groups = [[one] for one in found]
    names = {
        name: len({one.labels.get(name) for one in found})
        for name in dict.fromkeys(n for one in found for n in one.labels)
    }
    for name in sorted(names, key=lambda name: -names[name]):  # those with most values first
        by_rest: dict[object, list[Reroute]] = {}
        for group in groups:
            one = group[0]
            rest = frozenset((key, value) for key, value in one.labels.items() if key != name)
            has = name in one.labels
            alone = id(group) if len(group) > 1 or not has else 0
            key = (rest, one.lost, one.gained, bool(one.before), one.after if one.lost else (), one.watchdog, alone)
            by_rest.setdefault(key, []).extend(group)
        groups = list(by_rest.values())
    return groups


def _alerts(group: Sequence[Reroute]) -> str:
    if group[0].watchdog:
        return "Watchdog alerts"
    values = {
        name: sorted({one.labels[name] for one in group}, key=lambda text: (len(text), text))
        for name in group[0].labels
    }
    labels = [f"{name}={_values(several)}" for name, several in values.items()]
    return f"alerts with {' and '.join(labels)}" if labels else "alerts without the labels of the routes"


def _values(several: Sequence[str]) -> str:
    shown = " or ".join(f'"{one}"' for one in several[:_MAX_VALUES])
    return f"{shown} or {len(several) - _MAX_VALUES} others" if len(several) > _MAX_VALUES else shown


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _not_compared(path: str, context: Context, why: str) -> Problem:
    line, column = context.root.value.place if context.root else context.config.place
    message = f"{why}, so that it is not known who would lose alerts"
    return Problem(path, line, column, message, f"put the routes into the file by hand, or {_ACCEPT}")
