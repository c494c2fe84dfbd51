"""Templates of other repositories: pinned, kept here, updated by a merge; and repositories that mean harm."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from generator import git_bounded, git_remote
from generator.errors import Invalid
from generator.git_address import read_address, read_pinned

from ..conftest import Repo
from .sources import CRONJOB, FILES, INNER, Source, source, write
from .web import dumb_server

FOLDER = ".scaffold/templates/cronjob"
TEXT = f"{FOLDER}/{INNER}/cronjob.yaml"


@pytest.fixture
def other(tmp_path: Path) -> Source:
    return source(tmp_path / "other")


def add(repo: Repo, pin: str, *more: str) -> str:
    return repo.ok("template", "add", f"../other@{pin}", "--path", "cronjob", *more).out


def record(repo: Repo, name: str = "cronjob") -> dict[str, str]:
    found: dict[str, str] = json.loads(repo.read(f".scaffold/templates/{name}/source.json"))
    return found


def test_an_added_template_works_without_its_repository(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    commit = other.git("rev-parse", "v1^{commit}")
    shutil.rmtree(other.root)
    assert {**record(empty), "git": "", "digest": ""} == {
        "format": 1, "git": "", "commit": commit, "tag": "v1", "path": "cronjob", "version": 1, "digest": "",
    }  # fmt: skip
    assert empty.read(TEXT) == CRONJOB
    empty.ok("new", "cronjob", "nightly", "--set", "schedule=0 3 * * *")
    assert 'schedule: "0 3 * * *"\n' in empty.read("jobs/nightly/cronjob.yaml")
    assert commit in empty.ok("template", "list").out


def test_a_template_that_is_added_under_another_name_works(empty: Repo, other: Source) -> None:
    """Its schema and its example have the name of the source."""
    schema = json.loads(FILES["schema.json"])
    schema["properties"]["template"] = {"const": "sweeper"}
    example = 'template: sweeper\nname: a\nschedule: "0 3 * * *"\n'
    other.commit({"schema.json": json.dumps(schema), "examples/a.yaml": example}, "v2")
    add(empty, "v2", "--name", "hourly")
    told = empty.run("template", "check", "hourly").out
    assert "jobTemplate" in told  # the example is rendered, and what is wrong in the output is found
    assert 'sweeper"' not in told
    empty.ok("new", "hourly", "cleanup", "--set", "schedule=0 * * * *")
    assert 'schedule: "0 * * * *"\n' in empty.read("jobs/cleanup/cronjob.yaml")


@pytest.mark.parametrize("form", ["tag", "full", "upper", "short", "annotated"])
def test_what_names_a_commit(empty: Repo, other: Source, form: str) -> None:
    first = other.git("rev-parse", "v1^{commit}")
    other.commit({"version": "2\n"}, "v2")
    add(
        empty,
        {"tag": "refs/tags/v1", "full": first, "upper": first.upper(), "short": first[:9], "annotated": "v1"}[form],
    )
    assert record(empty)["commit"] == first
    assert record(empty)["version"] == 1


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ("main", "main is a branch, which moves"),
        ("HEAD", "HEAD is a name that moves"),
        ("v9", "v9 is neither a tag nor a SHA"),
        ("0" * 40, "no commit in the history of a branch or tag"),
        ("abcdef0", "no commit in the history of a branch or tag"),
        ("v1^{tree}", "cannot name a commit"),
        ("-x", "cannot name a commit"),
    ],
)
def test_what_names_none(empty: Repo, other: Source, pin: str, says: str) -> None:
    before = empty.snapshot()
    done = empty.run("template", "add", f"../other@{pin}", "--path", "cronjob")
    assert done.code == 2
    assert says in done.err
    assert empty.snapshot() == before


def test_a_branch_is_refused_with_what_to_write(empty: Repo, other: Source) -> None:
    done = empty.run("template", "add", "../other@main", "--path", "cronjob")
    add(empty, done.err.rpartition("@")[2].strip())
    assert record(empty)["commit"] == other.git("rev-parse", "main")


def test_a_commit_that_no_branch_has(empty: Repo, other: Source) -> None:
    commit = other.git("commit-tree", "-m", "dangling", "v1^{tree}")
    done = empty.run("template", "add", f"../other@{commit}", "--path", "cronjob")
    assert done.code == 2
    assert "in the history of a branch or tag" in done.err


def test_objects_of_alternates_are_in_no_history(empty: Repo, other: Source, tmp_path: Path) -> None:
    lender = source(tmp_path / "lender")
    commit = lender.commit({"secret": "s"}, below=".")
    (other.root / ".git/objects/info/alternates").write_text(f"{lender.root}/.git/objects\n")
    done = empty.run("template", "add", f"../other@{commit}", "--path", "cronjob")
    assert done.code == 2
    assert "in the history of a branch or tag" in done.err


def test_the_folder_is_named_if_the_top_is_no_template(empty: Repo, other: Source) -> None:
    done = empty.run("template", "add", "../other@v1")
    assert done.code == 2
    assert "--path cronjob" in done.err


@pytest.mark.parametrize(
    ("arguments", "says", "hint"),
    [
        (("--path", "nope"), "--path: nope is not a folder of", "--path cronjob"),
        (("--path", "cronjob/version", "--name", "x"), "--path: cronjob/version is not a folder of", "--path cronjob"),
        (("--path", "cronjob", "--name", "Bad"), "--name: 'Bad' is not a valid name", "name it with --name: a lower"),
        (("--path", "cronjob/version.txt"), "--name: 'version.txt' is not a valid name", "name it with --name: "),
    ],
)
def test_what_to_write_instead(empty: Repo, other: Source, arguments: tuple[str, ...], says: str, hint: str) -> None:
    before = empty.snapshot()
    done = empty.run("template", "add", "../other@v1", *arguments)
    assert done.code == 2
    assert says in done.err
    assert hint in done.err
    assert empty.snapshot() == before


def test_a_name_that_is_taken(empty: Repo, other: Source) -> None:
    """One with a source can be updated; one without cannot."""
    add(empty, "v1")
    done = empty.run("template", "add", "../other@v1", "--path", "cronjob")
    assert "choose another --name, or merge a newer version of its source: scaffold template update cronjob" in done.err
    (empty.root / FOLDER / "source.json").unlink()
    done = empty.run("template", "add", "../other@v1", "--path", "cronjob")
    assert "choose another --name\n" in done.err
    assert "update" not in done.err
    empty.ok("template", "add", "../other@v1", "--path", "cronjob", "--name", "nightly")


def test_a_user_is_no_commit(empty: Repo) -> None:
    """Nothing is fetched: the host would be the user."""
    done = empty.run("template", "add", "https://user@localhost/x", "--path", "y")
    assert "URL: names no commit" in done.err


def test_nothing_is_overwritten(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    before = empty.snapshot()
    assert "already exists" in empty.run("template", "add", "../other@v1", "--path", "cronjob").err
    assert "already exists" in empty.run("template", "copy", "service", "cronjob").err
    assert empty.snapshot() == before


# --- hostile repositories ---------------------------------------------------------------------------------------------


def _bomb(one: Source) -> tuple[str, str, str]:
    tree = one.tree(*(("100644", f"f{n}", one.blob()) for n in range(10)))
    for _ in range(9):
        tree = one.tree(*(("40000", f"d{n}", tree) for n in range(10)))
    return "40000", "bomb", tree


HOSTILE: dict[str, tuple[Callable[[Source], tuple[tuple[str, str, str], ...]], str]] = {
    "link": (lambda s: (("120000", "x", s.blob(b"/etc/passwd")),), "is a symbolic link"),
    "dots": (lambda s: (("40000", "..", s.tree(("100644", "x", s.blob()))),), "'.' or '..'"),
    "git": (lambda s: (("40000", ".git", s.tree(("100644", "config", s.blob()))),), "leads into the .git folder"),
    "hooks": (lambda s: (("40000", "hooks", s.tree(("100755", "pre_gen_project.py", s.blob()))),), "is a hook"),
    "submodule": (lambda _: (("160000", "sub", "1" * 40),), "is a submodule"),
    "case": (lambda s: (("100644", "a", s.blob()), ("100644", "A", s.blob())), "is the same file or folder as"),
    "case of a folder": (
        lambda s: (("100644", "a", s.blob()), ("40000", "A", s.tree(("100644", "b", s.blob())))),
        "is the same file or folder as",
    ),
    "twice": (lambda s: (("100644", "a", s.blob()), ("100644", "a", s.blob(b"b"))), "is the same file or folder as"),
    "record": (lambda s: (("100644", "Source.json", s.blob(b"{}")),), "name of a record"),
    "large": (lambda s: (("100644", "x", s.blob(b"a" * (4 * 2**20 + 1))),), "larger than 4 MiB"),
    "many": (lambda s: tuple(("100644", f"f{n}", s.blob()) for n in range(201)), "more than 200"),
    "bomb": (lambda s: (_bomb(s),), "too many files"),
    "bytes": (lambda s: (("100644", "x", s.blob(b"\xff\xfe")),), "is not UTF-8"),
    "lfs": (
        lambda s: (("100644", "x", s.blob(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")),),
        "pointer of Git LFS",
    ),
    "control": (lambda s: (("100644", "a\x1b[31m", s.blob()),), "control character"),
    "absent": (lambda _: (("100644", "x", "2" * 40),), ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_tree_changes_nothing(empty: Repo, other: Source, case: str) -> None:
    more, says = HOSTILE[case]
    pin = other.template_with(*more(other))
    before = empty.snapshot()
    done = empty.run("template", "add", f"../other@{pin}", "--path", "cronjob")
    assert done.code == 2, done.text
    assert says in done.err
    assert "\x1b" not in done.err
    assert empty.snapshot() == before


@pytest.mark.parametrize(
    ("text", "says"), [("\x01" * (3 * 2**20), "would be larger than 16 MiB"), ("[" * (2 * 2**20), "brackets")]
)
def test_files_that_no_lock_can_hold_are_refused(empty: Repo, other: Source, text: str, says: str) -> None:
    other.commit({f"{INNER}/x.txt": text}, "v2")
    before = empty.snapshot()
    done = empty.run("template", "add", "../other@v2", "--path", "cronjob")
    assert done.code == 2, done.text
    assert says in done.err
    assert empty.snapshot() == before


def test_a_tree_like_the_hostile_ones_is_taken(empty: Repo, other: Source) -> None:
    add(empty, other.template_with(("100644", "README.md", other.blob(b"text\n"))))
    assert empty.read(f"{FOLDER}/README.md") == "text\n"


def test_nothing_of_the_other_repository_runs(empty: Repo, other: Source, tmp_path: Path) -> None:
    """Neither filters nor hooks run, and attributes change no byte."""
    touched = tmp_path / "touched"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {touched}\ncat\n")
    program.chmod(0o755)
    for hook in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc"):
        shutil.copy(program, other.root / ".git/hooks" / hook)
    text = "id: $Format:%H$ $Id$\n"
    other.commit({".gitattributes": "* filter=evil export-subst ident eol=crlf\n", f"{INNER}/id.yaml": text}, "v2")
    touched.unlink(missing_ok=True)
    for key in ("filter.evil.smudge", "filter.evil.clean", "uploadpack.packObjectsHook"):
        other.git("config", key, str(program))
    add(empty, "v2")
    assert empty.read(f"{FOLDER}/{INNER}/id.yaml") == text
    assert not touched.exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ext::sh -c true@v1", "is not the address of a repository"),
        ("ext::sh@v1", "ext:: is a transport that is not allowed"),
        ("git://example.org/x@v1", "git is a transport that is not allowed"),
        ("http://example.org/x@v1", "http is not encrypted"),
        ("ftp://example.org/x@v1", "ftp is a transport that is not allowed"),
        ("https://-oProxyCommand=x/y@v1", "is not the address of a repository"),
        ("https://example.org/x?y@v1", "is not the address of a repository"),
        ("-x@v1", "is not the address of a repository"),
        ("nowhere@v1", "nowhere is not a folder"),
        ("https://example.org/x", "names no commit"),
        ("git@example.org:x/y", "names no commit"),
        ("../other", "names no commit"),
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(Invalid, match=says.replace(".", r"\.")):
        read_pinned(url, tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@example.org/x.git", "https://example.org/x.git"),
        ("https://token@example.org:8443/x.git", "https://example.org:8443/x.git"),
        ("ssh://git:secret@example.org/x", "ssh://git@example.org/x"),
        ("git@example.org:x/y.git", "git@example.org:x/y.git"),
    ],
)
def test_no_password_is_recorded(tmp_path: Path, url: str, shown: str) -> None:
    assert read_address(url, tmp_path).shown == shown


def test_a_record_makes_no_command_read_a_folder(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    done = empty.run("template", "update", "cronjob@v1")
    assert done.code == 2
    assert "--from FOLDER" in done.err


# --- limits of the fetch ----------------------------------------------------------------------------------------------


def test_a_large_repository_is_given_up(other: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(git_bounded, "MAX_REPOSITORY_BYTES", 2 * 2**20)
    other.commit({"big": os.urandom(4 * 2**20)}, "v2")
    with (
        pytest.raises(Invalid, match="is too large"),
        git_remote.fetched(read_address(str(other.root), tmp_path), "v2") as found,
    ):
        found.entries("")


def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(git_bounded, "FETCH_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = read_address(f"http://127.0.0.1:{server.getsockname()[1]}/x", tmp_path)
        with pytest.raises(Invalid, match="could not be fetched in 1 s"), git_remote.fetched(address, "v1"):
            pass


@pytest.fixture
def http(other: Source) -> Iterator[str]:
    """The repository by git's dumb protocol."""
    with dumb_server(other.root) as address:
        yield address


@pytest.mark.parametrize("form", ["tag", "full"])
def test_a_web_server_without_git(empty: Repo, other: Source, http: str, form: str) -> None:
    first = other.git("rev-parse", "v1^{commit}")
    other.commit({"version": "2\n"})
    other.git("repack", "-adq")
    other.git("update-server-info")
    empty.ok("template", "add", f"{http}@{'v1' if form == 'tag' else first}", "--path", "cronjob")
    assert record(empty)["commit"] == first
    assert record(empty)["git"] == http
    empty.ok("template", "update", f"cronjob@{other.git('rev-parse', 'main')}")
    assert record(empty)["version"] == 2
    assert empty.read(f"{FOLDER}/version") == "2\n"


def test_a_server_that_serves_another_commit_is_refused(empty: Repo, other: Source) -> None:
    """The refs are listed twice, before the fetch and by it: the branch moves in between."""
    first = other.git("rev-parse", "main")
    other.git("tag", "--delete", "v1")
    other.git("update-server-info")

    def move() -> None:
        other.commit({"version": "666\n"})
        other.git("update-server-info")

    before = empty.snapshot()
    with dumb_server(other.root, move) as address:
        done = empty.run("template", "add", f"{address}@{first}", "--path", "cronjob")
    assert done.code == 2
    assert f"instead of {first}" in done.err
    assert empty.snapshot() == before


# --- updates ----------------------------------------------------------------------------------------------------------


def update(repo: Repo, pin: str, *more: str) -> tuple[int, str]:
    done = repo.run("template", "update", f"cronjob@{pin}", "--from", "../other", *more)
    return done.code, done.text


def test_an_update_merges_the_edits_of_the_repository(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    empty.edit(TEXT, "kind: CronJob", "kind: CronJob  # ours")
    empty.write(f"{FOLDER}/{INNER}/more.yaml", "b: 1\n")
    other.commit(
        {f"{INNER}/cronjob.yaml": f"{CRONJOB}# theirs\n", "version": "2\n", f"{INNER}/new.yaml": "c: 1\n"}, "v2"
    )
    assert "# theirs" in update(empty, "v2", "--dry-run")[1]
    assert "# theirs" not in empty.read(TEXT)
    assert update(empty, "v2")[0] == 0
    assert empty.read(TEXT) == CRONJOB.replace("kind: CronJob", "kind: CronJob  # ours") + "# theirs\n"
    assert empty.read(f"{FOLDER}/{INNER}/new.yaml") == "c: 1\n"
    assert empty.read(f"{FOLDER}/{INNER}/more.yaml") == "b: 1\n"
    assert "files differ from those of" in empty.run("template", "check", "cronjob").out
    assert "nothing to do" in update(empty, "v2")[1]


def test_a_conflict_writes_nothing_and_says_how_to_settle_it(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    empty.edit(TEXT, "kind: CronJob", "kind: Mine")
    other.commit({f"{INNER}/cronjob.yaml": CRONJOB.replace("kind: CronJob", "kind: Theirs"), "version": "2\n"}, "v2")
    before = empty.snapshot()
    code, text = update(empty, "v2")
    assert code == 1
    assert "yours 'Mine'" in text or "Mine" in text
    assert empty.snapshot() == before
    (line,) = {one.partition("take it:")[2].strip() for one in text.splitlines() if "--theirs=" in one}
    program, *words = shlex.split(line)
    assert program == "scaffold"
    empty.ok(*words)
    assert "kind: Theirs" in empty.read(TEXT)


@pytest.mark.parametrize(
    ("ours", "theirs", "result"), [("1", "2", "2"), ("2", "1", "2"), ("2", "2", "3"), ("5", "3", "6"), ("2", "4", "5")]
)
def test_the_version_after_an_update_is_above_both(
    empty: Repo, other: Source, ours: str, theirs: str, result: str
) -> None:
    add(empty, "v1")
    empty.write(f"{FOLDER}/version", f"{ours}\n")
    other.commit({"version": f"{theirs}\n", "README.md": "x\n"}, "v2")
    assert update(empty, "v2")[0] == 0
    assert empty.read(f"{FOLDER}/version") == f"{result}\n"
    assert "nothing to do" in update(empty, "v2")[1]


def test_an_update_that_is_no_template_is_refused(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    before = empty.snapshot()
    other.commit({"cookiecutter.json": "{", "version": "2\n"}, "v2")
    code, text = update(empty, "v2")
    assert code == 2
    assert "is not valid JSON" in text
    assert empty.snapshot() == before


def test_files_that_the_source_deleted_are_deleted(empty: Repo, other: Source) -> None:
    other.commit({"README.md": "x\n", "NOTES.md": "y\n"}, "v2")
    add(empty, "v2")
    empty.write(f"{FOLDER}/NOTES.md", "ours\n")
    (other.root / "cronjob/README.md").unlink()
    (other.root / "cronjob/NOTES.md").unlink()
    other.commit({"version": "2\n"}, "v3")
    code, text = update(empty, "v3")
    assert code == 1
    assert "NOTES.md" in text
    assert update(empty, "v3", "--ours")[0] == 0
    assert not empty.has(f"{FOLDER}/README.md")
    assert empty.read(f"{FOLDER}/NOTES.md") == "ours\n"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"format": 2}', '{"format": true}', '{"format": 1, "shipped": "service", "git": "x"}',
     '{"format": 1, "git": "x", "commit": "--upload-pack=x", "version": 1, "digest": ""}',
     '{"format": 1, "shipped": "service", "version": -1, "digest": ""}',
     '{"format": 1, "git": "x", "path": "../..", "commit": "' + "0" * 40 + '", "version": 1, "digest": ""}',
     "[" * 100_000],
)  # fmt: skip
def test_a_broken_record_is_refused(empty: Repo, other: Source, text: str) -> None:
    add(empty, "v1")
    empty.write(f"{FOLDER}/source.json", text)
    for command in (("update", "cronjob@v1", "--from", "../other"), ("list",)):
        done = empty.run("template", *command)
        assert done.code == 2, done.text
        assert f"{FOLDER}/source.json" in done.err
    assert empty.run("template", "check", "cronjob").code == 1
    empty.ok("new", "cronjob", "nightly", "--set", "schedule=x")  # the template itself works


def test_a_lock_of_other_files_is_refused(empty: Repo, other: Source) -> None:
    add(empty, "v1")
    lock = json.loads(empty.read(f"{FOLDER}/scaffold.lock"))
    lock["files"][0]["mode"] = "755"
    empty.write(f"{FOLDER}/scaffold.lock", json.dumps(lock))
    code, text = update(empty, "v1")
    assert code == 2
    assert "digest" in text


def test_a_template_of_the_repository_has_no_source(empty: Repo) -> None:
    write(empty, "cronjob", FILES)
    done = empty.run("template", "update", "cronjob@v1")
    assert done.code == 2
    assert "neither copied nor added" in done.err
    assert "did you mean 'cronjob'?" in empty.run("template", "update", "cronjb@v1").err
