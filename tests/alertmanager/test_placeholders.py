"""A value that another program replaces is not judged as the value of a field; one that only looks so is."""

from __future__ import annotations

import pytest

from generator import rules

CONFIG = """\
global:
  resolve_timeout: {0}
  slack_api_url: {0}
  smtp_smarthost: {0}
  smtp_require_tls: {0}
route:
  receiver: {0}
  group_wait: {0}
  group_by: [{0}]
  routes:
    - matchers: [{0}]
      receiver: {0}
      continue: {0}
      mute_time_intervals: [{0}]
receivers:
  - name: {0}
    slack_configs: [{{channel: {0}, send_resolved: {0}}}]
    webhook_configs: [{{url: {0}, max_alerts: {0}}}]
    email_configs: [{{to: {0}, from: {0}, smarthost: {0}}}]
    pagerduty_configs: [{{service_key: {0}}}]
inhibit_rules:
  - source_matchers: [{0}]
    target_matchers: [{0}]
    equal: [{0}]
time_intervals:
  - name: {0}
    time_intervals: [{{times: [{{start_time: {0}, end_time: {0}}}], weekdays: [{0}], location: {0}}}]
"""
RULES = """\
groups:
  - name: a
    interval: {0}
    rules:
      - alert: X
        expr: up == 0
        for: {0}
        labels: {{severity: {0}}}
        annotations: {{summary: {0}}}
"""
PLACEHOLDERS = (
    *("@TIME@", "@time.value@", "%TIME%", "__TIME__", "__time__", "<TIME>", "<your time>", "$TIME", "$time", "${TIME}"),
    *("$(TIME)", "[[ .Time ]]", "<%= time %>", "#{TIME}#", "((time))", "ref+vault://a/b#c", "secretref+vault://a/b#c"),
    *("TIME_PLACEHOLDER", "CHANGE_ME", "YOUR_TIME", "op://a/b/c"),
    *("ENC[AES256_GCM,data:xx,type:str]", "<path:a/b#c>", "%{time}", "$${TIME}"),
)


def errors(path: str, text: str) -> list[str]:
    found = rules.recognise(path, text)
    assert found.file is not None, (found.problems, found.reason)
    scope = rules.Scope((found.file,))
    return sorted({one.rule for one in rules.check([found.file], scope) if one.severity == "error"})


def below(text: str, start: str) -> str:
    return start + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("one", PLACEHOLDERS)
def test_a_placeholder_is_no_error_of_any_field(one: str) -> None:
    text = CONFIG.format(f"'{one}'")
    assert errors("alertmanager.yml", text) == []
    assert [
        one
        for one in errors("values.yaml", below(text, "prometheusOperator: {}\nalertmanager:\n  config:\n"))
        if one != "AM002"
    ] == []  # no route for Watchdog
    assert errors("rules.yml", RULES.format(f"'{one}'")) == []


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("resolve_timeout", "100%", "AM018"),
        ("resolve_timeout", "TIME", "AM018"),
        ("resolve_timeout", "@hourly", "AM018"),
        ("resolve_timeout", "5 <minutes>", "AM018"),
        ("slack_api_url", "hooks.slack.com/services/@me", "AM032"),
        ("slack_api_url", "hooks.slack.com/a__b__c", "AM032"),
        ("slack_api_url", "<secret>", "AM021"),
        ("smtp_smarthost", "mail$1", "AM032"),
        ("smtp_require_tls", "__", "AM032"),
        ("smtp_require_tls", "<>", "AM032"),
    ],
)
def test_what_only_looks_like_a_placeholder_is_judged(field: str, value: str, rule: str) -> None:
    text = f"global: {{{field}: '{value}'}}\nroute: {{receiver: a}}\nreceivers: [{{name: a}}]\n"
    assert errors("alertmanager.yml", text) == [rule]
