"""Laws of order and identity: which items and documents are the same, where new ones go, and who may move them."""

from __future__ import annotations

import itertools
import random
import re

import pytest

from generator.merge import merge
from generator.merge.syntax import lines

NAMES = ("a", "b", "c", "d")
# Lists told apart by name, by whether their order means anything, with what is around them.
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n"
AROUND = {
    "env": f"{POD}  containers:\n    - name: app\n      env:\n",
    "volumes": f"{POD}  volumes:\n",
    "steps": "on: push\njobs:\n  test:\n    steps:\n",
    "initContainers": f"{POD}  initContainers:\n",
}
FREE, STRICT = ("env", "volumes"), ("steps", "initContainers")
FILE = ".github/workflows/test.yaml"


def listed(key: str, names: tuple[str, ...] | list[str], values: dict[str, str] | None = None) -> str:
    """Return a document with a list of named items, each with a comment of its own."""
    chosen = values or {}
    before = AROUND[key]
    last = before.splitlines()[-1]
    space = " " * (len(last) - len(last.lstrip()) + 2)
    items = (f"{space}# about {n}\n{space}- name: {n}\n{space}  value: {chosen.get(n, 'v' + n)}\n" for n in names)
    return f"{before}{''.join(items)}last: 1\n"


@pytest.mark.parametrize("key", [*FREE, *STRICT])
@pytest.mark.parametrize("order", list(itertools.permutations(NAMES))[1:])
def test_an_order_that_one_side_alone_changed_is_kept(key: str, order: tuple[str, ...]) -> None:
    base, moved = listed(key, NAMES), listed(key, order)
    edit = {"b": "edited"}
    ours = merge(base, moved, listed(key, NAMES, edit), FILE)
    assert (ours.conflicts, ours.text) == ((), listed(key, order, edit))
    theirs = merge(base, listed(key, NAMES, edit), moved, FILE)
    assert not theirs.conflicts
    names = [line.split()[-1] for line in theirs.text.splitlines() if "- name:" in line and "app" not in line]
    assert names == list(order)
    assert theirs.text.count("value: edited\n") == 1
    assert all(len(re.findall(f"# about {name}\n +- name: {name}\n", theirs.text)) == 1 for name in NAMES)


@pytest.mark.parametrize("key", STRICT)
def test_two_orders_are_a_conflict_where_order_means_something(key: str) -> None:
    ours = listed(key, ("b", "a", "c", "d"))
    merged = merge(listed(key, NAMES), ours, listed(key, ("a", "b", "d", "c")[::-1]), FILE)
    assert [key in one.field for one in merged.conflicts] == [True]
    assert merged.text == ours


@pytest.mark.parametrize("key", FREE)
def test_of_two_orders_that_mean_nothing_ours_stays(key: str) -> None:
    ours = listed(key, ("b", "a", "c", "d"))
    merged = merge(listed(key, NAMES), ours, listed(key, ("d", "c", "b", "a"), {"c": "new"}), FILE)
    assert (merged.conflicts, merged.text) == ((), listed(key, ("b", "a", "c", "d"), {"c": "new"}))


@pytest.mark.parametrize("key", FREE)
def test_of_two_insertions_at_one_place_ours_comes_first(key: str) -> None:
    mine, yours = listed(key, ("a", "x", "b", "c", "d")), listed(key, ("a", "y", "b", "c", "d"))
    merged = merge(listed(key, NAMES), mine, yours, FILE)
    assert (merged.conflicts, merged.text) == ((), listed(key, ("a", "x", "y", "b", "c", "d")))


@pytest.mark.parametrize("key", STRICT)
def test_two_insertions_at_one_place_are_a_conflict_where_order_means_something(key: str) -> None:
    mine, yours = listed(key, ("a", "x", "b", "c", "d")), listed(key, ("a", "y", "b", "c", "d"))
    merged = merge(listed(key, NAMES), mine, yours, FILE)
    assert merged.conflicts
    assert merged.text == mine


@pytest.mark.parametrize("key", [*FREE, *STRICT])
def test_equal_insertions_are_there_once(key: str) -> None:
    both = listed(key, ("a", "x", "b", "c", "d"))
    edited = listed(key, ("a", "x", "b", "c", "d"), {"d": "mine"})
    merged = merge(listed(key, NAMES), edited, both, FILE)
    assert (merged.conflicts, merged.text) == ((), edited)


def sequence(words: list[str]) -> str:
    return "args:\n" + "".join(f"  - {one}\n" for one in words)


@pytest.mark.parametrize("seed", range(40))
def test_a_sequence_merges_item_by_item_or_is_a_conflict(seed: int) -> None:
    """Against diff3 written down naively: an item that neither side touched must lie between what each changed."""
    dice = random.Random(seed)  # noqa: S311
    base = [f"w{number}" for number in range(9)]
    at = dice.sample(range(9), 2)
    sides = []
    for who, place in zip(("mine", "gen"), at, strict=True):
        side: list[str] = list(base)
        what = dice.choice(["replace", "insert", "delete"])
        side[place : place + (what != "insert")] = [] if what == "delete" else [who]
        sides.append(side)
    merged = merge(sequence(base), sequence(sides[0]), sequence(sides[1]), "a.yaml")
    if abs(at[0] - at[1]) < 2:
        assert merged.conflicts or {"mine", "gen"} & {*sides[0], *sides[1]} <= set(merged.text.split())
        return
    expected: list[str] = []
    for number, word in enumerate(base):
        for side, place in zip(sides, at, strict=True):
            if number == place:
                new = [one for one in side if one not in base]
                gone = word not in side
                expected += new if gone else [*new, word]
                break
        else:
            expected.append(word)
    assert (merged.conflicts, merged.text) == ((), sequence(expected))


# --- Documents --------------------------------------------------------------------------------------------------------


def document(kind: str, name: str, value: str, comment: str = "") -> str:
    return f"# about {name}\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\ndata:\n  key: {value}{comment}\n"


def stream(*documents: str) -> str:
    return "---\n".join(documents)


ONE, TWO, THREE = (document(kind, kind.lower(), "1") for kind in ("Service", "ConfigMap", "Secret"))
EDITED, CHANGED = document("ConfigMap", "configmap", "1", " # mine"), document("Secret", "secret", "2")
ADDED, MORE = document("Role", "role", "1"), document("Job", "job", "1")


def test_documents_are_the_same_by_kind_and_name_wherever_they_stand() -> None:
    merged = merge(stream(ONE, TWO, THREE), stream(THREE, EDITED, ONE), stream(ONE, TWO, CHANGED), "a.yaml")
    assert (merged.conflicts, merged.text) == ((), stream(CHANGED, EDITED, ONE))


def test_a_document_that_theirs_adds_comes_behind_the_one_before_it() -> None:
    merged = merge(stream(ONE, TWO, THREE), stream(ONE, EDITED, THREE), stream(ONE, ADDED, TWO, THREE), "a.yaml")
    assert (merged.conflicts, merged.text) == ((), stream(ONE, ADDED, EDITED, THREE))


def test_documents_that_both_add_are_all_there() -> None:
    merged = merge(stream(ONE, TWO), stream(ONE, TWO, ADDED), stream(MORE, ONE, TWO), "a.yaml")
    assert (merged.conflicts, merged.text) == ((), stream(MORE, ONE, TWO, ADDED))


def test_a_document_that_theirs_deletes_goes_with_its_comment() -> None:
    merged = merge(stream(ONE, TWO, THREE), stream(ONE, EDITED, THREE), stream(TWO, THREE), "a.yaml")
    assert (merged.conflicts, merged.text) == ((), stream(EDITED, THREE))


def test_a_document_that_theirs_deletes_and_ours_edited_is_a_conflict() -> None:
    ours = stream(ONE, EDITED, THREE)
    merged = merge(stream(ONE, TWO, THREE), ours, stream(ONE, THREE), "a.yaml")
    assert merged.conflicts
    assert merged.text == ours


def test_documents_without_a_name_are_the_same_by_position() -> None:
    base, theirs = stream("a: 1\n", "a: 2\n", "a: 3\n"), stream("a: 1\n", "a: 2\n", "a: 4\n")
    merged = merge(base, stream("a: 1 # mine\n", "a: 2\n", "a: 3\n"), theirs, "a.yaml")
    assert (merged.conflicts, merged.text) == ((), stream("a: 1 # mine\n", "a: 2\n", "a: 4\n"))


def test_many_equal_lines_take_no_quadratic_time() -> None:
    text = [f"\techo {number % 10}\n" for number in range(20_000)]
    ours, theirs = ["all: # mine\n", *text], [*text, "# end\n"]
    segments = lines.merge_lines("".join(text), "".join(ours), "".join(theirs), finer=False)
    assert not lines.hunks(segments)
    assert lines.resolved_text(segments, "ours") == "".join([*ours, "# end\n"])


def test_many_documents_take_no_quadratic_time() -> None:
    documents = [f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{n}\ndata: {{}}\n" for n in range(4_000)]
    secrets = [one.replace("ConfigMap", "Secret") for one in documents]
    ours = [*documents[:-1], documents[-1].replace("{}", "{a: b}")]
    base, theirs = "---\n".join(documents), "---\n".join(itertools.chain(*zip(documents, secrets, strict=True)))
    expected = "---\n".join(itertools.chain(*zip(ours, secrets, strict=True)))
    assert merge(base, "---\n".join(ours), theirs, "x.yaml").text == expected


def test_a_note_about_the_top_of_a_file_names_no_field() -> None:
    merged = merge("# c\na: 1\n", "# mine\na: 1\n", "# new\na: 1\n", "x.yaml")
    assert merged.notes == ("your comment is kept; the generated one is # new",)


def test_a_comment_behind_a_dash_that_does_not_arrive_is_noted() -> None:
    merged = merge("l:\n- a: 1\n  b: 2\n", "l:\n- a: 1\n  b: 3\n", "l:\n- # new\n  a: 1\n  b: 2\n", "x.yaml")
    assert merged.text == "l:\n- a: 1\n  b: 3\n"
    assert merged.notes == ("l[0]: the generated comment is left out: # new",)
