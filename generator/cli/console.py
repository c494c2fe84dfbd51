"""The only module that prints. It escapes what it prints: text is untrusted unless its type says otherwise.

Lines (``out``, ``err``) are escaped and stay on one line; colours come from the roles of their pieces. JSON
(``out_json``), files (``out_file``) and annotations (``annotate``) have separate functions and are not escaped again.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ..printable import Annotation, Line, dump_json, escaped, for_runner, pieces

_COLOURS = {
    "added": "32",
    "removed": "31",
    "hunk": "36",
    "receiver": "32;1",
    "nobody": "33",
    "dead": "31",
    "reached": "32;1",
    "dim": "2",
    # States of files, and severities of problems.
    "clean": "32",
    "edited": "36",
    "behind": "33",
    "missing": "33",
    "orphan": "33",
    "new": "33",
    "adopted": "33",
    "reset": "33",
    "held": "33",
    "conflict": "31;1",
    "error": "31;1",
    "warning": "33;1",
    "info": "36",
}


class OutputFailed(Exception):  # noqa: N818 - a state of the user's system, not a program error
    """Output that cannot be written: the stream, and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}")


def out(*lines: Line) -> None:
    """Print results, a line each, escaped so that no terminal or runner interprets them."""
    _print("stdout", lines, colour=has_colour())


def err(*lines: Line) -> None:
    """Print messages about the run, a line each, escaped like results."""
    _print("stderr", lines, colour=has_colour("stderr"))


def out_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a result for programs, the same bytes on every system."""
    _write("stdout", f"{dump_json(value, indent=indent)}\n".encode("ascii"))


def out_file(data: bytes) -> None:
    """Print the bytes of a file unchanged, as the user requested."""
    _write("stdout", data)


def annotate(annotations: Iterable[Annotation], *, to_stderr: bool = False) -> None:
    """Print annotations for GitHub on stdout, or on stderr with ``to_stderr``."""
    text = "".join(f"{one.command()}\n" for one in annotations)
    if text:
        _write("stderr" if to_stderr else "stdout", text.encode("utf-8", "backslashreplace"))


def ask(question: str, *, optional: bool = False) -> str:
    """Print an escaped question and return the user's answer, which may be empty if optional. Raises typer.Abort."""
    import typer  # noqa: PLC0415 - start-up time is a feature

    options: dict[str, Any] = {"default": "", "show_default": False} if optional else {}
    try:
        return str(typer.prompt(_text(question, colour=False), **options))
    except typer.Abort:
        if is_terminal():
            out("")  # end the line of the question
        raise


def has_colour(name: str = "stdout") -> bool:
    """Tell whether a standard stream is a terminal that should show colours."""
    stream = getattr(sys, name)
    return (
        not in_actions()
        and stream is not None
        and stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def is_terminal() -> bool:
    """Tell whether people see stdout as it is printed."""
    return sys.stdout is not None and sys.stdout.isatty()


def is_read_as_printed() -> bool:
    """Tell whether people or a GitHub Actions runner may read stdout as it is printed: it is no file then.

    A pipe may lead to the runner's log, which has its lines as commands.
    """
    if is_terminal() or not in_actions() or sys.stdout is None:
        return is_terminal()
    return not stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)


def out_text(*lines: Line) -> None:
    """Print lines of files where they are read as they are printed; a note tells if a runner gets any escaped."""
    out(*lines)
    if in_actions() and any(_text(one, colour=False) != _plain(one) for one in lines):
        err("note: lines with control characters or commands are escaped here: redirect stdout to a file to get them")


def _plain(line: Line) -> str:
    return line if isinstance(line, str) else "".join(text for _, text in line)


def may_show_status() -> bool:
    """Tell whether stderr is a terminal on which a line can be replaced; the log of a CI run is none."""
    return (
        not os.environ.get("CI")
        and not in_actions()
        and sys.stderr is not None
        and sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
    )


def show_status(text: str) -> None:
    """Show a text on the current line of stderr, in place of the one before."""
    _write("stderr", f"\r{escaped(text)}\x1b[K".encode("utf-8", "backslashreplace"))


def clear_status() -> None:
    """Remove the text of ``show_status``."""
    _write("stderr", b"\r\x1b[K")


def in_actions() -> bool:
    """Tell whether a GitHub Actions runner reads the output."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def occupy_standard_streams() -> None:
    """Open the null device for each closed standard stream: else the next opened file would get its descriptor."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def finish() -> None:
    """Flush what libraries printed. Raises OutputFailed."""
    for name in ("stdout", "stderr"):
        _write(name, b"", missing_is_fine=True)


def give_up(name: str) -> None:
    """Discard the remaining output of a stream, so that exiting cannot fail on it."""
    stream = sys.stderr if name == "stderr" else sys.stdout
    if stream is not None:
        with suppress(OSError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)


def _print(name: str, lines: Iterable[Line], *, colour: bool) -> None:
    text = "".join(f"{_text(line, colour=colour)}\n" for line in lines)
    if text:
        _write(name, text.encode("utf-8", "backslashreplace"))


def _text(line: Line, *, colour: bool) -> str:
    parts = pieces(line)
    if colour:
        return "".join(
            f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if role in _COLOURS and text else text for role, text in parts
        )
    text = "".join(text for _, text in parts)
    return for_runner(text) if in_actions() else text


def _write(name: str, data: bytes, *, missing_is_fine: bool = False) -> None:
    """Write all data, waiting while a pipe is full; none to a pipe whose reader is gone. Raises OutputFailed."""
    stream = getattr(sys, name)
    if stream is None:
        if missing_is_fine:
            return
        raise OutputFailed(name, "is closed")
    try:
        stream.flush()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(stream.fileno(), rest) :]
            except BlockingIOError:
                _wait(stream.fileno())
    except BrokenPipeError:  # nobody wants more of it, and the run ends as it would
        give_up(name)
    except OSError as error:
        raise OutputFailed(name, error.strerror or str(error)) from None


def _wait(number: int) -> None:
    import select  # noqa: PLC0415 - only for a non-blocking pipe

    select.select([], [number], [])


def unraisable(what: Any) -> None:
    """Report an unraisable exception on one escaped line, instead of a traceback with unescaped text."""
    err(f"ignored: {type(what.exc_value).__name__}: {escaped(str(what.exc_value))}")
