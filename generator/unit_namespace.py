"""The namespace that the objects of a unit are in, and that one of the units which share it creates.

Flux v1 refuses a whole repository that defines an object twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .creation import NewUnit, Where
from .errors import invalid
from .succession import RemovedUnit, SharedNeed
from .yaml import parse, plain, scalar

NAME_LABEL, MANAGED_BY = "app.kubernetes.io/name", "app.kubernetes.io/managed-by"
BUILT_IN_NAMESPACE = re.compile(r"default|kube-.*")
CREATE: Where = ("namespace", "create")
# The objects whose namespace a unit needs, as lines of its files, and the line that names the namespace.
_NEEDING = (
    *((f"kind: {one}", "  namespace: {}") for one in ("Deployment", "StatefulSet", "CronJob")),
    ("kind: HelmRelease", "  namespace: {}"),
    ("kind: HelmRelease", "  targetNamespace: {}"),
)


def namespace(values: Mapping[str, Any]) -> str:
    """Return the namespace of a unit: by default its name."""
    return str(values["namespace"].get("name", values["name"]))


def makes_namespace(values: Mapping[str, Any]) -> bool:
    """Return whether the unit creates the Namespace; never one that exists in every cluster."""
    return bool(values["namespace"].get("create")) and not BUILT_IN_NAMESPACE.fullmatch(namespace(values))


def other_maker(unit: NewUnit, option: str) -> str:
    """Return the spec of the unit that already creates the namespace of a new one, or ``""``.

    Raises Invalid, at ``option``, if the user wants the new unit to create it too.
    """
    if not unit.values["namespace"].get("create"):
        return ""
    name = namespace(unit.values)
    other = unit.maker("kind: Namespace", f"  name: {scalar(name)}")
    if other and CREATE in unit.given:
        message = f"{other} already creates the namespace {name}"
        raise invalid(option, message, "omit it: only one unit can create a namespace")
    return other


def needed_namespaces(unit: RemovedUnit) -> list[SharedNeed]:
    """Return the namespaces that only a removed unit creates, and that other units need."""
    found = []
    for text in unit.files.values():
        if "kind: Namespace" not in text.split("\n"):
            continue
        for node in parse(text, ""):
            name = plain(node, "").get("metadata", {}).get("name")
            if not isinstance(name, str) or unit.has_object("Namespace", name):
                continue
            lines = ((sort, line.format(scalar(name))) for sort, line in _NEEDING)
            if units := sorted({one for each in lines for one in unit.generating(*each)}):
                found.append(SharedNeed(f"the namespace {name}", tuple(units), {CREATE: True}))
    return found
