"""GIT001, YAML001 and YAML002: files that no rule can look at, which ``recognise`` finds."""

from __future__ import annotations

from ..rule import File, Finding, Scope, rule


@rule(
    "GIT001",
    "error",
    (),
    "conflict markers that a merge left",
    explanation=("Git stopped in the middle of a merge, and the file holds both sides. No tool reads it as either."),
    bad="<<<<<<< HEAD\nreplicas: 2\n=======\nreplicas: 3\n>>>>>>> main\n",
    good="replicas: 3\n",
    source="https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
)
def conflicting(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``recognise.conflict_markers`` does."""
    return ()


@rule(
    "YAML001",
    "error",
    (),
    "a file that is not valid YAML",
    explanation=(
        "The file cannot be read: a wrong indentation, a tab, an open quote, bytes that are not UTF-8, or more than "
        "any configuration has."
    ),
    bad="metadata:\n\tname: payments\n",
    good="metadata:\n  name: payments\n",
    source="https://yaml.org/spec/1.2.2/",
)
def invalid_yaml(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``recognise.recognise`` does."""
    return ()


@rule(
    "YAML002",
    "error",
    (),
    "a key that is duplicated",
    explanation=(
        "Parsers differ in which of the two they take, and most say nothing: half of what is written has no effect."
    ),
    bad="replicas: 2\nreplicas: 3\n",
    good="replicas: 3\n",
    source="https://yaml.org/spec/1.2.2/#nodes",
)
def duplicate_key(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``recognise.recognise`` does."""
    return ()
