"""What regenerating would change in a file, as a unified diff. Pure."""

from __future__ import annotations

from .plan import Change
from .tree import join

MAX_LINES = 200_000  # of a file, to show its diff


def unified(unit: str, change: Change) -> str:
    """Return a unified diff from the text on disk to what regenerating would write; ``""`` for a conflict.

    A changed executable bit is in it as git writes it.
    """
    path = join(unit, change.path)
    before, after = change.ours, change.merged
    if change.conflicts or not change.writes:
        return ""
    old = join(unit, change.moved_from) if change.moved_from else path
    names = ("/dev/null" if before is None else f"a/{old}", "/dev/null" if after is None else f"b/{path}")
    modes = _mode_lines(old, path, change)
    if before == after and not change.moved_from:
        return modes
    olds, news = lines_with_ends(before or ""), lines_with_ends(after or "")
    if max(len(olds), len(news)) > MAX_LINES:
        return f"{modes}--- {names[0]}\n+++ {names[1]}\n# {len(olds)} lines become {len(news)}: too many to compare\n"
    import difflib  # noqa: PLC0415 - only for a difference

    lines = difflib.unified_diff(olds, news, *names)
    return modes + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _mode_lines(before: str, path: str, change: Change) -> str:
    """Return the lines of git's extended header for a changed mode, or ``""``."""
    if change.executable is None:
        return ""
    modes = ("100644", "100755") if change.executable else ("100755", "100644")
    return f"diff --git a/{before} b/{path}\nold mode {modes[0]}\nnew mode {modes[1]}\n"


def decoded(unit: str, change: Change) -> str:
    """Return a unified diff of the part of a file that is encoded."""
    before, after = change.decoded or ("", "")
    inner = Change(f"{change.path} (decoded)", before, before, after, after)
    return unified(unit, inner)


def lines_with_ends(text: str) -> list[str]:
    """Return the lines of a text with their ends. Only a line feed ends a line, as for git."""
    lines = [f"{one}\n" for one in text.split("\n")]
    return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]
