"""A move or removal that was killed, and edits made before the next command: one copy of each unit, and every edit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.real import missing
from .harness import Call, Fault, Harness, command, compiler, pending, write

OLD, NEW = "units/edited", "moved/deep/er"
MINE = "# saved after the kill\n"
MOVE = ("mv", OLD, NEW)
REMOVE = ("rm", OLD, "units/orphan", "--theirs")


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    if compiler() is None:
        missing("needs Linux and a C compiler")
    made = Harness(tmp_path.resolve())
    yield made
    made.close()


def many(root: Path) -> None:
    """Put more units below the one that is moved."""
    for number in range(3):
        write(root / f"{OLD}/inner{number}/scaffold.yaml", f"template: tiny\nname: inner{number}\n")
    write(root / f"{OLD}/notes.md", "mine\n")


def killed(
    harness: Harness, name: str, arguments: tuple[str, ...], without: str = "", function: str = "renameat2"
) -> Iterator[tuple[Path, int]]:
    """Yield a repository for each second move of a run that was killed there, and the number of the move.

    A system ``without`` a call moves files by another ``function``.
    """
    scenario = harness.scenario(name, without)
    root = harness.fresh(scenario)
    many(root)
    command(harness, root, "regenerate")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    shutil.rmtree(scenario.source)
    root.rename(scenario.source)
    code, err = harness.run(harness.fresh(scenario), arguments, log=True, without=without)
    assert code == "0", err
    lines = (harness.work / "log").read_text().splitlines()
    calls = [one.split("\t", 2) for one in lines if one.startswith(f"{function}\t")]
    assert len(calls) > 6
    for _, number, _ in calls[:: 2 if len(calls) < 16 else len(calls) // 6]:
        root = harness.fresh(scenario)
        fault = Fault(Call(function, int(number), ""), "EIO", 2)
        assert harness.run(root, arguments, fault, without=without)[0] == "-9"
        if pending(root):
            yield root, int(number)


def texts(root: Path) -> dict[str, str]:
    found = (one for one in root.rglob("*") if one.is_file() and ".git" not in one.parts)
    return {one.relative_to(root).as_posix(): one.read_text("utf-8") for one in found}


def append(path: Path) -> bool:
    if path.is_file():
        path.write_text(path.read_text("utf-8") + MINE, "utf-8")
        return True
    return False


def is_whole(harness: Harness, root: Path, number: int) -> None:
    """Check that each unit is in one of both folders, and that all is as a run leaves it."""
    code, err = harness.run(root, ["diff"])
    assert code == "0", (number, err)
    found = texts(root)
    for below in ("", "inner0/", "inner1/", "inner2/"):
        specs = [f"{one}/{below}scaffold.yaml" for one in (OLD, NEW) if f"{one}/{below}scaffold.yaml" in found]
        assert len(specs) == 1, (number, specs)
        folder = specs[0].removesuffix("/scaffold.yaml")
        assert {f"{folder}/scaffold.lock", f"{folder}/main.yaml", f"{folder}/below/more.yaml"} <= found.keys(), number
    assert not (root / ".scaffold/stage").exists()


@pytest.mark.parametrize("places", [(OLD,), (NEW,), (OLD, NEW)], ids=["old", "new", "both"])
def test_a_move_of_many_units(harness: Harness, places: tuple[str, ...]) -> None:
    """An edit of a file that is still at its old place undoes the move; one at the new place is the moved file's."""
    ends = set()
    for root, number in killed(harness, "mv", MOVE):
        edited = [f"{one}/inner1/main.yaml" for one in places if append(root / one / "inner1/main.yaml")]
        code, err = harness.run(root, ["regenerate"])
        assert code == "0", err
        found = texts(root)
        assert sum(one.count(MINE) for one in found.values()) == len(edited), number
        is_whole(harness, root, number)
        is_moved = f"{NEW}/scaffold.yaml" in found
        was_old = f"{OLD}/inner1/main.yaml" in edited
        assert is_moved is not was_old
        if was_old:
            assert err.startswith("undid an interrupted run\n"), err
            assert f"\n{OLD}/inner1/main.yaml: was changed since, and was left unchanged" in err
            assert f"{OLD}/notes.md" in found
            assert {one for one in found if one.startswith(NEW)} == {*edited} - {f"{OLD}/inner1/main.yaml"}
            assert harness.run(root, ["mv", OLD, "other"])[0] == "0"
        elif edited:
            assert f"finished an interrupted run\n{NEW}/inner1/main.yaml: was changed since" in err
            assert not [one for one in found if one.startswith(OLD)]
        ends.add((is_moved, bool(edited)))
    assert len(ends) > 1 or places == (OLD, NEW)


def test_a_new_copy_that_the_user_deletes(harness: Harness) -> None:
    """The old file is then the only one."""
    for root, number in killed(harness, "mv", MOVE):
        (root / NEW / "notes.md").unlink(missing_ok=True)
        if not (root / OLD / "notes.md").is_file():
            continue
        code, err = harness.run(root, ["regenerate"])
        assert code == "0", err
        assert "mine\n" in texts(root).values(), number
        is_whole(harness, root, number)


def test_a_file_that_is_written_where_one_has_still_to_go(harness: Harness) -> None:
    """It is not the moved file: the move is undone, and both are kept."""
    met = 0
    for root, number in killed(harness, "mv", MOVE):
        if (root / NEW / "notes.md").exists():
            continue
        met += 1
        write(root / NEW / "notes.md", MINE)
        code, err = harness.run(root, ["regenerate"])
        assert code == "0", err
        found = texts(root)
        assert (found[f"{OLD}/notes.md"], found[f"{NEW}/notes.md"]) == ("mine\n", MINE)
        is_whole(harness, root, number)
    assert met


def test_a_file_that_is_written_where_one_was_moved_away(harness: Harness) -> None:
    """It stays beside the moved one; with an edit that undoes the move, its place must be free first."""
    met = refused = 0
    for root, number in killed(harness, "mv", MOVE):
        if (root / OLD / "notes.md").exists():
            continue
        write(root / OLD / "notes.md", MINE)
        is_edited = append(root / OLD / "inner2/main.yaml")
        code, err = harness.run(root, ["regenerate"])
        found = texts(root)
        assert (found[f"{OLD}/notes.md"], found[f"{NEW}/notes.md"]) == (MINE, "mine\n")
        met += 1
        if is_edited:
            refused += 1
            assert code == "2"
            assert f"{OLD}/notes.md: was written after a run was interrupted" in err
            assert "move it away, and run scaffold regenerate" in err
            (root / OLD / "notes.md").unlink()
            assert harness.run(root, ["regenerate"])[0] == "0"
            assert texts(root)[f"{OLD}/notes.md"] == "mine\n"
        else:
            assert code == "0", err
        is_whole(harness, root, number)
    assert met > refused > 0


def test_a_system_that_cannot_rename_without_replacing(harness: Harness) -> None:
    """A file has two names for a moment: it is still undone as a whole."""
    undone = 0
    for function in ("link", "unlink"):
        for root, number in killed(harness, "mv", MOVE, "renameat2", function):
            is_edited = append(root / OLD / "inner1/main.yaml")
            code, err = harness.run(root, ["regenerate"], without="renameat2")
            assert code == "0", err
            assert sum(one.count(MINE) for one in texts(root).values()) == is_edited
            is_whole(harness, root, number)
            undone += is_edited
    assert undone


def test_a_removal(harness: Harness) -> None:
    """An edit undoes it; until the next run, diff says with its exit code that there is one to finish."""
    undone = 0
    for root, number in killed(harness, "rm", REMOVE):
        for quiet in ((), ("-q",)):
            code, err = harness.run(root, ["diff", *quiet])
            assert (code, "a run was interrupted" in err) == ("1", True), number
        is_edited = append(root / OLD / "main.yaml")
        code, err = harness.run(root, ["regenerate"])
        assert code == "0", err
        found = texts(root)
        assert sum(one.count(MINE) for one in found.values()) == is_edited
        assert (f"{OLD}/scaffold.yaml" in found) is is_edited
        assert (f"{OLD}/scaffold.lock" in found) is is_edited
        assert err.startswith("undid an interrupted run\n") is is_edited
        assert (f"{OLD}/main.yaml: was changed since" in err) is is_edited
        undone += is_edited
        assert harness.run(root, ["diff"])[0] == "0"
    assert undone
