"""Tags of an image that automation may choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Candidate:
    """A tag, and the time at which its image was built: in UTC, None if it is not known."""

    tag: str
    created: datetime | None = None
