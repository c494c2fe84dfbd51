"""Resolve which shipped template a repository's template extends, and adapt its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from . import assets, object_fields


def extended(name: str, settings: Mapping[str, Any], schema: str | None) -> str:
    """Return the shipped template that a repository's template extends, by its valid settings; ``""`` for none.

    A template with the name of a shipped one and no different schema extends that one.
    """
    if "_extends" in settings:
        return str(settings["_extends"])
    given = None if schema is None else object_fields.referring_as_shipped(schema)
    is_same = name in assets.template_names() and (given is None or given == assets.schema_text(name))
    return name if is_same else ""


@cache
def shipped_schema(name: str, extends: str) -> str:
    """Return the schema of the template ``extends``, adapted to specs of the template ``name``; ``""`` for none."""
    if not extends or name == extends:
        return assets.schema_text(extends) if extends else ""
    data = json.loads(assets.schema_text(extends))
    data["properties"]["template"] = {"description": f"The template of this unit: {name}.", "const": name}
    return json.dumps(data)


@cache
def has_shipped_schema(name: str, extends: str, schema: str) -> bool:
    """Tell whether a valid schema of the template ``name`` has the data of that of the shipped template it extends."""
    if not extends or schema == shipped_schema(name, extends):
        return bool(extends)
    return _sorted(schema) == _sorted(shipped_schema(name, extends))


@cache
def open_schema(schema: str) -> str:
    """Return a schema that allows unknown keys, since a template that extends it may have more.

    The maps below stay closed: the extended template's checks and filters read all that is in them.
    """
    data = {key: one for key, one in json.loads(schema).items() if key != "additionalProperties"}
    return json.dumps(data)


def _sorted(text: str) -> str:
    return json.dumps(json.loads(object_fields.referring_as_shipped(text)), sort_keys=True)
