"""The tag policies of Flux v1, under the names that the template ``service`` calls them by."""

from __future__ import annotations

from .images.backends.flux_v1.flux1_patterns import faults, takes
from .images.policies import PolicyFault, TagPolicy, parse_policy
from .images.policies import first_tag as _first_tag
from .images.policies import usual_policy as usual

Policy = TagPolicy
matches = takes

__all__ = ["Policy", "first_tag", "matches", "parse", "usual"]


def parse(text: str) -> Policy | str:
    """Return the policy that ``text`` means, or why it is none that should be used."""
    found = parse_policy(text)
    if isinstance(found, PolicyFault):
        return found.message
    return next((one.message for one in faults(found, "")), found)


def first_tag(policy: Policy) -> str:
    """Return a tag that the policy takes, to start from when the user names none."""
    return _first_tag(policy, takes)
