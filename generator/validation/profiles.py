"""What a run tells of its findings: all, those of a first run, or errors only. Pure.

``strict`` has every finding. ``default`` and ``errors`` leave out files in folders of test data, which are often broken
on purpose, unless the user named one; ``errors`` has no other severity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from ..errors import Problem
from ..trial_folders import is_test_data, is_test_data_folder

Profile = Literal["strict", "default", "errors"]
_LEAST = {"strict": "warning", "default": "error", "errors": "error"}


@dataclass(frozen=True)
class Viewed:
    """The findings that a profile has, those that it counts, whatever their severity, and how many it leaves out
    because they are in folders of test data.
    """

    profile: Profile
    problems: tuple[Problem, ...]
    counted: tuple[Problem, ...]
    of_test_data: int = 0

    @property
    def fail_on(self) -> str:
        """The lowest severity that fails a run under this profile, unless an option says otherwise."""
        return _LEAST[self.profile]


def viewed(problems: Sequence[Problem], profile: str, places: Sequence[str]) -> Viewed:
    """Return the findings that a run tells; ``places`` are the files and folders that the user named."""
    if profile not in _LEAST:
        raise ValueError(f"{profile} is not a profile")
    known = cast(Profile, profile)
    if known == "strict":
        return Viewed(known, tuple(problems), tuple(problems))
    named = tuple(one for one in places if is_test_data_folder(one))
    kept, left = [], 0
    for one in problems:
        if is_test_data(one.path) and not any(f"{one.path}/".startswith(f"{place}/") for place in named):
            left += 1
        else:
            kept.append(one)
    told = tuple(one for one in kept if known != "errors" or one.severity == "error")
    return Viewed(known, told, tuple(kept), left)
