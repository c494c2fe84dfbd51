"""Runs that are killed, run twice at once, or find the disk against them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import DEPLOYMENT, LOCK, SPEC, Repo

# Runs scaffold in a process that ends itself, as if by kill -9, at the N-th call of one function of the system.
KILLED = """
import os, signal, sys
from generator.cli import run
name, number = sys.argv[1], int(sys.argv[2])
real, calls = getattr(os, name), 0
def replaced(*args, **kwargs):
    global calls
    calls += 1
    if calls == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
setattr(os, name, replaced)
sys.exit(run(sys.argv[3:]))
"""
# The same, but the call fails with an error of the system.
FAILING = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "raise OSError(28, 'No space left on device')")


def patched(repo: Repo, script: str, name: str, number: int, *arguments: str) -> int:
    command = [sys.executable, "-c", script, name, str(number), *arguments]
    return subprocess.run(command, cwd=repo.root, capture_output=True, check=False, timeout=60).returncode


def prepare(repo: Repo) -> None:
    """Leave something to do of every sort: a file to make, to change, to delete, and edits to keep."""
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    repo.ok("new-service", "search", "--image", "ghcr.io/example/search:1.2.3")
    repo.edit(DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60 # slow")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.edit("services/search/scaffold.yaml", "image:", "port: 9090\nnamespace: {create: false}\nimage:")


def test_a_run_killed_at_every_rename_converges(repo: Repo) -> None:
    prepare(repo)
    before = repo.snapshot()
    repo.ok("regenerate")
    wanted = repo.snapshot()
    for name, minimum in (("rename", 6), ("unlink", 2), ("sync", 1)):
        number = 0
        while True:
            number += 1
            restore(repo, before)
            code = patched(repo, KILLED, name, number, "regenerate")
            if code == 0:
                break
            assert code == -signal.SIGKILL
            for path, data in repo.snapshot().items():
                if not path.startswith(".scaffold/"):
                    assert data in (before.get(path), wanted.get(path)), f"{path} is half written"
            repo.ok("regenerate")
            assert repo.snapshot() == wanted, f"killed at {name} {number}"
            assert repo.run("diff").code == 0
        assert number > minimum
        assert repo.snapshot() == wanted


def test_an_error_at_every_rename_leaves_nothing_half_written(repo: Repo) -> None:
    prepare(repo)
    before = repo.snapshot()
    number = 0
    while True:
        number += 1
        restore(repo, before)
        code = patched(repo, FAILING, "rename", number, "regenerate")
        if code == 0:
            break
        assert code == 2
        assert repo.snapshot() == before, f"failed at rename {number}"
    assert number > 5


def test_an_edit_made_after_the_kill_is_kept(repo: Repo) -> None:
    prepare(repo)
    assert patched(repo, KILLED, "rename", 2, "regenerate") == -signal.SIGKILL
    assert repo.has(".scaffold/journal.json")
    repo.edit(DEPLOYMENT, "periodSeconds: 60 # slow", "periodSeconds: 61 # slower")
    assert repo.run("diff").code == 1
    repo.ok("regenerate")
    assert "periodSeconds: 61 # slower" in repo.read(DEPLOYMENT)
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert repo.run("diff").code == 0


@pytest.mark.parametrize("path", ["../outside.yaml", ".git/hooks/pre-commit", "/etc/x", "a/../../x"])
def test_a_hostile_journal_writes_nothing(repo: Repo, path: str) -> None:
    entry = {"path": path, "before": None, "after": "00"}
    repo.write(".scaffold/journal.json", json.dumps({"format": 1, "entries": [entry]}))
    repo.write(".scaffold/stage/0", "x\n")
    done = repo.run("regenerate")
    assert done.code == 2
    assert ".scaffold/journal.json" in done.err
    assert not (repo.root.parent / "outside.yaml").exists()
    assert not repo.has(".git/hooks/pre-commit")


def test_a_journal_whose_stage_is_not_what_it_says_writes_nothing(repo: Repo) -> None:
    entry = {"path": "evil.yaml", "before": None, "after": "00" * 20}
    repo.write(".scaffold/journal.json", json.dumps({"format": 1, "entries": [entry]}))
    repo.write(".scaffold/stage/0", "x\n")
    repo.ok("regenerate")
    assert not repo.has("evil.yaml")
    assert not repo.has(".scaffold/journal.json")


def test_two_runs_at_once(repo: Repo) -> None:
    text = repo.read(SPEC)
    for number in range(50):
        repo.write(SPEC, text + f"port: {9000 + number}\n")
        command = [sys.executable, "-m", "generator", "regenerate"]
        runs = [
            subprocess.Popen(command, cwd=repo.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
        ]
        for one in runs:
            _, err = one.communicate(timeout=60)
            assert one.returncode == 0, err.decode()
        assert f"containerPort: {9000 + number}" in repo.read(DEPLOYMENT)
        assert repo.locked("deploy/deployment.yaml") == repo.read(DEPLOYMENT)
        assert not repo.has(".scaffold/journal.json")


def test_a_run_says_what_it_waits_for(repo: Repo) -> None:
    script = "import fcntl, sys, time\nf = open(sys.argv[1], 'a')\nfcntl.flock(f, 2)\nprint(flush=True)\ntime.sleep(2)"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(repo.root / ".scaffold/run.lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    done = repo.ok("regenerate")
    assert "waiting for another scaffold run, which holds .scaffold/run.lock" in done.err
    holder.communicate()


def test_a_file_changed_while_the_run_was_planned_is_not_overwritten(repo: Repo) -> None:
    script = """
import sys
from generator import worktree
from generator.cli import run
real = worktree.Worktree.apply
def late(self, writes, **kwargs):
    path = self.root / sys.argv[1]
    path.write_text(path.read_text() + "# late\\n")
    return real(self, writes, **kwargs)
worktree.Worktree.apply = late
sys.exit(run(["regenerate"]))
"""
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    done = subprocess.run([sys.executable, "-c", script, DEPLOYMENT], cwd=repo.root, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"was changed while scaffold was running" in done.stderr
    assert repo.read(DEPLOYMENT).endswith("# late\n")
    repo.ok("regenerate")
    assert repo.read(DEPLOYMENT).endswith("# late\n")


def test_an_interrupt_ends_with_130(repo: Repo) -> None:
    script = """
import sys
from generator.cli import run
from generator import pipeline
def interrupted(*args): raise KeyboardInterrupt
pipeline.Pipeline.unit = interrupted
sys.exit(run(["diff"]))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=repo.root, capture_output=True, check=False)
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr


def test_a_bug_is_one_line(repo: Repo) -> None:
    script = """
import sys
from generator.cli import run
from generator import pipeline
def broken(*args): raise RuntimeError("boom")
pipeline.Pipeline.unit = broken
sys.exit(run(sys.argv[1:]))
"""
    done = subprocess.run([sys.executable, "-c", script, "diff"], cwd=repo.root, capture_output=True, check=False)
    assert done.returncode == 3
    assert b"boom" in done.stderr
    assert b"Traceback" not in done.stderr
    done = subprocess.run([sys.executable, "-c", script, "-v", "diff"], cwd=repo.root, capture_output=True, check=False)
    assert b"Traceback" in done.stderr


def test_modes_are_kept(repo: Repo) -> None:
    (repo.root / DEPLOYMENT).chmod(0o600)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.ok("regenerate")
    assert (repo.root / DEPLOYMENT).stat().st_mode & 0o777 == 0o600


def test_diff_needs_no_write_access(repo: Repo, tmp_path: Path) -> None:
    before = {one: one.stat().st_mtime_ns for one in repo.root.rglob("*")}
    repo.ok("diff")
    repo.ok("status")
    assert {one: one.stat().st_mtime_ns for one in repo.root.rglob("*")} == before


def test_a_closed_pipe_is_no_bug(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "generator", "diff"]
    done = subprocess.run(command, cwd=repo.root, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert done.returncode in {0, 1}
    assert done.stderr == b""


def restore(repo: Repo, files: dict[str, bytes]) -> None:
    for path in repo.snapshot():
        if path not in files:
            (repo.root / path).unlink()
    for path, data in files.items():
        repo.write(path, data.decode("utf-8"))
    assert LOCK in files
