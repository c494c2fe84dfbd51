"""What commands ask of the system: they write only the tree and the state, use no network, and start only git."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..support.real import tool

_WRITES = re.compile(
    r'(?:open|openat|creat)\((?:[^,"]+, )?"([^"]*)", [^)]*(?:O_WRONLY|O_RDWR|O_CREAT)'
    r'|(?:mkdir|unlink|rmdir|truncate|chmod|rename|link|symlink)\w*\((?:[^,"]+, )?"([^"]*)"'
)
READING = {"validate", "route", "tags", "list", "status", "diff"}
COMMANDS = (
    ("new-service", "search", "--image", "a/b:1.2.3"),
    ("alerting", "--receiver", "slack"),
    ("new-e2e", "kubectl-x"),
    ("regenerate",),
    ("init",),
    ("validate", "services"),
    ("route", "alerting.yaml", "a=b"),
    ("tags", "payments", "--from", "tags.txt"),
    ("list", "--format=github-matrix"),
    ("status",),
    ("diff", "--changed-since", "HEAD"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_nothing_else_is_written_called_or_asked(repo: Repo, tmp_path: Path, command: tuple[str, ...]) -> None:
    repo.write("alerting.yaml", "route: {receiver: a}\nreceivers: [{name: a}]\n")
    repo.write("tags.txt", "master-1\n")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "one")
    log = tmp_path / "calls"
    trace = [tool("strace"), "-f", "-qq", "-y", "-s", "4096", "-e", "trace=file,network,process", "-o", str(log)]
    done = subprocess.run(
        [*trace, sys.executable, "-m", "generator", *command],
        cwd=repo.root, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    calls = [one.partition(" ")[2].strip() for one in log.read_text("utf-8", "replace").splitlines()]
    good = [one for one in calls if " = -1 " not in one]
    assert not [one for one in good if re.match(r"(?:socket|connect|bind|sendto|listen)\(", one)]
    programs = {found[1] for one in good if (found := re.match(r'execve\("([^"]*)"', one))}
    assert {Path(one).name for one in programs if one != sys.executable} <= {"git"}
    written = set()
    for one in good:
        if found := _WRITES.match(one):
            folder = re.match(r"\w+\((?:AT_FDCWD|\d+)<([^>]*)>", one)
            written.add(str(Path(folder[1] if folder else repo.root) / (found[1] or found[2])))
    inside = (f"{os.path.realpath(repo.root)}/", f"{repo.root}/")
    state = str(repo.state().parent)
    odd = {one for one in written if one != "/dev/null" and not one.startswith(inside)}
    assert not odd
    in_git = {one for one in written if "/.git/" in one and not one.startswith(state)}
    assert not in_git
    if command[0] in READING:
        assert written <= {"/dev/null"}
    else:
        assert written - {"/dev/null"}, "the pattern finds what is written"
