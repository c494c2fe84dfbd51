"""Tags that sort: ``BRANCH-SHA-TIME``, with the time in Unix seconds, as the images workflow pushes them.

Source: https://fluxcd.io/flux/guides/sortable-image-tags/.
"""

from __future__ import annotations

import re

from .policies import TagPolicy

UNIX_DIGITS = "10"  # of a time in seconds, until the year 2286
EXAMPLE = "{branch}-1a2b3c4-1718000000"
_TAG = re.compile(r"(?P<branch>.+)-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})\Z")
_BRANCH = re.compile(r"\^?(?P<branch>[A-Za-z0-9_]+(?:-[A-Za-z_][A-Za-z0-9_]*)*)[-*(\[\\.]")


def branch_of_tag(tag: str) -> str:
    """Return the branch of a tag of this scheme, ``""`` for any other tag."""
    found = _TAG.match(tag)
    return found["branch"] if found else ""


def branch_of_policy(policy: TagPolicy) -> str:
    """Return the branch that a glob or an expression begins with, ``main`` if it does not tell."""
    found = _BRANCH.match(policy.pattern)
    return found["branch"] if found else "main"


def sortable_policy(branch: str, digits: str) -> str:
    """Return the policy for the tags of a branch; ``digits`` is how many the time has, such as ``1,15``."""
    name = branch.replace(".", r"\.")
    return f"numerical:^{name}-[a-f0-9]{{7,40}}-(?P<time>[0-9]{{{digits}}})$"
