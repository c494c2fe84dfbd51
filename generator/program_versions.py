"""Which version of a program is on the PATH.

A program is run only from an absolute folder of the PATH outside the repository, in the root folder of the system, so
that no code of a repository runs.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5
_MOST_BYTES = 64 * 1024
_VERSION = re.compile(r"\bv?([0-9]{1,6}(?:\.[0-9]{1,6}){1,3})")


@dataclass(frozen=True)
class Program:
    """A program on the PATH: its path, and its version, ``""`` if it does not tell."""

    path: str
    version: str


def find_program(name: str, arguments: tuple[str, ...], root: Path) -> Program | None:
    """Return a program of the PATH with the version that it prints when it is called with ``arguments``.

    None if there is none, or only inside ``root``.
    """
    path = _path_of(name, root)
    if path is None:
        return None
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    try:
        process = subprocess.Popen(
            [path, *arguments],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that what it starts ends with it
        )
    except OSError:
        return Program(path, "")
    try:
        told, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Program(path, "")
    finally:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    found = _VERSION.search(told[:_MOST_BYTES].decode("utf-8", "replace")) if process.returncode == 0 else None
    return Program(path, found[1] if found else "")


def _path_of(name: str, root: Path) -> str | None:
    top = root.resolve()
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if not Path(folder).is_absolute():  # "." and "" are the current folder
            continue
        place = Path(folder, name)
        if not (place.is_file() and os.access(place, os.X_OK)):
            continue
        if not place.resolve().is_relative_to(top):
            return str(place)
    return None
