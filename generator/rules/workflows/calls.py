"""WF001: calls of make targets, directories, local workflows, actions and inputs that do not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...yaml import items_at
from ..readers.workflow import Job, Workflow, workflow
from ..rule import File, Scope, at, rule
from .joined_findings import joined
from .local_calls import wrong_action, wrong_workflow
from .make_calls import missing_targets

_MAKERS = re.compile(
    r"\b(?:configure|cmake|autoreconf|autogen|meson|qmake|perl Makefile\.PL|submodule|git clone|git checkout)\b"
)


@rule(
    "WF001",
    "error",
    ("workflow",),
    "a reference to something that does not exist",
    explanation=(
        "A make target, its directory, a local workflow or action, or one of its inputs does not exist, or a matrix "
        "key is not used. The mistake only shows when the job runs. Makefiles that are empty, create rules with "
        "$(eval) or have unreadable includes are not checked. Left to actionlint: needs of an unknown job, cycles, "
        "unknown matrix keys."
    ),
    bad=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: ['1.35', '1.36']}}\n"
        "    steps:\n      - uses: actions/checkout@v7\n      - run: make -C e2e test\n"
    ),
    good=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: ['1.35', '1.36']}}\n"
        "    steps:\n      - uses: actions/checkout@v7\n      - run: make -C e2e test K8S=${{ matrix.k8s }}\n"
    ),
    source="https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows",
)
def _missing_calls(file: File, scope: Scope) -> Iterator[Finding]:
    yield from joined(_wrong_calls(workflow(file, scope), scope))


def _wrong_calls(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    for job in flow.jobs:
        yield from _unused_matrix(job)
        if flow.root is None:
            continue
        if job.uses:
            yield from wrong_workflow(job, scope)
        if not _own_files(job):
            continue
        made = False
        for step in job.steps:
            made = made or bool(_MAKERS.search(step.script))
            if step.uses:
                yield from wrong_action(step, scope)
            elif flow.at_root and not made and "make" in step.script:
                yield from missing_targets(step, job, scope)


def _own_files(job: Job) -> bool:
    """Return whether a job works on the files of this repository in their current version."""
    checkouts = [one for one in job.steps if one.action == "actions/checkout"]
    plain = ("ref", "repository", "path", "sparse-checkout", "submodules")
    return bool(checkouts) and not any(one.input(name) for one in checkouts for name in plain)


# The whole matrix, the number of the job in it, or an action of the repository, which may read it.
_OTHER_USES = re.compile(
    r"\bmatrix\s*(?:\)|\}\}|,|\.\*)|toJSON\(\s*matrix|\bstrategy\s*\.\s*job-(?:index|total)|\buses:\s*['\"]?\./", re.I
)


def _unused_matrix(job: Job) -> Iterator[Finding]:
    matrix = job.matrix
    if matrix is None or matrix.shape != "map" or ("*" in job.flow.file.text and "&" in job.flow.file.text):
        return
    source, start = job.source, matrix.start - job.node.start
    rest = source[:start] + source[start + len(job.source_of(matrix)) :]
    if _OTHER_USES.search(rest):
        return
    chosen = {key.text for one in items_at(matrix, "include") for key, _ in one.pairs}
    for key, value in matrix.pairs:
        if key.text in {"include", "exclude"} | chosen or value.shape != "list" or len(value.items) < 2:
            continue
        if not re.search(
            rf"\bmatrix\s*(?:\.\s*{re.escape(key.text)}\b|\[\s*'{re.escape(key.text)}'\s*\]|\[[^'])", rest, re.I
        ):
            message = f"matrix.{key.text} is not used: {len(value.items)} jobs do the same"
            yield at(key, message, f"use ${{{{ matrix.{key.text} }}}}, or remove it")
