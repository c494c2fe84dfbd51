"""What units that deploy a chart have in common: names, labels, their namespace, and checks of their test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..behaviour import SpecFault
from ..spec import needed_file_faults
from ..unit_namespace import MANAGED_BY, NAME_LABEL

ENFORCE = "pod-security.kubernetes.io/enforce"
WARN = "pod-security.kubernetes.io/warn"
_STRICT = (
    "Reject pods that could take over their node. A chart whose pods need it: namespace.pod_security: privileged.\n"
    "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
)
_PERMISSIVE = (
    "Pods of this chart may use the node.\nhttps://kubernetes.io/docs/concepts/security/pod-security-standards/"
)


def release_name(values: Mapping[str, Any]) -> str:
    """Return the name of the release in Helm: by default that of the unit."""
    return str(values.get("release_name", values["name"]))


def release_metadata(values: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return the metadata of an object of the unit."""
    labels = {NAME_LABEL: values["name"], MANAGED_BY: "scaffold"}
    found: dict[str, Any] = {"name": values["name"], "namespace": namespace}
    found["labels"] = labels | {key: str(one) for key, one in sorted(values["labels"].items())}
    if notes := values.get("annotations"):
        found["annotations"] = {key: str(one) for key, one in sorted(notes.items())}
    return found


def created_labels(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of the namespace that a unit creates."""
    found = {MANAGED_BY: "scaffold"}
    if level := values["namespace"].get("pod_security"):
        found |= {ENFORCE: str(level)} | ({WARN: "restricted"} if level == "baseline" else {})
    return found | {key: str(one) for key, one in sorted(values["labels"].items())}


def pod_security_comment(values: Mapping[str, Any]) -> list[str]:
    """Return the comment above the label of the pod security standard."""
    return comment_lines(_PERMISSIVE if values["namespace"].get("pod_security") == "privileged" else _STRICT)


def comment_lines(text: str) -> list[str]:
    """Return the lines of a comment."""
    return [f"# {line}" for line in text.split("\n")]


def unit_test_faults(values: Mapping[str, Any], needed: list[str]) -> Iterator[SpecFault]:
    """Yield the faults of a unit's test; ``needed`` are the generated files that it reads."""
    if values["workflow"] and not values["e2e"]:
        message = "the workflow has no end-to-end test to run"
        yield SpecFault(["workflow"], message, "enable e2e, or disable workflow")
    if values["e2e"]:
        yield from needed_file_faults(values, {"e2e/Makefile": ["e2e/cluster.kind", *needed]}, "set e2e: false")
