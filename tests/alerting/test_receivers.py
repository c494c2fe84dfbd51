"""Every receiver type of Alertmanager: what a spec may say of it, and what is generated."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, config, render, report, spec
from generator.alertmanager.config_fields import (
    FieldType,
    exclusive_fields,
    field_table,
    receiver_types,
    section_fields,
    type_parts,
)
from generator.alertmanager.versions import Version, newest, version_text
from generator.alertmanager.versions import version as version_of
from generator.errors import Invalid
from generator.shipped.alerting import message_texts as texts
from generator.template import load_template

from ..conftest import Repo
from ..support.real import tool
from . import alerting_schema

ROOT = Path(__file__).parents[2]
DEBIAN = (0, 25)  # the Alertmanager of Debian 12 and 13

# What people must say of a type, beyond what has a default. Alertmanager 0.25 reads some secrets from no file yet.
NEEDED: dict[str, dict[str, Any]] = {
    "email_configs": {"to": "ops@example.org", "smarthost": "mail.example.org:587", "from": "am@example.org"},
    "victorops_configs": {"routing_key": "team"},
    "wechat_configs": {"corp_id": "corp", "agent_id": "1000002", "to_user": "@all"},
    "sns_configs": {"topic_arn": "arn:aws:sns:eu-west-1:1:alerts"},
    "telegram_configs": {"chat_id": -1001234567890},
    "webex_configs": {"room_id": "room"},
    "rocketchat_configs": {"channel": "#alerts", "api_url": "https://chat.example.org"},
    "jira_configs": {"project": "OPS", "issue_type": "Bug", "api_url": "https://jira.example.org/rest/api/2"},
    "incidentio_configs": {"url": "https://api.incident.io/v2/alert_events/alertmanager/1"},
}
IN_PLAIN: dict[str, dict[str, Any]] = {
    "webhook_configs": {"url": "https://example.org/hook"},
    "pushover_configs": {"user_key": "user", "token": "token"},
    "wechat_configs": {"api_secret": "secret"},
    "telegram_configs": {"bot_token": "1:token"},
    "discord_configs": {"webhook_url": "https://discord.com/api/webhooks/1/x"},
    "msteams_configs": {"webhook_url": "https://example.org/teams"},
}
TYPES = list(receiver_types())
SAMPLES: dict[str, Any] = {
    "string": "{{ .Status }}",
    "bool": True,
    "int": 3,
    "int64": 2**53 + 1,
    "uint": 0,
    "float": 0.5,
    "duration": "1h30m",
    "go_duration": "1m30s",
    "url": "https://example.org/x?y=1#z",
    "any_url": "socks5://proxy.example.org",
    "url_or_template": "https://example.org/{{ .Status }}",
    "filepath": "/run/secrets/file",
    "host:port": "mail.example.org:25",
    "regex": "a|b",
    "matcher": 'severity =~ "warning|critical"',
    "any": {"deep": [1, None]},
    "secret": "s",
}
# Fields whose text is not free.
FIXED = {
    "headers": {"subject": "{{ .CommonLabels.team }}"},
    "details": {"alerts": "{{ .Status }}"},
    "color": "danger",
    "message_type": "text",
    "parse_mode": "HTML",
    "min_version": "TLS12",
    "max_version": "TLS13",
    "grant_type": "client_credentials",
    "thread_by_date": "daily",
    "api_type": "cloud",
}


def values_of(data: dict[str, Any], settings: str = "") -> dict[str, Any]:
    """Return what a spec renders to, as Helm reads it."""
    read = spec.parse_spec(json.dumps(data), "scaffold.yaml")
    template = load_template("alerting", None, "scaffold.yaml")
    tree = render.render(
        template, spec.values(read, config.parse_config(settings), template.schema), "scaffold.yaml"
    ).tree
    (text,) = tree.values()
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def told(data: dict[str, Any], settings: str = "") -> str:
    """Return the problems of a spec as people see them."""
    with pytest.raises(Invalid) as raised:
        values_of(data, settings)
    return "\n".join(report.problem_text(one) for one in raised.value.problems)


def spec_of(type_name: str, *, version: str = "", **more: Any) -> dict[str, Any]:
    """Return a spec with one receiver of a type that says no more than it must."""
    one = dict(NEEDED.get(type_name, {}))
    plain = {}
    refused_file = type_name in {"discord_configs", "msteams_configs"}
    if type_name in IN_PLAIN and (version or refused_file):
        one |= IN_PLAIN[type_name]
        plain = {"plain_secret": True}
    versions = {"alertmanager": version} if version else {}
    receiver = {"name": "team", type_name: [one]}
    return {"template": "alerting", "name": "x", **versions, **plain, "receivers": [receiver], **more}


def integration(values: dict[str, Any], type_name: str) -> dict[str, Any]:
    receiver = values["alertmanager"]["config"]["receivers"][1]
    assert receiver["name"] == "team"
    (one,) = receiver[type_name]
    found: dict[str, Any] = one
    return found


def checked(folder: Path, configuration: Any) -> None:
    """Load a configuration in Debian's Alertmanager."""
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(configuration), "utf-8")
    done = subprocess.run(
        [tool("amtool"), "check-config", path.name], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr + path.read_text("utf-8")


def sample(field: FieldType, key: str, version: Version = (0, 99)) -> Any:
    """Return a value for a field, of its type, that a version knows."""
    if key in FIXED:
        return FIXED[key]
    held, inner = type_parts(field.type)
    if held == "list":
        return [sample(FieldType("", inner), "", version)]
    if held == "map":
        return {"key": sample(FieldType("", inner), "", version)}
    if field.enum:
        return field.enum[-1]
    first = inner.partition("|")[0]
    return SAMPLES[first] if first in SAMPLES else every_field(first, version)


def every_field(section: str, version: Version) -> dict[str, Any]:
    """Return every field of a section that a version knows, but those that exclude an earlier one."""
    whole = field_table().sections.get(section) or receiver_types()[section]
    out: dict[str, Any] = {}
    excluded: set[str] = set()
    groups = exclusive_fields(section, whole.fields)
    for key, field in whole.fields.items():
        old = version_of(field.since) <= version and not field.deprecated
        files = [field.file] if field.file in whole.fields else []
        if old and key not in excluded and not key.startswith("proxy_") and key != "no_proxy":
            out[key] = sample(field, key, version)
            excluded |= {*files, *(other for group in groups if key in group for other in group)}
    return out


def kept(made: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """Return what a spec sets, as it was made; PagerDuty's details have more keys beside those of the spec."""
    return {key: {each: made[key][each] for each in one[key]} if key == "details" else made[key] for key in one}


def test_the_schema_follows_from_the_data() -> None:
    assert json.loads(assets.schema_text("alerting")) == json.loads(alerting_schema.whole())


def test_the_table_in_the_documentation_follows_from_the_data() -> None:
    assert alerting_schema.table() in (ROOT / "docs/user/alerting.md").read_text("utf-8")


def test_every_type_is_here() -> None:
    assert len(TYPES) >= 18
    assert sum(len(section_fields(one)) for one in TYPES) >= 248


@pytest.mark.parametrize("type_name", TYPES)
def test_defaults_work(type_name: str) -> None:
    """A spec that says no more than it must: resolved is sent, secrets come from mounted files, no text is missing."""
    values = values_of(spec_of(type_name))
    one = integration(values, type_name)
    assert one["send_resolved"] is True
    files = [value for key, value in one.items() if key.endswith("_file")]
    mounted = values["alertmanager"].get("alertmanagerSpec", {}).get("secrets", [])
    nested = json.dumps(one)
    assert all(value.startswith("/etc/alertmanager/secrets/alertmanager-team/") for value in files)
    assert mounted == (["alertmanager-team"] if "/etc/alertmanager/secrets/" in nested else [])
    for key, text in texts.texts(type_name, one, "full").items():
        assert one[key] == text


@pytest.mark.parametrize("type_name", TYPES)
def test_debians_alertmanager_loads_the_defaults(type_name: str, tmp_path: Path) -> None:
    since = version_of(receiver_types()[type_name].since)
    data = spec_of(type_name, version="0.25")
    if since > DEBIAN:
        assert f"{type_name} needs Alertmanager {version_text(since)}, but this is for 0.25" in told(data)
    else:
        checked(tmp_path, values_of(data)["alertmanager"]["config"])


@pytest.mark.parametrize("type_name", [one for one in TYPES if version_of(receiver_types()[one].since) <= DEBIAN])
def test_debians_alertmanager_loads_every_field(type_name: str, tmp_path: Path) -> None:
    """Every field that 0.25 knows, in its own type: what the schema lets through loads."""
    one = every_field(type_name, DEBIAN)
    if type_name == "webex_configs":
        one["http_config"] = {"authorization": {"credentials": "s"}}
    if "http_config" in one and "authorization" in one["http_config"]:
        one["http_config"]["authorization"]["type"] = "Bearer"
    if type_name == "sns_configs":
        one["sigv4"].pop("profile")
    if type_name == "opsgenie_configs":
        one["responders"][0]["type"] = "team"
    receiver = {"name": "team", type_name: [one]}
    more = {"alertmanager": "0.25", "operator": "none", "plain_secret": True}
    values = values_of({"template": "alerting", "name": "x", "receivers": [receiver], **more})
    made = integration(values, type_name)
    assert kept(made, one) == one
    checked(tmp_path, values["alertmanager"]["config"])


@pytest.mark.parametrize("type_name", TYPES)
def test_the_schema_takes_every_field(type_name: str) -> None:
    one = every_field(type_name, newest("alertmanager"))
    if type_name == "webex_configs":
        one["http_config"] = {"authorization": {"credentials_file": "/x"}}
    if type_name == "incidentio_configs":
        one.pop("http_config")
    if type_name == "slack_configs":
        one["api_url"] = "https://slack.com/api/chat.postMessage"  # which update_message needs
    if type_name == "jira_configs":
        one["api_url"] = "https://jira.example.org/rest/api/2"
    for key in ("app_token", "app_token_file", "force_implicit_tls"):
        one.pop(key, None)
    receiver = {"name": "team", type_name: [one]}
    data = {"template": "alerting", "name": "x", "operator": "none", "plain_secret": True, "receivers": [receiver]}
    made = integration(values_of(data), type_name)
    assert kept(made, one) == one
    wrong = {**data, "receivers": [{"name": "team", type_name: [{**one, "channell": "x"}]}]}
    assert "unknown key 'channell'" in told(wrong)


def late() -> list[tuple[str, str, str]]:
    """Return type, field and version of every field that came after its type."""
    return [
        (name, key, field.since)
        for name, one in receiver_types().items()
        for key, field in one.fields.items()
        if field.since != one.since
    ]


@pytest.mark.parametrize("type_name", TYPES)
def test_a_field_that_is_too_new_is_told_with_its_version(type_name: str) -> None:
    own = receiver_types()[type_name]
    for key, field in own.fields.items():
        major, minor = version_of(field.since)
        if (major, minor) <= version_of(own.since):
            continue
        one = {**NEEDED.get(type_name, {}), key: sample(field, key)}
        receiver = {"name": "team", type_name: [one]}
        data = {"template": "alerting", "name": "x", "operator": "none", "plain_secret": True, "receivers": [receiver]}
        before = told({**data, "alertmanager": f"{major}.{minor - 1}"})
        assert f"{type_name}.{key} needs Alertmanager {field.since}, but this is for 0.{minor - 1}" in before


@pytest.mark.parametrize("settings", [{}, {"tpl_config": True}, {"string_config": True}])
@pytest.mark.parametrize(("title", "message"), [
    ("{{ .Status }}", ""), ("{{/* a note */}}x", ""), ("no braces", ""), ("{{ `}}` }}", ""),
    ("x {{/*", "slack_configs.title is not a valid template"),
    ("{{ if }}", "slack_configs.title is not a valid template"),
    ("{{ range .Alerts }}x", "slack_configs.title is not a valid template"),
])  # fmt: skip
def test_a_text_is_a_template(title: str, message: str, settings: dict[str, Any]) -> None:
    data = {"template": "alerting", "name": "x", "slack": {"title": title}, **settings}
    if message:
        assert message in told(data)
    else:
        assert values_of(data)


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ("msteams_configs", "webhook_url_file", "/x"),
        ("telegram_configs", "timeout", "5s"),
        ("mattermost_configs", "type", "x"),
        ("jira_configs", "summary", {"template": "x"}),
        ("receiver", "labels", {"a": "b"}),
        ("route", "labels", {"a": "b"}),
    ],
)
def test_what_no_operator_knows_is_an_error(where: str, key: str, value: Any) -> None:
    data = spec_of(where if where.endswith("_configs") else "slack_configs")
    if where.endswith("_configs"):
        data["receivers"][0][where][0] = {**NEEDED.get(where, {}), key: value}
    elif where == "receiver":
        data["receivers"][0][key] = value
    else:
        data["route"] = {"routes": [{"receiver": "team", "matchers": ['a = "b"'], key: value}]}
    message = told(data)
    assert "refuse the whole configuration" in message
    assert "Prometheus Operator up to 0.94 does not know" in message
    assert values_of({**data, "operator": "none"})
    assert values_of({**data, "operator": "0.99"}), "a newer operator than we know may know it"


@pytest.mark.parametrize(
    ("operator", "data", "message"),
    [
        ("0.61", {"time_intervals": [{"name": "n", "time_intervals": []}]}, ""),
        ("0.50", {}, "api_url_file needs Prometheus Operator 0.51, but this is for 0.50"),
        (
            "0.87",
            {"receivers": [{"name": "a", "mattermost_configs": [{}]}]},
            "mattermost_configs needs Prometheus Operator 0.88",
        ),
    ],
)
def test_what_an_old_operator_does_not_know(operator: str, data: dict[str, Any], message: str) -> None:
    whole = {"template": "alerting", "name": "x", "operator": operator, **data}
    if message:
        assert message in told(whole)
    else:
        # Under its old name the operator knows it.
        assert "mute_time_intervals" in values_of(whole)["alertmanager"]["config"]


@pytest.mark.parametrize("place", ["spec", "config", "defaults"])
def test_the_version_chooses_the_syntax(place: str) -> None:
    slack = {"api_url": "https://hooks.slack.com/x"}
    data = {
        "template": "alerting",
        "name": "x",
        "slack": slack,
        "plain_secret": True,
        "severity": {"critical": "slack"},
    }
    settings = {"config": 'alertmanager: "0.21"\n', "defaults": 'defaults: {alerting: {alertmanager: "0.21"}}\n'}
    if place == "spec":
        data["alertmanager"] = "v0.21.0"
    watchdog, critical = values_of(data, settings.get(place, ""))["alertmanager"]["config"]["route"]["routes"]
    assert watchdog == {"receiver": "null", "match": {"alertname": "Watchdog"}}
    assert critical == {"receiver": "slack", "match": {"severity": "critical"}}
    newer = values_of({**data, "alertmanager": "0.22"})["alertmanager"]["config"]["route"]["routes"]
    assert newer[0] == {"receiver": "null", "matchers": ['alertname = "Watchdog"']}


def test_what_is_generated_has_no_finding(empty: Repo) -> None:
    """Every type, in both styles, for Helm and as it is, under an umbrella: no warning, no error."""
    for type_name in TYPES:
        for number, more in enumerate(
            (
                {},
                {"text_style": "message"},
                {"tpl_config": True},
                {"umbrella": "kube-prometheus-stack", "watchdog": "beat"},
            )
        ):
            data = {**spec_of(type_name), **more}
            if "watchdog" in more:
                data["receivers"] = [*data["receivers"], {"name": "beat", "webhook_configs": [{}]}]
            empty.write(f"{type_name}/{number}/scaffold.yaml", json.dumps(data))
    empty.ok("regenerate", "--quiet")
    done = empty.run("validate", "--format", "json")
    found = [one for one in json.loads(done.out) if one["severity"] != "info"]
    assert not found, found[:5]
    assert len(list(empty.root.glob("*_configs/*/values.yaml"))) == 4 * len(TYPES)


MOUNTED = "/etc/alertmanager/secrets/alertmanager-"


@pytest.mark.parametrize(
    ("receivers", "files"),
    [
        pytest.param(
            [{"name": "team", "opsgenie_configs": [{}], "victorops_configs": [{"routing_key": "r"}]}],
            ["team/api-key", "team/victorops-api-key"],
            id="two types with the same field",
        ),
        pytest.param(
            [{"name": "team", "victorops_configs": [{"routing_key": "r"}], "opsgenie_configs": [{}]}],
            ["team/opsgenie-api-key", "team/api-key"],
            id="the first of the spec keeps its name",
        ),
        pytest.param(
            [{"name": "team", "mattermost_configs": [{}, {}], "msteamsv2_configs": [{}, {}]}],
            ["team/msteamsv2-webhook-url", "team/msteamsv2-webhook-url-2", "team/webhook-url", "team/webhook-url-2"],
            id="two of two types",
        ),
        pytest.param(
            [{"name": "team", "webhook_configs": [{}, {}, {"url": "http://a.svc"}]}],
            ["team/url", "team/url-2"],
            id="two of one type",
        ),
        pytest.param(
            [{"name": name, "webhook_configs": [{}]} for name in ("a.b", "a-b", "A B", "a-b-2")],
            ["a-b/url", "a-b-3/url", "a-b-4/url", "a-b-2/url"],
            id="names with the same Secret",
        ),
        pytest.param(
            [
                {"name": "a.b", "pushover_configs": [{}]},
                {"name": "a-b", "pushover_configs": [{}]},
            ],
            ["a-b/user-key", "a-b/token", "a-b-2/user-key", "a-b-2/token"],
            id="one more Secret for both fields",
        ),
        pytest.param(
            [{"name": "a.b", "webhook_configs": [{}]}, {"name": "a-b", "opsgenie_configs": [{}]}],
            ["a-b/url", "a-b/api-key"],
            id="noop: no file in common",
        ),
        pytest.param(
            [{"name": "x" * 70 + end, "webhook_configs": [{}]} for end in "ab"],
            ["x" * 50 + "/url", "x" * 42 + "-2/url"],
            id="names that are cut",
        ),
        pytest.param(
            [{"name": "team", "telegram_configs": [{"chat_id": 1}, {"chat_id": 2}]}],
            ["team/bot-token", "team/bot-token"],
            id="noop: one bot, two chats",
        ),
        pytest.param(
            [{"name": "team", "slack_configs": [{"channel": "#a"}, {"channel": "#b"}, {}]}],
            ["team/api-url", "team/api-url", "team/api-url-2"],
            id="a channel of a workspace, and another address",
        ),
        pytest.param(
            [
                {
                    "name": "team",
                    "opsgenie_configs": [{"api_key_file": f"{MOUNTED}team/api-key"}],
                    "victorops_configs": [{"routing_key": "r"}],
                }
            ],
            ["team/api-key", "team/victorops-api-key"],
            id="a file that the spec names for another type",
        ),
        pytest.param(
            [
                {"name": "one", "telegram_configs": [{"chat_id": 1}]},
                {"name": "two", "telegram_configs": [{"chat_id": 1, "bot_token_file": f"{MOUNTED}one/bot-token"}]},
            ],
            ["one/bot-token", "one/bot-token"],
            id="noop: a file that the spec shares on purpose",
        ),
    ],
)
def test_no_service_gets_the_credential_of_another(receivers: list[Any], files: list[str]) -> None:
    values = values_of({"template": "alerting", "name": "x", "receivers": receivers})["alertmanager"]
    read = [
        path.removeprefix(MOUNTED)
        for receiver in values["config"]["receivers"]
        for listed in receiver.values()
        for one in (listed if isinstance(listed, list) else [])
        for key, path in one.items()
        if key.endswith("_file")
    ]
    assert read == files
    assert values["alertmanagerSpec"]["secrets"] == list(
        dict.fromkeys(f"alertmanager-{one.partition('/')[0]}" for one in files)
    )


def test_the_short_form_of_slack_keeps_its_file() -> None:
    other = [{"name": "Slack", "slack_configs": [{}]}]
    values = values_of({"template": "alerting", "name": "x", "slack": {}, "receivers": other})
    _, short, long = values["alertmanager"]["config"]["receivers"]
    assert short["slack_configs"][0]["api_url_file"] == f"{MOUNTED}slack/api-url"
    assert long["slack_configs"][0]["api_url_file"] == f"{MOUNTED}slack-2/api-url"


@pytest.mark.parametrize(
    ("own_global", "client"),
    [
        ({}, {"authorization": {"credentials_file": f"{MOUNTED}team/credentials"}}),
        (
            {"proxy_url": "http://proxy.svc:3128", "basic_auth": {"username": "u", "password_file": "/x"}},
            {
                "proxy_url": "http://proxy.svc:3128",
                "authorization": {"credentials_file": f"{MOUNTED}team/credentials"},
            },
        ),
        ({"authorization": {"credentials_file": "/own"}}, {"authorization": {"credentials_file": "/own"}}),
    ],
)
def test_webex_has_authorization_of_its_own(own_global: dict[str, Any], client: Any, tmp_path: Path) -> None:
    """Alertmanager refuses it without: ``missing webex_configs.http_config.authorization``, whatever is global."""
    more = {"global": {"http_config": own_global}} if own_global else {}
    values = values_of(spec_of("webex_configs", version="0.25", operator="none", **more))
    made = integration(values, "webex_configs")["http_config"]
    assert made == client
    checked(tmp_path, values["alertmanager"]["config"])
