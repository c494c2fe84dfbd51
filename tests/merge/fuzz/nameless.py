"""Documents that nothing names, as values files are: edited, moved, added and deleted; or taken over without a base."""

from __future__ import annotations

import copy
from collections import Counter
from random import Random
from typing import Any

import yaml

from generator.merge import Merged, Settle, merge

from .case import Answer, Case, Outcome, Verdict, judged
from .keyless import leaves
from .reading import UnusableError, at, canonical, documents
from .sequences import ClashError, Merging, Side, merged

KEYS = ["image", "replicas", "service", "ingress", "resources", "env", "tolerations", "config"]


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"nameless {seed} {number}")  # noqa: S311 - a seed, and no secret
    base = Side({n: _document(source, n) for n in range(source.choice([2, 2, 3, 4]))})
    if number % 4 == 0:
        return _adopted(source, number, base)
    ours, theirs = (_edited(source, base, first) for first in (100, 200))
    wanted = merged(base, ours, theirs, ())
    texts = [_text(list(one.items.values())) for one in (base, ours, theirs)]
    # Of a document that is not as base has it, its place alone tells which one it is: after a move, nothing does.
    moved = any(list(one.items) != list(base.items) for one in (ours, theirs))
    known = [
        {n for n, item in side.items.items() if n in base.items and item != base.items[n]} for side in (ours, theirs)
    ]
    answer: Answer = "allowed" if wanted.conflict == "wrong" and moved and (known[0] or known[1]) else wanted.conflict

    if answer == "wrong" and [] in wanted.exact():
        answer = "allowed"  # nothing would be left of the file

    def judge(text: str) -> list[str]:
        found = _read(text)
        return wanted.faults(found, ordered=False) if isinstance(found, list) else [found]  # the user's order stays

    return Case(
        f"{'moved' if moved else 'in place'} {number}",
        *texts,
        judge,
        frozenset(_text(one) for one in wanted.exact()),
        answer,
    )


def check(case: Case) -> Outcome:
    """Judge a triple; and if it is a conflict, settle it for each side, all at once and one by one."""
    out = judged(case)
    if out.verdict not in {"right conflict", "false conflict"}:
        return out
    wrong = next((why for side in ("ours", "theirs") if (why := _unsettled(case, side))), None)
    return Outcome(case, wrong[0], wrong[1].text, wrong[2]) if wrong else out


def _unsettled(case: Case, side: str) -> tuple[Verdict, Merged, str] | None:
    """Return what goes wrong when the conflicts are settled for a side, by the fields that are reported."""
    fields: set[str] = set()
    merged = merge(case.base, case.ours, case.theirs, case.path)
    while merged.conflicts:
        new = {one.field for one in merged.conflicts if not one.refused} - fields
        if not new:
            return "not settled", merged, f"--{side} of {sorted(fields)} leaves {merged.conflicts}"
        fields.add(min(new))
        merged = merge(case.base, case.ours, case.theirs, case.path, Settle(**{side: frozenset(fields)}))
    wanted, before = (_said(one or "") for one in (case.ours if side == "ours" else case.theirs, case.base))
    if isinstance(found := _read(merged.text), str):
        return "silently wrong", merged, f"--{side} of {sorted(fields)}: {found}"
    lost = wanted - before - _said(merged.text)
    return ("silently wrong", merged, f"--{side} of {sorted(fields)} loses {sorted(lost)}") if lost else None


def _said(text: str) -> set[str]:
    """Return what documents say, each scalar with its path."""
    return {f"{path}: {canonical(at(one, path))}" for one in documents(text) for path in leaves(one)} if text else set()


def _adopted(source: Random, number: int, side: Side) -> Case:
    """Return documents that a file has and that are generated, in another order, some on one side alone."""
    everything = list(side.items.values())
    ours = [one for one in everything if source.random() < 0.8] or everything[:1]
    theirs = [copy.deepcopy(one) for one in everything if source.random() < 0.8] or everything[-1:]
    source.shuffle(theirs)
    wanted = Counter(canonical(one) for one in ours) | Counter(canonical(one) for one in theirs)

    def judge(text: str) -> list[str]:
        found = _read(text)
        if not isinstance(found, list):
            return [found]
        there = Counter(canonical(one) for one in found)
        lost = [one for one in ours if canonical(one) not in there]
        if there == wanted and not lost:
            return []
        return (
            [] if _united(ours, theirs, found) else [f"{sorted(there.elements())} is not {sorted(wanted.elements())}"]
        )

    return Case(
        f"adopted {number}",
        None,
        _text(ours),
        _text(theirs),
        judge,
        frozenset([_text(ours)] if set(map(canonical, theirs)) <= set(map(canonical, ours)) else []),
        "allowed",
    )


def _united(ours: list[Any], theirs: list[Any], found: list[Any]) -> bool:
    """Tell whether documents came together by place, where none of them contradicts the other."""
    if any(canonical(one) in set(map(canonical, ours)) for one in theirs) or len(ours) != len(theirs):
        return False  # equal content identifies before place does
    try:
        wanted = [Merging().value({}, *one) for one in zip(ours, theirs, strict=True)]
    except ClashError:
        return False
    return canonical(wanted) == canonical(found)


def _document(source: Random, number: int) -> dict[str, Any]:
    """Return a document: some fields that all have, and one that tells it apart."""
    made: dict[str, Any] = {"team": f"team-{number}"} if source.random() < 0.7 else {}
    for key in source.sample(KEYS, source.choice([1, 2, 3])):
        made[key] = source.choice([1, f"text-{number}", {"a": number, "b": 2}, ["x", f"y{number}"]])
    return made


def _edited(source: Random, base: Side, first: int) -> Side:
    side = Side(copy.deepcopy(base.items))
    for number in range(first, first + source.choice([1, 1, 2])):
        what = source.choice(["change", "change", "add", "move", "move", "insert", "delete"])
        one = source.choice(list(side.items))
        if what == "insert":
            side.insert(number, _document(source, number), source.randrange(len(side.items) + 1))
        elif what == "delete" and len(side.items) > 1:
            del side.items[one]
        elif what == "move":
            side.insert(one, side.items.pop(one), source.randrange(len(side.items) + 1))
        elif what == "add":
            side.items[one][f"new{number}"] = number
        else:
            side.items[one][source.choice(list(side.items[one]))] = f"changed-{number}"
    return side


def _read(text: str) -> list[Any] | str:
    try:
        return documents(text)
    except UnusableError as error:
        return f"no YAML: {error}"


def _text(found: list[Any]) -> str:
    return "---\n".join(yaml.safe_dump(one, sort_keys=False) for one in found)
