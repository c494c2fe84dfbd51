"""What is wrong with the values of an alerting spec, beyond what its schema says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..alertmanager.config_fields import exclusive
from ..alertmanager.value import Value
from . import fields
from . import spec_receivers as receivers
from .fields import Target
from .helm_values import config, default_receiver, named_receivers
from .spec_receivers import NULL, SECRET_FILE, SECRETS

Fault = tuple[list[Any], str, str]  # where in the spec, what is wrong, what to do

# Rules that are checked here in other words (versions), or are no error (an interval that is never active).
_OURS = frozenset({"AM014", "AM023"})
_IN_THE_CLUSTER = re.compile(r"[^.]+|localhost|.*\.(?:svc|local|internal)")


def faults(values: Mapping[str, Any]) -> list[Fault]:
    """Return everything that is wrong with the values of a spec, with its place there."""
    target = fields.target(values)
    return [
        *_groups(values),
        *_receiver_names(values),
        *_receivers_named(values),
        *_watchdog(values),
        *_intervals(values),
        *_versions(values, target),
        *_secrets(values, target),
        *_integrations(values, target),
    ] or _loads(values, target)


def _loads(values: Mapping[str, Any], target: Target) -> list[Fault]:
    """Return what Alertmanager would refuse in the configuration that follows, with its place in the spec."""
    from ..alertmanager import config_check as check  # noqa: PLC0415 - only where a spec changed
    from ..alertmanager import intervals  # noqa: PLC0415

    places: list[list[Any]] = []
    whole = config(values, target)
    value = _numbered(whole, [], places)
    read_by = check.Target(target.alertmanager, target.operator)
    found = [*check.check(value, read_by), *intervals.faults(value, 1970)]
    short = len(receivers.given(values)) - len(values.get("receivers") or ())
    return [(_origin(places[one.line], short), one.message, one.hint) for one in found if one.rule not in _OURS]


def _numbered(data: Any, where: list[Any], places: list[list[Any]]) -> Value:
    """Return data as a value whose lines are numbers of places."""
    line = len(places)
    places.append(where)
    if isinstance(data, Mapping):
        pairs = {str(key): _numbered(one, [*where, key], places) for key, one in data.items()}
        return Value("map", "map", line=line, key_line=line, pairs=pairs)
    if isinstance(data, list):
        items = tuple(_numbered(one, [*where, number], places) for number, one in enumerate(data))
        return Value("list", "list", line=line, key_line=line, items=items)
    if isinstance(data, str):
        return Value("scalar", "str", data, data, line=line, key_line=line, style="'")
    tag = "null" if data is None else "bool" if isinstance(data, bool) else "int" if isinstance(data, int) else "float"
    text = "" if data is None else str(data).lower()
    return Value("scalar", tag, text, text, line=line, key_line=line)


def _origin(where: list[Any], short: int) -> list[Any]:
    """Return where in the spec something of the configuration comes from; ``short``: 1 with the short form of Slack."""
    if where[:1] == ["receivers"] and len(where) > 1:
        number = where[1] - 1 - short
        return ["slack", *where[4:]] if number < 0 else ["receivers", number, *where[2:]]
    if where[:2] == ["route", "routes"] and len(where) > 2:
        return ["route", "routes", where[2] - 1, *where[3:]]
    return ["time_intervals", *where[1:]] if where[:1] == ["mute_time_intervals"] else where


def _groups(values: Mapping[str, Any]) -> Iterator[Fault]:
    for where, route in _routes(values):
        groups = route.get("group_by") or ()
        if "..." in groups and len(groups) > 1:
            message = "group_by has ... for all labels, and others beside it"
            yield [*where, "group_by"], message, "keep ... alone, or name the labels"


def _receiver_names(values: Mapping[str, Any]) -> Iterator[Fault]:
    seen: set[str] = set()
    for where, receiver in _placed(values):
        name = receiver["name"]
        if name in seen:
            at = [*where, "receiver" if where == ["slack"] else "name"]
            yield at, f"two receivers are called {name}", "rename one"
        seen.add(name)
        if not any(True for _ in fields.integrations(receiver)):
            message = f"the receiver {name} notifies nobody"
            yield [*where, "name"], message, 'give it an integration, or send to "null"'


def _receivers_named(values: Mapping[str, Any]) -> Iterator[Fault]:
    names = list(named_receivers(values))
    hint = f"there are {', '.join(names[1:])} and {NULL}"
    uses = [(where, "receiver", route) for where, route in _routes(values)]
    uses += [([], "watchdog", values)]
    for severity, to in (values.get("severity") or {}).items():
        uses.append(
            (["severity"], severity, {severity: to})
            if isinstance(to, str)
            else (["severity", severity], "receiver", to)
        )
    for where, key, holder in uses:
        name = holder.get(key)
        if name is not None and name not in names:
            add = f"; to make one: --receiver webhook:{name}" if key == "watchdog" else ""
            yield [*where, key], f"no receiver is called {name}", hint + add


def _watchdog(values: Mapping[str, Any]) -> Iterator[Fault]:
    to = values.get("watchdog", NULL)
    if to == NULL:
        return
    receiver: Mapping[str, Any] = next((one for one in receivers.given(values) if one["name"] == to), {})
    other = sorted({name for name, _, _ in fields.integrations(receiver)} - {"webhook_configs"})
    if other:
        message = f"Watchdog always fires, and {to} has {other[0]}: it would be told every few minutes"
        yield ["watchdog"], message, 'send Watchdog to "null", or to a receiver with only webhook_configs'
    takers = {
        default_receiver(values),
        *(one if isinstance(one, str) else one["receiver"] for one in _severities(values)),
    }
    alone = default_receiver(values) == NULL and len(list(named_receivers(values))) == 2
    if receiver and (to in takers or alone):
        message = f"{to} gets Watchdog, and would get alerts too"
        yield ["watchdog"], message, "add a receiver for alerts: a heartbeat's webhook looks at none"


def _severities(values: Mapping[str, Any]) -> list[Any]:
    return list((values.get("severity") or {}).values())


def _intervals(values: Mapping[str, Any]) -> Iterator[Fault]:
    names: list[str] = []
    for number, one in enumerate(values.get("time_intervals") or ()):
        if one.get("name") in names:
            yield ["time_intervals", number, "name"], f"two time intervals are called {one['name']}", "rename one"
        names.append(one.get("name", ""))
    for where, route in _routes(values):
        for key in ("mute_time_intervals", "active_time_intervals"):
            for number, name in enumerate(route.get(key) or ()):
                if name not in names:
                    hint = f"there are {', '.join(names)}" if names else "define it under time_intervals"
                    yield [*where, key, number], f"no time interval is called {name}", hint


def _versions(values: Mapping[str, Any], target: Target) -> Iterator[Fault]:
    hint = "leave it out, or say alertmanager: or operator: with the versions that you run"
    refused = []
    for where, receiver in _placed(values):
        for name in fields.types():
            if name in receiver and (why := target.refusal(name, fields.types()[name])):
                refused.append(name)
                yield (where if where == ["slack"] else [*where, name]), why, hint
    known = fields.known()["sections"]
    for where, section, key, one in _set(values):
        if section in refused:
            continue
        if key in {"time_intervals", "mute_time_intervals"} and section == "top":
            # Written under the name that the target knows.
            one = fields.section("top")["mute_time_intervals"]  # noqa: PLW2901
        name = f"{section}.{key}" if section not in {"top"} else key
        if why := target.refusal(name, one):
            yield where, why, hint
    for where, section, key, one in _set(values):
        value = _at(values, where)
        as_map = isinstance(value, Mapping) and "JiraFieldConfig" in one["type"]
        whole = {"since": "0.30", **known["JiraFieldConfig"]}
        if as_map and (why := target.refusal(f"{section}.{key} as a map", whole)):
            yield where, why, "write it as text"


def _set(values: Mapping[str, Any]) -> Iterator[tuple[list[Any], str, str, fields.Field]]:
    """Yield every field of Alertmanager's configuration that the spec sets: where, its section, key and what it is."""
    for where, receiver in _placed(values):
        for at, section, one, _ in fields.receiver_fields(receiver, []):
            yield _in_spec(where, at), section, str(at[-1]), one
    for key in ("global", "inhibit_rules", "time_intervals"):
        if key in values:
            top = fields.section("top")[key]
            yield [key], "top", key, top
            for at, section, one, _ in fields.walk(values[key], top["type"], [key]):
                yield at, section, str(at[-1]), one
    for where, route in _routes(values):
        if where != ["route"]:
            for key in route:
                if known := fields.section("route").get(key):
                    yield [*where, key], "route", key, known


def _secrets(values: Mapping[str, Any], target: Target) -> Iterator[Fault]:
    for where, section, key, one in _set(values):
        value = _at(values, where)
        if one["type"] == "filepath" and isinstance(value, str):
            yield from _mount(where, value)
        if not one.get("secret") or not isinstance(value, str):
            continue
        if value == "<secret>":
            yield where, f"{key} is <secret>, which Alertmanager shows in place of a secret", "write the secret itself"
        elif not values.get("plain_secret") and not _is_open(section, key, value):
            usable = one.get("file") and target.takes(section, one["file"])
            file = f"put it into a file and say {one['file']}, or " if usable else ""
            yield where, f"{key} is a secret in plain text", f"{file}say plain_secret: true (--plain-secret)"


def _mount(where: list[Any], path: str) -> Iterator[Fault]:
    if path.startswith(f"{SECRETS}/") and not SECRET_FILE.fullmatch(path):
        message = f"{where[-1]} {path} is no file of a mounted Secret"
        yield where, message, f"write {SECRETS}/SECRET/KEY, the Secret in lower case"


def _is_open(section: str, key: str, value: str) -> bool:
    """Tell whether a webhook's address holds no secret: one within the cluster, with nothing but a path."""
    if section != "webhook_configs" or key != "url":
        return False
    try:
        url = urlsplit(value)
        host = url.hostname or ""
    except ValueError:
        return False
    return bool(_IN_THE_CLUSTER.fullmatch(host)) and not (url.username or url.password or url.query)


def _integrations(values: Mapping[str, Any], target: Target) -> Iterator[Fault]:
    """Check that every integration has what its type needs, and nothing that excludes something else."""
    own = values.get("global") or {}
    yield from _exclusive(own, "global", ["global"])
    whole = receivers.completed(values, target)
    for (where, _), receiver in zip(_placed(values), whole, strict=True):
        for name, number, one in fields.integrations(receiver):
            known = fields.types()[name]
            if target.refusal(name, known):
                continue
            at = _in_spec(where, [name, number])
            yield from _exclusive(one, name, at)
            for key, field in known["fields"].items():
                if field.get("required") and not one.get(key):
                    yield [*at, key], f"{name} needs {key}", field.get("about", "") or "add it"
            for need in known["needs"]:
                if not any(one.get(key) for key in need["any"]) and not any(key in own for key in need["global"]):
                    yield at, f"{name} needs {' or '.join(need['any'])}", _remedy(name, need, target)


def _remedy(name: str, need: Mapping[str, Any], target: Target) -> str:
    section = fields.section(name)
    for key in need["any"]:
        file = section[key].get("file", "")
        if file in section and (why := target.refusal(file, section[file])):
            return f"{why}; so write {key}, with plain_secret: true (--plain-secret) if it is a secret"
    about = section[need["any"][0]].get("about", "")
    return f"{need['any'][0]}: {about}" if about else "add it"


def _exclusive(one: Mapping[str, Any], name: str, where: list[Any]) -> Iterator[Fault]:
    for found in exclusive(name, one):
        yield (
            [*where, found[1]],
            f"{name} has {' and '.join(found)}",
            "Alertmanager takes one of them: remove the others",
        )


def _placed(values: Mapping[str, Any]) -> list[tuple[list[Any], Mapping[str, Any]]]:
    """Return the receivers of a spec with where each stands there; the one of the short form at ``slack``."""
    found = receivers.given(values)
    short = len(found) - len(values.get("receivers") or ())
    return [(["slack"] if number < short else ["receivers", number - short], one) for number, one in enumerate(found)]


def _in_spec(where: list[Any], at: list[Any]) -> list[Any]:
    return [*where, *at[2:]] if where == ["slack"] else [*where, *at]


def _routes(values: Mapping[str, Any]) -> list[tuple[list[Any], Mapping[str, Any]]]:
    """Return every route that the spec sets, with where it stands."""
    out: list[tuple[list[Any], Mapping[str, Any]]] = []

    def add(where: list[Any], route: Mapping[str, Any]) -> None:
        out.append((where, route))
        for number, one in enumerate(route.get("routes") or ()):
            add([*where, "routes", number], one)

    add(["route"], values["route"])
    for severity, to in (values.get("severity") or {}).items():
        if isinstance(to, Mapping):
            add(["severity", severity], to)
    return out


def _at(values: Mapping[str, Any], where: list[Any]) -> Any:
    found: Any = values
    for part in where:
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            return None
    return found
