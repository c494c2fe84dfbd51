"""WF006: workflows without permissions, timeout or concurrency, or that cancel runs that must finish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ...finding import Finding
from ...yaml import Node, each_at, get, text_at
from ..readers.workflow import WORKFLOW_SYNTAX, Job, Workflow, workflow
from ..rule import File, Scope, at, rule
from .flux_signs import signs

_OF_PULL_REQUESTS = frozenset(("pull_request", "pull_request_target"))
_UNIQUE = re.compile(r"github\.(?:sha|run_id|run_number|event\.after|event\.head_commit)", re.I)


@rule(
    "WF006",
    "warning",
    ("workflow",),
    "a workflow without permissions, timeout or concurrency, or that cancels runs that must finish",
    explanation=(
        "Without permissions the token gets the default permissions of the repository. Without timeout-minutes a job "
        "that hangs runs for six hours. Without concurrency every push starts another run in parallel; with "
        "cancel-in-progress: true a push to main cancels the test, release or notification of the previous one. A "
        "workflow that is only called has the permissions and the concurrency of its callers."
    ),
    bad="on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n",
    good=(
        "on: pull_request\npermissions: {}\nconcurrency: {group: test-${{ github.ref }}, cancel-in-progress: true}\n"
        "jobs:\n  test:\n    runs-on: ubuntu-latest\n    timeout-minutes: 20\n    steps: [{run: make}]\n"
    ),
    source=f"{WORKFLOW_SYNTAX}#jobsjob_idtimeout-minutes",
)
def _unlimited_runs(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    if not flow.jobs:
        return
    first = flow.jobs[0].key
    if not get(flow.node, "permissions") and flow.triggers.keys() != {"workflow_call"}:
        bare = [job.name for job in flow.jobs if not get(job.node, "permissions")]
        if bare:
            message = (
                f"no permissions for {_list(bare)}: the token gets the repository's default, which may include write"
            )
            hint = "write permissions: {} at the top, and in each job the permissions that it needs"
            yield at(first, message, hint)
    endless = [job.name for job in flow.jobs if job.uses_node is None and not _ends(job)]
    if endless:
        message = f"no timeout-minutes for {_list(endless)}: a job that hangs runs for six hours"
        yield at(first, message, "set timeout-minutes in every job")
    yield from _concurrency(flow, scope)


def _ends(job: Job) -> bool:
    if get(job.node, "timeout-minutes"):
        return True
    return bool(job.steps) and all(get(one.node, "timeout-minutes") for one in job.steps)


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _concurrency(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    own = get(flow.node, "concurrency")
    groups = [own] if own else [one for job in flow.jobs if (one := get(job.node, "concurrency"))]
    if not groups:
        often = next((one for one in flow.triggers if _is_started_by_pushes(flow, one)), None)
        if often:
            message = "no concurrency: every push starts another run in parallel"
            hint = "set concurrency with a group, and cancel-in-progress for pull requests"
            yield at(flow.trigger(often), message, hint, "info")
        return
    yield from islice((found for one in groups for found in _cancelled(flow, one, scope)), 1)


def _is_started_by_pushes(flow: Workflow, event: str) -> bool:
    """Return whether every push to a branch, or to that of a pull request, triggers an event."""
    filters = flow.triggers[event]
    if event in _OF_PULL_REQUESTS:
        types = each_at(filters, "types")
        return not types or any(text_at(one) == "synchronize" for one in types)
    if event != "push":
        return False
    return not (get(filters, "tags") or get(filters, "tags-ignore")) or bool(get(filters, "branches"))


def _cancelled(flow: Workflow, group: Node, scope: Scope) -> Iterator[Finding]:
    """Find runs on a main branch, or notifications, that a later push cancels."""
    cancel = get(group, "cancel-in-progress")
    if text_at(cancel) != "true" or "push" not in flow.triggers or _UNIQUE.search(text_at(group, "group")):
        return
    push = flow.triggers["push"]
    tags = each_at(push, "tags")
    labels = signs(scope).labels
    if any(one.text in labels or one.text.startswith("flux-sync") for one in tags):
        message = "a notification is cancelled by the next one, and lost"
        yield at(cancel, message, "write cancel-in-progress: false")
        return
    named = [one.text for one in each_at(push, "branches")]
    if any(one in {"main", "master"} for one in named) or (not named and not tags and not get(push, "branches-ignore")):
        message = "a push to the main branch cancels the run of the one before: not every commit is tested"
        hint = "write cancel-in-progress: ${{ github.event_name != 'push' }}"
        yield at(cancel, message, hint)
