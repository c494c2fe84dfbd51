"""``regenerate --reset``: discards the user's version of the named files and fields, and nothing else."""

from __future__ import annotations

import difflib
import json

import pytest

from generator.choice import Choice
from generator.errors import Invalid
from generator.merge import reset

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, edit_deployment
from .test_settling import commands, shell

PDB = "services/payments/deploy/poddisruptionbudget.yaml"
SERVICE = "services/payments/deploy/service.yaml"
MAKEFILE = "services/payments/e2e/Makefile"

GENERATED = """\
# top
apiVersion: apps/v1
kind: Deployment
spec:
  # how many
  replicas: 3 # by size
  strategy:
    # one volume
    type: Recreate
  template:
    spec:
      containers:
        - name: app
          image: x:1
          # settings
          env:
            - name: A
              value: "1"
          ports: [{name: http, containerPort: 80}, {name: metrics, containerPort: 90}]
"""
MINE = """\
# top
apiVersion: apps/v1
# mine
kind: Deployment
spec:
  paused: true # wait
  # how many
  replicas: 7 # mine
  template:
    spec:
      containers:
        - name: app
          image: x:2

          # settings
          env:
            - name: A
              value: "2" # because
            - {name: B, value: x}
          ports: [{name: http, containerPort: 81}, {name: admin, containerPort: 91}]
"""
APP = "spec.template.spec.containers[name=app]"


def changed(before: str, after: str) -> str:
    """Return the lines that went and came."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    found = [f"{line[0]}{line[2:].strip()}" for line in lines if line[0] in "-+"]
    return "\n".join(sorted(found, key=lambda line: line[0] == "+"))


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("spec.replicas", "-replicas: 7 # mine\n+replicas: 3 # mine"),
        ("spec.paused", "-paused: true # wait"),
        ("spec.strategy", "+strategy:\n+# one volume\n+type: Recreate"),
        (f"{APP}.image", "-image: x:2\n+image: x:1"),
        (f"{APP}.env", '-value: "2" # because\n-- {name: B, value: x}\n+value: "1"'),
        (f"{APP}.env[name=A].value", '-value: "2" # because\n+value: "1" # because'),
        (f"{APP}.env[name=B]", "-- {name: B, value: x}"),
        (
            f"{APP}.ports[name=http].containerPort",
            "-ports: [{name: http, containerPort: 81}, {name: admin, containerPort: 91}]\n"
            "+ports: [{name: http, containerPort: 80}, {name: admin, containerPort: 91}]",
        ),
        (
            f"{APP}.ports[name=admin]",
            "-ports: [{name: http, containerPort: 81}, {name: admin, containerPort: 91}]\n"
            "+ports: [{name: http, containerPort: 81}]",
        ),
        ("kind", ""),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("base", [None, GENERATED])
def test_a_field_becomes_what_is_generated_and_no_other_line_changes(
    field: str, lines: str, ends: str, base: str | None
) -> None:
    mine = MINE.replace("\n", ends)
    after = reset(base, mine, GENERATED, "a.yaml", {field})
    assert changed(MINE, after.replace("\r\n", "\n")) == lines
    assert after.count("\n") == after.count(ends)
    if field not in {"spec.paused", f"{APP}.env[name=B]", f"{APP}.ports[name=admin]"}:  # what is generated has it
        assert reset(base, after, GENERATED, "a.yaml", {field}) == after
        assert reset(base, GENERATED, GENERATED, "a.yaml", {field}) == GENERATED


def test_several_fields() -> None:
    after = reset(None, MINE, GENERATED, "a.yaml", {"spec.paused", "spec.replicas"})
    assert changed(MINE, after) == "-paused: true # wait\n-replicas: 7 # mine\n+replicas: 3 # mine"


def test_a_whole_file_is_what_is_generated_with_the_line_ends_of_yours() -> None:
    assert reset(None, MINE, GENERATED, "a.yaml", {""}) == GENERATED
    assert reset(None, "[", GENERATED, "a.yaml", {"", "spec"}) == GENERATED
    assert reset(None, "\ufeffx\r\n", "a\nb\n", "Makefile", {""}) == "\ufeffa\r\nb\r\n"


@pytest.mark.parametrize(
    ("path", "mine", "field", "message"),
    [
        ("a.yaml", MINE, "spec.nothing", "has no field spec.nothing, and neither has the generated file"),
        ("a.yaml", MINE, "nothing.at.all", "has no field nothing.at.all, and neither has the generated file"),
        ("a.yaml", MINE, f"{APP}.env[name=C]", "neither has the generated file"),
        ("a.yaml", MINE, "spec.strategy.type", "your file has no spec.strategy, which spec.strategy.type is in"),
        ("a.yaml", MINE + "---\nspec: {replicas: 1}\n", "spec.replicas", "no field spec.replicas in common"),
        ("a.yaml", "a: &x {b: 1}\nspec: *x\n", "a.b", "the generated file has no a, which a.b is in"),
        ("a.yaml", "a: [\n", "spec.replicas", "is not valid YAML"),
        ("Makefile", "all:\n", "12", "is not YAML"),
    ],
)
def test_what_cannot_be_reset_is_an_error(path: str, mine: str, field: str, message: str) -> None:
    with pytest.raises(Invalid) as error:
        reset(GENERATED, mine, GENERATED, path, {field})
    (problem,) = error.value.problems
    assert message in problem.message
    assert problem.hint


@pytest.mark.parametrize("theirs", ["c: 3\n", "a: {b: 1}\nc: 3\n"])
def test_what_cannot_be_shown_is_an_error(theirs: str) -> None:
    with pytest.raises(Invalid, match="cannot be reset on its own"):  # the alias would have nothing to refer to
        reset(None, "a: &x {b: 1}\nc: *x\n", theirs, "a.yaml", {"a"})


SHARED = """\
a: &x
  b: 1
c:
  <<: *x
  text: |
    mine
d: !t 3 # mine
"""


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ("d", "-d: !t 3 # mine"),
        ("c.text", "-text: |\n-mine"),
        ("e", "+e: {f: 1} # new"),
        ("c", "-c:\n-<<: *x\n-text: |\n-mine\n+c: {b: 2}"),
    ],
)
def test_a_field_of_a_file_with_anchors_and_tags(field: str, lines: str) -> None:
    theirs = "a: {b: 2}\nc: {b: 2}\ne: {f: 1} # new\n"
    assert changed(SHARED, reset("a: {b: 1}\n", SHARED, theirs, "a.yaml", {field})) == lines


def config_map(name: str, x: int, rest: str = "", space: str = "") -> str:
    return f"kind: ConfigMap\nmetadata: {{name: {name}{space}}}\ndata:\n  x: {x} # {name}\n{rest}"


def stream(*documents: str) -> str:
    return "# top\n" + "---\n".join(documents)


@pytest.mark.parametrize("base", [None, stream(config_map("a", 1), config_map("b", 1))])
@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("document[ConfigMap/a].data.x", stream(config_map("a", 2), config_map("b", 5, "  mine: 1\n"))),
        ("document[ConfigMap/b].data.x", stream(config_map("a", 5), config_map("b", 2, "  mine: 1\n"))),
        ("document[ConfigMap/b].data.mine", stream(config_map("a", 5), config_map("b", 5))),
        ("data.mine", stream(config_map("a", 5), config_map("b", 5))),
        ("data.new", stream(config_map("a", 5, "  new: 1\n"), config_map("b", 5, "  mine: 1\n"))),
    ],
)
def test_a_field_of_a_file_with_several_documents(base: str | None, field: str, after: str) -> None:
    mine = stream(config_map("a", 5), config_map("b", 5, "  mine: 1\n"))
    theirs = stream(config_map("b", 2), config_map("a", 2, "  new: 1\n"))
    assert reset(base, mine, theirs, "a.yaml", {field}) == after


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("document[ConfigMap/a]", stream(config_map("a", 2, "  new: 1\n"), config_map("b", 5, "  mine: 1\n"))),
        ("document[ConfigMap/b]", stream(config_map("a", 5), config_map("b", 2))),
    ],
)
def test_a_whole_document_is_what_is_generated_and_the_others_stay(field: str, after: str) -> None:
    mine = stream(config_map("a", 5), config_map("b", 5, "  mine: 1\n"))
    theirs = stream(config_map("a", 2, "  new: 1\n"), config_map("b", 2))
    assert reset(None, mine, theirs, "a.yaml", {field}) == after


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("data.x", "has data.x in several documents"),
        ("document[ConfigMap/c]", "no document[ConfigMap/c] in common"),
        ("document[ConfigMap/c].data.x", "no document[ConfigMap/c] in common"),
        ("document[ConfigMap/a].data.z", "has no field document[ConfigMap/a].data.z"),
        ("document[", "no field document[ in common"),
    ],
)
def test_a_field_that_names_no_one_document_is_an_error(field: str, message: str) -> None:
    mine, theirs = (stream(config_map("a", x), config_map("b", x)) for x in (5, 2))
    with pytest.raises(Invalid) as error:
        reset(None, mine, theirs, "a.yaml", {field})
    assert message in str(error.value)


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def edited(repo: Repo) -> Repo:
    """A repository with edits in two files of a unit, and in another unit, of which no template knows."""
    edit_deployment(repo)
    repo.edit(SERVICE, "metadata:", "# mine\nmetadata:")
    return repo


def test_a_file_is_reset_and_no_other(edited: Repo) -> None:
    other = edited.read(SERVICE)
    before = edited.snapshot()
    shown = edited.ok("regenerate", f"--reset={DEPLOYMENT}", "--dry-run")
    assert edited.snapshot() == before
    done = edited.ok("regenerate", f"--reset={DEPLOYMENT}")
    for one in (shown, done):
        assert f"reset     {DEPLOYMENT}" in one.out
        assert "-  replicas: 5 # peak\n" in one.out
        assert "+  replicas: 1\n" in one.out
    assert edited.read(DEPLOYMENT) == edited.locked("deploy/deployment.yaml")
    assert edited.read(SERVICE) == other
    assert edited.ok("regenerate", f"--reset={DEPLOYMENT}").out == "2 units: 0 files changed\n"
    edited.ok("diff")


def test_a_field_is_reset_and_no_other(edited: Repo) -> None:
    before = edited.read(DEPLOYMENT)
    edited.ok("regenerate", f"--reset={DEPLOYMENT}:spec.replicas")
    assert changed(before, edited.read(DEPLOYMENT)) == "-replicas: 5 # peak\n+replicas: 1 # peak"
    rows = json.loads(edited.ok("regenerate", f"--reset={SERVICE}", "--dry-run", "--format", "json").out)
    assert [(row["path"], row["reset"]) for row in rows] == [(SERVICE, [""])]


def test_folders_and_several_paths(edited: Repo) -> None:
    edited.ok("regenerate", "--reset=services/payments/deploy")
    assert set(edited.states("services").values()) == {"clean"}
    edited.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    edited.write(MAKEFILE, "mine\n")
    (edited.root / SERVICE).unlink()
    edited.ok("regenerate", f"--reset={DEPLOYMENT}", f"--reset={MAKEFILE}", f"--reset={SERVICE}")
    assert set(edited.states("services").values()) == {"clean"}


def test_the_nearer_path_is_kept(edited: Repo) -> None:
    edited.ok("regenerate", "--reset=services", f"--ours={SERVICE}")
    assert "# mine" in edited.read(SERVICE)
    assert "# peak" not in edited.read(DEPLOYMENT)


def test_a_change_of_the_template_arrives_beside_a_field_that_is_reset(edited: Repo) -> None:
    edited.edit(SPEC, "image:", "replicas: 3\nport: 9090\nimage:")
    assert edited.run("regenerate").code == 1
    edited.ok("regenerate", f"--reset={DEPLOYMENT}:spec.replicas")
    text = edited.read(DEPLOYMENT)
    assert "replicas: 3 # peak" in text
    assert "containerPort: 9090" in text
    assert "periodSeconds: 60 # slow" in text
    edited.ok("diff")


def test_a_conflict_elsewhere_in_the_unit_stays_and_nothing_is_written(edited: Repo) -> None:
    edited.edit(SPEC, "image:", "replicas: 3\nimage:")
    before = edited.snapshot()
    done = edited.run("regenerate", f"--reset={SERVICE}")
    assert done.code == 1
    assert edited.snapshot() == before
    assert all(f"--reset={SERVICE}" in one for one in commands(done))
    assert shell(edited, commands(done, "keep yours")[0]).code == 0
    assert "# mine" not in edited.read(SERVICE)
    edited.ok("diff")


def test_an_edited_orphan_is_deleted(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    repo.ok("regenerate")
    repo.edit(PDB, "maxUnavailable: 1", "maxUnavailable: 50%")
    repo.edit(SPEC, "replicas: 2\n", "")
    assert repo.run("regenerate", f"--reset={PDB}:spec").code == 2
    done = repo.ok("regenerate", f"--reset={PDB}")
    assert "-  maxUnavailable: 50%" in done.out
    assert not repo.has(PDB)
    repo.ok("diff")


def test_a_file_that_is_once(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "files: {'deploy/deployment.yaml': once}\n")
    repo.ok("regenerate")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.ok("regenerate")
    assert "containerPort: 8080" in repo.read(DEPLOYMENT)
    repo.ok("regenerate", f"--reset={DEPLOYMENT}")
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)
    assert repo.states()[DEPLOYMENT] == "clean"


def test_a_file_of_which_no_lock_tells(repo: Repo) -> None:
    (repo.root / LOCK).unlink()
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60")
    done = repo.run("regenerate", f"--reset={DEPLOYMENT}:spec.replicas")
    assert done.code == 1
    assert "spec.replicas" not in done.text.replace(f"--reset={DEPLOYMENT}:spec.replicas", "")
    repo.ok("regenerate", f"--reset={DEPLOYMENT}")
    assert repo.states()[DEPLOYMENT] == "clean"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--reset=services/nothing.yaml",), "services/nothing.yaml: is not a generated file"),
        ((f"--reset={DEPLOYMENT}:spec.nothing",), f"{DEPLOYMENT}: has no field spec.nothing"),
        (("--reset=services:spec.replicas",), "services: is a folder, but spec.replicas is a field"),
        (("--reset=*",), "--reset: names nothing"),
        (("--reset=",), "--reset: names nothing"),
        (("--reset=./",), "--reset: names nothing"),
        (("--reset=.",), ".: is not a generated file"),
        ((f"--reset={DEPLOYMENT}", f"--ours={DEPLOYMENT}"), f"discards what --ours={DEPLOYMENT} settles"),
        ((f"--reset={DEPLOYMENT}:spec", f"--theirs={DEPLOYMENT}:spec.replicas"), "choose one"),
        (("--reset=services", f"--ours={DEPLOYMENT}:spec"), "choose one"),
    ],
)
def test_nothing_is_written_for_a_reset_that_is_not_possible(
    edited: Repo, options: tuple[str, ...], message: str
) -> None:
    before = edited.snapshot()
    for more in ((), ("--dry-run",)):
        done = edited.run("regenerate", *options, *more)
        assert done.code == 2, done.text
        assert message in done.err
        assert edited.snapshot() == before


def test_a_reset_in_a_unit_that_is_invalid_stops_all(edited: Repo) -> None:
    edited.ok("new-service", "search", "--image", "ghcr.io/example/search:1.2.3")
    edited.edit("services/search/deploy/deployment.yaml", "replicas: 1", "replicas: 7")
    edited.edit(SPEC, "image:", "ports: 1\nimage:")
    before = edited.snapshot()
    assert edited.run("regenerate", "--reset=services").code == 2
    assert edited.snapshot() == before


# --- Files that cannot be read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("spec:\n  replicas: 1", "spec:\n  replicas: [1", "fix the YAML, or discard your version"),
        ("spec:\n  replicas: 1", "spec:\n  replicas: 1\n  replicas: 2", "is duplicated"),
        (
            "  replicas: 1\n",
            "<<<<<<< HEAD\n  replicas: 1\n=======\n  replicas: 2\n>>>>>>> other\n",
            "a conflict of git is marked here",
        ),
    ],
)
def test_a_file_that_is_no_yaml_is_not_replaced(repo: Repo, old: str, new: str, reason: str) -> None:
    repo.edit(DEPLOYMENT, old, new)
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    before = repo.snapshot()
    for options in ((), ("--theirs",), (f"--theirs={DEPLOYMENT}",), ("--ours",), (f"--ours={DEPLOYMENT}",)):
        done = repo.run("regenerate", *options)
        assert done.code == 1
        assert repo.snapshot() == before
        assert commands(done, "take it") == commands(done, "keep yours") == []
    line, column = done.out.split(f"{DEPLOYMENT}:")[1].split(":")[:2]
    assert int(line) > 1
    assert int(column) > 0
    assert reason in done.out
    done = shell(repo, commands(repo.run("diff"), "discard it")[0])
    assert done.code == 0
    assert f"reset     {DEPLOYMENT}" in done.out
    assert repo.read(DEPLOYMENT) == repo.locked("deploy/deployment.yaml")
    repo.ok("diff")


def test_what_a_spec_changes_waits_for_a_file_that_can_be_read(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: [1")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    row = next(one for one in repo.rows() if one["path"] == DEPLOYMENT)
    assert [one["settle"] for one in row["conflicts"]] == [f"scaffold regenerate --reset={DEPLOYMENT}"]
    assert repo.run("regenerate", "--ours").code == 1
    repo.edit(DEPLOYMENT, "replicas: [1", "replicas: 7")
    assert repo.run("regenerate").code == 0
    assert "replicas: 7" in repo.read(DEPLOYMENT)
    assert "containerPort: 9090" in repo.read(DEPLOYMENT)


def test_a_field_of_a_file_that_is_no_yaml_is_not_reset(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: [1")
    before = repo.snapshot()
    done = repo.run("regenerate", f"--reset={DEPLOYMENT}:spec.replicas")
    assert done.code == 2
    assert "is not valid YAML" in done.err
    assert "reset the whole file" in done.err
    assert repo.snapshot() == before


def test_a_new_service_over_a_file_that_is_no_yaml(empty: Repo) -> None:
    empty.write(DEPLOYMENT, "a: [\n")
    before = empty.snapshot()
    done = empty.run("new-service", "payments", "--image", "a/b:1.2.3", "--theirs")
    assert done.code == 1
    assert empty.snapshot() == before
    done = shell(empty, commands(done, "discard it")[0])
    assert done.code == 0
    assert "-a: [\n" in done.out
    empty.ok("diff")


def test_the_pairs_of_a_choice() -> None:
    choice = Choice(ours=(("a", ""),), reset=(("a/f", ""), ("a/g", "spec")))
    assert [choice.resets(path) for path in ("a/f", "a/g", "a/h")] == [{""}, {"spec"}, set()]
    assert choice.settle("a/f").side("") is None
    assert choice.settle("a/g").side("") == "ours"
    assert choice.also("ours", ("a/f", "")).reset == (("a/g", "spec"),)
    assert Choice(ours=(("a/f", "x"), ("b", ""))).also("reset", ("a/f", "")) == Choice((("b", ""),), (), (("a/f", ""),))
