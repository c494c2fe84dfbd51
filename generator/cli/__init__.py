"""The command line."""

from __future__ import annotations

from collections.abc import Sequence

from .. import __version__
from .console import OutputFailed, err, finish, give_up, occupy_standard_streams, out


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code; ``--version`` alone is answered without loading the rest.

    Exits with 1 if the reader of the output is gone, and with 2 if output cannot be written.
    """
    occupy_standard_streams()
    try:
        code = _run(arguments)
        finish()
    except BrokenPipeError:
        give_up("stdout")
        give_up("stderr")
        return 1
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
    except (OutputFailed, BrokenPipeError):
        give_up("stderr")
    return 2


__all__ = ["run"]
