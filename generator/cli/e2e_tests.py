"""``scaffold list --format github-matrix``: the end-to-end tests of units, or those affected by a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from .. import kind_clusters, matrix, repository, spec
from ..errors import invalid
from ..pipeline import Pipeline, read_config
from ..planned import failure_of
from ..tree import DOT_DIR, SPEC_NAME, join, unit_fault
from ..worktree import Worktree
from .console import out_json
from .selection import unit_names
from .telling import tell_problems


def list_matrix(worktree: Worktree, paths: list[str] | None, changed: str | None, shard: str | None) -> int:
    """Print the tests of the units that the options select, as a matrix on one line."""
    pipeline = Pipeline(worktree, read_config(worktree))
    tests, bad = [], []
    for name in unit_names(worktree, paths, changed, shard, lambda revision: _touched(pipeline, revision)):
        try:
            found = _test(pipeline, name)
        except Exception as error:
            bad.append(failure_of(name, error))
        else:
            tests += [found[0]] if found else []
    out_json(matrix.rows(tests), indent=None)  # one line, so that it can be the output of a step
    return 2 if tell_problems(bad) else 0


def _test(pipeline: Pipeline, name: str, *, certain: bool = True) -> tuple[matrix.Test, list[str]] | None:
    """Return the test of a unit with the paths that it depends on, or None if it has none to run.

    A template of the repository may render none; ``certain`` renders it to know.
    """
    path = join(name, SPEC_NAME)
    if fault := unit_fault(name):
        raise invalid(path, f"is in a folder whose name {fault}", "rename the folder", line=1, column=1)
    read = spec.parse_spec(pipeline.worktree.read(path) or "", path)
    template, _ = pipeline.template(read.template, path)
    test = template.behaviour.test
    if test is None:
        return None
    values = pipeline.values(read, template)
    found = matrix.test(name, template.extends, values)
    if (
        found
        and certain
        and template.is_own
        and test.makefile not in pipeline.render(template, values, path, name).tree
    ):
        return None
    return (found, kind_clusters.watched(values, name)) if found else None


def _touched(pipeline: Pipeline, revision: str) -> list[str] | None:
    """Return the units that changed, or whose test depends on a changed file; None for all."""
    root, shared = pipeline.worktree.root, matrix.shared_paths(pipeline.config.data)
    changed = repository.changed_files(root, revision)
    if any(one.startswith(f"{DOT_DIR}/") or matrix.concerns_all(one, shared) for one in changed):
        return None
    units = repository.owners(root, changed)
    return sorted(units | {one for one in _outward(pipeline, changed) if one not in units})


def _outward(pipeline: Pipeline, changed: Sequence[str]) -> Iterable[str]:
    """Yield the units whose test depends on one of these files, in any folder. ``diff`` reports invalid units."""
    if not changed:
        return
    root = pipeline.worktree.root
    inherited = matrix.says(pipeline.config.data.get("defaults"), matrix.outward())
    inherited = inherited or bool(pipeline.worktree.own_templates)
    # A spec that git does not track yet counts as changed.
    named = (
        None if inherited else repository.mentioning(root, matrix.outward(), f":(glob)**/{SPEC_NAME}", untracked=False)
    )
    for name in repository.discover(root) if named is None else [Path(one).parent.as_posix() for one in named]:
        try:
            found = _test(pipeline, name, certain=False)
        except Exception:  # noqa: S112 - diff reports invalid units
            continue
        places = found[1] if found else []
        if any(place in {".", one} or one.startswith(f"{place}/") for place in places for one in changed):
            yield name
