"""Runs git, so that it runs nothing else: no program and no server that a repository's config or attributes name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import disk
from .errors import Invalid, invalid
from .tree import decode

# Git runs no program and asks no server for us, whatever a repository's config and attributes say. What may not be
# known yet: safe.bareRepository since 2.38 (is_bare looks too), GIT_NO_LAZY_FETCH since 2.45 (no protocol is allowed).
_SETTINGS = (
    "core.askPass=",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotepath=off",
    "core.sshCommand=false",
    "core.untrackedCache=false",
    "credential.helper=",
    "diff.external=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)
_GIT = ("git", "--no-pager", *(part for one in _SETTINGS for part in ("-c", one)))
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "",  # none; it outweighs protocol.NAME.allow
    "GIT_ASKPASS": "false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# They would change what our arguments mean, or run a program. What says which repository and index are meant stays: the
# user's environment is the user's, and hooks of git have it set.
_UNSET = frozenset({
    "GIT_EXTERNAL_DIFF", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
    "GIT_PAGER", "GIT_SSH", "SSH_ASKPASS",
})  # fmt: skip
GIT_SECONDS = 300
_GITFILE_BYTES = 8192
NO = (1,)  # for ``refusals``: where git says no, or finds nothing
ANY = (1, 128)  # for ``refusals``: where git also fails for what it is asked about


def git(root: Path, *arguments: str, refusals: Sequence[int] = ()) -> str | None:
    """Return what git prints, or None without git or a repository, or where it ends with one of ``refusals``.

    Raises Invalid if git fails otherwise: what it cannot list must not be taken for what is not there.
    """
    if not has_git(root):
        return None
    try:
        done = subprocess.run(
            [*_GIT, *arguments],
            cwd=root,
            env=_environment(root),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=GIT_SECONDS,
        )
    except FileNotFoundError:
        return None
    except subprocess.TimeoutExpired:
        raise _failing(arguments[0], f"did not finish in {GIT_SECONDS} s") from None
    except OSError as error:
        raise _failing(arguments[0], error.strerror or str(error)) from None
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    # Git goes on where it cannot list a folder, ends with 0, and has left out what is in it; only its words tell.
    unlisted = next((line for line in lines if line.startswith("warning: could not open directory")), "")
    if unlisted and "No such file or directory" not in unlisted:
        raise _failing(arguments[0], unlisted.removeprefix("warning: "))
    if done.returncode == 0:
        return decode(done.stdout)
    if done.returncode in refusals:
        return None
    why = next((one for one in lines if one.startswith("fatal: ")), lines[-1] if lines else "")
    raise _failing(arguments[0], why.removeprefix("fatal: ")[:500] or f"exited with {done.returncode}")


def _environment(root: Path) -> dict[str, str]:
    """Return git's environment for a call in ``root``: hooks of git set paths relative to where they were started.

    Without GIT_WORK_TREE git takes the folder that it runs in for the top level where GIT_DIR is set, as in hooks of
    a linked worktree. So GIT_DIR is left out where git finds the same folder without it.
    """
    found = {key: value for key, value in os.environ.items() if key not in _UNSET} | _ENVIRONMENT
    paths = ["GIT_DIR", "GIT_WORK_TREE"]
    if "GIT_DIR" in found and "GIT_WORK_TREE" not in found:
        if os.path.realpath(found["GIT_DIR"]) == _folder_of(root):
            del found["GIT_DIR"]
        else:
            paths.append("GIT_INDEX_FILE")
    return found | {key: os.path.abspath(found[key]) for key in paths if found.get(key)}  # noqa: PTH100 - a text


def _folder_of(root: Path) -> str:
    """Return the git directory of the checkout around a folder, or ``""`` where that cannot be told."""
    dot = next((one / ".git" for one in (root, *root.parents) if disk.exists(one / ".git")), None)
    if dot is None or disk.is_folder(dot, follow=True):
        return os.path.realpath(dot) if dot else ""
    text = decode(disk.head(dot, _GITFILE_BYTES) or b"")
    return os.path.realpath(dot.parent / text.removeprefix("gitdir: ").rstrip("\n")) if text[:8] == "gitdir: " else ""


def has_git(root: Path) -> bool:
    """Tell whether a folder is in a checkout of git, where nothing in between poses as a repository."""
    if "GIT_DIR" in os.environ:
        return True
    for folder in (root, *root.parents):
        dot = folder / ".git"
        if disk.is_file(dot) or disk.exists(dot / "HEAD"):
            return True
        if is_bare(folder):
            return False
    return False


def is_sparse(root: Path) -> bool:
    """Tell whether a folder is in a checkout that may leave out files of its commit."""
    folder = _folder_of(root)
    return bool(folder) and disk.exists(f"{folder}/info/sparse-checkout")


def is_bare(folder: Path) -> bool:
    """Tell whether git would take a folder for a git directory, as one that lies in a checkout can be made to look.

    Source: git, setup.c, is_git_directory.
    """
    return disk.exists(folder / "HEAD") and any(disk.exists(folder / one) for one in ("objects", "commondir"))


def _failing(command: str, reason: str) -> Invalid:
    return invalid("git", f"git {command} failed: {reason}", "run git status here to see why")
