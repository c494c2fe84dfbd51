"""git's merge driver: the attributes that select it, which are committed, and the setting of a clone that names it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .errors import invalid
from .git import NO, git
from .repository import git_folder
from .tree import LOCK_NAME

_NAME = "merge YAML by fields, and locks by files"
_PLAIN = "scaffold merge --markers --path %P %O %A %B -o %A"
# Where the command is missing, as in a container that shares the clone, git would leave only one side in the file.
_DRIVER = f"command -v scaffold >/dev/null || exec git merge-file %A %O %B; {_PLAIN}"
_ABOUT = "# scaffold: merge by structure; each clone needs scaffold init --merge-driver once\n"
_ATTRIBUTES = tuple(f"{pattern} merge=scaffold\n" for pattern in ("*.yaml", "*.yml", LOCK_NAME))


def with_driver_attributes(text: str) -> str:
    """Return the text of a .gitattributes file with the attributes of the driver, and every line of the user's.

    They are put first if the user chose another driver for any file: of two lines for one file, git takes the last.
    """
    lines = text.splitlines()
    missing = [one for one in _ATTRIBUTES if one.rstrip("\n") not in lines]
    if not missing:
        return text
    block = "".join([*([] if _ABOUT.rstrip("\n") in lines else [_ABOUT]), *missing])
    if any(_selects_another(one) for one in lines):
        return f"{block}{text}"
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{block}"


def _selects_another(line: str) -> bool:
    words = line.split()
    if not words or words[0].startswith("#"):
        return False
    return any(one.lstrip("-!").partition("=")[0] in {"merge", "binary"} for one in words[1:]) and (
        "merge=scaffold" not in words
    )


def check_driver(root: Path) -> None:
    """Raise Invalid if a root has no clone of git to set the driver in."""
    if git_folder(root) is None:
        raise invalid("--merge-driver", "needs a git repository", "run git init first")


def set_driver(root: Path) -> Iterable[str]:
    """Set the driver in the clone's configuration, and return what was set or kept, as notes. Raises Invalid.

    A driver that the user has set is kept. Settings of the user and of the system are never written.
    """
    had = _setting(root, "driver")
    if had == _DRIVER:
        return []
    if had not in {"", _PLAIN}:
        return [f"merge.scaffold.driver is kept as it is set in this clone: {had}"]
    for key, value in (("name", _NAME), ("driver", _DRIVER)):
        git(root, "config", "--local", f"merge.scaffold.{key}", value)
    return [
        f'set merge.scaffold.driver in this clone to "{_DRIVER}"',
        "every other clone needs scaffold init --merge-driver once: attributes are committed, settings are not",
    ]


def _setting(root: Path, key: str) -> str:
    found = git(root, "config", "--local", "--null", "--get", f"merge.scaffold.{key}", refusals=NO) or ""
    return found.removesuffix("\0")
