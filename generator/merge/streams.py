"""The documents of three streams: which are the same ones, and the edits that bring theirs' changes into ours."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from . import keys, lines
from .align import matches
from .entries import alike
from .fields import Walk
from .tree import Part, Tree
from .values import Value, item_at

Values = list[Value]
_NOTHING = ("null", "")


def values(tree: Tree) -> Values:
    """Return what the documents of a text mean; one without any says as much as one that is empty."""
    return [tree.value(one) for one in tree.roots] or [_NOTHING]


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
    for token, one in ours.items():
        before, after = base.get(token), theirs.get(token)
        if after is not None:
            out[token] = _document(walk, before, one, after)
        elif before is None or not _is_deleted(walk, before, one):
            out[token] = walk.ours.value(one.root.value)
        else:
            walk.edits.put(one.start, one.end, "")
    order = list(out)
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
        _insert(walk, ours.get(behind), next(iter(ours.values()), None), part)
        out[token] = walk.theirs.value(part.root.value)
        order.insert(order.index(behind) + 1 if behind is not None else 0, token)
        behind = token if behind is not None else behind
        ours = {**ours, token: ours[behind]} if behind in ours else ours
    return [out[token] for token in order] or [_NOTHING]


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
    value = walk.ours.value(ours.root.value)
    walk.document = value
    walk.families = keys.families(walk.theirs.value(theirs.root.value) if value == _NOTHING else value)
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


def _insert(walk: Walk, behind: Part | None, first: Part | None, part: Part) -> None:
    """Write a document of theirs behind one of ours, or before the first."""
    text = walk.theirs.text[part.start : part.end]
    text = text if part.document.explicit else f"---\n{text}"
    at = behind.end if behind else first.start if first else 0
    if behind is None and first and not first.document.explicit:
        text += "---\n"
    walk.edits.put(at, at, text, walk.theirs.comments_in(part.start, part.end))


def _matched(
    walk: Walk, base: Sequence[Part], ours: Sequence[Part], theirs: Sequence[Part]
) -> tuple[list[Hashable], list[Hashable], list[Hashable]] | None:
    """Return what tells the documents of each side apart, or None where nothing does."""
    trees = (walk.base, walk.ours, walk.theirs)
    sides = (base, ours, theirs)
    names = [
        [_identity(tree.value(one.root.value)) for one in parts] if tree else []
        for tree, parts in zip(trees, sides, strict=True)
    ]
    counts = {len(one) for one, tree in zip(sides, trees, strict=True) if tree}
    if len(counts) == 1 and (counts == {1} or not _crossed([one for one in names if one])):
        found = [list(range(len(one))) for one in sides]
        return found[0], found[1], found[2]  # type: ignore[return-value]
    full: list[list[Hashable]] = [[one if one and names_of.count(one) == 1 else None for one in names_of] for names_of in names]
    missing = [[n for n, one in enumerate(side) if one is None] for side in full]
    if any(missing):
        short = [[one[:2] if one else None for one in side] for side in names]
        for number, side in enumerate(full):
            for n in missing[number]:
                if short[number][n] is not None and short[number].count(short[number][n]) == 1:
                    side[n] = ("only", short[number][n])
        if any(None in side for side in full):
            return None
    return full[0], full[1], _renamed(walk, base, ours, theirs, full)


def _renamed(
    walk: Walk, base: Sequence[Part], ours: Sequence[Part], theirs: Sequence[Part], tokens: list[list[Hashable]]
) -> list[Hashable]:
    """Return theirs' tokens, with the old ones for documents that theirs only renamed and ours left alone."""
    b, o, t = tokens
    out = list(t)
    i = j = 0
    for bi, tj in [*matches(b, t), (len(b), len(t))]:
        lost = [n for n in range(i, bi) if b[n] not in t]
        come = [n for n in range(j, tj) if t[n] not in b]
        if walk.base and len(lost) == len(come):
            for one, other in zip(lost, come, strict=True):
                if t[other] in o or b[one] not in o:
                    continue
                before = walk.base.value(base[one].root.value)
                mine = walk.ours.value(ours[o.index(b[one])].root.value)
                after = walk.theirs.value(theirs[other].root.value)
                if before == mine and alike(before, after):
                    out[other] = b[one]
        i, j = bi + 1, tj + 1
    return out


def _crossed(names: Sequence[Sequence[Hashable]]) -> bool:
    """Tell whether documents that can be told apart stand in different places."""
    if any(None in one or len(set(one)) < len(one) for one in names):
        return False
    return any(one != names[0] and bool(set(one) & set(names[0])) for one in names)


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
