"""Serve an editor by the Language Server Protocol."""

from __future__ import annotations

import logging
import os
from typing import Annotated

import typer

from ..errors import invalid
from .console import err, is_terminal

EXAMPLES = (
    "scaffold lsp",
    "scaffold lsp --stdio",
)
_OF_EXTRA = frozenset({"attrs", "cattrs", "lsprotocol", "pygls"})


class _ToErrors(logging.Handler):
    """Prints what is logged to stderr, escaped, since it may quote files and messages of the client."""

    def emit(self, record: logging.LogRecord) -> None:
        err(*self.format(record).rstrip("\n").split("\n"))


def run_lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Use stdin and stdout, as without it: some editors add it.")
    ] = False,
) -> int:
    """Serve an editor by the Language Server Protocol.

    Editors start it: they show findings, explain rules and keys, and complete specs. It needs scaffold-config[lsp].
    """
    try:
        from ..language_server.server import serve_editor  # noqa: PLC0415 - optional, and slow to load
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _OF_EXTRA:
            raise
        raise invalid("lsp", "needs the package pygls", "pip install 'scaffold-config[lsp]'") from None
    if is_terminal():
        err("note: an editor starts this, and talks to it: see docs/user/editors.md; Ctrl-C ends it")
    logging.basicConfig(handlers=[_ToErrors(logging.WARNING)], level=logging.WARNING)
    # Only the protocol is written to stdout, and read from stdin: what else is printed there goes to stderr.
    with os.fdopen(os.dup(0), "rb") as source, os.fdopen(os.dup(1), "wb") as target:
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        return serve_editor(source, target)
