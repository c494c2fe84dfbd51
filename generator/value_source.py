"""Where a value of a unit is from: its spec, the config's defaults or conventions, or the default of a schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import schema
from .config import PATH as CONFIG_PATH
from .config import Config, decides
from .spec import Spec
from .yaml import get

Layer = Literal["spec", "default", "convention", "schema", "unset"]


@dataclass(frozen=True)
class ValueSource:
    """The layer that decides a value, and the place there; without a place it is the template's schema, or nothing."""

    layer: Layer
    path: str = ""
    line: int = 0

    @property
    def about(self) -> str:
        """The source in words, with its place."""
        place = f"{self.path}:{self.line}" if self.path else ""
        return {
            "spec": place,
            "default": f"default in {place}",
            "convention": f"convention in {place}",
            "schema": "default of the template's schema",
            "unset": "not set",
        }[self.layer]


def source_of(where: Sequence[Any], spec: Spec, config: Config, *, is_absent: bool = False) -> ValueSource:
    """Return where the value at a path of a unit's values is from. A layer that has null there unsets it."""
    if decides(spec.node, where):
        return ValueSource("spec", spec.path, schema.position(spec.node, list(where), key=True)[0])
    part = config.deciding(spec.template, where)
    if part is not None:
        defaults = get(config.node, "defaults", spec.template) if config.node is not None else None
        line = schema.position(part, list(where), key=True)[0]
        return ValueSource("default" if part is defaults else "convention", CONFIG_PATH, line)
    return ValueSource("unset" if is_absent else "schema")
