"""Insert and delete documents of a stream."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ..syntax.elements import StreamPart
from ..walk.context import Walk

Parts = Mapping[Hashable, StreamPart]


def write_documents(
    walk: Walk, ours: Parts, gone: Sequence[StreamPart], came: Mapping[Hashable, Sequence[StreamPart]]
) -> None:
    """Write new documents, each after one of ours or before the first, and delete removed ones."""
    parts = list(ours.values())
    if came and len(gone) == len(parts):
        new = [one for side in came.values() for one in side]
        walk.edits.put(0, len(walk.ours.text), *_texts(walk, new, new[0]))
        return
    for behind, side in came.items():
        if behind is not None:
            walk.edits.put(ours[behind].end, ours[behind].end, *_texts(walk, side, None))
            continue
        text, comments = _texts(walk, side, side[0])
        walk.edits.put(parts[0].start, parts[0].start, text if parts[0].document.explicit else f"{text}---\n", comments)
    _delete(walk, parts, gone)


def _delete(walk: Walk, parts: Sequence[StreamPart], gone: Sequence[StreamPart]) -> None:
    """Delete documents; the new first one has ``---`` if the old first one had it."""
    for one in gone:
        walk.edits.put(one.start, one.end, "")
    numbers = {id(one) for one in gone}
    left = [one for one in parts if id(one) not in numbers]
    if left and left[0] is not parts[0] and not parts[0].document.explicit and left[0].document.explicit:
        start = walk.ours.text.rfind("\n", 0, left[0].document.content) + 1
        if left[0].body == walk.ours.behind(start) and left[0].document.start == start:
            walk.edits.put(start, left[0].body, "", walk.ours.comments_in(start, left[0].body)[:0])


def _texts(walk: Walk, parts: Sequence[StreamPart], first: StreamPart | None) -> tuple[str, list[str]]:
    """Return documents of theirs as text, with a ``---`` line before all but the first."""
    texts = [
        ("" if one is first or one.document.explicit else "---\n") + walk.theirs.text[one.start : one.end]
        for one in parts
    ]
    return "".join(texts), [comment for one in parts for comment in walk.theirs.comments_in(one.start, one.end)]
