"""The image resources of Flux v2 among the files, and which of them concern this repository.

Sources: fluxcd/image-automation-controller 1.2, fluxcd/image-reflector-controller 1.2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from ...images.backends.flux_v2.flux2_ranking import DEFAULT_EXCLUSIONS, ORDERS, ImagePolicy
from ...yaml import Node, get, items_at, pairs_at, text_at
from ..rule import Scope
from .flux2_groups import IMAGE_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, SOURCE_GROUP
from .flux2_markers import Flux2Marker
from .kustomize_builds import build_layers
from .objects import Object, named, of_sort

_Source = tuple[str, str, str]  # kind, namespace, name


def own_automations(scope: Scope) -> tuple[tuple[str, Object], ...]:
    """Return each ImageUpdateAutomation that updates this repository, with its normalized ``update.path``.

    One is of another repository if its path does not exist here, or if Kustomizations apply its source and none of
    their paths exists here, or if its source has another address than those whose Kustomizations apply folders of here.
    """
    if "flux2_resources.automations" not in scope.memo:
        scope.memo["flux2_resources.automations"] = tuple(_own_automations(scope))
    found: tuple[tuple[str, Object], ...] = scope.memo["flux2_resources.automations"]
    return found


def _own_automations(scope: Scope) -> Iterator[tuple[str, Object]]:
    applied = _applied(scope)
    addresses = _addresses(scope)
    own = {addresses.get(source, "") for source, paths in applied.items() if any(_is_near(x, scope) for x in paths)}
    own.discard("")
    for one in of_sort(scope, IMAGE_GROUP, "ImageUpdateAutomation"):
        path, source = _folder(text_at(one.node, "spec", "update", "path")), _source_of(one)
        others, address = applied.get(source, []), addresses.get(source, "")
        is_other = bool(own) and bool(address) and address not in own
        if not is_other and _is_here(path, scope) and (not others or any(_is_here(x, scope) for x in others)):
            yield path, one


def _applied(scope: Scope) -> dict[_Source, list[str]]:
    """Return the folders of each source that Kustomizations apply, and those that FluxInstances do."""
    found: dict[_Source, list[str]] = {}
    for one in of_sort(scope, KUSTOMIZE_GROUP, "Kustomization"):
        found.setdefault(_source_of(one), []).append(_folder(text_at(one.node, "spec", "path")))
    for source, sync in _synced(scope):
        found.setdefault(source, []).append(_folder(text_at(sync, "path")))
    return found


def _synced(scope: Scope) -> Iterator[tuple[_Source, Node]]:
    """Yield the sources that Flux Operator makes, and what they are made of.

    https://fluxoperator.dev/docs/crd/fluxinstance/#cluster-sync-configuration.
    """
    for one in of_sort(scope, OPERATOR_GROUP, "FluxInstance"):
        if (sync := get(one.node, "spec", "sync")) is not None:
            yield (text_at(sync, "kind"), one.namespace, text_at(sync, "name") or one.namespace), sync


def _addresses(scope: Scope) -> dict[_Source, str]:
    """Return what tells the repositories of GitRepositories apart: owner and name."""
    found = {
        ("GitRepository", one.namespace, one.name): _repository(text_at(one.node, "spec", "url"))
        for one in of_sort(scope, SOURCE_GROUP, "GitRepository")
    }
    return {**found, **{source: _repository(text_at(sync, "url")) for source, sync in _synced(scope)}}


def _repository(address: str) -> str:
    return "" if "$" in address else "/".join(re.split("[/:]", address.rstrip("/").removesuffix(".git").lower())[-2:])


def _is_near(folder: str, scope: Scope) -> bool:
    """Tell whether a folder is here that other repositories hardly have."""
    return folder != "." and "$" not in folder and scope.exists(folder)


def may_share_namespace(one: Object, other: Object, scope: Scope) -> bool:
    """Tell whether two objects may be in one namespace: one of them names none, or a kustomization sets it."""
    if not (one.namespace and other.namespace) or one.namespace == other.namespace:
        return True
    return any(layer.renames for x in (one, other) for layer in build_layers(x.file.path, scope))


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
