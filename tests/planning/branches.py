"""Random histories of two branches over a unit, joined by git: by a merge, rebase, cherry-pick, or stash.

Both branches change the spec and the config, edit generated files and regenerate. What conflicts is resolved in the
spec and in files as people do it: a side of each file, or of each hunk. In the lock only a side is taken, or nothing is
done at all. git is the real one; the oracle is the log of what was edited on each branch.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.choice import Choice
from generator.pipeline import Pipeline, read_config
from generator.planned import Unit
from generator.worktree import Worktree
from generator.writes import writes_of

from ..support.editlog import data_of as yaml_data
from ..support.editlog import differences

NAME = "services/shop"
SPEC, LOCK, CONFIG = f"{NAME}/scaffold.yaml", f"{NAME}/scaffold.lock", ".scaffold/config.yaml"
DEPLOYMENT = f"{NAME}/deploy/deployment.yaml"
_IDENTITY = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_HUNK = re.compile(r"<<<<<<< .*?\n(.*?)(?:\|\|\|\|\|\|\| ?.*?\n.*?)?=======\n(.*?)>>>>>>> .*?\n", re.DOTALL)
WAYS = ("merge", "rebase", "cherry-pick", "stash")


@dataclass(frozen=True)
class Edit:
    """A change of a file by hand. ``has`` looks for it; it is ``sure`` if nothing else can look like it."""

    path: str
    where: tuple[str, ...]
    has: Callable[[str], bool]
    sure: bool


@dataclass
class Values:
    """What the spec and the config ask for."""

    replicas: int = 1
    tag: str = "1.0"
    env: dict[str, str] = field(default_factory=lambda: {"A": "1", "B": "1"})
    e2e: bool = False
    memory: int = 256

    def spec(self) -> str:
        lines = "".join(f'  {key}: "{value}"\n' for key, value in sorted(self.env.items()))
        head = f'template: service\nname: shop\nimage: ghcr.io/example/shop\ntag: "{self.tag}"\n'
        more = f"env:\n{lines}" if lines else "env: {}\n"
        return f"{head}replicas: {self.replicas}\n{more}e2e: {str(self.e2e).lower()}\n"

    def config(self, before: str) -> str:
        return before.partition("\ndefaults:\n")[0].rstrip() + (
            f"\n\ndefaults:\n  service:\n    resources:\n      limits:\n        memory: {self.memory}Mi\n"
        )

    @classmethod
    def joined(cls, rng: random.Random, base: Values, ours: Values, theirs: Values) -> Values:
        """Return what a person resolves two changes to."""

        def pick(b: Any, o: Any, t: Any) -> Any:
            return t if o == b else o if t in (b, o) else rng.choice([o, t])

        keys = {*base.env, *ours.env, *theirs.env}
        env = {key: pick(base.env.get(key), ours.env.get(key), theirs.env.get(key)) for key in keys}
        found = {
            one: pick(*(getattr(v, one) for v in (base, ours, theirs))) for one in ("replicas", "tag", "memory", "e2e")
        }
        return cls(env={key: one for key, one in env.items() if one is not None}, **found)

    def copy(self) -> Values:
        return Values(self.replicas, self.tag, dict(self.env), self.e2e, self.memory)


class Branches:
    """One history: made, joined, resolved, regenerated and looked through."""

    def __init__(self, root: Path, rng: random.Random, *, driver: str = "") -> None:
        self.root, self.rng, self.driver = root, rng, driver
        self.tally: Counter[str] = Counter()
        self.number = 0
        self.story: list[str] = []
        self.settled: list[tuple[str, ...]] = []  # what a conflict kept as it was, with what is no edit in it
        self.git("config", "merge.conflictStyle", rng.choice(["merge", "diff3", "zdiff3"]))
        if driver:
            self.git("config", "merge.scaffold.driver", driver)
            self.write(".gitattributes", "scaffold.lock merge=scaffold\n")

    # The repository.

    def git(self, *arguments: str, ok: bool = True) -> str:
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env |= {**_IDENTITY, "GIT_EDITOR": "true", "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(["git", *arguments], cwd=self.root, env=env, capture_output=True, check=False)
        assert done.returncode == 0 or not ok, (arguments, done.stdout, done.stderr)
        self.code = done.returncode
        return done.stdout.decode("utf-8", "surrogateescape")

    def read(self, path: str) -> str | None:
        place = self.root / path
        return place.read_bytes().decode() if place.is_file() else None

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def plan(self, choice: Choice | None = None) -> Unit:
        tree = Worktree(self.root)
        (unit,) = Pipeline(tree, read_config(tree), choice or Choice()).units([NAME])
        assert unit.plan, (unit.problems, unit.bug)
        return unit

    def regenerate(self, choice: Choice | None = None) -> tuple[Unit, list[str]]:
        tree = Worktree(self.root)
        unit = self.plan(choice)
        applied = tree.apply(writes_of([unit]))
        assert not applied.left
        return unit, [one.path for one in applied.written]

    # A branch.

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")

    def put(self, values: Values) -> None:
        self.write(SPEC, values.spec())
        config = self.read(CONFIG) or ""
        self.write(CONFIG, values.config(config))

    def grow(self, values: Values, log: list[Edit], steps: int, commits: int = 1) -> Values:
        """Change the spec and the files of the branch that is checked out, and commit."""
        values = values.copy()
        for _ in range(commits):
            for _ in range(steps):
                self.rng.choice([self.ask, self.ask, self.edit])(values, log)
            self.put(values)
            self.settled_run()
            if self.rng.random() < 0.5:
                self.edit(values, log)
            self.commit()
        return values

    def settled_run(self) -> None:
        unit, _ = self.regenerate()
        if unit.plan and unit.plan.blocked:
            self.regenerate(Choice(ours=(("*", ""),)))

    def ask(self, values: Values, _log: list[Edit]) -> None:
        """Change what the spec or the config asks for."""
        self.number += 1
        key = self.rng.choice("ABCD")
        match self.rng.randrange(7):
            case 0:
                values.replicas = self.rng.choice([1, 2, 3, self.number + 10])
            case 1:
                values.tag = f"1.{self.number}"
            case 2 | 3:
                values.env[key] = self.rng.choice(["1", str(self.number)])
            case 4:
                values.env.pop(key, None)
            case 5:
                values.memory = self.rng.choice([256, 300 + self.number])
            case _:
                values.e2e = not values.e2e
        self.story.append(f"ask {values}")

    def edit(self, _values: Values, log: list[Edit]) -> None:
        """Edit a generated file by hand."""
        self.number += 1
        n = self.number
        text = self.read(DEPLOYMENT)
        assert text is not None
        key = self.rng.choice("ABCD")
        container = ("spec", "template", "spec", "containers", "[name=app]")
        match self.rng.randrange(8):
            case 0:
                new, where = re.sub(r"replicas: \d+", f"replicas: {1000 + n}", text), ("spec", "replicas")
                sure, sign = True, f"replicas: {1000 + n}"
            case 1:
                new, where = re.sub(r"failureThreshold: \d+", f"failureThreshold: {1000 + n}", text), container
                sure, sign = True, f"failureThreshold: {1000 + n}"
            case 2:
                new, where = text.replace("kind: Deployment", f"kind: Deployment # by hand {n}", 1), ()
                sure, sign = True, f"by hand {n}"
            case 3:
                anchor = "          resources:\n"
                has_env = "          env:\n" in text
                item = f"            - name: HAND{n}\n              value: h{n}\n"
                new, where = (
                    text.replace(anchor, f"{item if has_env else ''}{anchor}", 1),
                    (*container, "env", f"[name=HAND{n}]"),
                )
                sure, sign = True, f"HAND{n}"
            case 4:
                item = re.search(rf"            - name: {key}\n              value: .*\n", text)
                new = text.replace(item[0], "") if item and text.count("              value: ") > 1 else text
                where, sure, sign = (*container, "env", f"[name={key}]"), False, f"-{key}"
            case 5:
                new = re.sub(rf"(            - name: {key}\n              value: ).*\n", rf'\1"hand{n}"' + "\n", text)
                where, sure, sign = (*container, "env", f"[name={key}]"), True, f'"hand{n}"'
            case 6:  # back to what it was, or what the other branch has
                new = re.sub(r"replicas: \d+", f"replicas: {self.rng.choice([1, 2, 3])}", text)
                where, sure, sign = ("spec", "replicas"), False, (re.search(r"replicas: \d+", new) or [""])[0]
            case _:
                new = re.sub(rf"(            - name: {key}\n              value: ).*\n", r'\1"1"' + "\n", text)
                where, sure, sign = (*container, "env", f"[name={key}]"), False, ""
        if new == text:
            return
        self.write(DEPLOYMENT, new)
        value = value_at(new, where)
        has = (lambda t: sign in t) if sure else (lambda t: value_at(t, where) == value)
        log.append(Edit(DEPLOYMENT, where, has, sure))
        self.story.append(f"edit {where} {sign} {str(value)[:100]}")

    # The join.

    def live(self) -> None:
        self.put(base := Values())
        self.settled_run()
        before: list[Edit] = []
        if self.rng.random() < 0.5:
            base = self.grow(base, before, 1)
        self.commit()
        first = self.git("rev-parse", "HEAD").strip()
        way = self.rng.choice(WAYS)
        self.git("switch", "--quiet", "--create", "topic")
        topic: list[Edit] = []
        self.story.append(f"topic, then {way}")
        others = self.grow(base, topic, self.rng.randint(2, 4), self.rng.choice([1, 2]) if way == "rebase" else 1)
        if way == "stash":
            self.git("reset", "--quiet", "--soft", first)
            self.git("stash", "--quiet")
        self.git("switch", "--quiet", "main")
        self.story.append("main")
        main: list[Edit] = []
        mine = self.grow(base, main, self.rng.randint(2, 4))
        if way == "rebase":
            self.git("switch", "--quiet", "topic")
        self.logs = {"before": before, "main": main, "topic": topic}
        command = {"merge": ["merge", "topic"], "rebase": ["rebase", "main"], "cherry-pick": ["cherry-pick", "topic"],
                   "stash": ["stash", "pop"]}[way]  # fmt: skip
        self.git(*command, ok=False)
        self.tally[way] += 1
        for _ in range(5):
            stopped = self.code != 0
            wanted = Values.joined(self.rng, base, mine, others)
            self.resolve(wanted)
            if not stopped or way == "stash":
                break
            self.git("add", "--all")
            command = (
                ["rebase", "--continue"] if way == "rebase" else ["commit", "--allow-empty", "--no-edit", "--quiet"]
            )
            self.git(*command, ok=False)
            assert way == "rebase" or self.code == 0, self.story
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "joined")
        self.silent("after the commit")

    def resolve(self, wanted: Values) -> None:
        """Resolve what conflicts, regenerate, and look everything up."""
        listed = [one.partition("\t") for one in self.git("ls-files", "-z", "--unmerged").split("\0") if one]
        unmerged = {path for _, _, path in listed}
        stages = {(path, head.split()[2]): head.split()[1] for head, _, path in listed}
        if unmerged & {SPEC, CONFIG}:
            self.put(wanted)
        whole: dict[str, str] = {}
        for path in sorted(unmerged - {SPEC, CONFIG, LOCK}):
            whole[path] = self.resolve_file(path, {side for one, side in stages if one == path})
        if LOCK in unmerged:
            self.tally["lock in conflict"] += 1
            has = {side for one, side in stages if one == LOCK}
            how = self.rng.choice(["", "ours", "theirs", "add", "ours add", "theirs add"])
            self.story.append(f"lock: {how}")
            if {"2", "3"} <= has:
                for side in ("ours", "theirs"):
                    if side in how:
                        self.git("checkout", f"--{side}", "--", LOCK)
                if "add" in how:
                    self.git("add", LOCK)
        before = {path: self.read(path) for path in self.files()}
        self.story.append(f"unmerged {sorted(unmerged)} {whole}")
        self.look_through(before, unmerged, whole)

    def files(self) -> list[str]:
        below = (self.root / NAME).rglob("*")
        found = (one.relative_to(self.root).as_posix() for one in below if one.is_file())
        return sorted(one for one in found if one not in {SPEC, LOCK})

    def resolve_file(self, path: str, sides: set[str]) -> str:
        """Resolve a file, and return the side that it is from, ``""`` for both."""
        if not {"2", "3"} <= sides:  # deleted on one side: it stays as git left it
            if self.rng.random() < 0.3:
                self.git("rm", "--quiet", "--force", "--", path)
                return "deleted"
            self.git("add", "--", path)
            return "kept"
        how = self.rng.choice(["ours", "theirs", "hunks", "hunks"])
        if how == "hunks":
            text = self.read(path) or ""
            self.write(path, _HUNK.sub(lambda one: self.rng.choice([one[1], one[2]]), text))
        else:
            self.git("checkout", f"--{how}", "--", path)
        if self.rng.random() < 0.5:
            self.git("add", "--", path)
        return how if how != "hunks" else ""

    # The oracle.

    def look_through(self, before: Mapping[str, str | None], unmerged: set[str], whole: Mapping[str, str]) -> None:
        seen = self.plan()
        unit, _ = self.regenerate()
        assert seen.plan
        assert unit.plan
        assert [one.state for one in seen.plan.changes] == [one.state for one in unit.plan.changes]
        edits = [one for log in self.logs.values() for one in log]
        if unit.plan.blocked:
            self.tally["conflict"] += 1
            for change in unit.plan.changes:
                for one in change.conflicts:
                    self.settled.append(tuple(re.findall(r"\[[^\]]*\]|[^.\[\]]+", one.field)))
                    self.story.append(
                        f"conflict {change.path} {one.field} {one.base!r} {one.ours!r} {one.theirs!r} {one.reason}"
                    )
                    assert any(e.path.endswith(change.path) for e in edits) or not one.field, self.story
            unit, _ = self.regenerate(Choice(ours=(("*", ""),)))
            assert unit.plan
            assert not unit.plan.blocked, self.story
        self.silent("after regenerate")
        wanted = {f"{NAME}/{one.path}": one.theirs for one in unit.plan.changes if one.theirs is not None}
        for path, text in wanted.items():
            now = self.read(path)
            assert now is not None, (path, self.story)
            own = [one for one in edits if one.path == path]
            for edit in own:
                had = before.get(path)
                if had is not None and edit.has(had) and (edit.sure or self.is_certain(edit, path, unmerged)):
                    assert edit.has(now), (edit, self.story)
                    self.tally["edits"] += 1
            if path.endswith(".yaml"):
                for where, value in differences(yaml_data(text), yaml_data(now)):
                    found = any(e.where[: len(where)] == where[: len(e.where)] for e in own if e.where)
                    found = found or any(where[: len(one)] == one for one in self.settled)
                    assert found, (path, where, value, self.story)
                    self.tally["kept differences"] += 1
            elif not own:
                assert now == text, (path, self.story)

    def is_certain(self, edit: Edit, path: str, unmerged: set[str]) -> bool:
        """Tell whether an edit that can look like a generated value is in a file: git merged it, without a conflict."""
        later = [e for log in self.logs.values() for e in log if e.path == edit.path and e.where == edit.where]
        return path not in unmerged and later == [edit]

    def silent(self, when: str) -> None:
        """Check that nothing is left to do."""
        unit, written = self.regenerate()
        assert not written, (when, written, self.story)
        assert not unit.drifts, (
            when,
            [(c.path, c.state) for c in unit.plan.changes if c.drifts] if unit.plan else "",
            self.story,
        )
        assert "<<<<<<<" not in (self.read(LOCK) or ""), when


def value_at(text: str, where: tuple[str, ...]) -> Any:
    """Return the value at a path of a YAML text, None if it is not there."""
    found: Any = yaml_data(text)
    for key in where:
        found = found.get(key) if isinstance(found, dict) else None
    return found
