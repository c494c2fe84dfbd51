"""Null, empty and wrong values at every key of a configuration, nested ones too: refused by us and by the operator.

The oracle runs the operator's code, and loads the result in Alertmanager.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from generator import config, rules
from generator.alertmanager.config_fields import Section, field_table

from ..support.prometheus_operator import ask_operator
from .test_config_oracle import REFUSED, SMALLEST, with_item

Put = Callable[[dict[str, Any]], dict[str, Any]]
TABLE = field_table()
NASTY: tuple[Any, ...] = (
    *(None, "", [], {}, [None], [{}], [[]], {"": None}, {"a": None}, 0, 1.5, True, "x", "<secret>", "{{ .X }}"),
    *("http://a.b", ["", None], [None, {}], {"a": []}, {"a": {}}),
)
ITEMS: tuple[Any, ...] = (None, "", {}, [], [None], 0, "x")  # beside a good one
SMALLEST_PARTS: dict[str, dict[str, Any]] = {
    "SlackAction": {"type": "button", "text": "t", "url": "http://a.b"},
    "SlackField": {"title": "t", "value": "v"},
    "SlackConfirmationField": {"text": "t"},
    "PagerdutyLink": {"href": "x", "text": "t"},
    "PagerdutyImage": {"src": "x"},
    "OpsGenieConfigResponder": {"name": "x", "type": "team"},
    "ThreadingConfig": {"enabled": True, "thread_by_date": "daily"},
    "MattermostField": {"title": "t", "value": "v"},
    "MattermostAttachment": {"text": "t"},
    "MattermostProps": {},
    "MattermostPriority": {"priority": "urgent"},
    "RocketchatAttachmentField": {"title": "t", "value": "v"},
    "RocketchatAttachmentAction": {"type": "button", "text": "t"},
    "http_config": {},
    "basic_auth": {"username": "u"},
    "authorization": {"credentials": "x"},
    "oauth2": {"client_id": "a", "client_secret": "s", "token_url": "http://a.b"},
    "tls_config": {},
    "http_header": {"values": ["x"]},
    "sigv4_config": {},
    "JiraFieldConfig": {"template": "x"},
    "inhibit_rule": {"source_matchers": ["a=b"], "target_matchers": ["c=d"], "equal": ["x"]},
    "time_interval": {"name": "n", "time_intervals": [{"months": ["1"]}]},
    "time_interval_spec": {"months": ["1"]},
    "time_range": {"start_time": "01:00", "end_time": "02:00"},
    "route": {"receiver": "x"},
    "receiver": {"name": "y"},
    "global": {},
}
ONCE = {"tls_config", "oauth2", "basic_auth", "http_header"}  # read alike in every http_config
# Loaded, but nothing is ever delivered with an empty token.
EMPTY_TOKENS = ({"token": "", "token_id": "y"}, {"token": "x", "token_id": ""})


def cases() -> Iterator[dict[str, Any]]:
    for name, item in SMALLEST.items():
        seen = set() if name == "webhook_configs" else ONCE
        yield from visited(TABLE.receivers[name], item, lambda one, name=name: with_item(name, one), seen)
    top = {"receiver", "http_config"}
    yield from visited(TABLE.sections["top"], {}, lambda one: {**with_item("slack_configs", {}), **one}, top)
    yield from visited(TABLE.sections["route"], {"receiver": "x"}, in_root, {"route"})


def in_root(route: dict[str, Any]) -> dict[str, Any]:
    return {"route": route, "receivers": [{"name": "x"}]}


def visited(section: Section, base: dict[str, Any], put: Put, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Yield configurations with every wrong value of each key of a section, and of the sections below."""
    for key, field in section.fields.items():
        yield from (put({**base, key: one}) for one in NASTY)
        inner, shape = field.type.split("|")[-1], []
        while found := re.fullmatch(r"(list|map)<(.*)>", inner):
            inner, shape = found[2], [*shape, found[1]]
        good: Any = SMALLEST_PARTS.get(inner, "x")
        for one in ITEMS if shape else ():
            yield put({**base, key: [good, one] if shape[0] == "list" else {"a": good, "b": one}})
        if inner in SMALLEST_PARTS and inner not in seen:

            def below(part: dict[str, Any], key: str = key, shape: list[str] = shape) -> dict[str, Any]:
                value: Any = part
                for one in reversed(shape):
                    value = [value] if one == "list" else {"a": value}
                return put({**base, key: value})

            yield from visited(TABLE.sections[inner], SMALLEST_PARTS[inner], below, seen | {inner})


def refused(values: str) -> list[str]:
    file = rules.recognise("values.yaml", values, named=True).file
    assert file is not None
    scope = rules.Scope((file,), config.Config({"alertmanager": "0.35", "operator": "0.94"}))
    mine = [one for one in rules.check([file], scope) if one.severity == "error"]
    return [one.message for one in mine if one.rule in REFUSED or "refuses" in one.message]


def whole(one: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration that does not change if the chart's default is below it."""
    made: dict[str, Any] = json.loads(json.dumps(one))
    if isinstance(made["receivers"], list):
        made["receivers"].append({"name": "null"})
    if isinstance(made["route"], dict):
        made["route"].setdefault("routes", [])
    return made


def test_nested_values_are_refused_as_the_operator_does() -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    every = [one for one in cases() if one.get("receivers") and one.get("route")]
    sample = [whole(one) for one in chance.sample(every, 3_000)]
    texts = [yaml.safe_dump(one, allow_unicode=True, sort_keys=False) for one in sample]
    answers = ask_operator([{"op": "merge", "config": one, "version": "0.35.0"} for one in texts])
    why = [one.get("error") or one.get("loads") or "" for one in answers]
    assert len(texts) // 2 < sum(map(bool, why)) < len(texts) * 9 // 10
    wrong = [
        (one, reason, mine)
        for one, reason in zip(sample, why, strict=True)
        if bool(mine := refused(yaml.safe_dump({"alertmanager": {"config": one}}))) != bool(reason)
        and one["receivers"][0].get("rocketchat_configs") not in ([EMPTY_TOKENS[0]], [EMPTY_TOKENS[1]])
    ]
    assert not wrong, wrong[:3]
