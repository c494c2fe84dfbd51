"""All files of a sample repository, as generated, judged by the tools that people judge such files with."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from generator.tree import owner_of

from ..conftest import Repo
from ..support.real import tool
from .test_manifests import flux_load, new_repo

EXPORTED = ("OUT", "CLUSTER", "CONTEXT", "KUBECONFIG", "NODE_IMAGE", "KEEP")
PINNED = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Three services, two end-to-end tests, alerting, and what ``init`` makes: with defaults, and with odd names."""
    repo = new_repo(tmp_path_factory.mktemp("tools") / "repo")
    repo.ok("new-service", "alpha", "--image", "ghcr.io/example/alpha:1.4.2")
    repo.ok("new-service", "beta", "--image", "ghcr.io/example/beta:1.4.2", "--namespace", "alpha", "--workflow")
    odd = "teams/it's [50% (of)] $HOME & co/gamma"
    repo.ok("new-service", "gamma", "--image", "a/gamma:main-1", "--workflow", "--build", "../src", "--dir", odd)
    spec = f"{odd}/scaffold.yaml"
    repo.write(spec, repo.read(spec) + "health_path: /healthz?full='1'&x=$HOME\nreplicas: 0\n")
    repo.ok("new-e2e", "kubectl-tree", "--plugin", "tree", "--krew-index", PINNED)
    repo.ok("new-e2e", "login", "--plugin", "oidc-login")
    login = "e2e/login/scaffold.yaml"
    more = "run: {arguments: [\"it's\", '$(id) `id` ${HOME} # \\', '']}\ninstall: {build: [go, build, ./...]}\n"
    repo.write(login, repo.read(login) + more)
    for name, *more in (("worker",), ("cronjob", "--set", "schedule=0 3 * * *"), ("statefulset",)):
        repo.ok("new", name, f"a-{name}", "--set", "image=ghcr.io/example/work", "--set", "tag=1.4.2", *more)
    claim = "volumes: {data: {mountPath: /data, claim: {resources: {requests: {storage: 1Gi}}}}}\n"
    for name, text in (("statefulset", f"update_strategy: OnDelete\n{claim}"), ("cronjob", "")):
        spec = f"{name}s/a-{name}/scaffold.yaml"
        repo.write(spec, f"{repo.read(spec)}build: ../../src\n{text}")
    repo.ok("alerting")
    repo.ok("regenerate")
    repo.ok("diff")
    return repo


def run(*command: str | Path, cwd: Path, stdin: str = "") -> str:
    """Run a tool that has to be content, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def workflows(repo: Repo) -> list[Path]:
    return sorted((repo.root / ".github/workflows").iterdir())


def makefiles(repo: Repo) -> list[Path]:
    return sorted(repo.root.rglob("Makefile"))


def generated(repo: Repo) -> list[Path]:
    """Return every file but git's and the run's own."""
    return [repo.root / path for path in repo.snapshot() if not path.startswith(".scaffold/")]


def test_the_sample_has_everything(sample: Repo) -> None:
    assert len(makefiles(sample)) == 8
    assert len(workflows(sample)) >= 4
    assert len(list(sample.root.rglob("cluster.kind"))) == 8


def test_actionlint_has_nothing_to_say(sample: Repo) -> None:
    assert run(tool("actionlint"), *workflows(sample), cwd=sample.root).strip() in {
        "",
        "No findings to report. Good job!",
    }


def test_zizmor_has_nothing_to_say(sample: Repo) -> None:
    run(tool("zizmor"), "--offline", "--pedantic", "--no-progress", *workflows(sample), cwd=sample.root)


def test_workflows_fit_their_schema(sample: Repo) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    run(tool("check-jsonschema"), *schema, *workflows(sample), cwd=sample.root)


def runs(repo: Repo) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield every script that a workflow runs: where it is, its environment, its text."""
    for path in workflows(repo):
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items():
            for number, step in enumerate(job.get("steps", ())):
                if "run" in step:
                    names = {**job.get("env", {}), **step.get("env", {})}
                    yield f"{path.name}, {name}, step {number}", names, step["run"]


def test_shellcheck_has_nothing_to_say_of_what_workflows_run(sample: Repo) -> None:
    found = list(runs(sample))
    assert found
    for where, names, script in found:
        assert "${{" not in script, where
        head = "set -euo pipefail\n" + "".join(f"export {name}=x\n" for name in names)
        run(tool("shellcheck"), "--shell=bash", "--severity=style", "-", cwd=sample.root, stdin=head + script)


def test_workflows_are_as_design_and_security_want_them(sample: Repo) -> None:
    for path in workflows(sample):
        text = path.read_text("utf-8")
        data = yaml.safe_load(text)
        on = data[True]  # YAML 1.1 reads the key "on" as true
        assert data["permissions"] == {}
        owner = owner_of(text)
        assert (sample.root / owner).is_file()
        # A branch filter alone leaves out the tags that Flux pushes; one workflow tells of them.
        if "tags" in on["push"]:
            assert on == {"push": {"tags": ["flux-sync"]}}
        else:
            assert on["push"]["branches"]
        assert "pull_request_target" not in on
        for job in data["jobs"].values():
            assert job["timeout-minutes"] <= 60
            assert "permissions" in job
        for used in re.findall(r"uses: (\S+.*)", text):
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)


def test_only_what_changed_is_tested(sample: Repo) -> None:
    """The paths that a workflow compares are git's: what lies beside the unit changes nothing."""
    path = next(one for one in workflows(sample) if "gamma" in one.name)
    command = re.search(r"git diff --quiet (.*) -- (.*); then", path.read_text("utf-8"))
    assert command
    run("git", "add", "--all", cwd=sample.root)
    run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "all", cwd=sample.root)

    def changed(file: str) -> bool:
        sample.write(file, "x" + (sample.read(file) if sample.has(file) else ""))
        run("git", "add", "--intent-to-add", "--all", cwd=sample.root)
        script = f"git diff --quiet HEAD -- {command[2]}"
        code = subprocess.run(["bash", "-c", script], cwd=sample.root, check=False).returncode
        run("git", "reset", "--quiet", "--hard", cwd=sample.root)
        return code == 1

    folder = "teams/it's [50% (of)] $HOME & co"
    assert changed(f"{folder}/gamma/deploy/service.yaml")
    assert changed(f"{folder}/src/Dockerfile")
    assert changed(str(path.relative_to(sample.root)))
    assert not changed(f"{folder}/delta/file")
    assert not changed("services/alpha/deploy/service.yaml")


def test_make_has_nothing_to_say(sample: Repo) -> None:
    for path in makefiles(sample):
        for target in ("test", "cluster", "deploy", "check", "delete", "clean"):
            assert "warning" not in run(tool("make"), "-n", target, cwd=path.parent)


def test_shellcheck_has_nothing_to_say_of_recipes(sample: Repo) -> None:
    """A recipe is one script, which ``make -n`` prints as the shell gets it."""
    for path in makefiles(sample):
        for target in ("test", "deploy", "check", "delete"):
            script = run(tool("make"), "-n", "--no-print-directory", target, cwd=path.parent)
            assert "trap " in script
            options = ("--shell=bash", "--severity=style")
            names = "".join(f"export {name}=''\n" for name in EXPORTED)
            run(tool("shellcheck"), *options, "-", cwd=path.parent, stdin=script)
            run(tool("shellcheck"), *options, "-", cwd=path.parent, stdin=f"set -euo pipefail\n{names}{script}")


def test_fixtures_are_valid_objects(sample: Repo) -> None:
    for path in sample.root.rglob("fixture.manifest"):
        found = list(yaml.safe_load_all(path.read_text("utf-8")))
        assert [one["kind"] for one in found] == ["Namespace", "Deployment", "Service"]
        for one in found:
            kubernetes_validate.validate(one, "1.34", strict=True)
        # kubectl takes the file in spite of its name.
        printed = run(tool("kubectl"), "label", "--local", "-f", path.name, "a=b", "-o", "name", cwd=path.parent)
        assert printed.split() == ["namespace/echoserver", "deployment.apps/echoserver", "service/echoserver"]


def test_manifests_can_be_built(sample: Repo) -> None:
    for path in sample.root.rglob("kustomization.yaml"):
        assert "warning" not in run(tool("kubectl"), "kustomize", ".", cwd=path.parent).lower()


def test_kubectl_finds_the_image_that_is_to_be_built(sample: Repo) -> None:
    found = []
    for makefile in (one for one in makefiles(sample) if "docker build" in one.read_text("utf-8")):
        script = run(tool("make"), "-n", "test", cwd=makefile.parent)
        command = re.search(r"image=\$\((kubectl label .*?)\)\n", script, re.DOTALL)
        assert command
        found.append(run("bash", "-c", command[1], cwd=makefile.parent))
    assert found == ["ghcr.io/example/work:1.4.2"] * 2 + ["a/gamma:main-1"]


def test_cluster_configurations_have_keys_that_kind_knows(sample: Repo) -> None:
    """kind decodes strictly. Source: kind v0.32.0, pkg/apis/config/v1alpha4/types.go."""
    for path in sample.root.rglob("cluster.kind"):
        data = yaml.safe_load(path.read_text("utf-8"))
        assert data == {
            "kind": "Cluster",
            "apiVersion": "kind.x-k8s.io/v1alpha4",
            "nodes": [{"role": "control-plane"}],
        }


def test_flux_would_load_none_of_it_but_the_manifests(sample: Repo) -> None:
    found = flux_load(sample.root)
    assert {one["metadata"]["namespace"] for one in found.values() if one["kind"] != "Namespace"} == {
        *("alpha", "gamma", "a-worker", "a-cronjob", "a-statefulset"),
    }


def test_files_are_tidy(sample: Repo) -> None:
    for path in generated(sample):
        text = path.read_text("utf-8")
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert "cookiecutter" not in text or path.name == "scaffold.lock", path
        if path.name != "scaffold.lock":
            assert not re.search(r"[ \t]\n|\n\n\n|\r", text), path
