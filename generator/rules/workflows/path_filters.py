"""WF005: path filters that miss files or hide a required check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...errors import Invalid
from ...finding import Finding
from ...yaml import Node, each_at, expand, key_of, parse, text_at, walk_nodes
from ..readers.filters import SPECIAL, included
from ..readers.node_fixes import without_blanks_fix
from ..readers.workflow import WORKFLOW_SYNTAX, Job, Workflow, local, workflow
from ..rule import File, Scope, at, rule

_EVENTS = ("pull_request", "pull_request_target", "push")
_GATE = re.compile(
    r"(?:^|[-_ ])(?:gate|required|all[-_ ]?(?:green|good|passed)|ci[-_ ]?(?:ok|success|pass)|alls?-green)", re.I
)
_CALLED = re.compile(r"(?:[\w-]+[-_ ])?(?:gate|required(?:[-_ ]checks?)?)\Z", re.I)
_REQUIRED = re.compile(r"^(?>[^\n]*?#)[^\n]*\brequired (?:status )?checks?\b", re.I | re.M)


@rule(
    "WF005",
    "error",
    ("workflow",),
    "a path filter that misses files or hides a required check",
    explanation=(
        "A path that does not exist silently matches nothing. A filter without the workflow itself, or actions that it "
        "uses, leaves changes of them untested. If a path filter skips a workflow, its required checks stay pending "
        "forever; a job skipped by an if counts as passed."
    ),
    bad=(
        "on:\n  pull_request:\n    paths: [services/**, .github/**]\njobs:\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: ./test.sh}]}\n"
        "  gate: {if: always(), needs: test, runs-on: ubuntu-latest, steps: [{run: ./gate.sh}]}\n"
    ),
    good=(
        "on: pull_request\njobs:\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: ./test.sh}]}\n"
        "  gate: {if: always(), needs: test, runs-on: ubuntu-latest, steps: [{run: ./gate.sh}]}\n"
    ),
    source=f"{WORKFLOW_SYNTAX}#onpushpull_requestpull_request_targetpathspaths-ignore",
)
def _missed_paths(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    told = False
    for event in _EVENTS:
        filters = flow.triggers.get(event)
        given = each_at(filters, "paths")
        if not given:
            continue
        if flow.at_root:
            yield from _typos(given, scope)
        data = (
            event == "push"
            and "pull_request" not in flow.triggers
            and not any(SPECIAL.search(one.text) for one in given)
        )
        if not told and flow.root is not None and not data:  # a push of one data file may have a separate workflow
            for missing, what in _missing(flow, given):
                told = True
                message = f"a change of {missing} ({what}) does not trigger this workflow: paths does not include it"
                yield at(key_of(filters, "paths"), message, f"add '{missing}' to paths")
    yield from _required(flow, scope)


def _typos(given: Sequence[Node], scope: Scope) -> Iterator[Finding]:
    for one in given:
        pattern = text_at(one)
        if pattern.startswith("!") or not pattern:
            continue
        special = SPECIAL.search(pattern)
        literal = pattern[: special.start()].rpartition("/")[0] if special else pattern
        if literal and not scope.exists(literal.rstrip("/")):
            what = "the file" if not special else f"the directory {literal}"
            message = f"the path filter {pattern} matches nothing: {what} does not exist"
            is_blank = literal.strip(" ") != literal and scope.exists(literal.strip(" ").rstrip("/"))
            yield at(one, message, "correct or remove the path", fix=without_blanks_fix(one) if is_blank else None)


def _missing(flow: Workflow, given: Sequence[Node]) -> Iterator[tuple[str, str]]:
    """Yield files that the workflow consists of and its path filter excludes, with a description."""
    own = flow.file.path.removeprefix(f"{flow.root}/" if flow.root else "")
    if not included(given, own):
        yield own, "the workflow itself"
        return
    used = {local(one.uses) for one in flow.steps} | {local(job.uses) for job in flow.jobs}
    for path in sorted(used - {"", "."}):
        inside = path if path.endswith((".yml", ".yaml")) else f"{path}/action.yml"
        if not included(given, inside) and not included(given, inside.replace(".yml", ".yaml")):
            yield path if inside == path else f"{path}/**", "used by the workflow"


def _required(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    filters = flow.triggers.get("pull_request")
    key = key_of(filters, "paths") or key_of(filters, "paths-ignore")
    if key is None:
        return
    wanted = _settings(scope, flow.root or "")
    for job in flow.jobs:
        title = text_at(job.node, "name")
        if title in wanted or (job.name in wanted and not title):
            why = f"the settings require the check {title or job.name}"
        elif _is_gate(job):
            why = f"the job {job.name} looks like one that branch protection requires"
        else:
            continue
        message = f"{why}, but if {key.text} skips the workflow, its checks stay pending forever"
        hint = "always trigger the workflow, detect changes in a job, and let the gate job need the others"
        yield at(key, message, hint)
        return


def _is_gate(job: Job) -> bool:
    """Return whether branch protection probably requires a job, by its name or because it only combines others."""
    title = text_at(job.node, "name") or job.name
    if _CALLED.match(title) or _CALLED.match(job.name):
        return True
    always = re.search(r"\balways\(\)|!\s*cancelled\(\)", text_at(job.node, "if"))
    if not always or not job.needs:
        return False
    return bool(_GATE.search(title) or _GATE.search(job.name) or _REQUIRED.search(job.source))


def _settings(scope: Scope, root: str) -> frozenset[str]:
    """Return the checks that the repository's settings require (https://github.com/repository-settings/app)."""
    memo = scope.memo.setdefault("path_filters.settings", {})
    if root not in memo:
        text = scope.read(f"{root}/.github/settings.yml".lstrip("/")) or ""
        memo[root] = _contexts(text) if "contexts" in text else frozenset()
    found: frozenset[str] = memo[root]
    return found


def _contexts(text: str) -> frozenset[str]:
    try:
        documents = expand(parse(text, "settings.yml"), "settings.yml")
    except Invalid:
        return frozenset()
    nodes = (node for document in documents for node in walk_nodes(document))
    return frozenset(
        item.text for node in nodes for key, value in node.pairs if key.text == "contexts" for item in value.items
    )
