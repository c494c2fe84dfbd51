"""A simulated month of a team: five people with branches, two bots, one repository of 40 units, real git.

Every person has a clone and at most one open branch, which is merged into main, rebased onto it, squashed or
cherry-picked. Everything edited by hand is logged for each commit (``ledger``); what a merge must have follows from the
logs of its sides and what the person chose where git stopped (``resolving``). Locks are never resolved by anybody:
``scaffold regenerate`` and ``git add`` is all that happens to them.
"""

from __future__ import annotations

import random
import shlex
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ..support import apptemplate, editlog
from . import works
from .clone import CONFIG, LOCK, SPEC, Clone, LostError, clone, has_markers
from .ledger import Ledger, drop_lost, merged
from .resolving import Resolving

PEOPLE = {"Ann": False, "Bob": False, "Cem": True, "Dee": False, "Eve": True}  # whether with the merge driver
BOTS = ("flux", "dependabot")
ASKED = 0.1  # how often diff is asked what regenerate will do
THOROUGH = 0.2  # how often everything is rendered again at the end


@dataclass(frozen=True)
class Prepared:
    """The repository that every month begins with, its ledger, and the merge driver that ``init`` sets."""

    origin: Path
    ledger: Ledger
    driver: str


def prepare(folder: Path) -> Prepared:
    """Make the repository that every month begins with."""
    start = Clone(folder / "start", "Eve")
    start.root.mkdir(parents=True)
    start.git("init", "--quiet", "--initial-branch=main")
    start.repo.ok("init", "--automation", "flux-v1", "--merge-driver")
    for path, text in apptemplate.files_of_template().items():
        start.repo.write(path, text)
    for number in range(39):
        place, spec = works.first_unit(number)
        start.repo.write(f"{place}/{SPEC}", spec)
        start.ledger.places[place.replace("/", "-")] = place
    start.ledger.places["ci"] = ".github"
    start.repo.ok("regenerate")
    start.git("add", "--all")
    start.git("commit", "--quiet", "--message", "The first day")
    start.git("clone", "--quiet", "--bare", ".", str(folder / "origin.git"))
    return Prepared(folder / "origin.git", start.ledger, start.out("config", "merge.scaffold.driver"))


def units_of(path: str, ledgers: list[Ledger]) -> set[str]:
    """Return the unit that a file is of in some ledgers."""
    return {name.partition("/")[0] for one in ledgers if (name := one.name_of(path))}


@dataclass
class Month:
    """One repository, the clones of the team, and what happens in them."""

    root: Path
    dice: random.Random
    driver: str
    ledgers: dict[str, Ledger] = field(default_factory=dict)  # by commit
    clones: dict[str, Clone] = field(default_factory=dict)
    story: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    days: int = 0
    pushes: int = 0

    @classmethod
    def begin(cls, prepared: Prepared, root: Path, dice: random.Random) -> Month:
        root.mkdir(parents=True)
        shutil.copytree(prepared.origin, root / "origin.git")
        month = cls(root, dice, prepared.driver)
        month.ledgers[month.of("Eve").head()] = prepared.ledger
        return month

    def of(self, person: str) -> Clone:
        """Return a person's clone, with what is new on main fetched."""
        if person not in self.clones:
            driver = self.driver if PEOPLE.get(person) else ""
            self.clones[person] = clone(self.root / "origin.git", self.root / person, person, driver)
        elif self.clones[person].fetched != self.pushes:
            self.clones[person].git("fetch", "--quiet", "origin")
        self.clones[person].fetched, self.clones[person].tally = self.pushes, self.tally
        return self.clones[person]

    def tell(self, who: Clone, what: str) -> None:
        self.story.append(f"{self.days:03} {who.person} on {who.branch}: {what}")

    # --- Days -----------------------------------------------------------------------------------------------------

    def day(self) -> None:
        """Let one thing happen."""
        self.days += 1
        idle = [one for one in PEOPLE if one not in self.clones or not self.clones[one].branch]
        actor = self.dice.choice([*PEOPLE, *PEOPLE, *BOTS, *BOTS])
        if self.days <= 2:  # branches that are open at the same time
            actor = "Eve" if self.days == 1 else self.dice.choice(idle)
        who = self.of(actor)
        if actor in BOTS:
            self.bot(who)
        elif not who.branch or self.dice.random() < 0.4:
            self.begin_branch(who)
            self.work(who)
        else:
            self.integrate(who)

    def begin_branch(self, who: Clone) -> None:
        if who.branch:
            return
        who.count += 1
        self.switch(who, f"{who.person.lower()}/{who.count}", "origin/main")

    def switch(self, who: Clone, branch: str, start: str) -> None:
        who.git("switch", "--quiet", "--force-create", branch, start)
        who.branch, who.start, who.tangled = branch, who.head(), False
        who.ledger = self.ledgers[who.start].copy()

    def work(self, who: Clone) -> None:
        """Change something, regenerate unless only generated files were edited, and commit."""
        actions = works.PLATFORM if who.person == "Eve" else works.DEVELOPER
        names, weights = zip(*actions.items(), strict=True)
        done = set()
        for action in self.dice.choices(names, weights, k=self.dice.randint(2, 3)):
            told = action(who, self.dice)
            if told:
                done.add(action)
                self.tally[action.__name__] += 1
                self.tell(who, told)
        if done - {works.edit_files}:
            self.regenerate(who)
        self.commit(who, self.story[-1] if done else "Nothing")

    def bot(self, who: Clone) -> None:
        """A bot commits to main: it regenerates nothing, and what it changed is an edit like others."""
        self.switch(who, "main", "origin/main")
        told = {"flux": works.flux, "dependabot": works.dependabot}[who.person](who, self.dice)
        self.tally[who.person] += 1
        self.tell(who, told)
        self.commit(who, told)
        self.push(who)

    def commit(self, who: Clone, message: str) -> None:
        who.git("add", "--all")
        changed = who.git("diff", "--cached", "--name-only", "--no-renames", "-z", "HEAD").out.split("\0")[:-1]
        if marked := [path for path in changed if has_markers(who.read(path) or "")]:
            raise LostError(f"committed with markers: {marked}")
        if changed:
            who.git("commit", "--quiet", "--message", f"{message} ({len(self.ledgers)})")
        self.ledgers[who.head()] = who.ledger.copy()

    def push(self, who: Clone) -> None:
        """Push to main; CI runs ``diff`` there."""
        if (done := who.repo.run("diff")).code:
            raise LostError(f"CI fails on what {who.person} pushes: {done.text}")
        who.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
        self.pushes += 1
        who.branch = ""

    # --- Regenerating ---------------------------------------------------------------------------------------------

    def regenerate(self, who: Clone) -> None:
        """Regenerate until nothing is left, and look everything up."""
        asked = self.dice.random() < ASKED
        expected = who.repo.run("diff").code if asked else None
        before = who.repo.snapshot() if asked else {}
        done = who.repo.run("regenerate")
        if asked:
            after = who.repo.snapshot()
            written = [one for one in {*before, *after} if before.get(one) != after.get(one) and not one.endswith(LOCK)]
            if expected == 2 or expected != (1 if written or done.code or "\nsettled " in f"\n{done.out}" else 0):
                raise LostError(
                    f"diff ends with {expected}, regenerate with {done.code}, writing {written}: {done.text}"
                )
        for line in done.out.split("\n"):
            said, _, path = line.partition(" ")
            self.tally["settled lock"] += said == "settled"
            self.tally["updated under edits"] += said == "updated" and who.ledger.name_of(path) in who.ledger.names()
        if done.code == 1:
            self.settle(who)
        elif done.code:
            raise LostError(f"regenerate ends with {done.code}: {done.text}")
        self.look(who)

    def settle(self, who: Clone) -> None:
        """Settle conflicts, each by a choice of a side or by hand, until none is left."""
        for last in (False, False, False, True):
            choices: list[str] = []
            for row in who.rows():
                for conflict in row["conflicts"]:
                    choices += self.choose(who, row["path"], conflict, last=last)
            self.tell(who, f"settles conflicts: {' '.join(choices) or 'by hand'}")
            done = who.repo.run("regenerate", *choices)
            self.look(who, everything=False)
            if not done.code:
                return
            if done.code > 1:
                raise LostError(f"regenerate {shlex.join(choices)} ends with {done.code}: {done.text}")
        raise LostError(f"conflicts that cannot be settled: {done.text}")

    def choose(self, who: Clone, path: str, conflict: dict[str, Any], *, last: bool) -> list[str]:
        """Return the option that settles a conflict, as the printed command has it, or settle it by hand."""
        name, place = who.ledger.name_of(path), conflict["field"]
        log = who.ledger.log
        if "--reset=" in conflict["settle"] or last:
            if who.driver and not last:
                raise LostError(f"{path} cannot be read: {conflict['reason']}")
            self.tally["settled: reset"] += 1
            if name:
                who.ledger.forget(name)
            return [f"--reset={path}"]
        way = self.dice.choice(["ours", "theirs", "hand"])
        if way == "hand":
            text = editlog.with_value(who.read(path) or "", path, place, conflict["theirs"])
            if text is not None and name:
                self.tally["settled: hand"] += 1
                who.edit(path, text)
                log.forget(name, place)
                return []
            way = "theirs"
        self.tally[f"settled: {way}"] += 1
        if name and way == "ours":
            log.kept.setdefault(name, set()).add(place)
        elif name and place:
            log.forget(name, place)
        elif name:
            who.ledger.forget(name)
        printed = next(one for one in shlex.split(conflict["settle"]) if one.startswith("--ours="))
        return [printed.replace("--ours=", f"--{way}=", 1)]

    def look(self, who: Clone, *, everything: bool = True) -> None:
        """Raise LostError if an edit is not there, or if there is something else than edits."""
        log = who.ledger.log
        texts = {name: who.text(name) for name in who.ledger.names()}
        lost = [one for name, text in texts.items() for one in log.lost(name, text)]
        self.tally["look-ups"] += sum(map(len, (*log.values.values(), *log.comments.values())))
        if lost:
            raise LostError(f"lost: {lost}")
        moved = [
            one for name, text in texts.items() if text and name.endswith(".yaml") and not name.endswith(f"/{SPEC}")
            for one in log.elsewhere(name, text)
        ]  # fmt: skip
        if moved:
            raise LostError(f"elsewhere: {moved}")
        if not everything:
            return
        found = []
        for place in who.ledger.places.values():
            for path, generated in who.generated(place).items():
                name = who.ledger.name_of(path)
                text = who.read(path)
                if name is None or text == generated:
                    continue
                found += log.unexplained(name, generated, text or "")
                log.agree(name, generated)
        if found:
            raise LostError(f"nobody has written: {found}")

    # --- Branches -------------------------------------------------------------------------------------------------

    def integrate(self, who: Clone) -> None:
        """Bring an open branch to main."""
        ways: list[Callable[[Clone], None]] = [self.merge, self.squash]
        if not who.tangled:
            ways += [self.rebase, self.cherry_pick]
        way = self.dice.choice(ways)
        self.tally[f"{way.__name__} {'with' if who.driver else 'without'} the driver"] += 1
        self.tell(who, f"brings it to main: {way.__name__}")
        way(who)
        self.push(who)

    def merge(self, who: Clone) -> None:
        """Merge main into the branch."""
        self.join(who, "origin/main", "merge", "--no-commit", "--no-ff")
        who.tangled = True

    def squash(self, who: Clone) -> None:
        """Merge the branch into main as one commit."""
        branch, start = who.branch, who.start
        self.switch(who, "main", "origin/main")
        self.tell(who, f"squashes {branch}, begun at {start[:7]}")
        self.join(who, branch, "merge", "--squash")

    def join(self, who: Clone, other: str, *command: str) -> None:
        ours, theirs = who.head(), who.out("rev-parse", other)
        base = who.out("merge-base", ours, theirs)
        if base == theirs:
            return
        stopped = who.git(*command, other, check=False).code
        self.tally["stops"] += bool(who.unmerged())
        if stopped and not who.unmerged():
            raise LostError(f"git {command} {other} fails")
        self.resolve(who, {"base": base, "ours": ours, "theirs": theirs})
        self.commit(who, f"{command} {other}")

    def resolve(self, who: Clone, refs: dict[str, str]) -> None:
        ledgers = {side: self.ledgers[ref] for side, ref in refs.items()}
        locks = [path for path in who.unmerged() if path.endswith(LOCK)]
        self.tally["locks in conflict"] += len(locks)
        if locks:
            self.tell(who, f"finds locks in conflict: {' '.join(locks)}")
        resolving = Resolving(who, self.dice, refs, ledgers, lambda said: self.tell(who, said))
        self.tally["dropped by git"] += resolving.run()
        if who.driver:
            self.tally["locks joined by the driver"] += len({*resolving.locks_of_both()} - {*locks})
        if self.dice.random() < 0.3:
            who.git("add", "--all")
        self.regenerate(who)

    def rebase(self, who: Clone) -> None:
        """Rebase the branch onto main."""
        commits = who.out("rev-list", "--reverse", "origin/main..HEAD").split()
        if not self.replay(who, "REBASE_HEAD", "rebase", ["origin/main"], commits):
            self.merge(who)

    def cherry_pick(self, who: Clone) -> None:
        """Cherry-pick the commits of the branch onto main."""
        branch, start = who.branch, who.start
        commits = who.out("rev-list", "--reverse", f"{start}..{branch}").split()
        self.switch(who, "main", "origin/main")
        if commits and not self.replay(who, "CHERRY_PICK_HEAD", "cherry-pick", commits, commits):
            self.join(who, branch, "merge", "--squash")

    def replay(self, who: Clone, marker: str, command: str, arguments: list[str], commits: list[str]) -> bool:
        """Run a rebase or cherry-pick, resolving each stop; commits that git takes without a stop are merged too.

        Give it up, and return False, if git has put the changes of a commit into the files of another unit.
        """
        before = who.head()
        ledger = self.ledgers[who.out("rev-parse", "origin/main")].copy()
        todo = [*commits]
        code = who.git(command, *arguments, check=False).code
        while code:
            stop = who.git("rev-parse", "--verify", "--quiet", marker, check=False).out.strip()
            if not stop:
                raise LostError(f"git {command} fails")
            if self.astray(who, commits, ledger):
                who.git(command, "--abort")
                return False
            while todo and todo[0] != stop:
                ledger = self.fold(who, ledger, todo.pop(0))
            if not todo:
                raise LostError(f"git {command} stops at {stop}, which is not of the branch")
            todo.pop(0)
            self.tally["stops"] += 1
            self.tell(who, f"is stopped by git at {self.subject(who, stop)}")
            self.ledgers[who.head()] = ledger
            self.resolve(who, {"base": who.out("rev-parse", f"{stop}^"), "ours": who.head(), "theirs": stop})
            ledger = who.ledger
            who.git("add", "--all")
            empty = not who.git("diff", "--cached", "--quiet", "HEAD", check=False).code
            code = who.git(command, "--skip" if empty else "--continue", check=False).code
        if self.astray(who, commits, ledger):
            who.git("reset", "--quiet", "--hard", before)
            return False
        for commit in todo:
            ledger = self.fold(who, ledger, commit)
        who.ledger = ledger
        if not who.driver:
            self.tally["dropped by git"] += sum(drop_lost(ledger.log, one, who.text(one)) for one in ledger.names())
        self.regenerate(who)
        self.commit(who, f"after the {command}")
        return True

    def astray(self, who: Clone, commits: list[str], onto: Ledger) -> bool:
        """Tell whether a commit that git has taken without a stop changes files of another unit than it did.

        git takes a unit that one side removed for the old name of one that the other side made.
        """
        done = self.changed(who, "origin/main..HEAD")
        for commit, (subject, paths) in zip(commits, self.changed(who, *commits), strict=True):
            ledgers = [onto, self.ledgers[commit], self.ledgers[who.out("rev-parse", f"{commit}^")]]
            there = next((now for told, now in done if told == subject), [])
            units = {unit for path in paths for unit in units_of(path, ledgers)}
            wrong = [path for path in there if (found := units_of(path, ledgers)) and not found & units]
            if wrong:
                self.tally["given up"] += 1
                self.tell(who, f"gives it up: git has put {subject} into {' '.join(wrong)}")
                return True
        return False

    def changed(self, who: Clone, *commits: str) -> list[tuple[str, list[str]]]:
        """Return subject and paths of commits."""
        walk = [] if ".." in commits[0] else ["--no-walk=unsorted"]
        told = who.out("log", *walk, "--format=%x00%s", "--name-only", "--no-renames", *commits)
        found = [one.strip("\n").split("\n") for one in told.split("\0")[1:]]
        return [(lines[0], lines[2:]) for lines in found]

    def fold(self, who: Clone, ledger: Ledger, commit: str) -> Ledger:
        """Return a ledger with the edits of a commit that git has taken without a stop."""
        base = self.ledgers[who.out("rev-parse", f"{commit}^")]
        return merged(base, ledger, self.ledgers[commit])

    def subject(self, who: Clone, commit: str) -> str:
        return who.out("show", "--no-patch", "--format=%s", commit)

    # --- The end --------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Bring every branch to main; then nothing is left to do, and every difference was made by hand."""
        for who in list(self.clones.values()):
            if who.branch and who.person not in BOTS:
                self.integrate(self.of(who.person))
        last = clone(self.root / "origin.git", self.root / "last", "CI")
        last.ledger = self.ledgers[last.head()].copy()
        config = yaml.safe_load(last.read(CONFIG) or "")
        if config.pop("hold", None):
            last.repo.write(CONFIG, works.with_config(last.read(CONFIG) or "", {"hold": None}))
            self.regenerate(last)
            self.commit(last, "Hold nothing")
        thorough = self.dice.random() < THOROUGH
        for command in (["diff", "--verify"] if thorough else ["diff"], ["regenerate"]):
            if (done := last.repo.run(*command)).code:
                raise LostError(f"at the end {command} ends with {done.code}: {done.text}")
        if changed := last.out("status", "--porcelain"):
            raise LostError(f"at the end regenerate writes {changed}")
        self.look(last)
        if thorough:
            self.rendering(last)
        self.tally["months"] = 1
        self.tally["edits"] = last.ledger.log.count
        self.tally["edits left"] = len(last.ledger.names())

    def rendering(self, last: Clone) -> None:
        """Compare what the locks have with what a new repository with the same specs is generated with."""
        fresh = Clone(self.root / "fresh", "CI", ledger=last.ledger)
        fresh.root.mkdir()
        fresh.git("init", "--quiet")
        shutil.copytree(last.root / ".scaffold", fresh.root / ".scaffold")
        for place in last.ledger.places.values():
            fresh.repo.write(f"{place}/{SPEC}", last.read(f"{place}/{SPEC}") or "")
        fresh.repo.ok("regenerate")
        for place in last.ledger.places.values():
            for path, text in last.generated(place).items():
                if fresh.read(path) != text:
                    raise LostError(f"{path} in the lock is not what is generated")
