"""Random AlertmanagerConfig resources: valid ones to route through, and ones with mistakes."""

from __future__ import annotations

import copy
import random
from typing import Any

import yaml

NAMES = ("team", "pager", "null", "mail")
LABELS = {
    "severity": ("critical", "warning", "info", "none"),
    "namespace": ("shop", "web", "monitoring", ""),
    "team": ("db", "web", ""),
    "alertname": ("Watchdog", "Down", "Slow"),
}
PATTERNS = ("critical|warning", "w.*", ".+", ".*", "", "db|web", "Down|Slow", "[a-z]{2}", "a\\.b", 'a"b', "^w")
ODD: dict[str, tuple[Any, ...]] = {
    "matchType": ("=", "!=", "=~", "!~", "", "==", "~"),
    "value": ("(", "[a-", "a{1,2", "critical", "x{2,1}", "\\C", "a**", "(?i)a", "\n"),
    "name": ("team", "pager", "", " ", "a b", "a.b", "night", "ä"),
    "receiver": ("team", "nobody", ""),
    "groupBy": (["a", "a"], ["...", "a"], ["..."], [], ["ä b"], [""]),
    "groupWait": ("1h30m", "30", "0s", "1.5h", "", "1m1h"),
    "groupInterval": ("0s", "5m", "0"),
    "repeatInterval": ("0", "1d", "forever"),
    "startTime": ("09:00", "24:00", "9:00", "25:00", ""),
    "endTime": ("00:00", "24:00", "17:00", "17:0"),
    "weekdays": (["monday:friday"], ["friday:monday"], ["0:3"], ["7"], ["mon"], ["Monday"], ["a:b:c"]),
    "months": (["january:march"], ["13"], ["0"], ["march:january"], ["1:12"], ["1:13"]),
    "years": (["2030"], ["2031:2030"], ["x"], ["2030:"]),
    "start": (1, 0, -1, -3, 40, 31),
    "end": (1, 0, -1, 31, -31, 40),
    "timeIntervals": ([], [{}]),
    "muteTimeIntervals": (["night"], ["day"], []),
    "url": ("https://example.com", "example.com", "ftp://x", "http://", "{{ .x }}", "{{ .x", "http://a b"),
    "apiURL": ("https://example.com", "x"),
    "to": ("", "a@example.com"),
    "smarthost": ("mail", "mail:25", "a:b:c", "[::1]:25"),
    "key": ("Subject", "subject", "routing_key", "url"),
    "type": ("team", "Teams", "people", "{{ .x }}", "{{", "user"),
}


def valid_resource(chance: random.Random, name: str, namespace: str) -> dict[str, Any]:
    """Return a resource that the operator merges."""
    names = chance.sample(NAMES, chance.randint(1, 3))
    spec: dict[str, Any] = {
        "receivers": [_receiver(chance, one) for one in names],
        "muteTimeIntervals": [_interval("night")],
    }
    if chance.random() < 0.9:
        spec["route"] = _route(chance, names, 0)
    if chance.random() < 0.5:
        spec["inhibitRules"] = [
            {"sourceMatch": _matchers(chance, 2), "targetMatch": _matchers(chance, 2), "equal": ["alertname"]}
        ]
    return {
        "apiVersion": "monitoring.coreos.com/v1alpha1",
        "kind": "AlertmanagerConfig",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def newer(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource in v1beta1."""
    made = copy.deepcopy(resource)
    made["apiVersion"] = "monitoring.coreos.com/v1beta1"
    if "muteTimeIntervals" in made["spec"]:
        made["spec"]["timeIntervals"] = made["spec"].pop("muteTimeIntervals")
    for one in _maps(made["spec"]):
        if one.pop("regex", False):
            one["matchType"] = "=~"
    return made


def with_mistakes(chance: random.Random, resource: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a resource with one or two changes that may be mistakes."""
    made = copy.deepcopy(resource)
    for _ in range(chance.choice((1, 1, 2))):
        places = [(one, key) for one in _maps(made["spec"]) for key in one]
        one, key = chance.choice(places)
        if key in ODD and chance.random() < 0.8:
            one[key] = copy.deepcopy(chance.choice(ODD[key]))
        elif isinstance(one[key], list) and one[key] and chance.random() < 0.5:
            one[key].append(copy.deepcopy(chance.choice(one[key])))
        else:
            del one[key]
    return made


def text_of(resource: dict[str, Any]) -> str:
    """Return a resource as YAML."""
    return yaml.safe_dump(resource, sort_keys=False, allow_unicode=True)


def _maps(node: Any) -> list[dict[str, Any]]:
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
    return [*([node] if isinstance(node, dict) else []), *(one for each in inner for one in _maps(each))]


def _secret(name: str) -> dict[str, str]:
    return {"name": name, "key": "url"}


def _receiver(chance: random.Random, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name}
    known: dict[str, dict[str, Any]] = {
        "slackConfigs": {"apiURL": _secret("slack"), "channel": "#a", "title": "{{ .CommonLabels.alertname }}"},
        "webhookConfigs": {"url": "https://example.com/a", "maxAlerts": 3},
        "pagerdutyConfigs": {"routingKey": _secret("pd"), "details": [{"key": "a", "value": "b"}]},
        "opsgenieConfigs": {"apiKey": _secret("og"), "responders": [{"name": "shop", "type": "team"}]},
        "emailConfigs": {
            "to": "a@example.com",
            "from": "b@example.com",
            "smarthost": "mail.example.com:25",
            "headers": [{"key": "Subject", "value": "a"}],
        },
        "victoropsConfigs": {
            "apiKey": _secret("vo"), "routingKey": "a", "customFields": [{"key": "a", "value": "b"}],
        },
        "pushoverConfigs": {"userKey": _secret("po"), "token": _secret("po"), "url": "https://example.com"},
        "telegramConfigs": {"botToken": _secret("tg"), "chatID": 7},
        "snsConfigs": {"topicARN": "arn:aws:sns:us-east-2:1:a", "sigv4": {"region": "us-east-2"}},
    }  # fmt: skip
    for key in chance.sample(sorted(known), chance.randint(0, 2)) if name != "null" else ():
        made[key] = [copy.deepcopy(known[key])]
        if key not in {"emailConfigs"} and chance.random() < 0.3:
            made[key][0]["httpConfig"] = {"basicAuth": {"username": _secret("user"), "password": _secret("user")}}
    return made


def _matchers(chance: random.Random, most: int) -> list[dict[str, Any]]:
    made = []
    for _ in range(chance.randint(0, most)):
        name = chance.choice(sorted(LABELS))
        if chance.random() < 0.5:
            one: dict[str, Any] = {"name": name, "value": chance.choice(LABELS[name])}
            one["matchType"] = chance.choice(("=", "!="))
        else:
            one = {"name": name, "value": chance.choice(PATTERNS), "matchType": chance.choice(("=~", "!~"))}
            if chance.random() < 0.3:
                del one["matchType"]
                one["regex"] = True
        made.append(one)
    return made


def _route(chance: random.Random, names: list[str], depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {"receiver": chance.choice(names)}
    if depth and chance.random() < 0.3:
        del made["receiver"]
    if chance.random() < 0.8:
        made["matchers"] = _matchers(chance, 2)
    if chance.random() < 0.3:
        made["groupBy"] = chance.choice((["alertname"], ["..."], []))
    if chance.random() < 0.3:
        made["groupWait"] = chance.choice(("0s", "1m"))
        made["groupInterval"] = chance.choice(("0s", "10m"))
        made["repeatInterval"] = "1h"
    if chance.random() < 0.3:
        made["continue"] = chance.random() < 0.5
    if chance.random() < 0.3:
        made["muteTimeIntervals"] = ["night"]
    if depth < 2:
        made["routes"] = [_route(chance, names, depth + 1) for _ in range(chance.randint(0, 3))]
    return made


def _interval(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "timeIntervals": [
            {
                "times": [{"startTime": "09:00", "endTime": "17:00"}],
                "weekdays": ["monday:friday"],
                "daysOfMonth": [{"start": 1, "end": -1}],
                "months": ["january:march"],
                "years": ["2030:2040"],
            }
        ],
    }
