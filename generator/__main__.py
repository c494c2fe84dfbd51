"""Start of the command: answers ``--version`` without loading the rest, then hands over to the CLI."""

from __future__ import annotations

import sys

from . import __version__


def main() -> None:
    """Run scaffold with the arguments of the process and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        print(f"scaffold {__version__}")
        return
    from .cli import run  # noqa: PLC0415 - start-up time is a feature

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
