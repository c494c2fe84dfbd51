"""Start of the command: answers ``--version`` without loading the rest, then hands over to the CLI."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from . import __version__

# Objects between two looks for cycles. Loading modules makes many objects and leaves nearly all: with Python's 700 the
# collector takes 20 of the 300 ms of new-service.
_OBJECTS = 20_000


def main() -> None:
    """Run scaffold with the arguments of the process and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        try:
            os.write(1, f"scaffold {__version__}\n".encode())
        except OSError:
            pass  # the command line says so as it does for every command
        else:
            return
    code = _run()
    gc.freeze()  # the interpreter looks for cycles once more when it ends, among all objects that there are
    sys.exit(code)


def _run() -> int:
    gc.set_threshold(_OBJECTS)
    try:
        from .cli import run  # noqa: PLC0415 - start-up time is a feature

        return run(sys.argv[1:])
    except KeyboardInterrupt:  # before or after the command itself, which tells of it in the same words
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        return 130


if __name__ == "__main__":
    main()
