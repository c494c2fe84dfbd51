"""The image resources of Flux v2 among the files, and which of them concern this repository.

Sources: fluxcd/image-automation-controller 1.2, fluxcd/image-reflector-controller 1.2.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from ...images.backends.flux_v2.flux2_ranking import DEFAULT_EXCLUSIONS, ORDERS, ImagePolicy
from ...yaml import get, items_at, pairs_at, text_at
from ..rule import Scope
from .flux2_groups import IMAGE_GROUP, KUSTOMIZE_GROUP
from .flux2_markers import Flux2Marker
from .objects import Object, named, of_sort

_Source = tuple[str, str, str]  # kind, namespace, name


def own_automations(scope: Scope) -> tuple[tuple[str, Object], ...]:
    """Return each ImageUpdateAutomation that updates this repository, with its normalized ``update.path``.

    One is of another repository if its path does not exist here, or if Kustomizations apply its source and none of
    their paths exists here.
    """
    if "flux2_resources.automations" not in scope.memo:
        scope.memo["flux2_resources.automations"] = tuple(_own_automations(scope))
    found: tuple[tuple[str, Object], ...] = scope.memo["flux2_resources.automations"]
    return found


def _own_automations(scope: Scope) -> Iterator[tuple[str, Object]]:
    applied: dict[_Source, list[str]] = {}
    for one in of_sort(scope, KUSTOMIZE_GROUP, "Kustomization"):
        applied.setdefault(_source_of(one), []).append(_folder(text_at(one.node, "spec", "path")))
    for one in of_sort(scope, IMAGE_GROUP, "ImageUpdateAutomation"):
        path = _folder(text_at(one.node, "spec", "update", "path"))
        others = applied.get(_source_of(one), [])
        if _is_here(path, scope) and (not others or any(_is_here(other, scope) for other in others)):
            yield path, one


def _source_of(one: Object) -> _Source:
    """Return the source that a resource refers to."""
    sort, space, name = (text_at(one.node, "spec", "sourceRef", key) for key in ("kind", "namespace", "name"))
    return sort, space or one.namespace, name


def _folder(path: str) -> str:
    return posixpath.normpath(f"/{path.strip()}").strip("/") or "."


def _is_here(folder: str, scope: Scope) -> bool:
    return folder == "." or "$" in folder or scope.exists(folder)


def covers_file(folder: str, file: str) -> bool:
    """Return whether a file is below a folder, as ``own_automations`` returns it."""
    return folder == "." or "$" in folder or file.startswith(f"{folder}/")


def image_policies(scope: Scope) -> Mapping[tuple[str, str], Object]:
    """Return the ImagePolicies of the run by namespace and name."""
    if "flux2_resources.policies" not in scope.memo:
        policies = of_sort(scope, IMAGE_GROUP, "ImagePolicy")
        scope.memo["flux2_resources.policies"] = {(one.namespace, one.name): one for one in policies}
    found: Mapping[tuple[str, str], Object] = scope.memo["flux2_resources.policies"]
    return found


def policy_of_marker(marker: Flux2Marker, scope: Scope) -> Object | None:
    """Return the ImagePolicy that a marker names; one without a namespace may get it from a kustomization."""
    known = image_policies(scope)
    return known.get((marker.namespace, marker.policy)) or known.get(("", marker.policy))


def repository_of_policy(policy: Object, scope: Scope) -> Object | None:
    """Return the ImageRepository of an ImagePolicy, None if it is not among the files."""
    space = repository_namespace(policy)
    same = [one for one in repositories_named(policy, scope) if one.namespace == space]
    return same[0] if same else None


def repository_namespace(policy: Object) -> str:
    """Return the namespace in which an ImagePolicy looks for its ImageRepository."""
    return text_at(policy.node, "spec", "imageRepositoryRef", "namespace") or policy.namespace


def repositories_named(policy: Object, scope: Scope) -> list[Object]:
    """Return the ImageRepositories, of any namespace, with the name that an ImagePolicy refers to."""
    name = text_at(policy.node, "spec", "imageRepositoryRef", "name")
    return [one for one in named(scope, "ImageRepository", name) if one.group == IMAGE_GROUP]


def denies_access(policy: Object, repository: Object) -> bool:
    """Return whether an ImageRepository allows no policy of another namespace, and this one is in another."""
    is_other = policy.namespace and repository.namespace and policy.namespace != repository.namespace
    return bool(is_other) and not items_at(repository.node, "spec", "accessFrom", "namespaceSelectors")


def policy_fields(policy: Object, repository: Object | None) -> tuple[ImagePolicy | None, str]:
    """Return the fields of an ImagePolicy that select tags; its ImageRepository, if known, says which are excluded.

    The second result is why the API server or the controller refuses it, ``""`` if it does not.
    """
    spec = get(policy.node, "spec")
    chosen = [key.text for key, _ in pairs_at(spec, "policy")]
    order = next((one for one in ORDERS if one in chosen), None)
    if order is None or len(chosen) != 1:
        return None, "the policy has not exactly one of semver, numerical and alphabetical"
    direction = text_at(spec, "policy", order, "order") or "asc"
    if direction not in {"asc", "desc"}:
        return None, f"the order is {direction!r}, not asc or desc"
    pattern, extract = text_at(spec, "filterTags", "pattern"), text_at(spec, "filterTags", "extract")
    range_ = text_at(spec, "policy", "semver", "range")
    return ImagePolicy(order, range_, pattern, extract, direction == "desc", _exclusions(repository)), ""


def _exclusions(repository: Object | None) -> tuple[str, ...]:
    if repository is None or get(repository.node, "spec", "exclusionList") is None:
        return DEFAULT_EXCLUSIONS
    return tuple(one.text for one in items_at(repository.node, "spec", "exclusionList"))
