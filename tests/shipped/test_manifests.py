"""Generated manifests, judged by real tools and by the rule that Flux v1 loads a repository with."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from ..conftest import Repo, git
from ..support.real import tool

Object = dict[str, Any]

OLDEST = 29
NEWEST = int(kubernetes_validate.latest_version().split(".")[1])
CLUSTER_WIDE = {"Namespace"}

FULL_SPEC = """\
template: service
name: gamma
image: ghcr.io/example/gamma
tag: release-2024
tags: regexp:^release-[0-9]+$
container: web
port: 9090
replicas: 3
health_path: /healthz?full=1
labels:
  example.org/team: "0123"
  tier: "yes"
env:
  EMPTY: ""
  LEVEL: "on"
  MULTI: "a: b\\n# c\\n"
  RATE: "1e3"
  TEMPLATE: "{{ x }} ${Y} $(Z)"
sidecars:
  - name: proxy
    image: envoyproxy/envoy
    tag: v1.31.0
    tags: semver:~1.31
  - name: agent
    image: docker.io/jaegertracing/jaeger-agent
    tag: 1.57.0
    env:
      PORT: "6831"
"""


class LoadError(Exception):
    """Flux v1 would refuse the whole repository."""


def documents(path: Path) -> list[Any]:
    """Return a file's documents as YAML 1.1 has them, which kubectl and Flux v1 read."""
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def flux_load(root: Path) -> dict[str, Object]:
    """Load a repository as Flux v1 does: every YAML file below the root is one set, by namespace:kind/name.

    Source: fluxcd/flux 1.25.4, pkg/cluster/kubernetes/resource/load.go. Stricter where Flux says nothing: a document
    with apiVersion and without kind is an object that somebody lost.
    """
    found: dict[str, Object] = {}
    for path in sorted([*root.rglob("*.yaml"), *root.rglob("*.yml")]):
        if ".git" in path.relative_to(root).parts or not path.is_file():
            continue
        for one in documents(path):
            if one is None:
                continue
            if not isinstance(one, dict):
                raise LoadError(f"{path}: a document that is no map")
            if not one.get("kind"):
                if "apiVersion" in one:
                    raise LoadError(f"{path}: apiVersion without kind")
                continue
            meta = one.get("metadata") or {}
            if not meta.get("name"):
                raise LoadError(f"{path}: {one['kind']} without a name")
            key = f"{meta.get('namespace') or '<cluster>'}:{one['kind']}/{meta['name']}".lower()
            if key in found:
                raise LoadError(f"{path}: {key} a second time")
            found[key] = one
    return found


def takes(rule: str, tag: str) -> bool:
    """Tell whether a tag pattern takes a tag: of version ranges only ~MAJOR.MINOR."""
    method, _, pattern = rule.partition(":")
    if method == "glob":
        return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None
    if method == "regexp":
        return re.search(pattern, tag) is not None
    assert method == "semver"
    assert re.fullmatch(r"~[0-9]+\.[0-9]+", pattern)
    return re.fullmatch(rf"v?{re.escape(pattern[1:])}\.[0-9]+", tag) is not None


def new_repo(folder: Path) -> Repo:
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(folder)
    repo.ok("init", "--automation", "flux-v1")
    return repo


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Three services, two in one namespace, one with everything that a spec can say; and alerting."""
    repo = new_repo(tmp_path_factory.mktemp("manifests") / "repo")
    repo.ok("new-service", "alpha", "--image", "ghcr.io/example/alpha:1.4.2", "--namespace", "shared")
    image = "ghcr.io/example/beta:master-1a2b3c4"
    repo.ok("new-service", "beta", "--image", image, "--namespace", "shared", "--replicas", "2")
    repo.ok("new-service", "gamma", "--image", "ghcr.io/example/gamma", "--tag", "release-2024")
    repo.write("services/gamma/scaffold.yaml", FULL_SPEC)
    repo.ok("regenerate")
    repo.ok("alerting")
    repo.ok("diff")
    return repo


SERVICES = ["alpha", "beta", "gamma"]


def objects(repo: Repo, service: str) -> list[Object]:
    """Return the objects of a service's files, all but the kustomization's."""
    files = sorted((repo.root / f"services/{service}/deploy").iterdir())
    return [one for path in files if path.name != "kustomization.yaml" for one in documents(path)]


def of_kind(found: list[Object], kind: str) -> Object:
    (one,) = (one for one in found if one["kind"] == kind)
    return one


def containers(deployment: Object) -> list[Object]:
    pod = deployment["spec"]["template"]["spec"]
    return [*pod["containers"], *pod.get("initContainers", [])]


def ordered(found: list[Object]) -> list[Object]:
    return sorted(found, key=lambda one: (one["kind"], one["metadata"]["name"]))


def selectors(found: list[Object]) -> Iterator[Mapping[str, str]]:
    for one in found:
        if one["kind"] == "Service":
            yield one["spec"]["selector"]
        elif "selector" in one.get("spec", {}):
            yield one["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST + 1))
def test_every_object_is_valid(three: Repo, minor: int) -> None:
    for service in SERVICES:
        for one in objects(three, service):
            assert kubernetes_validate.validate(one, f"1.{minor}", strict=True) == f"1.{minor}"


def test_validation_is_strict(three: Repo) -> None:
    bad = of_kind(objects(three, "alpha"), "Deployment")
    bad["metadata"]["annotations"]["fluxcd.io/automated"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(bad, f"1.{NEWEST}", strict=True)


@pytest.mark.parametrize(
    ("service", "kinds"),
    [
        ("alpha", "Deployment Namespace Service ServiceAccount"),
        ("beta", "Deployment PodDisruptionBudget Service ServiceAccount"),
        ("gamma", "Deployment Namespace PodDisruptionBudget Service ServiceAccount"),
    ],
)
def test_kustomize_builds_exactly_the_objects(three: Repo, service: str, kinds: str) -> None:
    files = ordered(objects(three, service))
    assert [one["kind"] for one in files] == kinds.split()
    done = subprocess.run(
        [tool("kubectl"), "kustomize", f"services/{service}/deploy"],
        cwd=three.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()
    assert ordered(list(yaml.safe_load_all(done.stdout))) == files


def test_flux_loads_the_whole_repository(three: Repo) -> None:
    loaded = flux_load(three.root)
    assert list(loaded.values()) == list(flux_load(three.root / "services").values())
    wanted = [one for service in SERVICES for one in objects(three, service)]
    assert ordered(list(loaded.values())) == ordered(wanted)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: Service\nmetadata: {name: alpha, namespace: shared}\n", "a second time"),
        ("kind: Namespace\nmetadata: {name: shared}\n", "a second time"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "without a name"),
        ("apiVersion: v1\nmetadata: {name: x}\n", "without kind"),
        ("- a list\n", "no map"),
    ],
)
def test_the_load_rule_refuses_what_flux_cannot_load(three: Repo, tmp_path: Path, text: str, says: str) -> None:
    for path, data in three.snapshot().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / "one-more.yml").write_text(text, "utf-8")
    with pytest.raises(LoadError, match=says):
        flux_load(tmp_path)


def test_every_namespace_is_made_once(three: Repo) -> None:
    loaded = list(flux_load(three.root).values())
    made = [one["metadata"]["name"] for one in loaded if one["kind"] == "Namespace"]
    assert sorted(made) == ["gamma", "shared"]
    assert {one["metadata"]["namespace"] for one in loaded if one["kind"] not in CLUSTER_WIDE} == set(made)


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_has_a_tag_policy_that_takes_its_tag(three: Repo, service: str) -> None:
    deployment = of_kind(objects(three, service), "Deployment")
    annotations = deployment["metadata"]["annotations"]
    assert annotations.pop("fluxcd.io/automated") == "true"
    assert sorted(annotations) == sorted(f"fluxcd.io/tag.{one['name']}" for one in containers(deployment))
    for one in containers(deployment):
        _, _, tag = one["image"].rpartition(":")
        assert takes(annotations[f"fluxcd.io/tag.{one['name']}"], tag)
    assert "fluxcd.io" not in str(deployment["spec"])


def test_a_sidecar_without_a_policy_stays_where_it_is(three: Repo) -> None:
    annotations = of_kind(objects(three, "gamma"), "Deployment")["metadata"]["annotations"]
    assert annotations == {
        "fluxcd.io/automated": "true",
        "fluxcd.io/tag.web": "regexp:^release-[0-9]+$",
        "fluxcd.io/tag.proxy": "semver:~1.31",
        "fluxcd.io/tag.agent": "glob:1.57.0",
    }


def test_without_automation_there_is_nothing_of_flux(empty: Repo) -> None:
    image = "ghcr.io/example/alpha:1.4.2"
    empty.ok("new-service", "alpha", "--image", image, "--automation", "none")
    assert not [one for one in (empty.root / "services/alpha/deploy").iterdir() if "fluxcd.io" in one.read_text()]
    deployment = of_kind(objects(empty, "alpha"), "Deployment")
    assert "annotations" not in deployment["metadata"]
    assert containers(deployment)[0]["image"] == image


@pytest.mark.parametrize("service", SERVICES)
def test_selectors_take_the_pods_of_the_service_and_no_others(three: Repo, service: str) -> None:
    pods = {
        name: of_kind(objects(three, name), "Deployment")["spec"]["template"]["metadata"]["labels"] for name in SERVICES
    }
    found = list(selectors(objects(three, service)))
    assert len(found) == (2 if service == "alpha" else 3)
    for selector in found:
        assert [name for name, labels in pods.items() if selector.items() <= labels.items()] == [service]


@pytest.mark.parametrize("service", SERVICES)
def test_names_refer_to_what_is_there(three: Repo, service: str) -> None:
    found = objects(three, service)
    deployment = of_kind(found, "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    main = containers(deployment)[0]
    ports = [port["name"] for port in main["ports"]]
    assert [port["targetPort"] for port in of_kind(found, "Service")["spec"]["ports"]] == ports == ["http"]
    for probe in (main["readinessProbe"], main["livenessProbe"]):
        assert [probe[how]["port"] for how in ("httpGet", "tcpSocket") if how in probe] == ["http"]
    assert pod["serviceAccountName"] == of_kind(found, "ServiceAccount")["metadata"]["name"]
    volumes = {one["name"] for one in pod["volumes"]}
    assert {mount["name"] for one in containers(deployment) for mount in one["volumeMounts"]} <= volumes


@pytest.mark.parametrize("service", SERVICES)
def test_pods_meet_the_restricted_pod_security_standard(three: Repo, service: str) -> None:
    deployment = of_kind(objects(three, service), "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    for one in containers(deployment):
        assert one["securityContext"]["allowPrivilegeEscalation"] is False
        assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert set(one["resources"]) == {"requests", "limits"}


def test_values_of_a_spec_arrive(three: Repo) -> None:
    spec = yaml.safe_load(FULL_SPEC)
    found = objects(three, "gamma")
    deployment = of_kind(found, "Deployment")
    web, proxy, agent = containers(deployment)
    assert deployment["spec"]["replicas"] == 3
    assert {one["name"]: one["value"] for one in web["env"]} == spec["env"]
    assert web["ports"] == [{"name": "http", "containerPort": 9090, "protocol": "TCP"}]
    for probe in (web["readinessProbe"], web["livenessProbe"]):
        assert probe["httpGet"] == {"path": spec["health_path"], "port": "http"}
    assert proxy["image"] == "envoyproxy/envoy:v1.31.0"
    assert agent["env"] == [{"name": "PORT", "value": "6831"}]
    for one in (*found, deployment["spec"]["template"]):
        assert spec["labels"].items() <= one["metadata"]["labels"].items()
