"""Find fields of one object that exclude each other, by the table of the merge (``mergekeys``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ... import mergekeys
from ...schema_words import name_of
from ...yaml import Node

Where = tuple[Any, ...]  # keys and item numbers
# Contents of these are not read by the API server, or have another format.
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
# Placeholders of envsubst and templates; not expressions of GitHub, which do not remove a field.
_PLACEHOLDER = re.compile(r"\$\{(?!\{)[^{}]*\}\s*\Z|\{\{")


@dataclass(frozen=True)
class Clash:
    """Fields of one map that exclude each other: the path of the map, and the keys in textual order."""

    where: Where
    keys: Sequence[Node]

    @property
    def message(self) -> str:
        """The message of the finding."""
        names = [one.text for one in self.keys]
        both = "both " if len(names) == 2 else ""
        return f"{name_of(list(self.where))} has {both}{', '.join(names[:-1])} and {names[-1]}"


def clashes(root: Node, families: Sequence[mergekeys.Family], above: Where = ()) -> Iterator[Clash]:
    """Yield the fields that exclude each other in a node and below; ``above`` is its path in the document."""
    partners = mergekeys.partners()
    stack: list[tuple[Node, Any]] = [(root, None)]
    while stack:
        node, way = stack.pop()
        known: list[str] = []
        for key, value in node.pairs:
            if key.text in partners:
                known.append(key.text)
            if (value.pairs or value.items) and key.text not in FREE:
                stack.append((value, (way, key.text)))  # a path is kept as a chain of steps until needed
        for number, item in enumerate(node.items):
            if item.pairs or item.items:
                stack.append((item, (way, number)))
        if len(known) > 1 and not all(partners[one].isdisjoint(known) for one in known):
            yield from _of_map(node, families, (*above, *written(way)))


def written(way: Any) -> Where:
    """Return the path of a chain of steps, each a pair of the parent chain and the step."""
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
    """Return whether a field counts as set: null, an empty text, and a port without a number do not.

    A value that is only a placeholder may become empty, and does not count either.
    """
    if value.shape != "scalar":
        return True
    empty = value.tag == "null" or not value.text or (key.text == "number" and value.text == "0")
    return not empty and not _PLACEHOLDER.match(value.text)
