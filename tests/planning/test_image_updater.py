"""The commits of Argo CD Image Updater by its library: tags stay, and nothing that people write is lost.

The judge is ``tests/oracles/setters kustomizations``, which takes the same steps of kyaml. Keel has no such test: it
changes the cluster, and never a file.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
import yaml

from generator.choice import Choice
from generator.pipeline import Pipeline, read_config
from generator.worktree import Worktree
from generator.writes import writes_of

from ..conftest import Repo, git
from ..support.real import missing

PROGRAM = Path(__file__).parent.parent / "oracles" / "bin" / "setters"
WEEKS = 3
SERVICES = ("payments", "ledger", "search")


def move(repo: Repo, name: str, tag: str) -> None:
    """Let Image Updater write the tag of a service's image."""
    asked = [{"path": kustomization(name), "name": f"ghcr.io/example/{name}", "tag": tag}]
    done = subprocess.run(
        [PROGRAM, "kustomizations", repo.root], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def kustomization(name: str) -> str:
    return f"services/{name}/deploy/kustomization.yaml"


def deployment(name: str) -> str:
    return f"services/{name}/deploy/deployment.yaml"


def spec(name: str, *lines: str) -> str:
    head = f"template: service\nname: {name}\nautomation: argocd\nimage: ghcr.io/example/{name}\ntag: v1.2.3\n"
    return head + "".join(f"{line}\n" for line in lines)


def regenerate(repo: Repo) -> None:
    """Regenerate in this process, as the command does; nothing may conflict, and nothing is left to do."""
    worktree = Worktree(repo.root)
    for is_first in (True, False):
        units = list(Pipeline(worktree, read_config(worktree), Choice()).units([f"services/{x}" for x in SERVICES]))
        for unit in units:
            assert not unit.problems
            assert unit.plan is not None
            assert not any(change.conflicts for change in unit.plan.changes)
            assert is_first or not unit.plan.drifts
        with worktree.alone(lambda _said: None):
            worktree.apply(writes_of(units))


@pytest.fixture
def fleet(tmp_path: Path) -> Repo:
    """Three services under Image Updater."""
    if not PROGRAM.exists():
        missing("the oracle of setters is not built: make oracles (needs Go 1.26 or newer)")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(tmp_path)
    repo.write(".scaffold/config.yaml", "automation: argocd\n")
    for name in SERVICES:
        repo.write(f"services/{name}/scaffold.yaml", spec(name))
    regenerate(repo)
    return repo


def test_the_first_commit_adds_the_images_and_changes_no_other_line(fleet: Repo) -> None:
    before = fleet.read(kustomization("payments")).splitlines()
    move(fleet, "payments", "v1.2.4")
    after = fleet.read(kustomization("payments")).splitlines()
    added = [line for line in after if line not in before]
    assert added == ["images:", "  - name: ghcr.io/example/payments", "    newTag: v1.2.4"]
    assert [line for line in after if line in before] == before
    assert fleet.run("diff").code == 0
    move(fleet, "payments", "v1.2.5")
    assert len(fleet.read(kustomization("payments")).splitlines()) == len(after)


@pytest.mark.parametrize("seed", range(WEEKS))
def test_weeks_of_commits_and_changes(fleet: Repo, seed: int) -> None:
    """Image Updater moves tags while people edit and specs change; what was written last is there at the end."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    tags: dict[str, str] = {}
    notes: dict[str, list[str]] = {name: [] for name in SERVICES}
    extra: dict[str, list[str]] = {name: [] for name in SERVICES}
    ports: dict[str, int] = {}
    for day in range(21):
        name = dice.choice(SERVICES)
        path = kustomization(name)
        text = fleet.read(path)
        match dice.choice(["bot", "bot", "bot", "resource", "comment", "spec", "labels", "pin"]):
            case "bot":
                tags[name] = f"v1.2.{day + 4}"
                move(fleet, name, tags[name])
            case "resource":
                extra[name].append(f"extra-{day}.yaml")
                fleet.write(path, text.replace("resources:\n", f"resources:\n  - {extra[name][-1]}\n"))
            case "comment":
                notes[name].append(f"# day {day}")
                fleet.write(path, text.replace("resources:\n", f"{notes[name][-1]}\nresources:\n"))
            case "spec":
                ports[name] = 9000 + day
                fleet.write(f"services/{name}/scaffold.yaml", spec(name, f"port: {ports[name]}"))
            case "labels":  # changes the kustomization too: a resource comes or goes
                lines = [f"port: {ports[name]}"] if name in ports else []
                fleet.write(f"services/{name}/scaffold.yaml", spec(name, *lines, f"replicas: {dice.randint(1, 3)}"))
            case "pin" if name in tags:  # somebody goes back to an older tag by hand
                old, tags[name] = tags[name], "v1.2.0"
                fleet.write(path, text.replace(f"newTag: {old}\n", "newTag: v1.2.0\n"))
        regenerate(fleet)
        for one in SERVICES:
            text = fleet.read(kustomization(one))
            data = yaml.safe_load(text)
            wanted = [{"name": f"ghcr.io/example/{one}", "newTag": tags[one]}] if one in tags else None
            assert data.get("images") == wanted, (day, text)
            assert set(extra[one]) | {"deployment.yaml", "automation.yaml"} <= set(data["resources"]), (day, text)
            assert all(f"{note}\n" in text for note in notes[one]), (day, text)
            if one in ports:
                assert f"containerPort: {ports[one]}\n" in fleet.read(deployment(one))
    assert fleet.run("diff").code == 0
