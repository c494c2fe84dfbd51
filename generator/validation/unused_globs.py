"""SCF002: globs of the config and of specs that match nothing, as a misspelt one does.

What a file policy can match is what the templates of the units can render: a file with the policy ``never`` is in no
lock. Templates whose names of files depend on values are rendered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import config, globs, schema
from ..config import Config
from ..errors import Invalid, Problem
from ..nearest import Guesses
from ..pipeline import Pipeline
from ..schema_words import show
from ..spec import Spec, parse_spec
from ..template import Template
from ..tree import SPEC_NAME, join, workflow_of

RULE = "SCF002"
_MAX_KNOWN = 2_000  # names among which a near one is looked for


@dataclass(frozen=True)
class ReadSpec:
    """What is kept of a spec that was read: its template."""

    template: str


def unused_of_spec(pipeline: Pipeline, unit: str, read: Spec, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the globs of a spec that match no file of its unit."""
    template, _ = pipeline.template(read.template, read.path)
    known = _names(pipeline, unit, template, values) if read.files else None
    for glob in read.files if known is not None else ():
        if known is not None and not _matches_any(glob, known):
            place = schema.position(read.node, ["files", glob], key=True)
            yield _finding(read.path, place, "files", glob, "no file of this unit", known)


def unused_of_config(
    pipeline: Pipeline, settings: Config, specs: Mapping[str, ReadSpec], paths: Collection[str]
) -> Iterator[Problem]:
    """Yield the globs of a config that match nothing, from the specs of all units and the paths of all files."""
    node = settings.node
    if node is None:
        return

    def told(where: list[Any], glob: str, what: str, known: Collection[str], *, key: bool = False) -> Problem:
        name = ".".join(str(one) for one in where[:-1])
        return _finding(config.PATH, schema.position(node, where, key=key), name, glob, what, known)

    left, names = _unmatched(pipeline, settings.files, specs)
    yield from (told(["files", one], one, "no file of any unit", names, key=True) for one in left)
    for template, held in (settings.data.get("hold") or {}).items():
        units = [unit for unit, one in specs.items() if one.template == template]
        for number, glob in enumerate(held):
            if not _matches_any(glob, units):
                yield told(["hold", template, number], glob, f"no unit of the template {template}", units)
    for rule, severities in (settings.data.get("rules") or {}).items():
        for glob in severities if isinstance(severities, Mapping) else ():
            if not _matches_any(glob, paths):
                yield told(["rules", rule, glob], glob, "no file", paths, key=True)
    for number, path in enumerate((settings.data.get("ci") or {}).get("shared") or ()):
        folder = f"{path.rstrip('/')}/"
        if not any(one == path or one.startswith(folder) or globs.matches(one, path) for one in paths):
            yield told(["ci", "shared", number], path, "no file", paths)


def _unmatched(
    pipeline: Pipeline, policies: Iterable[str], specs: Mapping[str, ReadSpec]
) -> tuple[list[str], Collection[str]]:
    """Return the globs that match no file of any unit, and paths that they could have matched.

    Of the units of a template whose paths are the same in all, one is asked.
    """
    left, seen = list(policies), set[str]()
    asked: set[str] = set()
    for unit, one in specs.items():
        if not left:
            break
        if one.template in asked:
            left = [glob for glob in left if not globs.matches(workflow_of(unit), glob)]
            continue
        names = _read_names(pipeline, unit)
        if names is None:
            return [], seen  # it could have any of them
        seen.update(names if len(seen) < _MAX_KNOWN else ())
        left = [glob for glob in left if not _matches_any(glob, names)]
        asked |= set() if _is_dynamic(pipeline.template(one.template, "")[0]) else {one.template}
    return left, seen


def _finding(path: str, place: tuple[int, int], where: str, glob: str, what: str, known: Collection[str]) -> Problem:
    close = Guesses().nearest(glob, known) if len(known) <= _MAX_KNOWN else ""
    hint = f"did you mean {show(close)}? Else remove it" if close else "remove it, or correct it"
    return Problem(path, *place, f"{where} has {show(glob)}, which matches {what}", hint, RULE, "info")


def _matches_any(glob: str, names: Iterable[str]) -> bool:
    return any(globs.matches(one, glob) for one in names)


def _read_names(pipeline: Pipeline, unit: str) -> list[str] | None:
    """Return what ``_names`` does for a unit whose spec has to be read."""
    path = join(unit, SPEC_NAME)
    try:
        read = parse_spec(pipeline.worktree.read(path) or "", path)
        template, _ = pipeline.template(read.template, path)
        values = pipeline.values(read, template) if _is_dynamic(template) else {}
        return _names(pipeline, unit, template, values)
    except Invalid:
        return None


def _names(pipeline: Pipeline, unit: str, template: Template, values: Mapping[str, Any]) -> list[str] | None:
    """Return the paths in a unit of the files that its template can render; None if it cannot be rendered.

    Those of a file that depends on values are rendered; of the others those that these values do not render are named
    too.
    """
    outside = [workflow_of(unit)] if template.workflow else []
    fixed = [one for one in template.sources if not _depends(one)]
    if not _is_dynamic(template):
        return [*fixed, *outside]
    try:
        rendered = pipeline.render(template, values, join(unit, SPEC_NAME), unit)
    except Invalid:
        return None
    return [*fixed, *rendered.tree, *outside]


def _is_dynamic(template: Template) -> bool:
    """Tell whether the paths of a template's files depend on values."""
    return any(_depends(one) for one in template.sources)


def _depends(source: str) -> bool:
    return "{" in source or "[" in source
