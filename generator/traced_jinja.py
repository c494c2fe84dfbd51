"""Render a Jinja template, and record which of its lines produced each piece of the output.

Jinja's code generator emits one ``yield`` for each piece of output. The subclass here yields each piece together with
its line and the filters of its expression. What a macro, a caller or a recursive loop collects keeps its pieces where
it is output as it is. A filter block keeps those of the lines that its filters leave (``output_pieces``), which take
plain text. What a ``set`` collects, and a macro's result in an expression, is plain text, one piece of the line that
outputs it. So no value that a template sees is another one, and nothing decides differently.

Source: jinja2.compiler.CodeGenerator, whose methods ``_output_*`` are made for subclasses (jinja2.nativetypes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from .output_pieces import TracedPiece, filtered_pieces

_Made = tuple[int, str, tuple[str, ...] | None] | TracedPiece  # a piece as the generated code yields it


def traced_pieces(environment: Any, text: str, context: dict[str, Any]) -> list[TracedPiece]:
    """Return the output of the template ``text`` in pieces. Raises what rendering raises.

    Raises TypeError for a template whose output goes through a block that it calls by name.
    """
    template = _compiled(_tracing(environment), text)
    found = template.root_render_func(template.new_context(context))
    return list(_flat(piece for pieces in found for piece in pieces))


class _Collected(str):
    """Output that was collected before it is output, with its pieces."""

    __slots__ = ("pieces",)
    pieces: tuple[TracedPiece, ...]

    def __str__(self) -> str:
        return self


def _flat(pieces: Iterable[_Made]) -> Iterator[TracedPiece]:
    """Yield pieces, in place of one that was collected those that it consists of."""
    for one in pieces:
        text = one[1]
        if isinstance(text, _Collected):
            yield from text.pieces
        else:
            yield TracedPiece(*one)


def _collected(pieces: Iterable[TracedPiece]) -> str:
    """Return the text of pieces, with them."""
    found = tuple(pieces)
    made = _Collected("".join([one.text for one in found]))
    made.pieces = found
    return made


def _joined(parts: list[Any]) -> str:
    """Return the text of a buffer, with its pieces if it has some."""
    if parts and isinstance(parts[0], tuple):
        return _collected(_flat(piece for one in parts for piece in one))
    return "".join(parts)


def _plain(value: Any) -> Any:
    """Return a value as the template sees it."""
    return str.__str__(value) if isinstance(value, _Collected) else value


def _filtered(inside: str, made: Any, line: int, filters: tuple[str, ...]) -> Any:
    """Return what the filters of a block made of the text inside, with its pieces."""
    if not isinstance(made, str):  # rendering fails, as it does without pieces
        return made
    pieces = inside.pieces if isinstance(inside, _Collected) else ()
    return _collected(filtered_pieces(pieces, str.__str__(made), line, filters))


@cache
def _tracing(environment: Any) -> Any:
    """Return the environment with a code generator that traces; it shares everything else."""
    made = environment.overlay()
    made.code_generator_class = _TracingGenerator
    made.concat, made.plain, made.filtered = _joined, _plain, _filtered  # the generated code calls them
    return made


@cache
def _compiled(environment: Any, text: str) -> Any:
    return environment.from_string(text)


class _Constant(str):
    """Output known when a template is compiled, with its piece."""

    __slots__ = ("piece",)
    piece: TracedPiece


class _TracingGenerator(CodeGenerator):
    """Generates code that yields and collects tuples of pieces in place of text, apart from text for a ``set``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._plain_blocks = 0  # those around what is generated now whose text a template sees
        self._shown: set[int] = set()  # calls whose result is output as it is
        super().__init__(*arguments, **options)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        made = _Constant(super()._output_child_to_const(node, frame, finalize))
        filters = None if isinstance(node, nodes.TemplateData) else _filters(node)
        made.piece = TracedPiece(_first_line(node), str(made), filters)
        return made

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        constants = list(group)
        if self._plain_blocks:
            return super()._output_const_repr(constants)
        return repr(tuple((one.piece.line, one.piece.text, one.piece.filters) for one in constants))

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if not self._plain_blocks:
            self.write(f"(({_first_line(node)}, ")
            self._shown.add(id(node))
        super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        super()._output_child_post(node, frame, finalize)
        if not self._plain_blocks:
            self.write(f", {_filters(node)!r}),)")

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        """Begin to output what a call, filter or recursive loop collected: a piece of the line where it begins."""
        super().start_write(frame, node)
        self.write("environment.plain(" if self._plain_blocks else f"(({node.lineno if node else 0}, str(")

    def end_write(self, frame: Frame) -> None:
        """End what ``start_write`` began."""
        self.write(")" if self._plain_blocks else "), ()),)")
        super().end_write(frame)

    def simple_write(self, s: str, frame: Frame, node: nodes.Node | None = None) -> None:
        """Output the pieces that a block yields where it is, in a frame that collects."""
        CodeGenerator.start_write(self, frame, node)
        self.write(f"concat([{s}])" if self._plain_blocks else s)
        CodeGenerator.end_write(self, frame)

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's name
        """Call what may be a macro: its result is plain text unless it is output."""
        is_shown = forward_caller or id(node) in self._shown
        self.write("" if is_shown else "environment.plain(")
        super().visit_Call(node, frame, forward_caller=forward_caller)
        self.write("" if is_shown else ")")

    def visit_AssignBlock(self, node: nodes.AssignBlock, frame: Frame) -> None:  # noqa: N802
        """Collect the text of a variable."""
        self._plain_blocks += 1
        super().visit_AssignBlock(node, frame)
        self._plain_blocks -= 1

    def visit_FilterBlock(self, node: nodes.FilterBlock, frame: Frame) -> None:  # noqa: N802
        """Collect the text for a filter with its pieces, and give the filter the plain text."""
        inner = frame.inner()
        inner.symbols.analyze_node(node)
        self.enter_frame(inner)
        self.buffer(inner)
        self.blockvisit(node.body, inner)
        inside = self.temporary_identifier()
        self.writeline(f"{inside} = concat({inner.buffer})")
        self.writeline(f"{inner.buffer} = [environment.plain({inside})]")  # where the base class's method looks
        self.start_write(frame, node)
        self.write("" if self._plain_blocks else f"environment.filtered({inside}, ")
        self.visit_Filter(node.filter, inner)
        self.write("" if self._plain_blocks else f", {node.lineno}, {_filters(node.filter)!r})")
        self.end_write(frame)
        self.leave_frame(inner)

    def macro_body(self, node: nodes.Macro | nodes.CallBlock, frame: Frame) -> Any:
        """Generate the body of a macro, whose text is collected with its pieces wherever the macro is."""
        blocks, self._plain_blocks = self._plain_blocks, 0
        found = super().macro_body(node, frame)
        self._plain_blocks = blocks
        return found


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
