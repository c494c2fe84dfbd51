"""Keys that need each other, or a value of each other, by section: rules that the table of fields cannot express.

Source: the UnmarshalYAML methods of Alertmanager's configuration and of prometheus/common, and the operator's sanitize
methods (prometheus-operator, pkg/alertmanager/amcfg.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..finding import Finding
from .config_fields import Section
from .details import filled_later, is_set
from .fault import fault_at, fault_at_key, in_quotes
from .value import Value, truth
from .versions import Versions

_RESPONDERS = frozenset({"team", "teams", "user", "escalation", "schedule"})
_THREADS = frozenset({"none", "daily"})
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SIGNATURES = ("RS256", "RS384", "RS512")
_SLACK_POST = "https://slack.com/api/chat.postMessage"


def special_faults(value: Value, section: Section, name: str, target: Versions, top: Value) -> Iterator[Finding]:
    """Yield the faults of the keys of a section; ``top`` has the keys of ``global``."""
    if check := _CHECKS.get(section.name):
        yield from check(value, name, target)
    if section.name == "telegram_configs" and target.alertmanager < (0, 25):
        yield from _telegram(value, top)


def _telegram(value: Value, top: Value) -> Iterator[Finding]:
    if not is_set(value, "api_url") and not is_set(top, "telegram_api_url"):
        message = "telegram_configs needs api_url before Alertmanager 0.25"
        yield fault_at("AM020", value, message, "write api_url: https://api.telegram.org")


def _slack(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    updates, address = value.get("update_message"), value.get("api_url")
    if updates is None or truth(updates) is not True or (address is not None and filled_later(address.text)):
        return
    if address is None or address.text != _SLACK_POST:
        message = f"update_message needs api_url: {_SLACK_POST}"
        hint = "set it, with the token in http_config.authorization, or remove update_message"
        yield fault_at_key("AM020", updates, message, hint)


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


def _jira(value: Value, _name: str, _target: Versions) -> Iterator[Finding]:
    sort = value.pairs.get("api_type")
    if sort is not None and sort.is_null:
        yield fault_at("AM032", sort, "jira_configs.api_type is empty", "use one of 'auto', 'cloud', 'datacenter'")


_Check = Callable[[Value, str, Versions], Iterator[Finding]]
_CHECKS: Mapping[str, _Check] = {
    "slack_configs": _slack,
    "SlackAction": _action,
    "authorization": _authorization,
    "http_config": _proxy,
    "oauth2": _oauth2,
    "sigv4_config": _sigv4,
    "tls_config": _tls,
    "ThreadingConfig": _threading,
    "OpsGenieConfigResponder": _responder,
    "receiver": _receiver,
    "jira_configs": _jira,
}
