"""Render a spec to a tree: cookiecutter's environment over the files of a template, in memory.

The values of a spec are plain data in the Jinja context and are never rendered themselves; the environment is Jinja's
immutable sandbox. Templates of a repository are rendered by ``foreign``, in a separate process; the output of every
template is checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .errors import invalid
from .pieces import piece_path, place_in_pieces
from .spec import is_generated
from .template import EXTENSIONS, MAX_BYTES, MAX_FILES, Template
from .template_features import EndToEnd
from .tree import MAX_FILE_BYTES, Tree, file_fault, file_in_file, folded, path_fault, workflow_of

WORKFLOW = "workflow"
# Workflows contain GitHub's own ${{ }}.
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
class Rendered:
    """The output of a template for a spec: text, template path and mode of each file, by path in the unit.

    ``parts`` has the template paths of all documents of files that were put together, the first one being the origin.
    """

    tree: Tree
    origins: Mapping[str, str]
    modes: Mapping[str, int]
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """One rendered file: its path in the unit, its text, and its source path in the template.

    ``item`` is the key for which a source that is rendered several times (``_for_each``) was rendered, else ``""``.
    """

    target: str
    text: str
    source: str
    item: str = ""

    @property
    def origin(self) -> str:
        """What identifies the file in the next version of the template, wherever that puts it."""
        return f"{self.source}#{self.item}" if self.item else self.source


# Renders the text of a template with a context, in an environment.
Run = Callable[[Any, str, dict[str, Any]], str]


class Unrenderable(Exception):  # noqa: N818 - a state of the user's input
    """A template that cannot render values: why, what to do, and the file and line, or the place in the schema."""

    def __init__(
        self, message: str, hint: str = "fix the template", source: str = "", line: int = 0, where: Sequence[Any] = ()
    ) -> None:
        super().__init__(message)
        self.hint, self.source, self.line, self.where = hint, source, line, where


def render(template: Template, values: Mapping[str, Any], path: str, unit: str = ".") -> Rendered:
    """Return the output of a shipped template for ``values`` and ``unit``. Raises Invalid, at ``path``."""
    try:
        made = render_files(template, values, unit)
    except Unrenderable as error:
        raise invalid(path, str(error), error.hint, line=1, column=1) from None
    return tree_of(template, made, path, unit)


def render_text(environment: Any, text: str, context: dict[str, Any]) -> str:
    """Return the output of the text of a template."""
    return str(_compiled(environment, text).render(**context))


def render_files(template: Template, values: Mapping[str, Any], unit: str, run: Run = render_text) -> list[Made]:
    """Return the rendered files of a template, unchecked. Raises Unrenderable.

    Any exception of a repository's template counts as its fault; of a shipped one, only those of ``_faults``.
    """
    whole: dict[str, Any] = {"cookiecutter": dict(values)}
    faults: tuple[type[Exception], ...] = (Exception,) if template.is_own else _faults()
    found: list[Made] = []
    size = 0
    try:
        environment = _environment(json.dumps(template.settings, sort_keys=True))
    except Exception as error:
        raise Unrenderable(f"the template {template.name} has invalid _jinja2_env_vars: {_reason(error)}") from None
    absent = () if template.is_own else template.behaviour.absent(values)  # each text takes a while to compile
    for source, text in template.sources.items():
        for item, context in _contexts(template, source, values) if source not in absent else ():
            place = ""
            try:
                named = environment.variable_start_string in source or environment.block_start_string in source
                target = _compiled(environment, source).render(**context) if named else source
                place = source
                rendered = run(environment, text, context)
            except MemoryError:
                raise
            except faults as error:
                number = _line(error) if place else 0
                piece, number = place_in_pieces(text, number) if number else ("", 0)
                line = f"{f', {piece_path(piece)}' if piece else ''}{f':{number}' if number else ''}"
                message = f"the template {template.name} cannot render {source}{line}: {_reason(error)}"
                raise Unrenderable(message, "fix the template", source, number) from None
            size += len(rendered)
            if size > MAX_BYTES:
                raise Unrenderable(f"the template {template.name} renders more than {MAX_BYTES // 2**20} MiB")
            if rendered.strip():
                found.append(Made(target, rendered, source, item))
    if template.workflow:
        found += _workflow(template, whole, unit, found, (faults, run))
    return found


def _contexts(template: Template, source: str, values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the contexts in which a source is rendered: one, or one for each key of a map that its path stands for."""
    name = template.repeated_by(source)
    if not name:
        yield "", {"cookiecutter": dict(values)}
        return
    items = values.get(template.repeated[name]) or {}
    if not isinstance(items, Mapping):
        message = f"_for_each names {template.repeated[name]}, which is not a map"
        raise Unrenderable(message, "fix cookiecutter.json")
    for item in items:
        yield str(item), {"cookiecutter": {**values, name: item}}


def _workflow(
    template: Template,
    context: dict[str, Any],
    unit: str,
    made: Sequence[Made],
    how: tuple[tuple[type[Exception], ...], Run],
) -> Iterator[Made]:
    """Yield the unit's workflow if the values ask for one; it runs the Makefile of the rendered test."""
    faults, run = how
    tests = [known] if (known := template.behaviour.test) else [EndToEnd("e2e"), EndToEnd(".")]
    targets = {one.target for one in made}
    test = next((one for one in tests if one.makefile in targets), None)
    environment = _environment(json.dumps(_WORKFLOW_SETTINGS))
    try:
        folder = (test or tests[0]).place(unit)
        rendered = run(environment, template.workflow, {**context, "unit": unit, "folder": folder})
    except MemoryError:
        raise
    except faults as error:
        message = f"the template {template.name} cannot have a workflow: {_reason(error)}"
        raise Unrenderable(message, "set workflow: false, or complete its schema.json") from None
    if not rendered.strip():
        return
    if test is None:
        message = f"the template {template.name} renders no {tests[0].makefile} for the workflow to run"
        raise Unrenderable(message, "set workflow: false, or add the test to the template")
    if not is_generated(context["cookiecutter"], test.makefile):
        message = f"files keeps {test.makefile} from being generated, which the workflow runs"
        raise Unrenderable(message, "set workflow: false, or change files")
    yield Made(workflow_of(unit), rendered, WORKFLOW)


def syntax_faults(template: Template) -> list[tuple[str, int, str]]:
    """Return path, line and reason for each file of a template of a repository that Jinja cannot read."""
    found = []
    environment = _environment(json.dumps(template.settings, sort_keys=True))
    for source, text in template.sources.items():
        for part in (source, text):
            try:
                environment.from_string(part)
            except MemoryError:
                raise
            except Exception as error:
                found.append((source, _line(error) if part is text else 0, _reason(error)))
    return found


def tree_of(template: Template, made: Sequence[Made], path: str, unit: str) -> Rendered:
    """Return files as a tree of ``unit`` if it may contain them. Raises Invalid, at ``path``."""
    tree: dict[str, str] = {}
    taken: set[str] = set()
    origins: dict[str, str] = {}
    modes: dict[str, int] = {}
    if len(made) > MAX_FILES + 1:
        raise invalid(path, f"the template {template.name} renders more than {MAX_FILES} files", "split the template")
    for one in made:
        is_workflow = bool(template.workflow) and one.source == WORKFLOW and one.target == workflow_of(unit)
        problem = (
            ("" if is_workflow else file_fault(unit, one.target))
            or ("is rendered twice" if folded(one.target) in taken else "")
            or _text_fault(one.text)
            or ("is rendered for a key that is not a name" if one.item and path_fault(one.item) else "")
            or ("" if is_workflow or one.source in template.sources else "is not rendered from a file of the template")
        )
        if problem:
            message = f"the template {template.name} renders {one.target[:1100]!r}, which {problem}"
            raise invalid(path, message, "fix the template", line=1, column=1)
        tree[one.target] = one.text
        taken.add(folded(one.target))
        origins[one.target] = one.origin
        modes[one.target] = template.modes.get(one.source, 0o644)
    if pair := file_in_file(tree):
        message = f"the template {template.name} renders {pair[1]!r}, but {pair[0]!r} is a file, and not a folder"
        raise invalid(path, message, "fix the template", line=1, column=1)
    return Rendered(tree, origins, modes)


def _text_fault(text: str) -> str:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "has text that is not UTF-8"
    return f"is larger than {MAX_FILE_BYTES // 2**20} MiB" if size > MAX_FILE_BYTES else ""


def _faults() -> tuple[type[Exception], ...]:
    """Return the exceptions that values valid under a schema can cause in shipped templates."""
    import jinja2  # noqa: PLC0415 - slow to load, and not needed when nothing changed

    return (
        jinja2.TemplateError,
        TypeError,
        KeyError,
        ValueError,
        ArithmeticError,
        AttributeError,
        RecursionError,
    )


def _reason(error: Exception) -> str:
    """Return why a template failed; a missing value by its name."""
    text = str(error)
    if isinstance(error, KeyError) and error.args:
        key = error.args[0]
        text = key if isinstance(key, str) and " " in key else f"there is no {key!r}"
    elif found := re.fullmatch(r"'dict object' has no attribute ('[^']*')", text):
        text = f"there is no {found[1]}"
    return (text or type(error).__name__)[:300]


def _line(error: Exception) -> int:
    """Return the line of a template's text at which it failed, 0 if unknown."""
    line = getattr(error, "lineno", None)
    if isinstance(line, int):
        return line
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "<template>" else line
        trace = trace.tb_next
    return line


@cache
def _environment(settings: str) -> Any:
    from cookiecutter.environment import StrictEnvironment  # noqa: PLC0415 - slow to load

    from .sandbox import Sandbox  # noqa: PLC0415

    class OnlyOurs(Sandbox):
        """Drops the extensions that cookiecutter always adds: random, time and UUID differ from run to run."""

        def __init__(self, *, extensions: list[str], **options: Any) -> None:
            super().__init__(extensions=[one for one in extensions if one in EXTENSIONS], **options)

    class Environment(StrictEnvironment, OnlyOurs):  # type: ignore[misc]
        """Cookiecutter's strict environment, sandboxed."""

    # Each template is rendered a few times at most: folding its constants first takes longer than it saves.
    usual = {"keep_trailing_newline": True, "optimized": False}
    options = {**usual, **json.loads(settings).get("_jinja2_env_vars", {})}
    made = Environment(context={"cookiecutter": {"_extensions": list(EXTENSIONS)}}, **options)
    made.restrict()
    return made


@cache
def _compiled(environment: Any, text: str) -> Any:
    return environment.from_string(text)
