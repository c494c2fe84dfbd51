"""Helm's own merge of values over a chart's defaults: ``tests/oracles/helm``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .alertmanager import ask

PROGRAM = Path(__file__).parents[1] / "oracles/bin/helm"


def coalesced(values: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a chart's templates get them. Skips the test if the oracle is not built."""
    (found,) = ask([{"values": values, "defaults": defaults}], program=PROGRAM)
    merged: dict[str, Any] = found["values"]
    return merged


def merged_files(files: Iterable[Sequence[str]], defaults: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the values of files, of each -f in order, over a chart's defaults. Skips the test without the oracle."""
    answers = ask([{"files": list(one), "defaults": defaults} for one in files], program=PROGRAM)
    return [one["values"] for one in answers]
