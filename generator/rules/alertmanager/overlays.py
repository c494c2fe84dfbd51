"""Values that Helm merges with other values, so that what one file lacks may be in another.

Helm merges the files of -f in order; Flux merges those of ``valuesFrom`` below ``values``; Argo CD has ``valueFiles``.
Sources: https://helm.sh/docs/chart_template_guide/values_files/,
https://fluxcd.io/flux/components/helm/helmreleases/#values-references,
https://argo-cd.readthedocs.io/en/stable/user-guide/helm/, https://kubectl.docs.kubernetes.io/references/kustomize/.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...yaml import Node, get, items_at, text_at
from ..readers.kustomize_patches import PatchText, patches_for
from ..readers.objects import is_patch, kustomization_of
from ..rule import File, Scope
from .application_values import application_values
from .helmfile_values import is_listed_by_helmfile
from .names_in_values import is_completed
from .sibling_values import SHARED, has_siblings

_UPPERMOST = ("override", "overrides", "local", "secret", "secrets")  # merged over those of an environment
_FOLDERS = frozenset("env envs environment environments overlay overlays values stages clusters".split())  # noqa: SIM905
_VALUES_PATH = re.compile(r"(?:/spec(?:/(?:values|valuesFrom|chart)(?:/.*)?)?)?\Z")
_MAX_OVERLAYS = 100  # of a folder
_OVERLAY = re.compile(r"values[-._]([\w.-]+)\Z")


def is_one_of_several(path: str, scope: Scope) -> bool:
    """Return whether the values in a file are, or may be, merged with those of others."""
    by_name = has_siblings(path, scope) or _is_in_folders(path, scope)
    return by_name or is_named_with_others(path, scope) or is_completed(path, scope)


def is_named_with_others(path: str, scope: Scope) -> bool:
    """Return whether a file of the run says that the values in a file are merged with others."""
    if application_values(scope).get(path) or _is_generated(path, scope) or _is_inflated(path, scope):
        return True
    return is_listed_by_helmfile(path, scope)


def _is_named_alone(path: str, scope: Scope) -> bool:
    """Return whether a file of the run says that the values in a file are used without others."""
    return application_values(scope).get(path) is False or is_listed_by_helmfile(path, scope, alone=True)


def base_by_name(path: str, scope: Scope) -> str:
    """Return the file of values that a file such as ``values-prod.yaml`` is merged over, by the usual names.

    Returns ``""`` if there is none, or if more files than these two may be merged.
    """
    folder, name = posixpath.split(path)
    stem, ending = posixpath.splitext(name)
    found = _OVERLAY.match(stem)
    base = posixpath.join(folder, f"values{ending}")
    if found is None or not scope.exists(base):
        return ""
    if any(is_named_with_others(one, scope) or _is_named_alone(one, scope) for one in (path, base)):
        return ""
    others = _overlays(scope).get(folder, ())
    if len(others) > _MAX_OVERLAYS or found[1] in (*SHARED, *_UPPERMOST):
        return ""
    names = (f"values{mark}{one}{ending}" for one in (*SHARED, *_UPPERMOST) for mark in "-._")
    if any(scope.exists(posixpath.join(folder, one)) for one in names):
        return ""
    return "" if any(_is_narrower(one, found[1]) or _is_narrower(found[1], one) for one in others) else base


def _overlays(scope: Scope) -> dict[str, list[str]]:
    """Return the environments of files such as ``values-prod.yaml``, by folder."""
    known: dict[str, list[str]] | None = scope.memo.get("overlays.environments")
    if known is None:
        known = scope.memo["overlays.environments"] = {}
        for file in scope.files:
            folder, name = posixpath.split(file.path)
            if file.family == "values" and (found := _OVERLAY.match(posixpath.splitext(name)[0])):
                known.setdefault(folder, []).append(found[1])
    return known


def _is_narrower(name: str, other: str) -> bool:
    """Return whether values such as those of ``prod-eu`` may be merged over those of ``prod`` or ``eu``."""
    return name != other and bool({*re.split("[-._]", other)} <= {*re.split("[-._]", name)})


def is_merged_object(file: File, document: Node, scope: Scope) -> bool:
    """Return whether a release is a patch, or has a patch of its values, such as another of the same type and name."""
    counted = scope.memo.get("overlays.releases")
    if counted is None:
        names = (name for each in scope.files for name in {_name(one) for one in each.documents if _has_values(one)})
        counted = scope.memo["overlays.releases"] = Counter(names)
    if is_patch(file, scope) or counted[_name(document)] > 1:
        return True
    sort, _, name = _name(document)
    return sort == "HelmRelease" and any(_has_patched_values(one) for one in patches_for(file.path, sort, name, scope))


def _has_patched_values(patch: PatchText) -> bool:
    """Return whether a patch changes which values a release has."""
    spec = get(patch.content, "spec")
    if any(get(spec, key) is not None for key in ("values", "valuesFrom", "chart")):
        return True
    return any(_VALUES_PATH.match(text_at(one, "path")) for one in patch.content.items)


def _name(document: Node) -> tuple[str, str, str]:
    return text_at(document, "kind"), text_at(document, "metadata", "namespace"), text_at(document, "metadata", "name")


def _has_values(document: Node) -> bool:
    return document.shape == "map" and text_at(document, "kind") == "HelmRelease" and bool(get(document, "spec"))


def _is_in_folders(path: str, scope: Scope) -> bool:
    """Return whether a file is in a folder of environments with shared values beside it, or has such values."""
    bases: frozenset[str] | None = scope.memo.get("overlays.bases")
    if bases is None:
        found = (base for one in scope.files if one.family == "values" for base in _bases(one.path))
        bases = scope.memo["overlays.bases"] = frozenset(found)
    return path in bases or any(one != path and scope.exists(one) for one in _bases(path))


def _bases(path: str) -> Iterator[str]:
    """Yield the paths of values that those in a folder of environments are usually merged over."""
    ending = posixpath.splitext(path)[1]
    parts = path.split("/")[:-1]
    for number, part in enumerate(parts):
        if part in _FOLDERS:
            above = "/".join(parts[:number])
            names = (f"values{ending}", *(f"{one}/values{ending}" for one in SHARED))
            yield from (posixpath.join(above, one) for one in names)


def _is_generated(path: str, scope: Scope) -> bool:
    """Return whether a file becomes a ConfigMap or Secret whose values a HelmRelease merges with others."""
    folder, name = posixpath.split(path)
    return not _kustomized(folder, scope).generated.get(name, frozenset()).isdisjoint(_merged_names(scope))


def _is_inflated(path: str, scope: Scope) -> bool:
    """Return whether kustomize renders a chart with this file and other values."""
    folder, name = posixpath.split(path)
    return name in _kustomized(folder, scope).inflated


@dataclass(frozen=True)
class _Kustomized:
    """Files that a kustomization names: with the ConfigMaps and Secrets that it makes of them, and those that it
    renders a chart with together with other values.
    """

    generated: Mapping[str, frozenset[str]]
    inflated: frozenset[str]


def _kustomized(folder: str, scope: Scope) -> _Kustomized:
    """Return the files in a folder that its kustomization names, read once for all of them."""
    known: dict[str, _Kustomized] = scope.memo.setdefault("overlays.kustomized", {})
    if folder not in known:
        file = kustomization_of(folder, scope)
        documents = file.documents if file is not None else ()
        generated: dict[str, set[str]] = {}
        inflated: set[str] = set()
        for document in documents:
            for key in ("configMapGenerator", "secretGenerator"):
                for one in items_at(document, key):
                    for each in items_at(one, "files"):
                        name = each.text.rpartition("=")[2].removeprefix("./")
                        generated.setdefault(name, set()).add(text_at(one, "name"))
            for one in items_at(document, "helmCharts"):
                more = [each.text for each in items_at(one, "additionalValuesFiles")]
                if more or get(one, "valuesInline") is not None:
                    inflated |= {text_at(one, "valuesFile"), *more}
        known[folder] = _Kustomized({name: frozenset(by) for name, by in generated.items()}, frozenset(inflated))
    return known[folder]


def _merged_names(scope: Scope) -> frozenset[str]:
    """Return the ConfigMaps and Secrets whose values a HelmRelease of the run merges with others."""
    if "overlays.merged" not in scope.memo:
        found: set[str] = set()
        for document in (one for file in scope.files for one in file.documents if _has_values(one)):
            taken = items_at(document, "spec", "valuesFrom")
            if len(taken) > 1 or get(document, "spec", "values") is not None:
                found |= {text_at(one, "name") for one in taken}
        scope.memo["overlays.merged"] = frozenset(found)
    names: frozenset[str] = scope.memo["overlays.merged"]
    return names
