"""Which targets of a Makefile run together with the one that creates a cluster."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .kits import Kit

# The file of a script; a try begins at a word and is bounded.
_SCRIPT = re.compile(r"(?<![\w./-])[\w./-]{1,200}\.(?:sh|bash|py)(?![\w./-])")
_TESTS = frozenset(("test", "tests", "e2e", "check", "verify", "smoke", "conformance", "integration", "acceptance"))
_NO_TESTS = frozenset(("cluster", "clusters", "prereqs", "prerequisites", "tools", "deps", "versions", "context"))
_MAKERS = frozenset(("ctlptl", "terraform", "tofu", "tilt", "task", "just", "kubetest2"))


def run_together(kit: Kit) -> frozenset[str]:
    """Return the names of the targets that one run of make may run with one that creates a cluster.

    Any other target is run by itself, on whatever cluster its user chose: ``deploy`` of an operator, say.
    """
    creating = {one.target.name for one in kit.creates}
    below = _calls(kit)
    above: dict[str, set[str]] = {}
    for name, called in below.items():
        for one in called:
            above.setdefault(one, set()).add(name)
    return frozenset(_closure(_closure(creating, above), below))


def _calls(kit: Kit) -> Mapping[str, set[str]]:
    """Return what each target runs: its prerequisites, and the goals of make in its recipe."""
    found: dict[str, set[str]] = {}
    for target in kit.makefile.targets:
        if not target.name.startswith("."):
            found.setdefault(target.name, set()).update(target.prerequisites)
    for step in kit.steps:
        if step.call.tool == "make" and not {"-C", "--directory", "-f"} & set(step.call.args):
            found.setdefault(step.target.name, set()).update(step.call.operands)
    return found


def _closure(names: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    found = set(names)
    todo = list(found)
    while todo:
        new = edges.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def may_create_more(kit: Kit) -> bool:
    """Return whether something that a Makefile runs may create another cluster: a script, or a Makefile elsewhere."""
    for step in kit.steps:
        if step.call.tool in _MAKERS or (step.call.tool == "make" and {"-C", "--directory"} & set(step.call.args)):
            return True
    named = {path for text in {one.recipe.text for one in kit.scripts} for path in _SCRIPT.findall(text)}
    for path in sorted(named):
        text = kit.scope.read(kit.path_of(path)) if kit.path_of(path) else None
        if not text or "kind" in text:
            return True
    return False


def is_test(target: str) -> bool:
    """Return whether a target runs a test, by its name: ``test-e2e``, but not ``load-test-image``."""
    words = re.split(r"[-_./]", target.lower())
    return bool(_TESTS & {words[0], words[-1]}) and not _NO_TESTS & set(words)
