"""Small texts full of odd whitespace, settled in every way: what comes out stays as it is when it is merged again."""

from __future__ import annotations

from random import Random

from generator.merge import Settle, merge

from .case import Case, Outcome
from .reading import UnusableError, documents

PARTS = [
    *["a: 1\n", "a: 2\n", "a: 1 \n", "a: 1\t\n", "a: 1", "a: 1\r\n", "a: 1 # c\n", "a:\n", "b: 1\n"],
    *["{}\n", "{}\t\n", "{}", "[]\n", "{a: 1}\n", "null\n", "- x\n", '"x"\n'],
    *["# c\n", "# c\t\n", "# c", "# d\n", "\n", "\t\n", " \n", "\r\n", "\r", ""],
    *["---\n", "---\t\n", "--- # x\n", "--- {}\n", "...\n", "...\t\n"],
    *["a: |\n  x\n", "a: |\n  x", "a: |+\n  x\n\n"],
]
ENDS = ["\t\n", " \n", "\r\n", ""]
WAYS = {"": Settle(), "--ours": Settle(ours=frozenset({""})), "--theirs": Settle(theirs=frozenset({""}))}
TRIES = 100


def case(seed: str, number: int) -> Case:
    """Return a triple; ours is often base with other blanks at the ends of its lines."""
    source = Random(f"whitespace {seed} {number}")  # noqa: S311 - a seed, and no secret
    base, theirs, ours = _text(source), _text(source), _text(source)
    if source.random() < 0.4:
        ours = base.replace("\n", source.choice(ENDS), source.choice([1, 9]))
    return Case(f"{number}", None if number % 8 == 0 else base, ours, theirs, lambda _text: [], conflict="allowed")


def _text(source: Random) -> str:
    """Return a text that other readers take."""
    for _ in range(TRIES):
        text = "".join(source.choice(PARTS) for _ in range(source.choice([0, 1, 1, 2, 2, 3])))
        try:
            documents(text)
        except UnusableError:
            continue
        return text
    return ""


def check(case: Case) -> Outcome:
    """Merge a triple in every way, and once more what came out of it."""
    found = Outcome(case, "other text", case.ours)
    try:
        for way, settle in WAYS.items():
            merged = merge(case.base, case.ours, case.theirs, case.path, settle)
            if merged.conflicts:
                found = Outcome(case, "right conflict") if not way else found
                continue
            again = merge(case.base, merged.text, case.theirs, case.path, settle)
            if again.conflicts or again.text != merged.text:
                why = again.conflicts[0].reason if again.conflicts else f"the second time:\n{again.text!r}"
                return Outcome(case, "unstable", merged.text, f"{way}: {why}")
    except Exception as error:  # a crash is a figure of the table
        return Outcome(case, "crash", why=f"{type(error).__name__}: {error}")
    return found
