"""Documents that are generated as data with comments, edited as data, and written in a chosen style.

Because an edit is made on the data and the style is applied afterwards, the text that a merge has to give is known also
where the two sides write alike things differently: other indentation, other quotes, other line ends.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace


@dataclass
class Node:
    """A pair of a map or an item of a list, known by its number; ``value`` is a scalar's text, or what is below."""

    number: int
    key: str  # "" for an item
    value: str | list[Node]
    sort: str = "scalar"  # scalar, map, list
    head: list[str] = field(default_factory=list)
    behind: str = ""
    blank: bool = False
    quoted: bool = False


@dataclass(frozen=True)
class Style:
    """How a document is written."""

    indent: int = 2
    offset: int = 2  # of a list below its key
    quote: str = '"'
    step: int = 0  # indentation within what is new, where it is not ``indent``
    crlf: bool = False
    bom: bool = False
    newline: bool = True

    def dress(self, text: str) -> str:
        """Return text with line ends, byte order mark and end as they are in this style."""
        text = text if self.newline else text.removesuffix("\n")
        text = text.replace("\n", "\r\n") if self.crlf else text
        return f"\ufeff{text}" if self.bom else text


def write(top: list[Node], style: Style) -> str:
    """Return a document as text."""
    return style.dress("".join(f"{line}\n" for line in _pairs(top, 0, style)))


def _pairs(nodes: list[Node], column: int, style: Style) -> Iterator[str]:
    for one in nodes:
        if one.blank:
            yield ""
        yield from (f"{' ' * column}{comment}" for comment in one.head)
        yield from _pair(one, column, style)


def _pair(one: Node, column: int, style: Style) -> Iterator[str]:
    space, behind = " " * column, f" {one.behind}" if one.behind else ""
    if isinstance(one.value, str):
        yield f"{space}{one.key}: {_scalar(one, style)}{behind}"
        return
    yield f"{space}{one.key}:{behind}"
    if one.sort == "map":
        new = one.key.startswith("gen")
        yield from _pairs(one.value, column + (style.step if new and style.step else style.indent), style)
    else:
        yield from _items(one.value, column + style.offset, style)


def _items(nodes: list[Node], column: int, style: Style) -> Iterator[str]:
    space = " " * column
    for one in nodes:
        yield from (f"{space}{comment}" for comment in one.head)
        if isinstance(one.value, str):
            yield f"{space}- {_scalar(one, style)}{f' {one.behind}' if one.behind else ''}"
            continue
        first, *rest = _pairs(one.value, column + 2, style)
        yield f"{space}- {first.lstrip()}"
        yield from rest


def _scalar(one: Node, style: Style) -> str:
    assert isinstance(one.value, str)
    return f"{style.quote}{one.value}{style.quote}" if one.quoted else one.value


# --- Making -----------------------------------------------------------------------------------------------------------

NAMED = ("containers", "env", "volumes")
PLAIN = ("spec", "template", "settings", "limits", "labels", "options", "probe")
SEQUENCES = ("args", "command", "hosts")


@dataclass
class Maker:
    """Makes documents, and what is new in them; every word is there once."""

    dice: random.Random
    count: int = 0

    def _number(self) -> int:
        self.count += 1
        return self.count

    def scalar(self, key: str, prefix: str = "w") -> Node:
        number = self._number()
        value = self.dice.choice([f"{prefix}{number}", f"{prefix}{number} and # more: {number}"])
        if prefix == "w" and self.dice.random() < 0.5:
            value = self.dice.choice(["true", str(self.dice.randrange(1000))])
        quoted = "#" in value or self.dice.random() < 0.2
        return Node(number, key, value, quoted=quoted)

    def said(self, one: Node, often: float, prefix: str = "c") -> Node:
        """Give a node comments, sometimes."""
        if self.dice.random() < often:
            one.head = [f"# {prefix}{self._number()}: above" for _ in range(self.dice.randint(1, 2))]
        if self.dice.random() < often and one.sort == "scalar":
            one.behind = f"# {prefix}{self._number()} behind"
        return one

    def map(self, depth: int) -> list[Node]:
        """Return the pairs of a map."""
        out = []
        names = self.dice.sample((*PLAIN, *NAMED, *SEQUENCES), self.dice.randint(1, 4)) if depth else []
        for name in names:
            if name in NAMED:
                out.append(Node(self._number(), name, [self.item() for _ in range(self.dice.randint(2, 4))], "list"))
            elif name in SEQUENCES:
                items = [
                    replace(self.scalar(""), value=f"--arg{self._number()}") for _ in range(self.dice.randint(3, 6))
                ]
                out.append(Node(self._number(), name, [self.said(one, 0.2) for one in items], "list"))
            else:
                out.append(Node(self._number(), name, self.map(depth - 1), "map"))
        out += [self.scalar(f"key{self._number()}") for _ in range(self.dice.randint(2, 4))]
        self.dice.shuffle(out)
        return [self.said(one, 0.25) for one in out]

    def item(self, prefix: str = "w") -> Node:
        """Return an item of a list that is told apart by names."""
        number = self._number()
        pairs = [self.scalar(f"key{self._number()}", prefix) for _ in range(2)]
        pairs.insert(0, Node(self._number(), "name", f"{prefix}{number}"))
        often = 0.2 if prefix == "w" else 0
        pairs = [pairs[0], *(self.said(one, often) for one in pairs[1:])]
        return self.said(Node(number, "", pairs, "map"), often)

    def document(self) -> list[Node]:
        top = self.map(3)
        for one in top[1:]:
            one.blank = self.dice.random() < 0.3
        return top

    def new(self, like: Node, prefix: str, says: float) -> Node:
        """Return something new that can stand behind a node."""
        number = self._number()
        if not like.key:
            if like.sort == "scalar":
                return self.said(Node(number, "", f"--{prefix}{number}"), says, prefix)
            return self.said(replace(self.item(prefix), head=[]), says, prefix)
        if self.dice.random() < 0.3:
            pairs = [self.scalar(f"{prefix}{self._number()}", prefix) for _ in range(2)]
            return self.said(Node(number, f"{prefix}{number}", pairs, "map"), says, prefix)
        return self.said(self.scalar(f"{prefix}{number}", prefix), says, prefix)


# --- Editing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A node with the nodes around it, outermost first; ``siblings`` is how many stand beside it, with it."""

    node: Node
    around: tuple[Node, ...]
    siblings: int

    @property
    def sequence(self) -> int:
        """The innermost list without names that the node lies in, or 0."""
        return next((one.number for one in reversed(self.around) if one.key in SEQUENCES), 0)


@dataclass(frozen=True)
class Edit:
    """What one side does: ``what`` is value, head, behind, insert or delete, at the node of that number."""

    what: str
    place: Place
    new: Node


def places(nodes: list[Node], around: tuple[Node, ...] = ()) -> Iterator[Place]:
    """Yield every node of a document."""
    for one in nodes:
        yield Place(one, around, len(nodes))
        if isinstance(one.value, list):
            yield from places(one.value, (*around, one))


def edits(top: list[Node], maker: Maker, prefix: str, says: float) -> Iterator[Edit]:
    """Yield edits at places in random order."""
    found = [one for one in places(top) if one.node.key != "name"]
    maker.dice.shuffle(found)
    for place in found:
        node = place.node
        what = maker.dice.choice(["value", "value", "head", "behind", "insert", "insert", "delete"])
        new = replace(node)
        if what in {"value", "behind"} and node.sort != "scalar":
            continue
        if what == "value":
            scalar = maker.scalar(node.key, prefix)
            new = replace(node, value=f"{scalar.value}{prefix}", quoted="#" in str(scalar.value))
            if not node.key:
                new = replace(new, value=f"--{prefix}{scalar.number}", quoted=False)
        elif what == "head":
            new = replace(node, head=[f"# {prefix}{maker._number()}: above"])
        elif what == "behind":
            new = replace(node, behind=f"# {prefix}{maker._number()} behind")
        elif what == "insert":
            new = maker.new(node, prefix, says)
        elif place.siblings < 4 or node.blank or any(one.blank for one in node.value if isinstance(one, Node)):
            continue
        yield Edit(what, place, new)


def apart(one: Edit, other: Edit) -> bool:
    """Tell whether two edits are of different things."""
    if one.place.sequence and one.place.sequence == other.place.sequence:
        return False  # a list without names is edited by one side alone
    if one.place.node.number == other.place.node.number:
        return {one.what, other.what} in (
            {"value", "head"},
            {"value", "behind"},
            {"head", "behind"},
            {"value", "insert"},
        )
    for outer, inner in ((one, other), (other, one)):
        if outer.what == "delete" and outer.place.node.number in {around.number for around in inner.place.around}:
            return False
    owners = [edit.place.around[-1].number if edit.place.around else 0 for edit in (one, other)]
    return owners[0] != owners[1] or {one.what, other.what} != {"delete"}


def pick(top: list[Node], maker: Maker, count: int) -> tuple[list[Edit], list[Edit]]:
    """Return edits of both sides, all apart from each other."""
    sides: tuple[list[Edit], list[Edit]] = [], []
    streams = [edits(top, maker, "mine", 0.3), edits(top, maker, "gen", 0.7)]
    for _ in range(count):
        for side, stream in enumerate(streams):
            for edit in stream:
                if all(apart(edit, one) for one in (*sides[0], *sides[1])):
                    sides[side].append(edit)
                    break
    return sides


def edited(top: list[Node], made: list[Edit]) -> list[Node]:
    """Return a document after edits."""
    out = copy.deepcopy(top)
    for one in made:
        _edit(out, one)
    return out


def _edit(nodes: list[Node], edit: Edit) -> bool:
    for at, one in enumerate(nodes):
        if one.number == edit.place.node.number:
            if edit.what == "value":
                assert isinstance(edit.new.value, str)
                one.value, one.quoted = edit.new.value, edit.new.quoted
            elif edit.what == "head":
                one.head = list(edit.new.head)
            elif edit.what == "behind":
                one.behind = edit.new.behind
            elif edit.what == "insert":
                nodes.insert(at + 1, copy.deepcopy(edit.new))
            else:
                del nodes[at]
            return True
        if isinstance(one.value, list) and _edit(one.value, edit):
            return True
    return False
