"""The findings of ``scaffold validate`` in whole repositories of other people, and what a reader says of each.

The archives have the YAML of a repository, and its other files without their contents. ``judged.tsv`` has a line for
each file and rule with findings: how many, whether they are true, and why. It quotes nothing of the files.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from ..conftest import git
from ..support.corpus import PROJECT

JUDGED = Path(__file__).with_name("judged.tsv")
Verdict = Literal["true", "pedantic", "false"]
VERDICTS: tuple[Verdict, ...] = ("true", "pedantic", "false")


class Place(NamedTuple):
    """Where findings of one rule and severity are: a file of a repository."""

    tree: str
    path: str
    rule: str
    severity: str


@dataclass(frozen=True)
class Judgement:
    """What a reader says of findings at a place: ``pedantic`` is true, but nothing that anybody would change."""

    place: Place
    count: int
    verdict: Verdict
    why: str


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack the archive of a repository below a folder, as the work tree of a repository of git, and return it.

    The archive lists the files without contents in PATHS.
    """
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    root = folder / archive.name.removesuffix(".tar.gz")
    listed = root / "PATHS"
    for path in listed.read_text("utf-8").splitlines():
        target = root / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
    listed.unlink()
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    git(root, "add", "--force", "--all")
    return root


def found_in(root: Path, *options: str) -> list[dict[str, str | int]]:
    """Return all findings in a repository, as the command prints them in JSON."""
    command = [sys.executable, "-m", "generator", "validate", "--profile", "strict", "--format", "json", *options]
    done = subprocess.run(
        command, cwd=root, env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}, capture_output=True
    )
    assert done.returncode in {0, 1}, done.stderr
    rows: list[dict[str, str | int]] = json.loads(done.stdout)
    return rows


def counted(tree: str, rows: Iterable[dict[str, str | int]]) -> Counter[Place]:
    """Return how many findings each place has."""
    return Counter(Place(tree, str(one["path"]), str(one["rule"]), str(one["severity"])) for one in rows)


def judged() -> Iterator[Judgement]:
    """Yield what was said of the findings."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            place = Place(row["tree"], row["path"], row["rule"], row["severity"])
            assert row["verdict"] in VERDICTS, row
            verdict: Verdict = next(one for one in VERDICTS if one == row["verdict"])
            yield Judgement(place, int(row["count"]), verdict, row["why"])
