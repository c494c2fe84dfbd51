"""The field-wise merge of three parsed documents: what the merged text has to mean.

Three comparisons decide every field (as in jj's merge kernel): a side that equals base gives way to the other, equal
sides agree, maps and keyed lists are taken apart further, and the rest is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from merge3 import Merge3

from ..yaml import Node
from . import image
from .conflict import Conflict, Side
from .values import Keyed, ListKeys, Value, aliases, children, field_name, item_key, list_keys, show, value_of

_ABSENT = ("absent",)
# Maps that mean something only as a whole: half of a selector selects other pods.
_ATOMIC = frozenset({"selector", "matchLabels"})
Where = tuple[str, ...]


@dataclass(frozen=True)
class Substitution:
    """A scalar that all three texts write alike before their lines are merged: as one side does, or as ``text``."""

    base: Node | None
    ours: Node
    theirs: Node
    side: Side | None
    text: str = ""


@dataclass
class Outcome:
    """What the documents merge to, the conflicts left, and the scalars that were settled on the way."""

    expected: Value = None
    conflicts: list[Conflict] = field(default_factory=list)
    substitutions: list[Substitution] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settled: set[Side] = field(default_factory=set)


def merge_streams(
    base: Sequence[Node], ours: Sequence[Node], theirs: Sequence[Node], choose: Callable[[str], Side | None]
) -> Outcome:
    """Merge the documents of three streams; ``choose`` returns the side that the user takes for a conflicting field."""
    walk = _Walk(choose)
    known = aliases(base)
    walk.shared = frozenset(name for name, count in aliases(ours).items() if count > known[name])
    streams = (base, ours, theirs)
    identified = [_identified(one) for one in streams]
    if len(ours) == len(theirs) and (not base or len(base) == len(ours)) and not _crossed(identified):
        padded: Sequence[Node | None] = base or [None] * len(ours)
        walk.outcome.expected = [_filled(walk.node((), *three)) for three in zip(padded, ours, theirs, strict=True)]
        return walk.outcome
    if any(one is None for one in identified):
        walk.clash((), None, ours[0] if ours else None, None, "the documents of the file cannot be told apart")
        return walk.outcome
    b, o, t = (dict(one or {}) for one in identified)
    walk.outcome.expected = Keyed(("",), {})
    merged = {key: walk.node((), b.get(key), o.get(key), t.get(key)) for key in dict.fromkeys([*o, *t, *b])}
    walk.outcome.expected = {key: one for key, one in merged.items() if one is not _ABSENT}
    return walk.outcome


def identify(documents: Sequence[Node], expected: Value) -> Value:
    """Return the value of a merged stream in the form that ``expected`` has."""
    if isinstance(expected, dict):
        return {key: value_of(one) for key, one in (_identified(documents) or {}).items()}
    return [value_of(one) for one in documents]


def _filled(value: Value) -> Value:
    return ("null", "") if value is _ABSENT else value


def _crossed(identified: list[dict[Any, Node] | None]) -> bool:
    """Tell whether documents that can be told apart stand in different places."""
    known = [list(one) for one in identified if one]
    return len(known) > 1 and any(one != known[0] and set(one) & set(known[0]) for one in known) and len(known[0]) > 1


def _identified(documents: Sequence[Node]) -> dict[Any, Node] | None:
    """Return documents by group, kind, namespace and name, or None where that does not tell them apart."""
    out: dict[Any, Node] = {}
    for document in documents:
        value = value_of(document)
        group = item_key(value, ("apiVersion",)) or (("str", ""),)
        identity = (group[0][1].partition("/")[0], item_key(value, ("kind",)), item_key(value, ("metadata.name",)))
        key = (*identity, item_key(value, ("metadata.namespace",)))
        if None in identity or key in out:
            return None
        out[key] = document
    return out


class _Walk:
    """One walk over three documents."""

    def __init__(self, choose: Callable[[str], Side | None]) -> None:
        self.choose = choose
        self.outcome = Outcome()
        self.automated = False
        self.near = 1
        self.shared: frozenset[str] = frozenset()

    def node(self, where: Where, base: Node | None, ours: Node | None, theirs: Node | None) -> Value:
        """Return what three nodes merge to, ``_ABSENT`` for nothing."""
        b, o, t = (value_of(one) if one else _ABSENT for one in (base, ours, theirs))
        if not where and isinstance(o, dict):
            self.automated = image.is_automated(o)
        if o == b != t and ours and theirs and self.shares(ours):
            if ours.anchor or ours.shape != theirs.shape or ours.shape not in {"map", "list"}:
                return self.clash(where, base, ours, theirs, f"other places share it through the anchor {ours.anchor}")
            return (
                self.mapped(where, base, ours, theirs)
                if ours.shape == "map"
                else self.listed(where, base, ours, theirs)
            )
        if o in (b, t) or t == b:
            side: Side = "theirs" if o == b else "ours"
            if base and ours and theirs and not o == b == t:
                self.align(where, base, ours, theirs, side)
            return t if o == b else o
        if ours and theirs and not ours.anchor:
            atomic = where[-1:] and where[-1] in _ATOMIC
            if ours.shape == theirs.shape == "map" and (base is None or base.shape == "map") and not atomic:
                return self.mapped(where, base, ours, theirs)
            if ours.shape == theirs.shape == "list" and (base is None or base.shape == "list"):
                return self.listed(where, base, ours, theirs)
            if where and where[-1] == "image" and (merged := self.image(where, base, ours, theirs)):
                return merged
        reason = ""
        if ours and (ours.anchor or ours.shape == "alias"):
            reason = f"your value has the anchor or alias {ours.anchor or ours.text}, which other places share"
        return self.clash(where, base, ours, theirs, reason)

    def shares(self, ours: Node) -> bool:
        """Tell whether the user has put aliases elsewhere to an anchor at or below a node."""
        return bool(self.shared) and (ours.anchor in self.shared or any(map(self.shares, children(ours))))

    def align(self, where: Where, base: Node, ours: Node, theirs: Node, side: Side) -> None:
        """Note the scalars below three nodes that only ``side`` changed, so that lines beside them do not clash."""
        if ours.anchor or not base.shape == ours.shape == theirs.shape:
            return
        if ours.shape == "map":
            self.mapped(where, base, ours, theirs)
        elif ours.shape == "list":
            values = tuple([value_of(one) for one in node.items] for node in (base, ours, theirs))
            if list_keys(where[-1] if where else "", values) or _paired(values):
                self.listed(where, base, ours, theirs)
        elif ours.shape == "scalar":
            self.substitute(Substitution(base, ours, theirs, side))

    def substitute(self, one: Substitution) -> None:
        """Keep a substitution, unless a block scalar is in it, whose span cannot be exchanged."""
        nodes = [node for node in (one.base, one.ours, one.theirs) if node]
        if all(
            node.shape == "scalar" and not node.anchor and node.style not in {"|", ">"} and node.start < node.end
            for node in nodes
        ):
            self.outcome.substitutions.append(one)

    def mapped(self, where: Where, base: Node | None, ours: Node, theirs: Node) -> Value:
        b, o, t = ({_plain_key(k): (k, v) for k, v in one.pairs} if one else {} for one in (base, ours, theirs))
        out: dict[Any, Value] = {}
        for key in dict.fromkeys([*o, *t, *b]):
            self.near = ours.line
            one = self.node((*where, key[1]), *(side[key][1] if key in side else None for side in (b, o, t)))
            if one is not _ABSENT:
                out[key] = one
        return out

    def listed(self, where: Where, base: Node | None, ours: Node, theirs: Node) -> Value:
        nodes = [list(one.items) if one else [] for one in (base, ours, theirs)]
        sides = tuple([value_of(one) for one in side] for side in nodes)
        keys = list_keys(where[-1] if where else "", sides)
        if keys is None and base and _paired(sides):
            return [self.node((*where, f"[{n}]"), *three) for n, three in enumerate(zip(*nodes, strict=True))]
        if keys is None:
            return self.sequence(where, sides, base, ours, theirs)
        by_key = [
            {item_key(v, keys.keys): n for v, n in zip(s, side, strict=True)}
            for s, side in zip(sides, nodes, strict=True)
        ]
        order = _merged_order(by_key, keys)
        if order is None:
            return self.clash(where, base, ours, theirs, "both sides changed the order")
        out = {}
        for key in dict.fromkeys([*order, *by_key[1], *by_key[2], *by_key[0]]):
            self.near = ours.line
            name = ",".join(f"{k}={v[1]}" for k, v in zip(keys.keys, key, strict=True))
            one = self.node((*where, f"[{name}]"), *(side.get(key) for side in by_key))
            if one is not _ABSENT:
                out[key] = one
        if not keys.ordered:
            return Keyed(keys.keys, out)
        for key in (one for one in out if one not in order):  # kept by choice: behind what it stood behind in ours
            mine = list(by_key[1])
            before = [one for one in mine[: mine.index(key)] if one in order] if key in by_key[1] else order
            order.insert(order.index(before[-1]) + 1 if before else 0, key)
        return [out[key] for key in order if key in out]

    def sequence(
        self, where: Where, sides: tuple[list[Value], ...], base: Node | None, ours: Node, theirs: Node
    ) -> Value:
        """Merge a list whose items have no key: whole items, in order."""
        merged = _sequence(*([_Item(one) for one in side] for side in sides))
        if merged is None:
            return self.clash(where, base, ours, theirs)
        return [one.value for one in merged]

    def image(self, where: Where, base: Node | None, ours: Node, theirs: Node) -> Value | None:
        """Merge an image reference by its parts; of two tags, ours stays where a bot owns it."""
        texts = [one.text if one and one.tag == "str" else None for one in (base, ours, theirs)]
        merged = image.merge(*texts, automated=self.automated)
        if merged is None:
            return None
        text, kept = merged
        if kept:
            self.outcome.notes.append(f"{field_name(where)}: kept {kept}, which image automation owns")
        self.substitute(Substitution(base, ours, theirs, None, text))
        return ("str", text)

    def clash(self, where: Where, base: Node | None, ours: Node | None, theirs: Node | None, reason: str = "") -> Value:
        """Note a conflict, or settle it as the user chose."""
        name = field_name(where)
        side = self.choose(name)
        if side:
            self.outcome.settled.add(side)
            if ours and theirs:
                self.substitute(Substitution(base, ours, theirs, side))
            chosen = ours if side == "ours" else theirs
            return value_of(chosen) if chosen else _ABSENT
        line = ours.line if ours else self.near
        self.outcome.conflicts.append(Conflict(name, line, show(base), show(ours), show(theirs), reason))
        return value_of(ours) if ours else _ABSENT


class _Item:
    """A list item that a sequence matcher can hash."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.text = repr(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Item) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def _sequence(base: list[Any], ours: list[Any], theirs: list[Any]) -> list[Any] | None:
    """Merge three sequences of hashable items, or return None where both changed one place."""
    out: list[Any] = []
    for group in Merge3(base, ours, theirs).merge_groups():
        if group[0] == "conflict":
            return None
        out += group[1]
    # What both sides moved would be there twice or not at all: every item has to be there as often as it should.
    b, o, t, merged = (Counter(one) for one in (base, ours, theirs, out))
    for item in {*b, *o, *t}:
        wanted = {o[item]: t[item], t[item]: o[item]}.get(b[item], o[item] if o[item] == t[item] else -1)
        if merged[item] != wanted:
            return None
    return out


def _paired(sides: tuple[list[Value], ...]) -> bool:
    """Tell whether the items of three lists of maps without a key are the same ones, each at its place.

    They are if the counts agree and no item resembles another one of base more than that at its own place.
    """
    base = sides[0]
    if (
        len({len(one) for one in sides}) != 1
        or len(base) > 100
        or not all(isinstance(item, dict) for side in sides for item in side)
    ):
        return False

    def alike(item: dict[Any, Value], other: dict[Any, Value]) -> int:
        return sum(other.get(key) == value for key, value in item.items())

    return all(
        alike(item, base[n]) > 0 and alike(item, base[n]) >= max(alike(item, other) for other in base)
        for side in sides[1:]
        for n, item in enumerate(side)
    )


def _merged_order(by_key: list[dict[Any, Node]], keys: ListKeys) -> list[Any] | None:
    base, ours, theirs = (list(one) for one in by_key)
    return _sequence(base, ours, theirs) if keys.ordered else list(dict.fromkeys([*ours, *theirs, *base]))


def _plain_key(node: Node) -> Any:
    if node.shape == "scalar":
        return (node.tag, node.text)
    return ("complex", repr(value_of(node)))
