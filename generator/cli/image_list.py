"""``scaffold list --format github-images``: the images that units build, or those that a change needs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .. import disk, image_builds, lock, repository, spec
from ..errors import Invalid, invalid
from ..git import committed_text, merge_base
from ..pipeline import Pipeline, read_config
from ..planned import Unit, failure_of
from ..template_features import BuiltImage
from ..tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, decode, join, unit_fault
from ..worktree import Worktree
from .console import out_json
from .selection import unit_names
from .telling import tell_problems

_MANIFEST_BYTES = 1_000_000  # a longer file counts by its beginning


def list_images(worktree: Worktree, paths: list[str] | None, changed: str | None, shard: str | None) -> int:
    """Print the images of the units that the options select, as a matrix on one line."""
    pipeline = Pipeline(worktree, read_config(worktree))
    found, bad = [], []
    for name in unit_names(worktree, paths, changed, shard, lambda revision: _affected(pipeline, revision)):
        try:
            image = _image(pipeline, name)
        except Exception as error:
            bad.append(failure_of(name, error))
        else:
            found += [(name, image)] if image else []
    images, problems = image_builds.distinct(found)
    out_json(image_builds.image_rows(images), indent=None)  # one line, so that it can be the output of a step
    bad += [Unit(one.path.rpartition("/")[0] or ".", None, (one,)) for one in problems]
    return 2 if tell_problems(bad) else 0


def _image(pipeline: Pipeline, name: str) -> BuiltImage | None:
    """Return the image that a unit builds, None for none. Raises Invalid for an invalid spec."""
    path = join(name, SPEC_NAME)
    if fault := unit_fault(name):
        raise invalid(path, f"is in a folder whose name {fault}", "rename the folder", line=1, column=1)
    read = spec.parse_spec(pipeline.worktree.read(path) or "", path)
    template, _ = pipeline.template(read.template, path)
    known = template.behaviour.image
    return known.of(pipeline.values(read, template), name) if known else None


def _affected(pipeline: Pipeline, revision: str) -> list[str]:
    """Return the units whose image a change needs: its folder changed, or the spec names another image or folder."""
    root = pipeline.worktree.root
    changed = repository.changed_files(root, revision)
    base = merge_base(root, revision)
    units = {one for one in changed if one.rpartition("/")[2] == SPEC_NAME and _builds_anew(pipeline, one, base)}
    found = {one.rpartition("/")[0] or "." for one in units}
    if sources := _sources(pipeline.worktree, changed, base):
        found.update(one for one in _candidates(pipeline) if one not in found and _depends(pipeline, one, sources))
    return sorted(found)


def _builds_anew(pipeline: Pipeline, path: str, base: str) -> bool:
    """Tell whether a changed spec is new, invalid, or has other keys for its image. Deleted ones need no image."""
    new = pipeline.worktree.read(path)
    if new is None:
        return False
    old = committed_text(pipeline.worktree.root, base, path)
    try:
        before, after = spec.parse_spec(old or "", path).data, spec.parse_spec(new, path).data
    except Invalid:
        return True
    return any(image_builds.names_other(one.key, one.names, before, after) for one in image_builds.image_builds())


def _sources(worktree: Worktree, changed: Sequence[str], base: str) -> list[str]:
    """Return the changed files that an image may depend on: neither generated, then or now, nor moved by automation."""
    generated: dict[str, frozenset[str]] = {}
    found = []
    for path in filter(image_builds.may_be_source, changed):
        owners = repository.owners(worktree.root, [path])
        for unit in owners - generated.keys():
            generated[unit] = _generated(worktree, unit, base)
        if any(path in generated[unit] for unit in owners):
            continue
        text = decode(disk.head(worktree.root / path, _MANIFEST_BYTES) or b"")
        found += [] if image_builds.is_automated(path, text) else [path]
    return found


def _generated(worktree: Worktree, unit: str, base: str) -> frozenset[str]:
    """Return the generated files of a unit, by its lock and that of the base; ``diff`` reports broken ones."""
    path = join(unit, LOCK_NAME)
    found: set[str] = set()
    with suppress(Invalid):
        for text in (committed_text(worktree.root, base, path), worktree.read(path, MAX_LOCK_BYTES)):
            found |= {join(unit, one) for one in lock.parse_lock(text, path, unit).files} if text else set()
    return frozenset(found)


def _candidates(pipeline: Pipeline) -> list[str]:
    """Return the units that may build an image."""
    root, words = pipeline.worktree.root, image_builds.build_keys()
    inherited = image_builds.inherits_build(pipeline.config.data.get("defaults"))
    named = None
    if not (inherited or pipeline.worktree.own_templates):
        named = repository.mentioning(root, words, f":(glob)**/{SPEC_NAME}")
    return repository.discover(root) if named is None else [Path(one).parent.as_posix() for one in named]


def _depends(pipeline: Pipeline, name: str, sources: Sequence[str]) -> bool:
    """Tell whether the image of a unit depends on a changed file; not for an invalid unit, which ``diff`` reports."""
    try:
        image = _image(pipeline, name)
    except Invalid:
        return False
    return image is not None and image_builds.concerns(image, sources)
