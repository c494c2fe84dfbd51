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
from collections.abc import Iterator, Sequence

from ...yaml import Node, get, text_at
from ..readers.kustomize_patches import PatchText, patches_for
from ..readers.objects import is_patch
from ..rule import File, Scope
from .application_values import is_merged_by_application, is_used_alone_by_application
from .helmfile_values import is_listed_by_helmfile
from .kustomized_values import is_kustomized
from .names_in_values import is_completed
from .sibling_values import SHARED, has_siblings
from .values_commands import is_merged_by_command

_UPPERMOST = ("override", "overrides", "local", "secret", "secrets")  # merged over those of an environment
_FOLDERS = frozenset("env envs environment environments overlay overlays values stages clusters".split())  # noqa: SIM905
_MERGED_INTO = {"HelmChartConfig": "HelmChart"}  # of k3s: https://docs.k3s.io/helm
_UMBRELLA_KEYS = ("kube-prometheus-stack", "prometheus-operator", "victoria-metrics-k8s-stack")
_VALUES_PATH = re.compile(r"(?:/spec(?:/(?:values|valuesFrom|chart)(?:/.*)?)?)?\Z")
_MAX_OVERLAYS = 100  # of a folder
_OVERLAY = re.compile(r"values[-._]([\w.-]+)\Z")


def is_one_of_several(path: str, scope: Scope) -> bool:
    """Return whether the values in a file are, or may be, merged with those of others."""
    by_name = has_siblings(path, scope) or _is_in_folders(path, scope)
    named = by_name or is_named_with_others(path, scope) or is_completed(path, scope)
    return named or (not _is_whole(path, scope) and is_merged_by_command(path, scope))


def _is_whole(path: str, scope: Scope, parts: Sequence[str] = ("global", "route", "receivers")) -> bool:
    """Return whether values have all parts of a configuration that another file usually has: most have."""
    known = scope.by_path.get(path)
    return known is not None and all(f"{one}:" in known.text for one in parts)


def is_over_umbrella(document: Node, path: str, scope: Scope) -> bool:
    """Return whether values are for an umbrella chart, which has a chart's values below its name, in another folder:
    what they lack may be in the values of that folder.
    """
    if _is_whole(path, scope, ("route", "receivers")):
        return False
    keys = {key.text for key, _ in document.pairs}
    return not keys.isdisjoint(_UMBRELLA_KEYS) and not scope.exists(
        posixpath.join(posixpath.dirname(path), "Chart.yaml")
    )


def is_named_with_others(path: str, scope: Scope) -> bool:
    """Return whether a file of the run says that the values in a file are merged with others."""
    if is_merged_by_application(path, scope) or is_kustomized(path, scope):
        return True
    return is_listed_by_helmfile(path, scope)


def _is_named_alone(path: str, scope: Scope) -> bool:
    """Return whether a file of the run says that the values in a file are used without others."""
    return is_used_alone_by_application(path, scope) or is_listed_by_helmfile(path, scope, alone=True)


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
    sort = text_at(document, "kind")
    return (
        _MERGED_INTO.get(sort, sort),
        text_at(document, "metadata", "namespace"),
        text_at(document, "metadata", "name"),
    )


def _has_values(document: Node) -> bool:
    if document.shape != "map" or not get(document, "spec"):
        return False
    sort = text_at(document, "kind")
    of_k3s = sort in {"HelmChart", "HelmChartConfig"} and text_at(document, "apiVersion").startswith("helm.cattle.io/")
    return sort == "HelmRelease" or of_k3s


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
