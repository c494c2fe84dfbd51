"""A simulated week of a repository: bots, people and the platform team change it in random order, regenerated between.

Everything goes through the real pipeline and worktree, in this process. What is changed by hand is logged and looked up
after every step (tests/support/editlog.py); at the end every difference from what is generated must be one that was
made by hand.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from generator import render, template
from generator.choice import Choice
from generator.lock import parse_lock
from generator.merge import Conflict
from generator.pipeline import Pipeline, read_config
from generator.planned import Unit
from generator.tree import MAX_LOCK_BYTES, join
from generator.worktree import Worktree
from generator.writes import writes_of

from ..support import apptemplate, editlog, segments
from ..support.editlog import Log

UNITS = 50
CONFIG = "automation: flux-v1\ndefaults: {}\n"


class LostError(AssertionError):
    """An edit is not there any more, or something is there that nobody wrote."""


@dataclass
class Week:
    """One repository and its random events."""

    root: Path
    dice: random.Random
    log: Log = field(default_factory=Log)
    defaults: dict[str, dict[str, object]] = field(default_factory=lambda: {"service": {}, "app": {}})
    version: int = 1
    tally: Counter[str] = field(default_factory=Counter)
    said: str = ""

    def __post_init__(self) -> None:
        self.write(".scaffold/config.yaml", CONFIG)
        for path, text in apptemplate.files_of_template().items():
            self.write(path, text)
        for name in self.units:
            template = name.partition("/")[0].removesuffix("s")
            more = "image: ghcr.io/example/x\ntag: master-1\n" if template == "service" else ""
            self.write(f"{name}/scaffold.yaml", f"template: {template}\nname: {name.partition('/')[2]}\n{more}")
        self.regenerate()

    @property
    def units(self) -> list[str]:
        return [f"{'apps' if number % 2 else 'services'}/unit{number}" for number in range(UNITS)]

    def read(self, path: str) -> str | None:
        place = self.root / path
        return place.read_bytes().decode() if place.is_file() else None

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())

    def plan(self, choice: Choice | None = None) -> list[Unit]:
        worktree = Worktree(self.root)
        units = list(Pipeline(worktree, read_config(worktree), choice or Choice()).units(self.units))
        problems = [problem for unit in units for problem in unit.problems]
        if problems:
            raise LostError(f"{self.said}: {problems}")
        return units

    def regenerate(self, choice: Choice | None = None) -> list[tuple[str, Conflict]]:
        """Regenerate as the command does, and return the conflicts that are left."""
        worktree = Worktree(self.root)
        with worktree.alone(lambda _said: None):
            units = self.plan(choice)
            worktree.apply(writes_of(units))
        return [
            (join(unit.name, change.path), conflict)
            for unit in units
            if unit.plan
            for change in unit.plan.changes
            for conflict in change.conflicts
        ]

    # --- What happens -------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let one thing happen, regenerate, settle what conflicts (not always at once), and look everything up."""
        events = [self.person] * 5 + [self.flux] * 2 + [self.dependabot] * 2 + [self.platform] * 4 + [self.default] * 2
        event = self.dice.choice(events)
        self.said = event.__name__
        self.tally[event.__name__] += 1
        event()
        before = {name: self.read(name) for name in self.edited}
        conflicts = self.regenerate()
        blocked = {_unit(path) for path, _ in conflicts}
        for name, text in before.items():
            if _unit(name) in blocked and self.read(name) != text:
                raise LostError(f"{self.said}: {name} was written in spite of a conflict")
        self.look()
        if conflicts and self.dice.random() < 0.7:
            self.settle(conflicts)
        for name in self.edited:
            self.log.agree(name, self.base(name))

    @property
    def edited(self) -> list[str]:
        return list(dict.fromkeys([*self.log.values, *self.log.comments, *self.log.lines]))

    def look(self) -> None:
        """Raise LostError if anything that was changed by hand is not there."""
        lost = [one for name in self.edited for one in self.log.lost(name, self.read(name))]
        self.tally["look-ups"] += sum(map(len, (*self.log.values.values(), *self.log.comments.values())))
        if lost:
            raise LostError(f"{self.said}: {lost}")

    def edit(self, path: str, text: str) -> None:
        """Change a generated file by hand."""
        before = self.read(path)
        if before is not None and text != before:
            self.write(path, text)
            self.log.note(path, before, text)

    def files(self, *endings: str) -> list[str]:
        found = [one for name in self.units for one in (self.root / name).rglob("*") if one.is_file()]
        paths = sorted(one.relative_to(self.root).as_posix() for one in found if not one.name.startswith("scaffold."))
        return [one for one in paths if one.endswith(endings)]

    def person(self) -> None:
        """Somebody edits values, keys, items and comments of some files, or deletes some."""
        for path in self.dice.sample(self.files(".yaml"), 3):
            text = self.read(path) or ""
            writer = segments.Writer(self.dice, "mine", 0.5)
            made = next(segments.changes(text, segments.entries(text), writer), None)
            if made:
                self.edit(path, segments.apply(text, [made]))

    def flux(self) -> None:
        """Flux moves the tags of some images."""
        for path in self.dice.sample(self.files("app.yaml", "deployment.yaml"), 5):
            self.edit(path, apptemplate.with_newer_tag(self.read(path) or "", self.dice))

    def dependabot(self) -> None:
        """Dependabot moves an action with the version in its comment, or a pin of a Makefile."""
        for path in self.dice.sample(self.files("e2e.yaml", "Makefile"), 4):
            self.edit(path, apptemplate.with_newer_pin(path, self.read(path) or "", self.dice))

    def platform(self) -> None:
        """The platform team changes its template."""
        path = self.dice.choice([*apptemplate.SOURCES])
        text = self.read(f"{apptemplate.INNER}/{path}") or ""
        self.version += 1
        self.write(f"{apptemplate.INNER}/{path}", apptemplate.changed_source(path, text, self.dice))
        self.write(f"{apptemplate.TEMPLATE}/version", f"{self.version}\n")
        template._loaded.cache_clear()
        render._compiled.cache_clear()

    def default(self) -> None:
        """The platform team changes a default of all services."""
        service = self.defaults["service"]
        key = self.dice.choice(["replicas", "port", "user", "resources", "env", "health_path"])
        service[key] = {
            "replicas": self.dice.randint(1, 5),
            "port": self.dice.randint(8000, 9000),
            "user": self.dice.randint(10000, 20000),
            "resources": {"limits": {"memory": f"{self.dice.randint(128, 999)}Mi"}},
            "env": {name: str(self.dice.randint(0, 99)) for name in self.dice.sample(["A", "B", "C"], 2)},
            "health_path": f"/healthz{self.dice.randint(0, 9)}",
        }[key]
        if self.dice.random() < 0.2:
            del service[key]
        self.write(".scaffold/config.yaml", f"automation: flux-v1\ndefaults: {json.dumps(self.defaults)}\n")

    # --- Conflicts ----------------------------------------------------------------------------------------------------

    def settle(self, conflicts: list[tuple[str, Conflict]]) -> None:
        """Settle conflicts, each by a choice of a side or by hand, until none is left."""
        for _ in range(3):
            ours, theirs = [], []
            for path, conflict in conflicts:
                way = self.dice.choice(["ours", "theirs", "hand"])
                self.tally[f"settled: {way}"] += 1
                if way == "hand":
                    self.by_hand(path, conflict)
                elif way == "ours":
                    ours.append((path, conflict.field))
                    self.log.kept.setdefault(path, set()).add(conflict.field)
                else:
                    theirs.append((path, conflict.field))
                    self.log.forget(path, conflict.field)
            ours = [one for one in ours if one not in theirs]
            self.said = f"settled ours {ours}, theirs {theirs}"
            conflicts = self.regenerate(Choice(tuple(ours), tuple(theirs)))
            self.look()
            if not conflicts:
                return
        for path, _ in conflicts:  # somebody gives up, and takes what is generated
            self.tally["settled: given up"] += 1
            self.revert(path)
        self.regenerate()
        self.look()

    def by_hand(self, path: str, conflict: Conflict) -> None:
        """Write the generated value into the file, or take back every edit of it where it is no one value."""
        text = editlog.with_value(self.read(path) or "", path, conflict.field, conflict.theirs)
        if text is None:
            self.revert(path)
        else:
            self.edit(path, text)
            self.log.forget(path, conflict.field)

    def base(self, path: str) -> str | None:
        """Return what a file was generated as last time, or None."""
        name = _unit(path)
        lock = parse_lock(Worktree(self.root).read(f"{name}/scaffold.lock", MAX_LOCK_BYTES) or "", "lock", name)
        locked = lock.files.get(path.removeprefix(f"{name}/"))
        return locked.text if locked else None

    def revert(self, path: str) -> None:
        """Put back what was generated last time."""
        text = self.base(path)
        if text is None:
            (self.root / path).unlink()
        else:
            self.write(path, text)
        self.log.forget(path)

    def end(self) -> None:
        """Settle everything; then nothing is left to do, and every difference was made by hand."""
        conflicts = self.regenerate()
        if conflicts:
            self.settle(conflicts)
        units = self.plan()
        for unit in units:
            assert unit.plan
            if unit.plan.drifts or unit.plan.lock:
                raise LostError(f"at the end {unit.name} is not clean")
            for change in unit.plan.changes:
                name = join(unit.name, change.path)
                found = self.log.unexplained(name, change.theirs or "", change.ours or "")
                if found:
                    raise LostError(f"at the end: {found}")
        self.tally["edits"] = self.log.count


def _unit(path: str) -> str:
    return "/".join(path.split("/")[:2])
