"""Convert the text of a value to the type that a JSON Schema wants at its place.

Source of the keywords: https://json-schema.org/draft/2020-12/json-schema-core (applicators), and -validation (type).
Schemas may be a repository's: references lead nowhere else, except to the fields of Kubernetes' objects, and the
search is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from . import object_fields
from . import schema as schemas
from .assignments import KeyPath, assignment_path
from .errors import Invalid
from .yaml import parse_one, plain

_MAX_STEPS = 2_000
_TYPES = (
    (bool, "boolean"), (str, "string"), (int, "integer"), (float, "number"), (dict, "object"), (list, "array"),
    (type(None), "null"),
)  # fmt: skip
_EVERY = frozenset({name for _, name in _TYPES})
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_BRANCHES = ("then", "else")


def typed_value_of(texts: Sequence[str], where: KeyPath, text: str, option: str) -> Any:
    """Return the value of a text at a path of a spec, by the first of the schemas that knows the path.

    Text where only text (or null) is allowed; else what the text means as YAML, if its type is allowed, or text if that
    is. Where the schemas say nothing, what it means as YAML. Raises Invalid, at ``option``, if YAML cannot be read.
    """
    types = _types_at(texts, where) or _EVERY
    others = types - {"string", "null"}
    if "string" in types and not others:
        return None if text == "null" and "null" in types else text
    is_quoted = text[:1] in {'"', "'"}
    try:
        value = plain(parse_one(text, option), option)
    except Invalid as error:
        if types != _EVERY and "string" in types:
            return text
        name = assignment_path(where)
        raise Invalid(
            replace(one, line=0, column=0, message=f"the value of {name} {one.message}") for one in error.problems[:1]
        ) from None
    if types == _EVERY or "string" not in types or is_quoted:
        return value
    fits = not isinstance(value, str) and any(_is_of(value, one) for one in types)
    return value if fits else text


def unquoted_key(texts: Sequence[str], where: KeyPath) -> KeyPath:
    """Return the path that is meant if a key with dots was given without quotes; empty if the path may be right.

    Such a path has keys below a value that has none, and the parts, joined by dots, are a key that the schemas allow.
    """
    for count in range(1, len(where)):
        types = _types_at(texts, where[:count])
        rest = where[count - 1 :]
        if types and not types & {"object", "array"} and all(isinstance(one, str) for one in rest):
            meant = (*where[: count - 1], ".".join(map(str, rest)))
            return meant if count > 1 and _types_at(texts, meant) else ()
    return ()


def _types_at(texts: Sequence[str], where: KeyPath) -> frozenset[str]:
    found = (_SchemaSearch(schemas.schema_data(one)).types(where) for one in texts)
    return next((one for one in found if one is not None), frozenset())


@dataclass(frozen=True)
class RequiredValue:
    """A value that a spec needs and does not have: its path, and the description of the schema."""

    where: KeyPath
    about: str


def missing_values(text: str, data: Mapping[str, Any]) -> list[RequiredValue]:
    """Return the required values of a schema that data lacks: of the top, and of the maps that are there."""
    return list(_SchemaSearch(schemas.schema_data(text)).missing(data))


def described_keys(text: str) -> frozenset[str]:
    """Return the keys of a spec that a schema describes."""
    found = schemas.schema_data(text).get("properties")
    return frozenset(found) if isinstance(found, dict) else frozenset()


@dataclass(frozen=True)
class DescribedKey:
    """What schemas say of a key: its description, types and default, None without one."""

    name: str
    about: str
    types: frozenset[str]
    default: Any = None


def described_keys_at(texts: Sequence[str], where: KeyPath) -> list[DescribedKey]:
    """Return the keys that schemas describe for the map at a path, of all alternatives, in their order."""
    found: dict[str, DescribedKey] = {}
    for text in texts:
        for one in _SchemaSearch(schemas.schema_data(text)).parts(where):
            properties = one.schema.get("properties")
            for name, below in properties.items() if isinstance(properties, dict) else ():
                if name not in found and below is not False:
                    found[name] = _SchemaSearch(one.whole).described(name, [_SchemaPart(below, one.whole)])
    return list(found.values())


def described_key(texts: Sequence[str], where: KeyPath) -> DescribedKey | None:
    """Return what the first schema that knows a path says of the key at its end."""
    for text in texts:
        search = _SchemaSearch(schemas.schema_data(text))
        if found := search.parts(where):
            return search.described(str(where[-1]), found)
    return None


def listed_values_at(texts: Sequence[str], where: KeyPath) -> list[Any]:
    """Return the scalar values that schemas list for a path: of enums, constants, truth values and the default."""
    found: dict[tuple[type, Any], Any] = {}
    for text in texts:
        for one, _ in _SchemaSearch(schemas.schema_data(text)).parts(where):
            listed = one.get("enum")
            values = [*listed] if isinstance(listed, list) else [one[key] for key in ("const", "default") if key in one]
            if "type" in one and "boolean" in _types_of(one):
                values += [True, False]
            for value in values:
                if isinstance(value, str | bool | int | float):
                    found.setdefault((type(value), value), value)
    return list(found.values())


def _is_of(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "number":
        return isinstance(value, int | float)
    return any(known == name and isinstance(value, sort) for sort, known in _TYPES)


class _SchemaPart(NamedTuple):
    """A part of a schema, and the file's whole schema, which its references are to."""

    schema: Any
    whole: Any


class _SchemaSearch:
    """A search of a schema, with a bounded number of steps."""

    def __init__(self, whole: Any) -> None:
        self.whole = whole
        self.left = _MAX_STEPS

    def types(self, where: KeyPath) -> frozenset[str] | None:
        """Return the types allowed at a path, or None if the schema does not know the path."""
        found = self.parts(where)
        return frozenset().union(*(_types_of(one.schema) for one in found)) if found else None

    def parts(self, where: KeyPath) -> list[_SchemaPart]:
        """Return the schemas of a path with their alternatives, none if the schema does not know the path."""
        found = self._expanded([_SchemaPart(self.whole, self.whole)])
        for part in where:
            found = self._expanded(
                [_SchemaPart(below, one.whole) for one in found for below in _below(one.schema, part)]
            )
        return found

    def described(self, name: str, parts: list[_SchemaPart]) -> DescribedKey:
        """Return what schemas of a key say of it."""
        every = [one.schema for one in self._expanded(parts)]
        about = next((one["description"] for one in every if isinstance(one.get("description"), str)), "")
        usual = next((one["default"] for one in every if "default" in one), None)
        return DescribedKey(name, about, frozenset().union(*map(_types_of, every)), usual)

    def missing(
        self, data: Mapping[str, Any], where: KeyPath = (), part: _SchemaPart | None = None
    ) -> Iterator[RequiredValue]:
        """Yield the required values that a map lacks."""
        for one, whole in self._expanded([part or _SchemaPart(self.whole, self.whole)], of_all=True):
            properties = one.get("properties")
            known = properties if isinstance(properties, dict) else {}
            required = one.get("required")
            for key in required if isinstance(required, list) else ():
                if isinstance(key, str) and data.get(key) is None:
                    yield RequiredValue((*where, key), self._about(_SchemaPart(known.get(key), whole)))
            for key, below in known.items():
                if isinstance(data.get(key), dict) and isinstance(below, dict):
                    yield from self.missing(data[key], (*where, key), _SchemaPart(below, whole))

    def _about(self, part: _SchemaPart) -> str:
        found = (one.schema.get("description") for one in self._expanded([part]))
        return next((one for one in found if isinstance(one, str)), "")

    def _expanded(self, waiting: list[_SchemaPart], *, of_all: bool = False) -> list[_SchemaPart]:
        """Return schemas with their references followed, and their alternatives; or only what holds for all.

        The schemas that are returned are maps.
        """
        found: list[_SchemaPart] = []
        seen: set[int] = set()
        waiting = list(waiting)
        while waiting and self.left > 0:
            self.left -= 1
            one, whole = waiting.pop(0)
            if one is True:
                one = {}
            if not isinstance(one, dict) or id(one) in seen:
                continue
            seen.add(id(one))
            found.append(_SchemaPart(one, whole))
            if isinstance(one.get("$ref"), str):
                waiting.append(_referred(one["$ref"], whole))
            below = [] if of_all else [one[key] for key in _BRANCHES if key in one]
            for key in ("allOf",) if of_all else _ALTERNATIVES:
                below += one[key] if isinstance(one.get(key), list) else []
            waiting += [_SchemaPart(each, whole) for each in below]
        return found


def _referred(reference: str, whole: Any) -> _SchemaPart:
    """Return what a reference in a schema is to: a part of it, or of the fields of Kubernetes' objects."""
    path = reference[1:] if reference.startswith("#") else object_fields.referred_path(reference)
    if path is None:
        return _SchemaPart(None, None)
    found = whole = whole if reference.startswith("#") else object_fields.fields_data()
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return _SchemaPart(found, whole)


def _below(one: Mapping[str, Any], part: str | int) -> Iterator[Any]:
    """Yield the schemas of a key or item of what a schema describes."""
    if isinstance(part, int):
        first = one.get("prefixItems")
        fixed = first if isinstance(first, list) else []
        yield fixed[part] if part < len(fixed) else one.get("items")
        return
    properties = one.get("properties")
    if isinstance(properties, dict) and part in properties:
        yield properties[part]
    elif "patternProperties" in one:
        patterns = one["patternProperties"]
        yield from patterns.values() if isinstance(patterns, dict) else ()
    else:
        yield one.get("additionalProperties")


def _types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the types that a schema itself allows; none if it leaves that to its alternatives."""
    given = schema.get("type")
    if isinstance(given, str | list):
        names = {given} if isinstance(given, str) else {one for one in given if isinstance(one, str)}
        return frozenset(names | ({"integer"} if "number" in names else set()))
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if isinstance(values, list):
        return frozenset(name for one in values for sort, name in _TYPES if type(one) is sort)
    if any(key in schema for key in ("$ref", *_ALTERNATIVES)):
        return frozenset()
    if "pattern" in schema or "minLength" in schema or "maxLength" in schema:
        return frozenset({"string"})
    return frozenset({"object"}) if "properties" in schema else _EVERY
