"""Rules that are refused: PR001 to PR005. The operator leaves out the resource, Prometheus loads no rules at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...alertmanager import durations
from ...alertmanager.details import filled_later
from ...alertmanager.fault import in_quotes
from ...alertmanager.gotemplate import TemplateError
from ...finding import Finding
from ...promql import has_dashboard_variable, is_rendered_later, promql_cost, promql_fault
from ...yaml import Node, get, key_of, text_at
from ..readers.prometheus_rules import (
    PrometheusGroup,
    has_rule_lists,
    is_alert,
    is_configuration,
    label_texts,
    rule_lists,
)
from ..rule import File, Scope, at, of_reading, rule
from .alert_examples import FAMILIES, HEAD
from .alert_templates import alert_template_fault

SOURCE = "https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/"
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z", re.ASCII)
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z", re.ASCII)
_BUDGET = 20_000_000
_GROUP_KEYS = ("name", "interval", "query_offset", "limit", "rules", "labels", "partial_response_strategy")
_RULE_KEYS = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_DURATIONS = ("interval", "query_offset", "for", "keep_firing_for")


def effect(group: PrometheusGroup) -> str:
    """Return what a refused rule leads to."""
    return "the operator leaves out the whole resource" if group.resource else "Prometheus loads none of its rule files"


@rule(
    "PR001",
    "error",
    FAMILIES,
    "an expression that is not valid PromQL",
    explanation="The API server accepts every text. The operator leaves out the whole PrometheusRule, and reports it "
    "as an event only, unless its admission webhook is installed; Prometheus refuses to load a rule file. Expressions "
    "are parsed by promql-parser. What it cannot tell, such as syntax of experimental features, is not reported.",
    bad=HEAD + '        - alert: Down\n          expr: up{job="shop" == 0\n',
    good=HEAD + '        - alert: Down\n          expr: up{job="shop"} == 0\n',
    source="https://prometheus.io/docs/prometheus/latest/querying/basics/",
)
@of_reading(has_rule_lists)
def broken_expressions(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield expressions that Prometheus cannot parse (PR001)."""
    budget = _BUDGET
    for groups in rule_lists(file, scope):
        for group in groups:
            for one in group.rules:
                expression = get(one, "expr")
                if expression is None or expression.shape != "scalar" or expression.tag == "null":
                    continue  # PR002
                if filled_later(expression.text):
                    continue
                budget -= promql_cost(expression.text)
                if budget < 0:
                    return
                reason = promql_fault(expression.text)
                if reason and not is_rendered_later(expression.text):
                    yield _broken(expression, reason, effect(group))


def _broken(expression: Node, reason: str, result: str) -> Finding:
    shown = in_quotes(" ".join(expression.text.split()))
    if has_dashboard_variable(expression.text):  # unless something else fills it in
        message = f"{shown} has a variable that Grafana fills in, in dashboards only"
        return at(expression, message, f"write a value, such as 5m for $__rate_interval: {result}", "warning")
    message = f"{shown} is not valid PromQL: {_one_line(reason)}"
    return at(expression, message, f"fix the expression: {result}")


def _one_line(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 160 else f"{shown[:159]}…"


@rule(
    "PR002",
    "error",
    FAMILIES,
    "a rule without a name or expression, or with keys that do not belong to it",
    explanation="A rule has either alert or record, and an expression. A recording rule has no annotations, for and "
    "keep_firing_for, and its name is a metric without braces. Groups have names, which differ within a file.",
    bad=HEAD + "        - record: job:up:sum\n          expr: sum by (job) (up)\n          for: 5m\n",
    good=HEAD + "        - record: job:up:sum\n          expr: sum by (job) (up)\n",
    source=SOURCE,
)
@of_reading(has_rule_lists)
def incomplete_rules(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield rules and groups that lack something, or have too much (PR002)."""
    for groups in rule_lists(file, scope):
        seen: dict[str, Node] = {}
        for group in groups:
            name = get(group.node, "name")
            if name is None or not name.text or name.tag == "null":
                yield at(name or group.node, f"the group has no name: {effect(group)}", "add name")
            elif name.text in seen:
                message = f"the group {in_quotes(name.text)} is duplicated: {effect(group)}"
                yield at(name, message, f"rename it, or move its rules to line {seen[name.text].line}")
            else:
                seen[name.text] = name
            for one in group.rules:
                yield from _parts_of(one, effect(group))


def _parts_of(one: Node, result: str) -> Iterator[Finding]:
    alert, record = text_at(one, "alert"), text_at(one, "record")
    if bool(alert) == bool(record):
        what = "both alert and record" if alert else "neither alert nor record"
        yield at(get(one, "record") or one, f"the rule has {what}: {result}", "keep one" if alert else "add alert")
    expression = get(one, "expr")
    if expression is None or (expression.shape == "scalar" and (not expression.text or expression.tag == "null")):
        yield at(expression or one, f"the rule has no expr: {result}", "add expr")
    if not record:
        return
    for key in ("annotations", "for", "keep_firing_for"):
        found = get(one, key)
        zero = key != "annotations" and found is not None and durations.prometheus(found.text) == 0
        if found is not None and not zero and (found.pairs or found.text):
            yield at(key_of(one, key), f"a recording rule must not have {key}: {result}", "remove it")
    if ("{" in record or "}" in record) and not is_rendered_later(record):
        yield at(get(one, "record"), f"the name {in_quotes(record)} has braces: {result}", "move labels to labels")


@rule(
    "PR003",
    "error",
    FAMILIES,
    "a name of a label, annotation or metric that is refused",
    explanation="Names have letters, digits and _, and metrics colons too. From Prometheus 3 on names may have other "
    "characters: such a name is a warning here, because the admission webhook of the operator and Prometheus 2 refuse "
    "it. The label __name__ is always refused.",
    bad=HEAD + "        - alert: Down\n          expr: up == 0\n          labels: {__name__: down}\n",
    good=HEAD + "        - alert: Down\n          expr: up == 0\n          labels: {severity: critical}\n",
    source=SOURCE,
)
@of_reading(has_rule_lists)
def refused_names(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield names that are refused (PR003)."""
    for groups in rule_lists(file, scope):
        for group in groups:
            for one in (group.node, *group.rules):
                for key in ("labels", "annotations"):
                    for name, _ in label_texts(one, key):
                        yield from _name(name, key, effect(group))
                record = get(one, "record")
                if record is not None and record.text and not _METRIC.match(record.text) and "{" not in record.text:
                    message = f"{in_quotes(record.text)} is a name that only Prometheus 3 accepts"
                    yield at(record, message, "write letters, digits, _ and colons", "warning")


def _name(name: Node, key: str, result: str) -> Iterator[Finding]:
    if not name.text or (name.text == "__name__" and key == "labels"):
        yield at(name, f"{in_quotes(name.text)} is not a name of {key}: {result}", "rename it")
    elif not _LABEL.match(name.text) and not filled_later(name.text):
        message = f"{in_quotes(name.text)} is a name that only Prometheus 3 accepts, and not the operator's webhook"
        yield at(name, message, "write letters, digits and _", "warning")


@rule(
    "PR004",
    "error",
    FAMILIES,
    "a label or annotation of an alert that is not a valid template",
    explanation="Labels and annotations of alerts are templates of Prometheus, with other functions than those of "
    "Alertmanager: $labels, $value, humanize, query. They are parsed when the rules are loaded, so that a mistake "
    "stops the whole file.",
    bad=HEAD + "        - alert: Down\n          expr: up == 0\n          annotations:\n"
    '            summary: "{{ $labels.job | upper }} is down"\n',
    good=HEAD + "        - alert: Down\n          expr: up == 0\n          annotations:\n"
    '            summary: "{{ $labels.job | toUpper }} is down"\n',
    source="https://prometheus.io/docs/prometheus/latest/configuration/template_reference/",
)
@of_reading(has_rule_lists)
def broken_alert_texts(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield labels and annotations that are not valid templates (PR004)."""
    for groups in rule_lists(file, scope):
        for group in groups:
            if any(is_rendered_later(text_at(one, "expr")) for one in group.rules):
                continue  # its braces are those of another program
            for one in filter(is_alert, group.rules):
                for key in ("labels", "annotations"):
                    for name, text in label_texts(one, key):
                        try:
                            alert_template_fault(text.text)
                        except TemplateError as error:
                            message = f"{in_quotes(name.text)} is not a valid template: {error}"
                            yield at(text, message, f"fix the template: {effect(group)}")


@rule(
    "PR005",
    "error",
    ("prometheus",),
    "a rule file with an unknown key or a duration that is not valid",
    explanation="Prometheus refuses to load a rule file with a key that it does not know. Of PrometheusRule resources "
    "SCH001 reports the same.",
    bad="groups:\n  - name: shop\n    rules:\n      - alert: Down\n        expr: up == 0\n        four: 5m\n",
    good="groups:\n  - name: shop\n    rules:\n      - alert: Down\n        expr: up == 0\n        for: 5m\n",
    source=SOURCE,
)
def refused_keys(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield unknown keys and durations that are not valid (PR005)."""
    if file.family == "prometheus":
        for document in file.documents[:1]:
            yield from _top(document)
    for groups in rule_lists(file, scope):
        for group in groups:
            yield from _keys(group.node, _GROUP_KEYS, effect(group))
            for one in group.rules:
                yield from _keys(one, _RULE_KEYS, effect(group))


def _top(document: Node) -> Iterator[Finding]:
    """Yield what is wrong with a rule file as a whole."""
    result = "Prometheus loads none of its rule files"
    groups = get(document, "groups")
    if document.shape != "map" and document.tag != "null":
        yield at(document, f"a rule file is not a map: {result}", "write groups: with a list")
    elif groups is not None and groups.shape != "list" and groups.tag != "null":
        yield at(groups, f"groups is not a list: {result}", "write a list of groups")
    elif not is_configuration(document):
        yield from _keys(document, ("groups",), result)


def _keys(node: Node, known: tuple[str, ...], result: str) -> Iterator[Finding]:
    for key, one in node.pairs:
        if key.text not in known:
            yield at(key, f"unknown key {in_quotes(key.text)}: {result}", f"use one of {', '.join(known)}")
        elif key.text in _DURATIONS and one.shape == "scalar" and not _is_duration(one):
            message = f"{key.text} is {in_quotes(one.text)}, not a duration: {result}"
            yield at(one, message, "write whole numbers with units from large to small: 1h30m, 30s")
        elif (
            key.text == "limit"
            and one.shape == "scalar"
            and one.tag not in {"int", "null"}
            and not is_rendered_later(one.text)
        ):
            yield at(
                one, f"limit is {in_quotes(one.text)}, not a whole number: {result}", "write digits, without quotes"
            )


def _is_duration(one: Node) -> bool:
    known = one.tag == "null" or durations.prometheus(one.text) is not None
    return known or filled_later(one.text) or is_rendered_later(one.text)
