"""Runs beside each other: linked worktrees, submodules, hooks of git, two commands at once, signals at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo, git, heed_signals

HOOK = """#!/bin/sh
set -e
env | grep '^GIT_DIR=' > "$OUT/git_dir" || true
"$PYTHON" -m generator list --root inner > "$OUT/named"
"$PYTHON" -m generator diff --root inner --changed-since HEAD > "$OUT/changed"
"$PYTHON" -m generator regenerate --root inner
cd inner
"$PYTHON" -m generator list > "$OUT/within"
"""


def commit(root: Path, *more: str, **env: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, "commit", "-qm", "x", *more],
        cwd=root, env={**os.environ, **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def states(folder: Path) -> list[str]:
    return sorted(one.name for one in (folder / "scaffold").iterdir()) if (folder / "scaffold").exists() else []


UNITS = ".github  ci\nautomation  automation\nservices/search  service\n"  # of the inner root of ``nested``


@pytest.fixture
def nested(repo: Repo, tmp_path: Path) -> Repo:
    """A repository with a root at its top and another one below it, and a linked worktree beside it."""
    (repo.root / "inner").mkdir()
    repo.ok("init", "--root", "inner")
    repo.ok("new-service", "search", "--image", "a/b:1.2.3", "--root", "inner")
    git(repo.root, "add", "--all")
    commit(repo.root)
    git(repo.root, "worktree", "add", "-q", str(tmp_path / "linked"))
    return repo


def test_linked_worktrees_have_states_of_their_own(nested: Repo, tmp_path: Path) -> None:
    linked = Repo(tmp_path / "linked")
    before = states(nested.root / ".git")
    linked.edit(SPEC, "image:", "port: 9090\nimage:")
    linked.ok("regenerate")
    assert "containerPort: 9090" in linked.read(DEPLOYMENT)
    assert "9090" not in nested.read(DEPLOYMENT)
    assert len(states(nested.root / ".git/worktrees/linked")) == 1
    assert states(nested.root / ".git") == before


@pytest.mark.parametrize("where", ["main", "linked"])
def test_a_hook_sees_the_root_that_it_names(nested: Repo, tmp_path: Path, where: str) -> None:
    """Git sets GIT_DIR in hooks of a linked worktree, and would take any folder that it runs in for the top level."""
    hook = nested.root / ".git/hooks/pre-commit"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    root = nested.root if where == "main" else tmp_path / "linked"
    (root / "other").write_text("x")
    git(root, "add", "other")
    package = str(Path(__file__).resolve().parents[2])
    commit(root, OUT=str(tmp_path), PYTHON=sys.executable, PYTHONPATH=os.environ.get("PYTHONPATH", package))
    assert ((tmp_path / "git_dir").read_text() != "") == (where == "linked")
    for name in ("named", "within"):
        assert (tmp_path / name).read_text() == UNITS
    assert "0 units" in (tmp_path / "changed").read_text(), "nothing in it has changed"
    folder = nested.root / (".git" if where == "main" else ".git/worktrees/linked")
    Repo(root).ok("regenerate")
    assert len(states(folder)) == 2, "each root has its own"


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE"])
def test_paths_of_git_in_the_environment_are_relative_to_where_the_command_is(nested: Repo, name: str) -> None:
    env = {"GIT_DIR": ".git"} if name == "GIT_DIR" else {"GIT_DIR": ".git", "GIT_WORK_TREE": "."}
    assert nested.ok("list", "--root", "inner", **env).out == UNITS


def test_a_root_in_a_submodule(repo: Repo, tmp_path: Path) -> None:
    git(repo.root, "add", "--all")
    commit(repo.root)
    outer = Repo(tmp_path / "outer")
    outer.root.mkdir()
    git(outer.root, "init", "--quiet", "--initial-branch=main", ".")
    outer.ok("init")
    git(outer.root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo.root), "mods/sub")
    inner = Repo(outer.root / "mods/sub")
    inner.edit(SPEC, "image:", "port: 9090\nimage:")
    inner.ok("regenerate")
    assert "containerPort: 9090" in inner.read(DEPLOYMENT)
    assert len(states(outer.root / ".git/modules/mods/sub")) == 1
    assert outer.ok("list").out == ".github  ci\nautomation  automation\n", "what is in a submodule is its own matter"
    assert outer.ok("diff", "--root", "mods/sub").code == 0
    assert outer.run("new-service", "x", "--image", "a/b:1.2.3", "--dir", "mods/sub/x").code == 2


@pytest.mark.parametrize(
    "text", ["gitdir: nowhere\n", "gitdir: a\0b\n", "gitdir: " + "x" * 100_000, "", "gitdir: .git\n"]
)
def test_a_git_file_that_leads_nowhere_is_told_of(repo: Repo, text: str) -> None:
    (repo.root / ".git").rename(repo.root.parent / "elsewhere.git")
    (repo.root / ".git").write_text(text)
    before = repo.snapshot()
    for command in (("list",), ("diff",), ("regenerate",), ("new-service", "x", "--image", "a/b:1.2.3")):
        done = repo.run(*command)
        assert done.code == 2, done.text
        assert "git: git " in done.err
    assert repo.snapshot() == before


def test_a_git_directory_elsewhere_keeps_the_state(repo: Repo) -> None:
    outside = repo.root.parent / "elsewhere.git"
    (repo.root / ".git").rename(outside)
    (repo.root / ".git").write_text(f"gitdir: {outside}\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.ok("regenerate")
    assert states(outside)


@pytest.mark.parametrize("what", ["link", "file", "fifo"])
def test_a_state_folder_of_another_sort_is_refused(repo: Repo, tmp_path: Path, what: str) -> None:
    """The folder above it, which all roots of a repository share."""
    folder = repo.root / ".git/scaffold"
    folder.rename(repo.root / ".git/away")
    (tmp_path / "outside").mkdir()
    if what == "link":
        folder.symlink_to(tmp_path / "outside")
    elif what == "file":
        folder.write_text("")
    else:
        os.mkfifo(folder)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    done = repo.run("regenerate")
    assert done.code == 2, done.text
    assert ".git/scaffold" in done.err
    assert list((tmp_path / "outside").iterdir()) == []
    assert repo.run("diff").code == 1, "what only reads goes on"


@pytest.mark.parametrize("below", [False, True])
def test_a_state_folder_that_is_closed_is_told_of(repo: Repo, below: bool) -> None:
    folder = repo.state() if below else repo.state().parent
    caps = "-dac_override,-dac_read_search"
    plain = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"] if os.geteuid() == 0 else []
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    before = repo.snapshot()
    folder.chmod(0)
    try:
        done = subprocess.run(
            [*plain, sys.executable, "-m", "generator", "regenerate"],
            cwd=repo.root,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.chmod(0o700)
    assert done.returncode == 2, done.stderr
    assert "Permission denied" in done.stderr
    assert repo.snapshot() == before


def test_what_is_planted_in_the_stage_is_never_taken(repo: Repo, tmp_path: Path) -> None:
    """Files named as a run's own, links, pipes and folders: none is followed, and none ends in the tree."""
    stage = repo.root / ".scaffold/stage"
    stage.mkdir()
    (tmp_path / "outside").write_text("kept")
    for number in range(3):
        (stage / f"{'0' * 16}-{number}").write_text("planted\n")
        (stage / f"{'0' * 16}-{number}.old").write_text("planted\n")
    (stage / "link").symlink_to(tmp_path / "outside")
    (stage / "folder").mkdir()
    (stage / "folder/file").write_text("theirs")
    os.mkfifo(stage / "fifo")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.ok("regenerate")
    assert sorted(one.name for one in stage.iterdir()) == ["folder"]
    assert (stage / "folder/file").read_text() == "theirs"
    assert (tmp_path / "outside").read_text() == "kept"
    assert all(b"planted" not in data for data in repo.snapshot().values())


COMMANDS = (
    ("regenerate",),
    ("new-service", "search", "--image", "a/b:1.2.3"),
    ("alerting",),
    ("init",),
    ("new-e2e", "kubectl-x"),
)


def start(repo: Repo, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "generator", *arguments],
        cwd=repo.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_signals,  # noqa: PLW1509 - there are no threads here
    )  # fmt: skip


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_two_commands_at_once_both_do_what_they_are_for(repo: Repo, number: int) -> None:
    one, other = COMMANDS[number], COMMANDS[(number + 1) % len(COMMANDS)]
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    running = [start(repo, *one), start(repo, *other)]
    for process in running:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    repo.ok("regenerate")
    repo.ok("diff")
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert not repo.has(".scaffold/stage")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda one: one[0])
def test_after_a_signal_the_next_run_finishes(repo: Repo, command: tuple[str, ...], number: int) -> None:
    """Sent when the journal is there, or the stage; a command that was quicker is as good."""
    process = start(repo, *command)
    stage, journal = repo.root / ".scaffold/stage", repo.state() / "journal.json"
    while process.poll() is None and not (stage.exists() or journal.exists()):
        time.sleep(0.0005)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    assert process.returncode in {0, 130, -number}
    repo.ok("regenerate")
    if not process.returncode or command[0] in {"alerting", "init"}:
        repo.run(*command)
    else:
        done = repo.run(*command)
        assert done.code == 0 or "already exists" in done.err
    repo.ok("diff")
    assert not stage.exists()


@pytest.mark.parametrize("module", ["generator.cli.app", "generator.tree", "generator.pipeline"])
def test_an_interrupt_while_modules_are_loaded_leaves_no_traceback(repo: Repo, module: str) -> None:
    hook = "import os, signal, sys\nclass Hook:\n    def find_spec(self, name, *_):\n"
    hook += f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\nsys.meta_path.insert(0, Hook())\n"
    repo.write("hook/sitecustomize.py", hook)
    places = os.pathsep.join((str(repo.root / "hook"), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-m", "generator", "diff"], cwd=repo.root, env={**os.environ, "PYTHONPATH": places},
        capture_output=True, text=True, check=False,
        preexec_fn=heed_signals,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
