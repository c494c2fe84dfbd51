"""Effects of a new service on other units, one of which may create its namespace."""

from __future__ import annotations

from ...creation import Consequences, NewUnit
from ...errors import invalid
from ...unit_namespace import CREATE, makes_namespace, namespace, other_maker
from ...yaml import scalar
from .containers import automation
from .workload_class import workload_class


def consequences(unit: NewUnit) -> Consequences:
    """Return the consequences of a new service.

    Raises Invalid if another unit creates the service, or the requested namespace: Flux v1 refuses a whole repository
    that defines an object twice.
    """
    values = unit.values
    notes: list[str] = []
    sort = workload_class(values).sort
    if "tag" not in values:
        notes.append(f"no tag was set: the {sort} starts from one that matches the tag policy; see its image")
    if CREATE in unit.given and values["namespace"].get("create") and not makes_namespace(values):
        notes.append(f"the namespace {values['namespace']['name']} exists in every cluster, so none is created")
    _check_automation(unit)
    other = _maker_of_namespace(unit)
    if other:
        notes.append(f"{other} already creates this namespace, so namespace.create is false here")
    return Consequences({CREATE: False} if other else {}, tuple(notes))


def _check_automation(unit: NewUnit) -> None:
    """Raise Invalid if another unit creates an object of image automation, whose namespace all services share."""
    for one in automation(unit.values).objects:
        sort, metadata = one.data["kind"], one.data["metadata"]
        lines = (f"  name: {scalar(metadata['name'])}", f"  namespace: {scalar(metadata['namespace'])}")
        if other := unit.maker(f"kind: {sort}", *lines):
            message = f"{other} already creates the {sort} {metadata['name']} in {metadata['namespace']}"
            raise invalid("NAME", message, "choose another name, or another name of the container (--container)")


def _maker_of_namespace(unit: NewUnit) -> str:
    """Return the spec of the unit that already creates the namespace of a new service, or ``""``. Raises Invalid."""
    values = unit.values
    name, place = values["name"], namespace(values)
    lines = (f"kind: {workload_class(values).sort}", f"  name: {scalar(name)}", f"  namespace: {scalar(place)}")
    if other := unit.maker(*lines):
        raise invalid("NAME", f"{other} already creates {name} in the namespace {place}", "choose another name")
    return other_maker(unit, "--create-namespace")
