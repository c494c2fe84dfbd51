"""Check files against schemas and rules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..worktree import Worktree
from .console import annotate, err, out, out_json
from .options import Changed, Jobs, Quiet, Root, Shard
from .progress import open_processes
from .selection import read_shard, tell_lost_needs


class FailOn(StrEnum):
    """Lowest severity that fails the run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class CheckFormat(StrEnum):
    """Output format of findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


EXAMPLES = (
    "scaffold validate",
    "scaffold validate .github clusters/prod --fail-on error",
    "scaffold validate --changed-since origin/main --format sarif",
)


def run_validate(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files and folders (default: the whole repository).", metavar="[PATH]...")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Lowest severity that makes the exit code 1.")
    ] = FailOn.WARNING,
    changed_since: Changed = None,
    shard: Shard = None,
    jobs: Jobs = None,
    root: Root = None,
    fmt: Annotated[CheckFormat, typer.Option("--format", help="Output format.")] = CheckFormat.TEXT,
    quiet: Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="List each file that is skipped, with the reason.")
    ] = False,
) -> int:
    """Check files against schemas and rules, generated or not.

    Checks manifests, workflows, Makefiles, kind, kustomize and Alertmanager files.
    """
    from .. import findings, validation  # noqa: PLC0415 - slow to load
    from ..rules import all_rules  # noqa: PLC0415

    selection = validation.select_files(Path.cwd(), root, paths or (), changed_since, read_shard(shard))
    with open_processes(jobs, quiet=quiet) as processes:
        outcome = validation.check_selection(selection, processes)
    problems = [findings.shown_from(one, selection.base, Path.cwd(), selection.is_root) for one in outcome.problems]
    if fmt is CheckFormat.JSON:
        out_json([report.problem_row(one) for one in problems])
    elif fmt is CheckFormat.SARIF:
        out_json(findings.sarif(problems, all_rules()))
    elif fmt is CheckFormat.GITHUB:
        annotate(findings.annotation(one) for one in problems)
    else:
        for one in problems:
            out(*report.problem_output(one, one.severity))
    for path, reason in outcome.all_left_out if verbose else outcome.left_out:
        err(f"{path}: skipped: {reason}")
    if selection.is_root:
        tell_lost_needs(Worktree(selection.base), paths, changed_since, shard)
    if fmt is CheckFormat.TEXT and not quiet:
        for line in findings.skipped(outcome):
            out(line)
        out(findings.outcome_line(outcome))
    if outcome.bug:
        raise outcome.bug
    return int(any(findings.reaches(one, fail_on) for one in problems))
