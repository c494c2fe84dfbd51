"""What the service of a receiver needs to deliver a message, beyond what Alertmanager itself requires.

Needs that only name fields are in ``schemas/alertmanager-fields.json``, under ``delivers``; here are those that depend
on values. Sources: Alertmanager's notifiers (notify/*/*.go), and the services' own documentation, named at each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ...alertmanager.config_fields import is_supported, receiver_types
from ...alertmanager.versions import Versions

Fields = Mapping[str, Any]

_SLACK_TOKENS = ("app_token", "app_token_file")
_SLACK_ADDRESSES = ("api_url", "api_url_file")
_PASSWORDS = ("auth_password", "auth_password_file", "auth_secret", "auth_secret_file")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_ARN = re.compile(r"arn:[a-z-]+:sns:([a-z0-9-]+):.*", re.DOTALL)
_ATLASSIAN = ".atlassian.net"
_JIRA_API = re.compile(r"/rest/api/(?:[0-9]+|latest)/?$")
_LOGINS = frozenset({"authorization", "basic_auth", "oauth2", "bearer_token", "bearer_token_file", "http_headers"})


@dataclass(frozen=True)
class Lack:
    """A field that is missing or wrong in an integration: its path, what is wrong, and what to do.

    ``about`` describes the value. With ``may_work``, the service may deliver without it, so that it is only asked for.
    """

    path: tuple[str, ...]
    message: str
    hint: str
    about: str = ""
    may_work: bool = False


def lacks(type_name: str, one: Fields, own_global: Fields, versions: Versions) -> Iterator[Lack]:
    """Yield what an integration of a spec lacks for its service to deliver; ``own_global`` is the spec's ``global``."""
    known = receiver_types()[type_name]
    for need in known.delivers:
        if any(one.get(key) for key in need.keys) or any(own_global.get(key) for key in need.globals):
            continue
        names = f"one of {', '.join(need.keys)}" if len(need.keys) > 1 else need.keys[0]
        message = f"{type_name} needs {names}: {known.title} does not deliver a message without it"
        yield Lack((need.keys[0],), message, f"add {need.keys[0]}", known.fields[need.keys[0]].about)
    if check := _CHECKS.get(type_name):
        yield from check(one, own_global, versions)


def sns_region(one: Fields) -> str:
    """Return the region in the ARN of an SNS integration, or ``""``."""
    for key in ("topic_arn", "target_arn"):
        if match := _ARN.fullmatch(str(one.get(key, ""))):
            return match.group(1)
    return ""


def is_jira_cloud(one: Fields, own_global: Fields) -> bool:
    """Return whether a Jira integration is with Jira Cloud, as Alertmanager determines it."""
    said = one.get("api_type", "auto")
    return said == "cloud" or (said == "auto" and _address(one, own_global, "jira")[0].endswith(_ATLASSIAN))


def has_mail_password(one: Fields, own_global: Fields) -> bool:
    """Return whether an e-mail integration, or ``global``, has a password or secret for the mail server."""
    return any(key in one for key in _PASSWORDS) or any(f"smtp_{key}" in own_global for key in _PASSWORDS)


def _address(one: Fields, own_global: Fields, service: str) -> tuple[str, str]:
    """Return host and path of the address of Jira or Rocket.Chat."""
    try:
        url = urlsplit(str(one.get("api_url") or own_global.get(f"{service}_api_url") or ""))
        return (url.hostname or "").rstrip("."), url.path
    except ValueError:
        return "", ""


def _slack(one: Fields, own_global: Fields, _versions: Versions) -> Iterator[Lack]:
    """An app's token goes to chat.postMessage, which requires a channel: https://docs.slack.dev/reference/methods."""
    own = any(key in one for key in _SLACK_TOKENS)
    inherited = not any(key in one for key in _SLACK_ADDRESSES) and any(
        f"slack_{key}" in own_global for key in _SLACK_TOKENS
    )
    if not one.get("channel") and (own or inherited or str(one.get("api_url", "")).endswith("/api/chat.postMessage")):
        message = "slack_configs needs channel: with an app's token, Slack does not deliver a message without it"
        yield Lack(("channel",), message, "add channel", "channel or user to post to")


def _email(one: Fields, own_global: Fields, versions: Versions) -> Iterator[Lack]:
    """Servers for sending mail usually require a login (RFC 6409, section 4.3); relays in a cluster need none."""
    if "auth_username" in one:
        in_file = is_supported(versions, "email_configs", "auth_password_file")
        if not in_file and not has_mail_password(one, own_global):
            message = "email_configs has auth_username but no auth_password"
            yield Lack(("auth_password",), message, "add auth_password: this version cannot read it from a file")
    elif "smtp_auth_username" not in own_global:
        about = "user name for the mail server, empty for none"
        yield Lack(("auth_username",), "", "", about, may_work=True)


def _sns(one: Fields, own_global: Fields, _versions: Versions) -> Iterator[Lack]:
    """The region comes from the ARN; else the pod's environment may have it."""
    has_target = any(one.get(key) for key in ("topic_arn", "target_arn", "phone_number"))
    signing = one.get("sigv4")
    has_region = isinstance(signing, Mapping) and bool(signing.get("region"))  # an option's value is not checked yet
    if has_target and not has_region and not sns_region(one):
        yield Lack(("sigv4", "region"), "", "", "AWS region, empty for that of the pod", may_work=True)


def _jira(one: Fields, own_global: Fields, _versions: Versions) -> Iterator[Lack]:
    """Jira Cloud takes an account's e-mail address with an API token, and refuses the token as a bearer token.

    https://developer.atlassian.com/cloud/jira/platform/basic-auth-for-rest-apis/
    """
    host, path = _address(one, own_global, "jira")
    client = one.get("http_config", own_global.get("http_config"))
    if is_jira_cloud(one, own_global) and not (isinstance(client, Mapping) and _LOGINS & set(client)):
        message = "jira_configs needs http_config.basic_auth.username: Jira Cloud takes an account and its API token"
        where = ("http_config", "basic_auth", "username")
        yield Lack(
            where, message, "add the e-mail address of the account", "e-mail address of the account in Jira Cloud"
        )
    if host and not _JIRA_API.search(path):
        hint = (
            f"write https://{host}/rest/api/2" if host.endswith(_ATLASSIAN) else "write it with /rest/api/2 at its end"
        )
        yield Lack(("api_url",), "api_url is not the address of Jira's API", hint)
    if path.rstrip("/").endswith("/3") and "description" not in one:
        message = "api_url is version 3 of Jira's API, which takes a description as JSON only"
        yield Lack(("api_url",), message, "write …/rest/api/2, or set description to JSON (Atlassian Document Format)")


def _rocketchat(one: Fields, own_global: Fields, _versions: Versions) -> Iterator[Lack]:
    """Alertmanager adds the path of the method: https://prometheus.io/docs/alerting/latest/configuration/."""
    path = _address(one, own_global, "rocketchat")[1].rstrip("/")
    if found := re.search(r"/api(?:/v1(?:/chat\.postMessage)?)?$", path):
        message = (
            f"api_url ends with {found.group()}: Alertmanager adds /api/v1/chat.postMessage to the server's address"
        )
        yield Lack(("api_url",), message, f"remove {found.group()}")


_Check = Callable[[Fields, Fields, Versions], Iterator[Lack]]
_CHECKS: Mapping[str, _Check] = {
    "slack_configs": _slack,
    "email_configs": _email,
    "sns_configs": _sns,
    "jira_configs": _jira,
    "rocketchat_configs": _rocketchat,
}
