"""WF001: what a workflow calls and is not there: make targets, directories, local workflows and actions, inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import Invalid
from ...nearest import Guesses
from ...yaml import expand, parse
from ..readers.expansion import unknown
from ..readers.makefile import Makefile, load, normal
from ..readers.tools import Call, call
from ..readers.view import NOTHING, View
from ..readers.workflow import Job, Step, local, workflow
from ..rule import File, Finding, Scope, rule

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_MAKERS = re.compile(
    r"\b(?:configure|cmake|autoreconf|autogen|meson|qmake|perl Makefile\.PL|submodule|git clone|git checkout)\b"
)
_VALUED = frozenset(
    ("-C", "--directory", "-f", "--file", "--makefile", "-I", "--include-dir", "-o", "-W", "-l", "--eval")
)
_MAX_PATTERNS = 100
_DYNAMIC = re.compile(r"\$[({]\s*(?:eval|foreach)\b")


@rule(
    "WF001",
    "error",
    ("workflow",),
    "a call of something that is not there",
    explanation=(
        "A make target, its directory, a local workflow or action, or one of its inputs does not exist; or a matrix "
        "key is used nowhere. Found out only when the job runs. Makefiles with rules made by $(eval) or with includes "
        "that cannot be read are left alone. Left to actionlint: needs of an unknown job, cycles, unknown matrix keys."
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
def _check(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    for job in flow.jobs:
        yield from _matrix(job)
        if flow.root is None:
            continue
        if job.uses.text:
            yield from _reusable(job, scope)
        if not _own_files(job):
            continue
        made = False
        for step in job.steps:
            made = made or bool(_MAKERS.search(step.run.text))
            if step.uses.text:
                yield from _action(step, scope)
            elif flow.at_root and not made and "make" in step.run.text:
                yield from _makes(step, job, scope)


def _own_files(job: Job) -> bool:
    """Tell whether a job works on the files of this repository as they are now."""
    checkouts = [one for one in job.steps if one.action == "actions/checkout"]
    plain = ("ref", "repository", "path", "sparse-checkout", "submodules")
    return bool(checkouts) and not any(one.inputs.get(name).text for one in checkouts for name in plain)


# Calls of make.


def _makes(step: Step, job: Job, scope: Scope) -> Iterator[Finding]:
    folder: str | None = None if unknown(step.folder) else normal(step.folder) or None
    before = _before(step, job, scope)
    tangled = "(" in step.run.text.replace("$(", "") or "pushd" in step.run.text
    for pipeline in step.pipelines:
        for command in pipeline.commands:
            made = call(command)
            if made.tool == "cd":
                place = made.operands[0] if len(made.operands) == 1 else "$"
                folder = None if tangled or folder is None or unknown(place) else normal(f"{folder}/{place}") or None
            elif made.tool == "make" and folder is not None:
                yield from _make(made, folder, step, before, scope)


def _make(made: Call, folder: str, step: Step, before: _Before, scope: Scope) -> Iterator[Finding]:
    line = step.line(made.line)
    place = made.option("-C", "--directory") or next(
        (one[2:] for one in made.args if one.startswith("-C") and len(one) > 2), ""
    )
    if unknown(place):
        return
    folder = normal(f"{folder}/{place}") if place else folder
    if not folder or (folder != "." and not scope.exists(folder)):
        if folder and not before.made(folder):
            yield Finding(line, 1, f"make runs in {folder}, and there is no such directory", "correct the directory")
        return
    base = "" if folder == "." else f"{folder}/"
    named = made.option("-f", "--file", "--makefile")
    if named is not None and (not named or unknown(named)):
        return
    paths = [normal(base + named)] if named else [base + one for one in _MAKEFILES]
    found = next(((one, text) for one in paths if one and (text := scope.read(one)) is not None), None)
    if found is None:
        # Without a Makefile at the root more than a name is wrong: the tree is a part, or the file is made.
        if folder != "." and not before.made(folder):
            message = f"make needs a {named or 'Makefile'}, and there is none in {folder}"
            yield Finding(line, 1, message, "correct the directory, or add it")
        return
    makefile = _loaded(*found, scope)
    guesses = scope.memo.setdefault(f"wf_calls.guesses:{step.job.flow.file.path if step.job else ''}", Guesses())
    for target in _targets(made):
        if not _has(makefile, target, found[1], scope) and not scope.exists(base + target):
            close = guesses.nearest(target, _known(makefile, scope))
            hint = f"did you mean {close}?" if close else "correct the target, or add it"
            yield Finding(line, 1, f"{found[0]} has no target {target}", hint)


@dataclass
class _Looks:
    """How often the text of steps is looked through for names: each look costs as much as there is text."""

    left: int = 1_000


@dataclass(frozen=True)
class _Before:
    """What the steps before a step say, and the commands of this one that are no calls of make.

    ``anything`` is a step before that may bring any file.
    """

    texts: tuple[str, ...]
    anything: bool
    looks: _Looks

    def made(self, path: str) -> bool:
        """Tell whether something before may have made a path: it speaks of its first part."""
        self.looks.left -= 1
        first = path.partition("/")[0]
        return self.anything or self.looks.left < 0 or any(first in one for one in self.texts)


def _before(step: Step, job: Job, scope: Scope) -> _Before:
    """Return what comes before a step."""
    brings: dict[int, int] = scope.memo.setdefault("wf_calls.brings", {})
    if id(job) not in brings:
        brings[id(job)] = next((one.number for one in job.steps if _brings_files(one)), len(job.steps))
    looks = scope.memo.setdefault(f"wf_calls.looks:{job.flow.file.path}", _Looks())
    if brings[id(job)] < step.number:
        return _Before((), anything=True, looks=looks)
    calls = (call(command) for pipeline in step.pipelines for command in pipeline.commands)
    own = "\n".join(arg for one in calls if one.tool not in {"make", "cd"} for arg in one.args)
    return _Before((*(one.run.text for one in job.steps[: step.number]), own), anything=False, looks=looks)


def _brings_files(step: Step) -> bool:
    return step.uses.text.startswith("./") or "download-artifact" in step.action or "cache" in step.action


def _loaded(path: str, text: str, scope: Scope) -> Makefile:
    memo = scope.memo.setdefault("wf_calls.makefiles", {})
    if path not in memo:
        memo[path] = load(path, text, scope.read)
    found: Makefile = memo[path]
    return found


def _targets(made: Call) -> Iterator[str]:
    skip = False
    for one in made.args:
        if skip:
            skip = False
        elif one in _VALUED:
            skip = True
        elif one.startswith("-") or "=" in one or unknown(one) or one.isdigit() or "\0" in one:
            continue
        else:
            yield one


def _has(makefile: Makefile, target: str, text: str, scope: Scope) -> bool:
    """Tell whether a Makefile makes a target, or may do so."""
    memo: dict[int, _Makes] = scope.memo.setdefault("wf_calls.makes", {})
    if id(makefile) not in memo:
        memo[id(makefile)] = _Makes(makefile, text)
    return memo[id(makefile)].has(target)


class _Makes:
    """What a Makefile makes: anything, names, and patterns."""

    def __init__(self, makefile: Makefile, text: str) -> None:
        names = {one.name for one in makefile.targets}
        self.anything = not makefile.complete or bool(makefile.absent) or bool(_DYNAMIC.search(text))
        self.anything = self.anything or ".DEFAULT" in names or any(unknown(one) for one in names)
        self.names = names | makefile.phony
        self.patterns = {one.name.partition("%")[::2] for one in makefile.targets if one.pattern}
        self.anything = self.anything or len(self.patterns) > _MAX_PATTERNS

    def has(self, target: str) -> bool:
        """Tell whether a target is made, or may be."""
        return (
            self.anything
            or target in self.names
            or any(
                target.startswith(head) and target.endswith(tail) and len(target) > len(head) + len(tail)
                for head, tail in self.patterns
            )
        )


def _known(makefile: Makefile, scope: Scope) -> list[str]:
    """Return the names that a misspelt target is compared with."""
    memo: dict[int, list[str]] = scope.memo.setdefault("wf_calls.known", {})
    if id(makefile) not in memo:
        memo[id(makefile)] = [one.name for one in makefile.targets if not one.name.startswith(".")][:2000]
    return memo[id(makefile)]


# Local workflows and actions.


def _document(path: str, scope: Scope) -> View | None:
    """Return the first document of a YAML file, nothing where it cannot be read."""
    known = scope.by_path.get(path)
    if known:
        return View(next((one for one in known.documents if one.shape == "map"), None))
    text = scope.read(path)
    if text is None:
        return None
    try:
        return View(next((one for one in expand(parse(text, path), path) if one.shape == "map"), None))
    except Invalid:
        return NOTHING


def _reusable(job: Job, scope: Scope) -> Iterator[Finding]:
    path = local(job.uses.text, job.flow.root or "")
    if not path:
        return
    document = _document(path, scope)
    if document is None:
        if job.flow.at_root and not scope.exists(path):
            yield Finding(job.uses.line, job.uses.column, f"there is no workflow {path}", "correct the path")
        return
    events = document.get("on")
    if document and events and not events.get("workflow_call") and not events.key("workflow_call"):
        if not any(one.text == "workflow_call" for one in events.each):
            message = f"{path} cannot be called: it has no trigger workflow_call"
            yield Finding(job.uses.line, job.uses.column, message, "add workflow_call to its triggers")
        return
    if not document or not events:
        return
    called = events.get("workflow_call")
    yield from _inputs(job.view.get("with"), called.get("inputs"), path, "input", job.uses)
    given = job.view.get("secrets")
    if given.text != "inherit":
        yield from _inputs(given, called.get("secrets"), path, "secret", job.uses)


def _inputs(
    given: View, declared: View, path: str, what: str, place: View, *, strict: bool = True
) -> Iterator[Finding]:
    known = {key.text.lower(): value for key, value in declared.pairs}
    names = {key.text.lower() for key, _ in given.pairs}
    shown = ", ".join(sorted(known)[:20]) + (" …" if len(known) > 20 else "") or "none"
    for key, _ in given.pairs:
        if key.text.lower() not in known:
            yield Finding(key.line, key.column, f"{path} has no {what} {key.text}", f"it has: {shown}")
    for name, one in known.items() if strict else ():
        if one.get("required").text == "true" and not one.get("default") and name not in names:
            yield Finding(place.line, place.column, f"{path} requires the {what} {name}", f"give {name}")


def _action(step: Step, scope: Scope) -> Iterator[Finding]:
    flow = step.job.flow if step.job else None
    path = local(step.uses.text, flow.root or "") if flow else ""
    if not path or flow is None or step.job is None:
        return
    base = "" if path == "." else f"{path}/"
    for name in ("action.yml", "action.yaml"):
        document = _document(base + name, scope)
        if document:
            yield from _inputs(step.inputs, document.get("inputs"), base + name, "input", step.uses, strict=False)
        if document is not None:
            return
    if flow.at_root and not scope.exists(f"{base}Dockerfile") and not _before(step, step.job, scope).made(path):
        message = f"there is no action in {path}: neither action.yml nor action.yaml"
        yield Finding(step.uses.line, step.uses.column, message, "correct the path")


# Matrices.


def _matrix(job: Job) -> Iterator[Finding]:
    matrix = job.matrix
    if matrix.shape != "map" or ("*" in job.flow.file.text and "&" in job.flow.file.text):
        return
    node = matrix.node
    source = job.source()
    start = node.start - (job.view.node.start if job.view.node else 0) if node else 0
    rest = source[:start] + source[start + len(job.source(matrix)) :]
    if re.search(r"\bmatrix\s*(?:\)|\}\}|,|\.\*)|toJSON\(\s*matrix", rest, re.I):
        return
    chosen = {key.text for one in matrix.get("include").items for key, _ in one.pairs}
    for key, value in matrix.pairs:
        if key.text in {"include", "exclude"} | chosen or value.shape != "list" or len(value.items) < 2:
            continue
        if not re.search(
            rf"\bmatrix\s*(?:\.\s*{re.escape(key.text)}\b|\[\s*'{re.escape(key.text)}'\s*\]|\[[^'])", rest, re.I
        ):
            message = f"nothing uses matrix.{key.text}: {len(value.items)} jobs do the same"
            yield Finding(key.line, key.column, message, f"use ${{{{ matrix.{key.text} }}}}, or remove it")
