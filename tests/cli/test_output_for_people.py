"""What is printed for people: changed lines, summaries, states, colours, quiet output, rendered files, prompts."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ..conftest import DEPLOYMENT, SPEC, Repo
from ..support import forks

BUDGET = "services/payments/deploy/poddisruptionbudget.yaml"


def at_terminal(repo: Repo, *arguments: str, answers: tuple[str, ...] = (), **env: str) -> tuple[int, str]:
    """Run scaffold at a terminal, answer its questions, and return its exit code and all output."""
    control, terminal = pty.openpty()
    environment = {**forks.plain_environment(), "TERM": "xterm", **env}
    command = [sys.executable, "-m", "generator", *arguments]
    process = subprocess.Popen(
        command, cwd=repo.root, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    told, since, left = b"", 0, list(answers)
    until = time.monotonic() + forks.SECONDS
    while time.monotonic() < until:
        if not select.select([control], [], [], 1)[0]:
            continue
        try:
            told += os.read(control, 1 << 16)
        except OSError:  # the terminal is closed
            break
        if left and told[since:].endswith(b": "):
            since = len(told)
            os.write(control, f"{left.pop(0)}\n".encode())
    os.close(control)
    return process.wait(forks.SECONDS), told.decode()


def changed(repo: Repo) -> None:
    repo.edit(SPEC, "name: payments\n", "name: payments\nreplicas: 3\n")


def test_stat_counts_the_lines_of_each_file(repo: Repo) -> None:
    changed(repo)
    done = repo.run("diff", "--stat")
    assert done.code == 1
    *rows, total, _ = done.out.splitlines()
    found = {row.split()[1]: row.split() for row in rows}
    assert found[DEPLOYMENT] == ["behind", DEPLOYMENT, "+15", "-1"]  # several pods are spread
    state, _, plus, minus = found[BUDGET]
    assert (state, minus) == ("new", "-0")
    diff = repo.run("diff").out.split("\n")
    counts = [sum(re.match(rf"[{sign}](?!\{sign}{{2}} )", one) is not None for one in diff) for sign in "+-"]
    assert total == f"3 files, +{counts[0]} -{counts[1]}"
    assert int(plus) < counts[0]


def test_stat_of_nothing_and_of_a_conflict(repo: Repo) -> None:
    assert repo.ok("diff", "--stat").out.startswith("0 files, +0 -0\n")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    changed(repo)
    assert f"conflict  {DEPLOYMENT}" in repo.run("diff", "--stat").out
    assert repo.run("diff", "--stat", "--format", "json").code == 2


def test_a_dry_run_ends_with_what_would_be_done(repo: Repo) -> None:
    changed(repo)
    before = repo.snapshot()
    assert repo.ok("regenerate", "--dry-run").out.endswith("nothing was written: 2 units: 3 files would change\n")
    assert "would change" not in repo.ok("regenerate", "--dry-run", "-q").out
    assert repo.snapshot() == before


def test_status_leaves_out_what_is_clean(repo: Repo) -> None:
    assert repo.ok("status").out.startswith("2 units: ")
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    lines = repo.ok("status").out.splitlines()
    assert lines[0].startswith("services/payments (service): ")
    assert lines[1:2] == [f"  edited    {DEPLOYMENT}"]
    assert len(lines) == 3
    assert "  clean     services/payments/deploy/service.yaml" in repo.ok("status", "--all").out
    assert repo.ok("status", "-q").out == f"{lines[0]}\n"


def test_colours_are_for_terminals(repo: Repo) -> None:
    changed(repo)
    _, told = at_terminal(repo, "diff", "--stat")
    assert f"\x1b[33mbehind   \x1b[0m {DEPLOYMENT}" in told
    repo.write(SPEC, "template: service\nnmae: payments\n")
    assert "\x1b[31;1munknown key 'nmae'\x1b[0m" in at_terminal(repo, "diff")[1]
    assert "\x1b[" not in at_terminal(repo, "diff", NO_COLOR="1")[1]
    assert "\x1b[" not in repo.run("diff").text


def test_each_stream_has_its_own_colours(repo: Repo) -> None:
    repo.write(SPEC, "template: service\nnmae: payments\n")
    control, terminal = pty.openpty()
    command = [sys.executable, "-m", "generator", "diff"]
    environment = {**forks.plain_environment(), "TERM": "xterm"}
    done = subprocess.run(command, cwd=repo.root, env=environment, stdout=terminal, stderr=subprocess.PIPE, check=False)
    os.close(terminal)
    os.close(control)
    assert b"\x1b[" not in done.stderr


QUIET = {
    ("list", "-q"): r"\.github\nservices/payments\n",
    ("rules", "-q"): r"([A-Z0-9-]+\n)+",
    ("rules", "FX005", "-q"): r"FX005\n",
    ("diff", "-q"): "",
    ("status", "-q"): "",
    ("regenerate", "-q"): "",
}


@pytest.mark.parametrize("command", QUIET)
def test_quiet_output(repo: Repo, command: tuple[str, ...]) -> None:
    done = repo.ok(*command)
    assert re.fullmatch(QUIET[command], done.out), done.out
    assert done.err == ""


def test_render_has_no_edits_and_writes_nothing(repo: Repo, tmp_path: Path) -> None:
    generated = repo.read(DEPLOYMENT)
    repo.edit(DEPLOYMENT, "replicas: 1", "replicas: 5")
    before = repo.snapshot()
    text = repo.ok("render", "services/payments").out
    assert f"---\n# Source: {DEPLOYMENT}\n{generated}---\n" in text
    folder = tmp_path / "out"
    done = repo.ok("render", "services/payments", "--to", str(folder))
    assert "written to" in done.out
    assert (folder / DEPLOYMENT).read_text("utf-8") == generated
    assert not (folder / SPEC).exists()
    assert repo.snapshot() == before
    assert repo.run("render", "services/payments", "--to", str(folder)).code == 2
    (folder / DEPLOYMENT).write_text("mine\n")
    repo.ok("render", "services/payments", "--to", str(folder), "--force", "-q")
    assert (folder / DEPLOYMENT).read_text("utf-8") == generated


def test_render_follows_no_link(repo: Repo, tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    folder.mkdir()
    (folder / "services").symlink_to(outside)
    done = repo.run("render", "services/payments", "--to", str(folder), "--force")
    assert done.code == 2
    assert "is a link" in done.err
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--only", "nothing/*"), "matches none of the files"),
        (("--force",), "has no effect without --to"),
        (("services/gone",), "is not a unit"),
    ],
)
def test_render_refuses(repo: Repo, more: tuple[str, ...], told: str) -> None:
    done = repo.run("render", "services/payments", *more)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_render_takes_some_files_and_no_broken_spec(repo: Repo) -> None:
    text = repo.ok("render", "services/payments", "--only", "*/deploy/s*.yaml").out
    assert re.findall("^# Source: (.*)$", text, re.MULTILINE) == [
        "services/payments/deploy/service.yaml",
        "services/payments/deploy/serviceaccount.yaml",
    ]
    repo.write(SPEC, "template: service\nnmae: payments\n")
    done = repo.run("render", ".")
    assert (done.code, done.out) == (2, "")
    assert "unknown key 'nmae'" in done.err


def test_a_prompt_asks_again_with_the_reason(empty: Repo) -> None:
    usual = ("", "", "", "", "")  # port, health path, namespace, exposure, and whether the spec is right
    answers = ("Bad_Name", "web", f"e/web@sha256:{'a' * 64}", "ghcr.io/example/web:v1.2.3", *usual)
    code, told = at_terminal(empty, "new-service", answers=answers)
    assert code == 0, told
    assert told.count("Name of the service") >= 2
    assert "does not match the required format" in told
    assert "is pinned by a digest" in told
    assert empty.read("services/web/scaffold.yaml").endswith("image: ghcr.io/example/web\ntag: v1.2.3\n")
