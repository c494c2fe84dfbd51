"""What a new service means for the units around it: one of them may make its namespace already."""

from __future__ import annotations

from ...creation import Consequences, NewUnit, Where
from ...errors import invalid
from ...yaml import scalar
from .derived import makes_namespace

_CREATE: Where = ("namespace", "create")


def consequences(unit: NewUnit) -> Consequences:
    """Return what follows from a new service.

    Raises Invalid if another unit makes the service itself, or the namespace that was asked for: Flux v1 refuses a
    whole repository in which an object is duplicated.
    """
    values = unit.values
    notes: list[str] = []
    if "tag" not in values:
        notes.append("no tag was named: the Deployment starts from one that the tag policy takes; see its image")
    if _CREATE in unit.given and values["namespace"].get("create") and not makes_namespace(values):
        notes.append(f"every cluster has the namespace {values['namespace']['name']}, so that none is made")
    other = _maker_of_namespace(unit)
    if other:
        notes.append(f"{other} makes this namespace already, so namespace.create is false here")
    return Consequences({_CREATE: False} if other else {}, tuple(notes))


def _maker_of_namespace(unit: NewUnit) -> str:
    """Return the spec of the unit that already makes the namespace of a new service, or ``""``. Raises Invalid."""
    values = unit.values
    name, namespace = values["name"], values["namespace"].get("name", values["name"])
    lines = ("kind: Deployment", f"  name: {scalar(name)}", f"  namespace: {scalar(namespace)}")
    if other := unit.maker(*lines):
        raise invalid("NAME", f"{other} makes {name} in the namespace {namespace} already", "choose another name")
    if not values["namespace"].get("create"):
        return ""
    other = unit.maker("kind: Namespace", f"  name: {scalar(namespace)}")
    if other and _CREATE in unit.given:
        message = f"{other} makes the namespace {namespace} already"
        raise invalid("--create-namespace", message, "leave it out: one unit makes a namespace")
    return other
