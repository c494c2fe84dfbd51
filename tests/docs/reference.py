"""The reference pages of the documents, made from the code; ``tables`` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer

from generator import assets, object_fields
from generator.cli import app

_MOST = 15
_MADE = "<!-- Made by python -m tests.docs.tables --write; edit the code instead. -->"


def commands() -> str:
    """Return the page on commands: arguments, options and examples of each."""
    group: Any = typer.main.get_command(app._app(()))
    parts = [_MADE, "", "# Reference of commands", ""]
    for name in app.leaf_names():
        parts += [f"## {name}", "", *_command(_found(group, name), name), ""]
    return "\n".join(parts)


def _found(group: Any, name: str) -> Any:
    """Return a command, or a command of a group such as ``template list``."""
    for one in name.split():
        group = group.commands[one]
    return group


def _command(command: Any, name: str) -> Iterator[str]:
    yield " ".join(command.help.split())
    arguments = [one.make_metavar(_context(command)) for one in command.params if one.param_type_name == "argument"]
    yield ""
    yield f"`scaffold {name} [OPTIONS] {' '.join(arguments)}`".replace(" `", "`")
    yield ""
    yield "| option or argument | meaning | default |"
    yield "| --- | --- | --- |"
    for one in command.params:
        if getattr(one, "hidden", False) or one.name == "help":
            continue
        yield f"| `{names_of(one, command)}` | {_cell(one.help or '')} | {default_of(one)} |"
    examples = (command.epilog or "").split("\n")[2:]
    yield ""
    yield from ("```console", *(f"$ {one.strip()}" for one in examples), "```")


def _context(command: Any) -> Any:
    return command.make_context(command.name, [], resilient_parsing=True)


def names_of(one: Any, command: Any) -> str:
    """Return how an option or argument is written, as a cell of a table."""
    if one.param_type_name == "argument":
        return str(one.make_metavar(_context(command))).replace("|", "\\|")
    names = ", ".join((*one.opts, *one.secondary_opts))
    value = "" if one.is_flag else f" {one.make_metavar(_context(command))}"
    return f"{names}{value}".replace("|", "\\|")


def default_of(one: Any) -> str:
    """Return the default of an option as a cell of a table, empty if there is none to show."""
    shown = one.show_default
    if isinstance(shown, str):
        return _cell(shown)
    value = one.default() if callable(one.default) else one.default
    value = getattr(value, "value", value)
    return "" if value in {None, False, ()} or shown is False or value == [] else f"`{value}`"


def specs() -> str:
    """Return the page on specs: the keys of each template's spec, and of the config."""
    parts = [_MADE, "", "# Reference of specs and config", ""]
    for name in (*assets.template_names(), "config"):
        where = ".scaffold/config.yaml" if name == "config" else f"scaffold.yaml with template: {name}"
        schema = json.loads(assets.schema_text(name))
        parts += [f"## {name}", "", f"`{where}`", "", "| key | type | default | meaning |", "| --- | --- | --- | --- |"]
        parts += [*_keys(schema, schema, ""), ""]
    return "\n".join(parts)


def _keys(schema: Mapping[str, Any], whole: Mapping[str, Any], above: str) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for key, given in schema.get("properties", {}).items():
        one = _followed(given, whole)
        name = f"{above}{key}"
        default = "required" if key in required else f"`{json.dumps(one['default'])}`" if "default" in one else ""
        yield f"| `{name}` | {_type(one, whole)} | {_cell(default)} | {_cell(one.get('description', ''))} |"
        inner = ((f"{name}.", one), (f"{name}[].", _followed(one.get("items", {}), whole)))
        for below, each in inner:  # what has more keys than that has a page of its own: receivers
            if name.count(".") < 2 and len(each.get("properties", {})) <= _MOST:
                yield from _keys(each, whole, below)


def _followed(one: Any, whole: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(one, Mapping):
        return {}
    if "$ref" in one and not object_fields.referred_type(one):
        found: Any = whole
        for part in one["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return {**found, **{key: value for key, value in one.items() if key != "$ref"}}
    return one


def _type(one: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    if "const" in one:
        return f"`{one['const']}`"
    if "enum" in one:
        return ", ".join("null" if value is None else f"`{value}`" for value in one["enum"])
    if fields := object_fields.referred_type(one):
        return f"fields of {'an' if fields[0] in 'AEIO' else 'a'} {fields}"
    if "type" not in one and "anyOf" in one:
        return " or ".join(_type(_followed(each, whole), whole) for each in one["anyOf"])
    given = one.get("type", "")
    names = given if isinstance(given, list) else [given] if given else []
    shown = [{"object": "map", "array": "list", "string": "text", "boolean": "true or false"}.get(x, x) for x in names]
    return " or ".join(shown)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {"reference-commands.md": commands, "reference-specs.md": specs}
