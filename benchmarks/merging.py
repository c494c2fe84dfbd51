"""Measures the merge by itself, in this process, beside ruamel.yaml."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from measure import BenchmarkError, Row, alternate, at_most

from generator.merge import merge
from tests.merge import largevalues

SIZES = (10, 100, 1_000, 10_000)
GROWTH = (
    15  # ten times the lines may cost so many times as much; caches and garbage collection weigh more on large ones
)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that a work takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def round_trip(text: str) -> str:
    """Load and dump a text with ruamel.yaml."""
    from ruamel.yaml import YAML  # noqa: PLC0415

    yaml, stream = YAML(), io.StringIO()
    yaml.dump(yaml.load(text), stream)
    return stream.getvalue()


def large() -> Iterator[Row]:
    """Yield what adding a receiver and a route to 6,000 lines takes, by a ruamel round trip of them."""
    found = largevalues.find()
    for title, way in largevalues.ways(found).items():
        work = f"merge into {found.lines:,} lines ({found.title}): {title}"
        merged = merge(way.base, way.ours, way.theirs, "values.yaml")
        if merged.conflicts or merged.text != way.expected:
            raise BenchmarkError(f"{work}: not exactly those lines were added")
        mine, peer = alternate(
            3,
            lambda _, one=way: seconds(lambda: merge(one.base, one.ours, one.theirs, "values.yaml")),  # type: ignore[misc]
            lambda _: seconds(lambda: round_trip(found.text)),
        )
        yield at_most(work, mine, peer, 0.25)


def linear() -> Iterator[Row]:
    """Yield what merging takes from 10 to 10,000 lines; each beside the size before."""
    before = 0.0
    for size in SIZES:
        base = largevalues.generated(size)
        ours, theirs = base.replace("resolve_timeout: 5m", "resolve_timeout: 7m # slower"), largevalues.gained(base)
        if merge(base, ours, theirs, "values.yaml").text != largevalues.gained(ours):
            raise BenchmarkError(f"the merge of {size} lines is not what it has to be")
        (mine,) = alternate(5, lambda _, b=base, o=ours, t=theirs: seconds(lambda: merge(b, o, t, "values.yaml")))  # type: ignore[misc]
        work = f"merge, {base.count(chr(10)):,} lines"
        yield at_most(work, mine, before, GROWTH) if before else Row(work, mine, None, "", "", True)
        before = mine
