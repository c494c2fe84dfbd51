"""KD002: file targets that represent a cluster, and kubeconfigs that are removed before their cluster."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...finding import Finding
from ..readers.expansion import as_written
from ..rule import File, Scope, rule
from .client_calls import CLIENTS, changes_cluster
from .kits import Kit, RecipeCall, of_file
from .kubeconfigs import kubeconfig_of, kubeconfigs, outputs

_MAX_PATH = 4096  # bytes, PATH_MAX of Linux


@rule(
    "KD002",
    "error",
    ("makefile",),
    "a file target that represents a cluster, or a kubeconfig that is removed before its cluster",
    explanation=(
        "kind writes the kubeconfig first. If a later step of the recipe fails, the file exists, make considers the "
        "target up to date, and the next run passes against a cluster without the application. Removing the "
        "kubeconfig does not remove the cluster, and creating it again fails."
    ),
    bad="out/kubeconfig.yaml:\n\tkind create cluster --kubeconfig $@\n\tkubectl --kubeconfig $@ apply -f app.yaml\n",
    good=(
        ".PHONY: cluster\ncluster:\n\tkind create cluster --kubeconfig out/kubeconfig.yaml\n"
        "\tkubectl --kubeconfig out/kubeconfig.yaml apply -f app.yaml\n"
    ),
    source="https://www.gnu.org/software/make/manual/html_node/Phony-Targets.html",
)
def _stale_files(file: File, scope: Scope) -> Iterator[Finding]:
    kit, steps = of_file(file, scope)
    configs = {kit.makefile.value(one) for one in kubeconfigs(kit)}
    configs |= {value for one in kit.kind if (value := kubeconfig_of(one))}
    yield from _file_targets(file, kit, steps, configs)
    yield from _cleaning(kit, steps, configs)


def _file_targets(file: File, kit: Kit, steps: list[RecipeCall], configs: set[str]) -> Iterator[Finding]:
    last: dict[int, int] = {}  # number of the last step that may fail, by target
    for step in (one for one in steps if one.call.tool == "kind" and one.call.verb("create", "cluster")):
        target = step.target
        if target.name in kit.makefile.phony or target.pattern:
            continue
        if id(target) not in last:
            recipe = kit.recipe(target)
            telling = (one.number for one in recipe if _may_matter(one))
            last[id(target)] = max(telling, default=-1) if _writes(target.name, recipe, configs) else -1
        if last[id(target)] <= step.number:
            continue
        message = (
            f"the file {as_written(target.name)} represents a ready cluster, but exists even if a later step fails "
            "or the cluster is gone: the next run skips the whole recipe"
        )
        hint = "make the target phony and idempotent: create the cluster if kind get clusters lacks it, then deploy"
        yield Finding(target.line if target.path == file.path else step.line, 1, message, hint)


def _may_matter(step: RecipeCall) -> bool:
    """Return whether something is missing if a step does not run."""
    if step.call.tool in CLIENTS:
        return changes_cluster(step.call) or step.call.verb("wait") or step.call.verb("rollout")
    return step.call.tool not in {"echo", "printf", "true", ":"}


def _writes(name: str, recipe: list[RecipeCall], configs: set[str]) -> bool:
    """Return whether a recipe writes the file that its target is named after."""
    if name in configs:
        return True
    for one in recipe:
        if name in outputs(one) or kubeconfig_of(one) == name:
            return True
        if one.call.tool in {"touch", "cp", "mv", "install", "tee"} and name in one.call.args:
            return True
    return False


def _cleaning(kit: Kit, steps: list[RecipeCall], configs: set[str]) -> Iterator[Finding]:
    if not kit.creates or not configs:
        return
    deleting = {one.target.name for one in kit.kind if one.call.verb("delete")}
    needing = kit.needing(deleting)
    places = configs | {above for one in configs if len(one) <= _MAX_PATH for above in _above(one)}
    first: dict[int, float] = {}  # number of the first step that deletes the cluster, by target
    for step in steps:
        if step.call.tool != "rm" or not any(_drops(one, configs, places) for one in step.call.args):
            continue
        if step.target.name in needing:
            continue
        if id(step.target) not in first:
            first[id(step.target)] = _deleted(kit.recipe(step.target), deleting)
        if first[id(step.target)] < step.number or not kit.complete:
            continue
        message = (
            "removes the kubeconfig while the cluster may still run: the next kind create cluster fails on its nodes"
        )
        hint = "delete the cluster first: make this target depend on the one that runs kind delete cluster"
        yield Finding(step.line, 1, message, hint)


def _deleted(recipe: list[RecipeCall], deleting: set[str]) -> float:
    """Return the number of the first step that deletes the cluster; -1 if the recipe creates a new one."""
    kinds = [one for one in recipe if one.call.tool == "kind"]
    if any(one.call.verb("create") for one in kinds):
        return -1
    found = [one.number for one in kinds if one.call.verb("delete")]
    found += [one.number for one in recipe if one.call.tool == "make" and deleting & set(one.call.args)]
    return min(found, default=math.inf)


def _drops(path: str, configs: set[str], places: set[str]) -> bool:
    """Return whether removing a path removes a kubeconfig; ``places`` are kubeconfigs and their parent folders."""
    folder = path.rstrip("/*")
    return bool(folder) and (path in configs or f"{folder}/" in places)


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, each with a trailing slash."""
    at = path.find("/")
    while at >= 0:
        yield path[: at + 1]
        at = path.find("/", at + 1)
