"""Laws of adoption, over values files that nobody would write: what holds whatever was in them.

``"null"`` is there, Watchdog reaches nobody, nothing of the user's is gone, and fitting twice is fitting once. A file
that cannot be fitted is told why, with a place.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st

from generator import config, spec
from generator.errors import Invalid, Problem
from generator.merge import merge
from generator.shipped.alerting import adopt
from generator.template import load_template
from generator.yaml import dump

from .test_adopt import config as as_loaded
from .test_adopt import reached

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "60"))
SPECS = (
    "{}",
    '{slack: {channel: "#t"}}',
    "{receivers: [{name: hb, webhook_configs: [{}]}, {name: team, pagerduty_configs: [{}]}], slack: {}, watchdog: hb,"
    " severity: {critical: team}, time_intervals: [{name: n, time_intervals: [{weekdays: [monday]}]}],"
    " global: {resolve_timeout: 3m}}",
)
PATH = "values.yaml"


def junk(draw: Random) -> Any:
    return draw.choice([None, "null", "x", 1, True, [], {}, ["a"], {"a": "b"}, "", 1.5, [None], [{}]])


def receiver(draw: Random) -> Any:
    out: dict[str, Any] = {"name": draw.choice(["null", None, "slack", "team", "hb", "other", "Ä b", 1])}
    if draw.random() < 0.1:
        del out["name"]
    for name in draw.sample(["slack_configs", "webhook_configs", "email_configs"], draw.choice([0, 0, 1, 1, 2])):
        some = [{"channel": "#old", "api_url": "https://x"}]
        out[name] = draw.choice([some, [{"url": "http://x"}], [], None, [{"to": "a"}, {"to": "b"}]])
    return out if draw.random() < 0.98 else junk(draw)


def route(draw: Random, depth: int = 0) -> Any:
    out: dict[str, Any] = {}
    if draw.random() < 0.8:
        out["receiver"] = draw.choice(["null", None, "slack", "team", "hb", "other"])
    if depth:
        out |= draw.choice(
            [
                {},
                {"matchers": ['alertname = "Watchdog"']},
                {"matchers": ['alertname="Watchdog"', "severity=none"]},
                {"matchers": ['alertname =~ "W.*"'], "continue": True},
                {"match": {"alertname": "Watchdog"}},
                {"match": {"severity": "critical"}},
                {"matchers": ["bad("]},
            ]
        )
    for key in ("group_by", "group_wait", "repeat_interval"):
        if draw.random() < 0.3:
            out[key] = draw.choice([["namespace"], ["job"]] if key == "group_by" else ["30s", "5m", "12h", None])
    if depth < 2 and draw.random() < 0.6:
        several = [route(draw, depth + 1) for _ in range(draw.randint(1, 3))]
        out["routes"] = draw.choice([None, [], several, several, several])
    return out if draw.random() < 0.98 else junk(draw)


def configuration(draw: Random) -> Any:
    out: dict[str, Any] = {}
    if draw.random() < 0.8:
        out["route"] = route(draw)
    if draw.random() < 0.8:
        out["receivers"] = [receiver(draw) for _ in range(draw.randint(1, 4))] if draw.random() < 0.9 else None
    if draw.random() < 0.3:
        out["global"] = draw.choice([{"resolve_timeout": "5m"}, {"resolve_timeout": "9m"}, None])
    if draw.random() < 0.2:
        out["time_intervals"] = draw.choice([[{"name": "n"}], None])
    return out if draw.random() < 0.95 else junk(draw)


def text_of(draw: Random) -> str:
    part: dict[str, Any] = {}
    if draw.random() < 0.9:
        part["config"] = configuration(draw)
    if draw.random() < 0.4:
        secrets = [{"secrets": []}, {"secrets": ["a"]}, {"secrets": None}, {"replicas": 1}, None]
        part["alertmanagerSpec"] = draw.choice(secrets)
    entries = [("grafana", {"x": 1}), ("alertmanager", part)]
    draw.shuffle(entries)
    if draw.random() < 0.6:
        return dump(dict(entries))
    flow = draw.choice([None, False, True])
    return yaml.safe_dump(dict(entries), default_flow_style=flow, allow_unicode=True, sort_keys=False)


def fitted(text: str, values: dict[str, Any], said: Any) -> adopt.Fit | None:
    """Return the fit, None for a file that cannot be fitted: then every problem has a place and says what to do."""
    problems: tuple[Problem, ...] = ()
    try:
        return adopt.fit(text, values, said, PATH)
    except Invalid as error:
        problems = error.problems
    assert problems
    assert all(one.line and one.hint for one in problems)
    return None


def integrations(one: dict[str, Any]) -> set[str]:
    return {str(key) for key, value in one.items() if str(key).endswith("_configs") and value}


@pytest.mark.parametrize("said", SPECS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(draw=st.randoms(use_true_random=False))
def test_whatever_was_there(said: str, draw: Random) -> None:
    data = {"template": "alerting", "name": "x", **yaml.safe_load(said)}
    read = spec.parse_spec(dump(data), "scaffold.yaml")
    values = spec.values(read, config.parse_config(""), load_template("alerting", None, "s").schema)
    before = text_of(draw)
    note(before)
    fit = fitted(before, values, read.data)
    if fit is None:
        return
    merged = merge(fit.base, before, fit.theirs, PATH)
    if merged.conflicts:
        assert merged.text == before
        return
    again = adopt.fit(merged.text, values, read.data, PATH)
    assert again is not None
    assert merge(again.base, merged.text, again.theirs, PATH).text == merged.text
    was, now = (yaml.safe_load(one)["alertmanager"] or {} for one in (before, merged.text))
    receivers = now["config"]["receivers"]
    named = {one.get("name") for one in receivers if one}
    assert "null" in named
    for one in filter(None, (was.get("config") or {}).get("receivers") or ()):
        assert one.get("name") in named | {None}, "a receiver is gone"
    whole = as_loaded(merged.text)
    try:
        found = reached(whole, alertname="Watchdog", severity="none")
    except (KeyError, TypeError):
        return  # a receiver that is none, or a route to one that is not there: so it was before
    if len(named) < len([one for one in receivers if one]):
        return  # two of one name, which Alertmanager refuses: so it was before
    for one in found:
        assert one["name"] == "null" or integrations(one) <= {"webhook_configs"}
