"""Conflicts of every sort, settled for ours and for theirs, at once and one by one as they are reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

from generator.merge import Conflict, Merged, Settle, merge

from .case import Case, Outcome
from .reading import UnusableError, canonical, data
from .slots import Lines, Slot, chosen

Name = Literal["ours", "theirs"]
SIDES: tuple[Name, Name] = ("ours", "theirs")
ALL = frozenset({""})
HEAD = ["apiVersion: apps/v1", "kind: Deployment", "metadata:", "  name: app"]
PLACES: dict[str, Lines] = {
    "root": [],
    "spec": ["spec:"],
    "template": ["spec:", "  replicas: 1", "  template:"],
    "container": [
        "spec:",
        "  template:",
        "    containers:",
        "    - name: side",
        "      image: side:1",
        "    - name: app",
    ],
    "item": ["list:", "- url: a", "- url: b"],
}
INDENTS = {"root": 0, "spec": 2, "template": 4, "container": 6, "item": 2}
BETWEEN: list[Callable[[int], Lines]] = [
    *[lambda number: [f"keep{number}: 0"]] * 5,
    lambda number: [f"keep{number}: 0", "", f"# about {number}"],
    lambda number: [f"keep{number}: 0", ""],
    lambda _number: [],
    lambda _number: [""],
]
MAX_ROUNDS = 20


@dataclass(frozen=True)
class Settling(Case):
    """A triple with the slots that it is made of, what is between them, and where they stand."""

    slots: tuple[Slot, ...] = ()
    kept: tuple[Lines, ...] = ()
    place: str = ""

    def wanted(self, sides: Callable[[Slot], str]) -> str:
        """Return the text in which each clash is settled for a side."""
        return text([one.settled(sides(one)) for one in self.slots], self.kept, self.place)


def text(slots: list[Lines], kept: tuple[Lines, ...], place: str) -> str:
    """Return a document with slots, most of them between keys that nobody changes; ``kept`` is what stands before."""
    lines, indent = [*HEAD, *PLACES[place]], " " * INDENTS[place]
    for before, slot in zip(kept, slots, strict=True):
        lines += [line and f"{indent}{line}" for line in [*before, *slot]]
    return "".join(f"{line}\n" for line in [*lines, f"{indent}last: 0"])


def case(seed: str, number: int) -> Settling:
    """Return a triple."""
    source = Random(f"settling {seed} {number}")  # noqa: S311 - a seed, and no secret
    slots = chosen(source, source.choice([2, 3, 4, 6]), source.choice([1, 1, 2, 2]))
    place = source.choice(list(PLACES))
    kept = tuple(source.choice(BETWEEN)(one) for one in range(len(slots)))
    texts = [text([getattr(one, side) for one in slots], kept, place) for side in ("base", "ours", "theirs")]
    name = f"{' and '.join(sorted(one.sort for one in slots if one.clash))} {number}"
    return Settling(name, *texts, lambda _text: [], conflict="required", slots=tuple(slots), kept=kept, place=place)


def check(case: Case) -> Outcome:
    """Settle a triple in every way, and return the worst of what goes wrong."""
    assert isinstance(case, Settling)
    try:
        first = _merged(case, Settle())
        if not first.conflicts:
            return Outcome(case, "silently wrong", first.text, "a conflict was not reported")
        whole = any(not one.field for one in first.conflicts)
        why = "; ".join(f"{one.field or 'the file'}: {one.reason}" for one in first.conflicts)
        faults = [one for one in _faults(case, first.conflicts, why) if one]
        worst = min(faults, key=lambda one: one.verdict == "not settled", default=None)
        return replace(worst, whole=whole) if worst else Outcome(case, "right conflict", whole=whole)
    except Exception as error:  # a crash is a figure of the table
        return Outcome(case, "crash", why=f"{type(error).__name__}: {error}")


def _faults(case: Settling, found: tuple[Conflict, ...], why: str) -> Iterator[Outcome | None]:
    """Yield what goes wrong, or nothing, for every way to settle."""
    for side in SIDES:
        yield _fault(case, _merged(case, Settle(**{side: ALL})), lambda _slot, side=side: side, f"--{side}", why)
        yield _one_by_one(case, found, side, why)
    yield _mixed(case, found, why)


def _merged(case: Case, settle: Settle) -> Merged:
    return merge(case.base, case.ours, case.theirs, case.path, settle)


def _place(conflict: Conflict) -> str:
    """Return the field that the printed command names."""
    return "" if conflict.of_lines else conflict.field


def _one_by_one(case: Settling, found: tuple[Conflict, ...], side: Name, why: str) -> Outcome | None:
    """Settle the first conflict that is reported, and again, until there is none."""
    fields: set[str] = set()
    merged = Merged(case.ours, found)
    for _ in range(MAX_ROUNDS):
        offered = [one for one in merged.conflicts if not (side == "theirs" and one.refused)]
        if not offered:
            break
        if _place(offered[0]) in fields:
            return _unsettled(case, merged, f"--{side} of {sorted(fields)} leaves it", why)
        fields.add(_place(offered[0]))
        merged = _merged(case, Settle(**{side: frozenset(fields)}))
    return _fault(case, merged, lambda _slot: side, f"--{side} of {sorted(fields)}", why)


def _mixed(case: Settling, found: tuple[Conflict, ...], why: str) -> Outcome | None:
    """Settle the first of several conflicts for theirs, and the others for ours."""
    clashes = [one for one in case.slots if one.clash]
    first = [one for one in found if clashes[0].name in one.field]
    rest = [one for one in found if one not in first]
    if len(clashes) < 2 or not first or not all(clashes[1].name in one.field for one in rest):
        return None
    settle = Settle(frozenset(_place(one) for one in rest), frozenset(_place(one) for one in first))
    if "" in settle.ours | settle.theirs:
        return None
    return _fault(
        case, _merged(case, settle), lambda slot: "theirs" if slot is clashes[0] else "ours", f"{settle}", why
    )


def _unsettled(case: Case, merged: Merged, what: str, why: str) -> Outcome:
    left = "; ".join(f"{one.field or 'the file'}: {one.reason}" for one in merged.conflicts)
    return Outcome(case, "not settled", merged.text, f"{what}: left: {left} (first: {why})")


def _fault(case: Settling, merged: Merged, sides: Callable[[Slot], str], what: str, why: str) -> Outcome | None:
    """Return what is wrong with a settled text, or None."""
    if merged.conflicts:
        return _unsettled(case, merged, what, why)
    wanted = case.wanted(sides)
    vague = any(slot.vague and sides(slot) == "theirs" for slot in case.slots)
    if merged.text == wanted or vague:
        return None
    try:
        found = data(merged.text)
    except UnusableError as error:
        return Outcome(case, "silently wrong", merged.text, f"{what}: no YAML: {error}")
    if canonical(found) != canonical(data(wanted)):
        where = ", ".join(differing(data(wanted), found))
        return Outcome(
            case, "silently wrong", merged.text, f"{what}: {where} (first: {why})", more=(f"wanted:\n{wanted}",)
        )
    lost = _comments(wanted) - _comments(merged.text)
    return Outcome(case, "silently wrong", merged.text, f"{what}: lost {sorted(lost)}") if lost else None


def differing(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Return the paths at which two values differ."""
    if canonical(wanted) == canonical(found):
        return []
    if isinstance(wanted, dict) and isinstance(found, dict):
        keys = dict.fromkeys([*wanted, *found])
        return [one for key in keys for one in differing(wanted.get(key, "-"), found.get(key, "-"), f"{path}.{key}")]
    return [f"{path.lstrip('.')} is {canonical(found)}, not {canonical(wanted)}"]


def _comments(written: str) -> Counter[str]:
    return Counter(line.partition("# ")[2] for line in written.split("\n") if "# " in line)
