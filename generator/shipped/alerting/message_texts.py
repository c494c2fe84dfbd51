"""Message texts: title and text for each receiver type, as Go templates of Alertmanager.

The fields of each type, and the size of its messages, are in ``schemas/alertmanager-fields.json``, under ``messages``.
:mod:`service_markups` has what differs between services.

A text lists firing and resolved alerts apart, in a mixed group with headings, and neither list is longer than the size
of the type. It uses the first existing annotation, so that no message is blank: the common annotations of a mixed group
are empty, and rule sets differ in which annotations they have.

The functions used are those of Alertmanager 0.16 (https://prometheus.io/docs/alerting/latest/notifications/); ``slice``
is Go's since 1.13, with which Alertmanager 0.20 is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...alertmanager.config_fields import receiver_types
from .message_markup import GROUP, Markup, Size, count
from .service_markups import MARKUPS

STYLES = ("full", "message")
TEXTS_SINCE = (0, 16)  # the first Alertmanager with the template function match, which links need

# The style ``message`` has the status as the title. Every text of this style, and no other, has ``MESSAGE``.
_STATUS = "{{ .Status | toUpper }}"

# SNS refuses a subject of 100 characters or more, or with others than those of ASCII; the status takes some of them.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_SHORT_TITLE = '{{ printf "[%s] %.80s" (.Status | toUpper) (GROUP | reReplaceAll "[^ -~]" "?") }}'.replace(
    "GROUP", GROUP
)

_SEVERITY = (
    '{{ if match "^(critical|error|warning|info)$" .CommonLabels.severity }}{{ .CommonLabels.severity }}'
    "{{ else }}error{{ end }}"
)
_PRIORITY = (
    '{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "warning" }}P3'
    "{{ else }}P4{{ end }}"
)
# Green, yellow, blue and red as in Slack; a group with several severities is red.
_COLOUR = (
    '{{ if eq .Status "resolved" }}#2eb886{{ else if eq .CommonLabels.severity "warning" }}#daa038'
    '{{ else if eq .CommonLabels.severity "info" }}#439fe0{{ else }}#a30200{{ end }}'
)
# Alertmanager reads a text of PagerDuty's details as YAML if it can, and an alert's line is a map. After a first line
# without a colon, the text is nothing but text.
_HEADING = "Alerts of this group\n"
# Alertmanager adds every alert of a group to PagerDuty's details, as ``firing`` and ``resolved``, and drops all details
# if an event is larger than 512 kB (notify/pagerduty). These replace them, for as many alerts as the text has.
_VALUE, _NAME = 200, 40  # characters of a label's or an annotation's value, and of its name
# Bytes of all names and values of an alert, up to which it shows this many labels, and annotations; else only a few.
# JSON has up to six bytes for one of them.
_PAIRS_BYTES, _PAIRS, _FEW_PAIRS = 3000, 60, 6

Texts = Mapping[str, Any]
# Values of ``made`` in schemas/alertmanager-fields.json that have no markup.
_MADE = {"short title": _SHORT_TITLE, "severity": _SEVERITY, "priority": _PRIORITY, "colour": _COLOUR}
# Markup by the value of a field, for ``markup_by``.
_BY_FIELD = {
    "parse_mode": {"HTML": "html", "Markdown": "telegram", "MarkdownV2": "telegram v2"},
    "message_type": {"markdown": "wechat markdown"},
}


def texts(type_name: str, one: Mapping[str, Any], style: str, *, counts: bool = True) -> Texts:
    """Return the message fields of an integration with their texts, for a style of :data:`STYLES`.

    ``counts`` says whether the version has ``slice``, which counts the alerts that are not shown.
    """
    messages = receiver_types()[type_name].messages
    size = Size(**next((found for key, found in messages.size_with.items() if one.get(key)), messages.size))
    styled = {messages.title, messages.body.partition(".")[0]}
    return {
        key: _made(text, one, messages.texts, size, style if key in styled else "full", counts=counts)
        for key, text in messages.texts.items()
    }


def _made(text: Any, one: Mapping[str, Any], defaults: Texts, size: Size, style: str, *, counts: bool) -> Any:
    """Return a text of the table: literal, or generated for ``made``; applied to each text of a map."""
    if not isinstance(text, Mapping):
        return text
    if "made" not in text:
        return {key: _made(inner, one, defaults, size, style, counts=counts) for key, inner in text.items()}
    made = str(text["made"])
    what, _, name = made.partition(" ")
    is_title = what == "title" or made == "short title"
    if is_title and style == "message":
        return _STATUS
    if made in _MADE:
        return _MADE[made]
    if what == "every":
        return _every(name, size.firing if name == "Firing" else size.resolved, counts=counts)
    if by := text.get("markup_by"):
        name = _BY_FIELD[by].get(str(one.get(by, defaults.get(by))), name)
    markup = MARKUPS[name or "plain"]
    title = _STATUS if style == "message" else markup.title(size)
    if is_title:
        return title
    above = {"titled": f"{markup.in_bold(title)}{markup.newline}", "headed": _HEADING}
    return above.get("titled" if size.titled else what, "") + _text(markup, size, style, counts=counts)


def _text(markup: Markup, size: Size, style: str, *, counts: bool) -> str:
    """Return a text with the alerts of the group, and in the full style with links."""
    is_full = style == "full"
    lists = _listed("Firing", size.firing, markup, markup.runbook() if size.each and is_full else "", counts=counts)
    lists += _listed("Resolved", size.resolved, markup, "", counts=counts)
    mixed = "{{ $mixed := and .Alerts.Firing .Alerts.Resolved -}}\n"
    alert = markup.alert() if is_full else markup.message()
    return f"{markup.values(size)}{alert}{mixed}{lists}{markup.links(size) if is_full else ''}"


def _every(status: str, most: int, *, counts: bool) -> str:
    """Return a text with all labels and annotations of the alerts with a status."""
    alerts = f".Alerts.{status}"
    both = ("Labels", "Annotations")
    parts = " ".join(f'(.{one}.SortedPairs.{what} | join "")' for one in both for what in ("Names", "Values"))
    length = f'{{{{ $long := gt (len (printf "%s%s%s%s" {parts})) {_PAIRS_BYTES} }}}}'
    few = f"or (lt $n {_FEW_PAIRS}) (and (lt $n {_PAIRS}) (not $long))"
    name = f'{{{{ .Name | reReplaceAll "(?s)^(.{{{_NAME}}}).+" "$1…" }}}}'
    pair = f'{{{{ if {few} }}}}{name} = {{{{ template "value" .Value }}}}\n{{{{ end }}}}'
    pairs = length + "".join(f"{{{{ range $n, $pair := .{one}.SortedPairs }}}}{pair}{{{{ end }}}}" for one in both)
    pairs += "{{ if $long }}… the first labels and annotations are shown\n{{ end }}"
    return (
        f'{{{{ define "value" }}}}{{{{ . | reReplaceAll "(?s)^(.{{{_VALUE}}}).+" "$1…" }}}}{{{{ end -}}}}\n'
        f"{{{{ if {alerts} }}}}Labels and annotations\n{{{{ else }}}}none{{{{ end -}}}}\n"
        f"{{{{ range $i, $alert := {alerts} }}}}{{{{ if lt $i {most} }}}}--\n{pairs}{{{{ end }}}}{{{{ end -}}}}\n"
        f"{{{{ if gt (len {alerts}) {most} }}}}{count(alerts, most, exact=counts)}\n{{{{ end -}}}}\n"
    )


def _listed(status: str, most: int, markup: Markup, more: str, *, counts: bool) -> str:
    """Return the list of the alerts with a status, with a heading in a mixed group."""
    alerts, line = f".Alerts.{status}", markup.newline
    alert = f'{{{{ if lt $i {most} }}}}{{{{ template "alert" . }}}}{more}{{{{ end }}}}'
    return (
        f"{{{{ if $mixed }}}}{markup.in_bold(status)}{line}{{{{ end -}}}}\n"
        f"{{{{ range $i, $alert := {alerts} }}}}{alert}{{{{ end -}}}}\n"
        f"{{{{ if gt (len {alerts}) {most} }}}}{count(alerts, most, exact=counts)}{line}{{{{ end -}}}}\n"
    )
