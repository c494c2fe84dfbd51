"""Errors of jsonschema-rs as findings, with messages and with places in the user's file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import schema
from ..finding import Finding
from ..schema_words import Fault, Words, closest_faults, missing_choices
from ..yaml import Node, get, key_of
from ..yaml.placed import path_of
from .readers.compiled import Compiled

# Directives of strategic merge patches, which Kustomize and kubectl read and no schema has.
_DIRECTIVE = re.compile(r"\$(?:patch|retainKeys|setElementOrder/.*|deleteFromPrimitiveList/.*)\Z")
# Placeholders that are replaced before Kubernetes reads the value: Flux's envsubst, kustomize's vars, SOPS.
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z_]|\$\([A-Za-z_]|\AENC\[")


def findings(used: Compiled, node: Node, data: Any, *, patch: bool = False) -> Iterator[tuple[Fault, Finding]]:
    """Yield each fault of data that was read from a node, with its finding; a patch lacks no required keys."""
    seen: set[tuple[str, int, int, str]] = set()
    faults = list(closest_faults(_fault(used, error) for error in used.errors(data)))
    misspelt = {fault.where for fault in faults if fault.keyword == "additionalProperties"}
    words = Words(remedies=False)
    for fault in faults:
        if patch and (fault.keyword == "required" or missing_choices(fault)):
            continue
        if fault.where in misspelt and missing_choices(fault):
            continue  # the misspelt key is the missing one
        for finding in _told(fault, words, node, patch):
            if (place := (finding.path, finding.line, finding.column, finding.message)) not in seen:
                seen.add(place)
                yield fault, finding


def has_placeholder(text: str) -> bool:
    """Return whether a text has a part that is replaced before Kubernetes reads it."""
    return bool(_PLACEHOLDER.search(text))


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


def _told(fault: Fault, words: Words, node: Node, patch: bool) -> Iterator[Finding]:
    if isinstance(fault.value, str) and has_placeholder(fault.value):
        return
    if fault.keyword == "required" and (empty := get(node, *fault.where, fault.expected)) and empty.tag == "null":
        yield _at(node, [*fault.where, fault.expected], words.no_value(fault), key=True)
        return
    if fault.keyword != "additionalProperties":
        yield _at(node, list(fault.where), words.explain(fault))
        return
    for key in fault.keys:
        if not (patch and _DIRECTIVE.match(key)):
            yield _at(node, [*fault.where, key], words.unknown_key(fault, key), key=True)


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
