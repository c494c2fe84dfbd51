"""The interface of image automation backends.

A backend is a package in ``backends/``, named like the value of ``automation`` with ``_`` for ``-``, whose ``BACKEND``
is a ``Backend``. Backends are discovered, not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..yaml import Node, data_of, pairs_at, text_at
from ..yaml.commented import CommentedObject
from .candidates import Candidate
from .policies import PolicyFault, TagPolicy, usual_policy
from .references import Reference
from .tag_selection import TagSelection

TagPlace = Literal["workload", "kustomization", "cluster", ""]


@dataclass(frozen=True)
class AutomatedContainer:
    """A container of a workload: its name, its image with the initial tag, and its tag policy, None if it is pinned."""

    name: str
    image: Reference
    policy: TagPolicy | None


@dataclass(frozen=True)
class AutomatedWorkload:
    """A generated workload and its containers, the main one first; ``settings`` is the backend's section.

    ``environment`` is the environment of the service whose overlay has what is added, ``""`` for a service without.
    ``sort`` is the kind of the object.
    """

    name: str
    namespace: str
    containers: tuple[AutomatedContainer, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: str = ""
    sort: str = "Deployment"

    @property
    def name_here(self) -> str:
        """The name with the environment."""
        return f"{self.name}-{self.environment}" if self.environment else self.name

    @property
    def qualified_name(self) -> str:
        """The name of objects in a namespace that all workloads share: with the own namespace, if named otherwise."""
        name = self.name_here
        return name if self.namespace in {self.name, name} else f"{self.namespace}-{name}"


@dataclass(frozen=True)
class Additions:
    """Additions of a backend to the manifests of a workload.

    ``annotations`` of the workload are written in this order, below ``notes`` as comments. ``image_comments`` are
    comments after images, by container, without ``#``. ``objects`` are documents of a separate file.
    """

    notes: tuple[str, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    image_comments: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[CommentedObject, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The API groups of the objects."""
        return tuple(sorted({one.group for one in self.objects}))


@dataclass(frozen=True)
class RepositoryObjects:
    """What a backend needs once in a repository: objects of the automation itself, and of its notifications."""

    automation: tuple[CommentedObject, ...] = ()
    notifications: tuple[CommentedObject, ...] = ()


def _nothing(_workload: AutomatedWorkload) -> Additions:
    return Additions()


def _no_choice(_policy: TagPolicy, _candidates: Sequence[Candidate], _current: str) -> TagSelection:
    return TagSelection(failure="nothing moves tags")


def _no_workload_faults(_workload: AutomatedWorkload) -> Iterable[tuple[str, PolicyFault]]:
    return ()


def _nothing_followed(_objects: Sequence[Node], _workload: AutomatedWorkload, _one: AutomatedContainer) -> object:
    return None


def _no_faults(_policy: TagPolicy, _tag: str) -> Iterable[PolicyFault]:
    return ()


@dataclass(frozen=True)
class Backend:
    """An image automation backend.

    ``takes`` returns whether a tag matches a policy. ``faults`` yields the faults of a policy, and of a tag under it
    (``""`` for none), most important first; an unsupported policy is ``inexpressible``, with a hint that names the
    nearest supported one. Specs and rules use the same function. ``usual`` returns the default policy for a tag.
    ``select`` orders the tags of an image, from the policy, the candidates and the current tag. ``workload_faults``
    yields the faults of a workload whose policies are valid, with the name of the container. ``repository_objects``
    returns what the automation unit has, from the values of its spec; None if a repository needs nothing. ``section``
    is the key of specs and of the config with the backend's settings. ``rules`` are prefixes of the ids of its rules,
    and ``on_foreign_tag`` is what the tool does with a tag that its policy does not match, as a sentence.
    ``followed`` returns what manifests (expanded documents) tell the tool of the tags of a generated container, as
    data; None if they tell nothing. It is equal in two versions of the manifests if the tool does the same in both.
    ``tags_in`` is where the tool writes tags: to the image of the workload in git, to the kustomization of its folder
    in git, or to the cluster alone; ``""`` for a backend that moves no tags. Only in the first case a changed image in
    a generated workload is the tool's (``schemas/merge-keys.json`` has how it is recognised).
    """

    summary: str
    tags_in: TagPlace = "workload"
    takes: Callable[[TagPolicy, str], bool] = lambda _policy, _tag: True
    faults: Callable[[TagPolicy, str], Iterable[PolicyFault]] = _no_faults
    usual: Callable[[str | None], str] = usual_policy
    select: Callable[[TagPolicy, Sequence[Candidate], str], TagSelection] = _no_choice
    workload_faults: Callable[[AutomatedWorkload], Iterable[tuple[str, PolicyFault]]] = _no_workload_faults
    additions: Callable[[AutomatedWorkload], Additions] = _nothing
    repository_objects: Callable[[Mapping[str, Any]], RepositoryObjects] | None = None
    section: str = ""
    rules: tuple[str, ...] = ()
    on_foreign_tag: str = "it is replaced at once, even by an older one"
    followed: Callable[[Sequence[Node], AutomatedWorkload, AutomatedContainer], object] = _nothing_followed

    @property
    def moves_tags(self) -> bool:
        """Whether the tool changes tags, anywhere."""
        return bool(self.tags_in)


def object_named(objects: Sequence[Node], sort: str, name: str) -> Node | None:
    """Return the object of a kind with a name among expanded documents."""
    found = (one for one in objects if (text_at(one, "kind"), text_at(one, "metadata", "name")) == (sort, name))
    return next(found, None)


def workload_annotations(objects: Sequence[Node], workload: AutomatedWorkload) -> Mapping[str, object]:
    """Return the annotations of the generated workload among expanded documents."""
    found = object_named(objects, workload.sort, workload.name)
    return {key.text: data_of(value) for key, value in pairs_at(found, "metadata", "annotations")}


def inexpressible(name: str, policy: TagPolicy, why: str, nearest: str, needs: str = "") -> PolicyFault:
    """Return the fault of a policy that a backend does not support, with the nearest supported one.

    ``needs`` is what the nearest one needs of the tags, if it is not the same.
    """
    hint = f"write {nearest} instead of {policy}{needs and ', '}{needs}"
    return PolicyFault("inexpressible", f"is not supported by {name}: {why}", hint)
