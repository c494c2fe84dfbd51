"""Render findings and rules as text, GitHub annotations and SARIF. Prints nothing."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import __version__, report
from .errors import Problem
from .fingerprints import unique_fingerprints
from .printable import Annotation, Line, escaped
from .rules import Rule
from .validation import Outcome

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_WIDTH = 100
_RANK = {"info": 0, "warning": 1, "error": 2}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def reaches(problem: Problem, least: str) -> bool:
    """Tell whether a finding has at least a severity."""
    return _RANK[problem.severity] >= _RANK[least]


def shown_from(problem: Problem, base: Path, here: Path, is_root: bool) -> Problem:
    """Return a finding with its path relative to the root, else to the working directory, else absolute."""
    if is_root or base == here:
        return problem
    full = base / problem.path
    relative = Path(os.path.relpath(full, here)).as_posix()
    return replace(problem, path=full.as_posix() if relative.startswith("../../") else relative)


def lines(problem: Problem) -> list[str]:
    """Return ``path:line:column: message (RULE)``, prefixed by a severity below error, and the hint."""
    grade = "" if problem.severity == "error" else f"{problem.severity}: "
    return report.problem_lines(replace(problem, message=f"{grade}{problem.message}"))


def annotation(problem: Problem) -> Annotation:
    """Return a finding as a GitHub annotation."""
    level: Any = {"info": "notice"}.get(problem.severity, problem.severity)
    message = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
    return Annotation(level, problem.path, problem.line, f"scaffold: {problem.rule}", message)


def counts(problems: Iterable[Problem]) -> str:
    """Return the counts of findings by severity."""
    found = Counter(one.severity for one in problems)
    parts = [_count(found[one], one) for one in ("error", "warning")]
    return ", ".join([*parts, f"{found['info']} info"])


def outcome_line(outcome: Outcome) -> str:
    """Return the counts of a run's findings and of what it left out, on one line."""
    line = f"{_count(outcome.checked, 'file')} checked: {counts(outcome.problems)}"
    left = [
        (outcome.suppressed, "suppressed in the files"),
        (outcome.off, "turned off in .scaffold/config.yaml"),
        (outcome.lowered, "lowered in .scaffold/config.yaml"),
        (outcome.known, "known from the baseline"),
    ]
    line += "".join(f"; {count} {what}" for count, what in left if count)
    skipped = sum(outcome.skipped.values())
    return line + (f"; {_count(skipped, 'file')} skipped" if skipped else "")


def skipped(outcome: Outcome) -> Iterable[str]:
    """Yield each reason for skipping files with its count, most frequent first."""
    for reason, count in sorted(outcome.skipped.items(), key=lambda one: (-one[1], one[0])):
        yield f"skipped: {reason} ({_count(count, 'file')})"


def rule_row(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON data."""
    names = ("id", "severity", "summary", "explanation", "bad", "good", "source")
    return {**{name: getattr(rule, name) for name in names}, "families": list(rule.families)}


def rule_lines(rule: Rule) -> list[Line]:
    """Return a rule explained."""
    bad, good = (_indented(one) for one in (rule.bad, rule.good))
    source = f"\nSource: {rule.source}\n" if rule.source else ""
    examples = f"Bad:\n\n{bad}\n\nGood:\n\n{good}\n{source}"
    explained = textwrap.fill(rule.explanation, _WIDTH, break_long_words=False, break_on_hyphens=False)
    how = f"Suppress it in a file: # scaffold: ignore[{rule.id}] reason"
    text = f"{rule.id} ({rule.severity}): {rule.summary}\n\n{explained}\n\n{examples}\n{how}"
    return [[("text", line)] for line in text.split("\n")]


def sarif(problems: Sequence[Problem], rules: Sequence[Rule]) -> dict[str, Any]:
    """Return findings as the data of SARIF 2.1.0, for GitHub code scanning.

    https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    """
    index = {one.id: number for number, one in enumerate(rules)}
    results = [_result(one, index, print_) for one, print_ in unique_fingerprints(problems)]
    driver = {
        "name": "scaffold",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_sarif_rule(one) for one in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    examples = f"Bad:\n\n```yaml\n{rule.bad}```\n\nGood:\n\n```yaml\n{rule.good}```\n"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in _words(rule.summary)),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.explanation},
        **({"helpUri": rule.source} if rule.source.startswith("https://") else {}),
        "help": {
            "text": f"{rule.explanation}\n\nSource: {rule.source}",
            "markdown": f"{rule.explanation}\n\n{examples}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": list(rule.families), "precision": "high", "problem.severity": _severity(rule.severity)},
    }


def _severity(severity: str) -> str:
    return "recommendation" if severity == "info" else severity


def sentence(problem: Problem) -> str:
    """Return the message of a finding and its hint as sentences, escaped."""
    hint = f". {problem.hint[:1].upper()}{problem.hint[1:]}." if problem.hint else ""
    return escaped(f"{problem.message}{hint}")


def _result(problem: Problem, index: dict[str, int], print_: str) -> dict[str, Any]:
    region = {"startLine": max(problem.line, 1), "startColumn": max(problem.column, 1)}
    file = {"uri": quote(problem.path, safe="/~._-", errors="surrogateescape")}
    if not problem.path.startswith("/"):
        file["uriBaseId"] = "%SRCROOT%"
    place = {"artifactLocation": file, "region": region}
    return {
        "ruleId": problem.rule,
        **({"ruleIndex": index[problem.rule]} if problem.rule in index else {}),
        "level": _LEVELS[problem.severity],
        "message": {"text": sentence(problem)},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"scaffold/v1": print_},
    }


def _words(summary: str) -> list[str]:
    return ["".join(c for c in word if c.isalnum()) for word in summary.split()]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.rstrip("\n").split("\n"))


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
