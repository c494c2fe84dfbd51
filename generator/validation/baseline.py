"""The baseline of a repository: findings that are known, so that a run tells only of new ones. Pure.

The file is JSON: ``{"format": 1, "findings": [{"rule", "path", "fingerprint", "count"}, …]}``, sorted, an entry a line.
A fingerprint has the rule and the message without line numbers, so that findings are known again when lines move, and
in a file that was moved without a change of its name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from ..errors import Problem, invalid
from ..fingerprints import fingerprint
from ..strict_json import load_strict
from ..tree import DOT_DIR

BASELINE_PATH = f"{DOT_DIR}/baseline.json"
FORMAT = 1
_KEYS = {"rule", "path", "fingerprint", "count"}
_MOST_ENTRIES = 100_000
_MOST_COUNT = 1_000_000
_LONGEST = {"rule": 20, "path": 4096, "fingerprint": 64}
_AGAIN = "remove it, and write it again: scaffold validate --update-baseline"

Key = tuple[str, str, str]  # path, rule, fingerprint


@dataclass(frozen=True)
class KnownFindings:
    """The findings that are left, how many the baseline has, how many of those are in moved files, and how many of the
    baseline's no longer occur; the last two are 0 for a run over a part of the repository.
    """

    problems: tuple[Problem, ...]
    known: int = 0
    moved: int = 0
    gone: int = 0


def parse_baseline(text: str, path: str) -> Counter[Key]:
    """Return how often the baseline has each finding. Raises Invalid for what ``baseline_text`` does not write."""
    try:
        data = load_strict(text)
    except (ValueError, RecursionError):
        _refuse(path, "is not valid JSON")
    if not isinstance(data, Mapping) or not isinstance(data.get("findings"), list):
        _refuse(path, "is not a baseline of scaffold")
    if data.get("format") != FORMAT or isinstance(data["format"], bool) or data.keys() != {"format", "findings"}:
        _refuse(path, "has a format that this version of scaffold does not know")
    if len(data["findings"]) > _MOST_ENTRIES:
        _refuse(path, f"has more than {_MOST_ENTRIES} entries")
    found: Counter[Key] = Counter()
    for number, row in enumerate(data["findings"], 1):
        if not _is_entry(row):
            _refuse(path, f"has an entry that is not valid, number {number}")
        found[row["path"], row["rule"], row["fingerprint"]] += row["count"]
    return found


def baseline_text(problems: Iterable[Problem]) -> str:
    """Return the text of a baseline of findings: printable ASCII, the same for the same findings in any order."""
    counts = Counter(map(_key, problems))
    rows = [
        json.dumps({"rule": rule, "path": path, "fingerprint": print_, "count": count}, ensure_ascii=True)
        for (path, rule, print_), count in sorted(counts.items())
    ]
    body = ",\n".join(f"  {row}" for row in rows)
    return f'{{\n "format": {FORMAT},\n "findings": [{f"{chr(10)}{body}{chr(10)} " if rows else ""}]\n}}\n'


def without_known(
    problems: Sequence[Problem], baseline: Mapping[Key, int], exists: Callable[[str], bool], *, whole: bool
) -> KnownFindings:
    """Return the findings that a baseline does not have, and what became of its entries.

    ``exists`` tells whether a path is a file: an entry of one that is gone is also known by the name of the file.
    ``whole``: the run has all findings of the repository, so an entry without one no longer occurs.
    """
    left = Counter(baseline)
    new = [one for one in problems if not _take(left, _key(one))]
    unplaced: Counter[Key] = Counter()
    gone_paths = {path for path, _, _ in +left if not exists(path)} if new else set()
    for key, count in (+left).items():
        if key[0] in gone_paths:
            unplaced[_unplaced(key)] += count
    kept = [one for one in new if not _take(unplaced, _unplaced(_key(one)))]
    moved = len(new) - len(kept)
    gone = (+left).total() - moved
    return KnownFindings(tuple(kept), len(problems) - len(kept), *((moved, gone) if whole else (0, 0)))


def _key(problem: Problem) -> Key:
    return problem.path, problem.rule, fingerprint(problem)


def _unplaced(key: Key) -> Key:
    return key[0].rpartition("/")[2], key[1], key[2]


def _take(left: Counter[Key], key: Key) -> bool:
    if left[key] <= 0:
        return False
    left[key] -= 1
    return True


def _is_entry(row: Any) -> bool:
    if not isinstance(row, Mapping) or row.keys() != _KEYS:
        return False
    texts = all(isinstance(row[name], str) and 0 < len(row[name]) <= most for name, most in _LONGEST.items())
    count = row["count"]
    return texts and isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _MOST_COUNT


def _refuse(path: str, why: str) -> NoReturn:
    raise invalid(path, why, _AGAIN)
