"""Two branches that updated one template: its records are settled, and no edit of its files is lost."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support import forks
from .sources import CRONJOB, INNER, Source, source

FOLDER = ".scaffold/templates/cronjob"
FILE = f"{FOLDER}/{INNER}/cronjob.yaml"
LOCK, SOURCE = f"{FOLDER}/scaffold.lock", f"{FOLDER}/source.json"
POLICY = "  concurrencyPolicy: Forbid\n"
LIMIT = "  successfulJobsHistoryLimit: 2\n"


def two(text: str) -> str:
    return text.replace("  schedule:", f"{POLICY}  schedule:")


def three(text: str) -> str:
    return two(text) + "      activeDeadlineSeconds: 600\n"


def releases(folder: Path) -> Source:
    """Return a repository with the template cronjob at v1, v2 and v3."""
    made = source(folder)
    made.commit({"version": "2\n", f"{INNER}/cronjob.yaml": two(CRONJOB)}, "v2")
    made.commit({"version": "3\n", f"{INNER}/cronjob.yaml": three(CRONJOB)}, "v3")
    return made


def commit(repo: Repo, message: str) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", message)


def update(repo: Repo, made: Source, version: str) -> None:
    repo.ok("template", "update", f"cronjob@{version}", "--from", str(made.root))


def branches(repo: Repo, made: Source, *, ours: str = "v2", theirs: str = "v3") -> None:
    """Commit on two branches an update each, with an edit of the template each."""
    repo.ok("template", "add", f"{made.root}@v1", "--path", "cronjob")
    commit(repo, "add")
    git(repo.root, "checkout", "--quiet", "-b", "other")
    update(repo, made, theirs)
    repo.edit(FILE, "apiVersion: batch/v1\n", "# theirs' own\napiVersion: batch/v1\n")
    commit(repo, "theirs")
    git(repo.root, "checkout", "--quiet", "-")
    update(repo, made, ours)
    repo.edit(FILE, "  jobTemplate:\n", f"{LIMIT}  jobTemplate:\n")
    commit(repo, "ours")


def merge(repo: Repo) -> None:
    """Merge the other branch, which stops at a conflict."""
    with pytest.raises(subprocess.CalledProcessError):
        git(repo.root, "merge", "--quiet", "other")


def is_settled(repo: Repo, made: Source, tag: str, *again: str) -> None:
    """Check that the records are those of a version, and that the files have them, with both edits."""
    assert json.loads(repo.read(SOURCE))["commit"] == made.git("rev-parse", f"{tag}^{{commit}}")
    text = repo.read(FILE)
    wanted = {"v2": two, "v3": three}[tag](CRONJOB)
    assert text.replace("# theirs' own\n", "").replace(LIMIT, "") == wanted
    assert "# theirs' own\n" in text
    assert LIMIT in text
    assert repo.read(f"{FOLDER}/version").strip() == tag[1:]
    git(repo.root, "add", "--all")
    assert "nothing to do" in repo.ok("template", "update", *(again or ("cronjob",))).out  # git has the sides
    git(repo.root, "commit", "--quiet", "--message", "merged")
    found = repo.run("template", "check", "cronjob").out
    assert "0 errors" in found
    assert f"files differ from those of {json.loads(repo.read(SOURCE))['git']}" in found


def resolve_files(repo: Repo, tag: str) -> None:
    """Resolve the template's files as a person would: both edits, with the lines of the newer version."""
    text = {"v2": two, "v3": three}[tag](CRONJOB).replace("  jobTemplate:\n", f"{LIMIT}  jobTemplate:\n")
    repo.write(FILE, f"# theirs' own\n{text}")
    repo.write(f"{FOLDER}/version", f"{tag[1:]}\n")


def test_the_conflict_is_told_with_the_command_that_settles_it(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    branches(empty, made)
    merge(empty)
    resolve_files(empty, "v3")
    done = empty.run("template", "check", "cronjob")
    assert done.code == 1
    assert f"{LOCK}:1:1: is part of a conflict of git" in done.out
    assert "run scaffold template update cronjob" in done.out
    listed = empty.run("template", "list")
    assert listed.code == 2
    assert "run scaffold template update cronjob" in listed.err
    done = empty.ok("regenerate")
    assert f"note: {LOCK}: is part of a conflict of git" in done.err
    assert "scaffold template update cronjob" in done.err
    assert f"settled {LOCK}" in empty.ok("template", "update", "cronjob").out
    assert "part of a conflict" not in empty.ok("regenerate").err
    is_settled(empty, made, "v3")


def test_files_with_markers_come_first(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    branches(empty, made)
    merge(empty)
    empty.write(FILE, f"<<<<<<< HEAD\n{two(CRONJOB)}=======\n{three(CRONJOB)}>>>>>>> other\n")
    before = empty.snapshot()
    done = empty.run("template", "update", "cronjob")
    assert done.code == 1
    assert f"{FILE}:1:1: a conflict of git is marked here" in done.out
    assert empty.snapshot() == before


@pytest.mark.parametrize("taken", ["--ours", "deleted"])
def test_whichever_side_is_on_disk(empty: Repo, tmp_path: Path, taken: str) -> None:
    made = releases(tmp_path / "source")
    branches(empty, made)
    merge(empty)
    resolve_files(empty, "v3")
    for path in (LOCK, SOURCE):
        if taken == "deleted":
            (empty.root / path).unlink()
        else:
            git(empty.root, "checkout", "--quiet", taken, "--", path)
    empty.ok("template", "update", "cronjob")
    is_settled(empty, made, "v3")


def test_a_lock_of_one_side_and_a_source_of_the_other(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    branches(empty, made)
    merge(empty)
    resolve_files(empty, "v3")
    git(empty.root, "checkout", "--quiet", "--ours", "--", LOCK)
    git(empty.root, "checkout", "--quiet", "--theirs", "--", SOURCE)
    assert empty.run("template", "check", "cronjob").code == 1
    empty.ok("template", "update", "cronjob")
    is_settled(empty, made, "v3")


def test_the_merge_driver_joins_a_lock_and_the_source_is_in_conflict(
    empty: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{forks.command()}{os.pathsep}{os.environ['PATH']}")  # git runs scaffold
    made = releases(tmp_path / "source")
    empty.ok("init", "--merge-driver")
    commit(empty, "driver")
    branches(empty, made)
    merge(empty)
    assert "<<<<<<<" not in empty.read(LOCK)
    resolve_files(empty, "v3")
    empty.ok("template", "update", "cronjob")
    is_settled(empty, made, "v3")


def test_the_user_may_name_the_other_side(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    branches(empty, made, ours="v3", theirs="v2")
    merge(empty)
    resolve_files(empty, "v2")
    empty.ok("template", "update", "cronjob@v2")  # read from the sides: the source is a folder that nobody named
    is_settled(empty, made, "v2", "cronjob@v2")


def test_two_commits_of_one_version_are_for_the_user_to_choose(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    made.commit({f"{INNER}/cronjob.yaml": f"{three(CRONJOB)}# again\n"}, "v3.1")
    branches(empty, made, ours="v3", theirs="v3.1")
    merge(empty)
    resolve_files(empty, "v3")
    done = empty.run("template", "update", "cronjob")
    assert done.code == 2
    shas = [made.git("rev-parse", f"{one}^{{commit}}") for one in ("v3", "v3.1")]
    assert all(f"scaffold template update cronjob@{one}" in done.err for one in shas)
    empty.ok("template", "update", f"cronjob@{shas[0]}")
    is_settled(empty, made, "v3", "cronjob@v3")


def test_committed_markers_are_settled_with_the_records_of_one_side(empty: Repo, tmp_path: Path) -> None:
    """git merges parts of a lock by line, so what is between the markers is of neither side."""
    made = releases(tmp_path / "source")
    branches(empty, made)
    merge(empty)
    resolve_files(empty, "v3")
    commit(empty, "with markers")
    done = empty.run("template", "update", "cronjob")
    assert done.code == 2
    assert f"git checkout COMMIT -- {SOURCE} {LOCK}" in done.err
    git(empty.root, "checkout", "HEAD^2", "--", SOURCE, LOCK)
    update(empty, made, "v3")
    is_settled(empty, made, "v3", "cronjob@v3", "--from", str(made.root))


def test_copies_of_a_shipped_template(empty: Repo) -> None:
    web = ".scaffold/templates/web"
    empty.ok("template", "copy", "service", "web")
    records = {path: empty.read(f"{web}/{path}") for path in ("scaffold.lock", "source.json")}
    for path, text in records.items():
        empty.write(f"{web}/{path}", f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n")
    empty.ok("template", "update", "web")
    assert {path: empty.read(f"{web}/{path}") for path in records} == records


def test_both_branches_added_the_template(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    commit(empty, "one")
    git(empty.root, "checkout", "--quiet", "-b", "other")
    empty.ok("template", "add", f"{made.root}@v3", "--path", "cronjob")
    commit(empty, "theirs")
    git(empty.root, "checkout", "--quiet", "-")
    empty.ok("template", "add", f"{made.root}@v2", "--path", "cronjob")
    empty.edit(FILE, "  jobTemplate:\n", f"{LIMIT}  jobTemplate:\n")
    commit(empty, "ours")
    merge(empty)
    resolve_files(empty, "v3")
    empty.ok("template", "update", "cronjob")
    is_settled(empty, made, "v3")


def test_broken_records_without_a_conflict_are_told_as_before(empty: Repo, tmp_path: Path) -> None:
    made = releases(tmp_path / "source")
    empty.ok("template", "add", f"{made.root}@v1", "--path", "cronjob")
    empty.edit(LOCK, '"text": [\n    "1"', '"text": [\n    "2"')
    done = empty.run("template", "update", "cronjob@v2", "--from", str(made.root))
    assert done.code == 2
    assert "has files other than those of" in done.err
