"""The jobs of the end-to-end orchestrator: which directories have a test to run, in how many jobs. Pure.

A job of GitHub Actions' matrix runs ``make -C`` on its directories, one after another. A matrix may have 256 jobs:
https://docs.github.com/en/actions/reference/limits
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

from .tree import WORKFLOWS, join

MAX_GROUPS = 256
MINUTES = 20  # for one test, a cluster included
MAX_MINUTES = 360  # that a job on GitHub's runners may take
# What every test depends on beside .scaffold/: the workflow that runs them, and its spec.
OWN = (f"{WORKFLOWS}/scaffold-e2e.yaml", ".github/scaffold.yaml")


TEMPLATES = frozenset({"service", "e2e"})


def directory(unit: str, template: str, values: Mapping[str, Any]) -> str:
    """Return the directory in which ``make`` runs the end-to-end test of a unit, or ``""`` where there is none to run.

    ``values`` are those of its spec. A unit with a workflow of its own is run by that.
    """
    if template not in TEMPLATES or values.get("workflow"):
        return ""
    below = "e2e" if template == "service" else "."
    if below == "e2e" and not values.get("e2e"):
        return ""
    policies = (policy for glob, policy in values.get("files", ()) if fnmatchcase(join(below, "Makefile"), glob))
    if next(policies, "merge") == "never":
        return ""
    return unit if below == "." else join(unit, below)


def concerns_all(path: str, shared: Sequence[str]) -> bool:
    """Tell whether a change of the file at ``path`` concerns every test: ``shared`` are folders, files and globs."""
    return any(
        path == one or path.startswith(f"{one.rstrip('/')}/") or fnmatchcase(path, one) for one in (*OWN, *shared)
    )


def groups(directories: Sequence[str]) -> list[dict[str, Any]]:
    """Return the jobs of the matrix, at most 256: name, directories, and minutes that it may take.

    Each has one directory where that is possible; else they are spread evenly, in order.
    """
    count = min(len(directories), MAX_GROUPS)
    ends = [len(directories) * number // count for number in range(count + 1)] if count else []
    parts = (directories[start:end] for start, end in pairwise(ends))
    return [
        {
            "name": part[0] + (f" and {len(part) - 1} more" if len(part) > 1 else ""),
            "dirs": list(part),
            "minutes": min(MINUTES * len(part), MAX_MINUTES),
        }
        for part in parts
    ]


def dump(directories: Sequence[str]) -> str:
    """Return the matrix as JSON on one line of ASCII, so that it can be an output of a step; count is of the tests."""
    return json.dumps({"include": groups(directories), "count": len(directories)}, separators=(",", ":"))
