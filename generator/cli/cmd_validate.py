"""Check files against schemas and rules."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid, invalid
from ..worktree import Worktree, Write
from .console import err, out
from .options import Changed, CheckFormat, Jobs, Quiet, Root, Shard
from .progress import open_processes
from .selection import finish_interrupted, read_shard, tell_lost_needs

if TYPE_CHECKING:
    from ..validation import BaselineFile, Outcome, Selection


class FailOn(StrEnum):
    """Lowest severity that fails the run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class CheckProfile(StrEnum):
    """What a run tells of its findings."""

    STRICT = "strict"
    DEFAULT = "default"
    ERRORS = "errors"


EXAMPLES = (
    "scaffold validate",
    "scaffold validate .github clusters/prod --fail-on error",
    "scaffold validate --changed-since origin/main --format sarif",
    "scaffold validate --update-baseline",
)
_PARTS = "takes all findings of the repository"


Validated = Annotated[
    list[str] | None, typer.Argument(help="Files and folders (default: the whole repository).", metavar="[PATH]...")
]
ProfileOption = Annotated[
    CheckProfile | None,
    typer.Option(
        "--profile",
        help="All findings, one screen of errors and warnings, or errors only.",
        show_default="that of the config; strict, or default without a config",
    ),
]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        help="Lowest severity that makes the exit code 1.",
        show_default="warning; with the profiles default and errors: error",
    ),
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        help="File of known findings, which are not told again.",
        metavar="FILE",
        show_default=".scaffold/baseline.json, if it exists",
    ),
]
UpdateBaseline = Annotated[bool, typer.Option("--update-baseline", help="Write all findings of today to the baseline.")]


def run_validate(
    paths: Validated = None,
    profile: ProfileOption = None,
    fail_on: FailOnOption = None,
    baseline: BaselineOption = None,
    update_baseline: UpdateBaseline = False,
    changed_since: Changed = None,
    shard: Shard = None,
    jobs: Jobs = None,
    root: Root = None,
    fmt: Annotated[CheckFormat, typer.Option("--format", help="Output format.")] = CheckFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Check files against schemas and rules, generated or not.

    Checks manifests, workflows, Makefiles, kind, kustomize and Alertmanager files.
    """
    from .. import findings, validation  # noqa: PLC0415 - slow to load
    from .finding_output import Told, tell_findings  # noqa: PLC0415

    selection = validation.select_files(Path.cwd(), root, paths or (), changed_since, read_shard(shard))
    if update_baseline and not selection.is_complete:
        raise invalid("--update-baseline", _PARTS, "run it without paths, --changed-since and --shard")
    known_file = validation.baseline_file(selection, Path.cwd(), baseline, needed=not update_baseline)
    with open_processes(jobs, quiet=quiet) as processes:
        outcome = validation.check_selection(selection, processes)
    if update_baseline:
        return _update_baseline(selection, outcome, known_file, quiet=quiet)
    known = known_file.known(selection, outcome.problems)
    outcome = validation.with_baseline(outcome, known)
    seen = validation.viewed(known.problems, profile.value if profile else outcome.profile, selection.places)
    least = fail_on.value if fail_on else seen.fail_on
    from_root = selection.is_root or not paths
    shown = [findings.shown_from(one, selection.base, Path.cwd(), from_root) for one in seen.problems]
    tell_findings(Told(outcome, seen, shown, known, least), fmt, quiet=quiet)
    for path, reason in outcome.left_out:
        err(f"{path}: skipped: {reason}")
    if selection.is_root:
        tell_lost_needs(Worktree(selection.base), paths, changed_since, shard)
    if outcome.bug:
        raise outcome.bug
    return int(any(findings.reaches(one, least) for one in shown))


def _update_baseline(selection: Selection, outcome: Outcome, file: BaselineFile, *, quiet: bool) -> int:
    """Write the findings of a run to its baseline. Raises Invalid."""
    from ..ready import with_dot_dir  # noqa: PLC0415 - only for a run that writes
    from ..validation import baseline_text  # noqa: PLC0415

    if outcome.bug:
        raise outcome.bug
    text = baseline_text(outcome.problems)
    worktree = Worktree(selection.base)
    unit = "" if file.path.startswith(".scaffold/") else "."
    with with_dot_dir(worktree.root), worktree.alone(err):
        finish_interrupted(worktree)
        writes = [Write(file.path, file.text, text, unit=unit)] if text != file.text else []
        applied = worktree.apply(writes)
    if applied.left:
        raise Invalid(applied.left)
    if not quiet:
        count = len(outcome.problems)
        out(f"{file.path} has {count} finding{'' if count == 1 else 's'}: later runs tell only of new ones")
    return 0
