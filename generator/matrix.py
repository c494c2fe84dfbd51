"""The job matrix of the end-to-end orchestrator: which units have a test, and how tests are grouped into jobs. Pure.

A matrix job of GitHub Actions runs ``make -C`` on its directories, one after another. A matrix may have 256 jobs:
https://docs.github.com/en/actions/reference/limits
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from . import behaviour, globs
from .spec import is_generated

Row = TypeVar("Row")

MAX_GROUPS = 256
MINUTES = 20  # for one test, a cluster included
MAX_MINUTES = 360  # the limit of a job on GitHub's runners


@dataclass(frozen=True)
class Test:
    """A test to run: the directory for ``make``, and the kubectl plugin that krew installs for it, if any.

    A plugin is ``NAME``, or ``NAME@COMMIT`` with a commit of krew's index.
    """

    directory: str
    plugin: str = ""


def test(unit: str, template: str, values: Mapping[str, Any]) -> Test | None:
    """Return the end-to-end test of a unit whose spec has these values, or None if it has none to run here.

    ``template`` is the shipped template whose behaviour applies. A unit with its own workflow is run by that workflow.
    """
    known = behaviour.of(template).test
    if known is None or values.get("workflow") or not known.is_wanted(values):
        return None
    if not is_generated(values, known.makefile):
        return None
    return Test(known.place(unit), known.plugin(values))


def concerns_all(path: str, shared: Sequence[str]) -> bool:
    """Tell whether a change of ``path`` affects every test; ``shared`` are folders, files and globs."""
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") or globs.matches(path, one) for one in shared)


def shared_paths(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the folders, files and globs that every test depends on, from a config's data."""
    return tuple(one for name in behaviour.names() for one in behaviour.of(name).shared(config))


def outward() -> tuple[str, ...]:
    """Return the keys of specs that make tests depend on files outside their units."""
    tests = [behaviour.of(name).test for name in behaviour.names()]
    return tuple(sorted({key for test in tests if test for key in test.outward}))


def says(data: Any, keys: Collection[str]) -> bool:
    """Tell whether data, such as the defaults of specs, has one of the keys at any depth."""
    if not isinstance(data, Mapping):
        return False
    return any(key in keys or says(one, keys) for key, one in data.items())


def spread(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield the parts of at most 256 jobs: one row each if possible; else rows are spread evenly, in order."""
    count = min(len(rows), MAX_GROUPS)
    ends = [len(rows) * number // count for number in range(count + 1)] if count else []
    return (rows[start:end] for start, end in pairwise(ends))


def groups(tests: Sequence[Test]) -> list[dict[str, Any]]:
    """Return the jobs of the matrix, at most 256: name, directories, plugins, and timeout in minutes."""
    return [
        {
            "name": part[0].directory + (f" and {len(part) - 1} more" if len(part) > 1 else ""),
            "dirs": [one.directory for one in part],
            "plugins": sorted({one.plugin for one in part if one.plugin}),
            "minutes": min(MINUTES * len(part), MAX_MINUTES),
        }
        for part in spread(tests)
    ]


def rows(tests: Sequence[Test]) -> dict[str, Any]:
    """Return the matrix as data; ``count`` is the number of tests."""
    return {"include": groups(tests), "count": len(tests)}
