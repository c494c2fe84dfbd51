"""What a run tells: the profiles, folders of test data, one screen, and repositories that never had a config."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

from generator.errors import Problem
from generator.overview import overview_lines
from generator.printable import pieces
from generator.rules import all_rules
from generator.trial_folders import is_test_data, is_trial
from generator.validation import viewed

from ..conftest import Done, Repo, git, heed_signals
from .test_validate import BAD, GOOD, WARNED


@pytest.fixture
def stranger(tmp_path: Path) -> Repo:
    """A git repository that never heard of scaffold: an error, two warnings and an error in the data of a test."""
    made = Repo(tmp_path / "repo")
    made.write("k8s/bad.yaml", BAD.format("bad"))
    made.write("k8s/web.yaml", WARNED)
    made.write("pkg/testdata/broken.yaml", BAD.format("broken"))
    git(made.root, "init", "--quiet", ".")
    return made


def paths(done: Done, least: str = "warning") -> set[str]:
    wanted = {"error"} if least == "error" else {"error", "warning"}
    return {one["path"] for one in json.loads(done.out) if one["severity"] in wanted}


# Where to run


def test_a_git_repository_without_our_folder_is_checked_whole(stranger: Repo) -> None:
    for cwd in (".", "pkg/testdata"):
        assert paths(stranger.run("validate", "--format", "json", cwd=cwd)) == {"k8s/bad.yaml", "k8s/web.yaml"}
    git(stranger.root, "add", "--all")
    git(stranger.root, "commit", "--quiet", "-m", "one")
    stranger.write("k8s/new.yaml", BAD.format("new"))
    assert paths(stranger.run("validate", "--changed-since", "HEAD", "--format", "json")) == {"k8s/new.yaml"}
    parts = [paths(stranger.run("validate", "--shard", f"{one}/2", "--format", "json")) for one in (1, 2)]
    assert sorted(map(len, parts)) == [0, 3]
    assert not stranger.has(".scaffold")


def test_outside_of_a_repository_the_message_says_how_to_name_one(tmp_path: Path) -> None:
    outside = Repo(tmp_path)
    outside.write("bad.yaml", BAD.format("bad"))
    for options in ([], ["--changed-since", "HEAD"], ["--shard", "1/2"], ["--update-baseline"]):
        done = outside.run("validate", *options)
        assert done.code == 2
        assert "scaffold validate ." in done.err
    assert outside.run("validate", ".").code == 1


# Profiles


def test_a_repository_without_a_config_fails_for_errors_only(stranger: Repo) -> None:
    done = stranger.run("validate")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("k8s/bad.yaml:6:6: data.a must be text")
    assert [one for one in lines if "FX019" in one] == []  # info is only counted
    assert lines[-5].endswith("checked: 1 error, 1 warning, 1 info")
    assert lines[-4] == "1 finding in folders of test data: --profile strict shows them"
    assert lines[-3] == "1 finding with one right answer: scaffold validate --fix --dry-run shows it"
    assert lines[-2].startswith("scaffold validate --profile strict shows everything")
    assert lines[-1].startswith("scaffold rules SCH001 explains a rule")
    stranger.write("k8s/bad.yaml", GOOD.format("bad"))
    assert stranger.run("validate").code == 0
    assert stranger.run("validate", "--fail-on", "warning").code == 1
    assert stranger.run("validate", "--profile", "errors", "--fail-on", "warning").code == 2
    assert stranger.run("validate", "--profile", "strict", "--fail-on", "error").code == 1
    last = stranger.run("validate", "--profile", "errors").out.splitlines()[-1]
    assert last.startswith("3 files checked: 0 errors, 1 warning")


def test_the_config_sets_the_profile(stranger: Repo) -> None:
    stranger.write(".scaffold/config.yaml", "automation: none\n")
    assert "pkg/testdata/broken.yaml" in stranger.run("validate").out
    stranger.write(".scaffold/config.yaml", "profile: errors\n")
    done = stranger.run("validate")
    assert [one for one in done.out.splitlines() if "(SCH001)" in one] == [done.out.splitlines()[0]]
    assert "FX004" not in done.out
    assert "FX004" in stranger.run("validate", "--profile", "default").out
    stranger.write(".scaffold/config.yaml", "profile: all\n")
    assert 'profile is "all", not one of' in stranger.run("validate").out
    assert stranger.run("validate", "--profile", "all").code == 2


def test_formats_for_programs_leave_out_test_data_and_say_so(stranger: Repo) -> None:
    done = stranger.run("validate", "--format", "json")
    rows = json.loads(done.out)
    assert {one["severity"] for one in rows} == {"error", "warning", "info"}
    assert done.err == "note: 1 finding in folders of test data: --profile strict shows them\n"
    strict = json.loads(stranger.run("validate", "--profile", "strict", "--format", "json").out)
    assert {one["path"] for one in strict} - {one["path"] for one in rows} == {"pkg/testdata/broken.yaml"}


def test_test_data_that_the_user_names_is_told(stranger: Repo) -> None:
    for named in ("pkg/testdata", "pkg/testdata/broken.yaml"):
        assert paths(stranger.run("validate", named, "--format", "json")) == {"pkg/testdata/broken.yaml"}
    assert paths(stranger.run("validate", ".", "--format", "json", cwd="pkg/testdata")) == {"broken.yaml"}
    assert paths(stranger.run("validate", "pkg", "--format", "json")) == set()


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("testdata/a.yaml", True),
        ("a/test-data/b/c.yaml", True),
        ("a/test_data/c.yaml", True),
        ("__fixtures__/c.yaml", True),
        ("web/Fixtures/c.yaml", True),
        ("x/golden/c.yaml", True),
        ("crates/models/tests/sample-workflows/c.yaml", True),
        ("tests/a/invalid/c.yaml", True),
        ("test/cases/one/c.yaml", True),
        ("testdata.yaml", False),
        ("latestdata/a.yaml", False),
        ("tests/a.yaml", False),
        ("tests/e2e/manifests/a.yaml", False),
        ("clusters/data/a.yaml", False),
        ("clusters/snapshots/a.yaml", False),
        ("samples/a.yaml", False),
        ("contests/data/a.yaml", False),
    ],
)
def test_folders_of_test_data(path: str, data: bool) -> None:
    assert is_test_data(path) == data


def test_folders_of_trials_are_more_than_those_of_test_data() -> None:
    assert is_trial("docs/a.yaml")
    assert is_trial("my-example/a.yaml")
    assert not is_trial("example.yaml")


# One screen


def some(count: int, rule: str, severity: str = "error", files: int = 3, said: str = "is wrong {}") -> list[Problem]:
    hint = "correct it"
    return [Problem(f"f{n % files}.yaml", n + 1, 1, said.format(n), hint, rule, severity) for n in range(count)]


def shown(problems: list[Problem], rows: int = 30, width: int = 0) -> tuple[list[str], bool]:
    lines, whole = overview_lines(problems, all_rules(), rows, width)
    texts = ["".join(text for _, text in pieces(one)) for one in lines]
    assert sum(max(1, -(-len(one) // width)) if width else 1 for one in texts) <= rows
    return texts, whole


def test_a_few_findings_are_told_one_by_one_with_errors_first() -> None:
    lines, whole = shown([*some(2, "FX004", "warning"), *some(1, "SCH001"), *some(4, "FX019", "info")])
    assert whole
    assert [one.split(": ")[0] for one in lines[::2]] == ["f0.yaml:1:1", "f0.yaml:1:1", "f1.yaml:2:1"]
    assert lines[0].endswith("(SCH001)")
    assert lines[2].endswith("(FX004)")


def test_many_findings_are_grouped_by_rule() -> None:
    lines, whole = shown([*some(300, "WF008", "warning", 23), *some(40, "WF001"), *some(1, "K8S001")])
    assert not whole
    assert lines[0].startswith("WF001: 40 errors in 3 files: a reference")
    assert lines[1:3] == ["  f0.yaml:1:1: is wrong 0", "      correct it"]
    (single,) = (n for n, one in enumerate(lines) if "(K8S001)" in one)
    (warned,) = (n for n, one in enumerate(lines) if one.startswith("WF008: 300 warnings in 23 files: "))
    assert 0 < single < warned
    assert len(lines) > 20


def test_what_repeats_is_grouped_even_if_it_fits() -> None:
    lines, whole = shown(some(6, "WF006", "warning"))
    assert whole
    assert lines[0].startswith("WF006: 6 warnings in 3 files: ")
    assert len(lines) == 1 + 6 + 1
    assert len(shown(some(4, "WF006", "warning"))[0]) == 8


def test_findings_with_the_same_message_leave_room_for_others() -> None:
    same = [*some(50, "WF009", said="keeps its token"), *some(1, "WF009", said="is another")]
    lines, _ = shown([*same, *some(9, "WF001")])
    at = next(n for n, one in enumerate(lines) if one.startswith("WF009: 51 errors"))
    below = [one for one in lines[at + 1 :] if one.startswith("  f")]
    assert [one.partition(": ")[2] for one in below[:2]] == ["keeps its token", "is another"]
    assert sum("keeps its token" in one for one in lines) <= 3


def test_more_rules_than_rows_are_counted() -> None:
    rules = [one.id for one in all_rules()][:60]
    lines, whole = shown([one for rule in rules for one in some(3, rule)], rows=20)
    assert not whole
    assert lines[-1].startswith("and ")
    told = sum(": 3 errors in 3 files" in one for one in lines)
    assert lines[-1] == f"and {3 * (60 - told)} findings of {60 - told} other rules"


def test_long_lines_take_more_rows_of_a_terminal() -> None:
    problems = some(60, "WF001", said="x" * 150 + "{}")
    assert len(shown(problems, width=80)[0]) < len(shown(problems)[0])
    assert shown(problems, rows=4, width=40)[0] == [
        "WF001: 60 errors in 3 files: a reference to something that does not exist"
    ]
    assert shown(problems, rows=2, width=40)[0] == ["and 60 findings of 1 other rule"]


def test_an_unknown_profile_is_a_bug() -> None:
    with pytest.raises(ValueError, match="not a profile"):
        viewed([], "loud", ())


def test_a_terminal_shows_one_screen(stranger: Repo) -> None:
    for number in range(60):
        stranger.write(f"k8s/{number}.yaml", BAD.format(f"n{number}").replace("a: 1", f"a: 1\n  b{number}: {number}"))
    clean = {key: value for key, value in os.environ.items() if key not in {"GITHUB_ACTIONS", "COLUMNS", "LINES"}}
    arguments = ["-m", "generator", "validate", "--jobs", "1"]
    child = pexpect.spawn(
        sys.executable, arguments, cwd=str(stranger.root), env=clean | {"TERM": "xterm", "CI": "1"}, encoding="utf-8",
        timeout=60, dimensions=(24, 80), preexec_fn=heed_signals,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(child.before)).replace("\r", "").splitlines()
    assert lines[0].startswith("SCH001: 121 errors in 61 files")
    rows = sum(max(1, -(-len(one) // 80)) for one in lines)
    assert 18 <= rows <= 23
