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
from .values import field_name, fits

Texts = tuple[str, str, str]  # base, ours, theirs
_BLANK = " \t\r\n"


def merge(base: str, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge three YAML texts with line feeds. What cannot be shown to be right is a conflict."""
    merged, chosen = _attempt(base, ours, theirs, settle)
    if merged.conflicts or chosen:
        return merged
    again, _ = _attempt(base, merged.text, theirs, Settle())
    if again.conflicts or again.text != merged.text:
        return _whole((base, ours, theirs), "merging twice would differ from merging once", settle)[0]
    return merged


def _attempt(base: str, ours: str, theirs: str, settle: Settle) -> tuple[Merged, bool]:
    """Return the merge, and whether the user's choice decided anything in it."""
    texts = (base, ours, theirs)
    parsed: list[tuple[Node, ...]] = []
    for name, text in zip(("base", "yours", "generated"), texts, strict=True):
        try:
            parsed.append(parse(text, name) if text.strip(_BLANK) else ())
        except Invalid as error:
            problem = error.problems[0]
            line = problem.line if name == "yours" else 1
            return _whole(texts, f"{name} {problem.message}", settle, line)
    outcome = fields.merge_streams(parsed[0], parsed[1], parsed[2], settle.side)
    if outcome.conflicts:
        return Merged(ours, tuple(outcome.conflicts)), False
    aligned = _substituted(texts, outcome)
    for candidate in _candidates(aligned, outcome):
        if _is_right(candidate, texts, outcome):
            return Merged(candidate, notes=tuple(outcome.notes)), bool(outcome.settled)
    return _left(texts, aligned, parsed[1], outcome, settle)


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
    if not fits(outcome.expected, fields.identify(documents, outcome.expected)):
        return False
    b, o, t, m = (Counter(text for _, text in comments(one)) for one in (*texts, candidate))
    return all(
        m[text] >= (count if count == t[text] else count - max(0, b[text] - t[text])) for text, count in o.items()
    )


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


def _left(
    texts: Texts, aligned: Texts, nodes: tuple[Node, ...], outcome: Outcome, settle: Settle
) -> tuple[Merged, bool]:
    """Return what to do where no candidate is right: what the user chose for the lines, or a conflict for each hunk."""
    segments = lines.merge(*aligned, finer=True)
    left = lines.hunks(segments)
    if not left:
        return _whole(texts, "the merge cannot be shown to be right", settle)
    side = settle.side("")
    # Taking theirs for fields does not decide over lines beside them that the user was not shown.
    if side == "ours" or (side == "theirs" and not outcome.settled):
        text = lines.resolve(segments, side)
        if _parses(text):
            return Merged(text, notes=tuple(outcome.notes)), True
        return _whole(texts, "the lines of both sides do not make YAML together", settle)
    reason = "both sides changed these lines"
    if side:
        reason = "taking it would drop edits of yours in the same lines: edit by hand, or delete the file"
    found = [Conflict(_field_at(nodes, one.line), one.line, *_texts(one), reason, of_lines=True) for one in left]
    return Merged(texts[1], tuple(found)), False


def _whole(texts: Texts, reason: str, settle: Settle, line: int = 1) -> tuple[Merged, bool]:
    """Return a conflict about a whole file, or the side that the user chose for the whole file."""
    base, ours, theirs = texts
    side = settle.side("")
    if side:
        return Merged(ours if side == "ours" else theirs), True
    return Merged(ours, (Conflict("", line, base or None, ours, theirs, reason),)), False


def _texts(hunk: lines.Hunk) -> tuple[str | None, str | None, str | None]:
    return "".join(hunk.base) or None, "".join(hunk.ours) or None, "".join(hunk.theirs) or None


def _parses(text: str) -> bool:
    try:
        return bool(parse(text, "merged"))
    except Invalid:
        return False


def _field_at(nodes: tuple[Node, ...], line: int) -> str:
    """Return the path of the last key or item of ours that begins at or above a line."""
    best: tuple[int, tuple[str, ...]] = (0, ())
    stack: list[tuple[Node, tuple[str, ...]]] = [(node, ()) for node in nodes]
    while stack:
        node, where = stack.pop()
        below = [(key, value, (*where, key.text)) for key, value in node.pairs]
        below += [(one, one, (*where, f"[{number}]")) for number, one in enumerate(node.items)]
        for key, value, path in below:
            if best[0] <= key.line <= line:
                best = (key.line, path)
            stack.append((value, path))
    return field_name(best[1])
