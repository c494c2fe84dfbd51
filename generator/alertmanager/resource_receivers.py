"""Check the receivers of AlertmanagerConfig resources: keys that are missing or exclude each other, and addresses.

Source: pkg/alertmanager/validation/v1alpha1, v1beta1 and the Validate methods of pkg/apis/monitoring of
prometheus-operator. A fault leaves the whole resource out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ..finding import Finding
from .config_resources import is_secret_key
from .details import filled_later
from .fault import fault_at, fault_at_key, in_quotes
from .gotemplate import TemplateError, parse_template
from .urls import url_fault
from .value import Value, truth

_EFFECT = "the operator leaves the whole resource out"
Check = Callable[[Value, str], Iterator[Finding]]
# Keys of which one is required; a reference to a Secret, or a text.
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pagerdutyConfigs": (("routingKey", "serviceKey"),),
    "webhookConfigs": (("url", "urlSecret"),),
    "pushoverConfigs": (("userKey",), ("token",)),
    "telegramConfigs": (("botToken", "botTokenFile"), ("chatID",)),
    "emailConfigs": (("to",),),
    "victoropsConfigs": (("routingKey",),),
}
# Addresses, by whether they may be templates.
_URLS: Mapping[str, Mapping[str, bool]] = {
    "pagerdutyConfigs": {"url": False, "clientURL": True},
    "opsgenieConfigs": {"apiURL": False},
    "rocketchatConfigs": {"apiURL": False, "iconURL": True, "imageURL": True, "thumbURL": True},
    "webhookConfigs": {"url": True},
    "wechatConfigs": {"apiURL": False},
    "victoropsConfigs": {"apiUrl": False, "apiURL": False},
    "pushoverConfigs": {"url": True},
    "snsConfigs": {"apiURL": True},
    "telegramConfigs": {"apiURL": False},
    "webexConfigs": {"apiURL": False},
}
_RESERVED = frozenset(
    {
        *("routing_key", "message_type", "state_message", "entity_display_name"),
        *("monitoring_tool", "entity_id", "entity_state"),
    }
)
_HOST_PORT = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*\Z")  # net.SplitHostPort
_RESPONDERS = ("team", "teams", "user", "escalation", "schedule")


def integration_faults(receiver: Value) -> Iterator[Finding]:
    """Yield the faults of a receiver's integrations (AMC005)."""
    for key, listed in receiver.pairs.items():
        for one in listed.items if listed.shape == "list" else ():
            if one.shape != "map":
                continue
            for keys in _NEEDED.get(key, ()):
                if not any(_is_given(one, each) for each in keys):
                    message = f"{key} needs {' or '.join(keys)}: {_EFFECT}"
                    yield fault_at("AMC005", one, message, "add it" if len(keys) == 1 else "add one of them")
            for name, templated in _URLS.get(key, {}).items():
                yield from _address(one, name, templated=templated, empty=key == "snsConfigs")
            yield from _special(key, one)
            yield from _references(one)
            client = one.get("httpConfig")
            if client is not None:
                yield from _client(client)


def _references(value: Value) -> Iterator[Finding]:
    """Yield references to Secrets without a name."""
    stack = [value]
    while stack:
        one = stack.pop()
        if is_secret_key(one) and not one.text_of("name"):
            yield fault_at(
                "AMC005", one, f"the Secret has no name: {_EFFECT}", "add name, of a Secret in the namespace"
            )
        stack += reversed((*one.pairs.values(), *one.items))


def _is_given(value: Value, key: str) -> bool:
    found = value.get(key)
    if found is None:
        return False
    return found.shape == "map" or found.text not in ({"", "0"} if key == "chatID" else {""})


def _address(value: Value, key: str, *, templated: bool, empty: bool = False) -> Iterator[Finding]:
    """Yield a fault of an address; ``empty``: one that is there must not be empty."""
    found = value.get(key)
    if found is None or found.shape != "scalar" or filled_later(found.text):
        return
    if not found.text and not empty:
        return
    if templated and "{{" in found.text:
        try:
            parse_template(found.text)
        except TemplateError as error:
            message = f"{key} is not a valid template: {error}: {_EFFECT}"
            yield fault_at("AMC005", found, message, "fix the template")
        return
    reason = url_fault(found.text) or _scheme_fault(found.text)
    if reason:
        message = f"{key} is {in_quotes(found.text)}, not an address: {reason}: {_EFFECT}"
        yield fault_at("AMC005", found, message, "write http:// or https:// and a host")


def _scheme_fault(text: str) -> str:
    scheme, colon, rest = text.partition("://")
    if not colon or scheme.lower() not in {"http", "https"}:
        return "it does not begin with http:// or https://"
    return "" if rest.partition("/")[0].partition("?")[0] else "it has no host"


def _special(key: str, one: Value) -> Iterator[Finding]:
    checks: Mapping[str, Check] = {
        "emailConfigs": _email,
        "victoropsConfigs": _custom_fields,
        "pushoverConfigs": _pushover,
        "telegramConfigs": _telegram,
        "opsgenieConfigs": _responders,
        "snsConfigs": _sns,
        "pagerdutyConfigs": _links,
        "rocketchatConfigs": _actions,
    }
    if key in checks:
        yield from checks[key](one, key)


def _email(one: Value, key: str) -> Iterator[Finding]:
    host = one.get("smarthost")
    if host is not None and host.text and not _HOST_PORT.match(host.text) and not filled_later(host.text):
        message = f"smarthost is {in_quotes(host.text)}, not a host and a port: {_EFFECT}"
        yield fault_at("AMC005", host, message, "write it like mail.example.com:587")
    seen: set[str] = set()
    for each in one.list_of("headers"):
        name = each.text_of("key").lower()
        if name in seen:
            yield fault_at("AMC005", each, f"the header {in_quotes(name)} is duplicated: {_EFFECT}", "remove one")
        seen.add(name)


def _custom_fields(one: Value, key: str) -> Iterator[Finding]:
    for each in one.list_of("customFields"):
        if each.text_of("key") in _RESERVED:
            message = f"customFields has {in_quotes(each.text_of('key'))}, which is reserved: {_EFFECT}"
            yield fault_at("AMC005", each, message, "remove it, or use the key of that name")


def _pushover(one: Value, key: str) -> Iterator[Finding]:
    if all(truth(one.pairs.get(name, Value("scalar"))) for name in ("html", "monospace")):
        message = f"html and monospace exclude each other: {_EFFECT}"
        yield fault_at_key("AMC005", one.pairs["monospace"], message, "keep one")


def _telegram(one: Value, key: str) -> Iterator[Finding]:
    if one.get("botToken") is not None and one.get("botTokenFile") is not None:
        message = f"botToken and botTokenFile exclude each other: {_EFFECT}"
        yield fault_at_key("AMC005", one.pairs["botTokenFile"], message, "keep one")


def _responders(one: Value, key: str) -> Iterator[Finding]:
    for each in one.list_of("responders"):
        sort = each.text_of("type")
        if not any(each.text_of(name) for name in ("id", "name", "username")):
            yield fault_at("AMC005", each, f"the responder needs id, name or username: {_EFFECT}", "add one of them")
        elif sort and "{{" not in sort and sort.lower() not in _RESPONDERS and not filled_later(sort):
            message = f"the type of the responder is {in_quotes(sort)}, not one of {', '.join(_RESPONDERS)}: {_EFFECT}"
            yield fault_at("AMC005", each.pairs["type"], message, "use one of them")


def _sns(one: Value, key: str) -> Iterator[Finding]:
    given = [name for name in ("targetARN", "topicARN", "phoneNumber") if one.text_of(name)]
    if len(given) % 2 == 0:  # the operator compares with two inequalities in a row
        message = f"{key} needs one of targetARN, topicARN and phoneNumber: {_EFFECT}"
        yield fault_at("AMC005", one, message, "set one of them")


def _links(one: Value, key: str) -> Iterator[Finding]:
    for name in ("pagerDutyLinkConfigs", "pagerDutyImageConfigs"):
        for each in one.list_of(name):
            yield from _address(each, "href", templated=True)


def _actions(one: Value, key: str) -> Iterator[Finding]:
    if one.list_of("actions"):
        message = (
            "the operator writes actions with keys that Alertmanager does not know, so that it refuses the whole "
            "generated configuration, of all resources"
        )
        yield fault_at_key("AMC005", one.pairs["actions"], message, "remove actions")


def _client(value: Value) -> Iterator[Finding]:
    basic = value.get("basicAuth")
    missing = [name for name in ("username", "password") if basic is not None and basic.get(name) is None]
    if basic is not None and missing:
        yield fault_at_key("AMC005", basic, f"basicAuth has no {' and no '.join(missing)}: {_EFFECT}", "add it")
    authorization = value.get("authorization")
    if authorization is not None and authorization.text_of("type").lower() == "basic":
        message = f"authorization must not have the type basic: {_EFFECT}"
        yield fault_at_key("AMC005", authorization, message, "use basicAuth")
    elif authorization is not None and authorization.get("credentials") is None:
        yield fault_at_key("AMC005", authorization, f"authorization has no credentials: {_EFFECT}", "add them")
    used = [name for name in ("basicAuth", "oauth2", "authorization", "bearerTokenSecret") if value.get(name)]
    if len(used) > 1:
        message = f"httpConfig has {' and '.join(used)}, which exclude each other: {_EFFECT}"
        yield fault_at_key("AMC005", value.pairs[used[-1]], message, "keep one")
    oauth2 = value.get("oauth2")
    for one in (value, oauth2) if oauth2 is not None else (value,):
        yield from _proxy(one)
        yield from _tls(one.get("tlsConfig"))


def _proxy(value: Value) -> Iterator[Finding]:
    """Yield keys of a proxy that exclude or need each other."""
    url = next((value.pairs[key] for key in ("proxyUrl", "proxyURL") if value.text_of(key)), None)
    environment, without = value.get("proxyFromEnvironment"), value.get("noProxy")
    from_environment = environment is not None and truth(environment) is True
    without = without if without is not None and without.text else None
    for one, name in ((url, "proxyUrl"), (without, "noProxy")):
        if from_environment and one is not None:
            message = f"proxyFromEnvironment and {name} exclude each other: {_EFFECT}"
            yield fault_at_key("AMC005", one, message, "keep one")
    is_proxied = bool(value.text_of("proxyUrl")) or from_environment  # proxyURL, its older name, does not count
    if without is not None and not is_proxied:
        yield fault_at_key("AMC005", without, f"noProxy needs proxyUrl: {_EFFECT}", "add it")
    header = value.get("proxyConnectHeader")
    if header is not None and header.pairs and not is_proxied:
        message = f"proxyConnectHeader needs proxyUrl or proxyFromEnvironment: {_EFFECT}"
        yield fault_at_key("AMC005", header, message, "add one of them")


def _tls(value: Value | None) -> Iterator[Finding]:
    """Yield versions of TLS out of order, and a certificate without its key."""
    if value is None or value.shape != "map":
        return
    least, most = value.text_of("minVersion"), value.text_of("maxVersion")
    if least and most and most < least and not (filled_later(least) or filled_later(most)):
        message = f"minVersion {least} is above maxVersion {most}: {_EFFECT}"
        yield fault_at_key("AMC005", value.pairs["minVersion"], message, "lower minVersion")
    certificate = value.get("cert")
    given = certificate is not None and any(certificate.get(key) is not None for key in ("secret", "configMap"))
    if given != (value.get("keySecret") is not None):
        there, missing = ("cert", "keySecret") if given else ("keySecret", "cert")
        yield fault_at_key("AMC005", value.pairs[there], f"tlsConfig has {there} and no {missing}: {_EFFECT}", "add it")
