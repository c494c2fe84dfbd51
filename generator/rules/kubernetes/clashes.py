"""Fields of one object that exclude each other, by the table that the merge reads (``mergekeys``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ... import mergekeys
from ...explain import name_of
from ...yaml import Node

Where = tuple[Any, ...]  # keys and item numbers
# Below these stands what the API server does not read, or reads as another format.
FREE = frozenset(
    {
        *(
            "annotations",
            "binaryData",
            "data",
            "labels",
            "managedFields",
            "matchLabels",
            "nodeSelector",
            "openAPIV3Schema",
        ),
        *("parameters", "status", "stringData"),
    }
)
# Of envsubst and of templates; not an expression of GitHub's, which leaves a field where it is.
_PLACEHOLDER = re.compile(r"\$\{(?!\{)[^{}]*\}\s*\Z|\{\{")


@dataclass(frozen=True)
class Clash:
    """Fields of one map that exclude each other: where the map is, and the keys in the order of the text."""

    where: Where
    keys: Sequence[Node]

    @property
    def message(self) -> str:
        """What is wrong, in words."""
        names = [one.text for one in self.keys]
        both = "both " if len(names) == 2 else ""
        return f"{name_of(list(self.where))} has {both}{', '.join(names[:-1])} and {names[-1]}"


def clashes(root: Node, families: Sequence[mergekeys.Family], above: Where = ()) -> Iterator[Clash]:
    """Yield the fields that exclude each other in a node and below; ``above`` is where it is in its document."""
    partners = mergekeys.partners()
    stack: list[tuple[Node, Any]] = [(root, None)]
    while stack:
        node, way = stack.pop()
        known: list[str] = []
        for key, value in node.pairs:
            if key.text in partners:
                known.append(key.text)
            if (value.pairs or value.items) and key.text not in FREE:
                stack.append((value, (way, key.text)))  # a path is the chain of its steps until somebody asks
        for number, item in enumerate(node.items):
            if item.pairs or item.items:
                stack.append((item, (way, number)))
        if len(known) > 1 and not all(partners[one].isdisjoint(known) for one in known):
            yield from _of_map(node, families, (*above, *written(way)))


def written(way: Any) -> Where:
    """Return the path that a chain of steps stands for, each a pair of the chain above and the step."""
    steps: list[Any] = []
    while way is not None:
        way, step = way
        steps.append(step)
    return tuple(reversed(steps))


def _of_map(node: Node, families: Sequence[mergekeys.Family], where: Where) -> Iterator[Clash]:
    names = tuple(one for one in where if isinstance(one, str))
    there = {key.text: key for key, value in node.pairs if _is_set(key, value)}
    for one in mergekeys.exclusive(families, names, there):
        if not one.together:
            yield Clash(where, [key for name, key in there.items() if name in one.fields])


def _is_set(key: Node, value: Node) -> bool:
    """Tell whether a field is there for its reader: null is not, and nor is an empty text, or no number of a port.

    Where a placeholder is all of it, it may be nothing too.
    """
    if value.shape != "scalar":
        return True
    empty = value.tag == "null" or not value.text or (key.text == "number" and value.text == "0")
    return not empty and not _PLACEHOLDER.match(value.text)
