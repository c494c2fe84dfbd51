"""Fields of pods and containers in a spec that only fit together, wherever the spec has them.

Source: pkg/apis/core/validation of Kubernetes 1.35. ``schemas/merge-fits.json`` has those that a merge must keep too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...behaviour import SpecFault
from ...quantity import quantity

_KEYS = ("pod", "container", "probes", "volumes", "env", "sidecars", "job")  # those with fields of pods
_OWN_UNITS = frozenset({"cpu", "memory", "ephemeral-storage", "storage"})
_OF_PODS = frozenset({"cpu", "memory"})
_ENOUGH = frozenset({"1", "1m", "0"})  # the divisors of CPU
_SINGLE = {  # lists whose items have names of their own
    "schedulingGates": "name", "sysctls": "name", "resourceClaims": "name", "resizePolicy": "resourceName",
}  # fmt: skip
_OF_FILES = (
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
)  # fmt: skip

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_LABEL_VALUE = re.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")

_Place = Sequence[Any]


def pod_field_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the fields of pods that do not fit together, at their places in the spec."""
    stack: list[tuple[Any, list[Any]]] = [(values[key], [key]) for key in reversed(_KEYS) if values.get(key)]
    while stack:
        one, place = stack.pop()
        pairs = one.items() if isinstance(one, Mapping) else enumerate(one) if isinstance(one, list) else ()
        stack += reversed([(value, [*place, key]) for key, value in pairs])
        name = next((step for step in reversed(place) if not isinstance(step, int)), "")
        if isinstance(one, Mapping) and (judge := _CHECKS.get(name)) and not _is_named_by_people(place):
            yield from judge(one, place)
        elif isinstance(one, list) and name in _SINGLE:
            yield from _twice(one, place, _SINGLE[name])


def _is_named_by_people(place: list[Any]) -> bool:
    """Tell whether the last step is the name of a variable or a volume."""
    return place[-2:-1] == ["env"] or (len(place) == 2 and place[0] == "volumes")


def _twice(items: Sequence[Any], place: _Place, key: str) -> Iterator[SpecFault]:
    seen = set()
    for number, one in enumerate(items):
        if isinstance(one, Mapping) and (name := one.get(key)) is not None:
            if name in seen:
                yield SpecFault([*place, number, key], f"{place[-1]} has {name} twice", "remove one")
            seen.add(name)


def _profile(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if one.get("type") == "Localhost" and not one.get("localhostProfile"):
        hint = "write localhostProfile: with the file on the node"
        yield SpecFault([*place, "type"], "a profile of the type Localhost needs localhostProfile", hint)
    elif one.get("type") and one["type"] != "Localhost" and one.get("localhostProfile"):
        message = "localhostProfile is only for the type Localhost"
        yield SpecFault([*place, "localhostProfile"], message, "remove it, or change the type", at_key=True)


def _command(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if not one.get("command"):
        yield SpecFault([*place], "exec has no command", "write command: […]", at_key=True)


def _pod_term(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    """Yield keys of labels of an affinity that need a selector, or exclude each other."""
    known = {*(one.get("matchLabelKeys") or ())}
    for key in ("matchLabelKeys", "mismatchLabelKeys"):
        if one.get(key) and not one.get("labelSelector"):
            message = f"{key} needs a labelSelector"
            yield SpecFault([*place, key], message, "write labelSelector: {matchLabels: …}", at_key=True)
    for number, key in enumerate(one.get("mismatchLabelKeys") or ()):
        if key in known:
            message = f"{key} is in matchLabelKeys too"
            yield SpecFault([*place, "mismatchLabelKeys", number], message, "remove it from one of them")


def _expression(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if one.get("operator") in {"Gt", "Lt"}:
        found = [*(one.get("values") or ())]
        if len(found) != 1 or not str(found[0]).isdecimal():
            yield SpecFault([*place], f"the operator {one['operator']} needs one number", 'write values: ["1"]')
    for number, value in enumerate(one.get("values") or () if "nodeAffinity" in place and _REQUIRED in place else ()):
        if not _LABEL_VALUE.fullmatch(value) and "${" not in value:
            hint = "write letters, digits, '-', '_' and '.', 63 characters at most"
            yield SpecFault([*place, "values", number], "no node has a label with this value", hint)


def _field(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if one.get("key") != "metadata.name":
        yield SpecFault([*place, "key"], "the only field of a node is metadata.name", "use matchExpressions for labels")
    if one.get("operator") not in {"In", "NotIn"} or len(one.get("values") or ()) != 1:
        hint = "write {key: metadata.name, operator: In, values: [NODE]}"
        yield SpecFault([*place], "a field of a node is compared with one value, by In or NotIn", hint)


def _toleration(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if not one.get("key") and one.get("operator") != "Exists":
        hint = "write its key, or operator: Exists for all taints"
        yield SpecFault([*place], "a toleration without a key needs the operator Exists", hint)


def _resources(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if list(place) == ["pod", "spec", "resources"]:
        yield from _resources_of_pod(one, place)
    for side in ("requests", "limits"):
        amounts = one.get(side) if isinstance(one.get(side), Mapping) else {}
        for name, amount in (amounts or {}).items():
            whole = quantity(str(amount)) if amount is not None else None
            if name not in _OWN_UNITS and not name.startswith("hugepages-") and whole is not None and whole % 1:
                yield SpecFault(
                    [*place, side, name], f"{name} has no parts, and {amount} is one", "write a whole number"
                )
        is_huge = any(name.startswith("hugepages-") and amount is not None for name, amount in (amounts or {}).items())
        if is_huge and "initContainers" in place and not _OF_PODS & {*_named(one)}:
            hint = "write requests or limits for cpu or memory too"
            yield SpecFault([*place, side], "hugepages need cpu or memory", hint, at_key=True)


def _named(one: Mapping[str, Any]) -> Iterator[str]:
    for side in ("requests", "limits"):
        yield from (name for name, amount in (one.get(side) or {}).items() if amount is not None)


def _resources_of_pod(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    for side in ("requests", "limits"):
        for name in one.get(side) or {}:
            if name not in _OF_PODS and not name.startswith("hugepages-"):
                message = f"the resources of a pod are cpu, memory and hugepages, not {name}"
                yield SpecFault([*place, side, name], message, "write it at a container", at_key=True)


def _claim(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if not (one.get("resourceClaimName") or one.get("resourceClaimTemplateName")):
        hint = "write resourceClaimName or resourceClaimTemplateName"
        yield SpecFault([*place], f"the claim {one.get('name', '')} has no source", hint)


def _option(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    if list(place[-3:-1]) == ["dnsConfig", "options"] and not one.get("name"):
        yield SpecFault([*place], "the option has no name", "write {name: ndots, value: …}")


def _resource_field(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    divisor, is_cpu = one.get("divisor"), str(one.get("resource", "")).endswith(".cpu")
    if divisor is not None and (str(divisor) not in _ENOUGH if is_cpu else str(divisor) == "1m"):
        about = "1 and 1m" if is_cpu else "1, or units such as 1Mi"
        message = f"the divisor {divisor} is not one of {one.get('resource')}: {about}"
        yield SpecFault([*place, "divisor"], message, "write one of those")


def _projected(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    for key in ("configMap", "secret"):
        if isinstance(one.get(key), Mapping) and not one[key].get("name"):
            yield SpecFault([*place, key], f"the {key} has no name", "write its name", at_key=True)


def _file_items(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    for number, item in enumerate(one.get("items") or ()):
        where = [*place, "items", number]
        path = str((item.get("fieldRef") or {}).get("fieldPath") or "")
        if not (item.get("fieldRef") or item.get("resourceFieldRef")):
            yield SpecFault(where, "the file has no content", "write {fieldRef: {fieldPath: metadata.labels}}")
        elif path and path.partition("[")[0] not in _OF_FILES and "${" not in path:
            message = f"{path} is for variables, and a file has one of {', '.join(_OF_FILES)}"
            yield SpecFault([*where, "fieldRef", "fieldPath"], message, "use another field, or a variable")


def _ephemeral(one: Mapping[str, Any], place: _Place) -> Iterator[SpecFault]:
    claim = (one.get("volumeClaimTemplate") or {}).get("spec") or {}
    storage = ((claim.get("resources") or {}).get("requests") or {}).get("storage")
    if not (claim.get("accessModes") and storage):
        hint = "write {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
        where = [*place, *(["volumeClaimTemplate"] if one.get("volumeClaimTemplate") else [])]
        yield SpecFault(where, "the claim has no size, or no accessModes", hint, at_key=True)


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], _Place], Iterator[SpecFault]]] = {
    "appArmorProfile": _profile,
    "downwardAPI": _file_items,
    "ephemeral": _ephemeral,
    "exec": _command,
    "matchExpressions": _expression,
    "matchFields": _field,
    "options": _option,
    "podAffinityTerm": _pod_term,
    _REQUIRED: _pod_term,
    "resourceClaims": _claim,
    "resourceFieldRef": _resource_field,
    "resources": _resources,
    "seccompProfile": _profile,
    "sources": _projected,
    "tolerations": _toleration,
}
