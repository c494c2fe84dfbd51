"""The names of time zones follow from the IANA database, and Kubernetes knows them all."""

from __future__ import annotations

import json

import pytest

from generator import time_zones

from ..support.apiserver import ABSENT, PROGRAM, ApiServer
from . import time_zone_names

_AREAS = json.loads(time_zone_names.whole())["areas"]
_KNOWN = [f"{area}/{one}" if area else one for area, found in _AREAS.items() for one in found]
_OTHERS = [("europe/berlin", "Europe/Berlin"), ("Europe/Berln", "Europe/Berlin")]
_OTHERS += [(one, "") for one in ("Mars/Base", "localtime", "posix/UTC", "right/UTC", "Europe", "../UTC", "", "a\0b")]


def test_the_table_is_made_from_the_database() -> None:
    assert time_zone_names.PATH.read_text("utf-8") == time_zone_names.whole(), (
        "run python -m tests.project.time_zone_names"
    )
    assert len(_KNOWN) > 590


@pytest.mark.parametrize("name", ["Europe/Berlin", "US/Pacific", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "UTC"])
def test_a_name_is_known(name: str) -> None:
    assert time_zones.is_time_zone(name)


@pytest.mark.parametrize(("name", "near"), _OTHERS)
def test_another_name_is_not(name: str, near: str) -> None:
    assert not time_zones.is_time_zone(name)
    assert near in {"", time_zones.near_time_zone(name)}


@pytest.mark.skipif(not PROGRAM.exists(), reason=ABSENT)
def test_kubernetes_knows_them_all() -> None:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}
    told = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "a", "namespace": "a"}}
    jobs = [
        {**told, "spec": {"schedule": "@daily", "timeZone": one, "jobTemplate": {"spec": {"template": {"spec": pod}}}}}
        for one in (*_KNOWN, "europe/berlin", "Mars/Base", "Local")
    ]
    server = ApiServer()
    try:
        verdicts = [one.verdict for one in server.ask("\n---\n".join(map(json.dumps, jobs)))]
    finally:
        server.close()
    assert verdicts == ["ok"] * len(_KNOWN) + ["refused"] * 3
