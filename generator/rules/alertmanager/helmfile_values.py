"""Values files that a helmfile merges: ``values`` of a release, in order, https://helmfile.readthedocs.io/."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ... import globs
from ...errors import Invalid
from ...yaml import Node, get, items_at, parse
from ..rule import Scope

_NAMES = ("helmfile.yaml", "helmfile.yml", "helmfile.yaml.gotmpl")
_ACTION = re.compile(r"\{\{[^{}]*+\}\}")
_MAX_ENTRIES = 1_000  # of one helmfile
_MAX_ABOVE = 20  # folders


def is_listed_by_helmfile(path: str, scope: Scope) -> bool:
    """Return whether a helmfile in the folder of a file, or above it, merges the values in the file with others."""
    folder = posixpath.dirname(path)
    for _ in range(_MAX_ABOVE):
        if any(globs.matches(path, one) for one in _listed_in(folder, scope)):
            return True
        if not folder:
            return False
        folder = posixpath.dirname(folder)
    return False


def _listed_in(folder: str, scope: Scope) -> tuple[str, ...]:
    """Return the files that the helmfile of a folder merges with others, as globs: templates are wildcards."""
    known: dict[str, tuple[str, ...]] = scope.memo.setdefault("helmfile_values.listed", {})
    if folder not in known:
        paths = (posixpath.join(folder, one) for one in _NAMES)
        texts = [text for one in paths if scope.exists(one) and (text := scope.read(one))]
        found = [posixpath.normpath(posixpath.join(folder, name)) for text in texts for name in _merged(text)]
        known[folder] = tuple(dict.fromkeys(found))[:_MAX_ENTRIES]
    return known[folder]


def _merged(text: str) -> Iterator[str]:
    """Yield the files in lists of values that have more than one entry; none of a text that is not YAML yet."""
    try:
        documents = parse(text, "", several_merges=True)
    except Invalid:
        return
    for document in documents:
        shared = [each for _, one in _pairs(get(document, "templates")) for each in items_at(one, "values")]
        for release in items_at(document, "releases"):
            entries = (*items_at(release, "values"), *(shared if get(release, "inherit") or get(release, "<<") else ()))
            for one in entries if len(entries) > 1 else ():
                name = _ACTION.sub("*", one.text).removesuffix(".gotmpl") if one.shape == "scalar" else ""
                if re.search(r"\w", posixpath.splitext(name)[0]):  # else it could be any file
                    yield name


def _pairs(node: Node | None) -> tuple[tuple[Node, Node], ...]:
    return node.pairs if node is not None else ()
