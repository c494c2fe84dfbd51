"""What watches a service: which alerts and monitors follow from a spec, judged by Prometheus Operator's own code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from generator import promql, report, rules
from generator.errors import Invalid

from ..conftest import Repo
from ..support.customresources import custom_faults
from ..support.prometheus_operator import ask_operator
from ..support.real import tool
from ..support.watched_services import BASE, EVERYTHING, alerts_of, made, objects

ALWAYS = {"ServiceUnavailable", "ServiceRolloutStuck", "ServiceRestarting", "ServiceMemoryNearLimit"}
SPECS: list[tuple[str, set[str]]] = [
    ("alerts: true", ALWAYS | {"ServiceCpuAboveRequest"}),
    ("alerts: {}", ALWAYS | {"ServiceCpuAboveRequest"}),
    ("alerts: false", set()),
    ("replicas: 0\nalerts: {}", ALWAYS | {"ServiceCpuAboveRequest"}),
    ("alerts: {cpu: false, memory: false, restarts: false, rollout: false}", {"ServiceUnavailable"}),
    ("alerts: {cpu: null}", ALWAYS | {"ServiceCpuAboveRequest"}),  # null removes an inherited setting
    ("resources: {limits: {memory: null}}\nalerts: {}", ALWAYS ^ {"ServiceMemoryNearLimit", "ServiceCpuAboveRequest"}),
    ("resources: {limits: {cpu: 1}}\nalerts: {}", ALWAYS | {"ServiceThrottled"}),
    ("resources: {requests: {cpu: null}}\nalerts: {}", ALWAYS),
    ("autoscaling: {max: 4}\nalerts: {}", ALWAYS | {"ServiceAtMaximum"}),
    ("metrics: {}\nalerts: {}", ALWAYS | {"ServiceCpuAboveRequest", "ServiceNotScraped"}),
    (
        "metrics: {requests: {duration: request_seconds}}\nalerts: {}",
        ALWAYS | {"ServiceCpuAboveRequest", "ServiceNotScraped", "ServiceSlow"},
    ),
    (
        "metrics: {requests: {total: requests_total, errors: 'code=\"500\"'}}\nalerts: {}",
        ALWAYS | {"ServiceCpuAboveRequest", "ServiceNotScraped", "ServiceErrors"},
    ),
    ("ingress: {hosts: [a.example.com], tls: false}\nalerts: {}", ALWAYS | {"ServiceCpuAboveRequest"}),
    (
        "ingress: {hosts: [a.example.com], tls: cert}\nalerts: {}",
        ALWAYS | {"ServiceCpuAboveRequest", "ServiceCertificateExpires"},
    ),
    (
        "alerts: {rules: [{alert: Own, expr: up == 0, annotations: {summary: a}}], cpu: false}",
        ALWAYS | {"Own"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "wanted"), SPECS, ids=[one for one, _ in SPECS])
def test_a_service_has_the_alerts_that_fit(lines: str, wanted: set[str]) -> None:
    found = alerts_of(f"{BASE}{lines}\n")
    assert set(found) == wanted
    for one in found.values():
        assert one["labels"]["severity"] in {"critical", "warning", "info"}
        assert {"namespace": "shop", "service": "shop"}.items() <= one["labels"].items()
        assert one["annotations"]["summary"].strip()


def test_an_alert_is_tuned() -> None:
    alerts = "alerts: {severity: info, restarts: {threshold: 7.5, for: 3m}, memory: {severity: page}}\n"
    found = alerts_of(BASE + alerts)
    assert found["ServiceRestarting"]["expr"].endswith("> 7.5")
    assert found["ServiceRestarting"]["for"] == "3m"
    severities = {name: one["labels"]["severity"] for name, one in found.items()}
    assert severities == dict.fromkeys(found, "info") | {"ServiceMemoryNearLimit": "page"}


def test_labels_and_links_are_those_that_routes_and_messages_use() -> None:
    own = "[{alert: Own, expr: up == 0, labels: {severity: none, team: db}, annotations: {summary: a, runbook_url: b}}]"
    found = alerts_of(EVERYTHING.replace("alerts: {", f"alerts: {{rules: {own}, "))
    one = found["ServiceErrors"]
    assert one["labels"] == {"severity": "critical", "namespace": "shop", "service": "shop", "team": "shop"}
    assert one["annotations"]["runbook_url"] == "https://runbooks.example.org/services/ServiceErrors"
    assert one["annotations"]["dashboard_url"] == "https://grafana.example.org/d/shop-shop?var-namespace=shop"
    assert found["Own"]["labels"] == {"severity": "none", "namespace": "shop", "service": "shop", "team": "db"}
    assert found["Own"]["annotations"]["runbook_url"] == "b"


def test_rates_are_over_several_samples() -> None:
    requests = "requests: {duration: a_seconds, errors: 'code=\"500\"'}"
    for interval, wanted in (("30s", "5m"), ("2m", "8m"), ("1h", "4h")):
        found = alerts_of(f"{BASE}metrics: {{interval: {interval}, {requests}}}\nalerts: true\n")
        for name in ("ServiceErrors", "ServiceSlow"):
            assert f"[{wanted}])" in found[name]["expr"]


def test_dashboards_of_two_namespaces_are_two_files() -> None:
    names = set()
    for space in ("a", "b"):
        (one,) = objects(made(f"{BASE}namespace: {{name: {space}}}\ndashboard: true\n"), ("ConfigMap",))
        names |= set(one["data"])
    assert names == {"a.shop.json", "b.shop.json"}


ENVIRONMENTS = """\
alerts: {unavailable: {severity: critical}, labels: {team: shop}}
environments:
  dev: {alerts: false}
  staging: {alerts: {severity: warning, labels: {stage: staging}}}
  prod: {namespace: {name: shop-prod}, resources: {limits: {cpu: 2}}}
"""


def test_environments_have_their_own_alerts() -> None:
    tree = made(BASE + ENVIRONMENTS)
    assert sorted(one for one in tree if one.endswith("alerts.yaml")) == [
        "deploy/overlays/prod/alerts.yaml", "deploy/overlays/staging/alerts.yaml",
    ]  # fmt: skip
    for name in ("dev", "staging", "prod"):
        listed = yaml.safe_load(tree[f"deploy/overlays/{name}/kustomization.yaml"])["resources"]
        assert ("alerts.yaml" in listed) == (name != "dev")
    staging = alerts_of(BASE + ENVIRONMENTS, "deploy/overlays/staging/alerts.yaml")
    prod = alerts_of(BASE + ENVIRONMENTS, "deploy/overlays/prod/alerts.yaml")
    assert {one["labels"]["severity"] for one in staging.values()} == {"warning"}
    assert staging["ServiceUnavailable"]["labels"]["stage"] == "staging"
    assert prod["ServiceUnavailable"]["labels"] == {
        "severity": "critical", "namespace": "shop-prod", "service": "shop", "team": "shop",
    }  # fmt: skip
    assert all('namespace="shop-prod"' in one["expr"] for one in prod.values())
    assert "ServiceThrottled" in prod
    assert "ServiceThrottled" not in staging


def test_own_expressions_name_the_namespace_of_the_environment() -> None:
    own = """{alert: Own, expr: 'sum(a{namespace="shop"}) > sum(a{namespace="shops"})', annotations: {summary: a}}"""
    text = f"{BASE}alerts: {{rules: [{own}]}}\nenvironments: {{dev: {{namespace: {{name: shop-dev}}}}, prod: {{}}}}\n"
    for name, space in (("dev", "shop-dev"), ("prod", "shop")):
        expr = alerts_of(text, f"deploy/overlays/{name}/alerts.yaml")["Own"]["expr"]
        assert expr == f'sum(a{{namespace="{space}"}}) > sum(a{{namespace="shops"}})'


MONITORS = [
    ("metrics: {}", "ServiceMonitor", {"port": "http", "path": "/metrics"}),
    ("metrics: {monitor: pod}", "PodMonitor", {"port": "http", "path": "/metrics"}),
    ("port_name: web\nservice_port_name: www\nmetrics: {}", "ServiceMonitor", {"port": "www", "path": "/metrics"}),
    (
        "ports: [{name: http, port: 80}, {name: metrics, port: 90, service_port: null}]\nmetrics: {interval: 1m}",
        "PodMonitor", {"port": "metrics", "path": "/metrics", "interval": "1m"},
    ),
    (
        "ports: [{name: http, port: 80}, {name: metrics, port: 90}]\nmetrics: {port: http, path: /m}",
        "ServiceMonitor", {"port": "http", "path": "/m"},
    ),
    ("canary: {provider: kubernetes}\nmetrics: {}", "PodMonitor", {"port": "http", "path": "/metrics"}),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "sort", "wanted"), MONITORS, ids=[one for one, _, _ in MONITORS])
def test_a_monitor_reads_the_port(lines: str, sort: str, wanted: dict[str, str]) -> None:
    tree = made(f"{BASE}{lines}\n")
    (one,) = objects(tree, ("ServiceMonitor", "PodMonitor"))
    assert one["kind"] == sort
    assert one["spec"]["endpoints" if sort == "ServiceMonitor" else "podMetricsEndpoints"] == [wanted]
    selected = one["spec"]["selector"].get("matchLabels", {})
    (target,) = objects(tree, ("Service",)) if sort == "ServiceMonitor" else objects(tree, ("Deployment",))
    labels = (target if sort == "ServiceMonitor" else target["spec"]["template"])["metadata"]["labels"]
    assert selected.items() <= labels.items()
    assert one["spec"]["jobLabel"] in labels


FAULTS = [
    ("ports: []\nmetrics: {}", "there is no port of TCP with metrics"),
    ("metrics: {port: other}", "there is no port other with metrics"),
    ("protocol: UDP\nprobes: {readiness: false, liveness: false}\nmetrics: {port: http}", "is one of UDP"),
    ("canary: {provider: kubernetes}\nmetrics: {monitor: service}", "Flagger makes the Services of a canary"),
    ("metrics: {requests: {errors: 'code=\"500\"'}}", "no metric of requests is named"),
    ("metrics: {requests: {total: a, errors: 'code='}}", "metrics.requests.errors"),
    ('metrics: {requests: {total: a, errors: \'a="b"} or b{c="d"\'}}', "metrics.requests.errors"),
    ("alerts: {rules: [{alert: A, expr: 'sum(', annotations: {summary: a}}]}", "the expression is not PromQL"),
    ("alerts: {rules: [{alert: A, expr: up, annotations: {}}]}", "the alert A has no text"),
    ("alerts: {rules: [{alert: A, expr: up, annotations: {summary: ' '}}]}", "the alert A has no text"),
    ("alerts: {rules: [{alert: ServiceRestarting, expr: up, annotations: {summary: a}}]}", "two alerts are named"),
    ("alerts: {restart: false}", "unknown key 'restart'"),
    ("metrics: {path: '/metrics?all=1'}", "metrics.path"),
    ("metrics: {requests: {total: a, errors: 'code=~\"(?=5)\"'}}", "is not a valid regular expression"),
    ("metrics: {requests: {total: a, errors: '__name__=\"b\"'}}", "the labels are not PromQL"),
    ("metrics: {requests: {duration: a_seconds_bucket}}", "a_seconds_bucket is a part of the histogram a_seconds"),
    ("metrics: {requests: {total: a_seconds_sum}}", "a_seconds_sum is a part of the histogram a_seconds"),
    ("alerts: {rules: [{alert: A, expr: 'up[5m]', annotations: {summary: a}}]}", "it is a range of values"),
    ("alerts: {rules: [{alert: A, expr: '(up[5m:1m])', annotations: {summary: a}}]}", "it is a range of values"),
    ("alerts: {rules: [{alert: A, expr: '\"up\"', annotations: {summary: a}}]}", "it is a text"),
    (
        "alerts: {rules: [{alert: A, expr: up, labels: {alertname: B}, annotations: {summary: a}}]}",
        "alertname is always",
    ),
    ("alerts: {labels: {team: '{{ $labels.pod | nothing }}'}}", "team is not a valid template"),
    ("alerts: {labels: {severity: page}}", "use alerts.severity"),
    ("alerts: true\nenvironments: {dev: {alerts: {labels: {severity: page}}}}", "use environments.dev.alerts.severity"),
    ("alerts: true\nenvironments: {dev: {alerts: {labels: {team: '{{'}}}}", "team is not a valid template"),
    ("alerts: {restarts: {threshold: .nan}}", "the threshold is not a number"),
    ("namespace: {omit: true}\nalerts: true", "set namespace.name"),
]


@pytest.mark.parametrize(("lines", "message"), FAULTS, ids=[one for one, _ in FAULTS])
def test_a_faulty_spec_is_refused(lines: str, message: str) -> None:
    with pytest.raises(Invalid) as raised:
        made(f"{BASE}{lines}\n")
    assert message in "\n".join(map(report.problem_text, raised.value.problems))


def test_a_template_that_prometheus_refuses_is_refused(empty: Repo) -> None:
    text = f"{BASE}alerts: {{rules: [{{alert: A, expr: up, annotations: {{summary: '{{{{ $labels.pod'}}}}]}}\n"
    empty.write("services/shop/scaffold.yaml", text)
    done = empty.run("regenerate", "services/shop")
    assert done.code == 2
    assert "services/shop/scaffold.yaml:7:10: " in done.err
    assert "in deploy/alerts.yaml (PR0" in done.err


def test_prometheus_may_connect_where_a_network_policy_restricts_it() -> None:
    (one,) = objects(made(EVERYTHING), ("NetworkPolicy",))
    assert one["spec"]["ingress"][1] == {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "ports": [{"protocol": "TCP", "port": 9100}],
    }


def test_the_cluster_of_the_end_to_end_test_has_no_operator() -> None:
    for lines, wanted in (("alerts: {}", True), ("metrics: {}", True), ("dashboard: true", False)):
        tree = made(BASE.replace("e2e: false\n", f"{lines}\n"))
        assert ("monitoring.coreos.com" in tree.get("e2e/kustomization.yaml", "")) is wanted


EVERY = [EVERYTHING, *(f"{BASE}{one}\n" for one, _ in SPECS), *(f"{BASE}{one}\n" for one, *_ in MONITORS)]
EVERY.append(BASE + ENVIRONMENTS + "metrics: {}\ndashboard: true\n")
EVERY.append(EVERYTHING.replace("name: shop\n", f"name: {'shop-' * 12}x\nnamespace: {{name: shop}}\n"))
EVERY.append(BASE + "canary: {provider: kubernetes}\nmetrics: {requests: {duration: a}}\nalerts: {}\ndashboard: {}\n")


def test_the_operator_accepts_the_objects() -> None:
    found = [one for text in EVERY for one in objects(made(text), ("PrometheusRule",))]
    answers = ask_operator({"op": "rules", "spec": one["spec"], "legacy": True} for one in found)
    assert len(found) > 10
    assert [one for one in answers if one.get("errors") != []] == []


@pytest.mark.usefixtures("crds")
def test_the_custom_resources_fit_the_definitions_of_the_operator() -> None:
    kinds = ("ServiceMonitor", "PodMonitor", "PrometheusRule")
    found = [one for text in EVERY for one in objects(made(text), kinds)]
    assert {one["kind"] for one in found} == set(kinds)
    assert custom_faults(found) == []
    wrong = [{**one, "spec": {**one["spec"], "selector": None}} for one in found if one["kind"] != "PrometheusRule"]
    assert len(custom_faults(wrong)) == len(wrong)


def test_edits_of_alerts_stay_when_the_spec_changes(empty: Repo) -> None:
    empty.write("services/shop/scaffold.yaml", EVERYTHING)
    empty.ok("regenerate", "services/shop")
    path, spec = "services/shop/deploy/alerts.yaml", "services/shop/scaffold.yaml"
    empty.edit(path, ") > 3\n", ") > 10\n")
    empty.edit(path, "          for: 5m\n", "          for: 2m\n")
    empty.edit(spec, "{team: shop}", "{team: web}")
    empty.edit(spec, "alerts: {", "alerts: {rollout: false, memory: {threshold: 80}, ")
    empty.ok("regenerate", "services/shop")
    (group,) = yaml.safe_load(empty.read(path))["spec"]["groups"]
    found = {one["alert"]: one for one in group["rules"]}
    assert "ServiceRolloutStuck" not in found
    assert found["ServiceRestarting"]["expr"].endswith("> 10")
    assert found["ServiceUnavailable"]["for"] == "2m"
    assert found["ServiceMemoryNearLimit"]["expr"].endswith("> 80")
    assert {one["labels"]["team"] for one in found.values()} == {"web"}


@pytest.mark.parametrize("text", EVERY, ids=range(len(EVERY)))
def test_our_rules_find_nothing_in_the_files(text: str) -> None:
    tree = made(text)
    read = [rules.recognise(path, one, tree.__contains__).file for path, one in sorted(tree.items())]
    files = [one for one in read if one is not None]
    found = rules.check(files, rules.Scope(tuple(files), exists=tree.__contains__, read=tree.get))
    assert [one for one in found if not one.rule.startswith("SCF")] == []


def test_kustomize_builds_the_files(tmp_path: Path) -> None:
    for number, text in enumerate((EVERYTHING, EVERY[-3])):
        folder = tmp_path / str(number)
        for path, one in made(text).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(one, "utf-8")
        places = [folder / "deploy"] if number == 0 else sorted((folder / "deploy/overlays").iterdir())
        for place in places:
            done = subprocess.run(
                [tool("kubectl"), "kustomize", str(place)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            assert ("kind: PrometheusRule" in done.stdout) == (place.name != "dev")


def test_the_dashboard_is_one_of_grafana() -> None:
    (one,) = objects(made(EVERYTHING), ("ConfigMap",))
    assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert one["metadata"]["annotations"] == {"grafana_folder": "Shops"}
    board = json.loads(one["data"]["shop.shop.json"])
    assert [one["title"] for one in board["panels"]] == [
        "Requests", "Failed requests", "Duration of requests", "Pods", "Restarts", "CPU", "Memory",
    ]  # fmt: skip
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        for query in panel["targets"]:
            plain = query["expr"].replace("$__rate_interval", "5m")
            assert "$namespace" in plain
            assert promql.promql_fault(plain.replace("$namespace", "shop")) == ""
    assert len({one["id"] for one in board["panels"]}) == len(board["panels"])
    assert len(board["uid"]) <= 40
