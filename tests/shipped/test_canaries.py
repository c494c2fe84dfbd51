"""Canaries of services: what Flagger reads for each provider, judged by the current CRDs and by our own rules.

The expectations are from Flagger 1.44: its tutorials, pkg/router and pkg/metrics/observers.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import config, render, rules, spec
from generator.errors import Invalid
from generator.template import load_template

from ..conftest import Repo
from ..support.customresources import custom_faults
from ..support.real import tool

Object = dict[str, Any]
INGRESS = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "name": "web"}
ROUTE = {"apiVersion": "apisix.apache.org/v2", "kind": "ApisixRoute", "name": "web"}
UPSTREAM = {"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "name": "up", "namespace": "gloo-system"}
KUMA = {"annotations": {"80.service.kuma.io/protocol": "http"}}
ITSELF = {"name": "web", "namespace": "web", "group": "core", "kind": "Service", "port": 80}
BUILT_IN = ["request-success-rate", "request-duration"]
OWN = ["success-rate", "latency"]

# Provider: more settings, the provider in the Canary, parts of its spec and of its service, metrics.
TABLE: dict[str, tuple[Object, str, Object, Object, list[str]]] = {
    "istio": (
        {"gateways": ["istio-system/public"], "hosts": ["a.example.org"]},
        "istio", {}, {"gateways": ["istio-system/public"], "hosts": ["a.example.org"]}, BUILT_IN,
    ),
    "linkerd": ({}, "gatewayapi:v1beta1", {}, {"gatewayRefs": [ITSELF]}, OWN),
    "gatewayapi:v1": (
        {"gateway_refs": [{"name": "public", "namespace": "gateways"}], "hosts": ["a.example.org"]},
        "gatewayapi:v1", {},
        {"gatewayRefs": [{"name": "public", "namespace": "gateways"}], "hosts": ["a.example.org"]}, OWN,
    ),
    "nginx": ({}, "nginx", {"ingressRef": INGRESS}, {}, ["request-success-rate"]),
    "skipper": ({}, "skipper", {"ingressRef": INGRESS}, {}, BUILT_IN),
    "traefik": ({}, "traefik", {}, {}, BUILT_IN),
    "contour": ({}, "contour", {}, {}, BUILT_IN),
    "gloo": (
        {"upstream": {"name": "up", "namespace": "gloo-system"}}, "gloo", {"upstreamRef": UPSTREAM}, {}, BUILT_IN,
    ),
    "apisix": ({}, "apisix", {"routeRef": ROUTE}, {}, BUILT_IN),
    "kuma": ({"mesh": "default"}, "kuma", {}, {"apex": KUMA, "primary": KUMA, "canary": KUMA}, BUILT_IN),
    "kubernetes": ({}, "kubernetes", {}, {}, BUILT_IN),
}  # fmt: skip
AT_INGRESS = {"gatewayapi:v1", "nginx", "skipper", "traefik", "contour", "gloo", "apisix"}
LOAD = {"load_test": True, "load_url": "http://gateway.example.org/", "load_host": "a.example.org"}
ALERTS = [
    {"name": sort, "type": sort, "secret": f"{sort}-url"} for sort in ("slack", "msteams", "discord", "rocket", "gchat")
]


def text_of(canary: Object, **more: Any) -> str:
    """Return a spec with a canary."""
    base = {"template": "service", "name": "web", "image": "ghcr.io/example/web", "tag": "1.2.3"}
    return yaml.safe_dump({**base, "canary": canary, **more}, sort_keys=False)


def tree_of(text: str, settings: str = "") -> dict[str, str]:
    """Return the files of a spec, with a config. Raises Invalid."""
    read = spec.parse_spec(text, "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    values = spec.values(read, config.parse_config(settings), template.schema)
    return dict(render.render(template, values, "scaffold.yaml", "services/web").tree)


def canary_file(tree: dict[str, str]) -> list[Object]:
    return list(yaml.safe_load_all(tree["deploy/canary.yaml"]))


def problems(tree: dict[str, str]) -> list[str]:
    """Return what our rules say of generated files, without remarks."""
    read = [rules.recognise(path, text, lambda path: path in tree, named=True) for path, text in tree.items()]
    files = tuple(one.file for one in read if one.file)
    scope = rules.Scope(files, config.Config({}), lambda path: path in tree, tree.get)
    return [str(one) for one in rules.check(files, scope) if one.severity != "info"]


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("name", TABLE)
def test_a_canary_has_what_its_provider_reads(name: str) -> None:
    settings, provider, parts, service, metrics = TABLE[name]
    tree = tree_of(text_of({"provider": name, **settings, **LOAD, "alerts": ALERTS}))
    canary, *others = every = canary_file(tree)
    assert custom_faults(every) == []
    assert problems(tree) == []
    found = canary["spec"]
    assert found["provider"] == provider
    references = {key: value for key, value in found.items() if key.endswith("Ref") and key != "targetRef"}
    assert references == parts
    assert found["service"] == {"port": 80, "portName": "http", "targetPort": "http", **service}
    shifts = {"stepWeight", "maxWeight"} if name != "kubernetes" else {"iterations"}
    assert shifts == set(found["analysis"]) & {"stepWeight", "maxWeight", "iterations"}
    assert [one["name"] for one in found["analysis"]["metrics"]] == metrics
    templates = {one["metadata"]["name"] for one in others if one["kind"] == "MetricTemplate"}
    assert templates == ({f"web-{one}" for one in metrics} if metrics is OWN else set())
    assert templates == {
        one["templateRef"]["name"] for one in found["analysis"]["metrics"] if "templateRef" in one
    }  # fmt: skip
    providers = {one["metadata"]["name"]: one["spec"] for one in others if one["kind"] == "AlertProvider"}
    assert [one["providerRef"]["name"] for one in found["analysis"]["alerts"]] == list(providers)
    assert [(one["type"], one["secretRef"]["name"], "address" in one) for one in providers.values()] == [
        (one["type"], one["secret"], False) for one in ALERTS
    ]
    (load,) = found["analysis"]["webhooks"]
    assert load["metadata"]["cmd"].endswith(" -host a.example.org http://gateway.example.org/")
    annotations = canary["metadata"].get("annotations")
    assert annotations == ({"kuma.io/mesh": "default"} if name == "kuma" else None)


@pytest.mark.parametrize("name", TABLE)
def test_flagger_creates_the_service_and_selects_the_pods(name: str) -> None:
    tree = tree_of(text_of({"provider": name, **TABLE[name][0]}, replicas=2))
    objects = [one for path, text in tree.items() if path.startswith("deploy/") for one in yaml.safe_load_all(text)]
    assert not [one for one in objects if one.get("kind") == "Service"]
    (deployment,) = (one for one in objects if one.get("kind") == "Deployment")
    assert list(deployment["spec"]["selector"]["matchLabels"]) == ["app.kubernetes.io/name"]
    (budget,) = (one for one in objects if one.get("kind") == "PodDisruptionBudget")
    assert budget["spec"]["selector"]["matchLabels"] == {"app.kubernetes.io/name": "web-primary"}
    ports = deployment["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert canary_file(tree)[0]["spec"]["service"]["targetPort"] in {one["name"] for one in ports}
    assert "canary.yaml" in yaml.safe_load(tree["deploy/kustomization.yaml"])["resources"]


@pytest.mark.parametrize("name", TABLE)
def test_a_load_test_goes_where_requests_are_counted(name: str) -> None:
    text = text_of({"provider": name, **TABLE[name][0], "load_test": True}, health_path="/a'b$c`d")
    if name in AT_INGRESS:
        with pytest.raises(Invalid, match="load_url is missing"):
            tree_of(text)
        return
    (load,) = canary_file(tree_of(text))[0]["spec"]["analysis"]["webhooks"]
    script = f"hey() {{ printf '%s\\n' \"$@\"; }}\n{load['metadata']['cmd']}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "http://web-canary.web/a'b$c`d"


def test_an_autoscaler_sets_the_number_of_pods() -> None:
    tree = tree_of(text_of({"provider": "istio", "autoscaler": "web"}, replicas=None))
    assert "replicas" not in yaml.safe_load(tree["deploy/deployment.yaml"])["spec"]
    assert canary_file(tree)[0]["spec"]["autoscalerRef"] == {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "name": "web",
    }  # fmt: skip


@pytest.mark.parametrize(("own", "where"), [("app", "metricsServer"), ("istio", ""), ("linkerd", "")])
def test_the_address_of_prometheus_is_where_metrics_are_read(own: str, where: str) -> None:
    canary = {**TABLE["gatewayapi:v1"][0], "provider": "gatewayapi:v1", "metrics": own, "prometheus": "http://p:9090"}
    first, *others = canary_file(tree_of(text_of(canary)))
    addresses = [one["spec"]["provider"]["address"] for one in others]
    assert addresses == ([] if where else ["http://p:9090"] * 2)
    assert first["spec"].get("metricsServer") == ("http://p:9090" if where else None)


INHERITED = "defaults: {service: {canary: {provider: istio, threshold: 7}}}\n"


@pytest.mark.parametrize(("lines", "settings"), [("", ""), ("canary: null\n", ""), ("canary: null\n", INHERITED)])
def test_without_a_canary_nothing_of_it_is_generated(lines: str, settings: str) -> None:
    tree = tree_of(f"template: service\nname: web\nimage: ghcr.io/example/web\ntag: 1.2.3\n{lines}", settings)
    assert not [path for path in tree if "canary" in path or "manifest" in path or path == "e2e/kustomization.yaml"]
    assert "kind: Service\n" in tree["deploy/service.yaml"]


def test_a_canary_may_be_the_default_of_the_repository() -> None:
    (found,) = canary_file(tree_of(text_of({"provider": "kuma"}), INHERITED))
    assert (found["spec"]["provider"], found["spec"]["analysis"]["threshold"]) == ("kuma", 7)


def test_the_test_deploys_everything_but_the_objects_of_flagger(tmp_path: Path) -> None:
    for path, text in tree_of(text_of({"provider": "linkerd", "alerts": ALERTS}, replicas=2)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    command = [tool("kubectl"), "kustomize", "."]
    done = subprocess.run(command, cwd=tmp_path / "e2e", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(one["kind"] for one in yaml.safe_load_all(done.stdout)) == [
        "Deployment", "Namespace", "PodDisruptionBudget", "Service", "ServiceAccount",
    ]  # fmt: skip


def test_the_command_line_creates_and_keeps_a_canary(empty: Repo) -> None:
    empty.ok("new-service", "web", "--image", "ghcr.io/example/web:main-1", "--canary", "kubernetes")
    assert not empty.has("services/web/deploy/service.yaml")
    empty.edit("services/web/deploy/canary.yaml", "threshold: 5", "threshold: 9 # slow start")
    empty.write("services/web/scaffold.yaml", empty.read("services/web/scaffold.yaml") + "  iterations: 7\n")
    empty.ok("regenerate")
    text = empty.read("services/web/deploy/canary.yaml")
    assert "threshold: 9 # slow start" in text
    assert "iterations: 7" in text
    empty.ok("diff")
    empty.ok("validate")
    refused = empty.run("new-service", "api", "--image", "a/b:1", "--canary", "gatewayapi:v1")
    assert refused.code == 2
    assert "canary.gateway_refs is missing" in refused.text
    assert not empty.has("services/api")


# Random settings of every provider: refused with a place, or accepted by the CRDs.
COUNT = 1000
CHOICES: dict[str, list[Any]] = {
    "gateways": [["mesh"], ["a/b", "c"]],
    "hosts": [["a.example.org"], ["*.example.org", "b.org"]],
    "gateway_refs": [[{"name": "g"}], [{"name": "g", "namespace": "n", "section": "s", "port": 443}]],
    "ingress": ["other"], "route": ["other"], "mesh": ["m"], "metrics": ["istio", "linkerd", "app"],
    "upstream": [{"name": "u"}], "prometheus": ["http://p", "https://p.example.org:9090/a"],
    "interval": ["30s", "10m"], "threshold": [1, 1000], "max_weight": [1, 100], "step_weight": [1, 50, 100],
    "iterations": [1, 100], "success_rate": [0, 50, 100], "latency": [0, 1, 600000], "autoscaler": ["h"],
    "alerts": [[], ALERTS, [{"name": "a", "type": "gchat", "secret": "s", "severity": "warn", "channel": "#a"}]],
    "load_test": [True, False], "load_url": ["http://l/"], "load_host": ["l"], "load_tester": ["http://t.n/"],
}  # fmt: skip


@pytest.mark.usefixtures("crds")
def test_random_settings_are_refused_or_valid() -> None:
    rng = random.Random(1)  # noqa: S311
    every: list[Object] = []
    made, told = 0, []
    while made + len(told) < COUNT:
        name = rng.choice(list(TABLE))
        keys = rng.sample(list(CHOICES), rng.randrange(5))
        settings = {**TABLE[name][0], "provider": name, **{key: rng.choice(CHOICES[key]) for key in keys}}
        more = {"replicas": None} if rng.random() < 0.5 else {"labels": {"team": "0x1"}}
        try:
            every += canary_file(tree_of(text_of(settings, **more)))
            made += 1
        except Invalid as raised:
            told.append(raised.problems)
    assert made > COUNT / 5
    assert len(told) > COUNT / 5
    assert all(one.line for each in told for one in each)
    assert custom_faults(every) == []
