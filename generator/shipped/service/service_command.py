"""The command that creates a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...assets import backend_names
from ...creation import Command, FileGiven, FileOption, FromFile, FurtherQuestion, Given, Option
from ...errors import invalid
from ...images.policies import METHODS
from .canary_providers import PROVIDERS
from .containers import image_values

_OPTIONS = (
    Option("NAME", "Name of the service.", ("name",), question="Name of the service"),
    Option(
        "--image",
        "Image of the main container, with or without a tag.",
        metavar="IMAGE[:TAG]",
        question="Image, such as ghcr.io/example/app:v1",
    ),
    Option(
        "--from",
        "Compose file to take the values of the spec from: image, ports, variables, volumes and others.",
        metavar="FILE",
        repeats=True,  # to refuse several
    ),
    Option("--service", "Service of the Compose file, if it has several.", metavar="NAME"),
    Option("--container", "Name of the main container.", default="app"),
    Option("--port", "TCP port of the main container.", ("port",), int, default="8080"),
    Option("--health-path", "HTTP path of the probes; without it they only connect.", ("health_path",), metavar="PATH"),
    Option("--host", "Host name of an Ingress, or of an HTTPRoute with --gateway. May be repeated.", repeats=True),
    Option("--ingress-class", "Class of the Ingress.", ("ingress", "class"), default="the cluster's"),
    Option("--gateway", "Gateway of an HTTPRoute.", metavar="NAMESPACE/NAME"),
    Option("--replicas", "Number of pods.", ("replicas",), int, default="1"),
    Option("--namespace", "Namespace.", ("namespace", "name"), default="NAME"),
    Option(
        "--create-namespace/--no-create-namespace",
        "Whether the unit creates the Namespace.",
        ("namespace", "create"),
        bool,
    ),
    Option("--tag", "Initial tag."),
    Option("--tag-glob", "Glob of tags that automation may deploy.", default="follows from the tag"),
    Option("--tag-semver", "Version range of tags that automation may deploy."),
    Option("--tag-regexp", "Regular expression (RE2) of tags that automation may deploy."),
    Option("--tag-numerical", "Regular expression of tags, ordered by its named group as a number."),
    Option("--tag-alphabetical", "Regular expression of tags, ordered by its named group as text."),
    Option(
        "--automation",
        "What updates image tags.",
        ("automation",),
        choices=backend_names(),
        default="the config's",
    ),
    Option(
        "--canary",
        "What shifts traffic to new versions, by Flagger; more settings are in the spec.",
        ("canary", "provider"),
        choices=tuple(PROVIDERS),
        metavar="PROVIDER",
    ),
    Option(
        "--environment",
        "An environment with an overlay of its own; its values are in the spec. May be repeated.",
        metavar="NAME",
        repeats=True,
    ),
    Option("--e2e/--no-e2e", "Whether to generate a test on kind.", ("e2e",), bool, default="yes"),
    Option("--build", "Folder with the Dockerfile, for the test and the images workflow.", ("build",), metavar="DIR"),
    Option(
        "--workflow/--no-workflow", "Whether to generate a workflow for the test.", ("workflow",), bool, default="no"
    ),
)


def _read(given: Mapping[str, Any]) -> Sequence[Given]:
    if given.get("service") and not given.get("from_"):
        raise invalid("--service", "names a service of a Compose file, and there is none", "add --from FILE")
    patterns = {method: given.get(f"tag_{method}") for method in METHODS}
    found = image_values(given["image"], given.get("tag"), patterns)
    environments = [Given(("environments", name), {}, "--environment") for name in given.get("environment") or ()]
    container = ("container", "name") if given.get("from_") else ("container",)  # the file may have fields of it
    named = [Given(container, given["container"], "--container")] if given.get("container") else []
    return [*(Given(*one) for one in found if one[1] is not None), *environments, *named, *_exposed(given)]


def _exposed(given: Mapping[str, Any]) -> Sequence[Given]:
    """Return what exposes the service: an HTTPRoute with a Gateway, else an Ingress with a host. Raises Invalid."""
    hosts, gateway = given.get("host"), given.get("gateway")
    listed = [hosts] if isinstance(hosts, str) else list(hosts or ())
    if given.get("ingress_class") and (gateway or not listed):
        raise invalid("--ingress-class", "is of an Ingress, and there is none", "add --host, without --gateway")
    if not gateway:
        return [Given(("ingress", "hosts"), listed, "--host")] if listed else []
    namespace, slash, name = gateway.partition("/")
    if not (namespace and slash and name):
        raise invalid("--gateway", f"is {gateway!r}, not NAMESPACE/NAME", "write it as in gateways/public")
    found = [Given(("http_route", "parents"), [{"name": name, "namespace": namespace}], "--gateway")]
    return [*found, Given(("http_route", "hosts"), listed, "--host")] if listed else found


def _from_compose(given: FileGiven) -> FromFile:
    from .compose import from_compose  # noqa: PLC0415 - only for such a file

    return from_compose(given)


_EXPOSURES = ("none", "ingress", "gateway")


def _further(answers: Mapping[str, Any], inherited: Mapping[str, Any]) -> FurtherQuestion | None:
    """Return the next question about what matters and is not given: port, health path, namespace, exposure."""
    is_known = inherited.get("ports") is not None or answers.get("from_")
    namespace = inherited.get("namespace", {}).get("name") or answers["name"]
    asked = [] if is_known else [
        FurtherQuestion("port", "Port of the container", str(inherited.get("port", ""))),
        FurtherQuestion("health_path", "HTTP path of the probes", inherited.get("health_path", "none, they connect")),
    ]  # fmt: skip
    asked.append(FurtherQuestion("namespace", "Namespace", str(namespace)))
    is_exposed = any(answers.get(key) for key in ("host", "gateway")) and "exposure" not in answers
    if not is_exposed:
        text = f"Who reaches it from outside: {', '.join(_EXPOSURES)}"
        asked.append(FurtherQuestion("exposure", text, "none", _EXPOSURES))
    if answers.get("exposure") == "ingress":
        asked.append(FurtherQuestion("host", "Host name, such as shop.example.com", "no Ingress"))
        if answers.get("host"):
            asked.append(FurtherQuestion("ingress_class", "Class of the Ingress", "the cluster's"))
    if answers.get("exposure") == "gateway":
        asked.append(FurtherQuestion("gateway", "Gateway, NAMESPACE/NAME", "no HTTPRoute"))
        if answers.get("gateway"):
            asked.append(FurtherQuestion("host", "Host name of the route", "the Gateway's"))
    return next((one for one in asked if one.key not in answers), None)


COMMAND = Command(
    "Create a service.\n\n"
    "Namespace, ServiceAccount, Deployment with image automation, Service, kustomization and end-to-end test.",
    lambda name: f"services/{name}",
    _OPTIONS,
    (
        "scaffold new-service payments --image ghcr.io/example/payments:v1.2.3",
        "scaffold new-service web --image ghcr.io/example/web:v1.0.0 --port 3000 --host web.example.com",
        "scaffold new-service --from docker-compose.yaml --service worker",
    ),
    _read,
    file=FileOption("from_", _from_compose, frozenset({("build",)})),
    further=_further,
)
