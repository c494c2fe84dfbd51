"""Errors of jsonschema-rs as findings, with messages and with places in the user's file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import schema
from ..finding import Finding
from ..fix import Fix
from ..schema_words import Fault, Words, closest_faults, missing_choices, name_of
from ..yaml import Node, get, key_of
from ..yaml.placed import path_of
from .readers.compiled import Compiled
from .readers.node_fixes import in_quotes_fix
from .template_tokens import has_token_key, is_token, is_token_key, stands_for_other

# Directives of strategic merge patches, which Kustomize and kubectl read and no schema has.
_DIRECTIVE = re.compile(r"\$(?:patch|retainKeys|setElementOrder/.*|deleteFromPrimitiveList/.*)\Z")
# Placeholders in what is not an object of Kubernetes: of envsubst and kustomize's vars.
_REPLACED = re.compile(r"\$\{[A-Za-z_]|\$\([A-Za-z_]|\AENC\[")
_MOST_NAMED = 4  # keys that a map lacks
Where = tuple[Any, ...]


def findings(
    used: Compiled,
    node: Node,
    data: Any,
    *,
    patch: bool = False,
    words: frozenset[str] | None = None,
    is_built_in: bool = False,
) -> Iterator[tuple[Fault, Finding]]:
    """Yield each fault of data that was read from a node, with its finding; a patch lacks no required keys.

    ``words`` is for objects of Kubernetes, what ``template_tokens.token_words`` returns for the file: what stands for
    another value or key is left out, and one finding has all that is missing in a map. Of a type that ``is_built_in``
    the API server reads a missing boolean as false, also one that the schema requires.
    """
    faults = list(closest_faults(_fault(used, error) for error in used.errors(data)))
    misspelt = {fault.where for fault in faults if fault.keyword == "additionalProperties"}
    told = [one for one in faults if not (patch and (one.keyword == "required" or missing_choices(one)))]
    # Of a map with an unknown key, the misspelt key is the missing one.
    told = [one for one in told if not (one.where in misspelt and missing_choices(one))]
    if words is not None:
        # Of a status, which a controller writes, the API server demands nothing.
        told = [one for one in told if not (one.keyword == "required" and one.where[:1] == ("status",))]
        told = [one for one in told if not (is_built_in and one.keyword == "required" and _is_boolean(one))]
        told = [filled for one in told if (filled := _filled(one, words)) is not None]
    yield from _distinct(told, node, patch, used if words is not None else None)


def _is_boolean(fault: Fault) -> bool:
    """Return whether the key that is missing is for a boolean."""
    sort = fault.schema.get("properties", {}).get(fault.expected, {}).get("type")
    return "boolean" in ([sort] if isinstance(sort, str) else sort or ())


def _distinct(
    faults: Sequence[Fault], node: Node, patch: bool, of_object: Compiled | None
) -> Iterator[tuple[Fault, Finding]]:
    """Yield the faults with their findings, without those that say the same of one place; ``of_object`` is the schema
    of an object of Kubernetes.
    """
    seen: set[tuple[str, int, int, str]] = set()
    words = Words(remedies=False)
    missing = _missing(faults, node, words) if of_object else None
    for fault in faults:
        for finding in _told(fault, words, node, patch, missing, of_object):
            if (place := (finding.path, finding.line, finding.column, finding.message)) not in seen:
                seen.add(place)
                yield fault, finding


def has_placeholder(text: str) -> bool:
    """Return whether a text has a part that is replaced before Kubernetes reads it."""
    return is_token(text)


def _fault(used: Compiled, error: Any) -> Fault:
    """Convert an error of jsonschema-rs to a fault."""
    reason = error.kind
    expected: Any = None
    keys: tuple[str, ...] = ()
    match reason.name:
        case "required":
            expected = str(reason.property)
        case "type":
            expected = list(reason.types)
        case "enum":
            expected = list(reason.options)
        case "const":
            expected = reason.expected_value
        case "minimum" | "maximum" | "maxLength" | "maxItems" | "maxProperties":
            expected = reason.limit
        case "not":
            expected = reason.value
        case "pattern":
            expected = reason.pattern
        case "additionalProperties":
            keys = tuple(reason.unexpected)
    branches = tuple(tuple(_fault(used, leaf) for leaf in one) for one in getattr(reason, "context", None) or ())
    return Fault(
        tuple(error.instance_path), reason.name, error, expected, keys, _parent(used, error), branches,
    )  # fmt: skip


def _filled(fault: Fault, words: frozenset[str]) -> Fault | None:
    """Return a fault of an object without what stands for other values or keys, None if nothing is left."""
    value = fault.value
    if fault.keyword == "additionalProperties":
        keys = tuple(one for one in fault.keys if not is_token_key(one, words))
        return replace(fault, keys=keys) if keys else None
    if isinstance(value, dict):
        return None if has_token_key(value, words) else fault
    is_other = stands_for_other(value) if fault.keyword == "type" else isinstance(value, str) and is_token(value)
    return None if is_other else fault


def _missing(faults: Sequence[Fault], node: Node, words: Words) -> dict[Where, list[str]]:
    """Return the keys that are missing in each map, without those that have no value, and those that are misspelt."""
    found: dict[Where, list[str]] = {}
    for one in faults:
        if one.keyword == "required" and get(node, *one.where, one.expected) is None:
            found.setdefault(one.where, []).append(one.expected)
    for one in faults:
        if one.keyword == "additionalProperties" and one.where in found:
            meant = {words.guesses.nearest(key, one.known) for key in one.keys}
            found[one.where] = [key for key in found[one.where] if key not in meant]
    return found


def _all_missing(where: Where, keys: Sequence[str]) -> tuple[str, str]:
    """Return message and hint for several keys that a map lacks."""
    names = [name_of([*where, one]) for one in keys]
    more = len(names) - _MOST_NAMED
    *some, last = [*names[:_MOST_NAMED], f"{more} more"] if more > 0 else names
    return f"{', '.join(some)} and {last} are missing", "add them"


def _told(
    fault: Fault,
    words: Words,
    node: Node,
    patch: bool,
    missing: Mapping[Where, list[str]] | None,
    of_object: Compiled | None,
) -> Iterator[Finding]:
    if isinstance(fault.value, str) and _REPLACED.search(fault.value):
        return
    if fault.keyword == "required" and (empty := get(node, *fault.where, fault.expected)) and empty.tag == "null":
        yield _at(node, [*fault.where, fault.expected], words.no_value(fault), key=True)
        return
    if fault.keyword != "additionalProperties":
        said = words.explain(fault)
        if fault.keyword == "required" and missing is not None:
            keys = missing[fault.where]
            if fault.expected not in keys:
                return  # it is misspelt
            said = _all_missing(fault.where, keys) if len(keys) > 1 else said
        yield replace(_at(node, list(fault.where), said), fix=_text_fix(fault, node))
        return
    for key in fault.keys:
        if not (patch and _DIRECTIVE.match(key)):
            homes = [
                f"{one}.{key}"
                for one in (of_object.maps_with(fault.schema, key) if of_object and key != "name" else ())
            ]
            yield _at(node, [*fault.where, key], words.unknown_key(fault, key, homes[:2]), key=True)


def _text_fix(fault: Fault, node: Node) -> Fix | None:
    """Return the fix of a number or boolean where only text is allowed."""
    if not fault.where or fault.keyword != "type" or not {"string"} <= {*fault.expected} <= {"string", "null"}:
        return None
    found = get(node, *fault.where)
    return in_quotes_fix(found) if found is not None else None


def _parent(used: Compiled, error: Any) -> dict[str, Any]:
    """Return the schema that holds the keyword which failed."""
    location = error.absolute_keyword_location or ""
    found = used.part(location.rpartition("/")[0])
    return found if isinstance(found, dict) else {}


def _at(node: Node, where: list[Any], words: tuple[str, str], *, key: bool = False) -> Finding:
    """Return a finding at a key, or at the value at a path; at the key if the value is empty or a block."""
    found = key_of(get(node, *where[:-1]), str(where[-1])) if key and where else None
    place = found if found is not None else schema.place_at(node, where, key=key)
    return Finding(place.line, place.column, words[0], words[1], path=path_of(place))
