"""The walk over three trees, field by field: what the result has to mean, and the edits of ours that make it so.

Three comparisons decide every field (as in jj's merge kernel): a side that equals base gives way to the other, equal
sides agree, collections are taken apart further, and the rest is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable

from .. import mergekeys
from ..yaml import Node
from . import scalars, text, titles
from .conflict import OWN, Conflict, Side
from .edits import Edits
from .elements import Entry, is_block
from .tree import OddError, Tree
from .values import NOTHING, Value, anchors, field_name, show

ABSENT: Value = ("absent",)
Where = tuple[str, ...]
Held = tuple[int, Where]  # a field, in the document of that number; "#" stands for the loose lines of a collection
LOOSE = "#"


class Walk:
    """One walk over three trees. ``base`` is None where there is none.

    Fields that are ``held`` stay as ours has them, for the ``reason`` given. ``again``: ours is the result of a walk.
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
    ) -> None:
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.choose = choose
        self.edits = Edits()
        self.conflicts: list[Conflict] = []
        self.notes: list[str] = []
        known = base.aliases if base else {}
        self.shared = frozenset(name for name, count in ours.aliases.items() if count > known.get(name, 0))
        self.families: list[mergekeys.Family] = []
        self.document: Value = None
        self.taken = False  # whether the user chose theirs somewhere
        self.held = held
        self.reason = reason
        self.again = again
        self.number = 0  # of the document
        self.title = ""  # what it is called in the paths of its fields
        self.titles: dict[Hashable, str] = {}  # of all documents
        self.mine: frozenset[Hashable] = frozenset()  # those that ours alone has
        self.entered: list[Held] = []  # what both sides have, and not alike
        self.kept: list[Conflict] = []  # where a field was held
        self._beside: dict[int, str] = {}

    # --- Entries ------------------------------------------------------------------------------------------------------

    def entry(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Merge an entry that both sides have; return what it means then."""
        b = self.base.text[base.body : base.end] if self.base and base else None
        o, t = self.ours.text[ours.body : ours.end], self.theirs.text[theirs.body : theirs.end]
        if base and b == t and base.column == theirs.column and base.flow == theirs.flow:
            return self.ours.value(ours.value)
        by = ours.column - theirs.column
        if ours.flow == theirs.flow and (o == t if not by else o == text.shift(t, by)):
            return self.ours.value(ours.value)
        self.entered.append((self.number, where))
        if (where or self.title) and self.is_held(where):
            return self.keep(where, base, ours, theirs)
        same = base and o == b and base.column == ours.column and not ours.flow and not ours.root
        if same and not self.is_shared(ours.value):
            new = text.entry_text(self.theirs, theirs, ours.column)[ours.column :]
            self.edits.put(ours.body, ours.end, new, self.theirs.comments_in(theirs.body, theirs.end))
            return self.theirs.value(theirs.value)
        if ours.whole or theirs.whole or (base and base.whole):
            return self.as_a_whole(where, base, ours, theirs)
        self.beside(where, base, ours, theirs)
        value = self.value(where, base, ours, theirs)
        self.write_beside(where, ours)
        return value

    def field(self, where: Where) -> str:
        """Return what a place in the document is called."""
        return titles.join(self.title, field_name(where))

    def is_held(self, where: Where) -> bool:
        """Tell whether a field stays as ours has it, whatever theirs has."""
        return (self.number, where) in self.held

    def keep(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> Value:
        """Leave an entry as ours has it, and note that; or take theirs if the user chose it."""
        if self.choose(self.field(where)) == "theirs":
            return self.decided(where, base, ours, theirs)
        b, o, t = (show(one.value if one else None) for one in (base, ours, theirs))
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
        new = text.entry_text(self.theirs, theirs, ours.column)[ours.column :]
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
            if t in (b, o):
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
        from . import blocks, flows  # noqa: PLC0415 - they walk on with this walk

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
        b, o, t = (show(one.value if one else None) for one in (base, ours, theirs))
        self.conflicts.append(Conflict(name, line, b, o, t, reason, refused=final))
        return "ours"

    def decided(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry, reason: str = "") -> Value:
        """Take the side that the user chose for values that both sides changed, or note the conflict."""
        final = bool(self.is_shared(ours.value))
        if self.clash(where, base, ours, theirs, reason, final=final) == "theirs":
            return self.replace(ours, theirs)
        return self.ours.value(ours.value)

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

    def remark(self, where: Where, text: str) -> None:
        """Note something about a field."""
        name = self.field(where)
        self.notes.append(f"{name}: {text}" if name else text)

    def as_theirs(self, ours: Entry, theirs: Entry) -> Value:
        """Write theirs' value in place of ours', where they differ."""
        value = self.theirs.value(theirs.value)
        return value if self.ours.value(ours.value) == value else self.replace(ours, theirs)

    # --- Writing ------------------------------------------------------------------------------------------------------

    def replace(self, ours: Entry, theirs: Entry) -> Value:
        """Write theirs' value in place of ours', the comment beside it kept."""
        value = self.theirs.value(theirs.value)
        tree, old, new = self.theirs, ours.value, theirs.value
        if ours.flow:
            self.put_inline(ours, text.flow_text(tree, new))
            return value
        if ours.root:
            return self.replace_root(ours, theirs)
        by = ours.column - theirs.column
        if not any(is_block(one) or one.style in {"|", ">"} for one in (old, new)):
            self.put_inline(ours, text.value_text(tree, new, by))
            return value
        first, rest, comments = tree.part(theirs)
        if old.style in {"|", ">"} and new.style in {"|", ">"}:  # the user's indentation stays
            indents = text.body_indent(self.ours, old), text.body_indent(tree, new)
            by = indents[0] - indents[1] if indents[0] is not None and indents[1] is not None else by
        self.put_part(ours, first, text.shift(rest, by), comments)
        return value

    def replace_root(self, ours: Entry, theirs: Entry) -> Value:
        """Write theirs' root in place of ours'."""
        spans = []
        for tree, one in ((self.ours, ours), (self.theirs, theirs)):
            block = is_block(one.value)
            low = one.value.first if block else one.value.start
            spans.append((low, max(one.end - 1, low) if block else one.value.end, tree.column(low)))
        (low, high, column), (start, end, other) = spans
        if not column and not other and not self.ours.text[ours.body : low].strip():
            low, start = ours.body, theirs.body  # with the lines above it
        new = text.shift(self.theirs.text[start:end], column - other)
        self.edits.put(low, high, new, self.theirs.comments_in(start, end))
        return self.theirs.value(theirs.value)

    def put_inline(self, ours: Entry, new: str) -> None:
        """Write a value of one piece in place of one of one piece."""
        old = ours.value
        if old.start < old.end and old.end > ours.sep:
            low = old.start if new else ours.sep
            self.edits.put(low, old.end, new)
        elif new:
            self.edits.put(ours.sep, ours.sep, f" {new}")

    def put_part(self, ours: Entry, first: str, rest: str, comments: Iterable[str]) -> None:
        """Write what is behind the colon or dash of an entry: ``first`` in its line, and ``rest`` below it."""
        note = self.ours.note(ours)
        beside = self._beside.pop(id(ours), None)
        if beside is None:
            beside = self.ours.text[slice(*note)] if note else ""
        high = ours.end - 1 if is_block(ours.value) else max(ours.last, note[1] if note else 0)
        mine = [beside.strip()] if beside.strip() else []
        self.edits.put(ours.sep, high, first + beside + rest, [*mine, *comments])

    def beside(self, where: Where, base: Entry | None, ours: Entry, theirs: Entry) -> None:
        """Decide on the comment beside an entry, before its value is written."""
        if ours.flow or theirs.flow or (base and base.flow):
            return
        b = said(self.base, base) if self.base and base else ""
        o, t = said(self.ours, ours), said(self.theirs, theirs)
        if t in (b, o) or base is None:
            return
        if o != b:
            self.remark(where, f"your comment stays, the generated one is {t or 'gone'}")
            return
        note = self.theirs.note(theirs)
        self._beside[id(ours)] = self.theirs.text[slice(*note)] if note else ""

    def write_beside(self, where: Where, ours: Entry) -> None:
        """Write the comment beside an entry, unless it was written with its value."""
        new = self._beside.pop(id(ours), None)
        if new is None:
            return
        note = self.ours.note(ours)
        if is_block(ours.value) and self.ours.compact(ours):
            self.remark(where, f"the generated comment is left out: {new.strip() or 'none'}")
            return
        if note is None:
            low = (
                ours.sep if is_block(ours.value) else ours.value.start if ours.value.style in {"|", ">"} else ours.last
            )
            high = self.ours.line_end(low)
            note = low + len(self.ours.text[low:high].rstrip()), high
        self.edits.put(*note, new, [new.strip()] if new.strip() else [])


def said(tree: Tree, entry: Entry) -> str:
    """Return the comment beside an entry, or nothing."""
    note = tree.note(entry)
    return tree.text[slice(*note)].strip() if note else ""


def is_empty_root(entry: Entry) -> bool:
    """Tell whether an entry is a document that says nothing."""
    return entry.root and entry.value.shape == "scalar" and entry.value.start == entry.value.end
