"""WF009: tokens that are exposed to later steps, or used for what they cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ... import behaviour
from ...finding import Finding
from ...yaml import get, text_at
from ..readers.workflow import DEFAULT_TOKEN, Job, WorkflowStep, action_steps, workflow
from ..rule import File, Scope, at, rule

_USES_GIT = re.compile(
    r"\bgit\s+(?:-\S+\s+\S+\s+){0,5}(?:push|pull|fetch|clone|submodule|ls-remote|lfs|remote)\b|\bgh\s+pr\s+checkout|semantic-release"
    r"|goreleaser|lerna\b|changeset|release-it|git-\w+|cz bump|mike deploy|gh-deploy|hub\s|--push\b|cr upload"
    r"|chart-releaser"
)
_PUSHERS = re.compile(
    r"git-auto-commit|create-pull-request|add-and-commit|github-push|gh-pages|goreleaser|semantic-release|changesets|"
    r"chart-releaser|backport|update-generated|release-please|git-push|push-action|deploy|release|version|tag"
    r"|submodule|commit|publish|changed-files",
    re.I,
)
# Scripts that may push, if the token permits it.
_OPAQUE = re.compile(
    r"(?m)\bmake\b|(?:^|[\s;&|])(?:\.{1,2}/|hack/|scripts?/)\S|\b(?:npm|yarn|pnpm|npx|task|just|mage|gradlew?)\b"
)
_COMMITTERS = re.compile(r"git-auto-commit-action|create-pull-request|add-and-commit", re.I)
_UNCHECKED = "pushes changes of workflow files with GITHUB_TOKEN, which may not change them and triggers no checks"
_UNCHECKED_HINT = "fail and upload the patch instead, or push with the token of a GitHub App that has workflows: write"
_WORKFLOW_FILES = re.compile(r"\.github(?:/workflows\b|/?['\"\s]|$)")


@rule(
    "WF009",
    "warning",
    ("workflow", "action"),
    "a token that is exposed to later steps, or used for what it cannot do",
    explanation=(
        "actions/checkout keeps its token in the work tree for all later steps unless persist-credentials is false; a "
        "job that pushes or fetches needs it. GITHUB_TOKEN may not change workflow files, and its pushes trigger no "
        "workflows: an automatic fix of generated workflows fails or is not checked."
    ),
    bad=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n"
        "      - run: make\n"
    ),
    good=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n"
        "        with: {persist-credentials: false}\n      - run: make\n"
    ),
    source="https://docs.zizmor.sh/audits/#artipacked",
)
def _misused_tokens(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "action":
        yield from _left(action_steps(file))
        return
    for job in workflow(file, scope).jobs:
        yield from _left(job.steps, writes=_may_write(job))
        yield from _autofix(job)


def _left(given: tuple[WorkflowStep, ...], *, writes: bool = False) -> Iterator[Finding]:
    found: list[Finding] = []
    used = True  # by a later step; no step comes after the last one
    for number in range(len(given) - 1, -1, -1):
        step = given[number]
        if step.action == "actions/checkout" and not get(step.inputs, "persist-credentials") and not used:
            message = "actions/checkout keeps its token for all later steps of the job"
            hint = "write with: {persist-credentials: false}"
            found.append(at(step.uses_node, message, hint))
        used = (used and number < len(given) - 1) or _needs_token(step) or (writes and _is_opaque(step))
    yield from reversed(found)


def _is_opaque(step: WorkflowStep) -> bool:
    """Return whether a step may push without showing it: a script of the repository, a third-party action."""
    if _OPAQUE.search(step.script):
        return True
    return step.uses_node is not None and not step.action.startswith(("actions/", "docker/"))


def _may_write(job: Job) -> bool:
    """Return whether a job grants its token permission to push."""
    given = get(job.node, "permissions") or get(job.flow.node, "permissions")
    return text_at(given) == "write-all" or text_at(given, "contents") == "write"


def _needs_token(step: WorkflowStep) -> bool:
    """Return whether a step may use git with the credentials of the checkout."""
    return bool(_USES_GIT.search(step.script)) or bool(step.action and _PUSHERS.search(step.action))


def _autofix(job: Job) -> Iterator[Finding]:
    """Find a commit of workflow files that is pushed with a token that may not change them."""
    checkout = next((one for one in job.steps if one.action == "actions/checkout"), None)
    token = checkout.input("token") if checkout else ""
    if checkout is None or (token and not DEFAULT_TOKEN.match(token)) or get(checkout.inputs, "ssh-key"):
        return
    touched = any(_touches(one) for one in job.steps)
    for step in job.steps if touched else ():
        own = step.input("token")
        if _COMMITTERS.search(step.action) and (not own or DEFAULT_TOKEN.match(own)):
            finding = at(step.uses_node, _UNCHECKED, _UNCHECKED_HINT)
        elif (line := _pushes(step)) is not None:
            finding = Finding(step.line(line), 1, _UNCHECKED, _UNCHECKED_HINT)
        else:
            continue
        yield finding
        return


def _touches(step: WorkflowStep) -> bool:
    """Return whether a step changes workflow files or names them for a commit."""
    patterns = step.input("file_pattern") + step.input("add-paths") + step.input("add")
    if _WORKFLOW_FILES.search(patterns):
        return True
    for one in step.calls if ".github" in step.script or "scaffold" in step.script else ():
        if one.tool == "git" and one.verb("add") and any(".github" in word for word in one.args):
            return True
        if one.tool == "scaffold" and {*one.args[:1]} & _writing() and "--dry-run" not in one.args:
            return True
    return False


@cache
def _writing() -> frozenset[str]:
    """Return the commands of scaffold that may write workflows."""
    return frozenset({"init", "regenerate", *(behaviour.of(name).command for name in behaviour.names())} - {""})


def _pushes(step: WorkflowStep) -> int | None:
    for one in step.calls if "push" in step.script else ():
        if one.tool == "git" and "push" in one.operands[:3] and "@" not in " ".join(one.args):
            return one.line
    return None
