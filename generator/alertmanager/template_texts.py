"""Find the templates in a configuration: their places, and the templates that they can call."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import cast

from .config_fields import FieldType, Section
from .gotemplate import GoTemplate, TemplateError, parse_template
from .gotemplate.nodes import Part
from .model import Context, Receiver
from .value import Value

DIRECTORY = "/etc/alertmanager/config/"


@dataclass(frozen=True)
class Piece:
    """A templated text: its place, its field, and its parsed form."""

    receiver: Receiver
    item: Value
    section: Section
    field: FieldType
    value: Value
    template: GoTemplate


def templated_texts(context: Context) -> Iterator[tuple[str, Value]]:
    """Yield the templated texts of receivers that have braces, with the name of their field."""
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                if _is_templated(section, key):
                    for scalar in one.scalars():
                        if scalar.tag == "str" and "{{" in scalar.text:
                            yield f"{section.name}.{key}", scalar


def broken_texts(context: Context) -> Iterator[tuple[str, str, Value, TemplateError]]:
    """Yield the texts of receivers, and labels of routes, that are not valid templates.

    Each with its name, the effect of the fault, and the fault.
    """
    texts = [(name, "the message is lost or blank", one) for name, one in templated_texts(context)]
    for path in context.paths:
        labels = path[-1].value.get("labels")
        texts += [("a label of a route", "the label is empty", one) for one in (labels.scalars() if labels else ())]
    for name, effect, one in texts:
        try:
            parse_template(one.text)
        except TemplateError as error:
            yield name, effect, one, error


def _is_templated(section: Section, key: str) -> bool:
    field = section.fields.get(key)
    return field is not None and field.templated


def template_pieces(context: Context) -> Iterator[Piece]:
    """Yield the texts of receivers that are valid templates."""
    for receiver in context.receivers:
        for section, item in receiver.integrations:
            for key, one in item.pairs.items():
                if not _is_templated(section, key):
                    continue
                field = section.fields[key]
                for scalar in one.scalars():
                    template = parsed_template(scalar.text) if scalar.tag == "str" and "{{" in scalar.text else None
                    if template is not None:
                        yield Piece(receiver, item, section, field, scalar, template)


def parsed_template(text: str) -> GoTemplate | None:
    """Parse a template, None if it is not valid."""
    try:
        return parse_template(text)
    except TemplateError:
        return None


_INDENT = re.compile(r"(?:[ \t\r]*+\n)*+( *)")  # of the first line that is not blank


def place_in(context: Context, value: Value, at: int) -> tuple[int, int]:
    """Return line and column of an offset in a scalar's text, as precisely as its style allows."""
    if value.chart or value.start < 0:
        return value.place
    if value.style == "|":
        starts = _line_starts(value.text)
        line = bisect_right(starts, at)
        return value.line + line, _indent(context.text, value.start) + at - starts[line - 1] + 1
    shift = 1 if value.style in {"'", '"'} else 0
    is_written = _is_written(context.text, value.start + shift, value.text)
    return (value.line, value.column + shift + at) if is_written else value.place


# Cached, because it is needed for each mistake in a text and takes linear time.


@lru_cache(maxsize=8)
def _line_starts(text: str) -> list[int]:
    return [0, *accumulate(len(one) + 1 for one in text.split("\n"))]


@lru_cache(maxsize=8)
def _indent(text: str, start: int) -> int:
    found = _INDENT.match(text, text.find("\n", start) + 1)
    return len(found.group(1)) if found else 0


@lru_cache(maxsize=8)
def _is_written(text: str, start: int, value: str) -> bool:
    """Return whether a text has a value unchanged at ``start``, on one line."""
    return "\n" not in value and text.startswith(value, start)


def template_files_of(context: Context) -> Mapping[str, Value]:
    """Return the template files in the values of a chart, by name."""
    chart = context.source.chart
    return {name: one for name, one in chart.files.items() if one.shape == "scalar"} if chart is not None else {}


def template_globs(context: Context) -> list[Value]:
    """Return the globs of the template files that Alertmanager loads."""
    return [one for one in context.config.list_of("templates") if one.shape == "scalar"]


def is_loaded(context: Context, name: str) -> bool:
    """Return whether Alertmanager loads a template file of the chart's values."""
    return context.loads(DIRECTORY + name)


def known_templates(context: Context) -> tuple[Mapping[str, Sequence[Part]], bool]:
    """Return the templates that can be called, and whether the list is complete."""
    found: dict[str, Sequence[Part]] = {}
    for name, one in template_files_of(context).items():
        template = parsed_template(one.text)
        if template is not None and is_loaded(context, name):
            found.update(template.defines)
            found.setdefault(name, template.parts)
    if context.source.partial:
        return found, False
    if context.source.chart is not None and context.source.chart.stack:
        return found, all(
            one.text.startswith(DIRECTORY) or not one.text.startswith("/") for one in template_globs(context)
        )
    complete = True
    for one in template_globs(context):
        if re.search(r"[*?\[]", one.text) or one.text.startswith("/") or context.read_neighbour is None:
            complete = False
        elif (template := parsed_template(context.read_neighbour(one.text) or "")) is not None:
            found.update(template.defines)
    return found, complete


def callable_in(piece: Piece, known: Mapping[str, Sequence[Part]]) -> Mapping[str, Sequence[Part]]:
    """Return the templates that a text can call: those that it defines, then the known ones."""
    own = dict[str, Sequence[Part]](piece.template.defines)
    return ChainMap(own, cast("dict[str, Sequence[Part]]", known)) if own else known
