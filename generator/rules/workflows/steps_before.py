"""Files that earlier steps of a job may have created."""

from __future__ import annotations

from dataclasses import dataclass

from ..readers.workflow import Job, WorkflowStep
from ..rule import Scope


@dataclass
class _Looks:
    """Counts searches for names in the text of steps, to bound the time."""

    left: int = 1_000


@dataclass(frozen=True)
class Before:
    """The text of the steps before a step, and the commands of this step other than make.

    ``anything`` says that an earlier step may create any file.
    """

    texts: tuple[str, ...]
    anything: bool
    looks: _Looks

    def made(self, path: str) -> bool:
        """Return whether an earlier step may have created a path, which it does if it mentions its first part."""
        self.looks.left -= 1
        first = path.partition("/")[0]
        return self.anything or self.looks.left < 0 or any(first in one for one in self.texts)


def before(step: WorkflowStep, job: Job, scope: Scope) -> Before:
    """Return the text and effects of the steps before a step."""
    brings: dict[int, int] = scope.memo.setdefault("steps_before.brings", {})
    if id(job) not in brings:
        brings[id(job)] = next((one.number for one in job.steps if _brings_files(one)), len(job.steps))
    looks = scope.memo.setdefault(f"steps_before.looks:{job.flow.file.path}", _Looks())
    if brings[id(job)] < step.number:
        return Before((), anything=True, looks=looks)
    own = "\n".join(arg for one in step.calls if one.tool not in {"make", "cd"} for arg in one.args)
    return Before((*(one.script for one in job.steps[: step.number]), own), anything=False, looks=looks)


def _brings_files(step: WorkflowStep) -> bool:
    return step.uses.startswith("./") or "download-artifact" in step.action or "cache" in step.action
