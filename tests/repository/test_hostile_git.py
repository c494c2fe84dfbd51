"""What a checkout can do to git: repositories that it holds, refs and names that look like options, odd workflows."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import repository

from ..conftest import SPEC, Repo, git

COMMANDS = (
    ("diff",),
    ("diff", "--changed-since", "HEAD"),
    ("status",),
    ("list", "--format", "github-matrix", "--changed-since", "HEAD"),
    ("list", "--format", "github-images", "--changed-since", "HEAD"),
    ("validate",),
    ("regenerate",),
    ("init",),
    ("new-service", "other", "--image", "a:b"),
)
SETTINGS = (
    "core.fsmonitor",
    "core.sshCommand",
    "core.askPass",
    "core.pager",
    "diff.external",
    "filter.x.clean",
    "filter.x.smudge",
    "filter.x.process",
    "diff.x.textconv",
    "diff.x.command",
    "core.alternateRefsCommand",
    "credential.helper",
    "uploadpack.packObjectsHook",
)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that is there if a program of the hostile repository ran."""
    return tmp_path / "ran"


def program(tmp_path: Path, marker: Path) -> Path:
    path = tmp_path / "program"
    path.write_text(f'#!/bin/sh\necho "$0 $*" >> {marker}\nexit 0\n')
    path.chmod(0o755)
    return path


def make_bare(repo: Repo, folder: str, runs: Path) -> Path:
    """Make a folder of the checkout that is a bare repository with a work tree, ``.scaffold/`` and a service."""
    bare = repo.root / folder
    git(repo.root, "init", "--quiet", "--bare", str(bare))
    for name in SETTINGS:
        subprocess.run(["git", "config", "--file", bare / "config", name, str(runs)], check=True)
    for name, value in (("core.bare", "false"), ("core.worktree", "."), ("core.hooksPath", str(runs.parent))):
        subprocess.run(["git", "config", "--file", bare / "config", name, value], check=True)
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::{runs} %S"),
        ("protocol.ext.allow", "always"),
    ):
        subprocess.run(["git", "config", "--file", bare / "config", name, value], check=True)
    (bare / "info/attributes").write_text("* filter=x diff=x\n")
    for path, text in repo.snapshot().items():
        if path.startswith((".scaffold/", "services/")):
            (bare / path).parent.mkdir(parents=True, exist_ok=True)
            (bare / path).write_bytes(text)
    return bare


def test_git_would_run_the_programs_of_such_a_folder(repo: Repo, tmp_path: Path, marker: Path) -> None:
    bare = make_bare(repo, "vendored/evil", program(tmp_path, marker))
    subprocess.run(["git", "status"], cwd=bare, capture_output=True, check=False)
    assert marker.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_bare_repository_of_a_checkout_is_no_root_and_runs_nothing(
    repo: Repo, tmp_path: Path, marker: Path, command: tuple[str, ...]
) -> None:
    folder = "vendored/evil"
    bare = make_bare(repo, folder, program(tmp_path, marker))
    before = {one: one.read_bytes() for one in bare.rglob("*") if one.is_file()}
    for place, more in ((folder, ()), (f"{folder}/services", ()), (".", (f"--root={folder}",))):
        named = (".",) if command[0] == "validate" and not more else ()
        done = repo.run(*command, *more, *named, cwd=place)
        assert not marker.exists(), (place, marker.read_text())
        if command[0] not in {"init", "validate"} or more:
            assert done.code in {0, 2}, done.text
        if place == folder and command[0] not in {"init", "validate"}:
            assert "is a bare git repository" in done.err
    if command[0] != "init":
        assert before == {one: one.read_bytes() for one in bare.rglob("*") if one.is_file()}
    repo.run(*command)
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize("command", ["diff", "status", "list", "validate"])
def test_no_filter_of_a_bare_repository_of_a_checkout_runs(
    repo: Repo, tmp_path: Path, marker: Path, command: str
) -> None:
    """It has a commit, and a file that is newer than its index, which git would compare through the filter."""
    bare = make_bare(repo, "vendored/evil", program(tmp_path, marker))
    config = bare / "config"
    kept = config.read_text()
    config.write_text("[core]\n\tbare = false\n\tworktree = .\n")
    attributes = (bare / "info/attributes").read_text()
    (bare / "info/attributes").write_text("")
    git_dir = f"--git-dir={bare}"
    git(bare, git_dir, "add", "--force", "services")
    git(bare, git_dir, "commit", "--quiet", "--message", "one")
    (bare / "info/attributes").write_text(attributes)
    config.write_text(kept)
    os.utime(bare / SPEC, (1, 1))
    subprocess.run(["git", "diff", "HEAD", "--"], cwd=bare, capture_output=True, check=False)
    assert marker.exists(), "git itself runs it"
    marker.unlink()
    for place, more in (("vendored/evil", ()), ("vendored/evil/services", ()), (".", ("--root=vendored/evil",))):
        done = repo.run(command, "--changed-since", "HEAD", *more, cwd=place)
        assert not marker.exists(), (place, marker.read_text())
        assert done.code == 2 or command == "validate", done.text


def test_an_object_that_is_missing_is_fetched_from_nowhere(repo: Repo, tmp_path: Path, marker: Path) -> None:
    """In a partial clone git would ask the remote, here by a program, for what it lacks."""
    runs = program(tmp_path, marker)
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "one")
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", f"ext::{runs} %S"),
        ("protocol.ext.allow", "always"),
    ):
        git(repo.root, "config", name, value)
    missing = "1" * 40
    (repo.root / ".git/refs/heads/gone").write_text(f"{missing}\n")
    subprocess.run(["git", "cat-file", "-e", missing], cwd=repo.root, capture_output=True, check=False)
    assert marker.exists(), "git itself fetches it"
    marker.unlink()
    done = repo.run("diff", "--changed-since", missing)
    assert done.code == 2
    assert "git does not know" in done.err
    assert not marker.exists()


@pytest.mark.parametrize(
    "ref",
    ["--output=made", "-v", "--help", "-q", "--all", "HEAD:x", "@{99999}", "a..b", "$(touch made)", "", "\x1b[2J"],
)
def test_a_ref_is_a_value(repo: Repo, ref: str) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "one")
    for given in (("--changed-since", ref), (f"--changed-since={ref}",)):
        for command in ("diff", "validate", "list", "status"):
            done = repo.run(command, *given)
            assert done.code == 2, done.text
            assert "--changed-since: git does not know" in done.err
    assert not repo.has("made")


@pytest.mark.parametrize("name", ["-v", "--verbose", "--root=x", "--ours", "--help", "-C", "--"])
def test_a_root_is_a_value(repo: Repo, name: str) -> None:
    """What stands behind an option is its value, whatever it looks like."""
    nested = repo.root / name
    nested.mkdir()
    assert "-v" not in repo.run("init", "--root", name).err
    assert (nested / ".scaffold").is_dir(), name
    (nested / "services").mkdir()
    assert repo.run("diff", "--root", name).code == 0
    assert repo.run("diff", f"--root={name}").code == 0
    assert f"{name}x: is not a folder" in repo.run("diff", "--root", f"{name}x").err
    (repo.root / f"{name}x").mkdir()
    assert f"{name}x: has no .scaffold folder" in repo.run("diff", "--root", f"{name}x").err


@pytest.mark.parametrize("name", ["-v", "--verbose", "--root=x", "--ours=y", "--help"])
def test_names_behind_two_dashes_are_names(repo: Repo, name: str) -> None:
    repo.write(f"{name}/scaffold.yaml", repo.read(SPEC).replace("payments", "other"))
    assert f"{name}/deploy/deployment.yaml" in repo.run("diff", "--", name).out
    repo.ok("regenerate", "--", name)
    repo.ok("diff", "--", name)
    repo.ok("validate", "--", name)


def test_git_that_fails_is_told_of(repo: Repo) -> None:
    """A listing that git could not make is not taken for an empty one."""
    (repo.root / ".git/index").write_bytes(b"DIRC\0\0\0\2\xff\xff\xff\xffbroken")
    for command in (("list",), ("diff",), ("regenerate",), ("validate",)):
        before = repo.snapshot()
        done = repo.run(*command)
        assert done.code == 2, done.text
        assert "git ls-files failed: " in done.err
        assert repo.snapshot() == before


@pytest.mark.parametrize("name", ["GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"])
def test_the_environment_does_not_change_what_is_listed(repo: Repo, name: str) -> None:
    assert repo.ok("list", **{name: "1"}).out == repo.ok("list").out != ""


def test_an_index_of_a_hook_is_used(repo: Repo) -> None:
    """pre-commit and "git commit FILE" name another index, which is the one to look at."""
    git(repo.root, "add", "--all")
    (repo.root / ".git/index").rename(repo.root / ".git/other")
    assert "services/payments" in repo.ok("list", GIT_INDEX_FILE=str(repo.root / ".git/other")).out


# --- workflows that are no files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["fifo", "link to a fifo", "stdin", "outside", "loop", "folder"])
def test_a_workflow_that_is_no_file_is_not_opened(repo: Repo, tmp_path: Path, what: str) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "one")
    outside = tmp_path / "outside.yaml"
    outside.write_text("# Made from services/gone/scaffold.yaml\n")
    path = repo.root / ".github/workflows/services-gone.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    else:
        os.mkfifo(tmp_path / "fifo")
        targets = {"link to a fifo": tmp_path / "fifo", "stdin": "/dev/stdin", "outside": outside, "loop": path}
        path.symlink_to(targets[what])
    start = time.monotonic()
    for command in (("diff", "--changed-since", "HEAD"), ("diff",), ("status",)):
        reader, writer = os.pipe()  # a standard input that never ends
        process = subprocess.Popen(
            [sys.executable, "-m", "generator", *command],
            cwd=repo.root, stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        told, _ = process.communicate(timeout=60)
        os.close(reader)
        os.close(writer)
        assert process.returncode == 0, told
        assert "gone" not in told
    assert time.monotonic() - start < 60
    assert outside.read_text().startswith("# Made")


def test_a_folder_of_workflows_that_is_a_link_is_not_read(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "services-gone.yaml").write_text("# Made from services/gone/scaffold.yaml\n")
    workflows = repo.root / ".github/workflows"
    if workflows.exists():
        for one in workflows.iterdir():
            one.unlink()
        workflows.rmdir()
    workflows.parent.mkdir(exist_ok=True)
    workflows.symlink_to(outside)
    assert repository.stray_workflows(repo.root) == []
    assert "gone" not in repo.run("diff").text


# --- what an alerting unit makes route read ---------------------------------------------------------------------------

OUTSIDE = "route: {receiver: top-secret}\nreceivers: [{name: top-secret}]\n"


@pytest.mark.parametrize(
    "named", ["/OUTSIDE", "../OUTSIDE", "../../OUTSIDE", "link.yaml", "folder/OUTSIDE", "a/../../x"]
)
def test_a_spec_leads_route_to_no_file_outside(empty: Repo, tmp_path: Path, named: str) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(OUTSIDE)
    (empty.root / "outside.yaml").write_text(OUTSIDE)
    empty.ok("alerting")
    (empty.root / "alerting/link.yaml").symlink_to(outside)
    (empty.root / "alerting/folder").symlink_to(tmp_path)
    named = (
        named.replace("/OUTSIDE", str(outside)) if named.startswith("/") else named.replace("OUTSIDE", "outside.yaml")
    )
    empty.write("alerting/scaffold.yaml", f"template: alerting\nname: alerting\nvalues_file: {named}\n")
    for more in (("a=b",), ("--tree",), ("a=b", "--format=json")):
        done = empty.run("route", "alerting", *more)
        assert done.code == 2, done.text
        assert "top-secret" not in done.text
        assert "alerting/" in done.err


def test_a_file_that_the_user_names_is_read_wherever_it_lies(empty: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(OUTSIDE)
    (empty.root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert "top-secret" in empty.ok("route", "../outside.yaml", "a=b").out
    assert "top-secret" in empty.ok("route", "link.yaml", "a=b").out


def test_a_spec_with_a_fault_is_told_of(empty: Repo) -> None:
    empty.ok("alerting")
    empty.write("alerting/scaffold.yaml", "template: alerting\nname: alerting\nvalues_file: [a]\nnope: 1\n")
    done = empty.run("route", "alerting", "a=b")
    assert done.code == 2
    assert "alerting/scaffold.yaml:3:" in done.err
    assert "alerting/scaffold.yaml:4:" in done.err


def test_values_files_by_default_of_the_config(empty: Repo) -> None:
    empty.ok("alerting", "--values-file", "other.yaml")
    assert "other.yaml:" in empty.ok("route", "alerting", "--tree").out


def test_the_preview_reads_no_file_through_a_link(empty: Repo, tmp_path: Path) -> None:
    from generator.preview.local_templates import files_matching  # noqa: PLC0415

    (tmp_path / "outside.tmpl").write_text("secret")
    empty.write("templates/a.tmpl", "fine")
    empty.write("b.tmpl", "fine too")
    (empty.root / "templates/link.tmpl").symlink_to(tmp_path / "outside.tmpl")
    (empty.root / "more").symlink_to(tmp_path)
    os.mkfifo(empty.root / "templates/fifo.tmpl")
    found = {one: sorted(p.name for p in files_matching(empty.root, one.split("/"))) for one in (
        "templates/*.tmpl", "*/*.tmpl", "*.tmpl", "more/*.tmpl", "templates/link.tmpl", "templates/fifo.tmpl",
    )}  # fmt: skip
    assert found == {
        "templates/*.tmpl": ["a.tmpl"],
        "*/*.tmpl": ["a.tmpl"],
        "*.tmpl": ["b.tmpl"],
        "more/*.tmpl": [],
        "templates/link.tmpl": [],
        "templates/fifo.tmpl": [],
    }
