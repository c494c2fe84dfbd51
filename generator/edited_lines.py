"""Which lines of a file are as generated, which are edited, and which are only the user's. Pure.

In YAML, a line is compared with that of the same field, wherever that is; other lines as the texts align.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from .errors import Invalid, Problem
from .merge import list_fields

if TYPE_CHECKING:
    from .merge.results.listing import FieldPlace

Author = Literal["generated", "edited", "yours", "deleted"]


class LineState(NamedTuple):
    """A line of a file: whether it is as generated, the generated line that it was, and its field.

    ``before`` is 0 for a line that is only the user's, and for one of several in place of another number of lines. The
    line is 0 for what was ``deleted``.
    """

    author: Author
    line: int
    before: int
    field: FieldPlace | None = None


@dataclass(frozen=True)
class EditedLines:
    """A file beside what was generated."""

    base: str
    ours: str
    path: str

    @cached_property
    def before(self) -> list[str]:
        """The generated lines."""
        return lines_of(self.base)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return lines_of(self.ours)

    def at(self, line: int) -> LineState:
        """Return the state of a line, from 1, of the file."""
        field = self._field_at(line)
        text = self.lines[line - 1].strip()
        if field is None or _is_aside(text):
            return LineState(*self._aligned_state(line), field)
        if not field.before:
            return LineState("yours", line, 0, field)
        if line > field.line:
            return self._inside(line, field)
        is_same = text == self.before[field.before - 1].strip() and (field.is_same or not field.is_leaf)
        return LineState("generated" if is_same else "edited", line, field.before, field)

    def named(self, name: str) -> LineState | None:
        """Return the state of a field's first line, None for a field that neither file has."""
        found = [one for one in self.fields if one.field == name]
        found = found or [one for one in self.fields if one.field.endswith(f"].{name}")][:2]
        if len(found) != 1:
            return None
        (one,) = found
        return self.at(one.line)._replace(field=one) if one.line else LineState("deleted", 0, one.before, one)

    def is_of_field(self, line: int) -> bool:
        """Tell whether a line has a part of a field, and is no comment or blank line beside one."""
        return self._field_at(line) is not None and not _is_aside(self.lines[line - 1].strip())

    def without(self, numbers: Iterable[int]) -> str:
        """Return the file with edited lines, from 1, as generated, and without those that are only the user's.

        One of several lines in place of another number of generated ones stands for all of them.
        """
        changes: dict[int, tuple[int, list[str]]] = {}
        for line in numbers:
            state = self.at(line)
            if state.author == "edited" and not state.before:
                first, last, old, old_last = self._gap(line)
                changes[first] = (last, self.before[old - 1 : old_last])
            elif state.author != "generated":
                changes[line] = (line, self.before[state.before - 1 : state.before] if state.before else [])
        raw = self.ours.split("\n")
        for first, (last, lines) in sorted(changes.items(), reverse=True):
            end = "\r" if raw[first - 1].endswith("\r") else ""
            raw[first - 1 : last] = [f"{one}{end}" for one in lines]
        return "\n".join(raw)

    @property
    def edits(self) -> list[LineState]:
        """The lines that are edited or only the user's, and the fields that are deleted."""
        if self.base == self.ours:
            return []
        states = [self.at(line) for line in range(1, len(self.lines) + 1)]
        gone = [LineState("deleted", 0, one.before, one) for one in self.fields if not one.line]
        return [one for one in states if one.author != "generated"] + gone

    @cached_property
    def fields(self) -> list[FieldPlace]:
        """The fields of both files; none if one of them cannot be read."""
        return self._read[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the file's fields cannot be read."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[list[FieldPlace], tuple[Problem, ...]]:
        try:
            return list_fields(self.base, self.ours, self.path), ()
        except Invalid as error:
            return [], error.problems

    @cached_property
    def _pairs(self) -> dict[int, int]:
        """The generated line of each line that is equal to it, as the texts align."""
        from .merge.syntax.align import aligned  # noqa: PLC0415 - only for an edited file

        return {j + 1: i + 1 for i, j in aligned(self.before, self.lines)}

    @cached_property
    def _fields_by_line(self) -> dict[int, FieldPlace]:
        """The innermost field of each line; the first one of several on a line that are not inside each other."""
        found: dict[int, FieldPlace] = {}
        for one in sorted(self.fields, key=lambda one: len(one.steps)):
            for line in range(one.line, one.last + 1) if one.line else ():
                known = found.get(line)
                if known is None or known.steps == one.steps[: len(known.steps)]:
                    found[line] = one
        return found

    def _field_at(self, line: int) -> FieldPlace | None:
        return self._fields_by_line.get(line)

    def _inside(self, line: int, field: FieldPlace) -> LineState:
        """Return the state of a further line of a field: of a long text, or the end of a collection in brackets."""
        before = self._pairs.get(line, 0)
        if field.before <= before <= field.before_last:
            return LineState("generated", line, before, field)
        return LineState("edited", line, field.before, field)

    def _aligned_state(self, line: int) -> tuple[Author, int, int]:
        """Return the state of a line that has no field of its own: a comment, or any line of another file."""
        if line in self._pairs:
            return "generated", line, self._pairs[line]
        _, _, first, last = gap = self._gap(line)
        if first > last:
            return "yours", line, 0
        is_paired = gap[1] - gap[0] == last - first
        return "edited", line, first + line - gap[0] if is_paired else 0

    def _gap(self, line: int) -> tuple[int, int, int, int]:
        """Return the lines around a line that are not aligned, and the generated lines in their place."""
        above, below = self._anchors[line]
        return above + 1, below - 1, self._pairs.get(above, 0) + 1, self._pairs.get(below, len(self.before) + 1) - 1

    @cached_property
    def _anchors(self) -> dict[int, tuple[int, int]]:
        """The nearest aligned lines above and below each line that is not aligned."""
        found: dict[int, tuple[int, int]] = {}
        above = 0
        for below in [*sorted(self._pairs), len(self.lines) + 1]:
            found.update((line, (above, below)) for line in range(above + 1, below))
            above = below
        return found


def is_line_number(text: str) -> bool:
    """Tell whether a text names a line, and not a field."""
    return text.isascii() and text.isdecimal() and len(text) < 10


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends; only a line feed ends a line, and a byte order mark is no text."""
    lines = [one.removesuffix("\r") for one in text.removeprefix("\ufeff").split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def _is_aside(text: str) -> bool:
    """Tell whether a line of YAML is a comment, blank, or between documents."""
    return not text or text.startswith("#") or text in {"---", "..."}
