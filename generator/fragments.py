"""Fragments of objects: fields that a spec adds to a generated object, changes in it, or removes with null.

A fragment is applied like a strategic merge patch: maps merge, lists merge by the table of merge keys
(``mergekeys``), other values replace, and null removes.
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
The text changes only where its data does: comments and order stay.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from . import mergekeys
from .errors import Invalid
from .merge import Settle, merge
from .mergekeys import Family
from .yaml import dump, parse_one, plain

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
    if dump(after) == dump(before):
        return text
    merged = merge(dump(before), body, dump(after), _PATH, Settle(theirs=frozenset({""})))
    if merged.conflicts or _data(merged.text) != after:
        where = merged.conflicts[0].field if merged.conflicts else ""
        raise ValueError(f"its fields cannot be merged into the object{f', at {where}' if where else ''}")
    start = len(text) - len(text.lstrip("\n"))
    return text[:start] + (merged.text if text.endswith("\n") else merged.text.rstrip("\n"))


def combined(data: Any, fragment: Any) -> Any:
    """Return the data of an object with a fragment."""
    fields = {key: one if isinstance(one, str) else "" for key, one in data.items()} if isinstance(data, dict) else {}
    return _combined(data, fragment, mergekeys.families(fields), ())


def _data(text: str) -> Any:
    try:
        return plain(parse_one(text, _PATH), _PATH)
    except Invalid:
        return None


def _combined(low: Any, high: Any, families: Sequence[Family], names: tuple[str, ...]) -> Any:
    if isinstance(high, Mapping):
        return _map(low if isinstance(low, Mapping) else {}, high, families, names)
    if isinstance(high, list):
        return _list(low if isinstance(low, list) else [], high, families, names)
    return high


def _map(
    low: Mapping[str, Any], high: Mapping[str, Any], families: Sequence[Family], names: tuple[str, ...]
) -> dict[str, Any]:
    found = dict(low)
    for key, value in high.items():
        if value is None:
            found.pop(key, None)
            continue
        made = _combined(found.get(key), value, families, (*names, key))
        found = {**found, key: made} if key in found else _with_key(found, key, made)
    for one in mergekeys.exclusive(families, names, found):
        if not one.together and one.fields & high.keys():
            found = {key: value for key, value in found.items() if key in high or key not in one.fields}
    return found


def _with_key(found: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a map with a new key before the first one that people write after it."""
    rank = _RANK.get(key, len(_RANK))
    place = next((number for number, one in enumerate(found) if _RANK.get(one, -1) > rank), len(found))
    pairs = list(found.items())
    return dict([*pairs[:place], (key, value), *pairs[place:]])


def _list(low: Sequence[Any], high: Sequence[Any], families: Sequence[Family], names: tuple[str, ...]) -> list[Any]:
    entry = mergekeys.entry_for(families, names)
    sets = (_keyed(fields, low, high) for fields in (entry or {}).get("keys", ()))
    keyed = next((one for one in sets if one is not None), None)
    if not low or keyed is None:
        return [_combined(None, one, families, names) for one in high]
    places, items = keyed[0], list(low)
    for key, (_, one) in keyed[1].items():
        if key in places:
            number = places[key][0]
            items[number] = _combined(items[number], one, families, names)
        else:
            items.append(_combined(None, one, families, names))
    return items


def _keyed(
    fields: Sequence[str], low: Sequence[Any], high: Sequence[Any]
) -> tuple[dict[Hashable, tuple[int, Any]], dict[Hashable, tuple[int, Any]]] | None:
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
