"""List the rules, or explain one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ..errors import invalid
from .console import out, out_json
from .options import Terse

EXAMPLES = (
    "scaffold rules",
    "scaffold rules AM001",
    "scaffold rules --format json",
)


class RulesFormat(StrEnum):
    """Output format of rules."""

    TEXT = "text"
    JSON = "json"


def _complete(incomplete: str) -> list[str]:
    """Complete rule ids for the shell."""
    from ..rules import all_rules  # noqa: PLC0415 - slow to load

    return [one.id for one in all_rules() if one.id.startswith(incomplete.upper())]


def run_rules(
    name: Annotated[
        str | None,
        typer.Argument(help="Rule to explain.", metavar="[ID]", autocompletion=_complete),
    ] = None,
    fmt: Annotated[RulesFormat, typer.Option("--format", help="Output format.")] = RulesFormat.TEXT,
    quiet: Terse = False,
) -> int:
    """List the rules, or explain one with examples.

    With -q only their ids.
    """
    from .. import findings  # noqa: PLC0415 - slow to load
    from ..rules import all_rules  # noqa: PLC0415

    every = all_rules()
    if name is not None:
        every = tuple(one for one in every if one.id == name.upper())
        if not every:
            raise invalid(name, "is not a rule", "run scaffold rules to list them")
    if fmt is RulesFormat.JSON:
        out_json([findings.rule_row(one) for one in every])
    elif quiet:
        out(*(one.id for one in every))
    elif name is not None:
        out(*findings.rule_lines(every[0]))
    else:
        for one in every:
            out(f"{one.id:<8} {one.severity:<8} {one.summary}")
    return 0
