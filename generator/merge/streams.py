"""The documents of three streams: which are the same ones, and the edits that bring theirs' changes into ours."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import identity, keys, lines, titles
from .conflict import Side
from .elements import Entry, Part
from .fields import Walk
from .tree import Tree
from .values import NOTHING, Value, hashable, item_at

Values = list[Value]
Parts = Mapping[Hashable, Part]


def values(tree: Tree) -> Values:
    """Return what the documents of a text mean; one without any says as much as one that is empty."""
    return [tree.value(one) for one in tree.roots] or [NOTHING]


@dataclass(frozen=True)
class _Same:
    """The documents of three sides, the same ones under one token; those that are ``open`` may be other ones."""

    base: dict[Hashable, Part]
    ours: dict[Hashable, Part]
    theirs: dict[Hashable, Part]
    open: frozenset[Hashable]


def _matched(walk: Walk) -> _Same:
    """Return which documents are the same, and note what they are called."""
    parts = [tree.parts if tree else [] for tree in (walk.base, walk.ours, walk.theirs)]
    same = identity.matched((walk.base, walk.ours, walk.theirs), parts)
    base, ours, theirs = (
        dict(zip(names, side, strict=True))
        for names, side in zip((same.base, same.ours, same.theirs), parts, strict=True)
    )
    mine, there = (
        [(token, tree.value(one.root.value)) for token, one in side.items()]
        for tree, side in ((walk.ours, ours), (walk.theirs, theirs))
    )
    walk.titles = {**titles.titles(len(base), mine, there), **walk.titles}
    walk.mine = frozenset(ours.keys() - base.keys() - theirs.keys())
    return _Same(base, ours, theirs, same.open)


def together(walk: Walk) -> list[tuple[str, Part | None, Part, Part]]:
    """Return the documents that ours and theirs have, and base perhaps, each with what it is called."""
    same = _matched(walk)
    return [
        (walk.titles.get(token, ""), same.base.get(token), one, same.theirs[token])
        for token, one in same.ours.items()
        if token in same.theirs
    ]


def merge(walk: Walk) -> Values:
    """Merge the documents; return what they mean then."""
    same = _matched(walk)
    base, ours, theirs = same.base, same.ours, same.theirs
    taken = bool(same.open) and _open_side(walk, same.open, ours, theirs) == "theirs"
    out: dict[Hashable, Value] = {}
    gone: list[Part] = []
    for number, (token, one) in enumerate(ours.items()):
        walk.number = number
        before, after = base.get(token), theirs.get(token)
        walk.title = walk.titles.get(token, "")
        if after is not None:
            out[token] = _document(walk, before, one, after)
        elif (token in same.open and taken) or (before is not None and _is_deleted(walk, before, one)):
            gone.append(one)
        else:
            out[token] = walk.ours.value(one.root.value)
    walk.title = ""
    kept = list(out)
    first = next(iter(ours.values()), None)
    new: dict[Hashable, list[Hashable]] = {}  # by the document that they come behind
    came: list[Part] = []
    behind: Hashable = None
    for token, part in theirs.items():
        if token in out:
            behind = token
            continue
        if token in ours or (token in same.open and not taken):
            continue
        walk.title = walk.titles.get(token, "")
        if token in base and _stays_deleted(walk, base[token], part):
            continue
        came.append(part)
        if kept:
            _insert(walk, ours.get(behind), first, part)
        out[token] = walk.theirs.value(part.root.value)
        new.setdefault(behind, []).append(token)
    walk.title = ""
    if kept or not came:
        _delete(walk, list(ours.values()), gone)
    else:  # all of ours go
        text = "".join(walk.theirs.text[one.start : one.end] for one in came)
        walk.edits.put(
            0, len(walk.ours.text), text, [c for one in came for c in walk.theirs.comments_in(one.start, one.end)]
        )
    _note_order(walk, list(base), kept, list(theirs))
    order = [*new.get(None, ()), *(one for token in kept for one in (token, *new.get(token, ())))]
    return [out[token] for token in order] or [NOTHING]


def _open_side(walk: Walk, open_: Iterable[Hashable], ours: Parts, theirs: Parts) -> Side:
    """Return which side the documents are taken from that cannot be told apart, or note the conflict."""
    mine, there = ([side[token] for token in side if token in open_] for side in (ours, theirs))
    walk.title = next((walk.titles.get(token, "") for token in ours if token in open_), "")
    reason = "which documents are the same cannot be told"
    root = mine[0].root if mine else None
    return walk.clash((), None, root, there[0].root if there else None, reason, final=not walk.title)


def _stays_deleted(walk: Walk, before: Part, theirs: Part) -> bool:
    """Tell whether a document that ours has no more stays away."""
    if walk.base and walk.base.value(before.root.value) == walk.theirs.value(theirs.root.value):
        return True
    return walk.clash((), before.root, None, theirs.root, "you deleted this document") == "ours"


def _note_order(walk: Walk, base: list[Hashable], ours: list[Hashable], theirs: list[Hashable]) -> None:
    """Note that the documents stay in the order that the user has them in: it means nothing."""
    common = {token for token in ours if token in base and token in theirs}
    b, o, t = ([token for token in side if token in common] for side in (base, ours, theirs))
    if o == b != t:
        walk.notes.append("the generated documents are in another order; yours stay as they are")


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
    if base:
        _check_kind(walk, base, ours, theirs)
    return walk.entry((), base.root if base else None, ours.root, theirs.root)


def _kind_of(tree: Tree | None, root: Entry) -> Entry | None:
    """Return the entry that says which kind of object a document is."""
    return next((one for one in tree.children(root) if one.key and one.key.text == "kind"), None) if tree else None


def _check_kind(walk: Walk, base: Part, ours: Part, theirs: Part) -> None:
    """Note a conflict where one side made another kind of object of one that the other side changed."""
    roots = (base.root, ours.root, theirs.root)
    b, o, t = walk.values(*roots)
    if b in (o, t) or o == t:
        return
    kinds = [item_at(one, "kind") for one in (b, o, t)]
    if kinds[0] and len(set(map(hashable, kinds))) > 1 and kinds[1] != kinds[2]:
        trees = (walk.base, walk.ours, walk.theirs)
        before, mine, there = (_kind_of(tree, root) for tree, root in zip(trees, roots, strict=True))
        walk.clash(("kind",), before, mine, there, "the other changes are made for another kind of object")


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
