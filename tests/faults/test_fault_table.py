"""Every call of the C library that regenerate and new-service make about a repository goes wrong once.

Here every call with one of the errors, which take turns, and a kill where the disk is changed; SCAFFOLD_ALL_FAULTS=1
has every call with every error. docs/dev/faults.md has the figures.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..support.real import missing
from .harness import ARGUMENTS, CHANGING, MOVING, Call, Fault, Harness, compiler, short, whole

PARTS = 4


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    if sys.platform != "linux" or not compiler():
        missing("needs Linux and a C compiler")
    made = Harness(tmp_path.resolve())
    yield made
    made.close()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_call_fails_once(harness: Harness, name: str, part: int) -> None:
    scenario = harness.scenario(name)
    everything = os.environ.get("SCAFFOLD_ALL_FAULTS") == "1"
    faults = list(whole(scenario.calls) if everything else short(scenario.calls))[part::PARTS]
    assert len(faults) > 50
    bad = []
    for fault in faults:
        _outcome, wrong = harness.outcome(scenario, fault, thorough=everything)
        bad += [f"{fault.column} at {fault.call}: {one}" for one in wrong]
    assert bad == []


@pytest.mark.parametrize("name", MOVING)
def test_what_moves_or_goes_is_whole_again_after_the_next_run(harness: Harness, name: str) -> None:
    scenario = harness.scenario(name)
    changing = [one for one in scenario.calls if one.function in CHANGING]
    assert len(changing) > 10
    bad = []
    for number, call in enumerate(changing):
        for fault in (Fault(call, "EIO", 2), *([Fault(call, "EIO")] if number % 5 == 0 else [])):
            _outcome, wrong = harness.outcome(scenario, fault)
            bad += [f"{fault.column} at {fault.call}: {one}" for one in wrong]
    assert bad == []


def test_the_table_has_every_sort_of_call(harness: Harness) -> None:
    found = {one.function for one in harness.scenario("regenerate").calls}
    assert {"open", "read", "opendir", "readdir", "write", "renameat2", "chmod", "flock", "sync", "stat"} <= found


@pytest.mark.parametrize("error", ["ENOLCK", "EOPNOTSUPP", "ENOSYS", "EINVAL"])
def test_a_file_system_without_locks_is_told_of(harness: Harness, error: str) -> None:
    scenario = harness.scenario("regenerate")
    root = harness.fresh(scenario)
    code, err = harness.run(root, ["regenerate"], Fault(Call("flock", 1, ""), error, 1))
    assert code == "0", err
    assert "does not support locks" in err


@pytest.mark.parametrize("error", ["EIO", "EPERM", "EINTR"])
def test_a_lock_that_fails_ends_the_run(harness: Harness, error: str) -> None:
    """With EINTR every time Python repeats the call for ever: that is bounded."""
    scenario = harness.scenario("regenerate")
    root = harness.fresh(scenario)
    code, err = harness.run(root, ["regenerate"], Fault(Call("flock", 1, ""), error, 1))
    assert code == "2", err
    assert "run.lock" in err


@pytest.mark.parametrize("function", ["renameat2", "link"])
def test_a_file_system_without_swaps_or_links_is_written_to(harness: Harness, function: str) -> None:
    scenario = harness.scenario("regenerate")
    root = harness.fresh(scenario)
    fault = Fault(Call(function, 1, ""), "ENOSYS" if function == "renameat2" else "EPERM", 1)
    outcome, wrong = harness.outcome(scenario, fault, thorough=True)
    assert (outcome, wrong) == ("0: all done", [])
    assert root.exists()


def test_every_call_fails_once_without_swaps(harness: Harness) -> None:
    """The way for other systems: the calls behind the one that is not there fail too, and runs are killed there."""
    scenario = harness.scenario("regenerate", without="renameat2")
    changing = [one for one in scenario.calls if one.function in {"rename", "link", "unlink"}]
    assert len(changing) > 15
    bad = []
    for call in changing:
        for fault in (Fault(call, "EIO"), Fault(call, "ENOSPC", 1), Fault(call, "EIO", 2)):
            _outcome, wrong = harness.outcome(scenario, fault)
            bad += [f"{fault.column} at {fault.call}: {one}" for one in wrong]
    assert bad == []


def test_an_edit_made_after_a_kill_is_kept(harness: Harness) -> None:
    scenario = harness.scenario("regenerate")
    moved = [one for one in scenario.calls if one.function == "renameat2"]
    for call in moved:
        root = harness.fresh(scenario)
        code, _err = harness.run(root, ["regenerate"], Fault(call, "EIO", 2))
        assert code == "-9"
        path = root / "units/edited/main.yaml"
        path.write_text(path.read_text().replace("3 # mine", "4 # mine too"))
        code, err = harness.run(root, ["regenerate"])
        assert code == "0", err
        assert path.read_text() == "name: edited\nsize: 2\nfixed: 1\n\nlast: 4 # mine too\n"
        assert harness.run(root, ["diff"])[0] == "0"


def test_git_that_fails_is_not_a_repository_without_units(harness: Harness) -> None:
    scenario = harness.scenario("regenerate")
    root = harness.fresh(scenario)
    (root / ".git/index").write_bytes(b"broken")
    for arguments in (["diff"], ["list"], ["regenerate"], ["validate"]):
        code, err = harness.run(root, arguments)
        assert code == "2", arguments
        assert "git ls-files failed" in err
