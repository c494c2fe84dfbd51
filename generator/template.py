"""Read a template from its folder, shipped or of the repository, and check it before use.

A template is a cookiecutter template directory with a file ``version``. A repository's templates are as untrusted as
the rest of it: their size and settings are checked here, and they run in a separate process (``foreign``).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import assets, behaviour, disk
from .behaviour import Behaviour
from .errors import Invalid, invalid
from .extending import extended, open_schema, shipped_schema
from .nearest import suggestion
from .spec import Base
from .tree import DOT_DIR, MAX_FILE_BYTES, Tree

EXTENSIONS = ("generator.encode.Encoders",)
MAX_FILES = 200
MAX_BYTES = 8 * 1024 * 1024  # of all files of a template together
_MAX_SETTINGS = 64 * 1024
_MAX_SCHEMA = 512 * 1024
_MAX_DEPTH = 60
_MAX_ONCE = 200
_VERSION = "write a whole number, such as 1, into its file version"
_SCHEMA = "write a JSON Schema into its file schema.json, or let cookiecutter.json extend a shipped template: _extends"
_REMEDIES = {"cookiecutter.json": 'write a map of settings, such as {"name": "example"}', "version": _VERSION}
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
_VARIABLE = re.compile(r"_[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Template:
    """A template as read from its folder: version, settings, sources by template path, and the spec's schema.

    The setting ``_once`` lists globs of files that belong to the user once written; ``_workflow`` names a text in
    ``templates/shared`` that renders the unit's workflow, which is outside its folder; ``_for_each`` maps a variable
    to the name of a map: files whose path names the variable are rendered for each of its keys. ``is_own`` marks a
    template of the repository, not a shipped one. ``extends`` names the shipped template whose behaviour it has (for a
    shipped one, itself), and ``base_schema`` is that template's schema if the template has a schema of its own.
    """

    name: str
    version: int
    settings: Mapping[str, Any]
    sources: Tree
    modes: Mapping[str, int]
    schema: str
    digest: bytes
    workflow: str = ""
    is_own: bool = False
    extends: str = ""
    base_schema: str = ""

    @property
    def behaviour(self) -> Behaviour:
        """Its behaviour beyond rendering."""
        return behaviour.of(self.extends)

    @property
    def base(self) -> Base | None:
        """The template that it extends, if it also has a schema of its own."""
        return Base(self.extends, self.base_schema) if self.base_schema else None

    @property
    def repeated(self) -> Mapping[str, str]:
        """The variables of paths that stand for each key of a map in the values, with the name of the map."""
        found: Mapping[str, str] = self.settings.get("_for_each", {})
        return found

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that define its values."""
        return (self.schema, self.base_schema) if self.base_schema else (self.schema,)

    @property
    def once(self) -> Mapping[str, str]:
        """The template's file policies by glob."""
        return dict.fromkeys(self.settings.get("_once", ()), "once")

    @property
    def has_own_schema(self) -> bool:
        """Whether its schema is the repository's, so that its values may be of any form."""
        return self.is_own and self.schema != shipped_schema(self.name, self.extends)


@dataclass(frozen=True)
class _TemplateFault:
    """Why a folder cannot be used as a template."""

    message: str
    hint: str = "fix the template"


class _Unusable(Exception):  # noqa: N818 - a state of the user's input
    def __init__(self, message: str, hint: str = "fix the template") -> None:
        super().__init__(message)
        self.fault = _TemplateFault(message, hint)


@dataclass
class _Files:
    """The contents of a template folder."""

    texts: dict[str, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    size: int = 0


def load_template(name: str, own: Path | None, path: str, others: Collection[str] = ()) -> Template:
    """Return the template ``name``, from the repository's folder ``own`` if it exists, else a shipped one.

    ``others`` are the names of the repository's templates, to suggest one. Raises Invalid, at ``path``, for an unknown
    name, and for a template that cannot be read or used safely.
    """
    folder = own if own is not None else assets.folder("templates") / name
    if own is None and name not in assets.template_names():
        hint = suggestion(name, {*assets.template_names(), *others}, "templates")
        raise invalid(path, f"unknown template {name!r}", hint, line=1, column=1)
    found = _loaded(name, folder, own is not None)
    if isinstance(found, _TemplateFault):
        raise invalid(path, f"the template {name} {found.message}", found.hint, line=1, column=1)
    return found


@cache
def _loaded(name: str, folder: Path, is_own: bool) -> Template | _TemplateFault:
    try:
        return _load(name, folder, is_own)
    except _Unusable as error:
        return error.fault


def _load(name: str, folder: Path, is_own: bool) -> Template:
    shown = f"{DOT_DIR}/templates/{name}" if is_own else f"templates/{name}"
    files = _read(folder, shown)
    sources = files.texts
    settings = _settings(
        _parsed(_taken(sources, "cookiecutter.json", _MAX_SETTINGS, shown), f"{shown}/cookiecutter.json")
    )
    written = _taken(sources, "version", 64, shown).strip()
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise _Unusable(f"cannot be used: {shown}/version is not a whole number", _VERSION)
    extends = extended(name, settings, sources.get("schema.json")) if is_own else name
    schema = _schema(name, extends, sources, shown)
    base = "" if not extends or schema == shipped_schema(name, extends) else open_schema(shipped_schema(name, extends))
    tops = [top for top in {path.partition("/")[0] for path in sources if "/" in path} if "cookiecutter" in top]
    if len(tops) != 1:
        raise _Unusable("needs exactly one {{cookiecutter.…}} folder")
    below = {path.partition("/")[2]: text for path, text in sources.items() if path.startswith(f"{tops[0]}/")}
    modes = {path.partition("/")[2]: mode for path, mode in files.modes.items() if path.startswith(f"{tops[0]}/")}
    workflow = assets.shared_text("kind-workflow.yaml") if settings.get("_workflow") == "kind" else ""
    version = int(written)
    made = (part for path, text in sorted(below.items()) for part in (path, text, f"{modes[path]:o}"))
    parts = [name, str(version), schema, json.dumps(settings), base, *made]
    digest = hashlib.blake2b(assets.encoder_source(), digest_size=20)
    for one in behaviour.names() if is_own else (extends,):  # those of a repository may use all shipped filters
        digest.update(behaviour.source(one))
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode("utf-8", "surrogatepass"))
    return Template(name, version, settings, below, modes, schema, digest.digest(), workflow, is_own, extends, base)


def _read(folder: Path, shown: str) -> _Files:
    """Return the texts and modes of a folder's files by path. Line ends become LF."""
    files = _Files()
    try:
        for path, entry in disk.walk_files(folder):
            if entry.is_link or path.startswith("hooks/"):
                raise _Unusable(f"has {path}, a link or hook, which templates may not have", "remove it")
            if len(files.texts) >= MAX_FILES:
                raise _Unusable(f"has more than {MAX_FILES} files", "split the template")
            _add(files, path, f"{folder}/{path}", f"{shown}/{path}")
    except Invalid as error:
        problem = error.problems[0]
        where = problem.path.replace(str(folder), shown)
        raise _Unusable(f"cannot be read: {where} {problem.message}", problem.hint) from None
    return files


def _add(files: _Files, path: str, place: str, shown: str) -> None:
    data = disk.read_file(place, MAX_FILE_BYTES, shown=shown)
    info = disk.status(place, shown=shown)
    if data is None or info is None:
        raise _Unusable(f"changed while it was read, at {path}", "run again")
    files.size += len(data)
    if files.size > MAX_BYTES:
        raise _Unusable(f"is larger than {MAX_BYTES // 2**20} MiB", "split the template")
    try:
        path.encode()
        text = data.decode()
    except UnicodeError:
        raise _Unusable(f"has {path!a}, which is not UTF-8", "write it in UTF-8") from None
    files.texts[path] = text.replace("\r\n", "\n").replace("\r", "\n")
    files.modes[path] = 0o755 if info.st_mode & stat.S_IXUSR else 0o644


def _taken(sources: dict[str, str], name: str, limit: int, shown: str) -> str:
    text = sources.pop(name, None)
    if text is None:
        raise _Unusable(f"is not complete: {shown}/{name} is missing", _REMEDIES.get(name, _SCHEMA))
    if len(text) > limit:
        raise _Unusable(f"has a {name} of more than {limit} characters", "make it smaller")
    return text


def _schema(name: str, extends: str, sources: dict[str, str], shown: str) -> str:
    """Return the text of a template's own or shipped schema, a map with a map of properties."""
    if extends and "schema.json" not in sources:
        return shipped_schema(name, extends)
    text = _taken(sources, "schema.json", _MAX_SCHEMA, shown)
    data = _parsed(text, f"{shown}/schema.json")
    if not isinstance(data, dict) or not isinstance(data.get("properties", {}), dict):
        raise _Unusable("has a schema.json that is not a map with a map of properties", _SCHEMA)
    return text


def _parsed(text: str, name: str) -> Any:
    """Return the data of a JSON text; refuse deep nesting and numbers that JSON does not allow."""

    def number(digits: str) -> float:
        value = float(digits)
        if not math.isfinite(value):
            raise ValueError(f"{digits[:40]} is not a valid JSON number")
        return value

    try:
        data = json.loads(text, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise _Unusable(f"cannot be used: {where} is not valid JSON: {error.msg}", "write it as JSON") from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise _Unusable(f"cannot be used: {name} is not valid JSON: {reason}", "write it as JSON") from None
    waiting = [(data, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise _Unusable(f"has a {name} that is nested deeper than {_MAX_DEPTH} levels", "make it flatter")
        below = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(each, depth + 1) for each in below]
    return data


def _settings(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _Unusable("has a cookiecutter.json that is not a map", "write a map of settings")
    for key in ("_extensions", "_once"):
        if not _is_texts(data.get(key, [])):
            raise _Unusable(f"has {key} in cookiecutter.json that is not a list of text", "write a list of text")
    if set(data.get("_extensions", [])) - set(EXTENSIONS):
        raise _Unusable(f"may not have extensions other than {EXTENSIONS[0]}", "remove the others from _extensions")
    if len(data.get("_once", [])) > _MAX_ONCE:
        raise _Unusable(f"has more than {_MAX_ONCE} globs in _once", "write fewer globs")
    each = data.get("_for_each", {})
    if not isinstance(each, dict) or not all(_VARIABLE.fullmatch(key) and isinstance(each[key], str) for key in each):
        message = "has _for_each in cookiecutter.json that is not a map of variables to names of values"
        raise _Unusable(message, 'write it like {"_environment": "environments"}')
    base, names = data.get("_extends", ""), assets.template_names()
    if "_extends" in data and not (isinstance(base, str) and base in names):
        shown = f"{base[:40]!r}" if isinstance(base, str) else "not text"
        message = f"has _extends in cookiecutter.json that is not a shipped template: {shown}"
        raise _Unusable(message, f"name one of {', '.join(names)}, or remove it")
    _check_environment(data.get("_jinja2_env_vars", {}))
    return data


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and len(one) <= 1024 for one in value)


def _check_environment(given: Any) -> None:
    """Refuse unknown Jinja settings, and those that make it loop forever, such as an empty prefix."""
    hint = "the delimiters are 1 to 16 printable characters without blanks, all distinct"
    if not isinstance(given, dict):
        raise _Unusable("has _jinja2_env_vars that are not a map", hint)
    for key, value in given.items():
        if key in _DELIMITERS or key in _PREFIXES:
            fits = isinstance(value, str) and 0 < len(value) <= _MAX_DELIMITER
            fits = fits and value.isprintable() and " " not in value
        else:
            fits = isinstance(value, bool) if key in _SWITCHES else key == "newline_sequence" and value == "\n"
        if not fits:
            raise _Unusable(f"has _jinja2_env_vars.{key[:40]} that is not valid", hint)
    starts = [value for key, value in {**_DELIMITERS, **given}.items() if "_start_" in key or key in _PREFIXES]
    if len(set(starts)) != len(starts):
        raise _Unusable("has _jinja2_env_vars that use one delimiter twice", hint)
