"""Every usual alert of stateful workloads and jobs fires and resolves: promtool runs the rules on made-up series."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.alert_stories import Story, told
from ..support.watched_services import alerts_of
from ..support.watched_workloads import JOB, STATEFUL, WHOLE_JOB, WHOLE_STATEFUL, WHOLE_WORKER, WORKER

# Two replicas of kube-state-metrics tell the same: an expression that joins them by mistake fails.
OF, POD_OF = (
    'namespace="ledger",statefulset="ledger",instance="%s"',
    'namespace="ledger",pod="ledger-1",container="app"',
)
SERVED = 'namespace="ledger",job="ledger"'


def _set(**values: str) -> dict[str, str]:
    """Return series of the StatefulSet, by the rest of their names."""
    return {f"kube_statefulset_{name}{{{OF % one}}}": text for name, text in values.items() for one in "ab"}


def _revisions(current: str, update: str) -> dict[str, str]:
    """Return the series of the revisions: ``1x20 _x40`` for one that is gone after 20 minutes."""
    found = {}
    for one in "ab":
        found[f'kube_statefulset_status_current_revision{{{OF % one},revision="old"}}'] = current
        found[f'kube_statefulset_status_update_revision{{{OF % one},revision="new"}}'] = update
    return found


def _same(text: str = "1x100") -> dict[str, str]:
    """Return the series of the revisions of a StatefulSet that is up to date."""
    labels = f'{OF % "a"},revision="old"'
    return {f"kube_statefulset_status_{one}_revision{{{labels}}}": text for one in ("current", "update")}


def _volume(claim: str, available: str) -> dict[str, str]:
    """Return the series of a volume of 100 bytes."""
    return {
        f"kubelet_volume_stats_available_bytes{{{claim}}}": available,
        f"kubelet_volume_stats_capacity_bytes{{{claim}}}": "100x90",
    }


STATEFUL_STORIES = [
    Story("StatefulSetUnavailable", _set(status_replicas_available="0x20 1x40", replicas="3x60"), "10m", "40m"),
    Story("StatefulSetUnavailable", _set(status_replicas_available="0x60", replicas="0x60"), quiet="30m"),
    Story(
        "StatefulSetPodMissing",
        _set(status_replicas_ready="2x40 3x40", replicas="3x80", status_replicas_updated="3x80"),
        "20m", "60m",
    ),
    # A new version is rolled out: always one pod is not ready, and another one is replaced in time.
    Story(
        "StatefulSetPodMissing",
        _set(status_replicas_ready="2x80", replicas="3x80", status_replicas_updated="0x8 1x8 2x8 3x8 4x8 5x8 6x8"),
        quiet="45m",
    ),
    Story(
        "StatefulSetPodMissing",
        _set(status_replicas_ready="0x80", replicas="3x80", status_replicas_updated="3x80"),
        quiet="60m",
    ),
    # The first replaced pod does not become ready.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="0x5 1x40 3x50", status_replicas_ready="2x40 3x50", replicas="3x100")
        | _revisions("1x45 _x50", "1x95"),
        "30m", "60m",
    ),
    # The only pod is replaced and does not become ready: as many are updated as wanted.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="1x100", status_replicas_ready="0x40 1x60", replicas="1x100")
        | _revisions("1x40 _x60", "1x100"),
        "30m", "60m",
    ),
    Story(
        "StatefulSetRolloutStuck",
        _set(status_observed_generation="1x20 2x40", metadata_generation="2x60"),
        "15m", "40m",
    ),
    # Slow, but each pod becomes ready in time.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="0x8 1x8 2x8 3x8 4x8 5x8 6x40", status_replicas_ready="5x80", replicas="6x100")
        | _revisions("1x100", "1x100"),
        quiet="50m",
    ),
    # Slower than the alert would wait without the time for progress.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="0x11 1x11 2x11 3x11 4x11", status_replicas_ready="5x80", replicas="6x100")
        | _revisions("1x100", "1x100"),
        quiet="35m",
    ),
    # A pod is not ready, but of the version that all have.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="3x100", status_replicas_ready="2x100", replicas="3x100") | _same(),
        quiet="60m",
    ),
    Story(
        "StatefulSetVolumeNearlyFull",
        _volume('namespace="ledger",persistentvolumeclaim="log-ledger-12"', "10x30 50x60"),
        "20m", "80m",
    ),
    Story(
        "StatefulSetVolumeNearlyFull",
        _volume('namespace="ledger",persistentvolumeclaim="data-ledger-old"', "1x90"),
        quiet="60m",
    ),
    Story(
        "StatefulSetRestarting",
        {f"kube_pod_container_status_restarts_total{{{POD_OF}}}": "0x5 1+1x10 11x80"}, "15m", "60m",
    ),
    Story(
        "StatefulSetRestarting",
        {f"kube_pod_container_status_restarts_total{{{POD_OF.replace('-1', '-backup-x7k2m')}}}": "0x5 1+1x10 11x80"},
        quiet="15m",
    ),
    Story("StatefulSetNotScraped", {f'up{{{SERVED},pod="ledger-0"}}': "0x20 1x60"}, "15m", "40m"),
    Story("StatefulSetNotScraped", _set(replicas="1x80") | {f'up{{{SERVED},pod="a"}}': "_x20 1x60"}, "15m", "40m"),
    Story("StatefulSetNotScraped", _set(replicas="0x80"), quiet="40m"),
]  # fmt: skip
HELD = [
    # The partition keeps the first two of three pods at the old version.
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="1x100", status_replicas_ready="3x100", replicas="3x100")
        | _revisions("1x100", "1x100"),
        quiet="60m",
    ),
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="0x40 1x60", status_replicas_ready="3x100", replicas="3x100")
        | _revisions("1x100", "1x100"),
        "30m", "60m",
    ),
]  # fmt: skip
ON_DELETE = [
    Story(
        "StatefulSetRolloutStuck",
        _set(status_replicas_updated="0x100", status_replicas_ready="3x100", replicas="3x100")
        | _revisions("1x100", "1x100"),
        quiet="60m",
    ),
    Story(
        "StatefulSetRolloutStuck",
        _set(status_observed_generation="1x20 2x40", metadata_generation="2x60"),
        "15m", "40m",
    ),
]  # fmt: skip


def _cron(**values: str) -> dict[str, str]:
    """Return series of the CronJob, by the rest of their names."""
    labels = 'namespace="report",cronjob="report",instance="%s"'
    return {f"kube_cronjob_{name}{{{labels % one}}}": text for name, text in values.items() for one in "ab"}


def _run(name: str = "report-1", owner: str = "report", **values: str) -> dict[str, str]:
    """Return series of a run, by the rest of their names."""
    found = {}
    for one in "ab":
        labels = f'namespace="report",job_name="{name}",instance="{one}"'
        owned = f'owner_kind="CronJob",owner_name="{owner}",owner_is_controller="true"'
        found[f"kube_job_owner{{{labels},{owned}}}"] = "1x200"
        for metric, text in values.items():
            more = ',condition="true"' if metric == "failed" else ""
            found[f"kube_job_{metric}{{{labels}{more}}}"] = text
    return found


FAILED = _run(status_start_time="_x10 600x90", failed="_x12 1x90")
JOB_STORIES = [
    # Until a later run succeeds, though the failed one stays in the history.
    Story("JobFailed", FAILED | _cron(created="0x100", status_last_successful_time="300x40 2400x60"), "15m", "45m"),
    Story("JobFailed", FAILED | _cron(created="0x100", status_last_successful_time="_x40 2400x60"), "15m", "45m"),
    Story("JobFailed", FAILED | _cron(created="0x100", spec_suspend="0x30 1x60"), "15m", "45m"),
    Story("JobFailed", FAILED | _cron(created="0x100", status_last_successful_time="1200x100"), quiet="30m"),
    # An attempt failed, and the run goes on.
    Story(
        "JobFailed",
        _run(status_start_time="600x100", status_failed="1x100", failed="0x100") | _cron(created="0x100"),
        quiet="30m",
    ),
    Story(
        "JobFailed",
        _run("other-1", "other", status_start_time="600x100", failed="1x100") | _cron(created="0x100"),
        quiet="30m",
    ),
    Story("JobOverdue", _cron(created="0x200", status_last_successful_time="0x140 8400x60"), "139m", "150m"),
    Story("JobOverdue", _cron(created="0x200", status_last_successful_time="_x140 8400x60"), "139m", "150m"),
    Story("JobOverdue", _cron(created="0x200", status_last_successful_time="0x200"), quiet="129m"),
    Story("JobOverdue", _cron(created="0x200", spec_suspend="0x20 1x20 0x160"), quiet="160m"),
    Story("JobOverdue", _cron(created="0x200", spec_suspend="1x20 0x180"), "170m"),
    Story("JobNotStarted", _cron(next_schedule_time="600x40 4200x40", spec_suspend="0x80"), "25m", "45m"),
    Story("JobNotStarted", _cron(next_schedule_time="600x10 _x60", spec_suspend="0x10 1x60"), quiet="25m"),
    # A run each minute is always due, and a moment later it is known to have begun.
    Story("JobNotStarted", _cron(next_schedule_time="-60+60x80"), quiet="40m"),
    Story(
        "JobSlow",
        _run(status_start_time="0x80", status_active="1x55 0x30", spec_active_deadline_seconds="3600x80"),
        "52m", "60m",
    ),
    Story(
        "JobSlow",
        _run(status_start_time="0x80", status_active="0x80", spec_active_deadline_seconds="3600x80")
        | _run("report-2", status_start_time="2400x80", status_active="1x80", spec_active_deadline_seconds="3600x80"),
        quiet="55m",
    ),
    Story(
        "JobSlow",
        _run("a", "other", status_start_time="0x80", status_active="1x80", spec_active_deadline_seconds="3600x80"),
        quiet="55m",
    ),
    Story(
        "JobVolumeNearlyFull",
        _volume('namespace="report",persistentvolumeclaim="report-data"', "10x30 50x60"),
        "20m", "80m",
    ),
]  # fmt: skip
OF_THE_WORKER = 'namespace="mailer",deployment="mailer"'
TASKS = 'namespace="mailer",job="mailer"'
WORKER_STORIES = [
    Story(
        "WorkerUnavailable",
        {
            f"kube_deployment_status_replicas_available{{{OF_THE_WORKER}}}": "0x20 1x40",
            f"kube_deployment_spec_replicas{{{OF_THE_WORKER}}}": "1x60",
        },
        "10m", "40m",
    ),
    Story(
        "WorkerErrors",
        {
            f'messages_total{{{TASKS},result="error"}}': "0+10x20 200x60",
            f'messages_total{{{TASKS},result="ok"}}': "0+90x80",
        },
        "18m", "60m",
    ),
    Story(
        "WorkerSlow",
        {
            f'message_seconds_bucket{{{TASKS},le="10"}}': "0+10x20 300+100x60",
            f'message_seconds_bucket{{{TASKS},le="60"}}': "0+100x80",
            f'message_seconds_bucket{{{TASKS},le="+Inf"}}': "0+100x80",
        },
        "18m", "60m",
    ),
    Story("WorkerNotScraped", {f'up{{{TASKS},pod="a"}}': "0x20 1x60"}, "15m", "40m"),
]  # fmt: skip
# A job that is resumed: without a deadline the run that is due starts at once, with one it never starts.
RESUMED = _cron(next_schedule_time="_x20 -3600x60", spec_suspend="1x20 0x60")
LATE = [
    Story("JobNotStarted", RESUMED, quiet="45m"),
    Story("JobNotStarted", _cron(next_schedule_time="600x40 4200x40", spec_suspend="0x80"), "25m", "45m"),
]
PARTITION = "replicas: 3\nalerts: true\nstatefulset: {spec: {updateStrategy: {rollingUpdate: {partition: 2}}}}\n"


@pytest.mark.parametrize(
    ("text", "stories"),
    [
        (WHOLE_WORKER, WORKER_STORIES),
        (WHOLE_STATEFUL, STATEFUL_STORIES),
        (STATEFUL + PARTITION, HELD),
        (STATEFUL + "alerts: true\nupdate_strategy: OnDelete\n", ON_DELETE),
        (WHOLE_JOB, JOB_STORIES),
        (JOB + "alerts: true\nstarting_deadline: 60\n", LATE),
        (JOB + "alerts: true\n", [Story("JobNotStarted", RESUMED, "45m")]),
    ],
    ids=["worker", "stateful", "held back", "on delete", "job", "starting deadline", "without one"],
)
def test_every_alert_of_a_workload_fires_and_resolves(text: str, stories: list[Story], tmp_path: Path) -> None:
    told(text, stories, tmp_path)


def test_every_alert_that_a_service_does_not_have_has_a_story() -> None:
    told_of = {one.alert for one in (*STATEFUL_STORIES, *JOB_STORIES) if one.fires and one.quiet}
    assert told_of >= set(alerts_of(WHOLE_JOB))
    assert told_of >= {f"StatefulSet{one}" for one in ("Unavailable", "PodMissing", "RolloutStuck", "VolumeNearlyFull")}
    plain = {one.removeprefix("Worker") for one in alerts_of(WORKER + "alerts: true\n")}
    assert {one.removeprefix("StatefulSet") for one in alerts_of(STATEFUL + "alerts: true\n")} == plain | {"PodMissing"}
    assert set(alerts_of(JOB + "alerts: true\n")) == {"JobFailed", "JobOverdue", "JobNotStarted", "JobSlow"}
