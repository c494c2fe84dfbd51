"""Adoption of values files with anchors, aliases and merge keys anywhere: what is added changes nothing else.

Judged by what never calls the engine: go-yaml's way to read merge keys, over PyYAML, gives the data before and after,
and PyYAML's composer tells whether a list is at one place only. If it is, an addition to it is merged, and only adds
lines; else it is a conflict or refused.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
import yaml

from generator import config, spec
from generator.errors import Invalid
from generator.merge import merge
from generator.shipped.alerting import adopt
from generator.template import load_template
from generator.yaml import dump

from ..support import gomaps

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "60"))
ADDED = ("pagerduty", "hook", "mail")
# The lists that may get items, and the maps that may get keys.
LISTS = (
    ("alertmanager", "config", "receivers"),
    ("alertmanager", "config", "route", "routes"),
    ("alertmanager", "alertmanagerSpec", "secrets"),
)
Path = tuple[str | int, ...]


@dataclass
class Writer:
    """Writes data as YAML, with anchors at random places, and aliases and merge keys for what an anchor has."""

    draw: Random
    anchors: dict[str, Any] = field(default_factory=dict)
    flows: bool = False
    count: int = 0

    def document(self, data: dict[str, Any]) -> str:
        return "\n".join(self.block(data)) + "\n"

    def block(self, value: Any) -> list[str]:
        out: list[str] = []
        if isinstance(value, dict):
            rest, merged = self.merged(value)
            early = self.draw.random() < 0.6
            entries = [(f"{self.key(key)}:", one) for key, one in rest.items()]
            lines = [f"<<: {merged}"] if merged else []
            out += lines if early else []
            for head, one in entries:
                out += f"{head}{self.below(one)}".split("\n")
            return out + ([] if early else lines)
        for one in value:
            text = self.below(one)
            if isinstance(one, dict) and text.startswith("\n") and self.draw.random() < 0.8:
                text = " " + text[3:]
            out += f"-{text}".split("\n")
        return out

    def merged(self, value: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """Return what is left of a map, and the aliases of a merge key for the rest."""
        known = [
            name for name, one in self.anchors.items() if isinstance(one, dict) and one and one.items() <= value.items()
        ]
        if not known or self.draw.random() < 0.4:
            return value, ""
        name = self.draw.choice(known)
        rest = {key: one for key, one in value.items() if key not in self.anchors[name]}
        return rest, self.draw.choice([f"*{name}", f"[*{name}]"])

    def below(self, value: Any) -> str:
        """Return what stands behind a colon, a dash or an anchor, with the line breaks in it."""
        same = [name for name, one in self.anchors.items() if one == value and type(one) is type(value)]
        if same and self.draw.random() < 0.7:
            return f" *{self.draw.choice(same)}"
        self.count += 1
        name = f"a{self.count}" if self.draw.random() < 0.2 else ""
        head = f" &{name}" if name else ""
        if isinstance(value, dict | list) and value and self.draw.random() < 0.92:
            text = head + "".join(f"\n  {line}" for line in self.block(value))
        else:
            self.flows = self.flows or isinstance(value, dict | list)
            text = f"{head} {self.flow(value, whole=bool(name))}"
        if name:
            self.anchors[name] = value
        return text

    def flow(self, value: Any, *, whole: bool = False) -> str:
        same = [name for name, one in self.anchors.items() if one == value and type(one) is type(value)]
        if same and not whole and self.draw.random() < 0.5:
            return f"*{self.draw.choice(same)}"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(key)}: {self.flow(one)}" for key, one in value.items()) + "}"
        return "[" + ", ".join(map(self.flow, value)) + "]" if isinstance(value, list) else self.key(value)

    def key(self, value: Any) -> str:
        plain = isinstance(value, str) and value.isalpha() and value not in {"null", "true"}
        return str(value) if plain and self.draw.random() < 0.7 else json.dumps(value)


def configuration(draw: Random) -> dict[str, Any]:
    names = ["team", "db", "web"]
    slack = [
        {"channel": "#a", "api_url_file": "/run/slack", "send_resolved": True},
        {"channel": "#b", "api_url_file": "/run/slack", "title": "team"},
    ]
    receivers: list[Any] = [{"name": one, "slack_configs": draw.choice([slack, slack[:1], slack[1:]])} for one in names]
    if draw.random() < 0.6:
        receivers.insert(draw.choice([0, 0, 3]), {"name": "null"})
    timing = [{}, {"group_wait": "10s"}, {"group_wait": "10s", "repeat_interval": "3h"}]
    matchers = [['service = "db"'], ['team = "web"'], ['severity = "critical"']]
    routes: list[Any] = [
        {"receiver": draw.choice(names), "matchers": one, **draw.choice(timing)} | draw.choice([{}, {"continue": True}])
        for one in draw.sample(matchers, draw.randint(0, 3))
    ]
    if draw.random() < 0.5:
        routes.insert(0, {"receiver": "null", "matchers": ['alertname = "Watchdog"']})
    route: dict[str, Any] = {"receiver": draw.choice(names), **draw.choice(timing), "group_by": ["team"]}
    if routes or draw.random() < 0.5:
        route["routes"] = routes
    out: dict[str, Any] = {"route": route, "receivers": receivers}
    if draw.random() < 0.4:
        out["inhibit_rules"] = [{"source_matchers": matchers[0], "target_matchers": matchers[1], "equal": ["team"]}]
    return dict(draw.sample(list(out.items()), len(out)))


def values_file(draw: Random) -> tuple[str, bool]:
    """Return a values file, and whether it has flow collections."""
    whole = configuration(draw)
    pieces = [whole["route"], whole["receivers"], *whole["receivers"], *whole["route"].get("routes", [])]
    pieces += ["team", "10s", {"group_wait": "10s"}, {"name": "db"}, ["team"], [], True, ["own"]]
    data: dict[str, Any] = {f"x{number}": one for number, one in enumerate(draw.sample(pieces, draw.randint(0, 3)))}
    section: dict[str, Any] = {"config": whole}
    section |= (
        {"alertmanagerSpec": {"secrets": ["own"]}} if draw.random() < 0.6 else {"alertmanagerSpec": {"image": {}}}
    )
    behind = {f"y{number}": one for number, one in enumerate(draw.sample(pieces, draw.randint(0, 2)))}
    writer = Writer(draw)
    return writer.document(data | {"alertmanager": section} | behind), writer.flows


def is_at_one_place(text: str, path: Path) -> bool:
    """Return whether a list, or where it would be added, is at one place of the document: behind no alias."""
    found: Counter[int] = Counter()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    stack = [root]
    while stack:
        node = stack.pop()
        found[id(node)] += 1
        if found[id(node)] == 1 and isinstance(node, yaml.MappingNode):
            stack += [one for pair in node.value for one in pair]
        elif found[id(node)] == 1 and isinstance(node, yaml.SequenceNode):
            stack += node.value
    node = root
    for key in path:
        if found[id(node)] > 1:
            return False
        pairs = {one.value: value for one, value in node.value}
        if key not in pairs:
            return "<<" not in pairs
        node = pairs[key]
    return found[id(node)] == 1


def without_additions(before: Any, after: Any, path: Path = ()) -> Any:
    """Return data without the keys and items that adoption may add."""
    if isinstance(after, dict) and isinstance(before, dict):
        open_map = any(path == one[: len(path)] for one in LISTS)
        return {
            key: without_additions(before.get(key), one, (*path, key))
            for key, one in after.items()
            if key in before or not (open_map and (*path, key) in LISTS)
        }
    if path in LISTS and isinstance(after, list) and isinstance(before, list):
        left = list(before)
        out = []
        for one in after:
            if left and one == left[0]:
                out.append(left.pop(0))
            elif not is_added(one, path):
                out.append(one)
        return out
    return after


def is_added(item: Any, path: Path) -> bool:
    if path[-1] == "secrets":
        return item in {f"alertmanager-{one}" for one in ADDED}
    if path[-1] == "receivers":
        return item.get("name") in {"null", *ADDED}
    return item.get("receiver") == "null"


def adopted(before: str, said: dict[str, Any]) -> tuple[str | None, list[str]]:
    """Return the file with receivers added; None, and why, where that is refused or a conflict."""
    try:
        read = spec.parse_spec(dump({"template": "alerting", "name": "x", **said}), "scaffold.yaml")
        values = spec.values(read, config.parse_config(""), load_template("alerting", None, "s").schema)
        fit = adopt.fit(before, values, read.data, "values.yaml")
    except Invalid as error:
        return None, [one.message for one in error.problems if one.line and one.hint]
    assert fit is not None
    merged = merge(fit.base, before, fit.theirs, "values.yaml")
    return (None if merged.conflicts else merged.text), [one.reason or one.field for one in merged.conflicts]


RECEIVERS: dict[str, dict[str, Any]] = {
    "pagerduty": {"name": "pagerduty", "pagerduty_configs": [{}]},
    "hook": {"name": "hook", "webhook_configs": [{"url": "http://hook:8080/"}]},
    "mail": {"name": "mail", "email_configs": [{"to": "a@example.org", "smarthost": "s:25", "from": "b@example.org"}]},
}


def case(seed: int) -> tuple[str, bool, dict[str, Any]]:
    draw = Random(seed)  # noqa: S311 - a case by its number
    text, flows = values_file(draw)
    return text, flows, {"receivers": [RECEIVERS[one] for one in draw.sample(ADDED, draw.randint(1, 2))]}


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_an_addition_changes_nothing_else(seed: int) -> None:
    before, flows, said = case(seed)
    after, why = adopted(before, said)
    was = gomaps.read(before)
    if after is None:
        assert why
        assert not all(is_at_one_place(before, path) for path in LISTS), f"{why}\n{before}"
        return
    now = gomaps.read(after)
    assert without_additions(was, now) == was, f"{before}\n---\n{after}"
    names = [one["name"] for one in now["alertmanager"]["config"]["receivers"]]
    assert {"null", *(one["name"] for one in said["receivers"])} <= set(names)
    if not flows:
        lines = iter(after.splitlines())
        assert all(line in lines for line in before.splitlines()), f"{before}\n---\n{after}"
