"""An image in manifests that automation updates, with its policy as the files state it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..images.candidates import Candidate
from ..images.references import Reference
from ..images.tag_selection import TagSelection


def _selects_nothing(_candidates: Sequence[Candidate], _current: str) -> TagSelection:
    return TagSelection()


def _needs_no_time(_tag: str) -> bool:
    return False


@dataclass(frozen=True)
class Place:
    """The place of an image in a file: a path below the base of the run, line and column from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class WorkloadName:
    """The object that has an image; ``sort`` is its type, ``""`` for a file that is not an object."""

    sort: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return "/".join(one for one in (self.namespace, self.sort, self.name) if one)


@dataclass(frozen=True)
class AutomatedImage:
    """The image of a container, or a marked value, that automation updates.

    ``automation`` is the name of the backend. ``image`` is the image whose tags count, with the current tag, ``""`` if
    that is not known. ``policy`` is the policy as text, ``""`` if it is not among the files; ``remark`` says what is
    special about it. ``select`` orders tags, given the current one, and ``needs_time`` says of which tags it needs the
    build time. ``blocked`` is why no tag is deployed, whatever tags there are, ``""`` if nothing blocks.
    """

    automation: str
    place: Place
    workload: WorkloadName
    container: str
    image: Reference
    policy: str
    remark: str = ""
    select: Callable[[Sequence[Candidate], str], TagSelection] = _selects_nothing
    needs_time: Callable[[str], bool] = _needs_no_time
    blocked: str = ""


@dataclass(frozen=True)
class TagChoice:
    """What automation makes of the tags of an image: the selection, and the tag that it deploys.

    ``deployed`` may be the current tag; None if nothing is deployed, for the ``reason``. If ``by_chance``, one of
    several tags is deployed, and the reason says which.
    """

    image: AutomatedImage
    candidates: tuple[Candidate, ...]
    selection: TagSelection
    deployed: Candidate | None
    reason: str = ""
    by_chance: bool = False


def choose_tag(image: AutomatedImage, candidates: Sequence[Candidate]) -> TagChoice:
    """Return what automation makes of the tags of an image."""
    selection = image.select(candidates, image.image.tag)
    reason = image.blocked or selection.failure
    if not reason and selection.winner is None:
        reason = "no tag matches the policy" if candidates else "there are no tags"
    deployed = None if reason else selection.winner
    by_chance = selection.by_chance and not image.blocked
    return TagChoice(image, tuple(candidates), selection, deployed, reason, by_chance)
