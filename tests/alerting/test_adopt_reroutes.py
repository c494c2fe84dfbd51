"""Adoption takes no alert from anybody, or is refused: random files and options, judged by Alertmanager's own code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from random import Random
from typing import Any

from generator import config, spec
from generator.alertmanager.helm import chart_data
from generator.behaviour import Update
from generator.errors import Invalid
from generator.merge import merge
from generator.shipped.alerting import adopt, alerting_values
from generator.shipped.alerting.request import Request, asked, read_severity
from generator.shipped.alerting.reroute_check import check_update
from generator.template import load_template
from generator.yaml import dump

from ..alertmanager.test_reroutes import SENDING, route, universe
from ..support.alertmanager import ask

FILES = int(os.environ.get("SCAFFOLD_REROUTES") or 200)
PATH = "values.yaml"
CHART = chart_data()["charts"]["kube-prometheus-stack"]["config"]
TYPES = {"slack": "slack", "pagerduty": "pagerduty", "infra": "webhook", "mail": "email"}
SEVERITIES = [
    ["critical=pagerduty"],
    ["critical=pagerduty,slack"],
    ["critical=pagerduty", "critical=slack"],
    ["critical=pagerduty", "warning=slack"],
    ["critical|page=pagerduty"],
    ["critical|page=pagerduty", "critical=slack"],
    ["none=null"],
    ["page=slack,pagerduty", "none=null"],
]


def values_file(draw: Random) -> str:
    receivers: list[dict[str, Any]] = [{"name": "null"}]
    for name in sorted(SENDING):
        receivers.append({"name": name, "webhook_configs": [{"url": "http://x/"}]})
    root = route(draw)
    if draw.random() < 0.5:
        root["receiver"] = "null"
    return dump({"alertmanager": {"config": {"route": root, "receivers": receivers}}})


def values_of(data: dict[str, Any]) -> dict[str, Any]:
    read = spec.parse_spec(dump(data), "scaffold.yaml")
    return spec.values(read, config.parse_config(""), load_template("alerting", None, "s").schema)


@dataclass(frozen=True)
class Adopted:
    """A file before and after, and whether that was refused; ``after`` is the text that --yes-reroute gives."""

    before: str
    severities: list[str]
    after: str
    refused: str


def adopted(draw: Random) -> Adopted:
    before, severities = values_file(draw), draw.choice(SEVERITIES)
    request = Request(
        receivers=(("slack_configs", "slack"), ("pagerduty_configs", "pagerduty")),
        severity=tuple(map(read_severity, severities)),
    )
    data = {"template": "alerting", "name": "x", **asked({}, request).data}
    values = values_of(data)

    def run(text: str, *, accepted: bool) -> str:
        fit = adopt.fit(text, values, data, PATH)
        assert fit is not None
        merged = merge(fit.base, text, fit.theirs, PATH)
        assert not merged.conflicts
        if merged.text == text:
            return text
        update = Update(PATH, None, text, alerting_values(values), str(merged.text), lambda *_texts: None)
        checked = check_update(update, values, accepted=accepted)
        assert checked is not None
        return checked.text

    after = run(before, accepted=True)
    assert run(after, accepted=False) == after, "a second run changes the file"
    try:
        assert run(before, accepted=False) == after
    except Invalid as error:
        return Adopted(before, severities, after, str(error))
    return Adopted(before, severities, after, "")


def wanted(severities: list[str]) -> dict[str, set[str]]:
    """Return the receivers that the options name, by severity."""
    out: dict[str, set[str]] = {}
    for one in severities:
        key, _, names = one.partition("=")
        for severity in key.split("|"):
            out.setdefault(severity, set()).update(names.split(","))
    return {severity: names & SENDING for severity, names in out.items()}


def test_nobody_loses_an_alert_or_it_was_refused() -> None:
    draw = Random("adopted")  # noqa: S311 - examples
    world = [one for one in universe() if one["alertname"] != "Watchdog"]
    found = [adopted(draw) for _ in range(FILES)]
    texts = [text for one in found for text in (one.before, one.after)]
    answers = ask([{"text": text, "labels": world, "chart": CHART} for text in texts])
    refused = 0
    for number, one in enumerate(found):
        was, now = (answers[2 * number + side]["routes"] for side in (0, 1))
        names = wanted(one.severities)
        lost = []
        for labels, had, has in zip(world, was, now, strict=True):
            if (set(had) - set(has)) & SENDING:
                lost.append(labels)
            here = names.get(labels.get("severity", ""))
            if here is None:
                continue
            assert here <= set(has), (one, labels, "an alert does not reach what the options name")
            assert here or not set(has) & SENDING, (one, labels, "an alert reaches somebody")
        assert bool(lost) == bool(one.refused), (one, lost[:3])
        refused += bool(one.refused)
    assert FILES / 10 < refused < FILES * 9 / 10
