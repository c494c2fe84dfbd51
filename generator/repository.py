"""Find the root, its units, their files, and what changed since a revision."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from . import disk
from .errors import invalid
from .git import ANY, NO, git, git_each, is_bare, is_sparse, merge_base
from .tree import CI, DOT_DIR, SPEC_NAME, WORKFLOWS, decode, owner_folder, path_fault, workflow_of

_SKIPPED = {"node_modules"}
_GITLINK = "160000 "  # the mode of a submodule in the index
_MOST_FOLDERS = 500
_HEAD_BYTES = 1024


def find_root(start: Path, given: Path | None = None) -> Path:
    """Return the folder with ``.scaffold/``: ``given``, or the nearest one at or above ``start``. Raises Invalid.

    The search ends at git's top level: folders above are another repository.
    """
    if given is not None:
        root = given.absolute()
        if _is_root(root):
            return _not_bare(root.resolve())
        if not disk.is_folder(root, follow=True):
            raise invalid(str(given), "is not a folder", "name another --root")
        raise invalid(str(given), f"has no {DOT_DIR} folder", "run scaffold init there, or name another --root")
    for folder in (start, *start.parents):
        if _is_root(folder):
            return _not_bare(folder)
        if disk.exists(folder / ".git"):
            break
    raise invalid(".", f"no {DOT_DIR} folder here or in a parent folder", "run scaffold init at the repository's top")


def top_level(start: Path) -> Path:
    """Return git's top level above ``start``, or ``start`` without git."""
    return next((folder for folder in (start, *start.parents) if disk.exists(folder / ".git")), start)


def git_folder(root: Path) -> tuple[Path, str] | None:
    """Return the git directory of the working tree around ``root``, and the root's path in that tree; None without git.

    Raises Invalid if git fails, and if the root is inside a folder that git treats as a git directory: the files of a
    repository can look like one.
    """
    found = git(root, "rev-parse", "--absolute-git-dir", "--show-prefix")
    if not found:
        return None
    first, _, below = found.partition("\n")
    folder = Path(first)
    if not disk.is_folder(folder, follow=True):  # its path has a line break
        raise invalid(str(root), "has a git directory with a line break in its path", "rename its folder")
    if root.resolve().is_relative_to(folder.resolve()):
        raise invalid(str(root), "is inside a git directory", "name another --root")
    return folder, below.removesuffix("\n")


def discover(root: Path) -> list[str]:
    """Return the folders of all units, relative to the root, sorted."""
    listed = git(root, "ls-files", "-z", "-co", "--exclude-standard", "--", f":(glob)**/{SPEC_NAME}")
    specs = _walk(root) if listed is None else (one for one in listed.split("\0") if one)
    folders = {one.rpartition("/")[0] or "." for one in specs}
    return sorted(folder for folder in folders if _is_unit(root, folder) and not f"{folder}/".startswith(f"{DOT_DIR}/"))


def stray_workflows(root: Path) -> list[tuple[str, str]]:
    """Return path and unit of the workflows whose first line names a deleted unit, sorted.

    Only workflows with the file name that the unit's would have: a person's file may name any unit in its first line.
    """
    folders = (WORKFLOWS.rpartition("/")[0], WORKFLOWS)
    if not all(disk.is_folder(root / one, shown=one) for one in folders):
        return []
    found = []
    for name in (one.name for one in disk.entries(root / WORKFLOWS, shown=WORKFLOWS) if one.is_file):
        path = f"{WORKFLOWS}/{name}"
        unit = _first_line_owner(root / path) if name.endswith(".yaml") else ""
        own = unit == CI and name.startswith("scaffold-")
        if unit and (own or workflow_of(unit) == f"/{path}") and not path_fault(unit) and not _is_unit(root, unit):
            found.append((path, unit))
    return found


def left_out(root: Path) -> frozenset[str]:
    """Return the files that a sparse checkout leaves out: in git, but not on disk. Raises Invalid."""
    if not is_sparse(root):
        return frozenset()
    listed = git(root, "ls-files", "-z", "-t") or ""
    return frozenset(one[2:] for one in listed.split("\0") if one.startswith("S "))


def default_branch(root: Path) -> str:
    """Return the default branch: the remote's, else main or master if it exists, else the current one."""
    refs = ("refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master")
    listed = git(root, "for-each-ref", "--format=%(refname) %(symref)", *refs) or ""
    known = dict(line.split(" ", 1) for line in listed.splitlines())
    remote = known.get(refs[0], "").removeprefix("refs/remotes/origin/")
    local = next((ref.removeprefix("refs/heads/") for ref in refs[1:] if ref in known), "")
    return remote or local or (git(root, "symbolic-ref", "--short", "--quiet", "HEAD", refusals=ANY) or "main").strip()


def unseen(root: Path, path: str) -> str:
    """Return why ``discover`` would find no unit with a spec at ``path``, or ``""``."""
    folders = path.split("/")[:-1]
    above = ["/".join(folders[: number + 1]) for number in range(len(folders))]
    if other := next((one for one in above if disk.exists(root / one / ".git", shown=one)), ""):
        return f"{other} is a separate repository"
    if git(root, "check-ignore", "--quiet", "--", path, refusals=ANY) is not None:
        return f"git ignores {path}"
    listed = git(root, "ls-files", "-z", "-s", "--", *(f":(literal){one}" for one in above)) if above else ""
    if listed is None:
        hidden = next((one for one in folders if _is_passed_over(one)), "")
        return f"folders such as {hidden} are not searched without git" if hidden else ""
    links = {one.partition("\t")[2] for one in listed.split("\0") if one.startswith(_GITLINK)}
    return next((f"{one} is a submodule" for one in above if one in links), "")


def changed_since(root: Path, revision: str) -> list[str] | None:
    """Return the folders of units that changed since the merge base with ``revision``, untracked files included.

    None means all units: something changed in ``.scaffold/``. Raises Invalid if git does not know the revision.
    """
    units: set[str] = set()
    for path in changed_files(root, revision):
        if path.startswith(f"{DOT_DIR}/"):
            return None
        units.update(_owners(root, path))
    return sorted(units)


def changed_files(root: Path, revision: str) -> list[str]:
    """Return the paths that changed since the merge base with ``revision``, deleted and untracked ones included.

    Raises Invalid if git does not know the revision.
    """
    base = merge_base(root, revision)
    options = ("--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--relative")
    compare = ("diff", "-z", *options, base, "--")  # each looks at every file or folder, so both at the same time
    tracked, untracked = git_each(root, compare, ("ls-files", "-z", "-o", "--exclude-standard"))
    if tracked is None or untracked is None:
        raise invalid("--changed-since", "git cannot list the changes", "run git status to see why")
    return sorted({one for one in (tracked + untracked).split("\0") if one})


def deleted_since(root: Path, revision: str | None, name: str) -> tuple[str, list[str]]:
    """Return the last commit, or the merge base with ``revision``, and the files of a name that were deleted since.

    Without git, or without a commit, there are none. Raises Invalid if git does not know the revision.
    """
    commit = "HEAD" if revision is None else merge_base(root, revision)
    options = ("--name-only", "--diff-filter=D", "--no-renames", "--no-ext-diff", "--no-textconv", "--relative")
    # Without a pattern for the name: git takes several times as long to match one with every file.
    listed = git(root, "diff", "-z", *options, commit, "--", refusals=ANY) if commit else None
    return commit, [one for one in (listed or "").split("\0") if one.rpartition("/")[2] == name]


def known_files(root: Path, below: str = ".") -> list[str]:
    """Return the tracked and unignored files at or below a path; without git, or if git knows none, all files.

    Folders of version control and of installed packages are left out; links to folders are not followed.
    """
    listed = git(root, "ls-files", "-z", "-co", "--exclude-standard", "--", f":(literal){below}")
    if listed:
        return sorted({one for one in listed.split("\0") if one})
    start = "" if below == "." else f"{below}/"
    return sorted(f"{start}{path}" for path, _ in disk.walk_files(root / below, skip=_is_skipped))


def in_folders(root: Path, folders: Iterable[str]) -> list[str]:
    """Return the tracked and unignored files directly in folders; without git, all files."""
    wanted = sorted(set(folders))
    found: list[str] = []
    for start in range(0, len(wanted), _MOST_FOLDERS):
        part = wanted[start : start + _MOST_FOLDERS]
        specs = [f":(glob){_literal(one)}/*" if one else ":(glob)*" for one in part]
        listed = git(root, "ls-files", "-z", "-co", "--exclude-standard", "--", *specs)
        if listed is None:
            names = ((one, entry.name) for one in part for entry in disk.entries(root / one) if entry.is_file)
            found += [f"{one}/{name}" if one else name for one, name in names]
        else:
            found += [one for one in listed.split("\0") if one]
    return sorted(set(found))


def owners(root: Path, paths: Iterable[str]) -> set[str]:
    """Return the units that own the paths."""
    return {unit for path in paths for unit in _owners(root, path)}


def mentioning(root: Path, words: Sequence[str], place: str = ".", *, untracked: bool = True) -> list[str] | None:
    """Return the tracked and unignored files that contain one of ``words``; None without git.

    ``place`` is a git pathspec.
    """
    options = [part for one in words for part in ("-e", one)]
    scope = ("--untracked",) if untracked else ()
    listed = git(root, "grep", "-lzF", *scope, "--no-color", *options, "--", place, refusals=NO)
    if listed is None:
        return None if git(root, "rev-parse", "--git-dir") is None else []
    return sorted({one for one in listed.split("\0") if one})


def inside(root: Path, path: Path) -> str | None:
    """Return a path relative to the root, ``.`` for the root itself, or None if it is outside."""
    full = Path(os.path.normpath(path))
    for base in (root, root.resolve()):
        if full == base:
            return "."
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return None


def select(root: Path, units: Sequence[str], paths: Sequence[str], here: Path) -> list[str]:
    """Return the units at, below or around one of ``paths``; without paths, all units. Raises Invalid."""
    if not paths:
        return list(units)
    chosen: set[str] = set()
    for path in paths:
        place = path_argument(root, path, here)
        found = [one for one in units if place in {".", one} or one.startswith(f"{place}/")]
        if not found and disk.exists(root / place, shown=path):
            is_folder = disk.is_folder(root / place, shown=path, follow=True)
            around = _owners(root, f"{place}/{SPEC_NAME}" if is_folder else place)
            found = [one for one in around if one in units]
        if not found:
            raise invalid(path, "is not a unit and contains no unit", "run scaffold list to see the units")
        chosen.update(found)
    return [one for one in units if one in chosen]


def path_argument(root: Path, path: str, here: Path, name: str = "PATH") -> str:
    """Return a path on the command line, the argument ``name``, relative to the root. Raises Invalid."""
    if not path:  # such as from an unset variable of a shell: never the whole folder
        raise invalid(name, "is empty", "name a folder; . is the current one")
    found = inside(root, here / path) or inside(root, root / path)
    if found is None:
        raise invalid(path, "is outside the repository", f"name a path below {root}")
    return found


def _is_root(folder: Path) -> bool:
    return disk.is_folder(folder / DOT_DIR)


def _is_unit(root: Path, folder: str) -> bool:
    return disk.is_reachable(f"{root}/{folder}/{SPEC_NAME}")


def _owners(root: Path, path: str) -> list[str]:
    """Return the unit that owns a path: the nearest parent, or the unit named in a workflow's first line."""
    if path.startswith(f"{WORKFLOWS}/"):
        gone = not disk.exists(root / path, shown=path)
        named = [one for one in discover(root) if workflow_of(one) == f"/{path}"] if gone else []
        owner = _first_line_owner(root / path)
        if named or (owner and _is_unit(root, owner)):
            return named or [owner]
    folder = path.rpartition("/")[0]
    while folder:
        if _is_unit(root, folder):
            return [folder]
        folder = folder.rpartition("/")[0]
    return ["."] if _is_unit(root, ".") else []


def _first_line_owner(path: Path) -> str:
    """Return the unit that the first line of a workflow names; ``""`` for a link or anything not a regular file."""
    return owner_folder(decode(disk.head(path, _HEAD_BYTES) or b""))


def _literal(path: str) -> str:
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path)


def _is_skipped(folder: str) -> bool:
    return folder in _SKIPPED or (folder.startswith(".") and folder not in {".github", DOT_DIR})


def _is_passed_over(folder: str) -> bool:
    return folder in _SKIPPED or (folder.startswith(".") and folder != CI)


def _walk(root: Path) -> Iterator[str]:
    return (path for path, one in disk.walk_files(root, skip=_is_passed_over) if one.name == SPEC_NAME)


def _not_bare(root: Path) -> Path:
    """Return the root. Raises Invalid if it is a git directory itself: its config came with the commit."""
    if is_bare(root):
        hint = "run scaffold in a checkout; a bare repository cannot be a root"
        raise invalid(str(root), "is a bare git repository", hint)
    return root
