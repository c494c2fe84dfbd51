"""The parent's side of the template process: sends requests and reads answers, each a line of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import disk
from .limits import MAX_SECONDS, MEMORY_EXIT, MEMORY_MIB, SECONDS

_START_SECONDS = 60.0
_MAX_ANSWER = 64 * 1024 * 1024
_CHUNK = 1 << 16
_TOO_LONG = f"needs more than {SECONDS} s for this spec"
_PACKAGE = Path(__file__).resolve().parent.parent
# Modules are loaded from this process's paths, never from the working directory.
_RUN = "import sys; sys.path[:0] = sys.argv[2:]; from {} import serve; serve(sys.argv[1])"


class Stopped(Exception):  # noqa: N818 - a state of the user's input
    """No answer; the text is the predicate for the template, such as ``ended its process``."""


class Process:
    """A running worker; ``seconds`` is the duration of the last request. Raises Stopped or OSError on failure."""

    worker = f"{_PACKAGE.name}.foreign.worker"

    def __init__(self) -> None:
        self._popen = self._start()
        self.seconds = 0.0
        try:
            for pipe in (self._popen.stdin, self._popen.stdout):
                os.set_blocking(pipe.fileno(), False)  # type: ignore[union-attr]
            self._exchange(b"", time.monotonic() + _START_SECONDS)
        except BaseException:
            self.end()
            raise

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a request. Raises Stopped if none comes in time; the process is then unusable."""
        begun = time.monotonic()
        try:
            line = self._exchange(json.dumps(request).encode() + b"\n", begun + MAX_SECONDS)
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise Stopped("cannot receive the spec's values, or ended its process") from None
        finally:
            self.seconds = time.monotonic() - begun
        if not isinstance(answer, dict):
            raise Stopped("ended its process")
        return answer

    def end(self) -> None:
        """Kill the process."""
        with contextlib.suppress(OSError):
            self._popen.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self._popen.wait()

    def _command(self) -> list[str]:
        """Return the command of an interpreter for the module ``worker``."""
        here = os.path.realpath(".") if disk.exists(".") else ""
        paths = [one for one in sys.path if os.path.isabs(one) and os.path.realpath(one) != here]  # noqa: PTH117
        command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _RUN.format(self.worker)]
        return [*command, str(_PACKAGE.parent), str(_PACKAGE.parent), *paths]

    def _start(self) -> subprocess.Popen[bytes]:
        """Start an interpreter, which has nothing of this process but the paths of modules."""
        return subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    def _exchange(self, data: bytes, end: float) -> bytes:
        """Write a request and read a line."""
        reading, writing = self._popen.stdout, self._popen.stdin
        parts: list[bytes] = []
        size, waiting = 0, memoryview(data)
        with selectors.DefaultSelector() as selector:
            selector.register(reading, selectors.EVENT_READ)  # type: ignore[arg-type]
            if data:
                selector.register(writing, selectors.EVENT_WRITE)  # type: ignore[arg-type]
            while True:
                left = end - time.monotonic()
                ready = selector.select(left) if left > 0 else []
                if not ready:
                    raise Stopped(_TOO_LONG)
                for key, _ in ready:
                    if key.fileobj is writing:
                        waiting = waiting[self._write(waiting) :]
                        if not waiting:
                            selector.unregister(writing)
                        continue
                    part = os.read(key.fd, _CHUNK)
                    parts.append(part)
                    size += len(part)
                    if not part:
                        raise Stopped(self._ended())
                    if size > _MAX_ANSWER:
                        raise Stopped(f"renders more than {_MAX_ANSWER // 2**20} MiB")
                    if part.endswith(b"\n"):
                        return b"".join(parts)

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._popen.stdin.fileno(), data[:_CHUNK])  # type: ignore[union-attr]
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise Stopped(self._ended()) from None

    def _ended(self) -> str:
        """Return why the process ended: it exceeded the memory limit, the CPU limit, or crashed."""
        try:
            code = self._popen.wait(1)
        except subprocess.TimeoutExpired:
            return "ended its process"
        if code == MEMORY_EXIT:
            return f"needs more than {MEMORY_MIB} MiB of memory for this spec"
        if code == -signal.SIGXCPU:
            return _TOO_LONG
        return "needs more time or memory for this spec than allowed"
