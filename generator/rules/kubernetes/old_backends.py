"""Backends of an Ingress in the form of ``networking.k8s.io/v1beta1``: one fault, though the schema has several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...finding import Finding
from ...schema_words import Fault, name_of
from ..readers.objects import Object

_OLD = frozenset({"serviceName", "servicePort"})


def without_repeats(one: Object, found: Iterable[tuple[Fault, Finding]]) -> Iterator[Finding]:
    """Yield the findings of an object, of an Ingress in the old form one for each backend."""
    if one.sort != "Ingress":
        yield from (finding for _, finding in found)
        return
    every = list(found)
    old = {fault.where for fault, _ in every if not _OLD.isdisjoint(fault.keys)}
    told = set()
    for fault, finding in every:
        if (*fault.where, "backend") in old and fault.expected == "pathType":
            continue
        if fault.where not in old or not _OLD.issuperset(fault.keys):
            yield finding
        elif fault.where not in told:
            told.add(fault.where)
            message = f"{name_of(fault.where)} has the fields of networking.k8s.io/v1beta1"
            hint = "write service.name and service.port.number, or service.port.name, and a pathType beside the path"
            yield Finding(finding.line, finding.column, message, hint)
