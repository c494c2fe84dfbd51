"""``scaffold merge`` as git's merge driver, in real repositories, set up with the commands of docs/user/git.md."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..support import forks, yamltext

DOCS = Path(__file__).resolve().parents[2] / "docs" / "user" / "git.md"
FILE = "deploy/app.yaml"
BASE = """\
# The app.
kind: Deployment
metadata:
  name: app
spec:
  replicas: 1
  paused: false
  env:
    - name: A
      value: a
    - name: B
      value: b
"""
IDENTITY = {f"GIT_{role}_{what}": "t@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass(frozen=True)
class Clone:
    """A repository with the driver, and a ``scaffold`` on the path."""

    root: Path
    path: str

    def run(self, *command: str, code: int | None = 0) -> str:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env = {**clean, **IDENTITY, "PATH": self.path, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_EDITOR": "true"}
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def git(self, *arguments: str, code: int | None = 0) -> str:
        return self.run("git", *arguments, code=code)

    def read(self, path: str = FILE) -> str:
        return (self.root / path).read_bytes().decode()

    def write(self, text: str | None, path: str = FILE) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            place.unlink()
        else:
            place.write_bytes(text.encode())

    def commit(self, text: str | None, path: str = FILE) -> None:
        self.write(text, path)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")

    def branches(self, ours: str | None, theirs: str | None, path: str = FILE) -> None:
        """Make the branch topic with one text, and stand on main with the other."""
        self.git("switch", "--quiet", "--create", "topic")
        self.commit(theirs, path)
        self.git("switch", "--quiet", "main")
        self.commit(ours, path)

    def unmerged(self) -> bool:
        return bool(self.git("ls-files", "--unmerged").strip())


def documented(block: int = 0) -> list[str]:
    """Return the commands of a block of docs/user/git.md."""
    blocks = re.findall(r"```\n(.*?)```", DOCS.read_text("utf-8"), re.S)
    return [line for line in str(blocks[block]).splitlines() if line.strip()]


def fresh(folder: Path) -> Clone:
    root, programs = folder / "repo with a space", folder / "bin"
    root.mkdir()
    programs.mkdir()
    shim = programs / "scaffold"
    shim.write_text(f'#!/bin/sh\nexec "{forks.command()}/scaffold" "$@"\n')
    shim.chmod(0o755)
    clone = Clone(root, f"{programs}{os.pathsep}{os.environ['PATH']}")
    clone.git("init", "--quiet", "--initial-branch=main", ".")
    return clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    found = fresh(tmp_path)
    for command in documented():
        found.run("sh", "-c", command)
    found.commit(BASE)
    return found


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


OURS = changed(BASE, ("replicas: 1", "replicas: 5 # peak"), ("- name: B", "# for the audit\n    - name: B"))
THEIRS = changed(BASE, ("paused: false", "paused: true"), ("value: b\n", "value: b\n    - name: C\n      value: c\n"))
BOTH = changed(OURS, ("paused: false", "paused: true"), ("value: b\n", "value: b\n    - name: C\n      value: c\n"))
CLASH = changed(BASE, ("replicas: 1", "replicas: 9"))


def test_the_documented_commands_set_the_driver_up(clone: Clone) -> None:
    driver = "scaffold merge --markers --path %P %O %A %B -o %A"
    assert clone.git("config", "merge.scaffold.driver").strip() == driver
    assert "merge: scaffold" in clone.git("check-attr", "merge", FILE)


def test_neighbouring_lines_merge(clone: Clone) -> None:
    clone.branches(OURS, THEIRS)
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert clone.read() == BOTH
    assert not clone.git("status", "--short")


def test_without_the_driver_git_does_not_merge_them(clone: Clone) -> None:
    clone.git("config", "--remove-section", "merge.scaffold")
    clone.branches(OURS, THEIRS)
    clone.git("merge", "topic", code=1)


def test_a_conflict_has_markers_and_says_which_field(clone: Clone) -> None:
    clone.branches(OURS, CLASH)
    said = clone.git("merge", "topic", code=1)
    assert f"{FILE}:6: spec.replicas: yours 5, generated 9 (was 1)" in said
    assert (
        "<<<<<<< ours\n  replicas: 5 # peak\n||||||| base\n  replicas: 1\n=======\n  replicas: 9\n>>>>>>> theirs\n"
        in clone.read()
    )
    assert clone.unmerged()
    clone.git("merge", "--abort")
    assert clone.read() == OURS


def test_a_commit_of_everything_after_a_conflict_loses_neither_side(clone: Clone) -> None:
    clone.branches(OURS, changed(CLASH, ("value: b\n", "value: bb\n")))
    clone.git("merge", "topic", code=1)
    clone.git("commit", "--message", "careless", code=128)
    clone.git("commit", "--quiet", "--all", "--message", "careless")
    text = clone.git("show", f"HEAD:{FILE}")
    for piece in ("replicas: 5 # peak", "replicas: 9", "value: bb", "# for the audit", "<<<<<<< ", ">>>>>>> "):
        assert piece in text


def test_rebase(clone: Clone) -> None:
    clone.branches(OURS, THEIRS)
    clone.git("switch", "--quiet", "topic")
    clone.git("rebase", "--quiet", "main")
    assert clone.read() == BOTH


def test_a_rebase_that_conflicts_stops_and_goes_on(clone: Clone) -> None:
    clone.branches(OURS, CLASH)
    clone.git("switch", "--quiet", "topic")
    clone.git("rebase", "main", code=1)
    text = clone.read()
    assert "replicas: 5 # peak" in text
    assert "replicas: 9" in text
    clone.write(OURS.replace("5", "7"))
    clone.git("add", "--all")
    clone.git("rebase", "--continue")
    assert "replicas: 7 # peak" in clone.read()
    assert not clone.git("status", "--short")


def test_cherry_pick_and_revert(clone: Clone) -> None:
    clone.branches(OURS, THEIRS)
    clone.git("cherry-pick", "topic")
    assert clone.read() == BOTH
    clone.git("revert", "--no-edit", "HEAD")
    assert clone.read() == OURS


def test_stash(clone: Clone) -> None:
    clone.branches(OURS, THEIRS)
    clone.git("switch", "--quiet", "topic")
    clone.write(changed(THEIRS, ("replicas: 1", "replicas: 5 # peak"), ("- name: B", "# for the audit\n    - name: B")))
    clone.git("stash")
    clone.git("switch", "--quiet", "main")
    clone.git("reset", "--quiet", "--hard", "HEAD~1")
    clone.commit(changed(BASE, ("value: a", "value: aa")))
    clone.git("stash", "pop")
    assert "value: aa" in clone.read()
    assert "replicas: 5 # peak" in clone.read()


def test_a_file_with_crlf_keeps_it(clone: Clone) -> None:
    crlf = OURS.replace("\n", "\r\n")
    clone.branches(crlf, THEIRS)
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert clone.read() == BOTH.replace("\n", "\r\n")


def test_a_conflict_in_a_file_with_crlf(clone: Clone) -> None:
    clone.branches(OURS.replace("\n", "\r\n"), CLASH)
    clone.git("merge", "topic", code=1)
    text = clone.read()
    assert text.count("\n") == text.count("\r\n")
    assert "=======\r\n  replicas: 9\r\n>>>>>>> theirs\r\n" in text


def test_a_working_tree_with_crlf_by_attribute(clone: Clone) -> None:
    clone.commit("*.yaml merge=scaffold text eol=crlf\n", ".gitattributes")
    clone.branches(OURS, THEIRS)
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert clone.read() == BOTH.replace("\n", "\r\n")
    assert clone.git("show", f"HEAD:{FILE}") == BOTH


@pytest.mark.parametrize("deleted", ["ours", "theirs"])
def test_a_file_that_one_side_deletes_and_the_other_edits_is_gits_own_conflict(clone: Clone, deleted: str) -> None:
    sides: dict[str, str | None] = {"ours": OURS, "theirs": THEIRS}
    sides[deleted] = None
    clone.branches(sides["ours"], sides["theirs"])
    assert "CONFLICT (modify/delete)" in clone.git("merge", "topic", code=1)
    assert clone.read() == (THEIRS if deleted == "ours" else OURS)


def test_both_add_the_same_file(clone: Clone) -> None:
    clone.branches("a: 1\nb: 2 # mine\n", "a: 1\nc: 3\n", "new.yaml")
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert yamltext.meanings(clone.read("new.yaml")) == yamltext.meanings("a: 1\nb: 2\nc: 3\n")
    assert "b: 2 # mine\n" in clone.read("new.yaml")


def test_both_add_the_same_file_with_another_value(clone: Clone) -> None:
    clone.branches("a: 1\nb: 2\n", "a: 9\nb: 2\n", "new.yaml")
    clone.git("merge", "topic", code=1)
    text = clone.read("new.yaml")
    assert "a: 1\n" in text
    assert "a: 9\n" in text
    assert "<<<<<<< ours\n" in text


def test_a_renamed_file_takes_the_other_sides_change(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create", "topic")
    clone.git("mv", FILE, "deploy/it's new.yaml")
    clone.commit(OURS, "deploy/it's new.yaml")
    clone.git("switch", "--quiet", "main")
    clone.commit(THEIRS)
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert yamltext.meanings(clone.read("deploy/it's new.yaml")) == yamltext.meanings(BOTH)
    assert "# peak" in clone.read("deploy/it's new.yaml")


def test_a_criss_cross_merge_loses_nothing(clone: Clone) -> None:
    """Two merge bases, which git merges first: with our markers in that base the merge must not end clean and short."""
    clone.branches(OURS, CLASH)
    clone.git("branch", "other", "topic")
    for branch, other, text in (("main", "topic", OURS), ("other", "main@{1}", CLASH)):
        clone.git("switch", "--quiet", branch)
        clone.git("merge", other, code=1)
        clone.commit(text)
    clone.git("switch", "--quiet", "main")
    clone.git("merge", "other", code=1)
    assert "replicas: 5 # peak" in clone.read()
    assert "replicas: 9" in clone.read()


@pytest.mark.parametrize("broken", ["spec: [\n", "a: 1\na: 2\n", "\x00\n", "x" * (9 * 2**20)])
def test_what_cannot_be_read_as_yaml_still_has_both_sides(clone: Clone, broken: str) -> None:
    clone.branches(OURS, f"{broken}# theirs\n")
    clone.git("merge", "topic", code=1)
    text = clone.read()
    assert "replicas: 5 # peak" in text
    assert "# theirs\n" in text
    assert re.search("^<<<<<<< ", text, re.M)
    assert re.search("^>>>>>>> ", text, re.M)
    assert clone.unmerged()


def test_text_that_is_no_yaml(clone: Clone) -> None:
    clone.commit("Makefile merge=scaffold\n", ".gitattributes")
    clone.commit("all:\n\techo 1\n\techo 2\n\techo 3\n", "Makefile")
    clone.branches("all:\n\techo one\n\techo 2\n\techo 3\n", "all:\n\techo 1\n\techo 2\n\techo three\n", "Makefile")
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert clone.read("Makefile") == "all:\n\techo one\n\techo 2\n\techo three\n"


def test_a_clone_without_the_driver_merges_as_git_does(clone: Clone) -> None:
    """The attribute is committed, the command is not: who has not set it up is not stopped."""
    clone.git("config", "--remove-section", "merge.scaffold")
    clone.branches(changed(BASE, ("The app", "An app")), changed(BASE, ("value: b", "value: bb")))
    clone.git("merge", "--quiet", "--no-edit", "topic")
    assert clone.read() == changed(BASE, ("The app", "An app"), ("value: b", "value: bb"))


@pytest.mark.parametrize("shim", ["exit 127", "exit 2", "exit 3", "kill -9 $$"])
def test_a_driver_that_fails_never_ends_as_a_merge(clone: Clone, shim: str) -> None:
    place = Path(clone.path.split(os.pathsep)[0]) / "scaffold"
    place.write_text(f"#!/bin/sh\n{shim}\n")
    clone.branches(OURS, THEIRS)
    clone.git("merge", "topic", code=None)
    assert clone.unmerged()
    clone.git("commit", "--message", "careless", code=128)


@pytest.mark.parametrize("there", [True, False])
def test_the_documented_fallback_for_where_the_command_may_be_missing(clone: Clone, there: bool) -> None:
    (command,) = documented(1)
    clone.run("sh", "-c", command)
    place = Path(clone.path.split(os.pathsep)[0]) / "scaffold"
    clone.branches(OURS, changed(THEIRS, ("name: app", "name: shop")))
    if there:
        clone.git("merge", "--quiet", "--no-edit", "topic")
        assert clone.read() == changed(BOTH, ("name: app", "name: shop"))
        return
    place.unlink()
    bare = Clone(clone.root, "/usr/bin:/bin")
    assert bare.run("sh", "-c", "command -v scaffold || true") == "", "scaffold is installed beside git"
    bare.git("merge", "topic", code=1)
    for piece in ("replicas: 5 # peak", "name: shop", "paused: true", "<<<<<<< ", ">>>>>>> "):
        assert piece in bare.read()


DECIDED = {
    "a comment that both changed": ("# owner: nobody\na: 1\n", "# owner: ann\na: 1\n", "# owner: bob\na: 1\n"),
    "a comment that both added to a value": ("a: 1\n", "a: 1 # ann\n", "a: 1 # bob\n"),
    "a comment that one changed and the other deleted": ("# below 3\na: 1\n", "a: 1\n", "# below 5\na: 1\n"),
    "a tag that a bot moves": tuple(
        f'image: e/p:{tag} # {{"$imagepolicy": "flux-system:p"}}\n' for tag in ("v1.2.3", "v1.2.4", "v1.3.0")
    ),
}


@pytest.mark.parametrize("name", DECIDED)
def test_what_regenerate_decides_by_itself_is_a_conflict_of_two_branches(clone: Clone, name: str) -> None:
    """One side is not generated there: keeping ours would drop what somebody wrote."""
    base, ours, theirs = DECIDED[name]
    clone.commit(base, "notes.yaml")
    clone.branches(ours, theirs, "notes.yaml")
    told = clone.git("merge", "topic", code=1)
    assert "both sides changed" in told
    text = clone.read("notes.yaml")
    assert all(one in text for one in ours.splitlines() + theirs.splitlines())
    assert "<<<<<<<" in text
