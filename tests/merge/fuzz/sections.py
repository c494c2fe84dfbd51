"""Sections that blank lines and comments divide. Ours adds at the end of one, theirs a section, a key or a comment.

All edits are of lines, and where each belongs is known: so is the text that must come out, but for the order of what
both sides put into one place. Up to four more rounds follow, with what was generated last time as base.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from .case import Answer, Case, Outcome, judged
from .pages import PLACES, Edits, Page, sections_of
from .reading import UnusableError, data, same

OURS = [
    "end",
    "end",
    "end with a comment",
    "paragraph",
    "comment of the end",
    "comment of its own",
    "comment of the next",
]
THEIRS = ["section", "section", "begin", "begin", "comment", "end", "blank", "separator"]


def our_edit(page: Page, edits: Edits) -> str:
    """Make an edit of ours, and return what it was."""
    r = page.source
    what = r.choice([*OURS, "change", "delete"])
    if what in {"change", "delete"}:
        page.change(edits, delete=what == "delete")
        return what
    page.focus = r.randrange(len(page.sections))
    at = page.sections[page.focus][-1][1]
    if "comment of" in what:
        begins = what == "comment of the next"
        at = page.sections[page.focus][0][0] if begins else at
        lines = [f"{page.indent}# mine {next(page.names)}"]
        edits.put.setdefault((at, 3 if begins else int(what == "comment of its own")), []).append(
            ["", *lines] if what == "comment of its own" else lines
        )
        return f"{what} at line {at}"
    lines = page.entry("mine")
    if what == "end with a comment":
        lines = [f"{page.indent}# mine {next(page.names)}", *lines]
    if what == "paragraph":
        lines = ["", *lines]
    edits.put.setdefault((at, int(what == "paragraph")), []).append(lines)
    return f"{what} at line {at}"


def their_edit(page: Page, edits: Edits) -> str:
    """Make an edit of theirs, and return what it was."""
    r = page.source
    what = r.choice([*THEIRS, "change", "delete"])
    if what in {"change", "delete"}:
        page.change(edits, delete=what == "delete")
        return what
    near = page.focus + (what in {"begin", "comment"})
    number = near if near < len(page.sections) and r.random() < 0.6 else r.randrange(len(page.sections))
    if what == "separator":
        words = [n for n, one in enumerate(page.lines) if one.lstrip().startswith("# about") and n not in edits.lines]
        if words:
            chosen = r.choice(words)
            edits.lines[chosen] = [page.lines[chosen].replace("about", "all about")]
        return what
    if what == "blank":
        edits.put.setdefault((page.sections[number][-1][1], 1), []).append([""])
        return f"{what} at line {page.sections[number][-1][1]}"
    if what in {"section", "end"}:
        at = page.sections[number][-1][1]
        lines = page.entry("new")
        if r.random() < 0.4:
            lines = [f"{page.indent}# new {next(page.names)}", *lines]
        if what == "section":
            lines = ["", *lines, *(page.entry("new") if r.random() < 0.3 else [])]
        edits.put.setdefault((at, int(what == "section")), []).append(lines)
        return f"{what} at line {at}"
    at = page.sections[number][0][0]
    if what == "comment" and at in page.used:
        what = "begin"  # a comment on what the other side deletes goes with it
    lines = [f"{page.indent}# new {next(page.names)}"] if what == "comment" else page.entry("new")
    edits.put.setdefault((at, 2 + (what == "comment")), []).append(lines)
    return f"{what} at line {at}"


@dataclass(frozen=True)
class Life(Case):
    """A triple with those that follow it: ours is then what came out before."""

    later: tuple[Case, ...] = ()


def case(seed: str, number: int) -> Life:
    """Return a triple, with up to four later rounds."""
    source = Random(f"sections {seed} {number}")  # noqa: S311 - a seed, and no secret
    place = source.choice(list(PLACES))
    page = sections_of(source, place, [2, 2, 3, 4])
    mine, log = Edits(), []
    for _ in range(source.choice([1, 1, 2])):
        log.append(our_edit(page, mine))
    base, ours = (next(page.written(*one)) for one in ([], [mine]))
    generated = Edits()
    rounds: list[Case] = []
    before = base
    for turn in range(source.choice([1, 2, 5])):
        log.append(f"theirs: {their_edit(page, generated)}")
        theirs = next(page.written(generated))
        exact = frozenset(itertools.islice(page.written(mine, generated), 40))
        answer = _answer(page, mine, generated)
        rounds.append(
            Case(
                f"{place}, round {turn + 1}, {number}",
                before,
                ours,
                theirs,
                _judge(exact, _optional(page, mine, generated)),
                exact,
                answer,
                note="; ".join(log),
            )
        )
        before = theirs
    first = rounds[0]
    return Life(
        first.name,
        first.base,
        first.ours,
        first.theirs,
        first.judge,
        first.exact,
        note=first.note,
        later=tuple(rounds[1:]),
    )


def _answer(page: Page, mine: Edits, generated: Edits) -> Answer:
    """Tell whether a conflict is right: what is put beside a comment takes it over, or looks as if it did."""
    for at, rank in mine.put:
        below = next((n for n in range(at, len(page.lines)) if not page.lines[n].lstrip().startswith("#")), at)
        if _lone(mine.put[at, rank]) and [] in (generated.lines.get(at), generated.lines.get(below)):
            return "allowed"  # a comment right above what theirs deletes
        beside = {there for place, there in generated.put if place == at}
        captured = rank == 3 and 2 in beside and page.lines[at - 1].lstrip().startswith("#")
        if _lone(mine.put[at, rank]) and (captured or (rank < 2 and beside & {0, 1})):
            return "allowed"
    return "wrong"


def _optional(page: Page, mine: Edits, generated: Edits) -> Counter[str]:
    """Return the comments of theirs that may stay away: of comments that both sides changed in a place, ours stays."""
    ends = [entries[-1][1] for entries in page.sections]
    gaps = {_gap(at, ends) for at, rank in mine.put if _lone(mine.put[at, rank])}
    theirs = [
        line for (at, _), put in generated.put.items() for lines in put for line in lines if _gap(at, ends) in gaps
    ]
    theirs += [
        one for at, lines in generated.lines.items() if _gap(at, ends) in gaps for one in [*lines, page.lines[at]]
    ]
    return comments("\n".join(theirs))


def _gap(at: int, ends: list[int]) -> int:
    return sum(at >= end for end in ends)


def _lone(put: list[list[str]]) -> bool:
    """Tell whether comments are put somewhere by themselves."""
    return any(all(line.lstrip().startswith("#") for line in lines if line) for lines in put)


def _judge(exact: frozenset[str], optional: Counter[str]) -> Callable[[str], list[str]]:
    """Return what judges a text that may be another than the exact ones."""
    wanted = next(iter(exact))

    def judge(text: str) -> list[str]:
        try:
            found = data(text)
        except UnusableError as error:
            return [f"no YAML: {error}"]
        out = [] if any(same(_unordered(found), _unordered(data(one))) for one in exact) else ["other data"]
        there, needed = comments(text), comments(wanted)
        differing = (there - needed) + (needed - there)
        if any(one not in optional for one in differing) or any(count > 1 for count in there.values()):
            out.append("other comments")
        if text.split("\n").count("") > wanted.split("\n").count(""):
            out.append("more blank lines")
        return out

    return judge


def _unordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unordered(one) for key, one in value.items()}
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return {one["name"]: one for one in value}
    return value


def comments(text: str) -> Counter[str]:
    """Return the comments of a text that are no mere line or continuation."""
    return Counter(
        one
        for line in text.split("\n")
        if (one := line.strip()).startswith("#") and one.strip("#- ") != "more" and one.strip("#- ")
    )


def check(case: Case) -> Outcome:
    """Judge a triple, and as long as what came out is exact, the rounds that follow."""
    outcome = judged(case)
    for one in case.later if isinstance(case, Life) else ():
        if outcome.verdict != "exact":
            break
        outcome = judged(replace(one, ours=outcome.text))
    return outcome
