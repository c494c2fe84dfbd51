"""References to a name of a port that no port has from now on: the Service has no endpoints, the probe fails.

A merge keeps a reference of the user's to a port that a change of the spec renames, and takes a reference by name where
the user's port has no name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import Invalid
from ...unfit import Texts, Unfit, UnitTexts
from ...yaml import Node, get, items_at, text_at
from .derived import file_place, workload_place
from .unit_objects import objects_of
from .workload_class import DEPLOYMENT

_SERVICE = "deploy/service.yaml"
_POD = DEPLOYMENT.pod  # as of a StatefulSet: jobs have no ports
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
    """Return the references to ports by names that no port has in the merged files, and that the change made dead."""
    manifest = workload_place(values)
    places = dict.fromkeys((manifest, file_place(values, _SERVICE)))
    if manifest not in texts.merged or all(texts.base.get(one) == texts.theirs.get(one) for one in places):
        return []
    with suppress(Invalid):  # which the merge reports
        ours, merged = (_objects(side, places) for side in (texts.ours, texts.merged))
        before, names = list(_references(ours)), _names(merged)
        gone = _names(ours) - names
        dead = [one for one in _references(merged) if one.text not in names and not one.text.isdecimal()]
        # One that was dead before is what the user has, and not of this change.
        if new := [one for one in dead if one.text in gone or _same(one, before) != one.text]:
            theirs, base = (list(_references(_objects(side, places))) for side in (texts.theirs, texts.base))
            sides = (base, before, theirs)
            return [_unfit(one, [_same(one, side) for side in sides], is_renamed=one.text in gone) for one in new]
    return []


def _unfit(one: _PortReference, sides: Sequence[str | None], *, is_renamed: bool) -> Unfit:
    base, ours, theirs = sides
    if is_renamed:
        reason = f"it refers to the port {one.text}, which has another name from now on"
    else:
        reason = f"it would refer to a port {one.text}, and no port has that name in your file: give it the name there"
    is_merged = ours != one.text
    kept = f"{'took' if is_merged else 'kept'} {one.text}, but {reason}"
    place = (one.path, one.field, one.line)
    return Unfit(*place, base, ours, theirs, reason, kept, document=one.document, is_merged=is_merged)


def _same(one: _PortReference, others: Sequence[_PortReference]) -> str | None:
    """Return the reference of another side at the place of one: the port of a Service may have another name there."""
    end = one.field.rpartition("]")[2]
    alike = [each for each in others if each.document == one.document and each.field.endswith(end)]
    return next((each.text for each in sorted(alike, key=lambda each: each.field != one.field)), None)


def _objects(texts: Texts, places: Mapping[str, None]) -> list[tuple[str, Node]]:
    return [(one.path, one.node) for one in objects_of(texts, places)]


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
