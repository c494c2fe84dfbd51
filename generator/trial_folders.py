"""Which folders hold what is not deployed: tests, examples and documentation, and among them the data of tests. Pure.

Only whole names of folders count, in any case: ``testdata``, not ``latestdata``.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Words in the names of folders of what is not deployed.
_TRIAL = frozenset(
    {"doc", "docs", "e2e", "example", "examples", "fixture", "fixtures", "hack"}
    | {"sample", "samples", "test", "testdata", "testing", "tests"}
)
# Folders whose files tests read: many are broken on purpose.
_TEST_DATA = frozenset(
    {"testdata", "testfixture", "testfixtures", "testsamples", "testcase", "testcases", "fixture", "fixtures"}
    | {"golden", "goldens", "goldenfiles"}
)
# Folders of tests, and words in the names of those of data below them.
_TESTS = frozenset({"test", "tests", "testing", "spec", "specs"})
_DATA = frozenset(
    {"bad", "broken", "case", "cases", "data", "expected", "fixture", "fixtures", "golden", "input", "inputs"}
    | {"invalid", "output", "outputs", "sample", "samples", "snapshot", "snapshots", "testdata"}
)
# Folders of what shows something and is not run as it is.
_SHOWN = frozenset(
    {"doc", "docs", "documentation", "example", "examples", "sample", "samples", "site", "website", "snippets"}
    | {"tutorial", "tutorials", "testdata", "demo", "demos", "book", "blog"}
)
_INVALID = ("invalid", "bad", "broken", "malformed")
_PARTS = re.compile(r"[-_.]+")
_KEPT = 4096  # folders


def is_trial(path: str) -> bool:
    """Tell whether a file is below a folder of tests, examples or documentation."""
    return any(not _TRIAL.isdisjoint(one.split("-")) for one in path.split("/")[:-1])


def is_example(path: str) -> bool:
    """Tell whether a file is below a folder of documentation, examples or test data, which nobody runs as it is."""
    return not _SHOWN.isdisjoint(path.lower().split("/")[:-1])


def is_invalid_on_purpose(path: str) -> bool:
    """Tell whether a file is test data that a program has to refuse, by its name or that of a folder."""
    return is_test_data(path) and any(one.startswith(_INVALID) for one in path.lower().split("/"))


def is_test_data(path: str) -> bool:
    """Tell whether a file is below a folder of test data."""
    return _holds_data(path.rpartition("/")[0])


def is_test_data_folder(folder: str) -> bool:
    """Tell whether a folder is one of test data, or is below one."""
    return _holds_data(folder)


@lru_cache(maxsize=_KEPT)
def _holds_data(folder: str) -> bool:
    in_tests = False
    for one in folder.lower().split("/"):
        words = [word for word in _PARTS.split(one) if word]
        if "".join(words) in _TEST_DATA or (in_tests and not _DATA.isdisjoint(words)):
            return True
        in_tests = in_tests or "".join(words) in _TESTS
    return False
