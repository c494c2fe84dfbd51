"""Settling conflicts by the commands that are printed, run as a shell reads them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from generator.choice import Call, Choice
from generator.merge import Conflict, Settle, merge

from ..conftest import DEPLOYMENT, SPEC, Done, Repo
from ..support import forks

SERVICE = "services/payments/deploy/service.yaml"
LABELS = {"keep yours": "ours", "take it": "theirs"}


def commands(done: Done, label: str = "") -> list[str]:
    """Return the commands that were printed, without ``scaffold``, in order; those with one label."""
    found = re.findall(r"^ +([a-z ]+): +scaffold (.*)$", done.text, re.MULTILINE)
    return [line for name, line in found if label in ("", name)]


def shell(repo: Repo, line: str, cwd: str = ".") -> Done:
    """Run a printed command as a shell does."""
    script = f'scaffold() {{ "{forks.command()}/scaffold" "$@"; }}\nscaffold {line}'
    done = subprocess.run(["bash", "-c", script], cwd=repo.root / cwd, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def several(repo: Repo) -> Repo:
    """A repository in which the user and the spec changed three fields of two files, and added two of their own."""
    for path, old, new in (
        (DEPLOYMENT, "replicas: 1", "replicas: 5 # peak"),
        (DEPLOYMENT, "containerPort: 8080", "containerPort: 7070"),
        (DEPLOYMENT, "periodSeconds: 20", "periodSeconds: 60 # slow"),
        (SERVICE, "port: 80", "port: 81"),
        (SERVICE, "metadata:", "# mine\nmetadata:"),
    ):
        text = repo.read(path)
        repo.write(path, text.replace(old, new, 1))
    repo.edit(SPEC, "image:", "replicas: 3\nport: 9090\nimage:")
    return repo


def test_there_are_several_conflicts(several: Repo) -> None:
    assert several.run("diff").out.count("keep yours") > 2


@pytest.mark.parametrize("label", LABELS)
def test_who_follows_the_first_command_again_and_again_ends(several: Repo, label: str) -> None:
    done = several.run("diff")
    count = done.text.count(f"{label}:") - 1  # the last one settles all
    for number in range(count):
        assert done.code == 1, number
        done = shell(several, commands(done, label)[0])
    assert done.code == 0, done.text
    several.ok("diff")
    text = several.read(DEPLOYMENT)
    assert "periodSeconds: 60 # slow" in text
    assert "# peak" in text
    assert ("replicas: 5" in text) == ("containerPort: 7070" in text) == (label == "keep yours")
    assert "# mine\nmetadata" in several.read(SERVICE)


@pytest.mark.parametrize("label", LABELS)
def test_files_that_units_do_not_generate_any_more_are_settled_one_by_one(empty: Repo, label: str) -> None:
    empty.ok("init", "--automation", "flux-v1")
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml").replace("flux-v1", "flux-v2"))
    empty.ok("init")
    paths = [f"services/{name}/deploy/automation.yaml" for name in ("a", "b")]
    for name, path in zip("ab", paths, strict=True):
        empty.ok("new-service", name, "--image", f"r.io/{name}:1.2.3")
        empty.write(path, empty.read(path) + "# mine\n")
    empty.write(".scaffold/config.yaml", empty.read(".scaffold/config.yaml").replace("flux-v2", "keel"))
    done = empty.run("regenerate")
    for number in range(2):
        assert done.code == 1, number
        done = shell(empty, commands(done, label)[0])
    assert done.code == 0, done.text
    assert [empty.has(path) for path in paths] == [label == "keep yours"] * 2
    empty.ok("diff")


@pytest.mark.parametrize("label", LABELS)
def test_the_last_commands_settle_all_at_once(several: Repo, label: str) -> None:
    done = several.run("diff")
    assert re.search(r"^\d+ conflicts; to settle all at once:$", done.out, re.MULTILINE)
    assert shell(several, commands(done, label)[-1]).code == 0
    several.ok("diff")
    assert ("replicas: 5" in several.read(DEPLOYMENT)) == (label == "keep yours")


def test_one_conflict_needs_no_command_for_all(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.edit(SPEC, "image:", "replicas: 3\nimage:")
    assert "at once" not in repo.run("diff").text


def test_json_has_the_same_commands(several: Repo) -> None:
    first = commands(several.run("regenerate"), "keep yours")[0]
    rows = json.loads(several.run("regenerate", "--format", "json").out)
    settle = [one["settle"] for row in rows for one in row["conflicts"]]
    assert settle[0] == f"scaffold {first}"
    given = re.findall(r"--ours=\S+", first)
    rows = json.loads(several.run("regenerate", *given, "--format", "json").out)
    assert all(given[0] in one["settle"] for row in rows for one in row["conflicts"])


def test_commands_name_the_units_that_were_named(several: Repo) -> None:
    several.ok("new-service", "search", "--image", "ghcr.io/example/search:1.2.3")
    several.edit("services/search/deploy/deployment.yaml", "replicas: 1", "replicas: 7")
    several.edit("services/search/scaffold.yaml", "image:", "replicas: 2\nimage:")
    done = several.run("diff", "payments", cwd="services")
    assert "search" not in done.text
    last = commands(done, "take it")[-1]
    assert shell(several, last, cwd="services").code == 0
    assert "replicas: 7" in several.read("services/search/deploy/deployment.yaml"), "nobody saw that conflict"
    several.ok("diff", "services/payments")


def test_commands_name_the_root_that_was_named(several: Repo, tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    elsewhere = Repo(tmp_path / "a b")
    done = elsewhere.run("diff", "--root", "../repo")
    assert shell(elsewhere, commands(done, "keep yours")[-1]).code == 0
    assert elsewhere.run("diff", "--root", "../repo").code == 0


def test_a_new_service_repeats_what_was_settled(empty: Repo) -> None:
    old = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  replicas: 9\n  paused: true\n"
    empty.write(DEPLOYMENT, old.replace("apps/v1", "apps/v2"))
    done = empty.run("new-service", "payments", "--image", "a/b:1.2.3")
    while done.code == 1:
        before = len(commands(done))
        done = shell(empty, commands(done, "keep yours")[0])
        assert len(commands(done)) < before
    assert done.code == 0, done.text
    text = empty.read(DEPLOYMENT)
    assert all(f"{mine}\n" in text for mine in ("apiVersion: apps/v2", "  replicas: 9", "  paused: true"))
    empty.ok("diff")


def test_an_option_of_settling_that_is_the_value_of_another_stays(empty: Repo) -> None:
    empty.write("--ours/deploy/deployment.yaml", "apiVersion: v9\nkind: Deployment\n")
    done = empty.run("new-service", "payments", "--image", "a/b:1.2.3", "--dir", "--ours")
    assert done.code == 1
    assert all(" --dir --ours " in one for one in commands(done))
    assert shell(empty, commands(done, "take it")[-1]).code == 0
    assert empty.has("--ours/scaffold.yaml")


def conflict(field: str, line: int = 1, *, of_lines: bool = False) -> Conflict:
    return Conflict(field, line, "1", "2", "3", of_lines=of_lines)


@pytest.mark.parametrize(
    ("given", "where", "side", "line"),
    [
        (Choice(), "spec.replicas", "ours", "--ours=a/f.yaml:spec.replicas"),
        (Choice(), "", "theirs", "--theirs=a/f.yaml"),
        (Choice(ours=(("*", ""),)), "spec", "theirs", "--ours --theirs=a/f.yaml:spec"),
        (Choice(ours=(("b", "x y"),)), "spec", "ours", "'--ours=b:x y' --ours=a/f.yaml:spec"),
        (Choice(theirs=(("a/f.yaml", "spec"),)), "spec", "ours", "--ours=a/f.yaml:spec"),
        (Choice(theirs=(("a/f.yaml", "spec"),)), "", "ours", "--ours=a/f.yaml --theirs=a/f.yaml:spec"),
        (Choice(theirs=(("a", ""),)), "", "ours", "--ours=a/f.yaml --theirs=a"),
    ],
)
def test_a_command_says_again_what_was_settled(given: Choice, where: str, side: str, line: str) -> None:
    call = Call(("scaffold",), given)
    assert call.settled("a/f.yaml", conflict(where), "ours" if side == "ours" else "theirs").line == f"scaffold {line}"


def test_lines_are_settled_by_their_number() -> None:
    line = Call().settled("Makefile", conflict("", 12, of_lines=True), "theirs").line
    assert line == "scaffold regenerate --theirs=Makefile:12"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (Choice(), "--ours"),
        (Choice(theirs=(("*", ""),)), "--ours"),
        (Choice(theirs=(("b", ""), ("b/g.yaml", "spec"))), "--ours --theirs=b --theirs=b/g.yaml:spec"),
        (Choice(theirs=(("a", ""),)), "--ours --ours=a/f.yaml:spec --theirs=a"),
        (Choice(theirs=(("a/f.yaml", "spec"),)), "--ours --ours=a/f.yaml:spec"),
    ],
)
def test_a_command_for_all_settles_what_something_nearer_would_not(given: Choice, line: str) -> None:
    """Of a conflict that is left, what was said before cannot be done."""
    found = [("a/f.yaml", conflict("spec")), ("a/g.yaml", conflict(""))]
    assert Call(("scaffold",), given).all_settled(found[:1], "ours").line == f"scaffold {line}"


WORKFLOW = ".github/workflows/services-ledger.yaml"


@pytest.mark.parametrize(("label", "left"), [("keep yours", "on: push\n"), ("take it", None)])
def test_a_workflow_whose_unit_is_gone(repo: Repo, label: str, left: str | None) -> None:
    repo.write(WORKFLOW, "# Made from services/ledger/scaffold.yaml\non: push\n")
    assert shell(repo, commands(repo.run("diff"), label)[0]).code == 0
    assert (repo.read(WORKFLOW) if repo.has(WORKFLOW) else None) == left
    repo.ok("diff")


def test_a_workflow_in_the_way_of_init(empty: Repo) -> None:
    other = ".github/workflows/scaffold-flux-sync.yaml"
    (empty.root / ".github/scaffold.yaml").unlink()
    (empty.root / ".github/scaffold.lock").unlink()
    empty.write(other, "on: push\njobs: {}\n")
    done = empty.run("init")
    assert done.code == 1
    assert shell(empty, commands(done, "keep yours")[0]).code in {0, 1}
    while commands(done):
        done = shell(empty, commands(done, "keep yours")[0])
    assert done.code == 0
    assert "\non: push\n" in empty.read(other)
    empty.ok("diff")


def test_merge_prints_no_command_that_settles(empty: Repo) -> None:
    """Its files may be pipes, and it has no sides to choose: the markers of git are its other way."""
    for name, text in (("b", "a: 1\n"), ("o", "a: 2\n"), ("t", "a: 3\n")):
        empty.write(f"{name}.yaml", text)
    done = empty.run("merge", "b.yaml", "o.yaml", "t.yaml")
    assert (done.code, done.out, commands(done)) == (1, "", [])
    marked = empty.run("merge", "--markers", "b.yaml", "o.yaml", "t.yaml")
    assert marked.code == 1
    assert all(text in marked.out for text in ("a: 1\n", "a: 2\n", "a: 3\n"))


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "field", "gone"),
    [
        ("l:\n- a\n- b\n", "l:\n- a\n- c # mine\n", "l:\n- a\n- d\n", "l", ("c",)),
        ("l:\n- a\n- b\n", "l:\n- a\n# mine\n- c\n", "l:\n- a\n- d\n", "l", ("c",)),
        (
            "l:\n- url: a\n  x: 1\n- url: b\n",
            "l:\n- url: a\n  # mine\n  x: 5\n- url: b\n",
            "l:\n- url: b\n",
            "l[url=a]",
            (),
        ),
        ("m:\n  x: 1\n", "m:\n  x:\n    # mine\n    y: 1\n", "m:\n  x: 2\n", "m.x", ("y: 1",)),
    ],
)
def test_a_comment_that_goes_with_the_generated_side_is_asked_about_and_shown(
    base: str, mine: str, theirs: str, field: str, gone: tuple[str, ...]
) -> None:
    (conflict,) = merge(base, mine, theirs, "a.yaml").conflicts
    assert (conflict.field, conflict.reason) == (field, "it contains a comment of yours")
    merged = merge(base, mine, theirs, "a.yaml", Settle(theirs=frozenset({""})))
    notes = [f"{field}: your value was replaced by your choice: {one}" for one in gone]
    assert (merged.text, merged.notes) == (theirs, (*notes, "your comment was removed by your choice: # mine"))
    kept = merge(base, mine, theirs, "a.yaml", Settle(ours=frozenset({""})))
    assert (kept.text, kept.notes) == (mine, ())


FLAGS = [f"--option-number-{n}=value{n}" for n in range(8)]


def flags(*items: str) -> str:
    return "args:\n" + "".join(f"- {one}\n" for one in items)


def test_what_goes_with_a_list_that_is_settled_as_a_whole_is_shown() -> None:
    mine = flags(FLAGS[0], "--option-number-1=mine", *FLAGS[2:5], "--mine", *FLAGS[5:])
    theirs = flags(*FLAGS[:5], "--theirs", *FLAGS[5:])
    (conflict,) = merge(flags(*FLAGS), mine, theirs, "a.yaml").conflicts
    assert conflict.field == "args"
    assert (conflict.ours or "").startswith("…--option-number-1=mine, ")
    assert (conflict.theirs or "").startswith("…--theirs, ")
    merged = merge(flags(*FLAGS), mine, theirs, "a.yaml", Settle(theirs=frozenset({"args"})))
    assert merged.text == theirs
    assert merged.notes == tuple(
        f"args: your value was replaced by your choice: {one}" for one in ("--option-number-1=mine", "--mine")
    )


def test_what_a_list_keeps_or_both_sides_changed_alike_is_not_spoken_of() -> None:
    mine = flags(*FLAGS[:5], "--both", *FLAGS[5:])
    theirs = flags(*FLAGS[:5], "--both", "--theirs", *FLAGS[5:])
    merged = merge(flags(*FLAGS), mine, theirs, "a.yaml", Settle(theirs=frozenset({"args"})))
    assert (merged.text, merged.notes) == (theirs, ())


def test_a_comment_that_stays_is_not_spoken_of() -> None:
    base, mine, theirs = "l: 1\nm: 1\n", "# top\nl: 5 # mine\nm: 1\n", "l: 2\nm: 1\n"
    (conflict,) = merge(base, mine, theirs, "a.yaml").conflicts
    assert conflict.reason == ""
    merged = merge(base, mine, theirs, "a.yaml", Settle(theirs=frozenset({""})))
    assert (merged.text, merged.notes) == ("# top\nl: 2 # mine\nm: 1\n", ())
