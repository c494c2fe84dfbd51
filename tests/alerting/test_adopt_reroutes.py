"""Adoption takes no alert from anybody, or is refused: random files and options, judged by Alertmanager's own code."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from generator import config, spec
from generator.alertmanager.helm import chart_data
from generator.behaviour import Update
from generator.choice import Choice
from generator.errors import Invalid
from generator.merge import merge
from generator.pipeline import Pipeline, read_config
from generator.planned import Unit
from generator.shipped.alerting import adopt, alerting_values
from generator.shipped.alerting.request import Request, asked, read_severity
from generator.shipped.alerting.reroute_check import check_update
from generator.template import load_template
from generator.worktree import Worktree
from generator.writes import writes_of
from generator.yaml import dump

from ..alertmanager.test_reroutes import SENDING, route, universe
from ..support.alertmanager import ask
from .test_alertmanager import new_repo

FILES = int(os.environ.get("SCAFFOLD_REROUTES") or 90)
LATER = FILES // 2
PATH = "values.yaml"
CHART = chart_data()["charts"]["kube-prometheus-stack"]["config"]
TYPES = {"slack": "slack", "pagerduty": "pagerduty", "infra": "webhook", "mail": "email"}
SENT_BY = {
    "slack": {"slack_configs": [{"api_url": "http://x/", "channel": "#x"}]},
    "pagerduty": {"pagerduty_configs": [{"routing_key": "x"}]},
    "mail": {"email_configs": [{"to": "a@b.org", "from": "a@b.org", "smarthost": "s:25"}]},
}
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
        receivers.append({"name": name, **SENT_BY.get(name, {"webhook_configs": [{"url": "http://x/"}]})})
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
        checked = check_update(update, values, data, accepted=accepted)
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


def spec_text(severities: list[str]) -> str:
    request = Request(
        receivers=(("slack_configs", "slack"), ("pagerduty_configs", "pagerduty")),
        severity=tuple(map(read_severity, severities)),
    )
    chart = {"chart": "kube-prometheus-stack"}
    return dump({"template": "alerting", "name": "x", **chart, **asked({}, request).data})


@dataclass(frozen=True)
class Changed:
    """A spec that changes after adoption: its severities, the texts, and what came of it."""

    severities: tuple[list[str], list[str]]
    texts: tuple[str, str, str, str]  # the file before and after, the generated text before and after
    outcome: str


def changed_later(draw: Random, root: Path, number: int) -> Changed:
    """Adopt a file in a unit, change the spec, and plan it without and with consent."""
    name = f"u{number}"
    first, then = draw.choice([[], *SEVERITIES]), draw.choice([[], *SEVERITIES])
    folder = root / name
    folder.mkdir()
    (folder / PATH).write_text(values_file(draw), "utf-8")

    def planned(*, reroute: bool) -> Unit:
        worktree = Worktree(root)
        (unit,) = Pipeline(worktree, read_config(worktree), Choice(reroute=reroute)).units([name])
        return unit

    (folder / "scaffold.yaml").write_text(spec_text(first), "utf-8")
    worktree = Worktree(root)
    with worktree.alone(lambda _told: None):
        worktree.apply(writes_of([planned(reroute=True)]))
    before = (folder / PATH).read_text("utf-8")
    assert not planned(reroute=False).problems
    (folder / "scaffold.yaml").write_text(spec_text(then), "utf-8")
    unit, other = planned(reroute=False), planned(reroute=True)
    assert other.plan is not None
    (change,) = other.plan.changes
    outcome = "conflict" if change.conflicts else "refused" if unit.problems else "written"
    assert unit.plan is None or unit.plan.changes[0].merged == change.merged
    return Changed((first, then), (before, str(change.merged), str(change.base), str(change.theirs)), outcome)


def test_a_spec_that_changes_later_takes_no_alert_that_it_does_not_name(tmp_path: Path) -> None:
    draw = Random("later")  # noqa: S311 - examples
    world = [one for one in universe() if one["alertname"] != "Watchdog"]
    root = new_repo(tmp_path / "repo").root
    found = [changed_later(draw, root, number) for number in range(LATER)]
    settled = [one for one in found if one.outcome != "conflict"]
    answers = ask([{"text": text, "labels": world, "chart": CHART} for one in settled for text in one.texts])
    count = {"refused": 0, "written": 0}
    for number, one in enumerate(settled):
        was, now, base, theirs = (
            [set(names) & SENDING for names in answers[4 * number + side]["routes"]] for side in range(4)
        )
        each = list(zip(was, now, base, theirs, strict=True))
        unasked = [labels for labels, (a, b, c, d) in zip(world, each, strict=True) if not (a - b) <= (c - d)]
        assert bool(unasked) == (one.outcome == "refused"), (one, unasked[:3])
        count[one.outcome] += 1
        names, known = wanted(one.severities[1]), wanted(one.severities[0])
        for labels, has in zip(world, now, strict=True):
            severity = labels.get("severity", "")
            if severity in names and severity not in known and names[severity]:
                assert names[severity] <= has, (one, labels)
    assert min(count.values()) > LATER / 20, count
