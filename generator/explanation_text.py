"""Render explanations as text and as JSON. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import __version__
from .blame import LastChange
from .edited_lines import LineState
from .explanation import ExplainedFile, ExplainedLine
from .line_sources import Key, TemplatePlace
from .report import problem_row
from .tree import WORKFLOWS

MAX_KEYS = 8  # of a line or file, as text
MAX_EDITS = 20  # of a file, as text
_SHOWN = 160  # characters of a line


def line_lines(one: ExplainedLine) -> Iterator[str]:
    """Yield the lines of text that explain a line or a deleted field."""
    yield f"{one.about.file.place}{f':{one.line}' if one.line else ''}: {_head(one)}"
    yield f"    {_authorship(one)}"
    yield from (f"    {text}" for text in (*_from(one), *_notes(one)))
    if one.reset:
        yield f"    give it up: {one.reset}"


def file_lines(about: ExplainedFile) -> Iterator[str]:
    """Yield the lines of text that give an overview of a file."""
    lock = about.file.unit.lock
    yield f"{about.file.place}: {about.state}"
    place = f", {about.sources.shown_source}" if about.sources else ""
    yield f"    unit: {about.unit}, of the template {lock.template} {lock.version}{place}"
    yield from (f"    {one}" for one in _policy(about))
    if about.sources is not None and about.sources.traced is not None:
        keys = [one for one in about.sources.all_keys() if not one.is_absent]
        yield from (f"    {one}" for one in _keys(keys, about.sources.is_complete))
    yield from (f"    {one}" for one in _behind(about))
    edits = about.view.lines.edits if about.ours is not None else []
    shift = about.view.part.line if about.view.part and not about.view.part.encoded else 0
    for state in edits[:MAX_EDITS]:
        yield f"    {_edit(about, state, shift)}"
    if about.state == "edited" and not edits:
        yield "    generated lines are missing: scaffold edits shows them"
    if len(edits) > MAX_EDITS:
        yield f"    and {len(edits) - MAX_EDITS} more: scaffold edits shows all"


def line_row(one: ExplainedLine) -> dict[str, Any]:
    """Return an explained line as JSON data."""
    return {
        **_file_facts(one.about),
        "line": one.line or None,
        "field": one.field or None,
        "author": one.author,
        "text": one.text if one.line else None,
        "value": one.value,
        "generated": one.generated if one.author != "yours" and one.generated else None,
        "generated_value": one.generated_value,
        "template_lines": list(one.template.lines) if one.template else [],
        "filters": list(one.template.filters) if one.template else [],
        "keys": [_key_row(key) for key in one.keys],
        "complete": one.is_complete,
        "current": one.is_current,
        "locked": one.locked or None,
        "last_change": _change_row(one.last),
        "reset": one.reset or None,
    }


def file_row(about: ExplainedFile) -> dict[str, Any]:
    """Return the overview of a file as JSON data."""
    traced = about.sources is not None and about.sources.traced is not None
    keys = about.sources.all_keys() if about.sources is not None and traced else []
    shift = about.view.part.line if about.view.part and not about.view.part.encoded else 0
    edits = about.view.lines.edits if about.ours is not None else []
    return {
        **_file_facts(about),
        "keys": [_key_row(key) for key in keys],
        "edits": [
            {
                "line": one.line + shift if one.line else None,
                "author": one.author,
                "field": one.field.field if one.field else None,
            }
            for one in edits
        ],
    }


def _file_facts(about: ExplainedFile) -> dict[str, Any]:
    lock = about.file.unit.lock
    return {
        "path": about.file.place,
        "unit": about.unit,
        "template": {"name": lock.template, "version": lock.version},
        "template_file": about.sources.shown_source if about.sources else lock.files[about.file.path].origin,
        "state": about.state,
        "policy": about.policy or None,
        "behind": about.is_behind,
        "problems": [problem_row(one) for one in about.problems],
    }


def _key_row(one: Key) -> dict[str, Any]:
    return {
        "key": one.name,
        "value": one.value or None,
        "effect": one.effect,
        "layer": one.source.layer,
        "path": one.source.path or None,
        "line": one.source.line or None,
    }


def _change_row(last: LastChange | None) -> dict[str, Any] | None:
    if last is None:
        return None
    names = ("commit", "author", "date", "subject")
    return {**{name: getattr(last, name) or None for name in names}, "is_oldest": last.is_oldest}


def _head(one: ExplainedLine) -> str:
    if one.field and one.line and one.value is not None:
        return f"{one.field}: {one.value}"
    if one.field:
        return one.field
    return _cut(one.text.strip()) or "a blank line"


def _authorship(one: ExplainedLine) -> str:
    """Return whether a line is edited, and who last changed it."""
    if one.author == "deleted":
        shown = one.generated_value if one.generated_value is not None else _cut(one.generated.strip())
        return f"deleted by you: generated {shown}"
    who = _who(one.last)
    last = f"; {who}" if who else ""
    if one.about.view.is_encoded(one.line) and not one.field:
        word = "as generated" if one.author == "generated" else "edited"
        return f"{word}: the generated part is encoded here; name a field in it{last}"
    if one.author == "generated":
        return f"as generated{last}"
    if one.author == "yours":
        where = ", outside of the generated part" if one.about.view.is_outside(one.line) else ""
        return f"yours: not generated{where}{last}"
    if one.generated_value is not None and one.generated_value != one.value:
        return f"edited: generated {one.generated_value}{last}"
    if one.generated:
        return f"edited: generated {_cut(one.generated.strip()) or 'a blank line'}{last}"
    return f"edited: one of your lines in place of generated ones{last}"


def _who(last: LastChange | None) -> str:
    if last is None:
        return ""
    if not last.commit:
        return "not committed yet"
    older = ", or before: the history is not complete here" if last.is_oldest else ""
    return f'last changed by {last.author} in {last.commit[:7]} ({last.date}, "{_cut(last.subject)}"{older})'


def _from(one: ExplainedLine) -> Iterator[str]:
    """Yield what produced a line: its values, and the template's lines."""
    if one.author == "yours" or one.about.sources is None or (one.author != "deleted" and not one.generated):
        return
    if not one.is_current:
        yield "from: not known, since it is not what is generated now"
        return
    if not any(key.effect == "text" for key in one.keys):
        yield f"from: {_constant(one.template)}"
    yield from _keys(one.keys, one.is_complete)
    if one.template is not None:
        yield f"template: {_template(one.about, one.template)}"


def _constant(place: TemplatePlace | None) -> str:
    if place is None:
        return "not known: the line of the template cannot be determined"
    if place.is_pinned:
        return f"the pins of scaffold {__version__}"
    return f"the filter {place.filters[0]}" if place.filters else "the text of the template"


def _keys(keys: Sequence[Key], is_complete: bool) -> Iterator[str]:
    """Yield the values that something depends on, those of its text first."""
    ordered = sorted(keys, key=lambda one: one.effect != "text")
    for one in ordered[:MAX_KEYS]:
        word = "from" if one.effect == "text" else "there because of"
        shown = (
            f"{one.name} (not set)" if one.source.layer == "unset" else f"{one.name}: {one.value} ({one.source.about})"
        )
        yield f"{word}: {shown if one.value or one.source.layer == 'unset' else f'{one.name} ({one.source.about})'}"
    if len(keys) > MAX_KEYS:
        yield f"and {len(keys) - MAX_KEYS} more values: --format json has all"
    if not is_complete:
        yield "other values may matter too: there are too many to try"


def _template(about: ExplainedFile, place: TemplatePlace) -> str:
    lock = about.file.unit.lock
    lines = ", ".join(map(str, place.lines[:5])) + (", …" if len(place.lines) > 5 else "")
    by = f", made by the filter {place.filters[0]}" if place.spans and place.filters else ""
    version = about.sources.template.version if about.sources else lock.version
    return f"{lock.template} {version}, {place.path}:{lines}{by}"


def _notes(one: ExplainedLine) -> Iterator[str]:
    yield from _policy(one.about)
    if one.locked:
        yield f"locked: {one.locked} in .scaffold/config.yaml must not be edited by hand"
    yield from _behind(one.about)


def _policy(about: ExplainedFile) -> Iterator[str]:
    if about.policy == "once":
        yield "policy: once, yours since it was generated"
    elif about.policy == "never":
        yield "policy: never, not generated any more"
    if about.file.path.startswith("/") and WORKFLOWS in about.file.path:
        yield f"unit: {about.unit}, named in the first line"


def _behind(about: ExplainedFile) -> Iterator[str]:
    if about.problems:
        yield "sources: not known until the problems of its unit are fixed"
    elif about.is_behind:
        yield "behind: the spec, the config or the template changed since; scaffold diff shows how"


def _edit(about: ExplainedFile, state: LineState, shift: int) -> str:
    name = state.field.field if state.field else ""
    if state.author == "deleted":
        return f"deleted by you: {name}"
    text = _cut(about.view.lines.lines[state.line - 1].strip()) or "a blank line"
    what = "yours" if state.author == "yours" else "edited"
    return f"{what}: line {state.line + shift}: {text}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
