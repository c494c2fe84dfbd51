"""Objects that exist but are not objects of the run: in files that no rule reads, or inside of other objects.

A template that is not rendered, a file that is not valid YAML, Jsonnet; resources of a ResourceSet, manifests in a
ConfigMap or in values of Helm. What is missing among the objects of the run may be there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from ...trial_folders import is_trial
from ..rule import Scope
from .objects import Object, objects

_SORT = re.compile(r"\bkind[\"']?[ \t]*[:=][ \t]*[\"']?([A-Za-z]+)")
_API = re.compile(r"^[ \t]*(?:- +)*[\"']?apiVersion[\"']?[ \t]*:[ \t]*[\"']?([a-z0-9.-]+)/", re.MULTILINE)
_MOST = 2_000  # files of a run that no rule reads


def are_apart(one: Object, other: Object) -> bool:
    """Tell whether two objects are examples in different folders, which nobody applies together."""
    folders = {posixpath.dirname(x.file.path) for x in (one, other)}
    return len(folders) > 1 and any(is_trial(x.file.path) for x in (one, other))


def unread_sorts(scope: Scope, folder: str) -> frozenset[str]:
    """Return the types of objects that files in a folder mention which no rule reads."""
    return _unread_by_folder(scope).get(folder, frozenset())


def may_be_unseen(group: str, sort: str, scope: Scope) -> bool:
    """Tell whether an object of a type, not of the core group, may exist outside of the files that rules read."""
    memo: dict[tuple[str, str], bool] = scope.memo.setdefault("unseen_objects.may", {})
    if (group, sort) not in memo:
        in_file = any(sort in sorts for sorts in _unread_by_folder(scope).values())
        memo[group, sort] = in_file or _is_embedded(group, sort, scope)
    return memo[group, sort]


def _is_embedded(group: str, sort: str, scope: Scope) -> bool:
    """Tell whether a file has more objects of a group than are objects of the run."""
    for file in scope.files:
        if group in file.text and sort in file.text:
            written = sum(one == group for one in _API.findall(file.text))
            if written > sum(one.group == group for one in objects(file)):
                return True
    return False


def _unread_by_folder(scope: Scope) -> Mapping[str, frozenset[str]]:
    if "unseen_objects.unread" not in scope.memo:
        found: dict[str, set[str]] = {}
        for path in scope.unread[:_MOST]:
            text = scope.read(path) or ""
            if "apiVersion" in text and (sorts := _SORT.findall(text)):
                found.setdefault(posixpath.dirname(path), set()).update(sorts)
        scope.memo["unseen_objects.unread"] = {folder: frozenset(sorts) for folder, sorts in found.items()}
    known: Mapping[str, frozenset[str]] = scope.memo["unseen_objects.unread"]
    return known
