"""Apply the patches of a kustomization to objects.

Source: kubernetes-sigs/kustomize, ``api/internal/builtins/Patch*Transformer.go``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...yaml import Node, get, is_text, items_at, text_at
from ...yaml.placed import path_of
from ..rule import File, Scope
from .json_patching import is_json_patch, json_patched
from .resources import Resource, Unbuildable, id_of, is_absent_or_null, same_id, with_pair
from .selecting import selected
from .sources import path_from, placed_documents
from .strategic import merged
from .texts import inner_documents

Resources = list[Resource]


class Patcher:
    """The patches of one kustomization; ``is_open`` if there may be objects that are not known."""

    def __init__(self, file: File, fields: Node, folder: str, scope: Scope, is_open: bool) -> None:
        """Remember where patches are read from."""
        self.file, self.fields, self.folder, self.scope, self.is_open = file, fields, folder, scope, is_open

    def strategic(self, among: Resources) -> Resources:
        """Apply ``patchesStrategicMerge``."""
        for item in items_at(self.fields, "patchesStrategicMerge"):
            inline = "\n" in item.text
            for patch in self._inline(item) if inline else self._read(item):
                among = self._merged(among, _with_texts(patch), item)
        return among

    def any(self, among: Resources) -> Resources:
        """Apply ``patches``."""
        for item in items_at(self.fields, "patches"):
            documents = self._of_item(item)
            target = get(item, "target")
            if is_json_patch(documents):
                among = self._operated(among, documents[0], target)
            elif target is not None:
                among = self._targeted(among, documents, target, item)
            elif get(item, "options") is not None:
                raise Unbuildable("unknown")
            else:
                for patch in documents:
                    among = self._merged(among, patch, item)
        return among

    def json(self, among: Resources) -> Resources:
        """Apply ``patchesJson6902``."""
        for item in items_at(self.fields, "patchesJson6902"):
            documents = self._of_item(item)
            if not is_json_patch(documents):
                raise Unbuildable("refused")
            among = self._operated(among, documents[0], get(item, "target"))
        return among

    def _of_item(self, item: Node) -> Sequence[Node]:
        text, path = get(item, "patch"), get(item, "path")
        has_text = text is not None and bool(text.text.strip())
        if item.shape != "map" or has_text == bool(path is not None and path.text):
            raise Unbuildable("refused")
        found = self._inline(text) if has_text and text is not None else self._read(path)
        if not found:
            raise Unbuildable("refused")
        return found

    def _inline(self, value: Node) -> Sequence[Node]:
        return inner_documents(value, self.file.text, self.file.path)

    def _read(self, name: Node | None) -> Sequence[Node]:
        if name is None or not is_text(name):
            raise Unbuildable("refused")
        try:
            return placed_documents(path_from(self.folder, name.text), self.scope)
        except Unbuildable as error:
            error.path, error.place = self.file.path, name
            raise

    def _merged(self, among: Resources, patch: Node, item: Node) -> Resources:
        """Apply a patch to the object that it names."""
        wanted = id_of(patch)
        if patch.shape != "map" or not wanted.name or not wanted.sort:
            raise Unbuildable("refused")
        found = same_id(among, wanted)
        if len(found) != 1:
            if found or self.is_open or "${" in wanted.name:
                raise Unbuildable("unknown")
            message = f"patches {wanted.sort} {wanted.name}, which is not among its resources"
            hint = "correct the name, type or API version, or add the object to the resources"
            place = item if item.shape == "scalar" else _place(item)
            raise Unbuildable("refused", message, self.file.path, place, hint)
        return [
            x for one in among if (x := _patched(one, patch, self.file.path) if one is found[0] else one) is not None
        ]

    def _targeted(self, among: Resources, documents: Sequence[Node], target: Node, item: Node) -> Resources:
        """Apply a patch to the objects that its target selects."""
        options = get(item, "options")
        if len(documents) != 1 or documents[0].shape != "map":
            raise Unbuildable("refused")
        if options is not None and any(text_at(options, x) == "true" for x in ("allowNameChange", "allowKindChange")):
            raise Unbuildable("unknown")
        chosen = {id(one) for one in selected(target, among)}
        patch = _with_texts(documents[0])
        return [
            x for one in among if (x := _patched(one, patch, self.file.path) if id(one) in chosen else one) is not None
        ]

    def _operated(self, among: Resources, operations: Node, target: Node | None) -> Resources:
        """Apply a JSON patch to the objects that its target selects."""
        if target is None:
            raise Unbuildable("refused")
        chosen = {id(one) for one in selected(target, among)}
        found = []
        for one in among:
            if id(one) not in chosen:
                found.append(one)
                continue
            try:
                new = one.changed(json_patched(one.node, operations), patched=True, remembers=True)
            except Unbuildable as error:
                raise _of_patch(error, one, self.file.path) from None
            found.append(new)
        return found


def _place(item: Node) -> Node:
    return get(item, "path") or get(item, "patch") or item


def _patched(one: Resource, patch: Node, path: str) -> Resource | None:
    """Return an object with a patch, None if the patch deletes it; its type, name and namespace stay."""
    try:
        node = merged(one.node, patch, text_at(one.node, "apiVersion"), one.id.sort)
    except Unbuildable as error:
        raise _of_patch(error, one, path) from None
    if node is None or not node.pairs:
        return None
    for key in ("apiVersion", "kind"):
        node = _kept(node, one.node, key)
    metadata, old = node.pair("metadata"), one.node.pair("metadata")
    if metadata is None or old is None:
        raise Unbuildable("unknown")
    kept = _kept(_kept(metadata[1], old[1], "name"), old[1], "namespace")
    return one.changed(with_pair(node, metadata[0], kept), patched=True)


def _with_texts(patch: Node) -> Node:
    """Return a patch in which a null among the labels or annotations is the text of it, as kustomize reads them."""
    metadata = patch.pair("metadata") if patch.shape == "map" else None
    for name in ("labels", "annotations") if metadata is not None else ():
        pair = metadata[1].pair(name) if metadata is not None else None
        if metadata is None or pair is None or not any(is_absent_or_null(value) for _, value in pair[1].pairs):
            continue
        pairs = tuple(
            (key, replace(x, tag="str", style='"') if is_absent_or_null(x) else x) for key, x in pair[1].pairs
        )
        metadata = (metadata[0], with_pair(metadata[1], pair[0], replace(pair[1], pairs=pairs)))
        patch = with_pair(patch, metadata[0], metadata[1])
    return patch


def _of_patch(error: Unbuildable, one: Resource, path: str) -> Unbuildable:
    """Return why a patch of an object ends a build, where the patch is; ``path`` is that of the kustomization."""
    if error.place is None or not error.message:
        return error
    message = f"the patch of {one.id.sort} {one.id.name} {error.message}"
    return Unbuildable(error.sort, message, path_of(error.place) or path, error.place)


def _kept(node: Node, before: Node, key: str) -> Node:
    old, new = before.pair(key), node.pair(key)
    if old is None:
        return node if new is None else with_pair(node, new[0], None)
    return with_pair(node, old[0] if new is None else new[0], old[1])
