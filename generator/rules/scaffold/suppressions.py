"""SUP001 and SUP002: comments that suppress nothing, which ``settle`` finds."""

from __future__ import annotations

from ..rule import File, Finding, Scope, rule


@rule(
    "SUP001",
    "warning",
    (),
    "a suppression that suppresses nothing",
    explanation="Nothing is found there any more, or never was: the comment hides the next finding that comes.",
    bad="# scaffold: ignore[FX004] the sidecar is pinned by hand\nname: payments\n",
    good="name: payments\n",
    source="docs/user/validate.md",
)
def unused_suppression(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``settle.settle`` does."""
    return ()


@rule(
    "SUP002",
    "warning",
    (),
    "a suppression that cannot be used",
    explanation=(
        "A suppression names the ids of rules, and gives a reason: # scaffold: ignore[ID] reason. Without both it "
        "suppresses nothing."
    ),
    bad="# scaffold: ignore[FX004]\n",
    good="# scaffold: ignore[FX004] the vendor moves this tag\n",
    source="docs/user/validate.md",
)
def invalid_suppression(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``settle.settle`` does."""
    return ()
