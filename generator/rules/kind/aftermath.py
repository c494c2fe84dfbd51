"""KD009: failed runs on a kind cluster that keep no logs, leave the cluster behind, or wait without a timeout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding, also
from ...yaml import get, text_at
from ..readers.makelines import MakeTarget
from ..readers.workflow import Job, WorkflowStep, workflow
from ..rule import File, Scope, at, rule
from .chains import is_test, run_together
from .client_calls import CLIENTS, changes_cluster, uses_cluster, word_set
from .kits import Kit, RecipeCall, of_file
from .log_keeping import step_keeps, targets_keep
from .recipe_scripts import read_recipe_part

_LOGS = "kind export logs"
_MAKE = "$(MAKE)"  # no cluster has this name
# Commands of the shell and of preparations, which use no cluster.
_PLAIN = word_set(
    "kind docker podman kustomize echo printf cd set export mkdir curl wget chmod mv cp rm cat sed awk grep tar sleep "
    "sudo true : [ [[ test { ( if for while until case tee jq yq git apt-get install envsubst"
) | {""}
_NEEDS_NODES = word_set("exec run port-forward cp attach debug test")  # applying does not
_WAITING = re.compile(r"\bwait\b|\brollout\b|--atomic\b|\b(?:until|while|sleep)\b")


@rule(
    "KD009",
    "warning",
    ("makefile", "workflow"),
    "a kind test that keeps no logs, leaves its cluster behind, or waits without a timeout",
    explanation=(
        "A failed run that keeps no logs cannot be explained (a suite, or a script that is not seen, may keep them "
        "itself, and is not judged), clusters that are deleted only on success pile up, and "
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
                yield from _job(job, scope)
        return
    kit, steps = of_file(file, scope)
    creates = [one for one in steps if one.call.tool == "kind" and one.call.verb("create", "cluster")]
    unbounded = [one for one in steps if _unbounded(one)]
    if unbounded:
        message = "kubectl rollout status has no --timeout: it waits until the Deployment's progress deadline"
        yield Finding(unbounded[0].line, 1, message + also(one.line for one in unbounded), "add --timeout=180s")
    unready = [one for one in creates if one.call.option("--wait") is None and not one.call.opaque]
    if unready and _too_early(kit, unready, scope):
        message = "kind create cluster returns before the nodes are ready, and nothing here waits for them"
        yield Finding(unready[0].line, 1, message + also(one.line for one in unready), "add --wait 180s")
    yield from _logs(kit, creates, scope)
    yield from _order(kit, steps)
    if "trap" in file.text:
        yield from _trapped_order(kit, file)
    yield from _cleanup(kit, steps)


def _job(job: Job, scope: Scope) -> Iterator[Finding]:
    """Find a job that tests on its own cluster and keeps no logs of a failure."""
    made = next((one for one in job.steps if _makes_cluster(one)), None)
    if made is None:
        return
    later = [one for one in job.steps[made.number :] if one is not made or one.script]
    if not any(_uses_cluster(one) for one in later) or any(step_keeps(one, scope) for one in later):
        return
    message = "a failed run leaves no logs: no step exports or shows those of the cluster"
    hint = f"add a step with if: failure() that runs {_LOGS}, and one that uploads them"
    yield at(made.uses_node or get(made.node, "run"), message, hint)


def _makes_cluster(step: WorkflowStep) -> bool:
    if step.action == "helm/kind-action":
        return step.input("install_only") != "true"
    calls = step.calls if "kind" in step.script else ()
    return any(one.tool == "kind" and one.verb("create", "cluster") for one in calls)


def _uses_cluster(step: WorkflowStep) -> bool:
    """Return whether a step changes the cluster, tests on it, or runs something that is not seen here."""
    return any(changes_cluster(one) if one.tool in CLIENTS else one.tool not in _PLAIN for one in step.calls)


def _unbounded(step: RecipeCall) -> bool:
    if step.call.tool != "kubectl" or not step.call.verb("rollout", "status"):
        return False
    return step.call.option("--timeout", "-w") is None and not step.call.opaque and "timeout" not in step.recipe.text


def _too_early(kit: Kit, creates: list[RecipeCall], scope: Scope) -> bool:
    """Return whether something uses a cluster that is just created, and nothing waits for it or may do so.

    The nodes of a cluster without a network plugin are not ready before the Makefile installs one.
    """
    if not kit.complete or any(_WAITING.search(one.recipe.text) for one in kit.scripts):
        return False
    configs = (kit.documents(one.call.option("--config") or "") for one in creates)
    if any(text_at(one, "networking", "disableDefaultCNI") == "true" for some in configs for one in some):
        return False
    names = run_together(kit)
    used = any(
        one.target.name in names and one.call.tool in CLIENTS and _NEEDS_NODES & set(one.call.operands[:1])
        for one in kit.steps
    )
    targets = [one for one in kit.makefile.targets if one.name in names]
    return used and not targets_keep(kit.makefile, targets, kit.folder or ".", scope)


def _logs(kit: Kit, creates: list[RecipeCall], scope: Scope) -> Iterator[Finding]:
    """Find a Makefile that creates a cluster, tests on it, and keeps no logs of a failure."""
    if not creates or not kit.complete or any(_LOGS in one.recipe.text for one in kit.scripts):
        return
    if any(one.call.verb("export", "logs") for one in kit.kind):
        return
    names = run_together(kit)
    tests = [one for one in kit.makefile.targets if is_test(one.name) and _acts(kit, one)]
    run = [one for one in kit.makefile.targets if one.name in names] if names & {one.name for one in tests} else []
    if not tests or targets_keep(kit.makefile, [*tests, *run], kit.folder or ".", scope):
        return
    message = "a failed run leaves no logs: no command exports those of the cluster"
    hint = f"on failure run {_LOGS} DIR --name NAME before the cluster is deleted"
    yield Finding(creates[0].line, 1, message, hint)


def _acts(kit: Kit, target: MakeTarget) -> bool:
    """Return whether a target uses a cluster: unit tests do not."""
    return any(uses_cluster(one.call) for one in kit.recipe(target))


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
