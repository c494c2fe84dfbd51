"""Merge of YAML: lines proposed, meaning checked.

The lines are merged, and what comes out is only taken if it parses to the field-wise merge of the three documents, has
every comment of ours, and merges once more to itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..errors import Invalid
from ..yaml import Node, comments, parse
from . import fields, lines
from .conflict import Conflict, Merged, Settle
from .fields import Outcome
from .places import comments_stay, field_at
from .values import explained, fits

Texts = tuple[str, str, str]  # base, ours, theirs
_REFUSED = "taking it would drop edits of yours beside it: edit by hand, or delete the file to have it made anew"
_BLANK = " \t\r\n"


def merge(base: str, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge three YAML texts with line feeds. What cannot be shown to be right is a conflict."""
    merged = _attempt(base, ours, theirs, settle)
    if merged.conflicts or merged.text == ours:
        return merged
    again = _attempt(base, merged.text, theirs, settle)
    if again.conflicts or again.text != merged.text:
        return _whole((base, ours, theirs), "merging twice would differ from merging once", settle)
    return merged


def _attempt(base: str, ours: str, theirs: str, settle: Settle) -> Merged:
    texts = (base, ours, theirs)
    parsed: list[tuple[Node, ...]] = []
    for name, text in zip(("base", "yours", "generated"), texts, strict=True):
        try:
            parsed.append(parse(text, name) if text.strip(_BLANK) else ())
        except Invalid as error:
            problem = error.problems[0]
            line = problem.line if name == "yours" else 1
            return _whole(texts, f"{name} {problem.message}", settle, line, takes=name == "yours")
    outcome = fields.merge_streams(parsed[0], parsed[1], parsed[2], settle.side)
    if outcome.conflicts:
        return Merged(ours, tuple(outcome.conflicts))
    aligned = _substituted(texts, outcome)
    for candidate in _candidates(aligned, outcome):
        if _is_right(candidate, texts, outcome):
            return Merged(candidate, notes=tuple(outcome.notes))
    return _left(texts, aligned, parsed, outcome, settle)


def _candidates(texts: Texts, outcome: Outcome) -> Iterator[str]:
    """Yield texts that may be the merge, the most likely first."""
    for finer in (False, True):
        segments = lines.merge(*texts, finer=finer)
        for one in (segments, lines.both(segments)):
            if not lines.hunks(one):
                yield lines.resolve(one, "ours")
        if outcome.settled and lines.hunks(segments):
            yield from lines.variants(segments)
    if not texts[0].strip(_BLANK):
        yield f"{texts[1]}{texts[2]}"


def _is_right(candidate: str, texts: Texts, outcome: Outcome) -> bool:
    """Tell whether a text means what the merge has to mean, and keeps the comments that ours has and theirs keeps."""
    try:
        documents = parse(candidate, "merged")
    except Invalid:
        return False
    return fits(outcome.expected, fields.identify(documents, outcome.expected)) and _keeps_comments(
        candidate, documents, texts
    )


def _keeps_comments(candidate: str, documents: tuple[Node, ...], texts: Texts) -> bool:
    """Tell whether a text has every comment that ours has and theirs keeps, and those of the user where they stood."""
    b, o, t, m = (Counter(text for _, text in comments(one)) for one in (*texts, candidate))
    kept = all(
        m[text] >= (count if count == t[text] else count - max(0, b[text] - t[text])) for text, count in o.items()
    )
    return kept and comments_stay(texts[0], texts[1], parse(texts[1], "yours"), candidate, documents)


def _is_chosen(candidate: str, texts: Texts, side: tuple[Node, ...], outcome: Outcome) -> bool:
    """Tell whether a text differs from what the merge has to mean only where it is what ``side`` has, comments kept."""
    try:
        documents = parse(candidate, "merged")
    except Invalid:
        return False
    actual, chosen = (fields.identify(one, outcome.expected) for one in (documents, side))
    streams = (outcome.expected, actual, chosen)
    if isinstance(outcome.expected, list) and len({len(one) for one in streams}) == 1:
        right = all(explained(*three) for three in zip(*streams, strict=True))
    else:
        right = explained(*streams)
    return right and _keeps_comments(candidate, documents, texts)


def _substituted(texts: Texts, outcome: Outcome) -> Texts:
    """Write settled and one-sided scalars into the texts that give way, so that the lines agree about them."""
    edits: list[list[tuple[Node, str]]] = [[], [], []]
    for one in outcome.substitutions:
        quote = one.ours.style if one.ours.style in {"'", '"'} else ""
        text = {
            "ours": texts[1][one.ours.start : one.ours.end],
            "theirs": texts[2][one.theirs.start : one.theirs.end],
            None: f"{quote}{one.text}{quote}",
        }[one.side]
        for mine, node in zip(edits, (one.base, one.ours, one.theirs), strict=True):
            if node:
                mine.append((node, text))
    base, ours, theirs = (_edited(text, mine) for text, mine in zip(texts, edits, strict=True))
    return base, ours, theirs


def _edited(text: str, edits: list[tuple[Node, str]]) -> str:
    for node, new in sorted(edits, key=lambda one: -one[0].start):
        text = text[: node.start] + new + text[node.end :]
    return text


def _left(texts: Texts, aligned: Texts, parsed: list[tuple[Node, ...]], outcome: Outcome, settle: Settle) -> Merged:
    """Return what to do where no candidate is right: what the user chose for the lines, or a conflict for each hunk."""
    segments = lines.merge(*aligned, finer=True)
    left = lines.hunks(segments)
    if not left:
        return _whole(texts, "the merge cannot be shown to be right", settle)
    side = settle.side("")
    if side:
        text = lines.resolve(segments, side)
        if _is_chosen(text, texts, parsed[1 if side == "ours" else 2], outcome):
            return Merged(text, notes=tuple(outcome.notes))
        if side == "ours":
            return Merged(texts[1])
    reason = _REFUSED if side else "both sides changed these lines"
    found = [
        Conflict(field_at(parsed[1], one.line), one.line, *_texts(one), reason, of_lines=True, refused=bool(side))
        for one in left
    ]
    return Merged(texts[1], tuple(found))


def _whole(texts: Texts, reason: str, settle: Settle, line: int = 1, *, takes: bool = False) -> Merged:
    """Return a conflict about a whole file, or what the user chose: theirs only where all of it is the conflict."""
    base, ours, theirs = texts
    side = settle.side("")
    if side == "ours":
        return Merged(ours)
    if side == "theirs" and takes:
        return Merged(theirs)
    conflict = Conflict("", line, base or None, ours, theirs, _REFUSED if side else reason, refused=bool(side))
    return Merged(ours, (conflict,))


def _texts(hunk: lines.Hunk) -> tuple[str | None, str | None, str | None]:
    return "".join(hunk.base) or None, "".join(hunk.ours) or None, "".join(hunk.theirs) or None
