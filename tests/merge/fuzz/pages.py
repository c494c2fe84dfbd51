"""Files made of sections that blank lines and comments divide, and the texts in which edits of their lines are made."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

SEPARATORS = (
    [[""]] * 5
    + [["", "# {}"]] * 4
    + [["# {}"], ["", "# {}", ""], ["", ""], ["", "# {}", "# more"], ["", "# ---", "# {}", "# ---"]]
)
PLACES = {  # lines above and below the sections, and how far they are indented
    "root": ([], [], 0),
    "map": (["spec:"], ["last: 1"], 2),
    "deep map": (["spec:", "  template:"], ["  other: 1", "last: 1"], 4),
    "last map": (["first: 1", "spec:"], [], 2),
    "keyed list": (["spec:", "  containers:"], ["  other: 1"], 4),
    "last keyed list": (["env:"], [], 2),
}
Place = tuple[int, int]  # before which line of base, and in which order of what stands there


@dataclass
class Edits:
    """What a side does: lines that it puts somewhere, and lines of base that it writes anew or takes away."""

    put: dict[Place, list[list[str]]] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)


@dataclass
class Page:
    """A file of sections: its lines, and for each section where it begins and ends and its entries, as lines."""

    source: Random
    listed: bool
    indent: str
    lines: list[str] = field(default_factory=list)
    sections: list[list[tuple[int, int]]] = field(default_factory=list)
    names: Iterator[int] = field(default_factory=itertools.count)
    used: set[int] = field(default_factory=set)
    focus: int = 0  # where ours put something

    def entry(self, name: str) -> list[str]:
        """Return the lines of a new entry."""
        name = f"{name}{next(self.names)}"
        if self.listed:
            more = self.source.choice([[], ["  image: a"], ["  image: a", "  args:", "    - b"]])
            return [f"{self.indent}{one}" for one in [f"- name: {name}", f"  value: {self.source.randrange(9)}", *more]]
        shape = self.source.randrange(6)
        if shape == 0:
            return [f"{self.indent}{name}:", f"{self.indent}  a: 1", f"{self.indent}  b: 2"]
        if shape == 1:
            return [f"{self.indent}{name}:", f"{self.indent}  - x"]
        return [f"{self.indent}{name}: {self.source.randrange(9)}"]

    def separator(self) -> list[str]:
        """Return lines that divide two sections."""
        number = next(self.names)
        return [one and f"{self.indent}{one.format(f'about {number}')}" for one in self.source.choice(SEPARATORS)]

    def add_section(self) -> None:
        """Put a section at the end."""
        entries = []
        for _ in range(self.source.choice([1, 1, 2, 3])):
            lines = self.entry("key")
            entries.append((len(self.lines), len(self.lines) + len(lines)))
            self.lines += lines
        self.sections.append(entries)

    def change(self, edits: Edits, *, delete: bool) -> None:
        """Change a value, or delete an entry of a section that has others."""
        found = [
            one for entries in self.sections for one in entries[: None if not delete else -1] if one[0] not in self.used
        ]
        if not found:
            return
        start, end = self.source.choice(found)
        self.used.add(start)
        if delete:
            edits.lines.update({number: [] for number in range(start, end)})
        elif self.lines[end - 1][-1].isdigit():
            edits.lines[end - 1] = [f"{self.lines[end - 1]}{self.source.randrange(10, 99)}"]

    def written(self, *sides: Edits) -> Iterator[str]:
        """Yield the texts in which all these edits are made, in every order of what they put into one place."""
        places = sorted({place for one in sides for place in one.put})
        orders = [list(_interleaved([one.put.get(place, []) for one in sides])) for place in places]
        for chosen in itertools.product(*orders):
            there = dict(zip(places, chosen, strict=True))
            out: list[str] = []
            for number in range(len(self.lines) + 1):
                for place in (one for one in places if one[0] == number):
                    out += [line for lines in there[place] for line in lines]
                if number < len(self.lines):
                    changed = [one.lines[number] for one in sides if number in one.lines]
                    out += changed[0] if changed else [self.lines[number]]
            yield "".join(f"{line}\n" for line in out)


def sections_of(source: Random, place: str, counts: Sequence[int]) -> Page:
    """Return a page at a place of a file, with as many sections as one of ``counts``."""
    above, below, indent = PLACES[place]
    page = Page(source, "list" in place, " " * indent, list(above))
    count = source.choice(counts)
    for one in range(count):
        page.add_section()
        page.lines += page.separator() if one < count - 1 or (below and source.random() < 0.5) else []
    page.lines += below
    return page


def _interleaved(lists: list[list[list[str]]]) -> Iterator[list[list[str]]]:
    """Yield the orders in which lists can be merged, each in its own order."""
    if not any(lists):
        yield []
    for number, one in enumerate(lists):
        if one:
            rest = [other[1:] if n == number else other for n, other in enumerate(lists)]
            yield from ([one[0], *order] for order in _interleaved(rest))
