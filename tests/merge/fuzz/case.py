"""A triple of texts with what may come out of it, and what did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from generator.merge import Merged, merge

Answer = Literal["wrong", "allowed", "required"]
Verdict = Literal[
    "exact", "other text", "right conflict", "false conflict", "silently wrong", "unstable", "not settled", "crash"
]
FAULTS: tuple[Verdict, ...] = ("crash", "silently wrong", "unstable", "not settled", "false conflict")


@dataclass(frozen=True)
class Case:
    """Three texts, what makes a clean result wrong, and whether a conflict is a right answer.

    ``judge`` returns what is wrong with a text that came out without a conflict; ``exact`` are the texts that are as
    good as can be, where they are known to the byte.
    """

    name: str
    base: str | None
    ours: str
    theirs: str
    judge: Callable[[str], list[str]]
    exact: frozenset[str] = frozenset()
    conflict: Answer = "wrong"
    path: str = "a.yaml"
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came out of a case; ``whole`` if a conflict is about the whole file."""

    case: Case
    verdict: Verdict
    text: str = ""
    why: str = ""
    whole: bool = False
    more: tuple[str, ...] = field(default=())


def judged(case: Case) -> Outcome:
    """Merge a case, and once more what came out of it."""
    try:
        merged = merge(case.base, case.ours, case.theirs, case.path)
        if merged.conflicts:
            return conflicting(case, merged)
        again = merge(case.base, merged.text, case.theirs, case.path)
    except Exception as error:  # a crash is a figure of the table
        return Outcome(case, "crash", why=f"{type(error).__name__}: {error}")
    if case.conflict == "required":
        return Outcome(case, "silently wrong", merged.text, "a conflict was not reported")
    if faults := [] if merged.text in case.exact else case.judge(merged.text):
        return Outcome(case, "silently wrong", merged.text, "; ".join(faults[:3]))
    if again.conflicts or again.text != merged.text:
        why = again.conflicts[0].reason if again.conflicts else f"the second time:\n{again.text}"
        return Outcome(case, "unstable", merged.text, why)
    return Outcome(case, "exact" if merged.text in case.exact else "other text", merged.text)


def conflicting(case: Case, merged: Merged) -> Outcome:
    """Judge a conflict: whether one is right here, and whether ours was left alone."""
    why = "; ".join(f"{one.line}: {one.field or 'the file'}: {one.reason}" for one in merged.conflicts[:4])
    whole = any(not one.field for one in merged.conflicts)
    if merged.text != case.ours:
        return Outcome(case, "silently wrong", merged.text, "a conflict was written into the file")
    verdict: Verdict = "false conflict" if case.conflict == "wrong" else "right conflict"
    return Outcome(case, verdict, merged.text, why, whole)
