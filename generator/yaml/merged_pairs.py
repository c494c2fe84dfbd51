"""Apply merge keys (``<<``) as the program does that reads a document: programs differ in what overrides what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..errors import Code, Problem
from .dialect import resolve
from .parse import Node

Pair = tuple[Node, Node]


@dataclass(frozen=True)
class StructFields:
    """The fields of a configuration that a Go program decodes into structs.

    go-yaml decodes each source of a merge key into the struct, over what is there. ``maps`` are Go maps: they are
    united, and a key that is set twice is an error. Other maps are structs, and united field by field, except
    ``reset``, which start anew each time. Lists replace lists, except ``extended``. ``uncertain`` are maps whose result
    is not known. ``repeated`` has, for a struct, its list that each decoding appends to another one.
    """

    maps: frozenset[str]
    reset: frozenset[str] = frozenset()
    extended: frozenset[str] = frozenset()
    uncertain: frozenset[str] = frozenset()
    repeated: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reader:
    """What a program does with merge keys.

    ``in_order``: it sets pair by pair, so that a merge key overrides the keys before it; otherwise a map's own keys
    always win. Of a list of sources, earlier ones win. ``several``: a map may have more than one merge key. ``agree``:
    keys that other programs read differently are problems. ``lenient``: nothing is a problem.
    """

    name: str
    in_order: bool = False
    several: bool = False
    agree: bool = False
    lenient: bool = False
    fields: StructFields | None = None


ANY = Reader("any program", several=True, lenient=True)
OWN_KEYS_WIN = Reader("the program that reads it")  # PyYAML, go-yaml v3 (kind), GitHub
GO_MAPS = Reader("Helm", in_order=True, several=True)  # go-yaml v2 into maps: Helm, and kustomize for its own file
KUBERNETES = Reader("kubectl", in_order=True, agree=True)  # go-yaml v2, but kustomize's resources: own keys win


def is_merge_key(key: Node) -> bool:
    """Tell whether a key of a map is a merge key: ``<<``, neither quoted nor tagged as text."""
    if key.text != "<<" or key.shape != "scalar":
        return False
    return key.explicit in {"!", "merge"} if key.explicit else not key.style


@dataclass(frozen=True, slots=True)
class _Entry:
    """A pair of a map, and the merge key that it comes from."""

    key: Node
    value: Node
    merge: Node | None = None

    @property
    def place(self) -> Node:
        return self.merge or self.key


_Entries = dict[object, _Entry]


@dataclass
class MergeRules:
    """The rules of a reader, and the problems found so far in a text."""

    path: str
    reader: Reader
    problems: list[Problem] = field(default_factory=list)

    def within_map(self, key: Node, above: bool) -> bool:
        """Tell whether the value of a key is a Go map, or below one, for a reader with structs."""
        return self.reader.fields is not None and (above or key.text in self.reader.fields.maps)

    def pairs(self, node: Node, pairs: tuple[Pair, ...], go_map: bool) -> tuple[Pair, ...]:
        """Return the pairs of a map with its merge keys applied; ``pairs`` are those of ``node`` expanded."""
        merges = [number for number, (key, _) in enumerate(node.pairs) if is_merge_key(key)]
        if not merges:
            return pairs
        if len(merges) > 1 and not self.reader.several:
            first, again = node.pairs[merges[0]][0], node.pairs[merges[1]][0]
            message = f"the key '<<' is duplicated, in line {first.line} and in line {again.line}"
            self.problem(again, message, "write one merge key with a list: <<: [*a, *b]", "duplicate-key")
        into: _Entries = {}
        own = [one for number, one in enumerate(pairs) if number not in merges]
        if not self.reader.in_order:
            into = {_name(key): _Entry(key, value) for key, value in own}
        for number, (key, value) in enumerate(pairs):
            if number not in merges:
                if self.reader.in_order:
                    self.put(into, _Entry(key, value), go_map)
                continue
            for source in self.sources(key, value, node.pairs[number][1]):
                for name, one in source.pairs:
                    self.put(into, _Entry(name, one, key), go_map)
        return tuple((one.key, one.value) for one in into.values())

    def sources(self, key: Node, value: Node, written: Node) -> Iterator[Node]:
        """Return the maps that a merge key names, in the order in which they are merged."""
        found = value.items if value.shape == written.shape == "list" else (value,)
        if any(one.shape != "map" for one in found):
            message = "has a merge key (<<) whose value is neither a map nor a list of maps"
            self.problem(key, message, "name maps, such as <<: *defaults, or remove the merge key")
        maps = [one for one in found if one.shape == "map"]
        return reversed(maps) if self.reader.in_order else iter(maps)

    def put(self, into: _Entries, entry: _Entry, go_map: bool) -> None:
        """Put a pair into a map, over what is there."""
        fields = self.reader.fields
        name: object = _name(entry.key) if fields is None else entry.key.text
        before = into.get(name)
        if before is None:
            into[name] = entry
        elif not self.reader.in_order:
            return
        elif fields is not None:
            into[name] = self.decoded(before, entry, fields, go_map)
        else:
            if self.reader.agree and entry.merge is not None and before.merge is None:
                message = (
                    f"the key {before.key.text!r} is set again by the merge key in line {entry.merge.line}: "
                    "kubectl takes the value of the merge key, kustomize this one"
                )
                hint = "put the merge key before it, or remove one of the two"
                self.problem(before.key, message, hint, "duplicate-key")
            into[name] = entry

    def decoded(self, before: _Entry, entry: _Entry, fields: StructFields, go_map: bool) -> _Entry:
        """Return what a struct or a Go map has after a field, or a key, is decoded over a value."""
        name, old, new = entry.key.text, before.value, entry.value
        if go_map:
            message = f"sets the key {name!r} of a map twice, here and in line {before.place.line}, by a merge key"
            self.problem(entry.place, message, f"remove one: {self.reader.name} refuses this", "duplicate-key")
            return entry
        if old.shape == new.shape == "list" and name in fields.extended:
            return self.united(entry, replace(new, items=(*old.items, *new.items)))
        if old.shape != "map" or new.shape != "map" or name in fields.reset:
            return entry
        if name in fields.uncertain:
            message = f"sets {name} twice, here and in line {before.place.line}, by a merge key"
            self.problem(entry.place, message, "write it once: the result of both is not known")
        inner: _Entries = {key.text: _Entry(key, one, before.merge) for key, one in old.pairs}
        for key, one in new.pairs:
            self.put(inner, _Entry(key, one, entry.merge), name in fields.maps)
        for struct, listed in fields.repeated:
            if struct == name:
                _repeat(inner, old, new, listed)
        return self.united(entry, replace(new, pairs=tuple((one.key, one.value) for one in inner.values())))

    def united(self, entry: _Entry, value: Node) -> _Entry:
        """Return an entry with a value of several places; its key is another node than the user's."""
        return _Entry(replace(entry.key), value, entry.merge)

    def problem(self, at: Node, message: str, hint: str, code: Code = "") -> None:
        """Note a problem, unless the reader is lenient."""
        if not self.reader.lenient:
            self.problems.append(Problem(self.path, at.line, at.column, message, hint, code=code))


def _repeat(inner: _Entries, old: Node, new: Node, listed: str) -> None:
    """Extend a list of a struct that is decoded twice: each decoding appends the list, even one of the first time."""
    first, second = old.pair(listed), new.pair(listed)
    if first is None or not first[1].items:
        return
    if second is None:
        added = first[1].items
    elif second[1].shape == "list" and not second[1].items:
        return
    else:
        added = second[1].items
    # All labels (...) is a mark, which is set or not.
    known = {one.text for one in first[1].items if one.text == "..."}
    items = [*first[1].items, *(one for one in added if one.text not in known)]
    inner[listed] = _Entry(replace(first[0]), replace(first[1], items=tuple(items)))


def _name(key: Node) -> object:
    """Return what identifies a key of a map: its value."""
    if key.shape != "scalar":
        return id(key)
    return ("str", key.text) if key.style or key.explicit else resolve(key.text, "go")
