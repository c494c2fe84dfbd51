"""What we call refused against what Alertmanager refuses, over every key of its configuration with many values."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from generator import config, rules
from generator.alertmanager.config_fields import field_table
from generator.alertmanager.decoding import ALERTMANAGER
from generator.errors import Invalid
from generator.rules.alertmanager import am_refused_names, am_refused_values
from generator.yaml import expand, parse

from ..support.alertmanager import ask

REFUSED = {
    one.id
    for module in (am_refused_names, am_refused_values)
    for one in vars(module).values()
    if isinstance(one, rules.Rule)
}
POST = "https://slack.com/api/chat.postMessage"
VALUES: tuple[Any, ...] = (
    *(None, "", 0, -1, 1.5, "x", "5m", "1h30m", "0s", "1d12h", True, False, "true", [], {}, [None], ["x"], {"a": "b"}),
    *([{}], "http://a.example", "a:25", "<secret>", POST, "{{ .Status }}", 'severity="x"', "a=b}", "(", "...", "null"),
    *(10**12, 2**63, "2026-01-01", "09:00", "24:00", "-1", "30", "http://", ":80", "1", "é", "a.b", " ", "file://x"),
)
SMALLEST: dict[str, dict[str, Any]] = {
    "slack_configs": {"api_url": "http://a.b"},
    "email_configs": {"to": "a@b", "smarthost": "a:25", "from": "x@y"},
    "pagerduty_configs": {"routing_key": "x"},
    "webhook_configs": {"url": "http://a.b"},
    "opsgenie_configs": {"api_key": "x"},
    "victorops_configs": {"api_key": "x", "routing_key": "y"},
    "pushover_configs": {"user_key": "x", "token": "y"},
    "wechat_configs": {"api_secret": "x", "corp_id": "y"},
    "sns_configs": {"topic_arn": "x", "sigv4": {}},
    "telegram_configs": {"bot_token": "x", "chat_id": 1},
    "discord_configs": {"webhook_url": "http://a.b"},
    "webex_configs": {"room_id": "x", "http_config": {"authorization": {"credentials": "x"}}},
    "msteams_configs": {"webhook_url": "http://a.b"},
    "msteamsv2_configs": {"webhook_url": "http://a.b"},
    "jira_configs": {"project": "x", "issue_type": "y", "api_url": "http://a.b"},
    "rocketchat_configs": {"token": "x", "token_id": "y"},
    "mattermost_configs": {"webhook_url": "http://a.b"},
    "incidentio_configs": {"url": "http://a.b", "alert_source_token": "x"},
}
# Loaded, but nothing is ever delivered with them.
LOADED = (
    ("webhook_configs", "url", "null"),
    ("rocketchat_configs", "token", ""),
    ("rocketchat_configs", "token_id", ""),
)


def with_item(name: str, item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"route": {"receiver": "x"}, "receivers": [{"name": "x", name: [item]}], **more}


def cases() -> Iterator[dict[str, Any]]:
    table = field_table()
    for name, item in SMALLEST.items():
        yield with_item(name, item)
        for key in item:
            yield with_item(name, {other: one for other, one in item.items() if other != key})
        for key in table.receivers[name].fields:
            yield from (with_item(name, {**item, key: one}) for one in VALUES if (name, key, one) not in LOADED)
    for key in table.sections["global"].fields:
        stem = key.partition("_")[0].replace("smtp", "email")
        name = f"{stem}_configs" if f"{stem}_configs" in SMALLEST else "slack_configs"
        less = {one: value for one, value in SMALLEST[name].items() if one in {"to", "chat_id", "room_id", "project"}}
        for value in VALUES:
            yield with_item(name, SMALLEST[name], **{"global": {key: value}})
            yield with_item(name, less, **{"global": {key: value}})
    for key in table.sections["route"].fields:
        for value in VALUES:
            route = {"receiver": "x", "routes": [{key: value}]}
            yield {**with_item("slack_configs", SMALLEST["slack_configs"]), "route": route}


def refused(text: str) -> list[str]:
    path = "alertmanager.yml"
    try:
        documents = expand(parse(text, path, several_merges=True), path, ALERTMANAGER)
    except Invalid as error:
        return [str(error)]
    file = rules.File(path, text, "alertmanager", documents)
    found = rules.check([file], rules.Scope((file,), config.Config({"operator": "none"})))
    mine = [one for one in found if one.severity == "error"]
    return [one.message for one in mine if one.rule in REFUSED or "refuses" in one.message]


def test_every_type_of_receiver_has_a_smallest_form() -> None:
    assert set(SMALLEST) == set(field_table().receivers)


@pytest.mark.parametrize("part", range(2))
def test_what_is_refused_is_what_alertmanager_refuses(part: int) -> None:
    agreed(random.Random(part).sample(list(cases()), 1_000))  # noqa: S311 - not for secrets


def agreed(sample: list[dict[str, Any]]) -> None:
    """Each is refused by both or by none, and some of both."""
    texts = [yaml.safe_dump(one, allow_unicode=True, sort_keys=False) for one in sample]
    answers = ask([{"op": "refusal", "text": one} for one in texts])
    assert len(texts) // 5 < sum("error" in one for one in answers) < len(texts) * 19 // 20
    wrong = [
        (text, one.get("error"), mine)
        for text, one in zip(texts, answers, strict=True)
        if bool(mine := refused(text)) != ("error" in one)
    ]
    assert not wrong, wrong[:3]


OUTPUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "EventFile": ("file_outputs", {"name": "n", "path": "/x"}),
    "EventWebhook": ("webhook_outputs", {"name": "n", "url": "http://a.b"}),
    "EventKafka": ("kafka_outputs", {"name": "n", "brokers": ["a:1"], "topic": "t"}),
    "EventStdout": ("stdout_outputs", {"name": "n"}),
}
ADDRESSES: tuple[dict[str, Any], ...] = (
    *({}, {"slack_api_url": "http://a.b"}, {"slack_api_url": POST}, {"slack_api_url_file": "/y"}),
    *({"slack_app_token": "t"}, {"slack_app_token": "t", "slack_app_url": "http://e.f"}),
    *({"slack_app_token": "t", "slack_api_url": POST}, {"slack_app_token_file": "/t"}),
)


def event_cases() -> Iterator[dict[str, Any]]:
    """Yield outputs of events: every key with every value, alone and beside a good one."""
    for section, (key, good) in OUTPUTS.items():
        items = [{**good, name: one} for name in field_table().sections[section].fields for one in VALUES]
        for listed in ([[one] for one in (*items, *VALUES)], [[one, good] for one in items]):
            yield from (
                {**with_item("slack_configs", {"api_url": POST}), "event_recorder": {key: one}} for one in listed
            )


def update_cases() -> Iterator[dict[str, Any]]:
    """Yield receivers of Slack that update messages, with all addresses and tokens of their own and of global."""
    own = itertools.product(
        ("update_message", "post_updates_to_thread"),
        (True, False, "true"),
        ({}, {"api_url": "http://a.b"}, {"api_url": POST}, {"api_url": ""}),
        ({}, {"api_url_file": "/x"}),
        ({}, {"app_token": "t"}),
        ({}, {"app_url": "http://c.d"}, {"app_url": POST}),
        ({}, {"http_config": {"authorization": {"credentials": "x"}}}),
        ADDRESSES,
    )
    for option, wanted, *parts, top in own:
        item = {option: wanted, **{key: one for part in parts for key, one in part.items()}}
        yield with_item("slack_configs", item, **({"global": top} if top else {}))


@pytest.mark.parametrize("made", [event_cases, update_cases])
def test_what_is_refused_of_events_and_updates(made: Callable[[], Iterator[dict[str, Any]]]) -> None:
    agreed(random.Random(1).sample(list(made()), 500))  # noqa: S311 - not for secrets


SLACK = [
    ("slack_app_token: x, slack_api_url: 'http://a.b'", "", True),
    ("slack_app_token: x, slack_api_url_file: /a", "", True),
    (f"slack_app_token: x, slack_api_url: '{POST}'", "", False),
    ("slack_app_token: x, slack_app_url: 'http://a.b', slack_api_url: 'http://a.b'", "", False),
    ("slack_api_url: 'http://a.b'", "update_message: true", True),
    ("slack_api_url: 'http://a.b'", f"update_message: true, api_url: '{POST}'", False),
    ("slack_app_token: x, http_config: {authorization: {credentials: x}}", "", True),
    ("slack_app_token: x", "http_config: {authorization: {credentials: x}}", True),
    ("slack_app_token: x", "http_config: {authorization: {credentials: x}}, api_url: 'http://a.b'", False),
    ("slack_app_token: x", "api_url_file: /x", False),
    ("slack_app_url: null", "api_url_file: /x", True),
    ("slack_app_url: null", "api_url_file: /x, app_url: 'http://a.b'", False),
    ("http_config: null", "api_url_file: /x", True),
]


@pytest.mark.parametrize(("top", "item", "wrong"), SLACK)
def test_the_tokens_and_addresses_of_slack(top: str, item: str, wrong: bool) -> None:
    text = f"global: {{{top}}}\nroute: {{receiver: a}}\nreceivers: [{{name: a, slack_configs: [{{{item}}}]}}]\n"
    (answer,) = ask([{"op": "refusal", "text": text}])
    assert ("error" in answer) is wrong, answer
    assert bool(refused(text)) is wrong, refused(text)
