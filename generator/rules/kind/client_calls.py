"""Calls of clients of Kubernetes, and whether they change what is in a cluster."""

from __future__ import annotations

from ..readers.tools import ToolCall


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


CLIENTS = frozenset(("kubectl", "helm"))
# They do not talk to a cluster.
_OFFLINE = word_set("plugin kustomize template lint version completion krew repo dependency package")
_READING = word_set(
    "get describe logs events top wait rollout cluster-info config explain auth diff api-resources api-versions "
    "port-forward list ls status history env show"
)
_ONLY_LOCAL = word_set("--client --local --dry-run=client --help -h")


def uses_cluster(call: ToolCall) -> bool:
    """Return whether a call talks to a cluster."""
    if call.tool not in CLIENTS or not call.operands or call.operands[0] in _OFFLINE:
        return False
    return not _ONLY_LOCAL & set(call.args)


def changes_cluster(call: ToolCall) -> bool:
    """Return whether a call may change what is in a cluster: running it on another one does harm."""
    reads = call.operands[:1] and call.operands[0] in _READING and not call.verb("rollout", "restart")
    return uses_cluster(call) and not reads
