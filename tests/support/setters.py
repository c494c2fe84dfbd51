"""Commits of Flux v2 by its own code: ``tests/oracles/setters``, that of image-automation-controller."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .real import missing

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "setters"


def move_tags(root: Path, images: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    """Write tags to all files below a folder, where markers name policies; without the program the test is skipped.

    ``images`` are image and tag of a policy, by its namespace and name.
    """
    if not PROGRAM.is_file():
        missing("the oracle of setters is not built: make oracles (needs Go 1.26 or newer)")
    policies = [
        {"namespace": space, "name": name, "image": image, "tag": tag} for (space, name), (image, tag) in images.items()
    ]
    command, text = [PROGRAM, root], json.dumps(policies)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
