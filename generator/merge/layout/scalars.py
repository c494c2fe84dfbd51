"""Merge scalars that both sides changed: by their parts, or by lines for literal blocks."""

from __future__ import annotations

from ...yaml.meaning import YamlValue
from ..syntax import lines, parts
from ..syntax.elements import YamlEntry
from ..walk.context import Walk
from ..walk.writer import Place


def merge_scalar(
    walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry, theirs: YamlEntry
) -> YamlValue | None:
    """Merge three scalars, and return the value; None if they conflict."""
    nodes = [one.value for one in (base, ours, theirs) if one is not None]
    if base is None or any(one.shape != "scalar" or one.tag != "str" or one.anchor for one in nodes):
        return _kept(walk, where, base, ours)
    if all(one.style == "|" for one in nodes):
        return _by_lines(walk, base, ours, theirs)
    if any(one.style in {"|", ">"} for one in nodes):
        return None
    b, o, t = (one.text for one in nodes)
    split = parts.splitter(where[-1] if where else "", where, walk.document)
    if split is None:
        return _kept(walk, where, base, ours)
    before, mine, new = split(b), split(o), split(t)
    merged = _by_parts(walk, where, ours, (before, mine, new))
    if merged is None:
        mixed = (before[0] == mine[0]) != (before[0] == new[0])
        return walk.decided(where, base, ours, theirs, parts.NOT_A_PAIR) if mixed else None
    if merged.note:
        walk.remark(where, merged.note)
    if merged.value != o:
        quote = nodes[1].style if nodes[1].style in {"'", '"'} else ""
        walk.put_inline(ours, f"{quote}{merged.value}{quote}")
    return ("str", merged.value)


def _by_parts(
    walk: Walk, where: Place, ours: YamlEntry, sides: tuple[parts.Parts, parts.Parts, parts.Parts]
) -> parts.MergedParts | None:
    """Merge a name and a version of base, ours and theirs; None if they conflict."""
    note = walk.ours.note(ours)
    comment = walk.ours.text[slice(*note)] if note else ""
    others = [one[0] for one in sides[1:] if one[0] != sides[0][0]]
    return parts.merge_parts(
        *sides,
        moved_by_bots=parts.is_moved_by_bots(where, walk.document, comment),
        is_new_name=not any(parts.names_image(walk.document, one) for one in others),
    )


def _kept(walk: Walk, where: Place, base: YamlEntry | None, ours: YamlEntry) -> YamlValue | None:
    """Keep ours if a marker after it says that a bot updates it."""
    note = walk.ours.note(ours)
    if base is None or note is None or not parts.is_marker(walk.ours.text[slice(*note)]):
        return None
    value = walk.ours.value(ours.value)
    walk.notes.append(f"{walk.field(where)}: kept {ours.value.text}, which a bot updates")
    return value


def _by_lines(walk: Walk, base: YamlEntry, ours: YamlEntry, theirs: YamlEntry) -> YamlValue | None:
    """Merge literal block scalars by their lines."""
    texts = [one.value.text for one in (base, ours, theirs)]
    segments = lines.merge_lines(*texts, finer=False)
    if lines.hunks(segments):
        return None
    new = lines.resolved_text(segments, "ours")
    node, source = ours.value, walk.ours.text
    head = walk.ours.line_end(node.start)
    body = source[head + 1 : node.end].split("\n")
    indent = next((len(one) - len(one.lstrip(" ")) for one in body if one.strip()), 0)
    first = new.split("\n")[0]
    if not indent or first.startswith(" ") or not first or new.endswith("\n") != node.text.endswith("\n"):
        return None
    written = [f"{' ' * indent}{one}" if one else "" for one in new.removesuffix("\n").split("\n")]
    walk.edits.put(head + 1, node.end, "\n".join(written))
    return ("str", new)
