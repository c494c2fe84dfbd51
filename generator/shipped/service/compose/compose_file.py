"""The services of a Compose file, and the one that is read, with what it extends.

Format: https://github.com/compose-spec/compose-spec, Services and Merge.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

from ....errors import invalid
from ....nearest import Guesses
from ....yaml import OWN_KEYS_WIN, Node, expand, get, pairs_at, parse_one, text_at
from .compose_taking import ComposeTaking, is_null

_MAX_NAMES = 20
_REPLACED = frozenset({"command", "entrypoint", "test"})  # all other lists are appended
_NOT_EXTENDED = frozenset({"extends", "depends_on", "links", "volumes_from"})


@dataclass(frozen=True)
class ComposeService:
    """A service of a Compose file: its name, its node, its keys with what it extends, and the file's document."""

    name: str
    node: Node
    keys: Mapping[str, tuple[Node, Node]]
    document: Node

    def get(self, key: str) -> Node | None:
        """Return the value of a key, None without one and for null."""
        pair = self.keys.get(key)
        return None if pair is None or is_null(pair[1]) else pair[1]


def compose_service(text: str, path: str, wanted: str | None, taking: ComposeTaking) -> ComposeService:
    """Return the wanted service of a Compose file, or its only one. Raises Invalid if it is not clear which."""
    document = expand(parse_one(text, path), path, OWN_KEYS_WIN)
    services = get(document, "services")
    if services is None or services.shape != "map" or not services.pairs:
        line = services or document
        raise invalid(path, "has no services", "name a Compose file", line=line.line, column=line.column)
    names = [key.text for key, _ in services.pairs]
    listed = ", ".join(names[:_MAX_NAMES]) + (f", … ({len(names)})" if len(names) > _MAX_NAMES else "")
    if wanted is None and len(names) > 1:
        raise invalid("--service", f"is missing: {path} has {len(names)} services", f"name one of them: {listed}")
    name = names[0] if wanted is None else wanted
    if name not in names:
        close = Guesses().nearest(name, names)
        hint = f"did you mean {close!r}?" if close else f"it has: {listed}"
        raise invalid("--service", f"{path} has no service {name!r}", hint)
    pairs = dict.fromkeys(["include"]) if get(document, "include") else {}
    for key in pairs:
        taking.left_out(
            get(document, key) or document, key, "other files are not read; docker compose config joins them"
        )
    node = get(services, name)
    assert node is not None  # noqa: S101 - the name is one of its keys
    if node.shape != "map":
        raise invalid(path, f"the service {name} is empty", "write its image", line=node.line, column=node.column)
    return ComposeService(name, node, _extended(services, name, taking), document)


def as_pairs(node: Node) -> tuple[tuple[Node, Node], ...]:
    """Return keys and values of a map, or of a list of ``KEY=VALUE``; the value of a key without one is null."""
    if node.shape != "list":
        return node.pairs
    found = []
    for one in node.items:
        name, equals, value = one.text.partition("=")
        key = replace(one, text=name, tag="str", style="'")
        tag = "str" if equals else "null"
        found.append((key, replace(one, text=value, tag=tag, style="'" if equals else "")))
    return tuple(found)


def _extended(services: Node, name: str, taking: ComposeTaking) -> dict[str, tuple[Node, Node]]:
    """Return the keys of a service over those of the services of the same file that it extends. Raises Invalid."""
    chain: dict[str, dict[str, tuple[Node, Node]]] = {}
    wanted = name
    while wanted:
        own = {key.text: (key, value) for key, value in pairs_at(services, wanted) if value.tag != "!reset"}
        chain[wanted] = own
        wanted = _base_of(services, wanted, own, taking, chain)
    *above, lowest = chain.values()
    merged = lowest
    for own in reversed(above):
        merged = {each: pair for each, pair in merged.items() if each not in _NOT_EXTENDED}
        for each, pair in own.items():
            low = merged.get(each)
            merged[each] = (pair[0], _merged(low[1], pair[1], each)) if low else pair
    return merged


def _base_of(
    services: Node, name: str, own: Mapping[str, tuple[Node, Node]], taking: ComposeTaking, seen: Container[str]
) -> str:
    """Return the service of the file that a service extends, ``""`` for none. Raises Invalid for one that is missing,
    and for a circle.
    """
    extends = own.get("extends")
    if extends is None or is_null(extends[1]):
        return ""
    key, value = extends
    if value.shape == "map" and text_at(value, "file"):
        taking.left_out(key, "extends", "other files are not read; docker compose config joins them")
        return ""
    base = value.text if value.shape == "scalar" else text_at(value, "service")
    if base in seen:
        message = f"the service {name} extends itself"
        raise invalid(taking.path, message, "remove extends", line=key.line, column=key.column)
    if get(services, base) is None:
        message = f"the service {base} that {name} extends is missing"
        raise invalid(taking.path, message, "add it", line=key.line, column=key.column)
    return base


def _merged(low: Node, high: Node, key: str) -> Node:
    """Return a value merged over another: maps are united, most lists appended."""
    if key == "environment" and {low.shape, high.shape} <= {"map", "list"}:
        low, high = (replace(one, shape="map", pairs=as_pairs(one), items=()) for one in (low, high))
    if low.shape == high.shape == "map":
        pairs = {each.text: (each, value) for each, value in low.pairs}
        for each, value in high.pairs:
            below = pairs.get(each.text)
            pairs[each.text] = (each, _merged(below[1], value, each.text) if below else value)
        return replace(high, pairs=tuple(pairs.values()))
    if low.shape == high.shape == "list" and key not in _REPLACED and high.tag != "!override":
        return replace(high, items=(*low.items, *high.items))
    return high
