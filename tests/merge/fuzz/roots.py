"""All triples of small texts, of every shape that the root of a file can have.

A document without content says nothing, as no document does; null, {} and [] are values, and differ.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

from tests.support import yamltext

from .case import Answer, Case
from .reading import EMPTY, UnusableError, canonical, documents, same

TEXTS = [
    "",
    "\n",
    "# c\n",
    "---\n",
    "---\n# c\n",
    "null\n",
    "~\n",
    "--- ~\n",
    "{}\n",
    "{}",
    "[]\n",
    "x\n",
    "'x'\n",
    "|\n  x\n",
    "{a: 1}\n",
    "{a: 1, b: 2}\n",
    "{\n  a: 2,  # c\n}\n",
    "a: 1\n",
    "a: 1",
    "a: 2\n",
    "a: 1\nb: 2\n",
    "a: 1\nb: 2",
    "b: 2\n",
    "a:\n",
    "a: {}\n",
    "a: []\n",
    "a:\n  b: 1\n",
    "# c\na: 1\n",
    "a: 1 # c\n",
    "a: 1\n# c\n",
    "---\na: 1\n",
    "---\na: 1\n...\n",
    "a: 1\n---\nb: 2\n",
    "a: 1\n---\n",
    "---\n---\na: 1\n",
    "- x\n",
    "- x\n- y\n",
    "[x]\n",
    "- a: 1\n",
    "a: &x 1\nb: *x\n",
]
ABSENT = object()


class ClashError(Exception):
    """Both sides changed one value, each to something else."""


def case(seed: str, number: int) -> Case:
    """Return a triple: each of all of them once, in an order of the seed."""
    total = len(TEXTS) ** 3
    place = (number * 48_271 + sum(seed.encode()) * 7_919) % total
    base, ours, theirs = (TEXTS[place // len(TEXTS) ** power % len(TEXTS)] for power in (2, 1, 0))
    return _case(f"{number}", base, ours, theirs)


def every() -> int:
    """Return how many triples there are."""
    return len(TEXTS) ** 3


def _case(name: str, base: str, ours: str, theirs: str) -> Case:
    b, o, t = (said(one) for one in (base, ours, theirs))
    kept = comments(ours) - (comments(base) - comments(theirs))
    loose = any("&" in one for one in (base, ours, theirs)) or max(len(one) for one in (b, o, t)) > 1
    wanted, answer = _wanted(b, o, t)
    if same(o, b) and len(documents(base)) == len(documents(ours)) == len(t) == 2:
        wanted = [*wanted, t[::-1]]  # where ours put the empty document first, documents stay in that order
    if loose or kept - comments(base):
        answer = "allowed" if answer == "wrong" else answer

    def judge(text: str) -> list[str]:
        try:
            found = said(text)
        except UnusableError as error:
            return [f"no YAML: {error}"]
        out = [] if any(same(found, one) for one in wanted) else [f"{found} is not {wanted}"]
        missing = kept - comments(text)
        return [*out, *([f"lost {sorted(missing)}"] if missing else [])]

    exact = frozenset([theirs] if ours == base else [ours] if theirs in (base, ours) else [])
    return Case(name, base, ours, theirs, judge, exact, answer)


def _wanted(b: list[Any], o: list[Any], t: list[Any]) -> tuple[list[list[Any]], Answer]:
    """Return the documents that are right, and whether a conflict is."""
    if same(o, t) or same(t, b):
        return [o], "wrong"
    if same(o, b):
        return [t], "wrong"
    readings = [(b, o, t)]
    if max(len(one) for one in (b, o, t)) > 1:
        readings += itertools.product(*(_padded(one) for one in (b, o, t)))
    found, sure = [], False
    for reading in readings:
        sides = [[*one, *[ABSENT] * (2 - len(one))] for one in reading]
        try:
            merged = [merged_value(*one) for one in zip(*sides, strict=True)]
        except ClashError:
            continue
        # A document that one side emptied while the other changed it may be a conflict too.
        sure = sure or not any(_emptied(*one) for one in zip(*sides, strict=True))
        found.append([one for one in merged if one is not ABSENT])
    return found, ("wrong" if sure else "allowed") if found else "required"


def _padded(one: list[Any]) -> list[list[Any]]:
    """Return the places that documents without a name may have had."""
    return [one, one[::-1]] if len(one) == 2 else [[*one, ABSENT], [ABSENT, *one]]


def _emptied(b: Any, o: Any, t: Any) -> bool:
    if b is ABSENT:
        return False
    return (o is ABSENT and not _same(t, b) and t is not ABSENT) or (
        t is ABSENT and not _same(o, b) and o is not ABSENT
    )


def merged_value(b: Any, o: Any, t: Any) -> Any:
    """Return the field-wise merge. Raises ClashError."""
    if _same(o, t) or _same(t, b):
        return o
    if _same(o, b):
        return t
    if all(one is ABSENT or isinstance(one, dict) for one in (b, o, t)):
        parts = [{} if one is ABSENT else one for one in (b, o, t)]
        keys = dict.fromkeys([key for one in parts for key in one])
        pairs = [(key, merged_value(*(one.get(key, ABSENT) for one in parts))) for key in keys]
        found = {key: value for key, value in pairs if value is not ABSENT}
        return ABSENT if not found and ABSENT in (o, t) else found
    if all(one is ABSENT or isinstance(one, list) for one in (b, o, t)):
        items = _list(*([] if one is ABSENT else one for one in (b, o, t)))
        return ABSENT if not items and ABSENT in (o, t) else items
    raise ClashError


def _list(b: list[Any], o: list[Any], t: list[Any]) -> list[Any]:
    """Return the merge of sequences of which one side only added at the end or took away. Raises ClashError."""
    looks = [[canonical(item) for item in one] for one in (b, o, t)]
    gone = set(looks[0]) - set(looks[2])
    added = [item for item in t if canonical(item) not in looks[0] and canonical(item) not in looks[1]]
    if added and set(looks[1]) - set(looks[0]) - set(looks[2]):
        raise ClashError  # both put something into one place
    return [item for item in o if canonical(item) not in gone] + added


def _same(one: Any, other: Any) -> bool:
    return one is other or (one is not ABSENT and other is not ABSENT and same(one, other))


def said(text: str) -> list[Any]:
    """Return the documents that say something; a key without a value has null. Raises UnusableError."""
    return [_plain(one) for one in documents(text) if one is not EMPTY]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if value is EMPTY else value


def comments(text: str) -> Counter[str]:
    """Return the comments of a text."""
    return Counter(one for _, one in yamltext.comments(text))
