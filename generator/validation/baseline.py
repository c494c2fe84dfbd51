"""The baseline of a repository: findings that are known, so that a run tells only of new ones. Pure.

The file is JSON: ``{"format": 1, "findings": [{"rule", "path", "fingerprint", "count"}, …]}``, sorted, an entry a line.
A fingerprint has the rule and the message without line numbers, so that findings are known again when lines move, and
in a file that was moved without a change of its name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

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
_Thing = TypeVar("_Thing", bound=Hashable)


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

    ``whole``: the run has all findings of the repository, so an entry without one no longer occurs, and a file that has
    what the baseline has of one of the same name that is gone was moved: ``exists`` tells whether a path is a file. A
    run over a part cannot tell moved files apart.
    """
    left = Counter(baseline)
    new = [one for one in problems if not _take(left, _key(one))]
    moved_paths = _moved_paths(new, left, baseline, exists) if whole and new else frozenset()
    kept = [one for one in new if one.path not in moved_paths]
    moved = len(new) - len(kept)
    gone = (+left).total() - moved
    return KnownFindings(tuple(kept), len(problems) - len(kept), *((moved, gone) if whole else (0, 0)))


def _moved_paths(
    new: Iterable[Problem], left: Counter[Key], baseline: Mapping[Key, int], exists: Callable[[str], bool]
) -> frozenset[str]:
    """Return the paths of files that have just the findings that the baseline has of one of that name that is gone."""
    known = {path for path, _, _ in baseline}
    of_new: dict[str, Counter[tuple[str, str]]] = {}
    for one in new:
        if one.path not in known:
            of_new.setdefault(one.path, Counter())[_key(one)[1:]] += 1
    of_gone: dict[str, Counter[tuple[str, str]]] = {}
    for key, count in (+left).items():
        of_gone.setdefault(key[0], Counter())[key[1:]] += count
    gone = Counter(_contents(path, found) for path, found in of_gone.items() if not exists(path))
    return frozenset(path for path, found in sorted(of_new.items()) if _take(gone, _contents(path, found)))


def _contents(path: str, found: Counter[tuple[str, str]]) -> tuple[str, frozenset[tuple[tuple[str, str], int]]]:
    """Return the name of a file with its findings."""
    return path.rpartition("/")[2], frozenset(found.items())


def _key(problem: Problem) -> Key:
    return problem.path, problem.rule, fingerprint(problem)


def _take(left: Counter[_Thing], key: _Thing) -> bool:
    if left[key] <= 0:
        return False
    left[key] -= 1
    return True


def _is_entry(row: Any) -> bool:
    if not isinstance(row, Mapping) or row.keys() != _KEYS:
        return False
    texts = all(isinstance(row[name], str) and 0 < len(row[name]) <= most for name, most in _LONGEST.items())
    count = row["count"]
    try:
        texts = texts and bool(row["path"].encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # no file has such a name
        return False
    return texts and isinstance(count, int) and not isinstance(count, bool) and 0 < count <= _MOST_COUNT


def _refuse(path: str, why: str) -> NoReturn:
    raise invalid(path, why, _AGAIN)
