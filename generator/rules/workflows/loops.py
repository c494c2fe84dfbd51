"""WF002: workflows that are triggered again by Flux's tags or commits, or by their own push."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...images.references import parse_reference
from ...yaml import Node, each_at, get, text_at, walk_nodes
from ..readers.expansion import unknown
from ..readers.filters import included, matches_filter
from ..readers.tools import ToolCall
from ..readers.workflow import DEFAULT_TOKEN, Workflow, WorkflowStep, workflow
from ..rule import File, Scope, at, rule
from .flux_signs import SKIP, Signs, signs

_GUARDS = re.compile(
    r"(?m)^(?>[^\n]*?git diff\b)[^\n]*--(?:quiet|exit-code)|git status --porcelain|git diff-index"
    r"|--allow-empty-message|exit 0|changes?_?detected"
    r"|\|\| *(?:true|exit|echo|:)|GITHUB_ACTOR|github\.actor"
)
_BUILDERS = frozenset(("docker/build-push-action", "docker/bake-action"))


@rule(
    "WF002",
    "error",
    ("workflow",),
    "a workflow that is triggered by Flux's tags or its own push",
    explanation=(
        "fluxd moves the tag flux-sync after every sync and pushes flux-write-check-… when it starts. A push trigger "
        "without branches runs for both; paths do not help, because they are not evaluated for tags. The rule applies "
        "if Flux v1 is in use: the config has automation: flux-v1, a manifest has its annotations or runs fluxd, or a "
        "workflow has a filter for flux-sync. It also finds an image build that is triggered by Flux's commit of the "
        "previous image, and a push to the branch that triggers the workflow."
    ),
    bad=(
        "on: {push: {branches: [main], tags-ignore: [flux-sync]}}\n"
        "jobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"
    ),
    good="on: {push: {branches: [main]}}\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
    source="https://github.com/fluxcd/flux/issues/1533",
)
def _endless_runs(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    if "push" not in flow.triggers:
        return
    push = flow.triggers["push"]
    found = signs(scope)
    if found.reason:
        yield from _by_tags(flow, push, found)
        yield from _by_releases(flow, push, scope)
    yield from _by_itself(flow, push)


def _by_tags(flow: Workflow, push: Node | None, flux: Signs) -> Iterator[Finding]:
    branches = get(push, "branches") or get(push, "branches-ignore")
    tags, ignored = each_at(push, "tags"), each_at(push, "tags-ignore")
    if tags:
        hit = [name for name in flux.tags if included(tags, name)]
        if hit and not any("flux" in one.text or one.text in flux.labels for one in tags):
            name = hit[0].partition("-0123")[0]
            message = f"the tag filter matches Flux's tag {name}: every sync triggers this ({flux.reason})"
            yield at(tags[0], message, "name the intended tags, such as v*, or add '!flux-*'")
    elif ignored:
        left = [name for name in flux.tags if not any(matches_filter(one.text, name) for one in ignored)]
        if left and branches:
            name = left[0].partition("-0123")[0]
            message = f"tags-ignore does not exclude Flux's tag {name}, which triggers this ({flux.reason})"
            hint = "remove tags-ignore: branches alone exclude all tags"
            yield at(ignored[0], message, hint)
    elif not branches:
        what = (
            "paths are not evaluated for tags, so every" if get(push, "paths") or get(push, "paths-ignore") else "every"
        )
        message = f"{what} push of a tag triggers this, also flux-sync and flux-write-check of Flux v1 ({flux.reason})"
        yield at(flow.trigger("push"), message, "write branches: [main], which excludes all tags")


def _by_releases(flow: Workflow, push: Node | None, scope: Scope) -> Iterator[Finding]:
    """Find an image build that is triggered by Flux's commits of the images that it built."""
    text = flow.file.text
    if not _takes_branches(push) or SKIP.search(text) or signs(scope).skips:
        return
    builder = next((one for one in flow.steps if _builds(one)), None)
    if builder is None or "github.actor" in text or "head_commit" in text:
        return
    for path, image in _automated(scope):
        name = image.rpartition("/")[2]
        # Compiling an expression for every image takes longer than finding it.
        if not name or name not in text or not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
            continue
        given, ignored = each_at(push, "paths"), each_at(push, "paths-ignore")
        if (given and not included(given, path)) or included(ignored, path):
            continue
        message = f"Flux commits every new tag of {name} to {path}, and that commit triggers the next build"
        hint = f"exclude the manifests with paths, or with paths-ignore: ['{path.rpartition('/')[0] or path}/**']"
        yield at(flow.trigger("push"), message, hint)
        return


def _takes_branches(push: Node | None) -> bool:
    tags, branches = (any(get(push, one) for one in (name, f"{name}-ignore")) for name in ("tags", "branches"))
    return branches or not tags


def _builds(step: WorkflowStep) -> bool:
    if step.action in _BUILDERS:
        return step.input("push") not in {"", "false"}
    calls = step.calls if "push" in step.script else ()
    return any(one.tool in {"docker", "podman", "buildah"} and "push" in one.operands[:2] for one in calls)


def _automated(scope: Scope) -> list[tuple[str, str]]:
    """Return path and repository of the images that Flux v1 updates."""
    memo = scope.memo
    if "loops.automated" not in memo:
        found = []
        for file in scope.files:
            if file.family == "kubernetes" and re.search(r"(?:fluxcd\.io|flux\.weave\.works)/automated", file.text):
                for document in file.documents:
                    images = {text_at(node, "image") for node in walk_nodes(document) if node.shape == "map"}
                    found += [
                        (file.path, parse_reference(one).name) for one in sorted(images - {""}) if not unknown(one)
                    ]
        memo["loops.automated"] = found
    result: list[tuple[str, str]] = memo["loops.automated"]
    return result


def _by_itself(flow: Workflow, push: Node | None) -> Iterator[Finding]:
    """Find a push to the ref that triggers the workflow, with a token whose pushes trigger workflows."""
    if not _takes_branches(push) or get(push, "branches-ignore"):
        return
    for job in flow.jobs:
        checkout = next((one for one in job.steps if one.action == "actions/checkout"), None)
        if checkout is None or get(checkout.inputs, "ref") or get(checkout.inputs, "repository"):
            continue
        token = checkout.input("token")
        if not (token and not DEFAULT_TOKEN.match(token)) and not get(checkout.inputs, "ssh-key"):
            continue
        if SKIP.search(job.source) or get(job.node, "if") or get(push, "paths") or get(push, "paths-ignore"):
            continue
        for step in job.steps:
            if step.condition or _GUARDS.search(step.script):
                continue
            for made in step.calls if "git push" in step.script else ():
                if made.tool != "git" or "push" not in made.operands[:1] or _elsewhere(made, push):
                    continue
                message = (
                    "pushes to the branch that triggers this workflow, with a token that triggers workflows: a loop"
                )
                hint = "push only if git diff --quiet finds a change, or add [skip ci] to the commit message"
                yield Finding(step.line(made.line), 1, message, hint)
                return


def _elsewhere(made: ToolCall, push: Node | None) -> bool:
    """Return whether a push goes to a ref that does not trigger the workflow, as far as known."""
    if {"--tags", "--delete", "-d", "--dry-run", "-n"} & set(made.args):
        return True
    refs = made.operands[2:]
    if not refs:
        return False
    target = refs[-1].rpartition(":")[2].removeprefix("refs/heads/")
    if target == "HEAD":
        return False
    given = each_at(push, "branches")
    return unknown(target) or target.startswith("refs/tags") or (bool(given) and not included(given, target))
