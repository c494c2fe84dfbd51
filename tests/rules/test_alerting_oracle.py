"""The alerting part of Prometheus' configuration with any value at any place, judged by Prometheus' own code."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import yaml

from ..support.prometheus_operator import ask_operator
from .test_prometheus_oracle import errors_of

BASE = yaml.safe_load("""
global: {scrape_interval: 15s}
scrape_configs: [{job_name: a, static_configs: [{targets: ["x:1"]}]}]
alerting:
  alert_relabel_configs:
    - {source_labels: [a], regex: x, target_label: b, replacement: c, action: replace, separator: ";", modulus: 4}
  alertmanagers:
    - scheme: http
      path_prefix: /x
      timeout: 10s
      api_version: v2
      static_configs: [{targets: ["a:9093"], labels: {a: b}}]
      basic_auth: {username: u, password: p}
      follow_redirects: true
      proxy_url: "http://p/"
      tls_config: {insecure_skip_verify: true, server_name: x}
      relabel_configs: [{source_labels: [__meta_x], action: keep, regex: x}]
    - static_configs: [{targets: ["b:1"]}]
      authorization: {type: Bearer, credentials: x}
      http_headers: {X: {values: [a]}}
""")
VALUES: tuple[Any, ...] = (
    *(None, True, 5, 1.5, "", "text", "v1", "10x", "a:b:c", "keep", "yes", "0s"),
    *([], [None], ["a"], ["http://x"], {}, {"x": 1}, {"a": "b"}),
)
BESIDE: tuple[tuple[str, Any], ...] = (
    ("bearer_token", "x"),
    ("bearer_token_file", "f"),
    ("basic_auth", {"user": "a"}),
    ("oauth2", None),
    ("sigv4", {}),
    ("no_proxy", "a"),
    ("proxy_from_environment", True),
    ("proxy_url", None),
    ("foo", 1),
    ("relabel_configs", [{"action": "KEEP", "source_labels": ["a"]}]),
    ("relabel_configs", [{"action": "keepequal", "source_labels": ["a"]}]),
    ("relabel_configs", [{"target_label": "a", "action": None, "regex": None, "modulus": None}]),
)
# What we do not tell: older versions take yes as true, v1 was an API, and an empty name of a label.
MISSED = re.compile(r'.*!!str `yes` into bool|.* one of \[v2\] but got v1|"" is not a valid label name', re.DOTALL)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path[:1] == ("alerting",):
        yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, one in pairs:
        yield from places(one, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> str:
    whole = copy.deepcopy(BASE)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return str(yaml.safe_dump(whole, sort_keys=False))


def test_prometheus_refuses_the_alerting_parts_that_we_refuse() -> None:
    texts = [changed(path, value) for path in places(BASE) for value in VALUES]
    texts += [changed(("alerting", "alertmanagers", number, key), one) for number in (0, 1) for key, one in BESIDE]
    answers = list(ask_operator({"op": "prometheus", "config": one} for one in texts))
    verdicts = [
        (text, answer.get("error") or "", [one.message for one in errors_of(text)])
        for text, answer in zip(texts, answers, strict=True)
    ]
    refused = [each for each in verdicts if each[1]]
    assert len(texts) / 4 < len(refused) < len(texts)
    assert [each for each in verdicts if each[2] and not each[1]] == []
    assert [each for each in refused if not each[2] and not MISSED.fullmatch(each[1])] == []
