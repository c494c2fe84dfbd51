"""The interface of template behaviours, which ``generator/shipped/NAME`` implements, and their registry.

A behaviour is data and functions; every part of it has a default that does nothing. Callers name no template: they ask
``of`` for the behaviour of the template that a spec names. A template's module is loaded on demand, and imports heavy
dependencies only in the functions that need them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

from . import assets
from .errors import Invalid
from .template_features import EndToEnd, ImageBuild, Initial
from .unfit import Unfit, UnitTexts

if TYPE_CHECKING:  # only for commands that create units
    from .adoptable import ManifestAdoption
    from .creation import Command, Consequences, NewUnit
    from .succession import RemovedUnit, SharedNeed

_PACKAGE = Path(__file__).resolve().parent

Values = Mapping[str, Any]


class SpecFault(NamedTuple):
    """A fault of a spec's values: the path of the value, the message and the hint.

    ``at_key``: it is about the key at that path, not its value.
    """

    where: Sequence[Any]
    message: str
    hint: str
    at_key: bool = False


@dataclass(frozen=True)
class Fit:
    """The adoption of an existing file: the generated part that it has, the text that it should have, and notes."""

    base: str
    theirs: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Existing:
    """A file that existed before its unit: its path in the unit, and its text."""

    path: str
    text: str


@dataclass(frozen=True)
class Update:
    """A change to an existing file: its path in the unit, its text, and its merged text, None if there are conflicts.

    ``base`` is the text that was generated last, None for a file that existed before its unit, and ``theirs`` the one
    generated now. ``merge`` merges three texts, base, ours and theirs, with what the user settled. If the unit
    generates a part of the file, the texts are those of the part, and ``around`` is that of FilePart. ``is_final``:
    the merged text is what the user asked for, and is only checked. ``is_trial``: nothing is written, and only what no
    option accepts is a problem.
    """

    path: str
    base: str | None
    ours: str
    theirs: str
    merged: str | None
    merge: Callable[[str, str, str], str | None]
    around: Callable[[str], str] = lambda text: text
    is_final: bool = False
    is_trial: bool = False


@dataclass(frozen=True)
class Checked:
    """A checked update: the text to write, and notes on its consequences.

    ``instead``: the generated text to merge for the conflicts to show, of which the update cannot be made without the
    user; nothing is written then.
    """

    text: str
    notes: tuple[str, ...] = ()
    instead: str | None = None


@dataclass(frozen=True)
class FilePart:
    """The part of a file that a unit generates, if the rest of the file is not the unit's.

    ``text`` is the part, or the whole file if the part is merged in it; ``around`` converts a generated text to how it
    is in ``text``, and ``put`` returns the file with another ``text``, whose lines begin after line ``line`` of the
    file. ``encoded``: the file has the part in another form at line ``line``, such as base64, which nobody can read
    there. ``fit`` adopts it, as ``Behaviour.fit`` adopts a whole file.
    """

    text: str
    around: Callable[[str], str]
    put: Callable[[str], str]
    line: int = 0
    encoded: bool = False
    fit: Callable[[], Fit | None] | None = None

    def line_of(self, line: int) -> int:
        """Return the line of the file that has a line of the part."""
        return self.line if self.encoded else self.line + line

    def checked(self, check: Callable[[Update], Checked | None], update: Update) -> Checked | None:
        """Return what a check finds in a change of the part. Raises Invalid with places in the file."""
        try:
            return check(replace(update, around=self.around))
        except Invalid as error:
            moved = [replace(one, line=self.line_of(one.line)) if one.line else one for one in error.problems]
            raise Invalid(moved) from error


def _no_filters() -> Mapping[str, Callable[..., Any]]:
    return {}


def _no_faults(_values: Values) -> Sequence[SpecFault]:
    return ()


def _no_faults_in(_values: Values, _unit: str) -> Sequence[SpecFault]:
    return ()


def _no_object_faults(_values: Values, _tree: Mapping[str, str], _kubernetes: str) -> Sequence[SpecFault]:
    return ()


def _no_paths(_config: Values) -> Sequence[str]:
    return ()


def _no_reason(_path: str, _values: Values, _said: Values) -> str:
    return ""


def _usual_places(_values: Values) -> Mapping[str, str]:
    return {}


def _none_absent(_values: Values) -> Collection[str]:
    return ()


def _no_remarks(_values: Values, _base: Mapping[str, str], _ours: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    return {}


@dataclass(frozen=True)
class Behaviour:
    """What a template does beyond rendering.

    ``filters``: its Jinja filters by name. ``faults``: cross-checks of its values; ``faults_in``: those that depend on
    the unit's folder; ``object_faults``: those that only the rendered files show, in a version of Kubernetes. ``fit``:
    how to adopt an existing file, from the file, the values and the spec's data; None for a plain merge. ``update``:
    checks a change to an existing file, from the values, the spec's data, and whether the user accepts its
    consequences; None for any other file. It raises Invalid. ``part``: the part of a file that a unit generates, from
    its path, its text, None if it is missing, the values and the spec's data; None for a file that is generated as a
    whole. ``remarks``: notes on files, by path in the unit, from the values, the last generated files and the present
    ones; only called if the unit is rendered. ``unfit``: values on disk that do not fit what is generated now, from the
    values and the texts; only called if the unit is rendered and has edits.
    ``names_in_file``: keys of a spec whose values may be names that only an existing file defines; ``part`` then checks
    the file, also if nothing changed that is rendered.
    ``overriding``: keys of a spec whose items override its other values, so that a null in them has a meaning.
    ``fragments``: keys with fields of generated objects, in which a null removes a field.
    ``absent``: the usual paths of files that render to nothing with the values, so that they need not be rendered.
    ``places``: the paths of generated files that are elsewhere, by their usual path, from the values, whose checks make
    sure that a unit may own them. ``adoption``: loads how a unit is made of manifests that exist.
    ``missing``: why a file that was generated before and is missing is not written again without the user's consent,
    from its path, the values and the spec's data; ``""`` if it is, because all of it is generated.
    ``image``: the image that its units build. ``created``: the consequences of a new unit; it raises Invalid.
    ``needed``: what only a removed unit provided, and other units need.
    ``command``: the name of the command that creates units; ``declared`` loads the rest of it. ``shared``: paths, from
    the config, that every end-to-end test depends on. ``configuration``: the file of a unit that has Alertmanager's
    configuration, for ``route``. ``sources``: further modules and folders of ``generator``, and ``data``: files of
    ``schemas``, that affect what it renders. ``example``: a line of a spec, for the comment about defaults in a new
    config. ``copied``: keys that the example spec of a copy of the template has besides those that the schema requires.
    """

    filters: Callable[[], Mapping[str, Callable[..., Any]]] = _no_filters
    faults: Callable[[Values], Sequence[SpecFault]] = _no_faults
    faults_in: Callable[[Values, str], Sequence[SpecFault]] = _no_faults_in
    object_faults: Callable[[Values, Mapping[str, str], str], Sequence[SpecFault]] = _no_object_faults
    fit: Callable[[Existing, Values, Values], Fit | None] | None = None
    update: Callable[[Update, Values, Values, bool], Checked | None] | None = None
    part: Callable[[str, str | None, Values, Values], FilePart | None] | None = None
    names_in_file: tuple[str, ...] = ()
    missing: Callable[[str, Values, Values], str] = _no_reason
    remarks: Callable[[Values, Mapping[str, str], Mapping[str, str]], Mapping[str, Sequence[str]]] = _no_remarks
    unfit: Callable[[Values, UnitTexts], Sequence[Unfit]] | None = None
    overriding: tuple[str, ...] = ()
    fragments: tuple[str, ...] = ()
    absent: Callable[[Values], Collection[str]] = _none_absent
    places: Callable[[Values], Mapping[str, str]] = _usual_places
    adoption: Callable[[], ManifestAdoption] | None = None
    test: EndToEnd | None = None
    image: ImageBuild | None = None
    created: Callable[[NewUnit], Consequences] | None = None
    needed: Callable[[RemovedUnit], Sequence[SharedNeed]] | None = None
    command: str = ""
    declared: Callable[[], Command] | None = None
    initial: Initial | None = None
    shared: Callable[[Values], Sequence[str]] = _no_paths
    configuration: Callable[[Values], str] | None = None
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    example: str = ""
    copied: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nullable(self) -> Mapping[str, bool]:
        """The keys in whose maps a null has a meaning, and whether it has one as a value of the map itself too."""
        return {**dict.fromkeys(self.overriding, False), **dict.fromkeys(self.fragments, True)}

    def may_name(self, text: str) -> bool:
        """Return whether a spec may have a key of ``names_in_file``; ``text`` is its own and that of its defaults."""
        return any(one in text for one in self.names_in_file)

    def all_faults(self, unit: str) -> Callable[[Values], Sequence[SpecFault]]:
        """Return the cross-checks of the values of a unit."""
        return lambda values: [*self.faults(values), *self.faults_in(values, unit)]


NONE = Behaviour()


@cache
def names() -> tuple[str, ...]:
    """Return the names of the templates that have a behaviour: those with a module in ``generator/shipped``."""
    return tuple(sorted(one.name.replace("_", "-") for one in iter_modules([str(_PACKAGE / "shipped")])))


@cache
def of(name: str) -> Behaviour:
    """Return the behaviour of the shipped template ``name``; for any other name, one that does nothing."""
    if name not in names():
        return NONE
    found: Behaviour = import_module(f"{__package__}.shipped.{_module(name)}").BEHAVIOUR
    return found


@cache
def source(name: str) -> bytes:
    """Return the sources that affect what the behaviour renders: its modules, ``sources`` and ``data``."""
    if name not in names():
        return b""
    known = of(name)
    own = _PACKAGE / "shipped" / _module(name)
    places = [own if own.is_dir() else own.with_suffix(".py"), *(_PACKAGE / one for one in known.sources)]
    modules = (each for one in places for each in (sorted(one.rglob("*.py")) if one.is_dir() else [one]))
    return b"".join([*(one.read_bytes() for one in modules), *(assets.data_bytes(one) for one in known.data)])


def _module(name: str) -> str:
    return name.replace("-", "_")
