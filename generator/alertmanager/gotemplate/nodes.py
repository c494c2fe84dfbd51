"""Nodes of a parsed template. ``at`` is an offset in its text."""

from __future__ import annotations

from dataclasses import dataclass


class TemplateError(ValueError):
    """A fault of a template and its offset."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: text, number, boolean or nil."""

    value: str | int | float | complex | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Dot:
    """``.``"""

    at: int


@dataclass(frozen=True, slots=True)
class Field:
    """``.A.B``, or the same after a variable or parentheses (``base``)."""

    names: tuple[str, ...]
    at: int
    base: Argument | None = None


@dataclass(frozen=True, slots=True)
class TemplateVariable:
    """``$x``"""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Function:
    """The name of a called function."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class PipeCommand:
    """A function, method or value with its arguments."""

    arguments: tuple[Argument, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands, each with the previous result as last argument, and the variables set to the final result."""

    commands: tuple[PipeCommand, ...]
    at: int
    variables: tuple[str, ...] = ()
    assigns: bool = False


Argument = Literal | Dot | Field | TemplateVariable | Function | Pipe


@dataclass(frozen=True, slots=True)
class Text:
    """Text between actions."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Action:
    """A pipeline whose result is printed."""

    pipe: Pipe
    at: int


@dataclass(frozen=True, slots=True)
class Branch:
    """``if``, ``with`` or ``range``."""

    word: str
    pipe: Pipe
    body: tuple[Part, ...]
    otherwise: tuple[Part, ...]
    at: int


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """``template "name" pipe``"""

    name: str
    pipe: Pipe | None
    at: int


@dataclass(frozen=True, slots=True)
class Jump:
    """``break`` or ``continue``"""

    word: str
    at: int


Part = Text | Action | Branch | TemplateCall | Jump
