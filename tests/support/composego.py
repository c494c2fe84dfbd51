"""What Docker Compose makes of files, by its own loader: ``tests/oracles/compose``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .real import missing

PROGRAM = Path(__file__).parents[1] / "oracles/bin/compose"
ABSENT = "the oracle of Docker Compose is not built: make oracles (needs Go 1.26 or newer)"


def loaded_files(texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return ``{"services": …}`` or ``{"error": …}`` for each file, in order. Skips the test without the oracle."""
    if not PROGRAM.exists():
        missing(ABSENT)
    lines = "".join(json.dumps(one) + "\n" for one in texts)
    done = subprocess.run([PROGRAM], input=lines, capture_output=True, text=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
