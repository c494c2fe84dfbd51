"""Files in which Flux v2 moves no marker, as it reads YAML with kyaml, which is stricter than kubectl.

Sources: fluxcd/image-automation-controller 1.2, ``internal/update/filereader.go`` (a file that kyaml refuses is passed
over); sigs.k8s.io/kustomize/kyaml, ``kio/byteio_reader.go`` (the items of a list become files of their own).
"""

from __future__ import annotations

from ...finding import Finding
from ...yaml import Node, items_at, text_at
from ..rule import File

_UNWRAPPED = frozenset({"List", "ResourceList"})


def is_unwrapped(document: Node) -> bool:
    """Tell whether kyaml replaces a document by its items, if it is the only one of a file."""
    return text_at(document, "kind") in _UNWRAPPED and bool(items_at(document, "items"))


def unread_by_flux(file: File) -> Finding | None:
    """Return why Flux moves no marker of a file, with the place, or None."""
    for number, line in enumerate(file.text.removeprefix("\ufeff").split("\n"), 1):
        if line.startswith("%"):
            hint = "remove the directive (%YAML, %TAG)"
            return Finding(number, 1, "the file begins with a directive, so Flux does not read it", hint)
        if line.strip() and not line.startswith("#"):
            break
    for one in file.documents:
        if one.shape != "map" and one.tag != "null":
            hint = "move that document to another file"
            return Finding(one.line, one.column, "a document that is not a map is here, so Flux ignores the file", hint)
    if len(file.documents) == 1 and is_unwrapped(file.documents[0]):
        sort = text_at(file.documents[0], "kind")
        return Finding(1, 1, f"the file is a {sort}, in which Flux updates nothing", "write its items as documents")
    return None
