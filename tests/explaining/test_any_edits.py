"""Any edits of a file: what ``explain`` says about its lines, and that the printed commands give every edit up.

The judge is the text that was generated: after all commands it is there again.
"""

from __future__ import annotations

import random
import shlex
import subprocess
from pathlib import Path

import pytest

from generator.cli.selection import open_worktree
from generator.discard import Discarded, plan_discards
from generator.errors import Invalid
from generator.explanation import explain_file, explain_line
from generator.generated_unit import GeneratedFile, find_file
from generator.pipeline import Pipeline, read_config
from generator.user_edits import edit_of

from ..conftest import DEPLOYMENT, Repo

MAKEFILE = "services/payments/e2e/Makefile"
NEW = (
    "# mine",
    "",
    "extra: 1",
    "  paused: true",
    "        - name: extra",
    "          x: {a: 1}",
    "replicas: 9",
    "- a",
    "\tx",
)


def edited(lines: list[str], chance: random.Random) -> list[str]:
    """Return lines with some changes: lines inserted, deleted, changed, and blocks moved."""
    made = list(lines)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made))
        match chance.randrange(6):
            case 0:
                made.insert(at, chance.choice(NEW))
            case 1:
                del made[at : at + chance.randint(1, 3)]
            case 2:
                made[at] = made[at].replace("a", "b", 1)
            case 3:
                made[at] += " # note"
            case 4:
                made[at] = f"{made[at].rpartition(' ')[0]} 7" if ": " in made[at] else made[at]
            case _:
                block = made[at : at + 3]
                made[at : at + 3] = []
                made.extend(block)
    return made


def opened(root: Path) -> Pipeline:
    worktree = open_worktree(root)
    return Pipeline(worktree, read_config(worktree))


def reset(file: GeneratedFile, command: str, path: Path) -> bool:
    """Do what a printed command does to the file; return whether it was possible."""
    words = shlex.split(command)
    assert words[:2] == ["scaffold", "reset"]
    try:
        (unit,) = plan_discards([Discarded(file, words[2].partition(":")[2])])
    except Invalid:
        return False
    assert unit.plan is not None
    (change,) = unit.plan.changes
    assert change.writes, command
    assert change.merged is not None
    path.write_bytes(change.merged.encode())
    return True


@pytest.mark.parametrize("place", [DEPLOYMENT, MAKEFILE])
def test_every_edit_is_named_and_given_up(repo: Repo, place: str) -> None:
    generated = repo.read(place)
    path = repo.root / place
    refused = done = 0
    for seed in range(12):
        chance = random.Random(seed)  # noqa: S311
        repo.write(place, "\n".join(edited(generated.split("\n")[:-1], chance)) + "\n")
        for _ in range(60):
            file = find_file(opened(repo.root), place, repo.root)
            ours = repo.read(place)
            edit = edit_of(file.unit, file.path)
            if edit is None:
                break
            about = explain_file(file)
            states = about.view.lines.edits
            named = [
                explain_line(about, one.field.field if one.field and not one.line else str(one.line)) for one in states
            ]
            assert all(one.reset for one in named)
            if not any(reset(file, one.reset, path) for one in named):
                # Deleted lines without a field have no command, and a field may be bound to others: the file has one.
                refused += bool(named)
                assert reset(file, f"scaffold reset {place}", path)
                assert repo.read(place) == generated
                break
            assert repo.read(place) != ours
            done += 1
        else:
            raise AssertionError(f"seed {seed}: the edits do not end")
    assert done > 12
    assert refused <= 3


@pytest.mark.parametrize("place", [DEPLOYMENT, MAKEFILE])
def test_lines_that_diff_does_not_show_are_as_generated(repo: Repo, place: str) -> None:
    """A line that no generated line equals is not as generated; and without a difference for git, every line is."""
    generated = repo.read(place)
    for seed in range(12):
        chance = random.Random(1000 + seed)  # noqa: S311
        text = "\n".join(edited(generated.split("\n")[:-1], chance)) + "\n"
        repo.write(place, text)
        file = find_file(opened(repo.root), place, repo.root)
        about = explain_file(file)
        lines = text.split("\n")[:-1]
        before = {one.strip() for one in generated.split("\n")}
        for number, line in enumerate(lines, 1):
            if line.strip() not in before:
                assert about.view.at(number).author != "generated", (seed, number, line)
        (repo.root / "base").write_text(generated)
        told = subprocess.run(
            ["git", "diff", "--no-index", "-U0", "base", place],
            cwd=repo.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode == 0:
            assert all(about.view.at(number).author == "generated" for number in range(1, len(lines) + 1))
