"""Lists that no merge key is known for. Each side edits items that it knows, so that each edit belongs to one item."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

from . import sequences
from .case import Case
from .items import LIST, WORDS, Item, Shape
from .reading import UnusableError, at, canonical, data, put, same
from .sequences import Side
from .shapes import SHAPES

UNORDERED = {"chart dependencies", "items of a List", "scrape_configs"}  # whose order means nothing
EDITS = ["add"] * 4 + ["change"] * 4 + ["insert"] * 4 + ["delete", "delete", "move", "rename", "drop"]


@dataclass
class Maker:
    """Makes a list, and two versions of it."""

    source: Random
    shape: Shape
    words: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    focus: int | None = None  # an item that both sides are more likely to edit, or to put something beside

    def __post_init__(self) -> None:
        self.words = self.source.sample(WORDS, len(WORDS))

    def base(self) -> Side:
        """Return a list of items by number."""
        return Side({number: self.new()[1] for number in range(self.source.randrange(2, 7))})

    def new(self) -> tuple[str, Item]:
        """Return an item that is not there yet."""
        word = self.words.pop()
        return word, self.shape.make(self.source, word)

    def edited(self, base: Side, first: int) -> Side:
        """Return a list with one to three edits; numbers of new items count from ``first``."""
        side = Side(copy.deepcopy(base.items))
        for number in range(self.source.choice([1, 1, 2, 2, 3])):
            self.edit(side, first + number)
        return side

    def edit(self, side: Side, number: int) -> None:
        """Make one edit."""
        r, what = self.source, self.source.choice(EDITS)
        if what == "insert" or not side.items:
            place = r.choice([0, len(side.items), r.randrange(len(side.items) + 1)])
            if self.focus in side.items and r.random() < 0.6:
                place = list(side.items).index(self.focus) + r.randrange(2)
            word, item = self.new()
            side.insert(number, item, place)
            self.log.append(f"insert {word} at {place}")
            return
        one = self.focus if self.focus in side.items and r.random() < 0.6 else r.choice(list(side.items))
        item = side.items[one]
        self.log.append(f"{what} {one}")
        if what == "delete":
            del side.items[one]
        elif what == "move":
            side.insert(one, side.items.pop(one), r.randrange(len(side.items) + 1))
        elif what == "rename":
            other = self.new()[1]
            side.renamed.add(one)
            for path in self.shape.ids:
                put(item, path, at(other, path))
        elif what == "drop":
            names = [name for name in item if not any(path.split(".")[0] == name for path in self.shape.ids)]
            if len(names) > 1:
                del item[r.choice(names)]
        elif what == "add" and (free := [name for name in self.shape.extras if name not in item]):
            name = r.choice(free)
            item[name] = self.shape.extras[name](r, str(at(item, self.shape.ids[0])).rpartition("/")[2])
        else:
            self.change(item)

    def change(self, item: Item) -> None:
        """Change a value that does not tell items apart."""
        known = {path.partition(".")[0] for path in self.shape.ids}
        path = self.source.choice([one for one in leaves(item) if one.partition(".")[0] not in known] or [""])
        if not path:
            return
        value = at(item, path)
        number = self.source.randrange(2, 9)
        if isinstance(value, bool):
            put(item, path, not value)
        else:
            put(item, path, value + number if isinstance(value, int) else f"{value}{number}")


def leaves(value: Any, path: str = "") -> list[str]:
    """Return the paths of the scalars in a value."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [one for key, part in pairs for one in leaves(part, f"{path}.{key}" if path else str(key))]
    return [path]


# --- Texts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Writer:
    """Writes a document of a shape: its items in flow style or not, ``offset`` to the right of their key."""

    shape: Shape
    flow: bool
    offset: int

    def text(self, items: list[Item]) -> str:
        """Return the document with these items."""
        lines = []
        for line in yaml.safe_dump(self.shape.document, sort_keys=False).splitlines():
            head, found, _ = line.partition(f" '{LIST}'")
            if found and items:
                indent = " " * (len(head) - len(head.lstrip("- ")) + self.offset)
                lines += [head, *(f"{indent}{one}" for item in items for one in self.item(item))]
            else:
                lines.append(f"{head} []" if found else line)
        return "".join(f"{line}\n" for line in lines)

    def item(self, item: Item) -> list[str]:
        """Return the lines of an item."""
        if self.flow:
            return [f"- {yaml.safe_dump(item, sort_keys=False, width=1000, default_flow_style=True).strip()}"]
        return yaml.safe_dump([item], sort_keys=False, width=1000).splitlines()

    def items(self, text: str) -> tuple[list[Any], str]:
        """Return the items of a text, and the rest of it."""
        found = data(text)
        path = _place(self.shape.document)
        items = at(found, path)
        put(found, path, LIST)
        return items if isinstance(items, list) else [], canonical(found)


def _place(value: Any) -> str:
    return next(one for one in leaves(value) if at(value, one) == LIST)


def case(seed: str, number: int) -> Case:
    """Return a triple."""
    source = Random(f"keyless {seed} {number}")  # noqa: S311 - a seed, and no secret
    maker = Maker(source, SHAPES[number % len(SHAPES)])
    base = maker.base()
    maker.focus = source.choice([None, source.choice(list(base.items))])
    ours, theirs = maker.edited(base, 100), maker.edited(base, 200)
    if source.random() < 0.1 and (added := [one for one in ours.items if one >= 100]):
        twin = added[0]
        place = list(ours.items).index(twin)
        theirs.insert(twin, copy.deepcopy(ours.items[twin]), min(place, len(theirs.items)))
    writer = Writer(maker.shape, source.random() < 0.1, source.choice([0, 2]))
    wanted = sequences.merged(base, ours, theirs, maker.shape.ids)
    name = f"{maker.shape.name} {number}"
    rest = canonical(maker.shape.document)

    def judge(text: str) -> list[str]:
        try:
            items, there = writer.items(text)
        except (UnusableError, KeyError, IndexError, TypeError) as error:
            return [f"no document of this shape: {error!r}"]
        if not same(there, rest):
            return ["something else changed"]
        return wanted.faults(items, ordered=maker.shape.name not in UNORDERED)

    sides = [writer.text(list(one.items.values())) for one in (base, ours, theirs)]
    exact = frozenset(writer.text(one) for one in wanted.exact())
    note = f"edits: {'; '.join(maker.log)}"
    return Case(name, *sides, judge, exact, wanted.conflict, note=note)
