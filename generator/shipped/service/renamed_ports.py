"""References to the name of a port that a change of the spec renames, in fields that are the user's.

A merge keeps such a reference, which then names no port: the Service has no endpoints, the probe fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import Invalid
from ...unfit import Texts, Unfit, UnitTexts
from ...yaml import Node, expand, get, items_at, parse, text_at
from .derived import file_place

_FILES = ("deploy/deployment.yaml", "deploy/service.yaml")
_POD = ("spec", "template", "spec")
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


@dataclass(frozen=True)
class _PortReference:
    """A reference to a port: where it is, and its text."""

    path: str
    document: str
    field: str
    line: int
    text: str


def unfit_ports(values: Mapping[str, Any], texts: UnitTexts) -> Sequence[Unfit]:
    """Return the references to names of ports that the files on disk have, and the merged files no longer."""
    deployment = file_place(values, _FILES[0])
    if texts.base.get(deployment) == texts.theirs.get(deployment):
        return []
    places = dict.fromkeys(file_place(values, one) for one in _FILES)
    found: list[Unfit] = []
    with suppress(Invalid):  # which the merge reports
        ours, merged = (_objects(side, places) for side in (texts.ours, texts.merged))
        if gone := _names(ours) - _names(merged):
            theirs, base = (list(_references(_objects(side, places))) for side in (texts.theirs, texts.base))
            found = [
                _unfit(one, *(_same(one, side) for side in (base, theirs)))
                for one in _references(merged)
                if one.text in gone
            ]
    return found


def _unfit(one: _PortReference, base: str | None, theirs: str | None) -> Unfit:
    reason = f"it refers to the port {one.text}, which has another name from now on"
    kept = f"kept {one.text}, but {reason}"
    return Unfit(one.path, one.field, one.line, base, one.text, theirs, reason, kept, document=one.document)


def _same(one: _PortReference, others: Sequence[_PortReference]) -> str | None:
    """Return the generated reference at the place of one: the port of a generated Service may have another name."""
    end = one.field.rpartition("]")[2]
    return next((each.text for each in others if each.document == one.document and each.field.endswith(end)), None)


def _objects(texts: Texts, places: Mapping[str, None]) -> list[tuple[str, Node]]:
    return [(path, one) for path in places if path in texts for one in expand(parse(texts[path], path), path)]


def _names(objects: Sequence[tuple[str, Node]]) -> set[str]:
    every = (each for _, one in objects for each in items_at(one, *_POD, "containers"))
    return {text_at(port, "name") for each in every for port in items_at(each, "ports")} - {""}


def _references(objects: Sequence[tuple[str, Node]]) -> Iterator[_PortReference]:
    for path, one in objects:
        named = f"{text_at(one, 'kind')}/{text_at(one, 'metadata', 'name')}"
        for each in items_at(one, *_POD, "containers"):
            for probe in _PROBES:
                for how in ("httpGet", "tcpSocket"):
                    field = f"spec.template.spec.containers[name={text_at(each, 'name')}].{probe}.{how}.port"
                    yield from _reference(path, named, field, get(each, probe, how, "port"))
        for port in items_at(one, "spec", "ports"):
            name, protocol = text_at(port, "name"), text_at(port, "protocol") or "TCP"
            at = f"name={name}" if name else f"port={text_at(port, 'port')},protocol={protocol}"
            yield from _reference(path, named, f"spec.ports[{at}].targetPort", get(port, "targetPort"))


def _reference(path: str, document: str, field: str, node: Node | None) -> Iterator[_PortReference]:
    if node is not None and node.shape == "scalar":
        yield _PortReference(path, document, field, node.line, node.text)
