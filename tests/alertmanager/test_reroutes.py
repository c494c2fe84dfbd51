"""Who gets other alerts after a change: against every alert of a small world, routed by Alertmanager's own code."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import product
from random import Random
from typing import Any

import pytest
import yaml

from generator.alertmanager import reroutes as module
from generator.alertmanager.label_classes import label_classes
from generator.alertmanager.matchers import Matcher
from generator.alertmanager.model import Context
from generator.alertmanager.reroutes import TooManyLabelsError, reroutes
from generator.alertmanager.source import sources
from generator.yaml import parse_one

from ..support.alertmanager import ask

PAIRS = int(os.environ.get("SCAFFOLD_REROUTES") or 400)
# Alerts of the world are built from these values, whatever the matchers are.
WORLD = {
    "alertname": ["Watchdog", "KubePodDown", "etcdDown", "Other"],
    "severity": ["", "critical", "warning", "page", "none"],
    "team": ["", "db", "web", "db-prod", "web-prod", "ops"],
    "env": ["", "prod", "dev"],
}
MATCHERS = [
    'severity="critical"',
    'severity=~"critical|page"',
    'severity!="none"',
    'severity=~".+"',
    'team="db"',
    'team=~"db.*"',
    'team=~".*-prod"',
    'team!~"web.*"',
    'team!=""',
    'team=""',
    'env="prod"',
    'env=~"prod|dev"',
    'env!="dev"',
    'alertname=~"Kube.*"',
    'alertname="Watchdog"',
    'alertname!="Watchdog"',
    'alertname=~".*Down"',
    'alertname=~"[a-z]+Down"',
]
NAMES = ["null", "slack", "pagerduty", "infra", "mail"]
SENDING = set(NAMES) - {"null"}


def universe() -> list[dict[str, str]]:
    """Return every alert of the world."""
    several = (dict(zip(WORLD, values, strict=True)) for values in product(*WORLD.values()))
    return [{name: value for name, value in one.items() if value} for one in several]


def route(draw: Random, depth: int = 0) -> dict[str, Any]:
    """Return a route as people write them."""
    out: dict[str, Any] = {} if depth and draw.random() < 0.2 else {"receiver": draw.choice(NAMES)}
    if depth:
        out["matchers"] = draw.sample(MATCHERS, draw.choice([0, 1, 1, 1, 2]))
        if draw.random() < 0.35:
            out["continue"] = True
    if depth < 3 and (depth == 0 or draw.random() < 0.3):
        out["routes"] = [route(draw, depth + 1) for _ in range(draw.randint(1, 4))]
    return out


def changed(draw: Random, root: dict[str, Any]) -> dict[str, Any]:
    """Return a tree with one or two changes: a route that is added, removed, moved, or has ``continue``."""
    out: dict[str, Any] = yaml.safe_load(yaml.safe_dump(root))
    for _ in range(draw.choice([1, 1, 2])):
        listed = out["routes"]
        what = draw.choice(["add", "add", "add", "remove", "continue", "move"])
        at = draw.randrange(len(listed)) if listed else 0
        if what == "add" or not listed:
            listed.insert(at, route(draw, 2))
        elif what == "remove":
            del listed[at]
        elif what == "continue":
            listed[at]["continue"] = not listed[at].get("continue", False)
        else:
            listed.insert(draw.randrange(len(listed)), listed.pop(at))
    return out


def text_of(root: Mapping[str, Any]) -> str:
    sends = {"webhook_configs": [{"url": "http://x/"}]}
    receivers = [{"name": one, **(sends if one in SENDING else {})} for one in NAMES]
    return yaml.safe_dump({"route": dict(root), "receivers": receivers})


def context(text: str) -> Context:
    (source,) = sources(parse_one(text, "a.yaml"), text, values=False)
    return Context(source, text, "a.yaml")


def compared(before: str, after: str) -> tuple[module.Reroute, ...]:
    return reroutes(context(before), context(after))


def sending(names: Iterable[str]) -> set[str]:
    return set(names) & SENDING


def test_every_alert_that_is_lost_or_gained_is_found() -> None:
    """Every difference in the world has an example with no other labels than the alert, or a better one."""
    draw = Random("reroutes")  # noqa: S311 - examples
    world = universe()
    pairs = []
    for _ in range(PAIRS):
        root = route(draw)
        pairs.append((text_of(root), text_of(changed(draw, root))))
    found = [compared(*pair) for pair in pairs]
    # The examples themselves are routed by Alertmanager too.
    questions = [
        {"text": text, "labels": [*world, *(dict(one.labels) for one in examples)]}
        for pair, examples in zip(pairs, found, strict=True)
        for text in pair
    ]
    answers = ask(questions)
    differing = 0
    for number, (pair, examples) in enumerate(zip(pairs, found, strict=True)):
        was, now = (answers[2 * number + side]["routes"] for side in (0, 1))
        for labels, had, has in zip(world, was, now, strict=False):
            lost, gained = sending(had) - sending(has), sending(has) - sending(had)
            differing += bool(lost or gained)
            is_watchdog = labels["alertname"] == "Watchdog"
            told = {(frozenset(one.lost), frozenset(one.gained)) for one in examples if not one.watchdog or is_watchdog}
            some_of_watchdog = is_watchdog and any(one.watchdog for one in examples)
            same = not (lost or gained) or (frozenset(lost), frozenset(gained)) in told
            assert same or some_of_watchdog, (pair, labels)
        for one, had, has in zip(examples, was[len(world) :], now[len(world) :], strict=True):
            assert set(one.before) == sending(had), (pair, one)
            assert set(one.after) == sending(has), (pair, one)
            assert set(one.lost) == sending(had) - sending(has)
            assert one.lost or one.gained
    assert differing > PAIRS, "the changes of the examples are told apart by no alert"


BASE = {"receiver": "slack", "routes": [{"matchers": ['team="db"'], "receiver": "infra"}]}


def with_first(**new: Any) -> dict[str, Any]:
    return {**BASE, "routes": [new, *BASE["routes"]]}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BASE, []),
        ({**BASE, "routes": [{**BASE["routes"][0], "group_wait": "1m"}]}, []),
        (
            with_first(matchers=['severity="critical"'], receiver="pagerduty"),
            [
                ({"severity": "critical"}, ["slack"], ["pagerduty"]),
                ({"severity": "critical", "team": "db"}, ["infra"], ["pagerduty"]),
            ],
        ),
        (
            with_first(matchers=['severity="critical"'], receiver="pagerduty", **{"continue": True}),
            [
                ({"severity": "critical"}, ["slack"], ["pagerduty"]),
                ({"severity": "critical", "team": "db"}, [], ["pagerduty"]),
            ],
        ),
        (with_first(matchers=['severity="critical"'], receiver="null"), [
            ({"severity": "critical"}, ["slack"], []),
            ({"severity": "critical", "team": "db"}, ["infra"], []),
        ]),
        (with_first(matchers=['team="web"'], receiver="slack"), []),
        (with_first(matchers=['team=~"d.*"'], receiver="infra"), [({"team": "d"}, ["slack"], ["infra"])]),
        ({**BASE, "receiver": "mail"}, [({}, ["slack"], ["mail"])]),
        (
            {**BASE, "routes": [{**BASE["routes"][0], "mute_time_intervals": ["nights"]}]},
            [({"team": "db"}, ["infra"], [])],
        ),
        (  # muted at some times, but also notified by another route
            with_first(matchers=['team="db"'], receiver="infra", mute_time_intervals=["nights"], **{"continue": True}),
            [],
        ),
        (
            {**BASE, "routes": [{**BASE["routes"][0], "active_time_intervals": ["days"]}]},
            [({"team": "db"}, ["infra"], [])],
        ),
    ],
)  # fmt: skip
def test_what_is_told_of_a_change(after: dict[str, Any], told: list[Any]) -> None:
    found = [
        (dict(one.labels), [*one.lost], [*one.gained])
        for one in compared(text_of(BASE), text_of(after))
        if not one.watchdog
    ]
    assert sorted(found, key=str) == sorted(told, key=str)


def test_a_loss_is_placed_at_the_route_that_notified() -> None:
    after = with_first(matchers=['severity="critical"'], receiver="pagerduty")
    before = text_of(BASE)
    lines = before.splitlines()
    for one in compared(before, text_of(after)):
        place = next(number for number, line in enumerate(lines) if "infra" in line and "receiver:" in line)
        if one.lost == ("infra",):
            assert abs(one.left[0].value.line - 1 - place) <= 2


@pytest.mark.parametrize(
    ("patterns", "value"),
    [
        (["db-.*", ".*-prod"], "both"),
        (["db-.+", "[a-z-]+-prod", "db-x.*"], "all"),
        (["(?i)kube", "kube"], "first"),
        ([".*", ".+"], "first"),
        (["a|b", "b|c"], "both"),
        (["[0-9]+", "1.*"], "both"),
    ],
)
def test_values_tell_overlapping_expressions_apart(patterns: list[str], value: str) -> None:
    matchers = [Matcher("x", "=~", one) for one in patterns]
    found = label_classes([*matchers, Matcher("x", "=", "KUBE")]).values["x"]
    vectors = {tuple(one.takes(text) for one in matchers) for text in found}
    wanted = (True, *([False] * (len(patterns) - 1))) if value == "first" else (True,) * len(patterns)
    assert wanted in vectors
    assert (True, *([False] * (len(patterns) - 1))) in vectors


def test_very_many_independent_routes_are_refused_and_not_guessed() -> None:
    several = [{"matchers": [f'l{number}="x"'], "receiver": "infra", "continue": True} for number in range(60)]
    before = {"receiver": "slack", "routes": several}
    after = {"receiver": "slack", "routes": [{"matchers": ['severity="x"'], "receiver": "mail"}, *several]}
    with pytest.raises(TooManyLabelsError):
        compared(text_of(before), text_of(after))


def test_a_thousand_teams_are_compared() -> None:
    several = [{"matchers": [f'team="t{number}"'], "receiver": "infra"} for number in range(1000)]
    before = {"receiver": "slack", "routes": several}
    after = {"receiver": "slack", "routes": [{"matchers": ['team="t7"'], "receiver": "mail"}, *several]}
    (one,) = compared(text_of(before), text_of(after))
    assert (dict(one.labels), one.lost, one.gained) == ({"team": "t7"}, ("infra",), ("mail",))
