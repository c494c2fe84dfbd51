"""``new-e2e``, and what a service's end-to-end test adds to a unit: files, owners, edits that stay."""

from __future__ import annotations

import re

import pexpect
import pytest

from ..cli.test_terminal import spawn
from ..conftest import Repo

UNIT = "e2e/kubectl-tree"
WORKFLOW = ".github/workflows/e2e-kubectl-tree.yaml"
FILES = {"Makefile", "README.md", "cluster.kind", "expected.txt", "fixture.manifest", "scaffold.lock", "scaffold.yaml"}


@pytest.fixture
def tree(empty: Repo) -> Repo:
    """A repository with the test of kubectl-tree."""
    empty.ok("new-e2e", "kubectl-tree", "--plugin", "tree")
    return empty


def names(repo: Repo, folder: str) -> set[str]:
    return {path.removeprefix(f"{folder}/") for path in repo.snapshot() if path.startswith(f"{folder}/")}


def test_it_writes_exactly_what_was_given(tree: Repo) -> None:
    assert names(tree, UNIT) == FILES
    schema = "# yaml-language-server: $schema=../../.scaffold/schemas/e2e.schema.json\n"
    assert tree.read(f"{UNIT}/scaffold.yaml") == f"{schema}template: e2e\nname: kubectl-tree\nplugin: tree\n"
    assert tree.read(WORKFLOW).startswith(f"# Made from {UNIT}/scaffold.yaml\n")
    before = tree.snapshot()
    assert "nothing to do" in tree.ok("new-e2e", "kubectl-tree", "--plugin", "tree", "--update").out
    tree.ok("regenerate")
    assert tree.snapshot() == before
    assert '"template": "e2e"' in tree.ok("list", "--format", "json").out


def test_the_plugin_follows_from_the_name(empty: Repo) -> None:
    empty.ok("new-e2e", "kubectl-tree")
    assert "kubectl tree " in empty.read(f"{UNIT}/Makefile")
    assert "plugin:" not in empty.read(f"{UNIT}/scaffold.yaml")
    empty.ok("new-e2e", "login", "--plugin", "oidc-login")
    assert "kubectl-oidc_login" in empty.read("e2e/login/Makefile")
    assert "install oidc-login\n" in empty.read("e2e/login/Makefile")
    assert "make -C e2e/login install\n" in empty.read(".github/workflows/e2e-login.yaml")


def test_krew_can_be_told_the_version(tree: Repo) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    tree.ok("new-e2e", "kubectl-tree", "--plugin", "tree", "--krew-index", commit, "--update")
    assert f"/krew-index/{commit}/plugins/tree.yaml\n" in tree.read(f"{UNIT}/Makefile")
    assert f"make -C {UNIT} install" not in tree.read(WORKFLOW)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "NAME: is missing"),
        (("UPPER",), "NAME: name"),
        (("a" * 64,), "NAME: name"),
        (("x", "--plugin", "kubectl-tree"), "--plugin: plugin"),
        (("x", "--plugin", "tree; id"), "--plugin: plugin"),
        (("x", "--plugin", "tree\n"), "--plugin: plugin"),
        (("x", "--plugin", "${{ x }}"), "--plugin: plugin"),
        (("x", "--krew-index", "master"), "--krew-index: "),
        (("x", "--dir", "../x"), "--dir: ../x is outside"),
    ],
)
def test_wrong_values_write_nothing(empty: Repo, arguments: tuple[str, ...], says: str) -> None:
    before = empty.snapshot()
    done = empty.run("new-e2e", *arguments)
    assert done.code == 2
    assert says in done.err
    assert empty.snapshot() == before


def test_missing_values_are_asked_for(empty: Repo) -> None:
    child = spawn(empty, "new-e2e")
    child.expect("Name of the test.*: ")
    child.sendline("kubectl-tree")
    child.expect("created e2e/kubectl-tree/Makefile")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_without_a_workflow(empty: Repo) -> None:
    empty.ok("new-e2e", "kubectl-tree", "--no-workflow")
    assert not empty.has(WORKFLOW)
    empty.ok("new-e2e", "kubectl-tree", "--workflow", "--update")
    assert empty.has(WORKFLOW)
    empty.ok("new-e2e", "kubectl-tree", "--no-workflow", "--update")
    assert not empty.has(WORKFLOW)
    empty.ok("diff")


def test_a_service_has_a_test_unless_told_otherwise(repo: Repo) -> None:
    assert names(repo, "services/payments/e2e") == {"Makefile", "cluster.kind"}
    assert not repo.has(".github/workflows/services-payments.yaml")
    repo.ok("new-service", "bare", "--image", "a/b:1.2.3", "--no-e2e")
    assert not repo.has("services/bare/e2e")
    repo.ok("new-service", "own", "--image", "a/b:1.2.3", "--workflow")
    assert "make -C services/own/e2e\n" in repo.read(".github/workflows/services-own.yaml")
    done = repo.run("new-service", "x", "--image", "a/b:1.2.3", "--no-e2e", "--workflow")
    assert done.code == 2
    assert "--workflow: the workflow has no end-to-end test" in done.err
    repo.ok("new-service", "payments", "--image", "ghcr.io/example/payments:master-1", "--no-e2e", "--update")
    assert not repo.has("services/payments/e2e")


def test_what_is_the_users_stays(tree: Repo) -> None:
    """Fixture and expected output are the user's at once; the Makefile is merged."""
    tree.write(f"{UNIT}/expected.txt", "mine\n")
    tree.write(f"{UNIT}/fixture.manifest", "kind: Mine\n")
    makefile = f"{UNIT}/Makefile"
    tree.edit(makefile, "--timeout=180s\n}", "--timeout=300s\n}")
    tree.edit(WORKFLOW, "timeout-minutes: 30", "timeout-minutes: 45 # slow machines")
    tree.ok("diff")
    spec = f"{UNIT}/scaffold.yaml"
    tree.write(spec, tree.read(spec) + 'fixture: {namespace: other}\nkubernetes: {versions: ["1.35"]}\n')
    done = tree.run("diff")
    assert done.code == 1
    assert "--namespace other" in done.text
    done = tree.run("regenerate")
    assert done.code == 1
    assert f"{makefile}:" in done.err + done.out
    tree.ok("regenerate", f"--theirs={makefile}")
    assert tree.read(f"{UNIT}/expected.txt") == "mine\n"
    assert tree.read(f"{UNIT}/fixture.manifest") == "kind: Mine\n"
    assert "timeout-minutes: 45 # slow machines" in tree.read(WORKFLOW)
    assert re.findall(r'kubernetes: "(.*)"', tree.read(WORKFLOW)) == ["1.35"]
    tree.ok("diff")


def test_two_units_cannot_have_one_workflow(empty: Repo) -> None:
    empty.ok("new-e2e", "b", "--dir", "e2e/a-b")
    before = empty.snapshot()
    done = empty.run("new-e2e", "b", "--dir", "e2e-a/b")
    assert done.code == 2
    both = "e2e/a-b/scaffold.yaml and e2e-a/b/scaffold.yaml both generate .github/workflows/e2e-a-b.yaml"
    assert done.err.startswith(f"--dir: {both}")
    assert empty.snapshot() == before
    empty.write("e2e-a/b/scaffold.yaml", "template: e2e\nname: b\n")
    for command in ("diff", "regenerate"):
        done = empty.run(command)
        assert done.code == 2
        assert both in done.err
    assert empty.run("regenerate", "e2e-a/b", "--theirs").code == 2
    (empty.root / "e2e/a-b/scaffold.lock").unlink()
    (empty.root / ".github/workflows/e2e-a-b.yaml").unlink()
    done = empty.run("regenerate")
    assert done.code == 2
    assert "both generate .github/workflows/e2e-a-b.yaml" in done.err
    empty.ok("new-e2e", "b", "--dir", "e2e/a-b", "--no-workflow", "--update")
    assert empty.run("regenerate").code == 0
    assert empty.read(".github/workflows/e2e-a-b.yaml").startswith("# Made from e2e-a/b/scaffold.yaml\n")


def test_a_workflow_that_is_nobodys_is_not_overwritten(empty: Repo) -> None:
    empty.write(WORKFLOW, "name: mine\non: push\njobs: {}\n")
    before = empty.snapshot()
    done = empty.run("new-e2e", "kubectl-tree", "--plugin", "tree")
    assert done.code == 1
    assert f"{WORKFLOW}:1: " in done.err
    assert empty.snapshot() == before
    (empty.root / WORKFLOW).unlink()
    empty.ok("new-e2e", "kubectl-tree", "--plugin", "tree")
    assert "name: e2e/kubectl-tree\n" in empty.read(WORKFLOW)


def test_a_folder_that_no_workflow_can_name(empty: Repo) -> None:
    before = empty.snapshot()
    done = empty.run("new-e2e", "x", "--dir", "e2e/${{ github.token }}")
    assert done.code == 2
    assert "GitHub Actions expression" in done.err
    assert "workflow: false" in done.err
    assert empty.snapshot() == before
    empty.ok("new-e2e", "x", "--dir", "e2e/${{ github.token }}", "--no-workflow")


def test_a_change_of_the_workflow_is_a_change_of_its_unit(tree: Repo) -> None:
    from ..conftest import git  # noqa: PLC0415

    tree.ok("new-e2e", "b", "--dir", "my tests/b")
    git(tree.root, "add", "--all")
    git(tree.root, "commit", "--quiet", "--message", "all")
    tree.edit(".github/workflows/my tests-b.yaml", "timeout-minutes: 30", "timeout-minutes: 31")
    assert tree.ok("list", "--changed-since", "HEAD").out.split() == ["my", "tests/b", "e2e"]
