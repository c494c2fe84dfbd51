"""Routing, inhibition and time intervals against Alertmanager's own code, on random configurations and alerts."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any

import pytest

from generator.alertmanager import durations
from generator.alertmanager.answer import route_alert
from generator.alertmanager.model import Context
from generator.alertmanager.muting import MAX_DAYS, LookAhead, muting, schedules
from generator.alertmanager.routing_tree import dead
from generator.alertmanager.source import sources
from generator.yaml import parse_one

from ..support.alertmanager import ask
from .random_configs import Example, example

COUNT = int(os.environ.get("SCAFFOLD_JUDGE_EXAMPLES") or 2000)
SEED = int(os.environ.get("SCAFFOLD_JUDGE_SEED") or 1)
PARTS = 4


def context(text: str, version: str = "0.35") -> Context:
    (source,) = sources(parse_one(text, "a.yml"), text, values=False, versions=lambda _name: version)
    return Context(source, text, "a.yml")


def examples(part: int) -> list[tuple[str, Example]]:
    seeds = [f"{SEED}-{part}-{number}" for number in range(COUNT // PARTS)]
    return [(one, example(random.Random(one))) for one in seeds]  # noqa: S311 - examples


def ours(here: Context, one: Example) -> tuple[list[Any], list[Any]]:
    """Return what we say of the routes that take each alert, and of inhibition, in the form of the oracle."""
    routes, muted = [], []
    for labels, firing in zip(one.labels, one.firing, strict=True):
        found = route_alert(here, labels, at=one.at, firing=firing)
        routes.append([reached(each) for each in found.reached])
        muted.append({"no": [False], "yes": [True], "depends": [False, True]}[found.inhibited or ""])
    return routes, muted


def reached(one: Any) -> dict[str, Any]:
    times = {name: (durations.prometheus(text) or 0) / 1000 for name, text in one.route.timings.items()}
    by = one.route.group_by
    group_by = None if by is None else sorted(set(by))
    return {"receiver": one.receiver, "group_by": group_by, "group": one.group, "muted": one.muting.muted, **times}


@pytest.mark.parametrize("part", range(PARTS))
def test_alertmanager_decides_as_we_do(part: int) -> None:
    """Routes with grouping and timing, what mutes them, inhibition in every order of arrival, dead routes, changes."""
    made = examples(part)
    asked: list[dict[str, Any]] = []
    for _, one in made:
        asked.append({"op": "dispatch", "text": one.text, "labels": one.labels, "at": one.at.isoformat()})
        asked.append({"op": "inhibit", "text": one.text, "labels": one.labels, "each": one.firing})
    answers = iter(ask(asked))
    seen: dict[str, int] = dict.fromkeys(("muted", "silenced", "dead", "deep"), 0)
    for (seed, one), routes, inhibited in zip(made, answers, answers, strict=True):
        assert "error" not in routes, (seed, routes, one.text)
        here = context(one.text)
        our_routes, our_muted = ours(here, one)
        for labels, firing, mine, theirs in zip(one.labels, one.firing, our_routes, routes["routes"], strict=True):
            assert mine == theirs, (seed, labels, firing, one.at, one.text)
        for labels, firing, mine, theirs in zip(one.labels, one.firing, our_muted, inhibited["muted"], strict=True):
            assert mine == theirs, (seed, labels, firing, one.text)
        assert here.root is not None
        never = {path[-1].receiver for each in dead(here.root) for path in each.path[-1].walk()}
        for labels, found in zip(one.labels, routes["routes"], strict=True):
            if not any("\n" in value for value in labels.values()):  # which .* does not match: see logic
                assert not never & {each["receiver"] for each in found}, (seed, labels, never, one.text)
        seen["muted"] += sum(each["muted"] for found in our_routes for each in found)
        seen["silenced"] += sum(each == [True] for each in our_muted)
        seen["dead"] += bool(never)
        seen["deep"] += any(len(path) > 4 for path in here.paths)
    assert all(number > len(made) // 50 for number in seen.values()), seen


@pytest.mark.parametrize("version", ["0.34.0", "0.35"])
def test_what_can_silence_an_alert_is_what_does(version: str) -> None:
    """The matchers that the text names hold for every alert that silences, and for no other that fires."""
    told = depends = 0
    for seed, one in examples(0):
        here = context(one.text, version)
        for labels, firing in zip(one.labels, one.firing, strict=True):
            if any("\n" in value for each in (labels, *firing) for value in each.values()):
                continue
            found = route_alert(here, labels)
            for other in firing:
                told += bool(found.silencers)
                says = [
                    each
                    for each in found.silencers
                    if all(m.holds(other) for m in each.wanted)
                    and not (each.unless and all(m.holds(other) for m in each.unless))
                ]
                does = route_alert(here, labels, firing=[other])
                assert bool(says) == (does.inhibited != "no"), (seed, labels, other, one.text)
                depends += does.inhibited == "depends"
                if does.inhibited == "yes":
                    assert any(not each.last for each in says), (seed, labels, other, one.text)
    assert told > COUNT // 100
    assert bool(depends) is (version == "0.34.0")


def test_a_change_is_the_next_one() -> None:
    """Before it nothing changes, at it something does: asked of Alertmanager for many minutes up to it."""
    asked, expected = [], []
    for seed, one in examples(1)[: COUNT // 20]:
        here = context(one.text)
        for path in here.paths:
            if not (path[-1].mute or path[-1].active):
                continue
            found = muting(
                path[-1], schedules(here.config, path, here.source.target.alertmanager), one.at, look_ahead=LookAhead()
            )
            last = found.until or one.at + timedelta(days=MAX_DAYS - 1)
            minutes = int((last - one.at).total_seconds() // 60)
            chance = random.Random(seed)  # noqa: S311 - examples
            before = {0, minutes - 1, *(chance.randrange(minutes) for _ in range(80))}
            times = [one.at + timedelta(minutes=each) for each in sorted(before)] + [last]
            asked.append({"op": "intervals", "text": one.text, "times": [each.isoformat() for each in times]})
            expected.append((seed, path[-1], found))
    assert len(asked) > COUNT // 100
    for (seed, route, found), answer in zip(expected, ask(asked), strict=True):
        muted = [is_muted(route.mute, route.active, set(names)) for names in answer["active"]]
        assert set(muted[:-1]) == {found.muted}, (seed, route.receiver, found.until)
        assert (muted[-1] != found.muted) == (found.until is not None), (seed, route.receiver, found.until)


def is_muted(mute: tuple[str, ...], active: tuple[str, ...], names: set[str]) -> bool:
    return bool(set(mute) & names) or bool(active and not set(active) & names)
