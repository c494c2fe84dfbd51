"""What messages say: title and text of each receiver type, as Go templates of Alertmanager.

Every text ranges over all alerts of its group and takes the first annotation that is there, so that no message is
blank: the common annotations of a mixed group are empty, and rule sets differ in which annotations they have. The
functions used are those of Alertmanager 0.16 (https://prometheus.io/docs/alerting/latest/notifications/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

STYLES = ("full", "message")

TITLE = (
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]'
    ' {{ .GroupLabels.SortedPairs.Values | join " " }}'
)
# SNS refuses a subject of more than 100 characters; the status takes some of them.
_SHORT_TITLE = '{{ printf "[%s] %.80s" (.Status | toUpper) (.GroupLabels.SortedPairs.Values | join " ") }}'

# The style ``message``: what the charts' rules of 2020 were written for. Newer rules have no such annotation.
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
    """How a service marks text up: around a name, the link to a runbook, the end of a line, how a value is escaped."""

    bold: tuple[str, str] = ("", "")
    link: str = "Runbook: URL"
    newline: str = "\n"
    escape: str = ""

    def value(self, expression: str) -> str:
        """Return the action that prints an expression."""
        return f"{{{{ {expression}{self.escape} }}}}"

    def text(self) -> str:
        """Return a text with every alert of the group."""
        annotation = 'or .Annotations.message .Annotations.summary .Annotations.description "(no annotation)"'
        first = self.value(f"({annotation})" if self.escape else annotation)
        name = f"{self.bold[0]}{self.value('.Labels.alertname')}{self.bold[1]}"
        it, line = self.value("."), self.newline
        link = self.link.replace("URL", it)
        severity = f", {it}" if self.escape else f" [{it}]"  # a bracket would have to be escaped, too
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
        """Return the text below its title, for services that have no title of their own."""
        title = self.bold[0] + (TITLE if not self.escape else _escaped_title(self.escape)) + self.bold[1]
        return f"{title}{self.newline}{self.text()}"


def _escaped_title(escape: str) -> str:
    return f'{{{{ printf "[%s] %s" (.Status | toUpper) (.GroupLabels.SortedPairs.Values | join " "){escape} }}}}'


SLACK = Markup(("*", "*"), "<URL|Runbook>")
PLAIN = Markup()
MARKDOWN = Markup(("**", "**"), "[Runbook](URL)")
# One line break is a space in this Markdown.
PARAGRAPHS = Markup(("**", "**"), "[Runbook](URL)", "\n\n")
ROCKETCHAT = Markup(("*", "*"), "[Runbook](URL)")
# Alertmanager renders these with html/template, which escapes the values.
HTML = Markup(("<b>", "</b>"), '<a href="URL">Runbook</a>')
# Telegram refuses a message with a mark that is not closed, so that values are escaped:
# https://core.telegram.org/bots/api#markdown-style
_TELEGRAM_1 = Markup(escape=' | reReplaceAll "([_*`\\\\[])" "\\\\$1"')
_TELEGRAM_2 = Markup(escape=' | reReplaceAll "([-_*\\\\[\\\\]()~`>#+=|{}.!\\\\\\\\])" "\\\\$1"')

Texts = Mapping[str, Any]


def _telegram(one: Mapping[str, Any]) -> Texts:
    mode = one.get("parse_mode", "HTML")
    markup = {"HTML": HTML, "Markdown": _TELEGRAM_1, "MarkdownV2": _TELEGRAM_2}.get(str(mode), PLAIN)
    return {"parse_mode": mode, "message": markup.titled()}


def _fixed(texts: Texts) -> Callable[[Mapping[str, Any]], Texts]:
    return lambda _one: texts


# By receiver type: the fields that make a message, and what they say. Webhooks and incident.io get all alerts as data.
_FULL: Mapping[str, Callable[[Mapping[str, Any]], Texts]] = {
    "slack_configs": _fixed({"title": TITLE, "text": SLACK.text()}),
    "email_configs": _fixed(
        {
            "headers": {"Subject": TITLE},
            # Alertmanager's own page: every alert with all its labels and annotations.
            "html": '{{ template "email.default.html" . }}',
            "text": PLAIN.text(),
        }
    ),
    "pagerduty_configs": _fixed({"description": TITLE, "severity": _SEVERITY, "details": {"alerts": PLAIN.text()}}),
    "webhook_configs": _fixed({}),
    "opsgenie_configs": _fixed({"message": TITLE, "description": PLAIN.text(), "priority": _PRIORITY}),
    "victorops_configs": _fixed({"entity_display_name": TITLE, "state_message": PLAIN.text()}),
    "pushover_configs": _fixed({"title": TITLE, "message": PLAIN.text()}),
    "wechat_configs": _fixed({"message": PLAIN.titled()}),
    "sns_configs": _fixed({"subject": _SHORT_TITLE, "message": PLAIN.text()}),
    "telegram_configs": _telegram,
    "discord_configs": _fixed({"title": TITLE, "message": MARKDOWN.text()}),
    "webex_configs": _fixed({"message": PARAGRAPHS.titled()}),
    "msteams_configs": _fixed({"title": TITLE, "text": PARAGRAPHS.text()}),
    "msteamsv2_configs": _fixed({"title": TITLE, "text": PARAGRAPHS.text()}),
    "jira_configs": _fixed({"summary": TITLE, "description": PLAIN.text()}),
    "rocketchat_configs": _fixed({"title": TITLE, "text": ROCKETCHAT.text()}),
    "mattermost_configs": _fixed({"text": MARKDOWN.titled()}),
    "incidentio_configs": _fixed({}),
}

# The fields that hold the text itself, and those that hold a title.
_BODIES = frozenset({"text", "message", "description", "state_message"})


def texts(type_name: str, one: Mapping[str, Any], style: str) -> Texts:
    """Return the fields of an integration that say what its messages say, for a style of :data:`STYLES`."""
    full = _FULL[type_name](one)
    if style == "full":
        return full
    body = body_field(type_name)
    title = title_field(type_name)
    changed: dict[str, Any] = dict(full)
    if title:
        changed[title] = MESSAGE_TITLE
    if type_name == "pagerduty_configs":
        changed["details"] = {"alerts": MESSAGE_TEXT}
    elif body:
        changed[body] = MESSAGE_TEXT
    return changed


def body_field(type_name: str) -> str:
    """Return the field that holds the text of a message, or nothing."""
    named = {"opsgenie_configs": "description", "pagerduty_configs": "", "email_configs": "text"}
    if type_name in named:
        return named[type_name]
    return next((key for key in _FULL[type_name]({}) if key in _BODIES), "")


def title_field(type_name: str) -> str:
    """Return the field that holds the title of a message, or nothing."""
    named = {"opsgenie_configs": "message", "pagerduty_configs": "description"}
    if type_name in named:
        return named[type_name]
    return next(
        (key for key in _FULL[type_name]({}) if key in {"title", "summary", "subject", "entity_display_name"}), ""
    )
