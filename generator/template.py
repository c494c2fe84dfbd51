"""Read a template from its folder, shipped or of the repository, and check it before use.

A template is a cookiecutter template directory with a file ``version``. A repository's templates are as untrusted as
the rest of it: their size and settings are checked here, and they run in a separate process (``foreign``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import assets, behaviour
from .behaviour import Behaviour
from .errors import Problem, invalid
from .extending import extended, has_shipped_schema, open_schema, shipped_schema
from .nearest import suggestion
from .pieces import piece_names
from .spec import Base
from .template_folder import MAX_BYTES, MAX_FILES, FolderProblem, TemplateFiles, Unusable, read_template_folder
from .template_settings import EXTENSIONS, SETTINGS_NAME, checked_settings, parse_template_json
from .tree import DOT_DIR, Tree

__all__ = [
    "EXTENSIONS", "MAX_BYTES", "MAX_FILES", "Template", "load_template", "own_template_of", "template_folder",
    "template_problem",
]  # fmt: skip
_MAX_SETTINGS = 64 * 1024
_MAX_SCHEMA = 512 * 1024
_VERSION = "write a whole number, such as 1, into its file version"
_SCHEMA = "write a JSON Schema into its file schema.json, or let cookiecutter.json extend a shipped template: _extends"
_REMEDIES = {SETTINGS_NAME: 'write a map of settings, such as {"name": "example"}', "version": _VERSION}


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
    top: str = ""  # its folder with the files to render

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

    def repeated_by(self, source: str) -> str:
        """Return the variable in the path of a file that is rendered several times, ``""`` for any other."""
        is_known = source in self.sources
        return next((one for one in self.repeated if is_known and f"cookiecutter.{one}" in source), "")

    @property
    def schemas(self) -> tuple[str, ...]:
        """The schemas that define its values."""
        return (self.schema, self.base_schema) if self.base_schema else (self.schema,)

    @property
    def once(self) -> Mapping[str, str]:
        """The template's file policies by glob."""
        return dict.fromkeys(self.settings.get("_once", ()), "once")

    def folder(self, name: str) -> str:
        """Return the usual folder of a new unit, by the setting ``_dir``; ``""`` without it."""
        above = self.settings.get("_dir", "")
        return name if above == "." else f"{above}/{name}" if above else ""

    @property
    def has_own_schema(self) -> bool:
        """Whether its schema is the repository's, so that its values may be of any form."""
        return self.is_own and not has_shipped_schema(self.name, self.extends, self.schema)

    @property
    def has_schema_file(self) -> bool:
        """Whether the repository has its schema as a file of the template, for editors."""
        return self.is_own and self.schema != shipped_schema(self.name, self.extends)


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
    if isinstance(found, FolderProblem):
        raise invalid(path, f"the template {name} {found.message}", found.hint, line=1, column=1)
    return found


def template_folder(name: str) -> str:
    """Return the folder of a template of the repository, relative to the root."""
    return f"{DOT_DIR}/templates/{name}"


def template_problem(name: str, own: Path) -> Problem | None:
    """Return why a template of the repository cannot be used, at its place in the template's files, or None."""
    found = _loaded(name, own, True)
    if isinstance(found, Template):
        return None
    place = f"{template_folder(name)}/{found.file}" if found.file else template_folder(name)
    return Problem(place, found.line, found.column, found.brief or f"the template {name} {found.message}", found.hint)


@cache
def _loaded(name: str, folder: Path, is_own: bool) -> Template | FolderProblem:
    try:
        return _load(name, folder, is_own)
    except Unusable as error:
        return error.fault


def own_template_of(name: str, files: TemplateFiles) -> Template:
    """Return the template of the repository that these files would be. Raises Invalid, at its folder."""
    try:
        return _template(name, files, is_own=True)
    except Unusable as error:
        place = template_folder(name)
        raise invalid(place, f"the template {name} {error.fault.message}", error.fault.hint) from None


def _load(name: str, folder: Path, is_own: bool) -> Template:
    shown = template_folder(name) if is_own else f"templates/{name}"
    return _template(name, read_template_folder(folder, shown), is_own=is_own)


def _template(name: str, files: TemplateFiles, *, is_own: bool) -> Template:
    shown = template_folder(name) if is_own else f"templates/{name}"
    sources = dict(files.texts)
    settings = checked_settings(_taken(sources, SETTINGS_NAME, _MAX_SETTINGS, shown), f"{shown}/{SETTINGS_NAME}")
    written = _taken(sources, "version", 64, shown).strip()
    if not (written.isascii() and written.isdecimal() and len(written) < 10):
        raise Unusable(f"cannot be used: {shown}/version is not a whole number", _VERSION, "version")
    extends = extended(name, settings, sources.get("schema.json")) if is_own else name
    schema = _schema(name, extends, sources, shown)
    base = (
        "" if not extends or has_shipped_schema(name, extends, schema) else open_schema(shipped_schema(name, extends))
    )
    tops = [top for top in {path.partition("/")[0] for path in sources if "/" in path} if "cookiecutter" in top]
    if len(tops) != 1:
        raise Unusable("needs exactly one {{cookiecutter.…}} folder")
    below, modes = files.below(tops[0])
    workflow = assets.shared_text("kind-workflow.yaml") if settings.get("_workflow") == "kind" else ""
    version = int(written)
    made = (part for path, text in sorted(below.items()) for part in (path, text, f"{modes[path]:o}"))
    parts = [name, str(version), schema, json.dumps(settings), base, *made]
    parts += [assets.piece_text(one) for one in piece_names(below.values()) if "/" in one]  # the rest are above
    digest = hashlib.blake2b(assets.encoder_source(), digest_size=20)
    for one in behaviour.names() if is_own else (extends,):  # those of a repository may use all shipped filters
        digest.update(behaviour.source(one))
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode("utf-8", "surrogatepass"))
    return Template(
        name, version, settings, below, modes, schema, digest.digest(), workflow, is_own, extends, base, tops[0]
    )


def _taken(sources: dict[str, str], name: str, limit: int, shown: str) -> str:
    text = sources.pop(name, None)
    if text is None:
        raise Unusable(f"is not complete: {shown}/{name} is missing", _REMEDIES.get(name, _SCHEMA), name)
    if len(text) > limit:
        raise Unusable(f"has a {name} of more than {limit} characters", "make it smaller", name)
    return text


def _schema(name: str, extends: str, sources: dict[str, str], shown: str) -> str:
    """Return the text of a template's own or shipped schema, a map with a map of properties."""
    if extends and "schema.json" not in sources:
        return shipped_schema(name, extends)
    text = _taken(sources, "schema.json", _MAX_SCHEMA, shown)
    data = parse_template_json(text, f"{shown}/schema.json", "schema.json")
    if not isinstance(data, dict) or not isinstance(data.get("properties", {}), dict):
        raise Unusable("has a schema.json that is not a map with a map of properties", _SCHEMA, "schema.json")
    return _named(text, data, name)


def _named(text: str, data: dict[str, Any], name: str) -> str:
    """Return a schema that takes the template's own name: one that was added under another name has that of its source.

    What a spec names is looked up, so it needs no check.
    """
    about = data.get("properties", {}).get("template")
    if not isinstance(about, dict) or about.get("const", name) == name:
        return text
    return json.dumps({**data, "properties": {**data["properties"], "template": {**about, "const": name}}})
