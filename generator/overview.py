"""The findings of a first run on one screen: errors before warnings, what repeats grouped by rule. Prints nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from . import report
from .errors import Problem
from .printable import Line, pieces
from .rules import Rule

_SEVERITIES = ("error", "warning")
_REPEATED = 3  # findings of a rule with the same message that are shown
_SINGLE = 4  # findings of a rule that are told one by one, if all fit


@dataclass
class _RuleGroup:
    """The findings of one rule with one severity, how many of them are shown, and whether the first has its hint.

    The first ``worth`` differ in their messages, or repeat one a few times.
    """

    rule: str
    severity: str
    problems: list[Problem]
    worth: int = 0
    shown: int = 0
    has_hint: bool = False

    def sort(self) -> None:
        """Put findings with new messages before those that repeat one."""
        seen: Counter[str] = Counter()
        ranks = []
        for number, one in enumerate(self.problems):
            ranks.append((seen[one.message], number))
            seen[one.message] += 1
        self.worth = sum(rank < _REPEATED for rank, _ in ranks)
        self.problems = [self.problems[number] for _, number in sorted(ranks)]

    def header(self, summaries: Mapping[str, str]) -> list[Line]:
        """Return the line above several findings; a single one needs none."""
        count = len(self.problems)
        if count == 1:
            return []
        files = len({one.path for one in self.problems})
        where = f"in {files} files" if files > 1 else "in one file"
        summary = summaries.get(self.rule, "")
        return [[(self.severity, f"{self.rule}: {count} {self.severity}s {where}"), ("", f": {summary}")]]

    def lines_of(self, number: int) -> list[Line]:
        """Return the line of a finding, and its hint if it is the first."""
        one = self.problems[number]
        if len(self.problems) == 1:
            whole = report.problem_output(one, one.severity)
            return whole if self.has_hint else whole[:1]
        found: list[Line] = [f"  {one.path}:{one.line}:{one.column}: {one.message}"]
        if number == 0 and self.has_hint and one.hint:
            found.append([("dim", f"      {one.hint}")])
        return found

    def lines(self, summaries: Mapping[str, str]) -> list[Line]:
        """Return all lines of the group."""
        found = self.header(summaries)
        for number in range(self.shown):
            found += self.lines_of(number)
        return found


@dataclass
class _Screen:
    """The rows that are left on a screen; ``width`` is its columns, 0 for lines of any length."""

    rows: int
    width: int
    groups: list[_RuleGroup] = field(default_factory=list)

    def takes(self, lines: Iterable[Line]) -> bool:
        """Use up the rows of some lines, and return whether there are as many."""
        rows = rows_of(lines, self.width)
        if rows > self.rows:
            return False
        self.rows -= rows
        return True


def overview_lines(
    problems: Sequence[Problem], rules: Sequence[Rule], rows: int, width: int = 0
) -> tuple[list[Line], bool]:
    """Return errors and warnings in at most ``rows`` rows of a screen, and whether all of them are there.

    If they do not fit, or are many of one rule, each rule has a line with its count and first places, as many as fit.
    """
    told = [one for severity in _SEVERITIES for one in problems if one.severity == severity]
    every = [line for one in told for line in report.problem_output(one, one.severity)]
    groups = _groups(told)
    few = all(len(one.problems) <= _SINGLE for one in groups)
    if few and rows_of(every, width) <= rows:
        return every, True
    summaries = {one.id: one.summary for one in rules}
    screen = _Screen(rows - 1, width)  # the last row says what is left
    for group in groups:
        if screen.takes(group.header(summaries) + group.lines_of(0)):
            group.shown = 1
        elif len(group.problems) == 1 or not screen.takes(group.header(summaries)):
            break
        screen.groups.append(group)
    _fill(screen)
    lines = [line for group in screen.groups for line in group.lines(summaries)]
    left = groups[len(screen.groups) :]
    if left:
        count = sum(len(one.problems) for one in left)
        lines.append(f"and {count} finding{'s' * (count > 1)} of {len(left)} other rule{'s' * (len(left) > 1)}")
    return lines, all(one.shown == len(one.problems) for one in groups)


def _groups(problems: Iterable[Problem]) -> list[_RuleGroup]:
    """Return findings by severity and rule: errors first, and of each severity the rule with most first."""
    found: dict[tuple[str, str], _RuleGroup] = {}
    for one in problems:
        found.setdefault((one.severity, one.rule), _RuleGroup(one.rule, one.severity, [])).problems.append(one)
    for group in found.values():
        group.sort()
    return sorted(found.values(), key=lambda one: (_SEVERITIES.index(one.severity), -len(one.problems), one.rule))


def _fill(screen: _Screen) -> None:
    """Use the rows that are left: for the hint of each rule's first finding, then for more findings, a round each."""
    for group in screen.groups:
        one = group.problems[0]
        if group.shown and one.hint and screen.takes([f"      {one.hint}"]):
            group.has_hint = True
    grows = True
    while grows:
        grows = False
        for group in screen.groups:
            if 0 < group.shown < group.worth and screen.takes(group.lines_of(group.shown)):
                group.shown += 1
                grows = True


def rows_of(lines: Iterable[Line], width: int) -> int:
    """Return the rows that lines take on a screen; ``width`` is its columns, 0 for lines of any length."""
    lengths = [sum(len(text) for _, text in pieces(line)) for line in lines]
    return sum(max(1, -(-one // width)) if width else 1 for one in lengths)
