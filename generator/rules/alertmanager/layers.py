"""Values that are merged in an order that is known: those of files in ``valueFiles`` and ``valuesFrom``, and by name.

Argo CD merges ``valueFiles`` in order, then ``values`` or ``valuesObject`` over them; of a chart in the repository its
own ``values.yaml`` comes first. Flux merges ``valuesFrom`` in order, then ``values``, over ``valuesFiles`` of the chart
or its own. A helmfile merges ``values`` of a release in order. ``values-ENV.yaml`` is the usual name of values that
are merged over ``values.yaml``. Sources: see ``overlays``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from ...alertmanager.embedded import has_chart_in_git, set_paths
from ...alertmanager.helm import layered, with_filled
from ...alertmanager.source import place_inside
from ...alertmanager.value import Value, read_value, shifted
from ...errors import Invalid
from ...yaml import Node, get, items_at, parse, text_at
from ..readers.kustomize_builds import build_layers
from ..readers.kustomize_patches import patches_of
from ..readers.objects import named
from ..rule import File, Scope
from .dependencies import chart_file_in
from .generated_values import generated_file
from .helmfile_values import helmfile_releases
from .overlays import base_by_name, is_merged_object

LINES = 1 << 23  # more than any file has
_MAX_LAYERS = 50
_DEFAULT_KEY = "values.yaml"
_REPLACING = ("replacements", "transformers", "vars")  # fields of kustomizations that may change any object
_OPEN_NAME = re.compile(r"[*?\[{$]|:/")  # a glob, a variable of Argo CD, an address


@dataclass(frozen=True)
class Layer:
    """Values of a file, with their places in it."""

    path: str
    value: Value


@dataclass(frozen=True)
class Layers:
    """All values of one release, the first below the others. ``place`` is where the file says which.

    ``listed``: a file lists them; else these names are usual, and others such as ``secrets.yaml`` may be merged too.
    ``certain``: they are listed, or a chart's own ``values.yaml`` is the first. ``chart`` is the
    name of the chart, ``""`` if it is not known, ``chart_file`` the path of its ``Chart.yaml`` in the repository, and
    ``filled`` are the paths of values that are set besides.
    """

    every: tuple[Layer, ...]
    place: tuple[int, int]
    certain: bool
    listed: bool = True
    chart: str = ""
    chart_file: str = ""
    filled: tuple[str, ...] = ()

    def merged(self) -> Value:
        """Return the values merged. A line is that in the file of a layer, and LINES times the layer's number more."""
        out = Value("map", "map")
        for number, one in enumerate(self.every):
            out = layered(out, shifted(one.value, _in_layer(number)))
        return with_filled(out, self.filled)

    def at(self, line: int) -> tuple[str, int]:
        """Return the file and line of a line of the merged values."""
        number, own = divmod(line, LINES)
        return self.every[number].path, own


def layers(file: File, scope: Scope) -> Iterator[Layers]:
    """Yield the values that a file merges with others, if all of them are known."""
    if file.family == "values":
        yield from _by_helmfile(file, scope)
        yield from _by_name(file, scope)
        return
    for document in file.documents:
        sort = text_at(document, "kind") if document.shape == "map" else ""
        if sort == "Application":
            yield from _of_application(document, file, scope)
        elif sort == "HelmRelease" and get(document, "spec", "chart") and not is_merged_object(file, document, scope):
            yield from _of_release(document, file, scope)


def _in_layer(number: int) -> Callable[[int, int], tuple[int, int]]:
    return lambda line, column: (line + number * LINES, column)


def _by_name(file: File, scope: Scope) -> Iterator[Layers]:
    base = base_by_name(file.path, scope)
    below = scope.by_path.get(base)
    if below is None or below.family != "values":
        return
    every = [_layer(base, scope), _layer(file.path, scope)]
    if None not in every:
        own = chart_file_in(posixpath.dirname(file.path), scope)
        yield Layers(tuple(one for one in every if one), (1, 1), bool(own), listed=False, chart_file=own)


def _by_helmfile(file: File, scope: Scope) -> Iterator[Layers]:
    """Yield the values of releases of which a file is the last, of those of the run."""
    for release in helmfile_releases(file.path, scope):
        paths = [one for one in release.values if isinstance(one, str)]
        last = next(
            (one for one in reversed(paths) if (known := scope.by_path.get(one)) and known.family == "values"), ""
        )
        if last != file.path:
            continue
        whole = File(release.helmfile, "", "values")
        found = [_layer(one, scope) if isinstance(one, str) else _inline(one, whole) for one in release.values]
        chart_file = chart_file_in(
            posixpath.normpath(posixpath.join(posixpath.dirname(release.helmfile), release.chart)), scope
        )
        found = [*_own_values(chart_file, paths, scope), *found]
        if made := _made(found, (1, 1), release.chart, release.filled):
            yield replace(made, chart_file=chart_file)


def _own_values(chart_file: str, listed: Collection[str], scope: Scope) -> list[Layer | None]:
    """Return the values of a chart in the repository, unless they are listed."""
    own = posixpath.join(posixpath.dirname(chart_file), _DEFAULT_KEY)
    return [_layer(own, scope)] if chart_file and own not in listed and scope.exists(own) else []


def _of_application(root: Node, file: File, scope: Scope) -> Iterator[Layers]:
    single = get(root, "spec", "source")
    for source in (single, *items_at(root, "spec", "sources")):
        files = items_at(source, "helm", "valueFiles")
        inline = get(source, "helm", "valuesObject") or get(source, "helm", "values")
        if source is None or len(files) > _MAX_LAYERS or _has_other_repository(root, source):
            continue
        folder = text_at(source, "path").strip("/")
        chart_file = chart_file_in(folder, scope) if folder else ""
        paths = [_path_of(one.text, folder) for one in files]
        if text_at(source, "helm", "ignoreMissingValueFiles") == "true":
            paths = _without_missing(paths, [one.text for one in files], chart_file, scope)
        found = [*_own_values(chart_file, paths, scope), *(_layer(one, scope) for one in paths)]
        if inline is not None:
            found.append(_inline(inline, file))
        first = files[0] if files else inline or source
        place, chart = (first.line, first.column), text_at(source, "chart")
        if get(source, "helm", "fileParameters") is None and (made := _made(found, place, chart, set_paths(root))):
            yield replace(made, chart_file=chart_file)


def _has_other_repository(root: Node, source: Node) -> bool:
    """Return whether files in ``valueFiles`` of a source are in several repositories, which cannot all be this one."""
    named = {text_at(one, "ref"): text_at(one, "repoURL") for one in items_at(root, "spec", "sources")}
    used = [one.text.partition("/")[0] for one in items_at(source, "helm", "valueFiles")]
    found = {named.get(one[1:], "") if one.startswith("$") else text_at(source, "repoURL") for one in used}
    return len({one.lower().rstrip("/").removesuffix(".git") for one in found}) > 1


def _without_missing(paths: list[str], written: list[str], chart_file: str, scope: Scope) -> list[str]:
    """Return the paths without those of files that do not exist in this repository for certain.

    A source is in it if its chart is, and one that is named if another of its files is.
    """
    here = {name.partition("/")[0] for name, path in zip(written, paths, strict=True) if scope.exists(path)}
    left = []
    for name, path in zip(written, paths, strict=True):
        source = name.partition("/")[0]
        is_known = source in here if source.startswith("$") else bool(chart_file)
        if scope.exists(path) or not is_known or _OPEN_NAME.search(name[1:]) or path.startswith(".."):
            left.append(path)
    return left


def _path_of(name: str, folder: str) -> str:
    """Return the path of a file in ``valueFiles``: from the root of a repository with ``$REF/``, which may be this."""
    start, _, rest = name.partition("/")
    if start.startswith("$"):
        return posixpath.normpath(rest)
    return posixpath.normpath(name[1:] if name.startswith("/") else posixpath.join(folder, name))


def _of_release(root: Node, file: File, scope: Scope) -> Iterator[Layers]:
    taken = items_at(root, "spec", "valuesFrom")
    is_folder = has_chart_in_git(get(root, "spec"))
    if not (taken or is_folder) or len(taken) > _MAX_LAYERS:
        return
    if any(get(one.fields, key) is not None for one in build_layers(file.path, scope) for key in _REPLACING):
        return
    chart = text_at(root, "spec", "chart", "spec", "chart")
    chart_file = chart_file_in(posixpath.normpath(chart), scope) if is_folder else ""
    found = [_referred(one, root, file, scope) for one in taken if not text_at(one, "targetPath")]
    inline = get(root, "spec", "values")
    if inline is not None:
        found.append(_inline(inline, file))
    files = [posixpath.normpath(one.text) for one in items_at(root, "spec", "chart", "spec", "valuesFiles")]
    if is_folder:
        own = [_layer(one, scope) for one in files] if files else _own_values(chart_file, (), scope)
        found = [*own, *found] if chart_file else [None]
    elif files:
        return  # they are in the chart
    first = taken[0] if taken else inline or root
    if made := _made(found, (first.line, first.column), chart, set_paths(root)):
        yield replace(made, chart_file=chart_file)


def _made(found: list[Layer | None], place: tuple[int, int], chart: str, filled: tuple[str, ...]) -> Layers | None:
    every = tuple(one for one in found if one is not None)
    if len(every) < len(found) or len(every) < 2 or any("[" in one for one in filled):
        return None  # a path with a number may add an item to a list
    return Layers(every, place, certain=True, chart=chart.rpartition("/")[2], filled=filled)


def _referred(reference: Node, root: Node, file: File, scope: Scope) -> Layer | None:
    """Return the values of a ConfigMap of the run, or of one that kustomize generates, or such a Secret."""
    space = text_at(root, "metadata", "namespace")
    sort, name = text_at(reference, "kind"), text_at(reference, "name")
    key = text_at(reference, "valuesKey") or _DEFAULT_KEY
    every = named(scope, sort, name)
    fitting = [one for one in every if one.group == "" and one.namespace in {"", space}]
    if not every and (path := generated_file(sort, name, key, file, scope)):
        return _layer(path, scope)
    if sort != "ConfigMap" or len(fitting) != 1 or any(patches_of(fitting[0], scope)):
        return None
    text = get(fitting[0].node, "data", key)
    return None if text is None else _inline(text, fitting[0].file)


def _layer(path: str, scope: Scope) -> Layer | None:
    """Return the values of a file, None if they cannot be read."""
    done: dict[str, Layer | None] = scope.memo.setdefault("layers.files", {})
    if path not in done:
        known = scope.by_path.get(path)
        text = known.text if known is not None else scope.read(path) if scope.exists(path) else None
        done[path] = None if text is None else _parsed(text, path)
    return done[path]


def _parsed(text: str, path: str) -> Layer | None:
    try:
        documents = parse(text, path, several_merges=True)
        value = read_value(documents[0], helm=True, path=path) if documents else Value("map", "map")
    except Invalid:
        return None
    is_readable = value.shape == "map" and "sops" not in value.pairs and len(documents) < 2
    return Layer(path, value) if is_readable else None


def _inline(node: Node, file: File) -> Layer | None:
    """Return values in an object, as a map or as text."""

    if node.shape == "map":
        return Layer(file.path, read_value(node, helm=True, path=file.path))
    if node.shape != "scalar":
        return None
    made = _parsed(node.text, file.path)
    place = place_inside(node.style, node.line, node.column, file.text)
    return None if made is None else Layer(file.path, shifted(made.value, place))
