"""Render a Jinja template, and record which of its lines produced each piece of the output.

Jinja's code generator emits one ``yield`` for each piece of output. The subclass here yields each piece together with
its line and the filters of its expression. Pieces that a macro or a block collects first are one piece of the line that
outputs them. So no value that a template sees is another one, and nothing decides differently.

Source: jinja2.compiler.CodeGenerator, whose methods ``_output_*`` are made for subclasses (jinja2.nativetypes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame


class TracedPiece(NamedTuple):
    """A piece of output: the line of the template that produced it, and the filters of the expression that did.

    ``filters`` is None for the template's own text, which may have several lines and begins in ``line``.
    """

    line: int
    text: str
    filters: tuple[str, ...] | None


def traced_pieces(environment: Any, text: str, context: dict[str, Any]) -> list[TracedPiece]:
    """Return the output of the template ``text`` in pieces. Raises what rendering raises.

    Raises TypeError for a template whose output goes through a block that it calls by name.
    """
    template = _compiled(_tracing(environment), text)
    found = template.root_render_func(template.new_context(context))
    return [TracedPiece(*piece) for pieces in found for piece in pieces]


@cache
def _tracing(environment: Any) -> Any:
    """Return the environment with a code generator that traces; it shares everything else."""
    made = environment.overlay()
    made.code_generator_class = _TracingGenerator
    return made


@cache
def _compiled(environment: Any, text: str) -> Any:
    return environment.from_string(text)


class _Constant(str):
    """Output known when a template is compiled, with its piece; None where output is collected first."""

    __slots__ = ("piece",)
    piece: TracedPiece | None


class _TracingGenerator(CodeGenerator):
    """Generates code that yields tuples of pieces in place of text."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        made = _Constant(super()._output_child_to_const(node, frame, finalize))
        filters = None if isinstance(node, nodes.TemplateData) else _filters(node)
        made.piece = TracedPiece(_first_line(node), str(made), filters) if frame.buffer is None else None
        return made

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        constants = list(group)
        if any(one.piece is None for one in constants):
            return super()._output_const_repr(constants)
        return repr(tuple(tuple(one.piece) for one in constants))

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.buffer is None:
            self.write(f"(({_first_line(node)}, ")
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        super()._output_child_post(node, frame, finalize)
        if frame.buffer is None:
            self.write(f", {_filters(node)!r}),)")

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Begin to output what a call, filter or recursive loop collected: a piece of the line where it begins."""
        super().start_write(frame, node)
        if frame.buffer is None:
            self.write(f"(({node.lineno if node else 0}, str(")

    def end_write(self, frame: Frame) -> None:
        """End what ``start_write`` began."""
        if frame.buffer is None:
            self.write("), ()),)")
        super().end_write(frame)


def _first_line(node: nodes.Node) -> int:
    return min(one.lineno for one in (node, *_below(node)) if one.lineno)


def _filters(node: nodes.Node) -> tuple[str, ...]:
    """Return the filters of an expression, the last one applied first."""
    found = [node] if isinstance(node, nodes.Filter) else []
    return tuple(dict.fromkeys(one.name for one in (*found, *node.find_all(nodes.Filter))))


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    for one in node.iter_child_nodes():
        yield one
        yield from _below(one)
