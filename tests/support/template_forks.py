"""Processes of a repository's templates: forks of one that is started as scaffold starts them, and has loaded all.

To load that takes most of a short run. A fork sets its limits and gives up its permissions itself, as each of these
processes does. Where these are what is tested, real processes are started (``forks.real_templates``).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from generator import foreign
from generator.foreign import worker
from generator.foreign.process import Process

from . import forks


class Loaded(Process):
    """The process that listens at ``address`` and forks; it ends when its input does, and its folder goes with it."""

    worker = __name__

    def __init__(self) -> None:
        self.address = str(Path(tempfile.mkdtemp(prefix="templates-")) / "socket")
        super().__init__()

    def _start(self) -> subprocess.Popen[bytes]:
        started = super()._start()
        assert started.stdin
        started.stdin.write(f"{self.address}\n".encode())
        started.stdin.flush()
        return started


class _Forked(Process):
    """A process of templates that is a fork of the one that listens at ``address``."""

    address = ""

    def _start(self) -> Any:
        self._command()  # asks for the working directory: what is asked of the disk stays the same
        return _Child(self.address)


class _Child:
    """What a ``Process`` uses of a ``Popen``. The fork is killed when the link to its parent closes."""

    def __init__(self, address: str) -> None:
        theirs, ours = os.pipe()
        answers, answering = os.pipe()
        self.stdin, self.stdout = os.fdopen(ours, "wb"), os.fdopen(answers, "rb")
        self._code: int | None = None
        self._link = socket.socket(socket.AF_UNIX)
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            self._link.connect(address)
            socket.send_fds(self._link, [b"<"], [theirs, answering, nothing])
            self._link.sendall(json.dumps({"arguments": [], "cwd": b"/".hex()}).encode() + b"\n")
        finally:
            for one in (theirs, answering, nothing):
                os.close(one)

    def kill(self) -> None:
        self._link.shutdown(socket.SHUT_WR)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code; raise TimeoutExpired as ``Popen`` does."""
        if self._code is None:
            self._link.settimeout(timeout)
            try:
                told = self._link.recv(20)
            except TimeoutError:
                raise subprocess.TimeoutExpired("templates", timeout or 0) from None
            self._code = int(told)
            self._link.close()
        return self._code


def serve(package: str) -> None:
    """Load what templates need, and fork for each request until the input ends. Its first line names the socket."""
    worker._load()
    address = os.read(0, 1 << 12).decode().rstrip("\n")
    forks.serve(address, os.dup(0))
    os.setsid()
    worker.serve(package)
    os._exit(0)


def use(loaded: Loaded) -> None:
    """Let this process, which is to run scaffold, have templates rendered by forks."""
    _Forked.address = loaded.address
    foreign.Process = _Forked  # type: ignore[misc]
