"""The images workflow of the ci unit, run step by step with the real scaffold and git, and docker's stand-in."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Repo, git
from ..support import actions, forks
from ..support.real import tool

STANDINS = Path(__file__).parents[1] / "standins"
IMAGES = ".github/workflows/scaffold-images.yaml"
SPEC = ".github/scaffold.yaml"
ONE = {"name": "services/a", "builds": [{"image": "ghcr.io/example/a", "folder": "apps/a"}], "minutes": 30}
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")  # https://github.com/opencontainers/distribution-spec
MAIN = re.compile(r"main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    repo = Repo(tmp_path_factory.mktemp("made"))
    git(repo.root, "init", "--quiet", "--initial-branch=main", ".")
    repo.ok("init", "--ci-install", "scaffold-config==0.1.0")
    repo.ok("new-service", "a", "--image", "ghcr.io/example/a:main-1", "--build", "../../apps/a")
    repo.write("apps/a/Dockerfile", "FROM scratch\n")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "start")
    return repo


@pytest.fixture
def ci(made: Repo, tmp_path: Path) -> Repo:
    return Repo(shutil.copytree(made.root, tmp_path / "repo"))


@pytest.fixture
def path(tmp_path: Path) -> list[Path]:
    """What comes before the usual PATH: the scaffold under test, a python that installs nothing, docker's stand-in."""
    tool("jq"), tool("sha256sum")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").write_text("#!/bin/sh\n")
    (folder / "python").chmod(0o755)
    (folder / "scaffold").symlink_to(Path(forks.command()) / "scaffold")
    shutil.copy(STANDINS / "docker", folder)
    shutil.copy(STANDINS / "standin.sh", folder)
    return [folder]


def output_of(repo: Repo, *command: str) -> str:
    return subprocess.run(command, cwd=repo.root, check=True, capture_output=True, text=True).stdout.strip()


def changes(
    repo: Repo, tmp_path: Path, path: list[Path], event: str = "push", ref: str = "refs/heads/main", **more: str
) -> actions.Job:
    github = {"event_name": event, "ref": ref, "ref_name": ref.split("/", 2)[2], "event": dict(more)}
    loaded = actions.load(repo.root / IMAGES)
    return actions.run_job(loaded, "changes", repo.root, tmp_path / "runner", path=path, context={"github": github})


def run(job: str, repo: Repo, tmp_path: Path, path: list[Path], row: dict[str, Any], **outputs: str) -> actions.Job:
    found = {"matrix": json.dumps({"include": [row], "count": len(row["builds"])}), **outputs}
    needs = {"changes": {"result": "success", "outputs": found}}
    github = {"actor": "me", "token": "t"}
    state = tmp_path / "state"
    state.mkdir(exist_ok=True)
    env = {"STATE": str(state), "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "example/config"}
    context = {"needs": needs, "matrix": row, "github": github, "secrets": {"USER": "u", "PASS": "p"}}
    loaded = actions.load(repo.root / IMAGES)
    return actions.run_job(loaded, job, repo.root, tmp_path / "runner", path=path, context=context, env=env)


def with_spec(repo: Repo, text: str) -> dict[str, Any]:
    repo.write(SPEC, repo.read(SPEC) + text)
    repo.ok("regenerate")
    return actions.load(repo.root / IMAGES)


# --- what it may do ---------------------------------------------------------------------------------------------------


def test_what_starts_it(made: Repo) -> None:
    loaded = actions.load(made.root / IMAGES)
    branches = {"branches": ["main", "master"]}
    assert loaded["on"] == {"pull_request": None, "merge_group": None, "push": branches, "workflow_dispatch": None}
    assert loaded["concurrency"]["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
    assert "github.run_id" in loaded["concurrency"]["group"]


def test_only_the_job_that_pushes_can_push(made: Repo) -> None:
    loaded = actions.load(made.root / IMAGES)
    assert loaded["permissions"] == {}
    read = {"contents": "read"}
    wanted = {"changes": read, "build": read, "push": {**read, "packages": "write"}, "gate": {}}
    assert {name: job["permissions"] for name, job in loaded["jobs"].items()} == wanted
    for job in loaded["jobs"].values():
        assert job["timeout-minutes"]
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize(
    ("config", "spec", "host", "environment"),
    [
        ("", "", "ghcr.io", None),
        ("registry: ghcr.io/team\n", "images: {environment: release}\n", "ghcr.io", "release"),
        ("registry: quay.io/team\n", "", "quay.io", "images"),
        ("registry: team\n", "", "docker.io", "images"),
        ("registry: quay.io/team\n", "registry: null\n", "ghcr.io", None),
        ("registry: localhost:5000\n", "images: {environment: 'on'}\n", "localhost:5000", "on"),
        ("registry: quay.io/team\n", "images: {registry: ghcr.io}\n", "ghcr.io", None),
        (
            "",
            "images: {registry: 'r.example.com:5000', username: USER, password: PASS}\n",
            "r.example.com:5000",
            "images",
        ),
    ],
)
def test_the_registry(ci: Repo, config: str, spec: str, host: str, environment: str | None) -> None:
    ci.write(".scaffold/config.yaml", ci.read(".scaffold/config.yaml") + config)
    push = with_spec(ci, spec)["jobs"]["push"]
    (login,) = (step["with"] for step in push["steps"] if step.get("uses", "").startswith("docker/login-action@"))
    assert login["registry"] == host
    assert push.get("environment") == environment
    assert ("packages" in push["permissions"]) == (host == "ghcr.io")
    assert ("secrets." in json.dumps(push)) == (host != "ghcr.io")
    text = ci.read(IMAGES)
    assert "\n\n\n" not in text


def test_without_a_source_of_scaffold_there_is_no_workflow(tmp_path: Path, made: Repo) -> None:
    repo = Repo(shutil.copytree(made.root, tmp_path / "repo"))
    config = repo.read(".scaffold/config.yaml")
    repo.write(".scaffold/config.yaml", re.sub(r"ci:\n  install: .*\n", "", config))
    repo.ok("regenerate")
    assert not repo.has(IMAGES)


# --- the tag ----------------------------------------------------------------------------------------------------------

BRANCHES = [
    *("main", "Main", "main-2", "main_2", "main/x", "main.", "mai\u0144", "-main", ".main", "main--", "main-abcdef1-1"),
    *(
        "feature/A_b",
        "dependabot/npm/x-1.2",
        "x" * 80,
        "x" * 81,
        "x" * 250,
        "a/" * 100,
        "\u00e9\u4e2d\U0001f600",
        "_",
        ".",
    ),
    *(
        "release/1.2",
        "release-1.2",
        "release_1.2",
        "$(id)",
        "`id`",
        "a b",
        "a;b",
        "%0A",
        "*",
        "~",
        "a'b\"c\\",
        "-",
        "..",
        "v1",
    ),
]


@pytest.fixture(scope="module")
def name_tag(made: Repo, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the step's script as it is, for a branch, and return the tag."""
    steps = actions.load(made.root / IMAGES)["jobs"]["changes"]["steps"]
    (script,) = (one["run"] for one in steps if one["name"] == "Name the tag")
    put = tmp_path_factory.mktemp("tag") / "output"

    def named(branch: str, repo: Repo = made, locale: str = "C.UTF-8") -> dict[str, str]:
        put.write_text("")
        env = {"PATH": "/usr/bin:/bin", "LANG": locale, "GITHUB_OUTPUT": str(put), "REF_NAME": branch}
        env |= {"EVENT": "push", "REF": f"refs/heads/{branch}", "HOME": str(put.parent)}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        subprocess.run(command, cwd=repo.root, env=env, check=True, capture_output=True)
        return dict(line.split("=", 1) for line in put.read_text("utf-8").splitlines())

    return named


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_fit_for_a_tag(name_tag: Any, branch: str) -> None:
    tag = name_tag(branch)["tag"]
    assert TAG.fullmatch(tag)
    assert bool(MAIN.fullmatch(tag)) == (branch == "main")
    assert tag.startswith("main-") == (branch == "main"), "glob:main-* takes the builds of main only"
    assert re.fullmatch(r"[^-]+-[0-9a-f]{12}-[0-9]{1,15}", tag)
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.]{0,79}", branch):
        assert tag.startswith(f"{branch}-")


def test_branches_that_differ_have_tags_that_differ(name_tag: Any) -> None:
    """Random names, close to each other and to main, and the fixed ones."""
    chance = random.Random("branches")  # noqa: S311 - repeatable
    parts = ["main", "-", "_", ".", "/", "\u00e9", "M", "0", "x" * 90, " ", "\\", "$", "*"]
    names = {*BRANCHES, *("".join(chance.choices(parts, k=chance.randrange(1, 5))) for _ in range(200))}
    tags = {one: name_tag(one)["tag"] for one in names}
    assert all(TAG.fullmatch(one) for one in tags.values())
    assert len(set(tags.values())) == len(names)
    assert [one for one, tag in tags.items() if tag.startswith("main-")] == ["main"]


def commit_at(repo: Repo, time: int, *parents: str) -> str:
    """Commit with a committer's clock, on HEAD or on the parents."""
    tree = output_of(repo, "git", "write-tree")
    options = [part for one in parents or ("HEAD",) for part in ("-p", one)]
    env = ["env", f"GIT_COMMITTER_DATE=@{time} +0000", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.org"]
    author = ["GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.org"]
    commit = output_of(repo, *env, *author, "git", "commit-tree", tree, *options, "-m", "x")
    git(repo.root, "reset", "--quiet", "--soft", commit)
    return commit


def test_times_rise_whatever_the_clocks_say(ci: Repo, name_tag: Any) -> None:
    start = int(name_tag("main", ci)["time"])
    assert start == int(output_of(ci, "git", "show", "-s", "--format=%ct", "HEAD"))
    first = commit_at(ci, start + 1000)
    assert int(name_tag("main", ci)["time"]) == start + 1000
    assert name_tag("main", ci) == name_tag("main", ci), "a rerun has the same tag"
    commit_at(ci, start + 10)
    assert int(name_tag("main", ci)["time"]) == start + 1001
    commit_at(ci, 9_000_000_000)
    assert int(name_tag("main", ci)["time"]) == start + 1002
    side = commit_at(ci, start + 5000, f"{first}~1")
    commit_at(ci, start + 20, first, side)
    assert int(name_tag("main", ci)["time"]) == start + 5001, "after both parents, in whatever order they are"


def test_random_histories_rise(ci: Repo, name_tag: Any) -> None:
    chance = random.Random("clocks")  # noqa: S311 - repeatable
    times = {output_of(ci, "git", "rev-parse", "HEAD"): int(name_tag("main", ci)["time"])}
    for _ in range(40):
        parents = chance.sample(sorted(times), min(len(times), chance.randrange(1, 4)))
        commit = commit_at(
            ci, chance.choice([0, 1, 10**9, 2 * 10**9, 4 * 10**9, 10**11]) + chance.randrange(9), *parents
        )
        if commit in times:
            continue
        times[commit] = int(name_tag("main", ci)["time"])
        assert times[commit] > max(times[one] for one in parents)
        assert times[commit] < 10**15


@pytest.mark.parametrize(
    ("event", "ref", "pushes"),
    [
        ("push", "refs/heads/main", True),
        ("workflow_dispatch", "refs/heads/topic", True),
        ("workflow_dispatch", "refs/tags/main", False),
        ("pull_request", "refs/pull/1/merge", False),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-1-0", False),
    ],
)
def test_what_pushes(ci: Repo, tmp_path: Path, path: list[Path], event: str, ref: str, pushes: bool) -> None:
    job = changes(ci, tmp_path, path, event, ref)
    assert job.result == "success", job.steps
    assert job.outputs["push"] == ("true" if pushes else "")
    for name in ("build", "push"):
        done = run(name, ci, tmp_path, path, ONE, push=job.outputs["push"], tag="main-1-1", time="1").result
        assert done == ("success" if (name == "push") == pushes else "skipped")


# --- what is built ----------------------------------------------------------------------------------------------------


def test_the_commits_of_image_automation_need_no_image(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    before = output_of(ci, "git", "rev-parse", "HEAD")
    ci.edit("services/a/deploy/deployment.yaml", "a:main-1", "a:main-2")
    git(ci.root, "commit", "--quiet", "--all", "--message", "Auto-release ghcr.io/example/a:main-2")
    job = changes(ci, tmp_path, path, before=before)
    assert json.loads(job.outputs["matrix"]) == {"include": [], "count": 0}
    ci.write("apps/a/main.c", "")
    git(ci.root, "add", "--all")
    git(ci.root, "commit", "--quiet", "--message", "source")
    job = changes(ci, tmp_path, path, before=before)
    assert json.loads(job.outputs["matrix"]) == {"include": [ONE], "count": 1}
    for unknown in ("", "0" * 40, "f" * 40):
        job = changes(ci, tmp_path, path, before=unknown)
        assert json.loads(job.outputs["matrix"])["count"] == 1
        assert "building all images" in job.step("Find the images to build").log


def test_a_push(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    with_spec(ci, "images: {platforms: [linux/amd64, linux/arm64]}\n")
    job = run("push", ci, tmp_path, path, ONE, push="true", tag="main-abc-1700000000", time="1700000000")
    assert job.result == "success", job.steps
    (call,) = (tmp_path / "state/calls").read_text().splitlines()
    sha = output_of(ci, "git", "rev-parse", "HEAD")
    for one in ("created=2023-11-14T22:13:20Z", f"revision={sha}", "source=https://github.com/example/config"):
        assert f"--label org.opencontainers.image.{one}" in call
        assert f"--annotation index,manifest:org.opencontainers.image.{one}" in call
    assert "--push --provenance mode=max --sbom true --platform linux/amd64,linux/arm64" in call
    assert call.endswith(" ./apps/a")
    assert (tmp_path / "state/images").read_text() == "ghcr.io/example/a:main-abc-1700000000\n"
    assert (tmp_path / "state/times").read_text() == "1700000000\n", "the image's own time is the tag's"
    assert "ghcr.io/example/a:main-abc-1700000000@sha256:1" in job.summary
    log = job.step("Build and push").log
    assert log.index("::stop-commands::") < log.index("::set-output"), "the runner reads no command of a build"


def test_a_build_that_fails_does_not_stop_the_others(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    bad = {"image": "ghcr.io/example/bad", "folder": "apps/bad"}
    other = {"image": "quay.io/example/a", "folder": "apps/a"}
    row = {**ONE, "builds": [bad, other, *ONE["builds"]]}
    job = run("push", ci, tmp_path, path, row, push="true", tag="main-1-1", time="1")
    assert job.result == "failure"
    log = job.step("Build and push").log
    assert "failed: ghcr.io/example/bad\nfailed: quay.io/example/a\n" in log
    assert "logs in to ghcr.io only" in log
    assert (tmp_path / "state/images").read_text() == "ghcr.io/example/a:main-1-1\n"
    job = run("build", ci, tmp_path, path, row)
    assert job.result == "failure"
    assert job.step("Build").log.endswith("failed: ghcr.io/example/bad\n")


def test_a_build_pushes_nothing(ci: Repo, tmp_path: Path, path: list[Path]) -> None:
    assert run("build", ci, tmp_path, path, ONE).result == "success"
    assert (tmp_path / "state/calls").read_text() == "docker buildx build --output type=cacheonly ./apps/a\n"
    assert run("push", ci, tmp_path, path, {**ONE, "builds": []}, push="true").result == "skipped"


RESULTS = ["success", "failure", "cancelled", "skipped"]


@pytest.mark.parametrize("changed", RESULTS)
@pytest.mark.parametrize("count", [0, 3])
def test_the_gate(made: Repo, tmp_path: Path, changed: str, count: int) -> None:
    found = json.dumps({"include": [{}] * count, "count": count}) if changed == "success" else ""
    loaded = actions.load(made.root / IMAGES)
    for build in RESULTS:
        for push in RESULTS:
            needs = {"changes": {"result": changed, "outputs": {"matrix": found}}}
            needs |= {"build": {"result": build, "outputs": {}}, "push": {"result": push, "outputs": {}}}
            where = {"path": [], "context": {"needs": needs}}
            job = actions.run_job(loaded, "gate", made.root, tmp_path / "runner", **where)
            good = [("skipped", "skipped")] if not count else [("success", "skipped"), ("skipped", "success")]
            passes = changed == "success" and (build, push) in good
            if changed == "success" and not count and (build, push) != ("skipped", "skipped"):
                continue  # cannot be: nothing is built where nothing is needed
            assert job.result == ("success" if passes else "failure"), (build, push)
