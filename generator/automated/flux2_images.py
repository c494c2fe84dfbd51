"""Images that Flux v2 updates: values with a marker that names an ImagePolicy.

Sources: fluxcd/image-reflector-controller 1.2 (``api/v1``, ``internal/controller``), fluxcd/image-automation-controller
1.2 (``internal/update``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..finding import Finding
from ..images.backends.flux_v2.flux2_policies import NAME
from ..images.backends.flux_v2.flux2_ranking import ImagePolicy, rank_tags
from ..images.candidates import Candidate
from ..images.expressions import named_groups
from ..images.references import parse_reference
from ..images.tag_selection import TagSelection
from ..rules import File, Scope
from ..rules.readers.flux2_groups import IMAGE_GROUP
from ..rules.readers.flux2_markers import Flux2Marker, read_markers
from ..rules.readers.flux2_resources import denies_access, policy_fields, policy_of_marker, repository_of_policy
from ..rules.readers.objects import Object, objects, of_sort
from ..yaml import text_at
from .automated_image import AutomatedImage, Place, WorkloadName
from .marked_values import MarkedValue, marked_values

_REPOSITORY_KEYS = ("newName", "repository", "name", "image")  # beside a tag: of kustomizations and of Helm values


@dataclass(frozen=True)
class _Read:
    """An ImagePolicy of the files: its object, fields and text; ``fault`` is why it selects nothing."""

    object: Object
    fields: ImagePolicy | None
    text: str
    image: str  # of its ImageRepository
    fault: str
    blocked: str

    def select(self, candidates: Sequence[Candidate], _current: str) -> TagSelection:
        return rank_tags(self.fields, candidates) if self.fields else TagSelection(failure=self.fault)


def flux2_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the marked tags of a file, and its policies that no file has a marker for."""
    markers = [one for one in read_markers(file, scope)[0] if one.part in {"", "tag"}]
    places = marked_values(file, {one.value.start for one in markers})
    for one in markers:
        where = places.get(one.value.start)
        if where is not None:
            yield _image(file, one, where, scope)
    for each in objects(file):
        if each.group == IMAGE_GROUP and each.sort == "ImagePolicy" and not _is_marked(each, scope):
            yield _unmarked(file, each, scope)


def ignored_values(file: File, scope: Scope) -> Iterator[Finding]:
    """Yield the markers that Flux ignores."""
    yield from read_markers(file, scope)[1]


def _image(file: File, marker: Flux2Marker, where: MarkedValue, scope: Scope) -> AutomatedImage:
    policy = policy_of_marker(marker, scope)
    read = _read_policy(policy, scope) if policy else None
    is_whole = not marker.part
    written = parse_reference(marker.value.text)
    tag = written.tag if is_whole else marker.value.text
    name = (read.image if read else "") or (written.name if is_whole else _beside(where))
    found = AutomatedImage(
        NAME,
        Place(file.path, marker.value.line, marker.value.column),
        where.workload,
        where.container,
        replace(parse_reference(name), tag=tag, digest=written.digest if is_whole else ""),
        "",
        blocked=f"the ImagePolicy {marker.namespace}:{marker.policy} is not among the files: name its file too",
    )
    if read is None:
        return found
    return replace(found, policy=read.text, select=read.select, blocked=read.blocked)


def _beside(where: MarkedValue) -> str:
    """Return the name of the image whose tag is marked, from the keys beside it, ``""`` if they do not tell."""
    name = next((text for key in _REPOSITORY_KEYS if (text := text_at(where.parent, key))), "")
    registry = text_at(where.parent, "registry")
    return f"{registry}/{name}" if registry and name else name


def _unmarked(file: File, one: Object, scope: Scope) -> AutomatedImage:
    read = _read_policy(one, scope)
    return AutomatedImage(
        NAME,
        Place(file.path, one.node.line, one.node.column),
        WorkloadName(one.sort, one.namespace, one.name),
        "",
        parse_reference(read.image),
        read.text,
        select=read.select,
        blocked=read.blocked or "no file has a marker with this policy",
    )


def _is_marked(policy: Object, scope: Scope) -> bool:
    if "automated.marked" not in scope.memo:
        markers = [one for file in scope.files for one in read_markers(file, scope)[0]]
        scope.memo["automated.marked"] = {(one.namespace, one.policy) for one in markers}
        scope.memo["automated.marked_names"] = {one.policy for one in markers}
    if not policy.namespace:
        return policy.name in scope.memo["automated.marked_names"]
    return (policy.namespace, policy.name) in scope.memo["automated.marked"]


def _read_policy(one: Object, scope: Scope) -> _Read:
    """Return a policy of the files, read once per run."""
    known: dict[int, _Read] = scope.memo.setdefault("automated.policies", {})
    if id(one) not in known:
        repository = repository_of_policy(one, scope)
        fields, fault = policy_fields(one, repository)
        image = text_at(repository.node, "spec", "image") if repository else ""
        known[id(one)] = _Read(one, fields, _text(fields), image, fault, _blocked(one, repository, scope))
    return known[id(one)]


def _text(fields: ImagePolicy | None) -> str:
    """Return a policy as a spec would have it, with what specs cannot say behind it."""
    if fields is None:
        return "a policy that is not valid"
    names = named_groups(fields.pattern)
    is_usual = len(names) == 1 and fields.extract in {f"${names[0]}", f"${{{names[0]}}}"}
    parts = [f"{fields.order}:{fields.range if fields.order == 'semver' else fields.pattern}"]
    if fields.order == "semver" and fields.pattern:
        parts.append(f"of tags that match {fields.pattern}")
    if fields.extract and (not is_usual or fields.order == "semver"):
        parts.append(f"by {fields.extract}")
    if fields.descending:
        parts.append("the lowest first")
    return ", ".join(parts)


def _blocked(one: Object, repository: Object | None, scope: Scope) -> str:
    """Return which object of a policy's automation is suspended or not allowed, so that nothing is deployed."""
    for part in (one, repository):
        if part is not None and text_at(part.node, "spec", "suspend") == "true":
            return f"the {part.shown} is suspended"
    if repository is not None and denies_access(one, repository):
        return f"the {repository.shown} allows no access from the namespace {one.namespace} (accessFrom)"
    every = of_sort(scope, IMAGE_GROUP, "ImageUpdateAutomation")
    same = [x for x in every if x.namespace == one.namespace]
    if same and all(text_at(x.node, "spec", "suspend") == "true" for x in same):
        return f"the {same[0].shown} is suspended"
    return ""
