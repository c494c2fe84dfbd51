"""Faults of uploaded artifacts, which WF007 reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...yaml import Node, get, items_at, text_at
from ..readers.workflow import Job, Workflow, WorkflowStep
from ..rule import at

_BAD_NAME = re.compile(r'["/\\:<>|*?\r\n]')
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_DISTINCT = re.compile(
    r"matrix|strategy\.job-index|github\.job\b|steps\.|env\.|runner\.|inputs\.|needs\.|hashFiles", re.I
)
_ATTEMPT = re.compile(r"v?(\d+)")
_UPLOAD = "actions/upload-artifact"


def _has_many(matrix: Node | None) -> bool:
    """Return whether a matrix has or may have several jobs; the result of an expression is not known."""
    if matrix is None or matrix.shape == "scalar":
        return matrix is not None
    cells = [len(value.items) for key, value in matrix.pairs if key.text != "exclude" and value.shape == "list"]
    return any(one > 1 for one in cells) or any(value.shape == "scalar" for _, value in matrix.pairs)


def of_job(job: Job) -> Iterator[Finding]:
    """Find uploads of a job that fail, or upload nothing."""
    many = _has_many(job.matrix)
    logs = _logs(job)
    for step in job.steps:
        if step.action != _UPLOAD:
            continue
        name, text = get(step.inputs, "name"), step.input("name")
        head, *parts = text.split("${{")
        bare = head + "".join(one.partition("}}")[2] for one in parts)
        if (bad := _BAD_NAME.search(bare)) is not None:
            message = f"the name of an artifact must not contain {bad.group()!r}"
            yield at(name, message, "use letters, digits, '-' and '.'")
        yield from _from_matrix(job, name)
        is_chosen = "matrix" in step.condition  # by one of the jobs, as far as is known
        if many and _is_v4(step) and not is_chosen and step.input("overwrite") != "true" and not _DISTINCT.search(text):
            message = f"every job of the matrix uploads {text or 'artifact'}: all but the first fail"
            yield at(name or step.uses_node, message, "make the name unique, such as by ${{ strategy.job-index }}")
        yield from _nothing(step, logs, job)


def _from_matrix(job: Job, name: Node | None) -> Iterator[Finding]:
    for key in _MATRIX.findall(text_at(name)):
        for value in items_at(job.matrix, key):
            bad = _BAD_NAME.search(value.text)
            if bad and "${{" not in value.text:
                message = f"matrix.{key} may be {value.text}, but an artifact's name must not contain {bad.group()!r}"
                yield at(name, message, "use ${{ strategy.job-index }}, or a short name in the matrix")
                return


def _is_v4(step: WorkflowStep) -> bool:
    """Return whether an upload has version 4 or later, by its tag or the comment after its commit."""
    ref = step.ref
    if re.fullmatch(r"[0-9a-f]{40}", ref) and step.job is not None and step.uses_node is not None:
        text = step.job.flow.file.text.splitlines()[step.uses_node.line - 1 :][:1]
        comment = (text or [""])[0].partition("#")[2]
        ref = (re.findall(r"v\d+", comment) or [""])[0]
    found = _ATTEMPT.match(ref)
    return bool(found and int(found.group(1)) >= 4)


def uploaded_twice(flow: Workflow) -> Iterator[Finding]:
    """Find two jobs of a workflow that upload artifacts with the same name."""
    seen: dict[str, WorkflowStep] = {}
    for step in flow.steps:
        name = step.input("name")
        if step.action != _UPLOAD or not _is_v4(step) or not name or "${{" in name or step.condition:
            continue
        if step.input("overwrite") == "true" or (step.job and get(step.job.node, "if")):
            continue
        first = seen.setdefault(name, step)
        if first.job is not step.job:
            line = first.uses_node.line if first.uses_node else 1
            message = f"the artifact {name} is also uploaded in line {line}: the second upload fails"
            yield at(get(step.inputs, "name"), message, "use different names")


def _logs(job: Job) -> list[str]:
    """Return the paths to which scripts of a job export logs of a kind cluster; empty if not known."""
    if not any("kind export logs" in one.script for one in job.steps):
        return []
    found = []
    for step in job.steps:
        for match in re.finditer(r"kind export logs\s+(\S+)", step.script):
            if match.group(1).startswith("-") or "$" in match.group(1):
                return []
            found.append(match.group(1).strip("'\"").removeprefix("./").rstrip("/"))
    return found


def _nothing(step: WorkflowStep, logs: list[str], job: Job) -> Iterator[Finding]:
    """Find logs that are uploaded from a path other than the one they are exported to."""
    path = step.input("path").strip()
    if not logs or not step.diagnostic or not path or "\n" in path or re.search(r"[$*]", path):
        return
    wanted = path.removeprefix("./").rstrip("/")
    if any(f"{one}/".startswith(f"{wanted}/") or f"{wanted}/".startswith(f"{one}/") for one in logs) or wanted == ".":
        return
    head = wanted.lstrip("/").partition("/")[0]
    if any(head in one.source_text for one in job.steps if one is not step):
        return
    message = f"nothing writes {wanted}: the logs are exported to {logs[0]}"
    yield at(get(step.inputs, "path"), message, f"write path: {logs[0]}")
