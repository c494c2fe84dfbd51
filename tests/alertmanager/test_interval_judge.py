"""Time intervals against Alertmanager's own code: what it refuses, and when they are active."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from generator.alertmanager.intervals import interval_refusals
from generator.alertmanager.muting import schedules

from ..support.alertmanager import ask
from .test_route_judge import context

WORDS = ("monday", "Monday", "sunday:monday", "friday:monday", "1", "0", "7", "monday:", ":monday", "monday : friday")
WORDS += (" monday", "mon", "january", "January:march", "march:january", "1:12", "0:13", "+3", "+1:+3", "-1", "-3:-1")
WORDS += ("-1:-3", "1:-1", "27:-1", "28:-1", "31:-4", "5:3", "-5:3", "1:2:3", "32", "-32", "2020:2030", "2030:2020")
WORDS += ("02", "1_0", "0x1", "999999999", "9" * 19, "1.5", "1e1", "true", "٣", "", " ", "monday\n")
PLAIN = (
    "monday",
    "1",
    "0",
    "7",
    "-1",
    "+3",
    "02",
    "1_0",
    "0x1",
    "1.5",
    "1e1",
    "true",
    "null",
    "~",
    "010",
    "2026",
)
CLOCKS = ("09:00", "9:00", "24:00", "24:01", "00:00", "23:59", "12:60", "1200", " 09:00", "09:00 ", "09:00:00", "")


@pytest.mark.parametrize("key", ["weekdays", "days_of_month", "months", "years"])
def test_ranges_are_refused_as_alertmanager_does(key: str) -> None:
    texts = [interval(f'{key}: ["{word}"]') for word in WORDS] + [interval(f"{key}: [{word}]") for word in PLAIN]
    judged(texts)


def test_times_and_zones_are_refused_as_alertmanager_does() -> None:
    pairs = [(start, end) for start in CLOCKS for end in CLOCKS]
    texts = [interval(f'times: [{{start_time: "{start}", end_time: "{end}"}}]') for start, end in pairs]
    zones = ("Europe/Berlin", "europe/berlin", "Local", "UTC", "", "Nowhere/Else", "../etc/passwd", "CET", "EST5EDT")
    judged([*texts, *(interval(f'location: "{one}"') for one in zones)])


def interval(part: str) -> str:
    top = "route: {receiver: a, routes: [{mute_time_intervals: [i]}]}\nreceivers: [{name: a}]\n"
    return f"{top}time_intervals:\n- name: i\n  time_intervals:\n  - {part}\n"


def judged(texts: list[str]) -> None:
    """Each text is refused by both or by none; if by none, it is active at the same times."""
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=7 * number) for number in range(400)]
    asked = [{"op": "intervals", "text": one, "times": [each.isoformat() for each in times]} for one in texts]
    answers = ask(asked)
    assert {"error" in one for one in answers} == {True, False}
    wrong = []
    for text, answer in zip(texts, answers, strict=True):
        here = context(text)
        refused = [each.message for each in interval_refusals(here.config, here.source.target)]
        if bool(refused) != ("error" in answer):
            wrong.append((text.splitlines()[-1], refused, answer.get("error")))
        elif not refused and "Local" not in text:
            known = schedules(here.config, here.paths[1], here.source.target.alertmanager)["i"]
            if [known.contains(each) for each in times] != [bool(each) for each in answer["active"]]:
                wrong.append((text.splitlines()[-1], [], "active at other times"))
    assert not wrong
