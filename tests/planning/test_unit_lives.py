"""Random lives of units: created, edited, moved by scaffold, by git and by hand, copied, swapped, removed.

Every edit is logged with the unit that it belongs to, and looked up where the unit is at the end. This file decides by
its own log what has to be where: it asks the tool nothing.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ..conftest import Repo, git

SEEDS = range(int(os.environ.get("SCAFFOLD_LIVES", "5")))
STEPS = 28
_SIMPLE = re.compile(r" *(?:- )?[A-Za-z-]+: [A-Za-z0-9.-]+")  # a line to mark that no move changes
FOLDERS = ("services/a", "services/b", "apps/a", "apps/deep/a", "x-a", "x/a", "Apps/a", "team one/a")


@dataclass
class Life:
    """The log: of each unit its marks, by path in its folder, ``/`` for the workflow; and files that must stay."""

    repo: Repo
    random: random.Random
    units: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    flows: set[str] = field(default_factory=set)  # units with a workflow
    flow_at: dict[str, str] = field(default_factory=dict)  # where the workflow of a unit is, by its present folder
    kept: list[tuple[str, str]] = field(default_factory=list)
    count: int = 0

    def flow(self, unit: str) -> str:
        return f".github/workflows/{unit.replace('/', '-')}.yaml"

    def free(self) -> list[str]:
        """Return the folders at which nothing is, nor was until the next run."""
        flows = {self.flow(one).lower() for one in self.units} | {one.lower() for one in self.flow_at.values()}
        units = {one.lower() for one in self.units}
        return [
            one
            for one in FOLDERS
            if one.lower() not in units and self.flow(one).lower() not in flows and not self.repo.has(one)
        ]

    def new(self) -> None:
        places = self.free()
        if not places or len(self.units) > 5:
            return
        self.count += 1
        place, name = self.random.choice(places), f"u{self.count}"
        wanted = self.random.random() < 0.7
        shared = ["--namespace", self.random.choice(["one", "two"])] if self.random.random() < 0.5 else []
        flow = ["--workflow"] if wanted else []
        self.repo.ok("new-service", name, "--image", "a/b:1.2.3", "--dir", place, *flow, *shared, "-q")
        self.units[place] = []
        if wanted:
            self.flows.add(place)
            self.flow_at[place] = self.flow(place)

    def edit(self) -> None:
        if not self.units:
            return
        unit = self.random.choice(sorted(self.units))
        inner = ["deploy/deployment.yaml", "deploy/service.yaml", "e2e/Makefile", "mine.txt"]
        path = self.random.choice([*inner, *(["/"] * 3 if unit in self.flows else [])])
        place = self.flow_at[unit] if path == "/" else f"{unit}/{path}"
        self.count += 1
        mark = f"# mark-{self.count}."
        text = self.repo.read(place) if self.repo.has(place) else ""
        lines = text.split("\n")
        at = [n for n, line in enumerate(lines) if _SIMPLE.fullmatch(line)]
        if place.endswith(".yaml"):
            lines[self.random.choice(at)] += f" {mark}"
            self.repo.write(place, "\n".join(lines))
        else:
            self.repo.write(place, f"{text}{mark}\n")
        self.units[unit].append((path, mark))

    def port(self) -> None:
        if self.units:
            path = f"{self.random.choice(sorted(self.units))}/scaffold.yaml"
            self.repo.write(path, re.sub(r"(?m)^port: .*\n", "", self.repo.read(path)) + f"port: 9{self.count:03}\n")

    def renamed(self, old: str, new: str, *, regenerated: bool) -> None:
        self.units[new] = self.units.pop(old)
        if old in self.flows:
            self.flows.remove(old)
            self.flows.add(new)
            place = self.flow_at.pop(old)
            self.flow_at[new] = self.flow(new) if regenerated else place

    def mv(self) -> None:
        places = self.free()
        if self.units and places:
            old, new = self.random.choice(sorted(self.units)), self.random.choice(places)
            self.repo.ok("mv", old, new, "-q")
            self.renamed(old, new, regenerated=True)

    def by_hand(self) -> None:
        places = self.free()
        if self.units and places:
            old, new = self.random.choice(sorted(self.units)), self.random.choice(places)
            (self.repo.root / new).parent.mkdir(parents=True, exist_ok=True)
            if self.random.random() < 0.5:
                self.commit()
                git(self.repo.root, "mv", old, new)
            else:
                (self.repo.root / old).rename(self.repo.root / new)
            self.renamed(old, new, regenerated=False)

    def swap(self) -> None:
        if len(self.units) < 2:
            return
        one, two = self.random.sample(sorted(self.units), 2)
        root = self.repo.root
        (root / one).rename(root / "aside")
        (root / two).rename(root / one)
        (root / "aside").rename(root / two)
        self.renamed(one, "aside", regenerated=False)
        self.renamed(two, one, regenerated=False)
        self.renamed("aside", two, regenerated=False)

    def copy(self) -> None:
        """The copy has the edits of files, and gets a workflow of its own."""
        self.regenerate()
        places = self.free()
        if not self.units or not places or len(self.units) > 5:
            return
        old, new = self.random.choice(sorted(self.units)), self.random.choice(places)
        shutil.copytree(self.repo.root / old, self.repo.root / new)
        self.units[new] = [(path, mark) for path, mark in self.units[old] if path != "/"]
        if old in self.flows:
            self.flows.add(new)
            self.repo.ok("regenerate", "-q")
            self.flow_at[new] = self.flow(new)

    def rm(self) -> None:
        if not self.units:
            return
        self.regenerate()
        unit = self.random.choice(sorted(self.units))
        before = self.repo.snapshot()
        done = self.repo.run("rm", unit)
        edited = any(path != "mine.txt" for path, _ in self.units[unit])
        if "is the only unit that makes" in done.out:
            assert done.code == 1
            assert self.repo.snapshot() == before
            return
        assert done.code == int(edited), done.text
        side = self.random.choice(["--ours", "--theirs"])
        if edited:
            assert self.repo.snapshot() == before
            done = self.repo.run("rm", unit, side)
            if done.code:
                assert "is the only unit that makes" in done.out, done.text
                return
        for path, mark in self.units.pop(unit):
            place = self.flow(unit) if path == "/" else f"{unit}/{path}"
            if path == "mine.txt" or side == "--ours":
                self.kept.append((place, mark))
        if unit in self.flows:
            self.flows.remove(unit)
            del self.flow_at[unit]
        for place in {place for place, _ in self.kept if place.startswith(f"{unit}/")}:
            # Out of the way of later units: these would adopt it, which is another story.
            (self.repo.root / f"kept/{place}").parent.mkdir(parents=True, exist_ok=True)
            (self.repo.root / place).rename(self.repo.root / f"kept/{place}")
        self.kept = [(f"kept/{p}" if p.startswith(f"{unit}/") else p, mark) for p, mark in self.kept]
        shutil.rmtree(self.repo.root / unit, ignore_errors=True)
        for place in {place for place, _ in self.kept if place == self.flow(unit)}:
            (self.repo.root / place).rename(self.repo.root / f"kept-{self.count}.yaml")
            self.kept = [(f"kept-{self.count}.yaml" if p == place else p, mark) for p, mark in self.kept]
            self.count += 1

    def regenerate(self) -> None:
        self.repo.ok("regenerate", "-q")
        for unit in self.flows:
            self.flow_at[unit] = self.flow(unit)
        self.check()

    def commit(self) -> None:
        git(self.repo.root, "add", "--all")
        git(self.repo.root, "commit", "--quiet", "--allow-empty", "--message", "work")

    def check(self) -> None:
        """Each mark is in one place, and the workflows are those of the units."""
        assert self.repo.ok("diff").code == 0
        for unit, marks in self.units.items():
            for path, mark in marks:
                assert mark in self.repo.read(self.flow(unit) if path == "/" else f"{unit}/{path}"), (unit, path)
        for place, mark in self.kept:
            assert mark in self.repo.read(place), place
        folder = self.repo.root / ".github/workflows"
        flows = {one.name for one in folder.iterdir() if not one.name.startswith("scaffold-")}
        assert flows == {self.flow(unit).rpartition("/")[2] for unit in self.flows}
        units = {one.parent.relative_to(self.repo.root).as_posix() for one in self.repo.root.rglob("scaffold.lock")}
        assert units == {*self.units, ".github"}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_edit_lives_as_long_as_its_unit(empty: Repo, seed: int) -> None:
    life = Life(empty, random.Random(seed))  # noqa: S311
    life.commit()
    ways: list[Callable[[], None]] = [
        life.new, life.edit, life.edit, life.edit, life.mv, life.by_hand, life.by_hand, life.swap, life.copy, life.rm,
        life.port, life.regenerate, life.commit,
    ]  # fmt: skip
    for way in (life.new, life.new, life.edit, life.edit):
        way()
    for _ in range(STEPS):
        life.random.choice(ways)()
    life.regenerate()
    assert len(life.units) + len(life.kept) > 0
