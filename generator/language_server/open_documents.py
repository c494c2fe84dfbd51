"""The documents that an editor has open, and the folders of its workspace. Addresses are the client's: untrusted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOCAL = frozenset({"", "localhost"})


@dataclass(frozen=True)
class OpenDocument:
    """A document as the editor has it; ``path`` is None for one that is not a file on this machine."""

    uri: str
    version: int
    text: str
    path: Path | None


@dataclass
class OpenDocuments:
    """The open documents by their addresses, and the folders of the workspace, none if the client named none."""

    each: dict[str, OpenDocument] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)

    def put(self, uri: str, version: int | None, text: str) -> OpenDocument:
        """Keep a document that was opened or changed."""
        known = self.each.get(uri)
        path = known.path if known else local_path(uri)
        # Half of a pair of surrogates, which no file can have, has the same length as what replaces it.
        found = OpenDocument(uri, version or 0, text.encode("utf-8", "replace").decode(), path)
        self.each[uri] = found
        return found

    def add_folders(self, uris: Iterable[str]) -> None:
        """Add folders to the workspace."""
        self.folders |= {one for uri in uris if (one := local_path(uri))}

    def remove_folders(self, uris: Iterable[str]) -> None:
        """Remove folders from the workspace."""
        self.folders -= {one for uri in uris if (one := local_path(uri))}

    def is_outside(self, path: Path) -> bool:
        """Tell whether a file is in no folder of the workspace, so that nothing around it is to be read."""
        return bool(self.folders) and not any(path.is_relative_to(one) for one in self.folders)

    def texts(self) -> dict[Path, str]:
        """Return the texts of the documents that are files."""
        return {one.path: one.text for one in self.each.values() if one.path}


def local_path(uri: str) -> Path | None:
    """Return the path of an address (RFC 8089), None for anything but a file on this machine."""
    try:
        parts = urlsplit(uri)
        path = unquote(parts.path, "utf-8", "surrogateescape")
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in _LOCAL or not path.startswith("/") or "\0" in path:
        return None
    return Path(os.path.normpath(f"/{path.lstrip('/')}"))
