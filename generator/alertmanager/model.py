"""A configuration with its routing tree, receivers and inhibit rules, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from .. import globs
from . import routing_tree as routes
from .config_fields import Section, receiver_types
from .details import filled_later
from .inhibition import Inhibition, inhibitions
from .routing_tree import Route
from .source import Source
from .value import Value

T = TypeVar("T")
_MAX_GLOBS = 100
SINKS = (
    "null",
    "none",
    "blackhole",
    "black-hole",
    "black_hole",
    "devnull",
    "dev-null",
    "drop",
    "noop",
    "ignore",
    "silence",
    "discard",
    "empty",
)


@dataclass(frozen=True)
class Receiver:
    """A receiver and its integrations: pairs of the list's key and an item."""

    name: str
    value: Value
    integrations: tuple[tuple[Section, Value], ...]

    @property
    def sink(self) -> bool:
        """Whether it drops all alerts."""
        return not self.integrations


@dataclass(frozen=True)
class Context:
    """A configuration and data derived from it."""

    source: Source
    text: str
    path: str
    # Returns the text of a file by its path relative to this one's folder, None if it does not exist. None: not known.
    read_neighbour: Callable[[str], str | None] | None = field(default=None, compare=False)
    done: dict[Callable[[Context], Iterable[Any]], tuple[Any, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def once(self, work: Callable[[Context], Iterable[T]]) -> tuple[T, ...]:
        """Return the results of a function on this configuration, which is called once."""
        if work not in self.done:
            self.done[work] = tuple(work(self))
        return self.done[work]

    @property
    def config(self) -> Value:
        """The merged configuration."""
        return self.source.config

    @property
    def stack(self) -> bool:
        """Whether kube-prometheus-stack renders the configuration and its alerts."""
        return self.source.chart is not None and self.source.chart.stack and self.source.chart.rules

    @cached_property
    def root(self) -> Route | None:
        """The routing tree."""
        top = self.config.get("route")
        if top is None or top.shape != "map":
            return None
        target = self.source.target
        return routes.tree(top, utf8=target.utf8, empty_overrides=target.alertmanager >= (0, 31))

    @cached_property
    def paths(self) -> Sequence[tuple[Route, ...]]:
        """All routes, each with its parents."""
        return tuple(self.root.walk()) if self.root else ()

    @cached_property
    def receivers(self) -> tuple[Receiver, ...]:
        """The receivers, in order."""
        known = receiver_types()
        found = []
        for one in self.config.list_of("receivers"):
            if one.shape == "map":
                used = tuple((known[key], item) for key in one.pairs if key in known for item in one.list_of(key))
                found.append(Receiver(one.text_of("name"), one, used))
        return tuple(found)

    @cached_property
    def by_name(self) -> dict[str, Receiver]:
        """The receivers by name, the first of each."""
        return {one.name: one for one in reversed(self.receivers)}

    @cached_property
    def inhibitions(self) -> tuple[Inhibition, ...]:
        """The inhibit rules."""
        return inhibitions(self.config, utf8=self.source.target.utf8)

    @cached_property
    def loads(self) -> Callable[[str], bool]:
        """A function that returns whether ``templates`` includes a file; always true for very many globs."""
        return globs.any_of((one.text for one in self.config.list_of("templates") if one.shape == "scalar"), _MAX_GLOBS)

    def named(self) -> Iterator[tuple[Value, Route]]:
        """Yield the values that name a receiver, with their routes."""
        for path in self.paths:
            found = path[-1].value.get("receiver")
            if found is not None and found.text:
                yield found, path[-1]

    def sends(self, name: str) -> bool:
        """Return whether a receiver with that name sends notifications."""
        found = self.by_name.get(name)
        return found is not None and not found.sink


def is_unknown(value: Value) -> bool:
    """Return whether a value is set elsewhere than in the file."""
    return filled_later(value.text)
