"""The objects that a kustomization builds.

Source: kubernetes-sigs/kustomize, ``api/internal/target/kusttarget.go``: resources and bases, then generators,
components, and the transformers in a fixed order; names in other objects are last.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...yaml import Node, get, items_at, text_at
from ...yaml.placed import map_like, scalar_like
from ..rule import File, Scope
from .field_specs import Configuration, configuration_of
from .patching import Patcher
from .renamed_references import with_new_names
from .replacing import with_replacements
from .resources import Reason, Resource, Unbuildable, has_local_config, loaded, with_pair
from .sources import (
    documents_of,
    has_unknown_part,
    is_remote,
    kustomization_at,
    kustomization_fields,
    path_from,
    placed_documents,
    resources_of,
)
from .transforming import (
    WrittenFields,
    with_annotations,
    with_images,
    with_labels,
    with_names,
    with_namespace,
    with_replicas,
)

MAX_DEPTH = 40  # kustomizations that use each other
MAX_OBJECTS = 3_000  # of one build
_MAX_COST = 60_000  # objects that steps of a build look at, which takes some seconds
_COST_OF_ONE = 60  # of a kustomization by itself
_ELSEWHERE = "list it where it belongs: components are those of the kind Component"
# Fields that say what is built by means that are not known here.
_UNKNOWN = ("transformers", "crds", "openapi")
_UNKNOWN_OBJECTS = ("helmCharts", "helmChartInflationGenerator", "generators")
# Lists of what is applied to each object.
_STEPS = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "images", "replicas", "labels")
_GENERATED = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}


@dataclass(frozen=True)
class Build:
    """What a kustomization builds: its objects, whether there may be more, the kustomizations that it is made of, and
    whether it has variables that are not replaced here.
    """

    resources: tuple[Resource, ...] = ()
    configuration: Configuration = field(default_factory=Configuration)
    is_open: bool = False
    has_variables: bool = False
    used: frozenset[str] = frozenset()
    cost: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is all that kustomize builds."""
        return not self.is_open and not self.has_variables


def build_of(file: File, scope: Scope) -> Build | Unbuildable:
    """Return what a kustomization builds, or why this is not known; computed once."""
    known: dict[str, Build | Unbuildable] = scope.memo.setdefault("built.builds", {})
    if file.path not in known:
        try:
            known[file.path] = _finished(_Builder(scope, ()).target(file, Build()))
        except Unbuildable as error:
            known[file.path] = error.with_traceback(None)
    return known[file.path]


def _finished(build: Build) -> Build:
    """Return a build with what kustomize does last, once for the outermost kustomization."""
    resources = with_new_names(build.resources, build.configuration)
    return replace(build, resources=tuple(one for one in resources if not has_local_config(one.node)))


@dataclass(frozen=True)
class _Builder:
    """Builds kustomizations of a run; ``above`` are the paths of those that use this one."""

    scope: Scope
    above: tuple[str, ...]

    def target(self, file: File, parent: Build) -> Build:
        """Return what a kustomization makes, or what a component makes of the objects of its parent."""
        if file.path in self.above:
            raise Unbuildable("refused")  # told by what sees it without a build
        if len(self.above) >= MAX_DEPTH:
            raise Unbuildable("too large")
        try:
            return self._target(file, parent)
        except Unbuildable as error:
            error.user = error.user or file.path
            raise

    def _target(self, file: File, parent: Build) -> Build:
        fields = kustomization_fields(file)
        if any(get(fields, key) is not None and get(fields, key).items + get(fields, key).pairs for key in _UNKNOWN):  # type: ignore[union-attr]
            raise Unbuildable("unknown")
        inner = _Builder(self.scope, (*self.above, file.path))
        build = _bounded(replace(parent, used=parent.used | {file.path}, cost=parent.cost + _COST_OF_ONE))
        build = inner.with_resources(build, file, fields)
        build = inner.with_configurations(build, file, fields)
        build = inner.with_generated(build, file, fields)
        build = inner.with_components(build, file, fields)
        return _bounded(inner.transformed(build, file, fields))

    def of_folder(self, file: File) -> Build:
        """Return what a kustomization makes that others use, computed once."""
        known: dict[str, Build | Unbuildable] = self.scope.memo.setdefault("built.targets", {})
        if file.path not in known:
            try:
                known[file.path] = self.target(file, Build())
            except Unbuildable as error:
                known[file.path] = error.with_traceback(None)
        found = known[file.path]
        if isinstance(found, Unbuildable):
            raise found
        return found

    def with_resources(self, build: Build, file: File, fields: Node) -> Build:
        """Add the objects of ``resources`` and ``bases``."""
        folder = posixpath.dirname(file.path)
        for item in (*items_at(fields, "resources"), *items_at(fields, "bases")):
            name = item.text
            path = path_from(folder, name)
            if self.is_file(path) and not name.endswith("/"):
                build = _joined(build, Build(tuple(resources_of(path, self.scope)), cost=1), item, file)
            elif (found := kustomization_at(path, self.scope)) is not None and not path.startswith(".."):
                if text_at(kustomization_fields(found), "kind") == "Component":
                    raise Unbuildable(
                        "refused", f"uses the component {name} as a resource", file.path, item, _ELSEWHERE
                    )
                build = _joined(build, self.of_folder(found), item, file)
            elif is_remote(name):
                build = replace(build, is_open=True)
            else:
                reason: Reason = "unknown" if has_unknown_part(name) or path.startswith("..") else "missing"
                raise Unbuildable(reason, "", file.path, item)
        return build

    def is_file(self, path: str) -> bool:
        """Tell whether a path is that of a file, as far as this is known: one of the run, or one with text."""
        if path in self.scope.by_path:
            return True
        return not path.startswith("..") and self.scope.exists(path) and self.scope.read(path) is not None

    def with_configurations(self, build: Build, file: File, fields: Node) -> Build:
        """Add the fields of ``configurations``."""
        for item in items_at(fields, "configurations"):
            path = path_from(posixpath.dirname(file.path), item.text)
            for document in documents_of(path, self.scope):
                build = replace(build, configuration=build.configuration.joined(configuration_of(document)))
        return build

    def with_generated(self, build: Build, file: File, fields: Node) -> Build:
        """Add the names of generated objects; what else generators make is not known."""
        for key, sort in _GENERATED.items():
            for item in items_at(fields, key):
                if text_at(item, "behavior") in {"", "create"}:
                    new = Build((_generated(item, sort, file.path),), cost=1)
                    build = _joined(build, new, item, file)
                else:
                    build = replace(build, resources=tuple(_unjudged(one, item, sort) for one in build.resources))
        is_open = build.is_open or any(get(fields, key) is not None for key in _UNKNOWN_OBJECTS)
        return replace(build, is_open=is_open, has_variables=build.has_variables or bool(items_at(fields, "vars")))

    def with_components(self, build: Build, file: File, fields: Node) -> Build:
        """Let the components of a kustomization change and add objects."""
        for item in items_at(fields, "components"):
            path = path_from(posixpath.dirname(file.path), item.text)
            found = None if path.startswith("..") else kustomization_at(path, self.scope)
            if found is None:
                is_known = not (is_remote(item.text) or has_unknown_part(item.text) or path.startswith(".."))
                raise Unbuildable("missing" if is_known else "unknown", "", file.path, item)
            if text_at(kustomization_fields(found), "kind") != "Component":
                raise Unbuildable(
                    "refused", f"uses {item.text} as a component, but it is not one", file.path, item, _ELSEWHERE
                )
            build = self.target(found, build)
        return build

    def transformed(self, build: Build, file: File, fields: Node) -> Build:
        """Change the objects by what a kustomization says."""
        steps = sum(len(items_at(fields, key)) for key in _STEPS)
        build = _bounded(replace(build, cost=build.cost + len(build.resources) * steps))
        layer = WrittenFields(file.path, fields, build.configuration)
        patcher = Patcher(file, fields, posixpath.dirname(file.path), self.scope, build.is_open)
        found = patcher.any(patcher.strategic(list(build.resources)))
        found = with_names(layer, with_namespace(layer, found))
        found = with_annotations(layer, with_labels(layer, found))
        found = with_replicas(layer, patcher.json(found))
        found = with_replacements(list(self.replacements(file, fields)), with_images(layer, found))
        return replace(build, resources=tuple(found), cost=build.cost + len(found) * len(fields.pairs))

    def replacements(self, file: File, fields: Node) -> Iterator[Node]:
        """Yield the replacements of a kustomization, those in other files too."""
        for item in items_at(fields, "replacements"):
            name = text_at(item, "path")
            if not name:
                yield item
                continue
            for document in placed_documents(path_from(posixpath.dirname(file.path), name), self.scope):
                yield from document.items if document.shape == "list" else (document,)


def _joined(build: Build, other: Build, item: Node, file: File) -> Build:
    """Add the objects of a resource to a build; kustomize refuses two with one id."""
    seen = {one.id.key for one in build.resources}
    for one in other.resources:
        if one.id.key in seen:
            message = f"has {one.id.sort} {one.id.name} twice: {item.text} has it again"
            raise Unbuildable("refused", message, file.path, item, "remove one of them")
        seen.add(one.id.key)
    return _bounded(
        replace(
            build,
            resources=(*build.resources, *other.resources),
            configuration=build.configuration.joined(other.configuration),
            is_open=build.is_open or other.is_open,
            has_variables=build.has_variables or other.has_variables,
            used=build.used | other.used,
            cost=build.cost + other.cost + len(other.resources),
        )
    )


def _bounded(build: Build) -> Build:
    if len(build.resources) > MAX_OBJECTS or build.cost > _MAX_COST:
        raise Unbuildable("too large")
    return build


def _generated(item: Node, sort: str, path: str) -> Resource:
    """Return the object of a generator, of which only the name and namespace are known."""
    root, metadata = map_like(item, path), map_like(item, path)
    pairs = [("apiVersion", "v1"), ("kind", sort)]
    for key, text in pairs:
        root = with_pair(root, scalar_like(item, key, path, ""), scalar_like(item, text, path))  # type: ignore[assignment]
    for key in ("name", "namespace"):
        if text := text_at(item, key):
            metadata = with_pair(metadata, scalar_like(item, key, path, ""), scalar_like(item, text, path))  # type: ignore[assignment]
    return loaded(with_pair(root, scalar_like(item, "metadata", path, ""), metadata), "")


def _unjudged(one: Resource, item: Node, sort: str) -> Resource:
    """Return an object; one that a generator changes is as if generated, since its content is not known."""
    is_same = (one.id.sort, one.id.version, one.id.group) == (sort, "v1", "")
    return replace(one, path="") if is_same and text_at(item, "name") in {x.name for x in one.ids} else one
