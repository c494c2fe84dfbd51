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
from ..explain import show
from ..nearest import Guesses
from ..pipeline import Pipeline
from ..spec import Spec, parse_spec
from ..template import Template
from ..tree import SPEC_NAME, join, workflow_of

RULE = "SCF002"
_MAX_KNOWN = 2_000  # names among which a near one is looked for


@dataclass(frozen=True)
class ReadSpec:
    """What is kept of a spec that was read: its template, and the spec itself if it has policies of files."""

    template: str
    spec: Spec | None


def read_spec(spec: Spec) -> ReadSpec:
    """Return what to keep of a spec."""
    return ReadSpec(spec.template, spec if spec.files else None)


def unused_of_specs(pipeline: Pipeline, specs: Mapping[str, ReadSpec]) -> Iterator[Problem]:
    """Yield the globs of specs, by unit, that match no file of their units."""
    for unit, one in specs.items():
        known = _names(pipeline, unit, one) if one.spec else None
        for glob in one.spec.files if one.spec and known is not None else ():
            if known is not None and one.spec and not _matches_any(glob, known):
                place = schema.position(one.spec.node, ["files", glob], key=True)
                yield _finding(one.spec.path, place, "files", glob, "no file of this unit", known)


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
        names = _names(pipeline, unit, one)
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


def _names(pipeline: Pipeline, unit: str, one: ReadSpec) -> list[str] | None:
    """Return the paths in a unit of the files that its template can render; None if it cannot be rendered."""
    path = join(unit, SPEC_NAME)
    try:
        template, _ = pipeline.template(one.template, path)
        outside = [workflow_of(unit)] if template.workflow else []
        if not _is_dynamic(template):
            return [*template.sources, *outside]
        read = one.spec or parse_spec(pipeline.worktree.read(path) or "", path)
        rendered = pipeline.render(template, pipeline.values(read, template), path, unit)
        return [*rendered.tree, *outside]
    except Invalid:
        return None


def _is_dynamic(template: Template) -> bool:
    return any("{" in one or "[" in one for one in template.sources)
