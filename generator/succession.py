"""What other units need of a unit that is removed, and how one of them provides it instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RemovedUnit:
    """A unit that is removed: the files that it generated, by path.

    ``generating`` takes lines and returns the units that stay and generated a file with all of them, sorted.
    ``has_object`` tells whether any other file of the repository has an object of this kind and name.
    """

    files: Mapping[str, str]
    generating: Callable[..., list[str]]
    has_object: Callable[[str, str], bool]


@dataclass(frozen=True)
class SharedNeed:
    """What units need that only the removed one provided: its name in messages, the units, and the values by path that
    let one of them provide it, if they are set in its spec.
    """

    what: str
    units: tuple[str, ...]
    changes: Mapping[tuple[str, ...], Any]
