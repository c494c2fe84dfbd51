"""Serve an editor by the Language Server Protocol."""

from __future__ import annotations

import logging
import os

from ..errors import invalid
from .console import err

EXAMPLES = ("scaffold lsp",)
_EXTRA = "pygls"


class _ToErrors(logging.Handler):
    """Prints what is logged to stderr, escaped, since it may quote files and messages of the client."""

    def emit(self, record: logging.LogRecord) -> None:
        err(*self.format(record).rstrip("\n").split("\n"))


def run_lsp() -> int:
    """Serve an editor: findings, explanations, completion of specs (Language Server Protocol over stdio).

    Editors start it; docs/user/editors.md says how. Needs the package scaffold-config[lsp].
    """
    try:
        from ..language_server.server import serve  # noqa: PLC0415 - optional, and slow to load
    except ModuleNotFoundError as error:
        if error.name not in {_EXTRA, "lsprotocol", "cattrs"}:
            raise
        raise invalid("lsp", "needs the package pygls", "pip install 'scaffold-config[lsp]'") from None
    logging.basicConfig(handlers=[_ToErrors(logging.WARNING)], level=logging.WARNING)
    # Only the protocol is written to stdout, and read from stdin: what else is printed there goes to stderr.
    with os.fdopen(os.dup(0), "rb") as source, os.fdopen(os.dup(1), "wb") as target:
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        return serve(source, target)
