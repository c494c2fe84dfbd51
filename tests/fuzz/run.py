"""Fuzz for long: ``python -m tests.fuzz.run --runs 100000 --seconds 3600 --seed 1 [--sort lock]``.

Prints every case that ends with exit 3, runs for 5 s, takes 500 MB, prints a control character, or writes what it may
not; then how many runs of each sort there were. Exits 1 if there was such a case.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from . import forks
from .targets import SORTS, Ground


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--sort", choices=SORTS, action="append")
    chosen = options.parse_args()
    forks.load()
    done: Counter[str] = Counter()
    codes: Counter[int] = Counter()
    faults: Counter[str] = Counter()
    end = time.monotonic() + chosen.seconds
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder) / "ground")
        for number in range(chosen.runs):
            if time.monotonic() > end:
                break
            source = random.Random(f"{chosen.seed}/{number}")  # noqa: S311 - a seed, and no secret
            case = ground.case(source, tuple(chosen.sort) if chosen.sort else None)
            fault, ended = ground.run(case)
            done[case.sort] += 1
            codes[ended.code] += 1
            if fault:
                last = (ended.err.strip().splitlines() or [""])[-2:]
                key = f"{case.sort}: {fault}: {' '.join(last)[:160]}"
                faults[key] += 1
                if faults[key] <= 2:
                    print(f"== {chosen.seed}/{number}: {fault}\n{case.text}\n{ended.err[-2500:]}", flush=True)
    print(f"{sum(done.values())} runs: {dict(done)}, exits {dict(codes)}")
    for key, count in faults.most_common():
        print(f"{count} x {key}")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
