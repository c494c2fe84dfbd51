"""The interface of image automation backends.

A backend is a package in ``backends/``, named like the value of ``automation`` with ``_`` for ``-``, whose ``BACKEND``
is a ``Backend``. Backends are discovered, not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .policies import PolicyFault, TagPolicy, usual_policy
from .references import Reference


@dataclass(frozen=True)
class AutomatedContainer:
    """A container of a workload: its name, its image with the initial tag, and its tag policy."""

    name: str
    image: Reference
    policy: TagPolicy


@dataclass(frozen=True)
class AutomatedWorkload:
    """A generated workload and its containers, the main one first."""

    name: str
    namespace: str
    containers: tuple[AutomatedContainer, ...]


@dataclass(frozen=True)
class Additions:
    """Additions of a backend to the manifests of a workload.

    ``annotations`` of the workload are written in this order, below ``notes`` as comments. ``image_comments`` are
    comments after images, by container, without ``#``. ``objects`` are documents of a separate file.
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
    """An image automation backend.

    ``takes`` returns whether a tag matches a policy. ``faults`` yields the faults of a policy, and of a tag under it
    (``""`` for none), most important first; an unsupported policy is ``inexpressible``, with a hint that names the
    nearest supported one. Specs and rules use the same function. ``usual`` returns the default policy for a tag.
    ``rules`` are prefixes of the ids of its rules. ``repository_objects`` are objects needed once in a repository.
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
    """Return the fault of a policy that a backend does not support, with the nearest supported one."""
    return PolicyFault("inexpressible", f"is not supported by {name}: {why}", f"write {nearest} instead of {policy}")
