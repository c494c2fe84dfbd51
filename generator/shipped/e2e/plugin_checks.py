"""Cross-checks of the values of an end-to-end test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import assets
from ...behaviour import SpecFault
from ...kind_clusters import node_version
from ...quoting import has_expression
from ...spec import needed_file_faults
from ...tree import leads_out


def plugin_faults(values: Mapping[str, Any]) -> list[SpecFault]:
    """Return the faults of the values of an end-to-end test that a schema cannot express."""
    found: list[SpecFault] = []
    known = assets.pins()["kind"]["nodes"]
    versions = values.get("kubernetes", {}).get("versions", ())
    for number, one in enumerate(versions):
        if node_version(one) in map(node_version, versions[:number]):
            found.append(SpecFault(["kubernetes", "versions", number], f"{one} is duplicated", "remove one"))
        elif "@" not in one and one not in known:
            message = f"Kubernetes {one} has no known node image, only {', '.join(known)}"
            found.append(
                SpecFault(["kubernetes", "versions", number], message, "use one of them, or an image with a digest")
            )
    if values.get("workflow") and has_expression(values.get("paths")):
        message = "paths contains ${{, which GitHub would evaluate as an expression in the workflow"
        found.append(SpecFault(["paths"], message, "remove ${{"))
    needed = {"Makefile": ("cluster.kind", "fixture.manifest", "expected.txt")}
    found += needed_file_faults(values, needed, "write never for the Makefile too")
    if "build" in values.get("install", {}) and "krew_index" in values.get("install", {}):
        message = "the plugin cannot be both built here and installed by krew"
        found.append(SpecFault(["install"], message, "keep build or krew_index"))
    return found


def path_faults(values: Mapping[str, Any], _unit: str) -> list[SpecFault]:
    """Return the faults of the paths, relative to the root, whose changes run the test."""
    hint = "name a path of the repository, relative to its root"
    return [
        SpecFault(["paths", number], f"paths[{number}] is {one}, which leads out of the repository", hint)
        for number, one in enumerate(values.get("paths") or ())
        if leads_out(one)
    ]
