"""What the commands that make units refuse: everything that diff would refuse later, and units that are there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..conftest import SPEC, Repo, git
from ..fuzz import forks
from ..specs.test_bad_input import refused

SERVICE = ("new-service", "x", "--image", "a/b:1.2.3")
E2E = ("new-e2e", "x")


@pytest.mark.parametrize("command", [SERVICE, E2E, ("alerting", "x")], ids=lambda one: one[0])
@pytest.mark.parametrize(
    ("folder", "says"),
    [
        (".github/workflows", ".github/workflows"),
        (".scaffold", "is .scaffold or inside it"),
        (".scaffold/x", "is .scaffold or inside it"),
        (".Scaffold/x", "has a part that some systems treat as .scaffold"),
        (".scaffold\u200d/x", "has a part that some systems treat as .scaffold"),
        (".git", "leads into the .git folder"),
        (".g\ufe0fit/x", "leads into the .git folder"),
        (".\uff47it/x", "leads into the .git folder"),
        ("GIT~1/x", "leads into the .git folder"),
        ("services/payments/deploy", "both own services/payments/deploy/"),
        ("services/payments/Deploy", "both own services/payments/deploy/"),
        ("Services/Payments/deploy", "both own services/payments/deploy/"),
        ("services/payments/\uff44eploy", "both own services/payments/deploy/"),
        ("services/payments/e2e", "both own services/payments/e2e/"),
        ("services/Payments", "differ only in case"),
        ("services/\uff50ayments", "differ only in how they are written"),
        ("services/payments\u200b", "differ only in how they are written"),
        ("embedded/x", "embedded is a separate repository"),
        ("embedded", "embedded is a separate repository"),
        ("sub/x", "sub is a submodule"),
        ("ignored/x", "git ignores ignored/x/scaffold.yaml"),
        ("file/x", "file"),
        ("link/x", "is behind the symbolic link link"),
        ("a:b", "has a part that not every system can store"),
        ("a\nb", "contains a control character"),
        ("x" * 300, "has a part longer than 255 bytes"),
    ],
)
def test_a_folder_that_diff_would_refuse(repo: Repo, command: tuple[str, ...], folder: str, says: str) -> None:
    repo.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    (repo.root / "embedded/.git").mkdir(parents=True)
    commit = "0123456789012345678901234567890123456789"
    git(repo.root, "update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    (repo.root / "sub").mkdir()
    repo.write(".gitignore", repo.read(".gitignore") + "ignored/\n")
    repo.write("file", "")
    (repo.root / "link").symlink_to("services")
    repo.ok("diff")
    assert says.replace("\n", "\\x0a") in refused(repo, *command, "--dir", folder).err
    repo.ok("diff")


def test_a_folder_around_another_unit(repo: Repo) -> None:
    repo.ok(*E2E, "--dir", "outer/deploy/x")
    assert "both own outer/deploy/" not in repo.ok(*SERVICE, "--dir", "outer").err  # it owns deploy/, and not deploy/x/
    repo.ok("diff")
    repo.ok(*E2E, "--dir", "around/e2e")
    message = "around/scaffold.yaml and around/e2e/scaffold.yaml both own around/e2e/"
    told = refused(repo, "new-service", "y", "--image", "a/b:1.2.3", "--dir", "around").err
    assert told.startswith(f"--dir: {message}")


def test_a_values_file_in_a_folder_that_diff_would_refuse(repo: Repo) -> None:
    for file in (".scaffold/x.yaml", "services/payments/deploy/v.yaml", "services/Payments/v.yaml", ".git/v.yaml"):
        refused(repo, "alerting", "--values-file", file)


def test_without_git_what_is_not_looked_into(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.ok("init", "--automation", "flux-v1")
    for folder in (".hidden/x", "node_modules/x"):
        assert "not searched without git" in refused(repo, *SERVICE, "--dir", folder).err
    repo.ok(*SERVICE)


def test_a_workflow_of_another_unit_that_is_not_made_yet(empty: Repo) -> None:
    empty.write("e2e/a-b/scaffold.yaml", "template: e2e\nname: b\n")
    assert "both generate .github/workflows/e2e-a-b.yaml" in refused(empty, "new-e2e", "b", "--dir", "e2e-a/b").err


def test_another_unit_that_is_broken_already_is_no_reason(repo: Repo) -> None:
    repo.write("services/bad/scaffold.yaml", "template: service\n")
    repo.write("scaffold.yaml", "template: [\n")
    repo.ok(*SERVICE)


@pytest.mark.parametrize(
    ("command", "spec"),
    [
        (("new-service", "payments", "--image", "ghcr.io/example/other:2.0.0"), SPEC),
        (("new-service", "payments", "--image", "ghcr.io/example/payments:master-1"), SPEC),
        (("new-service", "--image", "ghcr.io/example/other:2.0.0", "--", "payments"), SPEC),
        (("new-e2e", "tree", "--plugin", "other"), "e2e/tree/scaffold.yaml"),
    ],
)
def test_a_unit_that_is_there(repo: Repo, command: tuple[str, ...], spec: str) -> None:
    repo.ok("new-e2e", "tree")
    done = refused(repo, *command)
    assert f"{spec}: already exists" in done.err
    assert "edit it and run scaffold regenerate, or set these values in it: scaffold new-" in done.err
    printed = done.err.rpartition(": scaffold ")[2].strip()
    repo.ok(*printed.split(" "))  # as it is printed
    repo.ok("diff")


def test_alerting_adds_to_a_unit_that_is_there(empty: Repo) -> None:
    empty.ok("alerting")
    empty.ok("alerting", "--receiver", "pagerduty")
    assert "pagerduty" in empty.read("alerting/scaffold.yaml")


def test_a_conflict_is_settled_by_the_command_that_is_printed(empty: Repo) -> None:
    """Also where the name stood behind ``--``, behind which no option can stand."""
    old = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  replicas: 9\n"
    empty.write("services/payments/deploy/deployment.yaml", old)
    done = empty.run("new-service", "--image", "a/b:1.2.3", "--", "payments")
    assert done.code == 1
    printed = [line for line in done.err.splitlines() if line.startswith("    keep yours: ")][-1]
    assert printed.endswith(":spec.replicas -- payments")
    empty.ok(*printed.split(" scaffold ")[1].split(" "))
    empty.ok("diff")


def test_a_container_may_begin_with_a_digit(empty: Repo) -> None:
    """A container's name is an RFC 1123 label, a Service's an RFC 1035 label."""
    empty.ok("new-service", "x", "--image", "a/b:1.2.3", "--container", "2048")
    text = empty.read("services/x/deploy/deployment.yaml")
    assert "- name: '2048'\n" in text or '- name: "2048"\n' in text
    assert "fluxcd.io/tag.2048: " in text
    assert "0 errors" in empty.ok("validate").out
    assert "NAME: name" in refused(empty, "new-service", "2048", "--image", "a/b:1.2.3").err
    assert "--container" in refused(empty, "new-service", "y", "--image", "a/b:1.2.3", "--container", "2048-").err


NAMES = st.one_of(
    st.text("ab-0.A_é \n/\u200d\uff41%:{}[]$'\"*?\\", min_size=1, max_size=6),
    st.sampled_from(["x", "payments", "null", "yes", "1e3", "default", "kube-system", "a--b", "0", "a" * 63, "xn--a"]),
)
ODD_FOLDERS = """
services Services payments Payments deploy e2e tree .github workflows .scaffold .git .. . new ignored link
file embedded node_modules .hidden [a] a* ${{x}} #x ' " -x : alerting
"""
FOLDERS = st.one_of(
    st.lists(
        st.sampled_from([*ODD_FOLDERS.split(), "a b", "\u00e9", "e\u0301", "\u200d", "\uff53ervices", "x" * 256]),
        min_size=1,
        max_size=4,
    ).map("/".join),
    NAMES,
)
ASKED = st.one_of(
    st.tuples(
        st.just("new-service"),
        NAMES.map(lambda one: f"--namespace={one}"),
        NAMES.map(lambda one: f"--container={one}"),
        st.sampled_from(["--workflow", "--no-e2e", "--build=.", "--replicas=0", "--port=65535"]),
        st.just("--image=a/b:1.2.3"),
    ),
    st.tuples(st.just("new-e2e"), NAMES.map(lambda one: f"--plugin={one}")),
    st.tuples(st.just("alerting"), NAMES.map(lambda one: f"--values-file={one}.yaml")),
    st.sampled_from([("new-service", "--image=a/b:1.2.3"), ("new-e2e",), ("alerting",)]),
)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repo]:
    """A repository with units and with places where none can be."""
    forks.load()
    root = tmp_path_factory.mktemp("ground") / "kept"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main", ".")
    repo = Repo(root)
    repo.ok("init", "--automation", "flux-v1", "--ci-install", "scaffold-config==0.1.0")
    repo.ok("new-service", "payments", "--image", "a/b:1.2.3")
    repo.ok("new-e2e", "tree")
    repo.ok("alerting")
    repo.write(".gitignore", repo.read(".gitignore") + "ignored\n")
    repo.write("file", "")
    (root / "link").symlink_to("services")
    (root / "embedded/.git").mkdir(parents=True)
    return repo


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(ASKED, NAMES, st.none() | FOLDERS)
def test_what_is_accepted_is_accepted_by_every_command(
    ground: Repo, asked: tuple[str, ...], name: str, folder: str | None
) -> None:
    root = ground.root.parent / "repo"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(ground.root, root, symlinks=True)
    repo = Repo(root)
    before = repo.snapshot()
    command = (*asked, *([] if folder is None else [f"--dir={folder}"]), "--", name)
    done = forks.run(root, *command)
    assert not done.fault, (command, done)
    if done.code:
        assert repo.snapshot() == before, command
        return
    for after in (("diff",), ("regenerate",), ("diff", "--verify"), ("validate", "--fail-on", "error")):
        ended = forks.run(root, *after)
        assert ended.code == 0, (command, after, ended)
    assert forks.run(root, "list").out.count("\n") == 5, command


def test_a_namespace_that_every_cluster_has_is_not_made_and_said_so(empty: Repo) -> None:
    asked = ("--image", "ghcr.io/example/a:1.2.3", "--create-namespace")
    done = empty.ok("new-service", "a", *asked, "--namespace", "default")
    assert "note: the namespace default exists in every cluster, so none is created" in done.err
    assert "note" not in empty.ok("new-service", "b", *asked, "--namespace", "shop").err
    assert empty.has("services/b/deploy/namespace.yaml")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("", "--dir: is empty"),
        ("file/a", "file: is not a folder, but files must be written below it"),
        ("a" * 300, "has a part longer than 255 bytes"),
    ],
)
def test_a_folder_that_cannot_be_is_told_once(empty: Repo, place: str, says: str) -> None:
    empty.write("file", "")
    done = refused(empty, "new-service", "a", "--image", "ghcr.io/example/a:1.2.3", "--dir", place)
    assert done.err.count(says) == 1
    assert len(done.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((*SERVICE, "--dir", "../y"), "--dir: ../y is outside the repository"),
        (("alerting", "--values-file", "../x.yaml"), "--values-file: ../x.yaml is outside the repository"),
        (("new-e2e", "x", "--dir", "../../y"), "--dir: ../../y is outside the repository"),
        (
            (*SERVICE, "--build", "../../../../.."),
            "--build: build is ../../../../.., which leads out of the repository",
        ),
        ((*SERVICE, "--build", "../../.."), "--build: build is ../../.., which leads out of the repository"),
        ((*SERVICE, "--build", "a/../../../../b"), "--build: build is a/../../../../b, which leads out of the"),
        ((*SERVICE, "--dir", "y", "--build", "../.."), "--build: build is ../.., which leads out of the repository"),
        (("alerting", "--set", "slack.channel.x.y=5"), "--set: slack.channel must be text, not a map"),
        (("alerting", "--set", "slack.http_config={a: b}"), "--set: unknown key 'a' in slack.http_config"),
        (("alerting", "--set", "slack.actions=[{type: 5}]"), "--set: slack.actions[0]"),
    ],
)
def test_what_is_not_written_yet_is_told_with_its_option(repo: Repo, command: tuple[str, ...], says: str) -> None:
    done = refused(repo, *command)
    assert done.err.startswith(says), done.err
    assert "/scaffold.yaml:" not in done.err


@pytest.mark.parametrize("build", ["../..", "../../..x/..", ".", "../../src", "a/../../../b", "..a"])
def test_the_test_builds_in_a_folder_of_the_repository(empty: Repo, build: str) -> None:
    empty.ok(*SERVICE, "--build", build)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (
            "template: service\nname: a\nimage: a/b\ntag: '1'\nbuild: ../..\n",
            "a/scaffold.yaml:5:8: build is ../.., which",
        ),
        ("template: service\nname: a\nimage: a/b\ntag: '1'\nbuild: ..\n", ""),
        ("template: e2e\nname: a\npaths: [src, ../x]\n", "a/scaffold.yaml:3:14: paths[1] is ../x, which leads out of"),
        ("template: e2e\nname: a\npaths: [src, x/.., ..x]\n", ""),
    ],
)
def test_paths_in_specs_stay_in_the_repository(empty: Repo, spec: str, says: str) -> None:
    empty.write("a/scaffold.yaml", spec)
    done = empty.run("regenerate")
    assert (done.code, done.err.startswith(says)) == (2 if says else 0, True), done.err
