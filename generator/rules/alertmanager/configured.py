"""Rules of Alertmanager configurations, which are read once per file for all rules."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ...alertmanager.chart_dependencies import KnownChart
from ...alertmanager.config_resources import ConfigResource, config_resource, converted
from ...alertmanager.embedded import in_object, may_have_parts
from ...alertmanager.helm import made as chart_value
from ...alertmanager.model import Context
from ...alertmanager.source import Source, sources
from ...alertmanager.value import Value
from ...alertmanager.versions import Versions, version
from ...errors import Invalid
from ...finding import Finding, Severity
from ...tree import SPEC_NAME
from ...yaml import parse_one
from ..readers.objects import is_patch, objects
from ..rule import CheckOfReading, Family, File, Rule, Scope, rule
from .dependencies import charts_around, charts_of, without_disabled
from .layers import Layers
from .names_in_values import may_have_other_route
from .overlays import is_merged_object, is_one_of_several, is_over_umbrella

FAMILIES: tuple[Family, ...] = ("alertmanager", "values", "kubernetes")
SOURCE = "https://prometheus.io/docs/alerting/latest/configuration/"
TEMPLATES = "https://prometheus.io/docs/alerting/latest/notifications/"
RESOURCES = "https://prometheus-operator.dev/docs/developer/alerting/"
CHART = "https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack"

# Rules that also read AlertmanagerConfig resources: those of texts, and of routes that never match.
OF_RESOURCES = frozenset({"AM003", "AM005", "AM006", "AM007", "AM009", "AM010", "AM011", "AM025", "AM026", "AM036"})
# Files with templates that a resource cannot name: its texts may call templates that are not known here.
_ELSEWHERE = chart_value({"templates": ["/etc/alertmanager/config/*.tmpl"]}).pairs

ConfigurationCheck = Callable[[Context], Iterable[Finding]]


def configuration_rule(
    name: str,
    severity: Severity,
    summary: str,
    *,
    explanation: str,
    bad: str,
    good: str,
    source: str = SOURCE,
) -> Callable[[ConfigurationCheck], Rule]:
    """Return a decorator that turns a check of one configuration into a rule.

    The rule reports the faults with its id, of those that the check yields and of those found when reading the file.
    """

    def made(check: ConfigurationCheck) -> Rule:
        def checked(file: File, scope: Scope) -> Iterable[Finding]:
            known = contexts(file, scope)
            if name in OF_RESOURCES:
                known += resource_contexts(file, scope)
            return _with_code(name, check, known) if known else ()

        words = " ".join(explanation.split())
        of_reading = CheckOfReading(_either if name in OF_RESOURCES else contexts, checked)
        return rule(name, severity, FAMILIES, summary, explanation=words, bad=bad, good=good, source=source)(of_reading)

    return made


def _either(file: File, scope: Scope) -> bool:
    return bool(contexts(file, scope) or resources(file, scope))


def _with_code(code: str, check: ConfigurationCheck, known: Sequence[Context]) -> Iterator[Finding]:
    for context in known:
        for one in (*context.source.faults, *(check(context) if _is_the_users(context.source) else ())):
            if one.code == code:
                yield one


def _is_the_users(source: Source) -> bool:
    """Return whether a configuration is readable and not only that of the chart."""
    return source.readable and (source.own is not None or source.chart is None)


def contexts(file: File, scope: Scope) -> tuple[Context, ...]:
    """Return the contexts of the configurations of a file that may be used; those of the last file are cached."""
    last: tuple[File, tuple[Context, ...]] | None = scope.memo.get("alertmanager")
    if last is not None and last[0] is file:
        return last[1]
    folder = posixpath.dirname(file.path)

    def read_neighbour(name: str) -> str | None:
        return scope.read(posixpath.normpath(posixpath.join(folder, name)))

    # The folder of a file in a Secret or ConfigMap is not that of the manifest.
    found = read_neighbour if file.family != "kubernetes" and scope.exists(file.path) else None
    used = [one for one in configurations(file, scope) if one.chart is None or one.chart.is_decided]
    known = tuple(Context(one, file.text, file.path, found) for one in used)
    scope.memo["alertmanager"] = file, known
    return known


def resource_contexts(file: File, scope: Scope) -> tuple[Context, ...]:
    """Return the AlertmanagerConfig resources of a file as configurations of their own."""
    found = resources(file, scope)
    if not found:
        return ()
    versions = _versions(file, scope)
    values = (_standalone(converted(one, prefixed=False)) for one in found)
    return tuple(Context(Source(one, one, None, versions), file.text, file.path) for one in values)


def resources(file: File, scope: Scope) -> tuple[ConfigResource, ...]:
    """Return the AlertmanagerConfig resources of a file; those of the last file are cached."""
    last: tuple[File, tuple[ConfigResource, ...]] | None = scope.memo.get("alertmanager.resources")
    if last is not None and last[0] is file:
        return last[1]
    every = () if is_patch(file, scope) else objects(file)
    found = tuple(one for each in every if (one := config_resource(each.node, file.path)) is not None)
    scope.memo["alertmanager.resources"] = file, found
    return found


def _standalone(config: Value) -> Value:
    return replace(config, pairs={**config.pairs, **_ELSEWHERE})


def configurations(file: File, scope: Scope) -> tuple[Source, ...]:
    """Return the configurations of a file, for the versions set by the spec in its folder or by the config."""
    versions = _configured_versions(file, scope)
    if file.family == "kubernetes":
        return tuple(
            one
            for document in file.documents
            if may_have_parts(document)
            for one in in_object(
                document,
                file.text,
                versions,
                file.documents,
                partial=is_merged_object(file, document, scope),
                charts=lambda folder: charts_of(posixpath.join(folder, "Chart.yaml"), scope),
            )
        )
    document = next((one for one in file.documents if one.shape == "map"), None)
    values = file.family == "values"
    over = document is not None and is_over_umbrella(document, file.path, scope)
    partial = values and (over or is_one_of_several(file.path, scope))
    spec = _spec(posixpath.dirname(file.path), scope)
    named = spec.get("chart", "") if posixpath.basename(file.path) == spec.get("values_file", "values.yaml") else ""
    known = KnownChart(named, charts_around(file.path, scope) if values else {})
    found = sources(document, file.text, values=values, versions=versions, known=known, partial=partial)
    has_other_route = values and may_have_other_route(file.path, scope)
    return tuple(replace(one, has_other_route=has_other_route) for one in found)


def merged_sources(merged: Layers, file: File, scope: Scope) -> tuple[Source, ...]:
    """Return the configurations in values that a file merges, for the versions of its folder."""
    if merged.chart_file:
        charts = charts_of(merged.chart_file, scope)
    else:
        charts = {} if merged.chart else charts_around(merged.every[0].path, scope)
    return sources(
        None,
        "",
        values=True,
        versions=_configured_versions(file, scope),
        known=KnownChart(merged.chart, charts),
        value=without_disabled(merged.merged(), merged.chart_file, scope),
        partial=bool(merged.filled),
    )


def _configured_versions(file: File, scope: Scope) -> Callable[[str], str]:
    folder = posixpath.dirname(file.path)

    def versions(name: str) -> str:
        found = _spec(folder, scope).get(name) or scope.config.data.get(name)
        return found if isinstance(found, str) else ""

    return versions


def _versions(file: File, scope: Scope) -> Versions:
    versions = _configured_versions(file, scope)
    return Versions(version(versions("alertmanager")), version(versions("operator"), "operator"))


def _spec(folder: str, scope: Scope) -> dict[str, str]:
    """Return the top-level texts of the spec in a folder; empty if there is no spec."""
    known: dict[str, dict[str, str]] = scope.memo.setdefault("alertmanager.specs", {})
    if folder not in known:
        known[folder] = _texts_of_spec(scope.read(posixpath.join(folder, SPEC_NAME)))
    return known[folder]


def _texts_of_spec(text: str | None) -> dict[str, str]:
    try:
        node = parse_one(text, SPEC_NAME) if text else None
    except Invalid:
        return {}
    pairs = node.pairs if node is not None else ()
    return {key.text: one.text for key, one in pairs if key.shape == one.shape == "scalar"}
