"""What watches workers, stateful workloads and jobs: which objects follow from a spec, and are valid."""

from __future__ import annotations

import json

import pytest
import yaml

from generator import promql, report, rules
from generator.errors import Invalid

from ..conftest import Repo, git
from ..support.customresources import custom_faults
from ..support.prometheus_operator import ask_operator
from ..support.watched_services import alerts_of, made, objects
from ..support.watched_workloads import (
    ENVIRONMENTS,
    JOB,
    STATEFUL,
    WHOLE_JOB,
    WHOLE_STATEFUL,
    WHOLE_WORKER,
    WORKER,
)

USUAL = {"Unavailable", "RolloutStuck", "Restarting", "MemoryNearLimit", "CpuAboveRequest"}
OF_JOBS = {"JobFailed", "JobOverdue", "JobNotStarted", "JobSlow"}
OF_WORKERS = {f"Worker{one}" for one in USUAL}
OF_STATEFUL = {f"StatefulSet{one}" for one in (*USUAL, "PodMissing")}
TIMED = "ports: [{name: m, port: 90}]\nmetrics: {requests: {duration: task_seconds}}\n"
ALERTS: list[tuple[str, set[str]]] = [
    (f"{WORKER}alerts: true", OF_WORKERS),
    (f"{WORKER}alerts: {{}}", OF_WORKERS),
    (f"{WORKER}alerts: false", set()),
    (WORKER, set()),
    (f"{WORKER}alerts: {{cpu: false, restarts: false}}", OF_WORKERS - {"WorkerCpuAboveRequest", "WorkerRestarting"}),
    # What is too long for a task is known only to the spec.
    (f"{WORKER}{TIMED}alerts: {{}}", OF_WORKERS | {"WorkerNotScraped"}),
    (f"{WORKER}{TIMED}alerts: {{latency: {{for: 5m}}}}", OF_WORKERS | {"WorkerNotScraped"}),
    (f"{WORKER}{TIMED}alerts: {{latency: {{threshold: 60}}}}", OF_WORKERS | {"WorkerNotScraped", "WorkerSlow"}),
    (f"{STATEFUL}alerts: true", OF_STATEFUL),
    (f"{STATEFUL}alerts: {{missing: false}}", OF_STATEFUL - {"StatefulSetPodMissing"}),
    (f"{STATEFUL}alerts: true\nupdate_strategy: OnDelete", OF_STATEFUL),
    (
        f"{STATEFUL}alerts: true\nmetrics: {{requests: {{duration: query_seconds}}}}",
        OF_STATEFUL | {"StatefulSetNotScraped", "StatefulSetSlow"},
    ),
    (f"{JOB}alerts: true", OF_JOBS),
    (f"{JOB}alerts: true\nsuspend: true", OF_JOBS),
    (f"{JOB}alerts: {{slow: false, not_started: false}}", {"JobFailed", "JobOverdue"}),
    (f"{JOB.replace('active_deadline: 600', 'active_deadline: null')}alerts: {{}}", OF_JOBS - {"JobSlow"}),
    # Nobody sees a failed run that is deleted at once.
    (f"{JOB}alerts: true\nhistory: {{failed: 0}}", OF_JOBS - {"JobFailed"}),
    (f"{JOB.replace('@hourly', '0 0 30 2 *')}alerts: true", OF_JOBS - {"JobOverdue"}),
    (f"{JOB.replace('@hourly', '0 0 30 2 *')}alerts: {{overdue: {{within: 30d}}}}", OF_JOBS),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), ALERTS, ids=range(len(ALERTS)))
def test_a_workload_has_the_alerts_that_fit(text: str, wanted: set[str]) -> None:
    found = alerts_of(f"{text}\n")
    assert set(found) == wanted
    name = yaml.safe_load(text)["name"]
    for one in found.values():
        assert {"namespace": name, "service": name}.items() <= one["labels"].items()
        assert one["annotations"]["summary"].strip()
        assert "service" not in one["annotations"]["description"]


WITHIN = [
    ("@hourly", "", "2h10m", 7800),
    ("0 3 * * *", "", "2d10m", 173400),
    ("0 3 * * mon-fri", "", "4d10m", 346200),
    ("@monthly", "", "32d10m", 2765400),
    ("* * * * *", "", "12m", 720),
    ("@every 90s", "", "13m", 780),
    ("@hourly", "alerts: {overdue: {within: 26h}}", "1d2h", 93600),
    ("@hourly", "alerts: {overdue: {within: 90s, severity: critical}}", "1m30s", 90),
]


@pytest.mark.parametrize(("schedule", "lines", "within", "seconds"), WITHIN)
def test_the_schedule_decides_when_a_run_is_overdue(schedule: str, lines: str, within: str, seconds: int) -> None:
    one = alerts_of(f"{JOB.replace('@hourly', schedule)}{lines or 'alerts: true'}\n")["JobOverdue"]
    assert f" > {seconds}\n" in one["expr"]
    assert f"[{within}]" in one["expr"]
    assert f"within {within}:" in one["annotations"]["description"]


def test_an_environment_has_the_alerts_of_its_schedule() -> None:
    text = JOB + "alerts: true\nenvironments: {dev: {alerts: false}, prod: {schedule: '0 3 * * *'}}\n"
    tree = made(text)
    assert sorted(one for one in tree if one.endswith("alerts.yaml")) == ["deploy/overlays/prod/alerts.yaml"]
    assert "2d10m" in alerts_of(text, "deploy/overlays/prod/alerts.yaml")["JobOverdue"]["expr"]


@pytest.mark.parametrize("text", [WHOLE_WORKER, WHOLE_STATEFUL, WHOLE_JOB])
def test_environments_of_workloads_have_their_own_alerts(text: str) -> None:
    tree = made(text + ENVIRONMENTS)
    for name in ("dev", "staging", "prod"):
        listed = yaml.safe_load(tree[f"deploy/overlays/{name}/kustomization.yaml"])["resources"]
        assert ("alerts.yaml" in listed) == (name != "dev")
    prod = alerts_of(text + ENVIRONMENTS, "deploy/overlays/prod/alerts.yaml")
    assert prod
    assert all('namespace="prod"' in one["expr"] for one in prod.values())
    staging = alerts_of(text + ENVIRONMENTS, "deploy/overlays/staging/alerts.yaml").values()
    assert {(one["labels"]["severity"], one["labels"]["stage"]) for one in staging} == {("info", "staging")}


MONITORS = [
    (WHOLE_WORKER, "Deployment", {"port": "metrics", "path": "/metrics"}),
    (f"{WORKER}{TIMED}", "Deployment", {"port": "m", "path": "/metrics"}),
    (WHOLE_STATEFUL, "StatefulSet", {"port": "metrics", "path": "/metrics", "interval": "30s"}),
    (f"{STATEFUL}metrics: {{path: /m}}\n", "StatefulSet", {"port": "http", "path": "/m"}),
    (f"{STATEFUL}metrics: {{}}\nselector: {{app: ledger}}\n", "StatefulSet", {"port": "http", "path": "/metrics"}),
]


@pytest.mark.parametrize(("text", "sort", "wanted"), MONITORS, ids=range(len(MONITORS)))
def test_a_monitor_reads_the_pods(text: str, sort: str, wanted: dict[str, str]) -> None:
    tree = made(text)
    (one,) = objects(tree, ("PodMonitor", "ServiceMonitor"))
    assert one["kind"] == "PodMonitor"
    assert one["spec"]["podMetricsEndpoints"] == [wanted]
    (workload,) = objects(tree, (sort,))
    template = workload["spec"]["template"]
    assert one["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert one["spec"]["jobLabel"] in template["metadata"]["labels"]
    ports = [each["name"] for each in template["spec"]["containers"][0]["ports"]]
    assert wanted["port"] in ports


FAULTS = [
    (f"{WORKER}metrics: {{}}", "there is no port of TCP with metrics"),
    (f"{WORKER}{TIMED}alerts: {{certificate: false}}", "unknown key 'certificate'"),
    (f"{WORKER}alerts: {{failed: false}}", "unknown key 'failed'"),
    (f"{STATEFUL}metrics: {{monitor: service}}", "unknown key 'monitor'"),
    (f"{STATEFUL}metrics: {{port: other}}", "there is no port other with metrics"),
    (f"{JOB}metrics: {{}}", "unknown key 'metrics'"),
    (f"{JOB}dashboard: true", "unknown key 'dashboard'"),
    (f"{JOB}alerts: {{restarts: false}}", "unknown key 'restarts'"),
    (f"{JOB}alerts: {{overdue: {{within: soon}}}}", "alerts.overdue.within"),
    (f"{JOB}alerts: {{overdue: {{threshold: 3}}}}", "unknown key 'threshold'"),
    (
        f"{JOB}alerts: {{rules: [{{alert: JobSlow, expr: up, annotations: {{summary: a}}}}]}}",
        "two alerts are named JobSlow",
    ),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[one for _, one in FAULTS])
def test_a_faulty_spec_of_a_workload_is_refused(text: str, message: str) -> None:
    with pytest.raises(Invalid) as raised:
        made(f"{text}\n")
    assert message in "\n".join(map(report.problem_text, raised.value.problems))


def test_a_rule_may_have_the_name_of_an_alert_of_another_class() -> None:
    own = "alerts: {rules: [{alert: ServiceUnavailable, expr: up == 0, annotations: {summary: a}}]}\n"
    assert "ServiceUnavailable" in alerts_of(WORKER + own)


WHOLE = [WHOLE_WORKER, WHOLE_STATEFUL, WHOLE_JOB]
EVERY = [*(f"{one}\n" for one, _ in ALERTS), *WHOLE, *(one + ENVIRONMENTS for one in WHOLE), *(m for m, *_ in MONITORS)]


def test_the_operator_accepts_the_objects_of_workloads() -> None:
    found = [one for text in EVERY for one in objects(made(text), ("PrometheusRule",))]
    answers = ask_operator({"op": "rules", "spec": one["spec"], "legacy": True} for one in found)
    assert len(found) > 20
    assert [one for one in answers if one.get("errors") != []] == []


@pytest.mark.usefixtures("crds")
def test_the_objects_of_workloads_fit_the_definitions_of_the_operator() -> None:
    found = [one for text in EVERY for one in objects(made(text), ("PodMonitor", "PrometheusRule"))]
    assert {one["kind"] for one in found} == {"PodMonitor", "PrometheusRule"}
    assert custom_faults(found) == []


def test_our_rules_find_nothing_in_the_files_of_workloads() -> None:
    for text in EVERY:
        tree = made(text)
        read = [rules.recognise(path, one, tree.__contains__).file for path, one in sorted(tree.items())]
        files = [one for one in read if one is not None]
        found = rules.check(files, rules.Scope(tuple(files), exists=tree.__contains__, read=tree.get))
        assert [one for one in found if not one.rule.startswith("SCF")] == []


@pytest.mark.parametrize(
    ("text", "titles", "metric"),
    [
        (WHOLE_WORKER, ["Tasks", "Failed tasks", "Duration of tasks"], "kube_deployment_spec_replicas"),
        (WHOLE_STATEFUL, ["Requests", "Failed requests", "Duration of requests"], "kube_statefulset_replicas"),
    ],
)
def test_the_dashboard_speaks_of_the_workload(text: str, titles: list[str], metric: str) -> None:
    (one,) = objects(made(text), ("ConfigMap",))
    board = json.loads(next(iter(one["data"].values())))
    assert [one["title"] for one in board["panels"]] == [*titles, "Pods", "Restarts", "CPU", "Memory"]
    queries = [query["expr"] for panel in board["panels"] for query in panel["targets"]]
    assert any(one.startswith(f"max({metric}{{") for one in queries)
    for query in queries:
        plain = query.replace("$__rate_interval", "5m")
        assert "$namespace" in plain
        assert promql.promql_fault(plain.replace("$namespace", "shop")) == ""
    assert metric in board["templating"]["list"][1]["query"]["query"]


def test_the_cluster_of_the_test_of_a_workload_has_no_operator() -> None:
    for text, wanted in ((WORKER + "alerts: {}\n", True), (JOB + "alerts: {}\n", True), (STATEFUL, False)):
        tree = made(text.replace("e2e: false\n", ""))
        assert ("monitoring.coreos.com" in tree.get("e2e/kustomization.yaml", "")) is wanted
        assert ("monitoring.coreos.com" in "".join(tree.values())) is wanted


def test_prometheus_may_connect_to_a_workload() -> None:
    wanted = {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "ports": [{"protocol": "TCP", "port": 9100}],
    }
    for text in (WHOLE_WORKER, WHOLE_STATEFUL):
        (one,) = objects(made(text), ("NetworkPolicy",))
        assert wanted in one["spec"]["ingress"]


@pytest.mark.parametrize(("text", "alert"), [(WHOLE_WORKER, "WorkerErrors"), (WHOLE_JOB, "JobFailed")])
def test_who_gets_the_alerts_of_a_workload(empty: Repo, text: str, alert: str) -> None:
    empty.ok("init", "--automation", "none")
    empty.ok("alerting", "--slack-channel", "#alerts")
    empty.write("units/one/scaffold.yaml", text)
    empty.ok("regenerate")
    git(empty.root, "add", "--all")
    assert "0 errors, 0 warnings, 0 info" in empty.ok("validate", "units/one").out
    done = empty.run("route", "units/one", "--format", "json")
    found = {one["labels"]["alertname"]: one for one in json.loads(done.out)["alerts"]}
    assert found[alert]["file"] == "units/one/deploy/alerts.yaml"
    assert "slack" in json.dumps(found[alert])


def test_edits_of_alerts_of_a_job_stay_when_its_schedule_changes(empty: Repo) -> None:
    empty.write("report/scaffold.yaml", WHOLE_JOB)
    empty.ok("regenerate", "report")
    path = "report/deploy/alerts.yaml"
    empty.edit(path, ") > 120'", ") > 600'")
    empty.edit("report/scaffold.yaml", "'@hourly'", "'@daily'")
    empty.ok("regenerate", "report")
    (group,) = yaml.safe_load(empty.read(path))["spec"]["groups"]
    found = {one["alert"]: one["expr"] for one in group["rules"]}
    assert found["JobNotStarted"].endswith("> 600")
    assert "> 173400" in found["JobOverdue"]
