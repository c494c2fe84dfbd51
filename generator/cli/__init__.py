"""The command line."""

from __future__ import annotations

from collections.abc import Sequence

from .. import __version__
from .console import OutputFailed, err, finish, give_up, occupy_standard_streams, out


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; ``--version`` alone is answered without loading the rest.

    Exits with 2 if output cannot be written. If its reader is gone, the run continues without it: the code is the same.
    """
    occupy_standard_streams()
    try:
        code = _run(arguments)
        finish()
    except OutputFailed as error:
        give_up(error.name)
        return _untold(error)
    return code


def _run(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--version"]:
        out(f"scaffold {__version__}")
        return 0
    from .app import run_command  # noqa: PLC0415 - start-up time is a feature

    return run_command(arguments)


def _untold(error: OutputFailed) -> int:
    """Report output that failed, if stderr still works."""
    try:
        err(f"{error.name}: cannot be written: {error.reason}", "    free space there, or send the output elsewhere")
    except OutputFailed:
        give_up("stderr")
    return 2


__all__ = ["run"]
