"""Parse the options of ``scaffold alerting``, and apply them to a spec."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...alertmanager.config_fields import receiver_type_names, receiver_types, section_fields
from ...assignments import put_value
from ...errors import invalid
from ...printable import shell_word
from .delivery import lacks
from .field_setting import FieldPath, read_setting, typed_value
from .spec_receivers import SLACK, can_name_receiver, secrets_without_file, versions_of

Placed = tuple[tuple[Any, ...], str]  # place in the spec, and the option it comes from


@dataclass(frozen=True)
class Request:
    """The options. ``receivers`` are pairs of type and name; :func:`read_setting` reads ``settings``."""

    receivers: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()
    slack: Mapping[str, str] | None = None
    watchdog: str | None = None
    severity: tuple[tuple[str, str], ...] = ()  # severity and names of receivers, as text
    plain_secret: bool = False
    versions: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Asked:
    """A spec's data with a request applied, and the option that each part comes from."""

    data: Mapping[str, Any]
    options: tuple[Placed, ...]


def read_receiver(text: str) -> tuple[str, str]:
    """Return type and name of ``TYPE`` or ``TYPE:NAME``. Raises Invalid for an unknown type or an impossible name."""
    said, _, name = text.partition(":")
    one = said.removesuffix("_configs")
    if one not in receiver_type_names():
        raise invalid(
            "--receiver", f"{said!r} is not a receiver type", f"use one of {', '.join(receiver_type_names())}"
        )
    if name and not can_name_receiver(name):
        hint = "use one line of at most 200 characters other than null, without spaces around it"
        raise invalid("--receiver", f"{name!r} cannot be the name of a receiver", hint)
    return f"{one}_configs", name or one


def read_severity(text: str) -> tuple[str, str]:
    """Return severity and receivers, as text, of ``SEVERITY=RECEIVER[,RECEIVER]``."""
    severity, equals, receivers = text.partition("=")
    if not (severity and equals and all(receivers.split(","))):
        raise invalid("--severity", f"{text!r} does not name a severity and a receiver", "write critical=RECEIVER")
    return severity, receivers


def asked(data: Mapping[str, Any], request: Request) -> Asked:
    """Apply a request to a spec's data; existing entries stay in place."""
    spec: dict[str, Any] = copy.deepcopy(dict(data))
    options: list[Placed] = []
    for key, value in (request.versions or {}).items():
        _put(spec, (key,), value, f"--{key}", options)
    for type_name, name in request.receivers:
        _add_receiver(spec, type_name, name, options)
    for key, value in (request.slack or {}).items():
        _put(spec, (*_slack(spec, key), key), value, f"--slack-{key.replace('_', '-')}", options)
    for text in request.settings:
        _set(spec, *read_setting(text, _names(spec)), options)
    if not {"slack", "receivers"} & set(spec):
        options.append((("slack",), "--receiver slack"))
    if request.watchdog is not None:
        _put(spec, ("watchdog",), request.watchdog, "--watchdog", options)
    for severity, names in _by_severity(request.severity, spec).items():
        _put_severity(spec, severity, names, options)
    if request.plain_secret:
        _put(spec, ("plain_secret",), True, "--plain-secret", options)
    return Asked(spec, tuple(options))


def with_inherited(data: Mapping[str, Any], defaults: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    """Return the data of an existing spec with the receivers that it inherits, if the request would replace them.

    These are those of the config's ``defaults``, or Slack, which a spec without receivers has.
    """
    if "receivers" in data:
        return data
    listed = defaults.get("receivers") or []
    names = {one["name"] for one in listed}
    if listed and (request.receivers or any(read_setting(one, names)[0] in names for one in request.settings)):
        return {**data, "receivers": copy.deepcopy(listed)}
    adds = any(one != ("slack_configs", SLACK["receiver"]) for one in request.receivers)
    return {**data, "slack": {}} if adds and not listed and "slack" not in {*data, *defaults} else data


@dataclass(frozen=True)
class MissingField:
    """A field of a receiver to ask for: the receiver, the field's path, what it is, and whether it may stay empty.

    With ``plain``, the answer is a secret that goes into the spec in plain text.
    """

    receiver: str
    path: tuple[str, ...]
    about: str
    optional: bool
    plain: bool = False


def missing(data: Mapping[str, Any], request: Request) -> list[MissingField]:
    """Return the fields to ask for: what the requested receivers lack for Alertmanager, and to deliver."""
    out = []
    own = data.get("global") or {}
    versions = versions_of(data)
    for type_name, name in request.receivers:
        known = receiver_types()[type_name]
        receiver: Mapping[str, Any] = next((one for one in data.get("receivers") or () if one.get("name") == name), {})
        one = (receiver.get(type_name) or [{}])[0] or {}
        wanted = [key for key, field in known.fields.items() if field.required and key not in one]
        for need in known.needs:
            first = need.keys[0]
            has = any(key in one for key in need.keys) or any(key in own for key in need.globals)
            if not has and first != "http_config" and not any(known.fields[key].secret for key in need.keys):
                wanted.append(first)
        out += [MissingField(name, (key,), known.fields[key].about, False) for key in wanted]
        plain_only = secrets_without_file(type_name, one, own, versions)
        out += [
            MissingField(name, (key,), f"{known.fields[key].about}, {_PLAIN}", True, plain=True) for key in plain_only
        ]
        if receiver:
            found = lacks(type_name, one, own, versions)
            out += [MissingField(name, lack.path, lack.about, lack.may_work) for lack in found if lack.about]
    return list({(field.receiver, field.path): field for field in out}.values())


_PLAIN = "a secret that git will have in plain text, empty for none"


def _by_severity(pairs: Sequence[tuple[str, str]], spec: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the receivers of each severity: an option that is repeated adds. A name may have commas."""
    listed = spec.get("receivers")
    known = {one.get("name") for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set()
    out: dict[str, list[str]] = {}
    for severity, text in pairs:
        names = out.setdefault(severity, [])
        names += [one for one in ([text] if text in known else text.split(",")) if one not in names]
    return out


def _put_severity(spec: dict[str, Any], severity: str, names: list[str], options: list[Placed]) -> None:
    """Set the receivers of a severity; the settings of those that it has are kept."""
    by_severity = spec.get("severity")
    has = by_severity.get(severity) if isinstance(by_severity, dict) else None
    if len(names) == 1 and isinstance(has, dict):
        _put(spec, ("severity", severity, "receiver"), names[0], "--severity", options)
        return
    kept = {one["receiver"]: one for one in (has if isinstance(has, list) else [has]) if isinstance(one, dict)}
    found = [kept.get(one, one) for one in names]
    _put(spec, ("severity", severity), found if len(found) > 1 else found[0], "--severity", options)
    options += [(("severity", severity, number), "--severity") for number in range(len(found))]


def _slack(spec: dict[str, Any], key: str) -> tuple[Any, ...]:
    """Return the place of the spec's Slack integration: the short form, else that of the receiver ``slack``, else the
    only one. Raises Invalid, for the option that sets ``key``, if there are several.
    """
    if "slack" in spec:
        return ("slack",)
    found = [
        (receiver.get("name"), ("receivers", number, "slack_configs", nth))
        for number, receiver in enumerate(spec.get("receivers") or ())
        for nth, _ in enumerate(receiver.get("slack_configs") or ())
    ]
    named = [where for name, where in found if name == SLACK["receiver"]]
    if len(found) < 2 or len(named) == 1:
        return named[0] if named else found[0][1] if found else ("slack",)
    names = list(dict.fromkeys(str(name) for name, _ in found))
    message = f"it is not clear which Slack receiver is meant: {', '.join(names)}"
    settings = [shell_word(f"{name}.{key}=VALUE") for name in names]
    hint = f"write {' or '.join(f'--set {one}' for one in settings)}"
    if len(names) < len(found):
        message, hint = f"{names[0]} has several slack_configs", "write it into the spec by hand"
    raise invalid(f"--slack-{key.replace('_', '-')}", message, hint)


def _add_receiver(spec: dict[str, Any], type_name: str, name: str, options: list[Placed]) -> None:
    short = spec.get("slack")
    if type_name == "slack_configs" and isinstance(short, dict) and short.get("receiver", SLACK["receiver"]) == name:
        return
    listed = spec.setdefault("receivers", [])
    number = next(
        (at for at, one in enumerate(listed) if isinstance(one, dict) and one.get("name") == name), len(listed)
    )
    if number == len(listed):
        listed.append({"name": name})
    if not listed[number].get(type_name):
        listed[number][type_name] = [{}]
    option = f"--receiver {type_name.removesuffix('_configs')}"
    # The option is also that of missing fields, reported at the first integration, of the name, and of the receiver.
    options += [((*("receivers", number), *rest), option) for rest in ((), ("name",), (type_name,), (type_name, 0))]


def _names(spec: Mapping[str, Any]) -> list[str]:
    """Return the names of the receivers of a spec."""
    short, listed = spec.get("slack"), spec.get("receivers") or ()
    named = [one.get("name") for one in listed if isinstance(one, dict)]
    named.append(short.get("receiver", SLACK["receiver"]) if isinstance(short, dict) else None)
    return [one for one in named if isinstance(one, str)]


def _set(spec: dict[str, Any], name: str, path: FieldPath, text: str, options: list[Placed]) -> None:
    option = "--set"
    short = spec.get("slack", None if spec.get("receivers") else {})
    if isinstance(short, dict) and short.get("receiver", SLACK["receiver"]) == name:
        _put(spec, ("slack", *path), typed_value("slack_configs", path, text), option, options)
        return
    for number, receiver in enumerate(spec.get("receivers") or ()):
        if isinstance(receiver, dict) and receiver.get("name") == name:
            having = [one for one in receiver_types() if receiver.get(one)]
            fitting = [one for one in having if path[0] in section_fields(one)] or having[:1]
            if fitting and len(fitting) == 1:
                where = ("receivers", number, fitting[0], 0, *path)
                _put(spec, where, typed_value(fitting[0], path, text), option, options)
                return
            message = f"{name} has {' and '.join(fitting) or 'no integration'}: it is not clear which one has {path[0]}"
            raise invalid(option, message, "write it into the spec by hand")
    hint = f"add it with --receiver {shell_word(f'TYPE:{name}')}"
    if not can_name_receiver(name):
        hint = f"no receiver can have this name; those of the spec are {', '.join(_names(spec)) or SLACK['receiver']}"
    raise invalid(option, f"no receiver is named {name}", hint)


def _put(spec: dict[str, Any], where: tuple[Any, ...], value: Any, option: str, options: list[Placed]) -> None:
    """Set a value (``put_value``), and record the option that it comes from."""
    put_value(spec, where, value, option)
    options.append((where, option))
