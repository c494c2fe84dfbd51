"""What a shipped template may do beyond rendering, and where that is found: ``generator/shipped/NAME``.

A behaviour is data and functions; every part of it has a default that does nothing. Whoever uses one names no template:
it asks ``of`` for the behaviour of the template that a spec names. A template's module is loaded when it is asked for,
so it loads what it needs itself only in the functions that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

from . import assets
from .tree import join

if TYPE_CHECKING:  # only for those that create units
    from .creation import Command, Consequences, NewUnit

_PACKAGE = Path(__file__).resolve().parent

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
    """A file that was there before its unit: its path in the unit, and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class EndToEnd:
    """The end-to-end test that a template makes: its folder in the unit, and what decides how it is run.

    ``outward`` are the keys of a spec by which a test depends on files outside of its unit.
    """

    folder: str
    is_wanted: Callable[[Values], bool] = lambda _values: True
    plugin: Callable[[Values], str] = lambda _values: ""
    outward: tuple[str, ...] = ()

    def place(self, unit: str) -> str:
        """Return the folder of the test of a unit, below the root."""
        return unit if self.folder == "." else join(unit, self.folder)


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


def _no_paths(_config: Values) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Behaviour:
    """What a template does beyond rendering.

    ``filters``: its Jinja filters by name. ``faults``: what its values must be to each other. ``fit``: what adopting a
    file means, from the file, the values, and the data of the spec; None for no more than a merge. ``created``: what
    follows from a new unit; it raises Invalid. ``command``: the name of the command that creates units; ``declared``
    loads the rest of it. ``shared``: from the config, paths that every end-to-end test depends on. ``configuration``:
    the file of a unit that holds Alertmanager's configuration, which ``route`` reads. ``sources``: modules and folders
    of ``generator`` beside its own, ``data``: files of ``schemas``, that decide what it renders.
    """

    filters: Callable[[], Mapping[str, Callable[..., Any]]] = _no_filters
    faults: Callable[[Values], Sequence[SpecFault]] = _no_faults
    fit: Callable[[Existing, Values, Values], Fit | None] | None = None
    test: EndToEnd | None = None
    created: Callable[[NewUnit], Consequences] | None = None
    command: str = ""
    declared: Callable[[], Command] | None = None
    initial: Initial | None = None
    shared: Callable[[Values], Sequence[str]] = _no_paths
    configuration: Callable[[Values], str] | None = None
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
