"""Find calls of make in workflows whose target, Makefile or directory does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...nearest import Guesses
from ..readers.expansion import unknown
from ..readers.makefile import Makefile, load_makefile, normal
from ..readers.tools import ToolCall
from ..readers.workflow import Job, WorkflowStep
from ..rule import Scope
from .steps_before import Before, before

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_SOURCES = ("Makefile.am", "Makefile.in", "CMakeLists.txt", "configure", "configure.ac", "Makefile.PL", "meson.build")
_VALUED = frozenset(
    ("-C", "--directory", "-f", "--file", "--makefile", "-I", "--include-dir", "-o", "-W", "-l", "--eval")
)
_MAX_PATTERNS = 100
_DYNAMIC = re.compile(r"\$[({]\s*(?:eval|foreach)\b")


def missing_targets(step: WorkflowStep, job: Job, scope: Scope) -> Iterator[Finding]:
    """Find calls of make in a step whose target, Makefile or directory does not exist."""
    folder: str | None = None if unknown(step.folder) else normal(step.folder) or None
    earlier = before(step, job, scope)
    tangled = "(" in step.script.replace("$(", "") or "pushd" in step.script
    for made in step.calls:
        if made.tool == "cd":
            place = made.operands[0] if len(made.operands) == 1 else "$"
            folder = None if tangled or folder is None or unknown(place) else normal(f"{folder}/{place}") or None
        elif made.tool == "make" and folder is not None:
            yield from _make(made, folder, step, earlier, scope)


def _make(made: ToolCall, folder: str, step: WorkflowStep, earlier: Before, scope: Scope) -> Iterator[Finding]:
    line = step.line(made.line)
    place = made.option("-C", "--directory") or next(
        (one[2:] for one in made.args if one.startswith("-C") and len(one) > 2), ""
    )
    if unknown(place):
        return
    folder = normal(f"{folder}/{place}") if place else folder
    if not folder or (folder != "." and not scope.exists(folder)):
        if folder and not earlier.made(folder):
            yield Finding(line, 1, f"make runs in {folder}, which does not exist", "correct the directory")
        return
    base = "" if folder == "." else f"{folder}/"
    named = made.option("-f", "--file", "--makefile")
    if named is not None and (not named or unknown(named)):
        return
    paths = [normal(base + named)] if named else [base + one for one in _MAKEFILES]
    found = next(((one, text) for one in paths if one and (text := scope.read(one)) is not None), None)
    if found is None:
        # Without a Makefile at the root the tree is incomplete or the file is generated: not a wrong name.
        if folder != "." and not earlier.made(folder) and not any(scope.exists(base + one) for one in _SOURCES):
            message = f"{folder} has no {named or 'Makefile'} for make"
            yield Finding(line, 1, message, "correct the directory, or add the file")
        return
    makefile = _loaded(*found, scope)
    guesses = scope.memo.setdefault(f"make_calls.guesses:{step.job.flow.file.path if step.job else ''}", Guesses())
    for target in _targets(made):
        if not _has(makefile, target, found[1], scope) and not scope.exists(base + target):
            close = guesses.nearest(target, _known(makefile, scope))
            hint = f"did you mean {close}?" if close else "correct or add the target"
            yield Finding(line, 1, f"{found[0]} has no target {target}", hint)


def _loaded(path: str, text: str, scope: Scope) -> Makefile:
    memo = scope.memo.setdefault("make_calls.makefiles", {})
    if path not in memo:
        memo[path] = load_makefile(path, text, scope.read)
    found: Makefile = memo[path]
    return found


def _targets(made: ToolCall) -> Iterator[str]:
    skip = False
    for one in made.args:
        if skip:
            skip = False
        elif one in _VALUED:
            skip = True
        elif one.startswith("-") or "=" in one or unknown(one) or one.isdigit() or "\0" in one:
            continue
        else:
            yield one


def _has(makefile: Makefile, target: str, text: str, scope: Scope) -> bool:
    """Return whether a Makefile has, or may have, a target."""
    memo: dict[int, _Makes] = scope.memo.setdefault("make_calls.makes", {})
    if id(makefile) not in memo:
        is_empty = any(not (scope.read(one) or "").strip() for one in makefile.includes) or not text.strip()
        memo[id(makefile)] = _Makes(makefile, text, is_empty=is_empty)
    return memo[id(makefile)].has(target)


class _Makes:
    """The targets of a Makefile: any, names, and patterns. An empty file is one whose text is not there."""

    def __init__(self, makefile: Makefile, text: str, *, is_empty: bool) -> None:
        names = {one.name for one in makefile.targets}
        self.anything = is_empty or not makefile.complete or bool(makefile.absent) or bool(_DYNAMIC.search(text))
        self.anything = self.anything or ".DEFAULT" in names or any(unknown(one) for one in names)
        self.names = names | makefile.phony
        self.patterns = {one.name.partition("%")[::2] for one in makefile.targets if one.pattern}
        self.anything = self.anything or len(self.patterns) > _MAX_PATTERNS

    def has(self, target: str) -> bool:
        """Return whether a target exists, or may exist."""
        return (
            self.anything
            or target in self.names
            or any(
                target.startswith(head) and target.endswith(tail) and len(target) > len(head) + len(tail)
                for head, tail in self.patterns
            )
        )


def _known(makefile: Makefile, scope: Scope) -> list[str]:
    """Return the names to compare a misspelt target with."""
    memo: dict[int, list[str]] = scope.memo.setdefault("make_calls.known", {})
    if id(makefile) not in memo:
        memo[id(makefile)] = [one.name for one in makefile.targets if not one.name.startswith(".")][:2000]
    return memo[id(makefile)]
