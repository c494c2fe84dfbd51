"""``reset``: gives up what is named, and changes nothing else."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, edit_deployment

MAKEFILE = "services/payments/e2e/Makefile"
SERVICE = "services/payments/deploy/service.yaml"


def changes(before: dict[str, bytes], repo: Repo) -> set[str]:
    after = repo.snapshot()
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_a_field_a_line_and_a_file(repo: Repo) -> None:
    generated = repo.read(DEPLOYMENT)
    edit_deployment(repo)
    before = repo.snapshot()
    done = repo.ok("reset", f"{DEPLOYMENT}:spec.replicas", "--dry-run")
    assert "-  replicas: 5 # peak" in done.out
    assert changes(before, repo) == set()
    assert repo.ok("reset", f"{DEPLOYMENT}:spec.replicas").out == done.out
    assert changes(before, repo) == {DEPLOYMENT}
    assert "replicas: 1 # peak" in repo.read(DEPLOYMENT), "the comment on the line stays"
    assert "periodSeconds: 60 # slow" in repo.read(DEPLOYMENT)
    number = repo.read(DEPLOYMENT).split("\n").index("  replicas: 1 # peak") + 1
    repo.ok("reset", f"{DEPLOYMENT}:{number}")
    assert "replicas: 1\n" in repo.read(DEPLOYMENT)
    repo.ok("reset", DEPLOYMENT)
    assert repo.read(DEPLOYMENT) == generated


def test_without_edits_it_says_so(repo: Repo) -> None:
    before = repo.snapshot()
    for place in (DEPLOYMENT, f"{DEPLOYMENT}:spec.replicas", f"{DEPLOYMENT}:3", "services/payments"):
        assert repo.ok("reset", place).out == f"{place}: no edits\n"
    assert changes(before, repo) == set()


def test_nothing_else_of_the_unit_is_brought_along(repo: Repo) -> None:
    """The unit is behind, in conflict, and has other edits: only the named one goes, and the lock stays."""
    edit_deployment(repo)
    repo.edit(SERVICE, "port: 80\n", "port: 81\n")
    repo.write(SPEC, repo.read(SPEC) + "replicas: 3\n")
    assert repo.run("diff").code == 1
    before = repo.snapshot()
    repo.ok("reset", SERVICE)
    assert changes(before, repo) == {SERVICE}
    repo.ok("reset", f"{DEPLOYMENT}:spec.replicas")
    assert "replicas: 1 # peak" in repo.read(DEPLOYMENT), "as it was generated last"
    assert repo.states()[DEPLOYMENT] == "behind", "and no conflict any more"
    assert before[LOCK] == repo.snapshot()[LOCK]
    repo.ok("regenerate")
    assert "replicas: 3 # peak" in repo.read(DEPLOYMENT)


def test_a_folder_and_a_deleted_file(repo: Repo) -> None:
    before = repo.snapshot()
    edit_deployment(repo)
    (repo.root / SERVICE).unlink()
    repo.edit(MAKEFILE, "KEEP ?=", "KEEP ?= 1")
    repo.ok("reset", "services/payments/deploy")
    assert changes(before, repo) == {MAKEFILE}
    repo.ok("reset", "services/payments/")
    assert changes(before, repo) == set()


def test_a_root_that_is_named_is_in_the_printed_command(repo: Repo, tmp_path: Path) -> None:
    edit_deployment(repo)
    elsewhere = Repo(tmp_path)
    told = elsewhere.ok("explain", "--root", str(repo.root), f"{DEPLOYMENT}:spec.replicas").out
    elsewhere.ok(*shlex.split(told.partition("give it up: ")[2])[1:])
    assert "replicas: 1 # peak" in repo.read(DEPLOYMENT)


def test_from_a_folder_below(repo: Repo) -> None:
    before = repo.snapshot()
    edit_deployment(repo)
    done = repo.run("reset", "deploy/deployment.yaml", cwd="services/payments")
    assert done.code == 0, done.text
    edit_deployment(repo)
    done = repo.run("reset", DEPLOYMENT, cwd="services/payments")
    assert done.code == 0, done.text
    assert changes(before, repo) == set()


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("services/nope.yaml", "does not exist, and is not a generated file"),
        (SPEC, "is in the unit services/payments, but not generated: all of it is yours"),
        (LOCK, "is a lock"),
        (".gitattributes", "belongs to no unit"),
        (".scaffold", "is a folder without generated files"),
        ("../x", "is outside the repository"),
        ("", "PATH: is empty"),
        (":spec.replicas", "PATH: is empty"),
        (f"{DEPLOYMENT}:{'9' * 5000}", "has no field 999"),
        (f"{DEPLOYMENT}:spec.nope", "has no field spec.nope"),
        (f"{DEPLOYMENT}:9999", "and no line 9999"),
        (f"{MAKEFILE}:all", "is not YAML, and has no fields"),
        ("services/payments:spec.replicas", "is a folder"),
    ],
)
def test_what_is_no_edit_is_refused(repo: Repo, place: str, message: str) -> None:
    edit_deployment(repo)
    repo.edit(SERVICE, "port: 80\n", "port: 81\n")
    before = repo.snapshot()
    done = repo.run("reset", SERVICE, place)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert changes(before, repo) == set()


LINES = [
    (DEPLOYMENT, "replicas: 1", "replicas: 5", "replicas: 5"),
    (DEPLOYMENT, "replicas: 1", "replicas: 1 # why", "# why"),
    (DEPLOYMENT, "kind: Deployment\n", "kind: Deployment\n# mine\n", "# mine"),
    (DEPLOYMENT, "kind: Deployment\n", "kind: Deployment\n\n", ""),
    (DEPLOYMENT, "  replicas: 1\n", "  replicas: 1\n  paused: true\n", "paused"),
    (DEPLOYMENT, "          emptyDir: {}\n", "          emptyDir: {medium: Memory}\n", "medium"),
    (DEPLOYMENT, "      containers:\n", "      containers: # all\n", "# all"),
    (DEPLOYMENT, "# The only writable folder", "# The one writable folder", "# The one"),
    (SERVICE, "    - name: http\n", "    - name: extra\n      port: 9\n    - name: http\n", "name: extra"),
    (MAKEFILE, "KEEP ?=", "KEEP ?= 1", "KEEP ?= 1"),
    (MAKEFILE, "SHELL := bash\n", "SHELL := bash\nMINE := 1\n", "MINE"),
    (MAKEFILE, "SHELL := bash\n", "SHELL := sh\n# two\n# three\n", "# two"),
]


STYLES = [(*one, "\n") for one in LINES] + [(*LINES[number], "\r\n") for number in (0, 2, 9)]


@pytest.mark.parametrize(("path", "old", "new", "text", "style"), STYLES)
def test_the_command_that_explain_prints_gives_the_edit_up(
    repo: Repo, path: str, old: str, new: str, text: str, style: str
) -> None:
    generated = repo.read(path).replace("\n", style)
    repo.edit(path, old, new)
    repo.write(path, repo.read(path).replace("\n", style))
    lines = repo.read(path).split(style)
    numbers = [number for number, line in enumerate(lines[:-1], 1) if (text in line if text else not line)]
    told = repo.ok("explain", f"{path}:{numbers[0]}").out
    assert re.search(r"^    (edited|yours): ", told, re.MULTILINE)
    command = shlex.split(told.partition("give it up: ")[2])
    assert command[0] == "scaffold"
    repo.ok(*command[1:])
    assert repo.read(path) == generated
    assert repo.ok("edits").out == ""
