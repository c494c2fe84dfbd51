"""What the units of a template can have besides files: a test, an image that they build, a unit made by ``init``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .tree import join

Values = Mapping[str, Any]


@dataclass(frozen=True)
class EndToEnd:
    """The end-to-end test that a template generates: its folder in the unit, and how it is run.

    ``outward`` are the keys of a spec that make a test depend on files outside its unit.
    """

    folder: str
    is_wanted: Callable[[Values], bool] = lambda _values: True
    plugin: Callable[[Values], str] = lambda _values: ""
    outward: tuple[str, ...] = ()

    @property
    def makefile(self) -> str:
        """Its Makefile, in the unit."""
        return join(self.folder, "Makefile")

    def place(self, unit: str) -> str:
        """Return the folder of a unit's test, relative to the root."""
        return unit if self.folder == "." else join(unit, self.folder)


class BuiltImage(NamedTuple):
    """An image that a unit builds: its name with registry, without tag, and the folder with its Dockerfile."""

    name: str
    folder: str


@dataclass(frozen=True)
class ImageBuild:
    """How the units of a template build an image: ``of`` returns it from the values and the folder of a unit.

    ``key`` is the key of a spec without which nothing is built, ``names`` the other keys that it depends on.
    """

    key: str
    names: tuple[str, ...]
    of: Callable[[Values, str], BuiltImage | None]


@dataclass(frozen=True)
class Initial:
    """The unit of a template that ``scaffold init`` creates: its folder, and the config values that it needs.

    ``is_wanted`` returns whether a repository with a config needs it, and ``values`` the values of its spec, from the
    default branch. ``settings`` returns the config values to set, by path, from the config's data (None for a new
    one), the version range that it requires, the value of ``--ci-install``, and the default branch. It raises Invalid.
    ``about`` is the comment above them in a new config; ``note`` names what a config leaves out.
    """

    folder: str
    settings: Callable[[Values | None, str, str | None, str], Mapping[tuple[str, ...], Any]] = lambda *_: {}
    about: str = ""
    note: Callable[[Values], str] = lambda _config: ""
    is_wanted: Callable[[Values], bool] = lambda _config: True
    values: Callable[[str], Values] = lambda _branch: {}
