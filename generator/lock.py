"""The lock of a unit, ``scaffold.lock``: what was generated last time, so that an edit is told from drift.

Format 1, JSON with one text line per line and keys in this order:

- ``format`` 1; ``inputs`` the digest of everything that rendering read; ``spec`` the digest of the spec's bytes;
- ``tool`` the version that wrote it; ``template`` its ``name`` and ``version``;
- ``files``, by path: ``path``, ``origin`` (the path in the template), ``mode`` (octal), ``digest`` of the text,
  and ``text`` as the list of its lines, which are joined by newlines.

Digests are BLAKE2b with 20 bytes, in hexadecimal. They save time and prove nothing: what counts is the text.
A lock is untrusted input.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import __version__
from .errors import Invalid, Problem, invalid
from .tree import LOCK_NAME, SPEC_NAME, path_fault, workflow_of

FORMAT = 1
MAX_BYTES = 16 * 1024 * 1024
_AGAIN = "restore it from git (git checkout -- {0}), or delete it and run scaffold regenerate"


@dataclass(frozen=True, slots=True)
class Locked:
    """One file as it was generated."""

    text: str
    origin: str
    mode: int
    digest: str


@dataclass(frozen=True, slots=True)
class Lock:
    """What was generated last time, by path in the unit's tree."""

    inputs: str
    spec: str
    template: str
    version: int
    files: Mapping[str, Locked]


def digest(*parts: bytes) -> str:
    """Return one digest over parts, so that no two lists of parts share one."""
    state = hashlib.blake2b(digest_size=20)
    for part in parts:
        state.update(f"{len(part)}:".encode() + part)
    return state.hexdigest()


def text_digest(text: str) -> str:
    """Return the digest of a file's text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()


def dump(lock: Lock) -> str:
    """Return a lock as text."""
    files = [
        {
            "path": path,
            "origin": one.origin,
            "mode": f"{one.mode:o}",
            "digest": one.digest,
            "text": one.text.split("\n"),
        }
        for path, one in sorted(lock.files.items())
    ]
    data = {
        "format": FORMAT,
        "inputs": lock.inputs,
        "spec": lock.spec,
        "tool": __version__,
        "template": {"name": lock.template, "version": lock.version},
        "files": files,
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read(text: str, path: str, unit: str) -> Lock:
    """Return the lock in ``text``. Raises Invalid, at ``path``, if it is broken, newer, or reaches out of ``unit``."""
    hint = _AGAIN.format(path)
    if "\n<<<<<<< " in text or text.startswith("<<<<<<< "):
        line = text[: text.find("<<<<<<< ")].count("\n") + 1
        how = f"take either side (git checkout --ours -- {path}) and run scaffold regenerate"
        raise invalid(path, "holds the markers of a merge conflict", how, line=line, column=1)
    try:
        data = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise invalid(path, f"is not JSON: {error.msg}", hint, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"is broken: {error}", hint, line=1, column=1) from None
    if not isinstance(data, dict) or not isinstance(data.get("format"), int) or isinstance(data["format"], bool):
        raise invalid(path, "is no lock: it does not say its format", hint, line=1, column=1)
    if data["format"] > FORMAT:
        raise invalid(
            path, f"has format {data['format']}, newer than {FORMAT}", "install a newer scaffold", line=1, column=1
        )
    try:
        files = {one["path"]: _locked(one) for one in data["files"]}
        template = data["template"]
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", _text(template["name"])):
            raise ValueError("the template's name is none")
        lock = Lock(
            _text(data["inputs"]), _text(data["spec"]), _text(template["name"]), int(template["version"]), files
        )
        if len(files) != len(data["files"]):
            raise ValueError("a path is there twice")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid(
            path, f"is broken: {error if str(error) else type(error).__name__}", hint, line=1, column=1
        ) from None
    problems = [
        Problem(path, _line_of(text, one), 1, f"names {one!r}, which {fault}", hint)
        for one in files
        if (fault := _fault(one, unit))
    ]
    if problems:
        raise Invalid(problems)
    return lock


def _locked(one: Any) -> Locked:
    lines = one["text"]
    if not isinstance(one["path"], str) or not isinstance(lines, list):
        raise TypeError("a file has no path or no text")
    mode = int(one["mode"], 8)
    if mode not in {0o644, 0o755}:
        raise ValueError(f"the mode {one['mode']} is neither 644 nor 755")
    return Locked("\n".join(lines), _text(one["origin"]), mode, _text(one["digest"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be text")
    return value


def _fault(path: str, unit: str) -> str:
    if path.startswith("/"):
        return "" if path == workflow_of(unit) else "does not belong to this unit"
    if path in {SPEC_NAME, LOCK_NAME}:
        return "is the spec or the lock itself"
    return path_fault(path)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key is there twice")
    return data


def _line_of(text: str, path: str) -> int:
    return text[: max(text.find(json.dumps(path, ensure_ascii=False)), 0)].count("\n") + 1
