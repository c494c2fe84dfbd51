"""The merge beside ``git merge-file`` on two-sided changes of real files, taken from other people's histories.

Each triple is base and two sides of a file, with what the people had in the end. Of sort ``merge``, these are real
merge commits; of sort ``chain``, two commits of one file put side by side. Exact is what the people had, byte for byte.

The triples are SCAFFOLD_HISTORIES, or ``histories.jsonl.gz`` beside the repository; nothing of them is kept in it.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.merge import merge
from tests.support import yamltext
from tests.support.corpus import PROJECT

NAME = "histories.jsonl.gz"
COLUMNS = ("exact", "same data", "conflict", "other data", "unstable", "crash")


@dataclass(frozen=True)
class Triple:
    """A file of a history: base, two sides, and what the people made of them."""

    number: int
    name: str
    sort: str
    base: str
    ours: str
    theirs: str
    result: str


@dataclass(frozen=True)
class Result:
    """What a merge made of a triple; ``text`` is None for a conflict."""

    verdict: str
    text: str | None = None
    why: str = ""


def place() -> Path | None:
    """Return the file with the triples, or None where there is none."""
    named = os.environ.get("SCAFFOLD_HISTORIES")
    places = [Path(named)] if named else [PROJECT.parent / NAME, PROJECT.parent / "shared" / NAME]
    return next((one for one in places if one.is_file()), None)


def triples(path: Path) -> Iterator[Triple]:
    """Yield the triples of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for number, line in enumerate(stream):
            one = json.loads(line)
            name = f"{one['repo']}/{one['path']}"
            yield Triple(number, name, *(one[key] for key in ("sort", "base", "ours", "theirs", "result")))


def by_merge(one: Triple) -> Result:
    """Merge a triple, and once more what came out of it."""
    try:
        merged = merge(one.base, one.ours, one.theirs, one.name)
        again = merge(one.base, merged.text, one.theirs, one.name)
    except Exception as error:  # a crash is a figure of the table
        return Result("crash", why=f"{type(error).__name__}: {error}")
    if merged.conflicts:
        found = "; ".join(f"{each.line}: {each.field or 'the file'}: {each.reason}" for each in merged.conflicts)
        return Result("conflict", why=found)
    if not again.conflicts and again.text == merged.text:
        return Result(compared(one, merged.text), merged.text)
    return Result("unstable", merged.text)


def by_git(one: Triple, folder: Path) -> Result:
    """Merge a triple by lines, as git does, and once more what came out of it."""
    text = _git(one.base, one.ours, one.theirs, folder)
    if text is None:
        return Result("conflict")
    if _git(one.base, text, one.theirs, folder) != text:
        return Result("unstable", text)
    return Result(compared(one, text), text)


def _git(base: str, ours: str, theirs: str, folder: Path) -> str | None:
    for name, text in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(text.encode())
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, check=False
    )
    return done.stdout.decode() if done.returncode == 0 else None


def compared(one: Triple, text: str) -> str:
    """Return how a text differs from what the people had."""
    if text == one.result:
        return "exact"
    try:
        same = yamltext.meanings(text) == yamltext.meanings(one.result)
    except yamltext.UnusableError:
        same = False
    return "same data" if same else "other data"


def table(rows: list[tuple[Triple, Result, Result]]) -> str:
    """Return how often what came out, by sort."""
    heads = [f"{name} | git's" for name in COLUMNS]
    lines = [f"| triples | number | {' | '.join(heads)} |", f"|{' --- |' * (2 + 2 * len(COLUMNS))}"]
    for sort in [*sorted({one.sort for one, _, _ in rows}), "all"]:
        found = [row for row in rows if sort in {row[0].sort, "all"}]
        mine, peer = (Counter(row[side].verdict for row in found) for side in (1, 2))
        cells = [
            f"{100 * side['exact'] / len(found):.1f} %" if name == "exact" else f"{side[name]:,}"
            for name in COLUMNS
            for side in (mine, peer)
        ]
        lines.append(f"| {sort} | {len(found):,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def described(one: Triple, mine: Result, peer: Result) -> str:
    """Return a triple with what its sides change, what the people had, and what came out."""
    parts = [f"=== {one.number}: {one.name} ({one.sort}): {mine.verdict}, git {peer.verdict}", f"    {mine.why}"]
    parts += [difference("ours:", one.base, one.ours), difference("theirs:", one.base, one.theirs)]
    if mine.text is not None:
        parts.append(difference("what people had, what came out:", one.result, mine.text))
    else:
        parts.append(difference("what people had, beside ours:", one.ours, one.result))
    return "\n".join(parts)


def difference(title: str, before: str, after: str) -> str:
    """Return what differs in two texts, line by line."""
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=3)
    return "\n".join([title, *(f"  {line}" for line in list(lines)[2:])])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", nargs="?", type=Path, default=place())
    parser.add_argument("--show", action="store_true", help="every triple that is not exact")
    parser.add_argument("--verdict", choices=COLUMNS, help="show those alone")
    parser.add_argument("--number", type=int, help="show this triple")
    given = parser.parse_args()
    if given.path is None or not given.path.is_file():
        print(f"Skipped: there is no {NAME} beside the repository; name it, or set SCAFFOLD_HISTORIES")
        return 0
    rows = []
    with tempfile.TemporaryDirectory(prefix="scaffold-git-") as folder:
        for one in triples(given.path):
            if given.number in {None, one.number}:
                rows.append((one, by_merge(one), by_git(one, Path(folder))))
    for row in rows if given.show or given.number is not None else ():
        if given.number is not None or (row[1].verdict != "exact" and given.verdict in {None, row[1].verdict}):
            print(described(*row))
    version = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"Python {platform.python_version()}, {version}\n")
    print(table(rows))
    return int(any(mine.verdict in {"unstable", "crash"} for _, mine, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
