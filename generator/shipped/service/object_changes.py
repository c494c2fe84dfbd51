"""The objects of a unit on each side of a merge, if names or labels of generated ones changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...errors import Invalid
from ...unfit import Texts, UnitTexts
from .derived import MANIFESTS, file_place
from .unit_objects import UnitObject, objects_of

_PLACES = tuple(f"deploy/{one}.yaml" for one in MANIFESTS if one != "kustomization")
# Values without a name or a label that others refer to, which change most often.
_UNNAMED = re.compile(
    r"\n *+(?:- )?+(?:image|replicas|value|cpu|memory|path|port|targetPort|containerPort|protocol|runAsUser|runAsGroup"
    r"|fsGroup|periodSeconds|maxUnavailable): [^{}\[\]\n]*+(?=\n)|\n *+#[^\n]*+"
)


@dataclass(frozen=True)
class UnitSides:
    """The objects that were generated, are on disk, are generated now, and those of the merged files."""

    base: list[UnitObject]
    ours: list[UnitObject]
    theirs: list[UnitObject]
    merged: list[UnitObject]

    def now(self, sort: str) -> UnitObject | None:
        """Return the generated object of a kind as it is in the merged files; None unless there is one."""
        one = _only(self.theirs, sort)
        if one is None:
            return None
        named = (each for each in self.merged if (each.sort, each.name) == (sort, one.name))
        return next((each for each in named if are_alike(each.namespace, one.namespace)), one)

    def renamed(self, sort: str) -> tuple[UnitObject | None, UnitObject | None]:
        """Return the generated object of a kind before and now; None if there was no other one."""
        old, new = _only(self.base, sort), _only(self.theirs, sort)
        return (None, None) if old and new and old.name == new.name else (old, new)

    def new_port_names(self, sort: str) -> set[str]:
        """Return the names of ports that the generated object of a kind did not have."""
        old, new = _only(self.base, sort), self.now(sort)
        return (new.port_names if new else set()) - (old.port_names if old else set())


def are_alike(one: str, other: str) -> bool:
    """Tell whether two namespaces may be the same: an object without one is in that of the others."""
    return one == other or not one or not other


def object_sides(values: Mapping[str, Any], texts: UnitTexts) -> UnitSides | None:
    """Return the objects of all files of a service, or None if nothing that others refer to changed. Raises Invalid."""
    places = dict.fromkeys(file_place(values, one) for one in _PLACES)
    # Not parsed if only other values changed, as in most runs.
    if all(_named(texts.base.get(one, "")) == _named(texts.theirs.get(one, "")) for one in places):
        return None
    base, theirs = objects_of(texts.base, places), objects_of(texts.theirs, places)
    if _referable(base) == _referable(theirs):
        return None
    # The end-to-end test deploys to a cluster of its own.
    paths = [one for one in texts.merged if one.endswith((".yaml", ".yml")) and not one.startswith("e2e/")]
    return UnitSides(base, _readable(texts.ours, paths), theirs, _readable(texts.merged, paths))


def _named(text: str) -> str:
    return _UNNAMED.sub("", f"\n{text}")


def _referable(objects: Iterable[UnitObject]) -> list[tuple[object, ...]]:
    return [(one.sort, one.name, one.namespace, one.labels, one.pod_labels, one.port_names) for one in objects]


def _readable(texts: Texts, paths: Iterable[str]) -> list[UnitObject]:
    found = []
    for path in paths:
        with suppress(Invalid):  # which the merge reports
            found += objects_of(texts, [path])
    return found


def _only(objects: Iterable[UnitObject], sort: str) -> UnitObject | None:
    found = [one for one in objects if one.sort == sort]
    return found[0] if len(found) == 1 else None
