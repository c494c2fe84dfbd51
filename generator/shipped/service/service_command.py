"""The command that creates a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...assets import backend_names
from ...creation import Command, Given, Option
from .containers import image_values

_OPTIONS = (
    Option("NAME", "Name of the service.", ("name",), question="Name of the service"),
    Option(
        "--image",
        "Image of the main container, with or without tag.",
        metavar="IMAGE[:TAG]",
        question="Image, such as ghcr.io/example/app:v1",
    ),
    Option("--container", "Name of the main container.", ("container",), default="app"),
    Option("--port", "TCP port that it listens on.", ("port",), int, default="8080"),
    Option("--replicas", "Number of pods.", ("replicas",), int, default="1"),
    Option("--namespace", "Namespace.", ("namespace", "name"), default="NAME"),
    Option(
        "--create-namespace/--no-create-namespace",
        "Whether this unit makes the Namespace.",
        ("namespace", "create"),
        bool,
    ),
    Option("--tag", "Tag to start from."),
    Option("--tag-glob", "Tags that automation may take.", default="follows from the tag"),
    Option("--tag-semver", "The same as a version range."),
    Option("--tag-regexp", "The same as a regular expression (RE2)."),
    Option(
        "--automation",
        "What updates image tags.",
        ("automation",),
        choices=backend_names(),
        default="the config's",
    ),
    Option("--e2e/--no-e2e", "Whether it has a test on kind.", ("e2e",), bool, default="yes"),
    Option("--build", "Where that test builds the image; else it is pulled.", ("build",), metavar="DIR"),
    Option("--workflow/--no-workflow", "Whether that test has its own workflow.", ("workflow",), bool, default="no"),
)


def _read(given: Mapping[str, Any]) -> Sequence[Given]:
    patterns = {method: given.get(f"tag_{method}") for method in ("glob", "semver", "regexp")}
    found = image_values(given["image"], given.get("tag"), patterns)
    return [Given(*one) for one in found if one[1] is not None]


COMMAND = Command(
    "Create a service.\n\n"
    "Namespace, ServiceAccount, Deployment with image automation, Service, kustomization and end-to-end test.",
    lambda name: f"services/{name}",
    _OPTIONS,
    (
        "scaffold new-service payments --image ghcr.io/example/payments:v1.2.3",
        "scaffold new-service web --image ghcr.io/example/web --tag main-1a2b3c4 --tag-glob 'main-*' --port 3000",
        "scaffold new-service payments --image ghcr.io/example/payments --replicas 3 --update",
    ),
    _read,
)
