"""Our reading of templates against Alertmanager's own code: what fails, and what the others print."""

from __future__ import annotations

import json

import pytest

from generator import rules
from generator.alertmanager import notification
from generator.alertmanager.config_fields import field_table
from generator.alertmanager.gotemplate import Budget, TemplateError, Unknown, parse_template, run_template
from generator.alertmanager.template_functions import runnable
from generator.alertmanager.templates import Calls, template_faults

from ..support.alertmanager import ask
from .random_templates import RandomTemplates

ALERTS = [
    (
        {"alertname": "Crash", "severity": "warning", "pod": f"app-{number}"},
        {"summary": "It crashes.", "description": f"Pod {number}."},
    )
    for number in (1, 2)
]
FAILS, UNKNOWN = None, ""


def theirs(texts: list[str]) -> list[str | None]:
    alerts = [{"labels": labels, "annotations": notes} for labels, notes in ALERTS]
    group = {"alertname": "Crash"}
    answers = ask([{"op": "template", "text": one, "alerts": alerts, "group": group} for one in texts])
    return [one.get("output", FAILS) for one in answers]


def ours(text: str) -> str | None:
    """Return what a template prints, FAILS, or ``…`` if it is not known."""
    try:
        read = parse_template(text)
        every = [one for parts in (read.parts, *read.defines.values()) for one in faults(parts, read.defines, "")]
        if any(one.rule == "AM006" and not one.since for one in every):
            return FAILS
        given = notification.notification_data(ALERTS, ["alertname"])
        return run_template(read.parts, given, read.defines, runnable(), notification.opaque, Budget())
    except TemplateError:
        return FAILS
    except Unknown:
        return "…"


def faults(parts, defines, dot="data"):  # type: ignore[no-untyped-def]
    return list(template_faults(parts, defines, Calls(), dot))


def agrees(mine: str | None, real: str | None) -> bool:
    return mine == real or (mine is not None and "…" in mine and (real is not None or mine == "…"))


@pytest.mark.parametrize("seed", range(2))
def test_a_random_template_fails_or_prints_what_alertmanager_does(seed: int) -> None:
    made = RandomTemplates(seed)
    texts = [made.template() for _ in range(700)]
    real = theirs(texts)
    assert 150 < sum(one is not FAILS for one in real) < 650
    wrong = [(text, ours(text), one) for text, one in zip(texts, real, strict=True) if not agrees(ours(text), one)]
    assert not wrong, wrong[:3]
    known = [one for one in map(ours, texts) if one is not None and "…" in one]
    assert len(known) < len(texts) / 5


NUMBERS = (
    *("0b11", "0B101", "0o17", "0O7", "017", "0x1F", "0X1p-2", "0x.8p1", "0x1.8p1", "1_000", "0_7", "1__0"),
    *("1_", "_1", "0b12", "08", "0", "-0", "1.5", ".5", "1.", "1e3", "1E-2", "1e", "1e400"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "'a'"),
    *("'\\n'", "'\\x41'", "'\\377'", "'ab'", "''", "'\\''", "'\\\"'", "'é'", "'\\u00e9'", "0x", "1x", "1.x"),
    *("1+2", "1-2i", "0x1p", "0b1.1", "1e21", "1e20", "123456789.5", "0.00001", "0.0001"),
    *("100000000000000000000.5"),
)


def test_a_number_is_one_of_go() -> None:
    texts = [form % one for one in NUMBERS for form in ("{{ %s }}", "{{ print %s }}", '{{ index "abc" %s }}')]
    wrong = [
        (text, ours(text), real)
        for text, real in zip(texts, theirs(texts), strict=True)
        if not agrees(ours(text), real)
    ]
    assert not wrong


BRANCHES = ("range", "with", "define", "block", "or ", "and ")
STATIC = [
    '{{ match "(" .Status }}',
    '{{ if eq .Status "resolved" }}{{ end }}{{ reReplaceAll "[" "" .Status }}',
    "{{ .Status | title 1 }}",
    "{{ title 1 }}",
    "{{ .Alerts | toUpper }}",
    "{{ toUpper }}",
    "{{ join .CommonLabels.Values }}",
    '{{ join ", " .CommonLabels }}',
    '{{ join ", " .Status }}',
    '{{ addDuration "1h" .Status }}',
    '{{ addDuration "1h" }}',
    "{{ range .Alerts }}{{ .StartsAt | addDuration }}{{ end }}",
    "{{ len .Alerts | toUpper }}",
    '{{ define "x" }}{{ .Status | toUpper }}{{ end }}{{ template "x" }}',
    '{{ template "slack.default.title" }}',
    '{{ range .Alerts }}{{ template "slack.default.title" . }}{{ end }}',
    '{{ template "pagerduty.default.instances" . }}',
    "{{ range .Alerts }}{{ .Labels | append }}{{ end }}",
]
SUCCEEDS = [
    '{{ match "f.*" .Status }}',
    '{{ .CommonLabels.Values | join ", " }}',
    '{{ .CommonLabels.SortedPairs | join ", " }}',
    '{{ list 1 "a" | join ", " }}',
    '{{ range .Alerts }}{{ .StartsAt | addDuration "-30m" }}{{ end }}',
    '{{ template "slack.default.text" }}',
    '{{ template "slack.default.title" $ }}',
    '{{ range .Alerts }}{{ template "slack.default.title" $ }}{{ end }}',
    '{{ template "pagerduty.default.instances" .Alerts.Firing }}',
    '{{ define "x" }}{{ .Status }}{{ end }}{{ template "x" }}',
    '{{ append (list 1) 2 }}{{ join "" nil }}{{ range 3 }}{{ . }}{{ end }}',
    '{{ or .CommonLabels.none "x" | toUpper }}',
    '{{ index .CommonLabels "severity" | title }}',
]


def test_what_always_fails_is_found_without_running_it() -> None:
    for text, real in zip(STATIC, theirs(STATIC), strict=True):
        read = parse_template(text)
        assert real is FAILS, text
        assert [one.rule for one in faults(read.parts, read.defines) if not one.since] == ["AM007"], text
    for text, real in zip(SUCCEEDS, theirs(SUCCEEDS), strict=True):
        read = parse_template(text)
        assert real is not FAILS, text
        assert [one for one in faults(read.parts, read.defines) if not one.since] == [], text


def test_a_static_fault_of_a_random_template_is_true() -> None:
    """A template without branches that has a fault fails."""
    made = RandomTemplates(5)
    texts = [one for one in (made.template() for _ in range(3000)) if "{{" in one and "if" not in one]
    texts = [
        one for one in texts if not any(word in one for word in ("range", "with", "define", "block", "or ", "and "))
    ]
    wrong = []
    for text, real in zip(texts, theirs(texts), strict=True):
        try:
            read = parse_template(text)
        except TemplateError:
            continue
        found = [one for one in faults(read.parts, read.defines) if not one.since and one.rule in {"AM006", "AM007"}]
        if found and real is not FAILS:
            wrong.append((text, found, real))
    assert not wrong, wrong[:3]


def test_the_default_templates_are_those_of_the_newest_version() -> None:
    known = field_table().templates
    texts = [f'{{{{ template "{name}" . }}}}' for name in known]
    for name, real in zip(known, theirs(texts), strict=True):
        one = known[name]
        if one.until or one.takes == "alerts":
            assert real is FAILS, name
        else:
            assert real is not FAILS, name
            assert not one.blank or not real, name


NEVER_EXECUTED = (
    "{{ if or .Status .Foo }}x{{ end }}",
    "{{ if .Status }}y{{ else if .Foo }}{{ end }}",
    '{{ if eq .Status "nope" }}{{ .Foo }}{{ end }}',
)


@pytest.mark.parametrize("text", NEVER_EXECUTED)
def test_what_is_said_of_a_field_is_true_if_it_is_never_executed(text: str) -> None:
    """The message is sent, so that only its being executed would lose it."""
    assert theirs([text]) != [FAILS]
    item = f"{{api_url: 'http://a.b', text: {json.dumps(text)}}}"
    config = f"route: {{receiver: a}}\nreceivers: [{{name: a, slack_configs: [{item}]}}]\n"
    file = rules.recognise("alertmanager.yml", config).file
    assert file is not None
    found = [one for one in rules.check([file], rules.Scope((file,))) if one.rule == "AM007"]
    assert [one.message.rpartition(": ")[2] for one in found] == ["the message is lost or blank where this is executed"]
