"""Resource limits and permissions of the process that runs a repository's templates.

The operating system limits CPU time, memory and files where it can; macOS does not limit memory, so a thread checks it
as well. An audit hook refuses to read, write, start or connect to anything, as a second barrier behind Jinja's sandbox.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from .. import disk
from ..errors import Invalid

SECONDS = 5  # of CPU time, for one answer
MAX_SECONDS = 15.0  # of wall-clock time for one answer, on a busy machine
MEMORY_MIB = 400
MEMORY_EXIT = 77
_FILES = 64
_LOOK_SECONDS = 0.05
_REFUSED = ("socket.", "subprocess.", "os.", "shutil.", "ctypes.", "pty.", "tempfile.", "fcntl.", "webbrowser.")
_LISTS = ("os.listdir", "os.scandir")


def hold() -> None:
    """Restrict this process from now on. All modules that it needs must be loaded."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, _FILES)
    _set(resource.RLIMIT_AS, _address_space() + MEMORY_MIB * 2**20)
    threading.Thread(target=_look, args=(_resident(),), daemon=True).start()
    sys.addaudithook(_audit(tuple(f"{one}{os.sep}" for one in _readable())))


def refill() -> None:
    """Renew the CPU limit for one more answer: the process ends by itself if its parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + SECONDS
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _set(what: int, limit: int) -> None:
    """Set a limit permanently, if the platform supports it."""
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))


def _address_space() -> int:
    """Return the size of the address space in bytes, most of it never used; 1 GiB if unknown."""
    try:
        found = disk.read_file("/proc/self/statm", 1024)
        return int((found or b"").split()[0]) * resource.getpagesize()
    except (Invalid, ValueError, IndexError):
        return 1 << 30


def _resident() -> int:
    """Return the peak memory use in MiB. The system counts bytes on macOS, KiB elsewhere."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _look(at_first: int) -> None:
    # Linux includes the peak of the parent process.
    while _resident() - at_first < MEMORY_MIB:
        time.sleep(_LOOK_SECONDS)
    os._exit(MEMORY_EXIT)


def _readable() -> list[str]:
    """Return the folders of modules and their data."""
    package = Path(__file__).resolve().parent.parent
    places = [one for one in sys.path if os.path.isabs(one)]  # noqa: PTH117
    ours = [str(package), str(package.parent / "templates"), str(package.parent / "schemas")]
    return [*ours, *(one for one in places if one != str(package.parent) or package.parent.name == "site-packages")]


def _audit(places: tuple[str, ...]) -> Any:
    own = os.getpid()

    def check(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" or event in _LISTS:
            path = given[0]
            mode = given[1] if event == "open" else "r"
            writes = isinstance(mode, str) and set(mode) & set("wax+")
            known = isinstance(path, str) and ".." not in path and f"{path}{os.sep}".startswith(places)
            if writes or not known:
                raise PermissionError("templates may not read or write files")
        elif event.startswith(_REFUSED) and os.getpid() == own:
            raise PermissionError("templates may not start processes or open connections")

    return check
