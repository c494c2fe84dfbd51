"""Explain a generated file, one of its lines or fields, or where the values of a spec go."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..choice import split_place
from ..pipeline import Pipeline, read_config
from .console import err, out, out_json
from .options import Root
from .selection import open_worktree

EXAMPLES = (
    "scaffold explain services/web/deploy/deployment.yaml",
    "scaffold explain services/web/deploy/deployment.yaml:20",
    "scaffold explain services/web/deploy/deployment.yaml:metadata.name --format json",
)


class ExplainFormat(StrEnum):
    """Output format of an explanation."""

    TEXT = "text"
    JSON = "json"


def run_explain(
    place: Annotated[
        str, typer.Argument(help="Generated file, spec or config, or its line or field.", metavar="FILE[:LINE]")
    ],
    root: Root = None,
    fmt: Annotated[ExplainFormat, typer.Option("--format", help="Output format.")] = ExplainFormat.TEXT,
) -> int:
    """Explain where a line is from.

    Shows the template and the values that made it, and who edited it.
    """
    from .. import config_lines, explanation, explanation_text, generated_unit, spec_lines  # noqa: PLC0415 - slow to load

    worktree = open_worktree(root)
    pipeline = Pipeline(worktree, read_config(worktree))
    name, what = split_place(place)
    uses: Sequence[spec_lines.ValueUse | config_lines.ConfigUse] | None = None
    if config_lines.is_config(pipeline, name, Path.cwd()):
        uses = config_lines.uses_of_config(pipeline, what)
    elif spec := spec_lines.find_spec(pipeline, name, Path.cwd()):
        uses = spec_lines.uses_of(spec, what)
    if uses is not None:
        if fmt is ExplainFormat.JSON:
            out_json([one.row for one in uses])
        else:
            out(*(line for one in uses for line in one.text_lines))
        return 0
    about = explanation.explain_file(generated_unit.find_file(pipeline, name, Path.cwd()))
    words = ("scaffold", "reset", *(("--root", str(root)) if root is not None else ()))
    line = explanation.explain_line(about, what, words) if what else None
    if fmt is ExplainFormat.JSON:
        out_json(explanation_text.line_row(line) if line else explanation_text.file_row(about))
    else:
        out(*(explanation_text.line_lines(line) if line else explanation_text.file_lines(about)))
    for problem in about.problems:
        err(*report.problem_lines(problem))
    return 2 if about.problems else 0
