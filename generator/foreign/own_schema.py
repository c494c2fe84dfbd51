"""Validate values of a spec against a repository's schema: patterns run in Rust's engines, linear or bounded.

An expression without look-around and backreferences is linear in the text (the crate ``regex``); any other is tried for
a limited number of steps (``fancy-regex``), and then does not match. References to other files are never followed,
except to the fields of Kubernetes' objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from .. import object_fields
from ..behaviour import SpecFault
from ..schema import explained, schema_data

MAX_ERRORS = 1000
_STEPS = 100_000
_PATTERN_BYTES = 1 << 20


def value_faults(data: Any, schema: str) -> list[SpecFault]:
    """Return the faults of the values of a spec. Raises the libraries' errors for a broken schema."""
    quick = _quick(schema)
    try:
        if quick.is_valid(data):
            return []
    except (ValueError, TypeError, OverflowError):  # numbers that only jsonschema supports
        pass
    return explained(islice(_errors(schema_data(schema), data), MAX_ERRORS))


@cache
def _quick(schema: str) -> Any:
    data = schema_data(schema)
    return jsonschema_rs.Draft202012Validator(data, retriever=object_fields.retrieved, pattern_options=_options())


def _errors(schema: Mapping[str, Any], data: Any) -> Iterator[Any]:
    """Yield the errors of jsonschema, with patterns run by Rust's engines."""
    import jsonschema  # noqa: PLC0415 - slow to load, and only for invalid specs
    import referencing  # noqa: PLC0415

    keywords = {
        "pattern": _of_pattern,
        "patternProperties": _of_pattern_properties,
        "additionalProperties": _of_additional_properties,
    }
    validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    registry: Any = referencing.Registry(retrieve=object_fields.resource_at)  # type: ignore[call-arg]
    yield from validator(schema, registry=registry).iter_errors(data)


def _options() -> Any:
    return jsonschema_rs.FancyRegexOptions(
        backtrack_limit=_STEPS, size_limit=_PATTERN_BYTES, dfa_size_limit=_PATTERN_BYTES
    )


@cache
def _pattern(pattern: str) -> Any:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_options())


def _fits(pattern: str, text: str) -> bool:
    return bool(_pattern(pattern).is_valid(text))


def _error(message: str, **more: Any) -> Any:
    from jsonschema import ValidationError  # noqa: PLC0415 - see above

    return ValidationError(message, **more)


def _of_pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not _fits(pattern, instance):
        yield _error(f"{instance!r} does not match {pattern!r}")


def _of_pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        for pattern, schema in patterns.items():
            for key, value in instance.items():
                if _fits(pattern, key):
                    yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _of_additional_properties(validator: Any, wanted: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [key for key in instance if key not in known and not any(_fits(one, key) for one in patterns)]
    if validator.is_type(wanted, "object"):
        for key in extra:
            yield from validator.descend(instance[key], wanted, path=key)
    elif not wanted and extra:
        yield _error("unknown keys", instance={key: instance[key] for key in extra})
