"""Check files against schemas and rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid, invalid
from ..journal import OF_USER
from ..worktree import Worktree, Write
from .console import err, out
from .options import Changed, CheckFormat, Jobs, Quiet, Root, Shard
from .progress import open_processes
from .selection import finish_interrupted, read_shard, tell_lost_needs

if TYPE_CHECKING:
    from ..validation import BaselineFile, KnownFindings, Outcome, Selection, Viewed


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
    "scaffold validate .github clusters/prod --fail-on error",
    "scaffold validate --changed-since origin/main --format sarif",
    "scaffold validate --fix --dry-run",
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

FixOption = Annotated[
    bool, typer.Option("--fix", help="Fix what has one right answer, as by quotes; no other byte changes.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --fix: only show what would be written.")]


def run_validate(
    paths: Validated = None,
    profile: ProfileOption = None,
    fail_on: FailOnOption = None,
    baseline: BaselineOption = None,
    update_baseline: UpdateBaseline = False,
    fix: FixOption = False,
    dry_run: DryRun = False,
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
    from .finding_output import Told, tell_findings  # noqa: PLC0415

    _refuse_together(fmt, update_baseline=update_baseline, fix=fix, dry_run=dry_run)
    if profile is CheckProfile.ERRORS and fail_on not in {None, FailOn.ERROR}:
        raise invalid(
            "--fail-on", "is error for the profile errors, which has no other findings", "leave one of them out"
        )
    selection = validation.select_files(Path.cwd(), root, paths or (), changed_since, read_shard(shard))
    if update_baseline and not selection.is_complete:
        raise invalid("--update-baseline", _PARTS, "run it without paths, --changed-since and --shard")
    known_file = validation.baseline_file(selection, Path.cwd(), baseline, needed=not update_baseline)
    run = _ValidateRun(selection, known_file, profile.value if profile else "", jobs, quiet)
    outcome = run.check(selection)
    if update_baseline:
        return _update_baseline(selection, outcome, known_file, quiet=quiet)
    if fix and not outcome.bug:
        outcome = _fix(run, outcome, fmt, dry_run=dry_run)
        if dry_run:
            return 0
    known, seen = run.view(outcome)
    least = fail_on.value if fail_on else seen.fail_on
    from_root = selection.is_root or not paths
    shown = [findings.shown_from(one, selection.base, Path.cwd(), from_root) for one in seen.problems]
    tell_findings(Told(validation.with_baseline(outcome, known), seen, shown, known, least), fmt, quiet=quiet)
    for path, reason in outcome.all_left_out if verbose else outcome.left_out:
        err(f"{path}: skipped: {reason}")
    if selection.is_root:
        tell_lost_needs(Worktree(selection.base), paths, changed_since, shard)
    if outcome.bug:
        raise outcome.bug
    return int(any(findings.reaches(one, least) for one in shown))


@dataclass(frozen=True)
class _ValidateRun:
    """What a run checks and tells: ``profile`` is that of the option, ``""`` for the repository's."""

    selection: Selection
    known_file: BaselineFile
    profile: str
    jobs: int | None
    quiet: bool

    def check(self, selection: Selection) -> Outcome:
        """Return the findings in a selection."""
        from ..validation import check_selection  # noqa: PLC0415 - slow to load

        with open_processes(self.jobs, quiet=self.quiet) as processes:
            return check_selection(selection, processes)

    def view(self, outcome: Outcome) -> tuple[KnownFindings, Viewed]:
        """Return what the baseline has of the findings, and which of the others the profile tells."""
        from ..validation import viewed  # noqa: PLC0415 - slow to load

        known = self.known_file.known(self.selection, outcome.problems)
        return known, viewed(known.problems, self.profile or outcome.profile, self.selection.places)


def _refuse_together(fmt: CheckFormat, *, update_baseline: bool, fix: bool, dry_run: bool) -> None:
    """Raise Invalid for options that contradict each other."""
    if fmt is not CheckFormat.TEXT and (update_baseline or dry_run):
        option = "--update-baseline" if update_baseline else "--dry-run"
        raise invalid("--format", f"{fmt.value} is for findings, but {option} prints none", "leave it out")
    if update_baseline and fix:
        raise invalid("--fix", "and --update-baseline are different runs", "fix first, then write the baseline")
    if dry_run and not fix:
        raise invalid(
            "--dry-run", "is for --fix: all else writes nothing but the baseline", "add --fix, or leave it out"
        )


def _fix(run: _ValidateRun, outcome: Outcome, fmt: CheckFormat, *, dry_run: bool) -> Outcome:
    """Fix the findings that a run would tell, print what was fixed, and return the outcome with the rest."""
    from .fixing import fix_findings, fixed_lines  # noqa: PLC0415 - only for a run that writes

    plan = fix_findings(run.selection, outcome, run.view(outcome)[1].problems, run.check, dry_run=dry_run)
    if not run.quiet:
        tell = out if fmt is CheckFormat.TEXT else err
        tell(*fixed_lines(plan, dry_run=dry_run))
    return plan.outcome


def _update_baseline(selection: Selection, outcome: Outcome, file: BaselineFile, *, quiet: bool) -> int:
    """Write the findings of a run to its baseline. Raises Invalid."""
    from ..ready import with_dot_dir  # noqa: PLC0415 - only for a run that writes
    from ..validation import BASELINE_PATH, baseline_text  # noqa: PLC0415

    if outcome.bug:
        raise outcome.bug
    text = baseline_text(outcome.problems)
    worktree = Worktree(selection.base)
    unit = "" if file.path == BASELINE_PATH else OF_USER
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
