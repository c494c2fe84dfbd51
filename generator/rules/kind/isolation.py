"""KD001 and KD002: whose cluster a Makefile touches, and what it takes for the cluster being there."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...nearest import listed
from ..readers.expansion import is_absolute, unknown
from ..readers.makelines import Variable
from ..rule import File, Finding, Scope, rule
from .kits import Kit, Step, of_file, owns, place

_CLIENTS = frozenset(("kubectl", "helm"))
_MAX_PATH = 4096  # bytes, as Linux has it
_OFFLINE = frozenset(
    ("plugin", "kustomize", "template", "lint", "version", "completion", "krew", "repo", "dependency", "package")
)
_ISOLATE = (
    "override KUBECONFIG := $(CURDIR)/.kube/config-$(CLUSTER)",
    "override KUBECONFIG := <an absolute path of its own>, export KUBECONFIG, and --kubeconfig on kind's commands",
)


@rule(
    "KD001",
    "error",
    ("makefile",),
    "a kind test that may touch another cluster, or another kubeconfig",
    explanation=(
        "A KUBECONFIG that is relative, not exported, or left to the environment makes kubectl talk to whatever "
        "cluster is current: generated targets have run against production. The cluster's name and the kubeconfig must "
        "be the same in every command that creates, loads, uses and deletes it."
    ),
    bad=(
        "KUBECONFIG ?= output/kubeconfig.yaml\ncluster:\n\tkind create cluster --name e2e\n"
        "\tkubectl apply -f app.yaml\n"
    ),
    good=(
        "override KUBECONFIG := $(CURDIR)/output/kubeconfig.yaml\nexport KUBECONFIG\ncluster:\n"
        "\tkind create cluster --name e2e --kubeconfig $(KUBECONFIG)\n\tkubectl apply -f app.yaml\n"
    ),
    source="https://github.com/kubernetes-sigs/kubebuilder/issues/3971",
)
def _isolation(file: File, scope: Scope) -> Iterator[Finding]:
    kit, steps = of_file(file, scope)
    if not kit.kind:
        return
    yield from _variable(file, kit)
    yield from _ambient(file, kit, steps)
    yield from _names(kit, steps)
    yield from _files(kit, steps)


def _kubeconfigs(kit: Kit) -> list[Variable]:
    return [one for one in kit.makefile.variables if one.name == "KUBECONFIG"]


def _variable(file: File, kit: Kit) -> Iterator[Finding]:
    for one in _kubeconfigs(kit):
        if not owns(file, kit, one.path):
            continue
        where = place(file, kit, one)
        asked = any(c.replace(" ", "").startswith(("ifndefKUBECONFIG", "ifeq($(KUBECONFIG),)")) for c in one.conditions)
        if (one.flavour == "?=" or asked) and not one.override:
            message = "a KUBECONFIG of the environment goes before this one: the targets run against whatever it names"
            yield Finding(*where, message, f"write {_ISOLATE[0]}")
        value = kit.makefile.value(one)
        if value and is_absolute(value) is False and ":" not in value[1:3]:
            message = f"KUBECONFIG is the relative path {value}: in another directory it names another file"
            yield Finding(*where, message, f"write {_ISOLATE[0]}")


def _ambient(file: File, kit: Kit, steps: list[Step]) -> Iterator[Finding]:
    """Find commands that take whatever context the environment has."""
    if not kit.complete or {"KUBECONFIG", "*"} & kit.makefile.exported:
        return
    creates = [one for one in kit.creates() if not one.call.opaque]
    bare = [one for one in steps if _is_bare(one)]
    clients = [one for one in bare if one.call.tool in _CLIENTS]
    set_here = [one for one in _kubeconfigs(kit) if not one.target]
    if set_here and bare and creates:
        last = set_here[-1]
        message = (
            f"KUBECONFIG is not exported, so {bare[0].call.tool} in line {bare[0].line} does not see it "
            "unless the environment has one"
        )
        if owns(file, kit, last.path):
            yield Finding(*place(file, kit, last), message, "add the line export KUBECONFIG")
        return
    for one in creates:
        if owns(file, kit, one.target.path) and clients and not set_here and _kubeconfig(one) is None:
            message = (
                f"kind writes into the kubeconfig of whoever runs this, and {clients[0].call.tool} in line "
                f"{clients[0].line} takes whatever context is current there"
            )
            yield Finding(one.line, 1, message, f"set {_ISOLATE[1]}")
            return
    isolated = [one for one in creates if _kubeconfig(one)]
    if isolated and not set_here:
        for one in clients:
            message = f"{one.call.tool} takes the context of the environment; the cluster's kubeconfig is another file"
            hint = f"add --kubeconfig {_kubeconfig(isolated[0])}, or export KUBECONFIG"
            yield Finding(one.line, 1, message, _plain(hint))


def _is_bare(step: Step) -> bool:
    """Tell whether a call takes its kubeconfig and context from the environment."""
    one = step.call
    if one.opaque or "KUBECONFIG" in one.env:
        return False
    if one.tool == "kind":
        return one.verb("create", "cluster") and one.option("--kubeconfig") is None
    if one.tool not in _CLIENTS or not one.operands or one.operands[0] in _OFFLINE:
        return False
    if {"--client", "--local", "--dry-run=client", "--help"} & set(one.args):
        return False
    return one.option("--kubeconfig", "--context", "--kube-context", "--server", "-s") is None


def _kubeconfig(step: Step) -> str | None:
    return step.call.option("--kubeconfig") or step.call.env.get("KUBECONFIG")


def _names(kit: Kit, steps: list[Step]) -> Iterator[Finding]:
    created = [kit.name(one) for one in kit.creates()]
    for one in steps:
        if one.call.tool == "kind" and one.call.verb("delete", "clusters") and "--all" in one.call.args:
            message = "deletes every kind cluster of the machine, those of others too"
            yield Finding(one.line, 1, message, "kind delete cluster --name with the name of this one")
    if not created or None in created or not kit.complete:
        return
    known = {name for name in created if name}
    unclear = any(unknown(one) for one in known)
    shown = _plain(" or ".join(sorted(known)[:5]))
    for one in steps:
        name = _touched(kit, one)
        if name is None or name in known or unknown(name) or unclear:
            continue
        message = f"touches the cluster {name}, and this Makefile creates {shown}"
        yield Finding(one.line, 1, message, f"use one variable for the name in all commands, here for {shown}")


def _touched(kit: Kit, step: Step) -> str | None:
    """Return the cluster that a call other than create touches, None where it names none or it cannot be known."""
    one = step.call
    if one.tool == "kind" and one.operands and one.operands[0] in {"delete", "load", "export", "get"}:
        if one.verb("get", "clusters") or one.verb("delete", "clusters"):
            return None
        unnamed_load = one.operands[0] == "load" and one.option("--name", "-n") is None  # left to KD006
        return None if unnamed_load else kit.name(step)
    if one.tool in _CLIENTS:
        context = one.option("--context", "--kube-context") or ""
        return context.removeprefix("kind-") if context.startswith("kind-") else None
    return None


def _files(kit: Kit, steps: list[Step]) -> Iterator[Finding]:
    """Find clients that read another kubeconfig than the one that kind wrote."""
    written = {path for step in kit.creates() if (path := _kubeconfig(step))}
    last = kit.makefile.last("KUBECONFIG")
    if last and {"KUBECONFIG", "*"} & kit.makefile.exported:
        written |= {kit.makefile.value(one) for one in _kubeconfigs(kit)}
    else:
        written |= {value for step in kit.kind if (value := _kubeconfig(step)) and step.call.verb("export")}
    written |= {target for step in kit.kind if step.call.verb("get", "kubeconfig") for target in _outputs(step)}
    if not written or not kit.complete or any(unknown(one) for one in written):
        return
    if not all(_kubeconfig(one) or last for one in kit.creates()):
        return
    shown = _plain(listed(written))
    for one in steps:
        read = _kubeconfig(one)
        if one.call.tool in _CLIENTS and read and read not in written and not unknown(read):
            message = f"reads the kubeconfig {_plain(read)}, and kind writes {shown}"
            yield Finding(one.line, 1, message, "use one variable for the file in all commands")


def _outputs(step: Step) -> list[str]:
    return [target for one in step.pipeline.commands for sign, target in one.redirects if sign in {">", ">>"}]


def _plain(text: str) -> str:
    """Return text without the marks of what is unknown."""
    return text.replace("\ue000", "$(").replace("\ue001", ")").replace("/CURDIR", "$(CURDIR)")


@rule(
    "KD002",
    "error",
    ("makefile",),
    "a file that stands for a cluster, or a kubeconfig dropped before its cluster",
    explanation=(
        "kind writes the kubeconfig first. If a later step of the recipe fails, the file is there, make takes the "
        "target for done, and the next run passes against a cluster without the application. Removing the kubeconfig "
        "does not remove the cluster, and creating it again fails."
    ),
    bad="out/kubeconfig.yaml:\n\tkind create cluster --kubeconfig $@\n\tkubectl --kubeconfig $@ apply -f app.yaml\n",
    good=(
        ".PHONY: cluster\ncluster:\n\tkind create cluster --kubeconfig out/kubeconfig.yaml\n"
        "\tkubectl --kubeconfig out/kubeconfig.yaml apply -f app.yaml\n"
    ),
    source="https://www.gnu.org/software/make/manual/html_node/Phony-Targets.html",
)
def _state(file: File, scope: Scope) -> Iterator[Finding]:
    kit, steps = of_file(file, scope)
    configs = {kit.makefile.value(one) for one in _kubeconfigs(kit)}
    configs |= {value for one in kit.kind if (value := _kubeconfig(one))}
    yield from _file_targets(file, kit, steps, configs)
    yield from _cleaning(kit, steps, configs)


def _file_targets(file: File, kit: Kit, steps: list[Step], configs: set[str]) -> Iterator[Finding]:
    last: dict[int, int] = {}  # the number of the last step that may fail, by target
    for step in (one for one in steps if one.call.tool == "kind" and one.call.verb("create", "cluster")):
        target = step.target
        if target.name in kit.makefile.phony or target.pattern:
            continue
        if id(target) not in last:
            recipe = kit.recipe(target)
            telling = (one.number for one in recipe if one.call.tool not in {"echo", "printf", "true", ":"})
            last[id(target)] = max(telling, default=-1) if _writes(target.name, recipe, configs) else -1
        if last[id(target)] <= step.number:
            continue
        message = (
            f"the file {_plain(target.name)} stands for a ready cluster, and is there when a later step fails, "
            "or when the cluster is gone: the next run skips the whole recipe"
        )
        hint = "make the target phony and idempotent: create the cluster if kind get clusters lacks it, then deploy"
        yield Finding(target.line if target.path == file.path else step.line, 1, message, hint)


def _writes(name: str, recipe: list[Step], configs: set[str]) -> bool:
    """Tell whether a recipe makes the file that its target is named after."""
    if name in configs:
        return True
    for one in recipe:
        if name in _outputs(one) or _kubeconfig(one) == name:
            return True
        if one.call.tool in {"touch", "cp", "mv", "install", "tee"} and name in one.call.args:
            return True
    return False


def _cleaning(kit: Kit, steps: list[Step], configs: set[str]) -> Iterator[Finding]:
    if not any(True for _ in kit.creates()) or not configs:
        return
    deleting = {one.target.name for one in kit.kind if one.call.verb("delete")}
    needing = kit.needing(deleting)
    places = configs | {above for one in configs if len(one) <= _MAX_PATH for above in _above(one)}
    first: dict[int, float] = {}  # the number of the first step that deletes the cluster, by target
    for step in steps:
        if step.call.tool != "rm" or not any(_drops(one, configs, places) for one in step.call.args):
            continue
        if step.target.name in needing or not kit.complete:
            continue
        if id(step.target) not in first:
            first[id(step.target)] = _deleted(kit.recipe(step.target), deleting)
        if first[id(step.target)] < step.number:
            continue
        message = "drops the kubeconfig while the cluster may still run: the next create finds nodes of that name"
        hint = "delete the cluster first: make this target depend on the one that runs kind delete cluster"
        yield Finding(step.line, 1, message, hint)


def _deleted(recipe: list[Step], deleting: set[str]) -> float:
    """Return the number of the first step that deletes the cluster; before all where the recipe makes a fresh one."""
    kinds = [one for one in recipe if one.call.tool == "kind"]
    if any(one.call.verb("create") for one in kinds):
        return -1
    found = [one.number for one in kinds if one.call.verb("delete")]
    found += [one.number for one in recipe if one.call.tool == "make" and deleting & set(one.call.args)]
    return min(found, default=math.inf)


def _drops(path: str, configs: set[str], places: set[str]) -> bool:
    """Tell whether removing a path removes a kubeconfig: ``places`` are these and the folders above them."""
    folder = path.rstrip("/*")
    return bool(folder) and (path in configs or f"{folder}/" in places)


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, each with a slash behind it."""
    at = path.find("/")
    while at >= 0:
        yield path[: at + 1]
        at = path.find("/", at + 1)
