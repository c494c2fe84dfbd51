"""Texts of notifications that make far more than they print: nothing is told of them, in little time and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from generator import regex
from generator.alertmanager import anchored, notification
from generator.alertmanager.gotemplate import Budget, Unknown, parse_template, run_template
from generator.alertmanager.gotemplate.printing import Map
from generator.alertmanager.template_functions import runnable

SECONDS = 20  # of the processor
MAX_SECONDS = 120
MEBIBYTES = 500
ALERTS = [({"alertname": "A", "severity": "warning"}, {"summary": "s", "description": "d"})]


def doubled(value: str, step: str, times: int = 12) -> str:
    return f"{{{{ $a := {value} }}}}" + f"{{{{ $a = {step} }}}}" * times


HOSTILE = {
    "printf": doubled('"0123456789"', 'printf "%s%s%s%s%s%s%s%s%s%s" $a $a $a $a $a $a $a $a $a $a', 9),
    "print": doubled('"0123456789"', "print $a $a $a $a $a $a $a $a $a $a", 10),
    "println": doubled('"0123456789"', "println $a $a $a $a $a $a $a $a $a $a", 10),
    "lists": doubled("stringSlice `a`", "list $a $a", 26) + "{{ if $a }}{{ $a }}{{ end }}",
    "lists of strings": doubled("list 1", "list $a $a $a $a $a $a $a $a", 12) + "{{ printf `%s` $a | len }}",
    "lists as JSON": doubled("list 1", "list $a $a $a $a $a $a $a $a", 12) + "{{ toJson $a | len }}",
    "deep lists": doubled("list 1", "list $a", 26) + "{{ $a }}",
    "append": doubled("list 1 1 1 1", "append $a $a $a $a $a", 20) + "{{ print $a | len }}",
    "dicts": doubled("dict `a` 1", "dict `a` $a `b` $a `c` $a", 20) + "{{ print $a | len }}",
    "join": doubled("`xxxxxxxxxx`", "print $a $a $a $a", 6)
    + "{{ $l := stringSlice $a $a $a $a $a $a }}{{ join $a $l | join $a $l | len }}",
    "replaced": doubled("`aaaaaaaaaa`", "reReplaceAll `a` `aaaaaaaaaa` $a", 10),
    "replaced by a group": doubled("`aaaaaaaaaa`", "reReplaceAll `(.*)` `$1$1$1$1$1$1$1$1` $a", 10),
    "an empty match": doubled("`aaaaaaaaaa`", "reReplaceAll `` `bbbbbbbbbb` $a", 10),
    "escaped": doubled("`&&&&&&&&&&`", "html $a", 12) + doubled("`%%%`", "urlquery $a", 20),
    "loops": "{{ $l := list 1 2 3 4 5 6 7 8 9 }}" + "{{ range $l }}" * 9 + "{{ $l }}" + "{{ end }}" * 9,
    "an empty loop": doubled("list 1", "append $a $a $a", 9) + "{{ range $a }}{{ range $a }}{{ end }}{{ end }}" * 9,
    "calls": '{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
    "calls of a chain": "".join(
        f'{{{{ define "{n}" }}}}{{{{ template "{n + 1}" . }}}}{{{{ template "{n + 1}" . }}}}{{{{ end }}}}'
        for n in range(8)
    )
    + '{{ define "8" }}{{ range .Alerts }}{{ template "0" $ }}{{ end }}{{ end }}{{ template "0" . }}',
    "a slice": doubled("`0123456789`", "print $a $a $a $a $a $a $a $a", 9) + "{{ slice $a 1 | len }}",
    "upper": doubled("`ßßßßßßßßßß`", "print (toUpper $a) (toUpper $a) (title $a)", 12),
    "a width": "{{ printf `%1000000000d` 1 }}{{ printf `%0999999999s` `a` }}",
    "a long pattern": "{{ match `((a{100}){9}){9}` .Status }}{{ match `(?:a+a)+$` `aaaaaaaaaaaaaaaaaaaaaaaaaab` }}",
    "a large number": "{{ print 0x" + "f" * 200 + " }}",
}


def values(text: str) -> str:
    config = {
        "route": {"receiver": "slack", "group_by": ["alertname"]},
        "receivers": [
            {"name": "slack", "slack_configs": [{"channel": "#a", "api_url_file": "/etc/url", "text": text}]}
        ],
    }
    return json.dumps({"alertmanager": {"config": config}})


def validate(folder: Path) -> tuple[int, str]:
    """Run ``scaffold validate`` on a folder in bounded time and memory, and return its code and its text."""
    script = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:])\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "most = used.ru_maxrss // (1 << 20 if sys.platform == 'darwin' else 1 << 10)\n"
        "print('\\nused', most, int(used.ru_utime + used.ru_stime))\n"
        "sys.exit(done.returncode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sys.executable, "-m", "generator", "validate", "."],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "GIT_"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    text, _, used = done.stdout.rpartition("\nused")
    assert "Traceback" not in done.stderr, done.stderr
    mebibytes, seconds = map(int, used.split())
    assert mebibytes < MEBIBYTES
    assert seconds < SECONDS
    return done.returncode, text + done.stderr


def test_each_is_short() -> None:
    assert {name: len(text) for name, text in HOSTILE.items() if len(text) > 800} == {}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_makes_much_is_not_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "alertmanager-values.yaml").write_text(values(HOSTILE[name]))
    code, text = validate(tmp_path)
    assert code in {0, 1}, text


def test_a_text_that_fails_is_still_told(tmp_path: Path) -> None:
    (tmp_path / "alertmanager-values.yaml").write_text(values("{{ if gt .Alerts 1 }}many{{ end }}"))
    code, text = validate(tmp_path)
    assert code == 1
    assert "AM007" in text


def test_many_of_them_in_one_file_cost_no_more(tmp_path: Path) -> None:
    data = json.loads(values(""))
    texts = [text for name, text in HOSTILE.items() if name not in {"a large number"}] * 20
    data["alertmanager"]["config"]["receivers"][0]["slack_configs"] = [
        {"channel": "#a", "api_url_file": "/etc/url", "text": text, "title": str(number)}
        for number, text in enumerate(texts)
    ]
    (tmp_path / "alertmanager-values.yaml").write_text(json.dumps(data))
    code, text = validate(tmp_path)
    assert code in {0, 1}, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ $a := `ab` }}{{ $a = print $a $a }}{{ $a }}", "abab"),
        ("{{ $a := list 1 2 }}{{ $a = append $a 3 }}{{ $a }}", "[1 2 3]"),
        ("{{ reReplaceAll `a(.)` `<$1${1}>` `abac` }}", "<bb><cc>"),
        ("{{ join `-` (stringSlice `a` `b`) }}{{ println 1 `a` 2 }}", "a-b1 a 2\n"),
        ("{{ range list 1 2 3 }}{{ range list 4 5 }}{{ . }}{{ end }}{{ end }}", "454545"),
        ("{{ printf `%5d|%s` 1 (list 1 (list 2)) }}", "1|[1 [2]]"),
        ("{{ dict `b` 1 `a` (list) }}{{ if match `^fir` .Status }}yes{{ end }}", "map[a:[] b:1]yes"),
        ("{{ range .Alerts }}{{ .Labels.SortedPairs.Names }}{{ end }}", "[alertname severity]"),
        ("{{ slice `abcdef` 1 3 }}{{ len (toUpper `ab`) }}{{ toJson `a` }}", 'bc2"a"'),
    ],
)
def test_an_ordinary_text_is_told(text: str, expected: str) -> None:
    found = parse_template(text)
    given = notification.notification_data(ALERTS, ["alertname"])
    assert run_template(found.parts, given, found.defines, runnable()) == expected


def test_runs_that_share_a_budget_use_it_up() -> None:
    found = parse_template("{{ range list 1 2 3 4 }}{{ . }}{{ end }}")
    budget = Budget(steps=100)
    run_template(found.parts, Map(), {}, runnable(), budget=budget)
    budget.steps = min(budget.steps, 5)
    with pytest.raises(Unknown):
        run_template(found.parts, Map(), {}, runnable(), budget=budget)


@pytest.mark.parametrize(
    "pattern", ["(?!x)", "(?<=x)y", r"(a)\1", r"\Ca", "a" * 4001, r"[\pL]{1000}", "\udc80", "(", "(?P<é>a)"]
)
def test_what_is_not_re2_is_refused_and_matches_nothing(pattern: str) -> None:
    assert regex.fault(pattern)
    assert not regex.search(pattern, "x" * 10)
    assert not anchored.matches_whole(pattern, "x")


def test_a_text_that_is_not_utf8_matches_nothing() -> None:
    assert regex.fault(".*") == ""
    assert not regex.search(".*", "\udc80")
    assert not anchored.matches_whole(".*", "\udc80")
