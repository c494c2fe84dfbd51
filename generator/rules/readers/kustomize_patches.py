"""Patches and replacements of everything that builds a file, and the objects that they are for.

Sources: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/ and replacements/, and RFC 6902.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ... import regex
from ...errors import Invalid
from ...yaml import Node, expand, get, is_text, items_at, parse, text_at, walk_nodes
from ..rule import Scope
from .kustomize_builds import BuildLayer, build_layers
from .objects import Object

_KEYS = ("patches", "patchesStrategicMerge", "patchesJson6902")
_STEPS = re.compile(r"[.\[\]/]")  # between the parts of a path of a field, in the syntax of replacements


@dataclass(frozen=True)
class PatchText:
    """A document of a patch: the path of its text, its content, and what it is for, None if the content says."""

    path: str
    content: Node
    target: Node | None

    @property
    def keys(self) -> Iterator[tuple[str, str]]:
        """The keys that it sets, each with the name beside it (of a container), or ``""``.

        An operation of JSON Patch sets the last part of its path, and the keys of its value.
        """
        for node in walk_nodes(self.content):
            yield from ((key.text, text_at(node, "name")) for key, _ in node.pairs)
        for operation in self.content.items:
            last = text_at(operation, "path").rpartition("/")[2]
            yield last.replace("~1", "/").replace("~0", "~"), ""


def patches_of(one: Object, scope: Scope) -> Iterator[PatchText]:
    """Yield the patches of an object, by whatever builds its file."""
    yield from _patches_for(_layers_of(one, scope), one.sort, one.name, scope)


def patches_for(path: str, sort: str, name: str, scope: Scope) -> Iterator[PatchText]:
    """Yield the patches of a type and name, by whatever builds a file."""
    yield from _patches_for(build_layers(path, scope), sort, name, scope)


def _layers_of(one: Object, scope: Scope) -> Sequence[BuildLayer]:
    """Return what changes an object: of one that is as kustomizations build it, only what changes it later."""
    layers = build_layers(one.file.path, scope)
    return [x for x in layers if not x.is_kustomization] if one.file.built_by else layers


def _patches_for(layers: Sequence[BuildLayer], sort: str, name: str, scope: Scope) -> Iterator[PatchText]:
    is_renamed = any(get(layer.fields, key) for layer in layers for key in ("namePrefix", "nameSuffix"))
    for layer in layers:
        for patch in _patches(layer, scope):
            if _is_for(patch, sort, name, is_renamed):
                yield patch


def replaced_keys(one: Object, scope: Scope) -> Iterator[str]:
    """Yield the keys that replacements set in an object, with those on the way."""
    for layer in _layers_of(one, scope):
        for target in _replaced(layer, scope):
            wanted = ((text_at(target, "select", "kind"), one.sort), (text_at(target, "select", "name"), one.name))
            if all(not name or name == own or own in name for name, own in wanted):  # the name may have got a prefix
                for path in items_at(target, "fieldPaths"):
                    yield from _STEPS.split(path.text)


def _replaced(layer: BuildLayer, scope: Scope) -> tuple[Node, ...]:
    """Return the targets of the replacements of a kustomization, those in other files too."""
    known: dict[str, tuple[Node, ...]] = scope.memo.setdefault("kustomize_patches.replaced", {})
    if layer.path not in known:
        found: list[Node] = []
        for item in items_at(layer.fields, "replacements"):
            place = posixpath.normpath(posixpath.join(layer.folder, text_at(item, "path")))
            text = scope.read(place) if text_at(item, "path") and scope.exists(place) else None
            lists = [each.items or (each,) for each in _documents(text or "", place)]
            found += [target for each in ((item,), *lists) for x in each for target in items_at(x, "targets")]
        known[layer.path] = tuple(found)
    return known[layer.path]


def _patches(layer: BuildLayer, scope: Scope) -> tuple[PatchText, ...]:
    """Return the patches of a kustomization, parsed once for all objects that it builds."""
    known: dict[str, tuple[PatchText, ...]] = scope.memo.setdefault("kustomize_patches.parsed", {})
    if layer.path not in known:
        known[layer.path] = tuple(_parsed(layer, scope))
    return known[layer.path]


def _parsed(layer: BuildLayer, scope: Scope) -> Iterator[PatchText]:
    for key in _KEYS:
        for item in items_at(layer.fields, key):
            if is_text(item):
                inline, path = (item.text, "") if "\n" in item.text else ("", item.text)
            else:
                inline, path = text_at(item, "patch"), text_at(item, "path")
            place = posixpath.normpath(posixpath.join(layer.folder, path)) if path else layer.path
            text = inline or (scope.read(place) if path and scope.exists(place) else None)
            for document in _documents(text or "", place):
                yield PatchText(place, document, get(item, "target"))


def _documents(text: str, path: str) -> tuple[Node, ...]:
    try:
        return expand(parse(text, path, several_merges=True), path)
    except Invalid:
        return ()


def _is_for(patch: PatchText, sort: str, name: str, is_renamed: bool) -> bool:
    """Tell whether a patch is for a type and name. Selectors of labels and annotations count as if they matched."""
    if patch.target is not None:
        wanted = ((text_at(patch.target, "kind"), sort), (text_at(patch.target, "name"), name))
        return all(not pattern or regex.search(f"^(?:{pattern})$", text) for pattern, text in wanted)
    own = text_at(patch.content, "metadata", "name")
    return text_at(patch.content, "kind") == sort and bool(own) and (own == name or (is_renamed and name in own))
