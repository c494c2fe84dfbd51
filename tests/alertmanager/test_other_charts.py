"""Values of other charts, which look like those with a configuration of Alertmanager, are not taken for them."""

from __future__ import annotations

import pytest

from generator.alertmanager.chart_values import chart_of_values
from generator.alertmanager.value import read_value
from generator.yaml import parse_one

from ..conftest import corpus

CHARTS = "prometheus-community+helm-charts/charts"


def chart(text: str) -> str:
    return chart_of_values(read_value(parse_one(text, "values.yaml"), helm=True, path="values.yaml")).name


@pytest.mark.parametrize(
    "name", ["jiralert", "prometheus-blackbox-exporter", "prometheus-pingmesh-exporter", "prometheus-systemd-exporter"]
)
def test_a_chart_without_alertmanager(name: str) -> None:
    assert chart(corpus(f"{CHARTS}/{name}/values.yaml")) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("config:\n  defaults: {}\n  receivers: []\n  template: x\n", ""),
        ("config:\n  receivers: [{name: x, api_url: y}]\nextraSecretMounts: []\n", ""),
        ("config: {modules: {}}\nextraSecretMounts: []\n", ""),
        ("prometheus: {enabled: true}\n", ""),
        ("alertmanager: {persistentVolume: {}, fallbackConfig: x}\n", ""),
        ("alertmanager: {enabled: true}\nmimir: {}\ningester: {}\n", ""),
        ("alertmanager: {config: {route: {receiver: a}}}\nqueryService: {}\n", ""),
        ("alertmanager: {config: {route: {receiver: a}}}\n", "kube-prometheus-stack"),
        ("alertmanager: {config: {route: {receiver: a}}}\ningress: {}\n", "kube-prometheus-stack"),
        ("alertmanager:\n", "kube-prometheus-stack"),
        ("alertmanager: {alertmanagerSpec: {}, other: 1}\nloki: {}\n", "kube-prometheus-stack"),
        ("prometheus: {prometheusSpec: {}}\n", "kube-prometheus-stack"),
        ("config: {route: {receiver: a}}\n", "alertmanager"),
        ("config: {receivers: [{name: a, slack_configs: []}]}\n", "alertmanager"),
        ("config: {enabled: true}\nextraSecretMounts: []\n", "alertmanager"),
        ("extraSecretMounts: []\n", "alertmanager"),
        ("monitoring: {alertmanager: {config: {}}}\n", "kube-prometheus-stack"),
        ("signoz: {alertmanager: {config: {}, persistence: {}}}\n", ""),
        ("mimir-distributed: {mimir: {}, alertmanager: {config: {}}}\n", ""),
        ("robusta: {}\nkube-prometheus-stack: {alertmanager: {config: {}}}\n", "kube-prometheus-stack"),
    ],
)
def test_values(text: str, name: str) -> None:
    assert chart(text) == name
