"""What Prometheus Operator and Prometheus make of resources and rules: ``tests/oracles/operator`` has their code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from . import alertmanager
from .real import missing

PROGRAM = Path(__file__).parents[1] / "oracles/bin/operator"
ABSENT = "the oracle of Prometheus Operator is not built: make oracles (needs Go 1.26 or newer)"


def ask_operator(requests: Iterable[Mapping[str, Any]], *, seconds: float = 240) -> list[dict[str, Any]]:
    """Return the oracle's answers to requests, in order; one that it refuses is ``{"error": ...}``.

    ``op`` of a request names its operation: see the Go files. Skips the test if the oracle is not built.
    """
    if not PROGRAM.exists():
        missing(ABSENT)
    return alertmanager.ask(requests, seconds=seconds, program=PROGRAM)
