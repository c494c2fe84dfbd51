"""AlertmanagerConfig resources: what the operator and Alertmanager refuse, and how they route, judged by their code."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.alertmanager.config_resources import ConfigResource, config_resource
from generator.alertmanager.merged_resources import STRATEGIES, merged_resources
from generator.alertmanager.model import Context
from generator.alertmanager.reference_check import refusals
from generator.alertmanager.resource_check import resource_faults
from generator.alertmanager.routing_tree import Route
from generator.alertmanager.source import Source
from generator.alertmanager.value import Value, read_value
from generator.alertmanager.versions import Versions
from generator.rules.readers import compiled
from generator.yaml import parse_one

from ..support import alertmanager
from ..support.config_resources import LABELS, newer, text_of, valid_resource, with_mistakes
from ..support.customresources import custom_verdicts
from ..support.prometheus_operator import ask_operator

COUNT = int(os.environ.get("SCAFFOLD_RESOURCE_EXAMPLES") or 600)
CASES = Path(__file__).parents[1] / "cases" / "rules"
BASE = """\
global: {smtp_from: a@example.com, smtp_smarthost: "m:25", opsgenie_api_key: a, victorops_api_key: b,
         slack_api_url: "https://example.com"}
route:
  receiver: default
  group_by: [alertname]
  routes:
    - {receiver: base, matchers: ['severity="critical"'], continue: true}
    - {receiver: "off", matchers: ['alertname="Watchdog"'], mute_time_intervals: [x]}
receivers: [{name: default}, {name: base}, {name: "off"}]
time_intervals: [{name: x, time_intervals: [{weekdays: [monday]}]}]
inhibit_rules:
  - {source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [namespace]}
"""
# What the operator's own bug refuses: the conversion of v1beta1 e-mails without threading fails in 0.93 and 0.94.
BUG = "panic: runtime error"
NO_CERTIFICATE = (
    "failed to decode PEM block",
    "failed to find any PEM data",
)  # in the Secrets that the oracle makes up


def resource(one: dict[str, Any]) -> ConfigResource:
    found = config_resource(parse_one(text_of(one), "a.yaml"), "a.yaml")
    assert found is not None
    return found


def context(config: Value) -> Context:
    return Context(Source(config, config, None, Versions((0, 33), None)), BASE, "base.yaml")


def read(text: str) -> Value:
    return read_value(parse_one(text, "base.yaml"), helm=False)


def refused(one: dict[str, Any], answer: dict[str, Any], crd: list[str]) -> list[str]:
    """Return why a resource cannot be used: the API server, the operator or Alertmanager refuse it."""
    texts = [*crd, *answer.get("rejected", {}).values(), answer.get("error", ""), answer.get("loads", "")]
    return [text for text in texts if text and not any(each in text for each in (BUG, *NO_CERTIFICATE))]


def ours(one: dict[str, Any]) -> list[str]:
    schema = compiled.custom(one["apiVersion"], one["kind"])
    assert schema is not None
    faults = [each for each in resource_faults(resource(one)) if each.severity in {None, "error"}]
    data = schema.without_nulls(copy.deepcopy(one))
    return [*(each.message for each in faults), *(str(each.message) for each in schema.errors(data))]


@pytest.mark.usefixtures("crds")
def test_the_operator_refuses_what_we_refuse() -> None:
    chance = random.Random("mistakes")  # noqa: S311
    examples = []
    for _ in range(COUNT):
        one = valid_resource(chance, "a", "shop")
        one = newer(one) if chance.random() < 0.3 else one
        examples.append(with_mistakes(chance, one) if chance.random() < 0.9 else one)
    crds = custom_verdicts(examples)
    answers = ask_operator({"op": "merge", "config": BASE, "resources": [one]} for one in examples)
    verdicts = [(one, refused(one, *each), ours(one)) for one, *each in zip(examples, answers, crds, strict=True)]
    certain = [each for each, answer in zip(verdicts, answers, strict=True) if BUG not in answer.get("error", "")]
    assert COUNT / 5 < sum(bool(theirs) for _, theirs, _ in certain) < COUNT
    assert [(text_of(one), mine) for one, theirs, mine in certain if mine and not theirs] == []
    assert [(text_of(one), theirs) for one, theirs, mine in certain if theirs and not mine] == []


HOOK = "webhookConfigs: [{url: 'http://x', %s}]"
CLIENT = HOOK % "httpConfig: {%s}"
KEY = "{name: s, key: k}"
EITHER = "{secret: {name: s, key: k}}"
# Parts of a receiver, and of the route.
SINGLE = (
    HOOK % 'timeout: ""',
    HOOK % "timeout: 5s",
    CLIENT % f"oauth2: {{clientId: {EITHER}, clientSecret: {KEY}, tokenUrl: 'http://t'}}",
    CLIENT % f"oauth2: {{clientId: {{configMap: {KEY}}}, clientSecret: {KEY}, tokenUrl: 'http://t'}}",
    CLIENT % f"oauth2: {{clientId: {EITHER}, clientSecret: {KEY}, tokenUrl: 'http://t', proxyFromEnvironment: true,"
    " proxyUrl: 'http://x'}",
    CLIENT % "proxyFromEnvironment: true, proxyUrl: 'http://x'",
    CLIENT % "proxyFromEnvironment: false, proxyUrl: 'http://x'",
    CLIENT % "proxyFromEnvironment: true, noProxy: a",
    CLIENT % "noProxy: a",
    CLIENT % "noProxy: a, proxyUrl: 'http://x'",
    CLIENT % f"proxyConnectHeader: {{a: [{KEY}]}}",
    CLIENT % "noProxy: a, proxyURL: 'http://x'",
    CLIENT % f"proxyURL: 'http://x', proxyConnectHeader: {{a: [{KEY}]}}",
    CLIENT % "authorization: {}",
    CLIENT % "authorization: {type: Token}",
    CLIENT % f"authorization: {{credentials: {KEY}}}",
    CLIENT % f"authorization: {{credentials: {KEY}, type: Basic}}",
    f"webexConfigs: [{{roomID: x, httpConfig: {{bearerTokenSecret: {KEY}}}}}]",
    f"webexConfigs: [{{roomID: x, httpConfig: {{authorization: {{credentials: {KEY}}}}}}}]",
    "webexConfigs: [{roomID: x, httpConfig: {}}]",
    "snsConfigs: [{topicARN: 'a:b', sigv4: {region: a}, apiURL: ''}]",
    "snsConfigs: [{topicARN: 'a:b', sigv4: {region: a}, apiURL: 'http://x'}]",
    CLIENT % "tlsConfig: {minVersion: TLS13, maxVersion: TLS12}",
    CLIENT % "tlsConfig: {minVersion: TLS12, maxVersion: TLS12}",
    CLIENT % f"tlsConfig: {{ca: {EITHER}}}",
    CLIENT % f"tlsConfig: {{cert: {EITHER}}}",
    CLIENT % f"tlsConfig: {{keySecret: {KEY}}}",
    CLIENT % f"tlsConfig: {{cert: {EITHER}, keySecret: {KEY}}}",
    CLIENT % "tlsConfig: {cert: {}}",
    f"pushoverConfigs: [{{userKey: {KEY}, userKeyFile: /a, token: {KEY}}}]",
    f"pushoverConfigs: [{{userKey: {KEY}, token: {KEY}, tokenFile: /a}}]",
    f"pagerdutyConfigs: [{{routingKey: {KEY}, pagerDutyLinkConfigs: [{{href: b, alt: c}}]}}]",
    f"pagerdutyConfigs: [{{routingKey: {KEY}, pagerDutyLinkConfigs: [{{href: 'http://b', alt: c}}]}}]",
    f"pagerdutyConfigs: [{{routingKey: {KEY}, pagerDutyImageConfigs: [{{href: b, src: c}}]}}]",
    f"rocketchatConfigs: [{{token: {KEY}, tokenID: {KEY}, actions: [{{text: x, url: 'http://x'}}]}}]",
    f"rocketchatConfigs: [{{token: {KEY}, tokenID: {KEY}, actions: []}}]",
)
ROUTES = (
    'groupWait: ""',
    'groupInterval: ""',
    'repeatInterval: ""',
    "group_by: [a]",
    "matchers: ['a=b']",
    "matchers: [{name: a, value: 5}]",
    "matchers: [{name: a, value: b, regex: true}]",
    "matchers: [{name: a, value: b, unknown: true}]",
    "continue: yes",
    "continue: 'true'",
    "routes: [{receiver: d, group_wait: 5s}]",
)


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1"])
def test_the_operator_judges_single_settings(version: str) -> None:
    head = (
        f"apiVersion: monitoring.coreos.com/{version}\nkind: AlertmanagerConfig\nmetadata: {{name: a, namespace: b}}\n"
    )
    texts = [f"{head}spec: {{route: {{receiver: d}}, receivers: [{{name: d, {one}}}]}}" for one in SINGLE]
    for one in ROUTES:
        texts.append(
            f"{head}spec: {{route: {{receiver: d, routes: [{{receiver: d, {one}}}]}}, receivers: [{{name: d}}]}}"
        )
    every = [yaml.safe_load(one) for one in texts]
    answers = ask_operator({"op": "merge", "config": BASE, "resources": [one]} for one in every)
    verdicts = []
    for text, one, *each in zip(texts, every, answers, custom_verdicts(every), strict=True):
        merged = context(merged_resources(read(BASE), [resource(one)], "OnNamespace"))
        verdicts.append((text, refused(one, *each), [*ours(one), *(each.message for each in refusals(merged))]))
    assert [each for each in verdicts if bool(each[1]) != bool(each[2])] == []
    assert len(verdicts) / 4 < sum(bool(theirs) for _, theirs, _ in verdicts) < len(verdicts) * 3 / 4


def walk(route: Route) -> list[Any]:
    return [
        (path[-1].receiver, sorted(map(str, path[-1].matchers)), path[-1].goes_on, path[-1].group_by,
         dict(path[-1].timings), path[-1].mute, path[-1].active)
        for path in route.walk()
    ]  # fmt: skip


def test_resources_are_merged_like_the_operator_merges_them() -> None:
    chance = random.Random("merge")  # noqa: S311
    examples = []
    for _ in range(COUNT):
        some = [
            valid_resource(chance, chance.choice("abc"), chance.choice(("shop", "web", "monitoring"))) for _ in "abc"
        ]
        some = list({(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in some}.values())
        examples.append((some, chance.choice(STRATEGIES)))
    labels = [{name: one for name in LABELS if (one := chance.choice(LABELS[name]))} for _ in range(20)]
    answers = ask_operator(
        {"op": "merge", "config": BASE, "resources": some, "strategy": strategy} for some, strategy in examples
    )
    assert [one for one in answers if one.get("error") or one["rejected"] or one["loads"]] == []
    routed = alertmanager.ask({"text": one["config"], "labels": labels} for one in answers)
    reached = set()
    for (some, strategy), answer, theirs in zip(examples, answers, routed, strict=True):
        mine = context(merged_resources(read(BASE), [resource(one) for one in some], strategy, "monitoring"))
        final = context(read(answer["config"]))
        assert mine.root is not None
        assert final.root is not None
        assert [[path[-1].receiver for path in mine.root.reached(one)] for one in labels] == theirs["routes"]
        assert walk(mine.root) == walk(final.root)
        assert sides(mine) == sides(final)
        assert receivers(mine) == receivers(final)
        assert list(refusals(mine)) == []
        reached |= {name for names in theirs["routes"] for name in names}
    assert len(reached) > 20


def sides(one: Context) -> list[Any]:
    return [(sorted(map(str, each.source)), sorted(map(str, each.target)), each.equal) for each in one.inhibitions]


def receivers(one: Context) -> list[Any]:
    return sorted((each.name, sorted(section.name for section, _ in each.integrations)) for each in one.receivers)


def case_resources() -> list[Any]:
    return [*_case_resources()]


def _case_resources() -> Iterator[Any]:
    for path in sorted(CASES.glob("AMC00[1-5]/*.yaml")):
        for one in yaml.safe_load_all(path.read_text("utf-8")):
            if one["kind"] == "AlertmanagerConfig":
                yield pytest.param(path, one, id=f"{path.parent.name}/{path.stem}")


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize(("path", "one"), case_resources())
def test_the_operator_judges_every_case(path: Path, one: dict[str, Any]) -> None:
    (answer,) = ask_operator([{"op": "merge", "config": BASE, "resources": [one]}])
    if BUG in answer.get("error", ""):
        pytest.skip("the operator fails to convert it")
    assert bool(refused(one, answer, custom_verdicts([one])[0])) == path.name.startswith("bad-"), answer
