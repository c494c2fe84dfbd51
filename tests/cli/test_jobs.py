"""Several processes give the output of one, on repositories that are large enough for them; and how they end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pexpect
import pytest

from generator import repository, validation
from generator.pipeline import Pipeline, read_config
from generator.planned import Unit, slim
from generator.shared_plans import plan_in_processes
from generator.workers import Processes
from generator.worktree import Worktree

from ..conftest import Done, Repo, git, heed_signals
from ..support import corpus, forks

UNITS = 120
_SPEC = "template: service\nname: web-{0}\nimage: ghcr.io/example/web-{0}\ntag: 1.{0}.0\nport: {1}\n"
_DEPLOYMENT = "services/web-{}/deploy/deployment.yaml"
_MANY = 600  # units of a run that is still at work when it is stopped


def _made(root: Path, units: int) -> Repo:
    repo = Repo(root)
    git(root, "init", "--quiet", ".")
    repo.ok("init", "--quiet", "--automation", "flux-v1")
    for number in range(units):
        repo.write(f"services/web-{number}/scaffold.yaml", _SPEC.format(number, 8000 + number))
    return repo


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Many units: clean, edited, behind, in conflict, invalid, missing, gone, of one path, with findings."""
    repo = _made(tmp_path_factory.mktemp("fleet"), UNITS)
    repo.ok("regenerate", "--quiet", "--jobs", "1")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "-m", "services")
    for number in range(0, UNITS, 7):
        repo.edit(_DEPLOYMENT.format(number), "replicas: 1", "replicas: 3 # ours")
    for number in range(0, UNITS, 11):
        repo.edit(f"services/web-{number}/scaffold.yaml", "port: ", "replicas: 2\nport: ")
    repo.write("services/web-5/scaffold.yaml", "template: service\nname: [\n")
    repo.write("services/web-61/scaffold.lock", "{}\n")
    (repo.root / _DEPLOYMENT.format(9)).unlink()
    repo.edit(_DEPLOYMENT.format(50), "kind: Deployment", "kind: Deploymint")
    repo.write("services/WEB-70/scaffold.yaml", _SPEC.format(70, 9000))
    repo.write("clusters/prod/again.yaml", repo.read("services/web-3/deploy/service.yaml"))
    alias = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &a x}\ndata: {a: *a, b: 1}\n"
    repo.write("clusters/prod/alias.yaml", alias)
    for number in range(30, 42):
        repo.edit(f"services/web-{number}/deploy/service.yaml", "port: 80", "port: eighty")
    return repo


def _same(repo: Repo, *arguments: str) -> Done:
    first, *others = (repo.run(*arguments, "--jobs", jobs) for jobs in ("1", "3"))
    for other in others:
        assert other == first
    return first


@pytest.mark.parametrize(
    "arguments",
    [
        ("diff",),
        ("diff", "--strict", "--format", "json"),
        ("diff", "--verify", "--format", "github"),
        ("status", "--format", "json"),
        ("regenerate", "--dry-run"),
        ("regenerate", "--dry-run", "--theirs", "--format", "json"),
        ("validate",),
        ("validate", "services", "clusters", "--format", "sarif"),
    ],
    ids=" ".join,
)
def test_the_output_does_not_depend_on_the_processes(fleet: Repo, arguments: Sequence[str]) -> None:
    done = _same(fleet, *arguments)
    assert done.code in {1, 2}
    assert done.text.count("services/web-") > 10


def test_what_is_written_does_not_depend_on_the_processes(fleet: Repo, tmp_path: Path) -> None:
    written = []
    for jobs in ("1", "3"):
        copy = Repo(tmp_path / jobs)
        shutil.copytree(fleet.root, copy.root)
        assert copy.run("regenerate", "--jobs", jobs).code == 2
        written.append(copy.snapshot())
    assert written[0] == written[1]
    assert written[0] != fleet.snapshot()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_started_afresh_find_the_same(fleet: Repo, method: str) -> None:
    chosen = validation.select_files(fleet.root, None, [], None, None)
    alone = validation.check_selection(chosen)
    assert validation.check_selection(chosen, Processes(2, method=method)) == alone
    assert {"FX020", "SCH001", "SCF001"} <= {one.rule for one in alone.problems}


def test_processes_started_afresh_plan_the_same(fleet: Repo) -> None:
    names = repository.discover(fleet.root)
    tree = Worktree(fleet.root)
    alone = [slim(one) for one in Pipeline(tree, read_config(tree)).units(names)]

    def planned(first: Sequence[str]) -> Iterator[Unit]:
        return plan_in_processes(pipeline, first, Processes(2, method="spawn"))

    pipeline = Pipeline(tree, read_config(tree))
    assert [slim(one) for one in pipeline.units(names, planned)] == alone
    assert {change.state for one in alone if one.plan for change in one.plan.changes} >= {"clean", "edited", "conflict"}


def test_processes_find_the_same_in_real_files() -> None:
    root = corpus.folder()
    if root is None:
        pytest.skip("the corpus is not here: set SCAFFOLD_CORPUS")
    chosen = validation.select_files(root, None, [str(root)], None, None)
    alone = validation.check_selection(chosen)
    assert validation.check_selection(chosen, Processes(2)) == alone
    assert len(alone.problems) > 100


# Parts of a matrix


def _parts(repo: Repo, *arguments: str, count: int = 4) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for part in range(1, count + 1):
        option = f"--shard {part}/{count}"
        out = repo.run(*arguments, "--format", "json", *option.split()).out
        rows += json.loads(out.replace(f"{option} ", ""))  # commands that settle conflicts repeat it
    return rows


@pytest.mark.parametrize("arguments", [("diff", "--strict"), ("status",), ("validate",)], ids=" ".join)
def test_the_parts_of_a_matrix_are_the_whole(fleet: Repo, arguments: Sequence[str]) -> None:
    whole = json.loads(fleet.run(*arguments, "--format", "json").out)
    parts = _parts(fleet, *arguments)
    assert sorted(parts, key=json.dumps) == sorted(whole, key=json.dumps)
    assert len(whole) > 10


def test_parts_that_regenerate_write_the_whole(fleet: Repo, tmp_path: Path) -> None:
    written = []
    for options in ([[]], [["--shard", f"{part}/3"] for part in (1, 2, 3)]):
        copy = Repo(tmp_path / str(len(options)))
        shutil.copytree(fleet.root, copy.root)
        for option in options:
            assert copy.run("regenerate", *option).code in {0, 1, 2}
        written.append(copy.snapshot())
    assert written[0] == written[1]


# How a run ends early


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """So many new units that planning them takes seconds."""
    return _made(tmp_path_factory.mktemp("many"), _MANY)


def _workers(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children")
    return [int(one) for one in found.read_text().split()] if found.exists() else []


def _started(repo: Repo) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    command = [sys.executable, "-m", "generator", "regenerate", "--dry-run", "--quiet", "--jobs", "3"]
    process = subprocess.Popen(
        command, cwd=repo.root, env=forks.plain_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, start_new_session=True, preexec_fn=heed_signals,  # noqa: PLW1509
    )  # fmt: skip
    end = time.monotonic() + 60
    while len(found := _workers(process.pid)) < 2:  # the run itself is the third
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    yield process, found
    process.kill()


def _is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
@pytest.mark.parametrize("to_group", [True, False], ids=["terminal", "process"])
def test_an_interrupt_ends_all_processes(many: Repo, to_group: bool) -> None:
    for process, found in _started(many):
        (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert errors == b"interrupted\n"
        assert all(map(_is_gone, found))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_process_that_is_killed_ends_the_run_with_a_message(many: Repo) -> None:
    for process, found in _started(many):
        os.kill(found[1], signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert errors.startswith(b"--jobs: a worker process was killed by signal 9, so the run is not complete\n")
        assert all(map(_is_gone, found))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_processes_end_if_the_run_is_killed(many: Repo) -> None:
    for process, found in _started(many):
        process.kill()
        process.communicate(timeout=60)
        end = time.monotonic() + 60
        while not all(map(_is_gone, found)):
            assert time.monotonic() < end
            time.sleep(0.05)


# Progress


def _at_a_terminal(repo: Repo, *arguments: str, **env: str) -> str:
    clean = {k: v for k, v in forks.plain_environment().items() if k != "CI"} | {"TERM": "xterm"} | env
    child = pexpect.spawn(
        sys.executable, ["-m", "generator", *arguments], cwd=str(repo.root), env=clean, encoding="utf-8", timeout=90,
        preexec_fn=heed_signals,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


def test_a_long_run_counts_on_a_terminal(many: Repo) -> None:
    shown = _at_a_terminal(many, "status", "--jobs", "2", "--format", "github")
    assert f" of {_MANY + 1} units\x1b[K\r" in shown
    assert shown.endswith("\r\x1b[K") or "\r\x1b[K" in shown


@pytest.mark.parametrize(
    ("arguments", "env"),
    [(["--quiet"], {}), ([], {"CI": "true"}), ([], {"GITHUB_ACTIONS": "true"}), ([], {"TERM": "dumb"})],
    ids=["quiet", "CI", "GitHub", "dumb"],
)
def test_nothing_is_counted_where_nobody_looks(fleet: Repo, arguments: list[str], env: dict[str, str]) -> None:
    shown = _at_a_terminal(fleet, "status", "--jobs", "2", *arguments, **env)
    assert " units\x1b" not in shown
    assert "\r\x1b[K" not in shown


def test_the_environment_sets_the_number(fleet: Repo) -> None:
    for wrong in ("0", "-1", "many", "100000"):
        assert fleet.run("diff", "--jobs", wrong).code == 2
        done = fleet.run("diff", SCAFFOLD_JOBS=wrong)
        assert done.code == 2
        assert "SCAFFOLD_JOBS" in done.err or "--jobs" in done.err
    assert fleet.run("diff", SCAFFOLD_JOBS="2").out == fleet.run("diff", "--jobs", "1").out
