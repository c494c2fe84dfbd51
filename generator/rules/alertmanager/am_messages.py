"""Messages that print less than they seem to, rendered with sample alerts: AM003, AM011, AM036."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...alertmanager import notification
from ...alertmanager.config_fields import Section
from ...alertmanager.fault import fault_at
from ...alertmanager.gotemplate import Budget, TemplateError, Unknown, run_template
from ...alertmanager.gotemplate.nodes import Part
from ...alertmanager.helm import chart_annotations
from ...alertmanager.model import Context, Receiver
from ...alertmanager.sample_alerts import grouping_of, sample_alerts
from ...alertmanager.template_functions import runnable
from ...alertmanager.template_texts import Piece, callable_in, known_templates, place_in, template_pieces
from ...alertmanager.templates import Calls, annotations_of
from ...alertmanager.value import Value
from ...finding import Finding, Severity
from .configured import TEMPLATES, configuration_rule

_MARKS = re.compile("[\ue101-\ue103]")


def _annotated_all(context: Context) -> Iterator[Finding]:
    """Yield texts that print only annotations that the rules lack (AM003), only common ones (AM011), or nothing once
    the alerts are resolved (AM036).
    """
    known, _ = known_templates(context)
    budget = Budget()
    calls = Calls()
    found: dict[int, list[Piece]] = {}
    for one in template_pieces(context):
        found.setdefault(id(one.item), []).append(one)
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            names = section.messages.read
            body = [one for one in found.get(id(item), ()) if one.field.name in names]
            if body:
                yield from _annotated(context, receiver, section, item, body, known, budget, calls)


def _annotated(
    context: Context,
    receiver: Receiver,
    section: Section,
    item: Value,
    body: list[Piece],
    known: Mapping[str, Sequence[Part]],
    budget: Budget,
    calls: Calls,
) -> Iterator[Finding]:
    groups = grouping_of(context, receiver.name)
    single = notification.notification_data(sample_alerts(1, groups), groups)
    pair = notification.notification_data(sample_alerts(2, groups), groups)
    over = notification.notification_data(sample_alerts(1, groups), groups, status="resolved")
    reading = [(one, annotations_of(one.template.parts, callable_in(one, known), calls)) for one in body]
    shown = {id(one): _shown(context, one, single, known, budget) for one, _ in reading}
    if any(text is None for text in shown.values()):
        return  # a part of the text is not known
    about = [(one, names) for one, names in reading if names]
    reads = {id(one): names for one, names in about}
    if not about:
        return
    shows_all = section.messages.shows_all
    full = bool(shows_all) and shows_all not in item.pairs
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
    texts = [_shown(context, one, pair, known, budget) for one in body]
    shows = any(text is None or _MARKS.search(text) or (full and text.strip()) for text in texts)
    if groups is not None and main is not None and not shows:
        line, column = place_in(context, main.value, reads[id(main)][0][1])
        message = "with two alerts in a group this prints no annotation: only equal annotations are common"
        hint = "print each alert's own: {{ range .Alerts }}{{ .Annotations.description }}{{ end }}"
        yield Finding(line, column, message, hint, code="AM011")
    done = item.pairs.get("send_resolved")
    told = done.text == "true" if done is not None else section.send_resolved
    if told and main is not None and main.field.name == section.messages.read[0]:
        text = _shown(context, main, over, known, budget)
        if text is not None and not text.strip():
            message = "this is blank once the alerts are resolved: it prints only firing alerts"
            yield fault_at("AM036", main.value, message, "range over .Alerts, or add .Alerts.Resolved")


def _lacking(context: Context, piece: Piece, lacked: Sequence[tuple[str, int]], text: str) -> Finding:
    which = " and ".join(list(dict(lacked))[:3])
    whose = "the chart's alerts have" if context.stack else "most current rules have"
    message = f"this prints only the annotation {which}, but {whose} only summary, description and runbook_url"
    hint = 'write {{ or .Annotations.message .Annotations.description .Annotations.summary "(no annotation)" }}'
    blank = not text.strip()
    line, column = place_in(context, piece.value, lacked[0][1])
    severity: Severity = "error" if blank and context.stack else "warning"
    return Finding(line, column, message + (": it is blank" if blank else ""), hint, severity, code="AM003")


def _shown(
    context: Context, piece: Piece, data: object, known: Mapping[str, Sequence[Part]], budget: Budget
) -> str | None:
    try:
        templates, functions = callable_in(piece, known), runnable(context.source.target.alertmanager)
        return run_template(piece.template.parts, data, templates, functions, notification.opaque, budget)
    except (TemplateError, Unknown, RecursionError):
        return None


@configuration_rule(
    "AM003",
    "warning",
    "a text prints only annotations that the rules do not have",
    explanation="""The rules of kube-prometheus-stack have summary, description and runbook_url; message was removed
    in 2020. A text that prints only another annotation is blank, or a list of names. The text is rendered with
    sample alerts, so that or, with, if and called templates count. It is an error if the result is empty.""",
    bad='text: "{{ range .Alerts }}{{ .Annotations.message }}{{ end }}"\n',
    good='text: "{{ range .Alerts }}{{ or .Annotations.message .Annotations.description }}{{ end }}"\n',
    source=TEMPLATES,
)
def missing_annotations(context: Context) -> Iterable[Finding]:
    """Yield texts that print only annotations that the rules do not have (AM003)."""
    return context.once(_annotated_all)


@configuration_rule(
    "AM011",
    "warning",
    "a text prints only common annotations, which a group of alerts does not have",
    explanation=""".CommonAnnotations has the annotations that are equal on all alerts of the notification.
    Descriptions name pods and numbers, so that two alerts in a group have none in common. Checked with two alerts
    that share a name, and the summary if they are grouped by it.""",
    bad='text: "{{ .CommonAnnotations.description }}"\n',
    good='text: "{{ range .Alerts }}{{ .Annotations.description }}{{ end }}"\n',
    source=TEMPLATES,
)
def common_annotations(context: Context) -> Iterable[Finding]:
    """Yield texts that print only common annotations (AM011)."""
    return context.once(_annotated_all)


@configuration_rule(
    "AM036",
    "info",
    "a message that is blank once the alerts are resolved",
    explanation="""A text that ranges over .Alerts.Firing is empty when the last alert is resolved, but is sent
    anyway.""",
    bad='text: "{{ range .Alerts.Firing }}{{ .Annotations.summary }}{{ end }}"\n',
    good='text: "{{ range .Alerts }}{{ .Annotations.summary }}{{ end }}"\n',
    source=TEMPLATES,
)
def blank_when_resolved(context: Context) -> Iterable[Finding]:
    """Yield texts that are blank once the alerts are resolved (AM036)."""
    return context.once(_annotated_all)
