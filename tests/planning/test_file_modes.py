"""The executable bit of a generated file: the template's change of it arrives, and the user's own stays."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Repo, git
from ..faults.harness import Call, Fault, Harness, compiler
from ..support.real import missing

FOLDER = ".scaffold/templates/tool"
TEMPLATE = {
    "cookiecutter.json": '{"name": ""}\n',
    "version": "1\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"template": {"const": "tool"}, "name": {"type": "string"}, "files": {"type": "object"}},
        }
    ),
    "{{cookiecutter.name}}/run.sh": "#!/bin/sh\necho {{ cookiecutter.name }}\n\n# The end.\n\n",
    "{{cookiecutter.name}}/notes.md": "# {{ cookiecutter.name }}\n",
}
SCRIPT = f"{FOLDER}/{{{{cookiecutter.name}}}}/run.sh"


def tool(repo: Repo, mode: int = 0o644) -> Path:
    """Generate a unit whose script has this mode; return the script's path."""
    for path, text in TEMPLATE.items():
        repo.write(f"{FOLDER}/{path}", text)
    (repo.root / SCRIPT).chmod(mode)
    repo.write("tools/a/scaffold.yaml", "template: tool\nname: a\n")
    repo.ok("regenerate", "-q")
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "tool")
    return repo.root / "tools/a/run.sh"


def template_mode(repo: Repo, mode: int, version: int = 2) -> None:
    (repo.root / SCRIPT).chmod(mode)
    repo.write(f"{FOLDER}/version", f"{version}\n")


def said(root: Path, *arguments: str) -> str:
    """Return what git says."""
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def bits(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(("old", "new", "git_says"), [(0o644, 0o755, "100755"), (0o755, 0o644, "100644")])
def test_a_template_changes_the_bit(repo: Repo, old: int, new: int, git_says: str) -> None:
    script = tool(repo, old)
    assert bits(script) == old
    assert repo.run("diff").code == 0
    template_mode(repo, new)
    done = repo.run("diff")
    assert done.code == 1
    assert "behind    tools/a/run.sh\ndiff --git a/tools/a/run.sh b/tools/a/run.sh\n" in done.out
    assert f"old mode 100{old:o}\nnew mode 100{new:o}\n" in done.out
    assert "notes.md" not in done.out
    assert "tools/a/run.sh +0 -0" in repo.run("diff", "--stat").out
    (row,) = [one for one in json.loads(repo.run("diff", "--format", "json").out) if one["path"] == "tools/a/run.sh"]
    assert (row["state"], row["diff"].splitlines()[2]) == ("behind", f"new mode 100{new:o}")
    assert "tools/a/run.sh is behind" in repo.run("diff", "--format", "github").out
    assert "tools/a/run.sh" in repo.run("regenerate", "--dry-run").out
    assert bits(script) == old
    # What diff prints is a patch that git applies.
    patch = repo.run("diff", "-q").out.split("\n", 1)[1]
    subprocess.run(["git", "apply", "--check", "-"], cwd=repo.root, input=patch, text=True, check=True)
    assert "updated tools/a/run.sh" in repo.ok("regenerate").out
    assert bits(script) == new
    git(repo.root, "add", "--all")
    assert git_says in said(repo.root, "ls-files", "-s", "tools/a/run.sh")
    assert repo.run("diff").code == 0


def test_with_edits_and_a_new_text(repo: Repo) -> None:
    """Both arrive at once, and the edit stays; only those who may read it may run it."""
    script = tool(repo)
    script.write_text(script.read_text() + "# mine\n")
    script.chmod(0o640)
    template_mode(repo, 0o755)
    repo.edit(SCRIPT, "echo", "echo hello")
    done = repo.run("diff", "--stat")
    assert "tools/a/run.sh +1 -1" in done.out
    repo.ok("regenerate")
    assert (script.read_text(), bits(script)) == ("#!/bin/sh\necho hello a\n\n# The end.\n\n# mine\n", 0o750)


@pytest.mark.parametrize("old", [0o644, 0o755])
def test_the_bit_that_the_user_set_stays(repo: Repo, old: int) -> None:
    """Also where the template later sets the same, and where the file changes."""
    script, mine = tool(repo, old), old ^ 0o111
    script.chmod(mine)
    assert repo.run("diff").code == 0
    repo.edit(SCRIPT, "echo", "echo hello")
    repo.ok("regenerate")
    assert bits(script) == mine
    template_mode(repo, mine)
    repo.ok("regenerate")
    assert bits(script) == mine
    assert repo.run("diff").code == 0


def test_a_file_that_moves_keeps_its_bit(repo: Repo) -> None:
    """It is rendered from the same file of the template to a path that follows from the spec."""
    named = "{{cookiecutter.name}}/{{cookiecutter.name}}.sh"
    repo.write(f"{FOLDER}/{named}", "#!/bin/sh\n")
    tool(repo)
    (repo.root / "tools/a/a.sh").chmod(0o755)
    repo.edit("tools/a/scaffold.yaml", "name: a", "name: b")
    assert "moved from tools/a/a.sh" in repo.run("diff").out
    repo.ok("regenerate")
    assert bits(repo.root / "tools/a/b.sh") == 0o755


@pytest.mark.parametrize("policy", ["once", "never"])
def test_what_is_the_users_stays(repo: Repo, policy: str) -> None:
    script = tool(repo)
    repo.write("tools/a/scaffold.yaml", f"template: tool\nname: a\nfiles:\n  run.sh: {policy}\n")
    template_mode(repo, 0o755)
    repo.ok("regenerate")
    assert bits(script) == 0o644
    assert repo.run("diff").code == 0


def test_a_move_brings_the_bit_along(repo: Repo) -> None:
    tool(repo)
    template_mode(repo, 0o755)
    repo.ok("mv", "tools/a", "other/a")
    assert bits(repo.root / "other/a/run.sh") == 0o755
    assert repo.run("diff").code == 0


def test_an_updated_template_brings_the_bit_along(repo: Repo, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path, text in TEMPLATE.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    git(source, "init", "--quiet", "--template=", "--initial-branch=main", ".")
    commits = []
    for version, mode in enumerate((0o644, 0o755), 1):
        (source / "version").write_text(f"{version}\n")
        (source / "{{cookiecutter.name}}/run.sh").chmod(mode)
        git(source, "add", "--all")
        git(source, "commit", "--quiet", "--message", "tool")
        commits.append(said(source, "rev-parse", "HEAD"))
    repo.ok("template", "add", f"{source}@{commits[0]}", "--name", "tool")
    repo.write("tools/a/scaffold.yaml", "template: tool\nname: a\n")
    repo.ok("regenerate")
    assert bits(repo.root / SCRIPT) == 0o644
    repo.ok("template", "update", f"tool@{commits[1]}", "--from", str(source))
    assert bits(repo.root / SCRIPT) == 0o755
    repo.ok("regenerate")
    assert bits(repo.root / "tools/a/run.sh") == 0o755


def test_a_script_that_windows_checked_out(repo: Repo) -> None:
    """Without executable bits on disk, nothing is told twice: the lock says that the template's bit has arrived."""
    script = tool(repo)
    template_mode(repo, 0o755)
    repo.ok("regenerate")
    script.chmod(0o644)
    assert repo.run("diff").code == 0


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    if compiler() is None:
        missing("needs Linux and a C compiler")
    made = Harness(tmp_path.resolve() / "harness")
    yield made
    made.close()


def test_a_run_that_fails_or_is_killed(repo: Repo, harness: Harness) -> None:
    """An error undoes it, the bit included; the run after a kill finishes it."""
    tool(repo)
    template_mode(repo, 0o755)
    repo.edit(f"{FOLDER}/{{{{cookiecutter.name}}}}/notes.md", "# ", "## ")
    root = harness.work / "run"
    shutil.copytree(repo.root, root, symlinks=True)
    assert harness.run(root, ["regenerate"], log=True)[0] == "0"
    calls = [one.split("\t") for one in (harness.work / "log").read_text().splitlines()]
    last = [one for one in calls if one[0] in {"chmod", "renameat2"}][-5:]
    assert "chmod" in {function for function, _, _ in last}
    ends = set()
    for function, number, _ in last:
        for mode in (0, 2):
            shutil.rmtree(root)
            shutil.copytree(repo.root, root, symlinks=True)
            fault = Fault(Call(function, int(number), ""), "EIO", mode)
            code, err = harness.run(root, ["regenerate"], fault)
            now = bits(root / "tools/a/run.sh"), (root / "tools/a/notes.md").read_text()
            if mode == 0:
                assert code == "2", err
                assert now == (0o644, "# a\n")
            assert harness.run(root, ["regenerate"])[0] == "0"
            assert (bits(root / "tools/a/run.sh"), (root / "tools/a/notes.md").read_text()) == (0o755, "## a\n")
            ends.add(now)
    assert len(ends) > 1
