"""Settings of texts in a spec: a style for each receiver, the address of Alertmanager, template files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.shipped.alerting.message_markup import MESSAGE

from ..conftest import Repo
from ..support.alertmanager import ask
from ..support.notifiers import alert, group, sent, shown
from .test_receivers import told, values_of

HEAD: dict[str, Any] = {"template": "alerting", "name": "x"}
OWN = '{{ define "own.title" }}{{ .Status }}: {{ .CommonLabels.alertname }}{{ end }}\n'
SPEC = "alerting/scaffold.yaml"
VALUES = "alerting/values.yaml"


def receivers(**more: Any) -> list[dict[str, Any]]:
    found = values_of({**HEAD, **more})["alertmanager"]["config"]["receivers"]
    return [one for one in found if one["name"] != "null"]


def test_a_receiver_has_a_style_of_its_own() -> None:
    old, new = receivers(
        receivers=[
            {"name": "old", "text_style": "message", "slack_configs": [{}]},
            {"name": "new", "slack_configs": [{}]},
        ]
    )
    assert old["slack_configs"][0]["title"] == "{{ .Status | toUpper }}"
    assert MESSAGE in old["slack_configs"][0]["text"]
    assert MESSAGE not in new["slack_configs"][0]["text"]
    assert "text_style" not in {*old, *new}


def test_a_receiver_can_leave_the_style_of_all() -> None:
    (one,) = receivers(text_style="message", slack={"text_style": "full"})
    assert 'define "alert"' in one["slack_configs"][0]["text"]
    assert set(one) == {"name", "slack_configs"}


def test_a_style_of_one_receiver_has_no_finding(empty: Repo) -> None:
    empty.write(SPEC, "template: alerting\nname: alerting\nslack: {text_style: message}\n")
    empty.ok("regenerate")
    assert "ignore-file[AM003]" in empty.read(VALUES)
    assert "0 errors, 0 warnings" in empty.ok("validate").out


def test_links_lead_to_the_address_of_alertmanager() -> None:
    values = values_of({**HEAD, "external_url": "https://alertmanager.example.org"})["alertmanager"]
    assert values["alertmanagerSpec"]["externalUrl"] == "https://alertmanager.example.org"
    assert (
        "alertmanagerSpec"
        not in values_of({**HEAD, "receivers": [{"name": "a", "webhook_configs": [{"url": "http://a"}]}]})[
            "alertmanager"
        ]
    )
    assert "external_url" in told({**HEAD, "external_url": "alertmanager.example.org"})


def test_a_field_can_use_a_template_file(empty: Repo, tmp_path: Path) -> None:
    lines = [
        *("template: alerting", "name: alerting", "slack:", "  receiver: team"),
        """  title: '{{ template "own.title" . }}'""",
        *("templates:", "  own.tmpl: |", f"    {OWN}"),
    ]
    empty.write(SPEC, "\n".join(lines))
    empty.ok("regenerate")
    assert "0 errors, 0 warnings" in empty.ok("validate").out
    data = {
        **HEAD,
        "slack": {"receiver": "team", "title": '{{ template "own.title" . }}'},
        "templates": {"own.tmpl": OWN},
    }
    values = values_of(data)["alertmanager"]
    assert values["templateFiles"] == {"own.tmpl": OWN}
    ((one,),) = sent(values["config"], [group([alert("Down")])], tmp_path, templates=values["templateFiles"])
    assert shown(one)["title"] == "firing: Down"


def test_helm_does_not_render_template_files() -> None:
    values = values_of({**HEAD, "tpl_config": True, "templates": {"own.tmpl": OWN}})["alertmanager"]
    assert values["templateFiles"] == {"own.tmpl": OWN}
    assert "templates" not in values["config"]


def test_a_configuration_as_text_loads_template_files() -> None:
    values = values_of({**HEAD, "string_config": True, "templates": {"own.tmpl": OWN}})["alertmanager"]
    assert yaml.safe_load(values["stringConfig"])["templates"] == ["/etc/alertmanager/config/*.tmpl"]


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        ({"own.tmpl": "{{ define }}"}, "own.tmpl is not a valid template"),
        ({"own.txt": ""}, "own.txt"),
        ({"../own.tmpl": ""}, "../own.tmpl"),
        ({"own.tmpl": "x" * 65_537}, "templates"),
    ],
)
def test_a_template_file_that_alertmanager_does_not_load(templates: dict[str, str], message: str) -> None:
    assert message in told({**HEAD, "templates": templates})


HAS = """\
alertmanager:
  alertmanagerSpec:
    replicas: 2  # ours
  templateFiles:
    mine.tmpl: |
      {{ define "mine" }}{{ end }}
"""


def test_an_existing_values_file_gets_them(empty: Repo) -> None:
    empty.write(VALUES, HAS)
    own = "templates:\n  own.tmpl: |\n    " + OWN
    empty.write(SPEC, f"template: alerting\nname: alerting\nexternal_url: https://am.example.org\n{own}")
    empty.ok("regenerate")
    after = empty.read(VALUES)
    for line in HAS.splitlines():
        assert line in after
    assert "    externalUrl: https://am.example.org\n" in after
    assert '    own.tmpl: |\n      {{ define "own.title" }}' in after
    assert "0 files changed" in empty.ok("regenerate").out


def test_another_address_in_a_values_file_is_a_conflict(empty: Repo) -> None:
    empty.write(VALUES, HAS.replace("replicas: 2", "externalUrl: https://other.example.org"))
    empty.write(SPEC, "template: alerting\nname: alerting\nexternal_url: https://am.example.org\n")
    done = empty.run("regenerate")
    assert done.code == 1
    assert "alertmanagerSpec.externalUrl: yours https://other.example.org, generated https://am.example.org" in done.out


def test_a_list_of_templates_to_load_gets_the_folder_of_the_spec_s(empty: Repo) -> None:
    listed = "  config:\n    templates:\n      - /own/*.tmpl  # ours\n"
    empty.write(VALUES, HAS + listed)
    empty.write(SPEC, f"template: alerting\nname: alerting\ntemplates:\n  own.tmpl: |\n    {OWN}")
    empty.ok("regenerate")
    assert '      - /own/*.tmpl  # ours\n      - "/etc/alertmanager/config/*.tmpl"\n' in empty.read(VALUES)
    assert "0 files changed" in empty.ok("regenerate").out


@pytest.mark.parametrize(
    ("chart", "address", "template", "loads"),
    [
        ("kube-prometheus-stack", "alertmanager.alertmanagerSpec.externalUrl", "alertmanager.templateFiles", None),
        ("alertmanager", "baseURL", "templates", None),
        ("prometheus", "alertmanager.baseURL", "alertmanager.templates", None),
        ("prometheus-17", "alertmanager.baseURL", "alertmanagerFiles", ["/etc/config/*.tmpl"]),
        ("victoria-metrics-k8s-stack", "alertmanager.spec.externalURL", "alertmanager.templateFiles", None),
    ],
)
def test_every_chart_has_them_at_its_own_place(
    empty: Repo, chart: str, address: str, template: str, loads: list[str] | None
) -> None:
    spec = f"template: alerting\nname: alerting\nchart: {chart}\nexternal_url: https://am.example.org\n"
    empty.write(SPEC, f"{spec}templates:\n  own.tmpl: |\n    {OWN}")
    empty.ok("regenerate")
    values = yaml.safe_load(empty.read(VALUES))

    def at(path: str) -> Any:
        found = values
        for key in path.split("."):
            found = found[key]
        return found

    assert at(address) == "https://am.example.org"
    assert at(template)["own.tmpl"] == OWN
    config = at(template)["alertmanager.yml"] if chart == "prometheus-17" else None
    assert (config or {}).get("templates") == loads
    assert "0 errors" in empty.ok("validate").out


@pytest.mark.parametrize("chart", ["kube-prometheus", "none"])
def test_a_setting_without_a_place_is_an_error(empty: Repo, chart: str) -> None:
    spec = f"template: alerting\nname: alerting\nchart: {chart}\nexternal_url: https://am.example.org\n"
    empty.write(SPEC, f"{spec}templates:\n  own.tmpl: |\n    {OWN}")
    done = empty.run("regenerate")
    assert done.code == 2
    assert f"scaffold.yaml:4:15: the file of chart: {chart} has no place for external_url" in done.err
    assert f"scaffold.yaml:5:1: the file of chart: {chart} has no place for template files" in done.err


@pytest.mark.parametrize("end", ["?x=1", "/#/alerts", "/?"])
def test_an_address_that_breaks_links_is_an_error(end: str) -> None:
    assert "external_url has a ? or #" in told({**HEAD, "external_url": f"https://am.example.org{end}"})
    assert values_of({**HEAD, "external_url": "https://am.example.org/path/"})


@pytest.mark.parametrize(
    ("type_name", "field"),
    [
        ("telegram", {"chat_id": 1, "message": ""}),
        ("telegram", {"chat_id": 1, "message": " \n"}),
        ("msteamsv2", {"text": ""}),
        ("pushover", {"message": ""}),
        ("sns", {"topic_arn": "arn:aws:sns:eu-west-1:1:x", "message": ""}),
    ],
)
def test_a_message_without_text_is_an_error(type_name: str, field: dict[str, Any]) -> None:
    data = {**HEAD, "receivers": [{"name": "team", f"{type_name}_configs": [field]}]}
    assert "refuses a message without text" in told(data)
    slack = [{"name": "team", "slack_configs": [{"text": ""}]}]
    assert values_of({**HEAD, "receivers": slack}), "Slack shows the title"


def test_the_texts_need_a_version_that_has_their_functions() -> None:
    slack = {"slack": {"api_url": "https://hooks.slack.com/x"}, "plain_secret": True}
    assert "the texts of messages need Alertmanager 0.16, but this is for 0.15" in told(
        {**HEAD, **slack, "alertmanager": "0.15"}
    )
    assert values_of({**HEAD, **slack, "alertmanager": "0.16"})
    webhook = {"receivers": [{"name": "team", "webhook_configs": [{"url": "http://a.svc"}]}]}
    assert values_of({**HEAD, **webhook, "alertmanager": "0.15"}), "a webhook has no texts"


@pytest.mark.parametrize(
    ("more", "works"),
    [
        ({"title": "t", "text": "x", "fallback": "f", "color": "danger"}, True),
        ({"text": "x"}, True),
        ({"title": "t"}, False),
    ],
)
def test_own_texts_need_no_functions(more: dict[str, Any], works: bool) -> None:
    slack = {"slack": {"api_url": "https://hooks.slack.com/x", **more}, "plain_secret": True, "alertmanager": "0.15"}
    assert values_of({**HEAD, **slack}) if works else "need Alertmanager 0.16" in told({**HEAD, **slack})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://x.org/a)b", "external_url has a ), which ends a link in the messages of some services"),
        ("https://x.org/a]b", "external_url has a ]"),
        ("https://x.org/a%29b", ""),
        ("http://[::1]:9093/am", ""),
    ],
)
def test_an_address_that_ends_a_link_is_an_error(address: str, message: str) -> None:
    data = {**HEAD, "slack": {}, "external_url": address}
    assert message in told(data) if message else values_of(data)


def test_helm_renders_braces_in_keys_too() -> None:
    """The judge is Go's own template engine, which renders what the chart gives to tpl."""
    details = {"k{{": "v", "a`{{ x }}": "{{ .Status }}", "plain": '{{ "`{{" }}'}
    jira = {"project": "P", "issue_type": "Bug", "api_url": "https://jira.example.org/rest/api/2"}
    data = {
        **HEAD,
        "receivers": [
            {"name": "pager", "pagerduty_configs": [{"details": details}]},
            {"name": "jira", "jira_configs": [{**jira, "fields": {"cf {{x}}": "{{ .Status }}"}}]},
        ],
        "plain_secret": True,
    }
    plain, escaped = (values_of({**data, "tpl_config": on})["alertmanager"]["config"] for on in (False, True))
    text = yaml.safe_dump(escaped, allow_unicode=True, width=10**6)
    (answer,) = ask([{"op": "template", "text": text, "alerts": [], "group": {}}])
    assert yaml.safe_load(answer["output"]) == plain
