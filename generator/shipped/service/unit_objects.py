"""The objects in the files of a unit, whoever wrote them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from ...unfit import Texts
from ...yaml import Node, expand, items_at, pairs_at, parse, text_at

_POD_OF = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}
_TEMPLATE = ("spec", "template")


@dataclass(frozen=True)
class UnitObject:
    """An object: the file that has it, its node, and what names it."""

    path: str
    node: Node
    sort: str
    name: str
    namespace: str

    @property
    def shown(self) -> str:
        """The object as messages name it."""
        return f"{self.sort} {self.name}".strip() or posixpath.basename(self.path)

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the object itself."""
        return _labels(self.node, "metadata")

    @property
    def pod_labels(self) -> dict[str, str]:
        """The labels of the pods that the object makes; none if it makes no pods."""
        return _labels(self.node, *_POD_OF.get(self.sort, _TEMPLATE), "metadata")

    @property
    def port_names(self) -> set[str]:
        """The names of the ports of a Service, or of the containers of what makes pods."""
        ports = items_at(self.node, "spec", "ports")
        for one in items_at(self.node, *_POD_OF.get(self.sort, _TEMPLATE), "spec", "containers"):
            ports += items_at(one, "ports")
        return {text_at(one, "name") for one in ports} - {""}


def objects_of(texts: Texts, paths: Iterable[str]) -> list[UnitObject]:
    """Return the objects in the files at these paths, in order. Raises Invalid."""
    found = ((path, one) for path in paths if path in texts for one in expand(parse(texts[path], path), path))
    return [
        UnitObject(
            path, one, text_at(one, "kind"), text_at(one, "metadata", "name"), text_at(one, "metadata", "namespace")
        )
        for path, one in found
    ]


def _labels(node: Node, *where: str) -> dict[str, str]:
    return {key.text: one.text for key, one in pairs_at(node, *where, "labels") if one.shape == "scalar"}
