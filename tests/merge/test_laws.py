"""The laws of the three-way merge as properties. What is expected is computed here, never by the engine."""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from generator.merge import Settle, merge
from generator.yaml import block, dump, parse_one, plain, scalar

from .fuzz import roots
from .fuzz.reading import UnusableError

TIMES = float(os.environ.get("MERGE_LAWS_TIMES", "1"))  # how many times as many examples as usual
PATHS = st.sampled_from(["a.yaml", "a.txt"])
ALL = frozenset({""})
ABSENT = object()


def examples(count: int) -> settings:
    """Return how a law is run: with the same examples each time, in a long run by chance; a failure prints its seed."""
    return settings(
        max_examples=max(1, int(count * TIMES)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=TIMES <= 1,
        print_blob=True,
    )


# --- Documents made of segments -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """One way to write a segment: its text, and the value under its key."""

    key: str
    text: str
    data: Any


SCALARS = [
    ("1", 1),
    ("0", 0),
    ("true", True),
    ("'1'", "1"),
    ('"true"', "true"),
    ("null", None),
    ("text", "text"),
    ("'it''s # no comment'", "it's # no comment"),
    ('"a: b"', "a: b"),
    ("Zürich 🚀", "Zürich 🚀"),
    ("1.5", 1.5),
    ("{}", {}),
    ("[]", []),
    ("[a, b]", ["a", "b"]),
    ("{x: 1}", {"x": 1}),
]
COMMENTS = ["", "", "  # here", " # why"]


Written = tuple[list[str], Any]  # lines below or behind a key, the first one beside it, and the value


@st.composite
def values(draw: st.DrawFn, mark: str) -> Written:
    """A value in one of several shapes; with a mark, which all its lines have."""

    def word() -> str:
        return str(draw(st.sampled_from(["alpha", "beta", "gamma"])) + mark)

    def leaf() -> tuple[str, Any]:
        text, data = draw(st.sampled_from(SCALARS))
        if mark:
            text = data = word()
        comment = draw(st.sampled_from(COMMENTS))
        return f"{text}{comment}{mark if comment else ''}", data

    def pairs(indent: int) -> Written:
        names = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, min_size=1))
        found = [(f"{name}{mark}", *leaf()) for name in names]
        return [f"{' ' * indent}{name}: {text}" for name, text, _ in found], {name: one for name, _, one in found}

    shape = draw(st.sampled_from(["scalar", "map", "keyed", "list", "literal", "deep"]))
    if shape == "scalar":
        text, data = leaf()
        return [f" {text}"], data
    if shape == "map":
        lines, data = pairs(2)
        return ["", *lines], data
    if shape == "keyed":
        data = [{"name": name, f"value{mark}": one} for name, one in pairs(0)[1].items() if not isinstance(one, dict)]
        lines = [f"  env{mark}:" if data else f"  env{mark}: []"]
        for item in data:
            lines += [f"    - name: {item['name']}", f"      value{mark}: {json.dumps(item[f'value{mark}'])}"]
            lines += [f"    # {word()}"] if draw(st.integers(0, 4)) == 0 else []
        return ["", *lines], {f"env{mark}": data}
    if shape == "list":
        words = [f"{word()}-{n}" if mark else word() for n in range(draw(st.integers(1, 3)))]
        return ["", *(f"  - {one}" for one in words)], words
    if shape == "literal":
        words = [f"# {word()}", f"---{mark and ' '}{mark}", f"end: {word()}"]
        return [" |", *(f"  {one}" for one in words)], "".join(f"{one}\n" for one in words)
    lines, data = pairs(6)
    return ["", f"  spec{mark}:", f"    pod{mark}:", *lines], {f"spec{mark}": {f"pod{mark}": data}}


@st.composite
def versions(draw: st.DrawFn, key: str, unique: bool) -> Version:
    """A segment under ``key``; where ``unique``, no line of it is found in another segment."""
    mark = f"-{key}-{draw(st.integers(0, 10**6))}" if unique else ""
    (beside, *below), data = draw(values(mark))
    lines = [f"{key}:{beside}", *below]
    if draw(st.booleans()):
        lines.insert(0, f"# {draw(st.sampled_from(['first', 'second']))}{mark}")
    if not unique and draw(st.integers(0, 3)) == 0:
        lines.append("")
    return Version(key, "".join(f"{line}\n" for line in lines), data)


@dataclass(frozen=True)
class Slot:
    """A segment of base with what each side makes of it: other versions, or more or fewer of them."""

    base: tuple[Version, ...]
    ours: tuple[Version, ...]
    theirs: tuple[Version, ...]

    @property
    def merged(self) -> tuple[Version, ...]:
        return self.theirs if self.ours == self.base else self.ours


@st.composite
def slots(draw: st.DrawFn, unique: bool, apart: bool) -> list[Slot]:
    """Segments of which each is edited by one side at most; where ``apart``, one that no side edits lies between."""
    out: list[Slot] = []
    free = True
    for number in range(draw(st.integers(2, 7))):
        one = draw(versions(f"key{number}", unique))
        side = draw(st.sampled_from(["none", "ours", "theirs"])) if free or not apart else "none"
        free = side == "none"
        edited: tuple[Version, ...] = (one,)
        if side != "none":
            what = draw(st.sampled_from(["replace", "delete", "insert"]))
            if what == "replace":
                edited = (draw(versions(one.key, unique)),)
            elif what == "delete":
                edited = ()
            else:
                edited = (one, draw(versions(f"new{number}", unique)))
        out.append(Slot((one,), edited if side == "ours" else (one,), edited if side == "theirs" else (one,)))
    return out


def join(parts: list[tuple[Version, ...]]) -> str:
    return "".join(one.text for part in parts for one in part)


def texts_of(found: list[Slot]) -> tuple[str, str, str]:
    return join([s.base for s in found]), join([s.ours for s in found]), join([s.theirs for s in found])


# --- An oracle of meaning: plain data, no engine --------------------------------------------------------------------


def load(text: str) -> list[Any]:
    reader = YAML(typ="safe", pure=True)
    reader.allow_duplicate_keys = False
    return list(reader.load_all(io.StringIO(text)))


def canonical(value: Any) -> str:
    """A text in which 1, true, "1", 1.0, null, {} and [] differ, and absence too."""
    if value is ABSENT:
        return "absent"
    return json.dumps(value, sort_keys=True, default=str)


def same(one: Any, other: Any) -> bool:
    return canonical(one) == canonical(other)


def keyed(name: str, *sides: Any) -> bool:
    """Tell whether lists are matched by ``name`` in them, without an order that means anything."""
    return name in {"env", "containers", "volumes"} and all(
        isinstance(side, list)
        and all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in side)
        and len({item["name"] for item in side}) == len(side)
        for side in sides
    )


def wrongs(where: str, b: Any, o: Any, t: Any, r: Any, side: str = "") -> list[str]:
    """Where a merged value is not what the field-wise merge of three values is; a conflict is settled as ``side``."""
    if same(o, t) or same(t, b):
        wanted = o
    elif same(o, b):
        wanted = t
    elif isinstance(o, dict) and isinstance(t, dict) and (b is ABSENT or isinstance(b, dict)):
        parts = [{} if one is ABSENT else one for one in (b, o, t)]
        if not isinstance(r, dict):
            return [f"{where}: no map"]
        keys = dict.fromkeys([key for part in (*parts, r) for key in part])
        renamed = dict(renamed_keys(*parts, r, side))  # type: ignore[arg-type]
        return [
            one
            for key in keys
            if key not in renamed and key not in renamed.values()
            for one in wrongs(f"{where}.{key}", *(part.get(key, ABSENT) for part in (*parts, r)), side=side)  # type: ignore[misc]
        ]
    elif keyed(where.rpartition(".")[2], *([] if b is ABSENT else b, o, t)) and isinstance(r, list):
        if not keyed(where.rpartition(".")[2], r):
            return [f"{where}: keys are there twice"]
        sides = [{item["name"]: item for item in ([] if one is ABSENT else one)} for one in (b, o, t, r)]
        return wrongs(f"{where}[]", *sides, side=side)  # type: ignore[misc]
    elif isinstance(o, list) and isinstance(t, list) and (b is ABSENT or isinstance(b, list)) and not side:
        return sequence_wrongs(where, [] if b is ABSENT else b, o, t, r)
    elif side:
        wanted = o if side == "ours" else t
    else:
        return [f"{where}: a conflict was not reported"]
    if same(r, wanted) or (keyed(where.rpartition(".")[2], wanted, r) and same(ordered(r), ordered(wanted))):
        return []
    return [f"{where}: {canonical(r)} is not {canonical(wanted)}"]


def renamed_keys(
    b: dict[str, Any], o: dict[str, Any], t: dict[str, Any], r: dict[str, Any], side: str
) -> Iterator[tuple[str, str]]:
    """The keys that ours gave another name while theirs changed what is under them, each with the new name.

    One is renamed if most of the new key's content is that of the old one in base or in theirs, and the result has the
    merge of the three under the new name only.
    """
    for old in b.keys() & t.keys() - o.keys() - r.keys():
        for new in o.keys() & r.keys() - b.keys() - t.keys():
            mine = fields(o[new])
            alike = max(len(mine & fields(one)) / len(mine | fields(one)) for one in (b[old], t[old]))
            if alike > 0.5 and isinstance(o[new], dict) and not wrongs(new, b[old], o[new], t[old], r[new], side):
                yield old, new


def sequence_wrongs(where: str, b: list[Any], o: list[Any], t: list[Any], r: Any) -> list[str]:
    """Where a merged sequence lost an item or an edit, undid a deletion, doubled something or reordered the rest."""
    if not isinstance(r, list):
        return [f"{where}: no list"]
    texts = [[canonical(item) for item in one] for one in (b, o, t, r)]
    counts = [Counter(one) for one in texts]
    data = {canonical(item): item for item in [*b, *o, *t, *r]}
    found = []
    for item, value in data.items():
        before, mine, other, there = (one[item] for one in counts)
        right = {max(0, mine + other - before)} | ({mine, other} if before not in (mine, other) else set())
        if there not in right and not is_taken_apart(value, there, b, [*o, *t], r):
            found.append(f"{where}: {item} is there {there} times, not {sorted(right)}")
    common = {item for item in data if all(one[item] == 1 for one in counts)}
    first, one, another, last = ([item for item in side if item in common] for side in texts)
    orders = [another] if one == first else [one] if another == first else [one, another]
    return found if last in orders else [*found, f"{where}: the order is {last}, not {orders[0]}"]


def is_taken_apart(item: Any, there: int, base: list[Any], sides: list[Any], result: list[Any]) -> bool:
    """Tell whether a map in a list was merged with what the other side made of it.

    One that came must be made of what the sides have; one that is not there may have gone into another, with all that
    its side added to it.
    """
    if not isinstance(item, dict | list):
        return False
    if there:
        return fields(item) <= set().union(*map(fields, sides))
    new = fields(item) - set().union(*map(fields, base))
    return any(new <= fields(one) for one in result if isinstance(one, dict | list))


def fields(value: Any, where: str = "") -> set[tuple[str, str]]:
    """The scalars and empty collections in a value, with where they are."""
    if isinstance(value, dict | list) and value:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {one for key, part in pairs for one in fields(part, f"{where}.{key}")}
    return {(where, canonical(value))}


def ordered(items: list[Any]) -> list[Any]:
    return sorted(items, key=canonical)


def comment_lines(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.split("\n") if line.strip().startswith("#"))


# --- Laws on segments -----------------------------------------------------------------------------------------------


@given(slots(unique=True, apart=True))
@examples(130)
def test_edits_that_an_untouched_segment_separates_merge_to_the_expected_bytes(found: list[Slot]) -> None:
    base, ours, theirs = texts_of(found)
    merged = merge(base, ours, theirs, "a.yaml")
    assert not merged.conflicts
    assert merged.text == join([s.merged for s in found])


@given(slots(unique=False, apart=False))
@examples(130)
def test_edits_of_different_segments_are_all_there_or_there_is_a_conflict(found: list[Slot]) -> None:
    base, ours, theirs = texts_of(found)
    merged = merge(base, ours, theirs, "a.yaml")
    if merged.conflicts:
        assert merged.text == ours
        return
    data = (load(merged.text) or [None])[0] or {}
    expected = {one.key: one.data for s in found for one in s.merged}
    assert canonical(data) == canonical(expected)
    mine, before, generated = comment_lines(ours), comment_lines(base), comment_lines(theirs)
    there = comment_lines(merged.text)
    for text, count in mine.items():
        assert there[text] >= count - max(0, before[text] - generated[text]), text


@given(slots(unique=False, apart=False), st.booleans(), st.booleans(), st.booleans())
@examples(100)
def test_ours_keeps_its_line_endings_byte_order_mark_and_end(
    found: list[Slot], crlf: bool, bom: bool, bare: bool
) -> None:
    base, ours, theirs = texts_of(found)
    wanted = merge(base, ours, theirs, "a.yaml")

    def dress(text: str, *, bare: bool = bare) -> str:
        text = text.removesuffix("\n") if bare else text
        text = text.replace("\n", "\r\n") if crlf else text
        return ("\ufeff" if bom else "") + text

    assume(ours and wanted.text and ours != base and "\n" in ours.removesuffix("\n"))
    assume("\n" in wanted.text.removesuffix("\n") and not ours.endswith("\n\n"))
    merged = merge(base, dress(ours), theirs, "a.yaml")
    assert [c.line for c in merged.conflicts] == [c.line for c in wanted.conflicts]
    if wanted.conflicts:
        assert merged.text == dress(ours)
        return
    # The line end behind a block scalar is of its value, so that one of theirs comes with it.
    ends_in_value = load(wanted.text.removesuffix("\n")) != load(wanted.text)
    ends = [[one for slot in found for one in side(slot)][-1:] for side in (lambda s: s.merged, lambda s: s.ours)]
    is_theirs = [(one.key, one.data) for one in ends[0]] != [(one.key, one.data) for one in ends[1]]
    # A blank line that what theirs deleted leaves at the end keeps its break: without it, it would be no line.
    is_blank = wanted.text.endswith("\n\n")
    assert merged.text == dress(wanted.text, bare=bare and not is_blank and not (ends_in_value and is_theirs))


@given(st.lists(st.sampled_from(range(len(SCALARS))), min_size=3, max_size=3, unique=True), slots(True, False))
@examples(150)
def test_one_scalar_changed_to_two_things_is_a_conflict(numbers: list[int], found: list[Slot]) -> None:
    b, o, t = (f"top:\n  inner: {SCALARS[n][0]}\n" for n in numbers)
    assume(not all(isinstance(SCALARS[n][1], dict | list) for n in numbers[1:]))
    base, ours, theirs = texts_of(found)
    ours = o + ours
    merged = merge(b + base, ours, t + theirs, "a.yaml")
    assert merged.conflicts
    assert merged.text == ours
    assert any(c.field in {"top.inner", ""} or c.field.startswith("top") for c in merged.conflicts)


# --- Any texts --------------------------------------------------------------------------------------------------------

LINES = """\
a: 1|a: 2|b: 1|b: true|c:|  a: 1|  a: '1'|  b: 2|  b: 2 # beside|  # inside|# outside||# other|---|...|- x|- y|  - x
  - y|env:|  - name: a|  - name: b|    value: 1|    value: 2|    # within|d: &x 1|e: *x|f: {a: 1}|f: [a, b]|g: "#"
h: \\||  text # no comment|  more|i: >-|  # folded|    deep: 1|steps:|  - name: c|    run: x|\t|image: a/b:1
image: a/c:1|image: a/b:2
kind: K|kind: L|metadata: {name: n}|metadata: {name: m}|j: !!int x|? {x: 1}|: 2|k: !t {a: 1}|[|}|"
'|é: 🚀
%YAML 1.2|l: |-# no|<<: *x|spec:|  replicas: 1|  replicas: 2|  template:|    spec:|      containers:|      - name: a"""
POOL = [line.replace("\\|", "|") for line in re.split(r"(?<!\\)\||\n", LINES)]
BREAKS = st.sampled_from(["\n"] * 12 + ["\r\n", "\r", "\u2028", "\x85", " \n"])
RANDOM = st.text(st.characters(), max_size=30) | st.text(
    "ab:#-|>{}[]\"'&*!?%@`~, \t\n\r\ufeff\x00\ud800\x85\u2028", max_size=40
)


@st.composite
def similar(draw: st.DrawFn, pool: list[str], broken: bool) -> tuple[str, str, str]:
    """Three texts that are edits of one."""
    ends = BREAKS if broken else st.just("\n")
    line = st.builds(lambda one, end: one + end, st.sampled_from(pool), ends)
    base = draw(st.lists(line, max_size=12))
    out = [base]
    for _ in range(2):
        side = list(base)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(side)))
            side[at : at + draw(st.integers(0, 2))] = draw(st.lists(line, max_size=2))
        out.append(side)
    marks = [draw(st.sampled_from(["", "", "", "\ufeff"])) for _ in out] if broken else ["", "", ""]
    texts = [mark + "".join(side) for mark, side in zip(marks, out, strict=True)]
    if broken:
        texts = [one.removesuffix("\n") if draw(st.integers(0, 4)) == 0 else one for one in texts]
        texts = [re.sub("\r?\n", "\r\n", one) if draw(st.integers(0, 4)) == 0 else one for one in texts]
    return texts[0], texts[1], texts[2]


ANY = st.one_of(
    st.tuples(RANDOM, RANDOM, RANDOM),
    similar(POOL, broken=True),
    similar(POOL, broken=False),
)


# --- Laws on nested data, written in one style ----------------------------------------------------------------------

NAMES = ["a", "b", "c"]
LEAVES = st.sampled_from([1, 2, True, "1", "true", None, {}, [], "x", 1.0, "yes", 0, False])
TREES = st.recursive(
    LEAVES | st.lists(st.sampled_from(["x", "y", "z"]), max_size=3),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from([*NAMES, "env"]), inner, min_size=1, max_size=4),
        st.fixed_dictionaries(
            {
                "env": st.lists(
                    st.tuples(st.sampled_from(NAMES), LEAVES), unique_by=lambda one: one[0], min_size=1, max_size=3
                ).map(lambda items: [{"name": name, "value": value} for name, value in items])
            }
        ),
    ),
    max_leaves=10,
)
MAPS = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=3)


@st.composite
def edited(draw: st.DrawFn, value: Any) -> Any:
    """A tree with a few changes."""
    if not isinstance(value, dict) or not value or draw(st.integers(0, 5)) == 0:
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = [{**item, "value": draw(LEAVES)} if draw(st.integers(0, 2)) == 0 else item for item in value]
            items = [item for item in items if draw(st.integers(0, 4))]
            if draw(st.booleans()) and "new" not in {item["name"] for item in items}:
                items.append({"name": "new", "value": draw(LEAVES)})
            return items
        return draw(TREES)
    out = dict(value)
    for key in list(out):
        what = draw(st.sampled_from(["keep", "keep", "keep", "edit", "delete"]))
        if what == "edit":
            out[key] = draw(edited(out[key]))
        elif what == "delete":
            del out[key]
    if draw(st.integers(0, 3)) == 0:
        out[draw(st.sampled_from([*NAMES, "d"]))] = draw(LEAVES)
    return out


@st.composite
def triples(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    base = draw(MAPS)
    return base, *(one if isinstance(one := draw(edited(base)), dict) else {} for _ in range(2))  # type: ignore[return-value]


def write(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True) if data else ""


@given(triples())
@examples(150)
def test_what_comes_out_is_the_field_wise_merge(sides: tuple[Any, Any, Any]) -> None:
    base, ours, theirs = (write(one) for one in sides)
    merged = merge(base, ours, theirs, "a.yaml")
    if merged.conflicts:
        assert merged.text == ours
        return
    result = (load(merged.text) or [{}])[0] or {}
    assert not wrongs("", *sides, result)


@given(triples())
@examples(130)
def test_settled_as_ours_nothing_is_a_conflict_and_every_edit_stays(sides: tuple[Any, Any, Any]) -> None:
    base, ours, theirs = (write(one) for one in sides)
    unsettled = merge(base, ours, theirs, "a.yaml")
    merged = merge(base, ours, theirs, "a.yaml", Settle(ours=ALL))
    assert not merged.conflicts
    if not unsettled.conflicts:
        assert merged.text == unsettled.text
    result = (load(merged.text) or [{}])[0] or {}
    assert not kept(*sides, result)


@given(
    st.lists(st.sampled_from(["1", "'1'", "true", "x", "1.0", '"true"']), min_size=3, max_size=3, unique=True),
    slots(unique=False, apart=False),
    st.sampled_from(["ours", "theirs"]),
    st.sampled_from(["top.inner", "top"]),
)
@examples(130)
def test_settling_a_scalar_touches_nothing_else(scalars: list[str], found: list[Slot], side: str, field: str) -> None:
    heads = [f"top:\n  inner: {one}\n  last: 0\n" for one in scalars]
    base, ours, theirs = (head + text for head, text in zip(heads, texts_of(found), strict=True))
    settle = Settle(ours=frozenset({field})) if side == "ours" else Settle(theirs=frozenset({field}))
    merged = merge(base, ours, theirs, "a.yaml", settle)
    if merged.conflicts:
        assert merged.text == ours
        return
    expected = {"top": load(heads[1 if side == "ours" else 2])[0]["top"]}
    expected.update({one.key: one.data for s in found for one in s.merged})
    assert canonical(load(merged.text)[0]) == canonical(expected)
    missing = comment_lines(ours) - comment_lines(base) - comment_lines(merged.text)
    assert not missing


@given(
    st.lists(st.sampled_from(["1", "'1'", "true", "x", "1.0", '"true"']), min_size=3, max_size=3, unique=True),
    slots(unique=True, apart=True),
)
@examples(100)
def test_settled_as_theirs_a_scalar_is_the_generated_one_and_other_edits_stay(
    scalars: list[str], found: list[Slot]
) -> None:
    heads = [f"top:\n  inner: {one}\n  last: 0\n" for one in scalars]
    between = "between: here\n"
    base, ours, theirs = (head + between + text for head, text in zip(heads, texts_of(found), strict=True))
    merged = merge(base, ours, theirs, "a.yaml", Settle(theirs=ALL))
    assert not merged.conflicts
    assert merged.text == heads[2] + between + join([s.merged for s in found])


@given(st.one_of(triples().map(lambda sides: tuple(write(one) for one in sides)), similar(POOL, broken=False)))
@examples(150)
def test_settling_a_field_that_does_not_conflict_changes_nothing(sides: tuple[str, str, str]) -> None:
    for settle in (Settle(ours=frozenset({"elsewhere"})), Settle(theirs=frozenset({"elsewhere"}))):
        assert merge(*sides, "a.yaml", settle) == merge(*sides, "a.yaml")


def kept(b: Any, o: Any, t: Any, r: Any, where: str = "") -> list[str]:
    """Where an edit of ours is not in a merge that is settled as ours."""
    if same(o, b) or same(o, r):
        return []
    parts = [{} if one is ABSENT else one for one in (b, o, t, r)]
    if all(isinstance(one, dict) for one in parts):
        keys = dict.fromkeys([key for part in parts for key in part])
        return [
            one
            for key in keys
            for one in kept(*(part.get(key, ABSENT) for part in parts), where=f"{where}.{key}")  # type: ignore[misc]
        ]
    if isinstance(o, list) and isinstance(r, list):
        return [f"{where}: {canonical(one)} is lost" for one in o if one not in r and (b is ABSENT or one not in b)]
    return [f"{where}: {canonical(r)} is not {canonical(o)}"]


@given(triples(), st.sampled_from(NAMES), st.sampled_from(["ours", "theirs"]))
@examples(130)
def test_settling_one_field_loses_nothing_elsewhere(sides: tuple[Any, Any, Any], name: str, side: str) -> None:
    base, ours, theirs = (write(one) for one in sides)
    settle = Settle(ours=frozenset({name})) if side == "ours" else Settle(theirs=frozenset({name}))
    merged = merge(base, ours, theirs, "a.yaml", settle)
    if merged.conflicts:
        assert merged.text == ours
        return
    if side == "ours":
        assert not merge(base, ours, theirs, "a.yaml", Settle(ours=ALL)).conflicts
    result = (load(merged.text) or [{}])[0] or {}
    for key in {*sides[0], *sides[1], *sides[2]} - {name}:
        assert not wrongs(key, *(one.get(key, ABSENT) for one in (*sides, result)))


# --- Laws on any text -----------------------------------------------------------------------------------------------


@given(ANY, PATHS)
@examples(150)
def test_a_side_that_changed_nothing_gives_way_byte_for_byte(sides: tuple[str, str, str], path: str) -> None:
    base, one, _ = sides
    for b, o, t, wanted in ((base, one, base, one), (base, base, one, one), (base, one, one, one)):
        merged = merge(b, o, t, path)
        assert (merged.text, merged.conflicts) == (wanted, ())
    assert merge(None, one, one, path).text == one


@given(ANY, PATHS, st.sampled_from([None, Settle(ours=ALL), Settle(theirs=ALL), Settle(theirs=frozenset({"a"}))]))
@examples(150)
def test_no_text_breaks_the_merge(sides: tuple[str, str, str], path: str, settle: Settle | None) -> None:
    base, ours, theirs = sides
    for before in (base, None):
        merged = merge(before, ours, theirs, path, settle)
        if merged.conflicts:
            assert merged.text == ours
            assert all(1 <= c.line <= ours.count("\n") + 2 or path.endswith("yaml") for c in merged.conflicts)


@given(ANY, PATHS)
@examples(150)
def test_merging_again_changes_nothing(sides: tuple[str, str, str], path: str) -> None:
    base, ours, theirs = sides
    for before in (base, None):
        merged = merge(before, ours, theirs, path)
        if not merged.conflicts:
            again = merge(before, merged.text, theirs, path)
            assert again.text == merged.text
            # Of a side that is base but for how it is written, the text is taken unread: it need be no YAML.
            assert not again.conflicts or (path == "a.yaml" and bare(ours) == bare(base))


def bare(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n")


# What other readers resolve or refuse: aliases, tags, maps as keys.
LOADABLE = [line for line in POOL if not re.search(r"[&*!?]", line)]
CHUNKS = [
    "m:\n- x\n- y\n- z",
    "n:\n- a: 1\n  b: 2\n- a: 2\n  b: 2\n# other\n- c: 1",
    "env:\n- name: a\n  value: 1\n- name: b\n  value: 2",
    "o: [a, b, c]",
    "p:\n- - x\n  - y\n- z",
    "q:\n  a: 1\n\n  # inside\n  b: 2",
    "r:\n- u\n- v\n- u",
]
STEPS = re.compile(r"image|steps")  # lists and values that merge by rules of their own


def is_read(text: str) -> bool:
    """Tell whether other readers take a text: they have rules of their own for tabs, markers and keys."""
    try:
        roots.said(text)
        load(text)
    except (UnusableError, MarkedYAMLError, ValueError):
        return False
    return True


REDIS, MYSQL = {"name": "redis", "version": 1}, {"name": "mysql", "version": 1}


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "result", "right"),
    [
        (["x", "y"], ["x", "y", "z"], ["w", "x", "y"], ["w", "x", "y", "z"], True),
        (["x", "y"], ["x", "y", "z"], ["w", "x", "y"], ["w", "x", "y"], False),  # lost
        (["x", "y"], ["x"], ["w", "x", "y"], ["w", "x", "y"], False),  # undone
        (["x", "y"], ["x", "y", "z"], ["x", "y", "z"], ["x", "y", "z", "z"], False),  # doubled
        (["x", "y"], ["y", "x"], ["x", "y", "z"], ["x", "y", "z"], False),  # in another order
        (["x", "y"], ["y", "x"], ["x", "y", "z"], ["y", "x", "z"], True),
        (
            [REDIS],
            [{**REDIS, "a": 1}],
            [MYSQL, {**REDIS, "version": 2}],
            [MYSQL, {**REDIS, "version": 2, "a": 1}],
            True,
        ),
        ([REDIS], [{**REDIS, "a": 1}], [MYSQL, {**REDIS, "version": 2}], [MYSQL, {**REDIS, "version": 2}], False),
        (["x"], ["x", None], ["w", "x"], ["w", "x", {}], False),
    ],
)
def test_the_judge_of_sequences_sees_what_it_looks_for(
    base: list[Any], ours: list[Any], theirs: list[Any], result: list[Any], right: bool
) -> None:
    assert (not wrongs("", base, ours, theirs, result)) is right


@st.composite
def loadable(draw: st.DrawFn) -> tuple[str, str, str]:
    """Three texts that are edits of one, and that other readers take."""

    def edited(lines: list[str], count: int) -> list[str]:
        for _ in range(count * 4):
            at = draw(st.integers(0, len(lines)))
            near = LOADABLE if at == len(lines) else [*LOADABLE, *(["- w", "- d: 1", lines[at]] * 8)]
            new = draw(st.lists(st.sampled_from(near), max_size=2))
            found = [*lines[:at], *new, *lines[at + draw(st.integers(0, 2)) :]]
            if found != lines and is_read(written(found)):
                lines, count = found, count - 1
            if not count:
                break
        return lines

    def written(lines: list[str]) -> str:
        return "".join(f"{line}\n" for line in lines)

    chunks = draw(st.lists(st.sampled_from(CHUNKS), unique=True, max_size=4))
    base = edited([line for one in chunks for line in one.split("\n")], 6)
    return written(base), written(edited(base, draw(st.integers(1, 4)))), written(edited(base, draw(st.integers(1, 4))))


@given(loadable())
@examples(150)
def test_edits_of_any_yaml_mean_their_field_wise_merge(sides: tuple[str, str, str]) -> None:
    loaded = [roots.said(text) for text in sides]
    merged = merge(*sides, "a.yaml")
    if merged.conflicts:
        assert merged.text == sides[1]
        return
    assert is_read(merged.text)
    loaded.append(roots.said(merged.text))
    if max(len(one) for one in loaded) == 1:
        values = [one[0] if one else ABSENT for one in loaded]
        for empty in ({}, []):  # no document is an empty one of the sort that the others are
            if all(one is ABSENT or isinstance(one, type(empty)) for one in values):
                values = [empty if one is ABSENT else one for one in values]
        found = wrongs("", *values)  # type: ignore[misc]
        assert not [one for one in found if not STEPS.search(one)]
    mine = comment_lines(sides[1]) - comment_lines(sides[0])
    assert not {text for text in mine if not comment_lines(merged.text)[text]}


@given(similar(["x: 1", "y: 2", "z:", "w", "\t", "# c"], broken=False))
@examples(150)
def test_lines_of_ours_are_there_or_there_is_a_conflict(sides: tuple[str, str, str]) -> None:
    base, ours, theirs = sides
    merged = merge(base, ours, theirs, "Makefile")
    if not merged.conflicts:
        mine = set(ours.split("\n")) - set(base.split("\n"))
        assert mine <= set(merged.text.split("\n"))


# --- What is written reads back -------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text("ab:#-|>{}[]\"'&*!?%@`~, \t\n\r\ufeff\x00\x85\u2028019.eExo_+-ynNY", max_size=20),
    st.sampled_from(["1_000", "0x1F", "0o17", "017", "1:30", "1e3", ".inf", "-.INF", ".nan", "~", "=", "<<", "on"]),
    st.sampled_from(["Off", "YES", "y", "N", "null", "2001-01-01", "---", "...", "-", "?", "1.", "+1", "0b1", "-"]),
    st.lists(st.sampled_from(["", "a", " a", "# b", "a: b", "  ", "---", "\t", "é 🚀"]), max_size=5).map("\n".join),
)


def readings(text: str, name: str) -> list[Any]:
    return [yaml.safe_load(text)[name], load(text)[0][name], plain(parse_one(text, "a.yaml"), "a.yaml")[name]]


@given(TEXTS)
@examples(150)
def test_text_that_is_written_is_read_as_that_text_everywhere(value: str) -> None:
    assert readings(f"key: {scalar(value)}\n", "key") == [value] * 3
    assert readings(f"key: {scalar(value)} # comment\nnext: 1\n", "key") == [value] * 3
    assert "\n" not in scalar(value)


@given(TEXTS, st.integers(1, 9))
@examples(150)
def test_a_block_of_text_is_read_as_that_text_everywhere(value: str, indent: int) -> None:
    assert readings(f"key: {block(value, indent)}\n", "key") == [value] * 3
    assert readings(f"key: {block(value, indent)}\nnext: 1\n", "key") == [value] * 3


DATA = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(10**9), 10**9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(DATA)
@examples(150)
def test_data_that_is_dumped_is_read_as_that_data_everywhere(value: Any) -> None:
    for one in readings(dump({"key": value}), "key"):
        assert canonical(one) == canonical(value)


@pytest.mark.parametrize("value", [1.5, 1e16, 1e-7, 1e300, -0.5])
def test_a_number_is_read_as_that_number_everywhere(value: float) -> None:
    assert readings(f"key: {scalar(value)}\n", "key") == [value] * 3
