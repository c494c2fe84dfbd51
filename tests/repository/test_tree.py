"""Paths: what file systems and git take for one, by git's own verdict and Unicode's own table."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.tree import file_fault, folded, path_fault, unit_fault

IGNORED = [
    "\u200c",
    "\u200f",
    "\u202a",
    "\u202e",
    "\u206a",
    "\u206f",
    "\ufeff",
    "\ufe0f",
    "\ufe00",
    "\u00ad",
    "\u034f",
    "\u180e",
    "\u115f",
    "\u3164",
    "\uffa0",
    "\U000e0001",
    "\U000e01ef",
    "\u2060",
    "\u061c",
    "\U0001d173",
]
PARTS = st.lists(
    st.sampled_from(
        [
            ".git",
            ".GIT",
            "git~1",
            "GIT~2",
            ".g",
            "it",
            "I",
            "t",
            "T",
            "~",
            "1",
            ".",
            " ",
            ":",
            "::$INDEX_ALLOCATION",
            "x",
            ".\uff47it",
            "\uff0e",
            "\u0131",
            "\u212a",
            ".gitmodules",
            "\\",
            *IGNORED,
        ]
    ),
    min_size=1,
    max_size=5,
).map("".join)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("judge")
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    return root


@settings(max_examples=40, deadline=None)
@given(st.lists(PATHS, min_size=1, max_size=60, unique=True))
def test_what_git_refuses_is_refused(judge: Path, paths: list[str]) -> None:
    """Git with protectHFS and protectNTFS is the judge; each path lies in a folder of its own."""
    blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    lines = "".join(f"100644 {blob}\t{number}/{path}\0" for number, path in enumerate(paths))
    (judge / ".git/index").unlink(missing_ok=True)
    protected = ["git", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true"]
    done = subprocess.run(
        [*protected, "update-index", "-z", "--add", "--index-info"],
        cwd=judge,
        input=lines.encode(),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=judge, capture_output=True, check=True).stdout.decode()
    taken = {one.partition("/")[2] for one in listed.split("\0") if one}
    for path in paths:
        assert path in taken or path_fault(path), ascii(path)


def test_ignorable_is_what_unicode_says() -> None:
    """Perl has Unicode's table; what is newer than one of the two tables is of no meaning yet."""
    script = r'for (0..0x10ffff) { next if $_ >= 0xd800 && $_ <= 0xdfff; printf "%x\n", $_ if chr($_) =~ /\p{DI}/ }'
    try:
        listed = subprocess.run(["perl", "-e", script], capture_output=True, check=True, text=True).stdout.split()
    except FileNotFoundError:
        pytest.skip("perl is not here")
    wrong = [one for one in listed if folded(f"a{chr(int(one, 16))}b") != "ab"]
    assert len(listed) > 4000
    assert not wrong


@given(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=8))
def test_folding_agrees_with_each_way_of_comparing(text: str) -> None:
    """HFS+ and APFS compare canonical forms without case, NTFS letters without case, ZFS compatible forms."""
    kept = f"a{text}b"
    forms = (unicodedata.normalize(form, kept) for form in ("NFC", "NFD", "NFKC", "NFKD"))
    for other in (kept.casefold(), kept.lower(), *forms):
        assert folded(other) == folded(kept)
    assert folded(folded(kept)) == folded(kept)


@pytest.mark.parametrize(
    "path",
    [
        ".g\ufe0fit/x",
        ".\uff47it",
        "a/.GIT/x",
        "git~1",
        "GIT~13/x",
        ".git ",
        ".git. .",
        ".git::$INDEX_ALLOCATION",
        ".gi\u200dt",
        ".scaffold\u200b/x",
        ".SCAFFOLD",
        "\u200d",
        "a/\u2060/b",
        "x.",
        "x ",
        "a:b",
    ],
)
def test_refused(path: str) -> None:
    assert path_fault(path)
    assert unit_fault(path)


@pytest.mark.parametrize(
    "path",
    [
        "a",
        ".github/workflows/x.yaml",
        ".scaffold/config.yaml",
        ".gitmodules",
        "git",
        "gi\u0301t",
        "é",
        "日本",
        "a b",
        "x.y",
        ".gitx",
    ],
)
def test_near_misses(path: str) -> None:
    assert not path_fault(path)


@pytest.mark.parametrize(
    ("unit", "path", "refused"),
    [
        (".", ".scaffold/config.yaml", True),
        (".", "a/.scaffold/x", False),
        ("a", ".scaffold/x", False),
        ("a", "Scaffold.yaml", True),
        ("a", "b/scaffold.lock", True),
        ("a", "scaffold\u200d.yaml", True),
        ("a", "scaffold.yml", False),
        ("a", "/etc/passwd", True),
        ("a" * 200 + "/" + "b" * 200, "/".join(["c" * 200] * 4), True),
    ],
)
def test_files_of_a_unit(unit: str, path: str, refused: bool) -> None:
    assert bool(file_fault(unit, path)) is refused
