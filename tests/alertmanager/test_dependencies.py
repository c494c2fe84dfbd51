"""The dependencies of a chart say which chart reads which values, for ``validate`` and ``route``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..conftest import Repo

CONFIG = "config: {route: {receiver: x}, receivers: [{name: x, webhook_configs: [{url: 'http://a.example/'}]}]}"
CHART = "apiVersion: v2\nname: mon\nversion: 1.0.0\ndependencies:\n"
OWN = "  - {name: alertmanager, version: 1.15.0, repository: 'https://prometheus-community.github.io/helm-charts'}\n"
STACK = OWN.replace("alertmanager", "kube-prometheus-stack")
VALUES = f"alertmanager: {{persistence: {{size: 1Gi}}, {CONFIG}}}\n"
LOST = "the chart's routes still send to 'null'"
UNREAD = "values.yaml:1:1: warning: no dependency in Chart.yaml reads this: its chart reads kube-prometheus-stack."
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: monitoring}
spec: {source: {path: mon, helm: {%s}}}
"""


def alias(line: str, name: str) -> str:
    return line.replace("version:", f"alias: {name}, version:")


@pytest.mark.parametrize(
    ("dependencies", "values", "expected"),
    [
        (OWN, VALUES, ""),
        (OWN, VALUES.replace("persistence: {size: 1Gi}, ", ""), ""),
        (OWN, VALUES.replace("{receiver: x}", "{receiver: x, routes: []}"), ""),
        (OWN, VALUES.replace("{receiver: x}", "{receiver: z}"), "no receiver is named 'z'"),
        (alias(OWN, "am"), VALUES.replace("alertmanager", "am"), ""),
        (alias(OWN, "am"), VALUES.replace("alertmanager", "am").replace("{receiver: x}", "{receiver: z}"), "named 'z'"),
        (OWN + STACK, VALUES, ""),
        (OWN + STACK, f"kube-prometheus-stack: {{{VALUES.strip()}}}\n", LOST),
        (alias(STACK, "alertmanager"), f"alertmanager: {{{VALUES.strip()}}}\n", LOST),
        (OWN.replace("name: alertmanager", "name: prometheus"), f"prometheus: {{{VALUES.strip()}}}\n", ""),
        (STACK, VALUES, UNREAD),
        (STACK, "alertmanager: {enabled: true}\n", ""),  # a condition may be there
        (STACK, f"kps: {{{VALUES.strip()}}}\n", LOST),  # which no chart reads: as without Chart.yaml
        (OWN.replace("name: alertmanager", "name: other"), VALUES, LOST),
        ("  []\n", VALUES, LOST),
    ],
)
def test_the_chart_of_values_is_that_of_the_dependency(
    tmp_path: Path, dependencies: str, values: str, expected: str
) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + dependencies)
    repo.write("mon/values.yaml", values)
    done = repo.run("validate", "mon").text
    assert expected in done
    assert bool(expected) is bool(re.search(r"AM\d", done)), done


def test_values_below_the_folder_of_a_chart_are_its_own(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + OWN)
    repo.write("mon/env/eu.yaml", VALUES)
    assert not re.search(r"AM\d", repo.run("validate", ".").text)
    assert "repeated after 3h" in repo.run("route", "mon/env/eu.yaml", "a=b").text


def test_values_in_an_object_are_those_of_the_chart_in_the_folder(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + OWN)
    repo.write("app.yaml", APPLICATION % f"valuesObject: {{{VALUES.strip()}}}")
    assert not re.search(r"AM\d", repo.run("validate", ".").text)
    repo.write("mon/Chart.yaml", CHART + alias(STACK, "kps"))
    broken = VALUES.strip().replace("webhook_configs", "webhook_config")
    repo.write("app.yaml", APPLICATION % f"valuesObject: {{kps: {{{broken}}}}}")
    assert "webhook_config" in repo.run("validate", ".").text


def test_merged_values_are_those_of_the_dependency(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + OWN)
    repo.write("mon/values.yaml", VALUES)
    repo.write("mon/values-prod.yaml", "alertmanager: {config: {receivers: [{name: x}]}}\n")
    assert not re.search(r"AM\d", repo.run("validate", ".").text)
    repo.write("mon/values-prod.yaml", "alertmanager: {config: {receivers: [{name: y}]}}\n")
    assert "merged with mon/values.yaml: no receiver is named 'x'" in repo.run("validate", ".").text


def test_templates_of_the_chart_may_read_what_no_dependency_does(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + STACK)
    repo.write("mon/values.yaml", VALUES)
    repo.write("mon/templates/secret.yaml", "{{ toYaml .Values.alertmanager.config }}\n")
    assert not re.search(r"AM\d", repo.run("validate", ".").text)


def test_route_answers_with_the_defaults_of_the_dependency(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write("mon/Chart.yaml", CHART + OWN)
    repo.write("mon/values.yaml", VALUES.replace("{receiver: x}", "{receiver: x, routes: []}"))
    done = repo.run("route", "mon/values.yaml", "alertname=Watchdog")
    assert done.code == 0
    assert "first message after 10s, changes after 5m, repeated after 3h" in done.text
    repo.write("mon/Chart.yaml", CHART + alias(OWN, "am"))
    repo.write("mon/values.yaml", VALUES.replace("alertmanager", "am"))
    assert "repeated after 3h" in repo.run("route", "mon/values.yaml", "a=b").text
    repo.write("mon/Chart.yaml", CHART + STACK)
    repo.write("mon/values.yaml", VALUES)
    refused = repo.run("route", "mon/values.yaml", "a=b")
    assert refused.code == 2
    assert "no dependency in Chart.yaml reads this" in refused.text
