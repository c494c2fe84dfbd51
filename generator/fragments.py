"""Fragments of objects: fields that a spec adds to a generated object, changes in it, or removes with null.

A fragment is applied like a strategic merge patch: maps merge, lists merge by the table of merge keys
(``mergekeys``), other values replace, and null removes.
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
The text changes only where its data does: comments and order stay.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import mergekeys
from .errors import Invalid
from .merge import Settle, merge
from .mergekeys import Family
from .yaml import dump, get, parse_one, plain
from .yaml.block_ends import block_end

_PATH = "generated.yaml"
# The order in which people write fields, for those that a fragment adds.
_ORDER = (
    *("apiVersion", "kind", "metadata"),
    *("name", "namespace", "labels", "annotations", "finalizers"),
    *("image", "imagePullPolicy", "restartPolicy", "command", "args", "workingDir"),
    *("type", "replicas", "revisionHistoryLimit", "minReadySeconds", "progressDeadlineSeconds", "paused", "strategy"),
    *("updateStrategy", "serviceName", "podManagementPolicy", "selector", "ports", "envFrom", "env"),
    *("parallelism", "completions", "completionMode", "podFailurePolicy", "ttlSecondsAfterFinished"),
    *("resources", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"),
    *("serviceAccountName", "automountServiceAccountToken", "imagePullSecrets", "priorityClassName"),
    *("terminationGracePeriodSeconds", "runtimeClassName", "hostNetwork", "dnsPolicy", "dnsConfig", "hostAliases"),
    *("securityContext", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints"),
    *("volumeMounts", "volumeDevices", "initContainers", "containers", "volumes", "template"),
    *("volumeClaimTemplates", "spec"),
)
_RANK = {name: number for number, name in enumerate(_ORDER)}


def with_fragment(text: str, fragment: Mapping[str, Any]) -> str:
    """Return the text of one object with a fragment. Raises ValueError if the text cannot be changed so."""
    if not fragment or not text.strip():
        return text
    body = text.strip("\n") + "\n"
    before = plain(parse_one(body, _PATH), _PATH)
    after = combined(before, fragment)
    if json.dumps(after) == json.dumps(before):  # which tells 1 from true, and the order
        return text
    kept = body
    for where in _removed(before, after, _Combining(mergekeys.families(_fields(before))), ()):
        kept = _without(kept, where)
    merged = merge(dump(_data(kept)), kept, dump(after), _PATH, Settle(theirs=frozenset({""})))
    if merged.conflicts or _data(merged.text) != after:
        field = merged.conflicts[0].field if merged.conflicts else ""
        raise ValueError(f"its fields cannot be merged into the object{f', at {field}' if field else ''}")
    start = len(text) - len(text.lstrip("\n"))
    return text[:start] + (merged.text if text.endswith("\n") else merged.text.rstrip("\n"))


def combined(data: Any, fragment: Any) -> Any:
    """Return the data of an object with a fragment."""
    return _Combining(mergekeys.families(_fields(data))).of(data, fragment, ())


def both_fragments(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return two fragments of an object as one, the second one on top; nulls stay."""
    found: dict[str, Any] = _Combining(mergekeys.families({}), keeps_nulls=True).of(one, other, ())
    return found


def _fields(data: Any) -> dict[str, str]:
    """Return what tells the families of a document (``mergekeys.families``)."""
    return {key: one if isinstance(one, str) else "" for key, one in data.items()} if isinstance(data, dict) else {}


def _removed(
    before: Any, after: Any, how: _Combining, names: tuple[str, ...], where: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Yield the places of the fields that are not in ``after`` any more."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, one in before.items():
            if key in after:
                yield from _removed(one, after[key], how, (*names, key), (*where, key))
            else:
                yield (*where, key)
    elif isinstance(before, list) and isinstance(after, list):
        _, (there, left) = how.keyed(before, after, names)
        for key, (number, one) in there.items():
            if key in left:
                yield from _removed(one, left[key][1], how, names, (*where, number))


def _without(text: str, where: tuple[str | int, ...]) -> str:
    """Return a text without a field of a block map and the comments above it, which a merge would keep as the user's.

    A field that is the first of an item stays, since the item's dash is on its line, and so does one of a flow map.
    """
    above = get(parse_one(text, _PATH), *where[:-1])
    pair = above.pair(str(where[-1])) if above is not None and above.shape == "map" else None
    if above is None or pair is None or above.style == "flow":
        return text
    start = text.rfind("\n", 0, pair[0].start) + 1
    if text[start : pair[0].start].strip():
        return text
    end = text.find("\n", block_end(text, pair[1].start, pair[1].end)) + 1
    lines = text[:start].split("\n")[:-1]
    while lines and lines[-1].lstrip().startswith("#") and lines[-1].index("#") == pair[0].column - 1:
        lines.pop()
    return "".join(f"{one}\n" for one in lines) + (text[end:] if end else "")


def _data(text: str) -> Any:
    try:
        return plain(parse_one(text, _PATH), _PATH)
    except Invalid:
        return None


_Items = dict[Hashable, tuple[int, Any]]  # the items of a list and their numbers, by their keys


@dataclass(frozen=True)
class _Combining:
    """How fragments are put on data: the families of the table that the document belongs to, and whether nulls stay."""

    families: Sequence[Family]
    keeps_nulls: bool = False

    def of(self, low: Any, high: Any, names: tuple[str, ...]) -> Any:
        if isinstance(high, Mapping):
            return self._map(low if isinstance(low, Mapping) else {}, high, names)
        if isinstance(high, list):
            return self._list(low if isinstance(low, list) else [], high, names)
        return high

    def _map(self, low: Mapping[str, Any], high: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        found = dict(low)
        for key, value in high.items():
            if value is None and not self.keeps_nulls:
                found.pop(key, None)
                continue
            made = self.of(found.get(key), value, (*names, key))
            found = {**found, key: made} if key in found else _with_key(found, key, made)
        for one in mergekeys.exclusive(self.families, names, found):
            if not one.together and one.fields & high.keys():
                found = {key: value for key, value in found.items() if key in high or key not in one.fields}
        return found

    def _list(self, low: Sequence[Any], high: Sequence[Any], names: tuple[str, ...]) -> list[Any]:
        fields, (places, new) = self.keyed(low, high, names)
        if not low or not fields:
            return [self.of(None, one, names) for one in high]
        items = list(low)
        for key, (_, one) in new.items():
            if key in places:
                number = places[key][0]
                items[number] = self.of(items[number], one, names)
            else:
                items.append(self.of(None, one, names))
        return items

    def keyed(
        self, low: Sequence[Any], high: Sequence[Any], names: tuple[str, ...]
    ) -> tuple[Sequence[str], tuple[_Items, _Items]]:
        """Return the fields that identify the items of two lists, and the items by them; nothing if none do."""
        entry = mergekeys.entry_for(self.families, names)
        for fields in (entry or {}).get("patch") or (entry or {}).get("keys", ()):
            if (found := _keyed(fields, low, high)) is not None:
                return fields, found
        return (), ({}, {})


def _with_key(found: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a map with a new key before the first one that people write after it."""
    rank = _RANK.get(key, len(_RANK))
    place = next((number for number, one in enumerate(found) if _RANK.get(one, -1) > rank), len(found))
    pairs = list(found.items())
    return dict([*pairs[:place], (key, value), *pairs[place:]])


def _keyed(fields: Sequence[str], low: Sequence[Any], high: Sequence[Any]) -> tuple[_Items, _Items] | None:
    """Return the items of two lists by their keys, None if an item has none, or two have the same."""
    sides = []
    for side in (low, high):
        known = {_key(one, fields): (number, one) for number, one in enumerate(side)}
        if None in known or len(known) < len(side):
            return None
        sides.append(known)
    return sides[0], sides[1]


def _key(item: Any, fields: Sequence[str]) -> Hashable:
    """Return the key of an item by the fields of the table of merge keys (``schemas/merge-keys.json``), or None."""
    parts = []
    for field in fields:
        name, _, default = field.partition("|")
        value = item if name == "." else _at(item, name.strip("=?").split("."))
        if value is None:
            if not (default or field[0] == "=" or field[-1] == "?"):
                return None
            value = default or None
        parts.append(repr(value))
    return tuple(parts) if any(one != "None" for one in parts) else None


def _at(item: Any, path: Sequence[str]) -> Any:
    for step in path:
        item = item.get(step) if isinstance(item, Mapping) else None
    return item
