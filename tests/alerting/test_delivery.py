"""What a service needs to deliver a message: the spec requires it, a terminal asks for it, the notifier sends it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest

from generator.shipped.alerting import request

from ..conftest import Repo
from ..support.notifiers import ADDRESS, CREDENTIAL, Sent, alert, group, sent
from .test_alerting_command import spawn, written
from .test_messages import TYPES, everything
from .test_receivers import NEEDED, told, values_of

ONE = group([alert("Down", {"summary": "It is down."})])
CLOUD = {"project": "OPS", "issue_type": "Bug", "api_url": "https://example.atlassian.net/rest/api/2"}


def spec(type_name: str, one: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    receiver = {"name": "team", type_name: [dict(one)]}
    return {"template": "alerting", "name": "x", "plain_secret": True, "receivers": [receiver], **more}


def delivered(data: Mapping[str, Any], folder: Path, **more: Any) -> Sent:
    """Return what the one integration of a spec sends."""
    configuration = values_of(dict(data))["alertmanager"]["config"]
    ((one,),) = sent(configuration, [ONE], folder, **more)
    assert not one.error
    return one


@pytest.fixture(scope="module")
def all_types(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sent]:
    (made,) = sent(everything(), [ONE], tmp_path_factory.mktemp("files"))
    return {one.type_name: one for one in made}


# Where each service gets its messages, and the credential or recipient without which it refuses or drops them.
WANTED: dict[str, tuple[str, Any]] = {
    "slack_configs": (ADDRESS, None),
    "email_configs": ("smtp://stand-in", lambda one: "RCPT TO:<ops@example.org>" in one.last["headers"]["Commands"]),
    "pagerduty_configs": ("https://events.pagerduty.com/v2/enqueue", lambda one: one.data["routing_key"] == CREDENTIAL),
    "webhook_configs": (ADDRESS, None),
    "opsgenie_configs": ("https://api.opsgenie.com/v2/alerts", lambda one: header(one) == f"GenieKey {CREDENTIAL}"),
    "victorops_configs": (f"https://alert.victorops.com/integrations/generic/20131114/alert/{CREDENTIAL}/team", None),
    "pushover_configs": (
        "https://api.pushover.net/1/messages.json",
        lambda one: (one.query["user"], one.query["token"], one.query["retry"]) == (CREDENTIAL, CREDENTIAL, "60"),
    ),
    "wechat_configs": (
        "https://qyapi.weixin.qq.com/cgi-bin/message/send",
        lambda one: (one.data["touser"], one.data["agentid"]) == ("@all", "1000002"),
    ),
    "sns_configs": (
        "https://sns.eu-west-1.amazonaws.com/",
        lambda one: (
            one.query["TopicArn"] == NEEDED["sns_configs"]["topic_arn"] and "/eu-west-1/sns/aws4_request" in header(one)
        ),
    ),
    "telegram_configs": (
        f"https://api.telegram.org/bot{CREDENTIAL}/sendMessage",
        lambda one: one.data["chat_id"] == "-1001234567890",
    ),
    "discord_configs": ("https://discord.com/api/webhooks/1/x", lambda one: one.data["embeds"][0]["description"]),
    "webex_configs": (
        "https://webexapis.com/v1/messages",
        lambda one: (one.data["roomId"], header(one)) == ("room", f"Bearer {CREDENTIAL}"),
    ),
    "msteams_configs": ("https://example.org/teams", None),
    "msteamsv2_configs": (ADDRESS, None),
    "jira_configs": (
        "https://jira.example.org/rest/api/2/issue",
        lambda one: (one.data["fields"]["project"], header(one)) == ({"key": "OPS"}, f"Bearer {CREDENTIAL}"),
    ),
    "rocketchat_configs": (
        "https://chat.example.org/api/v1/chat.postMessage",
        lambda one: (
            one.data["channel"] == "#alerts"
            and one.last["headers"]["X-Auth-Token"] == one.last["headers"]["X-User-Id"] == [CREDENTIAL]
        ),
    ),
    "mattermost_configs": (ADDRESS, None),
    "incidentio_configs": (
        "https://api.incident.io/v2/alert_events/alertmanager/1",
        lambda one: header(one) == f"Bearer {CREDENTIAL}",
    ),
}


def header(one: Sent) -> str:
    return str(one.last["headers"]["Authorization"][0])


@pytest.mark.parametrize("type_name", TYPES)
def test_a_notifier_sends_what_its_service_needs(type_name: str, all_types: dict[str, Sent]) -> None:
    address, needs = WANTED[type_name]
    one = all_types[type_name]
    assert not one.error
    assert one.last["url"].partition("?")[0] == address
    assert needs is None or needs(one)


def lacking(type_name: str, *without: str, **more: Any) -> dict[str, Any]:
    one = {key: value for key, value in NEEDED[type_name].items() if key not in without}
    return spec(type_name, {**one, **more})


CHAT_ARN = "arn:aws:sns:eu-west-1:1:alerts"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "rocketchat without channel": (
        lacking("rocketchat_configs", "channel"),
        "rocketchat_configs needs channel: Rocket.Chat does not deliver a message without it",
    ),
    "rocketchat to the vendor's server": (lacking("rocketchat_configs", "api_url"), "rocketchat_configs needs api_url"),
    "wechat without recipient": (
        lacking("wechat_configs", "to_user"),
        "wechat_configs needs one of to_user, to_party, to_tag",
    ),
    "wechat without agent": (lacking("wechat_configs", "agent_id"), "wechat_configs needs agent_id"),
    "jira cloud without account": (
        spec("jira_configs", CLOUD),
        "jira_configs needs http_config.basic_auth.username: Jira Cloud takes an account and its API token",
    ),
    "jira cloud by its type": (
        spec("jira_configs", {**CLOUD, "api_url": "https://jira.example.org/rest/api/2", "api_type": "cloud"}),
        "jira_configs needs http_config.basic_auth.username",
    ),
    "jira without the path of its API": (
        spec("jira_configs", {**CLOUD, "api_url": "https://example.atlassian.net"}),
        "api_url is not the address of Jira's API",
    ),
    "jira cloud with a client but no account": (
        spec("jira_configs", {**CLOUD, "http_config": {"proxy_url": "http://proxy.svc:3128"}}),
        "jira_configs needs http_config.basic_auth.username",
    ),
    "jira of yours without the path of its API": (
        spec("jira_configs", {**NEEDED["jira_configs"], "api_url": "https://jira.example.org/jira"}),
        "api_url is not the address of Jira's API",
    ),
    "jira for all without the path of its API": (
        spec(
            "jira_configs",
            {"project": "OPS", "issue_type": "Bug"},
            **{"global": {"jira_api_url": "https://jira.example.org"}},
        ),
        "api_url is not the address of Jira's API",
    ),
    "rocket.chat with the path of its API": (
        spec("rocketchat_configs", {**NEEDED["rocketchat_configs"], "api_url": "https://rc.example.org/api/v1"}),
        "api_url ends with /api/v1: Alertmanager adds /api/v1/chat.postMessage to the server's address",
    ),
    "rocket.chat for all with the path of its API": (
        spec(
            "rocketchat_configs",
            {"channel": "#a"},
            **{"global": {"rocketchat_api_url": "https://rc.example.org/x/api/v1/"}},
        ),
        "remove /api/v1",
    ),
    "jira with version 3": (
        spec("jira_configs", {**CLOUD, "api_url": "https://example.atlassian.net/rest/api/3/"}),
        "api_url is version 3 of Jira's API, which takes a description as JSON only",
    ),
    "slack's app without channel": (
        spec("slack_configs", {"app_token_file": "/etc/token"}),
        "slack_configs needs channel: with an app's token",
    ),
    "slack's app for all": (
        spec("slack_configs", {}, **{"global": {"slack_app_token_file": "/etc/token"}}),
        "slack_configs needs channel",
    ),
    "mail account without password": (
        spec(
            "email_configs", {**NEEDED["email_configs"], "auth_username": "am"}, alertmanager="0.24", plain_secret=True
        ),
        "email_configs has auth_username but no auth_password",
    ),
}
OAUTH = {"client_id": "x", "client_secret_file": "/x", "token_url": "https://auth.example.org"}
TAKEN: dict[str, dict[str, Any]] = {
    "rocketchat's server for all": {
        **lacking("rocketchat_configs", "api_url"),
        "global": {"rocketchat_api_url": "https://chat.example.org"},
    },
    "wechat with a tag": lacking("wechat_configs", "to_user", to_tag="oncall"),
    "wechat with templates": {
        **lacking("wechat_configs", "to_user"),
        "templates": {"own.tmpl": '{{ define "wechat.default.to_user" }}@all{{ end }}'},
    },
    "jira cloud with OAuth": spec("jira_configs", {**CLOUD, "http_config": {"oauth2": OAUTH}}),
    "jira cloud with a client for all": spec(
        "jira_configs", CLOUD, **{"global": {"http_config": {"authorization": {"credentials_file": "/x"}}}}
    ),
    "jira with a description of yours": spec(
        "jira_configs",
        {
            **CLOUD,
            "api_url": "https://example.atlassian.net/rest/api/3",
            "description": '{"type": "doc", "version": 1, "content": []}',
            "http_config": {"oauth2": OAUTH},
        },
    ),
    "slack's webhook without channel": spec("slack_configs", {}),
    "mail without account": spec("email_configs", NEEDED["email_configs"]),
    "SNS by phone": spec("sns_configs", {"phone_number": "+4912345"}),
    "SNS with a template": spec("sns_configs", {"topic_arn": "{{ .CommonLabels.topic }}"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_delivered_is_an_error(name: str) -> None:
    data, message = REFUSED[name]
    assert message in told(data)


@pytest.mark.parametrize("name", TAKEN)
def test_what_may_be_delivered_is_no_error(name: str) -> None:
    assert values_of(TAKEN[name])


def test_jira_cloud_gets_an_account_and_its_token(tmp_path: Path) -> None:
    account = {"basic_auth": {"username": "bot@example.org"}}
    one = delivered(spec("jira_configs", {**CLOUD, "http_config": account}), tmp_path)
    token = base64.b64encode(f"bot@example.org:{CREDENTIAL}".encode()).decode()
    assert header(one) == f"Basic {token}"
    assert one.requests[0]["url"] == "https://example.atlassian.net/rest/api/3/search/jql"


@pytest.mark.parametrize(
    ("more", "region"),
    [
        ({"topic_arn": CHAT_ARN}, "eu-west-1"),
        ({"target_arn": "arn:aws-cn:sns:cn-north-1:1:endpoint/x"}, "cn-north-1"),
        ({"topic_arn": CHAT_ARN, "sigv4": {"region": "us-east-1"}}, "us-east-1"),
        ({"topic_arn": CHAT_ARN, "sigv4": {"role_arn": "arn:aws:iam::1:role/x"}}, "eu-west-1"),
        ({"phone_number": "+4912345"}, None),
    ],
)
def test_the_region_of_sns_comes_from_the_arn(more: dict[str, Any], region: str | None) -> None:
    (one,) = values_of(spec("sns_configs", more))["alertmanager"]["config"]["receivers"][1]["sns_configs"]
    assert one.get("sigv4", {}).get("region") == region


def test_sns_by_phone_takes_the_region_of_the_pod(tmp_path: Path) -> None:
    one = delivered(spec("sns_configs", {"phone_number": "+4912345"}), tmp_path, env={"AWS_REGION": "eu-central-1"})
    assert one.query["PhoneNumber"] == "+4912345"
    assert one.last["url"] == "https://sns.eu-central-1.amazonaws.com/"


def test_mail_logs_in_over_tls(tmp_path: Path) -> None:
    one = delivered(spec("email_configs", {**NEEDED["email_configs"], "auth_username": "am"}), tmp_path)
    commands = one.last["headers"]["Commands"]
    login = base64.b64encode(f"\0am\0{CREDENTIAL}".encode()).decode()
    assert commands[:4] == ["EHLO localhost", "STARTTLS", "EHLO localhost", f"AUTH PLAIN {login}"]


def test_a_password_for_all_mail_needs_no_file() -> None:
    data = spec("email_configs", {**NEEDED["email_configs"], "auth_username": "am"})
    data["global"] = {"smtp_auth_password_file": "/etc/password"}
    (one,) = values_of(data)["alertmanager"]["config"]["receivers"][1]["email_configs"]
    assert "auth_password_file" not in one


def test_alertmanager_cuts_a_long_text_for_webex(tmp_path: Path) -> None:
    """Why the texts for Webex are limited in bytes: of a text with 4,000 letters the end is lost. Before 0.35 it ends
    Alertmanager."""
    data = spec("webex_configs", {**NEEDED["webex_configs"], "message": "é" * 4000})
    ((one,),) = sent(values_of(data)["alertmanager"]["config"], [ONE], tmp_path)
    assert not one.error
    assert len(one.data["markdown"].encode()) < 7440


@pytest.mark.parametrize("option", ["team.sigv4=abc", "team.sigv4=[1]", "team.http_config=abc"])
def test_an_option_of_another_type_is_told(empty: Repo, option: str) -> None:
    done = empty.run("alerting", "--receiver", "sns:team", "--set", "team.phone_number=+49", "--set", option)
    assert done.code == 2
    assert "bug" not in done.err
    assert "receivers[0].sns_configs[0]" in done.err


@pytest.mark.parametrize(
    ("receiver", "answers", "wanted"),
    [
        (
            "rocketchat",
            {"Channel or user to post to": "#a", "Endpoint of the service": "https://chat.example.org"},
            {"channel": "#a", "api_url": "https://chat.example.org"},
        ),
        (
            "jira",
            {
                "Jira project key": "OPS",
                "Jira issue type": "Bug",
                "Endpoint of the service": CLOUD["api_url"],
                "E-mail address of the account in Jira Cloud": "bot@example.org",
            },
            {**CLOUD, "http_config": {"basic_auth": {"username": "bot@example.org"}}},
        ),
        ("sns", {"Topic": CHAT_ARN}, {"topic_arn": CHAT_ARN}),
        (
            "wechat",
            {"Corporation id": "c", "WeChat application id": "1", "User ids": "@all"},
            {"corp_id": "c", "agent_id": "1", "to_user": "@all"},
        ),
    ],
)
def test_a_terminal_asks_for_it(empty: Repo, receiver: str, answers: dict[str, str], wanted: dict[str, Any]) -> None:
    """An answer can make another question: Jira Cloud needs an account, a topic has its region."""
    child = spawn(empty, "alerting", "--receiver", receiver)
    for question, answer in answers.items():
        child.expect_exact(question)
        child.expect_exact("): ")
        child.sendline(answer)
    child.expect("created alerting/values.yaml")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert written(empty)["receivers"][0][f"{receiver}_configs"] == [wanted]


@pytest.mark.parametrize(("answer", "wanted"), [("", {}), ("am", {"auth_username": "am"})])
def test_the_account_for_mail_may_be_left_empty(empty: Repo, answer: str, wanted: dict[str, str]) -> None:
    fields = [f"--set=email.{key}={value}" for key, value in NEEDED["email_configs"].items()]
    child = spawn(empty, "alerting", "--receiver", "email", *fields)
    child.expect_exact("User name for the mail server, empty for none (email.auth_username): ")
    child.sendline(answer)
    child.expect("created alerting/values.yaml")
    child.expect(pexpect.EOF)
    child.close()
    assert written(empty)["receivers"][0]["email_configs"] == [{**NEEDED["email_configs"], **wanted}]


@pytest.mark.parametrize(
    ("receiver", "option", "wanted"),
    [
        ("jira", "fields.customfield_9=7", {"fields": {"customfield_9": 7}}),
        ("jira", "fields.customfield_9={id: '7'}", {"fields": {"customfield_9": {"id": "7"}}}),
        ("jira", "fields.customfield_9={{ .Status }}", {"fields": {"customfield_9": "{{ .Status }}"}}),
        ("jira", "summary.template=7", {"summary": {"template": "7"}}),
        ("telegram", "chat_id=-1001", {"chat_id": -1001}),
        ("email", "headers.X-Number=7", {"headers": {"X-Number": "7"}}),
    ],
)
def test_an_option_has_the_type_of_its_field(receiver: str, option: str, wanted: dict[str, Any]) -> None:
    name, text = f"{receiver}_configs", f"team.{option}"
    asked_for = request.Request(receivers=((name, "team"),), settings=(text,))
    (one,) = request.asked({}, asked_for).data["receivers"][0][name]
    assert one == wanted


@pytest.mark.parametrize("value", ["@chan", "{", "a: b: c"])
def test_an_option_that_is_no_number_is_told(empty: Repo, value: str) -> None:
    done = empty.run("alerting", "--receiver", "telegram:team", "--set", f"team.chat_id={value}")
    assert done.code == 2
    assert f"chat_id={value} is not a number" in done.err
    assert "YAML" not in done.err
