"""The command that creates a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...assets import backend_names
from ...creation import Command, Given, Option
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
    Option("--container", "Name of the main container.", ("container",), default="app"),
    Option("--port", "TCP port of the main container.", ("port",), int, default="8080"),
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
    patterns = {method: given.get(f"tag_{method}") for method in METHODS}
    found = image_values(given["image"], given.get("tag"), patterns)
    environments = [Given(("environments", name), {}, "--environment") for name in given.get("environment") or ()]
    return [*(Given(*one) for one in found if one[1] is not None), *environments]


COMMAND = Command(
    "Create a service.\n\n"
    "Namespace, ServiceAccount, Deployment with image automation, Service, kustomization and end-to-end test.",
    lambda name: f"services/{name}",
    _OPTIONS,
    (
        "scaffold new-service payments --image ghcr.io/example/payments:v1.2.3",
        "scaffold new-service web --image ghcr.io/example/web --tag main-1a2b3c4-1718000000 --port 3000",
        "scaffold new-service payments --image ghcr.io/example/payments --environment prod --update",
    ),
    _read,
)
