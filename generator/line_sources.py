"""What made the lines of a generated file: the template's lines, and the values that they depend on.

It is determined from the file that the spec and the template render now. A generated line that they do not render any
more was made from earlier inputs, of which nothing is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import disk
from .dependence import Dependence, Effect, Path, Probe, Unmade
from .edited_lines import lines_of
from .file_places import joined_text
from .generated_unit import GeneratedUnit
from .pieces import piece_path
from .render import WORKFLOW
from .schema import fits_schema
from .schema_words import name_of, show
from .spec import Spec
from .template import Template
from .trace import LineOrigin, TracedFile, split_origin, trace_file
from .tree import DOT_DIR, SPEC_NAME, join
from .value_source import ValueSource, source_of

PINNED = frozenset({"uses", "image_pin", "version", "nodes"})  # filters that read the pins of this scaffold


@dataclass(frozen=True)
class Key:
    """A value that lines depend on: its name, itself on one line, and where it is from."""

    name: str
    value: str
    source: ValueSource
    effect: Effect
    is_absent: bool = False


@dataclass(frozen=True)
class TemplatePlace:
    """The lines of a template's file that produced a line, and how: by filters of which one may make many lines."""

    path: str
    lines: tuple[int, ...]
    filters: tuple[str, ...] = ()
    spans: bool = False

    @property
    def is_pinned(self) -> bool:
        """Whether the line has a version or digest that this scaffold pins."""
        return bool(PINNED & {*self.filters})


@dataclass(frozen=True)
class LineSources:
    """The sources of the lines of one generated file, as rendered now.

    ``parts`` are the origins of its documents: usually one, the file in the template.
    """

    unit: GeneratedUnit
    spec: Spec
    values: Mapping[str, Any]
    template: Template
    parts: tuple[str, ...]

    @cached_property
    def traced(self) -> TracedFile | None:
        """The file as rendered now, None if it is not generated any more. Raises Invalid."""
        return self._make(self.values)

    @property
    def shown_source(self) -> str:
        """The template's files, below the root for a template of the repository."""
        return ", ".join(map(self._shown, self.parts))

    def _shown(self, part: str) -> str:
        if part == WORKFLOW:
            return "shared/kind-workflow.yaml"
        return f"{self._folder}{split_origin(self.template, part)[0]}"

    def rendered_line(self, line: int, text: str) -> int:
        """Return the line of the rendered file that a line, from 1, of a generated text is; 0 if there is none."""
        if self.traced is None:
            return 0
        if self.traced.text == text:
            return line
        from .merge.syntax.align import aligned  # noqa: PLC0415 - only for a unit that is behind

        now, before = ([one.strip() for one in lines_of(each)] for each in (self.traced.text, text))
        return next((i + 1 for i, j in aligned(now, before) if j == line - 1), 0)

    def place(self, line: int) -> TemplatePlace | None:
        """Return what produced a line, from 1, of the rendered file, None if that cannot be determined."""
        origins = self.traced.origins if self.traced else ()
        if not 0 < line <= len(origins):
            return None
        origin: LineOrigin = origins[line - 1]
        path = piece_path(origin.piece) if origin.piece else self._shown(origin.part or self.parts[0])
        return TemplatePlace(path, origin.lines, origin.filters, origin.spans)

    def keys(self, line: int) -> list[Key]:
        """Return the values that a line, from 1, of the rendered file depends on, the most specific first."""
        return [self._key(one) for one in self._dependences.get(line - 1, ())]

    def all_keys(self) -> list[Key]:
        """Return the values that the file depends on, those of most lines last."""
        every: dict[tuple[Path, bool], Dependence] = {}
        for each in self._dependences.values():
            for one in each:
                known = every.setdefault((one.path, one.is_absent), one)
                if known.effect != "text" and one.effect == "text":
                    every[one.path, one.is_absent] = one
        return [self._key(one) for one in sorted(every.values(), key=lambda one: (one.is_absent, one.lines))]

    def lines_of_value(self, path: Path) -> dict[int, Effect]:
        """Return the lines, from 1, of the rendered file that depend on a value."""
        probe = self._probe
        return {line + 1: effect for line, effect in probe.lines_of(path).items()} if probe else {}

    @property
    def is_complete(self) -> bool:
        """Whether every value was tried."""
        return self._probe is None or self._probe.is_complete

    @cached_property
    def _probe(self) -> Probe | None:
        if self.traced is None:
            return None
        return Probe(self._try, self.values, self.traced, json.loads(self.template.schema))

    @cached_property
    def _dependences(self) -> dict[int, list[Dependence]]:
        return self._probe.all_lines() if self._probe else {}

    def _key(self, one: Dependence) -> Key:
        source = source_of(one.path, self.spec, self.unit.pipeline.config, is_absent=one.is_absent)
        value: Any = self.values
        for part in () if one.is_absent else one.path:
            value = value[part]
        return Key(name_of(one.path), "" if one.is_absent else show(value), source, one.effect, one.is_absent)

    def _make(self, values: Mapping[str, Any], *, again: bool = False) -> TracedFile | None:
        found = [(one, made) for one in self.parts if (made := self._traced(one, values, again=again))]
        if len(self.parts) == 1 or not found:
            return found[0][1] if found else None
        origins: list[LineOrigin] = []
        for part, made in found:
            between = [LineOrigin((1,), part=part)] if origins else []  # the line between documents
            origins += [*between, *(one._replace(part=part) for one in made.origins)]
        is_known = all(made.origins for _, made in found)
        text = joined_text([made.text for _, made in found])
        return TracedFile(found[0][1].target, text, tuple(origins) if is_known else ())

    def _traced(self, part: str, values: Mapping[str, Any], *, again: bool) -> TracedFile | None:
        if self.template.is_own:
            place = join(self.unit.name, SPEC_NAME)
            foreign = self.unit.pipeline.foreign
            return foreign.trace(self.template, values, place, self.unit.name, part, again=again)
        return trace_file(self.template, values, self.unit.name, part, again=again)

    def _try(self, values: Mapping[str, Any]) -> TracedFile | None:
        """Return the file for other values. Raises Unmade for values that the schema refuses, or that do not render."""
        if not self.template.has_own_schema:
            data = {key: one for key, one in values.items() if key != "files"} | {"template": self.spec.template}
            if not fits_schema(data, self.template.schema):
                raise Unmade
        try:
            return self._make(values, again=True)
        except Exception:  # values that no check has seen: a filter may fail on them in any way
            raise Unmade from None

    @cached_property
    def _folder(self) -> str:
        """The folder of the template's files below the root, for a template of the repository."""
        if not self.template.is_own:
            return ""
        place = f"{DOT_DIR}/templates/{self.template.name}"
        found = disk.entries(self.unit.pipeline.worktree.root / place, shown=place)
        top = next((one.name for one in found if one.is_folder and "cookiecutter" in one.name), "")
        return f"{place}/{top}/" if top else ""


def sources_of(unit: GeneratedUnit, path: str) -> LineSources | None:
    """Return the sources of a generated file, None if the template does not render it any more. Raises Invalid."""
    spec, template = unit.read_spec(), unit.template()
    origin = unit.lock.files[path].origin
    is_workflow = origin == WORKFLOW and path.startswith("/") and bool(template.workflow)
    if spec.template != unit.lock.template or not (
        is_workflow or split_origin(template, origin)[0] in template.sources
    ):
        return None
    values = unit.pipeline.values(spec, template)
    parts: Sequence[str] = (origin,)
    if template.behaviour.places(values):
        rendered = unit.pipeline.render(template, values, spec.path, unit.name)
        parts = rendered.parts.get(path, parts)
    found = LineSources(unit, spec, values, template, tuple(parts))
    return found if found.traced is not None else None
