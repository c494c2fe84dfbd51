"""Places of a document that each side changes in a known way: what both changed is a clash, and each can be settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Lines = list[str]


@dataclass(frozen=True)
class Slot:
    """The lines of a place on each side, without their indentation; ``name`` is in the field of its conflict.

    ``vague`` are clashes of which theirs may be settled in more than one right way.
    """

    sort: str
    name: str
    base: Lines
    ours: Lines
    theirs: Lines
    clash: bool = True
    vague: bool = False

    def settled(self, side: str) -> Lines:
        """Return the lines where a clash is settled for a side, or what did not clash was merged."""
        if self.clash:
            return self.ours if side == "ours" else self.theirs
        return self.theirs if self.ours == self.base else self.ours


Maker = Callable[[Random, str], Slot]


def block(name: str, *lines: str) -> Lines:
    """Return a key with lines below it."""
    return [f"{name}:", *(f"  {line}" for line in lines)]


def _quiet(r: Random, n: str) -> Slot:
    """Return what at most one side changes."""
    one = r.choice(
        [[f"{n}: 1"], block(n, "a: 1", "b: 2"), block(n, "- x", "- y"), [f"{n}: [a, b]"], [f"{n}: |", "  one", "  two"]]
    )
    other = r.choice(
        [
            [f"{n}: 2"],
            block(n, "a: 1", "b: 3"),
            block(n, "- x", "- z"),
            [f"{n}: 1", f"{n}more: 1"],
            [f"# why {n}", f"{n}: 5"],
            [],
        ]
    )
    base, new = (one, other) if r.random() < 0.8 else ([], other or one)
    side = r.choice(["ours", "theirs", "theirs", "none"])
    return Slot("quiet", n, base, new if side == "ours" else base, new if side == "theirs" else base, clash=False)


def _scalar(r: Random, n: str) -> Slot:
    return Slot("scalar", n, [f"{n}: 1"], [f"{n}: 2{r.choice(['', ' # mine'])}"], [f"{n}: 3"])


def _deleted(_r: Random, n: str) -> Slot:
    return Slot("you deleted a value", n, [f"{n}: 1"], [], [f"{n}: 3"])


def _gone(_r: Random, n: str) -> Slot:
    return Slot("theirs deleted a value", n, [f"{n}: 1"], [f"{n}: 2"], [])


def _added(r: Random, n: str) -> Slot:
    theirs = r.choice([[f"{n}: 3"], block(n, "- x"), block(n, "a: 3")])
    return Slot("both added", n, [], [f"{n}: 2"], theirs)


def _sort(r: Random, n: str) -> Slot:
    ours = r.choice([block(n, "a: 1"), [f"{n}: []"], [f"{n}: null"], [f"{n}: '1'"]])
    return Slot("another type", n, [f"{n}: 1"], ours, [f"{n}: 3"])


def _deleted_block(r: Random, n: str) -> Slot:
    theirs = r.choice([block(n, "a: 1", "b: 3"), block(n, "a: 1", "b: 2", "c: 3"), block(n, "b: 2")])
    return Slot("you deleted a block", n, block(n, "a: 1", "b: 2"), [], theirs)


def _gone_block(r: Random, n: str) -> Slot:
    ours = r.choice([block(n, "a: 1", "b: 3"), block(n, "a: 1", "b: 2", "c: 3"), block(n, "a: 1", "# mine", "b: 2")])
    return Slot("theirs deleted a block", n, block(n, "a: 1", "b: 2"), ours, [])


def _literal(_r: Random, n: str) -> Slot:
    texts = ([f"{n}: |", "  first", f"  level={level}", "  last"] for level in ("1", "2", "3"))
    return Slot("literal block", n, *texts)


def _flow(_r: Random, n: str) -> Slot:
    return Slot("flow list", n, *([f"{n}: [a, {one}, z]"] for one in ("b", "c", "d")))


def _list(_r: Random, n: str) -> Slot:
    return Slot("one place of a list", n, *(block(n, "- a", *one, "- z") for one in ([], ["- mine"], ["- new"])))


def _item(_r: Random, n: str) -> Slot:
    head, item = ["- name: first", "  value: 1"], [f"- name: {n}it", "  value: 1"]
    return Slot(
        "you deleted an item",
        n,
        *([f"{n}:", "  env:", *(f"  {line}" for line in [*head, *one])] for one in (item, [], [item[0], "  value: 3"])),
    )


def _gone_item(r: Random, n: str) -> Slot:
    head, item = ["- name: first", "  value: 1"], [f"- name: {n}it", "  value: 1"]
    mine = r.choice([[item[0], "  value: 2"], [*item, "  # mine"], [*item, "  more: 1"]])
    return Slot(
        "theirs deleted an item",
        n,
        *([f"{n}:", "  env:", *(f"  {line}" for line in [*head, *one])] for one in (item, mine, [])),
    )


def _keyed(_r: Random, n: str) -> Slot:
    return Slot(
        "value of an item",
        n,
        *([f"{n}:", "  env:", f"  - name: {n}it", f"    value: {one}", "    keep: 1"] for one in (1, 2, 3)),
    )


def _renamed(r: Random, n: str) -> Slot:
    side = r.choice([[], ["  - name: side", "    image: s"]])
    # With another image there is too little left of it to be followed under its new name.
    texts = ((f"{n}it", 1, "a"), (f"{n}mine", 1, "b"), (f"{n}it", 3, "a"))
    made = (
        [
            f"{n}:",
            "  containers:",
            f"  - name: {name}",
            f"    stdin: {value}",
            "    tty: true",
            f"    image: {image}",
            *side,
        ]
        for name, value, image in texts
    )
    return Slot("you renamed an item", n, *made, vague=True)


def _image(_r: Random, n: str) -> Slot:
    return Slot("tag of an image", n, *([*block(n, f"image: app:{one}")] for one in ("1", "2", "3")))


def _selector(_r: Random, n: str) -> Slot:
    return Slot("selector", n, *([f"{n}:", "  matchLabels:", f"    app: {one}"] for one in ("a", "b", "c")))


def _probe(_r: Random, n: str) -> Slot:
    http = ["httpGet:", "  path: /", "  port: 80"]
    return Slot(
        "exclusive", n, block(n, *http), block(n, "tcpSocket:", "  port: 80"), block(n, *http[:2], "  port: 81")
    )


def _folded(_r: Random, n: str) -> Slot:
    return Slot("folded text", n, *([f"{n}: >-", "  some words", f"  and {one}"] for one in ("more", "mine", "new")))


CLASHES: tuple[Maker, ...] = (
    _scalar, _deleted, _gone, _added, _sort, _deleted_block, _gone_block, _literal, _flow, _list, _item, _gone_item,
    _keyed, _renamed, _image, _selector, _probe, _folded,
)  # fmt: skip


def chosen(source: Random, count: int, clashes: int) -> list[Slot]:
    """Return slots of which so many are clashes."""
    makers: list[Maker] = [*source.sample(CLASHES, clashes), *[_quiet] * (count - clashes)]
    source.shuffle(makers)
    return [make(source, f"key{number}") for number, make in enumerate(makers)]
