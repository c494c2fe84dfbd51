"""Mistakes in notification templates: AM003, AM005, AM006, AM007, AM009, AM011, AM036."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...alertmanager import notification
from ...alertmanager.fault import Fault, at_key, fault, quoted
from ...alertmanager.fields import FieldType, Section, version
from ...alertmanager.gotemplate import Template, TemplateError, Unknown, parse, run
from ...alertmanager.gotemplate.nodes import Call, Part
from ...alertmanager.helm import chart_data
from ...alertmanager.notification import OWN_TEMPLATES
from ...alertmanager.templates import annotations, check
from ...alertmanager.value import Value
from .context import Context, Receiver, unknown

_DIRECTORY = "/etc/alertmanager/config/"

# What people read of a message, by integration; the first is what it is about.
_BODY = {
    "slack_configs": ("text", "pretext", "message_text", "title", "fields", "fallback"),
    "email_configs": ("html", "text", "headers"),
    "pagerduty_configs": ("description", "details"),
    "opsgenie_configs": ("description", "message", "note", "details"),
    "victorops_configs": ("state_message", "entity_display_name", "custom_fields"),
    "pushover_configs": ("message", "title"),
    "wechat_configs": ("message",),
    "sns_configs": ("message", "subject"),
    "telegram_configs": ("message",),
    "discord_configs": ("message", "title", "content"),
    "webex_configs": ("message",),
    "msteams_configs": ("text", "title", "summary"),
    "msteamsv2_configs": ("text", "title"),
    "jira_configs": ("description", "summary", "fields"),
    "rocketchat_configs": ("text", "title", "fields"),
    "mattermost_configs": ("text", "title", "fields", "attachments", "fallback", "pretext"),
}
_SUMMARY, _DESCRIPTION, _RUNBOOK = "\ue101", "\ue102", "\ue103"
_MARKS = re.compile("[\ue101-\ue103]")


@dataclass(frozen=True)
class Piece:
    """A text that Alertmanager fills in: where it stands, what it is of, and its parsed form, None where it has none."""

    receiver: Receiver
    section: Section
    field: FieldType
    value: Value
    template: Template | None


def pieces(context: Context) -> Iterator[Piece]:
    """Yield every templated text of the receivers."""
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                field = section.fields.get(key)
                if field is None or not (field.flag("templated") or key == "payload"):
                    continue
                for scalar in one.scalars():
                    if scalar.tag == "str" and "{{" in scalar.text:
                        yield Piece(receiver, section, field, scalar, _parsed(scalar.text))


def _parsed(text: str) -> Template | None:
    try:
        return parse(text)
    except TemplateError:
        return None


def syntax(context: Context) -> Iterator[Fault]:
    """Yield texts that are no templates (AM005)."""
    for piece in pieces(context):
        if piece.template is None:
            yield from _syntax(context, piece.value, f"{piece.section.name}.{piece.field.name}", "the message is lost or blank")
    for name, one in _files(context).items():
        yield from _syntax(context, one, f"the template file {name}", "Alertmanager does not start")
    for path in context.paths:
        labels = path[-1].value.get("labels")
        for one in labels.scalars() if labels is not None else ():
            yield from _syntax(context, one, "a label of a route", "the label is empty")


def _syntax(context: Context, value: Value, name: str, effect: str) -> Iterator[Fault]:
    try:
        parse(value.text)
    except TemplateError as error:
        line, column = place_in(context, value, error.at)
        yield Fault("AM005", line, column, f"{name} is no template: {error}", f"mend it: {effect}, and amtool does not look")


def place_in(context: Context, value: Value, at: int) -> tuple[int, int]:
    """Return line and column of an offset into a scalar's text: exact in literal blocks and in one line without escapes."""
    if value.chart or value.start < 0:
        return value.place
    if value.style == "|":
        lines = context.text.split("\n")
        first = next((line for line in lines[value.line :] if line.strip()), "")
        indent = len(first) - len(first.lstrip(" "))
        before = value.text[:at]
        return value.line + 1 + before.count("\n"), indent + at - (before.rfind("\n") + 1) + 1
    shift = 1 if value.style in {"'", '"'} else 0
    written = context.text[value.start + shift : value.start + shift + len(value.text)]
    return (value.line, value.column + shift + at) if written == value.text and "\n" not in written else value.place


def _files(context: Context) -> Mapping[str, Value]:
    chart = context.source.chart
    return {name: one for name, one in chart.files.items() if one.shape == "scalar"} if chart is not None else {}


def _globs(context: Context) -> list[Value]:
    return [one for one in context.config.list_of("templates") if one.shape == "scalar"]


def _loaded(context: Context, name: str) -> bool:
    return any(fnmatchcase(_DIRECTORY + name, one.text) for one in _globs(context))


def defines(context: Context) -> tuple[Mapping[str, Sequence[Part]], bool]:
    """Return the templates that can be called, and whether these are all."""
    found: dict[str, Sequence[Part]] = {}
    for name, one in _files(context).items():
        template = _parsed(one.text)
        if template is not None and _loaded(context, name):
            found.update(template.defines)
            found.setdefault(name, template.parts)
    if context.source.chart is not None and context.source.chart.stack:
        return found, all(one.text.startswith(_DIRECTORY) or not one.text.startswith("/") for one in _globs(context))
    return found, not _globs(context)


def mistakes(context: Context) -> Iterator[Fault]:
    """Yield functions that are not there (AM006), fields that are not there (AM007), templates that are not (AM009)."""
    known, complete = defines(context)
    for piece in pieces(context):
        if piece.template is not None and not unknown(piece.value):
            yield from _mistakes(context, piece.value, piece.template.parts, {**known, **piece.template.defines}, "data", complete)
            for parts in piece.template.defines.values():
                yield from _mistakes(context, piece.value, parts, {**known, **piece.template.defines}, "", complete)
    for name, one in _files(context).items():
        template = _parsed(one.text)
        if template is not None and _loaded(context, name):
            for parts in (template.parts, *template.defines.values()):
                yield from _mistakes(context, one, parts, known, "", complete)


def _mistakes(
    context: Context, value: Value, parts: Sequence[Part], known: Mapping[str, Sequence[Part]], dot: str, complete: bool
) -> Iterator[Fault]:
    has = context.source.target.alertmanager
    for one in check(parts, known, dot):
        line, column = place_in(context, value, one.at)
        if one.sort == "function":
            yield Fault("AM006", line, column, f"{one.message}: the message is lost or blank", one.hint)
        elif one.sort == "new" and version(one.since) > has:
            message = f"{one.name} came with Alertmanager {one.since}, and this is {has[0]}.{has[1]}"
            yield Fault("AM006", line, column, message, "upgrade Alertmanager, or do without")
        elif one.sort == "field":
            yield Fault("AM007", line, column, f"{one.message}: the message is lost or blank", one.hint)
        elif one.sort == "call" and (complete or ".default." in one.name):
            yield Fault("AM009", line, column, f"{one.message}: the message is lost or blank", _closest(one.name, known, one.hint))


def _closest(name: str, known: Mapping[str, Sequence[Part]], hint: str) -> str:
    import difflib  # noqa: PLC0415 - only for what is wrong

    close = difflib.get_close_matches(name, [*known, *OWN_TEMPLATES], 1, 0.8)
    return f"did you mean {close[0]!r}?" if close else hint


def files(context: Context) -> Iterator[Fault]:
    """Yield template files that are not loaded, and globs that match nothing (AM009)."""
    chart = context.source.chart
    if chart is None or not chart.stack:
        return
    for one in _globs(context):
        if not one.text.startswith("/") and not unknown(one) and not one.chart:
            message = f"{quoted(one.text)} matches nothing: paths begin in /etc/alertmanager/config_out here"
            yield fault("AM009", one, message, f"write {_DIRECTORY}{one.text.rsplit('/', 1)[-1]}")
    for name, value in _files(context).items():
        if not _loaded(context, name) and not any(unknown(one) for one in _globs(context)):
            globs = ", ".join(one.text for one in _globs(context)) or "nothing is listed"
            hint = f"give its name the ending .tmpl, or add {_DIRECTORY}{name} to config.templates"
            yield at_key("AM009", value, f"{name} is not loaded: templates has {globs}", hint)


def annotated(context: Context) -> Iterator[Fault]:
    """Yield texts that print only annotations that the rules do not have (AM003), or only common ones (AM011), and those
    that are blank once the alert is over (AM036).
    """
    known, _ = defines(context)
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            body = [
                one
                for one in pieces(context)
                if one.receiver is receiver and one.section is section and one.field.name in _BODY.get(section.name, ())
                and one.template is not None and item.pairs.get(one.field.name) is not None and _within(one.value, item)
            ]
            if body:
                yield from _annotated(context, receiver, section, item, body, known)


def _within(value: Value, item: Value) -> bool:
    return any(one is value for one in item.scalars())


def _annotated(
    context: Context,
    receiver: Receiver,
    section: Section,
    item: Value,
    body: list[Piece],
    known: Mapping[str, Sequence[Part]],
) -> Iterator[Fault]:
    groups = _groups(context, receiver.name)
    single = notification.data(_alerts(1, groups), groups)
    pair = notification.data(_alerts(2, groups), groups)
    over = notification.data(_alerts(1, groups), groups, status="resolved")
    reading = [(one, _read(one, known)) for one in body]
    shown = {id(one): _shown(one, single, known) for one, _ in reading}
    if any(text is None for text in shown.values()):
        return  # something of it cannot be told
    about = [(one, names) for one, names in reading if names]
    if not about:
        return
    prints = any(_MARKS.search(text or "") for text in shown.values())
    if not prints:
        yield from _lacking(context, *about[0], shown[id(about[0][0])] or "")
        return
    main = next((one for one, _ in about if _MARKS.search(shown[id(one)] or "")), None)
    texts = [_shown(one, pair, known) for one in body]
    if groups is not None and main is not None and not any(text is None or _MARKS.search(text) for text in texts):
        line, column = place_in(context, main.value, _first(main.template, "CommonAnnotations"))
        message = "with two alerts in a group this prints no annotation: common ones are those that are the same on all alerts"
        hint = "print each alert's own: {{ range .Alerts }}{{ .Annotations.description }}{{ end }}"
        yield Fault("AM011", line, column, message, hint)
    done = item.pairs.get("send_resolved")
    told = done.text == "true" if done is not None else section.send_resolved
    if told and main is not None and main.field.name == _BODY[section.name][0]:
        text = _shown(main, over, known)
        if text is not None and not text.strip():
            message = "this is blank once the alerts are over: it prints only those that fire"
            yield fault("AM036", main.value, message, "range over .Alerts, or add .Alerts.Resolved")


def _lacking(context: Context, piece: Piece, names: Sequence[str], text: str) -> Iterator[Fault]:
    lacked = [one for one in dict.fromkeys(names) if one not in chart_data()["charts"]["kube-prometheus-stack"]["annotations"]]
    if not lacked or (not context.stack and "message" not in lacked):
        return
    which = " and ".join(lacked[:3])
    whose = "the chart's alerts have" if context.stack else "most rules today have"
    message = f"this prints the annotation {which} alone, and {whose} only summary, description and runbook_url"
    hint = 'write {{ or .Annotations.message .Annotations.description .Annotations.summary "(no annotation)" }}'
    blank = not text.strip()
    at = next((at for name, at in annotations(piece.template.parts) if name == lacked[0]), 0) if piece.template else 0
    line, column = place_in(context, piece.value, at)
    severity = "error" if blank and context.stack else "warning"
    yield Fault("AM003", line, column, message + (": it is blank" if blank else ""), hint, severity)  # type: ignore[arg-type]


def _read(piece: Piece, known: Mapping[str, Sequence[Part]]) -> list[str]:
    """Return the annotations that a text reads, those of the templates that it calls too."""
    assert piece.template is not None
    found, done, queue = [], set(), [piece.template.parts]
    templates = {**known, **piece.template.defines}
    while queue:
        parts = queue.pop()
        found += [name for name, _ in annotations(parts)]
        for name in _calls(parts):
            if name not in done and name in templates:
                done.add(name)
                queue.append(tuple(templates[name]))
    return found


def _calls(parts: Sequence[Part]) -> Iterator[str]:
    stack = list(parts)
    while stack:
        one = stack.pop()
        if isinstance(one, Call):
            yield one.name
        stack += [*getattr(one, "body", ()), *getattr(one, "otherwise", ())]


def _shown(piece: Piece, data: object, known: Mapping[str, Sequence[Part]]) -> str | None:
    assert piece.template is not None
    try:
        templates = {**known, **piece.template.defines}
        return run(piece.template.parts, data, templates, notification.runnable(), notification.opaque)
    except (TemplateError, Unknown, RecursionError):
        return None


def _alerts(count: int, groups: Sequence[str] | None) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return alerts as the chart's rules make them, whose descriptions differ; grouped by name they share the summary."""
    by_name = groups is None or "alertname" in groups
    found = []
    for number in range(count):
        name = "KubePodCrashLooping" if by_name or not number else "KubePodNotReady"
        labels = {"alertname": name, "severity": "warning", "namespace": "default", "pod": f"app-{number}"}
        different = "" if by_name or not number else "'"
        notes = {"summary": _SUMMARY + different, "description": _DESCRIPTION * (number + 1)}
        found.append((labels, {**notes, "runbook_url": _RUNBOOK + different}))
    return found


def _groups(context: Context, receiver: str) -> tuple[str, ...] | None:
    """Return the grouping of the routes to a receiver: the coarsest, None where every alert is alone."""
    found = [path[-1].group_by for path in context.paths if path[-1].receiver == receiver]
    several = [one for one in found if one is not None]
    return min(several, key=len) if several else (() if not found else None)


def _first(template: Template | None, word: str) -> int:
    return next((at for _, at in annotations(template.parts)), 0) if template is not None and word else 0
