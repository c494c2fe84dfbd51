"""What counts as a printed command that scaffold accepts. ``Repo.run`` checks the output of every run so."""

from __future__ import annotations

import pytest

from ..support import printed

GOOD = """\
    keep yours: scaffold regenerate --ours=services/web/deploy/deployment.yaml:spec.replicas
    take it:    scaffold regenerate --root '/a b' --theirs=a/b.yaml -- -x
    run scaffold init at the repository's top
    install a newer scaffold
    run scaffold in a checkout; a bare repository cannot be a root
scaffold 0.1.0 has a bug: KeyError: 1
    run it again with scaffold -v, and report the output
    run scaffold validate --fail-on error to see them; scaffold rules explains each
    restore it from git (git checkout -- a), or delete it and run scaffold regenerate
"""
BAD = [
    ("    keep yours: scaffold regenerate --our=a.yaml\n", "No such option: --our"),
    ("    keep yours: scaffold regenerate --ours='a b.yaml\n", "No closing quotation"),
    ("    take it: scaffold regenerate --shard\n", "requires an argument"),
    ("    run scaffold regnerate to finish it\n", "there is no command regnerate"),
    ("note: scaffold diff --stric shows them\n", "has no option --stric"),
    ("a.yaml:1:1: is gone\n    scaffold merge --path a b\n", "Missing argument"),
]


def test_commands_that_are_accepted_are_no_fault() -> None:
    assert printed.faults(GOOD) == []


@pytest.mark.parametrize(("text", "reason"), BAD)
def test_commands_that_are_refused_are_faults(text: str, reason: str) -> None:
    assert reason in "\n".join(printed.faults(text))
