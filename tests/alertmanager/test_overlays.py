"""Values files that Helm merges: nothing that another may have is reported as missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import Repo

BASE = 'alertmanager:\n  config:\n    receivers:\n      - name: ops\n        slack_configs: [{channel: "#ops"}]\n'
OVER = "alertmanager:\n  config:\n    route: {receiver: ops, routes: []}\n"


@pytest.mark.parametrize(
    ("first", "second", "several"),
    [
        ("values.yaml", "values-prod.yaml", True),
        ("values.yaml", "values.staging.yaml", True),
        ("values.yaml", "prod-values.yaml", True),
        ("values.yaml", "prod/values.yaml", True),
        ("base/values.yaml", "prod/values.yaml", True),
        ("common.yaml", "prod.yaml", True),
        ("values.yaml", "envs/prod.yaml", True),
        ("kps/values.yaml", "kps/env/prod.yaml", True),
        ("kps/values.yaml", "kps/values/prod.yaml", True),
        ("kps/values.yaml", "kps/overlays/prod/values.yaml", True),
        ("kps/base/values.yaml", "kps/overlays/prod/values.yaml", True),
        ("kps/values.yaml", "other/envs/prod.yaml", False),
        ("kps/values.yaml", "kps/templates/prod.yaml", False),
        ("values.yaml", "other/monitoring.yaml", False),
        ("a/values.yaml", "b/values.yaml", False),
        ("values.yaml", "grafana.yaml", False),
    ],
)
def test_what_one_file_lacks_may_be_in_the_other(tmp_path: Path, first: str, second: str, several: bool) -> None:
    repo = Repo(tmp_path)
    repo.write(first, BASE)
    repo.write(second, OVER)
    done = repo.run("validate", first, second)
    assert ("AM004" in done.text) is not several, done.text
    assert ("AM020" in done.text) is not several, done.text
    assert "AM015" not in done.text  # whatever the files are called, the other has the receiver


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("base/values.yaml", "overlays/prod/values.yaml"),
        ("values.yaml", "envs/prod/values.yaml"),
        ("values.yaml", "values/prod.yaml"),
        ("monitoring/values.yaml", "clusters/prod.yaml"),
        ("apps/base/kps/values.yaml", "apps/prod/kps/values.yaml"),
        ("kps.yaml", "kps.prod.yaml"),
        ("kube-prometheus-stack-values.yaml", "kube-prometheus-stack-values-prod.yaml"),
    ],
)
def test_names_may_be_defined_by_any_other_values(tmp_path: Path, first: str, second: str) -> None:
    night = "    time_intervals: [{name: night, time_intervals: [{weekdays: [monday]}]}]\n"
    over = OVER.replace("routes: []", "routes: [{receiver: %s, mute_time_intervals: [%s], matchers: [a=b]}]")
    repo = Repo(tmp_path)
    repo.write(first, BASE.replace("    receivers", night + "    receivers"))
    repo.write(second, over % ("ops", "night"))
    done = repo.run("validate", ".")
    assert "2 files checked" in done.text
    assert "AM015" not in done.text
    assert "AM022" not in done.text


@pytest.mark.parametrize(
    ("first", "second", "reported"),
    [
        ("a.yaml", "prod.yaml", False),
        ("kps.yaml", "clusters/eu.yaml", False),
        ("a/values.yaml", "b/values.yaml", True),  # two releases
    ],
)
def test_receivers_without_a_route_may_be_those_of_the_routes_of_other_values(
    tmp_path: Path, first: str, second: str, *, reported: bool
) -> None:
    receivers = BASE + '      - name: "null"\n'
    repo = Repo(tmp_path)
    repo.write(second, receivers)
    assert "nobody is notified of any alert" in repo.run("validate", ".").text
    repo.write(first, receivers + "    route: {receiver: ops, routes: []}\n")
    assert ("nobody is notified of any alert" in repo.run("validate", ".").text) is reported
    repo.write(first, receivers.replace("ops", "other") + "    route: {receiver: other, routes: []}\n")
    assert "nobody is notified of any alert" in repo.run("validate", ".").text


def test_names_that_no_values_define_are_reported(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("a/values.yaml", BASE)
    repo.write("b/prod.yaml", OVER.replace("ops", "opps"))
    assert "no receiver is named 'opps'" in repo.run("validate", ".").text
    night = "routes: [{receiver: ops, mute_time_intervals: [night], matchers: [a=b]}]"
    repo.write("b/prod.yaml", OVER.replace("routes: []", night) + "    receivers: [{name: ops}]\n")
    assert "no time interval is named 'night'" in repo.run("validate", ".").text
    repo.write("b/prod.yaml", OVER + "    receivers: [{name: other}]\n")
    assert "no receiver is named 'ops'" in repo.run("validate", ".").text


def test_an_error_of_what_is_there_stays(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("values.yaml", "alertmanager:\n  config:\n    global: {smtp_smarthost: no-port}\n")
    repo.write("values-prod.yaml", BASE + "    route: {receiver: opps}\n")
    done = repo.run("validate", "values.yaml", "values-prod.yaml")
    assert "values.yaml:3:30: global.smtp_smarthost" in done.text
    assert "values-prod.yaml:6:23: no receiver is named 'opps'" in done.text


HELMFILES = {
    "in order": ("[main.yaml, live/prod.yaml]", True),
    "with a template": ('[main.yaml, "live/{{ .Environment.Name }}.yaml"]', True),
    "with values in it": ("[main.yaml, live/prod.yaml, {grafana: {enabled: false}}]", True),
    "any file": ('[main.yaml, "{{ .Values.file }}.yaml"]', False),
    "another file": ("[main.yaml, live/test.yaml]", False),
    "one file": ("[live/prod.yaml]", False),
}


@pytest.mark.parametrize("name", HELMFILES)
def test_a_helmfile_says_what_is_merged(tmp_path: Path, name: str) -> None:
    listed, several = HELMFILES[name]
    repo = Repo(tmp_path)
    repo.write("helmfile.yaml", f"releases:\n  - name: kps\n    chart: p/kube-prometheus-stack\n    values: {listed}\n")
    repo.write("main.yaml", "alertmanager:\n  config:\n    global: {slack_api_url_file: /a}\n")
    repo.write("live/prod.yaml", BASE.replace("receivers:", 'receivers:\n      - name: "null"'))
    done = repo.run("validate", ".")
    assert ("AM020" in done.text) is not several, done.text


@pytest.mark.parametrize(("listed", "several"), [("main.yaml, prod-kps.yaml", True), ("prod-kps.yaml", False)])
def test_a_helmfile_that_is_rendered_first_names_values(tmp_path: Path, listed: str, several: bool) -> None:
    repo = Repo(tmp_path)
    repo.write("helmfile.yaml", f"releases:\n{{{{ range .x }}}}\n  - values: [{listed}]\n{{{{ end }}}}\n")
    repo.write("prod-kps.yaml", BASE.replace("receivers:", 'receivers:\n      - name: "null"'))
    assert ("AM020" in repo.run("validate", ".").text) is not several


OPS_AND_NULL = '    receivers: [{name: "null"}, {name: ops, webhook_configs: [{url: "http://ops/"}]}]\n'


@pytest.mark.parametrize(
    ("route", "known"),
    [
        ("{group_wait: 5m}", False),
        ('{receiver: "null"}', False),
        ('{routes: [{receiver: "null", matchers: [a=b]}]}', False),
        ('{receiver: "null", routes: [{receiver: "null", matchers: [a=b]}]}', True),
    ],
)
def test_part_of_a_route_does_not_tell_who_is_notified(tmp_path: Path, route: str, known: bool) -> None:
    repo = Repo(tmp_path)
    repo.write("values.yaml", f"alertmanager:\n  config:\n    route: {{receiver: ops, routes: []}}\n{OPS_AND_NULL}")
    repo.write("values-prod.yaml", f"alertmanager:\n  config:\n    route: {route}\n{OPS_AND_NULL}")
    told = repo.run("validate", "--profile", "strict", ".").text
    assert ("nobody is notified" in told) is known, told
    assert ("no route uses the receiver 'ops'" in told) is known, told
