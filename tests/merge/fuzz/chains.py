"""A part of a file that theirs deletes and brings back, six times, with edits of ours beside, in and below it.

Each merge starts from what came out of the one before; base and theirs change places. All edits are of lines, so it is
known which entries and comments must be there each time, and that blank lines may not grow.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from random import Random

from .case import Answer, Case, Outcome, judged
from .pages import PLACES, Edits, Page, sections_of
from .reading import UnusableError, data
from .sections import comments

OURS = ["end", "end", "begin", "end with a comment", "paragraph", "comment of the end", "comment of its own"]
ROUNDS = 6
SETTLED = 5  # texts: after two round trips what comes back stands where it then stays


def case(seed: str, number: int) -> Case:
    """Return a triple: theirs is without an entry, a section, or a section and the lines that divide it from others."""
    source = Random(f"chains {seed} {number}")  # noqa: S311 - a seed, and no secret
    place = source.choice(list(PLACES))
    page = sections_of(source, place, [2, 3, 3, 4])
    gone = source.randrange(len(page.sections))
    deleted = _deleted(page, gone)
    mine, log = Edits(), []
    for _ in range(source.choice([1, 1, 2])):
        log.append(_our_edit(page, gone, mine))
    theirs = Edits(lines={line: [] for line in range(*deleted)})
    base, ours, new = (next(page.written(*one)) for one in ([], [mine], [theirs]))
    lone = any(all(line.lstrip().startswith("#") for line in put if line) for ones in mine.put.values() for put in ones)
    note = f"{'; '.join(log)}; theirs: without lines {deleted[0] + 1} to {deleted[1]}"
    answer: Answer = "allowed" if lone else "wrong"
    return Case(f"{place}, {number}", base, ours, new, lambda _text: [], conflict=answer, note=note)


def _deleted(page: Page, gone: int) -> tuple[int, int]:
    """Return which lines theirs is without, from the first to behind the last."""
    r, entries = page.source, page.sections[gone]
    start, end = entries[0][0], entries[-1][1]
    if len(entries) > 1 and r.random() < 0.3:
        return r.choice(entries)
    if gone and (gone + 1 == len(page.sections) or r.random() < 0.5):
        return page.sections[gone - 1][-1][1], end
    return start, page.sections[gone + 1][0][0]


def _our_edit(page: Page, gone: int, edits: Edits) -> str:
    """Put something beside or in what theirs deletes, or below it, and return what it was."""
    r = page.source
    what = r.choice(OURS)
    near = min(max(0, gone + r.choice([-1, -1, 0, 0, 1])), len(page.sections) - 1)
    start, end = r.choice(page.sections[near])
    if what == "begin":
        edits.put.setdefault((start, 2), []).append(page.entry("mine"))
        return f"{what} at line {start}"
    comment = f"{page.indent}# mine {next(page.names)}"
    lines = [comment] if "comment of" in what else page.entry("mine")
    if what == "end with a comment":
        lines = [comment, *lines]
    apart = what in {"paragraph", "comment of its own"}
    at = page.sections[near][-1][1] if apart else end
    edits.put.setdefault((at, int(apart)), []).append(["", *lines] if apart else lines)
    return f"{what} at line {at}"


def check(case: Case) -> Outcome:
    """Merge to and fro, and return the first outcome that is wrong; exact is one that brings ours back to the byte."""
    texts = [case.ours]
    outcome = Outcome(case, "other text")
    for turn in range(ROUNDS):
        one = replace(case, ours=texts[-1])
        if turn % 2:
            one = replace(one, base=case.theirs, theirs=case.base or "")
        outcome = judged(one)
        if outcome.verdict != "other text":
            return outcome
        texts.append(outcome.text)
        if faults := _faults(case, texts):
            before = tuple(f"turn {n}:\n{text}" for n, text in enumerate(texts))
            why = f"turn {turn + 1}: {'; '.join(faults)}"
            return Outcome(case, "silently wrong", outcome.text, why, more=before)
    return replace(outcome, verdict="exact") if texts[2] == case.ours else outcome


def _faults(case: Case, texts: list[str]) -> list[str]:
    """Return what is wrong with the last of the texts of a chain."""
    base, text = case.base or "", texts[-1]
    sides = [base, case.ours, case.theirs]
    now = base if len(texts) % 2 else case.theirs
    try:
        names = _names(text)
    except UnusableError as error:
        return [f"no YAML: {error}"]
    out = [] if names == _names(now) + (_names(case.ours) - _names(base)) else ["other entries"]
    there, mine = comments(text), comments(case.ours) - comments(base)
    if mine - there or there - comments(case.ours):
        out.append("other comments")
    stays = case.conflict == "allowed"  # where both sides have comments in one place, those of ours stay
    if len(texts) % 2 and there != comments(case.ours) and not stays:
        out.append("a comment did not come back")
    if len(texts) > SETTLED and _blank(text) != _blank(texts[-3]):
        out.append(f"{_blank(text)} blank lines for {_blank(texts[-3])}")
    own = _blank(case.ours) > _blank(base)  # one that ours added may meet one of base where what was between them goes
    if _row(text) > max(map(_row, sides)) + own:
        out.append("more blank lines in a row")
    if text.endswith("\n\n") and not any(one.endswith("\n\n") for one in sides):
        out.append("a blank line at the end")
    return out


def _names(text: str) -> Counter[str]:
    """Return the lines that are entries of a text that is valid YAML with no key twice."""
    data(text)
    return Counter(line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#"))


def _blank(text: str) -> int:
    return text.split("\n")[:-1].count("")


def _row(text: str) -> int:
    """Return how many blank lines stand in a row at most."""
    return max(len(list(row)) if blank else 0 for blank, row in itertools.groupby(text.split("\n")[:-1], _is_blank))


def _is_blank(line: str) -> bool:
    return not line
