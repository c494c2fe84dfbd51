"""A value for any part of a schema, at random: the schema is walked, so that a new key cannot be forgotten."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from generator import assets
from generator.object_fields import referred_type

from .samples import texts

Make = Callable[[random.Random], Any]
_MOST = 3  # items of a list or map
_NULL = 0.06  # the chance of a null, which removes what is inherited
_NEVER = frozenset({"template", "name", "image"})  # of the top: made by those who draw a spec


@cache
def service_schema() -> dict[str, Any]:
    """Return the schema of the template ``service``, with the names of the backends of image automation."""
    loaded: dict[str, Any] = json.loads(assets.schema_text("service"))
    return loaded


@dataclass(frozen=True)
class Drawing:
    """How specs are drawn: makers by path, such as ``ports[].name``, and by type of Kubernetes, such as ``Probe``.

    ``often`` is the chance of a key that may be left out.
    """

    by_path: dict[str, Make]
    by_type: dict[str, Make]
    often: float = 0.5

    def spec(self, dice: random.Random, schema: dict[str, Any], often: float) -> dict[str, Any]:
        """Return some keys of a spec, each with the chance ``often``, besides those that every spec has."""
        fields = schema["properties"]
        names = [one for one in fields if one not in _NEVER and dice.random() < often]
        return {name: self.value(dice, fields[name], name) for name in names}

    def value(self, dice: random.Random, schema: dict[str, Any], path: str) -> Any:
        """Return a value for a part of the schema. Raises KeyError for a pattern or type without samples."""
        if path in self.by_path:
            return self.by_path[path](dice)
        if name := referred_type(schema):
            return self.by_type[name](dice)
        if "anyOf" in schema:
            return self.value(dice, dice.choice(schema["anyOf"]), path)
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else dice.choice(schema["enum"])
        sort = schema["type"]
        if isinstance(sort, list):
            if "null" in sort and dice.random() < _NULL:
                return None
            sort = dice.choice([one for one in sort if one != "null"])
        return getattr(self, f"_{sort}")(dice, schema, path)

    def _boolean(self, dice: random.Random, _schema: dict[str, Any], _path: str) -> bool:
        return dice.random() < 0.5

    def _integer(self, dice: random.Random, schema: dict[str, Any], _path: str) -> int:
        low, high = int(schema["minimum"]), int(schema["maximum"])
        return dice.choice((low, high, *(dice.randint(low, high) for _ in range(3)), *(min(high, low + 2),) * 3))

    def _string(self, dice: random.Random, schema: dict[str, Any], _path: str) -> str:
        return dice.choice(_texts(schema))

    def _number(self, dice: random.Random, _schema: dict[str, Any], _path: str) -> float:
        return dice.choice((1, 2, 0.5, 0.25))

    def _array(self, dice: random.Random, schema: dict[str, Any], path: str) -> list[Any]:
        count = dice.randint(schema.get("minItems", 0), _MOST)
        made = [self.value(dice, schema["items"], f"{path}[]") for _ in range(count)]
        if schema.get("uniqueItems"):
            return [one for number, one in enumerate(made) if one not in made[:number]]
        return made

    def _object(self, dice: random.Random, schema: dict[str, Any], path: str) -> dict[str, Any]:
        fields, needed = schema.get("properties", {}), schema.get("required", ())
        names = [one for one in fields if one in needed or dice.random() < self.often]
        made = {name: self.value(dice, fields[name], f"{path}.{name}") for name in names}
        other = schema.get("additionalProperties")
        if isinstance(other, dict):
            keys = schema["propertyNames"]
            for _ in range(dice.randint(schema.get("minProperties", 0), _MOST)):
                key = dice.choice(keys.get("enum") or _texts(keys))
                made[key] = self.value(dice, other, f"{path}.*")
        return made


def _texts(schema: dict[str, Any]) -> tuple[str, ...]:
    return texts(schema.get("pattern", ""), schema.get("maxLength", 1 << 20), schema.get("minLength", 0))


def schema_paths(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the path of each key of a schema, as in ``by_path``: ``*`` is any key of a map, ``[]`` an item."""
    for branch in (schema, *schema.get("anyOf", ())):
        for name, one in branch.get("properties", {}).items():
            here = f"{path}.{name}" if path else name
            yield here
            yield from schema_paths(one, here)
        for key, ending in (("additionalProperties", ".*"), ("items", "[]")):
            if isinstance(branch.get(key), dict):
                yield f"{path}{ending}"
                yield from schema_paths(branch[key], f"{path}{ending}")


def made_paths(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths of a schema that a value has."""
    for branch in (schema, *schema.get("anyOf", ())):
        fields, other = branch.get("properties", {}), branch.get("additionalProperties")
        for name, one in value.items() if isinstance(value, dict) else ():
            below = fields.get(name, other)
            if isinstance(below, dict):
                here = f"{path}.{name if name in fields else '*'}".lstrip(".")
                yield here
                yield from made_paths(one, below, here)
        if isinstance(value, list) and isinstance(branch.get("items"), dict):
            for one in value:
                yield f"{path}[]"
                yield from made_paths(one, branch["items"], f"{path}[]")
