"""Modes of generated files. Only the executable bit counts, as for git: it is all that git records of a mode."""

from __future__ import annotations


def merged_mode(base: int | None, theirs: int, *, is_executable: bool) -> tuple[int, bool | None]:
    """Return the mode of an existing file, and the executable bit to set, None if it has the right one.

    It is the template's if that differs from ``base``, the one generated last, and else the user's. The bit has two
    values, so both sides never change it to different ones. Without ``base``, the mode is the user's.
    """
    ours = 0o755 if is_executable else 0o644
    if base is None or theirs in (base, ours):
        return ours, None
    return theirs, theirs == 0o755


def with_executable(mode: int, *, executable: bool) -> int:
    """Return a mode with the executable bits of all who may read, or without any, as git sets them."""
    return mode | (mode & 0o444) >> 2 if executable else mode & ~0o111
