"""Kubeconfigs that the commands of a Makefile write and read."""

from __future__ import annotations

from ..readers.makelines import MakeVariable
from .kits import Kit, RecipeCall


def kubeconfigs(kit: Kit) -> list[MakeVariable]:
    """Return the assignments of KUBECONFIG."""
    return [one for one in kit.makefile.variables if one.name == "KUBECONFIG"]


def kubeconfig_of(step: RecipeCall) -> str | None:
    """Return the kubeconfig that a call names explicitly, None if it names none."""
    return step.call.option("--kubeconfig") or step.call.env.get("KUBECONFIG")


def outputs(step: RecipeCall) -> list[str]:
    """Return the files to which a call's pipeline redirects its output."""
    return [target for one in step.pipeline.commands for sign, target in one.redirects if sign in {">", ">>"}]
