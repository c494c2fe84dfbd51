"""The values of a spec that the main container of a Deployment has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....adoptable import Inferred, Manifests
from ....quantity import quantity
from ....rules.readers.objects import Container, Object, containers
from ....yaml import Node, get, is_text, items_at, key_of, text_at
from .companions import Companions
from .hand_written import refusal, source_of

_SIDES, _AMOUNTS = ("requests", "limits"), ("cpu", "memory")
_PROBES = ("readinessProbe", "livenessProbe")


def main_container(one: Object, beside: Companions, given: Manifests) -> Container:
    """Return the container that the spec describes. Raises Invalid if it is not clear which."""
    every = [each for each in containers(one) if not each.init]
    names = ", ".join(each.name for each in every)
    if asked := given.asked.get("container"):
        found = [each for each in every if each.name == asked]
        if not found:
            raise refusal(one.node, one.file.path, f"{one.shown} has no container {asked}", f"it has: {names}")
        return found[0]
    if len(every) == 1:
        return every[0]
    target = _target(beside.service)
    for chosen in (
        [each for each in every if target and target in _port_names(each)],
        [each for each in every if each.name == one.name],
        [each for each in every if items_at(each.node, "ports")],
    ):
        if len(chosen) == 1:
            return chosen[0]
    message = f"{one.shown} has {len(every)} containers, and it is not clear which is the service"
    raise refusal(every[0].node, one.file.path, message, f"choose one with --container: {names}")


def container_values(
    one: Object, main: Container, beside: Companions, given: Manifests
) -> tuple[list[Inferred], list[str]]:
    """Return the port, environment, resources and health path of a container, and notes."""
    path = one.file.path
    notes: list[str] = []
    port = _port(main, beside)
    if port is None:
        notes.append(
            f"{path}:{main.node.line}: the container {main.name} has no port: probes and ports stay as they are"
        )
    values = [] if port is None else [Inferred(("port",), int(port.text), source_of(port, path))]
    values += _env(main, path, given, notes)
    values += _resources(main, path)
    values.append(_health_path(main, path))
    return values, notes


def _target(service: Object | None) -> str:
    """Return the port of the pods that a Service sends to first: a number or a name, ``""`` if it has no ports."""
    ports = items_at(service.node, "spec", "ports") if service else ()
    http = [each for each in ports if text_at(each, "name") == "http"]
    first = next(iter([*http, *ports]), None)
    return text_at(first, "targetPort") or text_at(first, "port")


def _port_names(one: Container) -> set[str]:
    return {
        text
        for each in items_at(one.node, "ports")
        for key in ("name", "containerPort")
        if (text := text_at(each, key))
    }


def _port(main: Container, beside: Companions) -> Node | None:
    """Return the node of the port of a container: the one that the Service sends to, else http, else the first."""
    ports = [each for each in items_at(main.node, "ports") if text_at(each, "protocol") in {"", "TCP"}]
    target = _target(beside.service)
    chosen = [
        *(each for each in ports if target and target in {text_at(each, "name"), text_at(each, "containerPort")}),
        *(each for each in ports if text_at(each, "name") == "http"),
        *ports,
    ]
    node = get(chosen[0], "containerPort") if chosen else None
    return node if node is not None and node.text.isascii() and node.text.isdecimal() and len(node.text) < 6 else None


def _env(main: Container, path: str, given: Manifests, notes: list[str]) -> Iterator[Inferred]:
    items = items_at(main.node, "env")
    names = [text_at(each, "name") for each in items]
    inherited: Mapping[str, Any] = given.inherited.get("env") or {}
    others = 0
    for name, each in zip(names, items, strict=True):
        value = get(each, "value")
        if names.count(name) == 1 and value is not None and is_text(value):
            yield Inferred(("env", name), value.text, source_of(value, path), nullable=name in inherited)
        else:
            others += 1
            if name in inherited:
                yield Inferred(("env", name), None, source_of(each, path), nullable=True)
    yield from (Inferred(("env", name), None, nullable=True) for name in inherited if name not in names)
    if others:
        notes.append(
            f"{path}:{main.node.line}: {others} of the {len(items)} variables have no plain value, and stay yours"
        )


def _resources(main: Container, path: str) -> Iterator[Inferred]:
    """Yield the requests and limits; a request above its limit is not taken over."""
    for side in _SIDES:
        for what in _AMOUNTS:
            node = get(main.node, "resources", side, what)
            known = node is not None and node.shape == "scalar" and node.tag != "null"
            amounts = [text_at(main.node, "resources", each, what) for each in _SIDES]
            low, high = (quantity(each) if each else None for each in amounts)
            fits = low is None or high is None or low <= high
            value = node.text if node is not None and known and fits else None
            yield Inferred(("resources", side, what), value, source_of(node or main.node, path), nullable=True)


def _health_path(main: Container, path: str) -> Inferred:
    """Return the path of both probes, null if they differ, or are no plain HTTP probes."""
    found = [get(main.node, each, "httpGet", "path") for each in _PROBES]
    texts = {each.text for each in found if each is not None}
    first = found[0]
    if first is None or found[1] is None or len(texts) != 1:
        at = key_of(main.node, _PROBES[0]) or main.node
        return Inferred(("health_path",), None, source_of(at, path), nullable=True)
    return Inferred(("health_path",), first.text, source_of(first, path), nullable=True)
