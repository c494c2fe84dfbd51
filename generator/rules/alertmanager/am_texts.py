"""Mistakes in notification templates: AM003, AM005, AM006, AM007, AM009, AM011, AM036."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import cast

from ...alertmanager import tpl
from ...alertmanager.config_fields import FieldType, Section, version
from ...alertmanager.fault import Fault, at_key, fault, quoted
from ...alertmanager.gotemplate import Template, TemplateError, parse
from ...alertmanager.gotemplate.nodes import Part
from ...alertmanager.model import Context, Receiver, unknown
from ...alertmanager.notification import OWN_TEMPLATES
from ...alertmanager.templates import Calls, check
from ...alertmanager.value import Value

_DIRECTORY = "/etc/alertmanager/config/"


@dataclass(frozen=True)
class Piece:
    """A text that Alertmanager fills in: where it stands, what it is of, and its parsed form."""

    receiver: Receiver
    item: Value
    section: Section
    field: FieldType
    value: Value
    template: Template


def texts(context: Context) -> Iterator[tuple[str, Value]]:
    """Yield every templated text of the receivers that has braces, and what it is of."""
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                if _is_templated(section, key):
                    for scalar in one.scalars():
                        if scalar.tag == "str" and "{{" in scalar.text:
                            yield f"{section.name}.{key}", scalar


def _is_templated(section: Section, key: str) -> bool:
    field = section.fields.get(key)
    return field is not None and field.flag("templated")


def pieces(context: Context) -> Iterator[Piece]:
    """Yield every text of the receivers that is a template."""
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                if not _is_templated(section, key):
                    continue
                field = section.fields[key]
                for scalar in one.scalars():
                    template = _parsed(scalar.text) if scalar.tag == "str" and "{{" in scalar.text else None
                    if template is not None:
                        yield Piece(receiver, item, section, field, scalar, template)


def _parsed(text: str) -> Template | None:
    try:
        return parse(text)
    except TemplateError:
        return None


def syntax(context: Context) -> Iterator[Fault]:
    """Yield texts that are no templates (AM005)."""
    for what, value in texts(context):
        yield from _syntax(context, value, what, "the message is lost or blank")
    for name, one in _files(context).items():
        yield from _syntax(context, one, f"the template file {name}", "Alertmanager does not start")
    for glob in _globs(context):
        text = context.beside(glob.text) if context.beside is not None and context.source.chart is None else None
        if text is not None:
            yield from _file_syntax(glob, text)
    for path in context.paths:
        labels = path[-1].value.get("labels")
        for one in labels.scalars() if labels is not None else ():
            yield from _syntax(context, one, "a label of a route", "the label is empty")


def escapes(context: Context) -> Iterator[Fault]:
    """Yield texts of a file that no Helm reads, and that are escaped for it (AM008)."""
    if context.source.chart is not None:
        return  # told where the values are read
    for _, value in texts(context):
        if tpl.has_escaped_action(value.text):
            message = "this is escaped for Helm, and Alertmanager sends the braces as text"
            yield fault("AM008", value, message, "write {{ and }} as they are where no Helm reads the file", "warning")


def _file_syntax(glob: Value, text: str) -> Iterator[Fault]:
    try:
        parse(text)
    except TemplateError as error:
        line = text.count("\n", 0, error.at) + 1
        message = f"{glob.text}:{line} is no template: {error}"
        yield fault("AM005", glob, message, "mend that file: Alertmanager does not start")


def _syntax(context: Context, value: Value, name: str, effect: str) -> Iterator[Fault]:
    try:
        parse(value.text)
    except TemplateError as error:
        line, column = place_in(context, value, error.at)
        yield Fault(
            "AM005", line, column, f"{name} is no template: {error}", f"mend it: {effect}, and amtool does not look"
        )


_INDENT = re.compile(r"(?:[ \t\r]*+\n)*+( *)")  # of the first line that says something


def place_in(context: Context, value: Value, at: int) -> tuple[int, int]:
    """Return line and column of an offset into a scalar's text, as near as its style tells."""
    if value.chart or value.start < 0:
        return value.place
    if value.style == "|":
        starts = _line_starts(value.text)
        line = bisect_right(starts, at)
        return value.line + line, _indent(context.text, value.start) + at - starts[line - 1] + 1
    shift = 1 if value.style in {"'", '"'} else 0
    is_written = _is_written(context.text, value.start + shift, value.text)
    return (value.line, value.column + shift + at) if is_written else value.place


# What is asked for each mistake in a text, and costs as much as the text is long.


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    return [0, *accumulate(len(one) + 1 for one in text.split("\n"))]


@lru_cache(maxsize=8)
def _indent(text: str, start: int) -> int:
    found = _INDENT.match(text, text.find("\n", start) + 1)
    return len(found.group(1)) if found else 0


@lru_cache(maxsize=8)
def _is_written(text: str, start: int, value: str) -> bool:
    """Tell whether a value stands in one line of a text as it is."""
    return "\n" not in value and text.startswith(value, start)


def _files(context: Context) -> Mapping[str, Value]:
    chart = context.source.chart
    return {name: one for name, one in chart.files.items() if one.shape == "scalar"} if chart is not None else {}


def _globs(context: Context) -> list[Value]:
    return [one for one in context.config.list_of("templates") if one.shape == "scalar"]


def _loaded(context: Context, name: str) -> bool:
    return context.loads(_DIRECTORY + name)


def defines(context: Context) -> tuple[Mapping[str, Sequence[Part]], bool]:
    """Return the templates that can be called, and whether these are all."""
    found: dict[str, Sequence[Part]] = {}
    for name, one in _files(context).items():
        template = _parsed(one.text)
        if template is not None and _loaded(context, name):
            found.update(template.defines)
            found.setdefault(name, template.parts)
    if context.source.chart is not None and context.source.chart.stack:
        return found, all(one.text.startswith(_DIRECTORY) or not one.text.startswith("/") for one in _globs(context))
    complete = True
    for one in _globs(context):
        if re.search(r"[*?\[]", one.text) or one.text.startswith("/") or context.beside is None:
            complete = False
        elif (template := _parsed(context.beside(one.text) or "")) is not None:
            found.update(template.defines)
    return found, complete


def mistakes(context: Context) -> Iterator[Fault]:
    """Yield functions that are not there (AM006), fields that are not there (AM007), templates that are not (AM009)."""
    known, complete = defines(context)
    calls = Calls()
    for piece in pieces(context):
        if not unknown(piece.value):
            found = callable_in(piece, known)
            yield from _mistakes(context, piece.value, piece.template.parts, found, "data", complete, calls)
            for parts in piece.template.defines.values():
                yield from _mistakes(context, piece.value, parts, found, "", complete, calls)
    for name, one in _files(context).items():
        template = _parsed(one.text)
        if template is not None and _loaded(context, name):
            for parts in (template.parts, *template.defines.values()):
                yield from _mistakes(context, one, parts, known, "", complete, calls)


def callable_in(piece: Piece, known: Mapping[str, Sequence[Part]]) -> Mapping[str, Sequence[Part]]:
    """Return the templates that a text can call: its own before those that are known everywhere."""
    own = dict[str, Sequence[Part]](piece.template.defines)
    return ChainMap(own, cast("dict[str, Sequence[Part]]", known)) if own else known


def _mistakes(
    context: Context,
    value: Value,
    parts: Sequence[Part],
    known: Mapping[str, Sequence[Part]],
    dot: str,
    complete: bool,
    calls: Calls,
) -> Iterator[Fault]:
    has = context.source.target.alertmanager
    for one in check(parts, known, calls, dot):
        line, column = place_in(context, value, one.at)
        if one.sort == "function":
            yield Fault("AM006", line, column, f"{one.message}: the message is lost or blank", one.hint)
        elif one.sort == "new" and version(one.since) > has:
            message = f"{one.name} came with Alertmanager {one.since}, and this is {has[0]}.{has[1]}"
            yield Fault("AM006", line, column, message, "upgrade Alertmanager, or do without")
        elif one.sort == "field":
            yield Fault("AM007", line, column, f"{one.message}: the message is lost or blank", one.hint)
        elif one.sort == "call" and (complete or ".default." in one.name):
            yield Fault(
                "AM009",
                line,
                column,
                f"{one.message}: the message is lost or blank",
                _closest(one.name, known, one.hint, calls),
            )


def _closest(name: str, known: Mapping[str, Sequence[Part]], hint: str, calls: Calls) -> str:
    import difflib  # noqa: PLC0415 - only for what is wrong

    calls.guesses -= 1
    if calls.guesses < 0 or len(name) > 100 or len(known) > 1_000:
        return hint
    close = difflib.get_close_matches(name, [*known, *OWN_TEMPLATES], 1, 0.8)
    return f"did you mean {close[0]!r}?" if close else hint


def files(context: Context) -> Iterator[Fault]:
    """Yield template files that are not loaded, and globs that match nothing (AM009)."""
    chart = context.source.chart
    if chart is None or not chart.stack:
        return
    for one in _globs(context):
        if not one.text.startswith("/") and not unknown(one) and not one.chart:
            message = f"{quoted(one.text)} matches nothing: paths begin in /etc/alertmanager/config_out here"
            yield fault("AM009", one, message, f"write {_DIRECTORY}{one.text.rsplit('/', 1)[-1]}")
    unclear = any(unknown(one) for one in _globs(context))
    for name, value in _files(context).items():
        if not _loaded(context, name) and not unclear:
            globs = ", ".join(one.text for one in _globs(context)) or "nothing is listed"
            hint = f"give its name the ending .tmpl, or add {_DIRECTORY}{name} to config.templates"
            yield at_key("AM009", value, f"{name} is not loaded: templates has {globs}", hint)
