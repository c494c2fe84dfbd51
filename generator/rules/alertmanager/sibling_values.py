"""Files of values that are merged, by the names that such files usually have."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..rule import Scope

# Values of all environments, by the usual names, and environments whose values are merged over them.
SHARED = ("base", "common", "default", "defaults", "shared", "global", "all")
_ENVIRONMENTS = (
    *("prod", "production", "staging", "stage", "stg", "dev", "development", "test", "testing", "qa", "uat"),
    *("preprod", "sandbox", "local", "ci", "override", "overrides", "secret", "secrets"),
)
_SECRETS = ("secret", "secrets")
_ENCRYPTED = ("enc", "sops", "dec")
_SUFFIXES = frozenset((*SHARED, *_ENVIRONMENTS, *_ENCRYPTED))
_VALUES = re.compile(r"values(?:[-._][\w.-]+)?\Z|[\w.-]+[-._]values\Z")


@dataclass(frozen=True)
class _Places:
    """Where the files of values of the run are: those with a usual name by folder, folders by the names in them, and
    by such a name and their parent folder.
    """

    usual: Mapping[str, set[str]] = field(default_factory=dict)
    folders: Mapping[str, set[str]] = field(default_factory=dict)
    below: Mapping[tuple[str, str], set[str]] = field(default_factory=dict)


def has_siblings(path: str, scope: Scope) -> bool:
    """Return whether files with the usual names of values that are merged with these exist.

    ``app.yaml`` is merged with ``app-prod.yaml`` and with ``secrets.yaml`` beside it, and with ``base/app.yaml``.
    """
    folder, name = posixpath.split(path)
    stem, ending = posixpath.splitext(name)
    if any(scope.exists(one) for one in _neighbours(folder, stem, ending) if one != path):
        return True
    if any(_is_values(one, scope) for one in _companions(folder, stem, ending) if one != path):
        return True
    places = _places(scope)
    return bool(
        (_VALUES.match(stem) and places.usual.get(folder, set()) - {path})
        or _base_folders(folder) & places.folders.get(name, set())
        or places.below.get((name, folder))
        or (_is_shared(folder) and places.below.get((name, posixpath.dirname(folder)), set()) - {folder})
    )


def _places(scope: Scope) -> _Places:
    if "sibling_values.places" not in scope.memo:
        usual: dict[str, set[str]] = {}
        folders: dict[str, set[str]] = {}
        below: dict[tuple[str, str], set[str]] = {}
        for one in scope.files:
            if one.family == "values":
                folder, name = posixpath.split(one.path)
                folders.setdefault(name, set()).add(folder)
                if folder:
                    below.setdefault((name, posixpath.dirname(folder)), set()).add(folder)
                if _VALUES.match(posixpath.splitext(name)[0]):
                    usual.setdefault(folder, set()).add(one.path)
        scope.memo["sibling_values.places"] = _Places(usual, folders, below)
    found: _Places = scope.memo["sibling_values.places"]
    return found


def _base_folders(folder: str) -> set[str]:
    """Return the folders whose values those of a folder override: the one above, and shared ones beside it."""
    if not folder:
        return set()
    above = posixpath.dirname(folder)
    return {above, *(posixpath.join(above, one) for one in SHARED)} - {folder}


def _is_shared(folder: str) -> bool:
    return posixpath.basename(folder) in SHARED


def _companions(folder: str, stem: str, ending: str) -> Iterator[str]:
    """Yield the paths of values that may be merged with those of any file, by its name: of an environment, and secret
    ones, which are often encrypted.
    """
    for mark in "-._":
        yield from (posixpath.join(folder, f"{stem}{mark}{one}{ending}") for one in _SUFFIXES)
        base, _, last = stem.rpartition(mark)
        if base and last in _SUFFIXES:
            yield posixpath.join(folder, base + ending)
    for one in _SECRETS:
        yield from (
            posixpath.join(folder, f"{one}{more}{ending}") for more in ("", *(f".{each}" for each in _ENCRYPTED))
        )


def _is_values(path: str, scope: Scope) -> bool:
    """Return whether a file is one of values, as far as the run knows it."""
    known = scope.by_path.get(path)
    return known is not None and known.family == "values"


def _neighbours(folder: str, stem: str, ending: str) -> Iterator[str]:
    if stem == "values":
        stems = [f"values{mark}{one}" for one in (*SHARED, *_ENVIRONMENTS) for mark in "-._"]
        above = [posixpath.join("..", one, "values") for one in ("", *SHARED)]
    elif _VALUES.match(stem):
        stems, above = ["values", *(f"values-{one}" for one in SHARED)], []
    elif stem in _ENVIRONMENTS or stem in SHARED:
        stems, above = ["values", *SHARED, *(_ENVIRONMENTS if stem in SHARED else ())], []
    else:
        return
    for one in (*stems, *(above if folder else ())):
        yield posixpath.normpath(posixpath.join(folder, one + ending))
