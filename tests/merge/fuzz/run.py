"""Runs the classes, and counts what comes out."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import chains, equals, exclusive, keyless, lines, nameless, roots, sections, settling, styles, whitespace
from .case import FAULTS, Case, Outcome, Verdict, judged


@dataclass(frozen=True)
class Class:
    """A class of triples: how one is made from a seed and a number, and how it is judged."""

    make: Callable[[str, int], Case]
    check: Callable[[Case], Outcome] = judged


CLASSES: dict[str, Class] = {
    "keyless": Class(keyless.case),
    "exclusive": Class(exclusive.case),
    "settling": Class(settling.case, settling.check),
    "equals": Class(equals.case),
    "nameless": Class(nameless.case, nameless.check),
    "lines": Class(lines.case),
    "styles": Class(styles.case),
    "roots": Class(roots.case),
    "whitespace": Class(whitespace.case, whitespace.check),
    "sections": Class(sections.case, sections.check),
    "chains": Class(chains.case, chains.check),
}
COLUMNS: tuple[Verdict, ...] = ("exact", "other text", "right conflict", "false conflict")
BROKEN: tuple[Verdict, ...] = ("silently wrong", "unstable", "not settled", "crash")
VERDICTS = (*COLUMNS, *BROKEN)
HEAD = "\n".join(
    [
        f"| {' | '.join(['class', 'triples', *COLUMNS, 'whole-file conflict', *BROKEN])} |",
        f"|{' --- |' * (3 + len(COLUMNS) + len(BROKEN))}",
    ]
)


@dataclass
class Tally:
    """What came out of the triples of a class."""

    name: str
    count: int = 0
    whole: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    kept: tuple[Verdict, ...] = ()  # what is kept to be shown beside the faults
    faults: dict[Verdict, list[Outcome]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: Outcome) -> None:
        """Count an outcome, and keep it if it is a fault or a conflict about the whole file."""
        self.count += 1
        self.whole += one.whole
        self.verdicts[one.verdict] += 1
        if one.verdict in {*FAULTS, *self.kept}:
            self.faults[one.verdict].append(one)

    @property
    def broken(self) -> int:
        """How many are silently wrong, unstable, or crashed."""
        return sum(self.verdicts[one] for one in BROKEN)

    def share(self, verdict: Verdict) -> float:
        """Return how many of all are so, from 0 to 1."""
        return self.verdicts[verdict] / max(1, self.count)

    def row(self) -> str:
        """Return the line of the table."""
        cells = [f"{self.verdicts[one]:,}" for one in COLUMNS]
        if wrong := self.verdicts["false conflict"]:
            cells[-1] += f" ({100 * wrong / self.count:.1f} %)"
        whole = f"{self.whole:,}" + (f" ({100 * self.whole / self.count:.1f} %)" if self.whole else "")
        last = [f"{self.verdicts[one]:,}" for one in BROKEN]
        return f"| {' | '.join([self.name, f'{self.count:,}', *cells, whole, *last])} |"

    def shown(self, count: int) -> Iterator[str]:
        """Yield the smallest examples of each fault, and how often each sort of name has it."""
        for verdict in self.kept or FAULTS if count else ():
            found = sorted(self.faults[verdict], key=lambda one: len(one.case.ours) + len(one.case.theirs))
            if found:
                sorts = Counter(one.case.name.rstrip("0123456789 ,") for one in found)
                yield f"===== {self.name}: {verdict}: {len(found)}: {dict(sorts.most_common(30))}"
            for one in found[:count]:
                yield described(one)


def described(one: Outcome) -> str:
    """Return an outcome with its texts, the sides as what they change."""
    case = one.case
    parts = [f"--- {one.verdict}: {case.name}: {one.why}", *([case.note] if case.note else [])]
    parts += ["base:", case.base or "(none)\n", difference("ours:", case.base or "", case.ours)]
    parts.append(difference("theirs:", case.base or "", case.theirs))
    if one.verdict not in {"crash", "false conflict"}:
        parts.append(difference("result:", case.ours, one.text))
        parts += [difference(f"wanted {n}:", case.ours, text) for n, text in enumerate(sorted(case.exact)[:2])]
    return "\n".join([*parts, *one.more])


def difference(title: str, before: str, after: str) -> str:
    """Return what differs in two texts, line by line."""
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2)
    return "\n".join([title, *(f"  {line}" for line in list(lines)[2:])])


def outcomes(name: str, seed: str, first: int, count: int, only: str = "") -> Iterator[Outcome]:
    """Yield what comes out of the triples of a class."""
    one = CLASSES[name]
    for number in range(first, first + count):
        case = one.make(seed, number)
        if only in case.name:
            yield one.check(case)


def tally(name: str, seed: str, first: int, count: int, only: str = "", kept: tuple[Verdict, ...] = ()) -> Tally:
    """Count what comes out of the triples of a class; outcomes that are ``kept`` can be shown, else the faults."""
    found = Tally(name, kept=kept)
    for one in outcomes(name, seed, first, count, only):
        found.add(one)
    return found
