"""Read workflows and composite actions: triggers, jobs, steps, scripts.

The formats are those of WORKFLOW_SYNTAX and of metadata-syntax next to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ...yaml import Node, each_at, get, items_at, key_of, pairs_at, text_at
from ..rule import File, Scope
from . import shell
from .makefile import normal
from .tools import ToolCall, call

WORKFLOW_SYNTAX = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"
DEFAULT_TOKEN = re.compile(r"\$\{\{\s*(?:secrets\.GITHUB_TOKEN|github\.token)\s*\}\}\Z", re.I)
_LIMIT = 2000  # steps or jobs read per file
_USES = re.compile(r"([^@\s]+)@(\S+)\Z")
_WINDOWS = re.compile(r"windows", re.I)


class WorkflowStep:
    """A step of a job or of a composite action."""

    def __init__(self, node: Node, job: Job | None, number: int) -> None:
        self.node, self.job, self.number = node, job, number
        self.uses, self.uses_node = text_at(node, "uses"), get(node, "uses")
        self.script = text_at(node, "run")
        self.inputs = get(node, "with")
        self.condition = text_at(node, "if")

    def input(self, name: str) -> str:
        """Return the text of an input of its action, ``""`` if it is not given."""
        return text_at(self.inputs, name)

    @property
    def action(self) -> str:
        """The action without its ref, ``""`` for a script."""
        found = _USES.match(self.uses)
        return found.group(1).lower() if found else ""

    @property
    def ref(self) -> str:
        """The ref of the action."""
        found = _USES.match(self.uses)
        return found.group(2) if found else ""

    @cached_property
    def pipelines(self) -> tuple[shell.ShellPipeline, ...]:
        """The pipelines of the step's script; empty if no Unix shell runs it."""
        if get(self.node, "run") is None or not re.match(
            r"(?:bash|sh|dash|/bin/|\Z)", self.shell.split("/")[-1] if self.shell else ""
        ):
            return ()
        return shell.parse_shell(self.script)

    @cached_property
    def calls(self) -> tuple[ToolCall, ...]:
        """The commands of the script as calls of tools."""
        return tuple(call(command) for pipeline in self.pipelines for command in pipeline.commands)

    def line(self, within: int) -> int:
        """Return the line of the file for a line of the script, counted from 0."""
        node = get(self.node, "run")
        start = node.line if node else 1
        return start + 1 + within if node and node.style == "|" else start

    @cached_property
    def shell(self) -> str:
        """The shell set by the step, its job or workflow; ``""`` for the runner's default."""
        own = text_at(self.node, "shell")
        return own or (self.job.shell if self.job else "")

    @property
    def diagnostic(self) -> bool:
        """Whether it runs after a failure, or its own failure is ignored."""
        lenient = text_at(self.node, "continue-on-error") == "true"
        return lenient or any(word in self.condition for word in ("failure()", "always()", "cancelled()"))

    @property
    def source_text(self) -> str:
        """The text of the step."""
        return self.job.source_of(self.node) if self.job else ""

    @property
    def folder(self) -> str:
        """The working directory, as written."""
        own = text_at(self.node, "working-directory")
        return own or (self.job.folder if self.job else "") or "."


class Job:
    """A job of a workflow."""

    def __init__(self, key: Node, node: Node, flow: Workflow) -> None:
        self.key, self.node, self.flow = key, node, flow
        self.name = text_at(key)
        self.uses, self.uses_node = text_at(node, "uses"), get(node, "uses")
        self.steps = tuple(WorkflowStep(one, self, n) for n, one in enumerate(items_at(node, "steps")[:_LIMIT]))

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that it waits for."""
        return tuple(text_at(one) for one in each_at(self.node, "needs"))

    @cached_property
    def matrix(self) -> Node | None:
        """The matrix, None if it has none."""
        return get(self.node, "strategy", "matrix")

    @property
    def shell(self) -> str:
        """The default shell of its steps, ``""`` for the runner's default."""
        place = ("defaults", "run", "shell")
        own = text_at(self.node, *place) or text_at(self.flow.node, *place)
        if own:
            return own
        if _WINDOWS.search(self.source_of(get(self.node, "runs-on")) + self.source_of(self.matrix)):
            return "pwsh"
        return "sh" if get(self.node, "container") else ""

    @property
    def folder(self) -> str:
        """The default working directory of its steps."""
        place = ("defaults", "run", "working-directory")
        return text_at(self.node, *place) or text_at(self.flow.node, *place)

    @property
    def source(self) -> str:
        """The text of the job."""
        return self.source_of(self.node)

    def source_of(self, node: Node | None) -> str:
        """Return the text of a part of the job, ``""`` if the part is missing."""
        return self.flow.file.text[node.start : node.end] if node else ""


class Workflow:
    """A workflow: the first document of its file."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.node = first_map(file.documents)

    @cached_property
    def triggers(self) -> Mapping[str, Node | None]:
        """The events that trigger it, each with its filters or None; ``on`` may be a word, a list or a map."""
        events = get(self.node, "on")
        if events is not None and events.shape == "map":
            return {text_at(key): value for key, value in events.pairs}
        return {text_at(one): None for one in each_at(events)}

    def trigger(self, name: str) -> Node | None:
        """Return the node of an event: its key, or its word."""
        events = get(self.node, "on")
        if events is not None and events.shape == "map":
            return key_of(events, name)
        return next((one for one in each_at(events) if text_at(one) == name), None)

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """Its jobs."""
        return tuple(Job(key, value, self) for key, value in pairs_at(self.node, "jobs")[:_LIMIT])

    @property
    def steps(self) -> Iterator[WorkflowStep]:
        """Yield the steps of all jobs."""
        return (step for job in self.jobs for step in job.steps)

    @property
    def root(self) -> str | None:
        """The directory that contains ``.github/workflows``, the root of its repository."""
        before, found, _ = self.file.path.rpartition(".github/workflows/")
        return before.rstrip("/") if found else None

    @property
    def at_root(self) -> bool:
        """Whether GitHub runs it as a workflow of the checked repository."""
        return self.root == ""


def first_map(documents: Iterable[Node]) -> Node | None:
    """Return the first document that is a map, which GitHub reads; None if there is none."""
    return next((one for one in documents if one.shape == "map"), None)


def workflow(file: File, scope: Scope) -> Workflow:
    """Return the workflow in a file, read once per run."""
    memo = scope.memo.setdefault("workflows", {})
    if file.path not in memo:
        memo[file.path] = Workflow(file)
    found: Workflow = memo[file.path]
    return found


def action_steps(file: File) -> tuple[WorkflowStep, ...]:
    """Return the steps of a composite action."""
    given = items_at(first_map(file.documents), "runs", "steps")
    return tuple(WorkflowStep(one, None, n) for n, one in enumerate(given[:_LIMIT]))


def steps(file: File, scope: Scope) -> tuple[WorkflowStep, ...]:
    """Return the steps of a workflow or of a composite action."""
    return tuple(workflow(file, scope).steps) if file.family == "workflow" else action_steps(file)


def local(uses: str, root: str = "") -> str:
    """Return the path below the root that a local ``uses`` names, ``""`` for any other ``uses``."""
    for sign in ("./", "$/"):
        if uses.startswith(sign):
            return normal(f"{root}/{uses[2:]}" if root else uses[2:])
    return ""
