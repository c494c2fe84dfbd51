"""Generate a configuration that only sends to a loopback address, to preview what integrations send. Pure.

It only takes the texts of one integration, its grouping, and the template files from the user's configuration. An
address, a secret, a proxy or another integration is never taken: every type has fixed fields instead, which name the
stand-in on loopback, and of its own fields only those of the types in ``_KEPT_TYPES`` are kept. The stand-in is also
the proxy of every request, so that none gets further even to an address that Alertmanager has of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .config_fields import FieldType, Section, type_parts
from .model import Context
from .value import Value, truth
from .versions import Version, version, version_text

SECRET = "preview"  # noqa: S105 - replaces every secret
_KEPT_TYPES = frozenset(
    "string bool int int64 uint any SlackField SlackAction PagerdutyImage PagerdutyLink OpsGenieConfigResponder "  # noqa: SIM905
    "ThreadingConfig JiraFieldConfig MattermostField MattermostAttachment MattermostProps MattermostPriority "
    "RocketchatAttachmentField RocketchatAttachmentAction".split()
)
# Text of these types that belongs to a connection, or needs a certain address.
_NEVER = frozenset(
    {
        *("api_url", "hello", "auth_username", "auth_identity", "force_implicit_tls", "use_aws_http_client"),
        *("update_message", "post_updates_to_thread"),
    }
)
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_WEB, _HOOK, _MAIL = "{web}", "{hook}", "{mail}"
# The fields that every type gets: HOOK is the address of the stand-in, WEB the same without a slash, MAIL its SMTP.
_FIXED: Mapping[str, Mapping[str, Any]] = {
    "slack_configs": {"api_url": _HOOK},
    "email_configs": {"smarthost": _MAIL, "require_tls": False, "hello": "localhost"},
    "pagerduty_configs": {"url": _HOOK, "routing_key": SECRET},
    "webhook_configs": {"url": _HOOK},
    "opsgenie_configs": {"api_url": _HOOK, "api_key": SECRET},
    "victorops_configs": {"api_url": _HOOK, "api_key": SECRET},
    "wechat_configs": {"api_url": _HOOK, "api_secret": SECRET},
    "sns_configs": {
        "api_url": _HOOK,
        "sigv4": {"region": "us-east-1", "access_key": SECRET, "secret_key": SECRET},
    },
    "telegram_configs": {"api_url": _WEB, "bot_token": SECRET},
    "discord_configs": {"webhook_url": _HOOK},
    "webex_configs": {"api_url": _HOOK, "http_config": {"authorization": {"credentials": SECRET}}},
    "msteams_configs": {"webhook_url": _HOOK},
    "msteamsv2_configs": {"webhook_url": _HOOK},
    "jira_configs": {"api_url": _WEB},
    "rocketchat_configs": {"api_url": _WEB, "token": SECRET, "token_id": SECRET},
    "mattermost_configs": {"webhook_url": _HOOK},
    "incidentio_configs": {"url": _HOOK, "alert_source_token": SECRET},
}
# Fields with which a type is sent to an address that no field changes.
_FIXED_ADDRESS = {"pagerduty_configs": ("service_key", "service_key_file")}
# Fields that a type needs and that may be set elsewhere: in ``global``, by its key, or in a file.
_NEEDED: Mapping[str, tuple[tuple[str, str, Any], ...]] = {
    "email_configs": (("from", "smtp_from", "alertmanager@example.org"),),
    "wechat_configs": (("corp_id", "wechat_api_corp_id", SECRET),),
    "telegram_configs": (("chat_id", "", 1),),
}


@dataclass(frozen=True)
class StandIn:
    """The addresses of the local server: of HTTP, with a slash, and of SMTP."""

    web: str
    mail: str


@dataclass(frozen=True)
class Trial:
    """An integration to preview: its receiver, its type, its value, and the configuration for it.

    ``refused`` is the reason if there is no preview; ``left_out`` are fields that this Alertmanager does not know.
    """

    receiver: str
    section: Section
    value: Value
    config: str
    sends_resolved: bool
    refused: str = ""
    left_out: tuple[str, ...] = ()


def trials(context: Context, names: set[str] | None, address: StandIn, templates: str, has: Version) -> Iterator[Trial]:
    """Yield a trial for each integration of the named receivers, or of all if ``names`` is None.

    ``address`` is that of the local server, ``templates`` the glob of the template files, ``has`` the version of
    Alertmanager that runs.
    """
    for receiver in context.receivers:
        if names is not None and receiver.name not in names:
            continue
        for section, item in receiver.integrations:
            if item.shape == "map":
                yield _trial(context, receiver.name, section, item, address, templates, has)


def _trial(
    context: Context, receiver: str, section: Section, item: Value, address: StandIn, templates: str, has: Version
) -> Trial:
    refused = _refusal(section, item, has)
    known, newer = _kept(item, section, has)
    resolved = bool(known.get("send_resolved", section.send_resolved))
    fields = known | _fixed(section, item, address)
    for key, shared, usual in _NEEDED.get(section.name, ()):
        fields.setdefault(key, (context.config.text_of("global", shared) if shared else "") or usual)
    config = "" if refused else _config(receiver, _groups(context, receiver), section, fields, templates)
    return Trial(receiver, section, item, config, resolved, refused, newer)


def _refusal(section: Section, item: Value, has: Version) -> str:
    fixed_address = any(item.get(key) is not None for key in _FIXED_ADDRESS.get(section.name, ()))
    if section.name not in _FIXED or fixed_address:
        how = " with service_key" if fixed_address else ""
        return f"Alertmanager sends to a fixed address of {section.title}{how}"
    if version(section.since) > has:
        return f"{section.title} needs Alertmanager {section.since}, and that on PATH is {version_text(has)}"
    return ""


def _fixed(section: Section, item: Value, address: StandIn) -> dict[str, Any]:
    places = {_HOOK: address.web, _WEB: address.web.rstrip("/"), _MAIL: address.mail}
    usual = _FIXED.get(section.name, {})
    found: dict[str, Any] = {key: places.get(one, one) if isinstance(one, str) else one for key, one in usual.items()}
    if section.name != "email_configs":
        found["http_config"] = {**found.get("http_config", {}), "proxy_url": address.web}
    return found


def template_files(context: Context) -> list[str]:
    """Return the texts of the template files in values."""
    chart = context.source.chart
    files = chart.files if chart is not None else {}
    return [one.text for one in files.values() if one.shape == "scalar"]


def _config(
    receiver: str, groups: tuple[str, ...] | None, section: Section, fields: Mapping[str, Any], templates: str
) -> str:
    data = {
        "global": {"resolve_timeout": "5m"},
        "templates": [templates],
        "route": {
            "receiver": receiver,
            "group_by": ["..."] if groups is None else list(groups),
            "group_wait": "1s",
            "group_interval": "1s",
            "repeat_interval": "1h",
        },
        "receivers": [{"name": receiver, section.name: [fields]}],
    }
    return json.dumps(data)


def _kept(item: Value, section: Section, has: Version) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of an integration that shape a message, and the names of those that are too new."""
    kept: dict[str, Any] = {}
    newer: list[str] = []
    for key, one in item.pairs.items():
        field = section.fields.get(key)
        if field is None or one.is_null or not _shapes_message(field):
            continue
        if version(field.since) > has:
            newer.append(f"{key} (needs {field.since})")
        else:
            kept[key] = _data(one)
    return kept, tuple(newer)


def _shapes_message(field: FieldType) -> bool:
    _, inner = type_parts(field.type)
    return not field.secret and field.name not in _NEVER and set(inner.split("|")) <= _KEPT_TYPES


def _data(value: Value) -> Any:
    if value.shape == "list":
        return [_data(one) for one in value.items]
    if value.shape == "map":
        return {key: _data(one) for key, one in value.pairs.items()}
    if value.is_null:
        return None
    if value.tag == "int" and _DECIMAL.fullmatch(value.source):
        return int(value.source)
    found = truth(value)
    return value.text if found is None or value.tag == "str" else found


def _groups(context: Context, receiver: str) -> tuple[str, ...] | None:
    return next((path[-1].group_by for path in context.paths if path[-1].receiver == receiver), ())
