"""Conflicts of lines: settled by their number, or written into the files with markers and settled there."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from generator.merge import MARKED as SIDES
from generator.merge import Merged, Settle, markers, merge, unmarked

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, edit_deployment
from .test_settling import commands, shell

PDB = "services/payments/deploy/poddisruptionbudget.yaml"
MAKEFILE = "services/payments/e2e/Makefile"
BASE = "all: a b\n\na:\n\techo a\n\nb:\n\techo b\n\nclean:\n\trm x\n"

# --- Merging lines twice ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        (BASE, BASE, BASE),
        (  # a target each, with a blank line behind it as everywhere
            BASE.replace("clean:", "mine:\n\techo a\n\nclean:"),
            BASE.replace("a:\n", "new:\n\techo a\n\na:\n", 1).replace("all: new:\n\techo a\n\na b", "all: a b"),
            BASE.replace("clean:", "mine:\n\techo a\n\nclean:").replace("\n\na:\n", "\n\nnew:\n\techo a\n\na:\n"),
        ),
        (  # ours repeats what theirs changes the next line of
            BASE.replace("\techo b\n", "\techo b\n\techo b\n"),
            BASE.replace("\techo a\n\n", "\techo a\n\techo a\n\n"),
            BASE.replace("\techo b\n", "\techo b\n\techo b\n").replace("\techo a\n\n", "\techo a\n\techo a\n\n"),
        ),
        (  # one blank line more, and a change behind it
            BASE.replace("rm x", "rm y"),
            BASE.replace("\n\nb:", "\n\n\nb:"),
            BASE.replace("rm x", "rm y").replace("\n\nb:", "\n\n\nb:"),
        ),
    ],
)  # fmt: skip
def test_lines_that_are_there_often_merge_and_stay(ours: str, theirs: str, wanted: str) -> None:
    merged = merge(BASE, ours, theirs, "Makefile")
    assert (merged.text, merged.conflicts) == (wanted, ())
    assert merge(BASE, wanted, theirs, "Makefile") == merged


def edited(text: str, rng: random.Random, name: str) -> str:
    """Return a text with targets added, repeated and deleted, and lines marked with a name."""
    lines = text.split("\n")[:-1]
    for number in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                lines[at] += f" {name}{number}"
            case 1:
                lines[at:at] = [f"{name}{number}:", "\techo a", ""]
            case 2:
                lines[at:at] = ["", f"# {name}{number}", ""]
            case _:
                lines[at : at + 2] = []
        lines = lines or ["x"]
    return "\n".join(lines) + "\n"


def by_git(folder: Path, base: str, ours: str, theirs: str) -> str | None:
    for name, text in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_text(text)
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None


def test_random_edits_merge_as_git_merges_them_and_merge_once(tmp_path: Path) -> None:
    """Every line of a clean merge is there as often as both sides' changes say, and merging again changes nothing."""
    rng = random.Random(7)  # noqa: S311 - it only has to be the same again
    counts: Counter[str] = Counter()
    for _ in range(400):
        base = edited(BASE * rng.randint(1, 3), rng, "base")
        ours, theirs = edited(base, rng, "mine"), edited(base, rng, "theirs")
        merged = merge(base, ours, theirs, "Makefile")
        wanted = by_git(tmp_path, base, ours, theirs)
        if merged.conflicts:
            counts["more conflicts" if wanted is not None else "conflicts"] += 1
            assert merged.text == ours
            continue
        counts["as git" if merged.text == wanted else "alone" if wanted is None else "otherwise"] += 1
        assert merge(base, merged.text, theirs, "Makefile") == merged
        b, o, t, m = (Counter(text.split("\n")) for text in (base, ours, theirs, merged.text))
        for line in {*b, *o, *t, *m}:
            low, *_, high = sorted((o[line], t[line], o[line] + t[line] - b[line]))
            if "mine" in line or "theirs" in line:  # a line of one side alone
                low = high = o[line] + t[line] - b[line]
            assert low <= m[line] <= high, line
    assert counts["as git"] > 200
    assert counts["more conflicts"] + counts["otherwise"] < counts["as git"] / 10, counts


# --- By line ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settle", "lines", "left"),
    [
        (Settle(), None, [1, 7]),
        (Settle(ours=frozenset({"1"})), None, [7]),
        (Settle(theirs=frozenset({"7"})), None, [1]),
        (Settle(ours=frozenset({"1"}), theirs=frozenset({"7"})), ("mine", "theirs"), []),
        (Settle(ours=frozenset({""}), theirs=frozenset({"7"})), ("mine", "theirs"), []),
        (Settle(ours=frozenset({"12", "spec"})), None, [1, 7]),
    ],
)
def test_hunks_are_settled_by_the_number_of_their_line(
    settle: Settle, lines: tuple[str, str] | None, left: list[int]
) -> None:
    def text(one: str, other: str) -> str:
        return BASE.replace("all: a b", f"all: a b {one}").replace("echo b", f"echo b {other}")

    merged = merge(BASE, text("mine", "mine"), text("theirs", "theirs"), "Makefile", settle)
    assert [one.line for one in merged.conflicts] == left
    assert merged.text == (text(*lines) if lines else text("mine", "mine"))


@pytest.mark.parametrize("label", ["keep yours", "take it"])
def test_who_follows_the_commands_of_a_makefile_ends(repo: Repo, label: str) -> None:
    makefile = repo.read(MAKEFILE)
    (repo.root / LOCK).unlink()
    lines = makefile.split("\n")
    lines[3] += " mine"
    lines[-3] += " mine"
    repo.write(MAKEFILE, "\n".join(lines))
    done = repo.run("diff")
    count = len(commands(done, label)) - 1
    assert count == 2
    while done.code == 1:
        first = commands(done, label)[0]
        assert f"{MAKEFILE}:" in first
        done = shell(repo, first)
    assert done.code == 0
    assert repo.read(MAKEFILE).count(" mine\n") == (2 if label == "keep yours" else 0)
    repo.ok("diff")


# --- Markers ----------------------------------------------------------------------------------------------------------

MARKED = """\
a: 0
<<<<<<< HEAD
a: 1
||||||| base
a: 2
=======
a: 3
>>>>>>> generated now
b: 1
<<<<<<< HEAD
=======
c: 3
>>>>>>> generated now
"""
REPLICAS = """\
<<<<<<< yours
  replicas: 5 # peak
||||||| generated before
  replicas: 1
=======
  replicas: 3
>>>>>>> generated now
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("settle", "text", "left"),
    [
        (Settle(), MARKED, [2, 10]),
        (Settle(ours=frozenset({"2"})), MARKED, [10]),
        (Settle(ours=frozenset({""})), "a: 0\na: 1\nb: 1\n", []),
        (Settle(theirs=frozenset({""})), "a: 0\na: 3\nb: 1\nc: 3\n", []),
        (Settle(ours=frozenset({"2"}), theirs=frozenset({"10"})), "a: 0\na: 1\nb: 1\nc: 3\n", []),
    ],
)
def test_sides_of_markers(settle: Settle, text: str, left: list[int], ends: str) -> None:
    found = unmarked(MARKED.replace("\n", ends), settle)
    assert found.text == text.replace("\n", ends)
    assert [one.line for one in found.conflicts] == left


def test_markers_behind_a_byte_order_mark() -> None:
    conflicts = unmarked(f"\ufeff{REPLICAS}", Settle()).conflicts
    assert [one.line for one in conflicts] == [1]
    assert unmarked(f"\ufeff{REPLICAS}", Settle(theirs=frozenset({"1"}))) == Merged("\ufeff  replicas: 3\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n<<<<<<< HEAD\nb\n", 2),
        ("a\n>>>>>>> x\nb\n", 2),
        ("<<<<<<< HEAD\na\n>>>>>>> x\n", 3),
        ("<<<<<<< HEAD\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", 1),
        ("<<<<<<< HEAD\n=======\n>>>>>>> x\nb\n>>>>>>> x\n", 5),
        ("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n", 2),  # what is below is no generated text
    ],
)
def test_markers_that_are_not_whole_or_not_ours_are_settled_by_hand(text: str, line: int) -> None:
    for settle in (Settle(), Settle(ours=frozenset({""}))):
        found = unmarked(text, settle)
        (conflict,) = found.conflicts
        assert found.text == text
        assert (conflict.line, conflict.by_hand, conflict.refused) == (line, True, True)


@pytest.mark.parametrize("text", ["a\n=======\nb\n", "<<<<<<<\n>>>>>>>\n", "  <<<<<<< x\n", "<<<<<<< x\n>>>>>>> x\n"])
def test_what_is_no_marker(text: str) -> None:
    assert unmarked(text, Settle(), "<<<<<<< x\n>>>>>>> x\n") == Merged(text)


def marked(ours: str, base: str, theirs: str) -> str:
    return f"<<<<<<< yours\n{ours}||||||| generated before\n{base}=======\n{theirs}>>>>>>> generated now\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "path", "comments"),
    [
        (marked("a: 5  # peak\n", "a: 1\n", "a: 3\n"), "x.yaml", ["# peak"]),
        (marked("# why\n# more\na: 5\n", "a: 1\n", "a: 3\n"), "x.yaml", ["# why", "# more"]),
        (marked("# why\n# why\na: 5\n", "a: 1\n", "# why\na: 3\n"), "x.yaml", ["# why"]),
        (f"a: # us\n{marked('  - 5 # x' + chr(10), '', '  - 3' + chr(10))}", "x.yml", ["# x"]),
        (marked("a: 5\n", "a: 1\n", "a: 3\n") + "# below\n", "x.yaml", []),
        (marked("a: 5  # old\n", "a: 1  # old\n", "a: 3\n"), "x.yaml", []),  # a generated one
        (marked("a: 5  # same\n", "a: 1\n", "a: 3  # same\n"), "x.yaml", []),
        (marked("a: 'x # y'\n", "a: 1\n", "a: 3\n"), "x.yaml", []),  # no comment
        (marked("a: 5 # [\n", "a: 1\n", "a: [\n"), "x.yaml", ["# ["]),  # theirs is no YAML
        (marked("a: 5  # peak\n", "a: 1\n", "a: 3\n"), "Makefile", []),  # its lines are shown
    ],
)
def test_comments_in_markers_are_told(text: str, path: str, comments: list[str], ends: str) -> None:
    text = text.replace("\n", ends)
    told = "yours contains a comment of yours" in unmarked(text, Settle(), "", path).conflicts[0].reason
    assert told == bool(comments)
    taken = unmarked(text, Settle(theirs=frozenset({""})), "", path)
    assert [one.partition(": ")[2] for one in taken.notes] == comments
    assert unmarked(text, Settle(ours=frozenset({""})), "", path).notes == ()


def test_a_comment_is_told_as_without_markers(both: Repo) -> None:
    both.run("regenerate", "--markers")
    assert "take one side; yours contains a comment of yours" in both.run("diff").out
    done = both.ok("regenerate", "--theirs")
    assert f"note: {DEPLOYMENT}: your comment was removed by your choice: # peak" in done.err
    assert "# peak" not in both.read(DEPLOYMENT)
    assert "periodSeconds: 60 # slow" in both.read(DEPLOYMENT)


def test_the_side_of_ours_keeps_its_comment_without_a_note(both: Repo) -> None:
    both.run("regenerate", "--markers")
    assert "removed" not in both.ok("regenerate", "--ours").err
    assert "replicas: 5 # peak" in both.read(DEPLOYMENT)


@pytest.fixture
def both(repo: Repo) -> Repo:
    """A repository with conflicts in YAML and in a Makefile of one unit, and changes beside them without any."""
    edit_deployment(repo)
    repo.edit(SPEC, "image:", "replicas: 3\nport: 9090\nimage:")
    return repo


def test_markers_are_written_settled_by_hand_and_gone(both: Repo) -> None:
    before = both.snapshot()
    assert "<<<<<<< yours" in both.ok("regenerate", "--markers", "--dry-run").out
    assert both.snapshot() == before
    done = both.run("regenerate", "--markers")
    assert done.code == 1
    assert f"updated {DEPLOYMENT}" in done.out
    assert f"{DEPLOYMENT}: has conflict markers" in done.out
    assert both.has(PDB), "the rest of the unit is done"
    text = both.read(DEPLOYMENT)
    assert REPLICAS in text
    assert "periodSeconds: 60 # slow" in text
    assert "containerPort: 9090" in text
    for command in ("diff", "regenerate"):
        told = both.run(command)
        assert told.code == 1
        line = text[: text.index("<<<<<<<")].count("\n") + 1
        assert f"{DEPLOYMENT}:{line}:1: a conflict is marked here" in told.out
        assert both.read(DEPLOYMENT) == text
    assert both.run("regenerate", "--markers").code == 1
    assert both.read(DEPLOYMENT) == text, "markers are not marked again"
    assert both.states()[DEPLOYMENT] == "conflict"
    both.write(DEPLOYMENT, text.replace(REPLICAS, "  replicas: 4 # agreed\n"))
    both.ok("diff")
    assert both.ok("regenerate").out == "2 units: 0 files changed\n"
    assert "replicas: 4 # agreed" in both.read(DEPLOYMENT)


@pytest.mark.parametrize(
    ("label", "left"),
    [("keep yours", "  replicas: 5 # peak\n"), ("take it", "  replicas: 3\n")],
)
def test_the_commands_take_a_side_of_markers(both: Repo, label: str, left: str) -> None:
    both.run("regenerate", "--markers")
    done = shell(both, commands(both.run("diff"), label)[0])
    assert done.code == 0
    text = both.read(DEPLOYMENT)
    assert left in text
    assert "<<<<<<<" not in text
    assert "periodSeconds: 60 # slow" in text
    both.ok("diff")


def test_a_change_that_comes_while_markers_are_in_waits(both: Repo) -> None:
    both.run("regenerate", "--markers")
    both.edit(SPEC, "port: 9090", "port: 9191")
    text = both.read(DEPLOYMENT)
    assert both.run("regenerate").code == 1
    assert both.read(DEPLOYMENT) == text
    both.ok("regenerate", f"--ours={DEPLOYMENT}")
    text = both.read(DEPLOYMENT)
    assert "replicas: 5 # peak" in text
    assert "containerPort: 9191" in text
    both.ok("diff")


def test_markers_of_git_in_a_file_that_nothing_else_changes(repo: Repo) -> None:
    repo.edit(DEPLOYMENT, "  replicas: 1\n", "<<<<<<< HEAD\n  replicas: 2\n=======\n  replicas: 3\n>>>>>>> other\n")
    before = repo.snapshot()
    for command in (("diff",), ("regenerate",), ("regenerate", "--theirs"), ("regenerate", f"--ours={DEPLOYMENT}")):
        done = repo.run(*command)
        assert done.code == 1
        assert "a conflict of git is marked here" in done.out
        assert commands(done, "keep yours") == commands(done, "take it") == []
    assert repo.snapshot() == before
    repo.edit(DEPLOYMENT, "=======\n  replicas: 3\n>>>>>>> other\n", "")
    done = repo.run("diff")
    assert done.code == 1
    assert "an incomplete conflict marker is here" in done.out
    assert commands(done, "keep yours") == commands(done, "take it") == []
    assert shell(repo, commands(done, "discard it")[0]).code == 0
    repo.ok("diff")


def test_markers_over_a_file_of_which_no_lock_tells_and_of_a_makefile(repo: Repo) -> None:
    (repo.root / LOCK).unlink()
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    repo.write(MAKEFILE, repo.read(MAKEFILE).replace("\n", " mine\n", 1))
    assert repo.run("regenerate", "--markers").code == 1
    for path in (DEPLOYMENT, MAKEFILE):
        assert repo.read(path).count("\n>>>>>>> generated now\n") == 1
    done = repo.run("diff")
    assert shell(repo, commands(done, "keep yours")[-1]).code == 0
    assert "replicas: 5" in repo.read(DEPLOYMENT)
    assert " mine\n" in repo.read(MAKEFILE)
    repo.ok("diff")


def test_an_edited_orphan_has_no_markers(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "replicas: 2\nimage:")
    repo.ok("regenerate")
    repo.edit(PDB, "maxUnavailable: 1", "maxUnavailable: 50%")
    repo.edit(DEPLOYMENT, "replicas: 2", "replicas: 5")
    repo.edit(SPEC, "replicas: 2\n", "")
    before = repo.snapshot()
    done = repo.run("regenerate", "--markers")
    assert done.code == 1
    assert repo.snapshot() == before
    done = shell(repo, commands(done, "keep yours")[0])
    assert done.code == 1
    assert "<<<<<<< yours" in repo.read(DEPLOYMENT)


OWN = "mine: 1\nroute:\n  receiver: own # mine\n"
BLOCK = "details:\n  alerts: |-\n    Alerts of this group\n    one\n    two\n    three\n  firing: |\n    x\n"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            BLOCK.replace("of this group", "here"),
            BLOCK.replace("|-", "|").replace("two", "new").replace("    three\n", ""),
        ),
        (BLOCK.replace("one", "1"), BLOCK.replace("one", "eins")),
        (BLOCK.replace("of this group", "here"), BLOCK.replace("|-", "|")),
    ],
)
def test_markers_are_only_around_the_lines_that_both_sides_changed(tmp_path: Path, ours: str, theirs: str) -> None:
    """In a file of which only a part is generated the rest of the user's is in no conflict, as with git."""
    sides = {"ours": OWN + ours + "end: 2\n", "base": BLOCK, "theirs": theirs}
    for name, text in sides.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert merge(sides["base"], sides["ours"], sides["theirs"], "a.yaml").conflicts
    marked = markers(sides["base"], sides["ours"], sides["theirs"], SIDES)
    names = [part for name in (SIDES[1], SIDES[0], SIDES[2]) for part in ("-L", name)]
    command = ["git", "merge-file", "-p", "--diff3", *names, "ours", "base", "theirs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert marked == done.stdout
    taken = unmarked(marked, Settle(theirs=frozenset({""})), "", "a.yaml").text
    assert taken == OWN + theirs + "end: 2\n"
