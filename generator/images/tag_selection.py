"""Which tags of an image a policy takes, in which order, and which one automation deploys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .candidates import Candidate


@dataclass(frozen=True)
class TagSelection:
    """The result of a policy for candidates: those that it takes, best first, and why the others are rejected.

    With a ``failure`` the backend selects nothing, because of the whole list: a tag that is not a number, say. If
    ``by_chance``, it deploys one of the best: the failure says which are equal.
    """

    ranked: tuple[Candidate, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    by_chance: bool = False

    @property
    def winner(self) -> Candidate | None:
        """The tag that is deployed, None if the current one stays."""
        return self.ranked[0] if self.ranked and not self.failure else None
