"""The entries of three collections by token, and the decisions about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ...yaml.meaning import YamlValue, key_value
from ..identity.itemkeys import EntryToken
from ..identity.pairing import Pairing
from ..syntax.display import shown_value
from ..syntax.elements import YamlEntry
from .renames import Renamed


@dataclass
class MergedEntries:
    """The entries of three collections by token, and the decisions about them."""

    base: dict[EntryToken, YamlEntry]
    ours: dict[EntryToken, YamlEntry]
    theirs: dict[EntryToken, YamlEntry]
    keyed: bool
    ordered: bool
    is_list: bool
    has_base: bool
    names: dict[EntryToken, str] = field(default_factory=dict)
    pairings: tuple[Pairing, Pairing] | None = None
    renamed: Renamed | None = None
    expected: dict[EntryToken, YamlValue] = field(default_factory=dict)
    gone: list[EntryToken] = field(default_factory=list)
    new: list[EntryToken] = field(default_factory=list)
    order: list[EntryToken] = field(default_factory=list)
    moved: bool = False

    @cached_property
    def numbers(self) -> dict[EntryToken, int]:
        """The position of each entry: in ours, else in theirs, else in base."""
        out: dict[EntryToken, int] = {}
        for side in (self.ours, self.theirs, self.base):
            for number, token in enumerate(side):
                out.setdefault(token, number)
        return out

    def name_of(self, token: EntryToken, entry: YamlEntry) -> str:
        """Return the name of an entry in the path of a field."""
        if entry.key is not None:
            return entry.key.text if entry.key.shape == "scalar" else str(shown_value(entry.key))
        return f"[{self.names[token] if token in self.names else self.numbers[token]}]"

    @property
    def value(self) -> YamlValue:
        """The merged value of the collection."""
        if self.is_list:
            return [self.expected[token] for token in self.order]
        return {
            key_value(entry.key): value
            for token, value in self.expected.items()
            if (entry := self.ours.get(token) or self.theirs[token]).key is not None
        }


class ListConflictError(Exception):
    """The changes of both sides to a list cannot be combined."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
