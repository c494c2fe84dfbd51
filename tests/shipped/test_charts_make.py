"""The tests of charts, executed with stand-ins for docker, kind, kubectl and helm, and read by the real kubectl.

``test_e2e_make`` has what all Makefiles of tests hold to; here is what those of charts do besides.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo
from ..support.real import tool
from .test_e2e_make import Bench, bench

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
HTTPS = "{repository: https://charts.example.com, name: web, version: 1.2.x}"
SPECS = {
    "helm": f"template: helm-release\nname: web\nchart: {HTTPS}\nvalues: {{replicas: 2}}\n",
    "oci": """\
template: helm-release
name: web
chart: {repository: oci://ghcr.io/example, name: web, version: 1.2.3+b1}
namespace: {create: false}
values_from: [{kind: Secret, name: web}]
""",
    "digest": f"""\
template: helm-release
name: web
chart: {{repository: oci://ghcr.io/example, name: web, version: 1.2.3, digest: "{DIGEST}"}}
release_name: shop
""",
    "argo": f"template: application\nname: web\nchart: {HTTPS}\nvalues: {{replicas: 2}}\n",
    "argo-oci": """\
template: application
name: web
chart: {repository: oci://ghcr.io/example, name: web, version: v1.2.3}
namespace: {create: false}
value_files: {repository: https://git.example.com/a, revision: main, paths: [values/a.yaml, values/b.yaml]}
""",
    "argo-digest": f"""\
template: application
name: web
chart: {{repository: oci://ghcr.io/example, name: web, version: 1.2.3, digest: "{DIGEST}"}}
""",
}
# What helm is asked to install.
WANTED = {
    "helm": "web web --repo https://charts.example.com --version 1.2.x",
    "oci": "web oci://ghcr.io/example/web --version 1.2.3+b1",
    "digest": f"shop oci://ghcr.io/example/web@{DIGEST}",
    "argo": "web web --repo https://charts.example.com --version 1.2.x",
    "argo-oci": "web oci://ghcr.io/example/web --version v1.2.3 --values {root}/a.yaml --values {root}/b.yaml",
    "argo-digest": f"web oci://ghcr.io/example/web@{DIGEST}",
}


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    root = tmp_path_factory.mktemp("charts") / "a repo with 'quotes' & $signs"
    root.mkdir()
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1")
    for name, text in SPECS.items():
        repo.write(f"units/{name}/scaffold.yaml", text)
    repo.write("values/a.yaml", "a: 1\n")
    repo.write("values/b.yaml", "b: 1\n")
    repo.ok("regenerate")
    return repo


@pytest.fixture
def chart(charts: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """One of the units, in a copy of the repository."""
    folder = tmp_path / "a copy, (with) 'quotes' $HOME"
    shutil.copytree(charts.root, folder, symlinks=True)
    return bench(tmp_path, folder / "units" / request.param / "e2e")


every_chart = pytest.mark.parametrize("chart", SPECS, indirect=True)
some = pytest.mark.parametrize("chart", ["helm", "argo"], indirect=True)
with_files = pytest.mark.parametrize("chart", ["argo-oci"], indirect=True)
with_secret = pytest.mark.parametrize("chart", ["oci"], indirect=True)


def installed(chart: Bench) -> str:
    """What helm was asked to install last, without what all installations have."""
    found = re.findall(r"^helm .* upgrade --install (.*)$", (chart.state / "calls").read_text(), re.MULTILINE)[-1]
    ending = f" --values {chart.folder}/output/values.json --wait --timeout 10m"
    assert found.endswith(ending)
    return str(found.removesuffix(ending))


@every_chart
def test_the_chart_of_the_manifests_is_installed(chart: Bench, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["chart"]
    done = chart.make()
    assert done.code == 0, done.text
    assert installed(chart) == WANTED[name].format(root=chart.folder.parents[2] / "values")
    assert '{"replicas":2}' in (chart.state / "values").read_text()
    assert chart.own == []
    assert "rollout status statefulset.apps/db" in (chart.state / "calls").read_text()
    chart.make(NAMESPACE_MISSING="1")
    assert ("create namespace web" in (chart.state / "calls").read_text()) is (name not in {"helm", "digest"})


@some
@pytest.mark.parametrize(
    ("fault", "effect"),
    [
        ("^kind create", "half"),
        ("^kubectl .* wait nodes", "fail"),
        ("^kubectl label --local .*version|targetRevision", "fail"),
        ("^kubectl label --local .*values", "fail"),
        ("^helm", "fail"),
        ("^helm", "half"),
        ("get deployments", "fail"),
        ("rollout status statefulset", "fail"),
    ],
)
def test_a_failing_step_of_a_chart_fails_the_test(chart: Bench, fault: str, effect: str) -> None:
    done = chart.make(FAULT=fault, EFFECT=effect)
    assert done.code != 0
    assert chart.own == []
    assert (chart.folder / "output/logs/kind.log").exists()
    assert chart.make().code == 0
    assert not (chart.folder / "output/logs").exists()


@some
def test_helm_is_missed_before_a_cluster_is_made(chart: Bench) -> None:
    (chart.tools / "helm").unlink()
    done = chart.make()
    assert done.code != 0
    assert "helm is not installed" in done.err
    assert chart.calls == []


@some
def test_edits_of_the_manifest_and_fixtures_are_tested(chart: Bench) -> None:
    for path in (chart.folder.parent / "deploy").glob("*.yaml"):
        path.write_text(path.read_text().replace("1.2.x", "1.2.9").replace("charts.example", "mirror.example"))
    (chart.folder / "fixture.manifest").write_text("kind: Secret\n")
    assert chart.make("KEEP=1").code == 0
    assert installed(chart) == "web web --repo https://mirror.example.com --version 1.2.9"
    assert "kind: Secret" in (chart.state / "clusters" / chart.own[0] / "applied").read_text()
    assert chart.make(FAULT="apply --filename fixture").code != 0


@with_files
def test_values_files_of_another_repository_are_told(chart: Bench) -> None:
    (chart.folder.parents[2] / "values/b.yaml").unlink()
    done = chart.make()
    assert done.code != 0
    assert "values/b.yaml is not in this repository: write its values into fixture.values" in done.err
    (chart.folder / "fixture.values").write_text("c: 1\n")
    assert chart.make().code == 0
    assert installed(chart) == "web oci://ghcr.io/example/web --version v1.2.3 --values fixture.values"


@with_secret
def test_values_of_secrets_are_a_fixture(chart: Bench) -> None:
    (chart.folder / "fixture.values").write_text("c: 1\n")
    chart.make()
    assert installed(chart) == "web oci://ghcr.io/example/web --version 1.2.3+b1 --values fixture.values"


@every_chart
def test_a_dry_run_of_a_chart_runs_nothing(chart: Bench) -> None:
    for target in ("test", "cluster", "deploy", "check", "delete", "clean"):
        done = chart.make("-n", target)
        assert done.code == 0
        assert "warning" not in done.err
    assert not (chart.state / "calls").exists()


@every_chart
def test_shellcheck_accepts_the_recipes(chart: Bench) -> None:
    for target in ("test", "check"):
        command = [tool("make"), "--no-print-directory", "-C", str(chart.folder), "-n", target]
        environment = {key: one for key, one in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
        printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
        script = "\n".join(line for line in printed.splitlines() if not line.startswith("make: "))
        command = [tool("shellcheck"), "--shell=bash", "--exclude=SC2154", "-"]
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_kubectl_reads_the_fields_that_the_makefiles_ask_for(charts: Repo) -> None:
    """Each path is one that kubectl finds in the generated manifest, without a cluster."""
    asked = 0
    for name, text in SPECS.items():
        folder = charts.root / "units" / name
        makefile = (folder / "e2e/Makefile").read_text()
        for path, field in re.findall(r"field (\S+) '?([^\s']+?)'?(?:\)| >)", makefile):
            if field.endswith(("values", "valuesObject")) and "values:" not in text:
                continue
            command = [
                *(tool("kubectl"), "label", "--local", "--filename", str(folder / "e2e" / path), "e2e=read"),
                *("--output", f"jsonpath={{{field}}}"),
            ]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, "KUBECONFIG": "/nowhere"}
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout, (name, field)
            if field.endswith(("values", "valuesObject")):
                assert json.loads(done.stdout) == {"replicas": 2}
            asked += 1
    assert asked > 15
