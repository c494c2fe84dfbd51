"""Why a tag is not taken, in words for users, where several backends say the same."""

from __future__ import annotations

from .semver import SemVer

NO_MATCH = "does not match the pattern"


def pinned(tag: str) -> str:
    """Return why another tag than the one that an image is pinned to is not taken."""
    return f"the image is pinned to {tag}"


def not_a_version(tag: str, version: SemVer | None) -> str:
    """Return why a tag is not a version; ``version`` is what it is if missing numbers are 0, None if it is none."""
    if version is None:
        return "is not a version"
    return f"is not a version: no {'minor and patch number' if tag.count('.') == 0 else 'patch number'}"


def not_in_range(version: SemVer, wanted: str) -> str:
    """Return why a version is not in a range."""
    if version.prerelease and "-" not in wanted.replace(" - ", " "):
        return f"is a prerelease, which {wanted.strip()} does not include"
    return f"is not in {wanted.strip()}"


def no_time(tag: str) -> str:
    """Return why a list of tags cannot be ordered by build time."""
    return f"the time at which {tag} was built is not known"
