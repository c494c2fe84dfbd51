"""Which AlertmanagerConfig resources Prometheus Operator merges: those that an Alertmanager selects by labels.

The selectors are those of Kubernetes (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/). An
Alertmanager without ``alertmanagerConfigSelector`` selects nothing, and one without
``alertmanagerConfigNamespaceSelector`` only its own namespace (pkg/alertmanager/operator.go); kube-prometheus-stack
sets both to ``{}``, which selects everything (templates/alertmanager/alertmanager.yaml).
"""

from __future__ import annotations

import re
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
# Names and values of labels (k8s.io/apimachinery, pkg/util/validation: IsQualifiedName, IsValidLabelValue).
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_DOMAIN = r"(?=[^/]{1,253}/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_LABEL_NAME = re.compile(rf"(?:{_DOMAIN}/)?{_NAME}")
_LABEL_VALUE = re.compile(rf"(?:{_NAME})?")


@dataclass(frozen=True)
class ResourceSelection:
    """What an Alertmanager selects; None is a selector that is missing. ``namespace`` is its own, ``""`` if unknown."""

    selector: Value | None = EVERYTHING
    namespaces: Value | None = EVERYTHING
    namespace: str = ""

    def takes(self, resource: ConfigResource, labels: Mapping[str, Mapping[str, str] | None]) -> Taken:
        """Tell whether a resource is merged. ``labels`` are those of namespaces with known objects, or None."""
        if self.selector is None:
            return Taken(False, f"the Alertmanager has no {SELECTOR}, so that it selects none")
        selected = selects(self.selector, resource.labels)
        if selected is False:
            return Taken(False, f"{SELECTOR} does not select its labels")
        among = self._takes_namespace(resource.namespace, labels)
        if among.merged and selected is None:
            return Taken(None, *_depends(self.selector, SELECTOR, "of the AlertmanagerConfig"))
        return among

    def _takes_namespace(self, name: str, labels: Mapping[str, Mapping[str, str] | None]) -> Taken:
        if self.namespaces is None:
            if not self.namespace:
                hint = f"add metadata.namespace to the Alertmanager, or {NAMESPACES}"
                return Taken(None, "the Alertmanager selects those of its namespace, which it does not say", hint)
            own = f"the Alertmanager selects those of its own namespace, {self.namespace}"
            return Taken(self.namespace == name, f"{own}, since it has no {NAMESPACES}")
        known = labels.get(name)
        chosen = selects(self.namespaces, {**(known or {}), NAME_LABEL: name}, complete=known is not None)
        if chosen is None and known is not None:
            return Taken(None, *_depends(self.namespaces, NAMESPACES, f"of the namespace {name}"))
        if chosen is None and name in labels:
            message = f"{NAMESPACES} needs the labels of the namespace {name}, and its Namespace objects differ in them"
            return Taken(None, message, "name only the one that is applied with --with")
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

    Not ``complete``: there may be labels with other keys. Placeholders in the selector or the labels are not known
    either.
    """
    known = True
    complete = complete and not any(map(_is_open, labels))
    for key, op, values in _requirements(selector):
        by_value = op in {"In", "NotIn"} and _is_open(labels.get(key, ""))
        if any(map(_is_open, (key, *values))) or by_value or (key not in labels and not complete):
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
    yield from _label_faults(selector)
    for one in selector.list_of("matchExpressions"):
        op, values = one.text_of("operator"), one.list_of("values")
        place = one.get("operator") or one
        if op not in _OPERATORS:
            yield place, f"has the operator {in_quotes(op)}, not one of {', '.join(_OPERATORS)}"
        elif bool(values) != (op in {"In", "NotIn"}):
            yield place, f"has the operator {op} {'with' if values else 'without'} values"


def _label_faults(selector: Value) -> Iterator[tuple[Value, str]]:
    """Yield what is not the name or the value of a label, for which the operator merges nothing at all."""
    exact = selector.get("matchLabels")
    pairs = exact.pairs if exact is not None else {}
    several = selector.list_of("matchExpressions")
    keys = [
        *((key, one) for key, one in pairs.items()),
        *((one.text_of("key"), one.get("key") or one) for one in several),
    ]
    values = [*pairs.values(), *(each for one in several for each in one.list_of("values"))]
    for key, place in keys:
        if not _is_open(key) and not _LABEL_NAME.fullmatch(key):
            yield place, f"has {in_quotes(key)}, which is not the name of a label"
    for one in values:
        if not _is_open(one.text) and not _LABEL_VALUE.fullmatch(one.text):
            yield one, f"has {in_quotes(one.text)}, which is not a value of a label"


def _is_open(text: str) -> bool:
    """Return whether a text has a placeholder."""
    return filled_later(text) or "{{" in text


def _depends(selector: Value, name: str, of: str) -> tuple[str, str]:
    """Return why it is not known what a selector selects, and what to do."""
    if any(_is_open(one) for key, _, values in _requirements(selector) for one in (key, *values)):
        return f"{name} has a placeholder", "write the selector out"
    return f"{name} needs a label {of}, which has a placeholder", "write the labels out"


def namespace_labels(found: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, Mapping[str, str] | None]:
    """Return the labels of namespaces by name; None for those that several objects give different labels."""
    first: dict[str, Mapping[str, str]] = {}
    for name, labels in found:
        first.setdefault(name, labels)
    differing = {name for name, labels in found if first[name] != labels}
    return {name: None if name in differing else labels for name, labels in first.items()}


def _requirements(selector: Value) -> Iterator[tuple[str, str, list[str]]]:
    exact = selector.get("matchLabels")
    for key, one in (exact.pairs if exact is not None else {}).items():
        yield key, "In", [one.text]
    for one in selector.list_of("matchExpressions"):
        yield one.text_of("key"), one.text_of("operator"), [each.text for each in one.list_of("values")]
