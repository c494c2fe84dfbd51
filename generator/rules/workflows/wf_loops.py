"""WF002 and WF010: runs that Flux or the workflow itself starts, and those that a skip token stops."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...images.references import parse_reference
from ...yaml import text_at, walk
from ..readers.expansion import unknown
from ..readers.tools import Call, call
from ..readers.view import View
from ..readers.workflow import Step, Workflow, matches, workflow
from ..rule import File, Finding, Rule, Scope
from .flux_signs import Signs, signs
from .wf_triggers import included, patterns

SKIP = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|skip-checks: *true", re.I)
# (?>…) takes the first of a line: to try the others, too, would be quadratic, and find nothing more.
_COMMITS = re.compile(r"(?m)^(?>[^\n]*?git commit)[^\n]*\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]")
_GUARDS = re.compile(
    r"(?m)^(?>[^\n]*?git diff\b)[^\n]*--(?:quiet|exit-code)|git status --porcelain|git diff-index"
    r"|--allow-empty-message|exit 0|changes?_?detected"
    r"|\|\| *(?:true|exit|echo|:)|GITHUB_ACTOR|github\.actor"
)
_DEFAULT_TOKEN = re.compile(r"\$\{\{\s*(?:secrets\.GITHUB_TOKEN|github\.token)\s*\}\}\Z", re.I)
_BUILDERS = frozenset(("docker/build-push-action", "docker/bake-action"))


def _runs(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    push = flow.triggers.get("push")
    if push is None:
        return
    found = signs(scope)
    if found.reason:
        yield from _by_tags(flow, push, found)
        yield from _by_releases(flow, push, scope)
    yield from _by_itself(flow, push)


def _by_tags(flow: Workflow, push: View, flux: Signs) -> Iterator[Finding]:
    branches = push.get("branches") or push.get("branches-ignore")
    tags, ignored = patterns(push, "tags"), patterns(push, "tags-ignore")
    if tags:
        hit = [name for name in flux.tags if included(tags, name)]
        if hit and not any("flux" in one.text or one.text in flux.labels for one in tags):
            name = hit[0].partition("-0123")[0]
            message = f"the tag filter takes Flux's own tag {name}: every sync starts this ({flux.reason})"
            yield Finding(tags[0].line, tags[0].column, message, "name the tags that you mean, as v*, or add '!flux-*'")
    elif ignored:
        left = [name for name in flux.tags if not any(matches(one.text, name) for one in ignored)]
        if left and branches:
            name = left[0].partition("-0123")[0]
            message = f"tags-ignore leaves Flux's tag {name}, which starts this ({flux.reason})"
            hint = "remove tags-ignore: branches alone leave out every tag"
            yield Finding(ignored[0].line, ignored[0].column, message, hint)
    elif not branches:
        key = flow.trigger("push")
        what = (
            "paths are not evaluated for tags, so every" if push.get("paths") or push.get("paths-ignore") else "every"
        )
        message = f"{what} push of a tag starts this, also flux-sync and flux-write-check of Flux v1 ({flux.reason})"
        yield Finding(key.line, key.column, message, "write branches: [main], which leaves out every tag")


def _by_releases(flow: Workflow, push: View, scope: Scope) -> Iterator[Finding]:
    """Find an image build that Flux's commits of the images that it built start again."""
    if not _takes_branches(push) or SKIP.search(flow.file.text) or signs(scope).skips:
        return
    builder = next((one for one in flow.steps if _builds(one)), None)
    if builder is None or "github.actor" in flow.file.text or "head_commit" in flow.file.text:
        return
    for path, image in _automated(scope):
        name = image.rpartition("/")[2]
        if not name or not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", flow.file.text):
            continue
        given, ignored = patterns(push, "paths"), patterns(push, "paths-ignore")
        if (given and not included(given, path)) or included(ignored, path):
            continue
        key = flow.trigger("push")
        message = f"Flux commits every new tag of {name} to {path}, and that commit starts this build of a newer one"
        hint = f"leave the manifests out: paths, or paths-ignore: ['{path.rpartition('/')[0] or path}/**']"
        yield Finding(key.line, key.column, message, hint)
        return


def _takes_branches(push: View) -> bool:
    only_tags = (
        (push.get("tags") or push.get("tags-ignore")) and not push.get("branches") and not push.get("branches-ignore")
    )
    return not only_tags


def _builds(step: Step) -> bool:
    if step.action in _BUILDERS:
        return step.inputs.get("push").text not in {"", "false"}
    return any(
        made.tool in {"docker", "podman", "buildah"} and "push" in made.operands[:2] for made in _calls(step, "push")
    )


def _calls(step: Step, word: str) -> list[Call]:
    if word not in step.run.text:
        return []
    return [call(command) for one in step.pipelines for command in one.commands]


def _automated(scope: Scope) -> list[tuple[str, str]]:
    """Return path and repository of the images that Flux v1 keeps up to date."""
    memo = scope.memo
    if "wf_loops.automated" not in memo:
        found = []
        for file in scope.files:
            if file.family == "kubernetes" and re.search(r"(?:fluxcd\.io|flux\.weave\.works)/automated", file.text):
                for document in file.documents:
                    images = {text_at(node, "image") for node in walk(document) if node.shape == "map"}
                    found += [
                        (file.path, parse_reference(one).name) for one in sorted(images - {""}) if not unknown(one)
                    ]
        memo["wf_loops.automated"] = found
    result: list[tuple[str, str]] = memo["wf_loops.automated"]
    return result


def _by_itself(flow: Workflow, push: View) -> Iterator[Finding]:
    """Find a push of the ref that starts this, with a token whose pushes start workflows."""
    if not _takes_branches(push) or push.get("branches-ignore"):
        return
    for job in flow.jobs:
        checkout = next((one for one in job.steps if one.action == "actions/checkout"), None)
        if checkout is None or checkout.inputs.get("ref") or checkout.inputs.get("repository"):
            continue
        token = checkout.inputs.get("token").text
        if not (token and not _DEFAULT_TOKEN.match(token)) and not checkout.inputs.get("ssh-key"):
            continue
        if SKIP.search(job.source()) or job.view.get("if") or push.get("paths") or push.get("paths-ignore"):
            continue
        for step in job.steps:
            if step.condition or _GUARDS.search(step.run.text):
                continue
            for made in _calls(step, "git push"):
                if made.tool != "git" or "push" not in made.operands[:1] or _elsewhere(made, push):
                    continue
                message = (
                    "pushes the branch that starts this workflow with a token whose pushes start workflows: a loop"
                )
                hint = "push only where git diff --quiet finds a change, or write [skip ci] into the message"
                yield Finding(step.line(made.line), 1, message, hint)
                return


def _elsewhere(made: Call, push: View) -> bool:
    """Tell whether a push goes to a ref that does not start the workflow, as far as that can be seen."""
    if {"--tags", "--delete", "-d", "--dry-run", "-n"} & set(made.args):
        return True
    refs = made.operands[2:]
    if not refs:
        return False
    target = refs[-1].rpartition(":")[2].removeprefix("refs/heads/")
    if target == "HEAD":
        return False
    given = patterns(push, "branches")
    return unknown(target) or target.startswith("refs/tags") or (bool(given) and not included(given, target))


def _muted(file: File, scope: Scope) -> Iterator[Finding]:
    """Find a notification that the skip token in the commits it is for keeps from running."""
    flow = workflow(file, scope)
    push = flow.triggers.get("push")
    if push is None:
        return
    tags = patterns(push, "tags")
    flux = signs(scope)
    named = next((one for one in tags if one.text in flux.labels or one.text.startswith("flux-sync")), None)
    if named is None:
        return
    where = flux.skips or _skipping_automation(scope)
    if where:
        message = (
            f"the commits that {named.text} points to carry a skip token ({where}): GitHub does not start this either"
        )
        hint = "let CI leave out Flux's commits by branches and paths instead of [ci skip], or notify from the cluster"
        yield Finding(named.line, named.column, message, hint)


def _skipping_automation(scope: Scope) -> str:
    """Return the file whose commits to the manifests carry a skip token, ``""`` where there is none."""
    memo = scope.memo
    if "wf_loops.skipping" not in memo:
        memo["wf_loops.skipping"] = next((one.path for one in scope.files if _skips(one)), "")
    found: str = memo["wf_loops.skipping"]
    return found


def _skips(file: File) -> bool:
    if not SKIP.search(file.text):
        return False
    if file.family == "kubernetes":
        return "messageTemplate" in file.text and "ImageUpdateAutomation" in file.text
    return file.family == "workflow" and bool(_COMMITS.search(file.text))


RULES = (
    Rule(
        "WF002",
        "error",
        ("workflow",),
        "a workflow that Flux's tags or its own push start",
        "fluxd moves the tag flux-sync after every sync and pushes flux-write-check-… when it starts. A push trigger "
        "without branches runs for both; paths do not help, they are not evaluated for tags. The rule looks where Flux "
        "v1 is in use: the config has automation: flux-v1, a manifest has its annotations or runs fluxd, or a workflow "
        "has a filter for flux-sync. It also finds a build of an image that Flux's commit of the last one "
        "starts again, and a "
        "push of the branch that starts the workflow.",
        "on: {push: {branches: [main], tags-ignore: [flux-sync]}}\n"
        "jobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
        "on: {push: {branches: [main]}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
        _runs,
        "https://github.com/fluxcd/flux/issues/1533",
    ),
    Rule(
        "WF010",
        "warning",
        ("workflow",),
        "a skip token that also keeps the notification from running",
        "GitHub starts no workflow for a push whose head commit says [ci skip], the push of a tag at that commit "
        "included. With --git-ci-skip, or a message template with [ci skip], a workflow on flux-sync never runs.",
        "--- flux/deployment.yaml\nargs: [--git-url=…, --git-ci-skip]\n"
        "--- .github/workflows/notify.yaml\non: {push: {tags: [flux-sync]}}\n",
        "--- flux/deployment.yaml\nargs: [--git-url=…]\n"
        "--- .github/workflows/notify.yaml\non: {push: {tags: [flux-sync]}}\n",
        _muted,
        "https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs",
    ),
)
