"""End-to-end tests of workers, jobs and stateful workloads, executed with stand-ins for docker, kind and kubectl."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ..conftest import Repo
from .test_e2e_make import Bench, bench

CLAIM = "volumes: {data: {mountPath: /data, claim: {resources: {requests: {storage: 1Gi}}}}}\n"
CALLS = {
    "worker": ["kubectl rollout"],
    "cronjob": ["kubectl patch", "kubectl delete", "kubectl create"],
    "statefulset": ["kubectl rollout"],
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    root = tmp_path_factory.mktemp("generated") / "a repo with 'blanks' & $signs"
    root.mkdir()
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1")
    for name, *more in (("worker",), ("cronjob", "--set", "schedule=0 3 * * *"), ("statefulset",)):
        image = ("--set", "image=ghcr.io/example/work", "--set", "tag=1.4.2")
        repo.ok("new", name, "pay", *image, "--set", f"namespace.name={name}", *more)
    repo.write("statefulsets/pay/scaffold.yaml", repo.read("statefulsets/pay/scaffold.yaml") + CLAIM)
    repo.ok("regenerate")
    return repo


@pytest.fixture(params=CALLS)
def unit(generated: Repo, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    """One of the units, in a copy of its own, on a machine where time flies."""
    folder = tmp_path / "a copy"
    shutil.copytree(generated.root / f"{request.param}s/pay", folder)
    made = bench(tmp_path, folder / "e2e")
    (made.tools / "sleep").unlink()
    (made.tools / "sleep").write_text("#!/bin/sh\n")
    (made.tools / "sleep").chmod(0o755)
    return made


only_jobs = pytest.mark.parametrize("unit", ["cronjob"], indirect=True)
only_workers = pytest.mark.parametrize("unit", ["worker"], indirect=True)
only_stateful = pytest.mark.parametrize("unit", ["statefulset"], indirect=True)


def test_all_goes_well(unit: Bench, request: pytest.FixtureRequest) -> None:
    done = unit.make()
    assert done.code == 0, done.text
    calls = CALLS[request.node.callspec.params["unit"]]
    assert unit.calls == ["kind create", "kubectl apply", "kubectl apply", *calls, "kind delete"]
    assert unit.own == []


@pytest.mark.parametrize("pattern", ["^kubectl .* apply", "^kubectl .* (rollout|patch)", "^kubectl .* (wait|create)"])
def test_a_failing_step_fails_the_test_and_leaves_nothing(unit: Bench, pattern: str) -> None:
    done = unit.make(FAULT=pattern, EFFECT="fail")
    assert done.code != 0
    assert unit.own == []
    assert unit.make().code == 0


@only_jobs
@pytest.mark.parametrize(
    ("state", "told"),
    [("FailureTarget Failed", "did not succeed: FailureTarget Failed"), ("", "did not succeed: still running")],
)
def test_a_job_that_does_not_succeed_fails_the_test(unit: Bench, state: str, told: str) -> None:
    done = unit.make(JOB_STATE=state)
    assert done.code != 0
    assert told in done.err
    assert "kubectl logs" in unit.calls
    assert unit.own == []


@only_workers
@pytest.mark.parametrize(("restarts", "told"), [("0 1", "restarts of containers: 0 1"), ("", "no pods")])
def test_a_worker_that_does_not_stay_up_fails_the_test(unit: Bench, restarts: str, told: str) -> None:
    done = unit.make(RESTARTS=restarts)
    assert done.code != 0
    assert told in done.err
    assert unit.own == []


@only_stateful
def test_a_volume_that_is_not_bound_fails_the_test(unit: Bench) -> None:
    done = unit.make(FAULT="^kubectl .* wait persistentvolumeclaims/data-pay-0", EFFECT="fail")
    assert done.code != 0
    assert unit.own == []
