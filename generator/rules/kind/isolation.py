"""KD001: kind tests that may change another cluster or another kubeconfig."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding, also
from ...nearest import name_list
from ..readers.expansion import as_written, is_absolute, unknown
from ..rule import File, Scope, rule
from .chains import is_test, may_create_more, run_together
from .client_calls import CLIENTS, changes_cluster, uses_cluster
from .kits import Kit, RecipeCall, of_file, owns, variable_place
from .kubeconfigs import kubeconfig_of, kubeconfigs, outputs

_TOOLS = CLIENTS | {"kind"}
_SWITCHES = ("config use-context", "config set-context", "export kubeconfig", "kubectx", "KUBECONFIG=")


@rule(
    "KD001",
    "error",
    ("makefile",),
    "a kind test that may change another cluster or another kubeconfig",
    explanation=(
        "A KUBECONFIG that is relative, not exported, or left to the environment makes kubectl talk to whatever "
        "cluster is current: generated targets have run against production. The cluster's name and the kubeconfig must "
        "be the same in every command that creates, loads, uses and deletes it. kind delete clusters --all also "
        "deletes those of every other test on the machine."
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
    steps = [one for one in steps if one.call.tool in _TOOLS]  # no other call is of a cluster
    yield from _variable(file, kit)
    yield from _ambient(file, kit, steps)
    yield from _names(kit, steps)
    yield from _files(kit, steps)


def _serves_others(kit: Kit) -> bool:
    """Return whether some targets use the cluster of whoever runs them, and must not get that of the test."""
    names = run_together(kit)
    return any(_is_bare(one) and one.call.tool in CLIENTS for one in kit.steps if one.target.name not in names)


def _variable(file: File, kit: Kit) -> Iterator[Finding]:
    """Find a KUBECONFIG that the environment replaces, or that depends on the directory."""
    own = [one for one in kubeconfigs(kit) if owns(file, kit, one.path)]
    if not own:
        return
    serves_others = _serves_others(kit)
    moves = any(
        one.call.tool in {"cd", "pushd"} or (one.call.tool == "make" and {"-C", "--directory"} & set(one.call.args))
        for one in kit.steps
    )
    for one in own:
        value = kit.makefile.value(one)
        if value.endswith(".kube/config"):
            continue  # the user's own, on purpose
        where = variable_place(file, kit, one)
        absolute = one.value if is_absolute(value) is not False else f"$(CURDIR)/{one.value.removeprefix('./')}"
        asked = any(c.replace(" ", "").startswith(("ifndefKUBECONFIG", "ifeq($(KUBECONFIG),)")) for c in one.conditions)
        if (one.flavour == "?=" or asked) and not one.override:
            message = "a KUBECONFIG in the environment overrides this one: the targets run against whatever it names"
            if serves_others:
                hint = f"set it in the targets of the test alone: TARGET: export KUBECONFIG := {absolute}"
                yield Finding(*where, message, as_written(hint), "warning")
            else:
                yield Finding(*where, message, as_written(f"write KUBECONFIG := {absolute}"))
        if value and is_absolute(value) is False and ":" not in value[1:3]:
            message = f"KUBECONFIG is the relative path {value}, which names another file in another directory"
            yield Finding(*where, as_written(message), as_written(f"write {absolute}"), None if moves else "warning")


def _ambient(file: File, kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find commands of a run that creates a cluster that use the current context of the environment."""
    if {"KUBECONFIG", "*"} & kit.makefile.exported or not kit.complete:
        return
    creates = [one for one in kit.creates if not one.call.opaque]
    names = run_together(kit) if creates else frozenset()
    clients = [one for one in steps if one.target.name in names and one.call.tool in CLIENTS and _is_bare(one)]
    set_here = [one for one in kubeconfigs(kit) if not one.target]
    if set_here and clients and creates:
        last = set_here[-1]
        message = (
            f"KUBECONFIG is not exported, so {clients[0].call.tool} in line {clients[0].line} does not see it "
            "unless the environment sets it"
        )
        if owns(file, kit, last.path) and not kit.makefile.value(last).endswith(".kube/config"):
            yield Finding(*variable_place(file, kit, last), message, "add the line export KUBECONFIG")
        return
    for one in creates:
        if owns(file, kit, one.target.path) and clients and not set_here and kubeconfig_of(one) is None:
            changing = [client for client in clients if changes_cluster(client.call)]
            yield from _current_context(kit, one, changing) if changing else ()
            return
    isolated = [one for one in creates if kubeconfig_of(one)]
    if isolated and not set_here and clients:
        message = f"{clients[0].call.tool} uses the environment's context, but the cluster's kubeconfig is another file"
        hint = f"add --kubeconfig {kubeconfig_of(isolated[0])}, or export KUBECONFIG"
        yield Finding(clients[0].line, 1, message + also(one.line for one in clients), as_written(hint))


def _current_context(kit: Kit, create: RecipeCall, clients: list[RecipeCall]) -> Iterator[Finding]:
    """Find clients that rely on kind having switched the current context of the user's own kubeconfig.

    kind does so whenever it creates a cluster, but not where a cluster that exists is kept.
    """
    if any(word in one.recipe.text for one in kit.scripts for word in _SWITCHES):
        return
    first = clients[0]
    name = kit.name(create)
    context = f"kind-{name}" if name else "kind-NAME"
    option = "--kube-context" if first.call.tool == "helm" else "--context"
    hint = as_written(f"add {option} {context} to {first.call.tool}, here and where else the cluster is used")
    where = f"{first.call.tool} in line {first.line}{also(one.line for one in clients)}"
    if _may_be_skipped(create):
        message = f"a cluster that exists is kept, and {where} then runs against whatever context is current"
        yield Finding(create.line, 1, message, hint)
        return
    message = f"kind switches the current context of the user who runs this, and {where} relies on it"
    yield Finding(create.line, 1, message, hint, "warning" if any(map(is_test, run_together(kit))) else "info")


def _may_be_skipped(create: RecipeCall) -> bool:
    """Return whether a recipe goes on without creating the cluster, if it is there."""
    asks = any(word in create.recipe.text for word in ("get clusters", "cluster-info", "get nodes"))
    return asks or "-" in create.recipe.prefix or "||" in {create.pipeline.before, create.pipeline.after}


def _is_bare(step: RecipeCall) -> bool:
    """Return whether a call takes its kubeconfig and context from the environment."""
    one = step.call
    if one.opaque or "KUBECONFIG" in one.env:
        return False
    if one.tool == "kind":
        return one.verb("create", "cluster") and one.option("--kubeconfig") is None
    if not uses_cluster(one):
        return False
    return one.option("--kubeconfig", "--context", "--kube-context", "--server", "-s") is None


def _names(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    created = [kit.name(one) for one in kit.creates]
    for one in steps:
        if one.call.tool == "kind" and one.call.verb("delete", "clusters") and "--all" in one.call.args:
            message = "deletes every kind cluster on the machine, including those of others"
            yield Finding(one.line, 1, message, "use kind delete cluster --name with the name of this cluster")
    if not created or None in created:
        return
    known = {name for name in created if name}
    unclear = any(unknown(one) for one in known)
    shown = as_written(" or ".join(sorted(known)[:5]))
    if unclear:
        return
    for one in steps:
        for name in _touched(kit, one):
            if name in known or unknown(name) or not kit.complete:
                continue
            if may_create_more(kit):
                return
            message = f"uses the cluster {name}, but this Makefile creates {shown}"
            yield Finding(one.line, 1, message, f"use one variable for the name in all commands, here for {shown}")


def _touched(kit: Kit, step: RecipeCall) -> Iterator[str]:
    """Yield the clusters that a call other than create uses, as far as it names them and they can be resolved."""
    one = step.call
    if one.tool == "kind" and one.operands and one.operands[0] in {"delete", "load", "export", "get"}:
        if one.verb("delete", "clusters"):
            yield from (name for name in one.operands[2:] if "$" not in name)
        elif not one.verb("get", "clusters") and not (one.verb("load") and one.option("--name", "-n") is None):
            name = kit.name(step)  # that of a load without a name is left to KD006
            if name is not None:
                yield name
    elif one.tool in CLIENTS:
        context = one.option("--context", "--kube-context") or ""
        if context.startswith("kind-"):
            yield context.removeprefix("kind-")


def _files(kit: Kit, steps: list[RecipeCall]) -> Iterator[Finding]:
    """Find clients that read a kubeconfig other than the one that kind wrote."""
    written = {path for step in kit.creates if (path := kubeconfig_of(step))}
    last = kit.makefile.last("KUBECONFIG")
    if last and {"KUBECONFIG", "*"} & kit.makefile.exported:
        written |= {kit.makefile.value(one) for one in kubeconfigs(kit)}
    else:
        written |= {value for step in kit.kind if (value := kubeconfig_of(step)) and step.call.verb("export")}
    written |= {target for step in kit.kind if step.call.verb("get", "kubeconfig") for target in outputs(step)}
    if not written or any(unknown(one) for one in written):
        return
    if not all(kubeconfig_of(one) or last for one in kit.creates):
        return
    shown = as_written(name_list(written))
    for one in steps:
        read = kubeconfig_of(one)
        if one.call.tool in CLIENTS and read and read not in written and not unknown(read) and kit.complete:
            message = f"reads the kubeconfig {as_written(read)}, but kind writes {shown}"
            yield Finding(one.line, 1, message, "use one variable for the file in all commands")
