"""GIT001, YAML001 and YAML002: files that cannot be parsed, which ``recognise`` reports."""

from __future__ import annotations

from ...finding import Finding
from ..rule import File, Scope, rule


@rule(
    "GIT001",
    "error",
    (),
    "an unresolved merge conflict",
    explanation=("Git stopped in the middle of a merge, and the file has the lines of both sides."),
    bad="<<<<<<< HEAD\nreplicas: 2\n=======\nreplicas: 3\n>>>>>>> main\n",
    good="replicas: 3\n",
    source="https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
)
def conflicting(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``recognise.conflict_markers`` reports them."""
    return ()


@rule(
    "YAML001",
    "error",
    (),
    "a file that is not valid YAML",
    explanation=(
        "The file cannot be parsed: wrong indentation, a tab, an unclosed quote, bytes that are not UTF-8, or a size "
        "or depth above the limits. Or the program that reads it refuses it: a merge key (<<) without a map, an alias "
        "within its own anchor, a key that is a map, a tag that does not fit."
    ),
    bad="metadata:\n\tname: payments\n",
    good="metadata:\n  name: payments\n",
    source="https://yaml.org/spec/1.2.2/",
)
def invalid_yaml(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``recognise.recognise`` reports them."""
    return ()


@rule(
    "YAML002",
    "error",
    (),
    "a duplicate key",
    explanation=(
        "Parsers differ in which of the two values they use, and most do not report it: one of them has no effect. In "
        "a Kubernetes manifest this includes a key before a merge key (<<) that sets it again: kubectl takes the value "
        "of the merge key, kustomize the other one. Alertmanager refuses a label that a merge key sets again."
    ),
    bad="replicas: 2\nreplicas: 3\n",
    good="replicas: 3\n",
    source="https://yaml.org/spec/1.2.2/#nodes",
)
def duplicate_key(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``recognise.recognise`` reports them."""
    return ()
