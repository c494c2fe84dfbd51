"""``scaffold doctor``: what it examines, in real clones and with real and made-up programs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from generator import program_versions

from ..conftest import LOCK, Repo, git


def diagnoses(repo: Repo, code: int = 0, *arguments: str, **env: str) -> list[dict[str, Any]]:
    done = repo.run("doctor", "--format", "json", *arguments, **env)
    assert done.code == code, done.text
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def about(found: list[dict[str, Any]], topic: str) -> dict[str, Any]:
    (one,) = (each for each in found if each["topic"] == topic)
    return one


def test_a_clean_repository_has_no_problem(repo: Repo) -> None:
    found = diagnoses(repo)
    assert {one["verdict"] for one in found if one["topic"] in {"scaffold", "git", "config", "units"}} == {"ok"}
    assert about(found, "units")["message"].endswith("with a valid lock")
    assert repo.ok("doctor", "--quiet").out == ""


def test_nothing_is_written(repo: Repo) -> None:
    before = repo.snapshot()
    diagnoses(repo)
    assert repo.snapshot() == before


def test_outside_of_a_repository_it_says_how_to_begin(tmp_path: Path) -> None:
    found = diagnoses(Repo(tmp_path))
    assert about(found, "repository")["verdict"] == "note"
    assert "scaffold init" in about(found, "repository")["hint"]


def test_a_root_that_is_not_one_is_a_problem(tmp_path: Path) -> None:
    assert about(diagnoses(Repo(tmp_path), 1, "--root", str(tmp_path)), "repository")["verdict"] == "problem"


def test_an_invalid_config_is_a_problem_at_its_line(repo: Repo) -> None:
    repo.write(".scaffold/config.yaml", 'requires: ">=99"\n')
    assert about(diagnoses(repo, 1), "config")["message"].startswith(".scaffold/config.yaml:1:11: ")


def test_a_broken_lock_is_a_problem_and_a_missing_one_a_note(repo: Repo) -> None:
    text = repo.read(LOCK)
    repo.write(LOCK, text[:-20])
    assert LOCK in about(diagnoses(repo, 1), "locks")["message"]
    (repo.root / LOCK).unlink()
    found = about(diagnoses(repo), "locks")
    assert (found["verdict"], found["message"]) == ("note", "services/payments was never generated")


def test_a_lock_of_an_earlier_template_is_a_note(repo: Repo) -> None:
    lock = json.loads(repo.read(LOCK))
    lock["template"]["version"] -= 1
    repo.write(LOCK, json.dumps(lock, indent=1, ensure_ascii=False) + "\n")
    assert "earlier version" in about(diagnoses(repo), "locks")["message"]


def test_a_lock_of_a_newer_release_is_a_note(repo: Repo) -> None:
    repo.edit(LOCK, '"tool": "0.1.0"', '"tool": "9.1.0"')
    found = about(diagnoses(repo), "locks")
    assert (found["verdict"], found["message"]) == ("note", "services/payments was written by scaffold 9.1.0")


def test_an_interrupted_run_is_a_problem(repo: Repo) -> None:
    repo.ok("regenerate")
    (repo.state() / "journal.json").write_text("{}")
    assert about(diagnoses(repo, 1), "run")["hint"] == "run scaffold regenerate to finish it"


def test_a_shallow_clone_is_a_note(repo: Repo, tmp_path: Path) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "one")
    git(repo.root, "commit", "--quiet", "--allow-empty", "--message", "two")
    shallow = Repo(tmp_path / "shallow")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", str(shallow.root))
    assert "merge base" in about(diagnoses(shallow), "clone")["message"]


def test_a_merge_driver_that_this_clone_lacks_is_a_note(repo: Repo) -> None:
    assert about(diagnoses(repo), "merge driver")["verdict"] == "ok"
    repo.write(".gitattributes", repo.read(".gitattributes") + "scaffold.lock merge=scaffold\n")
    assert about(diagnoses(repo), "merge driver")["verdict"] == "note"
    git(repo.root, "config", "merge.scaffold.driver", "scaffold merge --markers --path %P %O %A %B -o %A")
    assert about(diagnoses(repo), "merge driver")["message"] == "set"


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_versions_of_the_programs_on_the_path(repo: Repo, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    program(tools, "kind", "echo 'kind v0.31.0 go1.25 linux/amd64'")
    program(tools, "podman", "exit 1")
    program(repo.root / "bin", "kubectl", "touch ran; echo v9.9.9")  # of the repository: never run
    path = os.pathsep.join((str(repo.root / "bin"), "bin", "", str(tools)))
    found = diagnoses(repo, PATH=path)
    assert about(found, "kind")["message"].startswith(f"0.31.0 ({tools}/kind); the workflows use v")
    assert about(found, "docker")["message"] == f"{tools}/podman --version prints no version: it may not work"
    assert about(found, "kubectl")["message"] == "not found, and needed for end-to-end tests"
    assert about(found, "git")["verdict"] == "note"
    assert not list(repo.root.rglob("ran"))


def test_git_of_the_repository_is_a_problem(repo: Repo) -> None:
    program(repo.root, "git", 'exec /usr/bin/git "$@"')
    found = about(diagnoses(repo, 1, PATH=f"{repo.root}{os.pathsep}{os.environ['PATH']}"), "git")
    assert (found["verdict"], found["message"].split(" ")[0]) == ("problem", f"{repo.root}/git")


def test_without_git_nothing_is_said_of_the_clone(repo: Repo, tmp_path: Path) -> None:
    assert [one for one in diagnoses(repo, PATH=str(tmp_path)) if one["topic"] == "clone"] == []


def test_a_program_that_hangs_or_fails_is_of_an_unknown_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "hangs", "exec sleep 60")
    program(tmp_path, "fails", "echo v1.2.3; exit 3")
    monkeypatch.setattr(program_versions, "SECONDS", 0.2)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    for name in ("hangs", "fails"):
        found = program_versions.find_program(name, (), Path("/nowhere"))
        assert found == program_versions.Program(str(tmp_path / name), "")


def test_text_has_a_line_for_each_thing_and_its_hint(repo: Repo) -> None:
    (repo.root / LOCK).unlink()
    lines = repo.ok("doctor").out.split("\n")
    at = next(number for number, line in enumerate(lines) if line.startswith("note    locks:"))
    assert lines[at + 1].strip() == "run scaffold regenerate"
