"""Explain a line, a field or a whole generated file: where it is from, and whether the user edited it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .blame import LastChange, last_change
from .edited_lines import Author, LineState, is_line_number, lines_of
from .errors import Invalid, Problem, invalid
from .generated_unit import FileView, GeneratedFile, view_of
from .line_sources import Key, LineSources, TemplatePlace, sources_of
from .merge import differs
from .printable import command_line


@dataclass(frozen=True)
class ExplainedFile:
    """What is known about a generated file. ``problems`` are why its template or its values cannot be read now.

    ``is_behind``: the spec, the config or the template changed since it was generated.
    """

    file: GeneratedFile
    policy: str
    ours: str | None
    view: FileView
    sources: LineSources | None
    problems: tuple[Problem, ...] = ()
    is_behind: bool = False

    @property
    def unit(self) -> str:
        """The unit that generated it."""
        return self.file.unit.name

    @property
    def state(self) -> str:
        """Its state, apart from what its spec and template say now."""
        if self.ours is None:
            return "missing"
        return "edited" if differs(self.view.lines.base, self.view.lines.ours) else "clean"


@dataclass(frozen=True)
class ExplainedLine:
    """What is known about a line, or about a field that the user deleted.

    ``text`` is the line on disk, ``generated`` the one that was generated, ``""`` if none was. ``value`` and
    ``generated_value`` are those of its field.
    """

    about: ExplainedFile
    line: int
    author: Author
    field: str
    text: str
    generated: str
    value: str | None
    generated_value: str | None
    template: TemplatePlace | None = None
    keys: Sequence[Key] = ()
    is_current: bool = True
    is_complete: bool = True
    locked: str = ""
    last: LastChange | None = None
    reset: str = ""


def explain_file(file: GeneratedFile) -> ExplainedFile:
    """Return what is known about a file. Raises Invalid for one that cannot be read."""
    unit, path = file.unit, file.path
    ours = unit.ours(path)
    base = unit.lock.files[path].text
    view = view_of(file, base if ours is None else ours)
    sources: LineSources | None = None
    problems: tuple[Problem, ...] = ()
    try:
        sources = sources_of(unit, path)
    except Invalid as error:
        problems = error.problems
    is_behind = not problems and (sources is None or sources.traced is None or sources.traced.text != base)
    return ExplainedFile(file, unit.policy(path), ours, view, sources, problems, is_behind)


def explain_line(about: ExplainedFile, what: str, words: Sequence[str] = ("scaffold", "reset")) -> ExplainedLine:
    """Return what is known about a line, by its number, or a field. Raises Invalid if there is none.

    ``words`` begin the command that gives an edit up.
    """
    state = _state(about, what)
    view, field = about.view, state.field
    generated = view.lines.before[state.before - 1] if state.before else ""
    lines = lines_of(about.ours or "")
    text = lines[state.line - 1] if state.line else ""
    name = field.field if field is not None and _names_field(view, state) else ""
    template, keys, is_current, is_complete = _made(about, state.before)
    last = None
    if state.line and about.ours is not None:
        last = last_change(about.file.unit.pipeline.worktree.root, about.file.place, about.ours, state.line)
    return ExplainedLine(
        about,
        state.line,
        state.author,
        name,
        text,
        generated,
        field.value if field and name and field.is_leaf else None,
        field.before_value if field and name and field.is_leaf else None,
        template,
        keys,
        is_current,
        is_complete,
        _locked(about, state) if name else "",
        last,
        _reset(about, state, words),
    )


def _state(about: ExplainedFile, what: str) -> LineState:
    place = about.file.place
    if is_line_number(what):
        count = len(lines_of(about.ours or ""))
        if about.ours is None:
            raise invalid(place, "is missing: it has no lines", "scaffold edits shows what was generated")
        if not 0 < int(what) <= count:
            raise invalid(place, f"has {count} lines, and no line {what}", "name one of its lines")
        return about.view.at(int(what))
    if about.view.lines.problems:
        problem = about.view.lines.problems[0]
        hint = "fix it, or name a line"
        raise invalid(place, problem.message, hint, line=problem.line, column=problem.column)
    found = about.view.named(what)
    if found is None:
        hint = "name it as conflicts do, such as spec.template.spec.containers[name=app].image, or name a line"
        raise invalid(place, f"has no field {what}, and neither has the generated file", hint)
    return found._replace(author="deleted", line=0) if about.ours is None else found


def _made(about: ExplainedFile, before: int) -> tuple[TemplatePlace | None, list[Key], bool, bool]:
    """Return the template's lines and the values of a generated line, whether it is rendered now, and whether every
    value was tried."""
    sources = about.sources
    if not before or sources is None:
        return None, [], not before or not about.is_behind, True
    line = sources.rendered_line(before, about.view.lines.base)
    return sources.place(line), sources.keys(line) if line else [], bool(line), sources.is_complete


def _names_field(view: FileView, state: LineState) -> bool:
    """Tell whether the field of a state is what its line says, and not the one around a comment."""
    return not state.line or view.is_of_field(state.line) or bool(view.part and view.part.encoded)


def _locked(about: ExplainedFile, state: LineState) -> str:
    """Return the locked path of the config that a field is at or below, or ``""``."""
    steps = state.field.steps if state.field else ()
    for one in about.file.unit.pipeline.config.locked:
        parts = one.split(".")
        if len(parts) <= len(steps) and all(part in {"*", step} for part, step in zip(parts, steps, strict=False)):
            return one
    return ""


def _reset(about: ExplainedFile, state: LineState, words: Sequence[str]) -> str:
    """Return the command that gives the edit up, ``""`` without an edit, or if no command does."""
    view, field = about.view, state.field.field if state.field else ""
    is_encoded = view.part is not None and view.part.encoded
    if state.author == "generated" or (state.line and (view.is_outside(state.line) or (is_encoded and not field))):
        return ""
    if about.ours is None:
        what = ""
    elif field and (is_encoded or not state.line or (view.is_of_field(state.line) and view.is_value_of(state))):
        what = f":{field}"
    else:
        what = f":{state.line}"
    return command_line(words, f"{about.file.place}{what}")
