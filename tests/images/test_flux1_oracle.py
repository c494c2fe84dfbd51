"""Which tag Flux v1 deploys, and in which order tags are: the judge is ``tests/oracles/flux1``, its real code."""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from generator.images.backends.flux_v1.flux1_patterns import read_pattern
from generator.images.backends.flux_v1.flux1_selection import flux1_select
from generator.images.candidates import Candidate

from ..support.real import missing

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "flux1"
COUNT = 10_000
PATTERNS = [
    *("glob:main-*", "glob:*-1*", "glob:latest", "glob:v*", "glob:1.2.*", "regexp:^main-[a-f0-9]+$", "regexp:[0-9]$"),
    *("semver:~1.2", "semver:>=1", "semver:^1", "semver:>=1.0.0-0", "semver:1.2 - 1.4", "semver:<2", "glob:main"),
]
TAGS = [
    *("latest", "LATEST", "Latest", "1.2.3", "v1.2.3", "1.02.3", "1.2", "1.2.0", "v1.2", "1", "1.2.3-rc.1", "1.2.10"),
    *(
        "48239175",
        "1234567",
        "main-1",
        "main-10",
        "main-9",
        "main-1a2b3c4",
        "main",
        "v2",
        "v10",
        "dev-1",
        "1.4.0",
        "2.0",
    ),
]


def test_the_tag_that_is_deployed_is_that_of_flux() -> None:
    if not PROGRAM.is_file():
        missing("the oracle of Flux v1 is not built: make oracles (needs Go 1.25 or newer)")
    rand = random.Random(31)  # noqa: S311 - not for secrets
    questions = []
    for _ in range(COUNT):
        tags = rand.sample(TAGS, rand.choice((0, 1, 2, 3, 5, 9)))
        undated = rand.choice((0, 0, 0.2, 1))
        times = {tag: rand.choice((5, 5, 7, rand.randrange(1, 99))) * (rand.random() >= undated) for tag in tags}
        current = rand.choice([*tags, rand.choice(TAGS)])
        questions.append((rand.choice(PATTERNS), times, current))
    lines = [
        json.dumps({"pattern": pattern, "current": now, "tags": [{"tag": t, "time": at} for t, at in times.items()]})
        for pattern, times, now in questions
    ]
    text = "\n".join(lines) + "\n"
    done = subprocess.run([PROGRAM], input=text, capture_output=True, text=True, timeout=120, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == COUNT
    chosen = 0
    for (pattern, times, current), answer in zip(questions, answers, strict=True):
        made = [Candidate(tag, datetime.fromtimestamp(at, UTC) if at else None) for tag, at in times.items()]
        ours = flux1_select(read_pattern(pattern), made, current)
        assert [one.tag for one in ours.ranked] == answer["ranked"], (pattern, times, current)
        assert (ours.winner.tag if ours.winner else "") == answer["winner"], (pattern, times, current)
        chosen += bool(answer["winner"])
    assert chosen > COUNT // 10
