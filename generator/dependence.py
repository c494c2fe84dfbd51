"""Which values a rendered file's lines depend on: change one value at a time, render again, and compare.

A line that another value changes does depend on it; that is a fact, whatever the template does in between. A line that
no tried value changes may still depend on one, which is why the result says whether everything was tried. Pure, apart
from the function that renders.
"""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from .merge.syntax.align import aligned
from .schema import default_of
from .trace import TracedFile

Path = tuple[str | int, ...]  # of a value: keys, and positions in lists
Effect = Literal["text", "presence"]
Make = Callable[[Mapping[str, Any]], TracedFile | None]  # the file for other values. Raises Unmade
MAX_RENDERS = 600
_SECONDS = 10.0  # for all of them: somebody waits
_MAX_VARIANTS = 6
_TRIED = 3  # other values of a collection: every value in it is another one
_ABSENT = object()
# Of several forms, since a pattern may take only one of them.
_SAMPLES = {"string": ("x1", "/x1", "1.2.3", "5m", "a/x1"), "integer": (2,), "number": (2,), "boolean": (True, False)}


class Unmade(Exception):  # noqa: N818 - an answer, not an error
    """Values that the template cannot render."""


@dataclass(frozen=True)
class Dependence:
    """A value that a line depends on: for its text, or only for whether the line is there.

    ``lines`` is the number of lines of the file that depend on it. A value that ``is_absent`` is not set.
    """

    path: Path
    effect: Effect
    lines: int
    is_absent: bool = False


@dataclass
class Probe:
    """Finds dependences by rendering with ``make``; ``schema`` suggests other values, and values that are not set."""

    make: Make
    values: Mapping[str, Any]
    base: TracedFile
    schema: Mapping[str, Any] = field(default_factory=dict)
    left: int = MAX_RENDERS
    made: int = 0  # the renderings that succeeded
    end: float = field(default_factory=lambda: time.monotonic() + _SECONDS)

    def all_lines(self) -> dict[int, list[Dependence]]:
        """Return the values that each line of the file, from 0, depends on, the most specific first."""
        found: dict[int, list[Dependence]] = {}
        usual = default_of(self.schema)
        # Those that somebody chose first: of many values, not all can be tried.
        for key in sorted(self.values, key=lambda key: self.values[key] == usual.get(key)):
            self._add(found, (key,))
        for path, samples in _absent(self.values, self.schema):
            changed = self._changed([_with(self.values, path, one) for one in samples])
            for line, effect in changed.items():
                found.setdefault(line, []).append(Dependence(path, effect, len(changed), is_absent=True))
        text = self.base.text.split("\n")
        for line, each in found.items():
            each.sort(key=lambda one: self._rank(one, text[line] if line < len(text) else ""))
        return found

    @property
    def is_complete(self) -> bool:
        """Whether every value was tried."""
        return self.left > 0

    def lines_of(self, path: Path) -> dict[int, Effect]:
        """Return the lines of the file, from 0, that depend on one value."""
        return self._changed(_variants(self.values, path, _schema_at(self.schema, path)))

    def _add(self, found: dict[int, list[Dependence]], path: Path) -> dict[int, Effect]:
        """Add the lines that depend on a value: on a part of it, as far as one is known, else on all of it."""
        made = self.made
        changed = self.lines_of(path)
        if not changed and self.made > made:
            return changed
        parts: dict[int, Effect] = {}
        for part in _parts(_at(self.values, path)):
            parts |= self._add(found, (*path, part))
        for line, effect in changed.items():
            if line not in parts:
                found.setdefault(line, []).append(Dependence(path, effect, len(changed)))
        return {**parts, **changed}

    def _changed(self, variants: Sequence[Mapping[str, Any]]) -> dict[int, Effect]:
        changed: dict[int, Effect] = {}
        for one in variants:
            if self.left <= 0 or time.monotonic() > self.end:
                self.left = 0
                break
            self.left -= 1
            try:
                other = self.make(one)
            except Unmade:
                continue
            self.made += 1
            for line, effect in changed_lines(self.base, other).items():
                changed[line] = "text" if "text" in (effect, changed.get(line)) else effect
        return changed

    def _rank(self, one: Dependence, text: str) -> tuple[Any, ...]:
        value = None if one.is_absent else _at(self.values, one.path)
        is_seen = (
            isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value)) and str(value) in text
        )
        return one.effect != "text", one.is_absent, not is_seen, one.lines, -len(one.path), str(one.path)


def changed_lines(base: TracedFile, other: TracedFile | None) -> dict[int, Effect]:
    """Return the lines of a file, from 0, that another rendering does not have, or has with another text.

    A line that another line of the template makes in its place, with the same text, is not changed.
    """
    before, after = _elements(base), _elements(other)
    pairs = aligned(before, after)
    changed: dict[int, Effect] = {}
    i = j = 0
    for next_i, next_j in [*pairs, (len(before), len(after))]:
        same = [x for x, _ in aligned([text for _, text in before[i:next_i]], [text for _, text in after[j:next_j]])]
        kept = {i + one for one in same}
        there = Counter(origin for origin, _ in after[j:next_j])
        for line in (one for one in range(i, next_i) if one not in kept):
            origin = before[line][0]
            changed[line] = "text" if there[origin] else "presence"
            there[origin] -= 1 if there[origin] else 0
        i, j = next_i + 1, next_j + 1
    return changed


def _elements(file: TracedFile | None) -> list[tuple[Any, str]]:
    """Return the lines of a file, each with the line of the template that produced it."""
    if file is None:
        return []
    lines = file.text.split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    origins = [(one.part, one.piece, one.lines[0]) for one in file.origins] or [("", "", 0)] * len(lines)
    return list(zip(origins, lines, strict=False))


def _at(values: Any, path: Path) -> Any:
    for part in path:
        values = values[part]
    return values


def _parts(value: Any) -> list[str | int]:
    if isinstance(value, Mapping):
        return list(value)
    return list(range(len(value))) if isinstance(value, list | tuple) else []


def _with(values: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return values with one of them replaced, or removed if it is to be absent."""
    made: dict[str, Any] = copy.deepcopy(dict(values))
    below: Any = made
    for part in path[:-1]:
        below = below[part]
    if value is not _ABSENT:
        below[path[-1]] = value
    else:
        del below[path[-1]]
    return made


def _variants(values: Mapping[str, Any], path: Path, schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return values that differ in the value at a path: changed, and removed."""
    others = list(other_values(_at(values, path), schema))[:_MAX_VARIANTS]
    # Without a key that has a default, the default applies, unless the spec can remove that with null.
    stays = "default" in schema and "null" not in schema.get("type", ())
    removed = [] if stays else [_ABSENT]
    return [_with(values, path, one) for one in [*others, *removed] if path[:1] != ("files",)]


def other_values(value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield other values in place of one: those that the schema lists, else near ones of its type."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (one for one in (value + 1, 1, 0, 2) if one != value)
    elif isinstance(value, float):
        yield value + 1
    elif isinstance(value, str):
        if listed := [one for one in _listed(schema) if one != value]:
            yield from listed
            return
        yield from (f"{value}x", f"x{value}", _bumped(value))
    elif isinstance(value, Mapping):
        each = {
            key: [*islice(other_values(one, _schema_at(schema, (key,))), _TRIED)] or [one] for key, one in value.items()
        }
        for number in range(max(map(len, each.values()), default=0)):
            yield {key: found[min(number, len(found) - 1)] for key, found in each.items()}
    elif isinstance(value, list | tuple):
        items = [[*islice(other_values(one, _schema_at(schema, (0,))), _TRIED)] or [one] for one in value]
        for number in range(max(map(len, items), default=0)):
            yield [found[min(number, len(found) - 1)] for found in items]


def _bumped(text: str) -> str:
    """Return a text with its last number raised by one, such as ``6m`` for ``5m``."""
    at = next((n for n in range(len(text) - 1, -1, -1) if text[n] in "0123456789"), -1)
    return text if at < 0 else f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


def _schema_at(schema: Any, path: Path) -> Mapping[str, Any]:
    """Return the schema of a value as far as it is simple, else an empty one."""
    for part in path:
        around = schema if isinstance(part, int) else schema.get("properties")
        below = around.get("items" if isinstance(part, int) else part) if isinstance(around, Mapping) else None
        schema = below if isinstance(below, Mapping) else {}
    return schema if isinstance(schema, Mapping) else {}


def _listed(schema: Mapping[str, Any]) -> list[Any]:
    """Return the values that a schema lists; the schema of a repository may have anything there."""
    found = schema.get("enum")
    return found if isinstance(found, list) else []


def _absent(values: Any, schema: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Yield scalars that the schema knows and the values do not have, each with values that it might have."""
    properties = schema.get("properties")
    for key, about in properties.items() if isinstance(properties, Mapping) else ():
        if not isinstance(about, Mapping):
            continue
        if key in values:
            if isinstance(values[key], Mapping):
                yield from _absent(values[key], about, (*path, key))
        elif path or key not in {"template", "files"}:
            yield (*path, key), _samples(about)


def _samples(schema: Mapping[str, Any]) -> Sequence[Any]:
    """Return values that a scalar may have: the first that the schema lists, else some of its type."""
    if listed := _listed(schema):
        return listed[:1]
    wanted = schema.get("type")
    first = wanted[0] if isinstance(wanted, list) and wanted else wanted
    return _SAMPLES.get(first, ()) if isinstance(first, str) else ()
