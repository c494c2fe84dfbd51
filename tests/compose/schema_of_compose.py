"""The JSON schema of the Compose Specification, as check-jsonschema has it: the judge of the files of tests."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import yaml


@cache
def compose_schema() -> dict[str, Any]:
    """Return the schema."""
    place = resources.files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json"
    schema: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return schema


def service_keys() -> set[str]:
    """Return the keys that a service may have."""
    defined = compose_schema()["$defs"]
    return {key for one in ("service", "container_spec", "workload_spec") for key in defined[one]["properties"]}


def compose_faults(text: str) -> list[str]:
    """Return why the schema refuses a file; variables are allowed wherever it wants text."""
    validator = jsonschema.Draft202012Validator(compose_schema())
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(yaml.safe_load(text))]
