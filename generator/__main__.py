"""Entry point: answers ``--version`` without loading the rest, then starts the CLI."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from contextlib import suppress

from . import __version__

# Objects allocated between two garbage collections. Loading modules creates many objects that stay alive: with Python's
# default of 700 the collector takes 20 of the 300 ms of new-service.
_OBJECTS = 20_000
_INTERRUPTED = 130


def main() -> None:
    """Run scaffold with the arguments of the process and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        try:
            os.write(1, f"scaffold {__version__}\n".encode())
        except OSError:
            pass  # the command line reports it as for every command
        else:
            return
    interrupted: list[bool] = []
    atexit.register(_leave, interrupted)  # first, so that it is called last
    code = _run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run is done: the interpreter ends within milliseconds
    interrupted += [True] * (code == _INTERRUPTED)
    gc.freeze()  # else the interpreter searches all objects for cycles once more when it exits
    sys.exit(code)


def _leave(interrupted: list[bool]) -> None:
    """End a run that was interrupted with its code.

    If the interrupt came in a text that Python executes, as to create a dataclass, the interpreter would end by SIGINT
    though the interrupt was handled (``unhandled_keyboard_interrupt`` in CPython).
    """
    if interrupted:
        os._exit(_INTERRUPTED)  # the command line has flushed its streams


def _run() -> int:
    gc.set_threshold(_OBJECTS)
    try:
        from .cli import run  # noqa: PLC0415 - start-up time is a feature

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before or after the command itself, which prints the same words
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        return _INTERRUPTED


if __name__ == "__main__":
    main()
