"""Lists of tags as text: the shapes of times that ``date`` writes, and every fault at its place."""

# ruff: noqa: E501 - tables of text

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from generator.errors import Invalid
from generator.images.candidates import Candidate
from generator.registry.tag_lists import parse_candidates, read_candidates

from ..support.real import missing

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("time", [
    "2026-01-31T12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T13:00:00+01:00", "2026-01-31T07:00:00-0500",
    "2026-01-31 12:00:00Z", "2026-01-31 13:00:00+01:00", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00,000000000+00:00",
    "2026-01-31 13:00:00 +0100 CET", "2026-01-31 09:00:00 -0300 -03", "2026-01-31 12:00:00 UTC", "1769860800", "1769860800.0",
    "1769860800  # noon",
])  # fmt: skip
def test_times(time: str) -> None:
    text = f"\ufeff# TAG TIME\r\n\r\n  v1\t{time} \r\nv2 # none\r\nv3"
    assert parse_candidates(text, "f") == [Candidate("v1", NOON), Candidate("v2"), Candidate("v3")]


@pytest.mark.parametrize(("line", "column", "message"), [
    ("a:b", 1, "a:b is not a tag"),
    ("  .x 1", 3, ".x is not a tag"),
    ("\x1b[31m", 1, "\x1b[31m is not a tag"),
    ("v\xa01", 1, "v\xa01 is not a tag"),
    ("x" * 129, 1, f"{'x' * 59}… is not a tag"),
    ("v0 ", 1, "the tag v0 is already in line 1"),
    ("v1  now", 5, "now is not a time"),
    ("v1 2026-01-31", 4, "2026-01-31 is not a time"),
    ("v1 2026-02-30T00:00:00Z", 4, "2026-02-30T00:00:00Z is not a time"),
    ("v1 9999-12-31T23:59:59-01:00", 4, "9999-12-31T23:59:59-01:00 is not a time"),
    ("v1 2026-01-31T12:00:00", 4, "2026-01-31T12:00:00 has no time zone"),
    ("v1 1769860800000", 4, "1769860800000 is not a time"),
    ("v1 ٢٠٢٦", 4, "٢٠٢٦ is not a time"),
])  # fmt: skip
def test_faults(line: str, column: int, message: str) -> None:
    """Every fault of a list is reported, also where the same line occurs twice."""
    with pytest.raises(Invalid) as error:
        parse_candidates(f"v0\n{line}\n{line}\n", "tags.txt")
    assert [(one.path, one.line, one.column, one.message) for one in error.value.problems] == [
        ("tags.txt", number, column, message) for number in (2, 3)
    ]
    assert all(one.hint for one in error.value.problems)


def test_many_faults_are_counted() -> None:
    with pytest.raises(Invalid) as error:
        parse_candidates("?\n" * 100_000, "f")
    assert len(error.value.problems) == 101
    assert error.value.problems[-1].message == "99900 further lines are invalid"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])
@pytest.mark.parametrize("shape", ["-Is", "-Ins", "--rfc-3339=s", "--rfc-3339=ns", "+%s", "+%Y-%m-%dT%H:%M:%S%z"])
def test_times_as_date_writes_them(zone: str, shape: str) -> None:
    """GNU date writes 500 random seconds; they are read as these seconds."""
    if sys.platform != "linux":
        missing("date is not GNU's")
    seconds = random.Random(f"{zone}{shape}").sample(range(86400, 4_000_000_000), 500)  # noqa: S311
    asked = "".join(f"@{one}\n" for one in seconds)
    done = subprocess.run(
        ["date", "-f", "-", shape],
        input=asked,
        env={"TZ": zone, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    text = "".join(f"v{number} {line}\n" for number, line in enumerate(done.stdout.splitlines()))
    assert [one.created and one.created.timestamp() for one in parse_candidates(text, "f")] == seconds


def test_files_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "tags").write_bytes(b"v1 1769860800\r\n")
    assert read_candidates(str(tmp_path / "tags")) == [Candidate("v1", NOON)]
    with pytest.raises(Invalid, match="does not exist"):
        read_candidates(str(tmp_path / "none"))
    code = "from generator.registry.tag_lists import read_candidates; print(read_candidates('-'))"
    for given in ("v1\nv2\n", ""):
        done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True, check=True)
        assert done.stdout.count("Candidate(") == given.count("v")


def test_http_is_not_loaded_until_a_registry_is_asked() -> None:
    code = "import sys, generator.registry; assert not {'urllib3', 'ssl', 'http.client'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
