"""Workflows and composite actions as rules see them: triggers, jobs, steps, scripts.

The formats are those of https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax and
…/metadata-syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from ... import regex
from ..rule import File, Scope
from . import shell
from .makefile import normal
from .view import NOTHING, View

_LIMIT = 2000  # steps or jobs of one file that are looked at
_USES = re.compile(r"([^@\s]+)@(\S+)\Z")
_SPECIAL = re.compile(r"[*?+\[\\]")
_LONGEST = 500  # of a filter pattern
_WINDOWS = re.compile(r"windows", re.I)


class Step:
    """A step of a job or of a composite action."""

    def __init__(self, view: View, job: Job | None, number: int) -> None:
        self.view, self.job, self.number = view, job, number
        self.uses = view.get("uses")
        self.run = view.get("run")
        self.inputs = view.get("with")
        self.condition = view.get("if").text

    @property
    def action(self) -> str:
        """The action without its ref, ``""`` for a script."""
        found = _USES.match(self.uses.text)
        return found.group(1).lower() if found else ""

    @property
    def ref(self) -> str:
        """The ref of the action."""
        found = _USES.match(self.uses.text)
        return found.group(2) if found else ""

    @cached_property
    def pipelines(self) -> tuple[shell.Pipeline, ...]:
        """The script of the step; empty where no shell of Unix runs it."""
        if not self.run or not re.match(r"(?:bash|sh|dash|/bin/|\Z)", self.shell.split("/")[-1] if self.shell else ""):
            return ()
        return shell.read(self.run.text)

    def line(self, within: int) -> int:
        """Return the line of the file for a line of the script, counted from 0."""
        node = self.run.node
        return self.run.line + 1 + within if node and node.style == "|" else self.run.line

    @cached_property
    def shell(self) -> str:
        """The shell that the step names, or its job or workflow does; ``""`` for the runner's own."""
        own = self.view.get("shell").text
        return own or (self.job.shell if self.job else "")

    @property
    def diagnostic(self) -> bool:
        """Whether it runs after a failure, or its own does not matter."""
        lenient = self.view.get("continue-on-error").text == "true"
        return lenient or any(word in self.condition for word in ("failure()", "always()", "cancelled()"))

    @property
    def source_text(self) -> str:
        """The text of the step."""
        return self.job.source(self.view) if self.job else ""

    @property
    def folder(self) -> str:
        """The directory that it runs in, as it is written."""
        own = self.view.get("working-directory").text
        return own or (self.job.folder if self.job else "") or "."


class Job:
    """A job of a workflow."""

    def __init__(self, key: View, view: View, flow: Workflow) -> None:
        self.key, self.view, self.flow = key, view, flow
        self.name = key.text
        self.uses = view.get("uses")
        self.steps = tuple(Step(one, self, n) for n, one in enumerate(view.get("steps").items[:_LIMIT]))

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that it waits for."""
        return tuple(one.text for one in self.view.get("needs").each)

    @cached_property
    def matrix(self) -> View:
        """The matrix."""
        return self.view.get("strategy", "matrix")

    @property
    def shell(self) -> str:
        """The shell of its steps that name none, ``""`` for the runner's own."""
        own = self.view.get("defaults", "run", "shell").text or self.flow.view.get("defaults", "run", "shell").text
        if own:
            return own
        if _WINDOWS.search(self.source(self.view.get("runs-on")) + self.source(self.matrix)):
            return "pwsh"
        return "sh" if self.view.get("container") else ""

    @property
    def folder(self) -> str:
        """The directory of its steps that name none."""
        place = ("defaults", "run", "working-directory")
        return self.view.get(*place).text or self.flow.view.get(*place).text

    def source(self, view: View | None = None) -> str:
        """Return the text of the job, or of a part of it."""
        return (view or self.view).source(self.flow.file.text) if view is not NOTHING else ""


class Workflow:
    """A workflow: the first document of its file."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.view = View(next((one for one in file.documents if one.shape == "map"), None))

    @cached_property
    def triggers(self) -> Mapping[str, View]:
        """The events that start it, each with its filters; ``on`` may be a word, a list or a map."""
        events = self.view.get("on")
        if events.shape == "map":
            return {key.text: value for key, value in events.pairs}
        return {one.text: NOTHING for one in events.each}

    def trigger(self, name: str) -> View:
        """Return where an event is written: its key, or its word."""
        events = self.view.get("on")
        if events.shape == "map":
            return events.key(name)
        return next((one for one in events.each if one.text == name), NOTHING)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Its jobs."""
        return tuple(Job(key, value, self) for key, value in self.view.get("jobs").pairs[:_LIMIT])

    @property
    def steps(self) -> Iterator[Step]:
        """Every step of every job."""
        return (step for job in self.jobs for step in job.steps)

    @property
    def root(self) -> str | None:
        """The directory of the repository that it belongs to: what is before ``.github/workflows``."""
        before, found, _ = self.file.path.rpartition(".github/workflows/")
        return before.rstrip("/") if found else None

    @property
    def at_root(self) -> bool:
        """Whether it lies where GitHub looks for workflows of the repository that is checked."""
        return self.root == ""


def workflow(file: File, scope: Scope) -> Workflow:
    """Return the workflow in a file, read once a run."""
    memo = scope.memo.setdefault("workflows", {})
    if file.path not in memo:
        memo[file.path] = Workflow(file)
    found: Workflow = memo[file.path]
    return found


def action_steps(file: File) -> tuple[Step, ...]:
    """Return the steps of a composite action."""
    view = View(next((one for one in file.documents if one.shape == "map"), None))
    return tuple(Step(one, None, n) for n, one in enumerate(view.get("runs", "steps").items[:_LIMIT]))


def steps(file: File, scope: Scope) -> tuple[Step, ...]:
    """Return the steps of a workflow or of a composite action."""
    return tuple(workflow(file, scope).steps) if file.family == "workflow" else action_steps(file)


def local(uses: str, root: str = "") -> str:
    """Return the path below the root that a local ``uses`` names, ``""`` for any other one."""
    for sign in ("./", "$/"):
        if uses.startswith(sign):
            return normal(f"{root}/{uses[2:]}" if root else uses[2:])
    return ""


def matches(pattern: str, name: str) -> bool:
    """Tell whether a filter pattern matches the name of a branch or tag, or a path.

    The grammar is that of "Filter pattern cheat sheet" in GitHub's workflow syntax.
    """
    pattern = pattern.removeprefix("!")[:_LONGEST]
    special = _SPECIAL.search(pattern)
    if special is None:
        return pattern == name
    head = pattern[: special.start()]
    if pattern[special.start() :] == "**":
        return name.startswith(head)
    return name.startswith(head[:-1]) and regex.search(f"\\A(?s:{_expression(pattern)})\\z", name)


def _expression(pattern: str) -> str:
    """Return a filter pattern as a regular expression of RE2, which no pattern can make slow."""
    out, at, repeatable = [], 0, False
    while at < len(pattern):
        char, took, may_repeat = pattern[at], 1, True
        if pattern.startswith("**/", at):
            part, took, may_repeat = "(?:.*/)?", 3, False
        elif pattern.startswith("**", at):
            part, took, may_repeat = ".*", 2, False
        elif char == "*":
            part, may_repeat = "[^/]*", False
        elif char in "?+":
            part, may_repeat = (char if repeatable else ""), False
        elif char == "[" and "]" in pattern[at:]:
            end = pattern.index("]", at)
            part, took = "[" + re.escape(pattern[at + 1 : end]).replace("\\-", "-") + "]", end - at + 1
        elif char == "\\" and at + 1 < len(pattern):
            part, took = re.escape(pattern[at + 1]), 2
        else:
            part = re.escape(char)
        out.append(part)
        at += took
        repeatable = may_repeat
    return "".join(out)
