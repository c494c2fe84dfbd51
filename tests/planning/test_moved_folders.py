"""Folders of units that were moved by git or by hand: the next run moves their workflows, with their edits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest

from ..conftest import Repo, git

EDIT = "timeout-minutes: 31 # slow on Mondays"
OTHER = "timeout-minutes: 32 # slow on Fridays"


def flow(unit: str) -> str:
    return f".github/workflows/{unit.replace('/', '-')}.yaml"


def commit(repo: Repo) -> None:
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--allow-empty", "--message", "work")


def move(repo: Repo, old: str, new: str) -> None:
    (repo.root / new).parent.mkdir(parents=True, exist_ok=True)
    (repo.root / old).rename(repo.root / new)


def edit_flow(repo: Repo, unit: str, line: str) -> None:
    repo.edit(flow(unit), "    timeout-minutes: 30", f"    {line}")


@pytest.fixture
def two(repo: Repo) -> Repo:
    """A repository with two services that have workflows, both edited."""
    for name, line in (("web", EDIT), ("api", OTHER)):
        repo.ok("new-service", name, "--image", f"a/{name}:1.2.3", "--workflow", "-q")
        edit_flow(repo, f"services/{name}", line)
    commit(repo)
    return repo


def settled(repo: Repo, *expected: tuple[str, str]) -> None:
    """Regenerate; each workflow is at its place with its edit, in the name of its unit, and nothing is left to do."""
    repo.ok("regenerate", "-q")
    for unit, line in expected:
        text = repo.read(flow(unit))
        assert text.startswith(f"# Made from {unit}/scaffold.yaml\n"), unit
        assert f"make -C {unit}/e2e" in text
        assert [one for one in (EDIT, OTHER) if one in text] == ([line] if line else []), unit
        lock = json.loads(repo.read(f"{unit}/scaffold.lock"))
        assert [one["path"] for one in lock["files"] if one["path"].startswith("/")] == [f"/{flow(unit)}"]
    made = [one.name for one in (repo.root / ".github/workflows").iterdir() if not one.name.startswith("scaffold-")]
    assert sorted(f".github/workflows/{one}" for one in made) == sorted(flow(unit) for unit, _ in expected)
    before = repo.snapshot()
    repo.ok("diff")
    repo.ok("diff", "--verify")
    repo.ok("regenerate")
    assert repo.snapshot() == before


def by_git(repo: Repo) -> None:
    (repo.root / "apps").mkdir()
    git(repo.root, "mv", "services/web", "apps/web")


def by_hand(repo: Repo) -> None:
    move(repo, "services/web", "apps/web")


def committed(repo: Repo) -> None:
    by_git(repo)
    commit(repo)


def twice(repo: Repo) -> None:
    move(repo, "services/web", "somewhere/else")
    move(repo, "somewhere/else", "apps/web")


def with_its_workflow(repo: Repo) -> None:
    by_hand(repo)
    move(repo, flow("services/web"), flow("apps/web"))


def with_its_workflow_and_first_line(repo: Repo) -> None:
    with_its_workflow(repo)
    repo.edit(flow("apps/web"), "# Made from services/web/", "# Made from apps/web/")


def with_the_first_line_only(repo: Repo) -> None:
    by_hand(repo)
    repo.edit(flow("services/web"), "# Made from services/web/", "# Made from apps/web/")


def with_the_spec(repo: Repo) -> None:
    by_hand(repo)
    repo.write("apps/web/scaffold.yaml", repo.read("apps/web/scaffold.yaml") + "port: 9090\n")


def with_crlf(repo: Repo) -> None:
    by_hand(repo)
    repo.write(flow("services/web"), repo.read(flow("services/web")).replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "how",
    [
        by_git, by_hand, committed, twice, with_its_workflow, with_its_workflow_and_first_line,
        with_the_first_line_only, with_the_spec,
    ],
)  # fmt: skip
def test_the_workflow_moves_with_its_edits(two: Repo, how: Callable[[Repo], None]) -> None:
    how(two)
    done = two.run("diff")
    assert (done.code, "conflict" in done.out) == (1, False)
    if two.has(flow("services/web")):
        assert f"{flow('apps/web')} (moved from {flow('services/web')})" in done.out
    settled(two, ("apps/web", EDIT), ("services/api", OTHER))


def test_line_ends_move_too(two: Repo) -> None:
    with_crlf(two)
    two.ok("regenerate")
    assert two.read(flow("apps/web")).startswith("# Made from apps/web/scaffold.yaml\r\n")
    two.ok("diff")


@pytest.mark.parametrize(("old", "new"), [("services/web", "Services/web"), ("services/web", "services/Web")])
def test_a_change_of_case(two: Repo, old: str, new: str) -> None:
    move(two, old, new)
    settled(two, (new, EDIT), ("services/api", OTHER))


def test_a_workflow_whose_name_stays(two: Repo) -> None:
    """Nothing but the first line in the lock tells that the folder is another one."""
    move(two, "services/web", "services-web")
    assert flow("services-web") == flow("services/web")
    assert two.run("diff").code == 1
    settled(two, ("services-web", EDIT), ("services/api", OTHER))


def test_swapped_folders(two: Repo) -> None:
    move(two, "services/web", "x")
    move(two, "services/api", "services/web")
    move(two, "x", "services/api")
    settled(two, ("services/api", EDIT), ("services/web", OTHER))
    assert "name: api" in two.read("services/web/scaffold.yaml")


def test_a_folder_in_the_place_of_another(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    move(two, "services/api", "services/web")
    settled(two, ("apps/web", EDIT), ("services/web", OTHER))


def test_swapped_with_a_unit_that_has_no_workflow(two: Repo) -> None:
    move(two, "services/payments", "x")
    move(two, "services/web", "services/payments")
    move(two, "x", "services/web")
    settled(two, ("services/payments", EDIT), ("services/api", OTHER))


def test_a_ring_of_three(two: Repo) -> None:
    two.ok("new-service", "third", "--image", "a/c:1.2.3", "--workflow", "-q")
    move(two, "services/web", "x")
    move(two, "services/third", "services/web")
    move(two, "services/api", "services/third")
    move(two, "x", "services/api")
    settled(two, ("services/api", EDIT), ("services/third", OTHER), ("services/web", ""))


def test_swapped_folders_regenerated_one_by_one(two: Repo) -> None:
    """One alone would overwrite the workflow of the other: nothing is lost, and a run of all ends it."""
    move(two, "services/web", "x")
    move(two, "services/api", "services/web")
    move(two, "x", "services/api")
    before = two.snapshot()
    assert two.run("regenerate", "services/web").code == 2
    assert {k: v for k, v in two.snapshot().items() if "workflows" in k} == {
        k: v for k, v in before.items() if "workflows" in k
    }
    settled(two, ("services/api", EDIT), ("services/web", OTHER))


def test_a_copied_folder_gets_a_workflow_of_its_own(two: Repo) -> None:
    shutil.copytree(two.root / "services/web", two.root / "apps/web")
    before = two.read(flow("services/web"))
    settled(two, ("services/web", EDIT), ("services/api", OTHER), ("apps/web", ""))
    assert two.read(flow("services/web")) == before


def test_a_moved_folder_and_its_copy(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    shutil.copytree(two.root / "apps/web", two.root / "copies/web")
    done = two.run("diff")
    assert f"{flow('copies/web')}: is new: {flow('services/web')} is that of apps/web/scaffold.yaml" in done.out
    settled(two, ("apps/web", EDIT), ("services/api", OTHER), ("copies/web", ""))


def test_only_the_moved_unit(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    two.ok("diff", "services")
    two.ok("regenerate", "apps")
    settled(two, ("apps/web", EDIT), ("services/api", OTHER))


def test_it_is_no_stray_in_any_shard(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    for number in (1, 2, 3, 4):
        assert "is gone" not in two.run("diff", "--shard", f"{number}/4").out


def test_a_workflow_that_is_no_longer_wanted(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    two.edit("apps/web/scaffold.yaml", "workflow: true\n", "")
    done = two.run("regenerate")
    assert done.code == 1
    assert "no longer generated, but you edited it" in done.out
    two.ok("regenerate", f"--theirs={flow('services/web')}")
    assert not two.has(flow("services/web"))
    settled(two, ("services/api", OTHER))


def test_a_held_unit(two: Repo) -> None:
    two.write(".scaffold/config.yaml", two.read(".scaffold/config.yaml") + "hold: {service: ['apps/*']}\n")
    move(two, "services/web", "apps/web")
    before = two.snapshot()
    two.ok("diff")
    two.ok("regenerate")
    assert two.snapshot() == before
    two.edit(".scaffold/config.yaml", "hold: {service: ['apps/*']}\n", "")
    settled(two, ("apps/web", EDIT), ("services/api", OTHER))


def test_an_edit_that_the_move_changes_too_is_a_conflict(two: Repo) -> None:
    two.edit(flow("services/web"), "make -C services/web/e2e", "make -C services/web/e2e KEEP=1")
    move(two, "services/web", "apps/web")
    before = two.snapshot()
    done = two.run("regenerate")
    assert done.code == 1
    assert two.snapshot() == before
    (row,) = [one for one in two.rows() if one["conflicts"]]
    assert row["path"] == flow("apps/web")
    two.ok("regenerate", f"--ours={flow('apps/web')}")
    assert "make -C services/web/e2e KEEP=1" in two.read(flow("apps/web"))
    assert not two.has(flow("services/web"))
    two.ok("diff")


def test_moved_in_one_branch_and_edited_in_another(two: Repo) -> None:
    git(two.root, "branch", "mover")
    two.edit(flow("services/web"), EDIT, "timeout-minutes: 45 # slower")
    two.edit("services/web/deploy/deployment.yaml", "  replicas: 1\n", "  replicas: 4\n")
    commit(two)
    git(two.root, "checkout", "--quiet", "-b", "mine", "mover")
    by_git(two)
    two.ok("regenerate", "-q")
    commit(two)
    git(two.root, "merge", "--quiet", "--no-edit", "@{-1}")
    assert "timeout-minutes: 45 # slower" in two.read(flow("apps/web"))
    assert "  replicas: 4\n" in two.read("apps/web/deploy/deployment.yaml")
    two.ok("diff")


def test_moved_without_a_run_and_edited_in_another_branch(two: Repo) -> None:
    git(two.root, "branch", "mover")
    two.edit(flow("services/web"), EDIT, "timeout-minutes: 45 # slower")
    commit(two)
    git(two.root, "checkout", "--quiet", "-b", "mine", "mover")
    by_git(two)
    commit(two)
    git(two.root, "merge", "--quiet", "--no-edit", "@{-1}")
    two.ok("regenerate")
    assert "timeout-minutes: 45 # slower" in two.read(flow("apps/web"))
    two.ok("diff")


# What a lock, which anybody can commit, must not reach.


def with_lock(repo: Repo, unit: str, change: Callable[[dict[str, object]], None]) -> None:
    path = f"{unit}/scaffold.lock"
    data = json.loads(repo.read(path))
    (one,) = (one for one in data["files"] if one["path"].startswith("/"))
    change(one)
    repo.write(path, json.dumps(data, indent=1) + "\n")


@pytest.mark.parametrize(
    "path",
    [
        "/.github/workflows/deploy.yaml", "/.github/workflows/../../README.yaml", "/README.md", "/etc/passwd",
        "/.github/workflows/scaffold-diff.yaml", "/.git/config", "/.github/workflows/services-gone.yml",
    ],
)  # fmt: skip
def test_a_lock_names_only_the_workflow_of_the_spec_in_its_first_line(two: Repo, path: str) -> None:
    two.write(".github/workflows/deploy.yaml", "on: push\n")
    with_lock(two, "services/web", lambda one: one.update(path=path))
    before = two.snapshot()
    for command in (("diff",), ("regenerate",), ("rm", "services/web", "--theirs"), ("mv", "services/web", "x")):
        done = two.run(*command)
        assert done.code == 2
        assert "does not belong to this unit" in done.err
    assert two.snapshot() == before


def test_a_lock_does_not_reach_the_workflow_of_an_existing_unit(two: Repo) -> None:
    def claim(one: dict[str, object]) -> None:
        text = two.read(flow("services/api"))
        one.update(path=f"/{flow('services/api')}", text=text.split("\n"))

    with_lock(two, "services/web", claim)
    before = two.read(flow("services/api"))
    two.run("regenerate", "--theirs")
    assert two.read(flow("services/api")) == before
    two.run("rm", "services/web", "--theirs")
    assert two.read(flow("services/api")) == before


@pytest.mark.parametrize("text", ["on: push\n", "# Mine\n# Made from services/old/scaffold.yaml\n"])
def test_a_lock_does_not_reach_a_workflow_that_names_no_spec(two: Repo, text: str) -> None:
    two.write(flow("services/old"), text)
    with_lock(
        two,
        "services/web",
        lambda one: one.update(
            path=f"/{flow('services/old')}", text=["# Made from services/old/scaffold.yaml", "on: push", ""]
        ),
    )
    for command in (("regenerate", "--theirs"), ("rm", "services/web", "--theirs")):
        two.run(*command)
        assert two.read(flow("services/old")) == text


def test_a_new_unit_does_not_take_over_the_workflow_of_a_moved_one(two: Repo) -> None:
    move(two, "services/web", "apps/web")
    before = two.snapshot()
    done = two.run("new-service", "web", "--image", "b/web:1.2.3", "--namespace", "other", "--workflow")
    assert done.code == 2
    assert "the workflow of the unit that was moved to apps/web" in done.err
    assert two.snapshot() == before
    two.ok("regenerate", "-q")
    two.ok("new-service", "web", "--image", "b/web:1.2.3", "--namespace", "other", "--workflow", "-q")
    settled(two, ("apps/web", EDIT), ("services/api", OTHER), ("services/web", ""))


def test_a_spec_without_a_lock_in_the_old_folder_is_undecided(two: Repo) -> None:
    shutil.copytree(two.root / "services/web", two.root / "apps/web")
    (two.root / "services/web/scaffold.lock").unlink()
    before = two.snapshot()
    done = two.run("regenerate")
    assert done.code == 2
    assert "which has no lock that can be read" in done.err
    assert f"git mv -- {flow('services/web')} {flow('apps/web')}" in done.err
    assert two.snapshot() == before
