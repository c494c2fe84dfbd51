"""Spec to tree: cookiecutter's environment over the files of a template, in memory.

A template is a cookiecutter template directory with a file ``version``. The values of a spec are plain data in the
Jinja context and are never rendered themselves; the environment is Jinja's immutable sandbox, templates of a repository
included. Hooks and extensions other than ours are refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from . import assets
from .errors import Invalid, Problem, invalid
from .tree import MAX_FILE_BYTES, Tree, file_fault, folded, workflow_of

_EXTENSIONS = ["generator.encode.Encoders"]
MAX_FILES = 200
WORKFLOW = "workflow"
# Workflows are full of GitHub's own ${{ }}.
_WORKFLOW_SETTINGS = {
    "_jinja2_env_vars": {
        "variable_start_string": "[[",
        "variable_end_string": "]]",
        "block_start_string": "[%",
        "block_end_string": "%]",
        "comment_start_string": "[#",
        "comment_end_string": "#]",
    }
}


@dataclass(frozen=True)
class Template:
    """A template as read from its directory: version, settings, sources by template path, and the spec's schema.

    The setting ``_once`` lists globs of files that are the user's after their first writing; ``_workflow`` names a text
    in ``templates/shared`` that makes the unit's workflow, which lies outside its folder.
    """

    name: str
    version: int
    settings: Mapping[str, Any]
    sources: Tree
    modes: Mapping[str, int]
    schema: str
    digest: bytes
    workflow: str = ""

    @property
    def once(self) -> Mapping[str, str]:
        """Policy by glob that the template has for its files."""
        return dict.fromkeys(self.settings.get("_once", ()), "once")


@dataclass(frozen=True)
class Rendered:
    """What a template made of a spec: text, template path and mode of each file, by path in the unit."""

    tree: Tree
    origins: Mapping[str, str]
    modes: Mapping[str, int]


def load(name: str, own: Path | None, path: str) -> Template:
    """Return the template ``name``, from the folder ``own`` of the repository if it is there, else one of ours.

    Raises Invalid, at ``path``, for a name that neither has and for a template that cannot be used safely.
    """
    folder = own if own is not None and own.is_dir() else assets.folder("templates") / name
    if not (folder / "cookiecutter.json").is_file():
        hint = f"templates: {', '.join(assets.template_names())}"
        raise invalid(path, f"there is no template {name!r}", hint, line=1, column=1)
    return _load(name, folder)


def render(template: Template, values: Mapping[str, Any], path: str, unit: str = ".") -> Rendered:
    """Return what ``template`` makes of ``values`` for ``unit``. Raises Invalid, at ``path``, where it cannot."""
    import jinja2  # noqa: PLC0415 - slow to load, and not needed when nothing changed

    context: dict[str, Any] = {"cookiecutter": dict(values)}
    environment = _environment(json.dumps(template.settings, sort_keys=True))
    tree: dict[str, str] = {}
    origins: dict[str, str] = {}
    for source, text in template.sources.items():
        try:
            named = environment.variable_start_string in source or environment.block_start_string in source
            target = _compiled(environment, source).render(**context) if named else source
            rendered = _compiled(environment, text).render(**context)
        except (jinja2.TemplateError, TypeError, KeyError, ValueError, ArithmeticError, AttributeError) as error:
            message = f"the template {template.name} cannot render {source}: {error}"
            raise invalid(path, message, "mend the template") from None
        if not rendered.strip():
            continue
        problem = file_fault(unit, target) or _taken(target, tree)
        if problem:
            raise invalid(path, f"the template {template.name} makes {target!r}, which {problem}", "mend the template")
        tree[target] = rendered
        origins[target] = source
    modes = {target: template.modes[source] for target, source in origins.items()}
    if template.workflow:
        environment = _environment(json.dumps(_WORKFLOW_SETTINGS))
        context |= {"unit": unit, "template": template.name}
        try:
            rendered = _compiled(environment, template.workflow).render(**context)
        except (jinja2.TemplateError, ValueError) as error:
            raise invalid(path, f"cannot have a workflow: {error}", "set workflow: false", line=1, column=1) from None
        if rendered.strip():
            target = workflow_of(unit)
            tree[target], origins[target], modes[target] = rendered, WORKFLOW, 0o644
    return Rendered(tree, origins, modes)


def _taken(target: str, tree: Tree) -> str:
    return "is made twice" if folded(target) in {folded(one) for one in tree} else ""


@cache
def _load(name: str, folder: Path) -> Template:
    where = f"template {name}"
    sources: dict[str, str] = {}
    modes: dict[str, int] = {}
    for base, folders, files in os.walk(folder):
        folders.sort()
        for entry in sorted([*folders, *files]):
            full = Path(base, entry)
            info = full.lstat()
            relative = full.relative_to(folder).as_posix()
            if stat.S_ISLNK(info.st_mode) or (relative == "hooks" or relative.startswith("hooks/")):
                raise invalid(where, f"{relative} is a link or a hook, which templates may not have", "remove it")
            if stat.S_ISREG(info.st_mode):
                if info.st_size > MAX_FILE_BYTES or len(sources) >= MAX_FILES:
                    raise invalid(where, f"is too large at {relative}", "split the template")
                sources[relative] = full.read_text("utf-8")
                modes[relative] = 0o755 if info.st_mode & stat.S_IXUSR else 0o644
    own_schema = sources.pop("schema.json", None)
    try:
        schema = own_schema if own_schema is not None else assets.schema_text(name)
        json.loads(schema)
        settings = json.loads(sources.pop("cookiecutter.json"))
        version = int(sources.pop("version"))
    except (OSError, KeyError, ValueError, TypeError) as error:
        hint = "it needs cookiecutter.json, version (a whole number) and schema.json"
        raise invalid(where, f"is not complete: {error}", hint) from None
    inner = {path.partition("/")[0] for path in sources if "/" in path}
    tops = [top for top in inner if "cookiecutter" in top]
    if len(tops) != 1 or set(settings.get("_extensions", [])) - set(_EXTENSIONS):
        raise invalid(where, "needs exactly one {{cookiecutter.…}} folder, and no extensions but ours", "mend it")
    below = {path.partition("/")[2]: text for path, text in sources.items() if path.startswith(f"{tops[0]}/")}
    workflow = assets.shared("kind-workflow.yaml") if settings.get("_workflow") == "kind" else ""
    below_modes = {path.partition("/")[2]: mode for path, mode in modes.items() if path.startswith(f"{tops[0]}/")}
    parts = [name, str(version), schema, json.dumps(settings), *(x for pair in sorted(below.items()) for x in pair)]
    digest = hashlib.blake2b(assets.encoder_source(), digest_size=20)
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part.encode())
    return Template(name, version, settings, below, below_modes, schema, digest.digest(), workflow)


@cache
def _environment(settings: str) -> Any:
    from cookiecutter.environment import StrictEnvironment  # noqa: PLC0415 - slow to load
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class OnlyOurs(ImmutableSandboxedEnvironment):
        """Leaves out the extensions that cookiecutter always adds: random, time and UUID differ from run to run."""

        def __init__(self, *, extensions: list[str], **options: Any) -> None:
            super().__init__(extensions=[one for one in extensions if one in _EXTENSIONS], **options)

    class Environment(StrictEnvironment, OnlyOurs):  # type: ignore[misc]
        """Cookiecutter's strict environment, sandboxed."""

    data = json.loads(settings)
    try:
        return Environment(
            context={"cookiecutter": {"_extensions": _EXTENSIONS}},
            keep_trailing_newline=True,
            **data.get("_jinja2_env_vars", {}),
        )
    except (TypeError, ValueError) as error:
        raise Invalid(Problem("template", 0, 0, f"_jinja2_env_vars cannot be used: {error}", "mend them")) from None


@cache
def _compiled(environment: Any, text: str) -> Any:
    return environment.from_string(text)
