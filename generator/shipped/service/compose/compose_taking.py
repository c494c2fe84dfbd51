"""What is taken from a Compose file: values, notes and problems, each with its line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ....creation import TakenValue, Where
from ....errors import Problem
from ....yaml import Node, data_of
from .compose_interpolation import interpolated

_MAX_SHOWN = 80
_TRUTHS = dict.fromkeys(("true", "y", "yes", "on"), True) | dict.fromkeys(("false", "n", "no", "off"), False)
_MAX_PLAIN = 1e21  # from here on, Go writes a number with an exponent


@dataclass(frozen=True)
class ComposeTaking:
    """Collects what is taken from a file: values of the spec, notes by line, and what makes the file unusable."""

    path: str
    values: list[TakenValue] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, where: Where, value: Any, node: Node) -> None:
        """Take a value over."""
        self.values.append(TakenValue(where, value, node.line))

    def note(self, node: Node, text: str) -> None:
        """Tell something about a value."""
        self.notes.append((node.line, text))

    def left_out(self, node: Node, what: str, why: str) -> None:
        """Tell that something is not taken over, and why."""
        self.note(node, f"left out: {short_text(what)}: {why}")

    def text(self, node: Node | None) -> str | None:
        """Return the text of a scalar with its variables replaced; None for anything else, null and unset variables.

        A variable without a value is a problem, since Compose would take it from the shell.
        """
        if node is None or node.shape != "scalar" or is_null(node):
            return None
        written = scalar_text(node)
        found = interpolated(written)
        hint = "write ${NAME:-value}, or let Compose fill it in: docker compose config | scaffold … --from -"
        if not found.valid:
            message = "has a dollar sign that is not of a variable"  # the text may be a secret
            self.problems.append(Problem(self.path, node.line, node.column, message, "write $$ for a dollar sign"))
            return None
        for name in found.unset:
            message = f"the variable {name} has no value here"
            self.problems.append(Problem(self.path, node.line, node.column, message, hint))
        return None if found.unset else found.text

    def number(self, node: Node | None) -> int | None:
        """Return the whole number of a scalar, which may be text; None if it is none, or has more than nine digits."""
        text = self.text(node)
        is_number = text is not None and text.isascii() and text.isdecimal() and len(text) <= 9
        return int(text) if text is not None and is_number else None

    def truth(self, node: Node | None) -> bool | None:
        """Return the truth of a scalar, which may be text; None if it is missing or none.

        Source: compose-go, ``interpolation/interpolation.go`` of the loader (``toBoolean``).
        """
        return _TRUTHS.get((self.text(node) or "").lower())


def is_null(node: Node) -> bool:
    """Tell whether a value is null, or removed by Compose's tag ``!reset``."""
    return node.tag in {"null", "!reset"}


def scalar_text(node: Node) -> str:
    """Return a scalar as the text that Compose makes of it."""
    value = data_of(node)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _MAX_PLAIN:
        return str(int(value))
    return repr(value) if isinstance(value, int | float) else node.text


def short_text(text: str) -> str:
    """Return a text of a file as a message shows it: one line, not too long."""
    line = text.replace("\n", " ")
    return line if len(line) <= _MAX_SHOWN else f"{line[:_MAX_SHOWN]}…"
