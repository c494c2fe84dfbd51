"""Files named on the command line, anywhere: bounded reads and atomic writes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from . import disk
from .errors import invalid
from .tree import MAX_FILE_BYTES, decode

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


def read_any(path: Path, limit: int = MAX_FILE_BYTES, *, shown: str = "") -> str:
    """Return the text of a file, pipe or device; at most ``limit`` bytes. Raises Invalid, at ``shown`` if given."""
    data = disk.read_file(path, limit, shown=shown, follow=True, device=True)
    if data is None:
        raise invalid(shown or str(path), "does not exist", "name an existing file")
    return decode(data)


def chunks(path: Path) -> Iterable[bytes]:
    """Yield the bytes of a regular file of any size in chunks. Raises Invalid."""
    try:
        with open(path, "rb", opener=_opened) as file:
            while data := file.read(_CHUNK):
                yield data
    except OSError as error:
        raise disk.system_error(str(path), error) from None


def replace_any(path: Path, parts: Iterable[bytes]) -> None:
    """Create or replace a file atomically, and keep its mode. Raises Invalid.

    The temporary file next to it has an unpredictable name and must not exist, so that no planted link is followed.
    """
    found = disk.status(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise invalid(str(path), "is not a regular file", "name another output, or leave -o out to print the result")
    draft = path.with_name(f".{os.urandom(8).hex()}.scaffold")
    try:
        number = os.open(draft, _NEW, 0o666 if found is None else 0o600)
    except OSError as error:
        raise disk.system_error(str(path), error) from None
    try:
        with open(number, "wb") as file:  # noqa: PTH123 - a descriptor
            for part in parts:
                file.write(part)
            file.flush()
            if found is not None:
                os.fchmod(number, stat.S_IMODE(found.st_mode) & 0o777)
            os.fsync(number)
        draft.replace(path)
    except OSError as error:
        raise disk.system_error(str(path), error) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Write files, by path, to a new or empty folder; with ``force`` to any, replacing files. Raises Invalid.

    Nothing is written through a link below the folder.
    """
    try:
        if disk.status(folder) is not None and not force and any(os.scandir(folder)):
            raise invalid(str(folder), "is not empty", "name a new folder, or add --force to replace its files")
        for path, data in files.items():
            place = folder
            for part in ("", *path.split("/")[:-1]):
                place = place / part
                place.mkdir(exist_ok=True, parents=place == folder)
                if place != folder and place.is_symlink():
                    raise invalid(str(place), "is a link", "remove it, or name another folder")
            replace_any(folder / path, [data])
    except OSError as error:
        raise disk.system_error(str(folder), error) from None


def _opened(path: str, flags: int) -> int:
    """Open a regular file without blocking."""
    number = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(0, "not a regular file")
    return number
