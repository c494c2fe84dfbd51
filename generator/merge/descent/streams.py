"""Merge the documents of three streams."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from dataclasses import dataclass

from ...yaml import Node
from ...yaml.meaning import NOTHING, YamlValue
from ..identity import documentmatch, itemkeys
from ..identity.documentnames import CommentsOf, DocumentComments
from ..layout.streamedits import Parts, write_documents
from ..outcome import Side
from ..syntax import lines, titles
from ..syntax.elements import StreamPart, YamlEntry
from ..syntax.spantree import SpanTree
from ..walk.context import Walk
from .fieldwise import merge_entry

Values = list[YamlValue]


def stream_values(tree: SpanTree) -> Values:
    """Return the values of the documents of a text; a text without documents is one empty document."""
    return [tree.value(one) for one in tree.roots] or [NOTHING]


@dataclass(frozen=True)
class _Same:
    """The documents of three sides by token; those that are ``open`` cannot be identified."""

    base: dict[Hashable, StreamPart]
    ours: dict[Hashable, StreamPart]
    theirs: dict[Hashable, StreamPart]
    open: frozenset[Hashable]


def common_documents(walk: Walk) -> list[tuple[str, StreamPart | None, StreamPart, StreamPart]]:
    """Return the documents that ours and theirs have, with that of base or None, each with its name."""
    same = _called(walk, _matched(walk))
    return [
        (walk.titles.get(token, ""), same.base.get(token), one, same.theirs[token])
        for token, one in same.ours.items()
        if token in same.theirs
    ]


def merge_streams(walk: Walk) -> Values:
    """Merge the documents; return their values."""
    same = _matched(walk)
    result = _merged(walk, _called(walk, same))
    if not (walk.conflicts or walk.again or same.by_name):
        _, o, t = _comments(walk)
        places = {token: (t, n) for n, token in enumerate(same.theirs)}
        places |= {token: (o, n) for n, token in enumerate(same.ours)}
        found = [places[token] for token, _ in result]
        again = _matcher(walk).match(
            [value for _, value in result] or [NOTHING], lambda n: found[n][0](found[n][1]) if found else ((), ())
        )
        if unclear := _unclear([token for token, _ in result] or [None], same, again):
            for made in (walk.edits.made, walk.conflicts, walk.notes, walk.entered, walk.kept):
                made.clear()
            same = same.without(unclear)
            result = _merged(walk, _called(walk, same))
    if walk.seen is not None:
        numbers = {token: number for number, token in enumerate(same.ours)}
        walk.seen.numbers = [numbers.get(token) for token, _ in result]
    return [value for _, value in result] or [NOTHING]


def _values(tree: SpanTree) -> Values:
    """Return the values of the documents of a tree."""
    return [tree.value(one.root.value) for one in tree.parts]


def _matcher(walk: Walk) -> documentmatch.DocumentMatcher:
    """Return the matcher for the documents of base and theirs."""
    if walk.matcher is None:
        b, _, t = _comments(walk)
        base = _values(walk.base) if walk.base else None
        walk.matcher = documentmatch.DocumentMatcher(base, _values(walk.theirs), (b, t))
    return walk.matcher


def _matched(walk: Walk) -> documentmatch.MatchedDocuments:
    trees = [tree for tree in (walk.base, walk.ours, walk.theirs) if tree]
    if all(len(tree.parts) == 1 for tree in trees) and len({_name(tree.parts[0].root.value) for tree in trees}) == 1:
        return documentmatch.single_documents(has_base=walk.base is not None)  # their values may not be needed
    return _matcher(walk).match(_values(walk.ours), _comments_in(walk.ours))


def _name(root: Node) -> tuple[str, ...]:
    """Return name and namespace of an object as written, or nothing."""
    about = _under(root, "metadata")
    return tuple(one.text for name in ("name", "namespace") if about and (one := _under(about, name)))


def _under(node: Node, name: str) -> Node | None:
    return next((value for key, value in node.pairs if key.text == name), None)


def _comments(walk: Walk) -> tuple[CommentsOf, CommentsOf, CommentsOf]:
    """Return functions for the comments of the documents of each side."""
    return _comments_in(walk.base), _comments_in(walk.ours), _comments_in(walk.theirs)


def _comments_in(tree: SpanTree | None) -> CommentsOf:
    def said(number: int) -> DocumentComments:
        if tree is None:
            return (), ()
        one = tree.parts[number]
        at = one.root.value.start if number == 0 else one.start
        head, inside = (sorted(tree.comments_in(*span)) for span in ((one.start, at), (at, one.end)))
        return tuple(head), tuple(inside)

    return said


def _called(walk: Walk, same: documentmatch.MatchedDocuments) -> _Same:
    """Return the documents by token, and record their names in the walk."""
    base, ours, theirs = (
        dict(zip(names, tree.parts if tree else (), strict=True))
        for names, tree in zip((same.base, same.ours, same.theirs), (walk.base, walk.ours, walk.theirs), strict=True)
    )
    if max(map(len, (base, ours, theirs))) > 1 or ours.keys() != theirs.keys():
        mine, there = (
            [(token, tree.value(one.root.value)) for token, one in side.items()]
            for tree, side in ((walk.ours, ours), (walk.theirs, theirs))
        )
        walk.titles = {**titles.document_titles(mine, there), **walk.titles}
    walk.mine = frozenset(ours.keys() - base.keys() - theirs.keys())
    return _Same(base, ours, theirs, same.open)


def _unclear(
    result: Sequence[Hashable], same: documentmatch.MatchedDocuments, again: documentmatch.MatchedDocuments
) -> set[Hashable]:
    """Return the documents that would not be identified alike if the result were merged again."""
    before = set(same.base)
    pairs = [*zip(result, again.ours, strict=True), *zip(same.theirs, again.theirs, strict=True)]
    other = {found for token, found in pairs if found != token and (found in before or token in before)}
    open_ = again.open | other
    if open_ and result == [None]:  # the result is empty
        return {*same.ours, *same.theirs}
    return {token for token, found in pairs if found in open_}


def _merged(walk: Walk, same: _Same) -> list[tuple[Hashable, YamlValue]]:
    """Merge the documents that are identified; return the values with their tokens."""
    base, ours, theirs = same.base, same.ours, same.theirs
    taken = bool(same.open) and _open_side(walk, same.open, ours, theirs) == "theirs"
    out: dict[Hashable, YamlValue] = {}
    gone: list[StreamPart] = []
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
    kept = list(out)
    came = _added(walk, same, taken, out)
    walk.title = ""
    order = [*came.get(None, ()), *(one for token in kept for one in (token, *came.get(token, ())))]
    out.update((token, walk.theirs.value(theirs[token].root.value)) for side in came.values() for token in side)
    write_documents(walk, ours, gone, {behind: [theirs[token] for token in side] for behind, side in came.items()})
    _note_order(walk, list(base), kept, list(theirs))
    return [(token, out[token]) for token in order]


def _added(walk: Walk, same: _Same, taken: bool, kept: Container[Hashable]) -> dict[Hashable, list[Hashable]]:
    """Return the new documents of theirs, by the document of ours after which they are inserted, or None."""
    came: dict[Hashable, list[Hashable]] = {}
    behind: Hashable = None
    for token, part in same.theirs.items():
        if token in kept:
            behind = token
            continue
        if token in same.ours or (token in same.open and not taken):
            continue
        walk.title = walk.titles.get(token, "")
        if token in same.base and _stays_deleted(walk, same.base[token], part):
            continue
        came.setdefault(behind, []).append(token)
    return came


def _open_side(walk: Walk, open_: Container[Hashable], ours: Parts, theirs: Parts) -> Side:
    """Return the side for the open documents, or record the conflict."""
    mine, there = ([side[token] for token in side if token in open_] for side in (ours, theirs))
    walk.title = next((walk.titles.get(token, "") for token in (*ours, *theirs) if token in open_), "")
    reason = "it cannot be determined which documents are the same"
    return _side(walk, None, mine[0].root if mine else None, there[0].root if there else None, reason)


def _side(walk: Walk, base: YamlEntry | None, ours: YamlEntry | None, theirs: YamlEntry | None, reason: str) -> Side:
    """Return the side for a document, or record the conflict.

    If ours is a result, that was decided when it was merged.
    """
    return "ours" if walk.again else walk.clash((), base, ours, theirs, reason)


def _stays_deleted(walk: Walk, before: StreamPart, theirs: StreamPart) -> bool:
    """Return whether a document that ours deleted stays deleted."""
    if walk.base and walk.base.value(before.root.value) == walk.theirs.value(theirs.root.value):
        return True
    return _side(walk, before.root, None, theirs.root, "you deleted this document") == "ours"


def _note_order(walk: Walk, base: list[Hashable], ours: list[Hashable], theirs: list[Hashable]) -> None:
    """Add a note if documents are kept in the order of the user, which has no meaning."""
    common = {token for token in ours if token in base and token in theirs}
    b, o, t = ([token for token in side if token in common] for side in (base, ours, theirs))
    if o == b != t:
        walk.notes.append("the generated documents are in another order; yours stay as they are")


def _document(walk: Walk, base: StreamPart | None, ours: StreamPart, theirs: StreamPart) -> YamlValue:
    """Merge one document: its head by lines, and its root by fields."""
    texts = [
        tree.text[one.start : one.body] if tree and one else ""
        for tree, one in zip((walk.base, walk.ours, walk.theirs), (base, ours, theirs), strict=True)
    ]
    if base and texts[0] != texts[2]:
        segments = lines.merge_lines(*texts, finer=False)
        if not lines.hunks(segments):
            new = lines.resolved_text(segments, "ours")
            if new != texts[1] and new.count("---") == texts[1].count("---"):
                walk.edits.put(ours.start, ours.body, new, _comments_of(new))
    # From base or theirs, so that merging the result again gives the same.
    walk.document = walk.base.value(base.root.value) if walk.base and base else walk.theirs.value(theirs.root.value)
    walk.families = itemkeys.key_families(walk.document)
    if base:
        _check_kind(walk, base, ours, theirs)
    return merge_entry(walk, (), base.root if base else None, ours.root, theirs.root)


def _kind_of(tree: SpanTree | None, root: YamlEntry) -> YamlEntry | None:
    """Return the entry of the type of object (``kind``) of a document."""
    return next((one for one in tree.children(root) if one.key and one.key.text == "kind"), None) if tree else None


def _check_kind(walk: Walk, base: StreamPart, ours: StreamPart, theirs: StreamPart) -> None:
    """Record a conflict if one side changed the type of an object that the other side changed otherwise."""
    trees, roots = (walk.base, walk.ours, walk.theirs), (base.root, ours.root, theirs.root)
    kinds = [next((value for key, value in one.value.pairs if key.text == "kind"), None) for one in roots]
    before, mine, there = (one.text if one and one.shape == "scalar" else None for one in kinds)
    if not before or mine == there:
        return
    b, o, t = walk.values(*roots)
    if b not in (o, t) and o != t:
        first, second, third = (_kind_of(tree, root) for tree, root in zip(trees, roots, strict=True))
        walk.clash(("kind",), first, second, third, "the other side's changes are for another kind of object")


def _comments_of(head: str) -> list[str]:
    found = (line.partition("#") for line in head.split("\n") if not line.startswith("%"))
    return [f"#{text}".rstrip() for _, sign, text in found if sign]


def _is_deleted(walk: Walk, before: StreamPart, ours: StreamPart) -> bool:
    """Return whether a document that theirs no longer has is deleted."""
    tree = walk.base
    if tree and walk.ours.text[ours.start : ours.end].strip() == tree.text[before.start : before.end].strip():
        return True
    return _side(walk, before.root, ours.root, None, "you edited this document") == "theirs"
