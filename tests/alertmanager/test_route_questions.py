"""scaffold route: other alerts that fire, a time, and a file of expectations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.alertmanager.answer import route_alert
from generator.alertmanager.model import Context
from generator.alertmanager.source import sources
from generator.errors import Invalid
from generator.route_expectations import read_expectations
from generator.route_question import read_alert, read_time
from generator.yaml import parse_one

from ..conftest import Repo

VALUES = (Path(__file__).parents[1] / "cases" / "route" / "values.yaml").read_text("utf-8")
TOP = "route: {receiver: a}\nreceivers: [{name: a}]\n"


@pytest.fixture
def here(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    repo.write("values.yaml", VALUES)
    return repo


def context(text: str, version: str) -> Context:
    (source,) = sources(parse_one(text, "a.yml"), text, values=False, versions=lambda _name: version)
    return Context(source, text, "a.yml")


RULES = {
    "one side": "{source_matchers: [severity = critical], target_matchers: [severity = warning], equal: [node]}",
    "both": "{source_matchers: [team = db], target_matchers: [team =~ .+], equal: [node]}",
    "no target": "{source_matchers: [severity = critical]}",
    "missing": "{source_matchers: [severity = critical], target_matchers: [severity = warning], equal: [zone, rack]}",
}


@pytest.mark.parametrize(
    ("rule", "labels", "firing", "old", "new"),
    [
        ("one side", "severity=warning node=a", ["severity=critical node=a"], "yes", "yes"),
        ("one side", "severity=warning node=a", ["severity=critical node=b"], "no", "no"),
        ("one side", "severity=warning node=a", ["severity=warning node=a"], "no", "no"),
        ("one side", "severity=warning", ["severity=critical"], "yes", "yes"),
        ("one side", "severity=warning", ["severity=critical node=a"], "no", "no"),
        ("one side", "severity=critical node=a", ["severity=critical node=a"], "no", "no"),
        ("both", "team=web node=a", ["team=db node=a"], "yes", "yes"),
        ("both", "team=db node=a", ["team=db node=a x=y"], "no", "no"),  # both match both sides
        ("no target", "a=b", ["severity=critical"], "yes", "yes"),
        ("no target", "severity=critical", ["severity=critical x=y"], "no", "no"),
        ("missing", "severity=warning zone=a", ["severity=critical zone=a"], "yes", "yes"),
        ("missing", 'severity=warning zone=a rack=""', ["severity=critical zone=a"], "yes", "yes"),
        ("missing", "severity=warning zone=a", ["severity=critical zone=a rack=r"], "no", "no"),
    ],
)
def test_inhibition(rule: str, labels: str, firing: list[str], old: str, new: str) -> None:
    for version, wanted in (("0.25", old), ("0.34.0", new), ("0.34.1", old), ("0.35", old)):
        found = route_alert(
            context(f"{TOP}inhibit_rules: [{RULES[rule]}]\n", version),
            read_alert(labels),
            firing=[read_alert(one) for one in firing],
        )
        assert found.inhibited == wanted, version


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("0.29", "yes"),
        ("0.30", "depends"),
        ("0.34", "depends"),
        ("0.34.0", "depends"),
        ("0.34.1", "yes"),
        ("0.35", "yes"),
    ],
)
def test_an_alert_of_both_sides_and_the_order_of_arrival(version: str, wanted: str, here: Repo) -> None:
    """From 0.30 to 0.34.0 Alertmanager remembers the last alert, and an alert that matches both sides is one."""
    rule = "{source_matchers: ['a =~ .+'], target_matchers: [b = x]}"
    text = f"{TOP}inhibit_rules: [{rule}]\n"
    found = route_alert(context(text, version), {"a": "1", "b": "x"}, firing=[{"a": "2"}])
    assert found.inhibited == wanted
    here.write("a.yml", text)
    here.write(".scaffold/config.yaml", f"alertmanager: '{version}'\n")
    said = here.ok("route", "a.yml", "a=1", "b=x", "--firing", "a=2").out
    matchers = '  silenced while an alert fires with a=~".+" that does not match {b="x"}'
    assert f"{matchers}{', if it arrives after this one' if wanted == 'depends' else ''}   a.yml:3" in said
    word = {"yes": "silenced now by", "depends": "may be silenced now by"}[wanted]
    assert f'  {word} {{a="2"}}' in said
    done = here.run("route", "a.yml", "a=1", "b=x", "--firing", "a=2", "--expect", "null")
    assert (done.code, "depends on the order" in done.err) == ((1, True) if wanted == "depends" else (0, False))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-30T03:00:00Z", "2026-11-30 03:00"),
        ("2026-11-30T03:00:00.5z", "2026-11-30 03:00"),
        ("2026-11-30t04:00:00+01:00", "2026-11-30 03:00"),
        ("2026-11-30 04:00 +01:00", "2026-11-30 03:00"),
        ("2026-11-30 04:00 Europe/Berlin", "2026-11-30 03:00"),
        ("2026-07-01 04:00 Europe/Berlin", "2026-07-01 02:00"),
        ("2026-11-30 03:00 UTC", "2026-11-30 03:00"),
    ],
)
def test_times(text: str, wanted: str) -> None:
    assert f"{read_time(text):%Y-%m-%d %H:%M}" == wanted
    assert read_time(text).tzinfo is UTC


def test_now() -> None:
    assert abs((read_time("now") - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-11-30T03:00:00", "has no time zone"),
        ("2026-11-30", "is not a time"),
        ("2026-02-30T03:00:00Z", "is not a time"),
        ("2026-11-30T25:00:00Z", "is not a time"),
        ("2026-11-30T03:00:00+25:00", "is not a time"),
        ("2026-11-30 03:00 Nowhere/Else", "is not known here"),
        ("2026-11-30 03:00 a/../../../etc/passwd", "is not a time"),
        ("2026-03-29 02:30 Europe/Berlin", "does not exist"),
        ("2026-10-25 02:30 Europe/Berlin", "occurs twice"),
        ("0001-01-01T00:00:00Z", "out of range"),
        ("9999-12-31T23:59:59-10:00", "out of range"),
        ("", "is not a time"),
        ("x" * 10_000, "is not a time"),
    ],
)
def test_times_that_are_not(text: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read_time(text)


def test_the_labels_of_an_alert_that_fires() -> None:
    assert read_alert(' a=b  c="d e"\t"x.y"=z f= ') == {"a": "b", "c": "d e", "x.y": "z", "f": ""}
    for wrong in ("", "a", "a=b c", "a=b a=c", "{a=b}", 'a="b', "a=~b", 'a="b"c=d'):
        with pytest.raises(Invalid, match="--firing"):
            read_alert(wrong)


INTERVALS = """
route:
  receiver: a
  routes:
    - {receiver: a, matchers: [x = mute], mute_time_intervals: [night, weekend]}
    - {receiver: a, matchers: [x = active], active_time_intervals: [office]}
    - {receiver: a, matchers: [x = local], mute_time_intervals: [local]}
    - {receiver: a, matchers: [x = both], mute_time_intervals: [lunch], active_time_intervals: [office]}
receivers: [{name: a, webhook_configs: [{url: "http://example.org"}]}]
time_intervals:
  - name: night
    time_intervals: [{times: [{start_time: "22:00", end_time: "24:00"}, {start_time: "00:00", end_time: "06:00"}]}]
  - {name: weekend, time_intervals: [{weekdays: [saturday, sunday]}]}
  - name: office
    time_intervals:
      - {weekdays: ["monday:friday"], times: [{start_time: "09:00", end_time: "17:00"}], location: Europe/Berlin}
  - {name: lunch, time_intervals: [{times: [{start_time: "12:00", end_time: "13:00"}], location: Europe/Berlin}]}
  - {name: local, time_intervals: [{weekdays: [monday], location: Local}]}
"""


@pytest.mark.parametrize(
    ("route", "at", "says"),
    [
        ("mute", "2026-11-30T23:00:00Z", "muted at 2026-11-30 23:00 UTC, in night, until 2026-12-01 06:00 UTC"),
        ("mute", "2026-11-28T23:00:00Z", "in night, weekend, until 2026-11-30 06:00 UTC"),
        ("mute", "2026-11-30T12:00:00Z", "not muted at 2026-11-30 12:00 UTC, until 2026-11-30 22:00 UTC"),
        ("active", "2026-11-30 10:00 Europe/Berlin", "not muted at 2026-11-30 09:00 UTC, until 2026-11-30 16:00 UTC"),
        ("active", "2026-11-30 18:00 Europe/Berlin", "outside of office, until 2026-12-01 08:00 UTC"),
        ("active", "2026-03-27 18:00 Europe/Berlin", "outside of office, until 2026-03-30 07:00 UTC"),
        ("local", "2026-11-30T12:00:00Z", "muted or not: it is not known whether local is active"),
        ("both", "2026-11-30 12:30 Europe/Berlin", "in lunch, until 2026-11-30 12:00 UTC"),
        ("both", "2026-11-30 08:30 Europe/Berlin", "outside of office, until 2026-11-30 08:00 UTC"),
        ("none", "2026-11-30T12:00:00Z", "not muted at 2026-11-30 12:00 UTC: the route has no time intervals"),
    ],
)
def test_at(route: str, at: str, says: str, here: Repo) -> None:
    here.write("a.yml", INTERVALS)
    said = here.ok("route", "a.yml", f"x={route}", "--at", at).out
    assert f"{says}\n" in said
    row = json.loads(here.ok("route", "a.yml", f"x={route}", "--at", at, "--format", "json").out)["receivers"][0]
    wanted = "unknown" if "not known" in says else "no" if says.startswith("not") else "yes"
    assert row["muted"]["result"] == wanted
    code = here.run("route", "a.yml", f"x={route}", "--at", at, "--expect", "a").code
    assert code == (0 if wanted == "no" else 1)


def test_what_is_filled_in_later_is_not_known(here: Repo) -> None:
    here.write(
        "a.yml",
        """
route:
  receiver: a
  routes:
    - {receiver: a, matchers: [x = interval], mute_time_intervals: ["${X}"]}
    - {receiver: a, matchers: [x = day], active_time_intervals: [t]}
receivers: [{name: a, webhook_configs: [{url: "http://example.org"}]}]
time_intervals: [{name: t, time_intervals: [{weekdays: ["${DAY}"]}]}]
inhibit_rules: [{source_matchers: ['a = "${X}"'], target_matchers: [b = c]}]
""",
    )
    for x, name in (("interval", "${X}"), ("day", "t")):
        done = here.run("route", "a.yml", f"x={x}", "--at", "2026-11-30T12:00:00Z", "--expect", "a")
        assert done.code == 1
        assert f"muted or not: it is not known whether {name} is active" in done.out
        assert f"it is not known whether {name} is active then" in done.err
    done = here.run("route", "a.yml", "b=c", "--firing", "a=b", "--expect", "a")
    assert done.code == 1
    assert "silenced now or not: this inhibit rule has a placeholder   a.yml:9" in done.out
    assert "it is not known whether it is silenced" in done.err
    here.ok("route", "a.yml", "b=other", "--firing", "a=b", "--expect", "a")


def test_a_route_that_is_filled_in_later_is_not_known(here: Repo) -> None:
    here.write(
        "a.yml",
        """
route:
  receiver: a
  routes:
    - {receiver: a, matchers: [x = first]}
    - {receiver: a, matchers: ['x = "${X}"']}
receivers: [{name: a, webhook_configs: [{url: "http://example.org"}]}]
""",
    )
    assert "placeholder" not in here.ok("route", "a.yml", "x=first", "--expect", "a").text
    done = here.run("route", "a.yml", "x=other", "--expect", "a")
    assert done.code == 1
    assert "it is not known whether a route with a placeholder takes it   a.yml:6" in done.out
    assert "it is not known which routes take it: that in line 6 has a placeholder" in done.err


def test_a_zone_that_is_not_known_here(here: Repo) -> None:
    here.write("a.yml", INTERVALS)
    here.write("none/tzdata/__init__.py", "")  # hides the package with the database, the path that of the system
    paths = f"{here.root / 'none'}{os.pathsep}{Path(__file__).parents[2]}"
    done = subprocess.run(
        [sys.executable, "-m", "generator", "route", "a.yml", "x=active", "--at", "2026-11-30T12:00:00Z"],
        cwd=here.root,
        env={**os.environ, "PYTHONTZPATH": "/nowhere", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("a.yml:16:100: the time zone 'Europe/Berlin' is not known here\n    ")
    assert "tzdata" in done.stderr


EXPECTATIONS = """
- name: critical database alerts page the DBA
  labels: {severity: critical, team: db}
  receivers: [pager, slack]
- name: Watchdog reaches nobody
  labels: {alertname: Watchdog}
  receivers: ["null"]
- labels: {severity: critical}
  at: 2026-11-30T23:00:00Z
  receivers: [null]
  muted: [pager]
- labels: {severity: warning, namespace: shop, alertname: Down}
  firing:
    - {severity: critical, namespace: shop, alertname: Down}
  inhibited: true
  receivers: ["null"]
- labels: {severity: warning, namespace: shop, alertname: Down}
  firing: [{severity: critical, namespace: other, alertname: Down}]
  inhibited: false
  receivers: [slack]
"""
NOT_MET = """
- name: only the pager
  labels: {severity: critical, team: db}
  receivers: [pager]
- labels: {severity: warning}
  receivers: [slak]
- name: the night is quiet
  labels: {severity: critical}
  at: 2026-11-30 12:00 Europe/Berlin
  receivers: ["null"]
  muted: [pager]
- labels: {severity: warning, alertname: Down}
  firing: [{severity: critical, alertname: Down}]
  inhibited: false
  receivers: [slack]
"""
TOLD = """expectations.yaml:2: only the pager
    pager
  + slack   by route > {severity="critical",team="db"}   values.yaml:14
expectations.yaml:5: {severity="warning"}
  - slak    no receiver has this name: did you mean slack?
  + slack   by route   values.yaml:4
expectations.yaml:7: the night is quiet
  - null           nobody is expected
  + pager          by route > {severity="critical"}   values.yaml:9
  - muted: pager   not muted
expectations.yaml:12: {severity="warning", alertname="Down"}
  - slack              silenced by {severity="critical", alertname="Down"}   the chart's default
  + null               silenced by {severity="critical", alertname="Down"}   the chart's default
  - inhibited: false
  + inhibited: true    silenced by {severity="critical", alertname="Down"}   the chart's default
4 expectations: 0 met, 4 not
"""


def test_a_file_of_expectations(here: Repo) -> None:
    here.write("expectations.yaml", EXPECTATIONS)
    assert here.ok("route", "values.yaml", "--expect-file", "expectations.yaml").out == "5 expectations: 5 met, 0 not\n"
    here.write("expectations.yaml", NOT_MET)
    done = here.run("route", "values.yaml", "--expect-file", "expectations.yaml")
    assert (done.code, done.out, done.err) == (1, TOLD, "")
    done = here.run("route", "values.yaml", "--expect-file", "expectations.yaml", "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["met"], found["not_met"]) == (1, 0, 4)
    assert found["expectations"][0] == {
        "name": "only the pager",
        "line": 2,
        "met": False,
        "notified": ["pager", "slack"],
        "difference": [
            {"mark": " ", "text": "pager", "note": ""},
            {"mark": "+", "text": "slack", "note": 'by route > {severity="critical",team="db"}, values.yaml:14'},
        ],
    }


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("- labels: {a: b}\n  receivers: [a]\n  reciever: b\n", "3:3", "'reciever'"),
        ("- labels: {a: b}\n", "1:3", "expects nothing"),
        ('- labels: {a: b}\n  receivers: ["null", a]\n', "2:3", "'null' means that nobody is notified"),
        ("- receivers: [a]\n", "1:3", "labels is missing"),
        ("- labels: {a: 1}\n  receivers: [a]\n", "1:15", "must be text"),
        ("- labels: {}\n  receivers: [a]\n", "1:3", "is empty"),
        ("- labels: {a: b}\n  receivers: a\n", "2:14", "must be a list"),
        ("- labels: {a: b}\n  receivers: []\n", "2:3", "is empty"),
        ("- labels: {a: b}\n  receivers: [a]\n  at: tomorrow\n", "3:7", "is not a time"),
        ("- labels: {a: b}\n  muted: [a]\n", "2:3", "muted needs at"),
        ("- labels: {a: b}\n  inhibited: true\n", "2:3", "inhibited needs firing"),
        ("- labels: {a: b}\n  receivers: [a]\n  firing: []\n  inhibited: true\n", "2:3", "notifies nobody"),
        ("- labels: {a: b}\n  receivers: [a]\n  inhibited: maybe\n", "3:14", "must be true or false"),
        ("labels: {a: b}\n", "1:1", "must be a list"),
        ("[]\n", "1:1", ""),
        ("", "", ""),
        ("- &x {labels: {a: b}, receivers: [a]}\n- *x\n", "1:3", "anchors and aliases"),
        ("- labels: {a: b, a: c}\n  receivers: [a]\n", "1:18", "duplicate"),
        ("- labels: {a: 'b\n", "", "is not valid YAML"),
    ],
)
def test_a_file_that_is_wrong(text: str, place: str, message: str, here: Repo) -> None:
    here.write("e.yaml", text)
    done = here.run("route", "values.yaml", "--expect-file", "e.yaml")
    assert done.code == 2, done.text
    assert done.err.startswith(f"e.yaml:{place}"), done.err
    assert message in done.err, done.err
    assert "Traceback" not in done.err


def test_all_problems_of_a_file_at_once() -> None:
    text = "- labels: {a: b}\n- labels: {a: b}\n  receivers: [a]\n  at: x\n"
    with pytest.raises(Invalid) as caught:
        read_expectations(text, "e.yaml")
    assert [one.line for one in caught.value.problems] == [1, 4]


@pytest.mark.parametrize(
    "text", [f"{'x' * (1 << 20)}y", "- labels: {a: b}\n  receivers: [a]\n" * 1001], ids=["bytes", "entries"]
)
def test_a_file_that_is_too_long(text: str) -> None:
    with pytest.raises(Invalid):
        read_expectations(text, "e.yaml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a=b", "--expect-file", "e.yaml"], "LABEL=VALUE is given"),
        (["--expect-file", "e.yaml", "--tree"], "--tree is given"),
        (["--expect-file", "e.yaml", "--at", "now"], "--at is given"),
        (["--expect-file", "nowhere.yaml"], "does not exist"),
        (["--firing", "a=b"], "needs the labels of an alert"),
        (["a=b", "--firing", "x"], "does not begin with a label"),
        (["a=b", "--at", "x"], "is not a time"),
    ],
)
def test_options_that_do_not_fit(arguments: list[str], message: str, here: Repo) -> None:
    here.write("e.yaml", EXPECTATIONS)
    done = here.run("route", "values.yaml", *arguments)
    assert done.code == 2, done.text
    assert message in done.err


def test_expectations_in_json_may_escape_any_character(here: Repo) -> None:
    name = "\U0001f680 \\ud83d"
    here.write("e.json", json.dumps([{"name": name, "labels": {"alertname": "a"}, "receivers": ["nobody"]}]))
    done = here.run("route", "values.yaml", "--expect-file", "e.json", "--format", "json")
    assert done.code == 1, done.text
    assert json.loads(done.out)["expectations"][0]["name"] == name
