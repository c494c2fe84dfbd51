"""Check the settings of a template, the map in its ``cookiecutter.json``, and parse its JSON files."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import assets, schema
from .errors import Invalid
from .nearest import Guesses
from .template_folder import FolderProblem, Unusable
from .tree import DOT_DIR, path_fault
from .yaml import parse_one

SETTINGS_NAME = "cookiecutter.json"
EXTENSIONS = ("generator.encode.Encoders",)
KNOWN_SETTINGS = ("_dir", "_extends", "_extensions", "_for_each", "_jinja2_env_vars", "_once", "_workflow")
_CLOSE = 0.8  # similarity of a misspelt setting
# Settings of cookiecutter: https://cookiecutter.readthedocs.io/en/stable/advanced/copy_without_render.html
_WITHOUT_EFFECT = frozenset({"_copy_without_render", "_new_lines"})
_MAX_DEPTH = 60
_MAX_ONCE = 200
_VARIABLE = re.compile(r"_[a-z][a-z0-9_]{0,62}")
# Jinja's defaults: https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment
_DELIMITERS = {
    "block_start_string": "{%",
    "block_end_string": "%}",
    "variable_start_string": "{{",
    "variable_end_string": "}}",
    "comment_start_string": "{#",
    "comment_end_string": "#}",
}
_PREFIXES = ("line_statement_prefix", "line_comment_prefix")
_SWITCHES = ("trim_blocks", "lstrip_blocks", "keep_trailing_newline", "autoescape")
_MAX_DELIMITER = 16


def parse_template_json(text: str, name: str, file: str) -> Any:
    """Return the data of a JSON text; refuse deep nesting and numbers that JSON does not allow.

    ``name`` is the file's path for messages, ``file`` its path in the template. Raises Unusable.
    """

    def number(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise ValueError(f"{digits[:40]} is not a valid JSON number")
        return value

    try:
        data = json.loads(text, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        brief = f"is not valid JSON: {error.msg}"
        wrong = Unusable(f"cannot be used: {where} {brief}", "write it as JSON", file, brief)
        wrong.fault = replace(wrong.fault, line=error.lineno, column=error.colno)
        raise wrong from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise Unusable(f"cannot be used: {name} is not valid JSON: {reason}", "write it as JSON", file) from None
    waiting = [(data, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise Unusable(f"has a {name} that is nested deeper than {_MAX_DEPTH} levels", "make it flatter", file)
        below = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, depth + 1) for each in below]
    return data


def checked_settings(text: str, name: str) -> Mapping[str, Any]:
    """Return the settings in the text of ``cookiecutter.json``. Raises Unusable, with the place of the setting."""
    data = parse_template_json(text, name, SETTINGS_NAME)
    try:
        _check(data)
    except _WrongSetting as error:
        line, column = _place(text, error.where)
        wrong = Unusable(error.fault.message, error.fault.hint)
        wrong.fault = replace(error.fault, file=SETTINGS_NAME, line=line, column=column)
        raise wrong from None
    found: Mapping[str, Any] = data
    return found


class _WrongSetting(Exception):  # noqa: N818 - caught above, which knows the text
    def __init__(self, message: str, hint: str, *where: str) -> None:
        super().__init__()
        self.fault = FolderProblem(message, hint)
        self.where = where


def _place(text: str, where: tuple[str, ...]) -> tuple[int, int]:
    try:
        return schema.position(parse_one(text, SETTINGS_NAME, json=True), list(where), key=True)
    except Invalid:
        return 1, 1


def _check(data: Any) -> None:
    if not isinstance(data, dict):
        raise _WrongSetting("has a cookiecutter.json that is not a map", "write a map of settings")
    for key in ("_extensions", "_once"):
        if not _is_texts(data.get(key, [])):
            message = f"has {key} in cookiecutter.json that is not a list of text"
            raise _WrongSetting(message, "write a list of text", key)
    if set(data.get("_extensions", [])) - set(EXTENSIONS):
        message = f"may not have extensions other than {EXTENSIONS[0]}"
        raise _WrongSetting(message, "remove the others from _extensions", "_extensions")
    if len(data.get("_once", [])) > _MAX_ONCE:
        raise _WrongSetting(f"has more than {_MAX_ONCE} globs in _once", "write fewer globs", "_once")
    each = data.get("_for_each", {})
    if not isinstance(each, dict) or not all(_VARIABLE.fullmatch(key) and isinstance(each[key], str) for key in each):
        message = "has _for_each in cookiecutter.json that is not a map of variables to names of values"
        raise _WrongSetting(message, 'write it like {"_environment": "environments"}', "_for_each")
    base, names = data.get("_extends", ""), assets.template_names()
    if "_extends" in data and not (isinstance(base, str) and base in names):
        shown = f"{base[:40]!r}" if isinstance(base, str) else "not text"
        message = f"has _extends in cookiecutter.json that is not a shipped template: {shown}"
        raise _WrongSetting(message, f"name one of {', '.join(names)}, or remove it", "_extends")
    folder = data.get("_dir", ".")
    if not isinstance(folder, str) or (folder != "." and (path_fault(folder) or folder.split("/")[0] == DOT_DIR)):
        hint = "write a path below the root, such as services"
        raise _WrongSetting("has _dir in cookiecutter.json that is not a folder of the repository", hint, "_dir")
    _check_environment(data.get("_jinja2_env_vars", {}))


def unknown_settings(text: str, settings: Mapping[str, Any]) -> list[FolderProblem]:
    """Return a fault for each misspelt setting, for those of cookiecutter that have no effect, and for such values.

    Other keys are values for cookiecutter itself.
    """
    found, guesses = [], Guesses()
    for key in (one for one in settings if one.startswith("_") and one not in KNOWN_SETTINGS):
        close = guesses.nearest(key, KNOWN_SETTINGS, _CLOSE)
        if not close and key not in _WITHOUT_EFFECT:
            continue
        line, column = _place(text, (key,))
        message = f"has the setting {key[:80]!r}, which scaffold does not read"
        hint = f"did you mean {close!r}?" if close else "remove it: every file is rendered"
        found.append(FolderProblem(message, hint, SETTINGS_NAME, line, column))
    if settings.get("_workflow") not in {None, "", "kind"}:
        line, column = _place(text, ("_workflow",))
        message = "has a _workflow other than kind, which has no effect"
        found.append(FolderProblem(message, 'write "kind", or remove it', SETTINGS_NAME, line, column))
    return found


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and len(one) <= 1024 for one in value)


def _check_environment(given: Any) -> None:
    """Refuse unknown Jinja settings, and those that make it loop forever, such as an empty prefix."""
    name = "_jinja2_env_vars"
    hint = "the delimiters are 1 to 16 printable characters without blanks, all distinct"
    if not isinstance(given, dict):
        raise _WrongSetting(f"has {name} that are not a map", hint, name)
    for key, value in given.items():
        if key in _DELIMITERS or key in _PREFIXES:
            fits = isinstance(value, str) and 0 < len(value) <= _MAX_DELIMITER
            fits = fits and value.isprintable() and " " not in value
        else:
            fits = isinstance(value, bool) if key in _SWITCHES else key == "newline_sequence" and value == "\n"
        if not fits:
            raise _WrongSetting(f"has {name}.{key[:40]} that is not valid", hint, name, key)
    starts = [value for key, value in {**_DELIMITERS, **given}.items() if "_start_" in key or key in _PREFIXES]
    if len(set(starts)) != len(starts):
        raise _WrongSetting(f"has {name} that use one delimiter twice", hint, name)
