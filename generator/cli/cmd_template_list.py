"""List the templates."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from .. import report
from ..pipeline import Pipeline, read_config
from .console import err, out, out_json
from .options import Root
from .selection import open_worktree

EXAMPLES = ("scaffold template list", "scaffold template list --format json")


class TemplateFormat(StrEnum):
    """Output format of a list of templates."""

    TEXT = "text"
    JSON = "json"


def run_template_list(
    root: Root = None,
    fmt: Annotated[TemplateFormat, typer.Option("--format", help="Output format.")] = TemplateFormat.TEXT,
) -> int:
    """List the templates.

    Those that scaffold ships and those of this repository, with the number of their units.
    """
    from ..own_templates.template_list import listed_templates  # noqa: PLC0415 - only for these commands

    worktree = open_worktree(root)
    rows, problems = listed_templates(Pipeline(worktree, read_config(worktree)))
    if fmt is TemplateFormat.JSON:
        out_json(
            [
                {
                    "name": one.name,
                    "version": one.version,
                    "origin": "repository" if one.is_own else "shipped",
                    "overrides": one.overrides,
                    "source": asdict(one.source) if one.source else None,
                    "extends": one.extends,
                    "command": one.command,
                    "units": one.units,
                }
                for one in rows
            ]
        )
    else:
        width = max(len(one.name) for one in rows)
        for one in rows:
            version = "-" if one.version is None else str(one.version)
            count = f"{one.units} unit{'' if one.units == 1 else 's'}"
            notes = [one.origin, *([f"extends {one.extends}"] if one.extends else [])]
            notes += ["replaces the shipped one"] if one.overrides else []
            out(f"{one.name:<{width}}  {version:>3}  {count:>10}  scaffold {one.command:<16}  {', '.join(notes)}")
    for problem in problems:
        err(*report.problem_lines(problem))
    return 2 if problems else 0
