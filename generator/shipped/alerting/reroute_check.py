"""Check that a change to a values file takes no alert from a receiver, unless the spec or the user says so.

A file with routes of the user's is compared before and after: an alert that a receiver loses is a problem, except
Watchdog, and except where the change of the spec does the same to the generated file. ``--yes-reroute`` accepts it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...alertmanager.chart_values import family_of
from ...alertmanager.embedded import in_object
from ...alertmanager.model import Context
from ...alertmanager.reroutes import WATCHDOG_ALERT, Reroute, TooManyLabelsError, reroutes
from ...alertmanager.source import Source, sources
from ...alertmanager.value import Value, plain_data
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
    is_generated = update.base is not None and [*map(_shape, before)] == [*map(_shape, base)]
    tried = [update.merged] if is_generated or update.base is None else _tried(update, base, values, said)
    checked = [_Trial(text, update.path, before, base, theirs, values) for text in tried if text is not None]
    if not checked:
        return None
    one = next((each for each in checked if not (each.lost or each.unknown)), checked[0])
    problems = [*one.unknown, *_problems(one.lost, update.path, values, before), *one.woken]
    if problems and not accepted and not is_generated:
        raise Invalid(problems)
    return Checked(one.text, tuple(_notes(one.found)) if any(map(_sends, before)) else ())


def _tried(
    update: Update, base: Sequence[Context], values: Mapping[str, Any], said: Mapping[str, Any]
) -> Iterator[str | None]:
    """Yield texts for an edited file: routes as generated, then those with a ``continue`` that loses fewer alerts."""
    later = _spec_change(base, values)
    text = None if later.is_empty else adopt.with_spec_change(update, later, values, said)
    yield text or update.merged
    if text and later.gone:
        yield adopt.with_spec_change(update, later, values, said, goes_on=True)


class _Trial:
    """A text to write, and its consequences: the differences, problems, alerts that are lost without being asked."""

    def __init__(
        self,
        text: str,
        path: str,
        before: Sequence[Context],
        base: Sequence[Context],
        theirs: Sequence[Context],
        values: Mapping[str, Any],
    ) -> None:
        self.text = text
        after = _contexts(text, path, values)
        self.found, self.unknown = _compared_all(before, after, path)
        self.lost = [one for one in self.found if one.lost and not one.watchdog and not _is_asked(one, base, theirs)]
        self.woken = [*_woken(path, (before, after), (base, theirs))] if base else []


def _woken(
    path: str, file: tuple[Sequence[Context], Sequence[Context]], made: tuple[Sequence[Context], Sequence[Context]]
) -> Iterator[Problem]:
    """Yield a problem if Watchdog would reach others than before, and than those of the generated configuration."""
    before, after, base, theirs = (_reached(one, WATCHDOG_ALERT) for one in (*file, *made))
    wanted = theirs if base != theirs else set()
    if (more := after - before - theirs) or not wanted <= after:
        place = file[0][0].root.value.place if file[0] and file[0][0].root else (1, 1)
        reaches, should = (_names(sorted(one)) or "nobody" for one in (more or after, theirs))
        message = f"Watchdog would reach {reaches}, not {should}"
        yield Problem(path, *place, message, f"put its route first in the file, or {_ACCEPT}")


def _reached(contexts: Sequence[Context], labels: Mapping[str, str]) -> set[str]:
    """Return the receivers that send, and that an alert reaches."""
    ends = ((each, path[-1].receiver) for each in contexts if each.root for path in each.root.reached(labels))
    return {name for each, name in ends if each.sends(name)}


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


def _spec_change(base: Sequence[Context], values: Mapping[str, Any]) -> adopt.SpecChange:
    """Return what changed in a spec since the base was generated."""
    whole = configuration(values)
    now: list[dict[str, Any]] = whole["route"]["routes"]
    made = adopt.context_of({"route": {"receiver": "null", "routes": now}}, layout_for(values))
    routes = made.root.routes if made.root else ()
    old = [route for one in base if one.root for route in one.root.routes]
    known, wanted = ({_conditions(one) for one in each} for each in (old, routes))
    before = [plain_data(one.value) for one in old]
    return adopt.SpecChange(
        before,
        now,
        [one for one, route in list(zip(now, routes, strict=False))[1:] if _conditions(route) not in known],
        [one for one, route in list(zip(before, old, strict=True))[1:] if _conditions(route) not in wanted],
        frozenset({one["name"] for one in whole["receivers"]} - {name for one in base for name in one.by_name}),
    )


def _conditions(route: Any) -> tuple[object, ...]:
    return route.receiver, route.matchers


def _sends(context: Context) -> bool:
    """Return whether a configuration has a receiver that notifies anybody; without one, everything is new."""
    return any(context.sends(name) for name in context.by_name)


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
    shown = " or ".join(json.dumps(one, ensure_ascii=False) for one in several[:_MAX_VALUES])
    return f"{shown} or {len(several) - _MAX_VALUES} others" if len(several) > _MAX_VALUES else shown


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _not_compared(path: str, context: Context, why: str) -> Problem:
    line, column = context.root.value.place if context.root else context.config.place
    message = f"{why}, so that it is not known who would lose alerts"
    return Problem(path, line, column, message, f"put the routes into the file by hand, or {_ACCEPT}")
