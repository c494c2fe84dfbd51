"""How people resolve what git left in conflict: whole units, whole files, or values typed in again. Never a lock."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from ..support import editlog, yamltext
from ..support.editlog import Log
from .clone import CONFIG, LOCK, SPEC, Clone, generated_of, has_markers
from .ledger import WORKFLOW, Ledger, drop_lost, merged, workflow_of

SIDES = {"ours": 2, "theirs": 3}
TEMPLATES = ".scaffold/templates/"


@dataclass
class Resolving:
    """One stop of a merge, a rebase or a cherry-pick. ``refs`` and ``ledgers`` are of base, ours and theirs."""

    clone: Clone
    dice: random.Random
    refs: dict[str, str]
    ledgers: dict[str, Ledger]
    tell: Callable[[str], None]
    trees: dict[str, dict[str, str]] = field(default_factory=dict)  # the blobs of each side
    straightened: int = 0

    def run(self) -> int:
        """Resolve everything but locks; the clone's ledger is then what must be there. Return what git dropped."""
        clone = self.clone
        sides = self.ledgers
        clone.ledger = Ledger({**sides["base"].places, **sides["theirs"].places, **sides["ours"].places})
        clone.ledger = merged(sides["base"], sides["ours"], sides["theirs"], self.text)
        self.trees = {side: self.blobs("ls-tree", "-r", "-z", ref) for side, ref in self.refs.items()}
        found = sorted({*sides["base"].places, *sides["ours"].places, *sides["theirs"].places})
        unmerged = clone.unmerged()
        decided = {unit for unit in found if self.unit(unit, list(unmerged))}
        self.straighten(decided)
        unmerged = clone.unmerged()
        by_hand = {self.file(path, stages) for path, stages in unmerged.items() if not path.endswith(LOCK)}
        self.specs(by_hand)
        dropped = 0
        for name in clone.ledger.names():
            if name in by_hand or not clone.driver or not name.endswith(".yaml"):
                dropped += drop_lost(clone.ledger.log, name, clone.text(name))
        return dropped

    def locks_of_both(self) -> list[str]:
        """Return the locks that both sides have changed, and not in the same way."""
        base, ours, theirs = (self.trees[one] for one in ("base", "ours", "theirs"))
        both = [path for path in ours.keys() & theirs.keys() if path.endswith(LOCK)]
        return [path for path in both if len({tree.get(path) for tree in (base, ours, theirs)}) == 3]

    def text(self, name: str) -> str | None:
        """Return the text of a file wherever it lies after the merge."""
        for side in (self.clone.ledger, self.ledgers["ours"], self.ledgers["theirs"]):
            if name.partition("/")[0] in side.places:
                text = self.clone.read(side.path_of(name))
                if text is not None and not has_markers(text):
                    return text
        return None

    # --- Units ----------------------------------------------------------------------------------------------------

    def unit(self, unit: str, unmerged: list[str]) -> bool:
        """Decide for one side of a unit that both renamed, both made, or one removed and the other changed."""
        base, ours, theirs = (self.ledgers[side].places.get(unit) for side in ("base", "ours", "theirs"))
        folders = {one for one in (base, ours, theirs) if one}
        inside = [
            path for path in unmerged if any(path.startswith(f"{one}/") or path == workflow_of(one) for one in folders)
        ]
        apart = ours != theirs and base not in (ours, theirs)
        gone = (
            ours != theirs and None in (ours, theirs) and base is not None and (inside or apart or self.changed(unit))
        )
        twice = base is None and ours is not None and ours == theirs and inside and self.dice.random() < 0.6
        if not (apart and base is not None) and not gone and not twice:
            return False
        side = self.dice.choice([*SIDES])
        kept = self.ledgers[side].places.get(unit)
        self.tell(f"keeps {unit} of {side}: {base} is {ours or 'removed'} in ours, {theirs or 'removed'} in theirs")
        self.clone.discard(*(one for folder in sorted(folders) for one in (folder, workflow_of(folder))))
        if kept:
            there = self.clone.out("ls-tree", "--name-only", self.refs[side], "--", workflow_of(kept))
            self.clone.git("checkout", self.refs[side], "--", kept, *([there] if there else []))
        self.clone.ledger.take_unit(self.ledgers[side], unit)
        return True

    def changed(self, unit: str) -> bool:
        """Tell whether the side that still has a unit changed it: git may have put that into the files of another."""
        base, ours, theirs = (
            _of_unit(self.trees[side], self.ledgers[side].places.get(unit)) for side in ("base", "ours", "theirs")
        )
        return (ours or theirs) != base

    def straighten(self, decided: set[str]) -> None:
        """Put right what git has merged into a file of another unit, which it took for the same file with a new name.

        A unit that one side removed looks much like one that the other side made. What a file has to be where only
        one side changed it follows from the places of the units.
        """
        clone = self.clone
        unmerged = clone.unmerged()
        there = {path: blob for path, blob in self.blobs("ls-files", "-s", "-z").items() if path not in unmerged}
        for unit, place in clone.ledger.places.items():
            if unit in decided:
                continue
            sides = {side: _of_unit(self.trees[side], ledger.places.get(unit)) for side, ledger in self.ledgers.items()}
            mine = _of_unit(there, place)
            for inner in sorted({*mine, *sides["ours"], *sides["theirs"]}):
                base, ours, theirs = (sides[side].get(inner) for side in ("base", "ours", "theirs"))
                path = clone.ledger.path_of(f"{unit}/{inner}")
                if base not in (ours, theirs) and ours != theirs:
                    moved = self.ledgers["base"].places.get(unit) not in (None, place) and path not in unmerged
                    if moved and mine.get(inner) in (ours, theirs):  # git has put the other side's into another file
                        side = "ours" if mine.get(inner) == ours else "theirs"
                        self.tell(f"keeps {path} of {side}, as git has it")
                        clone.ledger.take(self.ledgers[side], f"{unit}/{inner}")
                    continue
                blob = theirs if ours == base else ours
                if blob == mine.get(inner) and path not in unmerged:
                    continue
                self.straightened += 1
                self.tell(f"puts right {path}, into which git has merged another file")
                if blob is None:
                    clone.discard(path)
                else:
                    clone.repo.write(path, clone.git("cat-file", "blob", blob).out)
                    clone.git("add", "--", path)

    def blobs(self, *command: str) -> dict[str, str]:
        """Return the blobs by path that a command of git lists."""
        found = {}
        for line in self.clone.git(*command).out.split("\0")[:-1]:
            about, _, path = line.partition("\t")
            found[path] = next(one for one in about.split() if len(one) == 40)
        return found

    # --- Files ----------------------------------------------------------------------------------------------------

    def file(self, path: str, stages: dict[int, str]) -> str:
        """Resolve a file, and return its name in the log."""
        clone = self.clone
        name = clone.ledger.name_of(path) or self.old_name(path)
        if path.endswith(SPEC) or path == CONFIG:
            if {2, 3} <= {*stages}:
                self.by_keys(path, stages, name)
            else:
                self.one_side_only(path, stages, name)
        elif not {2, 3} <= {*stages}:
            self.one_side_only(path, stages, name)
        else:
            self.one_side(path, name, stages)
        clone.git("add", "--all", "--", path, check=False)
        return name or ""

    def old_name(self, path: str) -> str | None:
        return next((found for side in self.ledgers.values() if (found := side.name_of(path))), None)

    def one_side_only(self, path: str, stages: dict[int, str], name: str | None) -> None:
        """Resolve a file that one side has removed, or moved so that git does not see it."""
        clone = self.clone
        unit = (name or "").partition("/")[0]
        moved = name is not None and (unit not in clone.ledger.places or clone.ledger.path_of(name) != path)
        if moved or self.dice.random() < 0.5:
            self.tell(f"removes {path}, which the other side {'moved' if moved else 'removed'}")
            clone.discard(path)
            if name and moved:
                side = next(
                    (one for one in SIDES if clone.ledger.places.get(unit) == self.ledgers[one].places.get(unit)),
                    "ours",
                )
                clone.ledger.take(self.ledgers[side], name)
            elif name:
                clone.ledger.forget(name)
        else:
            side = "ours" if 2 in stages else "theirs"
            self.tell(f"keeps {path} of {side}, which the other side removed")
            clone.git("checkout", f"--{side}", "--", path)
            if name:
                clone.ledger.take(self.ledgers[side], name)

    def one_side(self, path: str, name: str | None, stages: dict[int, str]) -> None:
        """Take a file of one side; often the values of the other side are typed in again."""
        clone = self.clone
        side = self.dice.choice([*SIDES])
        clone.git("checkout", f"--{side}", "--", path)
        if name is None:
            self.tell(f"takes {path} of {side}")
            return
        clone.ledger.take(self.ledgers[side], name)
        again = self.dice.random() < 0.5 and name.endswith(".yaml")
        other = self.ledgers["theirs" if side == "ours" else "ours"].log
        if name.endswith(".yaml"):
            texts = [clone.git("cat-file", "blob", stages[one]).out for one in sorted(SIDES.values())]
            taken, left = texts if side == "ours" else texts[::-1]
            clone.ledger.settle(name, taken, left, self.generated("theirs" if side == "ours" else "ours", name))
        typed = type_again(clone, path, other, name) if again else []
        self.tell(f"takes {path} of {side}" + (f", and types in again {', '.join(typed)}" if typed else ""))

    def generated(self, side: str, name: str) -> str | None:
        """Return what the lock of a side says was generated of a file."""
        ledger = self.ledgers[side]
        unit = name.partition("/")[0]
        if unit not in ledger.places:
            return None
        lock = self.clone.git("show", f"{self.refs[side]}:{ledger.places[unit]}/{LOCK}", check=False).out
        return generated_of(lock, ledger.places[unit]).get(ledger.path_of(name))

    def by_keys(self, path: str, stages: dict[int, str], name: str | None) -> None:
        """Write a spec or the config with the keys of both sides."""
        texts = [self.clone.git("cat-file", "blob", stages[one]).out if one in stages else "" for one in (1, 2, 3)]
        self.write_keys(path, texts, name)

    def write_keys(self, path: str, texts: list[str], name: str | None) -> None:
        side = self.dice.choice([*SIDES])
        base, ours, theirs = (yaml.safe_load(one) or {} for one in texts)
        both = _both(base, ours, theirs, side)
        text = texts[SIDES[side] - 1]
        if yaml.safe_load(text) != both:
            text = with_keys(text, both)
        self.tell(f"resolves {path} by hand, on {side}: {both}")
        self.clone.repo.write(path, text)
        if name:
            self.clone.ledger.take(self.ledgers[side], name)
            drop_lost(self.clone.ledger.log, name, text)
            self.clone.ledger.note(name, texts[SIDES[side] - 1], text)

    def specs(self, by_hand: set[str]) -> None:
        """Repair the specs that git has merged to something that cannot be read."""
        for path in self.clone.files():
            if not (path.endswith(f"/{SPEC}") or path == CONFIG):
                continue
            text = self.clone.read(path)
            if text is None or _reads(text):
                continue
            name = self.clone.ledger.name_of(path)
            texts = [self.clone.git("show", f"{ref}:{path}", check=False).out for ref in self.refs.values()]
            self.write_keys(path, texts, name)
            self.clone.git("add", "--", path)
            by_hand.add(name or "")


def _of_unit(tree: dict[str, str], place: str | None) -> dict[str, str]:
    """Return the blobs of a unit by their path in it."""
    if place is None:
        return {}
    found = {path.removeprefix(f"{place}/"): blob for path, blob in tree.items() if path.startswith(f"{place}/")}
    if place == ".github":  # what other units have there is theirs
        found = {path: blob for path, blob in found.items() if "/scaffold-" in path or "/" not in path}
    if workflow_of(place) in tree:
        found[WORKFLOW] = tree[workflow_of(place)]
    return found


def _reads(text: str) -> bool:
    try:
        yamltext.meanings(text)
    except yamltext.UnusableError:
        return False
    return True


def _both(base: Any, ours: Any, theirs: Any, side: str) -> Any:
    """Return the keys of both sides, three-way; the given side where both changed one."""
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return ours if side == "ours" else theirs
    was = base if isinstance(base, dict) else {}
    out = {}
    for key in dict.fromkeys([*ours, *theirs]):
        value = _both(was.get(key), ours.get(key), theirs.get(key), side)
        if value is not None:
            out[key] = value
    return out


def with_keys(text: str, values: dict[str, Any]) -> str:
    """Return a spec with other values of its top-level keys, and the comments of all that stays."""
    documents = yamltext.read(text)
    pairs = documents[0].pairs if documents else []
    edits = []
    for key, node in pairs:
        begin = yamltext.line_start(text, key.start)
        end = yamltext.line_end(text, max(node.end, key.end) - 1)
        if key.text not in values:
            edits.append((begin, end, ""))
        elif yaml.safe_load(text[begin:end])[key.text] != values[key.text]:
            edits.append((begin, end, _pair(key.text, values[key.text])))
    for begin, end, new in reversed(edits):
        text = text[:begin] + new + text[end:]
    there = {key.text for key, _ in pairs}
    if text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(_pair(key, value) for key, value in values.items() if key not in there)


def _pair(key: str, value: Any) -> str:
    return f"{key}: {value if isinstance(value, str) else json.dumps(value)}\n"


def type_again(clone: Clone, path: str, other: Log, name: str) -> list[str]:
    """Type the plain values that somebody has changed in a file into it again; return their fields."""
    typed = []
    for where, value in other.values.get(name, {}).items():
        text = clone.read(path) or ""
        places = [span for at, span in editlog.scalars(text) if at == where]
        plain = isinstance(value, tuple) and value[0] == "str" and re.fullmatch(r"[a-z][\w.-]*", str(value[1]))
        if len(places) == 1 and plain and not re.search(r"[\n|>]", text[slice(*places[0])]):
            start, end = places[0]
            if clone.edit(path, f"{text[:start]}{value[1]}{text[end:]}"):
                typed.append(editlog.field_of(where))
    return typed
