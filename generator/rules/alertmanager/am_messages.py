"""Messages that say less than they seem to, tried on sample alerts: AM003, AM011, AM036."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ...alertmanager import notification
from ...alertmanager.config_fields import Section
from ...alertmanager.fault import Fault, Severity, fault
from ...alertmanager.gotemplate import Budget, TemplateError, Unknown, run
from ...alertmanager.gotemplate.nodes import Part
from ...alertmanager.helm import chart_annotations
from ...alertmanager.model import Context, Receiver, unknown
from ...alertmanager.templates import Calls, annotations_of, check
from ...alertmanager.value import Value
from .am_texts import Piece, callable_in, defines, pieces, place_in

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
# Fields whose default shows every annotation of every alert.
_FULL = {
    "email_configs": "html",
    "pagerduty_configs": "details",
    "opsgenie_configs": "description",
    "pushover_configs": "message",
    "wechat_configs": "message",
    "sns_configs": "message",
    "telegram_configs": "message",
    "discord_configs": "message",
    "webex_configs": "message",
    "msteams_configs": "text",
    "msteamsv2_configs": "text",
    "jira_configs": "description",
}
_SUMMARY, _DESCRIPTION, _RUNBOOK = "\ue101", "\ue102", "\ue103"
_MARKS = re.compile("[\ue101-\ue103]")


def annotated(context: Context) -> Iterator[Fault]:
    """Yield texts that print only annotations that the rules lack (AM003), or only common ones (AM011), or nothing in
    the end (AM036).
    """
    known, _ = defines(context)
    budget = Budget()
    calls = Calls()
    found: dict[int, list[Piece]] = {}
    for one in pieces(context):
        found.setdefault(id(one.item), []).append(one)
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            names = _BODY.get(section.name, ())
            body = [one for one in found.get(id(item), ()) if one.field.name in names]
            if body:
                yield from _annotated(context, receiver, section, item, body, known, budget, calls)


def failing(context: Context) -> Iterator[Fault]:
    """Yield texts that are templates, and fail whatever they are given (AM007)."""
    known, complete = defines(context)
    budget = Budget()
    calls = Calls()
    for piece in pieces(context):
        templates = callable_in(piece, known)
        if unknown(piece.value) or not complete or any(True for _ in check(piece.template.parts, templates, calls)):
            continue  # told, or not known
        groups = _groups(context, piece.receiver.name)
        errors = [_error(piece, count, groups, templates, budget) for count in (1, 2)]
        if errors[0] is not None and errors[1] is not None and errors[0].at == errors[1].at:
            line, column = place_in(context, piece.value, errors[0].at)
            message = f"this fails when it is run: {errors[0]}: the message is lost or blank"
            yield Fault("AM007", line, column, message, "give functions what they take: (len .Alerts) is a number")


def _error(
    piece: Piece, count: int, groups: Sequence[str] | None, templates: Mapping[str, Sequence[Part]], budget: Budget
) -> TemplateError | None:
    data = notification.data(_alerts(count, groups), groups)
    try:
        run(piece.template.parts, data, templates, notification.runnable(), notification.opaque, budget)
    except TemplateError as error:
        return error
    except (Unknown, RecursionError):
        return None
    return None


def _annotated(
    context: Context,
    receiver: Receiver,
    section: Section,
    item: Value,
    body: list[Piece],
    known: Mapping[str, Sequence[Part]],
    budget: Budget,
    calls: Calls,
) -> Iterator[Fault]:
    groups = _groups(context, receiver.name)
    single = notification.data(_alerts(1, groups), groups)
    pair = notification.data(_alerts(2, groups), groups)
    over = notification.data(_alerts(1, groups), groups, status="resolved")
    reading = [(one, annotations_of(one.template.parts, callable_in(one, known), calls)) for one in body]
    shown = {id(one): _shown(one, single, known, budget) for one, _ in reading}
    if any(text is None for text in shown.values()):
        return  # something of it cannot be told
    about = [(one, names) for one, names in reading if names]
    reads = {id(one): names for one, names in about}
    if not about:
        return
    full = section.name in _FULL and _FULL[section.name] not in item.pairs
    prints = any(_MARKS.search(text or "") for text in shown.values())
    if not prints:
        for one, names in about:
            lacked = [(name, at) for name, at in names if name not in chart_annotations()]
            told_elsewhere = full and (shown[id(one)] or "").strip()
            if lacked and not told_elsewhere and (context.stack or "message" in dict(lacked)):
                yield _lacking(context, one, lacked, shown[id(one)] or "")
                return
        return
    main = next((one for one, _ in about if _MARKS.search(shown[id(one)] or "")), None)
    texts = [_shown(one, pair, known, budget) for one in body]
    shows = any(text is None or _MARKS.search(text) or (full and text.strip()) for text in texts)
    if groups is not None and main is not None and not shows:
        line, column = place_in(context, main.value, reads[id(main)][0][1])
        message = "with two alerts in a group this prints no annotation: common are those that all alerts have alike"
        hint = "print each alert's own: {{ range .Alerts }}{{ .Annotations.description }}{{ end }}"
        yield Fault("AM011", line, column, message, hint)
    done = item.pairs.get("send_resolved")
    told = done.text == "true" if done is not None else section.send_resolved
    if told and main is not None and main.field.name == _BODY[section.name][0]:
        text = _shown(main, over, known, budget)
        if text is not None and not text.strip():
            message = "this is blank once the alerts are over: it prints only those that fire"
            yield fault("AM036", main.value, message, "range over .Alerts, or add .Alerts.Resolved")


def _lacking(context: Context, piece: Piece, lacked: Sequence[tuple[str, int]], text: str) -> Fault:
    which = " and ".join(list(dict(lacked))[:3])
    whose = "the chart's alerts have" if context.stack else "most rules today have"
    message = f"this prints the annotation {which} alone, and {whose} only summary, description and runbook_url"
    hint = 'write {{ or .Annotations.message .Annotations.description .Annotations.summary "(no annotation)" }}'
    blank = not text.strip()
    line, column = place_in(context, piece.value, lacked[0][1])
    severity: Severity = "error" if blank and context.stack else "warning"
    return Fault("AM003", line, column, message + (": it is blank" if blank else ""), hint, severity)


def _shown(piece: Piece, data: object, known: Mapping[str, Sequence[Part]], budget: Budget) -> str | None:
    try:
        templates = callable_in(piece, known)
        return run(piece.template.parts, data, templates, notification.runnable(), notification.opaque, budget)
    except (TemplateError, Unknown, RecursionError):
        return None


def _alerts(count: int, groups: Sequence[str] | None) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return alerts as the chart's rules make them: descriptions differ, and summaries unless grouped by name."""
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
    """Return the grouping of the routes to a receiver: the coarsest, None where every alert is alone or none comes."""
    found = [path[-1].group_by for path in context.paths if path[-1].receiver == receiver]
    several = [one for one in found if one is not None]
    return min(several, key=len) if several else None
