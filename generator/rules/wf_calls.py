"""WF001: what a workflow calls and is not there: make targets, directories, local workflows and actions, inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ..closest import closest
from ..errors import Invalid
from ..yaml import parse
from .expansion import unknown
from .makefile import Makefile, load, normal
from .nodes import expand
from .rule import File, Finding, Rule, Scope
from .tools import Call, call
from .view import NOTHING, View
from .workflow import Job, Step, local, workflow

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_MAKERS = re.compile(
    r"\b(?:configure|cmake|autoreconf|autogen|meson|qmake|perl Makefile\.PL|submodule|git clone|git checkout)\b"
)
_VALUED = frozenset(
    ("-C", "--directory", "-f", "--file", "--makefile", "-I", "--include-dir", "-o", "-W", "-l", "--eval")
)
_DYNAMIC = re.compile(r"\$[({]\s*(?:eval|foreach)\b")
_MOST_PATTERNS = 200  # with more a Makefile may make anything


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
    before = _before(step, job)
    tangled = "(" in step.run.text.replace("$(", "") or "pushd" in step.run.text
    for pipeline in step.pipelines:
        for command in pipeline.commands:
            made = call(command)
            if made.tool == "cd":
                place = made.operands[0] if len(made.operands) == 1 else "$"
                folder = None if tangled or folder is None or unknown(place) else normal(f"{folder}/{place}") or None
            elif made.tool == "make" and folder is not None:
                yield from _make(made, folder, step, before, scope)


def _make(made: Call, folder: str, step: Step, before: str | None, scope: Scope) -> Iterator[Finding]:
    line = step.line(made.line)
    place = made.option("-C", "--directory") or next(
        (one[2:] for one in made.args if one.startswith("-C") and len(one) > 2), ""
    )
    if unknown(place):
        return
    folder = normal(f"{folder}/{place}") if place else folder
    if not folder or (folder != "." and not scope.exists(folder)):
        if folder and not _made_before(folder, before):
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
        if folder != "." and not _made_before(folder, before):
            message = f"make needs a {named or 'Makefile'}, and there is none in {folder}"
            yield Finding(line, 1, message, "correct the directory, or add it")
        return
    makefile = _loaded(*found, scope)
    for target in _targets(made):
        if not _has(makefile, target, found[1]) and not scope.exists(base + target):
            close = _close(makefile, target)
            hint = f"did you mean {close}?" if close else "correct the target, or add it"
            yield Finding(line, 1, f"{found[0]} has no target {target}", hint)


def _made_before(path: str, before: str | None) -> bool:
    """Tell whether a step before, or a command before, may have made a path: it speaks of its first part."""
    return before is None or path.partition("/")[0] in before


def _before(step: Step, job: Job) -> str | None:
    """Return what the steps before say, and the commands of this one that are no calls of make.

    None where a step before may bring any file.
    """
    earlier = job.steps[: step.number]
    if any(
        one.uses.text.startswith("./") or "download-artifact" in one.action or "cache" in one.action for one in earlier
    ):
        return None
    calls = (call(command) for pipeline in step.pipelines for command in pipeline.commands)
    own = [arg for one in calls if one.tool not in {"make", "cd"} for arg in one.args]
    return "\n".join([*(one.run.text for one in earlier), *own])


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


def _has(makefile: Makefile, target: str, text: str) -> bool:
    """Tell whether a Makefile makes a target, or may do so."""
    made = _made(makefile, text)
    if made is None or target in made[0]:
        return True
    for name in made[1]:
        head, _, tail = name.partition("%")
        if target.startswith(head) and target.endswith(tail) and len(target) > len(head) + len(tail):
            return True
    return False


@lru_cache(maxsize=8)
def _made(makefile: Makefile, text: str) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """Return the names and the patterns of what a Makefile makes; None where it may make everything."""
    targets = makefile.targets
    patterns = tuple(one.name for one in targets if one.pattern)
    if not makefile.complete or makefile.absent or _DYNAMIC.search(text) or len(patterns) > _MOST_PATTERNS:
        return None
    if any(one.name == ".DEFAULT" or unknown(one.name) for one in targets):
        return None
    return frozenset({*(one.name for one in targets), *makefile.phony}), patterns


def _close(makefile: Makefile, target: str) -> str:
    return closest(target, (one.name for one in makefile.targets if not one.name.startswith(".")))


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
    if flow.at_root and not scope.exists(f"{base}Dockerfile") and not _made_before(path, _before(step, step.job)):
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


RULES = (
    Rule(
        "WF001",
        "error",
        ("workflow",),
        "a call of something that is not there",
        "A make target, its directory, a local workflow or action, or one of its inputs does not exist; or a "
        "matrix key "
        "is used nowhere. Found out only when the job runs. Makefiles with rules made by $(eval) or with includes that "
        "cannot be read are left alone. Left to actionlint: needs of an unknown job, cycles, unknown matrix keys.",
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: ['1.35', '1.36']}}\n"
        "    steps:\n      - uses: actions/checkout@v7\n      - run: make -C e2e test\n",
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {k8s: ['1.35', '1.36']}}\n"
        "    steps:\n      - uses: actions/checkout@v7\n      - run: make -C e2e test K8S=${{ matrix.k8s }}\n",
        _check,
        "https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows",
    ),
)
