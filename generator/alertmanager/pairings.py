"""Keys that need each other, or a value of each other, by section: rules that the table of fields cannot express.

Source: the UnmarshalYAML methods of Alertmanager's configuration and of prometheus/common, and the operator's sanitize
methods (prometheus-operator, pkg/alertmanager/amcfg.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..finding import Finding
from .config_fields import Section
from .details import filled_later, has_authorization, is_null_text, is_set
from .event_pairings import kafka_faults, output_faults, webhook_faults
from .fault import fault_at, fault_at_key, in_quotes
from .slack_pairings import SLACK_POST, slack_faults
from .value import Value, truth
from .versions import Versions

_RESPONDERS = frozenset({"team", "teams", "user", "escalation", "schedule"})
_THREADS = frozenset({"none", "daily"})
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SIGNATURES = ("RS256", "RS384", "RS512")
_CUSTOM_FIELDS = frozenset(
    {
        *("routing_key", "message_type", "state_message", "entity_display_name"),
        *("monitoring_tool", "entity_id", "entity_state"),
    }
)
_HEADERS = frozenset(
    {
        *("Authorization", "Host", "Content-Encoding", "Content-Length", "Content-Type", "User-Agent", "Connection"),
        *("Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Www-Authenticate", "Accept-Encoding"),
        *("X-Prometheus-Remote-Write-Version", "X-Prometheus-Remote-Read-Version"),
        *("X-Prometheus-Scrape-Timeout-Seconds", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"),
    }
)
# Releases that use a credential of global though the receiver has its own in another form: its key, and that of global.
_PREFERS_GLOBAL = ((0, 31), (0, 35))  # since, and before
_PREFERRED = {
    "email_configs": (("auth_secret", "smtp_auth_secret_file"),),
    "opsgenie_configs": (("api_key_file", "opsgenie_api_key"),),
    "victorops_configs": (("api_key_file", "victorops_api_key"),),
    "rocketchat_configs": (("token", "rocketchat_token_file"), ("token_id", "rocketchat_token_id_file")),
}
_SNS_TARGETS = ("topic_arn", "target_arn", "phone_number")
# Addresses with a default under global, which null removes: the key of the receiver, and that under global.
_ADDRESSES = {
    "slack_configs": ("app_url", "slack_app_url"),
    "pagerduty_configs": ("url", "pagerduty_url"),
    "opsgenie_configs": ("api_url", "opsgenie_api_url"),
    "wechat_configs": ("api_url", "wechat_api_url"),
    "victorops_configs": ("api_url", "victorops_api_url"),
    "webex_configs": ("api_url", "webex_api_url"),
}


def special_faults(value: Value, section: Section, name: str, target: Versions, top: Value) -> Iterator[Finding]:
    """Yield the faults of the keys of a section; ``top`` has the keys of ``global``."""
    if check := _CHECKS.get(section.name):
        yield from check(value, name, target)
    if section.name == "slack_configs":
        yield from slack_faults(value, target, top)
    yield from _address(value, section, top)
    if _PREFERS_GLOBAL[0] <= target.alertmanager < _PREFERS_GLOBAL[1]:
        yield from _ignored(value, section, top)
    if section.name == "telegram_configs" and target.alertmanager < (0, 25):
        yield from _telegram(value, top)


def _address(value: Value, section: Section, top: Value) -> Iterator[Finding]:
    """Yield a fault if null removes the default of an address that a receiver needs."""
    key, default = _ADDRESSES.get(section.name, ("", ""))
    found = top.pairs.get(default)
    if found is not None and found.is_null and not is_set(value, key):
        message = f"global.{default} is null, which removes the default that {section.name} needs"
        yield fault_at_key("AM020", found, message, "remove it, or write an address")


def _ignored(value: Value, section: Section, top: Value) -> Iterator[Finding]:
    """Yield credentials instead of which Alertmanager uses that of ``global``."""
    for key, shared in _PREFERRED.get(section.name, ()):
        if is_set(value, key) and is_set(top, shared):
            message = f"{section.name}.{key} is ignored from Alertmanager 0.31 to 0.34: global.{shared} is used"
            yield fault_at_key("AM020", value.pairs[key], message, f"remove global.{shared}", "warning")


def _global(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    yield from _null_texts(value, "rocketchat_token", "rocketchat_token_id")
    token = next((one for one in ("slack_app_token", "slack_app_token_file") if is_set(value, one)), "")
    key = next((one for one in ("slack_api_url", "slack_api_url_file") if is_set(value, one)), "")
    address = value.text_of(key) if key else ""
    app = value.text_of("slack_app_url") or SLACK_POST
    later = filled_later(address) or filled_later(app)
    if token and key and (key.endswith("_file") or (address != app and not later)):
        message = f"global has both {token} and {key}"
        hint = f"keep one: only slack_api_url: {SLACK_POST} may be next to a token"
        yield fault_at_key("AM020", value.pairs[key], message, hint)


def _telegram(value: Value, top: Value) -> Iterator[Finding]:
    if not is_set(value, "api_url") and not is_set(top, "telegram_api_url"):
        message = "telegram_configs needs api_url before Alertmanager 0.25"
        yield fault_at("AM020", value, message, "write api_url: https://api.telegram.org")


def _sns(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if all(is_set(value, key) for key in _SNS_TARGETS):  # Alertmanager only refuses two of the three
        message = f"sns_configs has {', '.join(_SNS_TARGETS)}: AWS accepts only one"
        yield fault_at_key("AM020", value.pairs[_SNS_TARGETS[1]], message, "keep one", "warning")


def _action(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if not (is_set(value, "url") or is_set(value, "name")):
        yield fault_at("AM033", value, "an action has neither url nor name", "add one")


def _authorization(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if value.text_of("type").lower() == "basic":
        yield fault_at("AM020", value, "authorization must not have the type basic", "use basic_auth")


def _proxy(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if is_set(value, "no_proxy") and not is_set(value, "proxy_url"):
        yield fault_at_key("AM020", value.pairs["no_proxy"], "no_proxy needs proxy_url", "add proxy_url, or remove it")
    headers = value.get("proxy_connect_header")
    proxied = is_set(value, "proxy_url") or is_set(value, "proxy_from_environment")
    if headers is not None and headers.pairs and not proxied:
        message = "proxy_connect_header needs proxy_url or proxy_from_environment"
        yield fault_at_key("AM020", headers, message, "add one, or remove it")


def _http(value: Value, name: str, target: Versions) -> Iterator[Finding]:
    yield from _proxy(value, name, target)
    for header, one in _headers(value.get("http_headers")):
        if header in _HEADERS:
            yield fault_at_key("AM020", one, f"http_headers must not have {header}", "remove it")


def _headers(value: Value | None) -> Iterator[tuple[str, Value]]:
    """Yield names of headers as Go writes them, with their values."""
    for key, one in (value.pairs if value is not None else {}).items():
        yield "-".join(part.capitalize() for part in key.split("-")), one


def _email(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    threads = value.get("threading", "enabled")
    seen: set[str] = set()
    for header, one in _headers(value.get("headers")):
        if header in seen:
            yield fault_at_key("AM020", one, f"the header {header} is duplicated", "keep one: case does not matter")
        elif header in {"References", "In-Reply-To"} and threads is not None and truth(threads) is True:
            yield fault_at_key("AM020", one, f"threading sets the header {header}", "remove it, or threading")
        seen.add(header)


def _victorops(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    fields = value.get("custom_fields")
    for key, one in (fields.pairs if fields is not None else {}).items():
        if key in _CUSTOM_FIELDS:
            yield fault_at_key("AM020", one, f"custom_fields must not have {key}", "rename it: every message has it")


def _incidentio(value: Value, _name: str, target: Versions) -> Iterator[Finding]:
    client = value.get("http_config")
    if client is None and target.operator is None:
        return
    authorized = client is not None and has_authorization(client)
    token = next((one for one in ("alert_source_token", "alert_source_token_file") if is_set(value, one)), "")
    if authorized and token:
        message = f"incidentio_configs has both {token} and http_config.authorization"
        yield fault_at_key("AM020", value.pairs[token], message, "keep one")
    elif not token and (client is None or not authorized or (target.operator and client.get("authorization") is None)):
        what = "with http_config" if target.operator is None else "without http_config.authorization"
        message = f"incidentio_configs {what} needs alert_source_token or alert_source_token_file"
        yield fault_at("AM020", value, message, "add alert_source_token_file, or http_config.authorization")


def _oauth2(value: Value, name: str, target: Versions) -> Iterator[Finding]:
    yield from _proxy(value, name, target)
    algorithm = value.text_of("signature_algorithm")
    if value.text_of("grant_type") == _JWT and algorithm and algorithm not in _SIGNATURES:
        message = f"signature_algorithm is {in_quotes(algorithm)}"
        yield fault_at("AM032", value.pairs["signature_algorithm"], message, f"use one of {', '.join(_SIGNATURES)}")
    if target.alertmanager < (0, 28) and not (is_set(value, "client_secret") or is_set(value, "client_secret_file")):
        yield fault_at("AM020", value, "oauth2 needs client_secret or client_secret_file", "add client_secret_file")


def _sigv4(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if is_set(value, "access_key") != is_set(value, "secret_key"):
        message = "sigv4 has an access_key or a secret_key without the other"
        yield fault_at("AM020", value, message, "set both, or neither")
    if is_set(value, "external_id") and not is_set(value, "role_arn"):
        message = "external_id needs role_arn"
        yield fault_at_key("AM020", value.pairs["external_id"], message, "add role_arn, or remove it")


def _tls(value: Value, name: str, target: Versions) -> Iterator[Finding]:
    cert, key = (is_set(value, one) or is_set(value, f"{one}_file") for one in ("cert", "key"))
    if cert != key and target.alertmanager >= (0, 26):
        yield fault_at("AM020", value, f"{name} has a client certificate or key without the other", "set both")


def _threading(value: Value, _name: str, target: Versions) -> Iterator[Finding]:
    enabled, by = value.get("enabled"), value.get("thread_by_date")
    needed = target.operator is not None or (enabled is not None and truth(enabled) is True)
    text = "" if by is None else by.text
    if needed and text not in _THREADS and not filled_later(text):
        place = by or enabled or value
        what = f"is {in_quotes(text)}" if text else "is missing"
        yield fault_at("AM032", place, f"thread_by_date of threading {what}", "write thread_by_date: daily, or none")


def _responder(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    if not any(is_set(value, key) for key in ("id", "name", "username")):
        yield fault_at("AM033", value, "a responder has neither id, name nor username", "add one")
    sort = value.text_of("type")
    if "{{" not in sort and sort.lower() not in _RESPONDERS:
        allowed = ", ".join(sorted(_RESPONDERS))
        yield fault_at(
            "AM032", value.get("type") or value, f"a responder has the type {in_quotes(sort)}", f"use one of {allowed}"
        )


def _receiver(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    label, name = value.get("labels", "name"), value.text_of("name")
    if label is not None and label.text != name:
        message = f"the label name of a receiver is {in_quotes(label.text)}, but the receiver is {in_quotes(name)}"
        yield fault_at("AM032", label, message, "remove the label: Alertmanager sets it")


def _rocketchat(value: Value, _name: str, target: Versions) -> Iterator[Finding]:
    yield from _null_texts(value, "token", "token_id")
    if target.operator is not None and any(not one.is_null for one in value.list_of("actions")):
        message = "rocketchat_configs.actions: the operator adds is_webview to each, which Alertmanager refuses"
        yield fault_at_key("AM014", value.pairs["actions"], message, "remove them")


def _null_texts(value: Value, *keys: str) -> Iterator[Finding]:
    """Yield texts that are null in quotes, which go-yaml v2 does not pass to a field with a decoder of its own."""
    for key in keys:
        found = value.pairs.get(key)
        if found is not None and is_null_text(found):
            yield fault_at("AM032", found, f"{key} is {in_quotes(found.text)}, which is refused", "write another text")


def _jira(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    yield from _null_texts(value, "summary", "description")
    sort = value.pairs.get("api_type")
    if sort is not None and sort.is_null:
        yield fault_at("AM032", sort, "jira_configs.api_type is empty", "use one of 'auto', 'cloud', 'datacenter'")


_Check = Callable[[Value, str, Versions], Iterator[Finding]]
_CHECKS: Mapping[str, _Check] = {
    "global": _global,
    "sns_configs": _sns,
    "SlackAction": _action,
    "authorization": _authorization,
    "http_config": _http,
    "email_configs": _email,
    "victorops_configs": _victorops,
    "incidentio_configs": _incidentio,
    "oauth2": _oauth2,
    "sigv4_config": _sigv4,
    "tls_config": _tls,
    "ThreadingConfig": _threading,
    "OpsGenieConfigResponder": _responder,
    "receiver": _receiver,
    "event_recorder": output_faults,
    "EventWebhook": webhook_faults,
    "EventKafka": kafka_faults,
    "jira_configs": _jira,
    "rocketchat_configs": _rocketchat,
}
