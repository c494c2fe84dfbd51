"""Effects of a new or removed service on other units, one of which may create its namespace, or need it."""

from __future__ import annotations

from ...creation import Consequences, NewUnit, Where
from ...errors import invalid
from ...succession import RemovedUnit, SharedNeed
from ...yaml import parse, plain, scalar
from .containers import automation
from .derived import makes_namespace
from .workload_class import WORKLOADS, workload_class

_CREATE: Where = ("namespace", "create")


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
    if _CREATE in unit.given and values["namespace"].get("create") and not makes_namespace(values):
        notes.append(f"the namespace {values['namespace']['name']} exists in every cluster, so none is created")
    _check_automation(unit)
    other = _maker_of_namespace(unit)
    if other:
        notes.append(f"{other} already creates this namespace, so namespace.create is false here")
    return Consequences({_CREATE: False} if other else {}, tuple(notes))


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
            place = f"  namespace: {scalar(name)}"
            if units := [each for one in WORKLOADS for each in unit.generating(f"kind: {one.sort}", place)]:
                found.append(SharedNeed(f"the namespace {name}", tuple(sorted(units)), {_CREATE: True}))
    return found


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
    name, namespace = values["name"], values["namespace"].get("name", values["name"])
    lines = (f"kind: {workload_class(values).sort}", f"  name: {scalar(name)}", f"  namespace: {scalar(namespace)}")
    if other := unit.maker(*lines):
        raise invalid("NAME", f"{other} already creates {name} in the namespace {namespace}", "choose another name")
    if not values["namespace"].get("create"):
        return ""
    other = unit.maker("kind: Namespace", f"  name: {scalar(namespace)}")
    if other and _CREATE in unit.given:
        message = f"{other} already creates the namespace {namespace}"
        raise invalid("--create-namespace", message, "omit it: only one unit can create a namespace")
    return other
