"""Which AlertmanagerConfig resources Prometheus Operator merges: those that an Alertmanager selects by labels.

The selectors are those of Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/). An
Alertmanager without ``alertmanagerConfigSelector`` selects nothing, and one without
``alertmanagerConfigNamespaceSelector`` only its own namespace (pkg/alertmanager/operator.go); kube-prometheus-stack
sets both to ``{}``, which selects everything (templates/alertmanager/alertmanager.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .config_resources import ConfigResource
from .details import filled_later
from .fault import in_quotes
from .value import Value

SELECTOR, NAMESPACES = "alertmanagerConfigSelector", "alertmanagerConfigNamespaceSelector"
EVERYTHING = Value("map", "map")
NAME_LABEL = "kubernetes.io/metadata.name"
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


@dataclass(frozen=True)
class ResourceSelection:
    """What an Alertmanager selects; None is a selector that is missing. ``namespace`` is its own, ``""`` if unknown."""

    selector: Value | None = EVERYTHING
    namespaces: Value | None = EVERYTHING
    namespace: str = ""

    def takes(self, resource: ConfigResource, labels: Mapping[str, Mapping[str, str]]) -> Taken:
        """Tell whether a resource is merged. ``labels`` are those of the namespaces whose objects are known."""
        if self.selector is None:
            return Taken(False, f"the Alertmanager has no {SELECTOR}, so that it selects none")
        selected = selects(self.selector, resource.labels)
        if selected is False:
            return Taken(False, f"{SELECTOR} does not select its labels")
        among = self._takes_namespace(resource.namespace, labels)
        if among.merged and selected is None:
            return Taken(None, f"{SELECTOR} has a placeholder", "write the selector out")
        return among

    def _takes_namespace(self, name: str, labels: Mapping[str, Mapping[str, str]]) -> Taken:
        if self.namespaces is None:
            if not self.namespace:
                hint = f"add metadata.namespace to the Alertmanager, or {NAMESPACES}"
                return Taken(None, "the Alertmanager selects those of its namespace, which it does not say", hint)
            own = f"the Alertmanager selects those of its own namespace, {self.namespace}"
            return Taken(self.namespace == name, f"{own}, since it has no {NAMESPACES}")
        known = labels.get(name)
        chosen = selects(self.namespaces, {**(known or {}), NAME_LABEL: name}, complete=known is not None)
        if chosen is None and known is not None:
            return Taken(None, f"{NAMESPACES} has a placeholder", "write the selector out")
        if chosen is None:
            hint = f"name the file of the Namespace {name} with --with too"
            return Taken(None, f"{NAMESPACES} needs the labels of the namespace {name}", hint)
        return Taken(chosen, f"{NAMESPACES} does not select its namespace")


@dataclass(frozen=True)
class Taken:
    """Whether a resource is merged, None if this is not known; why not, or what is not known; and what to do then."""

    merged: bool | None
    reason: str
    hint: str = ""


def selects(selector: Value, labels: Mapping[str, str], *, complete: bool = True) -> bool | None:
    """Return whether a label selector selects labels; None if this is not known.

    Not ``complete``: there may be labels with other keys. Placeholders in the selector are not known either.
    """
    known = True
    for key, op, values in _requirements(selector):
        if any(filled_later(one) or "{{" in one for one in (key, *values)) or (key not in labels and not complete):
            known = False
            continue
        holds = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }.get(op, False)
        if not holds:
            return False
    return True if known else None


def selector_faults(selector: Value | None) -> Iterator[tuple[Value, str]]:
    """Yield the places and texts of what Kubernetes refuses in a label selector."""
    if selector is None:
        return
    if selector.shape != "map":
        yield selector, "is not a map"
        return
    for one in selector.list_of("matchExpressions"):
        op, values = one.text_of("operator"), one.list_of("values")
        place = one.get("operator") or one
        if op not in _OPERATORS:
            yield place, f"has the operator {in_quotes(op)}, not one of {', '.join(_OPERATORS)}"
        elif bool(values) != (op in {"In", "NotIn"}):
            yield place, f"has the operator {op} {'with' if values else 'without'} values"


def namespace_labels(found: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, Mapping[str, str]]:
    """Return the labels of namespaces by name; without those that several objects give different labels."""
    first: dict[str, Mapping[str, str]] = {}
    for name, labels in found:
        first.setdefault(name, labels)
    differing = {name for name, labels in found if first[name] != labels}
    return {name: labels for name, labels in first.items() if name not in differing}


def _requirements(selector: Value) -> Iterator[tuple[str, str, list[str]]]:
    exact = selector.get("matchLabels")
    for key, one in (exact.pairs if exact is not None else {}).items():
        yield key, "In", [one.text]
    for one in selector.list_of("matchExpressions"):
        yield one.text_of("key"), one.text_of("operator"), [each.text for each in one.list_of("values")]
