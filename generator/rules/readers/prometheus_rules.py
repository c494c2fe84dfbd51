"""Groups of rules in PrometheusRule resources and in rule files of Prometheus.

https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/#rule_group.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ... import globs
from ...alertmanager.config_resources import GROUP
from ...alertmanager.details import filled_later
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..rule import File, Scope
from .objects import is_patch, objects

_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|`[^`]*+`?")  # also unfinished: linear
# What only LogQL has, of an expression whose strings are empty: https://grafana.com/docs/loki/latest/query/log_queries/
_LOGQL = re.compile(
    r"\|[=~>]|\}\s*+(?:\|(?!\|)|!=\s*+(?:\"|ip\b)|!~|!>)|\b(?:bytes_rate|bytes_over_time|rate_counter|approx_topk)\b"
    r"|\|\s*+(?:json|logfmt|pattern|regexp|unpack|line_format|label_format|unwrap|decolorize|drop|keep|distinct)\b"
)
# What only MetricsQL has, which vmalert reads, and its templates:
# https://docs.victoriametrics.com/victoriametrics/metricsql/, https://docs.victoriametrics.com/victoriametrics/vmalert/.
_METRICSQL = re.compile(
    r"\bkeep_metric_names\b|\bWITH\s*+\(|[)\]}\w]\s++(?:default|ifnot|if)\s++[\w(]"
    r"|\b(?:rollup(?:_\w++)?|label_(?:set|map|copy|move|del|keep|transform|value|match|mismatch|lowercase|uppercase)"
    r"|(?:range|running|outliers|buckets?|remove_resets|smooth)_\w++|(?:in|de)creases_over_time|(?:tmin|tmax|tfirst|tlast"
    r"|median|mode|distinct|zscore|share_le|share_gt|count_(?:eq|ne|gt|le)|hoeffding_bound_\w++|range)_over_time"
    r"|histogram_quantiles|quantiles|union|alias|limitk_\w++)\s*+\("
)
_OF_VMALERT = re.compile(
    r"\{\{[^{}]*?(?:\$(?:expr|alertID|groupID|activeAt|isPartial)\b"
    r"|\b(?:quotesEscape|jsonEscape|crlfEscape|pathEscape|queryEscape|htmlEscape)\b)"
)
# What only PromQL has, of an expression that is not LogQL: the name of a metric before its labels or range, or first.
_PROMQL = re.compile(
    r"(?<![\w:])(?!(?:and|or|unless|bool|offset)\b)[a-zA-Z_:][\w:]*+\s*+[{\[]"
    r"|\A\s*+(?!(?:sum|avg|min|max|count|stddev|stdvar|topk|bottomk|sort|sort_desc)\b)[a-zA-Z_:][\w:]*+\s*+(?![\s\w(:])"
)
# Keys of groups and of rules of others: https://docs.victoriametrics.com/victoriametrics/vmalert/#groups,
# https://grafana.com/docs/mimir/latest/references/architecture/components/ruler/,
# https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/.
_GROUP_KEYS_OF_OTHERS = frozenset(
    {
        *("type", "concurrency", "params", "headers", "notifier_headers", "eval_offset", "eval_delay", "tenant"),
        *("debug", "extra_filter_labels", "eval_alignment"),
        *("source_tenants", "evaluation_delay", "align_evaluation_time_on_interval"),
        *("orgId", "folder"),
    }
)
_RULE_KEYS_OF_OTHERS = frozenset({"debug", "update_entries_limit"})


# What Prometheus takes in ``rule_files``: a * in the last part of a path only (config/config.go).
_RULE_PATH = re.compile(r"[^*]*(?:\*[^/]*)?\Z")
_MAX_PATTERNS = 200


@dataclass(frozen=True)
class RulePath:
    """An entry of ``rule_files``: the node, and its path or glob from the root, ``""`` if it is not below the root."""

    node: Node
    path: str

    @property
    def is_plain(self) -> bool:
        """Whether it names one file."""
        return globs.is_plain(self.node.text)

    @property
    def is_refused(self) -> bool:
        """Whether Prometheus does not load a configuration with it, for certain."""
        return not _RULE_PATH.match(self.node.text) or globs.is_refused_by_go(self.node.text)

    def chosen(self, by_folder: Mapping[str, Sequence[str]]) -> list[str]:
        """Return the paths that Prometheus reads, of those in folders; none for wildcards in a folder, and escapes."""
        folder, name = posixpath.split(self.path)
        if not name or "\\" in self.path or not globs.is_plain(folder):
            return []
        glob = name.replace("[^", "[!")
        return [one for one in by_folder.get(folder, ()) if globs.matches(posixpath.basename(one), glob)]


def by_folder(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return paths by their folder."""
    found: dict[str, list[str]] = {}
    for one in paths:
        found.setdefault(posixpath.dirname(one), []).append(one)
    return found


@dataclass(frozen=True)
class PrometheusGroup:
    """A group of rules, as a node; ``resource`` says whether it is of a PrometheusRule, else it is of a file.

    ``only_promql``: others of its resource are LogQL, so that its rules are only those which are PromQL for certain.
    """

    node: Node
    resource: bool
    only_promql: bool = False

    @property
    def rules(self) -> tuple[Node, ...]:
        """Its rules."""
        every = (one for one in items_at(self.node, "rules") if one.shape == "map")
        return tuple(one for one in every if not self.only_promql or _is_promql(one))


def is_configuration(document: Node) -> bool:
    """Return whether a document of the family is Prometheus' configuration, not a rule file."""
    return get(document, "scrape_configs") is not None


def rule_paths(file: File) -> tuple[RulePath, ...]:
    """Return the entries of ``rule_files`` of a configuration of Prometheus, whose paths start at its folder."""
    document = file.documents[0] if file.family == "prometheus" and file.documents else None
    if document is None or not is_configuration(document):
        return ()
    found = []
    for one in items_at(document, "rule_files")[:_MAX_PATTERNS]:
        if one.shape == "scalar" and one.text and not filled_later(one.text):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), one.text))
            found.append(RulePath(one, "" if path.startswith(("/", "..")) else path))
    return tuple(found)


def has_rule_lists(file: File, scope: Scope) -> bool:
    """Tell whether a file has a resource or rule file with groups."""
    return next(rule_lists(file, scope), None) is not None


def rule_lists(file: File, scope: Scope) -> Iterator[tuple[PrometheusGroup, ...]]:
    """Yield the groups of each resource or rule file in a file.

    Of a resource with LogQL, which Alloy reads for Loki (``loki.rules.kubernetes``), or with MetricsQL, only what is
    PromQL for certain.
    """
    if file.family == "prometheus":
        for document in file.documents[:1]:  # Prometheus reads the first document only
            yield tuple(_groups(document, ("groups",), resource=False))
    elif file.family == "kubernetes" and not is_patch(file, scope):
        for one in objects(file):
            if one.group == GROUP and one.sort == "PrometheusRule":
                found = tuple(_groups(one.node, ("spec", "groups"), resource=True))
                if any(_is_of_others(each) for group in found for each in group.rules):
                    found = tuple(replace(group, only_promql=True) for group in found)
                    found = tuple(group for group in found if group.rules)
                yield found


def has_rules_of_others(document: Node) -> bool:
    """Return whether a rule file is of Loki or vmalert, by expressions in LogQL or MetricsQL, or of Mimir, vmalert or
    Grafana, by its keys.
    """
    for group in _groups(document, ("groups",), resource=False):
        if any(key.text in _GROUP_KEYS_OF_OTHERS for key, _ in group.node.pairs):
            return True
        for one in group.rules:
            if any(key.text in _RULE_KEYS_OF_OTHERS for key, _ in one.pairs):
                return True
            if _is_of_others(one):
                return True
    return False


def _is_of_others(rule: Node) -> bool:
    """Return whether a rule is one of Loki or vmalert, by its expression and texts."""
    expression = _without_strings(rule)
    if _LOGQL.search(expression) or _METRICSQL.search(expression):
        return True
    return any(_OF_VMALERT.search(one.text) for key in ("annotations", "labels") for _, one in label_texts(rule, key))


def _is_promql(rule: Node) -> bool:
    return not _is_of_others(rule) and _PROMQL.search(_without_strings(rule)) is not None


def _without_strings(rule: Node) -> str:
    text = _STRINGS.sub('""', text_at(rule, "expr"))
    return re.sub(r"#[^\n]*+", "", text)


def is_alert(rule: Node) -> bool:
    """Return whether a rule is an alert."""
    return bool(text_at(rule, "alert"))


def label_texts(rule: Node, key: str) -> Iterator[tuple[Node, Node]]:
    """Yield the names and texts of the labels or annotations of a rule or group."""
    for name, one in pairs_at(rule, key):
        if name.shape == one.shape == "scalar":
            yield name, one


def own_labels(rule: Node) -> dict[str, str]:
    """Return the labels of a rule."""
    return {name.text: one.text for name, one in label_texts(rule, "labels")}


def _groups(node: Node, path: tuple[str, ...], *, resource: bool) -> Iterator[PrometheusGroup]:
    found = get(node, *path)
    for one in found.items if found is not None and found.shape == "list" else ():
        if one.shape == "map":
            yield PrometheusGroup(one, resource)
