"""Candidates: the tags that an image has, with their build times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Candidate:
    """A tag, and when its image was built, in UTC; None if that is unknown or was not asked for."""

    tag: str
    created: datetime | None = None
