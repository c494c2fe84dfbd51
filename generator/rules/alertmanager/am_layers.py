"""AM042: values of several files that are a configuration which Alertmanager refuses, once Helm has merged them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...alertmanager.model import Context
from ...alertmanager.reference_check import refusals
from ...alertmanager.value import Value
from ...finding import Finding
from ..rule import File, Scope, rule
from .configured import configurations, merged_sources
from .layers import LINES, Layers, layers

_LISTS = {"AM004": "receivers", "AM015": "receivers", "AM022": "time_intervals"}
_NAMES = {*_LISTS, "AM016"}  # what no file that is not listed would add, as it does an address
_RELEASE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: shared}
data:
  values.yaml: |
    alertmanager: {config: {route: {receiver: ops}, receivers: [{name: "null"}, {name: ops}]}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: monitoring}
spec:
  interval: 1h
  chart: {spec: {chart: kube-prometheus-stack, sourceRef: {kind: HelmRepository, name: charts}}}
  valuesFrom: [{kind: ConfigMap, name: shared}]
  values: {alertmanager: {config: {receivers: [{name: "null"}]}}}
"""


@rule(
    "AM042",
    "error",
    ("values", "kubernetes"),
    "merged values are a configuration that Alertmanager refuses",
    explanation="Helm merges maps of several files of values, and replaces lists: receivers of the last file are the "
    "only ones, also for the routes of another file. Files are merged as an Application of Argo CD lists them in "
    "valueFiles, a HelmRelease in valuesFrom, a release of a helmfile in values, or values-ENV.yaml over values.yaml, "
    "which is a warning outside of a chart's folder. Reported is what Alertmanager refuses in the result and in no "
    "single file, if all values are in the repository.",
    bad=_RELEASE,
    good=_RELEASE.replace('[{name: "null"}]', '[{name: "null"}, {name: ops}]'),
    source="https://helm.sh/docs/chart_template_guide/values_files/",
    across=True,
)
def refused_when_merged(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield what Alertmanager refuses in merged values, and not in one of the files (AM042)."""
    told = set()
    for one in layers(file, scope):
        known = {found for path in {each.path for each in one.every} for found in _of_file(path, scope)}
        for source in merged_sources(one, file, scope):
            chart = source.chart
            if source.own is None or not source.readable:
                continue
            if chart is not None and (chart.replaced or not chart.is_decided):
                continue
            for found in refusals(Context(source, "", file.path)):
                if not one.listed and found.code not in _NAMES:
                    continue
                path, line = one.at(found.line)
                if (path, line, found.column, found.message) in known:
                    continue
                result = _told(found, one, source.config, file.path)
                if result not in told:  # several releases may have the same values
                    told.add(result)
                    yield result


def _of_file(path: str, scope: Scope) -> Iterator[tuple[str, int, int, str]]:
    """Yield what is refused in a file alone."""
    file = scope.by_path.get(path)
    for source in configurations(file, scope) if file is not None and file.family != "alertmanager" else ():
        for one in refusals(Context(source, file.text if file else "", path)):
            yield path, one.line, one.column, one.message


def _told(found: Finding, merged: Layers, config: Value, path: str) -> Finding:
    """Return a finding at its place if that is in the file, else at what the file contributes."""
    where, line = merged.at(found.line)
    others = " and ".join(dict.fromkeys(one.path for one in merged.every if one.path != path)) or "other values here"
    message, hint, column = f"merged with {others}: {found.message}", found.hint, found.column
    if where != path:
        message = f"{message} ({where}:{line})"
        line, column = merged.place
    replaced = config.get(_LISTS.get(found.code, ""))
    if replaced is not None and replaced.key_line // LINES != found.line // LINES:
        owner, at = merged.at(replaced.key_line)
        hint = f"Helm replaces lists: only that in {owner}:{at} is used, add it there"
        if owner == path and where != path:
            line, column = at, replaced.key_column
    severity = found.severity if merged.certain else found.severity or "warning"
    return replace(found, line=line, column=column, message=message, hint=hint, severity=severity, code="", other=0)
