"""Which objects the target of a patch selects.

Source: kubernetes-sigs/kustomize, ``api/types/selector.go`` and ``api/resmap``: regular expressions that match the
whole text, of the first or the present name and namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ... import regex
from ...yaml import Node, text_at
from .resources import Resource, Unbuildable, labels_of

_REQUIREMENT = re.compile(r"(!?)\s*([A-Za-z0-9][A-Za-z0-9._/-]*)\s*(?:(=|==|!=)\s*([A-Za-z0-9._-]*))?\Z")


def selected(target: Node, among: Sequence[Resource]) -> Iterator[Resource]:
    """Yield the objects that a target selects. Raises Unbuildable for a selector that is not known here."""
    wanted = {key: text_at(target, key) for key in ("group", "version", "kind", "name", "namespace")}
    labels, notes = text_at(target, "labelSelector"), text_at(target, "annotationSelector")
    for one in among:
        if not all(_is(wanted[key], own) for key, own in _type(one)):
            continue
        ids = one.original, one.id
        if wanted["namespace"] and not any(_is(wanted["namespace"], x.effective_namespace) for x in ids):
            continue
        if wanted["name"] and not any(_is(wanted["name"], x.name) for x in ids):
            continue
        if has_labels(labels, labels_of(one.node)) and has_labels(notes, labels_of(one.node, "annotations")):
            yield one


def _type(one: Resource) -> tuple[tuple[str, str], ...]:
    return ("group", one.id.group), ("version", one.id.version), ("kind", one.id.sort)


def _is(pattern: str, text: str) -> bool:
    if not pattern or pattern == text:
        return True
    if regex.fault(f"^(?:{pattern})$"):
        raise Unbuildable("unknown")
    return regex.search(f"^(?:{pattern})$", text)


def has_labels(selector: str, labels: Mapping[str, str]) -> bool:
    """Tell whether labels meet the requirements of a selector as text."""
    for part in selector.split(",") if selector.strip() else ():
        found = _REQUIREMENT.match(part.strip())
        if found is None:
            raise Unbuildable("unknown")
        bang, key, sign, value = found.groups()
        if bang and sign:
            raise Unbuildable("unknown")
        if not sign:
            if (key in labels) == bool(bang):
                return False
        elif (labels.get(key) == value) == (sign == "!="):
            return False
    return True
