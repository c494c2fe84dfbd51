"""Rules: an id, a severity, a summary, an explanation, and a function from a file to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from ..config import Config
from ..yaml import Node

Severity = Literal["error", "warning", "info"]
Family = Literal[
    "kubernetes",  # objects, custom resources among them
    "kustomization",
    "kind",  # configurations of kind clusters
    "workflow",  # of GitHub Actions
    "action",  # action.yml
    "values",  # Helm values with an alertmanager part
    "alertmanager",  # Alertmanager's own configuration
    "makefile",
]


@dataclass(frozen=True)
class File:
    """A file as rules see it: path below the root, text, what it is, and its YAML documents (a Makefile has none)."""

    path: str
    text: str
    family: Family
    documents: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What a rule may know beyond its file: every file of the run, the config, and which paths exist.

    ``memo`` keeps what rules work out once for all files, by a name that begins with the module's.
    """

    files: tuple[File, ...]
    config: Config = field(default_factory=lambda: Config({}))
    exists: Callable[[str], bool] = lambda _path: False
    read: Callable[[str], str | None] = lambda _path: None
    memo: dict[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def by_path(self) -> Mapping[str, File]:
        """The files by path."""
        return {one.path: one for one in self.files}


@dataclass(frozen=True)
class Finding:
    """Something wrong at a line and column (from 1); ``severity`` only where it is not the rule's own."""

    line: int
    column: int
    message: str
    hint: str = ""
    severity: Severity | None = None


def at(node: Node | None, message: str, hint: str = "", severity: Severity | None = None) -> Finding:
    """Return a finding at a node; at the start of the file where there is none."""
    line, column = (node.line, node.column) if node else (1, 1)
    return Finding(line, column, message, hint, severity)


Check = Callable[[File, Scope], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """A mistake that schemas cannot see. ``bad`` and ``good`` are short examples; ``source`` tells where it is from.

    ``across`` is a rule that compares files with each other, so that it may find less in a part of the repository.
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


def rule(  # noqa: PLR0913 - a rule has the words that it has
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
) -> Callable[[Check], Rule]:
    """Return a decorator that makes a rule of a check: a module then holds the rule under the function's name."""

    def made(check: Check) -> Rule:
        return Rule(name, severity, families, summary, explanation, bad, good, check, source, across)

    return made
