"""Take the values of a spec from a service of a Compose file. What is not taken over is told, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ....assets import schema_text
from ....creation import FileGiven, FromFile
from ....errors import Invalid, Problem
from ....images.references import parse_reference
from ....schema import schema_data
from .compose_file import ComposeService, compose_service
from .compose_health import ComposeHealth, compose_health, is_disabled, take_probes
from .compose_left_out import tell_left_out, tell_shapes
from .compose_ports import ComposePort, compose_ports, take_asked_port, take_ports
from .compose_process import (
    pod_count,
    take_build,
    take_command,
    take_identity,
    take_resources,
    tell_deploy,
)  # fmt: skip
from .compose_taking import ComposeTaking, short_text
from .compose_variables import take_variables
from .compose_volumes import take_volumes

__all__ = ["from_compose"]

_CONFINED = (
    "pods do not run as root, and write only to /tmp and volumes: see that the image can, or set user, volumes, "
    "pod_security and container.securityContext"
)
_UNFIT = re.compile(r"[^a-z0-9]+")


def from_compose(given: FileGiven) -> FromFile:
    """Return what a Compose file says of the service that ``--service`` names, or of its only one.

    ``given.asked`` has the options of the command; what they set is not taken from the file. Raises Invalid for what is
    no Compose file, and for variables without a value.
    """
    taking = ComposeTaking(given.path)
    one = compose_service(given.text, given.path, given.asked.get("service"), taking)
    unit = str(given.asked.get("name") or _unit_name(one.name))
    answers: dict[str, Any] = {"name": unit}
    if unit != one.name and "name" not in given.asked:
        taking.note(one.node, f"the unit is {unit}, since no object can have the name {short_text(one.name)}")
    if "image" not in given.asked:
        answers |= _image(one, given, taking)
    take_build(one, taking)
    health = compose_health(one, taking)
    _take_served(one, health, given, taking)
    several = pod_count(one, taking) > 1
    take_resources(one, taking)
    take_variables(one, unit, taking)
    take_volumes(one, unit, several, taking)
    take_command(one, taking)
    take_identity(one, taking)
    if not (one.get("user") and one.get("read_only")):
        taking.note(one.node, _CONFINED)
    tell_left_out(one, taking)
    tell_shapes(one, taking)
    tell_deploy(one, taking)
    if taking.problems:
        raise Invalid(list(dict.fromkeys(taking.problems)))
    absent = {"image": f"the service {one.name} of {given.path} has none"}
    if one.get("build"):
        absent = {
            "image": f"the service {one.name} of {given.path} is built; name the image that the build is pushed as"
        }
    return FromFile(answers, tuple(taking.values), tuple(_notes(taking)), absent)


def _take_served(one: ComposeService, health: ComposeHealth | None, given: FileGiven, taking: ComposeTaking) -> None:
    """Take ports and probes over; a port that the command names replaces those of the file."""
    ports = compose_ports(one, taking)
    asked = given.asked.get("port")
    if asked is not None:
        take_asked_port(asked, ports, taking)
        number = asked
    else:
        if not ports and health and health.http:
            ports = [ComposePort(health.http.port, None, health.node)]
            taking.note(health.node, f"the port is {health.http.port}, which the health check asks")
        take_ports(ports, one, taking)
        number = next((each.number for each in ports if each.protocol == "TCP"), None)
    if health and "health_path" not in given.asked:
        take_probes(health, one, number, taking)
    elif is_disabled(one, taking):
        text = "the health check is off in Compose; the probes of the spec are on"
        if number is None:
            text = "the health check is off in Compose; the spec has no probes either"
        taking.note(one.get("healthcheck") or one.node, text)


def _image(one: ComposeService, given: FileGiven, taking: ComposeTaking) -> dict[str, str]:
    """Return the image as ``--image`` takes it: without a digest, and without a tag that says no version."""
    node = one.get("image")
    text = taking.text(node)
    if node is None or text is None:
        return {}
    name, at, _ = text.partition("@")
    found = parse_reference(name)
    if not re.search(str(schema_data(schema_text("service"))["properties"]["image"]["pattern"]), found.name):
        message, hint = f"{short_text(text)} is no image", "write [registry/]path[:tag], the path in lower case"
        taking.problems.append(Problem(given.path, node.line, node.column, message, hint))
        return {"image": found.name}
    if at:
        taking.left_out(node, "the digest of the image", "image automation moves tags")
    if "tag" in given.asked:
        return {"image": found.name}
    if found.tag.lower() == "latest":
        taking.left_out(node, f"the tag {found.tag}", "it says no version; give one with --tag")
        return {"image": found.name}
    return {"image": name}


def _unit_name(service: str) -> str:
    """Return the name of a unit for a service of Compose, whose names have more characters."""
    name = _UNFIT.sub("-", service.lower()).strip("-")[:63].rstrip("-")
    return name if name[:1].isalpha() else f"s-{name}"[:63].rstrip("-")


def _notes(taking: ComposeTaking) -> Iterator[str]:
    for line, text in sorted(dict.fromkeys(taking.notes), key=lambda each: each[0]):
        yield f"{taking.path}:{line}: {text}"
