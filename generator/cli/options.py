"""The options that commands share, and their shell completion."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import repository
from ..assets import backend_names
from ..errors import Invalid
from ..workers import MAX_JOBS


class Format(StrEnum):
    """Output format of results."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class CheckFormat(StrEnum):
    """Output format of findings."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    GITLAB = "gitlab"
    JUNIT = "junit"


class ListFormat(StrEnum):
    """Output format of a list of units."""

    TEXT = "text"
    JSON = "json"
    GITHUB_MATRIX = "github-matrix"
    GITHUB_IMAGES = "github-images"


if TYPE_CHECKING:

    class Automation(StrEnum):
        """What updates image tags."""

else:
    Automation = StrEnum("Automation", {one: one for one in backend_names()})


# Text that every shell reads as a plain word: some shells insert completions unquoted, and zsh evaluates them.
_PLAIN = re.compile(r"[\w.][\w./@+-]*", re.ASCII)


def complete_units(incomplete: str) -> list[str]:
    """Complete units for the shell; leave out names that a shell could interpret."""
    try:
        units = repository.discover(repository.find_root(Path.cwd()))
    except Invalid:
        return []
    return [one for one in units if one.startswith(incomplete) and _PLAIN.fullmatch(one)]


Root = Annotated[
    Path | None,
    typer.Option("--root", help="Repository root (default: nearest parent with .scaffold/).", metavar="DIR"),
]
Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Paths at, above or below units (default: all units).", metavar="[PATH]...", autocompletion=complete_units
    ),
]
Fmt = Annotated[Format, typer.Option("--format", help="Output format.")]
Changed = Annotated[
    str | None, typer.Option("--changed-since", help="Only units changed since this git revision.", metavar="REF")
]
Shard = Annotated[
    str | None, typer.Option("--shard", help="Only the I-th of N equal parts of the units.", metavar="I/N")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        max=MAX_JOBS,
        envvar="SCAFFOLD_JOBS",
        show_envvar=False,
        help="Number of processes (default: SCAFFOLD_JOBS, or the cores that it may use).",
        metavar="N",
    ),
]
SETTLING = frozenset({"--ours", "--theirs", "--reset", "--yes-reroute"})  # the options that settle conflicts
Ours = Annotated[
    list[str] | None,
    typer.Option("--ours", help="Settle conflicts with your side: all, or those named.", metavar="[PATH[:FIELD]]"),
]
Theirs = Annotated[
    list[str] | None,
    typer.Option(
        "--theirs", help="Settle conflicts with the generated side: all, or those named.", metavar="[PATH[:FIELD]]"
    ),
]
Reset = Annotated[
    list[str] | None,
    typer.Option(
        "--reset",
        help="Discard your version of a file, of the files of a folder, or of a field, and show what is lost.",
        metavar="PATH[:FIELD]",
    ),
]
YesReroute = Annotated[bool, typer.Option("--yes-reroute", help="Accept that receivers of Alertmanager lose alerts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, and write without showing the spec first.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only problems.")]
Terse = Annotated[bool, typer.Option("--quiet", "-q", help="Print results and problems, without notes and details.")]
DirOption = Annotated[
    str | None, typer.Option("--dir", help="Folder of the unit (default: derived from its name).", metavar="DIR")
]
TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        help="Template of this repository that extends the command's (default: the command's, or that of the spec).",
        metavar="NAME",
    ),
]
Update = Annotated[bool, typer.Option("--update", help="Set these values in the spec of an existing unit.")]
