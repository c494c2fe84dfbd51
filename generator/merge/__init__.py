"""The three-way merge: text to text, with conflicts as data. Does not access files.

Base is the last generated version, ours the current one, theirs the newly generated one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import Invalid, invalid
from .outcome import MARKED, MAX_PARTS, SIDES, TOO_LARGE, TWICE, Conflict, Merged, Settle, Side, value_line, whole
from .syntax.text_style import BOM, dressed_like, dressed_result, undressed, with_yaml_ending

if TYPE_CHECKING:
    from .results.listing import FieldPlace
    from .syntax import lines

# The engine is imported only when needed: most runs have nothing to merge.

__all__ = [
    "MARKED",
    "SIDES",
    "Conflict",
    "Merged",
    "Settle",
    "Side",
    "both_sides",
    "differs",
    "drops_comments",
    "in_style_of",
    "list_fields",
    "marked_sides",
    "markers",
    "may_be_marked",
    "merge",
    "reset",
    "unmarked",
    "value_line",
    "without",
]


def merge(base: str | None, ours: str, theirs: str, path: str, settle: Settle | None = None) -> Merged:
    """Merge three texts; in a conflict the result has ours. ``base`` is None if there is none.

    ``path`` names the file and selects the merge: YAML by fields, anything else by line. ``settle`` decides conflicts.
    Text that no change of theirs touches stays unchanged.
    """
    if theirs in (base, ours):
        return Merged(ours)
    if ours == base:
        return Merged(theirs)
    style, plain_ours = undressed(ours)
    plain_base, plain_theirs = undressed(base or "")[1], undressed(theirs)[1]
    yaml = _is_yaml(path)
    if base is not None and plain_ours == plain_base:
        return Merged(dressed_like(style, plain_theirs, plain_ours) if yaml else style.dress(plain_theirs))
    if plain_ours == plain_theirs or (base is not None and plain_base == plain_theirs):
        return Merged(ours)
    if _lines(plain_base, plain_ours, plain_theirs) > MAX_PARTS:
        return whole((base or "", ours, theirs), TOO_LARGE, settle or Settle())
    if yaml:
        merged = _by_field(base, ours, theirs, settle or Settle())
        return _stable(base, ours, theirs, settle or Settle(), merged)
    merged = _by_line(plain_base, plain_ours, plain_theirs, settle or Settle())
    return Merged(ours if merged.conflicts else style.dress(merged.text), merged.conflicts, merged.notes)


def _is_yaml(path: str) -> bool:
    return path.lower().endswith((".yaml", ".yml"))


def drops_comments(base: str, ours: str, theirs: str, merged: str, path: str) -> bool:
    """Return whether a merged YAML text lacks a comment that one of the sides wrote. The texts must be valid."""
    if not _is_yaml(path):
        return False
    from ..yaml.comments import comments  # noqa: PLC0415

    before, after = (Counter(one for _, one in comments(text)) for text in (base, merged))
    return any(Counter(one for _, one in comments(side)) - before - after for side in (ours, theirs))


def differs(one: str, other: str) -> bool:
    """Return whether two texts differ in more than a byte order mark and uniform CRLF."""
    if one == other:
        return False
    (style, text), (other_style, other_text) = undressed(one), undressed(other)
    return (style.newline, text) != (other_style.newline, other_text)


def may_be_marked(text: str) -> bool:
    """Return whether a text may contain conflict markers; cheap, and without false negatives."""
    return "<<<<<<< " in text or ">>>>>>> " in text


def unmarked(text: str, settle: Settle, known: str = "", path: str = "") -> Merged:
    """Return a text with its conflict markers resolved by ``settle``, or the remaining conflicts.

    Lines that are also in the ``known`` text are not treated as markers. In YAML, by ``path``, notes name the comments
    that are removed.
    """
    from .results import unresolved  # noqa: PLC0415

    bom = BOM if text.startswith(BOM) else ""
    found = unresolved.settle_markers(text.removeprefix(BOM), settle, known, is_yaml=_is_yaml(path))
    return replace(found, text=f"{bom}{found.text}")


def both_sides(text: str) -> tuple[str, str] | None:
    """Return a text with the upper and with the lower sides of its conflict markers; None if none are complete."""
    from .results import unresolved  # noqa: PLC0415

    return unresolved.upper_and_lower(text) if may_be_marked(text) else None


def marked_sides(text: str) -> tuple[str | None, str, str] | None:
    """Return a text with the base, the upper and the lower sides of its conflict markers; None if none are complete.

    The base is None if a conflict is marked without it.
    """
    from .results import unresolved  # noqa: PLC0415

    return unresolved.all_sides(text)


def markers(base: str, ours: str, theirs: str, names: tuple[str, str, str]) -> str:
    """Return ours with git's conflict markers around the lines that both sides changed."""
    from .syntax import lines  # noqa: PLC0415

    style, plain_ours = undressed(ours)
    if _lines(base, ours, theirs) > MAX_PARTS:
        texts = [undressed(one)[1] if one else "" for one in (ours, base, theirs)]
        marks = (f"<<<<<<< {names[1]}\n", f"||||||| {names[0]}\n", "=======\n")
        both = "".join(mark + side for mark, side in zip(marks, texts, strict=True))
        return style.dress(f"{both}>>>>>>> {names[2]}\n")
    sides = undressed(base)[1], plain_ours, undressed(theirs)[1]
    segments = lines.merge_lines(*sides, finer=True)
    if not lines.hunks(segments):  # what the lines decide is a conflict by fields: between them is the least to mark
        segments = lines.merge_lines(*sides, finer=False)
    if not lines.hunks(segments):
        segments = [lines.Hunk(lines.split_lines(base), lines.split_lines(plain_ours), lines.split_lines(theirs), 1)]
    return style.dress(lines.with_markers(segments, names))


def reset(base: str | None, ours: str, theirs: str, path: str, fields: Iterable[str]) -> str:
    """Return ours with fields reset to the generated values, every other line kept; ``""`` means the whole file.

    Raises Invalid, at ``path``, if that is not possible: not YAML, no such field, or an ambiguous one.
    """
    style, _ = undressed(ours)
    if "" in fields:
        plain = theirs.removeprefix(BOM)
        return style.broken(plain if "\r\n" not in plain else plain.replace("\r\n", "\n"))
    if not _is_yaml(path):
        raise invalid(path, "is not YAML, and has no fields", "reset the whole file, or settle its conflicts by line")
    from .results import resetting  # noqa: PLC0415

    written = text = with_yaml_ending(ours, base, theirs)
    for field in sorted(fields):
        text = resetting.reset_field(
            None if base is None else with_yaml_ending(base, ours), text, with_yaml_ending(theirs, ours), field, path
        )
    return ours if text == written else dressed_result(style, text, ours, written)


def list_fields(base: str, ours: str, path: str) -> list[FieldPlace]:
    """Return the fields of ours and of base with their lines; none of a file that is not YAML. Raises Invalid."""
    if not _is_yaml(path):
        return []
    from .results import listing  # noqa: PLC0415

    return listing.fields_beside(with_yaml_ending(base, ours), with_yaml_ending(ours, base), path)


def in_style_of(ours: str, text: str) -> str:
    """Return a text with the byte order mark and the line breaks of ours, which are no edits."""
    return undressed(ours)[0].broken(undressed(text)[1] if text.endswith("\n") else text)


def without(ours: str, path: str, field: str) -> str:
    """Return ours without a field, every other line kept. Raises Invalid, at ``path``, if that is not possible."""
    from .results import resetting  # noqa: PLC0415

    style, _ = undressed(ours)
    written = with_yaml_ending(ours)
    return dressed_result(style, resetting.remove_field(written, field, path), ours, written)


def _lines(*texts: str) -> int:
    return sum(one.count("\n") for one in texts)


def _by_field(base: str | None, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge YAML by its fields."""
    from .results import documents  # noqa: PLC0415

    style = undressed(ours)[0]
    written = with_yaml_ending(ours, base, theirs)
    plain = None if base is None else with_yaml_ending(base, theirs, ours)
    merged = documents.merge_documents(plain, written, with_yaml_ending(theirs, base, ours), settle)
    is_kept = settle.side("") == "ours" and not merged.conflicts and merged.text == written and bool(written.strip())
    if (is_kept or any(not one.field for one in merged.conflicts)) and (found := _unreadable(written)):
        # Not settled for a side: nobody could say what the generated side changes, and it would never be merged.
        line, column, reason = found
        one = Conflict("", line, base, ours, theirs, reason, refused=True, column=column, by_hand=True)
        return Merged(ours, (one,))
    if merged.conflicts or merged.text == written:
        return Merged(ours, merged.conflicts, merged.notes)
    if base is not None and undressed(base)[0].newline == style.newline != undressed(theirs)[0].newline:
        # Only theirs added or removed the final line break.
        if style.newline:
            from .syntax import endings  # noqa: PLC0415

            return Merged(style.broken(endings.without_needless_break(merged.text)), (), merged.notes)
        if written == f"{ours}\n":
            return Merged(style.broken(merged.text), (), merged.notes)
    return Merged(dressed_result(style, merged.text, ours, written), (), merged.notes)


def _stable(base: str | None, ours: str, theirs: str, settle: Settle, merged: Merged) -> Merged:
    """Return a merge of YAML, or a conflict if merging its text again would change it.

    Only texts with mixed line breaks, or other ones than ours, are checked here. The engine checks all others, in texts
    with line feeds.
    """
    odd = undressed(merged.text)[0] != undressed(ours)[0] or "\r" in merged.text.replace("\r\n", "")
    if not odd or merged.conflicts or merged.text in (theirs, ours):
        return merged
    again = _by_field(base, merged.text, theirs, settle)
    if not again.conflicts and again.text == merged.text:
        return merged
    return whole((base or "", ours, theirs), TWICE, settle)


def _unreadable(ours: str) -> tuple[int, int, str] | None:
    """Return place and reason if ours is not valid YAML, else None."""
    from ..yaml import parse_stream  # noqa: PLC0415

    try:
        parse_stream(ours, "ours")
    except Invalid as error:
        one = error.problems[0]
        return one.line, one.column, f"{one.message}: fix the YAML, or discard your version"
    return None


def _by_line(base: str, ours: str, theirs: str, settle: Settle) -> Merged:
    """Merge any text by its lines; a conflict is a hunk, settled by its line number or with the whole file."""
    from .syntax import lines  # noqa: PLC0415

    every = lines.merge_lines(base, ours, theirs, finer=False)
    segments = lines.settled_hunks(every, settle)
    text = lines.resolved_text(segments, "ours")
    if found := lines.hunks(segments):
        if lines.has_arrived(base, ours, theirs):
            return Merged(ours)
        return Merged(ours, tuple(_of_hunk(one) for one in found))
    if text == ours or lines.has_arrived(base, ours, theirs):
        return Merged(ours)
    if lines.hunks(every) or settle.side("") or lines.is_stable(base, ours, theirs, text):
        return Merged(text)
    return Merged(ours, (Conflict("", 1, base or None, ours, theirs, TWICE),))


def _of_hunk(hunk: lines.Hunk) -> Conflict:
    base, ours, theirs = ("".join(side) or None for side in (hunk.base, hunk.ours, hunk.theirs))
    return Conflict("", hunk.line, base, ours, theirs, "both sides changed these lines", of_lines=True)
