"""Rules of Alertmanager configurations, which are read once per file for all rules."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from ...alertmanager.embedded import in_object
from ...alertmanager.model import Context
from ...alertmanager.source import Source, sources
from ...errors import Invalid
from ...finding import Finding, Severity
from ...tree import SPEC_NAME
from ...yaml import parse_one
from ..rule import Family, File, Rule, Scope, rule
from .overlays import is_merged_object, is_one_of_several

FAMILIES: tuple[Family, ...] = ("alertmanager", "values", "kubernetes")
SOURCE = "https://prometheus.io/docs/alerting/latest/configuration/"
TEMPLATES = "https://prometheus.io/docs/alerting/latest/notifications/"
CHART = "https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack"

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
            for context in contexts(file, scope):
                for one in (*context.source.faults, *(check(context) if _is_the_users(context.source) else ())):
                    if one.code == name:
                        yield one

        words = " ".join(explanation.split())
        return rule(name, severity, FAMILIES, summary, explanation=words, bad=bad, good=good, source=source)(checked)

    return made


def _is_the_users(source: Source) -> bool:
    """Return whether a configuration is readable and not only that of the chart."""
    return source.readable and (source.own is not None or source.chart is None)


def contexts(file: File, scope: Scope) -> tuple[Context, ...]:
    """Return the contexts of the configurations of a file; those of the last file are cached."""
    last: tuple[File, tuple[Context, ...]] | None = scope.memo.get("alertmanager")
    if last is not None and last[0] is file:
        return last[1]
    folder = posixpath.dirname(file.path)

    def read_neighbour(name: str) -> str | None:
        return scope.read(posixpath.normpath(posixpath.join(folder, name)))

    # The folder of a file in a Secret or ConfigMap is not that of the manifest.
    found = read_neighbour if scope.exists(file.path) and file.family != "kubernetes" else None
    known = tuple(Context(one, file.text, file.path, found) for one in configurations(file, scope))
    scope.memo["alertmanager"] = file, known
    return known


def configurations(file: File, scope: Scope) -> tuple[Source, ...]:
    """Return the configurations of a file, for the versions set by the spec in its folder or by the config."""
    spec = _spec(posixpath.dirname(file.path), scope)

    def versions(name: str) -> str:
        found = spec.get(name) or scope.config.data.get(name)
        return found if isinstance(found, str) else ""

    if file.family == "kubernetes":
        return tuple(
            one
            for document in file.documents
            for one in in_object(
                document, file.text, versions, file.documents, partial=is_merged_object(file, document, scope)
            )
        )
    document = next((one for one in file.documents if one.shape == "map"), None)
    values = file.family == "values"
    partial = values and is_one_of_several(file.path, scope)
    named = spec.get("chart", "") if posixpath.basename(file.path) == spec.get("values_file", "values.yaml") else ""
    return sources(document, file.text, values=values, versions=versions, chart=named, partial=partial)


def _spec(folder: str, scope: Scope) -> dict[str, str]:
    """Return the top-level texts of the spec in a folder; empty if there is no spec."""
    text = scope.read(posixpath.join(folder, SPEC_NAME))
    try:
        node = parse_one(text, SPEC_NAME) if text else None
    except Invalid:
        return {}
    pairs = node.pairs if node is not None else ()
    return {key.text: one.text for key, one in pairs if key.shape == one.shape == "scalar"}
