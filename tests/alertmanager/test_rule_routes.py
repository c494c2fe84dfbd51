"""scaffold route for the alerts of rules: of a service, and of a file; and where an alert may end of unknown labels."""

from __future__ import annotations

import itertools
import json
import random

import pytest

from generator.alertmanager.matchers import Matcher
from generator.alertmanager.possible_routes import possible_ends
from generator.alertmanager.routing_tree import TIMINGS, Route
from generator.alertmanager.value import Value

from ..conftest import Repo

SERVICE = """\
template: service
name: shop
image: ghcr.io/example/shop
tag: v1.2.3
alerts:
  labels: {team: shop}
  rules:
    - {alert: Backlog, expr: backlog > 9, labels: {severity: page}, annotations: {summary: Too much to do.}}
"""
ALERTMANAGER = """\
route:
  receiver: nobody
  routes:
    - {matchers: [severity = critical], receiver: pager, continue: true}
    - {matchers: [team = shop, severity =~ "critical|warning"], receiver: chat, mute_time_intervals: [night]}
    - {matchers: [pod = shop-0], receiver: chat}
receivers:
  - name: nobody
  - name: pager
    webhook_configs: [{url: "http://pager/"}]
  - name: chat
    webhook_configs: [{url: "http://chat/"}]
time_intervals:
  - {name: night, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}]}]}
"""
TEXT = """\
ServiceUnavailable  severity="critical"   services/shop/deploy/alerts.yaml:18
  pager  Generic webhook  by route > {severity="critical"}   alertmanager.yaml:4
  chat  Generic webhook  by route > {severity=~"critical|warning",team="shop"}   alertmanager.yaml:5
"""
NOBODY = """\
  nobody  sends nothing: the alert reaches nobody  by route   alertmanager.yaml:2
  or, by labels of its series: chat
6 alerts: 4 reach a receiver, 2 nobody
"""
RULES = """\
groups:
  - name: shop
    labels: {team: shop}
    rules:
      - {alert: Down, expr: up == 0, labels: {severity: critical}, annotations: {summary: a}}
      - {alert: Slow, expr: up == 0, labels: {severity: "{{ $labels.severity }}"}, annotations: {summary: a}}
      - {record: a, expr: up}
"""


@pytest.fixture
def shop(empty: Repo) -> Repo:
    empty.write("services/shop/scaffold.yaml", SERVICE)
    empty.write("alertmanager.yaml", ALERTMANAGER)
    empty.ok("regenerate", "services/shop")
    return empty


def test_who_gets_the_alerts_of_a_service(shop: Repo) -> None:
    said = shop.ok("route", "services/shop", "--config", "alertmanager.yaml").out
    assert said.startswith(TEXT)
    assert said.endswith(NOBODY)
    assert 'Backlog  severity="page"' in said


def test_the_answers_as_data(shop: Repo) -> None:
    at = "2026-11-30T03:00:00Z"
    said = shop.ok("route", "services/shop", "--config", "alertmanager.yaml", "--format", "json", "--at", at).out
    found = json.loads(said)
    rows = {one["alert"]: one for one in found["alerts"]}
    assert found["path"] == "alertmanager.yaml"
    first = rows["ServiceUnavailable"]
    assert (first["file"], first["line"]) == ("services/shop/deploy/alerts.yaml", 18)
    assert first["labels"] == {
        "alertname": "ServiceUnavailable", "severity": "critical", "namespace": "shop", "service": "shop",
        "team": "shop",
    }  # fmt: skip
    muted = {one["receiver"]: one["muted"]["result"] for one in first["receivers"]}
    assert muted == {"pager": "no", "chat": "yes"}
    assert rows["Backlog"]["others"] == ["chat"]


def test_the_unit_of_the_repository_has_the_configuration(shop: Repo) -> None:
    assert shop.run("route", "services/shop").code == 2
    shop.ok("alerting", "--slack-channel", "#a")
    said = shop.ok("route", "services/shop").out
    assert said.endswith("6 alerts: 6 reach a receiver\n")
    assert "slack  Slack  by route   alerting/values.yaml:" in said
    shop.ok("alerting", "other", "--dir", "other", "--slack-channel", "#b")
    done = shop.run("route", "services/shop")
    assert done.code == 2
    assert "2 units have Alertmanager's configuration" in done.err
    assert shop.ok("route", "services/shop", "--config", "other").out == said.replace("alerting/", "other/")


def test_environments_have_the_alerts_of_each(shop: Repo) -> None:
    environments = "environments:\n  prod: {}\n  test: {alerts: {severity: warning}}\n"
    shop.write("services/shop/scaffold.yaml", SERVICE + environments)
    shop.ok("regenerate", "services/shop")
    said = shop.ok("route", "services/shop", "--config", "alertmanager.yaml").out
    assert said.count("  pager  ") == 1
    assert "overlays/prod/alerts.yaml" in said
    assert "overlays/test/alerts.yaml" in said


@pytest.mark.parametrize(
    ("expected", "code"), [(["pager", "chat"], 1), (["chat"], 1), (["null"], 1)], ids=["both", "chat", "null"]
)
def test_expectations_are_about_every_alert(shop: Repo, expected: list[str], code: int) -> None:
    options = [f"--expect={one}" for one in expected]
    done = shop.run("route", "services/shop", "--config", "alertmanager.yaml", *options)
    assert done.code == code
    assert "services/shop/deploy/alerts.yaml:" in done.err


def test_who_gets_the_alerts_of_a_rule_file(shop: Repo) -> None:
    shop.write("rules.yaml", RULES)
    said = shop.ok("route", "rules.yaml", "--config", "alertmanager.yaml").out
    assert said == (
        'Down  severity="critical"   rules.yaml:5\n'
        '  pager  Generic webhook  by route > {severity="critical"}   alertmanager.yaml:4\n'
        '  chat  Generic webhook  by route > {severity=~"critical|warning",team="shop"}   alertmanager.yaml:5\n'
        "Slow  without a severity   rules.yaml:6\n"
        "  nobody  sends nothing: the alert reaches nobody  by route   alertmanager.yaml:2\n"
        "  or, by labels of its series: pager, chat\n"
        "2 alerts: 1 reaches a receiver, 1 nobody\n"
    )
    shop.write("rules.yaml", RULES.replace('"{{ $labels.severity }}"', "critical"))
    shop.ok("route", "rules.yaml", "--config", "alertmanager.yaml", "--expect=pager", "--expect=chat")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["alertmanager.yaml", "--config", "alertmanager.yaml", "--tree"], "--config: is for alerts of a service"),
        (["services/shop", "alertname=A"], "has the template service"),
        (["alertmanager.yaml"], "no label given"),
        (["services/shop", "--config", "no.yaml"], "no.yaml: does not exist"),
        (["empty", "--config", "alertmanager.yaml"], "empty: has no alerts"),
        (["broken.yaml", "--config", "alertmanager.yaml"], "broken.yaml:"),
    ],
)
def test_what_cannot_be_answered(shop: Repo, arguments: list[str], message: str) -> None:
    shop.write("empty/scaffold.yaml", SERVICE.partition("alerts:")[0])
    shop.write("broken.yaml", "kind: PrometheusRule\napiVersion: monitoring.coreos.com/v1\nspec: {alert: [\n")
    done = shop.run("route", *arguments)
    assert done.code == 2
    assert message in done.err


VALUES = ("", "x", "y")


def random_route(chance: random.Random, depth: int, number: list[int]) -> Route:
    matchers = tuple(
        Matcher(chance.choice("ab"), chance.choice(("=", "!=")), chance.choice(VALUES))
        for _ in range(chance.randrange(3) if number[0] else 0)
    )
    number[0] += 1
    own = number[0]
    routes = tuple(random_route(chance, depth - 1, number) for _ in range(chance.randrange(4) if depth else 0))
    goes_on = chance.random() < 0.3
    return Route(own, Value("map"), f"r{own}", True, matchers, (), TIMINGS, goes_on, (), (), routes)


def test_every_route_that_an_alert_may_end_at_is_among_the_possible_ones() -> None:
    chance = random.Random("routes")  # noqa: S311
    narrower = 0
    for _ in range(400):
        root = random_route(chance, 3, [0])
        known = {name: chance.choice(VALUES) for name in "ab" if chance.random() < 0.5}
        reached = set()
        for first, second in itertools.product((*VALUES, "z"), repeat=2):
            labels = {"a": first, "b": second} | known
            reached |= {path[-1].number for path in root.reached({key: one for key, one in labels.items() if one})}
        possible = {path[-1].number for path in possible_ends(root, known)}
        assert reached <= possible
        assert len(known) < 2 or reached == possible
        narrower += len(possible) < len([*root.walk()])
    assert narrower > 100
