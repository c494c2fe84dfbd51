"""``scaffold mv``: the whole folder moves, with its workflow and every edit, or nothing does."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, LOCK, SPEC, Repo, git

OLD_FLOW, NEW_FLOW = ".github/workflows/services-web.yaml", ".github/workflows/apps-deep-web.yaml"


@pytest.fixture
def web(repo: Repo) -> Repo:
    """A repository with a service whose files are edited, that has files of the user's, and that others name."""
    repo.write("src/web/Dockerfile", "FROM scratch\n")
    repo.ok("new-service", "web", "--image", "a/web:1.2.3", "--workflow", "--build", "../../src/web", "-q")
    repo.edit(OLD_FLOW, "    timeout-minutes: 30", "    timeout-minutes: 31 # slow")
    repo.edit("services/web/deploy/deployment.yaml", "  replicas: 1\n", "  replicas: 4 # peak\n")
    repo.edit("services/web/scaffold.yaml", 'build: "../../src/web"', "# Built here.\nbuild: ../../src/web # soon")
    repo.ok("regenerate", "-q")
    repo.write("services/web/run.sh", "#!/bin/sh\nexec make -C e2e\n")
    repo.write("services/web/notes/a b.bin", "\xff\udcfe\x00")
    repo.write("services/web/e2e/fixture.manifest", "# mine\r\n")
    (repo.root / "services/web/run.sh").chmod(0o775)
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "web")
    repo.write("services/web/new.txt", "untracked\n")
    return repo


def files(repo: Repo, folder: str) -> dict[str, tuple[bytes, int]]:
    top = repo.root / folder
    return {
        one.relative_to(top).as_posix(): (one.read_bytes(), one.stat().st_mode & 0o777)
        for one in top.rglob("*")
        if one.is_file()
    }


def test_a_folder_moves_with_everything(web: Repo) -> None:
    before = files(web, "services/web")
    changed = {"scaffold.yaml", "scaffold.lock", "e2e/Makefile"}
    done = web.ok("mv", "services/web", "apps/deep/web")
    assert f"moved services/web to apps/deep/web: {len(before)} files" in done.out
    assert not web.has("services/web")
    after = files(web, "apps/deep/web")
    assert after.keys() == before.keys()
    assert {k: v for k, v in after.items() if k not in changed} == {k: v for k, v in before.items() if k not in changed}
    assert not web.has(OLD_FLOW)
    flow = web.read(NEW_FLOW)
    assert "    timeout-minutes: 31 # slow" in flow
    assert "':(top,literal)src/web'" in flow
    spec = web.read("apps/deep/web/scaffold.yaml")
    assert spec.startswith("# yaml-language-server: $schema=../../../.scaffold/schemas/service.schema.json\n")
    assert "# Built here.\nbuild: ../../../src/web # soon\n" in spec
    assert "name: web\n" in spec
    assert 'docker build --tag "$$image" ../../../../src/web' in web.read("apps/deep/web/e2e/Makefile")
    web.ok("diff")
    web.ok("diff", "--verify")


def test_it_moves_back_to_the_same_bytes(web: Repo) -> None:
    before = web.snapshot()
    web.ok("mv", "services/web", "apps/deep/web", "-q")
    done = web.ok("mv", "apps/deep/web", "services", "-q")
    assert done.out == ""
    assert web.snapshot() == before


def test_a_dry_run_writes_nothing(web: Repo) -> None:
    before = web.snapshot()
    done = web.ok("mv", "services/web", "apps/deep/web", "--dry-run")
    assert "would move services/web to apps/deep/web" in done.out
    assert f"{NEW_FLOW} (moved from {OLD_FLOW})" in done.out
    assert web.snapshot() == before


def test_it_is_what_regenerate_does_after_a_move_by_hand(web: Repo, tmp_path: Path) -> None:
    shutil.copytree(web.root, tmp_path / "other", symlinks=True)
    other = Repo(tmp_path / "other")
    (other.root / "apps").mkdir()
    (other.root / "services/web").rename(other.root / "apps/web")
    other.ok("regenerate", "-q")
    web.ok("mv", "services/web", "apps/web", "-q")
    assert web.snapshot() == other.snapshot()


@pytest.mark.parametrize(
    ("place", "new"),
    [("apps/web", "apps/web"), ("apps", "apps"), ("src", "src/web-1"), ("src/", "src/web-1"), ("./x/../y", "y")],
)
def test_where_it_moves_to(repo: Repo, place: str, new: str) -> None:
    """As with mv: to DIR, or into it if it is there."""
    repo.write("src/README.md", "x\n")
    (repo.root / "services/payments").rename(repo.root / "services/web-1")
    repo.ok("mv", "services/web-1", place, "-q")
    assert repo.has(f"{new}/scaffold.yaml")
    assert not repo.has("services")
    repo.ok("diff")


def test_paths_are_those_of_the_working_directory(repo: Repo) -> None:
    (repo.root / "apps").mkdir()
    done = repo.run("mv", "../services/payments", ".", cwd="apps")
    assert done.code == 0, done.text
    assert repo.has("apps/payments/scaffold.yaml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("services/payments", "services"), "services/payments is the unit itself"),
        (("services/payments", "services/payments/a"), "is inside the unit"),
        (("services/payments", "taken"), "taken/payments already exists"),
        (("services/payments", "file"), "file already exists"),
        (("services/payments", "file/x"), "DIR: file is not a folder"),
        (("services/payments", "file/x/y"), "DIR: file is not a folder"),
        (("services/payments", "taken/payments/x/y"), "DIR: taken/payments/x is not a folder"),
        (("services/payments", ""), "DIR: is empty"),
        (("", "apps"), "UNIT: is empty"),
        (("services/payments", "../x"), "is outside the repository"),
        (("services/payments", ".git/x"), "leads into the .git folder"),
        (("services/payments", ".GIT/x"), "leads into the .git folder"),
        (("services/payments", ".scaffold/x"), "is .scaffold or inside it"),
        (("services/payments", "x:y"), "has a part that not every system can store"),
        (("services/payments", "ignored/x"), "git ignores ignored/x/scaffold.yaml"),
        (("services/payments", "link/x"), "is behind the symbolic link link"),
        (("services/payments", "services/other/deploy"), "both own"),
        (("services/payments", "Services/Other"), "differ only in case"),
        (("services", "apps"), "is not the folder of a unit"),
        ((".", "apps"), "is not the folder of a unit"),
        ((SPEC, "apps"), "is not the folder of a unit"),
        ((".github", "apps"), "is the ci unit, which scaffold init creates in .github"),
        (("services/payments", "a/b", "--ours=nothing/there"), "is not a generated file of these units"),
    ],
)
def test_what_is_refused(repo: Repo, arguments: tuple[str, ...], message: str) -> None:
    repo.ok("new-service", "other", "--image", "a/b:1.2.3", "-q")
    if message == "both own":
        shutil.rmtree(repo.root / "services/other/deploy")
    repo.write("taken/payments/x", "x\n")
    repo.write("file", "x\n")
    repo.write(".gitignore", repo.read(".gitignore") + "/ignored/\n")
    (repo.root / "link").symlink_to(repo.root / "taken")
    before = repo.snapshot()
    for options in ((), ("--dry-run",)):
        done = repo.run("mv", *arguments, *options)
        assert done.code == 2
        assert message in done.err
        assert repo.snapshot() == before


def test_what_cannot_be_moved_names_the_command_that_can(repo: Repo) -> None:
    (repo.root / "services/payments/link").symlink_to("deploy")
    before = repo.snapshot()
    done = repo.run("mv", "services/payments", "new place/x")
    assert done.code == 2
    assert "services/payments/link: is a symbolic link" in done.err
    command = done.err.partition("run ")[2].partition(", and then")[0]
    assert repo.snapshot() == before
    subprocess.run(command, shell=True, cwd=repo.root, check=True)  # noqa: S602 - the command as printed
    repo.ok("regenerate")
    assert (repo.root / "new place/x/link").readlink() == Path("deploy")
    repo.ok("diff")


def test_an_invalid_spec_is_told_at_its_present_place(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "imagee:")
    done = repo.run("mv", "services/payments", "apps/x")
    assert done.code == 2
    assert f"{SPEC}:" in done.err
    assert "apps" not in done.err


def test_a_conflict_moves_nothing_until_it_is_settled(web: Repo) -> None:
    web.edit(OLD_FLOW, "make -C services/web/e2e", "make -C services/web/e2e KEEP=1")
    before = web.snapshot()
    done = web.run("mv", "services/web", "apps/deep/web")
    assert done.code == 1
    assert "nothing is moved: services/web has conflicts" in done.out
    assert web.snapshot() == before
    dry = web.ok("mv", "services/web", "apps/deep/web", "--dry-run")
    assert "nothing would be moved: services/web has conflicts" in dry.out
    assert "would move" not in dry.out
    line = next(one for one in done.out.split("\n") if "keep yours:" in one)
    program, *arguments = shlex.split(line.partition("yours:")[2])
    assert (program, arguments[0]) == ("scaffold", "mv")
    web.ok(*arguments)
    assert "make -C services/web/e2e KEEP=1" in web.read(NEW_FLOW)
    web.ok("diff")


def test_units_below_move_too(repo: Repo) -> None:
    repo.ok("new-e2e", "inner", "--plugin", "x", "--dir", "services/payments/tests/inner", "-q")
    flow = ".github/workflows/services-payments-tests-inner.yaml"
    repo.edit(flow, "    timeout-minutes: 30", "    timeout-minutes: 31 # slow")
    repo.ok("mv", "services/payments", "apps/pay", "-q")
    assert not repo.has(flow)
    assert "31 # slow" in repo.read(".github/workflows/apps-pay-tests-inner.yaml")
    assert repo.has("apps/pay/tests/inner/scaffold.yaml")
    repo.ok("diff")


def test_a_unit_that_is_behind_is_brought_up_to_date(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5 # peak")
    repo.ok("mv", "services/payments", "apps/pay", "-q")
    text = repo.read("apps/pay/deploy/deployment.yaml")
    assert "replicas: 5 # peak" in text
    assert "containerPort: 9090" in text
    repo.ok("diff")


def test_a_held_unit_moves_as_it_is(repo: Repo) -> None:
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + "hold: {service: ['**']}\n")
    repo.edit(SPEC, "image:", "port: 9090\nimage:")
    lock, deployment = repo.read(LOCK), repo.read(DEPLOYMENT)
    repo.ok("mv", "services/payments", "apps/pay", "-q")
    assert repo.read("apps/pay/scaffold.lock") == lock
    assert repo.read("apps/pay/deploy/deployment.yaml") == deployment


MENTIONS = {
    "CODEOWNERS": ["/services/payments/ @team", "/services/payments2/ @team", "services/*/deploy @ops"],
    "README.md": [
        "[it](services/payments/README.md)", "https://example.org/o/r/tree/main/services/payments", "payments are big",
    ],
    "services/kustomization.yaml": ["resources:", "- payments/deploy", "- payments2/deploy"],
    "clusters/prod/kustomization.yaml": ["resources:", "- ../../services/payments/deploy", "- ../services/payments"],
    "clusters/prod/app.yaml": ["spec:", "  path: ./services/payments/deploy", "  other: x/services/payments"],
    ".github/workflows/mine.yaml": ["on:", "  push:", "    paths: ['services/payments/**', 'services/paymentsx/**']"],
    "services/other/build.yaml": ["build: ../payments/src"],
    "services/payments/README.md": ["cd services/payments", "cd ../payments"],
}  # fmt: skip
FOUND = {
    "CODEOWNERS": [1], "README.md": [1, 2], "services/kustomization.yaml": [2],
    "clusters/prod/kustomization.yaml": [2], "clusters/prod/app.yaml": [2], ".github/workflows/mine.yaml": [3],
    "services/other/build.yaml": [1], "services/payments/README.md": [1],
}  # fmt: skip


@pytest.mark.parametrize("has_git", [True, False])
def test_lines_that_name_the_folder_are_listed(repo: Repo, has_git: bool) -> None:
    for path, lines in MENTIONS.items():
        repo.write(path, "\n".join(lines) + "\n")
    if not has_git:
        shutil.rmtree(repo.root / ".git")
    before = {path: repo.read(path) for path in MENTIONS}
    done = repo.ok("mv", "services/payments", "apps/pay", "-q")
    title, *listed = done.out.rstrip("\n").split("\n")
    assert title == "these lines name services/payments, and are not changed:"
    now = {path: path.replace("services/payments/", "apps/pay/") for path in MENTIONS}
    lines = {path: [f"{n}: {MENTIONS[path][n - 1].strip()}" for n in numbers] for path, numbers in FOUND.items()}
    assert sorted(listed) == sorted(f"    {now[path]}:{one}" for path, found in lines.items() for one in found)
    assert {path: repo.read(now[path]) for path in MENTIONS} == before


def test_relative_paths_that_lead_elsewhere_are_listed(repo: Repo) -> None:
    repo.write("base/kustomization.yaml", "resources: []\n")
    repo.write("services/payments/mine/kustomization.yaml", "resources:\n- ../../../base\n- ../deploy\n")
    done = repo.ok("mv", "services/payments", "apps/deep/pay", "-q")
    assert "    apps/deep/pay/mine/kustomization.yaml:2: - ../../../base" in done.out
    assert ":3:" not in done.out


def test_a_file_that_is_saved_meanwhile_undoes_the_move(repo: Repo) -> None:
    script = """
import sys
from generator import stage
from generator.cli import run
real = stage.Stage.put
def put(self, number, entry):
    if entry.path == sys.argv[1] and entry.after is None:
        with open(entry.path, "a") as file:
            file.write("# late\\n")
    return real(self, number, entry)
stage.Stage.put = put
sys.exit(run(["mv", "services/payments", "apps/pay"]))
"""
    before = repo.snapshot()
    done = subprocess.run(
        [sys.executable, "-c", script, DEPLOYMENT], cwd=repo.root, capture_output=True, check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert b"was changed while scaffold was running" in done.stderr
    after = repo.snapshot()
    assert after.pop(DEPLOYMENT) == before.pop(DEPLOYMENT) + b"# late\n"
    assert after == before
    assert not repo.has("apps")
    repo.ok("mv", "services/payments", "apps/pay")
    assert repo.read("apps/pay/deploy/deployment.yaml").endswith("# late\n")
