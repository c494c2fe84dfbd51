"""Run git such that it starts no program and contacts no server that a repository's config or attributes name."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import disk
from .errors import Invalid, invalid
from .tree import decode

# Git runs no program and contacts no server, whatever a repository's config and attributes say. Older versions lack
# safe.bareRepository (2.38; is_bare checks too) and GIT_NO_LAZY_FETCH (2.45; no protocol is allowed).
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
    "GIT_ALLOW_PROTOCOL": "",  # none; it overrides protocol.NAME.allow
    "GIT_ASKPASS": "false",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# They would change the meaning of arguments, or run a program. Variables that select the repository and index stay:
# the user may set them, and git sets them in hooks.
_UNSET = frozenset({
    "GIT_EXTERNAL_DIFF", "GIT_GLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_LITERAL_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
    "GIT_PAGER", "GIT_SSH", "SSH_ASKPASS",
})  # fmt: skip
# What git's folder has while a merge, cherry-pick, revert, rebase, am, or stash is not concluded. REBASE_HEAD stays.
_MERGING = (
    "AUTO_MERGE", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG", "rebase-merge", "rebase-apply",
)  # fmt: skip
_SQUASHED = re.compile(r"^commit ([0-9a-f]{40,64})$", re.MULTILINE)
GIT_SECONDS = 300
_GITFILE_BYTES = 8192
_SQUASH_BYTES = 65_536
NO = (1,)  # for ``refusals``: git's "no", or "nothing found"
ANY = (1, 128)  # for ``refusals``: git may also fail on the argument


def git(root: Path, *arguments: str, refusals: Sequence[int] = (), given: bytes = b"") -> str | None:
    """Return git's output for ``given`` on its standard input, or None without git or a repository, or if its exit code
    is one of ``refusals``.

    Raises Invalid if git fails otherwise: files that it cannot list must not count as absent.
    """
    return git_each(root, arguments, refusals=refusals, given=given)[0]


def git_each(root: Path, *calls: Sequence[str], refusals: Sequence[int] = (), given: bytes = b"") -> list[str | None]:
    """Return the outputs of several calls of git that run at the same time, each as ``git`` returns it."""
    if not has_git(root):
        return [None] * len(calls)
    running: list[subprocess.Popen[bytes]] = []
    try:
        for arguments in calls:
            running.append(_started(root, arguments, has_input=bool(given)))
        outputs = zip(running, calls, strict=True)
        return [_output(one, arguments[0], refusals, given) for one, arguments in outputs]
    except FileNotFoundError:
        return [None] * len(calls)
    except OSError as error:
        raise _failing(calls[len(running) % len(calls)][0], error.strerror or str(error)) from None
    finally:
        for one in running:
            if one.poll() is None:
                one.kill()
                one.communicate()


def _started(root: Path, arguments: Sequence[str], *, has_input: bool) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*_GIT, *arguments],
        cwd=root,
        env=_environment(root),
        stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _output(process: subprocess.Popen[bytes], command: str, refusals: Sequence[int], given: bytes) -> str | None:
    """Return the output of a call, or None if its exit code is one of ``refusals``. Raises Invalid."""
    try:
        output, errors = process.communicate(given or None, timeout=GIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise _failing(command, f"did not finish in {GIT_SECONDS} s") from None
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    # If git cannot list a folder, it skips the folder and exits with 0; only its warning shows it.
    unlisted = next((line for line in lines if line.startswith("warning: could not open directory")), "")
    if unlisted and "No such file or directory" not in unlisted:
        raise _failing(command, unlisted.removeprefix("warning: "))
    if process.returncode == 0:
        return decode(output)
    if process.returncode in refusals:
        return None
    why = next((one for one in lines if one.startswith("fatal: ")), lines[-1] if lines else "")
    raise _failing(command, why.removeprefix("fatal: ")[:500] or f"exited with {process.returncode}")


def merge_base(root: Path, revision: str) -> str:
    """Return the merge base of HEAD and a revision; the commit itself without one. Raises Invalid if git has neither.

    ``""`` without git.
    """
    hint = "name an existing branch, tag or commit; in CI, check out the full history"
    commit = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", refusals=ANY)
    if not commit:
        raise invalid("--changed-since", f"git does not know {revision!r}", hint)
    return (git(root, "merge-base", commit.strip(), "HEAD", refusals=NO) or commit).strip()


def committed_text(root: Path, commit: str, path: str) -> str | None:
    """Return the text of a file at a commit, None if it was not there. ``path`` is relative to the root."""
    return git(root, "cat-file", "blob", f"{commit}:./{path}", refusals=ANY)


def _environment(root: Path) -> dict[str, str]:
    """Return git's environment for a call in ``root``: git hooks set paths relative to their working directory.

    If GIT_DIR is set without GIT_WORK_TREE, as in hooks of a linked worktree, git takes its working directory for the
    top level. So GIT_DIR is removed if git finds the same folder without it.
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
    """Return the git directory of the checkout around a folder, or ``""`` if unknown."""
    dot = next((one / ".git" for one in (root, *root.parents) if disk.exists(one / ".git")), None)
    if dot is None or disk.is_folder(dot, follow=True):
        return os.path.realpath(dot) if dot else ""
    text = decode(disk.head(dot, _GITFILE_BYTES) or b"")
    named = text.removeprefix("gitdir: ").rstrip("\n")
    return os.path.realpath(dot.parent / named) if text[:8] == "gitdir: " and "\0" not in named else ""


def has_git(root: Path) -> bool:
    """Tell whether a folder is in a git checkout, with no fake repository in between."""
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
    """Tell whether a folder is in a sparse checkout."""
    folder = _folder_of(root)
    return bool(folder) and disk.exists(f"{folder}/info/sparse-checkout")


def is_merging(root: Path) -> bool:
    """Tell whether a merge of any kind may have stopped at a conflict in the checkout around a folder.

    git records it in its folder; of a stash that conflicts it only records AUTO_MERGE. Source: git, branch.c,
    remove_merge_branch_state.
    """
    folder = _folder_of(root)
    return bool(folder) and any(disk.exists(f"{folder}/{one}") for one in _MERGING)


def squashed_commit(root: Path) -> str:
    """Return the commit that ``git merge --squash`` merges, ``""`` if it is not known: no MERGE_HEAD names it.

    Source: git, builtin/merge.c, squash_message: the message lists the commits, the newest first.
    """
    folder = _folder_of(root)
    text = decode(disk.head(f"{folder}/SQUASH_MSG", _SQUASH_BYTES) or b"") if folder else ""
    found = _SQUASHED.search(text)
    return found[1] if found else ""


def is_bare(folder: Path) -> bool:
    """Tell whether git would treat a folder as a git directory; a committed folder can be made to look like one.

    Source: git, setup.c, is_git_directory.
    """
    return disk.exists(folder / "HEAD") and any(disk.exists(folder / one) for one in ("objects", "commondir"))


def _failing(command: str, reason: str) -> Invalid:
    return invalid("git", f"git {command} failed: {reason}", "run git status here to see why")
