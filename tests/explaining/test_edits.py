"""``edits``: a patch that git applies backwards, so that the generated text is there again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from generator.merge import in_style_of
from generator.user_edits import UserEdit

from ..conftest import DEPLOYMENT, SPEC, Repo, edit_deployment, git

MAKEFILE = "services/payments/e2e/Makefile"
SERVICE = "services/payments/deploy/service.yaml"


def rows(repo: Repo, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(repo.ok("edits", *arguments, "--format", "json").out)
    return found


def undo(repo: Repo, patch: str) -> None:
    done = subprocess.run(["git", "apply", "-R"], cwd=repo.root, input=patch.encode(), capture_output=True)
    assert done.returncode == 0, done.stderr


def generated(repo: Repo, path: str) -> str:
    found = repo.locked(path.removeprefix("services/payments/"))
    assert found is not None
    return found


def test_without_edits_there_is_nothing(repo: Repo) -> None:
    assert repo.ok("edits").out == ""
    assert repo.ok("edits", "--stat").out == "no edits\n"
    assert rows(repo) == []


@pytest.mark.parametrize(
    "edits",
    [
        {DEPLOYMENT: ("replicas: 1", "replicas: 5 # peak")},
        {DEPLOYMENT: ("kind: Deployment\n", "# mine\nkind: Deployment\n"), MAKEFILE: ("KEEP ?=", "KEEP ?= 1")},
        {DEPLOYMENT: ("          emptyDir: {}\n", "          emptyDir: {}")},
        {DEPLOYMENT: ("  replicas: 1\n", "")},
        {SERVICE: ("protocol: TCP\n", "protocol: TCP\n\n\n# end, ä\ttab\n")},
    ],
)
def test_a_patch_undoes_the_edits(repo: Repo, edits: dict[str, tuple[str, str]]) -> None:
    for path, (old, new) in edits.items():
        repo.edit(path, old, new)
    done = repo.ok("edits")
    assert {row["path"] for row in rows(repo)} == set(edits)
    undo(repo, done.out)
    for path in edits:
        assert repo.read(path) == generated(repo, path)
    assert repo.ok("edits").out == ""


def test_deleted_files_come_back_with_their_mode(repo: Repo) -> None:
    (repo.root / DEPLOYMENT).unlink()
    (repo.root / MAKEFILE).unlink()
    done = repo.ok("edits")
    assert f"# {DEPLOYMENT}: deleted by you\n" in done.out
    assert [row["state"] for row in rows(repo)] == ["missing", "missing"]
    undo(repo, done.out)
    assert repo.read(DEPLOYMENT) == generated(repo, DEPLOYMENT)
    assert repo.ok("edits").out == ""


def test_byte_order_mark_and_line_ends_are_no_edits(repo: Repo) -> None:
    text = "\ufeff" + repo.read(DEPLOYMENT).replace("\n", "\r\n")
    repo.write(DEPLOYMENT, text)
    assert repo.ok("edits").out == ""
    repo.write(DEPLOYMENT, text.replace("replicas: 1", "replicas: 5"))
    assert [(row["added"], row["removed"]) for row in rows(repo)] == [(1, 1)]
    undo(repo, repo.ok("edits").out)
    assert repo.read(DEPLOYMENT) == text


def test_edits_of_a_unit_that_is_behind_are_the_users_alone(repo: Repo) -> None:
    edit_deployment(repo)
    before = repo.ok("edits").out
    repo.write(SPEC, repo.read(SPEC) + "replicas: 2\nport: 81\n")
    assert repo.ok("edits").out == before
    repo.write(SPEC, "broken: [")
    assert repo.ok("edits").out == before


def test_a_file_that_is_the_users_since_is_named(repo: Repo) -> None:
    repo.write(SPEC, repo.read(SPEC) + "files: {deploy/service.yaml: once, e2e/Makefile: never}\n")
    repo.ok("regenerate")
    repo.edit(SERVICE, "port: 80\n", "port: 81\n")
    repo.edit(MAKEFILE, "KEEP ?=", "KEEP ?= 1")
    assert [(row["path"], row["policy"]) for row in rows(repo)] == [(SERVICE, "once")]
    assert repo.ok("edits").out.startswith(f"# {SERVICE}: yours since it was generated\ndiff --git ")
    undo(repo, repo.ok("edits").out)
    assert repo.read(SERVICE) == generated(repo, SERVICE)


def test_stat_and_selection(repo: Repo) -> None:
    repo.ok("new-service", "web", "--image", "ghcr.io/example/web:1.2.3")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "all")
    web = DEPLOYMENT.replace("payments", "web")
    edit_deployment(repo)
    repo.edit(web, "replicas: 1", "replicas: 4")
    repo.edit(SERVICE, "port: 80\n", "port: 81\n")
    told = repo.ok("edits", "--stat").out.split("\n")
    assert told[-2] == "3 files edited, +4 -4"
    assert f"{DEPLOYMENT}  +2 -2" in told
    assert {row["path"] for row in rows(repo, "services/web")} == {web}
    assert {row["path"] for row in rows(repo, SERVICE)} == {SERVICE}
    assert {row["path"] for row in rows(repo, "services")} == {web, SERVICE, DEPLOYMENT}
    parts = [row["path"] for shard in ("1/2", "2/2") for row in rows(repo, "--shard", shard)]
    assert sorted(parts) == sorted([web, SERVICE, DEPLOYMENT])
    git(repo.root, "commit", "--quiet", "--all", "--message", "edits")
    assert rows(repo, "--changed-since", "HEAD") == []
    assert len(rows(repo, "--changed-since", "HEAD~1")) == 3


def test_a_broken_lock_is_told_and_the_others_are_shown(repo: Repo) -> None:
    repo.ok("new-service", "web", "--image", "ghcr.io/example/web:1.2.3")
    edit_deployment(repo)
    repo.write("services/web/scaffold.lock", "{")
    done = repo.run("edits", "--stat")
    assert done.code == 2
    assert DEPLOYMENT in done.out
    assert "services/web/scaffold.lock:" in done.err


OBJECT = """\
apiVersion: v1
kind: Secret
metadata:
  name: alertmanager-main
  namespace: monitoring
data:
  alertmanager.yaml: {encoded}
"""


def test_an_encoded_part_is_shown_decoded_and_git_applies_the_rest(empty: Repo) -> None:
    import base64  # noqa: PLC0415

    plain = "route:\n  receiver: 'null'\nreceivers:\n  - name: 'null'\n"
    path = "monitoring/secret.yaml"
    empty.write(path, OBJECT.format(encoded=base64.b64encode(plain.encode()).decode()))
    made = ("--dir", "monitoring", "--values-file", "secret.yaml", "--object", "Secret/alertmanager-main")
    done = empty.run(
        "alerting", *made, "--receiver", "slack", "--slack-channel", "#a", "--slack-api-url-file", "/etc/x/y"
    )
    assert done.code == 0, done.text
    text = empty.read(path)
    patch = empty.ok("edits").out
    if patch:
        assert "# +++ b/monitoring/secret.yaml (decoded)" in patch
        undo(empty, patch)
        assert empty.ok("edits").out == ""
    assert text


# --- any texts ----------------------------------------------------------------------------------------------

LINES = st.lists(
    st.sampled_from(["a", "b", "", "--- x", "+++ y", "@@ z", "\\ no", "ä", "diff --git a/x b/x"]), max_size=8
)
ENDS = st.sampled_from(["", "\n"])


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(LINES, ENDS, LINES, ENDS, st.sampled_from(["x.txt", "a b/c d.yaml"]), st.booleans())
def test_git_applies_any_patch(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[str],
    end: str,
    new: list[str],
    other: str,
    name: str,
    gone: bool,
) -> None:
    before, after = "\n".join(old) + end, "\n".join(new) + other
    hypothesis.assume(before != after and before)
    root: Path = tmp_path_factory.mktemp("patch")
    edit = UserEdit("u", name, before, None if gone else after)
    if not gone:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(after.encode())
    done = subprocess.run(["git", "apply", "-R"], cwd=root, input=edit.patch.encode(), capture_output=True)
    assert done.returncode == 0, (done.stderr, edit.patch)
    assert (root / name).read_bytes().decode() == before


def test_style_of_ours() -> None:
    assert in_style_of("\ufeffa\r\nb\r\n", "x\ny") == "\ufeffx\r\ny"
    assert in_style_of("a\r\nb\n", "x\n") == "x\n"


def test_a_patch_has_the_bytes_of_the_files(empty: Repo) -> None:
    """Also those that a terminal would interpret: what is printed to a file or a pipe is for git."""
    folder = ".scaffold/templates/odd"
    text = 'one: 1\nodd: "\u202e rlo \u2028 ls \x85 nel"\nfive: 5\n'
    empty.write(f"{folder}/cookiecutter.json", '{"name": "x"}')
    empty.write(f"{folder}/version", "1\n")
    empty.write(f"{folder}/schema.json", '{"type": "object"}')
    empty.write(f"{folder}/{{{{cookiecutter.name}}}}/odd.yaml", text)
    empty.write(f"{folder}/{{{{cookiecutter.name}}}}/bell.txt", "a\n\x1b[31mred\x07\nb\n")
    empty.write("u/scaffold.yaml", "template: odd\nname: u\n")
    empty.ok("regenerate")
    before = {path: empty.read(path) for path in ("u/odd.yaml", "u/bell.txt")}
    empty.write("u/odd.yaml", "one: 1\nfive: 5\n")
    empty.write("u/bell.txt", "a\nb\n")
    undo(empty, empty.ok("edits").out)
    assert {path: empty.read(path) for path in before} == before
