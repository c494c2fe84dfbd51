"""The end of a YAML file that has no final line break.

The missing line break is style and is kept. But it may also be the content of a block scalar at the end: text that does
not end with a line break. It is style if base or theirs has the same lines with a line break.
"""

from __future__ import annotations

from ...errors import Invalid
from ...yaml import Node, parse


def with_final_break(text: str, others: tuple[str | None, ...]) -> str:
    """Return a text that has no final line break with one, meaning the same, for a merge with ``others``."""
    node = _last(text)
    if node is None or node.style not in {"|", ">"} or node.text.endswith("\n"):
        return f"{text}\n"
    lines = text[text.rfind("\n", 0, node.start) + 1 :]
    if any(other and f"\n{lines}\n" in f"\n{other}" for other in others):
        return f"{text}\n"
    at = text.find(node.style, node.start)
    header = text[at:].partition("\n")[0].partition("#")[0]
    if "-" in header or "+" in header:
        return f"{text}\n"
    return f"{text[: at + 1]}-{text[at + 1 :]}\n"


def without_final_break(text: str) -> str:
    """Return a text without its final line break, unless a blank line is last or the rest is empty."""
    bare = text.removesuffix("\n")
    return text if not bare or bare.endswith(("\n", "\r")) else bare


def restored_ending(merged: str, ours: str, written: str) -> str:
    """Return a merged text in the style of ours, which has no final line break and was ``written`` with one."""
    bare = without_final_break(merged)
    if written == f"{ours}\n":
        return bare if _ends_alike(merged, written) or _reads_alike(bare, merged) else merged
    at = next((n for n, one in enumerate(ours) if one != written[n]), len(ours))
    place = len(merged) - (len(written) - at)
    if place >= 0 and merged[place:] == written[at:]:  # the end did not change
        return bare[:place] + bare[place + 1 :]
    return bare if _reads_alike(bare, merged) else merged


def without_needless_break(merged: str) -> str:
    """Return a text without its final line break, where its last value means the same without it."""
    text = without_final_break(merged)
    return text if _reads_alike(text, merged) else merged


def _ends_alike(merged: str, written: str) -> bool:
    """Return whether a text still ends with the last value of ours, the missing line break of which is ours."""
    node = _last(written)
    lines = written[written.rfind("\n", 0, node.start) + 1 :] if node else written
    return f"\n{merged}".endswith(f"\n{lines}")


def _reads_alike(bare: str, merged: str) -> bool:
    """Return whether the last value of a text means the same without the final line break."""
    one, other = _last(bare), _last(merged)
    return (one and one.text) == (other and other.text)


def _last(text: str) -> Node | None:
    """Return the last node of a text that is not a collection."""
    try:
        nodes = parse(text, "text")
    except Invalid:
        return None
    node = nodes[-1] if nodes else None
    while node and (node.pairs or node.items):
        node = node.pairs[-1][1] if node.pairs else node.items[-1]
    return node
