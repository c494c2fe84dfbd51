"""Fields that are taken from one side together, and the record of a walk that looks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..syntax.elements import YamlEntry
from .writer import Place

Held = tuple[int, Place]  # number of a document, and a field in it; "#" means the loose lines of a collection
LOOSE = "#"
ThreeEntries = tuple[YamlEntry | None, YamlEntry | None, YamlEntry | None]  # base, ours, theirs


@dataclass
class Seen:
    """The record of a walk that descends into everything."""

    numbers: Sequence[int | None] = ()  # for each document of the result, the number of that of ours, or None
    entries: dict[Held, ThreeEntries] = field(default_factory=dict)
    inside: set[Held] = field(default_factory=set)  # collections that were merged by entries
    items: dict[Held, list[str]] = field(default_factory=dict)  # names of the items of a list, in order
    titles: dict[int, str] = field(default_factory=dict)  # names of the documents


@dataclass(frozen=True)
class Bound:
    """Fields that are taken from one side together; the conflict has the path of the first."""

    fields: tuple[Held, ...]
    reason: str
    names: frozenset[str]  # of the faults
