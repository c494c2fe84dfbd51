"""Which keys and values a spec or the config may have at a cursor, by their schemas.

Nothing is offered that a schema refuses at its place: keys that a map does not have, or has already, and values of no
list of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .. import assets, config
from ..assignments import KeyPath
from ..rules import all_rules
from ..tree import DOT_DIR, SPEC_NAME
from ..value_types import DescribedKey, described_key, described_keys_at, listed_values_at
from ..yaml import scalar
from .key_contexts import KeyContext, key_at, key_context
from .rule_pages import escaped_markdown, key_page, rule_page
from .text_places import PlacedText, Span

_TEMPLATE = re.compile(r"^template[ \t]*:[ \t]+[\"']?([a-z][a-z0-9-]{0,62})", re.MULTILINE)
_OF_SPECS = frozenset({"template", "name", "files"})  # keys that no default may have
_COLLECTIONS = frozenset({"object", "array", "null"})


@dataclass(frozen=True)
class Offer:
    """A completion: what is shown, the text that replaces ``span``, and the page that explains it."""

    label: str
    text: str
    span: Span
    sort: Literal["key", "value", "rule"]
    page: str = ""
    detail: str = ""


@dataclass(frozen=True)
class SpecReader:
    """What the specs of a repository are checked by: its own templates, and the schemas of a template, by name."""

    own_templates: Sequence[str]
    schemas: Callable[[str], Sequence[str]]


def is_described(path: str) -> bool:
    """Tell whether a file, by its path below the root, has keys that schemas describe: a spec, or the config."""
    return path == config.PATH or (path.rpartition("/")[2] == SPEC_NAME and not path.startswith(f"{DOT_DIR}/"))


def spec_offers(path: str, text: PlacedText, offset: int, reader: SpecReader) -> list[Offer]:
    """Return what may be written at an offset of a spec or the config."""
    context = key_context(text, offset)
    if context is None:
        return []
    schemas, where = _described_by(path, text.text, context.path, reader)
    if context.sort == "value":
        return _values(schemas, where, context, path, reader)
    keys = described_keys_at(schemas, where)
    if not schemas and not context.path and path != config.PATH:
        keys = [DescribedKey("template", "The template of this unit.", frozenset({"string"}))]
    elif path == config.PATH and not where and context.path[:1] == ("defaults",):
        keys = [one for one in keys if one.name not in _OF_SPECS]
    elif path == config.PATH:
        keys += _names(where, reader)
    offers = [_key(one, context) for one in keys if one.name not in context.siblings]
    items = _values(schemas, where, context, path, reader) if context.is_item and not context.has_colon else []
    return [*items, *offers]


def described_at(path: str, text: PlacedText, offset: int, reader: SpecReader) -> tuple[str, Span] | None:
    """Return the page about the key at an offset of a spec or the config, and where the key is."""
    found = key_at(text, offset)
    if found is None:
        return None
    where, span = found
    schemas, inner = _described_by(path, text.text, where, reader)
    if path == config.PATH and len(where) == 2 and where[0] == "rules":
        rule = next((one for one in all_rules() if one.id == where[1]), None)
        return (rule_page(rule), span) if rule else None
    key = described_key(schemas, inner) if schemas and inner else None
    return (key_page(key), span) if key else None


def _described_by(path: str, text: str, where: KeyPath, reader: SpecReader) -> tuple[Sequence[str], KeyPath]:
    """Return the schemas of a place, and its path in them; no schemas if a spec does not say its template."""
    if path != config.PATH:
        named = _TEMPLATE.search(text)
        return (reader.schemas(named[1]) if named else ()), where
    if where[:1] == ("defaults",) and len(where) > 1:
        return reader.schemas(str(where[1])), where[2:]
    return [assets.schema_text("config")], where


def _names(where: KeyPath, reader: SpecReader) -> list[DescribedKey]:
    """Return the keys of maps of the config that are names: of rules, and of templates."""
    if where == ("rules",):
        return [DescribedKey(one.id, one.summary, frozenset({"string"})) for one in all_rules()]
    if where in {("hold",), ("defaults",)}:
        known = {*assets.template_names(), *reader.own_templates} - (
            set(assets.template_names()) if where == ("defaults",) else set()
        )
        return [
            DescribedKey(one, "A template.", frozenset({"array" if where == ("hold",) else "object"}))
            for one in sorted(known)
        ]
    return []


def _key(one: DescribedKey, context: KeyContext) -> Offer:
    behind = "" if context.has_colon else ":" if one.types and one.types <= _COLLECTIONS else ": "
    text = f"{scalar(one.name)}{behind}"
    return Offer(one.name, text, context.span, "key", key_page(one), " or ".join(sorted(one.types)))


def _values(schemas: Sequence[str], where: KeyPath, context: KeyContext, path: str, reader: SpecReader) -> list[Offer]:
    if path != config.PATH and context.path == ("template",):
        names = sorted({*assets.template_names(), *reader.own_templates})
        return [Offer(one, scalar(one), context.span, "value", detail="template") for one in names]
    about = described_key(schemas, where) if where else None
    page = escaped_markdown(about.about) if about else ""
    found = []
    for value in listed_values_at(schemas, where):
        text = scalar(value)
        found.append(
            Offer(text, text, context.span, "value", page, "default" if about and about.default == value else "")
        )
    return found
