"""A unit as it was generated last, from its lock, beside what is on disk. Nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import disk, repository, spec
from .behaviour import FilePart
from .edited_lines import EditedLines, LineState
from .errors import Invalid, invalid
from .lock import Lock
from .pipeline import Pipeline
from .question import Question
from .spec import Spec
from .template import Template
from .tree import LOCK_NAME, SPEC_NAME, join


@dataclass
class GeneratedUnit:
    """A unit with its lock. What depends on its spec is read on demand: the spec may be invalid meanwhile."""

    pipeline: Pipeline
    name: str
    lock: Lock
    lock_text: str

    def ours(self, path: str) -> str | None:
        """Return the text on disk of a file of the unit, None if it is missing. Raises Invalid."""
        return self.pipeline.worktree.read(join(self.name, path))

    def read_spec(self) -> Spec:
        """Return the unit's spec. Raises Invalid."""
        place = join(self.name, SPEC_NAME)
        text = self.pipeline.worktree.read(place)
        if text is None:
            raise invalid(place, "does not exist", "restore it, or run scaffold list")
        return spec.parse_spec(text, place)

    def template(self) -> Template:
        """Return the unit's template as it is now. Raises Invalid."""
        return self.pipeline.template(self.lock.template, join(self.name, SPEC_NAME))[0]

    def read_values(self) -> tuple[Spec, dict[str, Any]]:
        """Return the unit's spec and its completed values. Raises Invalid."""
        read = self.read_spec()
        return read, self.pipeline.values(read, self.template())

    def policy(self, path: str) -> str:
        """Return the policy of a file, ``""`` if the spec or the template cannot be read."""
        try:
            policies = (self.read_spec().files, self.pipeline.config.files, self.template().once)
        except Invalid:
            return ""
        return Question(policies).policy(path)

    def part(self, path: str, ours: str) -> FilePart | None:
        """Return the part of a file that the unit generates, None if that is all of it. Raises Invalid."""
        find = self.template().behaviour.part
        if find is None:
            return None
        read, values = self.read_values()
        return find(path, ours, values, read.data)

    def as_generated(self, path: str, ours: str) -> str:
        """Return the file as it would be without edits; of a file of which a part is generated, the rest is ours.

        Raises Invalid if that part cannot be found.
        """
        text, part = self.lock.files[path].text, self.part(path, ours)
        return text if part is None else part.put(part.around(text))


def read_unit(pipeline: Pipeline, name: str) -> GeneratedUnit | None:
    """Return a unit with its lock, None if it has none. Raises Invalid for a lock that cannot be used."""
    found = pipeline.locks.read(name)
    return None if found.lock is None else GeneratedUnit(pipeline, name, found.lock, found.text or "")


@dataclass(frozen=True)
class FileView:
    """A file, or its generated part, beside what was generated; ``part`` is where the part is in the file."""

    lines: EditedLines
    part: FilePart | None = None

    def at(self, line: int) -> LineState:
        """Return the state of a line of the file; all lines outside of the generated part are the user's."""
        inner = line - (self.part.line if self.part else 0)
        if self.is_encoded(line):
            is_edited = self.lines.base != self.lines.ours
            return LineState("edited" if is_edited else "generated", line, 0)
        if self.is_outside(line):
            return LineState("yours", line, 0)
        return self.lines.at(inner)._replace(line=line)

    def named(self, field: str) -> LineState | None:
        """Return the state of a field's first line, None for a field that neither side has."""
        found = self.lines.named(field)
        return found._replace(line=self.part.line_of(found.line)) if found and found.line and self.part else found

    def is_encoded(self, line: int) -> bool:
        """Tell whether a line has the generated part in another form, which nobody can read there."""
        return self.part is not None and self.part.encoded and line == self.part.line

    def is_outside(self, line: int) -> bool:
        """Tell whether a line of the file is outside of its generated part."""
        if self.part is not None and self.part.encoded:
            return line != self.part.line
        return not 0 < line - (self.part.line if self.part else 0) <= len(self.lines.lines)

    def is_value_of(self, state: LineState) -> bool:
        """Tell whether an edited line has another value of its field, so that the field can be reset."""
        field = state.field
        if field is None or not field.is_leaf:
            return False
        return not field.is_same or state.line - (self.part.line if self.part else 0) > field.line

    def is_of_field(self, line: int) -> bool:
        """Tell whether a line has a part of a field, and is no comment or blank line beside one."""
        inner = line - (self.part.line if self.part else 0)
        return 0 < inner <= len(self.lines.lines) and self.lines.is_of_field(inner)


@dataclass(frozen=True)
class GeneratedFile:
    """A generated file: its unit, its path in the unit, and its path below the root."""

    unit: GeneratedUnit
    path: str
    place: str


def view_of(file: GeneratedFile, ours: str) -> FileView:
    """Return a file beside what was generated last. Raises Invalid if its generated part cannot be found."""
    base, part = file.unit.lock.files[file.path].text, file.unit.part(file.path, ours)
    if part is None:
        return FileView(EditedLines(base, ours, file.path))
    return FileView(EditedLines(part.around(base), part.text, file.path), part)


def find_file(pipeline: Pipeline, argument: str, here: Path) -> GeneratedFile:
    """Return the generated file that an argument names, relative to a folder or to the root.

    Raises Invalid for a file that no unit generated.
    """
    for place in argument_places(pipeline, argument, here):
        for name in sorted(repository.owners(pipeline.worktree.root, [place])):
            unit = read_unit(pipeline, name)
            for path in unit.lock.files if unit else ():
                if unit and join(name, path) == place:
                    return GeneratedFile(unit, path, place)
    raise _unknown(pipeline, argument, here)


def files_below(pipeline: Pipeline, argument: str, here: Path, *, whole: bool = True) -> list[GeneratedFile]:
    """Return the generated files that an argument names: a file, or if ``whole`` all files below a folder or of a unit.

    Raises Invalid for an argument that names none.
    """
    if not whole:
        return [find_file(pipeline, argument, here)]
    root = pipeline.worktree.root
    for place in argument_places(pipeline, argument, here):
        names = sorted({*repository.owners(root, [join(place, SPEC_NAME), place]), *_below(pipeline.found, place)})
        found = [
            GeneratedFile(unit, path, join(name, path))
            for name in names
            if (unit := read_unit(pipeline, name))
            for path in unit.lock.files
            if place in {".", name, join(name, path)} or join(name, path).startswith(f"{place}/")
        ]
        if found:
            return found
    raise _unknown(pipeline, argument, here)


def argument_places(pipeline: Pipeline, argument: str, here: Path) -> list[str]:
    """Return the paths below the root that an argument can mean, from a folder first. Raises Invalid if outside."""
    root = pipeline.worktree.root
    if not argument:  # such as from an unset variable of a shell: never the whole folder
        raise invalid("PATH", "is empty", "name a file, or . for all files of this folder")
    found = [repository.inside(root, here / argument), repository.inside(root, root / argument)]
    places = list(dict.fromkeys(one for one in found if one is not None))
    if not places:
        raise invalid(argument, "is outside the repository", f"name a path below {root}")
    return places


def _below(units: list[str], place: str) -> Iterator[str]:
    return (one for one in units if place in {".", one} or one.startswith(f"{place}/"))


def _unknown(pipeline: Pipeline, argument: str, here: Path) -> Invalid:
    """Return the problem with a path that is no generated file."""
    root = pipeline.worktree.root
    places = argument_places(pipeline, argument, here)
    place = next((one for one in places if disk.exists(root / one, shown=one)), "")
    if not place:
        return invalid(
            argument, "does not exist, and is not a generated file", "name a path as scaffold status prints it"
        )
    name = place.rpartition("/")[2]
    if disk.is_folder(root / place, shown=argument):
        return invalid(argument, "is a folder without generated files, or not a file", "name a generated file")
    if name == LOCK_NAME:
        return invalid(argument, "is a lock: it has what was generated last", "name a file of its unit")
    units = sorted(repository.owners(root, [place]))
    if not units:
        return invalid(argument, "belongs to no unit: nobody generated it", "run scaffold list to see the units")
    if disk.exists(root / join(units[0], LOCK_NAME), shown=argument):
        message = f"is in the unit {units[0]}, but not generated: all of it is yours"
        return invalid(argument, message, "run scaffold status to see the generated files")
    return invalid(argument, f"is in the unit {units[0]}, which has no lock yet", "run scaffold regenerate first")


def renamed(error: Invalid, unit: str) -> Invalid:
    """Return problems of a unit's file with its path below the root."""
    return Invalid(replace(one, path=join(unit, one.path)) for one in error.problems)
