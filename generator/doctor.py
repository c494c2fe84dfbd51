"""Examine an installation, a clone and a repository for what later commands would fail at, or do worse."""

from __future__ import annotations

import platform
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from . import __version__, assets, behaviour, config, lock, origin, repository, writes
from .base_lock import newer_tool
from .errors import Invalid
from .git import ANY, git, is_sparse
from .lock import Lock
from .pipeline import read_config
from .program_versions import find_program
from .tree import LOCK_NAME, MAX_LOCK_BYTES, SPEC_NAME, join
from .worktree import Worktree

Verdict = Literal["ok", "note", "problem"]
_SHOWN = 5  # paths that a diagnosis names
_SAFE_GIT = (2, 38)  # the first git with safe.bareRepository
_REGENERATE = "run scaffold regenerate"


@dataclass(frozen=True)
class Diagnosis:
    """One examined thing: ``problem`` is what a command would fail at, ``note`` what it would do worse."""

    verdict: Verdict
    topic: str
    message: str
    hint: str = ""


class _Needed(NamedTuple):
    """A program: its names, the arguments that print its version, who needs it, and where to get it."""

    names: tuple[str, ...]
    arguments: tuple[str, ...]
    by: str
    source: str


_OF_TESTS = (
    _Needed(("docker", "podman", "nerdctl"), ("--version",), "end-to-end tests", "https://docs.docker.com/engine/"),
    _Needed(("kind",), ("version",), "end-to-end tests", "https://kind.sigs.k8s.io/docs/user/quick-start/"),
    _Needed(("kubectl",), ("version", "--client"), "end-to-end tests", "https://kubernetes.io/docs/tasks/tools/"),
    _Needed(("bash",), ("--version",), "end-to-end tests", "https://www.gnu.org/software/bash/"),
    _Needed(("make", "gmake"), ("--version",), "end-to-end tests", "https://www.gnu.org/software/make/"),
)
_OF_ALERTING = (
    _Needed(
        ("alertmanager", "prometheus-alertmanager"),
        ("--version",),
        "scaffold route --preview",
        "https://prometheus.io/download/#alertmanager",
    ),
)


def diagnose(start: Path, given: Path | None) -> Iterator[Diagnosis]:
    """Yield a diagnosis of everything that can be examined from the folder ``start``; ``given`` is ``--root``."""
    yield _installation()
    try:
        worktree = Worktree(repository.find_root(start, given))
    except Invalid as error:
        yield from _failing("repository", error, "note" if given is None else "problem")
        yield from _git(start)
        return
    yield from _git(worktree.root)
    yield from _clone(worktree)
    yield from _examined("run", lambda: _interrupted(worktree))
    yield from _examined("config", lambda: _config(worktree))
    yield from _examined("units", lambda: _units(worktree))


def _installation() -> Diagnosis:
    source = origin.requirement() or "a local folder, which workflows cannot install"
    message = f"scaffold {__version__} with Python {platform.python_version()} ({sys.executable}), from {source}"
    return Diagnosis("ok", "scaffold", message)


def _git(root: Path) -> Iterator[Diagnosis]:
    found = find_program("git", ("--version",), root)
    used = shutil.which("git")
    if used and Path(used).resolve().is_relative_to(root.resolve()):
        message = f"{used} is a program of this repository, and runs as git because of the PATH"
        yield Diagnosis("problem", "git", message, "remove the folder from the PATH")
        return
    if found is None:
        yield Diagnosis("note", "git", "not found: --changed-since is not available", "install git")
        return
    numbers = tuple(int(one) for one in found.version.split(".")[:2]) if found.version else ()
    if numbers and numbers < _SAFE_GIT:
        message = f"{found.version} is older than 2.38: it takes folders that look like bare repositories for such"
        yield Diagnosis("note", "git", message, "install a newer git")
        return
    yield Diagnosis("ok", "git", f"{found.version or 'of an unknown version'} ({found.path})")


def _clone(worktree: Worktree) -> Iterator[Diagnosis]:
    """Examine the git repository around the root."""
    root = worktree.root
    if shutil.which("git") is None:
        return
    try:
        if repository.git_folder(root) is None:
            yield Diagnosis("note", "clone", "the repository is not in git: edits have no history", "run git init")
            return
        if (git(root, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
            hint = "git fetch --unshallow; in GitHub Actions, fetch-depth: 0 of actions/checkout"
            yield Diagnosis("note", "clone", "it is shallow, so --changed-since may not find the merge base", hint)
        if is_sparse(root) and (left := sum(one.endswith(f"/{SPEC_NAME}") for one in worktree.left_out)):
            message = f"the sparse checkout leaves out {left} unit{'s' * (left != 1)}, which no command sees"
            yield Diagnosis("note", "clone", message, "git sparse-checkout add FOLDER")
        yield _merge_driver(root)
    except Invalid as error:
        yield from _failing("clone", error)


def _merge_driver(root: Path) -> Diagnosis:
    """Tell whether git merges locks by scaffold: attributes are committed, settings belong to a clone."""
    told = git(root, "check-attr", "-z", "merge", "--", LOCK_NAME) or ""
    named = (told.split("\0") + [""] * 3)[2] == "scaffold"
    is_set = bool((git(root, "config", "--get", "merge.scaffold.driver", refusals=ANY) or "").strip())
    if named and not is_set:
        message = ".gitattributes names the merge driver scaffold, and this clone has none, so git merges by line"
        return Diagnosis("note", "merge driver", message, "run scaffold init --merge-driver in every clone")
    if not named:
        message = "not used: git merges YAML and locks by line"
        return Diagnosis("ok", "merge driver", message)
    return Diagnosis("ok", "merge driver", "set")


def _interrupted(worktree: Worktree) -> Iterator[Diagnosis]:
    if worktree.interrupted:
        yield Diagnosis("problem", "run", "a run was interrupted", f"{_REGENERATE} to finish it")
    if worktree.planted:
        yield Diagnosis("note", "run", f"{worktree.planted} is ignored: run state is not kept in the tree", "delete it")


def _config(worktree: Worktree) -> Iterator[Diagnosis]:
    settings = read_config(worktree)
    requires = settings.data.get("requires")
    told = f", which requires scaffold {requires}" if requires else ""
    yield Diagnosis("ok", "config", f"{config.PATH} is valid{told}")
    if behind := writes.schema_writes(worktree):
        message = f"{len(behind)} schema{'s' * (len(behind) != 1)} for editors are not of this version"
        yield Diagnosis("note", "config", message, f"{_REGENERATE} or scaffold init")


def _units(worktree: Worktree) -> Iterator[Diagnosis]:
    units = repository.discover(worktree.root)
    locks: dict[str, Lock] = {}
    broken: list[str] = []
    absent: list[str] = []
    for name in units:
        path = join(name, LOCK_NAME)
        try:
            text = worktree.read(path, MAX_LOCK_BYTES)
            if text is None:
                absent.append(name)
                continue
            locks[name] = lock.parse_lock(text, path, name)
        except Invalid as error:
            broken += [f"{one.path}:{one.line}: {one.message}" for one in error.problems[:1]]
    yield Diagnosis("ok", "units", f"{len(units)} unit{'s' * (len(units) != 1)}, {len(locks)} with a valid lock")
    if broken:
        yield Diagnosis("problem", "locks", _list("cannot be read", broken), f"{_REGENERATE} to see what to do")
    if absent:
        yield Diagnosis("note", "locks", _list("was never generated", absent), _REGENERATE)
    yield from _newer(locks)
    yield from _ages(worktree, locks)
    yield from _programs(worktree, locks)


def _ages(worktree: Worktree, locks: dict[str, Lock]) -> Iterator[Diagnosis]:
    """Compare the versions in locks with those of this installation."""
    older = [name for name, one in locks.items() if _is_older(worktree, one)]
    if older:
        message = _list("was generated by an earlier version of its template", older)
        yield Diagnosis("note", "locks", message, "scaffold diff shows what changes, scaffold regenerate changes it")


def _newer(locks: dict[str, Lock]) -> Iterator[Diagnosis]:
    """Tell of locks that a newer release wrote: ``regenerate`` refuses to rewrite them."""
    releases = {name: release for name, one in locks.items() if (release := newer_tool(one))}
    for release in sorted(set(releases.values())):
        message = _list(f"was written by scaffold {release}", [name for name in releases if releases[name] == release])
        yield Diagnosis("note", "locks", message, f"install scaffold {release}: this one does not rewrite them")


def _is_older(worktree: Worktree, one: Lock) -> bool:
    from .template import load_template  # noqa: PLC0415 - only if there are units

    try:
        own = worktree.own_template(one.template)
        return one.version < load_template(one.template, own, one.template).version
    except Invalid:
        return False  # reported by every other command


def _programs(worktree: Worktree, locks: dict[str, Lock]) -> Iterator[Diagnosis]:
    """Examine the programs that the units need."""
    names = Counter(one.template for one in locks.values())
    known = [behaviour.of(_base(worktree, name)) for name in names]
    needed: tuple[_Needed, ...] = _OF_TESTS if any(one.test for one in known) else ()
    needed += _OF_ALERTING if any(one.configuration for one in known) else ()
    for one in needed:
        found = next((it for name in one.names if (it := find_program(name, one.arguments, worktree.root))), None)
        if found is None:
            message = f"not found, and needed for {one.by}"
            yield Diagnosis("note", one.names[0], message, one.source)
            continue
        wanted = str(assets.pins().get(one.names[0], {}).get("version", ""))
        pinned = f"; the workflows use {wanted}" if wanted and wanted != f"v{found.version}" else ""
        if not found.version:
            called = f"{found.path} {' '.join(one.arguments)}"
            yield Diagnosis("note", one.names[0], f"{called} prints no version: it may not work", one.source)
            continue
        yield Diagnosis("ok", one.names[0], f"{found.version} ({found.path}){pinned}")


def _base(worktree: Worktree, name: str) -> str:
    """Return the shipped template that a template extends, or its own name."""
    from .template import load_template  # noqa: PLC0415

    try:
        return load_template(name, worktree.own_template(name), name).extends or name
    except Invalid:
        return name


def _examined(topic: str, examine: Callable[[], Iterable[Diagnosis]]) -> Iterator[Diagnosis]:
    """Yield diagnoses, and a problem for what cannot be examined."""
    try:
        yield from examine()
    except Invalid as error:
        yield from _failing(topic, error)


def _failing(topic: str, error: Invalid, verdict: Verdict = "problem") -> Iterator[Diagnosis]:
    for one in error.problems:
        place = f"{one.path}:{one.line}:{one.column}: " if one.line else f"{one.path}: "
        yield Diagnosis(verdict, topic, f"{place}{one.message}", one.hint)


def _list(what: str, names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    verb = what if len(names) == 1 else what.replace("was ", "were ", 1)
    return f"{', '.join(names[:_SHOWN])}{more} {verb}"
