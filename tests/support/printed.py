"""Commands of scaffold in what it prints: each has to be one that it accepts.

``faults`` is applied to the output of every run that a test starts through ``Repo.run``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer

# A line that ends with a command, whole: "    keep yours: scaffold regenerate --ours=…", or the command alone.
_WHOLE = re.compile(r"^ {4}(?:[a-z][a-z ,']*: +)?(scaffold .*)$", re.MULTILINE)
# A command in a sentence: what follows it may be prose.
_WITHIN = re.compile(r"\bscaffold ((?:--?[a-z][a-z-]*(?:=\S+)? )*)([a-z][a-z0-9-]*)((?:[^\S\n]+[^\s;]+)*)")
_OPTION = re.compile(r"(?:^|\s)(--[a-z][a-z-]*)")
# What may follow the program's name in a sentence: "run scaffold in a checkout".
_PROSE = frozenset({"again", "at", "for", "from", "here", "in", "there", "with", "without"})
_ENDS = re.compile(
    r"[,;:)]|\.(?=\s|$)| (?:to|and|or|with|in|at|for|of|again|as|does|instead|there|from|here|below|says?)\b"
)


def faults(text: str) -> list[str]:
    """Return the printed commands that scaffold would refuse, each with the reason."""
    if "scaffold " not in text:
        return []
    found = []
    for line in dict.fromkeys(_WHOLE.findall(text)):
        if why := _whole_fault(line):
            found.append(f"{line}: {why}")
    for match in _WITHIN.finditer(text):
        before = text[: match.start()].rstrip()
        if why := _within_fault(match[2], match[3], is_told=before.endswith(("run", "or"))):
            found.append(f"{match[0]}: {why}")
    return found


@cache
def _group() -> Any:
    from generator.cli import app  # noqa: PLC0415 - loads every command

    return typer.main.get_command(app._app(()))


@cache
def _whole_fault(line: str) -> str:
    from generator.cli import app  # noqa: PLC0415

    try:
        words = shlex.split(line)[1:]
    except ValueError as error:
        return str(error)
    name = words[0] if words else ""
    if name not in _group().commands:
        return ""  # prose that begins with the name of the program; _within_fault knows what must be a command
    if ". " in line or line.endswith("."):
        return ""
    try:
        known = app._app((name,))
        given, _ = app._expanded(words, app._with_value(known), keep=app._has_own_verbose(words, known))
        _group().commands[name].make_context(name, given[1:])
    except app._USAGE_ERROR as error:
        return str(error.format_message())
    return ""


@cache
def _within_fault(name: str, rest: str, *, is_told: bool) -> str:
    known = _group().commands
    if name not in known:
        is_prose = name in _PROSE or not is_told
        return "" if is_prose else f"there is no command {name}"
    sentence = _ENDS.split(rest, maxsplit=1)[0]
    unknown = set(_OPTION.findall(sentence)) - set(_options(known[name]))
    return f"has no option {', '.join(sorted(unknown))}" if unknown else ""


def _options(command: Any) -> Iterator[str]:
    for one in command.params:
        yield from (*one.opts, *one.secondary_opts)
    yield from ("--help", "--verbose")
    for below in getattr(command, "commands", {}).values():
        yield from _options(below)
