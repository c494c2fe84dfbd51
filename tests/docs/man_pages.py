"""The man pages, made from the same code as the reference of commands; ``tables`` writes them to ``docs/man/man1``.

Format: man(7), https://man7.org/linux/man-pages/man7/man.7.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from generator import __version__
from generator.cli import app

from . import reference

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/man/man1"
_MADE = '.\\" Made by python -m tests.docs.tables --write; edit the code instead.'
_EXIT_CODES = re.compile(r"## Exit codes\n\n\| code \| meaning \|\n\| --- \| --- \|\n((?:\|.*\|\n)+)")
_FILES = (
    ("scaffold.yaml", "the spec of a unit, which is the folder that holds it"),
    ("scaffold.lock", "the last generated files of a unit; commit it"),
    (".scaffold/config.yaml", "the config: defaults for all specs, and settings of the repository"),
    (".scaffold/templates/NAME/", "a template of the repository"),
)


def man_pages() -> dict[str, str]:
    """Return the man page of the program and of each command, by file name."""
    group: Any = typer.main.get_command(app._app(()))
    pages = {"scaffold.1": _program(group)}
    for words, command in _commands(group):
        pages[f"scaffold-{'-'.join(words)}.1"] = _page(words, command)
    return pages


def _commands(group: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words; those of a group too."""
    for name in group.commands if above else app.command_names():
        command = group.commands[name]
        yield (*above, name), command
        if getattr(command, "commands", None):
            yield from _commands(command, (*above, name))


def _program(group: Any) -> str:
    listed = [
        line
        for words, command in _commands(group)
        for line in (".TP", f".BR {_text('-'.join(('scaffold', *words)))} (1)", _text(_summary(command)))
    ]
    files = [line for path, about in _FILES for line in (".TP", f".I {_text(path)}", _text(about))]
    return _joined(
        _head("scaffold"),
        (".SH NAME", f"scaffold \\- {_text(group.help.rstrip('.'))}"),
        (".SH SYNOPSIS", ".B scaffold", ".RI [ OPTIONS ]", ".I COMMAND", ".RI [ ARGUMENT ...]"),
        (".SH OPTIONS", *_options(group)),
        (".SH COMMANDS", *listed),
        (".SH FILES", *files),
        (".SH EXIT STATUS", *_exit_codes()),
    )


def _page(words: tuple[str, ...], command: Any) -> str:
    page = "-".join(("scaffold", *words))
    arguments = [one.make_metavar(_context(command)) for one in command.params if one.param_type_name == "argument"]
    synopsis = [f".B scaffold {_text(' '.join(words))}", ".RI [ OPTIONS ]", *(f".I {_text(one)}" for one in arguments)]
    examples = [one.strip() for one in (command.epilog or "").split("\n")[2:]]
    shown = (".SH EXAMPLES", ".EX", *(_text(one) for one in examples), ".EE") if examples else ()
    return _joined(
        _head(page),
        (".SH NAME", f"{_text(page)} \\- {_text(_summary(command).rstrip('.'))}"),
        (".SH SYNOPSIS", *synopsis),
        (".SH DESCRIPTION", *_paragraphs(command.help)),
        (".SH OPTIONS", *_options(command)),
        shown,
        (".SH EXIT STATUS", *_exit_codes()),
        (".SH SEE ALSO", ".BR scaffold (1)"),
    )


def _head(name: str) -> tuple[str, ...]:
    # Neither justified nor hyphenated: long options are words that cannot be broken.
    return (_MADE, f'.TH {_text(name.upper())} 1 "" "scaffold {__version__}" "User commands"', ".ad l", ".nh")


def _options(command: Any) -> Iterator[str]:
    for one in command.params:
        if getattr(one, "hidden", False) or one.name == "help" or not one.help:
            continue
        default = reference.default_of(one).replace("\\|", "|").strip("`")
        yield from (".TP", f".B {_text(reference.names_of(one, command).replace(chr(92) + '|', '|'))}")
        yield _text(one.help)
        if default:
            yield _text(f"Default: {default}.")


def _exit_codes() -> Iterator[str]:
    """Yield the exit codes as docs/user/commands.md has them."""
    found = _EXIT_CODES.search((ROOT / "docs/user/commands.md").read_text("utf-8"))
    assert found is not None, "docs/user/commands.md has no table of exit codes"
    for row in found[1].strip().split("\n"):
        code, meaning = (cell.strip() for cell in row.strip("|").split("|"))
        yield from (".TP", f".B {_text(code)}", _text(meaning.replace("`", "")))


def _summary(command: Any) -> str:
    return " ".join(str(command.help).split("\n\n")[0].split())


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (".P", _text(" ".join(paragraph.split())))


def _context(command: Any) -> Any:
    return command.make_context(command.name, [], resilient_parsing=True)


def _text(text: str) -> str:
    """Return text with what is special to roff escaped."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    plain = plain.replace("'", "\\(aq").replace("`", "\\(ga").replace('"', "\\(dq").replace("…", "\\[u2026]")
    plain = plain.replace("|", "|\\:")  # a line may break after it
    return f"\\&{plain}" if plain.startswith(".") else plain


def _joined(*sections: tuple[str, ...]) -> str:
    return "".join(f"{line}\n" for section in sections for line in section)
