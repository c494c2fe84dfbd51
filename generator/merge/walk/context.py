"""The context of a walk over three trees: edits and conflicts so far, what the user settled, and how to descend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ... import mergekeys
from ...yaml import Node
from ...yaml.meaning import YamlValue, anchored, anchors, line_of_alias, line_of_anchor
from ..identity.documentmatch import DocumentMatcher
from ..outcome import OWN, Conflict, Side
from ..syntax.display import leaves, shown_sides
from ..syntax.elements import YamlEntry
from ..syntax.spantree import SpanTree
from .bound import Held, Seen
from .writer import Place, Trees, Writer

ABSENT: YamlValue = ("absent",)
Choose = Callable[[str], Side | None]  # the side that the user settled a field for
# Merge an entry that both sides have, and return its value: place, base, ours, theirs.
Descend = Callable[["Walk", Place, YamlEntry | None, YamlEntry, YamlEntry], YamlValue]


@dataclass(frozen=True, slots=True)
class WalkState:
    """The numbers of edits, conflicts and notes at some moment of a walk."""

    edits: int
    conflicts: int
    notes: int


class Walk(Writer):
    """One walk over three trees.

    Fields that are ``held`` are kept as in ours, for the ``reason`` given. ``again``: ours is the result of a walk.
    A walk with ``seen`` descends into everything that differs, and records it there.
    """

    def __init__(
        self,
        trees: Trees,
        choose: Choose,
        descend: Descend,
        *,
        held: frozenset[Held] = frozenset(),
        reason: str = "",
        again: bool = False,
        seen: Seen | None = None,
    ) -> None:
        super().__init__(trees)
        self.choose = choose
        self.descend = descend
        self.conflicts: list[Conflict] = []
        known = trees.base.aliases if trees.base else {}
        self.shared = frozenset(name for name, count in trees.ours.aliases.items() if count > known.get(name, 0))
        self.resolves = _resolves(trees)
        self.families: list[mergekeys.Family] = []
        self.document: YamlValue = None
        self.taken = False  # whether the user chose theirs for any field
        self.held = held
        self.reason = reason
        self.again = again
        self.number = 0  # of the document
        self.titles: dict[Hashable, str] = {}  # names of the documents
        self.matcher: DocumentMatcher | None = None  # of the documents of base and theirs
        self.mine: frozenset[Hashable] = frozenset()  # those that only ours has
        self.entered: list[Held] = []  # fields that both sides have with different values
        self.kept: list[Conflict] = []  # fields that were held
        self.seen = seen
        self.bound: dict[Held, Side] = {}  # fields that must fit together, and the side they are taken from

    # --- Entries ------------------------------------------------------------------------------------------------------

    def state(self) -> WalkState:
        """Return the current state of the walk, for ``undo``."""
        return WalkState(len(self.edits.made), len(self.conflicts), len(self.notes))

    def undo(self, state: WalkState) -> None:
        """Remove the edits, conflicts and notes added after a state."""
        del self.edits.made[state.edits :], self.conflicts[state.conflicts :], self.notes[state.notes :]

    def is_held(self, where: Place) -> bool:
        """Return whether a field is kept as in ours, regardless of theirs."""
        return (self.number, where) in self.held

    def goes_into(self, where: Place) -> bool:
        """Return whether the walk descends into an entry that one side has as base does."""
        if self.seen is not None or not self.bound:
            return self.seen is not None
        size = len(where)
        return any(number == self.number and one[:size] == where and len(one) > size for number, one in self.bound)

    def keep(self, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry) -> YamlValue:
        """Keep an entry of ours and record that, or take theirs if the user chose it."""
        if self.choose(self.field(where)) == "theirs":
            return self.decided(where, base, ours, theirs)
        b, o, t = shown_sides(one.value if one else None for one in (base, ours, theirs))
        line = (ours.key or ours.value).line
        self.kept.append(Conflict(self.field(where), line, b, o, t, self.reason))
        return self.ours.value(ours.value)

    def values(
        self, base: YamlEntry | None, ours: YamlEntry | None, theirs: YamlEntry | None
    ) -> tuple[YamlValue, YamlValue, YamlValue]:
        """Return the values of three entries; ABSENT for one that does not exist."""
        return (
            self.base.value(base.value) if self.base and base else ABSENT,
            self.ours.value(ours.value) if ours else ABSENT,
            self.theirs.value(theirs.value) if theirs else ABSENT,
        )

    def look(self, tree: SpanTree, node: Node) -> YamlValue:
        """Return what a node says: in ours without the user's anchors, aliases and merge keys.

        It tells which items are the same. How one is written only matters where it would be replaced.
        """
        found = tree.resolved.value(node) if self.resolves and tree is self.ours else None
        return tree.value(node) if found is None else found

    def looks(
        self, base: YamlEntry | None, ours: YamlEntry | None, theirs: YamlEntry | None
    ) -> tuple[YamlValue, YamlValue, YamlValue]:
        """Return what three entries say; ABSENT for one that does not exist."""
        b, o, t = self.values(base, ours, theirs)
        return b, self.look(self.ours, ours.value) if ours and self.resolves else o, t

    # --- Conflicts ----------------------------------------------------------------------------------------------------

    def clash(
        self,
        where: Place,
        base: YamlEntry | None,
        ours: YamlEntry | None,
        theirs: YamlEntry | None,
        reason: str = "",
        *,
        near: YamlEntry | None = None,
        final: bool = False,
        comment: bool = False,
    ) -> Side:
        """Record a conflict, or return the side that the user chose; a ``final`` one cannot be settled for theirs.

        ``comment``: it is about the comment of a value, which may be the same on all sides.
        """
        name = self.field(where)
        side = self.choose(name)
        if side == "ours" or (side and not final):
            self.taken = self.taken or side == "theirs"
            return side
        if not reason and ours and self.own_comments(base, ours, end_of_line=theirs is None):
            reason = OWN
        line = (ours.key or ours.value).line if ours else near.value.line if near else 1
        b, o, t = shown_sides(one.value if one else None for one in (base, ours, theirs))
        self.conflicts.append(Conflict(name, line, b, o, t, reason, refused=final, comment=comment))
        return "ours"

    def decided(
        self, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry, reason: str = ""
    ) -> YamlValue:
        """Take the side that the user chose for values that both sides changed, or record the conflict."""
        final = bool(self.is_shared(ours.value))
        if self.clash(where, base, ours, theirs, reason, final=final) == "theirs":
            self.note_gone(where, base, ours, theirs)
            return self.replace(ours, theirs)
        return self.ours.value(ours.value)

    def note_gone(self, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry | None) -> None:
        """Add notes about values that only ours has, and that are lost because the user chose theirs."""
        if ours.value.shape not in {"map", "list"}:
            return
        mine, *others = (leaves(one.value if one else None) for one in (ours, base, theirs))
        for one in (mine - (others[0] | others[1])).elements():
            self.remark(where, f"your value was replaced by your choice: {one}")

    def is_shared(self, node: Node) -> bool:
        """Return whether the user added aliases elsewhere to an anchor at or below a node."""
        return bool(self.shared) and any(one in self.shared for one in anchors(node))

    def shared_reason(self, node: Node, *, whole: bool = False) -> str:
        """Return why a node that is shared cannot change: the anchor, and where it is used.

        ``whole`` prefers the anchor of the node itself.
        """
        found = [one for one in anchored(node) if one.anchor in self.shared]
        one = node if whole and node.anchor in self.shared else found[0]
        line = line_of_alias(self.ours.roots, one.anchor, one.start)
        place = f", in line {line}" if line else ""
        return f"it is used elsewhere through the anchor {one.anchor}{place}: write out there what it stands for"

    def alias_reason(self, alias: Node) -> str:
        """Return why the value of an alias is not changed without asking."""
        line = line_of_anchor(self.ours.roots, alias)
        place = f" of line {line}" if line else ""
        found = f"yours is the alias *{alias.text}{place}, and would change there too"
        return f"{found}: write it out here, or take the generated one"

    def own_comments(self, base: YamlEntry | None, ours: YamlEntry, *, end_of_line: bool = True) -> bool:
        """Return whether an entry of ours has comments that base lacks; ``end_of_line``: the one behind it counts."""
        if ours.flow and not self.ours.comments:
            return False
        mine = Counter(self.ours.comments_in(ours.body, ours.end))
        if not end_of_line and (note := self.ours.note(ours)):
            mine -= Counter(self.ours.comments_in(*note))
        if self.base and base:
            mine -= Counter(self.base.comments_in(base.body, base.end))
        return bool(mine)


def _resolves(trees: Trees) -> bool:
    """Return whether all anchors and merge keys are the user's: none of base and theirs, whose values may change."""
    others = [one for one in (trees.base, trees.theirs) if one]
    if not ("&" in trees.ours.text or "<<" in trees.ours.text) or any("<<" in one.text for one in others):
        return False
    return not any(trees.ours.anchors.keys() & one.anchors.keys() for one in others)
