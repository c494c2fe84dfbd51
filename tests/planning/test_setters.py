"""The commits of Flux v2 by its own code: a tag moves on its line and nothing else; later merges keep it.

The judge is ``tests/oracles/setters``, the code of image-automation-controller.
"""

from __future__ import annotations

import difflib
import random
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support.setters import move_tags

WEEKS = 3
SERVICES = ("payments", "ledger", "search")


def move(repo: Repo, tags: dict[str, str]) -> list[str]:
    """Let Flux write tags, by service; return the changed lines, removed and added ones in turn."""
    before = repo.snapshot()
    images = {("flux-system", f"{name}-app"): (f"ghcr.io/example/{name}", tag) for name, tag in tags.items()}
    move_tags(repo.root, images)
    after = repo.snapshot()
    assert before.keys() == after.keys()
    return [
        line
        for path in before
        for line in difflib.unified_diff(*(str(side[path]).split("\\n") for side in (before, after)), n=0, lineterm="")
        if line[:1] in "+-" and line[:3] not in {"---", "+++"}
    ]


def deployment(name: str) -> str:
    return f"services/{name}/deploy/deployment.yaml"


@pytest.fixture
def fleet(tmp_path: Path) -> Repo:
    """Three services under Flux v2, whose tags have a marker each."""
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.ok("init")
    for name in SERVICES:
        repo.ok("new-service", name, "--image", f"ghcr.io/example/{name}:v1.2.3")
    return repo


def test_a_marker_moves_its_field_and_nothing_else(fleet: Repo) -> None:
    assert move(fleet, {}) == []
    assert move(fleet, {"unknown": "v9.9.9"}) == []
    assert move(fleet, dict.fromkeys(SERVICES, "v1.2.3")) == []
    changed = move(fleet, {"payments": "v1.2.4"})
    assert len(changed) == 2, changed
    line = fleet.read(deployment("payments")).split("image: ")[1].split("\n")[0]
    assert line == 'ghcr.io/example/payments:v1.2.4 # {"$imagepolicy": "flux-system:payments-app"}'
    assert fleet.run("diff").code == 0


@pytest.mark.parametrize("seed", range(WEEKS))
def test_a_week_of_commits_and_changes(fleet: Repo, seed: int) -> None:
    """Flux moves tags while people edit and specs change; whatever was moved or edited last is there at the end."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    tags, notes = dict.fromkeys(SERVICES, "v1.2.3"), dict.fromkeys(SERVICES, 0)
    patch = dict.fromkeys(SERVICES, 3)
    for day in range(20):
        name = dice.choice(SERVICES)
        path = deployment(name)
        event = dice.choice(["bot", "bot", "edit", "spec", "comment"])
        if event == "bot":
            patch[name] += 1
            tags[name] = f"v1.2.{patch[name]}"
            assert len(move(fleet, {name: tags[name]})) == 2
        elif event == "edit":
            notes[name] = day + 1
            text = fleet.read(path)
            old = text.split("replicas: ")[1].split("\n")[0]
            fleet.write(path, text.replace(f"replicas: {old}", f"replicas: {day + 1}"))
        elif event == "spec":
            fleet.write(
                f"services/{name}/scaffold.yaml",
                f"template: service\nname: {name}\nimage: ghcr.io/example/{name}\ntag: v1.2.3\nport: {9000 + day}\n",
            )
            fleet.ok("regenerate")
            assert f"containerPort: {9000 + day}" in fleet.read(path)
        else:
            text = fleet.read(path)
            fleet.write(path, text.replace("          image:", f"          # day {day}\n          image:"))
        assert fleet.run("diff").code == 0
        for one, tag in tags.items():
            assert f'/{one}:{tag} # {{"$imagepolicy": "flux-system:{one}-app"}}\n' in fleet.read(deployment(one))
            assert not notes[one] or f"replicas: {notes[one]}\n" in fleet.read(deployment(one))
