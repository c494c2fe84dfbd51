"""What an object of Kubernetes refers to by name, or selects by labels, in its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import Invalid
from ...yaml import Node, get, items_at, pairs_at, parse, scalar, text_at
from .unit_objects import UnitObject
from .workload_class import WORKLOADS

_GROUPS: Mapping[str, Sequence[str]] = {
    "Service": ("", "v1"),
    "ServiceAccount": ("", "v1"),
    **{one.sort: ("", one.api.partition("/")[0], one.api) for one in WORKLOADS},
}
_BY_KEY = {"backendRefs": "Service", "scaleTargetRef": "Deployment"}  # the kinds that may be left out
# The fields of other kinds are often of the same names, and define something.
_SERVICE_KEYS = {
    "service": {"Ingress", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"},
    "services": {"IngressRoute", "IngressRouteTCP", "IngressRouteUDP", "HTTPProxy"},
}
_SERVICE_NAMES = {"Ingress": "servicePort", "StatefulSet": ""}  # whose serviceName is one, with the key of the port
_HOSTS = {"DestinationRule": "spec", "VirtualService": "destination"}
_ACCOUNTS = ("serviceAccountName", "serviceAccount")
_SELECTORS = {"selector", "podSelector", "labelSelector", "endpointSelector"}
_PORTS = {
    "ServiceMonitor": ("spec.endpoints",),
    "PodMonitor": ("spec.podMetricsEndpoints",),
    "NetworkPolicy": ("spec.ingress", "ports"),
}
_MONITORS = {"ServiceMonitor": "Service", "PodMonitor": "Pod"}


@dataclass(frozen=True)
class FieldValue:
    """A scalar in an object: its keys and positions from the root, and its node."""

    steps: tuple[str, ...]
    node: Node

    @property
    def text(self) -> str:
        """The text of the scalar."""
        return self.node.text

    def within(self, root: Node) -> Node | None:
        """Return the scalar at the same place of another object, or None."""
        found = get(root, *(int(step) if step.isdecimal() else step for step in self.steps))
        return found if found is not None and found.shape == "scalar" else None


@dataclass(frozen=True)
class NameReference:
    """A reference of an object to another by its name, which ``rest`` follows in the field, as in host names.

    ``namespace`` and ``port`` are the fields beside it that say where the other one is, and which port of it is meant.
    """

    holder: UnitObject
    sort: str
    name: str
    field: FieldValue
    rest: str = ""
    namespace: FieldValue | None = None
    port: FieldValue | None = None


@dataclass(frozen=True)
class LabelSelection:
    """A selection of objects by their labels: of pods, or of Services. ``is_wide``: in other namespaces too."""

    holder: UnitObject
    sort: str
    labels: tuple[FieldValue, ...]
    namespace: FieldValue | None = None
    ports: tuple[FieldValue, ...] = ()
    is_wide: bool = False


def name_references(holder: UnitObject) -> Iterator[NameReference]:
    """Yield the references of an object by names."""
    for steps, one in _maps(holder.node, ()):
        if not steps:
            continue
        if sort := _sort(holder, steps, one):
            yield from _named(holder, sort, steps, one, ("name", "port"))
        if holder.sort in _SERVICE_NAMES:
            yield from _named(holder, "Service", steps, one, ("serviceName", _SERVICE_NAMES[holder.sort]))
        for key in _ACCOUNTS:
            yield from _named(holder, "ServiceAccount", steps, one, (key, ""))
        if _HOSTS.get(holder.sort) == steps[-1] and (host := _value(steps, one, "host")):
            name, dot, rest = host.text.partition(".")
            if not dot or rest.split(".")[0] == holder.namespace:
                yield NameReference(holder, "Service", name, host, f"{dot}{rest}")


def label_selections(holder: UnitObject) -> Iterator[LabelSelection]:
    """Yield the selections of an object by labels; none of those that also have expressions."""
    if holder.sort == "Service":
        yield from _selection(holder, ("spec", "selector"), get(holder.node, "spec", "selector"))
    if holder.sort in {"Service", "PersistentVolumeClaim", "PersistentVolume"}:
        return
    for steps, one in _maps(holder.node, ()):
        if not steps or "volumeClaimTemplates" in steps:
            continue
        if steps[-1] in _SELECTORS and not items_at(one, "matchExpressions"):
            around = get(holder.node, *(int(step) if step.isdecimal() else step for step in steps[:-1]))
            is_elsewhere = get(around, "namespaceSelector") is not None and holder.sort not in _MONITORS
            if not is_elsewhere:
                yield from _selection(holder, (*steps, "matchLabels"), get(one, "matchLabels"))
        elif steps[-1] == "workloadSelector":
            yield from _selection(holder, (*steps, "labels"), get(one, "labels"))


def _maps(node: Node, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    if node.shape == "map":
        yield steps, node
    for key, one in node.pairs:
        yield from _maps(one, (*steps, key.text))
    for number, one in enumerate(node.items):
        yield from _maps(one, (*steps, str(number)))


def _sort(holder: UnitObject, steps: Sequence[str], one: Node) -> str:
    """Return the kind of the object that a map refers to by ``name``; ``""`` if it is none of a service's."""
    if sort := text_at(one, "kind"):
        group = next((found for key in ("apiVersion", "apiGroup", "group") if (found := text_at(one, key))), "")
        return sort if group in _GROUPS.get(sort, ()) else ""
    key = next((step for step in reversed(steps) if not step.isdecimal()), "")
    return "Service" if holder.sort in _SERVICE_KEYS.get(key, ()) else _BY_KEY.get(key, "")


def _named(
    holder: UnitObject, sort: str, steps: tuple[str, ...], one: Node, keys: tuple[str, str]
) -> Iterator[NameReference]:
    """Yield the reference of a map, by the keys of the name and of the port, ``""`` for none."""
    name, port = keys
    if field := _value(steps, one, name):
        number = _value(steps, one, port) or _value((*steps, port), get(one, port), "name")
        space = _value(steps, one, "namespace")
        yield NameReference(holder, sort, field.text, field, "", space, number)


def _selection(holder: UnitObject, steps: tuple[str, ...], one: Node | None) -> Iterator[LabelSelection]:
    labels = tuple(FieldValue((*steps, key.text), value) for key, value in pairs_at(one) if value.shape == "scalar")
    if not labels:
        return
    ports = tuple(_ports(holder)) if steps[:-1] in {("spec", "selector"), ("spec", "podSelector")} else ()
    if holder.sort not in _MONITORS:
        yield LabelSelection(holder, "Pod", labels, ports=ports)
        return
    names = items_at(holder.node, "spec", "namespaceSelector", "matchNames")
    space = FieldValue(("spec", "namespaceSelector", "matchNames", "0"), names[0]) if len(names) == 1 else None
    is_wide = len(names) > 1 or text_at(holder.node, "spec", "namespaceSelector", "any") == "true"
    yield LabelSelection(holder, _MONITORS[holder.sort], labels, space, ports, is_wide=is_wide)


def _ports(holder: UnitObject) -> Iterator[FieldValue]:
    """Yield the ports of what an object selects by ``spec.selector`` or ``spec.podSelector``."""
    way = _PORTS.get(holder.sort, ())
    found: list[tuple[tuple[str, ...], Node]] = [((), holder.node)] if way else []
    for key in way:
        found = [
            ((*steps, *key.split("."), str(number)), item)
            for steps, one in found
            for number, item in enumerate(items_at(one, *key.split(".")))
        ]
    for steps, one in found:
        if value := _value(steps, one, "port"):
            yield value


def _value(steps: tuple[str, ...], one: Node | None, key: str) -> FieldValue | None:
    """Return the text at a key of a map, or None."""
    found = get(one, key) if key else None
    is_there = found is not None and found.shape == "scalar" and found.tag != "null" and found.text
    return FieldValue((*steps, key), found) if found is not None and is_there else None


def with_value(text: str, holder: UnitObject, field: FieldValue, value: str) -> str | None:
    """Return a text with another value in a field of an object that it has, None if other fields would change too."""
    try:
        documents = parse(text, holder.path)
    except Invalid:
        return None
    named = [
        one for one in documents if (text_at(one, "kind"), text_at(one, "metadata", "name")) in _names(holder, value)
    ]
    for one in sorted(named, key=lambda one: text_at(one, "metadata", "namespace") != holder.namespace):
        node = field.within(one)
        if node is not None and node.text in {field.text, value} and not node.anchor:
            return f"{text[: node.start]}{scalar(value)}{text[node.end :]}" if node.text != value else text
    return None


def _names(holder: UnitObject, value: str) -> set[tuple[str, str]]:
    """Return the names of an object, which is itself what changes if it is a Namespace."""
    return {(holder.sort, holder.name), *([(holder.sort, value)] if holder.sort == "Namespace" else [])}
