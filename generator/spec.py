"""Read the spec of a unit, complete it to values, write it, and edit it in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from . import assets, behaviour, globs, schema
from .behaviour import SpecFault
from .config import Config
from .errors import Invalid, Problem, invalid
from .yaml import Node, dump, parse_one, plain, scalar

MAX_BYTES = 256 * 1024
_EDITOR_LINE = "# yaml-language-server: $schema={}\n"
_OWN = frozenset({"template", "files"})
POLICIES = ("merge", "once", "never")


@dataclass(frozen=True)
class Spec:
    """A spec as written: its path, the template's name, the data, the nodes with their positions, and the text."""

    path: str
    template: str
    data: Mapping[str, Any]
    node: Node
    text: str

    @property
    def files(self) -> Mapping[str, str]:
        """Policy by glob."""
        return self.data.get("files") or {}


class Base(NamedTuple):
    """The template that a template extends: its name, and its schema, which covers only some of the values."""

    name: str
    schema: str


def parse_spec(text: str, path: str) -> Spec:
    """Return the spec in ``text``. Raises Invalid if it is not YAML, or does not name its template."""
    if len(text) > MAX_BYTES:
        raise invalid(path, f"is larger than {MAX_BYTES // 1024} KiB", "make the spec smaller")
    node = parse_one(text, path)
    if node.shape != "map":
        raise invalid(path, "is not a map", _first_line(), line=node.line, column=node.column)
    data = plain(node, path)
    if problems := schema.oversized(node, path):
        raise Invalid(problems)
    name = data.get("template")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        line, column = schema.position(node, ["template"])
        raise invalid(path, "does not name its template", _first_line(), line=line, column=column)
    return Spec(path, name, data, node, text)


def _first_line() -> str:
    return f"begin with 'template: NAME', one of {', '.join(assets.template_names())} or a template of this repository"


def values(
    spec: Spec,
    config: Config,
    template_schema: str,
    faults: Callable[[Mapping[str, Any]], Sequence[SpecFault]] | None = None,
    found: Sequence[Problem] | None = None,
    base: Base | None = None,
) -> dict[str, Any]:
    """Return spec ⊕ the config's defaults and conventions ⊕ the schema's defaults; maps merge, null removes.

    ``faults`` cross-checks the values (default: the check of the shipped template that the spec names). ``found`` are
    the problems of the spec under a repository's schema, which runs in another process. ``base`` is the template that
    such a template extends: its defaults have the lowest precedence, and its schema applies to the values it covers.
    Raises Invalid with every problem of the spec and its position.
    """
    problems = (
        schema.schema_problems(spec.node, spec.data, template_schema, spec.path) or _file_problems(spec)
        if found is None
        else [*found, *_file_problems(spec)]
    )
    if problems:
        raise Invalid(problems)
    layers: list[Mapping[str, Any]] = [
        schema.defaults(template_schema),
        config.conventions(template_schema, *([base.schema] if base else [])),
        config.defaults(spec.template),
        spec.data,
    ]
    merged: dict[str, Any] = dict(schema.defaults(base.schema)) if base else {}
    for layer in layers:
        merged = _merge(merged, layer)
    problems = _base_problems(spec, base, layers, merged) if base else []
    if problems:
        raise Invalid(problems)
    merged = {key: value for key, value in merged.items() if key not in _OWN}
    merged["files"] = [*spec.files.items(), *config.files.items()]
    wrong = [
        Problem(spec.path, *schema.position(spec.node, list(where)), message, hint)
        for where, message, hint in (faults or behaviour.of(spec.template).faults)(merged)
    ]
    if wrong:
        raise Invalid(wrong)
    return merged


def spec_text(data: Mapping[str, Any], schema_path: str) -> str:
    """Return a new spec's text, with the schema comment for editors if there is a schema."""
    return (_EDITOR_LINE.format(schema_path) if schema_path else "") + dump(data)


def edit(text: str, path: str, changes: Mapping[tuple[str, ...], Any]) -> str:
    """Return ``text`` with scalars set at key paths, and every other byte, including comments, unchanged.

    Raises Invalid if a value cannot be set without changing other text.
    """
    for where, value in changes.items():
        node = parse_one(text, path)
        before = plain(node, path)
        after = _set(text, node, where, scalar(value))
        wanted = _merge(before, _nested(where, value))
        if after is None or plain(parse_one(after, path), path) != wanted:
            line, column = schema.position(node, list(where))
            name = ".".join(where)
            raise invalid(path, f"{name} cannot be set here", f"set {name} by hand", line=line, column=column)
        text = after
    return text


def _set(text: str, node: Node, where: tuple[str, ...], emitted: str) -> str | None:
    """Set one scalar below the map ``node``; None if it has no simple place."""
    pair = node.pair(where[0])
    if pair is None:
        return _insert(text, node, where, emitted)
    value = pair[1]
    if len(where) > 1:
        return _set(text, value, where[1:], emitted) if value.shape == "map" else None
    if value.shape != "scalar" or value.style in {"|", ">"}:
        return None
    gap = " " if value.start == value.end and text[value.start - 1] == ":" else ""
    return text[: value.start] + gap + emitted + text[value.end :]


def _insert(text: str, node: Node, where: tuple[str, ...], emitted: str) -> str | None:
    """Add a key after the last one of the map ``node``."""
    if node.style == "flow" or not node.pairs:
        if len(where) > 1 or text[node.start : node.start + 1] != "{":
            return None
        rest = ", " if node.pairs else ""
        return f"{text[: node.start + 1]}{where[0]}: {emitted}{rest}{text[node.start + 1 :]}"
    column = node.pairs[0][0].column - 1
    lines = [f"{' ' * (column + 2 * depth)}{key}:" for depth, key in enumerate(where)]
    new = "\n".join(lines) + f" {emitted}\n"
    at = len(text[: _last(node).end].rstrip())
    newline = text.find("\n", at)
    if newline < 0:
        return f"{text}\n{new}"
    return text[: newline + 1] + new + text[newline + 1 :]


def _last(node: Node) -> Node:
    while node.pairs or node.items:
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node


def _nested(where: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {where[0]: _nested(where[1:], value) if len(where) > 1 else value}


def _merge(low: Mapping[str, Any], high: Mapping[str, Any], *, keep: bool = False) -> dict[str, Any]:
    """Return ``high`` merged over ``low``: a null removes a value, or with ``keep`` stays as null."""
    out = dict(low)
    for key, value in high.items():
        if value is None and not keep:
            out.pop(key, None)
        elif isinstance(value, Mapping):
            below = out.get(key)
            out[key] = _merge(below if isinstance(below, Mapping) else {}, value, keep=keep)
        else:
            out[key] = value
    return out


def _base_problems(
    spec: Spec, base: Base, layers: Sequence[Mapping[str, Any]], merged: Mapping[str, Any]
) -> list[Problem]:
    """Check values against the extended template's schema: as written, including nulls, and as completed."""
    written: dict[str, Any] = {}
    for layer in layers:
        written = _merge(written, layer, keep=True)
    for data in (written, merged):
        if problems := schema.schema_problems(spec.node, {**data, "template": spec.template}, base.schema, spec.path):
            why = f"the template {spec.template} extends {base.name}"
            return [replace(one, message=f"{one.message}, and {why}") for one in problems]
    return []


def _file_problems(spec: Spec) -> list[Problem]:
    """Check the policies of files, which are the same for every template and schema."""
    given = spec.data.get("files")
    if isinstance(given, Mapping) and len(given) > globs.MAX_OF_UNIT:
        line, column = schema.position(spec.node, ["files"])
        message = f"files has {len(given)} globs, more than {globs.MAX_OF_UNIT}"
        return [Problem(spec.path, line, column, message, "use fewer, broader globs")]
    fits = given is None or (
        isinstance(given, Mapping) and all(isinstance(one, str) and one in POLICIES for one in given.values())
    )
    if fits:
        return []
    line, column = schema.position(spec.node, ["files"])
    hint = f"map globs to {', '.join(POLICIES[:-1])} or {POLICIES[-1]}"
    return [Problem(spec.path, line, column, "files is not a map of policies", hint)]
