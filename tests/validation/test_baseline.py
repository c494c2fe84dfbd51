"""The baseline: what it takes, what later runs tell, and files that are no baseline."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from generator.errors import Invalid, Problem
from generator.validation.baseline import baseline_text, parse_baseline, without_known

from ..conftest import Done, Repo, git
from .test_validate import BAD, GOOD, WARNED

PATH = ".scaffold/baseline.json"


@pytest.fixture
def old(tmp_path: Path) -> Repo:
    """A git repository with findings that never heard of scaffold."""
    made = Repo(tmp_path / "repo")
    made.write("k8s/bad.yaml", BAD.format("bad") + "  b: 2\n")
    made.write("k8s/web.yaml", WARNED)
    made.write("a/testdata/bad.yaml", BAD.format("data"))
    git(made.root, "init", "--quiet", ".")
    return made


def places(done: Done) -> list[str]:
    return [f"{one['path']}:{one['line']} {one['rule']}" for one in json.loads(done.out)]


def test_a_baseline_takes_what_is_there_today(old: Repo) -> None:
    done = old.ok("validate", "--update-baseline")
    assert done.out == f"{PATH} has 5 findings: later runs tell only of new ones\n"
    assert [one.name for one in (old.root / ".scaffold").iterdir()] == ["baseline.json"]
    done = old.ok("validate", "--profile", "strict")
    assert done.out.splitlines()[-1].endswith("0 errors, 0 warnings, 0 info; 5 known from the baseline")
    assert old.ok("validate", "--fail-on", "info").code == 0
    # A new finding of the same rule in the same file, and lines that move.
    old.write("k8s/bad.yaml", "# a comment\n\n" + BAD.format("bad") + "  b: 2\n  c: 3\n")
    assert places(old.run("validate", "--format", "json")) == ["k8s/bad.yaml:10 SCH001"]
    assert places(old.run("validate", "k8s/bad.yaml", "--format", "json")) == ["k8s/bad.yaml:10 SCH001"]
    before = old.read(PATH)
    old.ok("validate", "--update-baseline")
    assert old.read(PATH) != before
    assert old.ok("validate", "--profile", "strict", "--fail-on", "info").code == 0


def test_entries_that_no_longer_occur_are_told(old: Repo) -> None:
    old.ok("validate", "--update-baseline")
    old.write("k8s/bad.yaml", GOOD.format("bad"))
    done = old.ok("validate")
    assert "2 findings of the baseline no longer occur: run scaffold validate --update-baseline" in done.out
    assert "no longer occur" not in old.ok("validate", "k8s").out  # a part does not know the others
    assert "no longer occur" in old.ok("validate", "--format", "json").err
    old.ok("validate", "--update-baseline")
    assert "no longer" not in old.ok("validate").out


def test_a_moved_file_keeps_its_findings(old: Repo) -> None:
    old.ok("validate", "--update-baseline")
    (old.root / "clusters").mkdir()
    (old.root / "k8s/bad.yaml").rename(old.root / "clusters/bad.yaml")
    done = old.ok("validate", "--profile", "strict", "--fail-on", "info")
    assert "2 findings of the baseline moved with their files" in done.out
    # A copy is none: the file that the baseline names is there.
    old.write("k8s/bad.yaml", old.read("clusters/bad.yaml"))
    assert {one.split(":")[0] for one in places(old.run("validate", "--format", "json"))} == {"clusters/bad.yaml"}


def test_a_new_file_is_not_taken_for_a_moved_one(old: Repo) -> None:
    old.ok("validate", "--update-baseline")
    (old.root / "k8s/bad.yaml").unlink()
    old.write("x/bad.yaml", BAD.format("bad"))  # fewer findings than the one that is gone
    assert {one.split(":")[0] for one in places(old.run("validate", "--format", "json"))} == {"x/bad.yaml"}
    old.write("x/bad.yaml", BAD.format("bad") + "  b: 2\n")
    assert old.ok("validate", "--fail-on", "info").code == 0
    for part in (["x"], ["--shard", "1/2"], ["--shard", "2/2"]):  # a part does not know whether it was moved
        found = {one.split(":")[0] for one in places(old.run("validate", *part, "--format", "json"))}
        assert found <= {"x/bad.yaml"}
        if part == ["x"]:
            assert found


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("spec.ports[0].port must be a whole number", "spec.ports[1].port must be a whole number"),
        ("x matches nothing (also in lines 4, 6 and 2 more)", "x matches nothing"),
        ("is duplicated: see line 4", "is duplicated: see line 14"),
    ],
)
def test_a_finding_that_moves_is_known(before: str, after: str) -> None:
    baseline = parse_baseline(baseline_text([Problem("a.yaml", 1, 1, before, "", "SCH001")]), "b.json")
    moved = [Problem("a.yaml", 5, 1, after, "", "SCH001")]
    assert without_known(moved, baseline, lambda _path: True, whole=True).problems == ()
    other = [
        Problem(
            "a.yaml",
            5,
            1,
            after.replace("port ", "name ").replace("x ", "y ").replace("is dup", "was dup"),
            "",
            "SCH001",
        )
    ]
    assert len(without_known(other, baseline, lambda _path: True, whole=True).problems) == 1


def test_a_path_that_no_file_has_is_refused(old: Repo) -> None:
    row = {"rule": "SCH001", "path": "\ud800a", "fingerprint": "0" * 16, "count": 1}
    old.write(PATH, json.dumps({"format": 1, "findings": [row]}))
    done = old.run("validate")
    assert (done.code, "number 1" in done.err) == (2, True)


def test_the_baseline_to_write_is_named(old: Repo) -> None:
    assert (
        "scaffold validate --baseline 'my b.json' --update-baseline"
        in old.run("validate", "--baseline", "my b.json").err
    )


def test_another_file_can_be_the_baseline(old: Repo) -> None:
    old.ok("validate", "--update-baseline", "--baseline", "ci/known.json")
    assert not old.has(".scaffold")
    assert old.run("validate").code == 1
    assert old.ok("validate", "--baseline", "known.json", "--fail-on", "info", cwd="ci").code == 0
    assert old.run("validate", "--baseline", "none.json").code == 2
    same = old.read("ci/known.json")
    old.ok("validate", "--update-baseline", "--baseline", "ci/known.json")
    assert old.read("ci/known.json") == same


@pytest.mark.parametrize("options", [["k8s"], ["--changed-since", "HEAD"], ["--shard", "1/2"], [".", "--shard", "1/2"]])
def test_a_part_of_the_repository_is_no_baseline(old: Repo, options: list[str]) -> None:
    git(old.root, "add", "--all")
    git(old.root, "commit", "--quiet", "-m", "one")
    done = old.run("validate", "--update-baseline", *options)
    assert done.code == 2
    assert "--update-baseline: takes all findings of the repository" in done.err
    assert not old.has(PATH)


ENTRY = {"rule": "SCH001", "path": "a.yaml", "fingerprint": "0" * 16, "count": 1}


def with_entry(**changes: object) -> str:
    return json.dumps({"format": 1, "findings": [{**ENTRY, **changes}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "\ufeff{}",
        "null",
        "[" * 100_000,
        '{"format": 1, "findings": [], "findings": []}',
        '{"format": 2, "findings": []}',
        '{"format": true, "findings": []}',
        '{"format": 1, "findings": {}}',
        '{"format": 1, "findings": [], "more": 1}',
        '{"format": 1, "findings": [NaN]}',
        with_entry(count=0),
        with_entry(count=True),
        with_entry(count=10**400),
        with_entry(count=1.0),
        with_entry(path=""),
        with_entry(path=["a"]),
        with_entry(path="a" * 5000),
        with_entry(rule=None),
        with_entry(extra=1),
        "<<<<<<< HEAD\n" + with_entry(),
        json.dumps({"format": 1, "findings": [ENTRY] * 100_001}),
    ],
    ids=range(23),
)
def test_what_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_baseline(text, "b.json")
    assert len(str(error.value)) < 200


def test_a_file_that_is_no_baseline_is_never_overwritten(old: Repo, tmp_path: Path) -> None:
    for path, text in (("README.md", "# ours\n"), ("k8s/web.yaml", old.read("k8s/web.yaml"))):
        old.write(path, text)
        assert old.run("validate", "--update-baseline", "--baseline", path).code == 2
        assert old.read(path) == text
    (tmp_path / "outside.json").write_text(baseline_text([]))
    (old.root / "link.json").symlink_to(tmp_path / "outside.json")
    (old.root / "folder").symlink_to(tmp_path)
    for path in ("../outside.json", str(tmp_path / "outside.json"), "link.json", "folder/outside.json", ".git/x", ""):
        for more in ([], ["--update-baseline"]):
            assert old.run("validate", "--baseline", path, *more).code == 2, path
    assert old.run("validate", "--update-baseline", "--baseline", ".scaffold/config.yaml").code == 2
    assert (tmp_path / "outside.json").read_text() == baseline_text([])
    assert not old.has(".scaffold")


def test_what_is_written_is_read_again() -> None:
    dice = random.Random(3)  # noqa: S311 - the same cases every time
    names = ["a.yaml", "b\udc80.yaml", "c/ä\u2028.yaml", 'd"\\\x1b.yaml', "e/a.yaml"]
    for _ in range(200):
        problems = [
            Problem(dice.choice(names), dice.randrange(9), 1, f"is wrong: see line {dice.randrange(9)}", "", rule)
            for rule in dice.choices(["SCH001", "F2-001"], k=dice.randrange(8))
        ]
        text = baseline_text(problems)
        assert text.isascii()
        dice.shuffle(problems)
        assert baseline_text(problems) == text
        read = parse_baseline(text, "b.json")
        known = without_known(problems, read, lambda _path: True, whole=True)
        assert (known.problems, known.known, known.moved, known.gone) == ((), len(problems), 0, 0)
        more = [*problems, Problem("a.yaml", 1, 1, "is wrong: see line 4", "", "SCH001")]
        assert len(without_known(more, read, lambda _path: True, whole=True).problems) == 1
        if problems:
            fewer = without_known(problems[1:], read, lambda _path: True, whole=True)
            assert (fewer.problems, fewer.gone) == ((), 1)


def test_many_moved_entries_cost_little() -> None:
    before = [Problem(f"{n}/a.yaml", 1, 1, "is wrong", "", "SCH001") for n in range(5_000)]
    after = [Problem(f"x{n}/a.yaml", 1, 1, "is wrong", "", "SCH001") for n in range(5_001)]
    known = without_known(after, parse_baseline(baseline_text(before), "b"), lambda _path: False, whole=True)
    assert (len(known.problems), known.moved, known.gone) == (1, 5_000, 0)
