"""What a template of a repository may use, and how its process is held to that.

The operating system bounds time of the processor, memory and files where it can; macOS does not bound memory, so that a
thread looks after it as well. Reading, writing, starting and connecting to anything is refused by an audit hook, which
is a second wall behind Jinja's sandbox.
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

SECONDS = 5  # of the processor, for one answer
MAX_SECONDS = 15.0  # for one answer by the clock, on a machine that has much else to do
MEMORY_MIB = 400
MEMORY_EXIT = 77
_FILES = 64
_LOOK_SECONDS = 0.05
_REFUSED = ("socket.", "subprocess.", "os.", "shutil.", "ctypes.", "pty.", "tempfile.", "fcntl.", "webbrowser.")
_LISTS = ("os.listdir", "os.scandir")


def hold() -> None:
    """Bound this process from now on. Everything that it needs has to be loaded."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, _FILES)
    _set(resource.RLIMIT_AS, _address_space() + MEMORY_MIB * 2**20)
    threading.Thread(target=_look, args=(_resident(),), daemon=True).start()
    sys.addaudithook(_audit(tuple(f"{one}{os.sep}" for one in _readable())))


def refill() -> None:
    """Give the process time for one more answer: it ends by itself if who asks is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + SECONDS
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _set(what: int, limit: int) -> None:
    """Set a limit for good, as far as the platform has it."""
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))


def _address_space() -> int:
    """Return the size of the address space in bytes, of which most is never used; 1 GiB where that is not known."""
    try:
        found = disk.read("/proc/self/statm", 1024)
        return int((found or b"").split()[0]) * resource.getpagesize()
    except (Invalid, ValueError, IndexError):
        return 1 << 30


def _resident() -> int:
    """Return the most memory that was in use, in MiB. It is counted in bytes on macOS, in KiB elsewhere."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _look(at_first: int) -> None:
    # Linux counts what the process that started this one had in use at most, too.
    while _resident() - at_first < MEMORY_MIB:
        time.sleep(_LOOK_SECONDS)
    os._exit(MEMORY_EXIT)


def _readable() -> list[str]:
    """Return the folders that modules and their data are in."""
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
