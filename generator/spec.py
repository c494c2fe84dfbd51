"""The spec of a unit: read, completed to values, written, and edited in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import globs, kind, policy, schema
from .config import CONVENTIONS, Config
from .errors import Invalid, Problem, invalid
from .quantity import quantity
from .yaml import Node, dump, parse_one, plain, scalar

MAX_BYTES = 256 * 1024
_EDITOR_LINE = "# yaml-language-server: $schema={}\n"
_OWN = frozenset({"template", "files"})
POLICIES = ("merge", "once", "never")

Fault = tuple[list[Any], str, str]  # where in the spec, what is wrong, what to do


@dataclass(frozen=True)
class Spec:
    """A spec as written: the unit's directory, the template's name, the data, where each thing stands, and the text."""

    path: str
    template: str
    data: Mapping[str, Any]
    node: Node
    text: str

    @property
    def files(self) -> Mapping[str, str]:
        """Policy by glob."""
        return self.data.get("files") or {}


def read(text: str, path: str) -> Spec:
    """Return the spec in ``text``. Raises Invalid if it is not YAML, or does not name its template."""
    if len(text) > MAX_BYTES:
        raise invalid(path, f"is larger than {MAX_BYTES // 1024} KiB", "a spec is a few lines")
    node = parse_one(text, path)
    if node.shape != "map":
        raise invalid(path, "is not a map", "begin with 'template: service'", line=node.line, column=node.column)
    data = plain(node, path)
    if problems := schema.oversized(node, path):
        raise Invalid(problems)
    name = data.get("template")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        line, column = schema.place(node, ["template"])
        raise invalid(path, "does not name its template", "begin with 'template: service'", line=line, column=column)
    return Spec(path, name, data, node, text)


def values(spec: Spec, config: Config, template_schema: str, found: Sequence[Problem] | None = None) -> dict[str, Any]:
    """Return spec ⊕ the config's defaults and conventions ⊕ the schema's defaults; maps merge, null removes.

    ``found`` is what is wrong with the spec under a schema that is not one of ours, as whoever may apply it says; what
    we know of the values under our own is then left out. Raises Invalid with every problem of the spec, with its place.
    """
    problems = (
        schema.validate(spec.node, spec.data, template_schema, spec.path) or _file_problems(spec)
        if found is None
        else [*found, *_file_problems(spec)]
    )
    if problems:
        raise Invalid(problems)
    known = schema.load(template_schema).get("properties", {})
    conventions = {k: v for k in CONVENTIONS if k in known and (v := config.data.get(k)) is not None}
    merged: dict[str, Any] = dict(schema.defaults(template_schema))
    for layer in (conventions, config.defaults(spec.template), spec.data):
        merged = _merge(merged, layer)
    merged = {key: value for key, value in merged.items() if key not in _OWN}
    merged["files"] = [*spec.files.items(), *config.files.items()]
    problems = _problems(spec, merged) if found is None else []
    if problems:
        raise Invalid(problems)
    return merged


def write(data: Mapping[str, Any], schema_path: str) -> str:
    """Return a new spec's text, with the line that tells editors where its schema is."""
    return _EDITOR_LINE.format(schema_path) + dump(data)


def edit(text: str, path: str, changes: Mapping[tuple[str, ...], Any]) -> str:
    """Return ``text`` with scalars set at key paths, and every other byte, comments too, as it was.

    Raises Invalid if a place cannot be edited without touching more than that.
    """
    for where, value in changes.items():
        node = parse_one(text, path)
        before = plain(node, path)
        after = _set(text, node, where, scalar(value))
        wanted = _merge(before, _nested(where, value))
        if after is None or plain(parse_one(after, path), path) != wanted:
            line, column = schema.place(node, list(where))
            name = ".".join(where)
            raise invalid(path, f"{name} cannot be set here", f"set {name} by hand", line=line, column=column)
        text = after
    return text


def _set(text: str, node: Node, where: tuple[str, ...], emitted: str) -> str | None:
    """Set one scalar below the map ``node``; None where there is no simple way."""
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
    """Add a key behind the last one of the map ``node``."""
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


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(low)
    for key, value in high.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, Mapping):
            below = out.get(key)
            out[key] = _merge(below if isinstance(below, Mapping) else {}, value)
        else:
            out[key] = value
    return out


def _problems(spec: Spec, merged: Mapping[str, Any]) -> list[Problem]:
    """Check what values must be to each other, which no schema can say."""
    check = {"service": _service_problems, "alerting": _alerting_problems, "e2e": kind.problems}.get(spec.template)
    found = check(merged) if check else []
    return [Problem(spec.path, *schema.place(spec.node, where), message, hint) for where, message, hint in found]


def _file_problems(spec: Spec) -> list[Problem]:
    """Check the policies of files, which mean the same for every template and under every schema."""
    given = spec.data.get("files")
    if isinstance(given, Mapping) and len(given) > globs.MAX_OF_UNIT:
        line, column = schema.place(spec.node, ["files"])
        message = f"files has {len(given)} globs, more than {globs.MAX_OF_UNIT}"
        return [Problem(spec.path, line, column, message, "use fewer globs that take more")]
    fits = given is None or (
        isinstance(given, Mapping) and all(isinstance(one, str) and one in POLICIES for one in given.values())
    )
    if fits:
        return []
    line, column = schema.place(spec.node, ["files"])
    hint = f"map globs to {', '.join(POLICIES[:-1])} or {POLICIES[-1]}"
    return [Problem(spec.path, line, column, "files is not a map of policies", hint)]


def _alerting_problems(merged: Mapping[str, Any]) -> list[Fault]:
    from .alerting import spec_check as check  # noqa: PLC0415 - slow to load

    return check.spec_faults(merged)


def _service_problems(merged: Mapping[str, Any]) -> list[Fault]:
    found: list[Fault] = []
    names = [merged["container"], *(one["name"] for one in merged["sidecars"])]
    for number, name in enumerate(names[1:]):
        if name in names[: number + 1]:
            found.append((["sidecars", number, "name"], f"two containers are called {name}", "rename one"))
    found += _tag_problems(merged, ["tag"], ["tags"])
    if merged["workflow"] and not merged["e2e"]:
        found.append((["workflow"], "there is no end-to-end test for a workflow to run", "drop one of the two"))
    for number, one in enumerate(merged["sidecars"]):
        side: list[Any] = ["sidecars", number]
        found += _tag_problems({**merged, "tags": None, **one}, [*side, "tag"], [*side, "tags"])
    resources = merged.get("resources", {})
    for what in ("cpu", "memory"):
        low, high = (resources.get(side, {}).get(what) for side in ("requests", "limits"))
        if low and high and (quantity(low) or 0) > (quantity(high) or 0):
            message = f"the {what} request {low} is above the limit {high}"
            found.append((["resources", "requests", what], message, "lower the request or raise the limit"))
    return found


def _tag_problems(one: Mapping[str, Any], at_tag: list[Any], at_tags: list[Any]) -> list[Fault]:
    tag, rule = one.get("tag"), one.get("tags")
    if one["automation"] == "none":
        return [] if tag else [(at_tag, "tag is missing", "name the tag to deploy, as tag: or with --tag")]
    if rule is None:
        return []
    parsed = policy.parse(rule)
    if isinstance(parsed, str):
        return [(at_tags, f"tags {rule!r} {parsed}", "write glob:PATTERN, semver:RANGE or regexp:RE2")]
    if tag is None and not policy.first_tag(parsed):
        return [(at_tag, f"tag is missing, and no tag follows from {rule}", "name a tag to start from, with --tag")]
    if tag is not None and not policy.matches(parsed, tag):
        message = f"the tag {tag} is not one that {rule} takes, so image automation would replace it at once"
        return [(at_tag, message, "start from a tag that the policy takes, or change the policy")]
    return []
