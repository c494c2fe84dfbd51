"""A file as an editor has it, and what it shows of it: findings with their parts of the text, pages and changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..errors import Problem
from ..rules import File
from .finding_spans import spans_of
from .quick_fixes import fixes_for
from .rule_pages import problem_page, rule_by_id, rule_page
from .spec_completion import Offer, SpecReader, described_at, is_described, spec_offers
from .suppressing import FileChange, ids_offered, rule_named_at, suppressions_for
from .text_places import PlacedText, Span

_MOST_PAGES = 5


@dataclass(frozen=True)
class EditorView:
    """A text with what was found in it. ``path`` is below the root; ``file`` is what rules see, None if they see none.

    ``reader`` has the schemas of specs, None for a file of no folder that is checked; ``earlier`` is what was found in
    an earlier text.
    """

    path: str
    text: PlacedText
    problems: Sequence[Problem] = ()
    file: File | None = None
    reader: SpecReader | None = None
    earlier: EditorView | None = None

    @cached_property
    def findings(self) -> list[tuple[Problem, Span]]:
        """The findings with the parts of the text that they are about, in order."""
        return list(spans_of(self.text, self.file, self.problems))

    def page(self, offset: int) -> tuple[str, Span] | None:
        """Return what to show at an offset, as Markdown, and the part of the text that it is about.

        That is the rule that a suppression names, else the findings at the offset, a key of a spec, or what is found
        in the line.
        """
        named = rule_named_at(self.text, offset)
        if named is not None:
            return rule_page(named[0]), named[1]
        if found := [one for one in self.findings if one[1].start <= offset <= one[1].end]:
            return _pages(found), found[0][1]
        if self.reader is not None and is_described(self.path):
            described = described_at(self.path, self.text, offset, self.reader)
            if described is not None:
                return described
        line = self.text.line_of(offset)
        found = [one for one in self.findings if self.text.line_of(one[1].start) == line]
        start, behind = self.text.span_of(line)
        is_blank = not self.text.text[start:offset].strip() or offset >= behind
        return (_pages(found), found[0][1]) if found and not is_blank else None

    def offers(self, offset: int) -> list[Offer]:
        """Return what may be written at an offset: ids of rules in a suppression, keys and values of specs."""
        known = self.earlier or self
        ids = ids_offered(self.text, offset, known.file, known.problems)
        if ids or self.reader is None or not is_described(self.path):
            return ids
        return spec_offers(self.path, self.text, offset, self.reader)

    def changes(self, part: Span) -> Iterator[tuple[Problem, Span, FileChange]]:
        """Yield the changes for the findings in a part of the text: what corrects them, and what suppresses them."""
        first, last = self.text.line_of(part.start), self.text.line_of(part.end)
        for problem, span in self.findings if self.file is not None else ():
            if self.file is not None and first <= self.text.line_of(span.start) <= last:
                for one in (*fixes_for(self.text, problem), *suppressions_for(self.text, self.file, problem, span)):
                    yield problem, span, one


def _pages(found: Sequence[tuple[Problem, Span]]) -> str:
    """Return the pages of findings, and each of their rules once."""
    found = found[:_MOST_PAGES]
    rules = {one.id: one for problem, _ in found if (one := rule_by_id(problem.rule))}
    pages = [*(problem_page(problem) for problem, _ in found), *map(rule_page, rules.values())]
    return "\n\n---\n\n".join(pages)
