"""What Alertmanager makes of configurations and alerts, by its own code: ``tests/oracles/alertmanager``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .real import missing

PROGRAM = Path(__file__).parents[1] / "oracles/bin/alertmanager"
ABSENT = "the oracle of Alertmanager is not built: make oracles (needs Go 1.26 or newer)"


def ask(
    requests: Iterable[Mapping[str, Any]], *, seconds: float = 120, program: Path = PROGRAM
) -> list[dict[str, Any]]:
    """Return the oracle's answers to requests, in order; one that it refuses is ``{"error": ...}``.

    ``op`` of a request names its operation, the default is ``routes``: see the Go files. Skips the test if the oracle
    is not built.
    """
    if not program.exists():
        missing(ABSENT)
    lines = "".join(json.dumps(one) + "\n" for one in requests)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, timeout=seconds, check=True)
    return [json.loads(line) for line in done.stdout.split("\n") if line]
