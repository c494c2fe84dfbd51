"""Random configurations with routes, inhibit rules and time intervals, and alerts that nearly match them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

NAMES = ("severity", "team", "namespace", "a.b", "größe")
VALUES = ("", "critical", "warning", "db", "web", "a b", 'q"x', "x\\y", "é", "dbx", "xdb", "a\nb")
PATTERNS = (
    *("db|web", "^db$", "d.", ".*", ".+", "", "(critical|warning)?", "db.*", ".*b", "[a-d]+", "^$", "x|", "(?i)DB"),
    *("critical", "db|", "web|db|warning", "[^d].*", "a\\sb", "(?s)a.b", "a.b", "^(?:db|web)$", ".{2}"),
)
ALERTS = (*VALUES, "other", "criticalx", "DB")
TIMES = {
    "group_wait": ("10s", "1m30s", "0s"),
    "group_interval": ("5m", "1h"),
    "repeat_interval": ("4h", "1d"),
}
ZONES = ("UTC", "", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")
DAYS = "sunday monday tuesday wednesday thursday friday saturday".split()  # noqa: SIM905
MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905

MOMENTS = (
    *("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-02-28T23:30", "2024-02-29T22:00"),
    *("2026-12-31T23:00", "2026-03-31T12:00", "2026-04-04T15:00", "2025-06-15T12:00"),
)

Labels = dict[str, str]


@dataclass(frozen=True)
class Example:
    """A configuration, alerts with the others that fire, and a time."""

    config: dict[str, Any]
    labels: list[Labels]
    firing: list[list[Labels]]
    at: datetime

    @property
    def text(self) -> str:
        return json.dumps(self.config)


def matcher(chance: random.Random) -> str:
    name, op = chance.choice(NAMES), chance.choice(("=", "=", "!=", "=~", "=~", "!~"))
    value = chance.choice(VALUES if op in {"=", "!="} else PATTERNS)
    shown = json.dumps(name, ensure_ascii=False) if name in NAMES[3:] or chance.random() < 0.1 else name
    return f"{shown}{chance.choice(('', ' '))}{op}{json.dumps(value, ensure_ascii=False)}"


def matchers(chance: random.Random, prefix: str = "") -> dict[str, Any]:
    """Return the keys of a route or of a side of an inhibit rule, in the new syntax, the old one, or both."""
    found: dict[str, Any] = {}
    sort = chance.random()
    if sort < 0.8:
        found[f"{prefix}matchers"] = [matcher(chance) for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3)))]
    if sort > 0.7:
        found[f"{prefix}match"] = {chance.choice(NAMES[:3]): chance.choice(VALUES)}
    if sort > 0.9:
        found[f"{prefix}match_re"] = {chance.choice(NAMES[:3]): chance.choice(PATTERNS)}
    return found


def span(chance: random.Random, low: int, high: int) -> str:
    first, last = sorted((chance.randint(low, high), chance.randint(low, high)))
    return str(first) if chance.random() < 0.4 else f"{first}:{last}"


def part(chance: random.Random, at: datetime) -> dict[str, Any]:
    """Return an entry of an interval that has something to do with a time."""
    found: dict[str, Any] = {}
    if chance.random() < 0.6:
        start = (at.hour * 60 + at.minute + chance.choice((-60, -1, 0, 1, -345, 120))) % 1439
        end = min(1440, start + chance.choice((1, 2, 61, 400)))
        found["times"] = [{"start_time": clock(start), "end_time": clock(end)}]
    if chance.random() < 0.4:
        first, last = at.isoweekday() % 7, chance.randint(0, 6)  # may wrap around the end of the week
        name = chance.choice((DAYS[first], DAYS[first].title()))
        found["weekdays"] = [f"{name}:{DAYS[last]}" if chance.random() < 0.5 else name]
    if chance.random() < 0.4:
        day = chance.choice(
            (str(at.day), f"{at.day}:{min(31, at.day + 2)}", "-1", "-3:-1", "27:-1", "31", "-31:-1", "1:-2")
        )
        found["days_of_month"] = [day]
    if chance.random() < 0.3:
        found["months"] = [chance.choice((MONTHS[at.month - 1], str(at.month), span(chance, 1, 12)))]
    if chance.random() < 0.3:
        found["years"] = [chance.choice((str(at.year), f"{at.year - 1}:{at.year + 1}", span(chance, 2020, 2030)))]
    if chance.random() < 0.5:
        found["location"] = chance.choice(ZONES)
    if chance.random() < 0.05:
        found[chance.choice(("times", "weekdays", "months", "years", "days_of_month"))] = []
    return found


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def moment(chance: random.Random) -> datetime:
    """Return a time, often close to a change of the clocks or to the end of a month."""
    near = chance.choice(MOMENTS)
    base = datetime.fromisoformat(near).replace(tzinfo=UTC)
    return base + timedelta(minutes=chance.choice((0, chance.randint(-90, 90), chance.randint(-40_000, 40_000))))


def example(chance: random.Random, count: int = 6) -> Example:
    """Return a configuration that Alertmanager loads; every route has its own receiver, so that answers are clear."""
    at = moment(chance)
    defined = [
        {"name": f"i{number}", "time_intervals": [part(chance, at) for _ in range(chance.choice((1, 1, 2)))]}
        for number in range(chance.randint(0, 3))
    ]
    top = Routes(chance, [one["name"] for one in defined])
    route = top.route(0)
    rules = [inhibit_rule(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    config = {"route": route, "receivers": [{"name": one} for one in top.receivers], "inhibit_rules": rules}
    if defined and chance.random() < 0.3:
        config["mute_time_intervals"] = [defined.pop()]
    config["time_intervals"] = defined
    labels = [alert(chance) for _ in range(count)]
    firing = [[alert(chance) for _ in range(chance.choice((0, 1, 1, 2, 4)))] for _ in range(count)]
    for number, others in enumerate(firing):
        if others and chance.random() < 0.6:  # an alert that differs in one label has equal values of the others
            others.append({**labels[number], chance.choice(NAMES): chance.choice([one for one in VALUES if one])})
    return Example(config, labels, firing, at)


@dataclass
class Routes:
    """The routes of a configuration, each with its own receiver."""

    chance: random.Random
    intervals: list[str]
    receivers: list[str] = field(default_factory=list)

    def route(self, depth: int) -> dict[str, Any]:
        chance = self.chance
        self.receivers.append(f"r{len(self.receivers)}")
        found: dict[str, Any] = {"receiver": self.receivers[-1]}
        if depth:
            found |= self.of_a_child()
        if chance.random() < 0.4:
            found["group_by"] = chance.choice((["..."], [], ["severity"], ["team", "namespace"], ["a.b", "severity"]))
        for key, times in TIMES.items():
            if chance.random() < 0.2:
                found[key] = chance.choice(times)
        below = (chance.choice((0, 0, 1, 2, 3)) if depth else chance.randint(1, 5)) if depth < 5 else 0
        if children := [self.route(depth + 1) for _ in range(below)]:
            if chance.random() < 0.1:
                self.receivers.append(f"r{len(self.receivers)}")
                copied = {key: one for key, one in children[0].items() if key != "routes"}
                children.append({**copied, "receiver": self.receivers[-1]})
            found["routes"] = children
        return found

    def of_a_child(self) -> dict[str, Any]:
        found: dict[str, Any] = matchers(self.chance)
        if self.chance.random() < 0.4:
            found["continue"] = self.chance.choice((True, True, False))
        for key in ("mute_time_intervals", "active_time_intervals"):
            if self.intervals and self.chance.random() < 0.3:
                found[key] = [self.chance.choice(self.intervals) for _ in range(self.chance.choice((1, 2)))]
        return found


def inhibit_rule(chance: random.Random) -> dict[str, Any]:
    found = {**matchers(chance, "source_"), **matchers(chance, "target_")}
    if chance.random() < 0.7:
        found["equal"] = [chance.choice(NAMES) for _ in range(chance.choice((0, 1, 1, 2)))]
    return found


def alert(chance: random.Random) -> Labels:
    """Return labels without empty values, which Alertmanager's API removes."""
    picked = {name: chance.choice(ALERTS) for name in NAMES if chance.random() < 0.7}
    return {name: one for name, one in picked.items() if one} or {"alertname": "x"}
