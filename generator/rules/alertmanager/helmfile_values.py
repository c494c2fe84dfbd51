"""Values files that a helmfile merges: ``values`` of a release, in order, then ``secrets``, then ``set``.

Source: https://helmfile.readthedocs.io/, and ``pkg/state`` of https://github.com/helmfile/helmfile.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ... import globs
from ...errors import Invalid
from ...yaml import Node, expand, get, items_at, pairs_at, parse, text_at, walk_nodes
from ..rule import Scope

_NAMES = ("helmfile.yaml", "helmfile.yml", "helmfile.yaml.gotmpl")
_ACTION = re.compile(r"\{\{[^{}]*+\}\}")
_MAX_ENTRIES = 1_000  # of one helmfile
_MAX_ABOVE = 20  # folders
_MAX_ENVIRONMENTS = 100
_ENVIRONMENT = re.compile(r"\{\{-?\s*+\.Environment\.Name\s*+-?\}\}")
# Actions that give a text for one scalar. Any other may add files, or whole releases, even in a comment.
_PLAIN_ACTION = re.compile(r"\{\{-?\s*+(?:\.[\w.]++|(?:env|requiredEnv)\s++\"\w++\")\s*+(?:\|\s*+quote\s*+)?-?\}\}")
# Fields of a release beside which its values are those of ``values`` and ``set``.
_FIELDS = frozenset(
    "name namespace chart version labels values set setString installed missingFileHandler createNamespace wait "  # noqa: SIM905
    "waitForJobs waitRetries timeout atomic cleanupOnFail force historyMax needs skipDeps skipRefresh verify keyring "
    "disableValidation disableOpenAPIValidation disableValidationOnInstall recreatePods kubeContext devel".split()
)
_STATE = ("bases", "hooks", "chart")  # of a helmfile that may change the values of its releases
_SKIPPING = frozenset({"Warn", "Info", "Debug"})  # values of missingFileHandler


@dataclass(frozen=True)
class HelmfileRelease:
    """A release in one environment, if all of its values are known.

    ``helmfile`` is the path of the helmfile, ``chart`` as it is written there. ``values`` are paths of files, and maps
    in the helmfile, the first below the others; ``filled`` are the paths of values that are set besides.
    """

    helmfile: str
    chart: str
    values: tuple[str | Node, ...]
    filled: tuple[str, ...]


def is_listed_by_helmfile(path: str, scope: Scope, *, alone: bool = False) -> bool:
    """Return whether a helmfile in the folder of a file, or above it, merges the values in the file with others.

    With ``alone`` also whether it uses them without others.
    """
    return any(
        (alone or several) and globs.matches(path, glob)
        for folder in _above(path)
        for glob, several in _listed_in(folder, scope)
    )


def helmfile_releases(path: str, scope: Scope) -> Iterator[HelmfileRelease]:
    """Yield the releases that use a file, of helmfiles in its folder and above."""
    for folder in _above(path):
        yield from (one for one in _releases_in(folder, scope) if path in one.values)


def _above(path: str) -> Iterator[str]:
    for _ in range(_MAX_ABOVE):
        path = posixpath.dirname(path)
        yield path
        if not path:
            return


def _texts(folder: str, scope: Scope) -> Iterator[tuple[str, str]]:
    for path in (posixpath.join(folder, one) for one in _NAMES):
        if scope.exists(path) and (text := scope.read(path)):
            yield path, text


def _listed_in(folder: str, scope: Scope) -> tuple[tuple[str, bool], ...]:
    """Return the files that the helmfile of a folder uses, as globs, with whether it merges them with others.

    Templates are wildcards.
    """
    known: dict[str, tuple[tuple[str, bool], ...]] = scope.memo.setdefault("helmfile_values.listed", {})
    if folder not in known:
        found = [
            (posixpath.normpath(posixpath.join(folder, name)), several)
            for path, text in _texts(folder, scope)
            for name, several in _used(_documents(text, path))
        ]
        known[folder] = tuple(dict.fromkeys(found))[:_MAX_ENTRIES]
    return known[folder]


def _documents(text: str, path: str) -> tuple[Node, ...]:
    """Return the documents of a helmfile; none of a text that is not YAML yet."""
    try:
        return parse(text, path, several_merges=True)
    except Invalid:
        return ()


def _used(documents: Sequence[Node]) -> Iterator[tuple[str, bool]]:
    for document in documents:
        shared = [each for _, one in pairs_at(document, "templates") for each in items_at(one, "values")]
        for release in items_at(document, "releases"):
            entries = (*items_at(release, "values"), *(shared if get(release, "inherit") or get(release, "<<") else ()))
            for one in entries:
                name = _ACTION.sub("*", one.text).removesuffix(".gotmpl") if one.shape == "scalar" else ""
                if re.search(r"\w", posixpath.splitext(name)[0]):  # else it could be any file
                    yield name, len(entries) > 1


def _releases_in(folder: str, scope: Scope) -> tuple[HelmfileRelease, ...]:
    known: dict[str, tuple[HelmfileRelease, ...]] = scope.memo.setdefault("helmfile_values.releases", {})
    if folder not in known:
        found = [each for path, text in _texts(folder, scope) for each in _releases(path, text, scope)]
        known[folder] = tuple(found[:_MAX_ENTRIES])
    return known[folder]


def _releases(path: str, text: str, scope: Scope) -> Iterator[HelmfileRelease]:
    if "{{" in _PLAIN_ACTION.sub("", text):
        return
    try:
        documents = expand(_documents(text, path), path)
    except Invalid:
        return
    lists = [one for one in documents if get(one, "releases") is not None]
    if len(lists) != 1 or any(_may_change_values(one) for one in documents):
        return
    names = [key.text for one in documents for key, _ in pairs_at(one, "environments")]
    skipping = any(text_at(one, "missingFileHandler") in _SKIPPING for one in documents)
    for release in items_at(lists[0], "releases"):
        if not _is_plain(release):
            continue
        by_name = any(_ENVIRONMENT.search(one.text) for one in items_at(release, "values"))
        for name in dict.fromkeys(names[:_MAX_ENVIRONMENTS] if by_name else ("",)):
            values = _values(release, posixpath.dirname(path), name, scope, skipping=skipping)
            if values is not None:
                filled = tuple(text_at(one, "name") for key in ("set", "setString") for one in items_at(release, key))
                yield HelmfileRelease(path, text_at(release, "chart"), values, filled)


def _may_change_values(document: Node) -> bool:
    """Return whether values may come from elsewhere, or not be used as they are."""
    defaults = get(document, "helmDefaults")
    arguments = [one.text for key in ("args", "syncArgs") for one in items_at(defaults, key)]
    return (
        any(get(document, key) is not None for key in _STATE)
        or any(get(defaults, key) is not None for key in ("postRenderer", "reuseValues"))
        or any(re.match(r"-f|--values|--set|--post", one) for one in arguments)
    )


def _is_plain(release: Node) -> bool:
    installed = get(release, "installed")
    return (
        {key.text for key, _ in release.pairs} <= _FIELDS
        and (installed is None or installed.text == "true")
        and "{{" not in text_at(release, "chart")
        and all(
            get(one, "value") is not None and text_at(one, "name") and "{{" not in text_at(one, "name")
            for key in ("set", "setString")
            for one in items_at(release, key)
        )
    )


def _values(
    release: Node, folder: str, environment: str, scope: Scope, *, skipping: bool
) -> tuple[str | Node, ...] | None:
    """Return the values of a release in an environment; None if they are not known, or a file is missing."""
    skipping = skipping or text_at(release, "missingFileHandler") in _SKIPPING
    found: list[str | Node] = []
    for one in items_at(release, "values"):
        if one.shape == "map" and not any(each.shape == "scalar" and "{{" in each.text for each in walk_nodes(one)):
            found.append(one)
            continue
        name = _ENVIRONMENT.sub(environment, one.text) if environment else one.text
        if one.shape != "scalar" or not re.fullmatch(r"[\w.@+\-][\w.@+\-/ ]*+(?<!\.gotmpl)", name):
            return None  # an address, a glob, a template, or nothing
        path = posixpath.normpath(posixpath.join(folder, name))
        if scope.exists(path):
            found.append(path)
        elif not skipping:
            return None
    return tuple(found)
