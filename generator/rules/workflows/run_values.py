"""WF006 and WF007: what jobs lack, and values that are not what they seem."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..readers.view import View
from ..readers.workflow import Job, Step, Workflow, steps, workflow
from ..rule import File, Finding, Scope, rule
from .flux_signs import signs
from .path_filters import patterns

_STARTED_OFTEN = frozenset(("push", "pull_request", "pull_request_target"))
_UNIQUE = re.compile(r"github\.(?:sha|run_id|run_number|event\.after|event\.head_commit)", re.I)
_VERSION_KEY = re.compile(r"version|k8s|kube|golang|\bgo\b|python|node|ruby|kind", re.I)
_LOSSY = re.compile(r"[1-9]\d*\.\d*0\Z")
_BAD_NAME = re.compile(r'["/\\:<>|*?\r\n]')
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_DISTINCT = re.compile(
    r"matrix|strategy\.job-index|github\.job\b|steps\.|env\.|runner\.|inputs\.|needs\.|hashFiles", re.I
)
_ATTEMPT = re.compile(r"v?(\d+)")
_UPLOAD = "actions/upload-artifact"
_DOC = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"


@rule(
    "WF006",
    "warning",
    ("workflow",),
    "a workflow without permissions, timeout or concurrency, or one that cancels what it must not",
    explanation=(
        "Without permissions the token has what the settings of the repository give it. Without timeout-minutes a job "
        "that hangs takes six hours. Without concurrency every push starts a run beside the last one; with "
        "cancel-in-progress: true a push to main cancels the test, release or notification of the one before."
    ),
    bad="on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n",
    good=(
        "on: pull_request\npermissions: {}\nconcurrency: {group: test-${{ github.ref }}, cancel-in-progress: true}\n"
        "jobs:\n  test:\n    runs-on: ubuntu-latest\n    timeout-minutes: 20\n    steps: [{run: make}]\n"
    ),
    source=f"{_DOC}#jobsjob_idtimeout-minutes",
)
def _limits(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    if not flow.jobs:
        return
    first = flow.jobs[0].key
    if not flow.view.get("permissions"):
        bare = [job.name for job in flow.jobs if not job.view.get("permissions")]
        if bare:
            message = (
                f"no permissions for {_list(bare)}: the token has what the repository's settings give, maybe to write"
            )
            hint = "write permissions: {} at the top, and in each job what it needs"
            yield Finding(first.line, first.column, message, hint)
    endless = [job.name for job in flow.jobs if not job.uses and not _ends(job)]
    if endless:
        message = f"no timeout-minutes for {_list(endless)}: a job that hangs takes six hours"
        yield Finding(first.line, first.column, message, "write timeout-minutes in every job")
    yield from _concurrency(flow, scope)


def _ends(job: Job) -> bool:
    if job.view.get("timeout-minutes"):
        return True
    return bool(job.steps) and all(one.view.get("timeout-minutes") for one in job.steps)


def _list(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def _concurrency(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    own = flow.view.get("concurrency")
    groups = [own] if own else [one for job in flow.jobs if (one := job.view.get("concurrency"))]
    if not groups:
        often = [one for one in flow.triggers if one in _STARTED_OFTEN]
        if often and flow.triggers.keys() & {"pull_request", "pull_request_target", "push"} and not _only_tags(flow):
            key = flow.trigger(often[0])
            message = "no concurrency: every push starts another run while the last one is at work"
            hint = "write concurrency with a group, and cancel-in-progress for pull requests"
            yield Finding(key.line, key.column, message, hint)
        return
    for one in groups:
        yield from _cancelled(flow, one, scope)


def _only_tags(flow: Workflow) -> bool:
    push = flow.triggers.get("push")
    if push is None or set(flow.triggers) & {"pull_request", "pull_request_target"}:
        return False
    return bool(push.get("tags") or push.get("tags-ignore")) and not push.get("branches")


def _cancelled(flow: Workflow, group: View, scope: Scope) -> Iterator[Finding]:
    """Find runs on a main branch, or notifications, that a later push cancels."""
    cancel = group.get("cancel-in-progress")
    if cancel.text != "true" or "push" not in flow.triggers or _UNIQUE.search(group.get("group").text):
        return
    push = flow.triggers["push"]
    tags = patterns(push, "tags")
    labels = signs(scope).labels
    if any(one.text in labels or one.text.startswith("flux-sync") for one in tags):
        message = "a notification is cancelled by the next one: what the first had to tell is lost"
        yield Finding(cancel.line, cancel.column, message, "write cancel-in-progress: false")
        return
    named = [one.text for one in patterns(push, "branches")]
    if any(one in {"main", "master"} for one in named) or (not named and not tags and not push.get("branches-ignore")):
        message = "runs on the main branch are cancelled by the next push: its state is never fully tested or released"
        hint = "write cancel-in-progress: ${{ github.event_name == 'pull_request' }}"
        yield Finding(cancel.line, cancel.column, message, hint)


# Values.


@rule(
    "WF007",
    "warning",
    ("workflow", "action"),
    "a version that is a number, or a name of an artifact that fails",
    explanation=(
        "1.30 without quotes is the number 1.3. The name of an artifact cannot have / or :, and since version 4 two "
        "uploads of one name in one run fail, so each job of a matrix needs its own. Logs must be uploaded from where "
        "they were written."
    ),
    bad=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: [1.30, 1.35]}}\n"
        "    steps: [run: 'make K8S=${{ matrix.k8s }}']\n"
    ),
    good=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: ['1.30', '1.35']}}\n"
        "    steps: [run: 'make K8S=${{ matrix.k8s }}']\n"
    ),
    source="https://github.com/actions/upload-artifact/blob/main/docs/MIGRATION.md",
)
def _values(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "workflow":
        flow = workflow(file, scope)
        yield from _floats(flow.view.get("env"), versions=True)
        for event in flow.triggers.values():
            for _, given in event.get("inputs").pairs:
                if given.get("type").text in {"", "string", "choice"}:
                    yield from _float(given.get("default"))
        for job in flow.jobs:
            yield from _floats(job.view.get("env"), versions=True)
            yield from _matrix_floats(job)
            yield from _artifacts(job)
        yield from _twice(flow)
    for step in steps(file, scope):
        yield from _floats(step.inputs, versions=True)
        yield from _floats(step.view.get("env"), versions=True)


def _float(one: View) -> Iterator[Finding]:
    if one.tag == "float" and one.node and not one.node.style and _LOSSY.match(one.text):
        short = one.text.rstrip("0").rstrip(".")
        yield Finding(one.line, one.column, f"{one.text} is the number {short}", f'write "{one.text}" in quotes')


def _floats(values: View, *, versions: bool) -> Iterator[Finding]:
    for key, value in values.pairs:
        if not versions or _VERSION_KEY.search(key.text):
            for one in value.items or (value,):
                yield from _float(one)


def _matrix_floats(job: Job) -> Iterator[Finding]:
    for key, value in job.matrix.pairs:
        if key.text in {"include", "exclude"}:
            for one in value.items:
                yield from _floats(one, versions=True)
        else:
            for one in value.items:
                yield from _float(one)
                yield from _floats(one, versions=True)


def _artifacts(job: Job) -> Iterator[Finding]:
    cells = [len(value.items) for key, value in job.matrix.pairs if key.text != "exclude" and value.shape == "list"]
    many = (
        any(one > 1 for one in cells)
        or job.matrix.shape == "scalar"
        or any(value.shape == "scalar" for _, value in job.matrix.pairs)
    )
    logs = _logs(job)
    for step in job.steps:
        if step.action != _UPLOAD:
            continue
        name = step.inputs.get("name")
        head, *parts = name.text.split("${{")
        bare = head + "".join(one.partition("}}")[2] for one in parts)
        if (bad := _BAD_NAME.search(bare)) is not None:
            message = f"the name of an artifact cannot have {bad.group()!r}"
            yield Finding(name.line, name.column, message, "use letters, digits, '-' and '.'")
        yield from _from_matrix(job, name)
        if many and _is_v4(step) and step.inputs.get("overwrite").text != "true" and not _DISTINCT.search(name.text):
            place = name or step.uses
            shown = name.text or "artifact"
            message = f"every job of the matrix uploads {shown}, and the second one fails: it is there already"
            yield Finding(
                place.line, place.column, message, "put what differs into the name, as ${{ strategy.job-index }}"
            )
        yield from _nothing(step, logs, job)


def _from_matrix(job: Job, name: View) -> Iterator[Finding]:
    for key in _MATRIX.findall(name.text):
        for value in job.matrix.get(key).items:
            bad = _BAD_NAME.search(value.text)
            if bad and "${{" not in value.text:
                message = f"matrix.{key} may be {value.text}, and the name of an artifact cannot have {bad.group()!r}"
                yield Finding(
                    name.line, name.column, message, "use ${{ strategy.job-index }}, or a short name in the matrix"
                )
                return


def _is_v4(step: Step) -> bool:
    """Tell whether an upload is of version 4 or later, by its tag or the comment behind its digest."""
    ref = step.ref
    if re.fullmatch(r"[0-9a-f]{40}", ref) and step.job is not None:
        text = step.job.flow.file.text.splitlines()[step.uses.line - 1 :][:1]
        comment = (text or [""])[0].partition("#")[2]
        ref = (re.findall(r"v\d+", comment) or [""])[0]
    found = _ATTEMPT.match(ref)
    return bool(found and int(found.group(1)) >= 4)


def _twice(flow: Workflow) -> Iterator[Finding]:
    """Find two jobs of one workflow that upload artifacts of one name."""
    seen: dict[str, Step] = {}
    for step in flow.steps:
        name = step.inputs.get("name").text
        if step.action != _UPLOAD or not _is_v4(step) or not name or "${{" in name or step.condition:
            continue
        if step.inputs.get("overwrite").text == "true" or (step.job and step.job.view.get("if")):
            continue
        first = seen.setdefault(name, step)
        if first.job is not step.job:
            place = step.inputs.get("name")
            message = f"the artifact {name} is uploaded in line {first.uses.line} too, and the second upload fails"
            yield Finding(place.line, place.column, message, "give each its own name")


def _logs(job: Job) -> list[str]:
    """Return where scripts of a job write logs of a kind cluster, none where that cannot be told."""
    if not any("kind export logs" in one.run.text for one in job.steps):
        return []
    found = []
    for step in job.steps:
        for match in re.finditer(r"kind export logs\s+(\S+)", step.run.text):
            if match.group(1).startswith("-") or "$" in match.group(1):
                return []
            found.append(match.group(1).strip("'\"").removeprefix("./").rstrip("/"))
    return found


def _nothing(step: Step, logs: list[str], job: Job) -> Iterator[Finding]:
    """Find logs that are uploaded from another path than the one they were exported to."""
    path = step.inputs.get("path")
    if not logs or not step.diagnostic or not path.text or "\n" in path.text.strip() or re.search(r"[$*]", path.text):
        return
    wanted = path.text.strip().removeprefix("./").rstrip("/")
    if any(f"{one}/".startswith(f"{wanted}/") or f"{wanted}/".startswith(f"{one}/") for one in logs) or wanted == ".":
        return
    head = wanted.lstrip("/").partition("/")[0]
    if any(head in one.source_text for one in job.steps if one is not step):
        return
    message = f"nothing writes {wanted}: the logs are exported to {logs[0]}"
    yield Finding(path.line, path.column, message, f"write path: {logs[0]}")
