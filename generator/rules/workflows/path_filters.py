"""WF003 and WF005: filters of triggers that do something else than they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..readers.view import View
from ..readers.workflow import Job, Workflow, local, matches, workflow
from ..rule import File, Finding, Scope, rule
from .flux_signs import SYNC_TAG, signs

_EVENTS = ("pull_request", "pull_request_target", "push")
_SPECIAL = re.compile(r"[*?+\[\\]")
_GATE = re.compile(
    r"(?:^|[-_ ])(?:gate|required|all[-_ ]?(?:green|good|passed)|ci[-_ ]?(?:ok|success|pass)|alls?-green)", re.I
)
_CALLED = re.compile(r"(?:[\w-]+[-_ ])?(?:gate|required(?:[-_ ]checks?)?)\Z", re.I)
_REQUIRED = re.compile(r"^(?>[^\n]*?#)[^\n]*\brequired (?:status )?checks?\b", re.I | re.M)
_DOC = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"


def patterns(filters: View, name: str) -> tuple[View, ...]:
    """Return the patterns of a filter."""
    return filters.get(name).each


def included(given: tuple[View, ...], name: str) -> bool:
    """Tell whether patterns take a name: the last one that matches decides, ``!`` takes back."""
    taken = False
    for one in given:
        if matches(one.text, name):
            taken = not one.text.startswith("!")
    return taken


@rule(
    "WF003",
    "error",
    ("workflow",),
    "a filter of branches or tags that does not do what it seems to",
    explanation=(
        "Where only tags or tags-ignore are given, no push of a branch starts the workflow; where only branches are "
        "given, no tag does. So tags-ignore: [flux-sync] alone stops every build of a branch, branches-ignore: "
        "[flux-sync] filters nothing, and path filters are not evaluated for tags. Left to actionlint: filters that an "
        "event does not have, and branches beside branches-ignore."
    ),
    bad=(
        f"on:\n  push:\n    tags-ignore: [{SYNC_TAG}]\n"
        f"jobs: {{test: {{runs-on: ubuntu-latest, steps: [{{run: make}}]}}}}\n"
    ),
    good="on:\n  push:\n    branches: [main]\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
    source=f"{_DOC}#onpushbranchestagsbranches-ignoretags-ignore",
)
def _filters(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    push = flow.triggers.get("push")
    if push is None:
        return
    branches = [one for one in ("branches", "branches-ignore") if push.get(one)]
    tags = [one for one in ("tags", "tags-ignore") if push.get(one)]
    if tags == ["tags-ignore"] and not branches:
        key = push.key("tags-ignore")
        message = "with tags-ignore alone the workflow runs for no branch: only for the tags that are left"
        yield Finding(
            key.line, key.column, message, "write branches: ['**'] or branches: [main], which leaves out all tags"
        )
    yield from _names_of_tags(push, branches, signs(scope).labels)
    if tags and not branches and (push.get("paths") or push.get("paths-ignore")):
        key = push.key("paths") or push.key("paths-ignore")
        message = f"{key.text} is not evaluated for tags, and this workflow runs for tags only"
        yield Finding(key.line, key.column, message, "remove it, or add branches")
    for name in ("branches", "tags", "paths"):
        given = patterns(push, name)
        if given and all(one.text.startswith("!") for one in given) and not (name == "branches" and tags):
            message = f"{name} takes back what no pattern before has taken: it matches nothing"
            yield Finding(
                given[0].line, given[0].column, message, f"begin with a pattern such as '**', or write {name}-ignore"
            )


def _names_of_tags(push: View, branches: list[str], labels: frozenset[str]) -> Iterator[Finding]:
    for name in branches:
        for one in patterns(push, name):
            bare = one.text.removeprefix("!")
            if bare not in labels and not bare.startswith(("flux-sync", "flux-write-check")):
                continue
            if name == "branches-ignore":
                message = (
                    f"{bare} is a tag, which branches-ignore does not filter: it only stops the runs for all other tags"
                )
                hint = "write branches: [main], which leaves out every tag"
            elif one.text.startswith("!"):
                message = f"{bare} is a tag and no branch: taking it back from the branches does nothing"
                hint = "remove it: branches alone leave out every tag"
            else:
                message = f"{bare} is a tag and no branch: a push of it does not start this"
                hint = f"write tags: [{bare}]"
            yield Finding(one.line, one.column, message, hint)


@rule(
    "WF005",
    "error",
    ("workflow",),
    "a path filter that misses files, or hides a required check",
    explanation=(
        "A path that does not exist matches nothing, and nobody notices. A filter that leaves out the workflow itself, "
        "or actions that it uses, lets a change of them in untried. A required check of a workflow that a path filter "
        "skips stays pending for ever; a job that an if skips counts as passed."
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
    source=f"{_DOC}#onpushpull_requestpull_request_targetpathspaths-ignore",
)
def _paths(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    told = False
    for event in _EVENTS:
        filters = flow.triggers.get(event)
        given = patterns(filters, "paths") if filters is not None else ()
        if not given:
            continue
        if flow.at_root:
            yield from _typos(given, scope)
        data = (
            event == "push"
            and "pull_request" not in flow.triggers
            and not any(_SPECIAL.search(one.text) for one in given)
        )
        if not told and flow.root is not None and not data:  # a push of one data file may have work of its own
            for missing, what in _missing(flow, given):
                told = True
                key = filters.key("paths") if filters is not None else given[0]
                message = f"a change of {what} {missing} does not start this workflow: it is not in paths"
                yield Finding(key.line, key.column, message, f"add '{missing}' to paths")
    yield from _required(flow, scope)


def _typos(given: tuple[View, ...], scope: Scope) -> Iterator[Finding]:
    for one in given:
        pattern = one.text
        if pattern.startswith("!") or not pattern:
            continue
        special = _SPECIAL.search(pattern)
        literal = pattern[: special.start()].rpartition("/")[0] if special else pattern
        if literal and not scope.exists(literal.rstrip("/")):
            what = "no file" if not special else f"no directory {literal}"
            message = f"the path filter {pattern} matches nothing: there is {what}"
            yield Finding(one.line, one.column, message, "correct the path, or remove it")


def _missing(flow: Workflow, given: tuple[View, ...]) -> Iterator[tuple[str, str]]:
    """Yield what the workflow is made of and its path filter leaves out."""
    own = flow.file.path.removeprefix(f"{flow.root}/" if flow.root else "")
    if not included(given, own):
        yield own, "the workflow itself,"
        return
    used = {local(one.uses.text) for one in flow.steps} | {local(job.uses.text) for job in flow.jobs}
    for path in sorted(used - {"", "."}):
        inside = path if path.endswith((".yml", ".yaml")) else f"{path}/action.yml"
        if not included(given, inside) and not included(given, inside.replace(".yml", ".yaml")):
            yield path if inside == path else f"{path}/**", "what it uses,"


def _required(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    filters = flow.triggers.get("pull_request")
    if filters is None:
        return
    key = filters.key("paths") or filters.key("paths-ignore")
    if not key:
        return
    wanted = _settings(scope, flow.root or "")
    for job in flow.jobs:
        title = job.view.get("name").text
        if title in wanted or (job.name in wanted and not title):
            why = f"the settings require the check {title or job.name}"
        elif _is_gate(job):
            why = f"the job {job.name} looks like one that branch protection requires"
        else:
            continue
        message = f"{why}, and a workflow that {key.text} skips leaves its checks pending for ever"
        hint = "start the workflow always, find out what changed in a job, and let the gate job need the others"
        yield Finding(key.line, key.column, message, hint)
        return


def _is_gate(job: Job) -> bool:
    """Tell whether a job is one that branch protection requires: by its name, or because it only sums up others."""
    title = job.view.get("name").text or job.name
    if _CALLED.match(title) or _CALLED.match(job.name):
        return True
    always = re.search(r"\balways\(\)|!\s*cancelled\(\)", job.view.get("if").text)
    if not always or not job.needs:
        return False
    return bool(_GATE.search(title) or _GATE.search(job.name) or _REQUIRED.search(job.source()))


def _settings(scope: Scope, root: str) -> frozenset[str]:
    """Return the checks that the repository's settings require (https://github.com/repository-settings/app)."""
    memo = scope.memo.setdefault("wf_triggers.settings", {})
    if root not in memo:
        text = scope.read(f"{root}/.github/settings.yml".lstrip("/")) or ""
        memo[root] = _contexts(text) if "contexts" in text else frozenset()
    found: frozenset[str] = memo[root]
    return found


def _contexts(text: str) -> frozenset[str]:
    from ...errors import Invalid  # noqa: PLC0415
    from ...yaml import (  # noqa: PLC0415
        expand,
        parse,
        walk,
    )

    try:
        documents = expand(parse(text, "settings.yml"), "settings.yml")
    except Invalid:
        return frozenset()
    nodes = (node for document in documents for node in walk(document))
    return frozenset(
        item.text for node in nodes for key, value in node.pairs if key.text == "contexts" for item in value.items
    )
