"""kind's clusters for end-to-end tests: node images, names, and the files that a test depends on."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from . import assets
from .tree import leads_out, workflow_of

# kind warns about names longer than 50; "e2e-", "-" and a checksum of 10 digits are added to it.
_NAME_LENGTH = 34


def nodes(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the Kubernetes versions to test on, newest first unless the spec says otherwise, with their node images.

    A version is a minor version, as text, or a full image reference, which is then named after its tag.
    """
    known: Mapping[str, str] = assets.pins()["kind"]["nodes"]
    wanted = values.get("kubernetes", {}).get("versions") or known
    return [{"version": node_version(one), "image": known.get(one, one)} for one in wanted]


def cluster(name: str) -> str:
    """Return the readable part of a cluster's name."""
    return f"e2e-{name[:_NAME_LENGTH].rstrip('-')}"


def watched(values: Mapping[str, Any], unit: str) -> list[str]:
    """Return the paths whose changes must trigger a unit's workflow.

    A plugin that is built in this repository may depend on any path, unless the spec lists them.
    """
    extra = values.get("paths") or (["."] if "build" in values.get("install", {}) else [])
    if "build" in values:  # of a service: the build context of its image
        source = posixpath.normpath(posixpath.join(unit, values["build"]))
        extra = ["." if leads_out(source) else source]
    if "value_files" in values:  # of a chart: files of this repository, unless they are of another one
        extra = [*extra, *values["value_files"]["paths"]]
    paths = dict.fromkeys((unit, workflow_of(unit).lstrip("/"), *extra))
    return ["."] if "." in paths else list(paths)


def node_version(image: str) -> str:
    """Return a short name for a node image: the tag without its v."""
    return image.partition("@")[0].rpartition(":")[2].removeprefix("v")
