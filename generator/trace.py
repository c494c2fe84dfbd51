"""Which lines of a template produced each line of a rendered file.

The file is rendered once more, by the same code, with pieces of output that know their line (``traced_jinja``). The
result is only used if it is the same text, and if the template's own text is where it is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .output_pieces import TracedPiece
from .pieces import piece_lines, with_pieces
from .render import WORKFLOW, Unrenderable, render_files
from .template import Template


class LineOrigin(NamedTuple):
    """How a template produced a line of a file.

    ``lines`` are the template's lines with a part of it, the one with its first visible character first. ``filters``
    are those of the expressions in it, and ``spans`` says whether one of them produced several lines of the file.
    ``part`` is the origin of the document with the line, in a file of several. ``piece``: the shared piece whose lines
    they are (``pieces``), ``""`` for those of the template itself.
    """

    lines: tuple[int, ...]
    filters: tuple[str, ...] = ()
    spans: bool = False
    part: str = ""
    piece: str = ""


@dataclass(frozen=True)
class TracedFile:
    """A rendered file, and the origin of each of its lines; no origins if they cannot be determined."""

    target: str
    text: str
    origins: tuple[LineOrigin, ...] = ()


def split_origin(template: Template, origin: str) -> tuple[str, str]:
    """Return the template's file of an origin (``render.Made.origin``), ``""`` if there is none, and the item."""
    if origin == WORKFLOW or origin in template.sources:
        return origin, ""
    source, _, item = origin.rpartition("#")
    return (source, item) if template.repeated_by(source) else ("", "")


def trace_file(
    template: Template, values: Mapping[str, Any], unit: str, origin: str, *, again: bool = False
) -> TracedFile | None:
    """Return the file with an origin, None if it is not rendered. Raises Unrenderable.

    The origin is a file of the template, with the item for which it is rendered, or the unit's workflow
    (``render.WORKFLOW``). ``again``: the file was traced before, and is not compared with the plain output once more.
    """
    source, item = split_origin(template, origin)
    if item:  # the file is rendered for this item alone
        name = template.repeated[template.repeated_by(source)]
        values = {**values, name: {key: one for key, one in (values.get(name) or {}).items() if key == item}}
    alone = (
        template if source == WORKFLOW else replace(template, sources={source: template.sources[source]}, workflow="")
    )
    wanted = template.workflow if source == WORKFLOW else template.sources[source]
    if again and (pieces := _pieces(alone, values, unit, wanted)):
        text = "".join(one.text for one in pieces)
        return TracedFile(source, text, tuple(_placed(_origins(pieces), wanted))) if text.strip() else None
    plain = next((one for one in render_files(alone, values, unit) if one.source == source), None)
    if plain is None:
        return None
    found = _pieces(alone, values, unit, wanted)
    fits = "".join(one.text for one in found) == plain.text and _is_true(found, wanted)
    return TracedFile(plain.target, plain.text, tuple(_placed(_origins(found), wanted)) if fits else ())


def _pieces(template: Template, values: Mapping[str, Any], unit: str, wanted: str) -> list[TracedPiece]:
    """Return the pieces of the output of the text ``wanted``; none if it cannot be traced."""
    from . import traced_jinja  # noqa: PLC0415 - loads Jinja

    recorded: dict[str, list[TracedPiece]] = {}

    def run(environment: Any, text: str, context: dict[str, Any]) -> str:
        recorded[text] = traced_jinja.traced_pieces(environment, text, context)
        return "".join(one.text for one in recorded[text])

    try:
        render_files(template, values, unit, run)
    except (Unrenderable, TypeError):
        return []
    return recorded.get(wanted, [])


def _is_true(pieces: Iterable[TracedPiece], source: str) -> bool:
    """Tell whether the template's own text is in the lines that its pieces name."""
    lines = with_pieces(source).split("\n")
    return all(
        0 < piece.line + number <= len(lines) and part in lines[piece.line + number - 1]
        for piece in pieces
        if piece.filters is None
        for number, part in enumerate(piece.text.split("\n"))
    )


def _placed(origins: Iterable[LineOrigin], source: str) -> Iterator[LineOrigin]:
    """Yield origins in a text with its shared pieces as those of the template's text, or of a piece."""
    table = piece_lines(source)
    for one in origins:
        there = [table[line - 1] for line in one.lines]
        piece = there[0].piece if there else ""
        yield one._replace(lines=tuple(each.line for each in there if each.piece == piece), piece=piece)


def _origins(pieces: Iterable[TracedPiece]) -> Iterator[LineOrigin]:
    """Yield the origin of each line of output."""
    parts: list[tuple[int, bool]] = []  # lines of the template, and whether they are visible
    filters: list[str] = []
    spans = False
    for piece in pieces:
        texts = piece.text.split("\n")
        by = 0 if piece.filters is not None else 1
        for number, text in enumerate(texts):
            if number:
                yield _origin(parts, filters, spans)
                parts, filters, spans = [], [], False
            # The end of a line, or a value that begins with a new line, as one of several lines below a key does.
            if not text and (number == len(texts) - 1 or (parts and piece.filters is not None)):
                continue
            parts.append((piece.line + by * number, bool(text.strip())))
            if piece.filters is not None:
                filters += piece.filters
                spans = spans or piece.spans
    if parts:
        yield _origin(parts, filters, spans)


def _origin(parts: list[tuple[int, bool]], filters: list[str], spans: bool) -> LineOrigin:
    """Return a line's origin, without the lines that only add blanks to visible text."""
    if len(parts) == 1 and len(filters) < 2:  # as of most lines
        return LineOrigin((parts[0][0],), tuple(filters), spans)
    seen = [line for line, is_visible in parts if is_visible]
    lines = dict.fromkeys(seen or [line for line, _ in parts])
    return LineOrigin(tuple(lines), tuple(dict.fromkeys(filters)), spans)
