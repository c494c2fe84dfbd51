"""Suppress findings from an editor: the comment that does it, where it works, and the ids that it may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..config import Config
from ..errors import Invalid, Problem
from ..rules import File, Rule, all_rules, settle
from ..rules.settle import NEVER
from ..yaml import parse, walk_nodes
from .rule_pages import rule_by_id
from .spec_completion import Offer
from .text_places import PlacedText, Span

_Meaning = tuple[str, str, str]  # shape, tag and text of a node

_NEAR = 1_000  # characters around a place that are looked at
_REASON = "TODO: say why"
_START = r"#[ \t]*+scaffold:[ \t]*+ignore(?:-file)?+[ \t]*+\[([^\[\]#\n]*+)"
_OPEN = re.compile(rf"{_START}\Z")
_NAMED = re.compile(rf"{_START}\]")
_ID = re.compile(r"[A-Z0-9-]+")


@dataclass(frozen=True)
class FileChange:
    """A change that an editor offers for a finding: its title, and the text that replaces a part of the file's."""

    title: str
    span: Span
    text: str
    is_fix: bool = False


def suppressions_for(text: PlacedText, file: File, problem: Problem, span: Span) -> Iterator[FileChange]:
    """Yield the changes that suppress a finding: in its line, if a comment can be there, and in the whole file.

    Each is tried: it suppresses the finding, and all values of the file stay as they are.
    """
    if problem.rule in NEVER or rule_by_id(problem.rule) is None or file.path.endswith(".json"):
        return
    tried = _SuppressionTrial(file, problem)
    comment = f"# scaffold: ignore[{problem.rule}] {_REASON}"
    near = (one for one in _in_line(text, file, comment, text.line_of(span.start)) if tried.works(one))
    first = next(near, None)
    if first is not None:
        yield replace(first, title=f"Suppress {problem.rule} in this line")
    whole = _in_file(text, f"# scaffold: ignore-file[{problem.rule}] {_REASON}")
    if tried.works(whole):
        yield replace(whole, title=f"Suppress {problem.rule} in this file")


def _in_line(text: PlacedText, file: File, comment: str, number: int) -> Iterator[FileChange]:
    """Yield comments for a line: in a line of its own above, and at the line's end."""
    line = text.span_of(number)
    above = text.span_of(number - 1) if number else Span(0, 0)
    content = text.text[line.start : line.end]
    indent = content[: len(content) - len(content.lstrip(" \t"))]
    if not text.text[above.start : above.end].endswith("\\"):  # a line that continues, of a recipe or a script
        start = line.start + (1 if text.text.startswith("\ufeff") and not number else 0)
        yield FileChange("", Span(start, start), f"{indent}{comment}{text.line_break}")
    if not (file.family == "makefile" and content.endswith("\\")):
        yield FileChange("", Span(line.end, line.end), f" {comment}")


def _in_file(text: PlacedText, comment: str) -> FileChange:
    """Return the comment for the whole file: first, but below a first line that is a comment for another tool."""
    first = text.span_of(0)
    if text.text[first.start : first.end].startswith("#") and len(text.starts) > 1:
        return FileChange("", Span(text.starts[1], text.starts[1]), f"{comment}{text.line_break}")
    start = 1 if text.text.startswith("\ufeff") else 0
    return FileChange("", Span(start, start), f"{comment}{text.line_break}")


class _SuppressionTrial:
    """Tries whether a change suppresses a finding."""

    def __init__(self, file: File, problem: Problem) -> None:
        self.file, self.problem = file, problem
        self.known = {one.id: one.across for one in all_rules()}
        self.before = self._meaning(file.text)

    def works(self, change: FileChange) -> bool:
        """Tell whether a change suppresses the finding and nothing else changes."""
        text = self.file.text[: change.span.start] + change.text + self.file.text[change.span.end :]
        moved = change.text.count("\n") or change.text.count("\r")
        problem = replace(self.problem, line=self.problem.line + moved)
        file = File(self.file.path, text, self.file.family)
        try:
            if self.before is None or not _is_same(self.before, self._meaning(text) or (), change.text):
                return False
            return settle([file], [problem], Config({}), self.known).suppressed == 1
        except Invalid:
            return False

    def _meaning(self, text: str) -> list[_Meaning] | None:
        """Return all values of a text; None if it cannot be read."""
        if self.file.family == "makefile":
            return []
        try:
            documents = parse(text, self.file.path, several_merges=True)
        except Invalid:
            return None
        return [(one.shape, one.tag, one.text) for document in documents for one in walk_nodes(document)]


def _is_same(before: Sequence[_Meaning], after: Sequence[_Meaning], comment: str) -> bool:
    """Tell whether all values are the same, apart from the comment in a script, which is a value of YAML."""
    if len(before) != len(after):
        return False
    others = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    return len(others) <= 1 and all(_without(new, comment) == old for old, new in others)


def _without(value: _Meaning, comment: str) -> _Meaning:
    """Return a value without the line of a comment."""
    shape, tag, text = value
    lines = [one for one in text.split("\n") if one.strip() != comment.strip()]
    return shape, tag, "\n".join(lines)


def ids_offered(text: PlacedText, offset: int, file: File | None, problems: Iterable[Problem]) -> list[Offer]:
    """Return the ids of rules that a suppression may name at an offset, those found in the file first."""
    number = text.line_of(offset)
    start, behind = text.span_of(number)
    found = _OPEN.search(text.text[max(start, offset - _NEAR) : offset])
    if found is None:
        return []
    parts = found[1].split(",")
    written = parts[-1].lstrip()
    named = {one.strip() for one in parts[:-1]}
    rest = _ID.match(text.text, offset, behind)
    span = Span(offset - len(written), rest.end() if rest else offset)
    here = {one.rule for one in problems}
    usable = [one for one in all_rules() if one.id not in NEVER | named and _may_apply(one, file)]
    usable.sort(key=lambda one: (one.id not in here, one.id))
    return [Offer(one.id, one.id, span, "rule", detail=one.summary) for one in usable]


def _may_apply(rule: Rule, file: File | None) -> bool:
    return file is None or not rule.families or file.family in rule.families


def rule_named_at(text: PlacedText, offset: int) -> tuple[Rule, Span] | None:
    """Return the rule that a suppression names at an offset, and where its id is."""
    start, behind = text.span_of(text.line_of(offset))
    for comment in _NAMED.finditer(text.text, max(start, offset - _NEAR), min(behind, offset + _NEAR)):
        for one in _ID.finditer(text.text, *comment.span(1)):
            rule = rule_by_id(one[0]) if one.start() <= offset <= one.end() else None
            if rule is not None:
                return rule, Span(*one.span())
    return None
