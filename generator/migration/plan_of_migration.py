"""What a migration changes, what it leaves, and why."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ..errors import Problem
from ..yaml.commented import CommentedObject


@dataclass(frozen=True)
class FileEdit:
    """The text of a file before and after, None for absence; of a manifest also the spans with their replacements."""

    path: str
    before: str | None
    after: str
    spans: tuple[tuple[int, int, str], ...] = ()

    def line_after(self, line: int) -> int:
        """Return the number of a line, which no edit removes, in the text after the edits."""
        lines, sums = self._moved
        return line + sums[bisect_left(lines, line)]

    @cached_property
    def _moved(self) -> tuple[list[int], list[int]]:
        """The last line that each edit removes or precedes, and by how much all edits before a place move the rest."""
        before, line, at = self.before or "", 0, 0
        lines, sums = [], [0]
        for start, end, text in self.spans:
            gone = before.count("\n", start, end)
            line, at = line + before.count("\n", at, end), end
            lines.append(line)
            sums.append(sums[-1] + text.count("\n") - gone)
        return lines, sums


@dataclass(frozen=True)
class Migrated:
    """One object that is migrated, by edits of its text: the objects that replace its annotations, and the notes.

    ``edits`` are spans of the file's text with their replacement, ``gone`` the identities of the keys that are removed,
    ``dropped`` the comments that go with them, and ``added`` the comments that are new.
    """

    edits: tuple[tuple[int, int, str], ...]
    gone: frozenset[int]
    dropped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    objects: tuple[CommentedObject, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[tuple[str, str]]:
        """The namespaces and names of its objects."""
        metadata = [one.data["metadata"] for one in self.objects]
        return frozenset((str(one["namespace"]), str(one["name"])) for one in metadata)


@dataclass(frozen=True)
class Migration:
    """A whole migration: the edits of files, what is left (a place, the reason, and what to do), and notes.

    ``migrated`` counts the objects and units that are migrated. ``units`` are those to regenerate, ``everything`` says
    that all are. ``wants_automation`` says that nothing commits the tags yet.
    """

    edits: tuple[FileEdit, ...] = ()
    left: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    migrated: int = 0
    units: tuple[str, ...] = ()
    everything: bool = False
    wants_automation: bool = False

    @property
    def left_after(self) -> tuple[Problem, ...]:
        """What is left, with the places in the edited texts."""
        edits = {one.path: one for one in self.edits}
        return tuple(
            replace(one, line=edits[one.path].line_after(one.line)) if one.path in edits else one for one in self.left
        )


def together(parts: Iterable[Migration]) -> Migration:
    """Return several migrations as one."""
    every = list(parts)
    return Migration(
        tuple(edit for one in every for edit in one.edits),
        tuple(sorted({problem for one in every for problem in one.left})),
        tuple(dict.fromkeys(note for one in every for note in one.notes)),
        sum(one.migrated for one in every),
        tuple(unit for one in every for unit in one.units),
        any(one.everything for one in every),
        any(one.wants_automation for one in every),
    )
