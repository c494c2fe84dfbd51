"""SUP001 and SUP002: unused and invalid suppressions, which ``settle`` reports."""

from __future__ import annotations

from ...finding import Finding
from ..rule import File, Scope, rule


@rule(
    "SUP001",
    "warning",
    (),
    "an unused suppression",
    explanation="The rule reports nothing there, or no longer: the comment would hide the next finding.",
    bad="# scaffold: ignore[FX004] the sidecar is pinned by hand\nname: payments\n",
    good="name: payments\n",
    source="docs/user/validate.md",
)
def unused_suppression(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``settle.settle`` reports them."""
    return ()


@rule(
    "SUP002",
    "warning",
    (),
    "a suppression that is not valid",
    explanation=(
        "A suppression names the ids of rules and a reason: # scaffold: ignore[ID] reason. Without both it suppresses "
        "nothing."
    ),
    bad="# scaffold: ignore[FX004]\n",
    good="# scaffold: ignore[FX004] the vendor moves this tag\n",
    source="docs/user/validate.md",
)
def invalid_suppression(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``settle.settle`` reports them."""
    return ()
