"""Tags with a policy that takes them, by the backends of image automation that can follow it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

_ALL = frozenset({"flux-v1", "flux-v2", "argocd", "keel"})


@dataclass(frozen=True)
class TagChoice:
    """A tag, its policy, a tag that the policy takes and one that it does not, and the backends."""

    tag: str
    policy: str
    takes: str
    refuses: str
    backends: frozenset[str] = _ALL

    def fields(self, dice: random.Random, *, follows: bool) -> dict[str, Any]:
        """Return the keys of a container; its policy only if it may ``follow``."""
        found: dict[str, Any] = {"tag": self.tag}
        if self.policy and follows:
            found["tags"] = self.policy
            if dice.random() < 0.5:
                found["examples"] = {"accept": [self.takes, self.tag], "reject": [self.refuses]}
        return found


_TIMED = "main-1a2b3c4-1717000000"
_CHOICES = (
    TagChoice("v1.2.3", "", "", ""),
    TagChoice("stable", "", "", ""),
    TagChoice(_TIMED, "", "", ""),
    TagChoice("1.57.0", "semver:~1.57", "1.57.2", "1.58.0"),
    TagChoice("v1.2.3", "semver:>=1.0.0 <2.0.0", "1.9.0", "2.0.0", _ALL - {"keel"}),
    TagChoice("master-1a2b3c4", "glob:master-*", "master-9", "main-1", frozenset({"flux-v1", "argocd"})),
    TagChoice("release-2024", "regexp:^release-[0-9]+$", "release-1", "release", frozenset({"flux-v1", "argocd"})),
    TagChoice(
        _TIMED,
        "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{1,15})$",
        "main-1a2b3c4-1",
        "main-1",
        frozenset({"flux-v2"}),
    ),
    TagChoice("2024.05.01", "alphabetical:^(?P<day>[0-9.]+)$", "2024.05.02", "main", _ALL - {"flux-v1"}),
    TagChoice("v1.2.3", "glob:v1.2.3", "v1.2.3", "v1.2.4"),
)


def chosen_tag(dice: random.Random, backend: str) -> dict[str, Any]:
    """Return tag, policy and examples of a container for a backend; ``none`` follows no policy."""
    if backend == "none":
        return dice.choice(_CHOICES).fields(dice, follows=False)
    return dice.choice([one for one in _CHOICES if backend in one.backends]).fields(dice, follows=True)
