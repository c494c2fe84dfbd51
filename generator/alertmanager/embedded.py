"""Configurations in Kubernetes objects: Helm values in releases and applications, files in Secrets and ConfigMaps.

https://fluxcd.io/flux/components/helm/helmreleases/#values, https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
(``valuesObject`` overrides ``values``), https://docs.k3s.io/helm (``valuesContent``),
https://kubernetes.io/docs/concepts/configuration/secret/ (``data`` has base64, and ``stringData`` overrides it),
https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/ (a template of Applications, whose
texts have parameters; ``templatePatch`` and the templates of generators override it).
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import Invalid
from ..yaml import Node, get, items_at, pairs_at, parse, text_at
from .chart_dependencies import KnownChart
from .chart_values import family_of
from .details import HELM
from .helm import with_filled
from .section_places import SectionPlace
from .source import Source, place_inside, sources
from .value import Value, read_value, rendered, shifted
from .versions import Versions, version

CONFIG_FILES = ("alertmanager.yaml", "alertmanager.yml", "config.yml", "config.yaml")
_MERGED = ("valueFiles", "parameters", "fileParameters")  # of an Application, beside its values
_FILES = frozenset({"Secret", "ConfigMap"})
# Objects of Argo CD, and where they have the specification of an Application.
_APPLICATIONS: Mapping[str, tuple[str | int, ...]] = {
    "Application": ("spec",),
    "ApplicationSet": ("spec", "template", "spec"),
}
_HOLDERS = frozenset({"HelmRelease", "HelmChart", *_APPLICATIONS, *_FILES})
# A parameter of an ApplicationSet. What has another name than a parameter is left as it is, such as an action of
# Alertmanager.
_PARAMETER = re.compile(r"\{\{\s*+(?!(?:end|else|break|continue)\b)[A-Za-z][\w.\-\[\]]*+\s*+\}\}")


@dataclass(frozen=True)
class ObjectPart:
    """A place in an object for Helm values or for Alertmanager's own file.

    ``where`` is its path in the object, and ``node`` what is there, or None. ``chart`` is the name of the chart that
    the object installs, if it says so. ``is_text``: it is written as text. ``is_config``: it is Alertmanager's file.
    ``is_encoded``: the text is written as base64. ``merged``: the object also gets values from elsewhere. ``folder``:
    the chart is that in a folder of a repository, which may be this one.
    """

    where: tuple[str | int, ...]
    node: Node | None
    chart: str = ""
    is_text: bool = False
    is_config: bool = False
    is_encoded: bool = False
    merged: bool = False
    folder: str = ""

    @property
    def text(self) -> str | None:
        """The text in the part; None if there is none, or none that can be decoded."""
        if self.node is None or self.node.shape != "scalar":
            return None
        return decoded_text(self.node.text) if self.is_encoded else self.node.text

    def inside(self, text: str) -> Callable[[int, int], tuple[int, int]]:
        """Return a map from places in the text of the part to places in its file."""
        if self.node is None:
            return lambda line, column: (line, column)
        line, column = self.node.line, self.node.column
        return place_inside("" if self.is_encoded else self.node.style, line, column, text)


def decoded_text(written: str) -> str | None:
    """Return the text that base64 stands for, as Kubernetes reads it; None if it is not valid, or not text."""
    try:
        return base64.b64decode(written.replace("\n", "").replace("\r", ""), validate=True).decode("utf-8")
    except ValueError:
        return None


def object_name(root: Node) -> str:
    """Return kind and name of an object, such as ``HelmRelease/monitoring``."""
    return "/".join(filter(None, (text_at(root, "kind"), text_at(root, "metadata", "name"))))


def may_have_parts(root: Node) -> bool:
    """Return whether objects of this type can have values or a configuration; see :func:`object_parts`."""
    return text_at(root, "kind") in _HOLDERS


def object_parts(root: Node, documents: Sequence[Node] = ()) -> Iterator[ObjectPart]:
    """Yield the places in an object that can have values or a configuration.

    ``documents`` are those of its file, in which Flux's ``chartRef`` may name the chart.
    """
    sort = text_at(root, "kind") if root.shape == "map" else ""
    if sort == "HelmRelease":
        where, chart = ("spec", "values"), _released(root, documents)
        spec = get(root, "spec")
        folder = text_at(spec, "chart", "spec", "chart") or text_at(spec, "chart", "path")
        folder = posixpath.normpath(folder) if folder and has_chart_in_git(spec) else ""
        yield ObjectPart(where, get(root, *where), chart, merged=_takes_values(spec, chart), folder=folder)
    elif sort == "HelmChart" and text_at(root, "apiVersion").startswith("helm.cattle.io/"):
        where = ("spec", "valuesContent")
        yield ObjectPart(where, get(root, *where), text_at(root, "spec", "chart").rpartition("/")[2], is_text=True)
    elif sort in _APPLICATIONS:
        yield from _application(root)
    elif sort in _FILES:
        yield from _files(root, is_secret=sort == "Secret")


def _files(root: Node, *, is_secret: bool) -> Iterator[ObjectPart]:
    """Yield the files of Alertmanager in a Secret or ConfigMap; of one in several places of a Secret, the last word."""
    plain = {key.text for key, _ in pairs_at(root, "stringData")} if is_secret else ()
    for place in ("stringData", "data"):
        for key, one in pairs_at(root, place):
            if key.text not in CONFIG_FILES or one.shape != "scalar":
                continue
            encoded = is_secret and place == "data"
            if not (encoded and key.text in plain):
                yield ObjectPart((place, key.text), one, is_text=True, is_config=True, is_encoded=encoded)


def _takes_values(spec: Node | None, chart: str) -> bool:
    """Return whether a release gets values of Alertmanager from elsewhere: by valuesFrom, of a folder, by a patch."""
    is_whole = get(spec, "chart") is not None or get(spec, "chartRef") is not None
    if not is_whole or has_chart_in_git(spec) or get(spec, "chart", "spec", "valuesFiles") is not None:
        return True
    targets = [text_at(one, "targetPath") for one in items_at(spec, "valuesFrom")]
    return any(not one or "alertmanager" in one or chart == "alertmanager" for one in targets)


def has_chart_in_git(spec: Node | None) -> bool:
    """Return whether the chart of a release is a folder, which has values of its own, and may be in this repository."""
    kinds = {"GitRepository", "Bucket"}
    return text_at(spec, "chart", "spec", "sourceRef", "kind") in kinds or bool(text_at(spec, "chart", "git"))


def _released(root: Node, documents: Sequence[Node]) -> str:
    """Return the chart of a HelmRelease of Flux v2 or v1, or ``""`` if another file names it."""
    chart = text_at(root, "spec", "chart", "spec", "chart") or text_at(root, "spec", "chart", "name")
    if chart:
        return chart.rpartition("/")[2]
    named = (text_at(root, "spec", "chartRef", "kind"), text_at(root, "spec", "chartRef", "name"))
    for one in documents if named[1] else ():
        if (text_at(one, "kind"), text_at(one, "metadata", "name")) == named:
            return (text_at(one, "spec", "chart") or text_at(one, "spec", "url")).rpartition("/")[2]
    return ""


def _source_places(root: Node) -> list[tuple[str | int, ...]]:
    """Return the places of the sources of an Application, or of the template of an ApplicationSet."""
    spec = _APPLICATIONS.get(text_at(root, "kind"), ("spec",))
    several = len(items_at(root, *spec, "sources"))
    one: list[tuple[str | int, ...]] = [(*spec, "source")] if get(root, *spec, "source") is not None else []
    return [*one, *((*spec, "sources", number) for number in range(several))]


def overriding(root: Node) -> str:
    """Return what may override the values in an ApplicationSet: its ``templatePatch``, or a generator's template."""
    if "helm" in text_at(root, "spec", "templatePatch"):
        return "spec.templatePatch"
    for number, one in enumerate(items_at(root, "spec", "generators")):
        for key, generator in one.pairs:
            if any(get(generator, "template", "spec", name) is not None for name in ("source", "sources")):
                return f"spec.generators[{number}].{key.text}.template"
    return ""


def is_go_template(root: Node) -> bool:
    """Return whether the texts of an ApplicationSet are Go templates, as which Argo CD runs every ``{{ }}``."""
    found = get(root, "spec", "goTemplate")
    return text_at(root, "kind") == "ApplicationSet" and found is not None and found.text.lower() == "true"


def _application(root: Node) -> Iterator[ObjectPart]:
    for place in _source_places(root):
        chart = text_at(root, *place, "chart")
        chart = "" if "{{" in chart else chart
        values = get(root, *place, "helm", "valuesObject")
        inner = get(root, *place, "helm", "values")
        merged = any(items_at(root, *place, "helm", key) for key in _MERGED) or bool(overriding(root))
        folder = text_at(root, *place, "path")
        merged = merged or bool(folder)  # the chart has values of its own
        if values is None and inner is not None and inner.shape in {"scalar", "alias"} and inner.tag != "null":
            yield ObjectPart((*place, "helm", "values"), inner, chart, is_text=True, merged=merged, folder=folder)
        elif values is not None or chart:
            yield ObjectPart((*place, "helm", "valuesObject"), values, chart, merged=merged, folder=folder)


def in_object(
    root: Node,
    text: str,
    versions: Callable[[str], str],
    documents: Sequence[Node] = (),
    *,
    partial: bool = False,
    charts: Callable[[str], Mapping[str, str]] = lambda _folder: {},
    at: SectionPlace | None = None,
) -> Iterator[Source]:
    """Yield the configurations in an object, with places in its file; ``documents`` are all of the file.

    ``partial``: other objects are merged into this one. ``charts`` returns the dependencies of the chart in a folder,
    by the keys of their values. ``at`` is the only place to read in values.
    """
    filled = set_paths(root)
    for part in object_parts(root, documents):
        if part.node is None:
            continue
        if part.is_config:
            yield from _file(part, text, versions)
            continue
        known = KnownChart(part.chart, charts(part.folder) if part.folder else {}, at)
        for whole in _values_in(part, text) if part.is_text else (read_value(part.node, helm=True),):
            yield from sources(
                None,
                text,
                values=True,
                versions=versions,
                known=known,
                value=with_filled(without_parameters(root, whole), filled),
                partial=partial or part.merged,
            )


def without_parameters(root: Node, value: Value) -> Value:
    """Return the values in an ApplicationSet with placeholders for what its parameters set."""
    if text_at(root, "kind") != "ApplicationSet":
        return value
    if is_go_template(root):
        return rendered(value, lambda one: HELM if "{{" in one.text else one.text)
    return with_open_parameters(value)


def with_open_parameters(value: Value) -> Value:
    """Return the values in an ApplicationSet without Go templates with placeholders for what its parameters set."""
    return rendered(value, lambda one: _PARAMETER.sub(HELM, one.text))


def _values_in(part: ObjectPart, text: str) -> Iterator[Value]:
    """Yield the values that are written as text, with places in the surrounding file, if they may be Alertmanager's."""
    if not part.folder and part.chart != "alertmanager" and "alertmanager" not in (part.text or ""):
        return
    try:
        found = [read_value(one, helm=True) for one in parse(part.text or "", "", several_merges=True)[:1]]
    except Invalid:
        return  # Helm reports it
    for whole in found:
        yield shifted(whole, part.inside(text))


def _file(part: ObjectPart, text: str, versions: Callable[[str], str]) -> Iterator[Source]:
    """Yield the configuration in a file of a Secret or ConfigMap."""
    inner = part.text
    if inner is None or "route" not in inner:
        return
    try:
        documents = parse(inner, "", several_merges=True)[:1]
        found = [read_value(each, helm=False) for each in documents if family_of(each) == "alertmanager"]
    except Invalid:
        return
    for whole in found:
        value: Value = shifted(whole, part.inside(text))
        yield Source(value, value, None, Versions(version(versions("alertmanager")), None))


def set_paths(root: Node) -> tuple[str, ...]:
    """Return the paths of single values that an object sets besides its values: Flux's ``targetPath``, and Argo CD's
    ``parameters``.
    """
    found = [text_at(one, "targetPath") for one in items_at(root, "spec", "valuesFrom")]
    for place in _source_places(root):
        found += [text_at(one, "name") for one in items_at(root, *place, "helm", "parameters")]
    return tuple(one for one in found if one)


def unread_values(root: Node) -> str:
    """Return what an object reads its values from, if it does not have them: ``valuesFrom``, ``valueFiles``."""
    if get(root, "spec", "valuesFrom") is not None:
        return "spec.valuesFrom"
    for place in _source_places(root):
        if get(root, *place, "helm", "valueFiles") is not None:
            return ".".join(map(str, (*place, "helm", "valueFiles")))
    return ""
