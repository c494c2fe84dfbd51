"""Annotations of Flux v1, also broken ones: which tag is deployed, judged by the code of Flux itself.

Flux takes every tag for an expression that it cannot read, every version for a range, and reads a misspelt prefix as a
glob.
"""

from __future__ import annotations

import json
import random
import subprocess
from datetime import UTC, datetime

from generator import rules
from generator.automated import automated_images, choose_tag
from generator.images.candidates import Candidate
from generator.rules import Scope

from ..images.test_flux1_oracle import PATTERNS, PROGRAM, TAGS
from ..support.real import missing
from .test_deployed_tags import flux1

BROKEN = [
    *("regexp:^main-(?!1)", "regexp:(a", r"regex:(?<=x)\d", "regexp:"),
    *("semver:one", "semver:>>1", "semver:", "semver:~1.2.x.y"),
    *("glob: main-*", "Glob:main-*", "main-*", "semver~1", " semver:~1", "glob:", "glob:main-[0-9]*", "*", "latest"),
]  # fmt: skip
COUNT = 4_000


def test_the_tag_that_is_deployed_is_that_of_flux() -> None:
    if not PROGRAM.is_file():
        missing("the oracle of Flux v1 is not built: make oracles (needs Go 1.25 or newer)")
    rand = random.Random(7)  # noqa: S311 - not for secrets
    questions = []
    for _ in range(COUNT):
        tags = rand.sample(TAGS, rand.choice((0, 1, 2, 3, 5, 9)))
        current = rand.choice([*tags, rand.choice(TAGS)])
        pattern = rand.choice(PATTERNS if rand.random() < 0.3 else BROKEN)
        questions.append((pattern, {tag: rand.randrange(1, 99) for tag in tags}, current))
    asked = (
        {"pattern": pattern, "current": now, "tags": [{"tag": tag, "time": at} for tag, at in times.items()]}
        for pattern, times, now in questions
    )
    text = "".join(f"{json.dumps(one)}\n" for one in asked)
    done = subprocess.run([PROGRAM], input=text, capture_output=True, text=True, timeout=120, check=True)
    deployed = 0
    for (pattern, times, current), line in zip(questions, done.stdout.splitlines(), strict=True):
        file = rules.recognise("a.yaml", flux1(current, pattern)).file
        assert file is not None
        (image,) = automated_images([file], Scope((file,)))
        choice = choose_tag(image, [Candidate(tag, datetime.fromtimestamp(at, UTC)) for tag, at in times.items()])
        winner = json.loads(line)["winner"]
        assert (choice.deployed.tag if choice.deployed else "") == winner, (pattern, times, current, choice.reason)
        deployed += bool(winner)
    assert deployed > COUNT // 20
