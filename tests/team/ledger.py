"""What a commit has of the edits by hand, wherever its units lie; and what a merge of two commits must have of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..support.editlog import ABSENT, Log, comment_paths, data_of, differences, holds
from ..support.editlog import Path as Field

WORKFLOW = "@workflow.yaml"  # the file of a unit outside of its folder
LINES = "@lines"  # behind the name of an adopted file: its lines, each of which must stay
_NONE = object()


@dataclass
class Ledger:
    """The folders of units by their number, and the log of edits by ``UNIT/PATH``, which no rename changes.

    ``left`` are the units of workflows by the former path, where a workflow is until the moved unit is regenerated.
    """

    places: dict[str, str] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    left: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Ledger:
        return copy.deepcopy(self)

    def path_of(self, name: str) -> str:
        """Return where a file of a unit lies, by its name in the log."""
        unit, _, inner = name.removesuffix(LINES).partition("/")
        place = self.places[unit]
        return workflow_of(place) if inner == WORKFLOW else f"{place}/{inner}"

    def name_of(self, path: str) -> str | None:
        """Return the name in the log of a file, or None if it is of no unit."""
        for unit, place in self.places.items():
            if path.startswith(f"{place}/"):
                workflows = {*self.left, *map(workflow_of, self.places.values())} if place == ".github" else ()
                if path in workflows:
                    continue
                return f"{unit}/{path.removeprefix(f'{place}/')}"
            if path == workflow_of(place):
                return f"{unit}/{WORKFLOW}"
        return f"{self.left[path]}/{WORKFLOW}" if self.left.get(path) in self.places else None

    def names(self) -> list[str]:
        """Return the files with an edit."""
        return list(dict.fromkeys([*self.log.values, *self.log.comments, *self.log.lines]))

    def of_unit(self, unit: str) -> list[str]:
        return [one for one in (*self.names(), *self.log.kept, *self.log.touched) if one.startswith(f"{unit}/")]

    def take(self, other: Ledger, name: str) -> None:
        """Take everything about a file from another ledger."""
        for one in (name, f"{name}{LINES}"):
            for mine, yours in zip(_parts(self.log), _parts(other.log), strict=True):
                mine.pop(one, None)
                if one in yours:
                    mine[one] = copy.deepcopy(yours[one])

    def settle(self, name: str, taken: str, left: str, generated: str | None) -> None:
        """Note what follows when a file is taken whole of one side, and what the other side has in it is left.

        A block with an edit, which the other side has no more, is all the user's. What the other side has changed in
        what was ``generated`` there, and is the same in both, is an edit of both.
        """
        mine, yours = data_of(taken), data_of(left)
        edits = self.log.values.setdefault(name, {})
        blocks = {edit[:end] for edit in edits for end in range(1, len(edit)) if holds(yours, edit[:end], ABSENT)}
        for path, value in [*differences(yours, mine)]:
            if value != ABSENT and any(path[: len(one)] == one for one in blocks):
                edits.setdefault(path, value)
        if generated is None:
            return
        for path, value in differences(data_of(generated), mine):
            if holds(yours, path, value):
                edits.setdefault(path, value)
        for comment, path in comment_paths(generated):
            if comment not in left and comment not in taken:
                self.log.touched.setdefault(name, set()).add(path)

    def note(self, name: str, before: str, after: str) -> None:
        """Note an edit of a file."""
        self.log.note(name, before, after)
        if f"{name}{LINES}" in self.log.lines:
            self.log.note(f"{name}{LINES}", before, after)

    def forget(self, name: str) -> None:
        """Forget all edits of a file."""
        self.log.forget(name)
        self.log.forget(f"{name}{LINES}")

    def take_unit(self, other: Ledger, unit: str) -> None:
        """Take a unit, its place and its edits, from another ledger."""
        for name in {*self.of_unit(unit), *other.of_unit(unit)}:
            self.take(other, name)
        self.places.pop(unit, None)
        if unit in other.places:
            self.places[unit] = other.places[unit]


def workflow_of(place: str) -> str:
    """Return the path of the workflow of the unit in a folder."""
    return f".github/workflows/{place.replace('/', '-')}.yaml"


def _parts(log: Log) -> tuple[dict[str, Any], ...]:
    return (log.values, log.comments, log.touched, log.lines, log.kept)


def merged(
    base: Ledger, ours: Ledger, theirs: Ledger, text_of: Callable[[str], str | None] = lambda _name: None
) -> Ledger:
    """Return what a merge must have. ``text_of`` gives the merged text of a file by its name in the log.

    Where both sides changed one field to different values, it has to be one of the two, and the text says which.
    """
    out = Ledger(_either(base.places, ours.places, theirs.places), left={**ours.left, **theirs.left})
    sides = base.log, ours.log, theirs.log
    for name in _keys(*(one.values for one in sides)):
        text = text_of(name)
        data = data_of(text) if text is not None and name.endswith(".yaml") else None

        def there(path: Field, value: Any, data: Any = data) -> bool:
            return data is not None and holds(data, path, value)

        out.log.values[name] = _either(*(one.values.get(name, {}) for one in sides), there)
    for name in _keys(*(one.comments for one in sides)):
        text = text_of(name) or ""
        out.log.comments[name] = _either(
            *(one.comments.get(name, {}) for one in sides), lambda one, _path, text=text: text.count(one) == 1
        )
    for name in _keys(*(one.lines for one in sides)):
        was, mine, yours = (one.lines.get(name, set()) for one in sides)
        out.log.lines[name] = (mine & yours) | (mine - was) | (yours - was)
    for part in ("touched", "kept"):
        for name in _keys(*(getattr(one, part) for one in sides)):
            getattr(out.log, part)[name] = set().union(*(getattr(one, part).get(name, set()) for one in sides[1:]))
    out.log.count = max(one.count for one in sides)
    return out


def _keys(*parts: dict[str, Any]) -> Iterator[str]:
    return iter(dict.fromkeys(key for part in parts for key in part))


def _either(
    base: dict[Any, Any],
    ours: dict[Any, Any],
    theirs: dict[Any, Any],
    there: Callable[[Any, Any], bool] = lambda _key, _value: False,
) -> dict[Any, Any]:
    """Merge maps key by key; ours, unless only theirs changed it or only theirs is there."""
    out = {}
    for key in dict.fromkeys([*ours, *theirs]):
        was, mine, yours = (one.get(key, _NONE) for one in (base, ours, theirs))
        value = yours if mine == was else mine
        if mine not in (was, yours) and yours != was:
            value = next((one for one in (mine, yours) if one is not _NONE and there(key, one)), mine)
        if value is not _NONE:
            out[key] = value
    return out


def drop_lost(log: Log, name: str, text: str | None) -> int:
    """Forget of a file what is not in its text: git, or the person who resolved a conflict, has dropped it."""
    before = sum(len(part.get(name, ())) for part in (log.values, log.comments, log.lines))
    if text is None:
        log.forget(name)
        return before
    data = data_of(text) if name.endswith(".yaml") else None
    if name in log.values:
        log.values[name] = {path: value for path, value in log.values[name].items() if holds(data, path, value)}
    if name in log.comments:
        log.comments[name] = {one: path for one, path in log.comments[name].items() if text.count(one) == 1}
    if name in log.lines:
        log.lines[name] &= set(text.split("\n"))
    return before - sum(len(part.get(name, ())) for part in (log.values, log.comments, log.lines))
