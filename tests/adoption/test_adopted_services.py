"""A service that was written by hand becomes a unit: what is inferred, what stays, and what follows the spec then."""

from __future__ import annotations

import pytest
import yaml

from ..conftest import Repo
from .written import APP, SERVICE, adopt_folder, differences, objects_below, pipeline_of

SPEC = "svc/scaffold.yaml"


def spec_of(repo: Repo) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(repo.read(SPEC))
    return found


def adopted(repo: Repo, *options: str, **files: str) -> dict[str, object]:
    """Write files and adopt their folder; no manifest changed, and nothing is left to do. Return the spec."""
    for name, text in files.items():
        repo.write(f"svc/{name.replace('__', '/')}.yaml", text)
    before = repo.snapshot()
    asked = {key.removeprefix("--"): value for key, value in zip(options[::2], options[1::2], strict=True)}
    adopt_folder(repo.root, "svc", **asked)
    after = repo.snapshot()
    assert set(after) - set(before) == {SPEC, "svc/scaffold.lock"}
    assert {path: after[path] for path in before} == before
    unit = pipeline_of(repo.root).unit("svc")
    assert unit.plan is not None
    assert not unit.plan.drifts
    assert unit.plan.lock is None
    return spec_of(repo)


def test_the_command(empty: Repo) -> None:
    """It writes what it shows, and later runs have nothing to do."""
    empty.write("svc/app.yaml", f"{APP}---\n{SERVICE}")
    before = empty.snapshot()
    dry = empty.ok("adopt", "svc", "--dry-run")
    assert empty.snapshot() == before
    done = empty.ok("adopt", "svc")
    after = empty.snapshot()
    assert {path: after[path] for path in before} == before
    assert dry.out.startswith(empty.read(SPEC))
    assert "svc/app.yaml:8: replicas" in dry.out
    assert "created svc/scaffold.yaml" in done.out
    assert done.err == "note: svc/app.yaml:18: variables without a plain value stay yours: TOKEN\n"
    assert empty.ok("diff").err == ""
    empty.ok("diff", "--verify")
    empty.ok("regenerate")
    assert empty.snapshot() == after
    done = empty.run("adopt", "svc")
    assert done.code == 2
    assert "the folder is a unit" in done.err
    assert empty.snapshot() == after


def changed(repo: Repo, old: str, new: str) -> list[str]:
    """Change the spec, regenerate, and return the lines of manifests that changed."""
    files = [path for path in repo.snapshot() if path.startswith("svc/") and "scaffold." not in path]
    before = {path: repo.read(path).splitlines() for path in files}
    repo.edit(SPEC, old, new)
    repo.ok("regenerate")
    pairs = [(path, before[path], repo.read(path).splitlines()) for path in files]
    assert all(len(one) == len(other) for _, one, other in pairs)
    return [b.strip() for _, one, other in pairs for a, b in zip(one, other, strict=True) if a != b]


def test_the_spec_has_what_the_manifests_say_and_no_default(empty: Repo) -> None:
    assert adopted(empty, app=APP, svc=SERVICE) == {
        "template": "service",
        "name": "web",
        "image": "registry.example.org/shop/web",
        "tag": "1.4.2",
        "automation": "none",
        "container": "nginx",
        "port": 3000,
        "port_reference": "number",
        "service_port": 8080,
        "probes": {"startup": False, "readiness": False, "liveness": False},
        "replicas": 2,
        "spread": False,
        "part_of": "",
        "version_label": False,
        "namespace": {"create": False, "omit": True},
        "selector": {"app": "web"},
        "labels": {"app": "web"},
        "env": {"MODE": "fast"},
        "resources": {
            "requests": {"cpu": None, "memory": None},
            "limits": {"memory": "128Mi"},
        },
        "e2e": False,
        "paths": {"deploy/deployment.yaml": "app.yaml", "deploy/service.yaml": "svc.yaml"},
        "files": {
            "deploy/serviceaccount.yaml": "never",
            "deploy/poddisruptionbudget.yaml": "never",
            "deploy/kustomization.yaml": "never",
        },
    }


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("replicas: 2", "replicas: 5", ["replicas: 5  # two, for the weekend"]),
        ('tag: "1.4.2"', 'tag: "1.5.0"', ["image: registry.example.org/shop/web:1.5.0"]),
        ("image: registry.example.org/shop/web", "image: ghcr.io/shop/web", ["image: ghcr.io/shop/web:1.4.2"]),
        ("MODE: fast", "MODE: slow", ["- {name: MODE, value: slow}"]),
        ("memory: 128Mi", "memory: 256Mi", ["memory: 256Mi"]),
        ("port: 3000", "port: 3001", ["- containerPort: 3001", "targetPort: 3001"]),
        ("service_port: 8080", "service_port: 8081", ["- port: 8081"]),
    ],
)
def test_only_the_line_of_a_changed_value_follows(
    empty: Repo, joined: bool, old: str, new: str, lines: list[str]
) -> None:
    files = {"all": f"{SERVICE}---\n{APP}"} if joined else {"app": APP, "svc": SERVICE}
    adopted(empty, **files)
    assert sorted(changed(empty, old, new)) == sorted(lines)


def test_a_service_of_another_name_and_an_implied_port_follow(empty: Repo) -> None:
    service = SERVICE.replace("name: web", "name: web-svc").replace("8080\n    targetPort: 3000", "3000")
    spec = adopted(empty, app=APP, svc=service)
    assert (spec["service_name"], spec["port_reference"]) == ("web-svc", "implied")
    empty.edit(SPEC, "service_port: 3000", "service_port: 80")
    empty.ok("regenerate")
    (_, now) = objects_below(empty.root / "svc")
    assert now["spec"]["ports"] == [{"port": 80, "targetPort": 3000}]
    assert now["metadata"]["name"] == "web-svc"


def test_what_the_spec_adds_is_added(empty: Repo) -> None:
    adopted(empty, app=APP, svc=SERVICE)
    before = objects_below(empty.root / "svc")
    empty.edit(SPEC, "  MODE: fast\n", "  MODE: fast\n  LEVEL: debug\n")
    empty.ok("regenerate")
    assert "# two, for the weekend" in empty.read("svc/app.yaml")
    env = ".spec.template.spec.containers[0].env"
    (app, service), (new_app, new_service) = before, objects_below(empty.root / "svc")
    assert differences(app, new_app) == [env]
    assert service == new_service
    names = [one["name"] for one in new_app["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert sorted(names) == ["LEVEL", "MODE", "TOKEN"]


def test_automation_begins_where_the_spec_says_so(empty: Repo) -> None:
    adopted(empty, app=APP)
    empty.edit(SPEC, "automation: none", "automation: flux-v1")
    empty.ok("regenerate")
    (app,) = objects_below(empty.root / "svc")
    wanted = {"fluxcd.io/automated": "true", "fluxcd.io/tag.nginx": "semver:~1.4"}
    assert app["metadata"]["annotations"] == wanted


FLUX = APP.replace(
    "  labels: {app: web}\n",
    '  annotations:\n    fluxcd.io/automated: "true"\n    fluxcd.io/tag.nginx: glob:1.*\n',
)


@pytest.mark.parametrize(
    ("app", "options", "wanted"),
    [
        (APP, (), {"automation": "none", "tags": None}),
        (FLUX, (), {"automation": None, "tags": "glob:1.*"}),
        (FLUX.replace("glob:1.*", "semver:~1.4"), (), {"automation": None, "tags": None}),
        (FLUX.replace("glob:1.*", "glob:2.*"), (), {"automation": "none", "tags": None}),
        (FLUX.replace('"true"', '"false"'), (), {"automation": "none", "tags": None}),
        (APP.replace("  replicas: 2  # two, for the weekend\n", ""), (), {"replicas": None}),
        (APP.replace("replicas: 2 ", "replicas: 4000 "), (), {"replicas": None}),
        (APP.replace("web:1.4.2", "web"), ("--tag", "1.4.2"), {"tag": "1.4.2"}),
        (APP.replace("web:1.4.2", "web:latest"), ("--tag", "1.4.2"), {"tag": "1.4.2"}),
        (APP.replace("web:1.4.2", f"web:1.4.2@sha256:{'0' * 64}"), (), {"tag": "1.4.2"}),
        (APP.replace("  name: web\n", "  name: web\n  namespace: prod\n", 1), (), {"namespace.name": "prod"}),
        (APP, ("--namespace", "prod"), {"namespace.name": "prod"}),
        (APP.replace("MODE, value: fast", "MODE, value: 1"), (), {"env": None}),
        (
            APP.replace("limits", "requests"),
            (),
            {"resources.requests.memory": "128Mi", "resources.limits.memory": None},
        ),
        (
            APP.replace("          limits:", "          requests: {memory: 1Gi}\n          limits:"),
            (),
            {"resources.requests.memory": None, "resources.limits.memory": None},
        ),
    ],
)
def test_values(empty: Repo, app: str, options: tuple[str, ...], wanted: dict[str, object]) -> None:
    spec = adopted(empty, *options, app=app)
    for where, value in wanted.items():
        found: object = spec
        for part in where.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        assert found == value, where


@pytest.mark.parametrize(("name", "made"), [("prod", True), ("default", False), ("kube-system", False)])
def test_a_namespace_beside_it(empty: Repo, name: str, made: bool) -> None:
    app = APP.replace("  name: web\n", f"  name: web\n  namespace: {name}\n", 1)
    spec = adopted(empty, app=app, ns=f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")
    assert ("deploy/namespace.yaml" in spec["paths"]) is made  # type: ignore[operator]
    assert spec["namespace"] == {"name": name} | ({} if made else {"create": False})


def test_a_file_that_the_config_excludes(empty: Repo) -> None:
    empty.write(".scaffold/config.yaml", f"{empty.read('.scaffold/config.yaml')}\nfiles: {{'app.*': never}}\n")
    empty.write("svc/app.yaml", APP)
    done = empty.run("adopt", "svc")
    assert done.code == 2
    assert "svc/app.yaml: is not generated, because files in .scaffold/config.yaml says so" in done.err


def test_a_tag_that_a_kustomization_sets_is_the_tag(empty: Repo) -> None:
    image = "registry.example.org/shop/web"
    files = "resources: [app.yaml]\nnamespace: prod\n"
    files += f"images:\n  - name: {image}\n    newTag: 2.0.1\n"
    spec = adopted(empty, app=APP.replace("web:1.4.2", "web"), kustomization=files)
    assert spec["tag"] == "2.0.1"
    assert spec["namespace"] == {"name": "prod", "create": False, "omit": True}
    assert spec["paths"] == {"deploy/deployment.yaml": "app.yaml", "deploy/kustomization.yaml": "kustomization.yaml"}


def test_values_of_the_config_that_the_manifests_do_not_have(empty: Repo) -> None:
    sidecars = "[{name: x, image: a/b, tag: v1}]"
    defaults = f"defaults: {{service: {{replicas: 2, env: {{A: b}}, sidecars: {sidecars}, workflow: true}}}}\n"
    empty.write(".scaffold/config.yaml", f"{empty.read('.scaffold/config.yaml')}\nregistry: ghcr.io/shop\n{defaults}")
    empty.ok("regenerate")
    spec = adopted(empty, app=APP.replace("registry.example.org/shop/", ""), svc=SERVICE)
    wanted = {"registry": None, "env": {"A": None, "MODE": "fast"}, "sidecars": [], "workflow": False}
    assert {key: spec[key] for key in wanted} == wanted
    assert "replicas" not in spec


def test_where_nothing_is_initialized(empty: Repo) -> None:
    empty.write("svc/app.yaml", APP)
    (empty.root / ".scaffold").rename(empty.root / "elsewhere")
    done = empty.run("adopt", "svc")
    assert done.code == 2
    assert "scaffold init" in done.err


def test_a_new_service_over_it_is_refused(empty: Repo) -> None:
    empty.write("services/web/app.yaml", APP)
    before = empty.snapshot()
    done = empty.run("new-service", "web", "--image", "a/b:1.2.3")
    assert done.code == 2
    assert "services/web/app.yaml:2:1: Deployment web was written by hand" in done.err
    assert empty.snapshot() == before
    empty.ok(*done.err.split("adopt it: scaffold ")[1].split())
    assert empty.has("services/web/scaffold.yaml")


@pytest.mark.parametrize("option", ["--ours", "--theirs"])
def test_a_new_service_at_its_path_makes_no_second_container(empty: Repo, option: str) -> None:
    empty.write("services/shop/deploy/deployment.yaml", APP)
    assert empty.run("new-service", "shop", "--image", "a/b:1.2.3", option).code == 2
    empty.ok("new-service", "shop", "--image", "a/b:1.2.3", "--reset", "services/shop/deploy/deployment.yaml")
    assert "nginx" not in empty.read("services/shop/deploy/deployment.yaml")


DNS = """\
        - {name: dns-tcp, containerPort: 5353}
        - {name: dns, containerPort: 5353, protocol: UDP}  # the main one
        - {name: metrics, containerPort: 9153}
        livenessProbe: {httpGet: {path: /health, port: 8080}}
        readinessProbe: {httpGet: {path: /ready, port: metrics}}
"""
DNS_SERVICE = """\
  - {name: dns, port: 53, targetPort: dns, protocol: UDP}
  - {name: dns-tcp, port: 53, targetPort: dns-tcp, protocol: TCP}
"""


@pytest.mark.parametrize("protocol", ["UDP", "SCTP"])
def test_several_ports_and_another_protocol(empty: Repo, protocol: str) -> None:
    """The port of the first port of the Service is the service's; probes of other ports stay as they are."""
    app = APP.replace("        - containerPort: 3000\n", DNS).replace("UDP", protocol)
    service = SERVICE.replace("  - port: 8080\n    targetPort: 3000\n", DNS_SERVICE).replace("UDP", protocol)
    spec = adopted(empty, app=app, svc=service)
    wanted = {
        "port": 5353,
        "port_name": "dns",
        "protocol": protocol,
        "service_port": 53,
        "service_port_name": "dns",
        "probes": {"startup": False, "readiness": False, "liveness": False},
    }
    assert {key: spec[key] for key in wanted} == wanted
    assert "port_reference" not in spec
    empty.edit(SPEC, "port: 5353", "port: 5300")
    empty.edit(SPEC, "service_port: 53", "service_port: 5353")
    empty.ok("regenerate")
    assert empty.read("svc/app.yaml") == app.replace("dns, containerPort: 5353", "dns, containerPort: 5300")
    assert empty.read("svc/svc.yaml") == service.replace("dns, port: 53,", "dns, port: 5353,")


def test_a_probe_of_another_port_stays(empty: Repo) -> None:
    other = "        readinessProbe: {httpGet: {path: /ready, port: 8081}}\n"
    own = "        livenessProbe: {tcpSocket: {port: 3000}}\n"
    app = APP.replace("        resources:\n", f"{other}{own}        resources:\n")
    assert adopted(empty, app=app, svc=SERVICE)["probes"] == {"startup": False, "readiness": False}
    empty.edit(SPEC, "port: 3000", "port: 3001")
    empty.ok("regenerate")
    assert empty.read("svc/app.yaml") == app.replace("3000", "3001")
