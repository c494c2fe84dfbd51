"""The values of a spec that the main container of a Deployment has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....adoptable import HandWritten, Inferred
from ....errors import Invalid
from ....quantity import quantity
from ....rules.readers.objects import Container, Object, containers
from ....yaml import Node, get, is_text, items_at, plain, text_at
from .companions import Companions
from .hand_written import node_source, not_adoptable
from .port_values import port_values, sends_to, served_port

_SIDES, _AMOUNTS = ("requests", "limits"), ("cpu", "memory")


def main_container(one: Object, beside: Companions, given: HandWritten) -> Container:
    """Return the container that the spec describes. Raises Invalid if it is not clear which."""
    every = [each for each in containers(one) if not each.init]
    names = ", ".join(each.name for each in every)
    if asked := given.asked.get("container"):
        found = [each for each in every if each.name == asked]
        if not found:
            raise not_adoptable(one.node, one.file.path, f"{one.shown} has no container {asked}", f"it has: {names}")
        return found[0]
    if len(every) == 1:
        return every[0]
    served = served_port(beside.service)
    for chosen in (
        [each for each in every if any(sends_to(served, port) for port in items_at(each.node, "ports"))],
        [each for each in every if each.name == one.name],
        [each for each in every if items_at(each.node, "ports")],
    ):
        if len(chosen) == 1:
            return chosen[0]
    message = f"{one.shown} has {len(every)} containers, and it is not clear which is the service"
    raise not_adoptable(every[0].node, one.file.path, message, f"choose one with --container: {names}")


def container_values(
    one: Object, main: Container, beside: Companions, given: HandWritten
) -> tuple[list[Inferred], list[str]]:
    """Return the environment, resources, port and probes of a container, and notes."""
    path = one.file.path
    notes: list[str] = []
    values = [*_env(main, path, given, notes), *_resources(main, path)]
    return [*values, *port_values(one, main, beside, notes)], notes


def _env(main: Container, path: str, given: HandWritten, notes: list[str]) -> Iterator[Inferred]:
    items = items_at(main.node, "env")
    names = [text_at(each, "name") for each in items]
    inherited: Mapping[str, Any] = given.inherited.get("env") or {}
    others: list[str] = []
    for name, each in zip(names, items, strict=True):
        value = get(each, "value")
        if names.count(name) == 1 and value is not None and is_text(value):
            yield Inferred(("env", name), value.text, node_source(value, path), nullable=name in inherited)
        else:
            others.append(name)
            if name in inherited:
                yield Inferred(("env", name), None, node_source(each, path), nullable=True)
    yield from (Inferred(("env", name), None, nullable=True) for name in inherited if name not in names)
    if others:
        notes.append(f"{path}:{main.node.line}: variables without a plain value stay yours: {', '.join(others)}")


def _resources(main: Container, path: str) -> Iterator[Inferred]:
    """Yield the requests and limits; a request above its limit is not taken over."""
    for side in _SIDES:
        for what in _AMOUNTS:
            node = get(main.node, "resources", side, what)
            known = node is not None and node.shape == "scalar" and node.tag != "null"
            amounts = [text_at(main.node, "resources", each, what) for each in _SIDES]
            low, high = (quantity(each) if each else None for each in amounts)
            fits = low is None or high is None or low <= high
            value = _amount(node) if node is not None and known and fits else None
            yield Inferred(("resources", side, what), value, node_source(node or main.node, path), nullable=True)


def _amount(node: Node) -> str | int | float | None:
    """Return an amount as the file has it, a number or text, so that a change of the spec is one of this value."""
    found: str | int | float | None = node.text
    if node.tag in {"int", "float"}:
        try:
            found = plain(node, "")
        except Invalid:
            found = None
    return found
