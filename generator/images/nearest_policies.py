"""What to write instead of a policy that a backend does not support: a policy that it accepts, or the tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import expressions
from .policies import PolicyFault, TagPolicy, parse_policy

Accepts = Callable[[TagPolicy, str], bool]  # whether a policy, and a tag under it ("" for none), have no fault


@dataclass(frozen=True)
class NearPolicy:
    """A policy to write instead of another one.

    ``remark`` follows it in the hint. With an ``example``, which the remark names, it is for tags of another scheme.
    """

    policy: str
    remark: str = ""
    example: str = ""


@dataclass(frozen=True)
class Unsupported:
    """Why a backend does not support a policy, and what may be written instead, the nearest first."""

    why: str
    nearest: tuple[NearPolicy, ...] = ()


def unsupported_fault(name: str, policy: TagPolicy, tag: str, found: Unsupported, accepts: Accepts) -> PolicyFault:
    """Return the fault of a policy that a backend does not support.

    The hint names the first of the nearest policies that the backend accepts for the tag, or for the policy's example;
    without one, it says to pin the image.
    """
    message = f"is not supported by {name}: {found.why}"
    for one in found.nearest:
        fits = one.policy != str(policy) and _is_accepted(one.policy, tag, accepts)
        if fits or (one.example and _is_accepted(one.policy, one.example, accepts)):
            remark = "" if tag and fits and one.example else one.remark
            hint = f"write {one.policy} instead of {policy}{remark and ', '}{remark}"
            return PolicyFault("inexpressible", message, hint)
    hint = f"write glob:{tag} to stay at this tag" if tag else "write glob: and a tag, to stay at it"
    return PolicyFault("inexpressible", message, f"{hint}: no policy of {name} is near {policy}")


def _is_accepted(policy: str, tag: str, accepts: Accepts) -> bool:
    found = parse_policy(policy)
    return isinstance(found, TagPolicy) and accepts(found, tag)


def accepted_or_pin(policies: Iterable[str], tag: str, accepts: Accepts) -> str:
    """Return the first policy that a backend accepts for a tag; without one, the policy that stays at the tag."""
    return next((one for one in policies if _is_accepted(one, tag, accepts)), f"glob:{tag}")


def as_regexp(policy: TagPolicy, remark: str = "") -> tuple[NearPolicy, ...]:
    """Return an ordered policy as expressions that select the newest build: as it is, and anchored."""
    plain = expressions.without_names(policy.pattern)
    starts, ends = expressions.is_anchored(plain)
    inner = f"(?:{plain})" if "|" in plain and not (starts and ends) else plain
    anchored = f"{'' if starts else '^'}{inner}{'' if ends else '$'}"
    return tuple(NearPolicy(f"regexp:{one}", remark) for one in (plain, anchored))
