"""Findings in the formats of other programs: GitLab's Code Quality report, and JUnit's XML. Prints nothing.

Sources: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format;
Ant's XMLJUnitResultFormatter, and the schema junit-10.xsd of Jenkins' xUnit plugin.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .errors import Problem
from .findings import reaches, sentence
from .fingerprints import unique_fingerprints
from .printable import escaped

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}
_NAME = "scaffold validate"
# Characters that ``escaped`` leaves and that XML 1.0 does not have, and the start of a command of GitHub's runner.
_NOT_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}


def gitlab_report(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return findings as the data of a Code Quality report; the paths are relative to the repository's root."""
    return [
        {
            "description": sentence(one),
            "check_name": one.rule,
            "fingerprint": print_,
            "severity": _SEVERITIES[one.severity],
            "location": {"path": escaped(one.path), "lines": {"begin": max(one.line, 1)}},
        }
        for one, print_ in unique_fingerprints(problems)
    ]


def junit_report(problems: Sequence[Problem], fail_on: str) -> str:
    """Return findings as XML: one test for each, which fails if it has the severity ``fail_on``, else only says so.

    A run without findings is one test that passes: programs refuse a report without tests.
    """
    failures = sum(reaches(one, fail_on) for one in problems)
    numbers = f'tests="{max(len(problems), 1)}" failures="{failures}" errors="0"'
    cases = (line for one in _numbered(problems) for line in _case(*one, fail_on))
    none = [f'    <testcase name="no findings" classname="{_NAME}" time="0"/>'] if not problems else []
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{_NAME}" {numbers} time="0">',
        f'  <testsuite name="{_NAME}" {numbers} skipped="0" time="0">',
        *none,
        *cases,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "".join(f"{line}\n" for line in lines)


def _numbered(problems: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Yield findings with a name that no other has; equal findings at one place have a number."""
    seen: dict[tuple[str, str], int] = {}
    for one in problems:
        name = f"{one.rule} {one.path}:{one.line}:{one.column}"
        number = seen[one.path, name] = seen.get((one.path, name), 0) + 1
        yield one, name if number == 1 else f"{name} ({number})"


def _case(problem: Problem, name: str, fail_on: str) -> Iterator[str]:
    yield f'    <testcase name="{_xml(name)}" classname="{_xml(problem.path)}" time="0">'
    place = f"{problem.path}:{problem.line}:{problem.column}"
    text = _xml(f"{problem.severity}: {place}: ") + _xml(sentence(problem))
    if reaches(problem, fail_on):
        message = _xml(problem.message)
        yield f'      <failure type="{_xml(problem.rule)}" message="{message}">{text}</failure>'
    else:
        yield f"      <system-out>{text}</system-out>"
    yield "    </testcase>"


def _xml(text: str) -> str:
    """Return text for an element or an attribute: on one line, with characters of XML 1.0 only."""
    return html.escape(escaped(text).translate(_NOT_XML)).replace("##[", "#&#35;[")
