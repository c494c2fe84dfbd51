"""A lock in which two branches conflict is settled by ``regenerate``: nothing is to be done for it.

In real repositories of git, whatever stopped: a merge, rebase, cherry-pick, revert, or stash. The conflict in the spec
is resolved to what both want. The file is that of either side, or has both; the lock is that of either side, or has
markers.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import NamedTuple

import pytest

from generator import __version__
from generator.config import PATH as CONFIG
from generator.lock import CONFLICT_HINT

from ..conftest import Repo, git


class Unit(NamedTuple):
    """A unit with a conflict: its spec with the texts of two branches and of both, its file, and what it must have."""

    spec: str
    texts: tuple[str, str, str, str]
    file: str
    edit: tuple[str, str]
    wanted: tuple[str, ...]
    options: tuple[str, ...] = ()


SERVICE = """\
template: service
name: shop
image: ghcr.io/example/shop
tag: "1.0"
replicas: {}
env: {}
"""
ALERTING = """\
template: alerting
name: m
values_file: v.yaml
receivers:
  - {{name: pagerduty, pagerduty_configs: [{{}}]}}
{}"""
HOOK, GENIE = "  - {name: hook, webhook_configs: [{}]}\n", "  - {name: genie, opsgenie_configs: [{}]}\n"
PAGE, WARNING = "  page: [hook, pagerduty]\n", "  warning: [genie, pagerduty]\n"
VALUES = """\
alertmanager:
  config:
    route:
      receiver: slack # the default
      routes:
        - receiver: dba
          matchers: [team="db"]
    receivers:
      - name: slack
        slack_configs: [{channel: "#a", api_url: "http://x/"}]
      - name: dba
        webhook_configs: [{url: "http://d/"}]
prometheusOperator: {enabled: true}
"""
UNITS = {
    "service": Unit(
        "services/shop/scaffold.yaml",
        (
            SERVICE.format(1, "{}"),
            SERVICE.format(3, '{A: "1"}'),
            SERVICE.format(4, '{B: "2"}'),
            SERVICE.format(3, '{A: "1", B: "2"}'),
        ),
        "services/shop/deploy/deployment.yaml",
        ("kind: Deployment", "kind: Deployment # a comment"),
        ("replicas: 3", "name: A", "name: B"),
    ),
    "alerting": Unit(
        "m/scaffold.yaml",
        (
            ALERTING.format(""),
            ALERTING.format(f"{HOOK}severity:\n{PAGE}"),
            ALERTING.format(f"{GENIE}severity:\n{WARNING}"),
            ALERTING.format(f"{HOOK}{GENIE}severity:\n{PAGE}{WARNING}"),
        ),
        "m/v.yaml",
        ("receiver: dba", "receiver: dba # a comment"),
        ("name: hook", "name: genie", 'severity = "page"', 'severity = "warning"', "the default"),
        ("--yes-reroute",),
    ),
}


def out_of_git(repo: Repo, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=repo.root, check=True, capture_output=True, text=True).stdout


def stops(repo: Repo, *arguments: str) -> None:
    """Run a command of git that stops at a conflict."""
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=repo.root, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr


def commit(repo: Repo, unit: Unit, text: str) -> None:
    repo.write(unit.spec, text)
    repo.ok("regenerate", *unit.options)
    git(repo.root, "add", "--all")
    git(repo.root, "commit", "--quiet", "--message", "a change")


def lock_of(unit: Unit) -> str:
    return unit.spec.replace(".yaml", ".lock")


def branches(repo: Repo, unit: Unit) -> None:
    """Make two branches with a change each; one of them has an edit."""
    if unit.file == "m/v.yaml":
        repo.write(unit.file, VALUES)
    before, mine, others, _ = unit.texts
    commit(repo, unit, before)
    git(repo.root, "switch", "--quiet", "--create", "topic")
    commit(repo, unit, others)
    git(repo.root, "switch", "--quiet", "main")
    repo.edit(unit.file, *unit.edit)
    commit(repo, unit, mine)


def merging(repo: Repo, unit: Unit, *options: str) -> None:
    """Make the branches, and stop in the merge, with the spec resolved."""
    branches(repo, unit)
    stops(repo, *options, "merge", "topic")
    repo.write(unit.spec, unit.texts[3])


def settles(repo: Repo, unit: Unit, *lost: str) -> None:
    """Check that ``regenerate`` settles the lock, and that everything wanted is in the file but what was given up."""
    if not unit.options:
        told = repo.run("diff")
        assert told.code == 1
        assert f"{lock_of(unit)}: is part of a conflict of git, which scaffold regenerate settles" in told.out
    done = repo.ok("regenerate", *unit.options)
    assert f"settled {lock_of(unit)}\n" in done.out
    text = repo.read(unit.file)
    assert [one for one in (*unit.wanted, unit.edit[1]) if one not in text and one not in lost] == []
    repo.ok("diff")
    assert "0 files changed" in repo.ok("regenerate", *unit.options).out
    assert "<<<<" not in repo.read(lock_of(unit))
    git(repo.root, "add", "--all")
    repo.ok("diff")


TAKEN = [("ours", "markers"), ("ours", "theirs"), ("theirs", "ours"), ("theirs", "theirs, added"), ("ours", "deleted")]


@pytest.mark.parametrize(
    ("name", "files", "lock"),
    [*(("service", *one) for one in TAKEN), ("alerting", "ours", "theirs, added"), ("alerting", "theirs", "ours")],
)
def test_the_lock_settles_itself_whatever_is_taken(empty: Repo, name: str, files: str, lock: str) -> None:
    unit = UNITS[name]
    merging(empty, unit)
    git(empty.root, "checkout", f"--{files}", "--", unit.file)
    if lock == "deleted":
        (empty.root / lock_of(unit)).unlink()
    elif lock != "markers":
        git(empty.root, "checkout", f"--{lock.partition(',')[0]}", "--", lock_of(unit))
    if "added" in lock:
        git(empty.root, "add", lock_of(unit))
    settles(empty, unit, *([unit.edit[1]] if files == "theirs" else []))


def test_a_squash_whose_file_is_already_added(empty: Repo) -> None:
    """No MERGE_HEAD names the other side then."""
    unit = UNITS["service"]
    branches(empty, unit)
    stops(empty, "merge", "--squash", "topic")
    empty.write(unit.spec, unit.texts[3])
    git(empty.root, "checkout", "--ours", "--", unit.file)
    git(empty.root, "add", unit.file)
    settles(empty, unit)


def test_a_held_unit_whose_lock_is_that_of_one_side_stays_clean(empty: Repo) -> None:
    unit = UNITS["service"]
    commit(empty, unit, unit.texts[0])
    git(empty.root, "switch", "--quiet", "--create", "topic")
    commit(empty, unit, unit.texts[1])
    git(empty.root, "switch", "--quiet", "main")
    empty.write(CONFIG, empty.read(CONFIG) + "hold: {service: [services/shop]}\n")
    empty.edit(unit.file, "replicas: 1", "replicas: 1 # note")
    git(empty.root, "commit", "--quiet", "--all", "--message", "hold")
    stops(empty, "merge", "topic")
    git(empty.root, "checkout", "--theirs", "--", unit.file)
    empty.edit(unit.file, "replicas: 3", "replicas: 3 # note")
    git(empty.root, "add", "--all")
    empty.ok("regenerate")
    git(empty.root, "commit", "--quiet", "--all", "--message", "merged")
    empty.ok("diff", "--verify")


@pytest.mark.parametrize("style", ["merge", "zdiff3"])
def test_files_with_both_sides(empty: Repo, style: str) -> None:
    unit = UNITS["service"]
    merging(empty, unit, "-c", f"merge.conflictStyle={style}")
    for number, place in enumerate(("base", "ours", "theirs"), 1):
        text = out_of_git(empty, "show", f":{number}:{unit.file}")
        empty.write(place, text.replace("replicas: 4", "replicas: 3"))  # as the spec is resolved
    empty.ok("merge", "base", "ours", "theirs", "--path", unit.file, "-o", unit.file)
    settles(empty, unit)


@pytest.mark.parametrize("way", ["rebase", "cherry-pick", "stash", "revert"])
def test_every_command_of_git_that_merges(empty: Repo, way: str) -> None:
    unit = UNITS["service"]
    branches(empty, unit)
    git(empty.root, "switch", "--quiet", "topic")
    if way == "rebase":
        stops(empty, "rebase", "main")  # the side of main is ours
    elif way == "cherry-pick":
        git(empty.root, "switch", "--quiet", "main")
        stops(empty, "cherry-pick", "topic")
    elif way == "stash":
        git(empty.root, "reset", "--quiet", "--soft", "HEAD~1")
        git(empty.root, "stash", "--quiet")
        git(empty.root, "switch", "--quiet", "main")
        stops(empty, "stash", "pop")
    else:
        git(empty.root, "switch", "--quiet", "main")
        commit(empty, unit, unit.texts[3].replace("replicas: 3", "replicas: 9"))
        stops(empty, "revert", "--no-edit", "HEAD~1")
    both = unit.texts[3] if way != "revert" else SERVICE.format(9, '{B: "2"}')
    empty.write(unit.spec, both)
    git(empty.root, "checkout", "--ours", "--", unit.file)
    git(empty.root, "checkout", "--theirs", "--", lock_of(unit))
    empty.run("diff")
    empty.ok("regenerate")
    text = empty.read(unit.file)
    wanted = ("replicas: 9", "name: B", unit.edit[1]) if way == "revert" else (*unit.wanted, unit.edit[1])
    assert [one for one in wanted if one not in text] == []
    assert ("name: A" in text) == (way != "revert")
    empty.ok("diff")


def test_a_unit_that_both_branches_create(empty: Repo) -> None:
    unit = UNITS["service"]
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "before")
    git(empty.root, "switch", "--quiet", "--create", "topic")
    commit(empty, unit, unit.texts[2])
    git(empty.root, "switch", "--quiet", "main")
    commit(empty, unit, unit.texts[1])
    empty.edit(unit.file, *unit.edit)
    commit(empty, unit, unit.texts[1])
    stops(empty, "merge", "topic")
    empty.write(unit.spec, unit.texts[3])
    git(empty.root, "checkout", "--theirs", "--", unit.file)
    settles(empty, unit, unit.edit[1])


def test_a_unit_that_one_branch_deletes(empty: Repo) -> None:
    unit = UNITS["service"]
    branches(empty, unit)
    git(empty.root, "switch", "--quiet", "topic")
    git(empty.root, "rm", "--quiet", "-r", "services/shop")
    git(empty.root, "commit", "--quiet", "--message", "gone")
    git(empty.root, "switch", "--quiet", "main")
    stops(empty, "merge", "topic")
    settles(empty, unit, "name: B")  # the unit stays: the files that git deleted are made again
    assert empty.has("services/shop/deploy/service.yaml")
    assert "name: B" not in empty.read(unit.file)


def test_a_marked_lock_that_was_committed(empty: Repo) -> None:
    unit = UNITS["service"]
    merging(empty, unit, "-c", "merge.conflictStyle=diff3")
    git(empty.root, "checkout", "--ours", "--", unit.file)
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "with markers")
    assert empty.run("diff").code == 1
    empty.ok("regenerate")
    empty.ok("diff")
    assert "<<<<" not in empty.read(lock_of(unit))


def test_the_spec_comes_first(empty: Repo) -> None:
    unit = UNITS["service"]
    branches(empty, unit)
    stops(empty, "merge", "topic")
    before = empty.read(lock_of(unit))
    done = empty.run("regenerate")
    assert done.code == 2
    assert f"{unit.spec}:" in done.err
    assert "conflict" in done.err
    assert empty.read(lock_of(unit)) == before


def test_files_with_markers_come_first(empty: Repo) -> None:
    unit = UNITS["service"]
    merging(empty, unit)
    before = empty.read(lock_of(unit))
    done = empty.run("regenerate")
    assert done.code == 1
    assert "a conflict of git is marked here" in done.out
    assert empty.read(lock_of(unit)) == before


def test_every_format_tells_it(empty: Repo) -> None:
    unit = UNITS["service"]
    merging(empty, unit)
    git(empty.root, "checkout", "--ours", "--", unit.file)
    row = {"unit": "services/shop", "path": lock_of(unit), "state": "behind", "conflicts": [], "diff": ""}
    for command in (["diff"], ["diff", "--changed-since", "HEAD"]):
        done = empty.run(*command, "--format", "json")
        assert done.code == 1
        assert {**json.loads(done.out)[0], "notes": []} == {**row, "notes": []}
    assert f"file={lock_of(unit)},line=1" in empty.run("diff", "--format", "github").out
    assert f"behind    {lock_of(unit)}" in empty.ok("status").out
    rows = json.loads(empty.ok("status", "--format", "json").out)
    assert [one["state"] for one in rows if one["path"] == lock_of(unit)] == ["behind"]
    found = empty.run("validate", "--format", "json", lock_of(unit))
    assert {one["hint"] for one in json.loads(found.out)} == {CONFLICT_HINT}


def test_a_lock_merged_by_line_is_rendered(empty: Repo) -> None:
    """``-X ours`` takes our side of what conflicts, and the other side of the rest: the lock is then a mixture."""
    both = SERVICE.format(1, '{A: "1"}')
    unit = UNITS["service"]._replace(texts=(SERVICE.format(1, "{}"), both, SERVICE.format(4, "{}"), both))
    branches(empty, unit)
    git(empty.root, "merge", "--quiet", "-X", "ours", "--no-edit", "topic")
    assert empty.read(unit.spec) == both
    assert "replicas: 4" in empty.read(unit.file)
    text = empty.read(lock_of(unit))
    assert "replicas: 4" in text
    assert json.loads(text)["inputs"] == json.loads(out_of_git(empty, "show", f"HEAD^1:{lock_of(unit)}"))["inputs"]
    assert empty.run("diff").code == 1
    assert empty.run("diff", "--verify").code == 2
    empty.ok("regenerate")
    assert "replicas: 1" in empty.read(unit.file)
    assert unit.edit[1] in empty.read(unit.file)
    assert empty.locked("deploy/deployment.yaml", lock_of(unit)) == empty.read(unit.file).replace(*unit.edit[::-1])
    empty.ok("diff", "--verify")


def test_a_held_unit_gets_its_lock_settled(empty: Repo) -> None:
    unit = UNITS["service"]
    merging(empty, unit)
    git(empty.root, "checkout", "--ours", "--", unit.file)
    before = empty.read(unit.file)
    empty.write(CONFIG, empty.read(CONFIG) + "hold: {service: ['services/shop']}\n")
    assert empty.run("regenerate").code == 1
    assert "<<<<" not in empty.read(lock_of(unit))
    assert empty.read(unit.file) == before


def test_a_root_below_the_repository(empty: Repo) -> None:
    """git names paths from its top level; the driver too."""
    unit = UNITS["service"]
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "before")
    (empty.root / "platform").mkdir()
    for one in (".scaffold", ".gitattributes", ".gitignore", ".github"):
        if empty.has(one):
            (empty.root / one).rename(empty.root / "platform" / one)
    below = Repo(empty.root / "platform")
    merging(below, unit)
    git(below.root, "checkout", "--theirs", "--", unit.file)
    git(below.root, "checkout", "--ours", "--", lock_of(unit))
    settles(below, unit, unit.edit[1])


def locks(repo: Repo, unit: Unit) -> list[str]:
    """Write the three locks of two branches to files, as git gives them to a driver; return their names."""
    branches(repo, unit)
    revisions = {"base": "main~1", "mine": "main", "others": "topic"}
    for name, revision in revisions.items():
        repo.write(name, out_of_git(repo, "show", f"{revision}:{lock_of(unit)}"))
    return [*revisions]


def test_the_driver_merges_locks_by_files(empty: Repo) -> None:
    unit = UNITS["service"]
    names = locks(empty, unit)
    empty.ok("merge", "--markers", "--path", f"above/{lock_of(unit)}", *names, "-o", "mine")
    lock = json.loads(empty.read("mine"))
    assert lock["inputs"] == "0" * 40
    text = empty.locked("deploy/deployment.yaml", "mine")
    assert text is not None
    assert [one for one in ("name: A", "name: B", "replicas: 1") if one not in text] == []
    empty.write(lock_of(unit), empty.read("mine"))
    empty.ok("diff")
    empty.ok("regenerate")
    assert json.loads(empty.read(lock_of(unit)))["inputs"] != "0" * 40


def test_the_driver_marks_what_is_no_lock(empty: Repo) -> None:
    unit = UNITS["service"]
    names = locks(empty, unit)
    empty.write("others", empty.read("others").replace('"files"', '"fils"'))
    done = empty.run("merge", "--markers", "--path", lock_of(unit), *names, "-o", "mine")
    assert done.code == 1
    assert "<<<<<<< ours" in empty.read("mine")


def newer(repo: Repo, unit: Unit, tool: str) -> None:
    commit(repo, unit, unit.texts[0])
    repo.write(lock_of(unit), repo.read(lock_of(unit)).replace(f'"tool": "{__version__}"', f'"tool": "{tool}"'))
    repo.write(unit.spec, unit.texts[1])


def test_a_lock_of_a_newer_scaffold_is_not_rewritten_silently(empty: Repo) -> None:
    unit = UNITS["service"]
    newer(empty, unit, "99.1.0")
    before = empty.snapshot()
    done = empty.run("regenerate")
    assert done.code == 2
    assert f"{lock_of(unit)}:1:1: was written by scaffold 99.1.0, newer than this one, {__version__}" in done.err
    assert empty.snapshot() == before
    for command in ("diff", "status"):
        assert "was written by scaffold 99.1.0" in empty.run(command).out
    assert "+  replicas: 3" in empty.run("diff").out
    (accepting,) = re.findall("scaffold (regenerate --downgrade)", done.err)
    empty.ok(*accepting.split())
    empty.ok("regenerate")
    assert f'"tool": "{__version__}"' in empty.read(lock_of(unit))


@pytest.mark.parametrize("tool", [f"{__version__}.dev3+gabcdef", f"{__version__}rc1", "0.0.9", "from source", ""])
def test_a_lock_of_this_release_or_an_older_one_is_rewritten(empty: Repo, tool: str) -> None:
    newer(empty, UNITS["service"], tool)
    empty.ok("regenerate")


def test_an_unchanged_unit_of_a_newer_scaffold_needs_nothing(empty: Repo) -> None:
    unit = UNITS["service"]
    newer(empty, unit, "99.1.0")
    empty.write(unit.spec, unit.texts[0])
    empty.ok("regenerate")
    assert '"tool": "99.1.0"' in empty.read(lock_of(unit))


@pytest.mark.parametrize("way", [("merge", "topic"), ("cherry-pick", "topic"), ("merge", "--squash", "topic")])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_file_of_a_unit_that_one_branch_has_moved(empty: Repo, way: tuple[str, ...], mirrored: bool) -> None:
    """The file is taken of the branch that moved the unit: what only the other generates was not deleted from it."""
    unit = UNITS["service"]
    text = unit.texts[0].replace("replicas: 1\n", "")
    commit(empty, unit, text)
    commit(empty, unit._replace(spec="services/same/scaffold.yaml"), text)  # a unit with the same files that stays
    moved = unit.file.replace("services/shop", "teams/shop")
    git(empty.root, "switch", "--quiet", "--create", "topic")

    def move() -> None:
        empty.ok("mv", "services/shop", "teams/shop")
        before = re.search("replicas: .*", empty.read(moved))
        assert before
        empty.edit(moved, before[0], f"{before[0]} # note")

    def change() -> None:
        empty.write(CONFIG, empty.read(CONFIG) + "defaults: {service: {replicas: 7}}\n")
        empty.ok("regenerate")

    for change_it in (change, move) if mirrored else (move, change):
        change_it()
        git(empty.root, "add", "--all")
        git(empty.root, "commit", "--quiet", "--message", "a change")
        git(empty.root, "switch", "--quiet", "main")
    stops(empty, *way)
    git(empty.root, "checkout", "--ours" if mirrored else "--theirs", "--", moved)
    git(empty.root, "add", "--all")
    empty.ok("regenerate")
    assert "replicas: 7 # note" in empty.read(moved)
    empty.ok("diff")
