"""KD009: failed runs on a kind cluster that keep no logs, leave the cluster behind, or wait without a timeout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...yaml import get
from ..readers.workflow import Job, WorkflowStep, workflow
from ..rule import File, Scope, at, rule
from .kits import Kit, RecipeCall, of_file
from .recipe_scripts import read_recipe_part

_LOGS = "kind export logs"
# (?>…) takes the first match in a line: trying the others would be quadratic and find no more.
_KEEPS = re.compile(
    r"kind\s+export\s+logs|^(?>[^\n]*?kubectl\b)[^\n]*\b(?:logs|describe|events)\b|\btrap\b", re.MULTILINE
)
_MAKE = "$(MAKE)"  # no cluster has this name
_TEST = re.compile(r"test|e2e|check|verify|smoke|conformance|integration", re.I)
_NODES = re.compile(r"kubectl\s+get\s+no(?:des?)?\b")
_LOOP = re.compile(rf"^(?>[^\n]*?\b(?:until|while)\b)[^\n]*{_NODES.pattern}", re.MULTILINE)


@rule(
    "KD009",
    "warning",
    ("makefile", "workflow"),
    "a kind test that keeps no logs, leaves its cluster behind, or waits without a timeout",
    explanation=(
        "A failed run that keeps no logs cannot be explained, clusters that are deleted only on success pile up, and "
        "kubectl rollout status without --timeout waits for the progress deadline of every Deployment. Without --wait, "
        "kind create cluster returns before the nodes are ready. Logs have to be exported before the cluster is "
        "deleted."
    ),
    bad="e2e:\n\tkind create cluster --wait 180s\n\tkubectl rollout status deployment/app\n",
    good=(
        "e2e:\n\tkind create cluster --wait 180s\n\tkubectl rollout status deployment/app --timeout=180s\n"
        "logs:\n\tkind export logs out\n"
    ),
    source="https://kind.sigs.k8s.io/docs/user/quick-start/#exporting-cluster-logs",
)
def _nothing_left(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "workflow":
        if "kind" in file.text:
            for job in workflow(file, scope).jobs:
                yield from _job(job)
        return
    kit, steps = of_file(file, scope)
    creates = [one for one in steps if one.call.tool == "kind" and one.call.verb("create", "cluster")]
    for one in steps:
        if one.call.tool == "kubectl" and one.call.verb("rollout", "status") and _unbounded(one):
            message = "kubectl rollout status has no --timeout: it waits until the Deployment's progress deadline"
            yield Finding(one.line, 1, message, "add --timeout=180s")
    unready = [one for one in creates if one.call.option("--wait") is None and not one.call.opaque]
    if unready and not _waits(kit):
        for one in unready:
            message = "kind create cluster returns before the nodes are ready"
            yield Finding(one.line, 1, message, "add --wait 180s")
    yield from _logs(kit, creates)
    yield from _order(kit, steps)
    if "trap" in file.text:
        yield from _trapped_order(kit, file)
    yield from _cleanup(kit, steps)


def _job(job: Job) -> Iterator[Finding]:
    """Find a job that tests on its own cluster and keeps no logs of a failure."""
    made = next((one for one in job.steps if _makes_cluster(one)), None)
    if made is None or made is job.steps[-1]:
        return
    if any(one.diagnostic or _KEEPS.search(one.script) for one in job.steps[made.number :]):
        return
    message = "a failed run leaves no logs: no step exports or shows those of the cluster"
    hint = f"add a step with if: failure() that runs {_LOGS}, and one that uploads them"
    yield at(made.uses_node or get(made.node, "run"), message, hint)


def _makes_cluster(step: WorkflowStep) -> bool:
    if step.action == "helm/kind-action":
        return step.input("install_only") != "true"
    calls = step.calls if "kind" in step.script else ()
    return any(one.tool == "kind" and one.verb("create", "cluster") for one in calls)


def _unbounded(step: RecipeCall) -> bool:
    return step.call.option("--timeout", "-w") is None and not step.call.opaque and "timeout" not in step.recipe.text


def _waits(kit: Kit) -> bool:
    """Return whether a command waits for the nodes explicitly."""
    if any(_NODES.search(text) and _LOOP.search(text) for text in {one.recipe.text for one in kit.scripts}):
        return True
    return any(
        one.call.tool == "kubectl" and one.call.verb("wait") and any("node" in arg for arg in one.call.args)
        for one in kit.steps
    )


def _tests(kit: Kit) -> bool:
    """Return whether a Makefile runs tests, rather than only creating a cluster to work on."""
    return any(_TEST.search(one.name) for one in kit.makefile.targets)


def _logs(kit: Kit, creates: list[RecipeCall]) -> Iterator[Finding]:
    """Find a Makefile that creates a cluster, tests on it, and keeps no logs of a failure."""
    exported = any(one.call.verb("export", "logs") for one in kit.kind) or any(
        _LOGS in one.recipe.text for one in kit.scripts
    )
    if exported or not (creates and _tests(kit) and kit.complete):
        return
    opaque = any(one.call.tool == "make" and {"-C", "--directory"} & set(one.call.args) for one in kit.steps)
    if not opaque:
        message = "a failed run leaves no logs: no command exports those of the cluster"
        hint = f"on failure run {_LOGS} DIR --name NAME before the cluster is deleted"
        yield Finding(creates[0].line, 1, message, hint)


def _order(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find logs that are exported from a cluster that is already deleted."""
    exports = [one for one in steps if one.call.tool == "kind" and one.call.verb("export", "logs")]
    if not exports:
        return
    deleting = {one.target.name for one in kit.kind if one.call.verb("delete", "cluster")}
    making = {one.target.name for one in kit.creates}
    making |= kit.needing(making)
    lines = {one.number: one.line for one in exports}
    for target in {id(one.target): one.target for one in exports}.values():
        gone: dict[str | None, RecipeCall] = {}  # first call that deletes, by the cluster's name or _MAKE
        for step in (one for one in kit.recipe(target) if one.call.tool in _ACTING):
            if step.number in lines:
                known = [gone[key] for key in (_MAKE, kit.name(step)) if key in gone]
                if known:
                    first = min(known, key=lambda x: x.number)
                    message = f"the logs are exported after line {first.line} has deleted the cluster"
                    yield Finding(lines[step.number], 1, message, "export the logs before the cluster is deleted")
            if _does(step, "create", making):
                gone.clear()
            elif _does(step, "delete", deleting - {target.name}) and step.pipeline.before not in {"&&", "||"}:
                gone.setdefault(_MAKE if step.call.tool == "make" else kit.name(step), step)


def _trapped_order(kit: Kit, file: File) -> Iterator[Finding]:
    """Find a trap that deletes the cluster before it exports the logs."""
    for script in kit.scripts:
        if script.target.path != file.path:
            continue
        for number, words in script.traps:
            kinds = [one for _, one in read_recipe_part(words[1]).calls if one.tool == "kind"]
            deleted = next((n for n, one in enumerate(kinds) if one.verb("delete", "cluster")), len(kinds))
            if any(one.verb("export", "logs") for one in kinds[deleted:]):
                line = script.line(number, script.pipelines[number].line)
                message = "the logs are exported after the trap has deleted the cluster"
                yield Finding(line, 1, message, "export the logs before the cluster is deleted")


def _cleanup(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find a recipe that deletes its cluster only in its last line, which is not reached if an earlier line fails."""
    creating = {one.target.name for one in kit.creates}
    deleting = {one.target.name for one in kit.kind if one.call.verb("delete", "cluster")} - creating
    needing = kit.needing(creating)
    mine = {id(one.target) for one in steps}
    for target in {id(one.target): one.target for one in kit.scripts if id(one.target) in mine}.values():
        recipe = kit.recipe(target)
        acting = [(n, one) for n, one in enumerate(recipe) if one.call.tool in _ACTING]
        deleted = [n for n, one in acting if _does(one, "delete", deleting)]
        made = [n for n, one in acting if _does(one, "create", creating)]
        created = made[-1] if made else -1 if target.name in needing else None
        if created is None or not deleted or deleted[-1] - created < 2:
            continue
        between = recipe[created + 1 : deleted[-1]]
        risky = [one for one in between if "-" not in one.recipe.prefix and one.part != recipe[deleted[-1]].part]
        trapped = any("trap" in one.text for one in kit.makefile.scripts(target))
        if risky and not trapped:
            last = recipe[deleted[-1]].number
            yield Finding(next(one.line for one in steps if one.number == last), 1, *_LEFT)
    yield from _cleanup_by_needs(kit, steps)


_ACTING = frozenset(("kind", "make"))  # the tools that _does looks at


def _does(step: RecipeCall, verb: str, targets: set[str]) -> bool:
    """Return whether a step creates or deletes the cluster, directly or through another target."""
    if step.call.tool == "kind":
        return step.call.verb(verb, "cluster")
    return step.call.tool == "make" and bool(targets & set(step.call.args))


_LEFT = (
    "the cluster is deleted only if everything before succeeds: a failed run leaves it behind",
    "delete it in a trap on EXIT in one bash script, after exporting the logs",
)


def _cleanup_by_needs(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find a target whose prerequisites create a cluster, use it, and delete it."""
    creating = {one.target.name for one in kit.creates}
    deleting = {one.target.name for one in kit.kind if one.call.verb("delete", "cluster")} - creating
    own = {one.target.path for one in steps}
    for target in kit.makefile.targets:
        needs = target.prerequisites
        last = max((n for n, one in enumerate(needs) if one in deleting), default=-1)
        first = min((n for n, one in enumerate(needs) if one in creating), default=last)
        if first < last - 1 and target.path in own and not target.name.startswith("."):
            yield Finding(target.line, 1, *_LEFT)
