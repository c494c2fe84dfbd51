"""The type of a rule: id, severity, summary, explanation, and a function from a file to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

from ..config import Config
from ..finding import Finding, Severity
from ..fix import Fix
from ..yaml import Node
from ..yaml.placed import path_of

Family = Literal[
    "kubernetes",  # objects, including custom resources
    "kustomization",
    "kind",  # cluster configurations of kind
    "workflow",  # GitHub Actions
    "action",  # action.yml
    "values",  # Helm values with a section for Alertmanager
    "alertmanager",  # Alertmanager's own configuration
    "prometheus",  # rule files of Prometheus, and its configuration
    "makefile",
]


@dataclass(frozen=True)
class File:
    """A file as rules see it: path below the root, text, family, and YAML documents (none for a Makefile).

    ``built_by`` is the path of the kustomization that makes these documents of the objects in the file, ``""`` if they
    are as written. ``memo`` caches what readers compute from this file alone, under keys that start with the module's
    name.
    """

    path: str
    text: str
    family: Family
    documents: tuple[Node, ...] = ()
    built_by: str = ""
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True)
class Scope:
    """What a rule may use beyond its file: all files of the run, the config, and which paths exist.

    ``read`` returns the text of a file, ``before`` that at the commit that the run compares with, None without one.
    ``listed`` returns the paths of all files of the repository that are not ignored, none if they are not known.
    ``is_folder`` tells whether a path is a folder, and ``is_made`` whether something may make a file that is not there.
    ``unread`` are files that may have objects, such as templates, and that no rule reads.
    ``memo`` caches what rules compute once for all files, under keys that start with the module's name.
    """

    files: tuple[File, ...]
    config: Config = field(default_factory=lambda: Config({}))
    exists: Callable[[str], bool] = lambda _path: False
    read: Callable[[str], str | None] = lambda _path: None
    before: Callable[[str], str | None] = lambda _path: None
    listed: Callable[[], Sequence[str]] = tuple
    is_folder: Callable[[str], bool] = lambda _path: False
    is_made: Callable[[str], bool] = lambda _path: False
    unread: tuple[str, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def by_path(self) -> Mapping[str, File]:
        """The files by path."""
        return {one.path: one for one in self.files}

    def forget(self) -> None:
        """Drop what is cached. It refers to the files and to the scope, and only the garbage collector, which takes a
        tenth of the time of a run for this, would free it.
        """
        self.memo.clear()
        for one in self.files:
            one.memo.clear()


def at(
    node: Node | None, message: str, hint: str = "", severity: Severity | None = None, fix: Fix | None = None
) -> Finding:
    """Return a finding at a node, or at the start of the file if the node is None."""
    if node is None:
        return Finding(1, 1, message, hint, severity, fix=fix)
    return Finding(node.line, node.column, message, hint, severity, fix=fix, path=path_of(node))


Check = Callable[[File, Scope], Iterable[Finding]]
# Returns what several rules read in a file, false if there is nothing, so that none of them finds anything.
Reading = Callable[[File, Scope], object]


@dataclass(frozen=True)
class CheckOfReading:
    """A check of what ``reading`` returns, which finds nothing where that is false: most files have none of it."""

    reading: Reading
    check: Check

    def __call__(self, file: File, scope: Scope) -> Iterable[Finding]:
        """Check a file."""
        return self.check(file, scope)


def of_reading(reading: Reading) -> Callable[[Check], CheckOfReading]:
    """Return a decorator for a check that only looks at what ``reading`` returns."""
    return partial(CheckOfReading, reading)


@dataclass(frozen=True)
class Rule:
    """A check for one kind of mistake. ``bad`` and ``good`` are short examples; ``source`` is the URL of its source.

    ``across`` marks a rule that compares files, and may find less if given only a part of the repository; ``as_built``
    one that judges the objects of a kustomization as that builds them.
    """

    id: str
    severity: Severity
    families: tuple[Family, ...]
    summary: str
    explanation: str
    bad: str
    good: str
    check: Check
    source: str = ""
    across: bool = False
    as_built: bool = False

    @property
    def reading(self) -> Reading | None:
        """What returns a false value for the files in which the rule finds nothing, if that is known."""
        return self.check.reading if isinstance(self.check, CheckOfReading) else None


def rule(  # noqa: PLR0913 - one parameter per field of a rule
    name: str,
    severity: Severity,
    families: tuple[Family, ...],
    summary: str,
    *,
    explanation: str,
    bad: str,
    good: str,
    source: str = "",
    across: bool = False,
    as_built: bool = False,
) -> Callable[[Check], Rule]:
    """Return a decorator that turns a check into a rule, which replaces the function in its module."""

    def made(check: Check) -> Rule:
        return Rule(name, severity, families, summary, explanation, bad, good, check, source, across, as_built)

    return made
