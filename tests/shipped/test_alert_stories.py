"""Every usual alert of a service fires and resolves: promtool runs the rules on made-up series."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.alert_stories import Story, told
from ..support.watched_services import BASE, EVERYTHING, alerts_of

POD = 'namespace="shop",pod="shop-5d4f8c7b9d-x7k2m",container="app"'
JOB = 'namespace="shop",job="shop",instance="a"'
DEPLOYMENT = 'namespace="shop",deployment="shop",pod="kube-state-metrics-0"'
SCALER = 'namespace="shop",horizontalpodautoscaler="shop"'
CLAIM = 'namespace="shop",persistentvolumeclaim="shop-data"'
JOB_POD = 'namespace="shop",pod="shop-migrate-x7k2m",container="app"'
AVAILABLE = f"kube_deployment_status_replicas_available{{{DEPLOYMENT}}}"
WANTED = f"kube_deployment_spec_replicas{{{DEPLOYMENT}}}"
RESTARTS, RESTARTS_OF_A_JOB = (f"kube_pod_container_status_restarts_total{{{one}}}" for one in (POD, JOB_POD))
EXPIRY = 'certmanager_certificate_expiration_timestamp_seconds{name="shop-tls",'
STORIES = [
    Story("ServiceUnavailable", {AVAILABLE: "0x20 1x40", WANTED: "1x60"}, "10m", "40m"),
    Story("ServiceUnavailable", {AVAILABLE: "0x60", WANTED: "0x60"}, quiet="30m"),
    Story("ServiceUnavailable", {AVAILABLE: "1x60", WANTED: "3x60"}, quiet="30m"),
    Story(
        "ServiceRolloutStuck",
        {f'kube_deployment_status_condition{{{DEPLOYMENT},condition="Progressing",status="false"}}': "1x20 0x40"},
        "15m", "40m",
    ),
    Story(
        "ServiceRolloutStuck",
        {
            f"kube_deployment_status_observed_generation{{{DEPLOYMENT}}}": "1x20 2x40",
            f"kube_deployment_metadata_generation{{{DEPLOYMENT}}}": "2x60",
        },
        "15m", "40m",
    ),
    Story("ServiceRestarting", {RESTARTS: "0x5 1+1x10 11x80"}, "15m", "60m"),
    Story("ServiceRestarting", {RESTARTS: "0x5 1+1x1 2x80"}, quiet="15m"),
    Story("ServiceRestarting", {RESTARTS_OF_A_JOB: "0x5 1+1x10 11x80"}, quiet="15m"),
    Story(
        "ServiceErrors",
        {
            f'http_requests_total{{{JOB},code="500"}}': "0+10x20 200x60",
            f'http_requests_total{{{JOB},code="200"}}': "0+90x80",
        },
        "18m", "60m",
    ),
    Story("ServiceErrors", {f'http_requests_total{{{JOB},code="200"}}': "0+90x80"}, quiet="30m"),
    Story(
        "ServiceErrors",
        {
            'http_requests_total{namespace="shop",job="other",code="500"}': "0+10x80",
            f'http_requests_total{{{JOB},code="200"}}': "0+90x80",
        },
        quiet="30m",
    ),
    Story(
        "ServiceSlow",
        {
            f'http_request_duration_seconds_bucket{{{JOB},le="0.5"}}': "0+10x20 300+100x60",
            f'http_request_duration_seconds_bucket{{{JOB},le="5"}}': "0+100x80",
            f'http_request_duration_seconds_bucket{{{JOB},le="+Inf"}}': "0+100x80",
        },
        "18m", "60m",
    ),
    Story("ServiceNotScraped", {f'up{{{JOB},pod="a"}}': "0x20 1x60", WANTED: "1x80"}, "15m", "40m"),
    Story("ServiceNotScraped", {f'up{{{JOB},pod="a"}}': "_x20 1x60", WANTED: "1x80"}, "15m", "40m"),
    Story("ServiceNotScraped", {WANTED: "0x80"}, quiet="40m"),
    Story(
        "ServiceThrottled",
        {
            f"container_cpu_cfs_throttled_periods_total{{{POD}}}": "0+60x30 1800x60",
            f"container_cpu_cfs_periods_total{{{POD}}}": "0+100x90",
        },
        "25m", "80m",
    ),
    Story(
        "ServiceMemoryNearLimit",
        {
            f"container_memory_working_set_bytes{{{POD}}}": "95x30 10x60",
            f'kube_pod_container_resource_limits{{{POD},resource="memory"}}': "100x90",
        },
        "20m", "80m",
    ),
    Story(
        "ServiceAtMaximum",
        {
            f"kube_horizontalpodautoscaler_status_desired_replicas{{{SCALER}}}": "5x50 3x60",
            f"kube_horizontalpodautoscaler_spec_max_replicas{{{SCALER}}}": "5x110",
            f"kube_horizontalpodautoscaler_spec_min_replicas{{{SCALER}}}": "2x110",
        },
        "40m", "80m",
    ),
    Story(
        "ServiceAtMaximum",
        {
            f"kube_horizontalpodautoscaler_status_desired_replicas{{{SCALER}}}": "5x110",
            f"kube_horizontalpodautoscaler_spec_max_replicas{{{SCALER}}}": "5x110",
            f"kube_horizontalpodautoscaler_spec_min_replicas{{{SCALER}}}": "5x110",
        },
        quiet="80m",
    ),
    Story(
        "ServiceVolumeNearlyFull",
        {
            f"kubelet_volume_stats_available_bytes{{{CLAIM}}}": "10x30 50x60",
            f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}": "100x90",
        },
        "20m", "80m",
    ),
    Story(
        "ServiceCertificateExpires",
        {f'{EXPIRY}namespace="cert-manager",exported_namespace="shop"}}': "864000x90 7776000x90"},
        "80m", "120m",
    ),
    Story("ServiceCertificateExpires", {f'{EXPIRY}namespace="shop"}}': "864000x90 7776000x90"}, "80m", "120m"),
    Story("ServiceCertificateExpires", {f'{EXPIRY}namespace="other"}}': "864000x90"}, quiet="80m"),
]  # fmt: skip
WITHOUT_LIMIT = [
    Story(
        "ServiceCpuAboveRequest",
        {
            f"container_cpu_usage_seconds_total{{{POD}}}": "0+12x90 1080x90",
            f'kube_pod_container_resource_requests{{{POD},resource="cpu"}}': "0.05x180",
        },
        "80m", "120m",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "stories"), [(EVERYTHING, STORIES), (BASE + "alerts: {}\n", WITHOUT_LIMIT)], ids=["everything", "usual"]
)
def test_every_alert_fires_and_resolves(text: str, stories: list[Story], tmp_path: Path) -> None:
    told(text, stories, tmp_path)


def test_every_usual_alert_has_a_story() -> None:
    found = {one.alert for one in (*STORIES, *WITHOUT_LIMIT) if one.fires and one.quiet}
    assert found == set(alerts_of(EVERYTHING)) | set(alerts_of(BASE + "alerts: {}\n"))
