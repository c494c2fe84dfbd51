"""AlertmanagerConfig resources that Prometheus Operator leaves out, or that break the configuration of everybody."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...alertmanager.resource_check import resource_faults
from ...finding import Finding, Severity
from ..rule import CheckOfReading, File, Rule, Scope, rule
from .configured import RESOURCES, resources

_HEAD = (
    "apiVersion: monitoring.coreos.com/v1alpha1\n"
    "kind: AlertmanagerConfig\n"
    "metadata: {name: shop, namespace: shop}\n"
    "spec:\n"
)
_RECEIVERS = "  receivers:\n    - name: team\n"
_ROUTE = "  route:\n    receiver: team\n"


def _checked(name: str, file: File, scope: Scope) -> Iterator[Finding]:
    for one in resources(file, scope):
        yield from (fault for fault in resource_faults(one) if fault.code == name)


def _resource_rule(name: str, severity: Severity, summary: str, explanation: str, bad: str, good: str) -> Rule:
    """Return a rule that reports the faults of resources with its id."""
    check = CheckOfReading(resources, partial(_checked, name))
    words = " ".join(explanation.split())
    made = rule(
        name,
        severity,
        ("kubernetes",),
        summary,
        explanation=words,
        bad=_HEAD + bad,
        good=_HEAD + good,
        source=RESOURCES,
    )
    return made(check)


resource_receivers = _resource_rule(
    "AMC001",
    "error",
    "an AlertmanagerConfig whose receivers are undefined, missing or duplicated",
    """A route can only use receivers of its own resource, by their names there. The operator leaves a resource with
    such a mistake out, and reports it as an event only: no alert of it is routed.""",
    "  route:\n    receiver: slack\n" + _RECEIVERS,
    _ROUTE + _RECEIVERS,
)
resource_matchers = _resource_rule(
    "AMC002",
    "error",
    "a matcher of an AlertmanagerConfig that is not valid",
    """matchers are maps with name, value and matchType. The operator does not compile regular expressions: one that is
    not valid makes Alertmanager refuse the generated configuration, with the routes of all resources and teams.""",
    _ROUTE + '    matchers:\n      - {name: severity, matchType: "=~", value: "critical("}\n' + _RECEIVERS,
    _ROUTE + '    matchers:\n      - {name: severity, matchType: "=~", value: critical|warning}\n' + _RECEIVERS,
)
resource_grouping = _resource_rule(
    "AMC003",
    "error",
    "a groupBy of an AlertmanagerConfig that is refused",
    """A label may be listed once, and '...' only alone. The operator leaves the resource out.""",
    _ROUTE + '    groupBy: ["...", namespace]\n' + _RECEIVERS,
    _ROUTE + '    groupBy: ["..."]\n' + _RECEIVERS,
)
resource_intervals = _resource_rule(
    "AMC004",
    "error",
    "a time interval of an AlertmanagerConfig that is undefined, duplicated or not valid",
    """A route can only use time intervals of its own resource: muteTimeIntervals in v1alpha1, timeIntervals in
    v1beta1. The operator leaves the resource out; two intervals with one name, or one without timeIntervals, make
    Alertmanager refuse the configuration of all resources.""",
    _ROUTE + "    muteTimeIntervals: [night]\n" + _RECEIVERS,
    _ROUTE
    + "    muteTimeIntervals: [night]\n"
    + _RECEIVERS
    + "  muteTimeIntervals:\n    - name: night\n      timeIntervals:\n        - weekdays: ['monday:friday']\n",
)
resource_settings = _resource_rule(
    "AMC005",
    "error",
    "a receiver of an AlertmanagerConfig that lacks a key, or has a value that is refused",
    """Credentials and addresses that a receiver needs, keys that exclude each other, and addresses that are not
    valid, as the operator checks them before it merges a resource. It leaves the resource out.""",
    _ROUTE + _RECEIVERS + "      webhookConfigs:\n        - maxAlerts: 5\n",
    _ROUTE + _RECEIVERS + "      webhookConfigs:\n        - url: https://example.com/hook\n",
)
resource_ineffective = _resource_rule(
    "AMC008",
    "warning",
    "a part of an AlertmanagerConfig that has no effect",
    """Receivers of a resource without a route are left out. The operator sets continue: true for the first route, so
    that the routes of other resources and of the configuration see the alert too.""",
    _RECEIVERS,
    _ROUTE + _RECEIVERS,
)
