"""Adoption of values files that share their parts: anchors, merge keys at every level, umbrellas, Go's booleans.

Judged by what never calls the adoption: PyYAML reads the file before and after, with merge keys as Helm has them,
amtool says whom an alert reaches, and the rules say what is wrong. What reached people still does, and nothing new is
wrong; what cannot be edited in place is refused or a conflict, and the file stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from generator import config, rules, spec
from generator.errors import Invalid, Problem
from generator.merge import merge
from generator.shipped.alerting import adopt
from generator.template import load_template
from generator.yaml import dump

from ..support import gomaps
from ..support.real import tool
from .test_alertmanager import CHART, as_helm

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "60"))
ALERTS = (
    {"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "shop"},
    {"alertname": "KubePodCrashLooping", "severity": "warning", "service": "db"},
    {"alertname": "Other", "team": "web", "severity": "info"},
    {"alertname": "Other"},
)
WATCHDOG = {"alertname": "Watchdog", "severity": "none"}


class Alias(str):
    """Text that stands as it is: an alias, or a plain scalar."""

    __slots__ = ()


class Writer:
    """Writes data as YAML of all styles, and moves parts of it behind anchors."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.shared: list[str] = []

    def shares(self, data: Any, depth: int = 0) -> Any:
        """Return data with some of its maps behind anchors: whole, or some of their keys by a merge key."""
        if isinstance(data, list):
            return [self.shares(one, depth + 1) for one in data]
        if not isinstance(data, dict) or not data:
            return data
        out = {key: self.shares(one, depth + 1) for key, one in data.items()}
        chance = self.draw.random()
        if chance < 0.04 and depth:
            return Alias(f"*{self.anchored(out)}")
        if chance < 0.14:
            moved = self.draw.sample(sorted(out), self.draw.randint(1, len(out)))
            halves = [moved[::2], moved[1::2]] if self.draw.random() < 0.3 and len(moved) > 1 else [moved]
            names = [self.anchored({key: out.pop(key) for key in half}) for half in halves]
            aliases = [Alias(f"*{one}") for one in names]
            merged = {"<<": aliases[0] if len(aliases) == 1 else aliases}
            return merged | out if self.draw.random() < 0.5 else out | merged
        return out

    def anchored(self, data: Any) -> str:
        name = f"a{len(self.shared)}"
        self.shared.append("")
        self.shared.append(f"x-{name}: &{name}" + self.below(data, 2))
        return name

    def below(self, value: Any, indent: int) -> str:
        """Return what stands behind a key's colon or an anchor, with the line breaks in it."""
        if isinstance(value, dict | list) and value and self.draw.random() < 0.85:
            return "".join(f"\n{' ' * indent}{line}" for line in self.block(value))
        return f" {self.flow(value)}"

    def block(self, value: Any) -> list[str]:
        lines: list[str] = []
        entries = [(f"{key}:", one) for key, one in value.items()] if isinstance(value, dict) else []
        entries += [("-", one) for one in value] if isinstance(value, list) else []
        for head, one in entries:
            text = self.below(one, 2)
            if self.draw.random() < 0.1:
                lines.append(f"# note {self.draw.randint(0, 99)}")
            lines += f"{head}{text}".split("\n")
            if "\n" not in text and self.draw.random() < 0.1:
                lines[-1] += f"  # remark {self.draw.randint(0, 99)}"
        return lines

    def flow(self, value: Any) -> str:
        if isinstance(value, Alias):
            return str(value)
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key}: {self.flow(one)}" for key, one in value.items()) + "}"
        return "[" + ", ".join(map(self.flow, value)) + "]" if isinstance(value, list) else json.dumps(value)


def configuration(draw: Random) -> dict[str, Any]:
    names = ["team", "db", "web"]
    slack = [{"channel": "#a", "api_url_file": "/run/slack", "send_resolved": True}]
    receivers = [{"name": one, "slack_configs": slack} for one in names if draw.random() < 0.9]
    if draw.random() < 0.5:
        receivers.insert(0, {"name": "null"})
    there = [one["name"] for one in receivers]
    matchers = [['service = "db"'], ['team = "web"'], ['severity = "critical"'], ['alertname = "Watchdog"']]
    routes = [
        {"receiver": draw.choice(there), "matchers": one} | draw.choice([{}, {"continue": Alias("yes")}])
        for one in draw.sample(matchers, draw.randint(0, 3))
        if there
    ]
    out: dict[str, Any] = {}
    if there and draw.random() < 0.9:
        out["route"] = {"receiver": draw.choice(there), **({"routes": routes} if routes else {}), "group_wait": "10s"}
    out["receivers"] = receivers
    if draw.random() < 0.3:
        out["global"] = {"resolve_timeout": "3m"}
    return out


def values_file(draw: Random) -> str:
    """Return a values file."""
    writer = Writer(draw)
    part: dict[str, Any] = {}
    sign = draw.choice([None, None, None, "yes", "on", "True", "true", "no", "Off", "false"])
    if sign is not None:
        part["tplConfig"] = Alias(sign)
    whole = configuration(draw)
    if draw.random() < 0.2 and sign in {"yes", "on", "True", "true"}:
        inner = Writer(draw)
        said = inner.block(inner.shares(whole))
        text = "\n".join([*"\n".join(inner.shared).split("\n"), *said]) if inner.shared else "\n".join(said)
        part["stringConfig"] = Alias(
            "|\n" + "".join(f"  {one}\n" if one else "\n" for one in text.split("\n")).rstrip()
        )
    else:
        part["config"] = whole
    if draw.random() < 0.3:
        part["alertmanagerSpec"] = {"secrets": ["own"], "replicas": 2}
    text_config = part.pop("stringConfig", None)
    shared = writer.shares(
        {"alertmanager": part} if draw.random() < 0.8 else {"kube-prometheus-stack": {"alertmanager": part}}
    )
    if text_config is not None:
        if "alertmanager" not in shared or not isinstance(shared["alertmanager"], dict):
            shared = {"alertmanager": part}
        shared["alertmanager"] = {**shared["alertmanager"], "stringConfig": text_config}
    writer.draw = draw
    lines = Block(writer).lines(shared)
    return "\n".join([*writer.shared, *lines]) + "\n"


class Block:
    """Block style on top, since a text of several lines stands in no flow map."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def lines(self, data: dict[str, Any]) -> list[str]:
        out: list[str] = []
        for key, one in data.items():
            if isinstance(one, Alias) and "\n" in one:
                head, *rest = one.split("\n")
                out += [f"{key}: {head}", *rest]
            elif isinstance(one, dict) and any(isinstance(each, Alias) and "\n" in each for each in one.values()):
                out += [f"{key}:", *(f"  {line}" if line else line for line in self.lines(one))]
            else:
                out += f"{key}:{self.writer.below(one, 2)}".split("\n")
        return out


def as_helm_reads(text: str) -> tuple[dict[str, Any], bool]:
    """Return Alertmanager's configuration as Helm makes it of values, and whether Helm renders it."""
    values = gomaps.read(text)
    if "alertmanager" not in values:
        values = values["kube-prometheus-stack"]
    own = values["alertmanager"]
    if own.get("tplConfig") and own.get("stringConfig"):
        raw = re.sub(r"\{\{`(.*?)`\}\}", r"\1", own["stringConfig"], flags=re.DOTALL)
        return gomaps.read(raw), True
    found: dict[str, Any] = as_helm(CHART, own.get("config") or {})
    return found, bool(own.get("tplConfig"))


def reached(configuration_: dict[str, Any], folder: Path) -> list[list[str]] | None:
    """Return the receivers that amtool says each alert reaches, None for a configuration that it refuses."""
    path = folder / "alertmanager.yml"
    path.write_text(json.dumps(configuration_), "utf-8")
    out = []
    for labels in (*ALERTS, WATCHDOG):
        said = [f"{name}={value}" for name, value in labels.items()]
        command = [tool("amtool"), "config", "routes", "test", f"--config.file={path}", *said]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode:
            return None
        out.append(done.stdout.strip().split(","))
    return out


def findings(text: str) -> Counter[str]:
    """Return how often which rule warns of a file; a route for Watchdog that never was right may be dead now."""
    read = rules.recognise("values.yaml", text, named=True)
    if read.file is None:
        return Counter(one.rule for one in read.problems)
    found = rules.check([read.file], rules.Scope((read.file,)))
    dead = [one for one in found if one.rule == "AM010" and "Watchdog" in one.message]
    return Counter(one.rule for one in found if one.severity != "info" and one not in dead)


def adopted(before: str) -> str | None:
    """Return the file with alerting in it, None where that is refused or a conflict."""
    problems: tuple[Problem, ...] = ()
    fit = None
    try:
        said = {"template": "alerting", "name": "x", **adopt.surroundings(before, "values.yaml")}
        read = spec.parse_spec(dump(said), "scaffold.yaml")
        values = spec.values(read, config.parse_config(""), load_template("alerting", None, "s").schema)
        fit = adopt.fit(before, values, read.data, "values.yaml")
    except Invalid as error:
        problems = error.problems
    if fit is None:
        assert problems
        assert all(one.line and one.hint for one in problems)
        return None
    merged = merge(fit.base, before, fit.theirs, "values.yaml")
    return None if merged.conflicts else merged.text


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_what_reached_people_still_does(seed: int, tmp_path: Path) -> None:
    before = values_file(Random(seed))  # noqa: S311 - a case by its number
    yaml.safe_load(before)
    after = adopted(before)
    if after is None:
        return
    was, now = as_helm_reads(before)[0], as_helm_reads(after)[0]
    new = findings(after) - findings(before)
    assert not new, f"{new}\n{before}\n---\n{after}"
    for line in (line for line in before.splitlines() if "#" in line and "# " in line):
        assert line.partition("# ")[2] in after, "a comment is gone"
    amount = {one["name"]: len(one) for one in now["receivers"]}
    to = reached(was, tmp_path)
    then = reached(now, tmp_path)
    assert then is not None or to is None, f"{before}\n---\n{after}"
    if to is None or then is None:
        return
    people = [[one for one in names if one != "null" and amount.get(one, 1) > 1] for names in to]
    for names, later in zip(people[:-1], then[:-1], strict=True):
        if names:
            assert names == [one for one in later if one != "null"], f"{before}\n---\n{after}"
    assert then[-1] == ["null"], f"Watchdog reaches {then[-1]}\n{before}\n---\n{after}"
