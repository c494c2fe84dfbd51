"""The Namespaces of a run."""

from __future__ import annotations

from collections.abc import Mapping

from ..readers.objects import Object, all_objects
from ..rule import Scope


def created_namespaces(scope: Scope) -> Mapping[str, list[Object]]:
    """Return the Namespaces of the run by name."""
    if "namespaces.created" not in scope.memo:
        found: dict[str, list[Object]] = {}
        for one in all_objects(scope):
            if is_namespace(one):
                found.setdefault(one.name, []).append(one)
        scope.memo["namespaces.created"] = found
    known: Mapping[str, list[Object]] = scope.memo["namespaces.created"]
    return known


def is_namespace(one: Object) -> bool:
    """Tell whether an object is a Namespace whose name is no placeholder."""
    return (one.api, one.sort) == ("v1", "Namespace") and bool(one.name) and not {"$", "{"} & set(one.name)
