"""What a run may write, where its state lives, and that nothing which somebody saves meanwhile is lost."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from generator import journal
from generator.digests import text_digest
from generator.journal import Entry, Journal
from generator.worktree import Worktree, Write

from ..conftest import DEPLOYMENT, SPEC, Repo, git

GENERATOR = Path(__file__).resolve().parents[2] / "generator"
RUN = "0123456789abcdef"


# The journal


def plant(repo: Repo, folder: Path, path: str, text: str | None, unit: str = "") -> None:
    """Write a journal that is whole, and its stage."""
    after = None if text is None else text_digest(text)
    before = text_digest(repo.read(path)) if repo.has(path) else None
    folder.mkdir(parents=True, exist_ok=True)
    found = Journal(RUN, (Entry(path, unit, before, after, unit),))
    (folder / "journal.json").write_bytes(journal.journal_bytes(found))
    if text is not None:
        repo.write(f".scaffold/stage/{RUN}-0", text)


@pytest.mark.parametrize("path", ["Makefile", ".github/workflows/evil.yaml", ".scaffold/config.yaml", DEPLOYMENT])
@pytest.mark.parametrize("old", [True, False])
def test_a_committed_journal_is_not_read(repo: Repo, path: str, old: bool) -> None:
    before = repo.snapshot()
    if old:
        digests = {
            "before": text_digest(repo.read(path)) if repo.has(path) else None,
            "after": text_digest("x\n"),
        }
        entry = {"path": path, **digests}
        repo.write(".scaffold/journal.json", json.dumps({"format": 1, "entries": [entry]}))
        repo.write(".scaffold/stage/0", "x\n")
    else:
        plant(repo, repo.root / ".scaffold", path, "x\n")
    done = repo.ok("regenerate")
    assert ".scaffold/journal.json: is ignored" in done.err
    after = {k: v for k, v in repo.snapshot().items() if not k.startswith((".scaffold/journal", ".scaffold/stage"))}
    assert after == before


@pytest.mark.parametrize(
    "path", ["Makefile", ".github/workflows/ci.yaml", "ignored/secret", "services/payments/own.yaml"]
)
@pytest.mark.parametrize(
    "command", [("regenerate",), ("new-service", "x", "--image", "a/b:1.2.3")], ids=lambda one: one[0]
)
def test_a_committed_journal_deletes_nothing(repo: Repo, path: str, command: tuple[str, ...]) -> None:
    """None of these is made again by the same run."""
    repo.write(".gitignore", repo.read(".gitignore") + "ignored/\n")
    repo.write(path, "mine\n")
    entry = {"path": path, "before": text_digest("mine\n"), "after": None}
    repo.write(".scaffold/journal.json", json.dumps({"format": 1, "entries": [entry]}))
    repo.ok(*command)
    assert repo.read(path) == "mine\n"


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("../outside.yaml", ""),
        (".git/hooks/pre-commit", ""),
        ("/etc/x", ""),
        ("a/../../x", "."),
        ("Makefile", ""),
        (".github/workflows/ci.yaml", "services/payments"),
        ("services/search/x", "services/payments"),
        (".scaffold/templates/x", "."),
        (".SCAFFOLD/templates/x", "."),
        (".scaffold/templates/y/x", ".scaffold/templates/x"),
        (".scaffold/config.yaml", ".scaffold/templates/x"),
        (".github/workflows/.scaffold-templates-x.yaml", ".scaffold/templates/x"),
        (".scaffold/templates/X/x", ".scaffold/templates/X"),
        (".scaffold/schemas/../config", ""),
    ],
)
def test_a_journal_of_other_places_writes_nothing(repo: Repo, path: str, unit: str) -> None:
    before = repo.snapshot()
    found = Journal(RUN, (Entry(path, unit, None, text_digest("x\n"), unit),))
    (repo.state() / "journal.json").write_bytes(journal.journal_bytes(found))
    repo.write(f".scaffold/stage/{RUN}-0", "x\n")
    done = repo.run("regenerate")
    assert done.code == 2
    assert "journal.json" in done.err
    (repo.root / f".scaffold/stage/{RUN}-0").unlink()
    assert repo.snapshot() == before


def test_a_journal_of_ours_is_finished(repo: Repo) -> None:
    """The noop of the ones before: in the right place, for a path of a unit."""
    plant(repo, repo.state(), "services/payments/new/x.yaml", "x\n", "services/payments")
    assert "finished an interrupted run" in repo.ok("regenerate").err
    assert repo.read("services/payments/new/x.yaml") == "x\n"
    assert not repo.has(".scaffold/stage")


@pytest.mark.parametrize("text", ["", "{}", "[]", "{" * 100000, "\xff", '{"format": 2, "token": "0", "entries": 0}\n'])
def test_a_broken_journal_ends_with_2(repo: Repo, text: str) -> None:
    (repo.state() / "journal.json").write_bytes(text.encode("latin-1"))
    done = repo.run("regenerate")
    assert done.code == 2
    assert "delete it and run scaffold regenerate" in done.err
    assert repo.run("diff").code == 1


def test_a_journal_whose_stage_is_not_what_it_says_writes_nothing(repo: Repo) -> None:
    plant(repo, repo.state(), "services/payments/x.yaml", "x\n", "services/payments")
    repo.write(f".scaffold/stage/{RUN}-0", "y\n")
    assert "was changed since" in repo.ok("regenerate").err
    assert not repo.has("services/payments/x.yaml")


def test_a_run_of_25000_files_is_finished(repo: Repo) -> None:
    count = 25_000
    entries = []
    for number in range(count):
        text = f"{number}\n"
        path = f"services/payments/n/{number:05}/a-file-with-quite-a-long-name.yaml"
        entries.append(Entry(path, "services/payments", None, text_digest(text), "services/payments"))
        (repo.root / ".scaffold/stage").mkdir(exist_ok=True)
        (repo.root / f".scaffold/stage/{RUN}-{number}").write_text(text)
    data = journal.journal_bytes(Journal(RUN, tuple(entries)))
    assert len(data) > 4 * 1024 * 1024
    (repo.state() / "journal.json").write_bytes(data)
    assert "finished an interrupted run" in repo.ok("regenerate").err
    assert sum(1 for _ in (repo.root / "services/payments/n").rglob("*.yaml")) == count
    assert repo.run("diff").code == 0


def test_after_finishing_new_folders_the_run_works(repo: Repo) -> None:
    """The folders that finishing made were still taken for absent."""
    text = repo.read(DEPLOYMENT)
    spec = repo.read(SPEC)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    (repo.root / DEPLOYMENT).unlink()
    for one in (repo.root / DEPLOYMENT).parent.iterdir():
        one.unlink()
    (repo.root / DEPLOYMENT).parent.rmdir()
    plant(repo, repo.state(), DEPLOYMENT, text, "services/payments")
    repo.ok("regenerate")
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert spec != repo.read(SPEC)
    assert repo.run("diff").code == 0


def test_roots_in_one_repository_have_states_of_their_own(repo: Repo) -> None:
    (repo.root / "inner").mkdir()
    repo.ok("init", "--root", "inner")
    assert len(list((repo.root / ".git/scaffold").iterdir())) == 2


def test_without_git_the_state_is_in_the_home_of_states(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "plain")
    repo.root.mkdir()
    env = {"XDG_STATE_HOME": str(tmp_path / "state")}
    repo.ok("init", **env)
    (folder,) = (tmp_path / "state/scaffold").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not repo.has(".scaffold/run.lock")
    env = {"XDG_STATE_HOME": str(tmp_path / "none"), "HOME": str(tmp_path / "none")}
    assert repo.run("diff", **env).code == 0
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    done = repo.run("regenerate", XDG_STATE_HOME=str(tmp_path / "file"))
    assert done.code == 2
    assert "XDG_STATE_HOME names another" in done.err


@pytest.mark.parametrize("what", ["link", "file", "other user"])
def test_a_state_folder_that_is_not_ours_is_refused(repo: Repo, tmp_path: Path, what: str) -> None:
    folder = repo.state()
    (folder / "run.lock").unlink()
    if what == "other user":
        if os.geteuid() != 0:
            pytest.skip("only root can give a folder away")
        os.chown(folder, 12345, 12345)
    else:
        folder.rmdir()
        folder.symlink_to(tmp_path) if what == "link" else folder.write_text("")
    assert repo.run("regenerate").code == 2
    assert repo.run("diff").code == 0


@pytest.mark.parametrize("what", ["fifo", "folder", "link"])
def test_a_planted_run_lock_is_refused(repo: Repo, tmp_path: Path, what: str) -> None:
    path = repo.state() / "run.lock"
    path.unlink()
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "made")
    done = repo.run("regenerate")
    assert done.code == 2
    assert "run.lock" in done.err
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("what", ["link", "file", "deep"])
def test_a_planted_stage(repo: Repo, tmp_path: Path, what: str) -> None:
    stage = repo.root / ".scaffold/stage"
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("x")
    if what == "link":
        stage.symlink_to(tmp_path / "kept")
    elif what == "file":
        stage.write_text("")
    else:
        stage.mkdir()
        (stage / "link").symlink_to(tmp_path / "kept/file")
        number = os.open(stage, os.O_RDONLY)
        for _ in range(1200):
            os.mkdir("a", dir_fd=number)
            inner = os.open("a", os.O_RDONLY, dir_fd=number)
            os.close(number)
            number = inner
        os.close(number)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    done = repo.run("regenerate")
    assert done.code == (0 if what == "deep" else 2)
    assert (tmp_path / "kept/file").read_text() == "x"
    subprocess.run(["rm", "-rf", str(stage)], check=True)


# Edits while it runs


@pytest.mark.parametrize("how", ["rename", "in place"])
def test_a_storm_of_edits_loses_none(empty: Repo, how: str) -> None:
    """Editors save while a run over 200 units stages, syncs and moves; only what changed is left."""
    units, files = 200, 3
    writes = []
    for unit in range(units):
        for number in range(files):
            path = f"u{unit}/f{number}"
            empty.write(path, "old\n")
            writes.append(Write(path, "old\n", "new\n", unit=f"u{unit}"))
        writes.append(Write(f"u{unit}/scaffold.lock", None, "{}\n", unit=f"u{unit}"))
    writes.sort(key=lambda one: one.path.endswith(".lock"))
    saved: dict[str, str] = {}
    stop = threading.Event()

    def editor() -> None:
        number = 0
        while not stop.is_set():
            unit = (number * 37) % units
            path = empty.root / f"u{unit}/f{number % files}"
            text = path.read_text() + f"edit {number}\n"
            if how == "rename":
                draft = path.with_name(f".{number}.swp")
                draft.write_text(text)
                draft.replace(path)
            else:
                with path.open("a") as file:
                    file.write(f"edit {number}\n")
            saved[f"edit {number}\n"] = path.relative_to(empty.root).as_posix()
            number += 1
            time.sleep(0.0005)

    # One editor: of two that save one file the later wins, whatever else runs.
    thread = threading.Thread(target=editor)
    thread.start()
    time.sleep(0.05)
    worktree = Worktree(empty.root)
    with worktree.alone(print):
        applied = worktree.apply(writes)
    stop.set()
    thread.join()
    assert len(saved) >= 29
    lost = [line for line, path in saved.items() if line not in empty.read(path)]
    assert lost == []
    assert applied.left
    left = {one.path.partition("/")[0] for one in applied.left}
    for unit in range(units):
        assert empty.has(f"u{unit}/scaffold.lock") == (f"u{unit}" not in left)


def test_what_is_saved_while_a_command_runs_is_kept(empty: Repo) -> None:
    """An editor that saves from when the command stages its files until it ends; the next run takes the rest."""
    units, files, tail = 80, 4, "\n".join(f"line {number}" for number in range(9))
    template = ".scaffold/templates/tiny"
    schema = {"type": "object", "properties": {"template": {}, "name": {"type": "string"}}}
    empty.write(f"{template}/cookiecutter.json", '{"name": ""}')
    empty.write(f"{template}/schema.json", json.dumps(schema))
    for version in (1, 2):
        empty.write(f"{template}/version", f"{version}\n")
        for number in range(files):
            empty.write(f"{template}/{{{{cookiecutter.name}}}}/f{number}.txt", f"version {version}\n{tail}\nend\n")
        if version == 1:
            for unit in range(units):
                empty.write(f"u{unit}/scaffold.yaml", f"template: tiny\nname: u{unit}\n")
            empty.ok("regenerate")
    saved: dict[str, str] = {}
    stage = empty.root / ".scaffold/stage"
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "regenerate"],
        cwd=empty.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None:
        if not stage.exists():
            time.sleep(0.0005)
            continue
        number = len(saved)
        path = empty.root / f"u{number * 37 % units}/f{number % files}.txt"
        draft = path.with_name(f".{number}.swp")
        draft.write_text(path.read_text() + f"edit {number}\n")
        draft.replace(path)
        saved[f"edit {number}\n"] = path.relative_to(empty.root).as_posix()
        time.sleep(0.0005)
    _, told = process.communicate()
    assert saved, "the command staged nothing, or too fast"
    assert process.returncode in {0, 2}, told
    assert [line for line, path in saved.items() if line not in empty.read(path)] == []
    empty.ok("regenerate")
    assert [line for line, path in saved.items() if line not in empty.read(path)] == []
    assert all(empty.read(f"u{unit}/f0.txt").startswith("version 2\n") for unit in range(units))
    empty.ok("diff")


@pytest.mark.parametrize("what", ["changed", "made", "deleted", "a folder"])
def test_what_changes_after_the_plan_is_left_and_the_others_go_on(repo: Repo, what: str) -> None:
    for path in ("a/x", "b/x"):
        repo.write(path, "old\n")
    writes = [
        Write(f"{unit}/{name}", "old\n" if name == "x" else None, "new\n", unit=unit) for name in "xy" for unit in "ab"
    ]
    writes += [Write(f"{unit}/scaffold.lock", None, "{}\n", unit=unit) for unit in "ab"]
    if what == "changed":
        repo.write("a/x", "mine\n")
    elif what == "made":
        repo.write("a/y", "mine\n")
    elif what == "deleted":
        (repo.root / "a/x").unlink()
    else:
        (repo.root / "a/x").unlink()
        (repo.root / "a/x").mkdir()
    mine = {path: data for path, data in repo.snapshot().items() if path.startswith("a/")}
    worktree = Worktree(repo.root)
    with worktree.alone(print):
        applied = worktree.apply(writes)
    assert {one.path for one in applied.written} == {"b/x", "b/y", "b/scaffold.lock"}
    told = "is not a regular file" if what == "a folder" else "was changed while scaffold was running"
    assert told in applied.left[0].message
    assert {path: data for path, data in repo.snapshot().items() if path.startswith("a/")} == mine
    assert repo.read("b/x") == "new\n"


def test_an_obstacle_stops_its_unit_alone(repo: Repo) -> None:
    repo.ok("new-service", "orders", "--image", "ghcr.io/example/orders:1.2.3")
    for one in (repo.root / "services/payments/deploy").iterdir():
        one.unlink()
    (repo.root / "services/payments/deploy").rmdir()
    repo.write("services/payments/deploy", "mine")
    repo.edit("services/orders/scaffold.yaml", "image:", "port: 9090\nimage:")
    done = repo.run("regenerate")
    assert done.code == 2
    assert done.err.count("services/payments/deploy: is not a folder") == 1
    assert "containerPort: 9090" in repo.read("services/orders/deploy/deployment.yaml")
    assert repo.read("services/payments/deploy") == "mine"


def test_what_a_sparse_checkout_leaves_out_is_not_absent(repo: Repo) -> None:
    repo.ok("new-e2e", "kubectl-tree")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5 # for black friday")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "all")
    untouched = ("sparse-checkout", "set", "--no-cone")
    git(repo.root, *untouched, "/.scaffold/", "/services/*/scaffold.*", "/.git*")
    assert not repo.has(DEPLOYMENT)
    for command in ("diff", "regenerate", "status"):
        done = repo.run(command)
        assert done.code == 2, done.text
        assert f"{DEPLOYMENT}: is in the repository, but not in your sparse checkout" in done.err
        assert "gone" not in done.text, "the test is not in the checkout, and its workflow is not left behind"
    assert not repo.has(DEPLOYMENT)
    git(repo.root, *untouched, "/services/")
    done = repo.run("init")
    assert done.code == 2
    assert ".scaffold/config.yaml: is in the repository, but not in your sparse checkout" in done.err
    git(repo.root, "sparse-checkout", "disable")
    repo.ok("diff")
    assert "replicas: 5 # for black friday" in repo.read(DEPLOYMENT)


# merge: what it reads and where it writes


def merge(repo: Repo, script: str, seconds: float = 60) -> subprocess.CompletedProcess[bytes]:
    full = f'scaffold() {{ "{sys.executable}" -m generator "$@"; }}\n{script}'
    return subprocess.run(["bash", "-c", full], cwd=repo.root, capture_output=True, check=False, timeout=seconds)


@pytest.fixture
def three(empty: Repo) -> Repo:
    for name, text in (("base", "a: 1\n\nb: 1\n"), ("ours", "a: 2\n\nb: 1\n"), ("theirs", "a: 1\n\nb: 2\n")):
        empty.write(name, text)
    return empty


def test_merge_reads_pipes(three: Repo) -> None:
    done = merge(three, "scaffold merge --path x.yaml <(cat base) <(sleep 1; cat ours) /dev/stdin < theirs")
    assert done.stdout == b"a: 2\n\nb: 2\n", done.stderr
    done = merge(three, "mkfifo f; (sleep 1; cat ours > f) & scaffold merge --path x.yaml base f theirs")
    assert done.stdout == b"a: 2\n\nb: 2\n", done.stderr
    done = merge(three, "scaffold merge --path x.yaml base <(true) base")
    assert done.returncode in {0, 1}, done.stderr


HAS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/dev/zero", b"is larger than 4 MiB"),
        pytest.param("/dev/full", b"is larger than 4 MiB", marks=HAS_FULL),
        ("fifo", b"sent no data for 10 s"),
        ("folder", b"is not a regular file"),
        ("socket", b"cannot be used"),
        ("gone", b"does not exist"),
        ("huge", b"is larger than 4 MiB"),
    ],
)
def test_merge_ends_whatever_it_reads(three: Repo, name: str, message: bytes) -> None:
    os.mkfifo(three.root / "fifo")
    (three.root / "folder").mkdir()
    with (three.root / "huge").open("wb") as file:
        file.truncate(200 * 2**30)
    script = "import socket,sys; socket.socket(socket.AF_UNIX).bind('socket')"
    subprocess.run([sys.executable, "-c", script], cwd=three.root, check=True)
    done = merge(three, f"ulimit -v 4000000; scaffold merge base ours {name}")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr


def test_merge_writes_through_no_planted_link(three: Repo, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("kept")
    (three.root / ".out.yaml.scaffold").symlink_to(target)
    three.write("out.yaml", "old\n")
    (three.root / "out.yaml").chmod(0o640)
    three.ok("merge", "base", "ours", "theirs", "--path", "x.yaml", "-o", "out.yaml")
    assert target.read_text() == "kept"
    assert three.read("out.yaml") == "a: 2\n\nb: 2\n"
    assert (three.root / "out.yaml").stat().st_mode & 0o777 == 0o640
    ours = {one.name for one in three.root.iterdir() if one.name.endswith(".scaffold")}
    assert ours == {".out.yaml.scaffold", ".scaffold"}


@pytest.mark.parametrize("output", ["link", "socket", "fifo", "folder"])
def test_merge_replaces_only_regular_files(three: Repo, tmp_path: Path, output: str) -> None:
    (tmp_path / "target").write_text("kept")
    (three.root / "link").symlink_to(tmp_path / "target")
    os.mkfifo(three.root / "fifo")
    (three.root / "folder").mkdir()
    with (
        socket.socket(socket.AF_UNIX) as made,
        contextlib.chdir(three.root),
    ):  # a path may be too long for one
        made.bind("socket")
    done = three.run("merge", "base", "ours", "theirs", "--path", "x.yaml", "-o", output)
    assert done.code == 2
    assert "is not a regular file" in done.err
    assert (tmp_path / "target").read_text() == "kept"


def test_merge_keeps_both_sides_of_files_that_are_too_large(three: Repo) -> None:
    three.write("ours", "a: 1\n" * 1_200_000)
    done = three.run("merge", "base", "ours", "theirs", "--markers", "-o", "ours")
    assert done.code == 2
    text = three.read("ours")
    assert text.startswith("<<<<<<< ours\na: 1\n")
    assert text.endswith("=======\na: 1\n\nb: 2\n>>>>>>> theirs\n")


# The working directory, and the one home of looks at the disk

COMMANDS = [
    ["init"],
    ["new-service", "x", "--image", "a/b:1"],
    ["new-e2e", "x"],
    ["alerting"],
    ["regenerate"],
    ["diff"],
    ["status"],
    ["list"],
    ["merge", "/a", "/b", "/c"],
    ["validate"],
    ["rules"],
    ["route"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda one: one[0])
def test_a_working_directory_that_is_gone(tmp_path: Path, arguments: list[str]) -> None:
    code = """
import os, sys
import generator.cli
os.mkdir("gone")
os.chdir("gone")
os.rmdir("../gone")
sys.exit(generator.cli.run(sys.argv[1:]))
"""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 2
    assert (
        done.stderr
        == b"the working directory cannot be used: No such file or directory\n    cd to an existing folder\n"
    )


# Who may look at the disk beside disk.py, and why.
ALLOWED = {
    "disk.py": "the home of it",
    "argfile.py": "opens a draft of its own, and a file of any size that it copies",
    "state.py": "writes the state of a run, outside of the tree",
    "stage.py": "writes, through open folders",
    "moves.py": "writes, through open folders",
    "assets.py": "reads our own installation",
    "origin.py": "reads our own installation",
    "behaviour.py": "reads our own installation",
    "rules/readers/compiled.py": "reads our own installation and what it has compiled",
    "registry/transport.py": "a folder of certificates that the environment names, which OpenSSL reads",
    "preview/alertmanager_process.py": "the log in its temporary folder",
    "git_bounded.py": "the sizes in its temporary folder",
    "program_versions.py": "programs in the folders of the PATH",
}
LOOKS = {"exists", "is_dir", "is_file", "is_symlink", "iterdir", "glob", "rglob", "read_text", "read_bytes"}
OS_LOOKS = {"walk", "scandir", "listdir", "fwalk"}
PATH_LOOKS = {"exists", "lexists", "isdir", "isfile", "islink"}


def looks(path: Path) -> list[str]:
    """Return the calls in a module that look at the disk and take an error for absence."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))):
            continue
        name = ast.unparse(node.func)
        last = name.rpartition(".")[2]
        ours = name.startswith(("disk.", "scope.", "self."))
        of_os = name.startswith("os.") and (last in OS_LOOKS or (name.startswith("os.path.") and last in PATH_LOOKS))
        if of_os or name == "open" or (last in LOOKS and "." in name and not ours):
            found.append(f"{node.lineno}: {name}")
    return found


def test_only_one_module_looks_at_the_disk() -> None:
    bad = {}
    for path in sorted(GENERATOR.rglob("*.py")):
        relative = path.relative_to(GENERATOR).as_posix()
        if relative not in ALLOWED and (found := looks(path)):
            bad[relative] = found
    assert bad == {}
