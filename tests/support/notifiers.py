"""What Alertmanager's notifiers send for a configuration that we generate, by the oracle's operation ``notify``."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from .alertmanager import ask

EXTERNAL_URL = "http://alertmanager.example.org"
MOUNTED = "/etc/alertmanager/secrets/"
# The files of the mounted Secret that are addresses; every other has a credential.
ADDRESS = "https://hooks.example.org/services/x"
CREDENTIAL = "credential-from-a-file"
# What a pod has that may use AWS: credentials, but not always a region.
POD = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true"}

Alert = Mapping[str, Any]


@dataclass(frozen=True)
class Sent:
    """What one integration sent for a group: its requests, and its error or panic."""

    type_name: str
    requests: tuple[Mapping[str, Any], ...]
    error: str

    @property
    def last(self) -> Mapping[str, Any]:
        return self.requests[-1]

    @property
    def data(self) -> Any:
        """The body of the last request, decoded."""
        return json.loads(self.last["body"])

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the last request: of a form, or of its address."""
        text = self.last["body"] or urlsplit(self.last["url"]).query
        return {key: one for key, (one,) in parse_qs(text, keep_blank_values=True).items()}

    @property
    def mail(self) -> Any:
        return email.message_from_string(self.last["body"], policy=email.policy.default)


def alert(
    name: str, annotations: Mapping[str, str] | None = None, *, resolved: bool = False, **labels: str
) -> dict[str, Any]:
    """Return an alert as the oracle reads it."""
    return {
        "labels": {"alertname": name, "severity": "warning", "namespace": "shop", **labels},
        "annotations": dict(annotations or {}),
        "generatorURL": "http://prometheus.example.org/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "resolved": resolved,
    }


def group(alerts: Sequence[Alert], by: Sequence[str] = ("namespace", "alertname")) -> dict[str, Any]:
    """Return a group of alerts; its labels are those of the first alert that are in ``by``."""
    first = alerts[0]["labels"] if alerts else {}
    return {"receiver": "team", "labels": {key: first[key] for key in by if key in first}, "alerts": list(alerts)}


def sent(
    configuration: Mapping[str, Any],
    groups: Iterable[Mapping[str, Any]],
    folder: Path,
    *,
    templates: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    external_url: str = EXTERNAL_URL,
) -> list[list[Sent]]:
    """Return what the integrations of the receiver ``team`` send for each group, in the order of the configuration.

    Files of mounted Secrets are written to ``folder``. Fails if Alertmanager refuses the configuration.
    """
    request = {
        "op": "notify",
        "text": yaml.safe_dump(_with_files(configuration, folder), allow_unicode=True),
        "templates": dict(templates or {}),
        "external_url": external_url,
        "env": {**POD, **(env or {})},
        "groups": list(groups),
    }
    (answer,) = ask([request])
    assert "error" not in answer, answer["error"]
    return [
        [
            Sent(
                f"{one['integration'].partition('[')[0]}_configs",
                tuple(one["sent"]),
                one.get("error") or one.get("panic") or "",
            )
            for one in made
        ]
        for made in answer["groups"]
    ]


def _with_files(value: Any, folder: Path) -> Any:
    """Return a configuration with the paths of mounted files moved to a folder that has them."""
    if isinstance(value, Mapping):
        return {key: _with_files(one, folder) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_files(one, folder) for one in value]
    if isinstance(value, str) and value.startswith(MOUNTED):
        path = folder / value.removeprefix(MOUNTED).replace("/", "_")
        path.write_text(ADDRESS if "url" in path.name else CREDENTIAL, "utf-8")
        return str(path)
    return value


def shown(one: Sent) -> dict[str, str]:
    """Return the texts that people see of a message, by the name of their field in the request; empty without one."""
    if not one.requests or "/search" in one.last["url"]:  # Jira gets no issue for resolved alerts
        return {}
    return {key: str(text) for key, text in _SHOWN[one.type_name](one).items() if text not in {None, ""}}


def _attachment(one: Sent) -> dict[str, Any]:
    (first,) = one.data["attachments"]
    return {key: first.get(key) for key in ("title", "text", "color", "fallback")}


def _picked(*keys: str) -> Any:
    return lambda one: {key: one.data.get(key) for key in keys}


def _mail(one: Sent) -> dict[str, Any]:
    return {"Subject": one.mail["Subject"], "text": one.mail.get_body(("plain",)).get_content()}


def _pagerduty(one: Sent) -> dict[str, Any]:
    event = one.data["payload"]
    details = event["custom_details"]
    texts = [details[key] for key in ("alerts", "firing", "resolved")]
    assert all(isinstance(text, str) for text in texts), details  # Alertmanager reads them as YAML if it can
    return {"summary": event["summary"], "severity": event["severity"], "alerts": details["alerts"]}


def _jira(one: Sent) -> dict[str, Any]:
    fields = one.data.get("fields", {})
    return {"summary": fields.get("summary"), "description": fields.get("description")}


def _card(one: Sent) -> dict[str, Any]:
    title, text = one.data["attachments"][0]["content"]["body"]
    return {"title": title["text"], "text": text["text"], "color": title["color"]}


def _count(one: Sent) -> dict[str, Any]:
    return {"alerts": len(one.data["alerts"])}


_SHOWN: Mapping[str, Any] = {
    "slack_configs": _attachment,
    "mattermost_configs": _attachment,
    "rocketchat_configs": _attachment,
    "email_configs": _mail,
    "pagerduty_configs": _pagerduty,
    "webhook_configs": _count,
    "incidentio_configs": _count,
    "opsgenie_configs": _picked("message", "description", "priority"),
    "victorops_configs": _picked("entity_display_name", "state_message"),
    "pushover_configs": lambda one: {key: one.query[key] for key in ("title", "message")},
    "wechat_configs": lambda one: one.data["text"],
    "sns_configs": lambda one: {key: one.query[key] for key in ("Subject", "Message")},
    "telegram_configs": _picked("text"),
    "discord_configs": lambda one: {key: one.data["embeds"][0][key] for key in ("title", "description")},
    "webex_configs": _picked("markdown"),
    "msteams_configs": _picked("title", "text", "themeColor"),
    "msteamsv2_configs": _card,
    "jira_configs": _jira,
}
