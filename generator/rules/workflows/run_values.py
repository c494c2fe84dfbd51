"""WF007: versions that YAML reads as numbers, and artifacts whose upload fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...yaml import Node, get, pairs_at, text_at
from ..readers.node_fixes import in_quotes_fix
from ..readers.workflow import Job, steps, workflow
from ..rule import File, Scope, at, rule
from . import artifacts

_VERSION_KEY = re.compile(r"version|k8s|kube|golang|\bgo\b|python|node|ruby|kind", re.I)
_LOSSY = re.compile(r"[1-9]\d*\.\d*0\Z")


@rule(
    "WF007",
    "warning",
    ("workflow", "action"),
    "a version that YAML reads as a number, or an artifact whose upload fails",
    explanation=(
        "1.30 without quotes is the number 1.3. The name of an artifact must not contain / or :. Since version 4, two "
        "uploads with the same name fail in one run, so each job of a matrix needs a different name. Logs must be "
        "uploaded from the path that they are exported to."
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
def _failing_values(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "workflow":
        flow = workflow(file, scope)
        yield from _floats(get(flow.node, "env"))
        for event in flow.triggers.values():
            for _, given in pairs_at(event, "inputs"):
                if text_at(given, "type") in {"", "string", "choice"}:
                    yield from _float(get(given, "default"))
        for job in flow.jobs:
            yield from _floats(get(job.node, "env"))
            yield from _matrix_floats(job)
            yield from artifacts.of_job(job)
        yield from artifacts.uploaded_twice(flow)
    for step in steps(file, scope):
        yield from _floats(step.inputs)
        yield from _floats(get(step.node, "env"))


def _float(one: Node | None) -> Iterator[Finding]:
    if one is not None and one.tag == "float" and not one.style and _LOSSY.match(one.text):
        short = one.text.rstrip("0").rstrip(".")
        yield at(one, f"{one.text} is the number {short}", f'write "{one.text}" in quotes', fix=in_quotes_fix(one))


def _floats(values: Node | None) -> Iterator[Finding]:
    for key, value in pairs_at(values):
        if _VERSION_KEY.search(key.text):
            for one in value.items or (value,):
                yield from _float(one)


def _matrix_floats(job: Job) -> Iterator[Finding]:
    for key, value in pairs_at(job.matrix):
        if key.text in {"include", "exclude"}:
            for one in value.items:
                yield from _floats(one)
        else:
            for one in value.items:
                yield from _float(one)
                yield from _floats(one)
