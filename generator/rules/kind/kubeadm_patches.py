"""kubeadm patches in a kind configuration, and the nodes that they apply to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import Invalid
from ...images.references import parse_reference
from ...yaml import Node, items_at, parse, text_at
from ..readers.expansion import unknown
from ..rule import File, Scope
from .kits import kit
from .node_images import minor

Version = tuple[int, int]
_KEYS = ("kubeadmConfigPatches", "kubeadmConfigPatchesJSON6902")


@dataclass(frozen=True)
class Patch:
    """A patch of one object, with the minor versions of the images of the nodes that it applies to.

    ``broken`` is the error of a text that is not valid YAML; the other fields are then not known.
    """

    sort: str
    api: str
    document: Node | None
    item: Node
    line: int
    versions: tuple[Version | None, ...]
    broken: str = ""


def patches_in(file: File, document: Node, scope: Scope) -> list[Patch]:
    """Return the patches of a cluster: those for all nodes, and those of each node."""
    nodes = items_at(document, "nodes")
    if not any(items_at(one, key) for one in (document, *nodes) for key in _KEYS):
        return []  # without a look at the Makefiles of the whole run
    asked = _asked(file, scope)
    images = [text_at(node, "image") for node in nodes] or [""]
    versions = [(asked or [image])[0] for image in images] if len(asked) <= 1 else asked
    minors = tuple(dict.fromkeys(_minor_of(one) for one in versions))
    found = list(_patches_of(file, document, minors))
    for node in nodes:
        own = asked or [text_at(node, "image")]
        found += _patches_of(file, node, tuple(dict.fromkeys(_minor_of(one) for one in own)))
    return found


def _asked(file: File, scope: Scope) -> list[str]:
    """Return the images that Makefiles pass as ``--image`` when they create a cluster with this configuration."""
    memo = scope.memo
    if "cluster_config.asked" not in memo:
        by_config: dict[str, list[str]] = {}
        for other in scope.files:
            if other.family == "makefile":
                one = kit(other, scope)
                for step in one.creates:
                    config, image = step.call.option("--config"), step.call.option("--image")
                    if config and image and not unknown(config):
                        by_config.setdefault(one.path_of(config), []).append(image)
        memo["cluster_config.asked"] = by_config
    found: list[str] = memo["cluster_config.asked"].get(file.path, [])
    return found


def _minor_of(image: str) -> Version | None:
    if unknown(image):
        return None
    return minor(parse_reference(image).tag)


def _patches_of(file: File, node: Node, versions: tuple[Version | None, ...]) -> Iterator[Patch]:
    for item in items_at(node, _KEYS[0]):
        if item.shape != "scalar":
            continue
        try:
            documents = parse(item.text, file.path)
        except Invalid as error:
            first = error.problems[0]
            yield Patch("", "", None, item, line_in_file(item, first.line), versions, first.message)
            continue
        for one in documents:
            if one.shape == "map":
                sort, api = text_at(one, "kind"), text_at(one, "apiVersion")
                yield Patch(sort, api, one, item, line_in_file(item, one.line), versions)
    for item in items_at(node, _KEYS[1]):
        version, group = text_at(item, "version"), text_at(item, "group")
        api = f"{group}/{version}" if version else ""
        yield Patch(text_at(item, "kind"), api, None, item, item.line, versions)


def line_in_file(item: Node, line: int) -> int:
    """Return the line in the file for a line of a block scalar's text."""
    return item.line + line if item.style in {"|", ">"} else item.line
