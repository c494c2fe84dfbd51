"""Run git such that it may contact a server, within bounds: for the time, for the size of a folder, and for output.

It runs in a temporary folder, not in the repository at hand, so that only the settings of the user and the system
apply: those for ssh, proxies and credentials. It asks nothing, and runs no hooks.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import disk
from .errors import Invalid, invalid
from .git_address import GitAddress
from .tree import decode

MAX_REPOSITORY_BYTES = 256 * 1024 * 1024
FETCH_SECONDS = 120.0
SMALL_OUTPUT = 1024 * 1024
_MAX_REPOSITORY_FILES = 50_000
_LOOK_SECONDS = 0.1
_SETTINGS = (
    "core.askPass=",
    "core.bigFileThreshold=1m",  # larger files are never held in memory
    "core.hooksPath=/dev/null",
    "fetch.unpackLimit=1",  # one pack, whose size the system limits
    "gc.auto=0",
    "http.followRedirects=initial",  # also: no alternates of a server
    "maintenance.auto=false",
    "pack.threads=1",
    "protocol.allow=never",
    "submodule.recurse=false",
    "transfer.unpackLimit=1",
)
# Of the variables of git, those that say how to reach a server; others select a repository or its files.
_KEPT = re.compile(r"GIT_(?:SSH|SSL_|PROXY|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_|VALUE_)|HTTP_)")


class TooMuch(Invalid):
    """More output or files than allowed."""

    def __init__(self, address: GitAddress, command: str) -> None:
        size = f"{MAX_REPOSITORY_BYTES // 2**20} MiB"
        message = f"{address.shown} is too large for git {command}: more than {size} or {_MAX_REPOSITORY_FILES} files"
        hint = "name a tag, or a repository with templates only"
        super().__init__(invalid("URL", message, hint).problems)


@dataclass(frozen=True)
class BoundedGit:
    """Git in a temporary folder, for one address, until the time ``end``."""

    folder: Path
    address: GitAddress
    end: float

    def run(self, *arguments: str, limit: int, given: bytes = b"") -> bytes:
        """Return git's output of at most ``limit`` bytes. Raises Invalid if git fails, or for a limit."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="run-") as place:
            data, told, asked = (Path(place, one) for one in ("out", "err", "in"))
            asked.write_bytes(given)
            with asked.open("rb") as source, data.open("wb") as output, told.open("wb") as errors:
                code = self._ended(arguments, limit, (source.fileno(), output.fileno(), errors.fileno()))
            if code != 0 and _largest(self.folder) >= max(limit, SMALL_OUTPUT):
                raise TooMuch(self.address, arguments[0])
            if code == 0:
                return disk.read_file(data, limit) or b""
            lines = decode(disk.head(told, SMALL_OUTPUT) or b"").strip().splitlines()
        raise self._failed(arguments[0], lines)

    def _ended(self, arguments: Sequence[str], limit: int, streams: tuple[int, int, int]) -> int:
        """Run git to its end within the limits, and return its exit code. Raises Invalid."""
        command = ["git", *(part for one in self._settings() for part in ("-c", one)), *arguments]
        try:
            with _file_limit(max(limit, SMALL_OUTPUT)):
                process = subprocess.Popen(
                    command, cwd=self.folder, env=self._environment(), start_new_session=True,
                    stdin=streams[0], stdout=streams[1], stderr=streams[2],
                )  # fmt: skip
        except OSError as error:
            raise invalid("git", f"cannot be run: {error.strerror or error}", "install git") from None
        try:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_LOOK_SECONDS)
                if time.monotonic() > self.end:
                    message = f"{self.address.shown} could not be fetched in {FETCH_SECONDS:.0f} s"
                    raise invalid("URL", message, "try again, or name a smaller repository")
                if _is_large(self.folder):
                    raise TooMuch(self.address, arguments[0])
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _settings(self) -> Iterator[str]:
        yield from _SETTINGS
        yield from (f"protocol.{one}.allow=always" for one in self._transports)

    @property
    def _transports(self) -> Sequence[str]:
        """The transports to use: the user's settings may replace https by ssh, and the other way round."""
        either = ("https", "ssh")
        return either if self.address.transport in either else (self.address.transport,)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or _KEPT.match(key)}
        more = {  # ssh asks nothing either: the session has no terminal
            "GIT_ALLOW_PROTOCOL": ":".join(self._transports),
            "GIT_ASKPASS": "false",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_DIR": str(self.folder),
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "SSH_ASKPASS": "false",
        }
        return kept | more

    def _failed(self, command: str, lines: Sequence[str]) -> Invalid:
        why = next((one for one in lines if one.startswith("fatal: ")), lines[-1] if lines else "")
        why = why.removeprefix("fatal: ").replace(self.address.url, self.address.shown)[:500]
        hint = "check the address, your access to it, and the network"
        return invalid("URL", f"{self.address.shown}: git {command} failed: {why or 'it gave no reason'}", hint)


@contextmanager
def _file_limit(size: int) -> Iterator[None]:
    """Limit the size of each file that a process started meanwhile may write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    bound = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bound, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the sizes of the files below a folder; files may vanish meanwhile."""
    for _, _, names, number in os.fwalk(folder):
        for name in names:
            with suppress(OSError):
                yield os.stat(name, dir_fd=number, follow_symlinks=False).st_size


def _is_large(folder: Path) -> bool:
    """Tell whether a folder exceeds the limits for a fetched repository."""
    size = 0
    for count, one in enumerate(_sizes(folder), 1):
        size += one
        if size > MAX_REPOSITORY_BYTES or count > _MAX_REPOSITORY_FILES:
            return True
    return False


def _largest(folder: Path) -> int:
    return max(_sizes(folder), default=0)
