"""The documents of three streams: which are the same ones, and the edits that bring theirs' changes into ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from . import keys, lines
from .elements import Part
from .fields import Walk
from .likeness import likeness
from .pairing import ALIKE, MARGIN, MAX_WINDOW
from .tree import Tree
from .values import NOTHING, Value, hashable, item_at

Values = list[Value]


def values(tree: Tree) -> Values:
    """Return what the documents of a text mean; one without any says as much as one that is empty."""
    return [tree.value(one) for one in tree.roots] or [NOTHING]


def merge(walk: Walk) -> Values:
    """Merge the documents; return what they mean then."""
    b, o, t = (tree.parts if tree else [] for tree in (walk.base, walk.ours, walk.theirs))
    tokens = _matched(walk, b, o, t)
    if tokens is None:
        if walk.clash((), None, None, None, "the documents of the file cannot be told apart") == "theirs":
            walk.clash((), None, None, None, "the documents of the file cannot be told apart", final=True)
        return values(walk.ours)
    base, ours, theirs = (dict(zip(names, parts, strict=True)) for names, parts in zip(tokens, (b, o, t), strict=True))
    out: dict[Hashable, Value] = {}
    gone: list[Part] = []
    for number, (token, one) in enumerate(ours.items()):
        walk.number = number
        before, after = base.get(token), theirs.get(token)
        if after is not None:
            out[token] = _document(walk, before, one, after)
        elif before is None or not _is_deleted(walk, before, one):
            out[token] = walk.ours.value(one.root.value)
        else:
            gone.append(one)
    _delete(walk, o, gone)
    kept = list(out)
    first = next(iter(ours.values()), None)
    new: dict[Hashable, list[Hashable]] = {}  # by the document that they come behind
    behind: Hashable = None
    for token, part in theirs.items():
        if token in out:
            behind = token
            continue
        if token in ours:
            continue
        before = base.get(token)
        if before is not None:
            same = walk.base and walk.base.value(before.root.value) == walk.theirs.value(part.root.value)
            if same or walk.clash((), before.root, None, part.root, "you deleted this document") == "ours":
                continue
        _insert(walk, ours.get(behind), first, part)
        out[token] = walk.theirs.value(part.root.value)
        new.setdefault(behind, []).append(token)
    order = [*new.get(None, ()), *(one for token in kept for one in (token, *new.get(token, ())))]
    return [out[token] for token in order] or [NOTHING]


def _document(walk: Walk, base: Part | None, ours: Part, theirs: Part) -> Value:
    """Merge one document: its head by lines, its root field by field."""
    texts = [
        tree.text[one.start : one.body] if tree and one else ""
        for tree, one in zip((walk.base, walk.ours, walk.theirs), (base, ours, theirs), strict=True)
    ]
    if base and texts[0] != texts[2]:
        segments = lines.merge(*texts, finer=False)
        if not lines.hunks(segments):
            new = lines.resolve(segments, "ours")
            if new != texts[1] and new.count("---") == texts[1].count("---"):
                walk.edits.put(ours.start, ours.body, new, _comments_of(new))
    # As base sees it, or theirs: so it is the same when the result is merged again.
    walk.document = walk.base.value(base.root.value) if walk.base and base else walk.theirs.value(theirs.root.value)
    walk.families = keys.families(walk.document)
    return walk.entry((), base.root if base else None, ours.root, theirs.root)


def _comments_of(head: str) -> list[str]:
    found = (line.partition("#") for line in head.split("\n") if not line.startswith("%"))
    return [f"#{text}".rstrip() for _, sign, text in found if sign]


def _is_deleted(walk: Walk, before: Part, ours: Part) -> bool:
    """Tell whether a document that theirs has no more goes."""
    tree = walk.base
    if tree and walk.ours.text[ours.start : ours.end].strip() == tree.text[before.start : before.end].strip():
        return True
    return walk.clash((), before.root, ours.root, None, "you edited this document") == "theirs"


def _delete(walk: Walk, parts: Sequence[Part], gone: Sequence[Part]) -> None:
    """Delete documents; what comes first then is written as the first one was, with a ``---`` or without."""
    for one in gone:
        walk.edits.put(one.start, one.end, "")
    numbers = {id(one) for one in gone}
    left = [one for one in parts if id(one) not in numbers]
    if left and left[0] is not parts[0] and not parts[0].document.explicit and left[0].document.explicit:
        start = walk.ours.text.rfind("\n", 0, left[0].document.content) + 1
        if left[0].body == walk.ours.behind(start) and left[0].document.start == start:
            walk.edits.put(start, left[0].body, "", walk.ours.comments_in(start, left[0].body)[:0])


def _insert(walk: Walk, behind: Part | None, first: Part | None, part: Part) -> None:
    """Write a document of theirs behind one of ours, or before the first."""
    text = walk.theirs.text[part.start : part.end]
    at = behind.end if behind else first.start if first else 0
    if behind is None and first and not first.document.explicit:
        text += "---\n"
    elif not part.document.explicit:
        text = f"---\n{text}"
    walk.edits.put(at, at, text, walk.theirs.comments_in(part.start, part.end))


def _matched(
    walk: Walk, base: Sequence[Part], ours: Sequence[Part], theirs: Sequence[Part]
) -> tuple[list[Hashable], list[Hashable], list[Hashable]] | None:
    """Return what tells the documents of each side apart, equal for the same ones, or None where nothing does."""
    if len(ours) == len(theirs) == 1 and (walk.base is None or len(base) == 1):
        return ["only"] * len(base), ["only"], ["only"]
    mine, there = (_Side(tree, parts) for tree, parts in ((walk.ours, ours), (walk.theirs, theirs)))
    before = _Side(walk.base, base) if walk.base else None
    tokens: list[Hashable] = [("base", number) for number in range(len(base))]
    o: list[Hashable]
    t: list[Hashable]
    if before is None:
        o = [("ours", number) for number in range(len(ours))]
        found = _corresponding(mine, there)
        return None if found is None else ([], o, _named(found, o, "theirs", len(theirs)))
    new = _corresponding(before, there)
    old = _corresponding(before, mine, there, new) if new is not None else None
    if old is None or new is None:
        return None
    for n in before.doubtful | before.renamed:
        if n in old and n in new and mine.values[old[n]] != before.values[n] != there.values[new[n]]:
            if n in before.doubtful:
                return None
            # Which is which is not certain: each side deleted one and added another.
            for side, names in ((old, mine.names), (new, there.names)):
                if names[side[n]] != before.names[n]:
                    del side[n]
    o, t = _named(old, tokens, "ours", len(ours)), _named(new, tokens, "theirs", len(theirs))
    added = {mine.look(n): token for n, token in enumerate(o) if token == ("ours", n)}
    for n, token in enumerate(t):
        if token == ("theirs", n):
            t[n] = added.pop(there.look(n), token)
    return tokens, o, t


class _Side:
    """The documents of one side: what they mean, and what they are called."""

    def __init__(self, tree: Tree, parts: Sequence[Part]) -> None:
        self.values = [tree.value(one.root.value) for one in parts]
        names = [_identity(one) for one in self.values]
        counts = Counter(names)
        self.names = [one if one and counts[one] == 1 else None for one in names]
        self.doubtful: set[int] = set()  # paired only since they stand in the same place
        self.renamed: set[int] = set()  # paired only since they are alike, under another name

    def look(self, number: int) -> Hashable:
        """Return the name of a document, or what it means if it has none of its own."""
        return self.names[number] or hashable(self.values[number])


def _named(found: dict[int, int], tokens: list[Hashable], name: str, count: int) -> list[Hashable]:
    other = {there: tokens[one] for one, there in found.items()}
    return [other.get(number, (name, number)) for number in range(count)]


def _corresponding(
    one: _Side, other: _Side, third: _Side | None = None, known: Mapping[int, int] | None = None
) -> dict[int, int] | None:
    """Return which documents of a side are which of another: by name, by group and kind, then by position.

    ``known`` tells which documents of a ``third`` side are which of the first: what is called or looks like one of
    those is the same.
    """
    if len(one.values) == len(other.values) == 1:
        return {0: 0}
    there = {name: n for n, name in enumerate(other.names) if name}
    found = {n: there[name] for n, name in enumerate(one.names) if name in there}
    aside = {n: third.values[m] for n, m in (known or {}).items()} if third else {}
    taken = set(found.values())
    for n, m in (known or {}).items():
        name = third.names[m] if third else None
        if n not in found and name in there and there[name] not in taken:
            found[n] = there[name]
            taken.add(found[n])
    _pair_migrated(one, other, found)
    taken = set(found.values())
    left = [n for n in range(len(one.values)) if n not in found]
    rest = [n for n in range(len(other.values)) if n not in taken]
    sorts = [[(side.names[n] or (None, None))[:2] for n in numbers] for side, numbers in ((one, left), (other, rest))]
    counts = [Counter(one) for one in sorts]
    place = dict(zip(sorts[1], rest, strict=True))
    for n, sort in zip(left, sorts[0], strict=True):
        if sort[1] and counts[0][sort] == counts[1][sort] == 1:
            found[n] = place[sort]
            taken.add(found[n])
    _pair_alike(one, other, aside, found)
    left = [n for n in range(len(one.values)) if n not in found]
    taken = set(found.values())
    rest = [n for n in range(len(other.values)) if n not in taken]
    if not left or not rest:  # they only came, or only went
        return found
    if len(left) == len(rest):
        for n, m in zip(left, rest, strict=True):
            if not (one.names[n] and other.names[m]):
                found[n] = m
                one.doubtful |= {n} if len(left) > 1 else set()
        return found
    return None if any(one.names[n] is None for n in left) or any(other.names[m] is None for m in rest) else found


def _pair_migrated(one: _Side, other: _Side, found: dict[int, int]) -> None:
    """Pair objects of the same kind and name that moved to another API group."""
    taken = set(found.values())
    left = {name[1:]: n for n, name in enumerate(one.names) if name and n not in found}
    rest = [(name[1:], m) for m, name in enumerate(other.names) if name and m not in taken]
    counts = [Counter(name[1:] for name in side.names if name) for side in (one, other)]
    for name, m in rest:
        if name in left and all(count[name] == 1 for count in counts):
            found[left[name]] = m


def _pair_alike(one: _Side, other: _Side, aside: Mapping[int, Value], found: dict[int, int]) -> None:
    """Pair documents that mean the same, and then those that are alike, each clearly the best one of the other."""
    taken = set(found.values())
    left = [n for n, value in enumerate(one.values) if n not in found and value != NOTHING]
    rest = [m for m, value in enumerate(other.values) if m not in taken and value != NOTHING]
    if len(left) * len(rest) > MAX_WINDOW:
        return
    there = {m: hashable(other.values[m]) for m in rest}
    likes: dict[tuple[int, int], float] = {}
    best: dict[tuple[str, int], list[float]] = {}
    for n in left:
        looks = [hashable(value) for value in (one.values[n], aside.get(n)) if value not in (None, NOTHING)]
        for m in rest:
            like = likes[n, m] = max(likeness(look, there[m]) for look in looks)
            for side in (("one", n), ("other", m)):
                best[side] = sorted([*best.get(side, []), like])[-2:]
    for (n, m), like in likes.items():
        rivals = [value for side in (("one", n), ("other", m)) for value in best[side][:-1]]
        is_best = like == best["one", n][-1] == best["other", m][-1]
        if is_best and like >= ALIKE and all(value <= like - MARGIN for value in rivals):
            found[n] = m
            if one.names[n] and other.names[m] and one.names[n] != other.names[m]:
                one.renamed.add(n)


def _identity(value: Value) -> tuple[Hashable, ...] | None:
    """Return group, kind, namespace and name of an object, or None."""
    if not isinstance(value, dict):
        return None
    group, kind_, name = (item_at(value, one) for one in ("apiVersion", "kind", "metadata.name"))
    if not all(isinstance(one, tuple) for one in (kind_, name)):
        return None
    version = group[1].partition("/")[0] if isinstance(group, tuple) and "/" in group[1] else ""
    space = item_at(value, "metadata.namespace")
    return version, kind_, name, space if isinstance(space, tuple) else None
