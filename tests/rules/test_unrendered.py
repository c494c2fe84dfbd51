"""Broken YAML is told apart from a template of YAML, also where its texts have templates of notifications."""

from __future__ import annotations

import pytest

from generator.rules.recognise import recognise

RECEIVER = "receivers:\n  - name: x\n    slack_configs:\n      - channel: c\n"
RULE = "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: up\n    annotations:\n"
LIST = "alertmanager:\n  config:\n    receivers:\n"
QUOTE = "write the text with {{ }} in quotes"
SINGLE = "write the text in single quotes: it has double quotes in it"


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        (RECEIVER + "        title: Alert {{ .GroupLabels.alertname }}\n        text: foo: bar\n", 6, "fix the YAML"),
        (RECEIVER + "        title: {{ .GroupLabels.alertname }} x\n", 5, QUOTE),
        (RECEIVER + "        title: {{ .GroupLabels.alertname }}\n", 5, QUOTE),
        (RECEIVER + "        title: {{ template `slack.x` . }}\n", 5, QUOTE),
        (RECEIVER + "        text: {{ range .Alerts }}{{ .Annotations.x }}{{ end }}\n", 5, QUOTE),
        (RECEIVER + "        title: {{ if eq .Status `firing` }}a{{ else }}b{{ end }}\n", 5, QUOTE),
        (RECEIVER + '        title: "{{ template "slack.title" . }}"\n', 5, SINGLE),
        (RECEIVER + '        text: "a\n    {{ .Foo }}\n    b"\nx: [\n', 9, "fix the YAML"),
        (RULE + "      summary: {{ $labels.instance }} is down\n", 7, QUOTE),
        (RULE + "      summary: {{ $value }}\n", 7, QUOTE),
        ("name: app {{ .Version }}\nlist: [\n", 3, "fix the YAML"),
        ("# {{ a comment }}\na: b: c\n", 2, "fix the YAML"),
        ("a: @word\n", 1, "fix the YAML"),
        ("a: 100%\nb: 'it''s\n", 3, "fix the YAML"),
    ],
)
def test_broken_yaml_is_a_problem(text: str, line: int, hint: str) -> None:
    found = recognise("monitoring/values.yaml", text)
    assert [(one.line, one.hint, one.rule) for one in found.problems] == [(line, hint, "YAML001")], found.reason


@pytest.mark.parametrize(
    "text",
    [
        LIST + "    - name: {{ .Values.receiver }}\n",
        LIST + "    - name: {{ .Values.Labels.receiver }}\n      x: {{ $.Values.Alerts }} y\n",
        "alertmanager:\n  config:\n{{- if .Values.x }}\n    receivers: []\n{{- end }}\n",
        "alertmanager:\n  config: {{ config | to_json }}\n  a: b: c\n",
        "receivers:\n{% for one in receivers %}\n  - name: {{ one.name }}\n{% endfor %}\n",
        "receivers:\n- name: @RECEIVER@\n",
        "image: %IMAGE%\n",
        "metadata:\n  labels:\n    app: x\n    $LABELS\n  name: x\n",
        'receivers:\n- name: [[ .Receiver ]]\nroute: {receiver: [[ env "X" ]]}\n',
        "hosts: [{{ first }}, b]\n",
        'name: "{{ include "x" . }}"\nb: c\n',
        "labels: {{ .Labels.app }}\n",
        "route: {receiver: a}\nreceivers:\n  - name: '{{ team }}'\n    webhook_configs: [{url: '{{ hook.url }}'}]\n",
        "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: '{{ op://a/b/c }}'}]}]\n",
        "route: {receiver: a, group_wait: '{{ wait | default(5) }}s'}\nglobal: {slack_api_url: '{{ slack.url }}'}\n"
        "receivers: [{name: a}]\n",
        "url: http://{{ host }}/{{ path | default('a: b') }}\nx: {{ y }}\n",
    ],
)
def test_a_template_of_yaml_is_skipped(text: str) -> None:
    found = recognise("monitoring/values.yaml", text)
    assert (found.reason, found.problems) == ("is a template that is not rendered yet", ())


@pytest.mark.parametrize("text", ["matrix: [[a, b]]\nx: [[a]]\n", "a: {b: {c: 1}}\n"])
def test_lists_and_maps_in_each_other_are_no_template(text: str) -> None:
    assert recognise("a.yaml", text).reason == "has a type that is not checked"


@pytest.mark.parametrize("title", ["{{ alertname }}", "{{ .CommonLabels.alertname }}", "{{ template `x` . }}"])
def test_a_text_of_a_notification_is_no_name_of_jinja(title: str) -> None:
    slack = f"slack_configs: [{{title: '{title}', channel: c}}]"
    assert recognise("alertmanager.yml", f"route: {{receiver: a}}\nreceivers: [{{name: a, {slack}}}]\n").file


def test_a_file_that_git_crypt_encrypted_is_skipped() -> None:
    assert recognise("secrets/values.yaml", "\0GITCRYPT\0\x03\x1f").reason == "is encrypted by git-crypt"


def test_a_line_of_many_directives_is_read_once() -> None:
    text = RECEIVER + "        text: " + "{{ .Alerts }}: - " * 20_000 + "\n"
    assert recognise("values.yaml", text).problems
