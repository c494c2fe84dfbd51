"""What the Go code that Flux links says of tag policies: ``tests/oracles/tags``."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "tags"
ABSENT = "the oracle of tag policies is not built: make oracles (needs Go 1.25 or newer)"


@dataclass(frozen=True)
class Question:
    """A pattern of a method (semver-3.1.1, semver-3.5.0, glob or regexp), and tags to try."""

    method: str
    pattern: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Whether Go's code accepts the pattern, and which of the tags it takes."""

    valid: bool
    takes: tuple[bool, ...]


def ask(questions: Sequence[Question]) -> list[Answer]:
    """Return an answer for each question, by one run of the oracle."""
    lines = [json.dumps({"method": x.method, "pattern": x.pattern, "tags": x.tags}) + "\n" for x in questions]
    done = subprocess.run([PROGRAM], input="".join(lines), capture_output=True, text=True, timeout=120, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions)
    return [Answer(one["valid"], tuple(one["takes"])) for one in answers]
