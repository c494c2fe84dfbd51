"""The schema of fields of Kubernetes' objects, ``schemas/kubernetes-fields.schema.json``, and references to it.

Schemas of specs refer to its types by the file's name, ``kubernetes-fields.schema.json#/$defs/PodTemplateSpec``:
editors find it beside the schema in ``.scaffold/schemas/``. A template of the repository refers to it from its own
folder, ``../../schemas/kubernetes-fields.schema.json``. No reference to another file is ever followed.

All its types allow null. Validators need some milliseconds for its many types, so that they read it only for specs
that have such fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from posixpath import join, normpath
from typing import Any

from . import assets

NAME = "kubernetes-fields"
_FILE = f"{NAME}.schema.json"
_FROM_TEMPLATES = f"../../schemas/{_FILE}"
_PLACES = frozenset({f"/{_FILE}", f"/schemas/{_FILE}"})
# Where jsonschema_rs has a schema without an address, and so its references; jsonschema has them as they are written.
_BASE = "json-schema:///"
_DEFINITIONS = "/$defs/"
_PARTS = ("spec", "metadata")


@cache
def fields_data() -> dict[str, Any]:
    """Return the data of the schema."""
    loaded: dict[str, Any] = json.loads(assets.schema_text(NAME))
    return loaded


def refers_to_fields(schema: str) -> bool:
    """Tell whether a schema, given as text, may refer to the fields."""
    return f"{_FILE}#" in schema


def referred_path(reference: str) -> str | None:
    """Return the path in the schema of fields that a reference has, such as ``/$defs/Probe``; None for another file."""
    file, _, path = reference.partition("#")
    return path if _is_known(file) else None


def referred_type(schema: Any) -> str:
    """Return the name of the type that a schema is a reference to, ``""`` for another schema."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    path = (referred_path(reference) or "") if isinstance(reference, str) else ""
    return path.removeprefix(_DEFINITIONS) if path.startswith(_DEFINITIONS) else ""


def homes(schema: Mapping[str, Any], key: str) -> list[str]:
    """Return where fields of Kubernetes' objects with a name are below a schema, such as ``pod.spec.tolerations``.

    Only fields of an object, of its spec and its metadata count, in order of their depth, at most three. A name tells
    no place: too many objects have one.
    """
    found: list[str] = []
    if key == "name":
        return found
    level = [(name, one) for name, one in (schema.get("properties") or {}).items()]
    for _ in range(2):
        below = [(name, _fields_of(one)) for name, one in level]
        found += sorted(f"{name}.{key}" for name, fields in below if key in fields)
        level = [(f"{name}.{one}", fields[one]) for name, fields in below for one in _PARTS if one in fields]
    return found[:3]


def _fields_of(schema: Any) -> Mapping[str, Any]:
    """Return the fields of the type that a schema refers to, or of the one among its alternatives; none of another."""
    for one in (schema, *(schema.get("anyOf", ()) if isinstance(schema, dict) else ())):
        reference = str(one.get("$ref", "")) if isinstance(one, dict) else ""
        name = reference.removeprefix(f"#{_DEFINITIONS}") if reference.startswith("#") else referred_type(one)
        if name:
            fields: dict[str, Any] = fields_data()["$defs"].get(name, {}).get("properties", {})
            return fields
    return {}


def _is_known(address: str) -> bool:
    """Tell whether an address is that of the fields: a path, as both engines resolve it."""
    return normpath(join("/", address.removeprefix(_BASE))) in _PLACES


def retrieved(address: str) -> Any:
    """Return the data of the schema at an address. Raises LookupError for any other: nothing is ever fetched."""
    if not _is_known(address):
        raise LookupError(address)
    return fields_data()


def resource_at(address: str) -> Any:
    """Return the schema at an address, as ``referencing.Registry`` retrieves it. Raises its error for any other."""
    import referencing.exceptions  # noqa: PLC0415 - slow to load, and only for invalid specs
    import referencing.jsonschema  # noqa: PLC0415

    if not _is_known(address):
        raise referencing.exceptions.NoSuchResource(ref=address)  # type: ignore[call-arg]
    return referencing.jsonschema.DRAFT202012.create_resource(fields_data())


def without_fields(schema: str) -> Any:
    """Return the data of a schema that allows no value where the schema refers to the fields.

    What it accepts, the schema accepts too, as long as no reference is below ``not``, ``if`` or ``oneOf``.
    """

    def closed(one: dict[str, Any]) -> Any:
        return False if referred_type(one) else one

    return json.loads(schema, object_hook=closed)


def referring_from_template(schema: str) -> str:
    """Return the text of a shipped schema as the ``schema.json`` of a template in ``.scaffold/templates/NAME/``."""
    return schema.replace(f'"{_FILE}#', f'"{_FROM_TEMPLATES}#')


def referring_as_shipped(schema: str) -> str:
    """Return the text of a template's ``schema.json`` with the references of a shipped schema."""
    return schema.replace(f'"{_FROM_TEMPLATES}#', f'"{_FILE}#')
