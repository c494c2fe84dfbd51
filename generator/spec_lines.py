"""Where the values of a spec go: the lines of generated files that depend on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dependence import Effect
from .dependence import Path as KeyPath
from .edited_lines import lines_of
from .errors import invalid
from .generated_unit import GeneratedUnit, argument_places, read_unit
from .line_sources import LineSources, sources_of
from .pipeline import Pipeline
from .schema_words import is_or_has, name_of, show
from .spec import Spec
from .tree import SPEC_NAME, join, unit_fault
from .yaml import Node

MAX_LINES = 40  # of one value, as text


@dataclass(frozen=True)
class ValueUse:
    """A value of a spec, and the lines that depend on it, as generated now: file, line, text and effect."""

    path: str
    line: int
    key: str
    value: str
    lines: tuple[tuple[str, int, str, Effect], ...]

    @property
    def row(self) -> dict[str, Any]:
        """The value as JSON data."""
        names = ("path", "line", "text", "effect")
        rows = [dict(zip(names, one, strict=True)) for one in self.lines]
        return {"path": self.path, "line": self.line, "key": self.key, "value": self.value, "lines": rows}

    @property
    def text_lines(self) -> Iterator[str]:
        """The value as lines of text; line numbers are those of the files as generated."""
        yield f"{self.path}:{self.line}: {self.key}: {self.value}"
        for path, line, text, effect in self.lines[:MAX_LINES]:
            yield f"    {path}:{line}: {text.strip()}{'' if effect == 'text' else '  (there because of it)'}"
        if len(self.lines) > MAX_LINES:
            yield f"    and {len(self.lines) - MAX_LINES} more lines: --format json has all"
        if not self.lines:
            yield "    no line of a generated file depends on it"


def find_spec(pipeline: Pipeline, argument: str, here: Path) -> GeneratedUnit | None:
    """Return the unit whose spec an argument names, None for another file. Raises Invalid for a unit without a lock."""
    for place in argument_places(pipeline, argument, here):
        folder, _, name = place.rpartition("/")
        unit = folder or "."
        if name != SPEC_NAME or unit_fault(unit) or pipeline.worktree.read(place) is None:
            continue
        found = read_unit(pipeline, unit)
        if found is None:
            raise invalid(place, "has no lock yet: nothing is generated from it", "run scaffold regenerate first")
        return found
    return None


def uses_of(unit: GeneratedUnit, what: str) -> list[ValueUse]:
    """Return the uses of the values of a spec: all, or that of a line or key. Raises Invalid for another one."""
    spec = unit.read_spec()
    wanted = [
        (path, node)
        for path, node in leaves_of(spec.node, ())
        if path[0] not in {"template", "files"} and (not what or what == str(node.line) or is_or_has(path, what))
    ]
    if what and not wanted:
        hint = "name a line or key with a value of the unit, such as replicas or env.DEBUG"
        raise invalid(spec.path, f"has no value at {what}", hint)
    files = [(path, found) for path in sorted(unit.lock.files) if (found := sources_of(unit, path))]
    return [_use(unit, spec, path, node.line, files) for path, node in wanted]


def _use(unit: GeneratedUnit, spec: Spec, path: KeyPath, line: int, files: list[tuple[str, LineSources]]) -> ValueUse:
    lines: list[tuple[str, int, str, Effect]] = []
    value: Any = files[0][1].values if files else spec.data
    for part in path:
        value = value[part] if _has(value, part) else None
    for name, sources in files if value is not None else ():
        texts = lines_of(sources.traced.text if sources.traced else "")
        found = sorted(sources.lines_of_value(path).items())
        lines += [(join(unit.name, name), number, texts[number - 1], effect) for number, effect in found]
    return ValueUse(spec.path, line, name_of(path), show(value), tuple(lines))


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def leaves_of(node: Node, path: KeyPath) -> Iterator[tuple[KeyPath, Node]]:
    """Yield the scalars of a spec with their paths, and its empty collections."""
    if node.shape == "map" and (node.pairs or not path):
        for key, value in node.pairs:
            yield from ((each, key if one is value else one) for each, one in leaves_of(value, (*path, key.text)))
    elif node.shape == "list" and node.items:
        for number, one in enumerate(node.items):
            yield from leaves_of(one, (*path, number))
    else:
        yield path, node
