"""Start of the command: hands over to the CLI."""

from __future__ import annotations

import sys


def main() -> None:
    """Run scaffold with the arguments of the process and exit with its code."""
    from .cli import run  # noqa: PLC0415 - start-up time is a feature

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
