"""What a shipped template may do beyond rendering, and where that is found: ``generator/shipped/NAME``.

A behaviour is data and functions; every part of it has a default that does nothing. Whoever uses one names no template:
it asks ``of`` for the behaviour of the template that a spec names. A template's module is loaded when it is asked for,
so it loads what it needs itself only in the functions that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

from . import assets

_PACKAGE = Path(__file__).resolve().parent

Where = tuple[Any, ...]  # keys and numbers that lead to a value of a spec
Values = Mapping[str, Any]


class SpecFault(NamedTuple):
    """What is wrong with the values of a spec that no schema can say: where in the spec, what, and what to do."""

    where: Sequence[Any]
    message: str
    hint: str


@dataclass(frozen=True)
class Fit:
    """Two texts: what a file that was there has of what is generated, and what it is to have; and what to tell."""

    base: str
    theirs: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Existing:
    """A file that was there before its unit: its path in the unit and below the root, and its text."""

    name: str
    path: str
    text: str


@dataclass(frozen=True)
class EndToEnd:
    """The end-to-end test that a template makes: its folder in the unit, and what decides how it is run.

    ``outward`` are the keys of a spec by which a test depends on files outside of its unit.
    """

    folder: str
    exists: Callable[[Values], bool] = lambda _values: True
    plugin: Callable[[Values], str] = lambda _values: ""
    outward: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewUnit:
    """A unit that is about to be created: its values, and the places of its spec that the user gave.

    ``maker`` returns the spec of another unit that made a file with all the lines it is called with, or ``""``.
    """

    values: Values
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
    spec: Values
    defaults: Values
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

    def put(self, folder: Folder, data: Values) -> tuple[Values, Sequence[tuple[Where, str]]]:
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
    """A command that creates units of a template. Its first option is its argument, the name of the unit.

    ``folder`` returns the usual folder of a unit by its name. ``read`` takes the values that were given by the keys of
    their options and returns what they put into the spec, apart from those that have a ``where``; it raises Invalid. An
    ``edit`` is for more than single values; such a command edits a spec that is there without ``--update``.
    """

    name: str
    summary: str
    folder: Callable[[str], str]
    options: tuple[Option, ...]
    examples: tuple[str, ...]
    read: Callable[[Values], Sequence[Given]] = lambda _given: ()
    edit: Callable[[Values], SpecEdit] | None = None


@dataclass(frozen=True)
class Initial:
    """The unit of a template that ``scaffold init`` creates: its folder, and what it needs of the config.

    ``settings`` returns the values of the config to set, by place, from the config's data (None for a new one), the
    range of versions that it requires, what ``--ci-install`` says, and the default branch. It raises Invalid. ``about``
    is the comment above them in a new config; ``note`` tells what a config leaves out.
    """

    folder: str
    settings: Callable[[Values | None, str, str | None, str], Mapping[tuple[str, ...], Any]]
    about: str
    note: Callable[[Values], str]


def _no_filters() -> Mapping[str, Callable[..., Any]]:
    return {}


def _no_faults(_values: Values) -> Sequence[SpecFault]:
    return ()


def _no_consequences(_unit: NewUnit) -> Consequences:
    return Consequences()


def _no_paths(_config: Values) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Behaviour:
    """What a template does beyond rendering.

    ``filters``: its Jinja filters by name. ``faults``: what its values must be to each other. ``fit``: what adopting a
    file means, from the file, the values, and the data of the spec; None for no more than a merge. ``created``: what
    follows from a new unit; it raises Invalid. ``shared``: from the config, paths that every end-to-end test depends
    on. ``sources``: modules and folders of ``generator`` beside its own, and ``data``: the files of ``schemas``, that
    decide what it renders.
    """

    filters: Callable[[], Mapping[str, Callable[..., Any]]] = _no_filters
    faults: Callable[[Values], Sequence[SpecFault]] = _no_faults
    fit: Callable[[Existing, Values, Values], Fit | None] | None = None
    test: EndToEnd | None = None
    created: Callable[[NewUnit], Consequences] = _no_consequences
    command: Callable[[], Command] | None = None
    initial: Initial | None = None
    shared: Callable[[Values], Sequence[str]] = _no_paths
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


NONE = Behaviour()


@cache
def names() -> tuple[str, ...]:
    """Return the names of the templates that have a behaviour: those with a module in ``generator/shipped``."""
    return tuple(sorted(one.name.replace("_", "-") for one in iter_modules([str(_PACKAGE / "shipped")])))


@cache
def of(name: str) -> Behaviour:
    """Return the behaviour of the shipped template ``name``; one that does nothing where there is none."""
    if name not in names():
        return NONE
    found: Behaviour = import_module(f"{__package__}.shipped.{_module(name)}").BEHAVIOUR
    return found


@cache
def source(name: str) -> bytes:
    """Return the sources of what decides how the behaviour renders: its modules, and what it names beside them."""
    if name not in names():
        return b""
    known = of(name)
    own = _PACKAGE / "shipped" / _module(name)
    places = [own if own.is_dir() else own.with_suffix(".py"), *(_PACKAGE / one for one in known.sources)]
    modules = (each for one in places for each in (sorted(one.rglob("*.py")) if one.is_dir() else [one]))
    return b"".join([*(one.read_bytes() for one in modules), *(assets.data_bytes(one) for one in known.data)])


def _module(name: str) -> str:
    return name.replace("-", "_")
