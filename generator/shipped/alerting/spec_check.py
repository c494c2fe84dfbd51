"""Check the values of an alerting spec beyond its schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...alertmanager.config_fields import (
    fields_set,
    integrations_of,
    is_supported,
    receiver_fields,
    receiver_types,
    section_fields,
)
from ...alertmanager.value import Value
from ...alertmanager.versions import Versions, version_text
from ...behaviour import SpecFault
from ...printable import shell_word
from .delivery import Lack, lacks
from .helm_values import INTERVAL_OPTIONS, SEVERITY, config, default_receiver, named_receivers, severity_targets
from .message_texts import TEXTS_SINCE
from .mounted_secrets import layout_for
from .spec_receivers import NULL, SECRET_FILE, SECRETS, generated_texts, given, options_for_secrets, versions_of

Where = list[Any]

# Types whose service refuses a message without this text; the others show the title, or fields.
NEED_TEXT = frozenset(
    f"{name}_configs" for name in ("telegram", "webex", "wechat", "pushover", "sns", "msteams", "msteamsv2")
)
_IN_THE_CLUSTER = re.compile(r"[^.]+|localhost|.*\.(?:svc|local|internal)")


def spec_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the values of a spec, with their places in it."""
    versions = versions_of(values)
    found = [
        *_refused(values, versions),
        *_empty_receivers(values),
        *_undelivered(values, versions),
        *_templates(values),
        *_without_place(values),
        *_address(values),
        *_too_old_for_texts(values, versions),
        *_blank_texts(values),
        *_watchdog(values),
        *_severities(values),
        *_secrets(values, versions),
    ]
    return list({(tuple(one.where), one.message): one for one in found}.values())


def _refused(values: Mapping[str, Any], versions: Versions) -> Iterator[SpecFault]:
    """Yield the faults of the generated configuration that Alertmanager or the operator refuses, or cannot send."""
    from ...alertmanager.model import Context  # noqa: PLC0415 - only where a spec changed
    from ...alertmanager.reference_check import refusals  # noqa: PLC0415
    from ...alertmanager.source import Source  # noqa: PLC0415
    from ...alertmanager.template_texts import broken_texts  # noqa: PLC0415

    places: list[Where] = []
    value = _numbered(config(values, versions), [], places)
    context = Context(Source(value, value, None, versions), "", "")
    for name, effect, broken, error in broken_texts(context):
        message = f"{name} is not a valid template: {error}"
        yield SpecFault(_origin(places[broken.line], values), message, f"fix it: {effect}")
    for one in refusals(context):
        where = _origin(places[one.line], values)
        if where[-2:-1] and where[-2] in INTERVAL_OPTIONS and where[0] in {"route", SEVERITY}:
            continue  # an interval that the existing file may define: interval_check
        make = (
            f"; to make one, with scaffold alerting: --receiver {shell_word('webhook:' + values['watchdog'])}"
            if where == ["watchdog"]
            else ""
        )
        if where[0] == SEVERITY and one.code == "AM015":
            make = "; if only the existing file has it, add --receiver TYPE:NAME of scaffold alerting too: it is kept"
        if where[0] == "receivers" and where[3:] == [0]:
            make += options_for_secrets(values["receivers"][where[1]], where[2], values.get("global") or {}, versions)
        yield SpecFault(where, one.message, one.hint + make)


def _numbered(data: Any, where: Where, places: list[Where]) -> Value:
    """Convert data to a value whose lines are indexes of ``places``."""
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


def _origin(where: Where, values: Mapping[str, Any]) -> Where:
    """Return the place in the spec from which a place in the configuration comes."""
    if where[:1] == ["receivers"] and len(where) > 1:
        number = where[1] - 1 - _short(values)
        return ["slack", *where[4:]] if number < 0 else ["receivers", number, *where[2:]]
    if where[:2] == ["route", "routes"] and len(where) > 2:
        number, own = where[2] - 1, len(values["route"].get("routes") or ())
        if number < 0:
            return ["watchdog"]
        if number < own:
            return ["route", "routes", number, *where[3:]]
        target = severity_targets(values)[number - own]
        return [*target.where, *(where[3:] if target.has_settings else ())]
    return ["time_intervals", *where[1:]] if where[:1] == ["mute_time_intervals"] else where


def _short(values: Mapping[str, Any]) -> int:
    """Return 1 if a spec has the short form of Slack, which is then its first receiver, else 0."""
    return len(given(values)) - len(values.get("receivers") or ())


def _empty_receivers(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    for where, receiver in _placed(values):
        if not any(True for _ in integrations_of(receiver)):
            message = f"the receiver {receiver['name']} notifies nobody"
            yield SpecFault([*where, "name"], message, 'add an integration, or send to "null"')


def _undelivered(values: Mapping[str, Any], versions: Versions) -> Iterator[SpecFault]:
    """Yield what the integrations lack for their services to deliver messages."""
    for where, receiver in _placed(values):
        for type_name, number, one in integrations_of(receiver):
            at = where if where == ["slack"] else [*where, type_name, number]
            for lack in lacks(type_name, one, values.get("global") or {}, versions):
                if not lack.may_work and not _is_defined(type_name, lack, values):
                    there = lack.path if lack.path[0] in one else ()
                    yield SpecFault([*at, *there], lack.message, lack.hint)


def _is_defined(type_name: str, lack: Lack, values: Mapping[str, Any]) -> bool:
    """Return whether a template file of the spec has the default template of a missing field."""
    name = f'"{type_name.removesuffix("_configs")}.default.{lack.path[0]}"'
    return any(name in text for text in (values.get("templates") or {}).values())


def _templates(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the template files that are not valid: Alertmanager does not start with one."""
    from ...alertmanager.gotemplate import TemplateError, parse_template  # noqa: PLC0415 - only where a spec changed

    for name, text in (values.get("templates") or {}).items():
        try:
            parse_template(text)
        except TemplateError as error:
            message = f"{name} is not a valid template: {error}"
            yield SpecFault(["templates", name], message, "fix it: Alertmanager does not load it")


def _without_place(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield settings that the file of the spec's chart has no place for."""
    layout = layout_for(values)
    file = f"the file of chart: {layout.name}"
    if values.get("external_url") and not layout.address:
        where = "spec.externalUrl of the Alertmanager object" if layout.operator else "the option --web.external-url"
        yield SpecFault(["external_url"], f"{file} has no place for external_url", f"remove it, and set {where}")
    if values.get("templates") and not layout.templates:
        where = "other keys of the Secret" if layout.operator else "files beside it, and name them in its templates"
        message = f"{file} has no place for template files"
        yield SpecFault(["templates"], message, f"remove them, and put them into {where}")


def _address(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield an address of Alertmanager to which no path of a link can be added, or which ends a link in Markdown."""
    said = str(values.get("external_url") or "")
    if re.search(r"[?#]", said):
        message = "external_url has a ? or #: links in messages add a path to it, and would be broken"
        yield SpecFault(["external_url"], message, "write only the address and path at which Alertmanager is served")
    elif found := re.search(r"[][()]", re.sub(r"^[^/]*//[^/]*", "", said)):
        message = f"external_url has a {found.group()}, which ends a link in the messages of some services"
        yield SpecFault(["external_url"], message, f"write %{ord(found.group()):X} for it")


def _too_old_for_texts(values: Mapping[str, Any], versions: Versions) -> Iterator[SpecFault]:
    """Yield a version that lacks a function of the generated texts."""
    if versions.alertmanager >= TEXTS_SINCE:
        return
    made = [
        generated_texts(name, one, versions, receiver.get("text_style", values.get("text_style", "full")))
        for receiver in given(values)
        for name, _, one in integrations_of(receiver)
    ]
    if re.search(r'\bmatch "', str(made)):
        message = f"the texts of messages need Alertmanager {version_text(TEXTS_SINCE)}, but this is for "
        yield SpecFault(
            ["alertmanager"],
            message + version_text(versions.alertmanager),
            "upgrade Alertmanager: older versions do not have the template function match",
        )


def _blank_texts(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield blank texts of fields that are all of a message: services refuse an empty message."""
    for where, receiver in _placed(values):
        for type_name, number, one in integrations_of(receiver):
            key = receiver_types()[type_name].messages.body
            if key in one and isinstance(one[key], str) and not one[key].strip() and type_name in NEED_TEXT:
                at = where if where == ["slack"] else [*where, type_name, number]
                message = f"{key} is empty: {receiver_types()[type_name].title} refuses a message without text"
                yield SpecFault([*at, key], message, "remove it for the default text, or write one")


def _watchdog(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    to = values.get("watchdog", NULL)
    if to == NULL:
        return
    receiver: Mapping[str, Any] = next((one for one in given(values) if one["name"] == to), {})
    other = sorted({name for name, _, _ in integrations_of(receiver)} - {"webhook_configs"})
    if other:
        message = f"Watchdog always fires, but {to} has {other[0]}: it would notify every few minutes"
        yield SpecFault(["watchdog"], message, 'send Watchdog to "null", or to a receiver with only webhook_configs')
    takers = {default_receiver(values), *(one.receiver for one in severity_targets(values))}
    alone = default_receiver(values) == NULL and len(list(named_receivers(values))) == 2
    if receiver and (to in takers or alone):
        message = f"{to} receives Watchdog, and would also receive alerts"
        yield SpecFault(["watchdog"], message, "add a receiver for alerts: a heartbeat's webhook ignores them")


def _severities(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield receivers that would be notified twice of a severity, and settings that keep others from being notified."""
    seen: set[tuple[str, str]] = set()
    targets = severity_targets(values)
    for number, one in enumerate(targets):
        pairs = {(severity, one.receiver) for severity in one.severities}
        if twice := sorted(pairs & seen):
            message = f"{one.receiver} is named twice for the severity {twice[0][0]}: it would be notified twice"
            yield SpecFault([*one.where], message, "name it once")
        later = {severity for other in targets[number + 1 :] for severity in other.severities} & set(one.severities)
        if later and one.settings.get("continue") is False:
            message = f"continue is false, so that the later receivers of {sorted(later)[0]} get nothing"
            yield SpecFault([*one.where, "continue"], message, "remove it")
        seen |= pairs
        others = {each for other in targets if other.receiver != NULL for each in other.severities}
        if one.receiver == NULL and (both := sorted(others & set(one.severities))):
            message = f'alerts with the severity {both[0]} go to "null", and to others too'
            yield SpecFault([*one.where], message, "remove one of the two")


def _secrets(values: Mapping[str, Any], versions: Versions) -> Iterator[SpecFault]:
    for where, section, key, value in _texts_set(values):
        field = section_fields(section)[key]
        if field.type == "filepath":
            yield from _mount(where, value)
        if not field.secret:
            continue
        if value == "<secret>":
            yield SpecFault(
                where, f"{key} is <secret>, which Alertmanager shows instead of a secret", "write the real secret"
            )
        elif not values.get("plain_secret") and not _is_open(section, key, value):
            usable = field.file and is_supported(versions, section, field.file)
            file = f"put it into a file and set {field.file}, or " if usable else ""
            yield SpecFault(where, f"{key} is a secret in plain text", f"{file}set plain_secret: true (--plain-secret)")


def _texts_set(values: Mapping[str, Any]) -> Iterator[tuple[Where, str, str, str]]:
    """Yield the texts that the spec sets in fields of Alertmanager: place, section, key, text."""
    for where, receiver in _placed(values):
        for at, section, _, one in receiver_fields(receiver, []):
            if isinstance(one, str):
                yield [*where, *(at[2:] if where == ["slack"] else at)], section, str(at[-1]), one
    for at, section, _, one in fields_set(values.get("global"), "global", ["global"]):
        if isinstance(one, str):
            yield at, section, str(at[-1]), one


def _mount(where: Where, path: str) -> Iterator[SpecFault]:
    if path.startswith(f"{SECRETS}/") and not SECRET_FILE.fullmatch(path):
        message = f"{where[-1]} {path} is not a file of a mounted Secret"
        yield SpecFault(where, message, f"write {SECRETS}/SECRET/KEY, with the Secret in lower case")


def _is_open(section: str, key: str, value: str) -> bool:
    """Return whether a webhook's address has no secret: it is within the cluster and only has a path."""
    if section != "webhook_configs" or key != "url":
        return False
    try:
        url = urlsplit(value)
        host = url.hostname or ""
    except ValueError:
        return False
    return bool(_IN_THE_CLUSTER.fullmatch(host)) and not (url.username or url.password or url.query)


def _placed(values: Mapping[str, Any]) -> list[tuple[Where, Mapping[str, Any]]]:
    """Return the receivers of a spec with their places; the place of the short form is ``slack``."""
    short = _short(values)
    return [
        (["slack"] if number < short else ["receivers", number - short], one)
        for number, one in enumerate(given(values))
    ]
