"""Check that local workflows and actions exist and accept the inputs and secrets given to them."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Invalid
from ...finding import Finding
from ...yaml import Node, each_at, expand, get, key_of, pairs_at, parse, text_at
from ..readers.workflow import Job, WorkflowStep, first_map, local
from ..rule import Scope, at
from .steps_before import before


def _document(path: str, scope: Scope) -> tuple[Node | None, bool]:
    """Return the first map of a YAML file (None if missing or not readable), and whether the file exists."""
    known = scope.by_path.get(path)
    if known:
        return first_map(known.documents), True
    text = scope.read(path)
    if text is None:
        return None, False
    try:
        return first_map(expand(parse(text, path), path)), True
    except Invalid:
        return None, True


def wrong_workflow(job: Job, scope: Scope) -> Iterator[Finding]:
    """Find a local workflow that does not exist, cannot be called, or lacks an input or secret of the job."""
    path = local(job.uses, job.flow.root or "")
    if not path:
        return
    document, found = _document(path, scope)
    if not found:
        if job.flow.at_root and not scope.exists(path):
            yield at(job.uses_node, f"the workflow {path} does not exist", "correct the path")
        return
    events = get(document, "on")
    if events is None:
        return
    if key_of(events, "workflow_call") is None:
        if not any(text_at(one) == "workflow_call" for one in each_at(events)):
            message = f"{path} cannot be called: it has no trigger workflow_call"
            yield at(job.uses_node, message, "add workflow_call to its triggers")
        return
    called = get(events, "workflow_call")
    yield from _inputs(get(job.node, "with"), get(called, "inputs"), path, "input", job.uses_node)
    given = get(job.node, "secrets")
    if text_at(given) != "inherit":
        yield from _inputs(given, get(called, "secrets"), path, "secret", job.uses_node)


def _inputs(
    given: Node | None, declared: Node | None, path: str, what: str, place: Node | None, *, strict: bool = True
) -> Iterator[Finding]:
    known = {key.text.lower(): value for key, value in pairs_at(declared)}
    names = {key.text.lower() for key, _ in pairs_at(given)}
    shown = ", ".join(sorted(known)[:20]) + (" …" if len(known) > 20 else "") or "none"
    for key, _ in pairs_at(given):
        if key.text.lower() not in known:
            yield at(key, f"{path} has no {what} {key.text}", f"it has: {shown}")
    for name, one in known.items() if strict else ():
        if text_at(one, "required") == "true" and not get(one, "default") and name not in names:
            yield at(place, f"{path} requires the {what} {name}", f"set {name}")


def wrong_action(step: WorkflowStep, scope: Scope) -> Iterator[Finding]:
    """Find a local action that does not exist, or lacks an input that the step sets."""
    flow = step.job.flow if step.job else None
    path = local(step.uses, flow.root or "") if flow else ""
    if not path or flow is None or step.job is None:
        return
    base = "" if path == "." else f"{path}/"
    for name in ("action.yml", "action.yaml"):
        document, found = _document(base + name, scope)
        if document:
            yield from _inputs(step.inputs, get(document, "inputs"), base + name, "input", step.uses_node, strict=False)
        if found:
            return
    if flow.at_root and not scope.exists(f"{base}Dockerfile") and not before(step, step.job, scope).made(path):
        message = f"{path} has no action: neither action.yml nor action.yaml exists"
        yield at(step.uses_node, message, "correct the path")
