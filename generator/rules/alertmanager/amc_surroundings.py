"""AlertmanagerConfig resources and what surrounds them: namespaces, Secrets, the Alertmanager that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...alertmanager import logic
from ...alertmanager.config_resources import GROUP, ConfigResource, converted, is_secret_key
from ...alertmanager.fault import in_quotes
from ...alertmanager.matchers import Matcher
from ...alertmanager.routing_tree import tree
from ...alertmanager.value import Value
from ...finding import Finding
from ...yaml import get, pairs_at, text_at
from ..readers.objects import Object, named, of_sort
from ..rule import File, Scope, of_reading, rule
from .configured import RESOURCES, resources

_HEAD = (
    "apiVersion: monitoring.coreos.com/v1alpha1\n"
    "kind: AlertmanagerConfig\n"
    "metadata: {name: shop, namespace: shop}\n"
    "spec:\n"
    "  receivers:\n"
    "    - name: team\n"
)


@rule(
    "AMC006",
    "warning",
    ("kubernetes",),
    "an AlertmanagerConfig that reads a key which its Secret does not have",
    explanation="The Secret of that name and namespace is in the repository, and lacks the key. The operator then "
    "leaves the whole resource out. Secrets that are not in the repository, and keys that something else adds, are not "
    "reported.",
    bad=_HEAD + "      slackConfigs:\n        - apiURL: {name: slack, key: url}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: slack, namespace: shop}\nstringData: {address: x}\n",
    good=_HEAD + "      slackConfigs:\n        - apiURL: {name: slack, key: url}\n---\n"
    "apiVersion: v1\nkind: Secret\nmetadata: {name: slack, namespace: shop}\nstringData: {url: x}\n",
    source=RESOURCES,
    across=True,
)
@of_reading(resources)
def missing_secret_keys(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield references to keys that a Secret of the run does not have (AMC006)."""
    for resource in resources(file, scope):
        for one in _references(resource.spec):
            name, key = one.text_of("name"), one.text_of("key")
            secrets = [each for each in named(scope, "Secret", name) if each.namespace == resource.namespace]
            if not (name and key and resource.namespace and secrets) or any(_may_have(each, key) for each in secrets):
                continue
            message = f"the Secret {name} has no key {in_quotes(key)}: the operator leaves the whole resource out"
            yield Finding(*one.place, message, f"use a key of {secrets[0].file.path}, or add it there")


def _references(spec: Value) -> Iterator[Value]:
    stack = list(spec.list_of("receivers"))
    while stack:
        one = stack.pop()
        if is_secret_key(one):
            yield one
        stack += reversed((*one.pairs.values(), *one.items))


def _may_have(secret: Object, key: str) -> bool:
    keys = {each.text for part in ("data", "stringData") for each, _ in pairs_at(secret.node, part)}
    return not keys or key in keys  # without keys, something else fills it


@rule(
    "AMC007",
    "warning",
    ("kubernetes",),
    "a route of an AlertmanagerConfig that only matches alerts of another namespace",
    explanation="The operator adds the matcher namespace=NAMESPACE, with the namespace of the resource, to its first "
    "route, unless alertmanagerConfigMatcherStrategy of the Alertmanager says otherwise: alerts of other namespaces, "
    "or without one such as Watchdog, never arrive. Nothing is reported if an Alertmanager or values in the "
    "repository have another strategy.",
    bad=_HEAD + '  route:\n    receiver: team\n    matchers:\n      - {name: namespace, matchType: "=", value: web}\n',
    good=_HEAD
    + '  route:\n    receiver: team\n    matchers:\n      - {name: severity, matchType: "=", value: critical}\n',
    source="https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1."
    "AlertmanagerConfigMatcherStrategy",
    across=True,
)
@of_reading(resources)
def other_namespaces(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield routes that contradict the matcher of the namespace (AMC007)."""
    for resource in resources(file, scope):
        if resource.namespace and not _has_other_strategy(scope):
            yield from _contradictions(resource)


def _contradictions(resource: ConfigResource) -> Iterator[Finding]:
    top = converted(resource, prefixed=False).get("route")
    if top is None:
        return
    # Matchers of the first route count too, and the routing tree takes none of its root.
    root = tree(Value("map", "map", pairs={"routes": Value("list", "list", items=(top,))}))
    bound = Matcher("namespace", "=", resource.namespace)
    stack = list(root.routes)
    while stack:
        route = stack.pop()
        wrong = next(
            (one for one in route.matchers if one.name == "namespace" and logic.contradiction((bound, one))), None
        )
        if wrong is None:
            stack += reversed(route.routes)
            continue
        place = route.value.get("matchers") or route.value
        message = f"no alert reaches this route: the operator adds {bound}, and {wrong} excludes it"
        hint = "move the resource to that namespace, or set alertmanagerConfigMatcherStrategy of the Alertmanager"
        yield Finding(*place.place, message, hint)


def _has_other_strategy(scope: Scope) -> bool:
    """Return whether an Alertmanager or Helm values of the run set another strategy than the default."""
    if "amc.strategy" not in scope.memo:
        scope.memo["amc.strategy"] = any(
            "alertmanagerConfigMatcherStrategy" in one.text
            for one in scope.files
            if one.family in {"values", "kubernetes"}
        )
    return bool(scope.memo["amc.strategy"])


@rule(
    "AMC009",
    "info",
    ("kubernetes",),
    "an AlertmanagerConfig that no Alertmanager of the repository selects",
    explanation="Every Alertmanager in the repository has an alertmanagerConfigSelector with labels, or none at all, "
    "and none of them selects the labels of this resource. Reported only if there is an Alertmanager resource.",
    bad=_HEAD + "---\napiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: main}\n"
    "spec: {alertmanagerConfigSelector: {matchLabels: {team: shop}}}\n",
    good=_HEAD + "---\napiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: main}\n"
    "spec: {alertmanagerConfigSelector: {}}\n",
    source=RESOURCES,
    across=True,
)
@of_reading(resources)
def unselected_resources(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield resources that no Alertmanager of the run selects (AMC009)."""
    for resource in resources(file, scope):
        readers = _readers(scope)
        if readers.names and not readers.may_select(resource):
            message = f"no Alertmanager of the repository selects it: {', '.join(readers.names)}"
            hint = "add the labels of alertmanagerConfigSelector to metadata.labels"
            yield Finding(*resource.spec.place, message, hint)


@dataclass(frozen=True)
class _Readers:
    """The Alertmanagers of the run: the first names, the resources that they name, and the labels by which they select,
    by one of these labels. ``every`` says that one selects by no label.
    """

    names: tuple[str, ...]
    named: frozenset[str]
    every: bool
    selected: Mapping[tuple[str, str], set[frozenset[tuple[str, str]]]]

    def may_select(self, resource: ConfigResource) -> bool:
        """Return whether one of them may read a resource."""
        if self.every or resource.name in self.named:
            return True
        labels = resource.labels.items()
        return any(wanted <= labels for one in labels for wanted in self.selected.get(one, ()))


def _readers(scope: Scope) -> _Readers:
    if "amc.readers" not in scope.memo:
        found = of_sort(scope, GROUP, "Alertmanager")
        selectors = [one for each in found if (one := get(each.node, "spec", "alertmanagerConfigSelector")) is not None]
        wanted = {frozenset((key.text, value.text) for key, value in pairs_at(one, "matchLabels")) for one in selectors}
        selected: dict[tuple[str, str], set[frozenset[tuple[str, str]]]] = {}
        for labels in wanted - {frozenset()}:
            selected.setdefault(min(labels), set()).add(labels)
        scope.memo["amc.readers"] = _Readers(
            tuple(one.name for one in found[:5]),
            frozenset(text_at(one.node, "spec", "alertmanagerConfiguration", "name") for one in found),
            frozenset() in wanted,
            selected,
        )
    readers: _Readers = scope.memo["amc.readers"]
    return readers
