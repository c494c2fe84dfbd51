"""The segment oracle: a text, changes of pieces of it on two sides, and the bytes that must come out.

A change replaces one span of base. Changes of two sides that touch different things are independent, and the merge of
base with the ones and base with the others has to be base with all of them, byte for byte. What is a different thing is
decided here, from the text alone, more narrowly than the merge has to: lists are taken to have no keys unless they are
well known, and whatever may identify something is left alone.
"""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from . import yamltext
from .yamltext import Node, column, line_end, line_start

Step = tuple[str, int, bool]  # "key" or "item", its number, and whether the items around it are told apart by name
Sort = Literal["value", "comment", "insert", "delete"]

# Lists whose items everybody tells apart by their names.
NAMED = frozenset({"containers", "env", "volumes", "receivers"})
# What two sides can do to one entry without touching the same thing.
TOGETHER = ({"value", "comment"}, {"comment"}, {"insert", "value"}, {"insert", "comment"})
# What may be the identity of something, or has parts or a meaning as a whole; nobody changes it here.
IDENTITY = frozenset(
    [
        "apiVersion",
        "kind",
        "name",
        "namespace",
        "generateName",
        "id",
        "uses",
        "image",
        "tag",
        "digest",
        "newTag",
        "newDigest",
        "newName",
        "selector",
        "matchLabels",
        "match",
        "match_re",
        "matchers",
        "receiver",
        "mountPath",
        "devicePath",
        "containerPort",
        "hostPort",
        "port",
        "protocol",
        "ip",
        "topologyKey",
        "type",
        "path",
        "role",
        "key",
        "alert",
        "whenUnsatisfiable",
        "record",
        "group",
        "target",
        "url",
        "secretName",
        "configMapName",
        "extends",
        "include",
        "directory",
        "package-ecosystem",
        "on",
    ]
)


@dataclass(frozen=True)
class Change:
    """A span of base and what stands there instead. ``where`` is the path of the node that it is about."""

    sort: Sort
    where: tuple[Step, ...]
    start: int
    end: int
    text: str
    says: bool = False  # whether the new text holds a comment
    name: str = ""  # the key of a changed value


@dataclass(frozen=True)
class Entry:
    """A pair of a map or an item of a list, on lines of its own."""

    where: tuple[Step, ...]
    node: Node
    key: Node | None
    owner: Node
    start: int  # of the key or the dash
    head: int  # of the first line of comment right above, else of its own line
    end: int  # behind the last line

    @property
    def name(self) -> str:
        return self.key.text if self.key else ""


def entries(text: str) -> list[Entry]:
    """Return what can be changed in a text: everything in block style that has no anchor or tag at or around it."""
    out: list[Entry] = []
    for number, root in enumerate(yamltext.read(text)):
        out.extend(_below(text, root, (("item", number, True),), ""))
    return out


def _below(text: str, owner: Node, where: tuple[Step, ...], name: str) -> Iterator[Entry]:
    if owner.flow or not owner.plainly or _has_twins(owner):
        return
    named = name in NAMED and _has_names(owner)
    at = owner.start
    parts = owner.pairs or [(None, one) for one in owner.items]
    for number, (key, node) in enumerate(parts):
        begin = key.start if key else _dash_before(text, at, node.start)
        last = node if node.end > node.start or not key else key
        end = line_end(text, max(last.end, begin + 1) - 1)
        at = max(last.end, begin + 1)
        fine = key is None or (key.sort == "scalar" and key.plainly and not key.style and key.text not in IDENTITY)
        if not fine or begin < 0 or text[line_start(text, begin) : begin].strip():
            if fine and begin >= 0:  # the first key behind a dash: what is below it can be changed
                yield from _below(text, node, (*where, (_step(key), number, named)), key.text if key else "")
            continue
        here = (*where, (_step(key), number, named))
        yield Entry(here, node, key, owner, begin, _head(text, begin), end)
        yield from _below(text, node, here, key.text if key else "")


def _step(key: Node | None) -> str:
    return "key" if key else "item"


def _has_twins(owner: Node) -> bool:
    """Tell whether items of a list are alike, so that nobody can say which of them was meant."""
    meanings = [yamltext.meaning(one) for one in owner.items]
    return any(one in meanings[:number] for number, one in enumerate(meanings))


def _has_names(owner: Node) -> bool:
    names = [value.text for item in owner.items for key, value in item.pairs if key.text == "name"]
    return len(set(names)) == len(owner.items) == len(names)


def _dash_before(text: str, low: int, high: int) -> int:
    """Return where the dash of an item stands; the text between two items is blank but for comments."""
    found = -1
    for line in re.finditer(r"[^\n]+", text[low : high + 1]):
        bare = line.group().lstrip()
        if bare.startswith("-") and found < 0:
            found = low + line.start() + len(line.group()) - len(bare)
    return found


def _head(text: str, begin: int) -> int:
    """Return the start of the lines of comment that stand right above, in the same column."""
    head = line_start(text, begin)
    mark = f"{text[head:begin]}#"
    while head and text.startswith(mark, above := line_start(text, head - 1)):
        head = above
    return head


# --- Changes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Writer:
    """Writes what one side changes; its words are found nowhere else."""

    dice: random.Random
    side: str
    says: float  # how often a change carries a comment

    def word(self) -> str:
        return f"{self.side}{self.dice.randrange(10**7)}"

    def value(self) -> str:
        forms = ("{}", "'{}'", '"{}"', "{} and more", "/{}/x.y", '"{}: #"')
        return (
            self.dice.choice(forms).format(self.word()) if self.dice.random() < 0.8 else str(self.dice.randrange(999))
        )

    def comment(self) -> str:
        return f"# {self.word()} says why" if self.dice.random() < self.says else ""


def changes(text: str, found: Sequence[Entry], writer: Writer) -> Iterator[Change]:
    """Yield changes of a text in random order, each of another entry or of another part of it."""
    order = list(found)
    writer.dice.shuffle(order)
    for entry in order:
        made = [one for one in (_value(text, entry, writer), _comment(text, entry, writer)) if one]
        made += [one for one in (_insertion(text, entry, writer), _deletion(text, entry, writer)) if one]
        if made:
            yield writer.dice.choice(made)


def _one_line(text: str, entry: Entry) -> bool:
    """Tell whether the entry is a scalar written behind its key or dash, on that line."""
    node = entry.node
    return (
        node.sort == "scalar"
        and node.plainly
        and node.style not in {"|", ">"}
        and node.end > node.start
        and line_end(text, entry.start) == entry.end
    )


def _value(text: str, entry: Entry, writer: Writer) -> Change | None:
    if not _one_line(text, entry):
        return None
    node, comment = entry.node, writer.comment()
    end, new = node.end, writer.value()
    if comment:  # a comment behind the value is written anew with it
        end, new = entry.end - text[: entry.end].endswith("\n"), f"{new} {comment}"
    return Change("value", entry.where, node.start, end, new, bool(comment), entry.name)


def _comment(text: str, entry: Entry, writer: Writer) -> Change | None:
    """Change a comment above or behind an entry, or put one there."""
    comment, line = writer.comment(), line_start(text, entry.start)
    if not comment:
        return None
    space = text[line : entry.start]
    if entry.head < line and writer.dice.random() < 0.5:
        last = line_start(text, line - 1)
        return Change("comment", entry.where, last, line, f"{space}{comment}\n", True)
    if _one_line(text, entry) and writer.dice.random() < 0.7:
        start, end = entry.node.end, entry.end - text[: entry.end].endswith("\n")
        return Change("comment", entry.where, start, end, f" {comment}", True)
    return Change("comment", entry.where, line, line, f"{space}{comment}\n", True)


def _insertion(text: str, entry: Entry, writer: Writer) -> Change | None:
    """Put a new pair or item behind an entry."""
    if not text[: entry.end].endswith("\n") or _ends_open(text, entry):
        return None
    space, comment, deep = " " * column(text, entry.start), writer.comment(), writer.dice.random() < 0.3
    lines = [f"{space}{comment}"] if comment and writer.dice.random() < 0.7 else []
    behind = f" {comment}" if comment and not lines else ""
    if entry.key:
        lines += [f"{space}{writer.word()}: {writer.value()}{behind}"]
        if deep:
            lines[-1] = f"{space}{writer.word()}:{behind}"
            lines += [f"{space}  {writer.word()}: {writer.value()}", f"{space}  {writer.word()}: {writer.value()}"]
    elif entry.owner.items and all(one.sort == "map" for one in entry.owner.items):
        lines += [f"{space}- name: {writer.word()}{behind}", f"{space}  {writer.word()}: {writer.value()}"]
    else:
        lines += [f"{space}- {writer.word()}{behind}"]
    new = "".join(f"{line}\n" for line in lines)
    return Change("insert", entry.where, entry.end, entry.end, new, bool(comment))


def _ends_open(text: str, entry: Entry) -> bool:
    """Tell whether comments that lie deeper, or blank lines of a block scalar, follow the last line of an entry."""
    last = entry.node
    while last.pairs or last.items:
        last = last.pairs[-1][1] if last.pairs else last.items[-1]
    following = re.compile(r"[ \t\n]*").match(text, entry.end)
    assert following
    rest = text[following.end() :]
    deeper = column(text, following.end()) > column(text, entry.start)
    return (rest.startswith("#") and deeper) or last.style in {"|", ">"}


def _deletion(text: str, entry: Entry, writer: Writer) -> Change | None:
    parts = len(entry.owner.pairs or entry.owner.items)
    nodes = [*yamltext.walk(entry.node)]
    if parts < 3 or any(one.anchor or one.sort == "alias" for one in nodes) or not text[: entry.end].endswith("\n"):
        return None
    if _ends_open(text, entry) and nodes[-1].style not in {"|", ">"}:
        return None
    return Change("delete", entry.where, entry.head, entry.end, "")


# --- What is independent ----------------------------------------------------------------------------------------------


def independent(one: Change, other: Change) -> bool:
    """Tell whether two changes are of different things."""
    if one.start < other.end and other.start < one.end:
        return False
    touching = one.start <= other.end and other.start <= one.end
    if touching and "insert" not in {one.sort, other.sort}:
        return {one.sort, other.sort} == {"delete", "comment"} and one.where != other.where
    if touching and one.sort == other.sort:
        return False  # which of them would come first?
    common = 0
    for mine, yours in zip(one.where, other.where, strict=False):
        if mine != yours:
            break
        common += 1
    if common == min(len(one.where), len(other.where)):  # one is at or around the other
        inner, outer = (one, other) if len(one.where) > len(other.where) else (other, one)
        step, _, named = outer.where[-1]
        if step == "item" and not named:
            return False  # an item without a name is changed as a whole
        if len(one.where) == len(other.where):
            return {one.sort, other.sort} in TOGETHER
        return outer.sort in {"comment", "insert"} and inner.sort != "delete"
    mine, yours = one.where[common], other.where[common]
    if any(step == "item" and not named for step, _, named in one.where[1:common]):
        return False  # both within one item of a list without names
    if mine[0] == "key":
        return {one.sort, other.sort} != {"delete"}
    if mine[2]:
        return True
    # Of a list without names each needs its item and the next one as they were.
    return abs(mine[1] - yours[1]) > 1


def pick(text: str, ours: Writer, theirs: Writer, count: int) -> tuple[list[Change], list[Change]]:
    """Return changes for both sides, at most ``count`` each, all independent of each other."""
    found = entries(text)
    sides: tuple[list[Change], list[Change]] = [], []
    streams = [changes(text, found, ours), changes(text, found, theirs)]
    for _ in range(count):
        for side, stream in enumerate(streams):
            for change in stream:
                if all(independent(change, one) for one in (*sides[0], *sides[1])):
                    sides[side].append(change)
                    break
    return sides


def any_two(text: str, seed: str, count: int = 3) -> tuple[str, str, str] | None:
    """Return a text and what two sides make of it without regard for each other; None where one cannot."""
    dice = random.Random(seed)  # noqa: S311
    found = entries(text)
    sides = []
    for writer in (Writer(dice, "mine", 0.4), Writer(dice, "gen", 0.6)):
        made: list[Change] = []
        for change in changes(text, found, writer):
            if len(made) < count and all(independent(change, one) for one in made):
                made.append(change)
        sides.append(apply(text, made))
    texts = text, sides[0], sides[1]
    return texts if text not in sides and all(map(_reads, texts)) else None


def apply(text: str, made: Iterable[Change]) -> str:
    """Return a text after changes. What is inserted behind an entry comes before a comment above the next one."""
    for one in sorted(made, key=lambda change: (-change.start, -change.end, change.sort == "insert")):
        text = text[: one.start] + one.text + text[one.end :]
    return text


@dataclass(frozen=True)
class Triple:
    """Three texts, and what their merge has to be."""

    base: str
    ours: str
    theirs: str
    merged: str
    says: bool  # whether what theirs changes has a comment


@dataclass(frozen=True)
class Clash:
    """Three texts in which one thing is changed by both sides, and what settling it for either has to give."""

    base: str
    ours: str
    theirs: str
    settled: dict[str, str]  # by side
    name: str  # the key of what both changed
    exact: bool  # whether it lies in no item of a list without names, which may be settled as a whole


def triple(text: str, seed: str, count: int = 3) -> Triple | None:
    """Return a triple over a text, None where it has too little to change."""
    dice = random.Random(seed)  # noqa: S311
    mine, yours = pick(text, Writer(dice, "mine", 0.3), Writer(dice, "gen", 0.7), count)
    if not mine or not yours:
        return None
    texts = apply(text, mine), apply(text, yours), apply(text, [*mine, *yours])
    return Triple(text, *texts, says=any(one.says for one in yours)) if all(map(_reads, texts)) else None


def clash(text: str, seed: str, count: int = 2) -> Clash | None:
    """Return a triple in which both sides give one field another value, amid independent changes; or None."""
    dice = random.Random(seed)  # noqa: S311
    writers = Writer(dice, "mine", 0), Writer(dice, "gen", 0)
    places = [one for one in entries(text) if one.key and _one_line(text, one)]
    if not places:
        return None
    entry = dice.choice(places)
    both = [_value(text, entry, one) for one in writers]
    assert both[0]
    assert both[1]
    if both[0].text == both[1].text:
        return None
    rest = pick(text, Writer(dice, "mine", 0.3), Writer(dice, "gen", 0.7), count)
    mine, yours = ([one for one in side if _far(one, both[0])] for side in rest)
    texts = apply(text, [*mine, both[0]]), apply(text, [*yours, both[1]])
    settled = {
        side: apply(text, [*mine, *yours, one]) for side, one in zip(("ours", "theirs"), both, strict=True) if one
    }
    exact = all(step == "key" or named for step, _, named in entry.where)
    return Clash(text, *texts, settled, entry.name, exact) if all(map(_reads, (*texts, *settled.values()))) else None


def added_twice(text: str, seed: str) -> tuple[str, str, str] | None:
    """Return texts in which both sides add one key to a map, in different places and with different values; or None."""
    dice = random.Random(seed)  # noqa: S311
    writer = Writer(dice, "", 0)
    places: dict[int, list[Change]] = {}
    for entry in entries(text):
        change = _insertion(text, entry, writer) if entry.key else None
        if change:
            places.setdefault(id(entry.owner), []).append(change)
    maps = [one for one in places.values() if len(one) >= 3]
    if not maps:
        return None
    found = dice.choice(maps)
    ends = dice.sample([found[0], found[-1]], 2)
    space = re.match(" *", found[0].text)
    assert space
    sides = [
        Change("insert", one.where, one.start, one.end, f"{space.group()}added: {n}\n") for n, one in enumerate(ends)
    ]
    texts = text, apply(text, sides[:1]), apply(text, sides[1:])
    return texts if all(map(_reads, texts)) else None


def _far(one: Change, other: Change) -> bool:
    """Tell whether a change is independent of a clash, and of the lines right above and below it too."""
    return independent(one, other) and one.where != other.where


def _reads(text: str) -> bool:
    try:
        yamltext.meanings(text)
    except yamltext.UnusableError:
        return False
    return True


def difference(title: str, one: str, other: str) -> str:
    """Return what differs between two texts, for people."""
    sides = (text.splitlines(keepends=True) for text in (one, other))
    return f"{title}\n{''.join(difflib.unified_diff(*sides, n=1))}"
