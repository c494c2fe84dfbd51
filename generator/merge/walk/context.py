"""The walk over three trees, field by field: what the result has to mean, and the edits of ours that make it so.

Three comparisons decide every field (as in jj's merge kernel): a side that equals base gives way to the other, equal
sides agree, collections are taken apart further, and the rest is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from ... import mergekeys
from ...yaml import Node
from ..layout import scalars
from ..outcome import OWN, Conflict, Side
from ..syntax import reindent
from ..syntax.elements import Entry, is_block
from ..syntax.meaning import NOTHING, Value, anchors, leaves, show_sides
from ..syntax.spantree import OddError, Tree
from .writer import Where, Writer

if TYPE_CHECKING:
    from ..entries.together import Seen

ABSENT: Value = ("absent",)
Held = tuple[int, Where]  # a field, in the document of that number; "#" stands for the loose lines of a collection
LOOSE = "#"


class Walk(Writer):
    """One walk over three trees. ``base`` is None where there is none.

    Fields that are ``held`` stay as ours has them, for the ``reason`` given. ``again``: ours is the result of a walk.
    One that has ``seen`` to fill in goes into everything that is not the same.
    """

    def __init__(
        self,
        base: Tree | None,
        ours: Tree,
        theirs: Tree,
        choose: Callable[[str], Side | None],
        *,
        held: frozenset[Held] = frozenset(),
        reason: str = "",
        again: bool = False,
        seen: Seen | None = None,
    ) -> None:
        super().__init__(base, ours, theirs)
        self.choose = choose
        self.conflicts: list[Conflict] = []
        known = base.aliases if base else {}
        self.shared = frozenset(name for name, count in ours.aliases.items() if count > known.get(name, 0))
        self.families: list[mergekeys.Family] = []
        self.document: Value = None
        self.taken = False  # whether the user chose theirs somewhere
        self.held = held
        self.reason = reason
        self.again = again
        self.number = 0  # of the document
        self.titles: dict[Hashable, str] = {}  # what documents are called
        self.mine: frozenset[Hashable] = frozenset()  # those that ours alone has
        self.entered: list[Held] = []  # what both sides have, and not alike
        self.kept: list[Conflict] = []  # where a field was held
        self.seen = seen
        self.bound: dict[Held, Side] = {}  # fields that have to fit together, and the side that they are taken from

    # --- Entries ------------------------------------------------------------------------------------------------------

    def entry(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge an entry that both sides have; return what it means then."""
        b = self.base.text[base.body : base.end] if self.base and base else None
        o, t = self.ours.text[ours.body : ours.end], self.theirs.text[theirs.body : theirs.end]
        into = self.goes_into(where)
        if base and b == t and base.column == theirs.column and base.flow == theirs.flow and not into:
            return self.ours.value(ours.value)
        by = ours.column - theirs.column
        if ours.flow == theirs.flow and (o == t if not by else o == reindent.shift(t, by)):
            return self.ours.value(ours.value)
        self.entered.append((self.number, where))
        if (where or self.title) and self.is_held(where):
            return self.keep(where, base, ours, theirs)
        same = base and o == b and base.column == ours.column and not ours.flow and not ours.root
        if same and not into and not self.is_shared(ours.value):
            new = reindent.entry_text(self.theirs, theirs, ours.column)[ours.column :]
            self.edits.put(ours.body, ours.end, new, self.theirs.comments_in(theirs.body, theirs.end))
            return self.theirs.value(theirs.value)
        if ours.whole or theirs.whole or (base and base.whole):
            return self.as_a_whole(where, base, ours, theirs)
        self.beside(where, base, ours, theirs)
        value = self.value(where, base, ours, theirs)
        self.write_beside(where, ours)
        return value

    def is_held(self, where: Where) -> bool:
        """Tell whether a field stays as ours has it, whatever theirs has."""
        return (self.number, where) in self.held

    def goes_into(self, where: Where) -> bool:
        """Tell whether an entry is taken apart though one side has it as base does."""
        size = len(where)
        return self.seen is not None or any(
            number == self.number and one[:size] == where and len(one) > size for number, one in self.bound
        )

    def keep(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Leave an entry as ours has it, and note that; or take theirs if the user chose it."""
        if self.choose(self.field(where)) == "theirs":
            return self.decided(where, base, ours, theirs)
        b, o, t = show_sides(one.value if one else None for one in (base, ours, theirs))
        line = (ours.key or ours.value).line
        self.kept.append(Conflict(self.field(where), line, b, o, t, self.reason))
        return self.ours.value(ours.value)

    def as_a_whole(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge an entry that cannot be taken apart."""
        b, o, t = self.values(base, ours, theirs)
        if t in (b, o):
            return o
        safe = o == b and not (self.own_comments(base, ours) or self.is_shared(ours.value) or ours.root)
        if not safe and (self.clash(where, base, ours, theirs, final=ours.root) == "ours"):
            return o
        new = reindent.entry_text(self.theirs, theirs, ours.column)[ours.column :]
        self.edits.put(ours.body, ours.end, new, self.theirs.comments_in(theirs.body, theirs.end))
        return t

    def values(self, base: Entry | None, ours: Entry | None, theirs: Entry | None) -> tuple[Value, Value, Value]:
        """Return what three entries mean."""
        return (
            self.base.value(base.value) if self.base and base else ABSENT,
            self.ours.value(ours.value) if ours else ABSENT,
            self.theirs.value(theirs.value) if theirs else ABSENT,
        )

    def value(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge the values of entries; return what ours means then."""
        b, o, t = self.values(base, ours, theirs)
        if not isinstance(o, dict | list) and t in (b, o) and not ours.root:
            return o
        if t == NOTHING and (base is None or (o == NOTHING and not (self.theirs.comments or self.ours.comments))):
            return o
        if t not in (o, b) and self.is_shared_here(where, base, ours, theirs):
            return o
        if self.are_collections(base, ours, theirs):
            if t in (b, o) and (t == o or not self.goes_into(where)):
                return self.comments_only(where, base, ours, theirs)
            whole = where and where[-1] in mergekeys.table()["whole"] and o != b
            if not whole:
                return self.collection(where, base, ours, theirs)
        elif t in (b, o):
            return o
        if o == b:
            if not self.own_comments(base, ours, beside=False):
                return self.replace(ours, theirs)
            return self.decided(where, base, ours, theirs, OWN)
        merged = scalars.merge(self, where, base, ours, theirs)
        return merged if merged is not None else self.decided(where, base, ours, theirs)

    def is_shared_here(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> bool:
        """Tell whether a change would land in what other places share, which is a conflict."""
        node = ours.value
        name = node.anchor if node.anchor in self.shared else ""
        if not name and not self.are_collections(base, ours, theirs) and self.is_shared(node):
            name = next(one for one in anchors(node) if one in self.shared)
        if name:
            self.clash(where, base, ours, theirs, f"other places share it through the anchor {name}", final=True)
            return True
        if node.shape == "alias" and (base is None or base.value.shape != "alias"):
            reason = f"your value is the alias *{node.text}, which other places share"
            return self.clash(where, base, ours, theirs, reason) == "ours"
        return False

    def are_collections(self, base: Entry | None, ours: Entry, theirs: Entry) -> bool:
        """Tell whether ours and theirs can be taken apart together; an empty document is an empty collection."""
        sides = [one for one in (base, ours, theirs) if one and not is_empty_root(one)]
        shapes = {one.value.shape for one in sides}
        marks = {(one.value.tag, one.value.anchor) for one in (base or ours, theirs) if not is_empty_root(one)}
        if len(shapes) > 1 or not shapes <= {"map", "list"} or len(marks) > 1:
            return False
        if is_empty_root(ours):
            return is_empty_root(theirs) or is_block(theirs.value)
        return not is_empty_root(theirs) or (base is not None and is_block(ours.value))

    def comments_only(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge the comments of collections about which the sides agree; what they mean stays."""
        o = self.ours.value(ours.value)
        if self.again and not self.theirs.comments and not (self.base and self.base.comments):
            return o  # blank lines come where ours is base, once
        state = len(self.edits.made), len(self.conflicts), len(self.notes)
        if self.collection(where, base, ours, theirs) != o or len(self.conflicts) > state[1]:
            del self.edits.made[state[0] :], self.conflicts[state[1] :], self.notes[state[2] :]
        return o

    def collection(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge two maps or two lists."""
        from ..layout import blocks, flows  # noqa: PLC0415 - they walk on with this walk

        try:
            if is_block(ours.value) or is_empty_root(ours):
                return blocks.merge(self, where, base, ours, theirs)
            return flows.merge(self, where, base, ours, theirs)
        except OddError:
            return self.decided(where, base, ours, theirs)

    # --- Conflicts ----------------------------------------------------------------------------------------------------

    def clash(
        self,
        where: Where,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        reason: str = "",
        *,
        near: Entry | None = None,
        final: bool = False,
    ) -> Side:
        """Note a conflict, or return the side that the user chose; one that is ``final`` cannot be for theirs."""
        name = self.field(where)
        side = self.choose(name)
        if side == "ours" or (side and not final):
            self.taken = self.taken or side == "theirs"
            return side
        if not reason and ours and self.own_comments(base, ours, beside=theirs is None):
            reason = OWN
        line = (ours.key or ours.value).line if ours else near.value.line if near else 1
        b, o, t = show_sides(one.value if one else None for one in (base, ours, theirs))
        self.conflicts.append(Conflict(name, line, b, o, t, reason, refused=final))
        return "ours"

    def decided(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry, reason: str = "") -> Value:
        """Take the side that the user chose for values that both sides changed, or note the conflict."""
        final = bool(self.is_shared(ours.value))
        if self.clash(where, base, ours, theirs, reason, final=final) == "theirs":
            self.note_gone(where, base, ours, theirs)
            return self.replace(ours, theirs)
        return self.ours.value(ours.value)

    def note_gone(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry | None) -> None:
        """Note what a collection of ours alone has, and loses since the user chose theirs for all of it."""
        if ours.value.shape not in {"map", "list"}:
            return
        mine, *others = (leaves(one.value if one else None) for one in (ours, base, theirs))
        for one in (mine - (others[0] | others[1])).elements():
            self.remark(where, f"your value went with what you settled: {one}")

    def is_shared(self, node: Node) -> bool:
        """Tell whether the user has put aliases elsewhere to an anchor at or below a node."""
        return bool(self.shared) and any(one in self.shared for one in anchors(node))

    def own_comments(self, base: Entry | None, ours: Entry, *, beside: bool = True) -> bool:
        """Tell whether an entry of ours has comments that base has not; one beside it counts if ``beside``."""
        if ours.flow and not self.ours.comments:
            return False
        mine = Counter(self.ours.comments_in(ours.body, ours.end))
        if not beside and (note := self.ours.note(ours)):
            mine -= Counter(self.ours.comments_in(*note))
        if self.base and base:
            mine -= Counter(self.base.comments_in(base.body, base.end))
        return bool(mine)


def is_empty_root(entry: Entry) -> bool:
    """Tell whether an entry is a document that says nothing."""
    return entry.root and entry.value.shape == "scalar" and entry.value.start == entry.value.end
