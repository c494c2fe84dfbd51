"""The one right change of a text for what is wrong with it: a span, and what replaces it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fix:
    """The replacement of the text ``old`` at ``start``, an offset into the file's text, by ``new``.

    Where the text is another one, as in a part of a file that is read by itself, the fix does not apply.
    """

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """The end of the replaced span."""
        return self.start + len(self.old)


def quoting(start: int, source: str) -> Fix | None:
    """Return the fix that puts a plain scalar in double quotes; None for one that needs more than that."""
    if not source or not source.isprintable() or '"' in source or "\\" in source:
        return None
    return Fix(start, source, f'"{source}"')
