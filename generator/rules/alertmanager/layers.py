"""Values that are merged in an order that is known: those of files in ``valueFiles`` and ``valuesFrom``, and by name.

Argo CD merges ``valueFiles`` in order, then ``values`` or ``valuesObject`` over them; of a chart in the repository its
own ``values.yaml`` comes first. Flux merges ``valuesFrom`` in order, then ``values``. ``values-ENV.yaml`` is the usual
name of values that are merged over ``values.yaml``. Sources: see ``overlays``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ...alertmanager.embedded import set_paths, with_filled
from ...alertmanager.helm import layered
from ...alertmanager.source import place_inside
from ...alertmanager.value import Value, read_value, shifted
from ...errors import Invalid
from ...yaml import Node, get, items_at, parse, text_at
from ..readers.objects import named
from ..rule import File, Scope
from .overlays import base_by_name, is_merged_object

LINES = 1 << 23  # more than any file has
_MAX_LAYERS = 50
_DEFAULT_KEY = "values.yaml"


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
        own = _chart_file(posixpath.dirname(file.path), scope)
        yield Layers(tuple(one for one in every if one), (1, 1), bool(own), listed=False, chart_file=own)


def _chart_file(folder: str, scope: Scope) -> str:
    path = posixpath.join(folder, "Chart.yaml")
    return path if scope.exists(path) else ""


def _of_application(root: Node, file: File, scope: Scope) -> Iterator[Layers]:
    single = get(root, "spec", "source")
    for source in (single, *items_at(root, "spec", "sources")):
        files = items_at(source, "helm", "valueFiles")
        if source is None or not files or len(files) > _MAX_LAYERS:
            continue
        folder = text_at(source, "path").strip("/")
        found = [_layer(_path_of(one.text, folder), scope) for one in files]
        chart_file = _chart_file(folder, scope) if folder else ""
        if chart_file:
            own = posixpath.join(folder, _DEFAULT_KEY)
            if scope.exists(own) and own not in {_path_of(one.text, folder) for one in files}:
                found.insert(0, _layer(own, scope))
        inline = get(source, "helm", "valuesObject") or get(source, "helm", "values")
        if inline is not None:
            found.append(_inline(inline, file))
        if get(source, "helm", "fileParameters") is None and (
            made := _made(found, files[0], root, text_at(source, "chart"))
        ):
            yield replace(made, chart_file=chart_file)


def _path_of(name: str, folder: str) -> str:
    """Return the path of a file in ``valueFiles``: from the root of a repository with ``$REF/``, which may be this."""
    start, _, rest = name.partition("/")
    if start.startswith("$"):
        return posixpath.normpath(rest)
    return posixpath.normpath(name[1:] if name.startswith("/") else posixpath.join(folder, name))


def _of_release(root: Node, file: File, scope: Scope) -> Iterator[Layers]:
    taken = items_at(root, "spec", "valuesFrom")
    if not taken or len(taken) > _MAX_LAYERS:
        return
    found = [_referred(one, root, scope) for one in taken if not text_at(one, "targetPath")]
    inline = get(root, "spec", "values")
    if inline is not None:
        found.append(_inline(inline, file))
    if made := _made(found, taken[0], root, text_at(root, "spec", "chart", "spec", "chart")):
        yield made


def _made(found: list[Layer | None], place: Node, root: Node, chart: str) -> Layers | None:
    every = tuple(one for one in found if one is not None)
    filled = set_paths(root)
    if len(every) < len(found) or len(every) < 2 or any("[" in one for one in filled):
        return None  # a path with a number may add an item to a list
    return Layers(every, (place.line, place.column), certain=True, chart=chart.rpartition("/")[2], filled=filled)


def _referred(reference: Node, root: Node, scope: Scope) -> Layer | None:
    """Return the values of a ConfigMap of the run; a Secret's are not in a repository."""
    if text_at(reference, "kind") != "ConfigMap":
        return None
    space = text_at(root, "metadata", "namespace")
    every = named(scope, "ConfigMap", text_at(reference, "name"))
    fitting = [one for one in every if one.group == "" and one.namespace in {"", space}]
    if len(fitting) != 1:
        return None
    text = get(fitting[0].node, "data", text_at(reference, "valuesKey") or _DEFAULT_KEY)
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
    return Layer(path, value) if value.shape == "map" and len(documents) < 2 else None


def _inline(node: Node, file: File) -> Layer | None:
    """Return values in an object, as a map or as text."""

    if node.shape == "map":
        return Layer(file.path, read_value(node, helm=True, path=file.path))
    if node.shape != "scalar":
        return None
    made = _parsed(node.text, file.path)
    place = place_inside(node.style, node.line, node.column, file.text)
    return None if made is None else Layer(file.path, shifted(made.value, place))
