"""Node images of kind, and the release of kind that the files of a run pin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ... import assets
from ...yaml import text_at, walk_nodes
from ..readers.expansion import unknown
from ..rule import File, Scope
from .kits import is_whole, kit

MARK = "kindest/node"  # in every text with a node image
NODE_IMAGE = re.compile(
    r"(?<![\w./-])((?:[\w.-]{1,253}(?::\d{1,5})?/){0,8}kindest/node)(?::([\w][\w.+-]*))?(@sha256:[0-9a-f]{64})?(?![\w.])"
)
# It starts with plain text, which is searched for first.
_PINNED = re.compile(
    r"sigs(?:\.k8s\.io/(?:kind@|(?<=kind\.sigs\.k8s\.io/)dl/)|/kind/releases/download/)(v\d+\.\d+\.\d+)"
)
_MINOR = re.compile(r"v?(\d+)\.(\d+)(?:\.\d+)?\Z")
FULL_VERSION = re.compile(r"v?\d+\.\d+\.\d+\Z")


@dataclass(frozen=True)
class NodeImage:
    """A node image in a text: reference, tag, digest (``""`` without one) and place."""

    text: str
    tag: str
    digest: str
    line: int
    column: int


def releases() -> Any:
    """Return node images by release of kind, tag to digest (https://github.com/kubernetes-sigs/kind/releases)."""
    return assets.data("kind-releases")


def minor(version: str) -> tuple[int, int] | None:
    """Return the major and minor number of a Kubernetes version."""
    found = _MINOR.match(version)
    return (int(found.group(1)), int(found.group(2))) if found else None


def images_in(text: str, line: int, column: int) -> Iterator[NodeImage]:
    """Yield the node images in a text that starts at a place; those that contain references are skipped."""
    if MARK not in text:
        return
    for match in NODE_IMAGE.finditer(text[:100_000]):
        if not unknown(text[match.start() : match.end() + 1]) and match.group(2):
            below = text.count("\n", 0, match.start())
            yield NodeImage(match.group(), match.group(2), (match.group(3) or "")[1:], line + below, column)


def by_minor(images: Iterable[NodeImage]) -> list[NodeImage]:
    """Return the first image of each minor version."""
    found: dict[tuple[int, int] | None, NodeImage] = {}
    for one in images:
        found.setdefault(minor(one.tag), one)
    return list(found.values())


def kind_versions(file: File, scope: Scope) -> frozenset[str]:
    """Return the versions of kind that a file pins, else those that all files of the run agree on."""
    own = _pinned(file, scope)
    if own:
        return own
    memo = scope.memo
    if "node_images.versions" not in memo:
        families = {"makefile", "workflow", "action"}
        memo["node_images.versions"] = frozenset().union(
            *(_pinned(one, scope) for one in scope.files if one.family in families)
        )
    everywhere: frozenset[str] = memo["node_images.versions"]
    return everywhere


def _pinned(file: File, scope: Scope) -> frozenset[str]:
    """Return the versions of kind that a file pins; of a Makefile, including the files around it."""
    known: dict[str, frozenset[str]] = scope.memo.setdefault("node_images.pinned", {})
    if file.path not in known:
        known[file.path] = _versions_in(file, scope)
    return known[file.path]


def _versions_in(file: File, scope: Scope) -> frozenset[str]:
    if file.family == "kind" or "kind" not in file.text.lower():
        return frozenset()
    found = set(_PINNED.findall(file.text))
    if file.family == "makefile":
        if is_whole(file) and "KIND_VERSION" not in file.text:
            return _full(found)  # without reading the Makefiles of the whole run
        makefile = kit(file, scope).makefile
        found |= {makefile.value(one) for one in makefile.variables if one.name == "KIND_VERSION"}
    elif "KIND_VERSION" in file.text or "kind-action" in file.text:
        for document in file.documents:
            found |= {
                value.text for node in walk_nodes(document) for key, value in node.pairs if key.text == "KIND_VERSION"
            }
            steps = (node for node in walk_nodes(document) if text_at(node, "uses").startswith("helm/kind-action@"))
            found |= {text_at(node, "with", "version") for node in steps}
    return _full(found)


def _full(versions: Iterable[str]) -> frozenset[str]:
    return frozenset(one if one.startswith("v") else f"v{one}" for one in versions if FULL_VERSION.match(one))
