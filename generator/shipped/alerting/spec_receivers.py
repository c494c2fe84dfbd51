"""Complete the receivers of a spec with default values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...alertmanager.chart_layouts import layout_of
from ...alertmanager.config_fields import integrations_of, is_supported, receiver_types, section_fields
from ...alertmanager.versions import Versions, installed_operator, version
from ...printable import shell_word
from .delivery import has_mail_password, is_jira_cloud, sns_region
from .message_texts import texts
from .mounted_secrets import SecretFiles, SecretReader

NULL = "null"
SECRETS = "/etc/alertmanager/secrets"  # where Prometheus Operator mounts alertmanagerSpec.secrets
# Fields of the default Slack receiver, and of the short form ``slack:``.
SLACK: Mapping[str, Any] = {
    "receiver": "slack",
    "channel": "#alerts",
    "api_url_file": f"{SECRETS}/alertmanager-slack/api-url",
    "username": "Alertmanager",
    "icon_url": "https://prometheus.io/assets/favicons/favicon.ico",
}
_LONGEST_NAME = 200
_NAME = re.compile(r"(?!null\Z)[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?")
_OTHER_SLACK = frozenset({"api_url", "app_token", "app_token_file"})  # each replaces the address in a file
# The first fields of an integration, in reading order; the others follow in Alertmanager's order.
_FIRST = (
    *("to", "channel", "room_id", "chat_id", "topic_arn", "project", "issue_type", "corp_id"),
    *(
        "url",
        "url_file",
        "webhook_url",
        "webhook_url_file",
        "api_url",
        "api_url_file",
        "routing_key",
        "routing_key_file",
    ),
    *("api_key", "api_key_file", "app_token_file", "bot_token_file", "user_key_file", "token_id_file", "token_file"),
    *("http_config", "send_resolved", "username", "icon_url", "parse_mode", "headers", "subject", "title", "summary"),
    *("message", "text", "html"),
)

_LOGINS = frozenset({"authorization", "basic_auth", "oauth2", "bearer_token", "bearer_token_file"})
_SLICE = (0, 20)  # the first Alertmanager whose Go has the template function slice

Receiver = Mapping[str, Any]


def versions_of(values: Mapping[str, Any]) -> Versions:
    """Return the versions that the values of a spec are for.

    The default is the newest known Alertmanager and the operator that kube-prometheus-stack installs, which may be
    older than the newest; there is none for a chart whose configuration no Prometheus Operator reads.
    """
    operator = str(values.get("operator") or "")
    is_read = bool(operator) or layout_of(str(values.get("chart") or "")).operator
    reads = version(operator, "operator") if operator else installed_operator()
    has_none = operator == "none" or not is_read
    return Versions(version(str(values.get("alertmanager") or "")), None if has_none else reads)


def given(values: Mapping[str, Any]) -> list[Receiver]:
    """Return the receivers of a spec, with the short form ``slack:`` expanded, and Slack if it has none."""
    listed: list[Receiver] = list(values.get("receivers") or ())
    if "slack" not in values and listed:
        return listed
    slack = {**SLACK, **(values.get("slack") or {})}
    own = values.get("slack") or {}
    if not is_supported(versions_of(values), "slack_configs", "api_url_file") or set(own) & _OTHER_SLACK:
        slack = {key: one for key, one in slack.items() if key != "api_url_file" or key in own}
    style = {"text_style": slack.pop("text_style")} if "text_style" in slack else {}
    return [{"name": slack.pop("receiver"), **style, "slack_configs": [slack]}, *listed]


def completed(values: Mapping[str, Any], versions: Versions) -> list[dict[str, Any]]:
    """Return the receivers of a spec with all defaults for the given versions."""
    watchdog, style = values.get("watchdog", NULL), values.get("text_style", "full")
    own = values.get("global") or {}
    out = []
    files = _secret_files(values)
    for receiver in given(values):
        made: dict[str, Any] = {}
        own_style = receiver.get("text_style", style)
        for name in receiver:  # in the order of the spec, so that an integration that is added changes no other's files
            if name in receiver_types():
                heartbeat = receiver["name"] == watchdog
                made[name] = [
                    _completed(
                        SecretReader(receiver["name"], name, one), own, versions, own_style, files, heartbeat=heartbeat
                    )
                    for one in receiver[name]
                ]
        whole = {"name": receiver["name"], **{name: made[name] for name in receiver_types() if name in made}}
        out.append(whole | {key: one for key, one in receiver.items() if key not in {*whole, "text_style"}})
    return out


def _secret_files(values: Mapping[str, Any]) -> SecretFiles:
    """Return the default files of Secrets for the receivers of a spec, with the files that it names itself noted."""
    receivers = given(values)
    files = SecretFiles(tuple(str(one["name"]) for one in receivers))
    for receiver in receivers:
        for name, _, one in integrations_of(receiver):
            if name == "slack_configs" and one.get("api_url_file") == SLACK["api_url_file"]:
                files.path(SecretReader(SLACK["receiver"], name, one), "api_url")
            for path in file_paths(one):
                files.read_by(path, name)
    return files


def _completed(
    reader: SecretReader,
    own_global: Mapping[str, Any],
    versions: Versions,
    style: str,
    files: SecretFiles,
    *,
    heartbeat: bool,
) -> dict[str, Any]:
    type_name, one = reader.type_name, reader.one
    read = secret_files(reader, own_global, versions, files)
    whole = {"send_resolved": not heartbeat, **read, **one, **_nested(reader, files)}
    for key, text in generated_texts(type_name, one, versions, style).items():
        whole[key] = {**text, **one[key]} if key in one else text
    if "icon_emoji" in one and "icon_url" not in one:
        whole.pop("icon_url", None)
    order = list(section_fields(type_name))
    return {key: whole[key] for key in sorted(whole, key=lambda key: (_rank(key), order.index(key)))}


def generated_texts(type_name: str, one: Mapping[str, Any], versions: Versions, style: str) -> dict[str, Any]:
    """Return the texts that are generated for an integration: those that it does not have itself, also within a map.

    A field that the versions do not know has none.
    """
    out: dict[str, Any] = {}
    for key, text in texts(type_name, one, style, counts=versions.alertmanager >= _SLICE).items():
        if key not in one:
            out |= {key: text} if is_supported(versions, type_name, key) else {}
        elif isinstance(text, Mapping) and isinstance(one[key], Mapping):
            # Names of headers ignore case, and a duplicate is an error.
            taken = {name.casefold() for name in one[key]}
            out[key] = {name: inner for name, inner in text.items() if name.casefold() not in taken}
    return out


def _nested(reader: SecretReader, files: SecretFiles) -> dict[str, Any]:
    """Return the fields that complete a map of the integration: the region of SNS, the password of an account."""
    out: dict[str, Any] = {}
    type_name, one = reader.type_name, reader.one
    signing = one.get("sigv4") or {}
    if type_name == "sns_configs" and "region" not in signing and (region := sns_region(one)):
        out["sigv4"] = {"region": region, **signing}
    client = one.get("http_config") or {}
    account = client.get("basic_auth") or {}
    if type_name == "jira_configs" and "username" in account and not {"password", "password_file"} & set(account):
        own = {**account, "password_file": files.path(reader, "password")}
        out["http_config"] = {**client, "basic_auth": own}
    return out


def _rank(key: str) -> int:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def secret_files(
    reader: SecretReader, own_global: Mapping[str, Any], versions: Versions, files: SecretFiles
) -> dict[str, Any]:
    """Return the fields that read missing required values of an integration from files of a mounted Secret."""
    out: dict[str, Any] = {}
    type_name, one = reader.type_name, reader.one
    section = section_fields(type_name)
    for need in receiver_types()[type_name].needs:
        if any(key in one for key in need.keys) or any(key in own_global for key in need.globals):
            continue
        file = next((section[key].file for key in need.keys if section[key].secret), None)
        if file and is_supported(versions, type_name, file):
            out[file] = files.path(reader, file.removesuffix("_file"))
    token = "alert_source_token_file"  # noqa: S105 - the name of a field
    if token in section and not {"alert_source_token", token, "http_config"} & set(one):
        out[token] = files.path(reader, "alert_source_token")
    in_file = "auth_username" in one and is_supported(versions, type_name, "auth_password_file")
    if in_file and not has_mail_password(one, own_global):
        out["auth_password_file"] = files.path(reader, "auth_password")
    cloud = type_name == "jira_configs" and is_jira_cloud(one, own_global)
    needs, shared = receiver_types()[type_name].authorization, own_global.get("http_config")
    if needs and not cloud and "http_config" not in one and (needs == "required" or not shared):
        # Alertmanager requires authorization of the integration itself, which has nothing of the global one then.
        client = {key: value for key, value in (shared or {}).items() if key not in _LOGINS}
        login = (shared or {}).get("authorization") or {"credentials_file": files.path(reader, "credentials")}
        out["http_config"] = {**client, "authorization": login}
    return {key: value for key, value in out.items() if key not in one}


def secrets_without_file(
    type_name: str, one: Mapping[str, Any], own_global: Mapping[str, Any], versions: Versions
) -> list[str]:
    """Return the secrets that an integration lacks, and that these versions cannot read from a file."""
    fields = receiver_types()[type_name].fields
    return [
        need.keys[0]
        for need in receiver_types()[type_name].needs
        if not any(key in one for key in need.keys)
        and not any(key in own_global for key in need.globals)
        and all(fields[key].secret or not is_supported(versions, type_name, key) for key in need.keys)
        and fields[need.keys[0]].secret
    ]


def options_for_secrets(receiver: Receiver, type_name: str, own_global: Mapping[str, Any], versions: Versions) -> str:
    """Return the end of a hint: the options for the secrets that the first integration lacks and no file can have."""
    lacking = secrets_without_file(type_name, receiver[type_name][0], own_global, versions)
    settings = "".join(f"--set {shell_word(receiver['name'] + f'.{key}=VALUE')} " for key in lacking)
    return f"; as options of scaffold alerting: {settings}--plain-secret" if lacking else ""


def can_name_receiver(name: str) -> bool:
    """Return whether a receiver of a spec may have a name, by ``receiver_name`` of the schema."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def file_paths(value: Any) -> Iterator[str]:
    """Yield the files of mounted Secrets that a part of a spec names."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from file_paths(one)
    elif isinstance(value, list):
        for one in value:
            yield from file_paths(one)
    elif isinstance(value, str) and SECRET_FILE.fullmatch(value):
        yield value


SECRET_FILE = re.compile(rf"{SECRETS}/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/([A-Za-z0-9._-]+)")
