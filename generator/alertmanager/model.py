"""A configuration and what follows from it: its routing tree, receivers and inhibit rules, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from .. import globs
from . import routing_tree as routes
from .config_fields import Section, receiver_types
from .details import filled_later
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
    """A receiver and what it sends with: the key of the integration's list, and one of its items."""

    name: str
    value: Value
    integrations: tuple[tuple[Section, Value], ...]

    @property
    def sink(self) -> bool:
        """Whether what it gets goes nowhere."""
        return not self.integrations


@dataclass(frozen=True)
class Context:
    """A configuration, and what follows from it."""

    source: Source
    text: str
    path: str
    # Text of a file by its path relative to this one's folder, None where it is not there; no function: not known.
    beside: Callable[[str], str | None] | None = field(default=None, compare=False)
    done: dict[Callable[[Context], Iterable[Any]], tuple[Any, ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def once(self, work: Callable[[Context], Iterable[T]]) -> tuple[T, ...]:
        """Return what some work on this configuration yields; it is done once for all who ask."""
        if work not in self.done:
            self.done[work] = tuple(work(self))
        return self.done[work]

    @property
    def config(self) -> Value:
        """The configuration, merged."""
        return self.source.config

    @property
    def stack(self) -> bool:
        """Whether kube-prometheus-stack makes the configuration, and its alerts are there."""
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
        """Every route with those above it."""
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
    def inhibitions(self) -> tuple[routes.Inhibition, ...]:
        """The inhibit rules."""
        return routes.inhibitions(self.config, utf8=self.source.target.utf8)

    @cached_property
    def loads(self) -> Callable[[str], bool]:
        """What tells whether ``templates`` names a file; with very many globs that it may."""
        return globs.any_of((one.text for one in self.config.list_of("templates") if one.shape == "scalar"), _MAX_GLOBS)

    def named(self) -> Iterator[tuple[Value, Route]]:
        """Yield what names a receiver in a route."""
        for path in self.paths:
            found = path[-1].value.get("receiver")
            if found is not None and found.text:
                yield found, path[-1]

    def sends(self, name: str) -> bool:
        """Tell whether a receiver of that name sends anything."""
        found = self.by_name.get(name)
        return found is not None and not found.sink


def is_unknown(value: Value) -> bool:
    """Tell whether something else than the file says what a value will be."""
    return filled_later(value.text)
