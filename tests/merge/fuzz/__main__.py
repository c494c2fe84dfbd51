"""The long run: ``python -m tests.merge.fuzz [CLASS...] --count N --seed S [--show K]``."""

from __future__ import annotations

import argparse
import sys

from . import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.merge.fuzz", description=__doc__)
    parser.add_argument("classes", nargs="*", metavar="CLASS", help=f"of {', '.join(run.CLASSES)}; all by default")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="triples of each class")
    parser.add_argument("--seed", default="1", metavar="S")
    parser.add_argument("--first", type=int, default=0, metavar="I", help="the number of the first triple")
    parser.add_argument("--show", type=int, default=0, metavar="K", help="examples of each fault, the smallest first")
    parser.add_argument("--only", default="", metavar="TEXT", help="triples that have this in their name")
    parser.add_argument("--verdict", choices=run.VERDICTS, help="show examples of this, and of nothing else")
    given = parser.parse_args()
    if unknown := [one for one in given.classes if one not in run.CLASSES]:
        parser.error(f"no class {unknown[0]}: there are {', '.join(run.CLASSES)}")
    print(run.HEAD)
    bad = 0
    for name in given.classes or run.CLASSES:
        tally = run.tally(
            name, given.seed, given.first, given.count, given.only, (given.verdict,) if given.verdict else ()
        )
        print(tally.row(), flush=True)
        for line in tally.shown(given.show):
            print(line, file=sys.stderr)
        bad += tally.broken
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
