"""Read the configurations in a file before and after a change, each where its chart reads it.

The chart of a spec may change, and with it the place of the configuration. What is in the place of the chart before is
the user's configuration too, and is compared with what the new chart reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...alertmanager.chart_dependencies import KnownChart
from ...alertmanager.chart_values import family_of
from ...alertmanager.embedded import in_object, object_parts, with_open_parameters
from ...alertmanager.model import Context
from ...alertmanager.section_places import SectionPlace, section_places
from ...alertmanager.source import sources
from ...alertmanager.value import read_value
from ...behaviour import Update
from ...errors import Invalid
from ...yaml import GO_MAPS, Node, expand, parse, text_at
from .adopt.object_reading import values_in_part
from .mounted_secrets import layout_for


@dataclass(frozen=True)
class FileReading:
    """Where the configurations of a file are read: ``live`` is the place that its chart reads, None if the file has no
    Helm values. ``old`` is the place of the chart before, and ``places`` are those with a configuration in the file.
    """

    path: str
    values: Mapping[str, Any]
    live: SectionPlace | None
    old: SectionPlace | None
    places: tuple[SectionPlace, ...]
    has_moved: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether the file has its configuration where the chart of the spec does not read it."""
        return self.has_moved and self.live not in self.places

    def before(self, text: str) -> list[Context]:
        """Return the configurations of the present file. Raises Invalid."""
        return [one for each in self._apart(text) for one in each]

    def generated(self, text: str | None, place: SectionPlace | None) -> list[Context]:
        """Return the configurations of a generated text, which has them in a place."""
        return _contexts(text, self.path, self.values, at=place if self.has_moved else None) if text else []

    def pairs(self, before: str, after: str) -> list[tuple[Context, Context | None]]:
        """Return the configurations of a file with those that take their place after a change, None if none does."""
        left = {*_places_in(after, self.path, self.values)} - {self.live, self.old}
        out: list[tuple[Context, Context | None]] = []
        for place, was in zip(self.places or (None,), self._apart(before), strict=True):
            now = self.after(after) if place is None else self._read(after, place if place in left else self.live)
            out += [(one, now[number] if number < len(now) else None) for number, one in enumerate(was)]
        return out

    def after(self, text: str) -> list[Context]:
        """Return the configurations that are read after a change."""
        return self._read(text, self.live) if self.places or self.has_moved else self._all(text)

    def _apart(self, text: str) -> list[list[Context]]:
        if not self.places:
            return [self._all(text)]
        return [self._read(text, one) for one in self.places]

    def _read(self, text: str, place: SectionPlace | None) -> list[Context]:
        return _contexts(text, self.path, self.values, at=place, is_file=place is None)

    def _all(self, text: str) -> list[Context]:
        return _contexts(text, self.path, self.values)


def reading_of(update: Update, values: Mapping[str, Any]) -> FileReading:
    """Return where the configurations of a change are read. Raises Invalid for a file that cannot be read."""
    base, ours, theirs = (
        [*dict.fromkeys(_places_in(text, update.path, values))] if text else []
        for text in (update.base, update.ours, update.theirs)
    )
    live = replace(theirs[0], chart=layout_for(values).name) if theirs else None
    old = base[0] if base else None
    if not (base and theirs) and not (_is_whole(update.base, base, values) or _is_whole(update.theirs, theirs, values)):
        old = live = live or old  # one of them has no configuration, or there is none
    in_place = [live] if live else []
    return FileReading(update.path, values, live, old, () if ours == in_place else (*ours,), old != live)


def _is_whole(text: str | None, places: Sequence[SectionPlace], values: Mapping[str, Any]) -> bool:
    """Return whether a generated text is Alertmanager's file, or an object with it."""
    return bool(text) and not places and bool(_contexts(text or "", "", values))


def _places_in(text: str, path: str, values: Mapping[str, Any]) -> Iterator[SectionPlace]:
    """Yield the places with a configuration in the values of a text, also of objects."""
    for document in parse(text, path):
        whole = expanded_object(document, path)
        parts = [*object_parts(whole)]
        if text_at(document, "kind") and text_at(document, "apiVersion"):
            for part in parts:
                if part.node is not None and not part.is_config:
                    try:
                        yield from section_places(values_in_part(whole, part, path))
                    except Invalid:
                        continue  # the program that reads it reports it
        elif family_of(document) != "alertmanager":
            yield from section_places(read_value(document, helm=True))


def _contexts(
    text: str, path: str, values: Mapping[str, Any], *, at: SectionPlace | None = None, is_file: bool = False
) -> list[Context]:
    """Return the configurations in a file: Helm values, objects with them, or files of Alertmanager.

    ``at`` is the only place to read in values; ``is_file``: what is not an object is Alertmanager's file. A text of
    values in an ApplicationSet has its parameters.
    """
    in_set = str(values.get("object") or "").startswith("ApplicationSet/")

    def versions(name: str) -> str:
        return str(values.get(name) or "")

    out = []
    for document in parse(text, path):
        is_object = bool(text_at(document, "kind") and text_at(document, "apiVersion"))
        family = family_of(document)
        if at is not None or is_file:
            family = "" if is_object else "alertmanager" if is_file else "values"
        is_values = family == "values"
        value = with_open_parameters(read_value(document, helm=True)) if is_values and in_set else None
        known = KnownChart(layout_for(values).name, at=at)
        found = (
            sources(document, text, values=is_values, versions=versions, known=known, value=value)
            if family
            else in_object(expanded_object(document, path), text, versions, at=at)
        )
        out += [Context(one, text, path) for one in found]
    return out


def expanded_object(document: Node, path: str) -> Node:
    """Return an object with its aliases expanded, if it has values or a configuration."""
    return document if next(object_parts(document), None) is None else expand(document, path, GO_MAPS)
