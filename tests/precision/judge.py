"""List the findings in whole repositories that nobody has judged: ``python -m tests.precision.judge [TREES]``."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from ..support import corpus
from .real_findings import VERDICTS, counted, found_in, judged, unpack


def table() -> tuple[tuple[str, ...], ...]:
    """Return a row for each rule and severity: how many of its findings are true, pedantic and false."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in judged():
        counts.setdefault((one.place.rule, one.place.severity), Counter())[one.verdict] += one.count
    rows = [(*key, *(str(count[one]) for one in VERDICTS)) for key, count in sorted(counts.items())]
    totals: dict[str, Counter[str]] = {}
    for (_, severity), count in counts.items():
        totals.setdefault(severity, Counter()).update(count)
    last = [
        ("all", severity, *(str(totals[severity][one]) for one in VERDICTS))
        for severity in ("error", "warning", "info")
        if severity in totals
    ]
    return (("rule", "severity", *VERDICTS), *rows, *last)


def main(names: list[str]) -> None:
    """Print each finding at a place whose number differs from what was judged, and each judgement without findings."""
    folder = corpus.trees()
    if folder is None:
        sys.exit("the repositories are not here: set SCAFFOLD_TREES")
    known: Counter[object] = Counter()
    for one in judged():
        known[one.place] += one.count
    for archive in sorted(folder.glob("*.tar.gz")):
        tree = archive.name.removesuffix(".tar.gz")
        if names and tree not in names:
            continue
        with tempfile.TemporaryDirectory() as where:
            rows = found_in(unpack(archive, Path(where)))
        found = counted(tree, rows)
        for row in rows:
            place = next(iter(counted(tree, [row])))
            if found[place] != known[place]:
                told = f"{row['line']}:{row['column']}: {row['message']} | {row['hint']}"
                print(*place, f"{found[place]} now, {known[place]} judged", told, sep="\t")
        for one in judged():
            if one.place.tree == tree and one.place not in found:
                print(*one.place, f"0 now, {one.count} judged", "", sep="\t")


if __name__ == "__main__":
    main(sys.argv[1:])
