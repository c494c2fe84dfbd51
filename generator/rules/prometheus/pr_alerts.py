"""Alerts that load, but tell nothing, and duplicated rules: PR006 to PR008."""

from __future__ import annotations

from collections.abc import Iterator

from ...alertmanager.fault import in_quotes
from ...finding import Finding
from ...yaml import Node, get, text_at
from ..readers.prometheus_rules import has_rule_lists, is_alert, label_texts, own_labels, rule_lists
from ..rule import File, Scope, at, of_reading, rule
from .alert_examples import FAMILIES, HEAD

_SOURCE = "https://prometheus.io/docs/practices/alerting/"
# What texts of messages print: ours, those of the charts, and those of Alertmanager's own templates.
_READ = frozenset({"summary", "description", "message"})


@rule(
    "PR006",
    "info",
    FAMILIES,
    "an alert without a severity",
    explanation="Routes of Alertmanager choose receivers by the label severity: an alert without it reaches the "
    "receiver of the root route. A severity in the labels of the group counts.",
    bad=HEAD + "        - alert: Down\n          expr: up == 0\n          annotations: {summary: down}\n",
    good=HEAD + "        - alert: Down\n          expr: up == 0\n          labels: {severity: critical}\n"
    "          annotations: {summary: down}\n",
    source=_SOURCE,
)
@of_reading(has_rule_lists)
def alerts_without_severity(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield alerts without a severity (PR006)."""
    for groups in rule_lists(file, scope):
        for group in groups:
            shared = own_labels(group.node)
            for one in filter(is_alert, group.rules):
                if "severity" not in {**shared, **own_labels(one)}:
                    message = f"the alert {in_quotes(text_at(one, 'alert'))} has no severity"
                    yield at(get(one, "alert"), message, "add it to labels: critical, warning, info or none")


@rule(
    "PR007",
    "warning",
    FAMILIES,
    "an alert without a text",
    explanation="Messages print the annotations summary, description or message. An alert with none of them is a "
    "message with a name and labels only.",
    bad=HEAD + "        - alert: Down\n          expr: up == 0\n          labels: {severity: critical}\n",
    good=HEAD + "        - alert: Down\n          expr: up == 0\n          labels: {severity: critical}\n"
    "          annotations: {summary: The shop is down.}\n",
    source=_SOURCE,
)
@of_reading(has_rule_lists)
def alerts_without_text(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield alerts that no message can explain (PR007)."""
    for groups in rule_lists(file, scope):
        for group in groups:
            for one in filter(is_alert, group.rules):
                texts = {name.text: text.text for name, text in label_texts(one, "annotations")}
                if not any(texts.get(name, "").strip() for name in _READ):
                    message = f"the alert {in_quotes(text_at(one, 'alert'))} has no summary, description or message"
                    yield at(get(one, "alert"), message, "add annotations.summary")


@rule(
    "PR008",
    "warning",
    FAMILIES,
    "a duplicated rule",
    explanation="Two rules of a group with one name, labels and expression: an alert is sent once, a series is "
    "computed twice. Rules that differ in their expression are not reported: they may yield other series.",
    bad=HEAD + "        - record: job:up:sum\n          expr: sum by (job) (up)\n"
    "        - record: job:up:sum\n          expr: sum by (job) (up)\n",
    good=HEAD + "        - record: job:up:sum\n          expr: sum by (job) (up)\n"
    "        - record: job:up:count\n          expr: count by (job) (up)\n",
    source=_SOURCE,
)
@of_reading(has_rule_lists)
def duplicated_rules(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield rules that repeat one of their group (PR008)."""
    for groups in rule_lists(file, scope):
        for group in groups:
            seen: dict[tuple[str, ...], Node] = {}
            for one in group.rules:
                labels = sorted(own_labels(one).items())
                names = (text_at(one, "record"), text_at(one, "alert"))
                key = (*names, *(part for pair in labels for part in pair), "", *text_at(one, "expr").split())
                place = get(one, "record") or get(one, "alert")
                if key in seen and place is not None:
                    message = f"{in_quotes(place.text)} is the same rule as in line {seen[key].line}"
                    yield at(place, message, "remove one, or make names or labels differ")
                seen.setdefault(key, place or one)
