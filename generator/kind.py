"""What the end-to-end tests know of KinD and kubectl plugins: node images, names, and what a spec may ask for."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from . import assets
from .quoting import has_expression
from .tree import workflow_of

# kind warns of names longer than 50; "e2e-", "-" and a checksum of 10 digits are added to it.
_NAME_LENGTH = 34
Fault = tuple[list[Any], str, str]  # where in the spec, what is wrong, what to do


def nodes(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the Kubernetes versions to test on, newest first unless the spec says otherwise, with their node images.

    A version is the minor one, as text, or a whole image, which is then named after its tag.
    """
    known: Mapping[str, str] = assets.pins()["kind"]["nodes"]
    wanted = values.get("kubernetes", {}).get("versions") or known
    return [{"version": _version(one), "image": known.get(one, one)} for one in wanted]


def plugin(values: Mapping[str, Any]) -> str:
    """Return the plugin's name as kubectl takes it: given, or the unit's name without ``kubectl-``."""
    return str(values.get("plugin") or str(values["name"]).removeprefix("kubectl-"))


def binary(plugin_name: str) -> str:
    """Return the name of a plugin's program; kubectl looks for dashes as underscores.

    Source: https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/#naming-a-plugin
    """
    return f"kubectl-{plugin_name.replace('-', '_')}"


def krew_url(version: str) -> str:
    """Return where the files of a release of krew are."""
    return f"https://github.com/kubernetes-sigs/krew/releases/download/{version}"


def krew_manifest(plugin_name: str, commit: str) -> str:
    """Return where the manifest of a plugin is, as a commit of krew's index has it."""
    return f"https://raw.githubusercontent.com/kubernetes-sigs/krew-index/{commit}/plugins/{plugin_name}.yaml"


def cluster(name: str) -> str:
    """Return the readable part of a cluster's name."""
    return f"e2e-{name[:_NAME_LENGTH].rstrip('-')}"


def watched(values: Mapping[str, Any], unit: str) -> list[str]:
    """Return the paths whose changes the workflow of a unit has to test.

    A plugin that is built here may depend on anything, unless the spec says on what.
    """
    extra = values.get("paths") or (["."] if "build" in values.get("install", {}) else [])
    if "build" in values:  # of a service: the folder that its image is built from
        source = posixpath.normpath(posixpath.join(unit, values["build"]))
        extra = ["." if source.startswith("..") else source]
    paths = dict.fromkeys((unit, workflow_of(unit).lstrip("/"), *extra))
    return ["."] if "." in paths else list(paths)


def problems(values: Mapping[str, Any]) -> list[Fault]:
    """Return what is wrong with the values of an end-to-end test, which no schema can say."""
    found: list[Fault] = []
    known = assets.pins()["kind"]["nodes"]
    versions = values.get("kubernetes", {}).get("versions", ())
    for number, one in enumerate(versions):
        if _version(one) in map(_version, versions[:number]):
            found.append((["kubernetes", "versions", number], f"{one} is there twice", "remove one"))
        elif "@" not in one and one not in known:
            message = f"there is no node image for Kubernetes {one}, only for {', '.join(known)}"
            found.append((["kubernetes", "versions", number], message, "name one of them, or an image with its digest"))
    if values.get("workflow") and has_expression(values.get("paths")):
        message = "paths holds ${{, which GitHub would read as an expression in the workflow"
        found.append((["paths"], message, "write it without"))
    if "build" in values.get("install", {}) and "krew_index" in values.get("install", {}):
        message = "the plugin cannot be both built here and installed by krew"
        found.append((["install"], message, "keep build or krew_index"))
    return found


def _version(one: str) -> str:
    """Return a short name for a node image: the tag without its v."""
    return one.partition("@")[0].rpartition(":")[2].removeprefix("v")
