"""Examine the installation, the clone and the repository."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..doctor import diagnose
from .console import out, out_json
from .options import Quiet, Root

EXAMPLES = ("scaffold doctor", "scaffold doctor --format json")
_ROLES = {"ok": "added", "note": "nobody", "problem": "removed"}


class DiagnosisFormat(StrEnum):
    """Output format of diagnoses."""

    TEXT = "text"
    JSON = "json"


def run_doctor(
    root: Root = None,
    fmt: Annotated[DiagnosisFormat, typer.Option("--format", help="Output format.")] = DiagnosisFormat.TEXT,
    quiet: Quiet = False,
) -> int:
    """Examine the installation, the clone and the repository.

    Versions, settings of git, old and broken locks, and the programs that the units need. Exits with 1 if a command
    would fail; writes nothing.
    """
    found = [one for one in diagnose(Path.cwd(), root) if one.verdict == "problem" or not quiet]
    if fmt is DiagnosisFormat.JSON:
        out_json([asdict(one) for one in found])
    else:
        width = max((len(one.topic) for one in found), default=0)
        for one in found:
            out([(_ROLES[one.verdict], f"{one.verdict:<7}"), ("", f" {one.topic + ':':<{width + 1}} {one.message}")])
            if one.hint:
                out(f"{'':<{width + 10}}{one.hint}")
    return int(any(one.verdict == "problem" for one in found))
