"""Escape text for printing: to a terminal, to the log of a GitHub Actions runner, for a shell, as JSON.

Everything in a repository is untrusted: a name or value may contain terminal escapes, marks that change the direction
of writing, or text that a runner treats as a command. Pure, and fast to import.

Sources: https://www.unicode.org/reports/tr9/ (Bidi_Control); actions/runner, src/Runner.Common/ActionCommand.cs (what a
runner parses); actions/toolkit, packages/core/src/command.ts (how a command is written).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# A line is text, or pieces of text, each with a role that a colour may show ("" for none). Roles in FILE_TEXT are for
# lines of files, in which tabs stay tabs.
Line = str | Sequence[tuple[str, str]]
FILE_TEXT = frozenset({"text", "added", "removed", "hunk"})

_RANGES = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0x061C, 0x061C),
    (0x180E, 0x180E),
    (0x200B, 0x200B),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0xD800, 0xDFFF),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0xE0000, 0xE007F),
)
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escape(number: int) -> str:
    if number < 0x100:
        return _NAMED.get(chr(number)) or f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


_ESCAPES = {number: _escape(number) for first, last in _RANGES for number in range(first, last + 1)}
_OF_FILES = {number: escape for number, escape in _ESCAPES.items() if number != ord("\t")}


def escaped(text: str, *, of_file: bool = False) -> str:
    """Return text on one line, every control character and invisible mark escaped; with ``of_file`` tabs stay."""
    return text.translate(_OF_FILES if of_file else _ESCAPES)


def pieces(line: Line) -> list[tuple[str, str]]:
    """Return a line as escaped pieces with their roles."""
    if isinstance(line, str):
        return [("", escaped(line))]
    found = [(role, escaped(text, of_file=role in FILE_TEXT)) for role, text in line]
    if line and line[-1][0] in FILE_TEXT and line[-1][1].endswith("\r"):
        # The end of a line of a file stays, so that a diff is a patch: before a line feed it does nothing.
        found[-1] = (found[-1][0], found[-1][1].removesuffix("\\r") + "\r")
    return found


def for_runner(line: str) -> str:
    """Return an escaped line in which a runner finds no command.

    A runner treats ``::`` after leading blanks as a command, and ``##[`` anywhere.
    """
    line = line.replace("##[", "#\\x23[")
    bare = line.lstrip()
    return f"{line[: len(line) - len(bare)]}\\x3a{bare[1:]}" if bare.startswith("::") else line


@dataclass(frozen=True)
class Annotation:
    """A message that GitHub shows at a line of a file. The only runner command that scaffold prints."""

    level: Literal["error", "warning", "notice"]
    path: str
    line: int
    title: str
    message: str

    def command(self) -> str:
        """Return the workflow command, encoded as GitHub's toolkit does, with other control characters escaped."""
        place = f"file={_property(self.path)},line={max(self.line, 1)},title={_property(self.title)}"
        return f"::{self.level} {place}::{_data(self.message)}"


def _data(text: str) -> str:
    coded = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped(coded).replace("##[", "#\\x23[")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def dump_json(value: Any, *, indent: int | None = 2) -> str:
    """Return JSON in printable ASCII, safe for any terminal, log and parser: the same bytes everywhere.

    A delete character and the start of a runner command can only occur in strings, where they are escaped.
    """
    import json  # noqa: PLC0415 - start-up time is a feature

    separators = (",", ":") if indent is None else None
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=True, allow_nan=False)
    return text.replace("\x7f", "\\u007f").replace("##[", "\\u0023#[")


def shell_word(text: str) -> str:
    """Return text quoted as one literal shell word, on one line of printable characters.

    Unprintable text is written in ``$'…'``, byte by byte in octal. Source: POSIX.1-2024, Shell Command Language,
    2.2.4 Dollar-Single-Quotes; bash, zsh and ksh support it.
    """
    import shlex  # noqa: PLC0415 - start-up time is a feature

    if escaped(text) == text and "##[" not in text:
        return shlex.quote(text)
    return "$'" + "".join(_quoted(text)) + "'"


def _quoted(text: str) -> Iterator[str]:
    for char in text:
        if char in "\\'":
            yield f"\\{char}"
        elif char == "#" or ord(char) in _ESCAPES:
            yield from (f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))
        else:
            yield char


def command_line(words: Sequence[str], *options: str) -> str:
    """Return a command line quoted for a shell, with ``options`` added: before ``--``, which ends options."""
    words = list(words)
    end = words.index("--") if "--" in words else len(words)
    return " ".join(shell_word(one) for one in (*words[:end], *options, *words[end:]))
