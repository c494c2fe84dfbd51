"""AM043: alerts of rules that the one configuration of the repository sends to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from ...alertmanager.details import filled_later
from ...alertmanager.fault import in_quotes
from ...alertmanager.model import Context
from ...alertmanager.possible_routes import possible_ends
from ...alertmanager.routing_tree import Route, has_open_matcher
from ...finding import Finding
from ...yaml import Node, get, text_at
from ..readers.kustomize_patches import patches_of, replaced_keys
from ..readers.objects import Object, objects
from ..readers.prometheus_rules import PrometheusGroup, has_rule_lists, is_alert, own_labels, rule_lists
from ..rule import File, Scope, at, of_reading, rule
from .configured import FAMILIES, SOURCE, configurations, contexts, resources

# Alerts that nobody should get: they fire to tell something to Alertmanager, or a heartbeat, or are for reading only.
_QUIET = frozenset({"none", "info", "information", "debug", "silent"})
_QUIET_NAME = re.compile(r"watch.?dog|heart.?beat|dead.?man|inhibitor", re.IGNORECASE)
_RELABELLED = ("alert_relabel_configs", "alertRelabelConfigs", "AlertRelabelConfigs", "alertRelabelings")
_RULES = (
    "apiVersion: monitoring.coreos.com/v1\n"
    "kind: PrometheusRule\n"
    "metadata: {name: shop}\n"
    "spec:\n"
    "  groups:\n"
    "    - name: shop\n"
    "      rules:\n"
    "        - alert: Down\n"
    "          expr: up == 0\n"
    "          labels: {severity: SEVERITY}\n"
    "          annotations: {summary: The shop is down.}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Secret\n"
    "metadata: {name: alertmanager-main}\n"
    "stringData:\n"
    "  alertmanager.yaml: |\n"
    "    route:\n"
    '      receiver: "null"\n'
    "      routes:\n"
    "        - matchers: [severity = critical]\n"
    "          receiver: slack\n"
    "    receivers:\n"
    '      - name: "null"\n'
    "      - name: slack\n"
    '        slack_configs: [{api_url_file: /etc/alertmanager/secrets/slack/url, channel: "#a"}]\n'
)


@rule(
    "AM043",
    "warning",
    ("kubernetes", "prometheus"),
    "an alert that nobody gets",
    explanation="The repository has one configuration of Alertmanager, and none of its routes takes the alert. It "
    "reaches the receiver of the root route, and that sends nothing. Labels that series may add count too: nothing is "
    "said if one of them could lead to a receiver. An alert without a severity is an info. Not for alerts that are not "
    "for people (Watchdog, severity none or info), for those that a route with their labels drops, if nothing is "
    "sent at all, or if AlertmanagerConfigs, relabelling, patches or other values may change labels or routes.",
    bad=_RULES.replace("SEVERITY", "warning"),
    good=_RULES.replace("SEVERITY", "critical"),
    source=SOURCE,
    across=True,
)
@of_reading(has_rule_lists)
def unheard_alerts(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield the alerts that reach nobody, those of a resource or file together (AM043)."""
    context = _only_configuration(scope)
    if context is None or context.root is None or any(map(partial(_is_changed, scope=scope), objects(file))):
        return
    for groups in rule_lists(file, scope):
        found = [(one, labels) for one, labels in _alerts(groups) if _is_unheard(context, context.root, labels)]
        for has_severity in (True, False):
            alike = [one for one, labels in found if bool(labels["severity"]) is has_severity]
            if alike:
                yield _finding(alike, context, has_severity=has_severity)


def _is_changed(one: Object, scope: Scope) -> bool:
    """Return whether a kustomization may change the labels of the alerts of a resource."""
    return one.sort == "PrometheusRule" and (any(patches_of(one, scope)) or any(replaced_keys(one, scope)))


def _finding(found: Sequence[Node], context: Context, *, has_severity: bool) -> Finding:
    name = in_quotes(text_at(found[0], "alert"))
    more = len(found) - 1
    others = f", nor {more} more alert{'s' if more > 1 else ''} here" if more else ""
    receiver = context.root.receiver if context.root else ""
    message = f"nobody gets the alert {name}{others}: no route of {context.path} takes it, and {in_quotes(receiver)}"
    hint = "add a route for its labels" if has_severity else "add a severity that a route takes"
    return at(get(found[0], "alert"), f"{message} sends nothing", hint, None if has_severity else "info")


def _alerts(groups: Sequence[PrometheusGroup]) -> Iterator[tuple[Node, Mapping[str, str]]]:
    """Yield alerts with the labels that are known, ``""`` for a severity that is missing."""
    for group in groups:
        shared = own_labels(group.node)
        for one in filter(is_alert, group.rules):
            labels = {"severity": "", **shared, **own_labels(one)}
            if filled_later(text_at(one, "alert")) or any(
                "{{" in each or filled_later(each) for each in labels.values()
            ):
                continue
            labels["alertname"] = text_at(one, "alert")
            if labels["severity"].lower() not in _QUIET and not _QUIET_NAME.search(labels["alertname"]):
                yield one, labels


def _is_unheard(context: Context, root: Route, labels: Mapping[str, str]) -> bool:
    """Return whether all routes that may take an alert send nothing, and one of them only inherits its receiver."""
    ends = possible_ends(root, labels)
    receivers = (context.by_name.get(path[-1].receiver) for path in ends)
    return all(one is not None and one.sink for one in receivers) and any(
        not any(route.own for route in path[1:]) for path in ends
    )


def _only_configuration(scope: Scope) -> Context | None:
    """Return the one configuration of the run, None unless it is certain that it decides about all alerts."""
    if "am.only" not in scope.memo:
        scope.memo["am.only"] = _found_configuration(scope)
    found: Context | None = scope.memo["am.only"]
    return found


def _found_configuration(scope: Scope) -> Context | None:
    found: list[Context] = []
    count = 0
    for one in scope.files:
        if any(word in one.text for word in _RELABELLED):
            return None
        if one.family in FAMILIES:
            if one.family == "kubernetes" and resources(one, scope):
                return None
            count += len(configurations(one, scope))
            if count > 1:
                return None
            found += contexts(one, scope)
    return found[0] if len(found) == 1 and _is_certain(found[0]) else None


def _is_certain(context: Context) -> bool:
    source = context.source
    if not source.readable or source.own is None or source.partial or source.has_other_route or context.root is None:
        return False
    if any(has_open_matcher(path[-1]) for path in context.paths):
        return False
    return any(context.sends(path[-1].receiver) for path in context.paths)
