"""Render a template's examples, and check the files by the rules of ``validate``.

A finding in a rendered file is reported at the line of the template that rendered it, as far as the text tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .. import assets, disk, rules, spec
from ..errors import Invalid, Problem
from ..foreign import Foreign, TemplateFailed
from ..pipeline import Pipeline
from ..render import WORKFLOW, Rendered
from ..rules import File, Rule, Scope
from ..template import Template, template_folder
from ..template_folder import EXAMPLES
from ..template_settings import SETTINGS_NAME
from ..tree import SPEC_NAME, join, path_fault
from ..value_types import described_keys, missing_values
from ..yaml import parse
from .source_lines import source_line

MAX_EXAMPLES = 20
_NAME = "example"


@dataclass(frozen=True)
class _Example:
    """A spec to render: its text, and where to report its problems: path, and how messages call it."""

    text: str
    path: str
    shown: str


def rendering_problems(
    pipeline: Pipeline, loaded: Template, texts: Mapping[str, str], again: Foreign
) -> Iterator[Problem]:
    """Yield what is wrong with the files that a template renders from its examples, and from its defaults alone.

    ``again`` is another process, in which each is rendered a second time.
    """
    folder = template_folder(loaded.name)
    paths = [one for one in sorted(texts) if one.startswith(f"{EXAMPLES}/") and one.endswith((".yaml", ".yml"))]
    if len(paths) > MAX_EXAMPLES:
        yield Problem(f"{folder}/{EXAMPLES}", 1, 1, f"has more than {MAX_EXAMPLES} specs", "keep those that differ")
    examples = [_Example(texts[one], f"{folder}/{one}", one) for one in paths[:MAX_EXAMPLES]]
    usual, missing = _usual(pipeline, loaded, folder)
    if not missing:
        examples.append(usual)
    elif not examples:
        message = f"requires {', '.join(missing)}, and there is no example to render"
        hint = f"write {EXAMPLES}/{loaded.name}.yaml, a spec with template: {loaded.name}"
        yield Problem(usual.path, 1, 1, message, hint, severity="warning")
    told: set[tuple[str, int, str, str]] = set()
    for example in examples:
        for one in _of_example(pipeline, loaded, example, again):
            key = (one.path, one.line, one.rule, one.message.partition(" (line ")[0])
            if key not in told:
                told.add(key)
                yield one


def _usual(pipeline: Pipeline, loaded: Template, folder: str) -> tuple[_Example, list[str]]:
    """Return a spec without values, and the required keys that it lacks."""
    named = {"name": _NAME} if any("name" in described_keys(one) for one in loaded.schemas) else {}
    data = {"template": loaded.name, **named}
    whole = spec.completed_data(data, pipeline.config, loaded.name, *loaded.schemas)
    missing = {str(one.where[-1]) for text in loaded.schemas for one in missing_values(text, whole)}
    place = f"{folder}/{'schema.json' if loaded.has_schema_file else SETTINGS_NAME}"
    return _Example(spec.spec_text(data, ""), place, "the defaults"), sorted(missing)


def _of_example(pipeline: Pipeline, loaded: Template, example: _Example, again: Foreign) -> Iterator[Problem]:
    is_file = example.shown != "the defaults"
    unit = f"{loaded.name}/{_NAME}"
    path = join(unit, SPEC_NAME)
    try:
        read = spec.parse_spec(example.text, path)
        if read.template not in {*assets.template_names(), *pipeline.worktree.own_templates}:
            # The template was added under another name than that of its source.
            read = replace(read, template=loaded.name, data={**read.data, "template": loaded.name})
        if read.template != loaded.name:
            hint = f"write template: {loaded.name}"
            yield Problem(example.path, 1, 1, f"is a spec of the template {read.template}", hint)
            return
        unit = loaded.folder(str(read.data.get("name", _NAME))) or unit
        path = join(unit, SPEC_NAME)
        values = pipeline.values(replace(read, path=path), loaded)
        rendered = pipeline.render(loaded, values, path, unit)
        second = again.render(loaded, values, path, unit)
    except TemplateFailed as error:
        place = f"{template_folder(loaded.name)}/{loaded.top}/{error.source}" if error.source else example.path
        for one in error.problems:
            yield replace(one, path=place, line=error.line, message=f"{one.message} (from {example.shown})")
        return
    except Invalid as error:
        for one in error.problems:
            here = one.path.rpartition("/")[2] == SPEC_NAME
            message = one.message if is_file or not here else f"{one.message} (in a spec without values)"
            at = (one.line, one.column) if is_file or not here else (1, 1)
            yield Problem(example.path if here else one.path, *at, message, one.hint)
        return
    for file in sorted({*rendered.tree, *second.tree}):
        if rendered.tree.get(file) != second.tree.get(file):
            message = f"renders another text each time (from {example.shown})"
            yield Problem(_source(loaded, rendered, file)[0], 1, 1, message, "sort what has no order")
    yield from _findings(pipeline, loaded, rendered, unit, example.shown)


def _findings(pipeline: Pipeline, loaded: Template, rendered: Rendered, unit: str, shown: str) -> Iterator[Problem]:
    """Yield the findings of rules in rendered files, at their places in the template."""
    root = pipeline.worktree.root
    texts = {join(unit, path): text for path, text in rendered.tree.items()}
    folders = {f"{one}/" for one in texts}

    def exists(path: str) -> bool:
        inside = path in texts or any(one.startswith(f"{path}/") for one in folders)
        return inside or (not path_fault(path) and disk.is_reachable(f"{root}/{path}"))

    files: list[File] = []
    problems: list[Problem] = []
    for path, text in texts.items():
        found = rules.recognise(path, text, exists, named=True)
        problems += found.problems or (() if found.file else _unreadable(path, text))
        files += [found.file] if found.file else []
    scope = Scope(tuple(files), pipeline.config, exists, texts.get)
    problems += rules.check(files, scope, _failed)
    known = {one.id: one.across for one in rules.all_rules()}
    settled = rules.settle(files, problems, pipeline.config, known, whole=False)
    names = {join(unit, path): path for path in rendered.tree}
    for one in settled.problems:
        if one.severity == "info":  # about the repository's choices, not the template
            continue
        path = names[one.path]
        place, source = _source(loaded, rendered, path)
        line = source_line(source, rendered.tree[path], one.line, loaded.settings)
        message = f"{one.message} (line {max(one.line, 1)} of {path.lstrip('/')} from {shown})"
        yield replace(one, path=place, line=line, column=1, message=message)


def _source(loaded: Template, rendered: Rendered, path: str) -> tuple[str, str]:
    """Return path and text of the file of a template that renders a file."""
    origin = rendered.origins.get(path, WORKFLOW)
    if origin not in loaded.sources:
        return f"{template_folder(loaded.name)}/{SETTINGS_NAME}", ""
    return f"{template_folder(loaded.name)}/{loaded.top}/{origin}", loaded.sources[origin]


def _unreadable(path: str, text: str) -> tuple[Problem, ...]:
    """Return why a file that no rule is for cannot be read as what its name says."""
    try:
        if path.endswith((".yaml", ".yml")):
            parse(text, path)
        elif path.endswith(".json"):
            json.loads(text)
    except Invalid as error:
        return error.problems
    except json.JSONDecodeError as error:
        return (Problem(path, error.lineno, error.colno, f"is not valid JSON: {error.msg}", "fix the JSON"),)
    except (ValueError, RecursionError):
        return (Problem(path, 1, 1, "is not valid JSON", "fix the JSON"),)
    return ()


def _failed(file: File, rule: Rule, error: Exception) -> Problem:
    if isinstance(error, RecursionError | MemoryError):
        message = f"is too deep or too large for {rule.id}, and is not checked against it"
        return Problem(file.path, 1, 1, message, "split it")
    raise error
