"""What a template declares about creating its units: the command with its options, and what follows from a new unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Where = tuple[Any, ...]  # keys and numbers that lead to a value of a spec


@dataclass(frozen=True)
class NewUnit:
    """A unit that is about to be created: its values, and the places of its spec that the user gave.

    ``maker`` returns the spec of another unit that made a file with all the lines it is called with, or ``""``.
    """

    values: Mapping[str, Any]
    given: frozenset[Where]
    maker: Callable[..., str]


@dataclass(frozen=True)
class Consequences:
    """What follows from creating a unit: values to set in its spec, and notes for the user."""

    changes: Mapping[Where, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """A value from the command line: where it goes in the spec, and the option that it came from."""

    where: Where
    value: Any
    option: str


@dataclass(frozen=True)
class Folder:
    """A unit's folder as a command finds it: its path, whether it is new, its spec's data, and the config's defaults.

    ``read`` returns the text of a file in it, or None.
    """

    path: str
    is_new: bool
    spec: Mapping[str, Any]
    defaults: Mapping[str, Any]
    read: Callable[[str], str | None]


@dataclass(frozen=True)
class Missing:
    """What a command has to ask for: the option that would give it, what is missing, the remedy, and the question."""

    option: str
    message: str
    hint: str
    question: str


class SpecEdit:
    """What options put into a spec that is more than single values. This one puts nothing."""

    def missing(self, folder: Folder) -> Sequence[Missing]:
        """Return what has to be asked for before it can be put."""
        return ()

    def answered(self, folder: Folder, answers: Sequence[str]) -> SpecEdit:
        """Return the edit with the answers to what is missing."""
        return self

    def put(self, folder: Folder, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[tuple[Where, str]]]:
        """Return a spec's data with the edit in it, and which option each place comes from. Raises Invalid."""
        return data, ()


@dataclass(frozen=True)
class Option:
    """An option of a command that creates units, or its argument where ``flags`` does not begin with a dash.

    ``where`` is the place of its value in the spec; without one the command's ``read`` does something with it.
    """

    flags: str
    help: str
    where: Where = ()
    type: type = str  # or int, or bool for one without a value
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    default: str | None = None  # what holds without it, as help shows it
    question: str = ""  # it cannot be missing: what a terminal is asked
    repeats: bool = False
    is_path: bool = False  # may be a path from where the user is: its folder is the unit's

    @property
    def name(self) -> str:
        """The option as messages name it."""
        return self.flags.partition("/")[0]

    @property
    def key(self) -> str:
        """The name of its value among those of the command."""
        return self.name.lstrip("-").replace("-", "_").lower()


@dataclass(frozen=True)
class Command:
    """A command that creates units of a template. Its first option is its argument, the name of the unit, with a
    question or a default.

    ``folder`` returns the usual folder of a unit by its name. ``read`` takes the values that were given by the keys of
    their options and returns what they put into the spec, apart from those that have a ``where``; it raises Invalid. An
    ``edit`` is for more than single values; such a command edits a spec that is there without ``--update``.
    """

    summary: str
    folder: Callable[[str], str]
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Sequence[Given]] = lambda _given: ()
    edit: Callable[[Mapping[str, Any]], SpecEdit] | None = None
