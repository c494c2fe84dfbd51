"""Print the findings of a run in the format that the user wants, and below them what the run did not tell."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .. import code_quality, findings, overview, report
from ..errors import Problem
from ..printable import Line
from ..rules import all_rules
from ..validation import KnownFindings, Outcome, Viewed
from .console import annotate, err, is_terminal, out, out_file, out_json
from .options import CheckFormat

_ROWS = 40  # of a screen, without a terminal
_FEWEST, _MOST = 20, 60  # rows of a terminal that are used


@dataclass(frozen=True)
class Told:
    """What a run has to tell: its outcome, the findings of its profile with paths for people, and its baseline."""

    outcome: Outcome
    viewed: Viewed
    problems: Sequence[Problem]
    known: KnownFindings
    fail_on: str


def tell_findings(told: Told, fmt: CheckFormat, *, quiet: bool) -> None:
    """Print findings, and as text also the counts of the run; for programs, notes are on stderr."""
    if fmt is CheckFormat.TEXT:
        _tell_text(told, quiet)
        return
    if fmt is CheckFormat.JSON:
        out_json([report.problem_row(one) for one in told.problems])
    elif fmt is CheckFormat.SARIF:
        out_json(findings.sarif(told.problems, all_rules()))
    elif fmt is CheckFormat.GITHUB:
        annotate(findings.annotation(one) for one in told.problems)
    elif fmt is CheckFormat.GITLAB:
        out_json(code_quality.gitlab_report(told.problems))
    else:
        out_file(code_quality.junit_report(told.problems, told.fail_on).encode("utf-8"))
    if not quiet:
        err(*(f"note: {one}" for one in _notes(told)))


def _tell_text(told: Told, quiet: bool) -> None:
    counts = findings.outcome_line(replace(told.outcome, problems=told.viewed.counted))
    if told.viewed.profile != "default":
        for one in told.problems:
            out(*report.problem_output(one, one.severity))
        out(*([*findings.skipped(told.outcome), *_notes(told), counts] if not quiet else []))
        return
    last: list[Line] = [] if quiet else [counts, *_notes(told)]
    if not quiet and (fixable := sum(one.fix is not None for one in told.problems)):
        last.append(f"{_count(fixable, 'finding')} with one right answer: scaffold validate --fix --dry-run shows it")
    rows, width = _screen()
    more = [*last, *(_more(told.problems) if last else [])]
    left = rows - overview.rows_of(more, width)
    lines, is_whole = overview.overview_lines(told.problems, all_rules(), left, width)
    is_whole = is_whole and all(one.severity != "info" for one in told.problems)
    out(*lines, *(last if is_whole else more))


def _more(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield where the rest is, and what to do with many findings."""
    yield "scaffold validate --profile strict shows everything, --format json is for programs"
    if problems:
        counted = Counter(one.rule for one in problems if one.severity == "error") or Counter([problems[0].rule])
        rule = counted.most_common(1)[0][0]
        yield f"scaffold rules {rule} explains a rule; after --update-baseline runs tell only of new findings"


def _notes(told: Told) -> Iterator[str]:
    """Yield what the counts of findings do not say."""
    if count := told.viewed.of_test_data:
        yield f"{_count(count, 'finding')} in folders of test data: --profile strict shows them"
    again = "scaffold validate --update-baseline"
    if count := told.known.moved:
        yield f"{_count(count, 'finding')} of the baseline moved with their files: run {again}"
    if count := told.known.gone:
        yield f"{_count(count, 'finding')} of the baseline no longer occur: run {again}"


def _screen() -> tuple[int, int]:
    """Return the rows that findings may use, and the columns of the terminal, 0 without one."""
    if not is_terminal():
        return _ROWS, 0
    size = shutil.get_terminal_size()
    return min(max(size.lines - 1, _FEWEST), _MOST), size.columns


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
