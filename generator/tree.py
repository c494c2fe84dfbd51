"""Trees of text files, and what a path in one may look like.

A tree maps a relative path, with ``/``, to text. Bytes that are not UTF-8 are kept as surrogate escapes, so that
reading and writing a file that nobody understands changes nothing. A path that begins with ``/`` belongs to the root
of the repository, any other one to the unit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

Tree = Mapping[str, str]

MAX_FILE_BYTES = 4 * 1024 * 1024
SPEC_NAME = "scaffold.yaml"
LOCK_NAME = "scaffold.lock"
DOT_DIR = ".scaffold"
WORKFLOWS = ".github/workflows"
CI = ".github"  # the unit of the repository's own workflows
OWNER_LINE = "# Made from "


def decode(data: bytes) -> str:
    """Return bytes of a file as text; bytes that are not UTF-8 survive the way back."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Return the text of a file as the bytes it was read from."""
    return text.encode("utf-8", "surrogateescape")


@lru_cache(maxsize=65536)
def path_fault(path: str) -> str:
    """Return why ``path`` may not name a file of the repository, or ``""``.

    Refuses absolute paths, ``.`` and ``..``, empty parts, control characters, back slashes, git's own folder in every
    spelling that a file system takes for it, and names that no file system keeps.
    """
    if not path or path.startswith("/") or "\\" in path:
        return "is not a relative path with forward slashes"
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in path):
        return "contains a control character"
    if len(path.encode("utf-8", "surrogateescape")) > 1024:
        return "is longer than 1024 bytes"
    for part in path.split("/"):
        if part in {"", ".", ".."}:
            return "has a part that is empty, '.' or '..'"
        if len(part.encode("utf-8", "surrogateescape")) > 255:
            return "has a part longer than 255 bytes"
        plain = "".join(c for c in part if unicodedata.category(c) != "Cf").casefold().rstrip(". ")
        if plain in {".git", "git~1"} or plain.startswith(".git:"):
            return "leads into git's own folder"
        if part[-1] in ". " or ":" in part:
            return "has a part that not every system can store"
    return ""


def join(unit: str, path: str) -> str:
    """Return the path below the root of ``path`` in the tree of the unit at ``unit`` (``"."`` is the root)."""
    if path.startswith("/"):
        return path[1:]
    return path if unit in {"", "."} else f"{unit}/{path}"


def owner_of(workflow: str) -> str:
    """Return the spec that a workflow's first line names as its owner, or ``""``.

    The whole of the line behind ``# Made from``, which may have blanks, or one word of it.
    """
    line = workflow.removeprefix("\ufeff").partition("\n")[0].rstrip("\r")
    whole = [line.removeprefix(OWNER_LINE)] if line.startswith(OWNER_LINE) else []
    named = (one for one in (*whole, *line.split()) if one.rpartition("/")[2] == SPEC_NAME)
    return next((one for one in named if not path_fault(one)), "")


def workflow_of(unit: str) -> str:
    """Return the one path outside its folder that a unit may own, as a path of its tree."""
    return f"/{WORKFLOWS}/{unit.replace('/', '-')}.yaml"
