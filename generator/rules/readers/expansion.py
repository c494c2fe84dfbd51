"""Expand references to variables and functions of make, as far as possible without running anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

OPEN, CLOSE = "\ue000", "\ue001"  # around the name of an unknown reference
CURDIR, HOME = "/CURDIR", "/HOME"  # placeholders for absolute directories that are not known
MAX_DEPTH = 15
MAX_OUTPUT = 100_000  # characters per text
MAX_TOTAL = 2_000_000  # characters per Makefile
_UNSAFE = re.compile(r"[^A-Za-z0-9_./,:%@*<>^?+=-]+")
_PLACES = {"CURDIR": CURDIR, "PWD": CURDIR, "HOME": HOME, "TMPDIR": "/TMPDIR", "MAKE": "make", "RM": "rm -f"}
_CLOSING = {"(": ")", "{": "}"}
_FUNCTION = re.compile(r"([a-z-]+)\s+(.*)\Z", re.S)
_ABSOLUTE_COMMANDS = re.compile(r"\s*(?:pwd|mktemp|git rev-parse --show-toplevel|realpath|readlink -f)\b")


class Expansion:
    """Resolves references by a Makefile's assignments, in order. Unknown references stay in the text, marked."""

    def __init__(self, assignments: Iterable[tuple[str, str, str]]) -> None:
        self.values: dict[str, str] = {}
        for name, flavour, value in assignments:
            if flavour == "+=" and name in self.values:
                if len(self.values[name]) <= MAX_OUTPUT:
                    self.values[name] += f" {value}"
            elif flavour == "!=":
                self.values[name] = f"$(shell {value})"
            elif flavour in {":=", "::=", ":::="} and _refers(value, name):
                self.values[name] = _put_in(value, name, self.values.get(name, ""))
            elif flavour != "?=" or name not in self.values:
                self.values[name] = value
        self._left = 0
        self._total = MAX_TOTAL

    def text(self, text: str, own: Mapping[str, str] | None = None, *, for_shell: bool = False) -> str:
        """Return ``text`` with references resolved; ``own`` are automatic and target-specific variables.

        With ``for_shell``, ``$$`` becomes the shell's ``$``; otherwise it stays, for use in recipes.
        """
        if "$" not in text:
            return text
        self._left = min(MAX_OUTPUT, self._total)
        expanded = self._expand(text, own or {}, 0)
        return expanded.replace("$$", "$") if for_shell else expanded

    def variable(self, name: str) -> str:
        """Return the value of a variable with references resolved, as ``text`` does for a reference to it."""
        value = self.values.get(name, "$")
        if "$" in value or len(value) >= min(MAX_OUTPUT, self._total) or not name.isidentifier():
            return self.text(f"$({name})")
        self._total -= len(value)
        return value

    def _expand(self, text: str, own: Mapping[str, str], depth: int) -> str:
        if "$" not in text.replace("$$", ""):  # most canned recipes: they have references of the shell alone
            return text
        parts: list[str] = []
        at = 0
        while True:
            dollar = text.find("$", at)
            if dollar < 0 or dollar + 1 >= len(text):
                parts.append(text[at:])
                break
            parts.append(text[at:dollar])
            sign = text[dollar + 1]
            if sign == "$":
                parts.append("$$")
                at = dollar + 2
                continue
            if sign in "({":
                end = _closing(text, dollar + 2, sign)
                inner, at = text[dollar + 2 : end], end + 1
            else:
                inner, at = sign, dollar + 2
            value = self._reference(inner, own, depth)
            self._left -= len(value)
            self._total -= len(value)
            parts.append(value if self._left > 0 else _mark(inner))
        return "".join(parts)

    def _reference(self, inner: str, own: Mapping[str, str], depth: int) -> str:
        if depth > MAX_DEPTH or self._left <= 0:
            return _mark(inner)
        function = _FUNCTION.match(inner)
        if function and function.group(1) in _FUNCTIONS:
            arguments = function.group(2)
            if function.group(1) == "call":
                return self._call(arguments, own, depth)
            return _FUNCTIONS[function.group(1)](self._expand(arguments, own, depth + 1), inner)
        name = self._expand(inner, own, depth + 1) if "$" in inner else inner
        if name in own:
            return self._expand(own[name], {**own, name: ""}, depth + 1)
        if name in self.values and not function:
            return self._expand(self.values[name], own, depth + 1)
        substituted = re.fullmatch(r"([^:=\s]+):([^=]*)=(.*)", name)
        if substituted and substituted.group(1) in self.values:
            return _mark(inner)
        return _PLACES.get(name) or _mark(name)

    def _call(self, arguments: str, own: Mapping[str, str], depth: int) -> str:
        name, *given = (one.strip() for one in _split(arguments))
        body = self.values.get(name)
        if body is None:
            return _mark(f"call {name}")
        numbered = {str(at): self._expand(one, own, depth + 1) for at, one in enumerate(given, 1)}
        return self._expand(body, {**own, **numbered}, depth + 1)


def unknown(text: str) -> bool:
    """Return whether a text has a reference of make, the shell or GitHub that is not resolved."""
    return OPEN in text or "$" in text or "`" in text


def is_absolute(path: str) -> bool | None:
    """Return whether a path is absolute; None if unknown."""
    if path.startswith(("/", "~", "$HOME", "${HOME}", "$PWD", "${PWD}", "$(pwd)", "`pwd`")):
        return True
    if path.startswith(("$", "`", OPEN)):
        head = path.partition(CLOSE)[0]
        return True if re.search(r"abspath|realpath|CURDIR|pwd|mktemp|TMPDIR|RUNNER_TEMP|HOME", head) else None
    return False


def _put_in(value: str, name: str, before: str) -> str:
    """Return a value with its variable's previous value inserted, or marked as unknown if the result is too long."""
    times = value.count(f"$({name})") + value.count(f"${{{name}}}")
    if len(value) + times * len(before) > 2 * MAX_OUTPUT:
        return _mark(name)
    return value.replace(f"$({name})", before).replace(f"${{{name}}}", before)


def _refers(value: str, name: str) -> bool:
    return f"$({name})" in value or f"${{{name}}}" in value


def _closing(text: str, start: int, sign: str) -> int:
    """Return the end of a reference, or the end of the text."""
    close = _CLOSING[sign]
    depth, at = 1, start
    pattern = _PAIRS[sign]
    while match := pattern.search(text, at):
        depth += -1 if match.group() == close else 1
        if not depth:
            return match.start()
        at = match.end()
    return len(text)


_PAIRS = {"(": re.compile(r"[()]"), "{": re.compile(r"[{}]")}


def _split(arguments: str) -> list[str]:
    """Split the arguments of a function at its top-level commas."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(arguments):
        depth += (char in "({") - (char in ")}")
        if char == "," and not depth:
            parts.append(arguments[start:at])
            start = at + 1
    return [*parts, arguments[start:]]


def _mark(inner: str) -> str:
    return OPEN + _UNSAFE.sub("_", inner)[:200] + CLOSE


def _shell(arguments: str, inner: str) -> str:
    if arguments.strip() == "pwd":
        return CURDIR
    if _ABSOLUTE_COMMANDS.match(arguments):
        return "/" + _mark(inner)
    return _mark(inner)


def _absolute(arguments: str, _inner: str) -> str:
    paths = arguments.split()
    return " ".join(one if one.startswith("/") else f"{CURDIR}/{one.removeprefix('./')}" for one in paths)


def _folder(arguments: str, _inner: str) -> str:
    return " ".join(one[: one.rfind("/") + 1] or "./" for one in arguments.split())


def _last_name(arguments: str, _inner: str) -> str:
    return " ".join(one.rpartition("/")[2] for one in arguments.split())


def _kept(_arguments: str, inner: str) -> str:
    return _mark(inner)


def _either(arguments: str, inner: str) -> str:
    """Return the default of ``$(or $(X),default)``."""
    parts = [one.strip() for one in _split(arguments)]
    return next((one for one in parts if one and not one.startswith(OPEN)), _mark(inner))


_FUNCTIONS: dict[str, Callable[[str, str], str]] = {
    "abspath": _absolute,
    "realpath": _absolute,
    "dir": _folder,
    "notdir": _last_name,
    "strip": lambda arguments, _inner: " ".join(arguments.split()),
    "shell": _shell,
    "or": _either,
    "call": _kept,
    **dict.fromkeys(
        (  # noqa: SIM905 - reads better than a list of quotes
            "addprefix addsuffix and basename error eval file filter filter-out findstring firstword flavor foreach if "
            "info intcmp join lastword let origin patsubst sort subst suffix value warning wildcard word wordlist words"
        ).split(),
        _kept,
    ),
}


def as_written(text: str) -> str:
    """Return text for messages: unknown references as written, without the marks."""
    return text.replace(OPEN, "$(").replace(CLOSE, ")").replace(CURDIR, "$(CURDIR)")
