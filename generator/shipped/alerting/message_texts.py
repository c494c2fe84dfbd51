"""Message texts: title and text for each receiver type, as Go templates of Alertmanager.

The fields of each type are in ``schemas/alertmanager-fields.json``, under ``messages``.

Every text ranges over all alerts of its group and uses the first existing annotation, so that no message is
blank: the common annotations of a mixed group are empty, and rule sets differ in which annotations they have. The
functions used are those of Alertmanager 0.16 (https://prometheus.io/docs/alerting/latest/notifications/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...alertmanager.config_fields import receiver_types

STYLES = ("full", "message")

TITLE = (
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]'
    ' {{ .GroupLabels.SortedPairs.Values | join " " }}'
)
# SNS refuses a subject of more than 100 characters; the status takes some of them.
_SHORT_TITLE = '{{ printf "[%s] %.80s" (.Status | toUpper) (.GroupLabels.SortedPairs.Values | join " ") }}'

# The style ``message``, for the charts' rules of 2020. Newer rules do not have this annotation.
MESSAGE_TITLE = "{{ .Status | toUpper }}\n"
MESSAGE_TEXT = "{{- range .Alerts }}\n- **{{ .Labels.alertname }}**: {{ .Annotations.message }}\n{{- end }}\n"

_SEVERITY = (
    '{{ if match "^(critical|error|warning|info)$" .CommonLabels.severity }}{{ .CommonLabels.severity }}'
    "{{ else }}error{{ end }}"
)
_PRIORITY = (
    '{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "warning" }}P3'
    "{{ else }}P4{{ end }}"
)


@dataclass(frozen=True)
class Markup:
    """The markup of a service: emphasis of a name, link to a runbook, end of a line, escaping of values."""

    bold: tuple[str, str] = ("", "")
    link: str = "Runbook: URL"
    newline: str = "\n"
    escape: str = ""

    def value(self, expression: str) -> str:
        """Return the action that prints an expression."""
        return f"{{{{ {expression}{self.escape} }}}}"

    def text(self) -> str:
        """Return a text with all alerts of the group."""
        annotation = 'or .Annotations.message .Annotations.summary .Annotations.description "(no annotation)"'
        first = self.value(f"({annotation})" if self.escape else annotation)
        name = f"{self.bold[0]}{self.value('.Labels.alertname')}{self.bold[1]}"
        it, line = self.value("."), self.newline
        link = self.link.replace("URL", it)
        severity = f", {it}" if self.escape else f" [{it}]"  # a bracket would need to be escaped as well
        return "".join(
            (
                f"{{{{ range .Alerts -}}}}\n{name}{{{{ with .Labels.severity }}}}{severity}{{{{ end }}}}",
                f"{{{{ with .Labels.namespace }}}} in {it}{{{{ end }}}}: {first}{line}",
                "{{ if and .Annotations.summary .Annotations.description (not .Annotations.message) }}",
                f"{self.value('.Annotations.description')}{line}{{{{ end }}}}",
                f"{{{{ with .Annotations.runbook_url }}}}{link}{line}{{{{ end }}}}{{{{ end }}}}",
            )
        )

    def titled(self) -> str:
        """Return the text below its title, for services without a field for the title."""
        title = self.bold[0] + (TITLE if not self.escape else _escaped_title(self.escape)) + self.bold[1]
        return f"{title}{self.newline}{self.text()}"


def _escaped_title(escape: str) -> str:
    return f'{{{{ printf "[%s] %s" (.Status | toUpper) (.GroupLabels.SortedPairs.Values | join " "){escape} }}}}'


SLACK = Markup(("*", "*"), "<URL|Runbook>")
PLAIN = Markup()
MARKDOWN = Markup(("**", "**"), "[Runbook](URL)")
# A single line break renders as a space in this Markdown.
PARAGRAPHS = Markup(("**", "**"), "[Runbook](URL)", "\n\n")
ROCKETCHAT = Markup(("*", "*"), "[Runbook](URL)")
# Alertmanager renders these with html/template, which escapes the values.
HTML = Markup(("<b>", "</b>"), '<a href="URL">Runbook</a>')
# Telegram refuses messages with unclosed markup, so values are escaped:
# https://core.telegram.org/bots/api#markdown-style
_TELEGRAM_1 = Markup(escape=' | reReplaceAll "([_*`\\\\[])" "\\\\$1"')
_TELEGRAM_2 = Markup(escape=' | reReplaceAll "([-_*\\\\[\\\\]()~`>#+=|{}.!\\\\\\\\])" "\\\\$1"')

Texts = Mapping[str, Any]
_MARKUPS: Mapping[str, Markup] = {
    "slack": SLACK,
    "plain": PLAIN,
    "markdown": MARKDOWN,
    "paragraphs": PARAGRAPHS,
    "rocketchat": ROCKETCHAT,
    "html": HTML,
    "telegram": _TELEGRAM_1,
    "telegram v2": _TELEGRAM_2,
}
# Values of ``made`` in schemas/alertmanager-fields.json other than "text MARKUP" and "titled MARKUP".
_MADE = {"title": TITLE, "short title": _SHORT_TITLE, "severity": _SEVERITY, "priority": _PRIORITY}
# Markup by the value of a field, for ``markup_by``.
_BY_FIELD = {
    "parse_mode": {"HTML": "html", "Markdown": "telegram", "MarkdownV2": "telegram v2"},
}


def texts(type_name: str, one: Mapping[str, Any], style: str) -> Texts:
    """Return the message fields of an integration with their texts, for a style of :data:`STYLES`."""
    messages = receiver_types()[type_name].messages
    full = {key: _made(text, one, messages.texts) for key, text in messages.texts.items()}
    if style == "full":
        return full
    for path, text in ((messages.title, MESSAGE_TITLE), (messages.body, MESSAGE_TEXT)):
        key, _, inner = path.partition(".")
        if key:
            full[key] = {inner: text} if inner else text
    return full


def _made(text: Any, one: Mapping[str, Any], defaults: Texts) -> Any:
    """Return a text of the table: literal, or generated for ``made``; applied to each text of a map."""
    if not isinstance(text, Mapping):
        return text
    if "made" not in text:
        return {key: _made(inner, one, defaults) for key, inner in text.items()}
    made = str(text["made"])
    if made in _MADE:
        return _MADE[made]
    what, _, markup = made.partition(" ")
    if by := text.get("markup_by"):
        markup = _BY_FIELD[by].get(str(one.get(by, defaults[by])), "plain")
    found = _MARKUPS[markup]
    return found.titled() if what == "titled" else found.text()
