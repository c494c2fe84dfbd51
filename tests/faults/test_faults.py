"""Runs that are killed, run twice at once, or find the disk against them."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..conftest import DEPLOYMENT, SPEC, Repo


def test_two_runs_at_once(repo: Repo) -> None:
    text = repo.read(SPEC)
    for number in range(50):
        repo.write(SPEC, text + f"port: {9000 + number}\n")
        with ThreadPoolExecutor(2) as threads:
            runs = [threads.submit(repo.ok, "regenerate") for _ in range(2)]
        for one in runs:
            one.result()
        assert f"containerPort: {9000 + number}" in repo.read(DEPLOYMENT)
        assert repo.locked("deploy/deployment.yaml") == repo.read(DEPLOYMENT)
        assert [one.name for one in repo.state().iterdir()] == ["run.lock"]
        assert not repo.has(".scaffold/stage")


def test_a_run_says_what_it_waits_for(repo: Repo) -> None:
    script = "import fcntl, sys, time\nf = open(sys.argv[1], 'a')\nfcntl.flock(f, 2)\nprint(flush=True)\ntime.sleep(8)"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(repo.state() / "run.lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    done = repo.ok("regenerate")
    assert "waiting for another scaffold run, which holds" in done.err
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
    assert (done.returncode, done.stderr) == (130, b"interrupted\n")


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
