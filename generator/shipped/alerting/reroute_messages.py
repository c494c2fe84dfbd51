"""Messages about alerts that are routed to other receivers: problems with a way to avoid them, and notes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...alertmanager.model import Context
from ...alertmanager.reroutes import Reroute
from ...behaviour import Update
from ...errors import Problem
from ...printable import shell_word
from .helm_values import SeverityTarget, severity_targets
from .mounted_secrets import layout_for
from .spec_check import spec_faults
from .spec_receivers import can_name_receiver, given

ACCEPT = "--yes-reroute accepts it"
_MAX_TOLD = 8
_MAX_VALUES = 3


def reroute_problems(
    lost: Sequence[Reroute], update: Update, values: Mapping[str, Any], before: Sequence[Context], *, has_moved: bool
) -> Iterator[Problem]:
    """Yield the alerts that receivers lose, with the options that keep them; ``before`` is the present file.

    Options do not keep what the user resets, or settles for the generated side, or what is where the chart of the spec
    does not read it (``has_moved``).
    """
    path, offers = update.path, [] if update.is_final or has_moved else _offers(lost, values, before)
    instead = "reset or take other fields" if update.is_final else "route them there in the file first"
    if has_moved and not update.is_final:
        instead = f"move their routes and receivers to {layout_for(values).config_name} in the file first"
    groups = _grouped(lost)
    for group in groups[:_MAX_TOLD]:
        one = group[0]
        muted = not set(one.lost) - set(one.quieter)
        left = f"{'only ' if one.after else ''}{comma_list(one.after) or 'nobody'} would"
        message = f"{comma_list(one.lost)} would no longer get {_alerts(group)}: {left}"
        if muted:
            message = f"{comma_list(one.lost)} would be muted at more times for {_alerts(group)}"
        severities = {text for each in group for text in each.values.get("severity", ("",))}
        offer = "" if muted else next((text for keys, text in offers if severities <= keys), "")
        hint = (
            f"with scaffold alerting --values-file FILE, {offer}, or {ACCEPT}" if offer else f"{instead}, or {ACCEPT}"
        )
        if muted and not update.is_final:
            hint = f"remove the time intervals from their routes in the spec, or {ACCEPT}"
        yield Problem(path, *one.left[0].value.place, message, hint)
    if len(groups) > _MAX_TOLD:
        message = f"{len(groups) - _MAX_TOLD} more kinds of alerts would be lost"
        yield Problem(path, *groups[_MAX_TOLD][0].left[0].value.place, message, ACCEPT)


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
        losers = dict.fromkeys(
            name for one in lost if severities & {*one.values.get("severity", ())} for name in one.lost
        )
        names = list(dict.fromkeys([*(one.receiver for one in targets), *losers]))
        if not losers or any("," in name for name in names):
            continue
        option = f"--severity {shell_word(f'{key}=' + ','.join(names))}"
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
        if not types or not can_name_receiver(name):
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
    options = [f"--receiver {shell_word(one if one == name else f'{one}:{name}')}" for one, name in pairs]
    return f"{' '.join([*options, option])} keeps {'it' if len(names) < 3 else 'them'}"


def reroute_notes(found: Sequence[Reroute]) -> Iterator[str]:
    """Yield who gets alerts that others got before."""
    groups = _grouped(found)
    for group in groups[:_MAX_TOLD]:
        one = group[0]
        if one.lost and not set(one.lost) - set(one.quieter):
            yield f"{comma_list(one.lost)} is muted at more times for {_alerts(group)}"
        elif one.lost:
            yield f"{_alerts(group)} no longer reach {comma_list(one.lost)}" + (
                f", only {comma_list(one.after)}" if one.after else ""
            )
        else:
            yield f"{_alerts(group)} now {'also ' if one.before else ''}reach {comma_list(one.gained)}"
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
            rest = frozenset((key, tuple(several)) for key, several in one.values.items() if key != name)
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
        name: sorted({text for one in group for text in one.values[name]}, key=lambda text: (len(text), text))
        for name in group[0].labels
    }
    more = any(one.more for one in group)
    if not values:
        return f"alerts with{' and without' if more else 'out'} the labels of the routes"
    labels = " and ".join(f"{name}={_values(several)}" for name, several in values.items())
    return f"alerts with {'labels such as ' if more else ''}{labels}"


def _values(several: Sequence[str]) -> str:
    shown = " or ".join(json.dumps(one, ensure_ascii=False) for one in several[:_MAX_VALUES])
    return f"{shown} or {len(several) - _MAX_VALUES} others" if len(several) > _MAX_VALUES else shown


def comma_list(names: Sequence[str]) -> str:
    """Return names in one line."""
    return ", ".join(names)
