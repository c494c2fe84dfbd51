"""Files that show or test something and that nobody runs as they are, by their paths."""

from __future__ import annotations

_SHOWN = frozenset(
    (
        *("doc", "docs", "documentation", "example", "examples", "sample", "samples", "site", "website", "snippets"),
        *("tutorial", "tutorials", "testdata", "demo", "demos", "book", "blog"),
    )
)
_DATA = frozenset(("testdata", "fixtures"))
_INVALID = ("invalid", "bad", "broken", "malformed")


def is_example(path: str) -> bool:
    """Return whether a file is below a folder of documentation, examples or test data."""
    return bool(_SHOWN & set(path.lower().split("/")[:-1]))


def invalid_on_purpose(path: str) -> bool:
    """Return whether a file is test data that a program has to refuse."""
    *folders, name = path.lower().split("/")
    return bool(_DATA & set(folders)) and any(one.startswith(_INVALID) for one in (*folders, name))
