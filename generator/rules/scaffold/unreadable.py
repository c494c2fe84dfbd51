"""The rules that the machinery itself answers for: what cannot be read, and comments that suppress nothing."""

from __future__ import annotations

from ..rule import File, Finding, Rule, Scope, Severity


def _elsewhere(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: what reads the files reports these."""
    return ()


def _rule(name: str, severity: Severity, summary: str, explanation: str, bad: str, good: str, source: str = "") -> Rule:
    return Rule(name, severity, (), summary, explanation, bad, good, _elsewhere, source)


RULES = (
    _rule(
        "GIT001",
        "error",
        "conflict markers that a merge left",
        "Git stopped in the middle of a merge, and the file holds both sides. No tool reads it as either.",
        "<<<<<<< HEAD\nreplicas: 2\n=======\nreplicas: 3\n>>>>>>> main\n",
        "replicas: 3\n",
        "https://git-scm.com/docs/git-merge#_how_conflicts_are_presented",
    ),
    _rule(
        "YAML001",
        "error",
        "a file that is no YAML",
        "The file cannot be read: a wrong indentation, a tab, an open quote, bytes that are not UTF-8, or more than "
        "any configuration has.",
        "metadata:\n\tname: payments\n",
        "metadata:\n  name: payments\n",
        "https://yaml.org/spec/1.2.2/",
    ),
    _rule(
        "YAML002",
        "error",
        "a key that is there twice",
        "Parsers differ in which of the two they take, and most say nothing: half of what is written has no effect.",
        "replicas: 2\nreplicas: 3\n",
        "replicas: 3\n",
        "https://yaml.org/spec/1.2.2/#nodes",
    ),
    _rule(
        "SUP001",
        "warning",
        "a suppression that suppresses nothing",
        "Nothing is found there any more, or never was: the comment hides the next finding that comes.",
        "# scaffold: ignore[FX004] the sidecar is pinned by hand\nname: payments\n",
        "name: payments\n",
        "docs/validate.md",
    ),
    _rule(
        "SUP002",
        "warning",
        "a suppression that cannot be used",
        "A suppression names the ids of rules, and gives a reason: # scaffold: ignore[ID] reason. Without both it "
        "suppresses nothing.",
        "# scaffold: ignore[FX004]\n",
        "# scaffold: ignore[FX004] the vendor moves this tag\n",
        "docs/validate.md",
    ),
    _rule(
        "SCF001",
        "error",
        "a spec, config or lock of scaffold that cannot be used",
        "The commands refuse it: an unknown key, a value that does not fit, or a lock that is broken.",
        "template: service\nreplica: 2\n",
        "template: service\nreplicas: 2\n",
        "docs/specs.md",
    ),
)
