"""The lock of a unit, ``scaffold.lock``: the last generated files, to distinguish edits from drift.

Format 1, JSON with one text line per line and keys in this order:

- ``format`` 1; ``inputs`` one half of the digest of all inputs of rendering, and one half of a digest of that and of
  ``files``, so that a lock put together from two says so (``is_whole``); ``spec`` the digest of the spec's bytes;
- ``tool`` the version that wrote it, with ``+merged.1`` if it settled a conflict and would equal a side of it;
  ``template`` its ``name`` and ``version``;
- ``files``, by path: ``path``, ``origin`` (the path in the template), ``mode`` (octal), ``digest`` of the text,
  and ``text`` as the list of its lines, which are joined by newlines.

Digests (``digests``) save time and prove nothing: the text is authoritative.
A lock is untrusted input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any

from . import __version__, schema
from .digests import parts_digest, text_digest
from .errors import Invalid, Problem, invalid
from .printable import shell_word
from .schema_words import name_of, show
from .strict_json import load_strict
from .tree import file_fault, folded, is_storable, owner_folder, unit_fault, workflow_of
from .yaml import parse_one

FORMAT = 1
_KEYS = frozenset({"format", "inputs", "spec", "tool", "template", "files"})
_TEMPLATE_KEYS = frozenset({"name", "version"})
_FILE_KEYS = frozenset({"path", "origin", "mode", "digest", "text"})
_MODES = ("644", "755")  # a tuple: the value looked up may be an unhashable list
_DIGEST = re.compile(r"[0-9a-f]{40}")
MAX_PARTS = 1_000_000  # maps and lists that parsing may create; brackets in texts count too
MAX_FILES = 2_000  # of a unit; a template has 200 at most
_NO_FILES = "[]\n}"  # how a lock without files ends
_HALF = 20  # characters of ``inputs``
_MERGED = "0" * 40  # the ``inputs`` of a lock that is merged from others: no inputs have this digest
_SHOWN = 10  # of the paths that a lock must not name; each costs a search of the text
CONFLICT_HINT = "resolve the conflicts in its spec and files, if any, then run scaffold regenerate"
_AGAIN = "restore it from git (git checkout -- {0}), or delete it and run scaffold regenerate"


@dataclass(frozen=True, slots=True)
class Locked:
    """A file as generated."""

    text: str
    origin: str
    mode: int
    digest: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The last generated files of a unit, by path in its tree."""

    inputs: str
    spec: str
    template: str
    version: int
    files: Mapping[str, Locked]
    tool: str = field(default=__version__, compare=False)

    @property
    def is_merged(self) -> bool:
        """Whether it was merged from others, and has to be rendered whatever its inputs."""
        return self.inputs == _MERGED

    @property
    def is_whole(self) -> bool:
        """Whether its parts belong together: as one run wrote them, and not as a merge by line joins two locks."""
        return self.inputs == _sealed(self.inputs, self.files) and all(
            text_digest(one.text) == one.digest for one in self.files.values()
        )

    @property
    def within_folder(self) -> Lock:
        """The lock without the workflow, which is outside of the unit's folder."""
        return replace(self, files={path: one for path, one in self.files.items() if not path.startswith("/")})

    def is_made_from(self, inputs: str) -> bool:
        """Tell whether these inputs have rendered it, so that rendering them again would change nothing."""
        return self.inputs[:_HALF] == inputs[:_HALF] and self.is_whole

    def written(self, files: Mapping[str, Locked], tool: str = __version__) -> Lock:
        """Return this lock with the files that its inputs have rendered."""
        return Lock(_sealed(self.inputs, files), self.spec, self.template, self.version, files, tool)


def merged_lock(like: Lock, spec: str, tool: str, files: Mapping[str, Locked]) -> Lock:
    """Return the lock of a template's version with files merged from other locks, which no inputs have rendered.

    ``spec`` is the digest of the spec of all of them, ``""`` if they differ.
    """
    return Lock(_MERGED, spec or _MERGED, like.template, like.version, files, tool)


def _sealed(inputs: str, files: Mapping[str, Locked]) -> str:
    half = inputs[:_HALF]
    parts = (f"{path}\0{one.origin}\0{one.mode}\0{one.digest}" for path, one in sorted(files.items()))
    return half + parts_digest(half.encode(), *(one.encode("utf-8", "surrogateescape") for one in parts))[:_HALF]


def lock_text(lock: Lock) -> str:
    """Return a lock as text."""
    data = {
        "format": FORMAT,
        "inputs": lock.inputs,
        "spec": lock.spec,
        "tool": lock.tool,
        "template": {"name": lock.template, "version": lock.version},
        "files": [],
    }
    head = json.dumps(data, indent=1, ensure_ascii=False)
    if not lock.files:
        return f"{head}\n"
    files = ",\n".join(_file_text(path, one) for path, one in sorted(lock.files.items()))
    return f"{head.removesuffix(_NO_FILES)}[\n{files}\n ]\n}}\n"


def _file_text(path: str, one: Locked) -> str:
    """Return a file in a lock as text, as json with an indent of 1 writes it, which takes twice the time."""
    values = {"path": path, "origin": one.origin, "mode": f"{one.mode:o}", "digest": one.digest}
    keys = [f'   "{key}": {encode_basestring(value)},\n' for key, value in values.items()]
    lines = ",\n    ".join(map(encode_basestring, one.text.split("\n")))
    return f'  {{\n{"".join(keys)}   "text": [\n    {lines}\n   ]\n  }}'


def parse_lock(text: str, path: str, unit: str) -> Lock:
    """Return the lock in ``text``. Raises Invalid, at ``path``, if it is broken, newer, or names other units' paths.

    Accepts only what ``lock_text`` writes: the same keys, each with a value of its type and form.
    """
    hint = _AGAIN.format(shell_word(path))
    if is_marked(text):
        line = text[: text.find("<<<<<<< ")].count("\n") + 1
        raise invalid(path, "has merge conflict markers", CONFLICT_HINT, line=line, column=1)
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise invalid(path, f"has more than {MAX_PARTS} brackets and braces", hint, line=1, column=1)
    try:
        data = load_strict(text)
    except json.JSONDecodeError as error:
        raise invalid(path, f"is not JSON: {error.msg}", hint, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError) as error:
        raise invalid(path, f"is broken: {_first_line(error)}", hint, line=1, column=1) from None
    found: Any = data.get("format") if isinstance(data, dict) else None
    if not _is_count(found) or found < 1:
        raise invalid(path, "is not a lock: it has no valid format", hint, line=1, column=1)
    if found > FORMAT:
        message = f"has format {show(found)}, newer than {FORMAT}"
        raise invalid(path, message, "install a newer scaffold", line=1, column=1)
    try:
        lock = _lock(data, escaped="\\u" in text)
    except _Wrong as error:
        line, column = _place(text, path, error.where)
        message = f"is broken: {name_of(error.where)} {error.what}"
        raise invalid(path, message, hint, line=line, column=column) from None
    workflow = workflow_of(former_folder(lock, unit) or unit)
    bad = [(one, fault) for one in lock.files if (fault := _fault(one, unit, workflow))]
    problems = [
        Problem(path, _line_of(text, one), 1, f"names {one!r}, which {fault}", hint) for one, fault in bad[:_SHOWN]
    ]
    if len(bad) > _SHOWN:
        problems.append(Problem(path, 1, 1, f"names {len(bad) - _SHOWN} more paths that are not allowed", hint))
    if problems:
        raise Invalid(problems)
    if len(lock.files) > MAX_FILES:
        raise invalid(path, f"names {len(lock.files)} files, more than {MAX_FILES}", hint, line=1, column=1)
    return lock


def former_folder(lock: Lock, unit: str) -> str:
    """Return the folder that a unit had when its lock was written, or ``""`` for its present one, or if unknown.

    Only a workflow tells: its first line names the unit's spec, and its file name follows from that folder.
    """
    for path in lock.files:
        if path.startswith("/"):
            folder = owner_folder(lock.files[path].text)
            if folder not in {"", unit} and workflow_of(folder) == path and not unit_fault(folder):
                return folder
    return ""


def is_marked(text: str) -> bool:
    """Tell whether the text of a lock has conflict markers of git. In JSON, no line can begin like one."""
    return "\n<<<<<<< " in text or text.startswith("<<<<<<< ")


class _Wrong(Exception):  # noqa: N818 - caught by ``parse_lock``, which knows the text
    """A value of a lock that ``lock_text`` cannot have written: its path, and the message."""

    def __init__(self, where: list[Any], what: str) -> None:
        super().__init__()
        self.where = where
        self.what = what


def _lock(data: Any, *, escaped: bool) -> Lock:
    """Return the lock from ``data``; ``escaped``: texts may have characters that no file can store."""
    _check_keys(data, _KEYS, [])
    _check_keys(data["template"], _TEMPLATE_KEYS, ["template"])
    _check(isinstance(data["tool"], str), ["tool"], "is not text")
    name, version, listed = data["template"]["name"], data["template"]["version"], data["files"]
    named = isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name)
    _check(bool(named), ["template", "name"], "is not the name of a template")
    _check(_is_count(version), ["template", "version"], "is not a non-negative integer")
    _check(isinstance(listed, list), ["files"], "is not a list")
    _check_digest(data["inputs"], ["inputs"])
    _check_digest(data["spec"], ["spec"])
    files: dict[str, Locked] = {}
    taken: set[str] = set()
    for number, one in enumerate(listed):
        where: list[Any] = ["files", number]
        _check_keys(one, _FILE_KEYS, where)
        path = one["path"]
        if not isinstance(path, str):
            raise _Wrong([*where, "path"], "is not text")
        files[path] = _locked(one, where)
        taken.add(folded(path))
        if len(taken) != number + 1:
            raise _Wrong([*where, "path"], "is duplicated")
        if escaped:
            for key, text in (("path", path), ("origin", one["origin"]), ("text", files[path].text)):
                _check(is_storable(text), [*where, key], "has a character that cannot be stored in a file")
    return Lock(data["inputs"], data["spec"], name, version, files, data["tool"])


def _locked(one: Mapping[str, Any], where: list[Any]) -> Locked:
    """Return one file of a lock. A run has thousands: the valid case allocates nothing else."""
    lines, mode, digest_of, origin = one["text"], one["mode"], one["digest"], one["origin"]
    if not isinstance(lines, list) or not lines:
        raise _Wrong([*where, "text"], "is not a list of lines")
    try:
        text = "\n".join(lines)
    except TypeError:
        wrong = next(number for number, line in enumerate(lines) if not isinstance(line, str))
        raise _Wrong([*where, "text", wrong], "is not text") from None
    if text.count("\n") != len(lines) - 1:
        raise _Wrong([*where, "text"], "has a line with a line break in it")
    if not isinstance(origin, str):
        raise _Wrong([*where, "origin"], "is not text")
    if mode not in _MODES:
        raise _Wrong([*where, "mode"], 'is neither "644" nor "755"')
    if not isinstance(digest_of, str) or not _DIGEST.fullmatch(digest_of):
        raise _Wrong([*where, "digest"], "is not a digest")
    return Locked(text, origin, int(mode, 8), digest_of)


def _check(holds: bool, where: list[Any], what: str) -> None:
    if not holds:
        raise _Wrong(where, what)


def _check_keys(value: Any, wanted: frozenset[str], where: list[Any]) -> None:
    if isinstance(value, dict) and value.keys() == wanted:
        return
    _check(isinstance(value, dict), where, "is not a map")
    missing = sorted(wanted - value.keys())
    _check(not missing, where, f"has no {', '.join(missing)}")
    unknown = min(value.keys() - wanted)
    raise _Wrong([*where, unknown], "is an unknown key")


def _check_digest(value: Any, where: list[Any]) -> None:
    _check(isinstance(value, str) and bool(_DIGEST.fullmatch(value)), where, "is not a digest")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31  # a bool is an int, but not a number


def _place(text: str, path: str, where: list[Any]) -> tuple[int, int]:
    """Return line and column of a value; JSON is YAML, and the YAML parser knows positions."""
    try:
        return schema.position(parse_one(text, path), where)
    except Invalid:
        return 1, 1


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).partition("\n")[0][:200]


def _fault(path: str, unit: str, workflow: str) -> str:
    if path.startswith("/"):
        return "" if path == workflow else "does not belong to this unit"
    return file_fault(unit, path)


def _line_of(text: str, path: str) -> int:
    return text[: max(text.find(json.dumps(path, ensure_ascii=False)), 0)].count("\n") + 1
