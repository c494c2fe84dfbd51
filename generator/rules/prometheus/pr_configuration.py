"""The parts of Prometheus' configuration about alerts and rules: PR009, PR010."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from ... import regex
from ...alertmanager import durations
from ...alertmanager.details import filled_later
from ...alertmanager.fault import in_quotes
from ...finding import Finding
from ...yaml import Node, get, items_at, text_at
from ..readers.prometheus_rules import RulePath, by_folder, is_configuration, rule_paths
from ..rule import File, Scope, at, rule
from .alerting_shape import shape_faults

_EFFECT = "Prometheus does not start, or keeps its old configuration"
_CREDENTIALS = ("basic_auth", "authorization", "oauth2", "sigv4")
_TOKENS = ("bearer_token", "bearer_token_file")
_WITH_TARGET = ("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal")
_ACTIONS = (*_WITH_TARGET, "keep", "drop", "labelmap", "labeldrop", "labelkeep")


@rule(
    "PR009",
    "error",
    ("prometheus",),
    "an alerting part of Prometheus' configuration that is refused",
    explanation="alerting lists the Alertmanagers that get the alerts, and relabels them before. Prometheus refuses "
    "the whole configuration for an unknown key, a value of a wrong type, an address with a scheme or path, or a "
    "relabelling that is not complete. The rest of the configuration is not checked.",
    bad="global: {}\nscrape_configs: []\nalerting:\n  alertmanagers:\n    - static_configs:\n"
    '        - targets: ["http://alertmanager:9093"]\n',
    good="global: {}\nscrape_configs: []\nalerting:\n  alertmanagers:\n    - static_configs:\n"
    '        - targets: ["alertmanager:9093"]\n',
    source="https://prometheus.io/docs/prometheus/latest/configuration/configuration/#alertmanager_config",
)
def refused_alerting(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield faults of the alerting part (PR009)."""
    for document in file.documents[:1]:
        alerting = get(document, "alerting")
        if alerting is None:
            continue
        for node, message, hint in shape_faults(alerting, "alerting"):
            yield at(node, f"{message}: {_EFFECT}", hint)
        yield from _relabelling(alerting, "alert_relabel_configs")
        for one in items_at(alerting, "alertmanagers"):
            if one.shape == "map":
                yield from _alertmanager(one)


def _alertmanager(one: Node) -> Iterator[Finding]:
    for key in ("relabel_configs", "alert_relabel_configs"):
        yield from _relabelling(one, key)
    version, timeout = _given(one, "api_version"), _given(one, "timeout")
    if version is not None and version.text != "v2" and not filled_later(version.text):
        message = f"api_version is {in_quotes(version.text)}, not v2: {_EFFECT}"
        yield at(version, message, "write v2, or remove it", None if version.text != "v1" else "warning")
    if timeout is not None and durations.prometheus(timeout.text) is None and not filled_later(timeout.text):
        yield at(timeout, f"timeout is {in_quotes(timeout.text)}, not a duration: {_EFFECT}", "write it like 10s")
    used = [key.text for key, _ in one.pairs if key.text in _CREDENTIALS and _given(one, key.text)]
    tokens = [key for key in _TOKENS if text_at(one, key)]
    if len(used) > 1:
        yield at(get(one, used[-1]), f"{' and '.join(used)} exclude each other: {_EFFECT}", "keep one")
    elif len(tokens) > 1 or (tokens and set(used) - {"sigv4"}):
        message = f"{' and '.join([*tokens, *used])} exclude each other: {_EFFECT}"
        yield at(get(one, tokens[-1]), message, "keep one")
    if text_at(one, "proxy_from_environment") == "true" and (other := _given(one, "proxy_url")):
        yield at(other, f"proxy_url and proxy_from_environment exclude each other: {_EFFECT}", "keep one")
    if text_at(one, "no_proxy") and not _given(one, "proxy_url") and not _given(one, "proxy_from_environment"):
        yield at(get(one, "no_proxy"), f"no_proxy needs proxy_url: {_EFFECT}", "add proxy_url, or remove no_proxy")
    if get(one, "relabel_configs") is None:
        for group in items_at(one, "static_configs"):
            for target in items_at(group, "targets"):
                if "/" in target.text and not filled_later(target.text):
                    message = f"{in_quotes(target.text)} is not an address: {_EFFECT}"
                    yield at(target, message, "write host:port here, and use scheme and path_prefix")


def _given(node: Node, key: str) -> Node | None:
    """Return the value of a key, None also for null, which leaves the default."""
    found = get(node, key)
    return None if found is None or (found.shape == "scalar" and found.tag == "null") else found


def _relabelling(node: Node, key: str) -> Iterator[Finding]:
    for one in items_at(node, key):
        if one.shape != "map":
            continue
        action, pattern = get(one, "action"), _given(one, "regex")
        name = action.text.lower() if action is not None else "replace"
        if name not in _ACTIONS and not filled_later(name):
            yield at(action, f"the action {in_quotes(name)} does not exist: {_EFFECT}", f"use {', '.join(_ACTIONS)}")
        elif name in _WITH_TARGET and not text_at(one, "target_label"):
            yield at(one, f"the action {name} needs target_label: {_EFFECT}", "add target_label")
        elif name == "hashmod" and text_at(one, "modulus") in {"", "0"}:
            yield at(one, f"the action hashmod needs modulus: {_EFFECT}", "add modulus")
        if pattern is not None and not filled_later(pattern.text) and (reason := regex.fault(f"^(?s:{pattern.text})$")):
            message = f"{in_quotes(pattern.text)} is not a valid regular expression: {reason}: {_EFFECT}"
            yield at(pattern, message, "write an RE2 expression")


@rule(
    "PR010",
    "error",
    ("prometheus",),
    "a rule file that Prometheus does not find or cannot load",
    explanation="rule_files has paths from the folder of the configuration. Prometheus refuses a path with * before "
    "its last part, and a file that is not a rule file; a file that does not exist is an error of promtool check "
    "config only, so that its alerts are missing (warning). Relative paths are checked, if their folder is in the "
    "repository and no other file of it has that name.",
    bad="global: {}\nscrape_configs: []\nrule_files: [rules/*/alerts.yml]\n",
    good="global: {}\nscrape_configs: []\nrule_files: [rules/alerts-*.yml]\n",
    source="https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file",
    across=True,
)
def rule_files_not_loaded(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield rule files that are not loaded (PR010)."""
    for one in rule_paths(file):
        if one.is_refused:
            message = f"{in_quotes(one.node.text)} is not a path of rule files: {_EFFECT}"
            yield at(one.node, message, "write * in the last part of the path only, and close every [")
        elif wrong := next(iter(one.chosen(_others(scope))), ""):
            message = f"{wrong} is not a rule file: {_EFFECT}"
            yield at(one.node, message, "name files with groups: only")
        elif one.path and one.is_plain:
            yield from _missing(one, scope)


def _is_rule_file(file: File) -> bool:
    return file.family == "prometheus" and not any(is_configuration(one) for one in file.documents[:1])


def _others(scope: Scope) -> Mapping[str, Sequence[str]]:
    """Return the files of the run that are not rule files, and the folders, by their folder."""
    if "pr_configuration.others" not in scope.memo:
        others = {one.path for one in scope.files if not _is_rule_file(one)}
        folders = {posixpath.dirname(one.path) for one in scope.files}
        while folders - others - {""}:
            others |= folders
            folders = {posixpath.dirname(one) for one in folders}
        scope.memo["pr_configuration.others"] = by_folder(sorted(others - {""}))
    found: Mapping[str, Sequence[str]] = scope.memo["pr_configuration.others"]
    return found


def _names(scope: Scope) -> frozenset[str]:
    if "pr_configuration.names" not in scope.memo:
        scope.memo["pr_configuration.names"] = frozenset(posixpath.basename(one.path) for one in scope.files)
    names: frozenset[str] = scope.memo["pr_configuration.names"]
    return names


def _missing(one: RulePath, scope: Scope) -> Iterator[Finding]:
    folder, name = posixpath.split(one.path)
    if not scope.exists(one.path) and scope.exists(folder or ".") and name not in _names(scope):
        message = f"{one.path} does not exist: promtool check config fails, and Prometheus has no rules of it"
        yield at(one.node, message, "fix the path, or remove it", "warning")
