"""Entry point: answers ``--version`` without loading the rest, then starts the CLI."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from . import __version__

# Objects allocated between two garbage collections. Loading modules creates many objects that stay alive: with Python's
# default of 700 the collector takes 20 of the 300 ms of new-service.
_OBJECTS = 20_000


def main() -> None:
    """Run scaffold with the arguments of the process and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        try:
            os.write(1, f"scaffold {__version__}\n".encode())
        except OSError:
            pass  # the command line reports it as for every command
        else:
            return
    code = _run()
    gc.freeze()  # else the interpreter searches all objects for cycles once more when it exits
    sys.exit(code)


def _run() -> int:
    gc.set_threshold(_OBJECTS)
    try:
        from .cli import run  # noqa: PLC0415 - start-up time is a feature

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before or after the command itself, which prints the same words
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        return 130


if __name__ == "__main__":
    main()
