"""Migrate the files that a user names: read them, plan each object, and put the results together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .. import assets, lock, repository, schema
from ..config import Config
from ..errors import Problem
from ..finding import Finding
from ..images.backends import DEFAULT
from ..rules import File, Scope
from ..rules.readers.flux1_workloads import workloads
from ..rules.readers.flux2_groups import IMAGE_GROUP, KUSTOMIZE_GROUP
from ..rules.readers.flux2_markers import read_markers
from ..rules.readers.kustomize_builds import replaced_images
from ..rules.readers.objects import kustomization_of, objects, of_sort
from ..rules.readers.update_settings import PREFIX, UPDATER_GROUP
from ..rules.recognise import is_candidate
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, join, path_fault
from ..validation import Selection
from ..validation.loading import scope_of
from ..validation.reading import FileReader
from ..worktree import Worktree
from ..yaml import get, text_at
from . import annotations_to_updater, flux1_to_flux2
from .beside_manifests import edit_beside, file_beside, listed_beside
from .known_updaters import KnownUpdaters
from .other_places import misplaced_annotations, other_mentions, stale_files, unread_files
from .plan_of_migration import FileEdit, Migrated, Migration, together
from .spec_automation import migrate_units
from .verified_edits import SharedSpans, edited_text
from .workload_obstacles import workload_obstacles

From = Literal["flux-v1", "argocd-annotations"]
_ONE_BY_ONE = 10  # objects of a file that are checked each, where they cannot be edited together
_SUFFIX = {"flux-v1": "automation", "argocd-annotations": "image-updater"}
_AGAIN = "run this command again"
_BY_HAND = f"edit it by hand, and {_AGAIN}"


@dataclass(frozen=True)
class MigrationRequest:
    """What to migrate, and the namespace of the new resources, None for that of the config."""

    source: From
    namespace: str | None = None


@dataclass(frozen=True)
class _Object:
    """The result for one object: its migration, None if it stays, and what is left."""

    done: Migrated | None
    left: tuple[Problem, ...] = ()


def migrate(selection: Selection, settings: Config, request: MigrationRequest) -> Migration:
    """Return the migration of the selected files, and for Flux v1 of the units among them. Raises Invalid."""
    worktree = Worktree(selection.base)
    reader = FileReader(worktree, selection)
    generated = _generated(worktree, selection)
    files = [file for path in selection.paths if path not in generated and (file := reader.read(path))]
    run = _Run(worktree, reader, _scope(reader, files, settings, request), request)
    parts = [run.migrated_file(file) for file in files if file.family == "kubernetes"]
    parts.append(Migration(left=tuple(unread_files(reader, request.source))))
    result = together([*parts, run.beside()])
    known = {*run.planned, *(one.path for one in result.left)}
    result = together([result, Migration(left=tuple(other_mentions(files, known, request.source)))])
    if request.source == "flux-v1":
        units = migrate_units(worktree, selection, settings)
        automation = run.automation(result, units)
        result = together([result, units, automation, stale_files(reader, generated, units)])
    return result


def _generated(worktree: Worktree, selection: Selection) -> Mapping[str, str]:
    """Return the files that units generate, which follow from specs, and their units."""
    found: dict[str, str] = {}
    above = {"."} | {folder for path in selection.paths for folder in _folders_of(path)}
    for unit in repository.discover(selection.base) if selection.is_root else ():
        if unit not in above:
            continue
        path = join(unit, LOCK_NAME)
        text = worktree.read(path, MAX_LOCK_BYTES)
        if text is not None:
            found |= {join(unit, one): unit for one in lock.parse_lock(text, path, unit).files}
    return found


def _folders_of(path: str) -> Iterator[str]:
    """Yield the folders above a path."""
    while path := posixpath.dirname(path):
        yield path


def _scope(reader: FileReader, files: Sequence[File], settings: Config, request: MigrationRequest) -> Scope:
    """Return the files that objects are compared with too: kustomizations, and resources of the target."""
    base, seen = reader.selection.base, {one.path for one in files}
    words = (IMAGE_GROUP, KUSTOMIZE_GROUP) if request.source == "flux-v1" else (UPDATER_GROUP,)
    known = repository.known_files(base)
    names = {"kustomization.yaml", "kustomization.yml", "Kustomization"}
    near = [one for one in known if posixpath.basename(one) in names]
    far = repository.mentioning(base, words)
    around = []
    for path in dict.fromkeys([*near, *(known if far is None else far)]):
        if path not in seen and is_candidate(path) and (file := reader.read(path, silent=True)):
            around.append(file)
    return scope_of(reader, (*files, *around), settings)


class _Run:
    """One migration: the texts with the edits so far, and the objects by the file that they go to."""

    def __init__(self, worktree: Worktree, reader: FileReader, scope: Scope, request: MigrationRequest) -> None:
        self.worktree = worktree
        self.reader = reader
        self.scope = scope
        self.request = request
        self.edits: dict[str, FileEdit] = {}
        self.planned: dict[str, list[Migrated]] = {}
        self.defaults = schema.defaults(assets.schema_text("service"))
        known = [x for sort in ("ImageRepository", "ImagePolicy") for x in of_sort(scope, IMAGE_GROUP, sort)]
        self.taken = {(one.namespace, one.name) for one in known}
        self.origins = {(one.namespace, one.name): f"in {one.file.path}" for one in known}
        self.updaters = KnownUpdaters(scope, self.namespace("argocd"))

    def section(self, name: str) -> dict[str, object]:
        """Return the settings of a backend: the config's, completed by the defaults of specs."""
        own = self.scope.config.data.get(name) or {}
        return {**self.defaults[name], **{key: one for key, one in own.items() if one is not None}}

    def namespace(self, name: str) -> str:
        """Return the namespace of new resources."""
        return self.request.namespace or str(self.section(name)["namespace"])

    def migrated_file(self, file: File) -> Migration:
        """Plan the objects of a file, and record its edit and its objects."""
        results = (
            [_Object(None, (_problem(file, one),)) for one in misplaced_annotations(file)] if self._is_flux else []
        )
        results += list(self._workloads(file) if self._is_flux else self._applications(file))
        shared = SharedSpans(file)
        results = [self._unshared(file, one, shared) for one in results]
        fault = path_fault(file.path) or path_fault(file_beside(file.path, _SUFFIX[self.request.source]))
        if fault and any(one.done for one in results):
            problem = Problem(file.path, 1, 1, f"its path {fault}, so it is not written", f"rename it, and {_AGAIN}")
            results = [_Object(None, (*one.left, problem)) if one.done else one for one in results]
        done, failed = _applicable(file, [one.done for one in results if one.done])
        left = [problem for one in results for problem in one.left]
        if failed:
            message = f"has {failed} objects to migrate that cannot be edited without a change of other text"
            left.append(Problem(file.path, 1, 1, message, _BY_HAND))
        after = edited_text(file, done) if done else None
        if after is None:
            return Migration(left=tuple(left))
        spans = tuple(sorted({edit for one in done for edit in one.edits}))
        self.edits[file.path] = FileEdit(file.path, file.text, after, spans)
        self.planned[file.path] = done
        dropped = [f"{file.path}: removed with its annotation: {text}" for one in done for text in one.dropped]
        notes = [note for one in done for note in one.notes]
        return Migration(left=tuple(left), notes=(*dropped, *notes), migrated=len(done))

    @property
    def _is_flux(self) -> bool:
        return self.request.source == "flux-v1"

    def _workloads(self, file: File) -> Iterator[_Object]:
        every = workloads(file, self.scope)
        if not every:
            return
        above = kustomization_of(posixpath.dirname(file.path), self.scope)
        spaces = [text_at(one, "namespace") for one in above.documents] if above else []
        markers, wrong = read_markers(file, self.scope)
        around = flux1_to_flux2.Surroundings(
            {**self.section("flux"), "namespace": self.namespace("flux")},
            self.taken,
            replaced_images(file.path, self.scope),
            next(iter(spaces), ""),
            frozenset([*(one.line for one in markers), *(one.line for one in wrong)]),
            self.origins,
        )
        for one in every:
            found = flux1_to_flux2.migrate_workload(file.text, one, around)
            if isinstance(found, Migrated):
                done, faults = found, list(workload_obstacles(one, self.scope, moves=bool(found.objects)))
            else:
                done, faults = None, found
            if done and faults:
                self.taken -= done.names
            yield _Object(None if faults else done, tuple(_problem(file, fault) for fault in faults))

    def _applications(self, file: File) -> Iterator[_Object]:
        if PREFIX not in file.text:
            return
        for one in objects(file):
            if inner := get(one.node, "spec", "template", "metadata", "annotations"):
                keys = [key for key, _ in inner.pairs if key.text.startswith(PREFIX)]
                for key in keys[:1]:
                    message = f"{one.shown} puts annotations of Image Updater on what it creates"
                    hint = "write an ImageUpdater whose namePattern matches what it creates, and remove the annotations"
                    yield _Object(None, (Problem(file.path, key.line, key.column, message, hint),))
            if annotations_to_updater.updater_annotations(one):
                space = self.namespace("argocd")
                done, left = annotations_to_updater.migrate_application(file.text, one, space, self.updaters)
                yield _Object(done, tuple(_problem(file, fault) for fault in left))

    def _unshared(self, file: File, one: _Object, shared: SharedSpans) -> _Object:
        """Return the result of an object, which is left if its edits are in an anchored node that is used again."""
        name = shared.anchor_of(one.done.edits) if one.done else ""
        if not name or one.done is None:
            return one
        start = min(start for start, _, _ in one.done.edits)
        message = f"the annotations or the image are in the anchor &{name}, which is used elsewhere"
        problem = Problem(file.path, file.text.count("\n", 0, start) + 1, 1, message, f"write them out, and {_BY_HAND}")
        return _Object(None, (*one.left, problem))

    def beside(self) -> Migration:
        """Add the objects beside their manifests, and return all edits. A file that cannot have them is a problem."""
        left, notes, undone = [], [], 0
        for path, done in self.planned.items():
            made = [one for x in done for one in x.objects]
            target = file_beside(path, _SUFFIX[self.request.source])
            edit = edit_beside(target, made, self._current) if made else None
            if isinstance(edit, Problem):
                left.append(edit)
                del self.edits[path]
                undone += len(done)
            if not isinstance(edit, FileEdit):
                continue
            self._put(edit)
            listed = listed_beside(path, target, self.scope, self._current)
            for one in listed.edits:
                self._put(one)
            notes += [listed.note] if listed.note else []
        return Migration(tuple(self.edits.values()), tuple(left), tuple(notes), -undone)

    def _put(self, one: FileEdit) -> None:
        first = self.edits.get(one.path)
        self.edits[one.path] = replace(one, before=first.before if first else one.before)

    def _current(self, path: str) -> str | None:
        return self.edits[path].after if path in self.edits else self.worktree.read(path)

    def automation(self, manifests: Migration, units: Migration) -> Migration:
        """Return what is missing if there are new policies, and no ImageUpdateAutomation commits what they select."""
        space = self.namespace("flux")
        every = of_sort(self.scope, IMAGE_GROUP, "ImageUpdateAutomation")
        known = [one for one in every if one.namespace in {"", space}]
        if known or not (manifests.migrated or units.migrated):
            paths = [posixpath.normpath(text_at(one.node, "spec", "update", "path") or ".") for one in known]
            out = [path for path in self.planned if known and not any(_is_at(path, one) for one in paths)]
            how = "widen update.path of the ImageUpdateAutomation"
            return Migration(notes=tuple(f"{path}: nothing commits its tags: {how}" for path in out))
        by_config = units.everything or self.scope.config.data.get("automation", DEFAULT) == flux1_to_flux2.TARGET
        if by_config and not every and space == self.section("flux")["namespace"]:
            return Migration(wants_automation=True)
        how = "write one, or set automation: flux-v2 in .scaffold/config.yaml and run scaffold init"
        return Migration(notes=(f"no ImageUpdateAutomation in {space} commits the tags of the new policies: {how}",))


def _applicable(file: File, done: Sequence[Migrated]) -> tuple[list[Migrated], int]:
    """Return the migrations whose edits are correct, alone and together, and the number of the others."""
    if not done or edited_text(file, done) is not None:
        return list(done), 0
    if len(done) > _ONE_BY_ONE:
        return [], len(done)
    good = [one for one in done if edited_text(file, [one]) is not None]
    return (good, len(done) - len(good)) if good and edited_text(file, good) is not None else ([], len(done))


def _problem(file: File, one: Finding) -> Problem:
    return Problem(file.path, one.line, one.column, one.message, one.hint)


def _is_at(path: str, folder: str) -> bool:
    """Tell whether a file is at or below a path, relative to the root of the repository."""
    return folder in {".", "/"} or path.startswith(f"{folder.strip('/')}/")
