"""Keys of kustomizations, which kustomize reads without regard to case: as its documentation spells them.

kustomize decodes with Go's encoding/json, which prefers an exact match of a key and accepts one in other case
(https://pkg.go.dev/encoding/json#Unmarshal). Of keys that differ in case only, the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ... import assets
from ...yaml import Node

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")  # of files, in the order of kustomize


def is_kustomization_name(path: str) -> bool:
    """Return whether kustomize looks for a file of this name in a folder."""
    return path.rpartition("/")[2] in NAMES


def known_keys(document: Node) -> Node:
    """Return a document of a kustomization with the keys of the format in their usual spelling, at the same places."""
    return _known(document, _schema())


@cache
def _schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(assets.schema_text("kustomization"))
    return loaded


def _known(node: Node, schema: Mapping[str, Any]) -> Node:
    if reference := schema.get("$ref"):
        schema = _schema()["$defs"][reference.rpartition("/")[2]]
    if node.shape == "list":
        items = tuple(_known(one, schema.get("items", {})) for one in node.items)
        return node if _are_same(items, node.items) else replace(node, items=items)
    if node.shape != "map" or not (fields := schema.get("properties", {})):
        return node
    spelt = {one.casefold(): one for one in fields}
    pairs: dict[str, tuple[Node, Node]] = {}
    for key, value in node.pairs:
        name = key.text if key.text in fields or key.shape != "scalar" else spelt.get(key.text.casefold(), key.text)
        pairs[name] = (key if name == key.text else replace(key, text=name), _known(value, fields.get(name, {})))
    before = [one for pair in node.pairs for one in pair]
    same = _are_same([one for pair in pairs.values() for one in pair], before)
    return node if same else replace(node, pairs=tuple(pairs.values()))


def _are_same(some: Sequence[Node], others: Sequence[Node]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))
