"""Configurations in Kubernetes objects: Helm values in releases and applications, files in Secrets and ConfigMaps.

https://fluxcd.io/flux/components/helm/helmreleases/#values, https://argo-cd.readthedocs.io/en/stable/user-guide/helm/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..errors import Invalid
from ..yaml import Node, get, items_at, parse, text_at
from .chart_values import family_of
from .source import Source, place_inside, sources
from .value import Value, read_value, shifted
from .versions import Versions, version

_SORTS = {"HelmRelease", "Application", "Secret", "ConfigMap"}
_MERGED = ("valueFiles", "parameters", "fileParameters")  # of an Application, beside its values
_FILES = {"alertmanager.yaml", "alertmanager.yml", "config.yml", "config.yaml"}


def in_object(root: Node, text: str, versions: Callable[[str], str], *, partial: bool = False) -> Iterator[Source]:
    """Yield the configurations in an object, with places in its file; ``partial``: others are merged into it."""
    if root.shape != "map" or text_at(root, "kind") not in _SORTS:
        return
    sort = text_at(root, "kind")
    if sort == "HelmRelease":
        values = get(root, "spec", "values")
        chart = text_at(root, "spec", "chart", "spec", "chart") or text_at(root, "spec", "chart", "name")
        if values is not None:
            merged = partial or _takes_values(get(root, "spec"), chart)
            yield from sources(values, text, values=True, versions=versions, chart=chart, partial=merged)
    elif sort == "Application":
        yield from _application(root, text, versions, partial=partial)
    else:
        yield from _files(root, text, versions)


def _takes_values(spec: Node | None, chart: str) -> bool:
    """Return whether a release gets values of Alertmanager from elsewhere: by valuesFrom, or because it is a patch."""
    if spec is None or (get(spec, "chart") is None and get(spec, "chartRef") is None):
        return True
    for one in items_at(spec, "valuesFrom"):
        target = text_at(one, "targetPath")
        if not target or "alertmanager" in target or chart == "alertmanager":
            return True
    return False


def _application(root: Node, text: str, versions: Callable[[str], str], *, partial: bool) -> Iterator[Source]:
    several = get(root, "spec", "sources")
    one = get(root, "spec", "source")
    for source in (*([one] if one is not None else []), *(several.items if several is not None else ())):
        chart = text_at(source, "chart")
        values = get(source, "helm", "valuesObject")
        merged = partial or any(items_at(source, "helm", key) for key in _MERGED)
        if values is not None:
            yield from sources(values, text, values=True, versions=versions, chart=chart, partial=merged)
        inner = get(source, "helm", "values")
        if inner is not None and inner.shape == "scalar" and "alertmanager" in inner.text:
            yield from _inner(inner, text, versions, chart, partial=merged or values is not None)


def _inner(scalar: Node, text: str, versions: Callable[[str], str], chart: str, *, partial: bool) -> Iterator[Source]:
    """Yield the configurations in values that are text."""
    try:
        found = [read_value(one, helm=True) for one in parse(scalar.text, "", several_merges=True)[:1]]
    except Invalid:
        return  # Helm reports it
    for whole in found:
        moved = shifted(whole, place_inside(scalar.style, scalar.line, scalar.column, text))
        yield from sources(None, text, values=True, versions=versions, chart=chart, value=moved, partial=partial)


def _files(root: Node, text: str, versions: Callable[[str], str]) -> Iterator[Source]:
    for key in ("stringData", "data"):
        files = get(root, key)
        for name, one in files.pairs if files is not None and files.shape == "map" else ():
            if name.text not in _FILES or one.shape != "scalar" or "route" not in one.text:
                continue
            try:
                documents = parse(one.text, "", several_merges=True)[:1]
                found = [read_value(each, helm=False) for each in documents if family_of(each) == "alertmanager"]
            except Invalid:
                continue
            for whole in found:
                value: Value = shifted(whole, place_inside(one.style, one.line, one.column, text))
                yield Source(value, value, None, Versions(version(versions("alertmanager")), None))
