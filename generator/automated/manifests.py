"""Read the manifests that the user names: of units as they are on disk, or any files and folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .. import disk, repository, rules
from ..errors import Invalid, Problem, invalid
from ..pipeline import Pipeline, read_config
from ..rules import File, Scope
from ..rules.recognise import in_chart_templates
from ..tree import SPEC_NAME, join
from ..validation import Selection, select_files
from ..validation.reading import FileReader
from ..worktree import Worktree
from ..yaml import expand, parse
from .automated_image import AutomatedImage
from .detection import automated_images

_MARKER = "$imagepolicy"
_NAMES = "name a unit, or a file or folder with manifests"


@dataclass
class Manifests:
    """The files to look at, what they may look up, and the problems of those that cannot be read.

    ``generated`` are the files of the units as their specs render them. ``left_out`` are the files that the user names
    and that are not read, with the reasons.
    """

    selection: Selection
    files: list[File] = field(default_factory=list)
    generated: list[File] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    @cached_property
    def scope(self) -> Scope:
        """The files as a scope."""
        return Scope(tuple(self.files))

    def edited_policies(self, images: Sequence[AutomatedImage]) -> Iterator[Problem]:
        """Yield the images of the files whose policy is not that of the spec."""
        wanted = {_identity(one): one.policy for one in automated_images(self.generated, Scope(tuple(self.generated)))}
        for one in images:
            policy = wanted.get(_identity(one), one.policy)
            if policy != one.policy and one.policy:
                message = f"the policy of {one.container} is {one.policy}, but {policy} in the spec"
                yield Problem(one.place.path, one.place.line, one.place.column, message, "the file counts")


def _identity(one: AutomatedImage) -> tuple[str, str, str, str]:
    return one.automation, one.place.path, str(one.workload), one.container


def read_manifests(targets: Sequence[str], here: Path, root: Path | None) -> Manifests:
    """Return the manifests of units (by their folder or name), files and folders. Raises Invalid."""
    selection = select_files(here, root, _paths(targets, here, root), None, None)
    worktree = Worktree(selection.base)
    reader = FileReader(worktree, selection)
    found = Manifests(selection)
    for path in selection.paths:
        before = len(reader.problems)
        file = reader.read(path)
        if file is None and len(reader.problems) == before:
            file = _marked_file(reader, path)
        if file is not None:
            found.files.append(file)
    read = {one.path for one in found.files}
    found.problems += reader.problems
    found.left_out += sorted((one, why) for one, why in reader.skipped.items() if one in selection.named - read)
    if selection.units:
        _add_generated(found, worktree, reader)
    return found


def _paths(targets: Sequence[str], here: Path, root: Path | None) -> list[str]:
    """Return the targets as paths: the name of a unit is that of its folder, unless a file has it."""
    found = []
    units: list[str] | None = None
    for one in targets:
        if disk.exists(here / one, shown=one):
            path = Path(one)
            found.append(str(path.parent) if path.name == SPEC_NAME else one)  # a spec stands for its unit
            continue
        try:
            base = repository.find_root(here, root)
        except Invalid:
            if root is not None:
                raise
            raise invalid(one, "does not exist", _NAMES) from None
        units = repository.discover(base) if units is None else units
        same = [unit for unit in units if one.rstrip("/") in {unit, unit.rpartition("/")[2]}]
        if len(same) > 1:
            raise invalid(one, f"is the name of {len(same)} units", f"name one: {', '.join(same[:5])}")
        if not same and not disk.exists(base / one, shown=one):
            raise invalid(one, "does not exist", _NAMES)
        found.append(str(base / (same[0] if same else one)))
    return found


def _marked_file(reader: FileReader, path: str) -> File | None:
    """Return a YAML file of any type with a marker of Flux v2, such as Helm values."""
    if not path.endswith((".yaml", ".yml")) or in_chart_templates(path, reader.exists):
        return None
    text = reader.text(path)
    if text is None or _MARKER not in text:
        return None
    try:
        return File(path, text, "values", expand(parse(text, path), path))
    except Invalid:
        return None


def _add_generated(found: Manifests, worktree: Worktree, reader: FileReader) -> None:
    """Add the files that the units' specs render; those that are not on disk count as if they were."""
    try:
        pipeline = Pipeline(worktree, read_config(worktree))
    except Invalid as error:
        found.problems += error.problems
        return
    for name in found.selection.units:
        if not disk.is_reachable(worktree.root / join(name, SPEC_NAME)):
            continue
        unit = pipeline.unit(name)
        found.problems += unit.problems
        if unit.bug:
            raise unit.bug
        changes = unit.plan.changes if unit.plan else ()
        texts = ((join(name, one.path), one.theirs, one.ours is None) for one in changes if one.theirs is not None)
        for path, text, is_missing in texts:
            file = rules.recognise(path, text, reader.exists, named=True).file
            if file is not None:
                found.generated.append(file)
                found.files += [file] if is_missing else []
