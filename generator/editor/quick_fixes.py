"""The changes that an editor offers for findings that have one right answer: those of ``validate --fix``."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import Problem
from ..printable import escaped
from ..validation.fixes import fixed_text
from .suppressing import FileChange
from .text_places import PlacedText, Span

_LONGEST = 60  # characters of a title


def fixes_for(text: PlacedText, problem: Problem) -> Iterator[FileChange]:
    """Yield the change that corrects a finding, if it has one and changes no other value of the text."""
    fix = problem.fix
    if fix is not None and fixed_text(text.text, [problem]).done:
        shown = fix.new if len(fix.new) <= _LONGEST else f"{fix.new[: _LONGEST - 1]}…"
        yield FileChange(f"Write {escaped(shown)}", Span(fix.start, fix.end), fix.new, is_fix=True)
