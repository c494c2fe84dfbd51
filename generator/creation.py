"""Declarations of the commands that create units: their options, spec edits, and the consequences of a new unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

Where = tuple[Any, ...]  # the path of a value in a spec: keys and item numbers


@dataclass(frozen=True)
class NewUnit:
    """A unit to be created: its values, and the places of its spec that the user gave.

    ``maker`` takes lines and returns the spec of another unit that generated a file with all of them, or ``""``.
    """

    values: Mapping[str, Any]
    given: frozenset[Where]
    maker: Callable[..., str]


@dataclass(frozen=True)
class Consequences:
    """The consequences of creating a unit: values to set in its spec, and notes for the user."""

    changes: Mapping[Where, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """A value from the command line: its place in the spec, and its option."""

    where: Where
    value: Any
    option: str


@dataclass(frozen=True)
class Folder:
    """A unit's folder before a command changes it: its path, whether it is new, the spec's data, the config's defaults.

    ``read`` returns the text of a file in it, or None.
    """

    path: str
    is_new: bool
    spec: Mapping[str, Any]
    defaults: Mapping[str, Any]
    read: Callable[[str], str | None]


@dataclass(frozen=True)
class Missing:
    """A missing value to ask for: its option, the message and hint if it cannot be asked, and the question.

    An optional value is only asked for on a terminal, and its answer may be empty.
    """

    option: str
    message: str
    hint: str
    question: str
    optional: bool = False


class SpecEdit:
    """An edit of a spec by options that set more than single values. The base class changes nothing."""

    def missing(self, folder: Folder) -> Sequence[Missing]:
        """Return the values to ask for before the edit can be applied."""
        return ()

    def answered(self, folder: Folder, answers: Mapping[str, str]) -> SpecEdit:
        """Return the edit completed with the answers, by question; an answer can make another value missing."""
        return self

    def put(self, folder: Folder, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[tuple[Where, str]]]:
        """Return a spec's data with the edit applied, and the option of each changed place. Raises Invalid."""
        return data, ()


@dataclass(frozen=True)
class Option:
    """An option of a command that creates units, or its argument if ``flags`` does not begin with a dash.

    ``where`` is the place of its value in the spec; without it the command's ``read`` handles the value.
    """

    flags: str
    help: str
    where: Where = ()
    type: type = str  # or int, or bool for a flag
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    default: str | None = None  # the default, as shown in the help
    question: str = ""  # asked on a terminal; the option is required
    repeats: bool = False
    is_path: bool = False  # may be a path relative to the working directory: its folder is the unit's

    @property
    def name(self) -> str:
        """The option's name in messages."""
        return self.flags.partition("/")[0]

    @property
    def key(self) -> str:
        """The key of its value among the command's values."""
        key = self.name.lstrip("-").replace("-", "_").lower()
        return f"{key}_" if iskeyword(key) else key


@dataclass(frozen=True)
class FileGiven:
    """A file that an option names: its path as shown, its text, and the values of the command's options, by key."""

    path: str
    text: str
    asked: Mapping[str, Any]


@dataclass(frozen=True)
class TakenValue:
    """A value that a command takes from a file: its place in the spec, and its line in the file."""

    where: Where
    value: Any
    line: int


@dataclass(frozen=True)
class FromFile:
    """What a command takes from a file: values of its options by key, values of the spec, and notes for the user.

    An option of the command line replaces a value of either. A value that the template refuses is left out.
    ``absent`` says of options by key why the file has no value for them.
    """

    answers: Mapping[str, Any]
    values: tuple[TakenValue, ...]
    notes: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileOption:
    """How a command takes values from a file: the option that names the file, and the function that reads it.

    ``paths`` are the places of values that are paths relative to the file, and become relative to the unit.
    """

    key: str
    read: Callable[[FileGiven], FromFile]
    paths: frozenset[Where] = frozenset()


@dataclass(frozen=True)
class FurtherQuestion:
    """A question for a value that is not required: the key of its option, or one for other questions to depend on.

    ``default`` is what an empty answer means, as it is shown; ``choices`` are all answers that are possible.
    """

    key: str
    question: str
    default: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command that creates units of a template. Its first option is its argument, the name of the unit, with a
    question or a default.

    ``folder`` returns the default folder of a unit by its name. ``read`` takes the given values by option key and
    returns those to set in the spec, except those with a ``where``; it raises Invalid. ``edit`` changes more than
    single values; a command with it edits an existing spec without ``--update``.

    ``file`` is the option whose file has values. Where something required is asked for, ``further`` has the questions
    for the rest: it takes the values and answers so far, an empty one as ``""``, and the values that the spec inherits,
    and returns the next question, or None.
    """

    summary: str
    folder: Callable[[str], str]
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Sequence[Given]] = lambda _given: ()
    edit: Callable[[Mapping[str, Any]], SpecEdit] | None = None
    file: FileOption | None = None
    further: Callable[[Mapping[str, Any], Mapping[str, Any]], FurtherQuestion | None] | None = None
