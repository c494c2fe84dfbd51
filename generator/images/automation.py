"""The seam for image automation: what a backend says of itself, and what it is told of a workload.

A backend is a package in ``backends/``, called like the value of ``automation`` with ``_`` for ``-``, whose ``BACKEND``
is a ``Backend``. It is listed nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .policies import PolicyFault, TagPolicy, usual_policy
from .references import Reference


@dataclass(frozen=True)
class AutomatedContainer:
    """A container of a workload: its name, its image with the tag to start from, and which tags it may take."""

    name: str
    image: Reference
    policy: TagPolicy


@dataclass(frozen=True)
class AutomatedWorkload:
    """A workload that a unit generates, and its containers, the main one first."""

    name: str
    namespace: str
    containers: tuple[AutomatedContainer, ...]


@dataclass(frozen=True)
class Additions:
    """What a backend adds to the manifests of a workload.

    ``annotations`` of the workload come in this order, below ``notes`` as comments. ``image_comments`` are comments at
    the end of the lines of images, by container, without ``#``. ``objects`` are documents of a file of their own.
    """

    notes: tuple[str, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    image_comments: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[Mapping[str, Any], ...] = ()


def _nothing(_workload: AutomatedWorkload) -> Additions:
    return Additions()


def _no_faults(_policy: TagPolicy, _tag: str) -> Iterable[PolicyFault]:
    return ()


@dataclass(frozen=True)
class Backend:
    """Who moves image tags, and how.

    ``takes`` tells whether a tag is one that a policy takes. ``faults`` yields what is wrong with a policy, and with a
    tag under it (``""``: no tag is named), in order of weight; a policy that the backend cannot follow is
    ``inexpressible``, with a hint that names the nearest one that it can. Specs and rules ask the same function.
    ``usual`` is the policy of a tag where the user names none. ``rules`` are the beginnings of the ids of the rules
    that check what it reads. ``repository_objects`` are the objects that it needs once in a repository.
    """

    summary: str
    moves_tags: bool = True
    takes: Callable[[TagPolicy, str], bool] = lambda _policy, _tag: True
    faults: Callable[[TagPolicy, str], Iterable[PolicyFault]] = _no_faults
    usual: Callable[[str | None], str] = usual_policy
    additions: Callable[[AutomatedWorkload], Additions] = _nothing
    repository_objects: Callable[[], tuple[Mapping[str, Any], ...]] = tuple
    rules: tuple[str, ...] = ()


def inexpressible(name: str, policy: TagPolicy, why: str, nearest: str) -> PolicyFault:
    """Return the fault of a policy that a backend cannot follow, with the nearest one that it can."""
    return PolicyFault("inexpressible", f"cannot be followed by {name}: {why}", f"write {nearest} in place of {policy}")
