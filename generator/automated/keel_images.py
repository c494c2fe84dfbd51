"""Images that Keel updates: by annotations or labels of workloads.

Source: keel-hq/keel 0.22.1, ``types/types.go``, ``internal/policy`` and ``provider/kubernetes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .. import regex
from ..images.backends.keel.keel_order import keel_order
from ..images.backends.keel.keel_policies import LEVELS, NAME, select_value
from ..images.references import Reference, parse_reference
from ..rules import File, Scope
from ..rules.readers.objects import Container, Object, containers, objects
from ..yaml import pairs_at, text_at
from .automated_image import AutomatedImage, Place, WorkloadName

_SORTS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob"})
_POLICIES = ("keel.sh/policy", "keel.observer/policy")


def keel_images(file: File, _scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images of a file's workloads that have a policy of Keel."""
    if not any(one in file.text for one in _POLICIES):
        return
    for one in objects(file):
        if one.sort not in _SORTS:
            continue
        settings = _settings(one)
        value = next((settings[key] for key in _POLICIES if key in settings), None)
        if value is None:
            continue
        for each in containers(one):
            if each.image is not None and _is_watched(one, each, settings):
                yield _image(file, one, each, value, settings)


def _settings(one: Object) -> dict[str, str]:
    """Return labels and annotations; annotations win."""
    where = ("labels", "annotations")
    return {key.text: value.text for part in where for key, value in pairs_at(one.node, "metadata", part)}


def _is_watched(one: Object, each: Container, settings: dict[str, str]) -> bool:
    """Return whether Keel updates a container; init containers only by an annotation, not by a label."""
    if each.init and text_at(one.node, "metadata", "annotations", "keel.sh/initContainers") != "true":
        return False
    pattern = settings.get("keel.sh/monitorContainers", "")
    return not pattern or bool(regex.fault(pattern)) or regex.search(pattern, each.name)


def _image(file: File, one: Object, each: Container, value: str, settings: dict[str, str]) -> AutomatedImage:
    node = each.image or each.node
    image = parse_reference(node.text)
    image = Reference(image.name, image.digest or image.tag or "latest")  # Keel takes a digest for the tag
    return AutomatedImage(
        NAME,
        Place(file.path, node.line, node.column),
        WorkloadName(one.sort, one.namespace, one.name),
        each.name,
        image,
        value,
        _remark(settings),
        select=partial(select_value, value, same_prerelease=settings.get("keel.sh/matchPreRelease") != "false"),
        blocked=_blocked(value),
    )


def _remark(settings: dict[str, str]) -> str:
    if (needed := settings.get("keel.sh/approvals", "0")) not in {"0", ""}:
        return f"only after {needed} approvals"
    return "" if settings.get("keel.sh/trigger") == "poll" else "only when a webhook says that it was pushed"


def _blocked(value: str) -> str:
    """Return why Keel moves no tag, or ``""``."""
    if value == "never":
        return "the policy is never"
    if value == "force":
        return "the policy force deploys whichever tag is pushed next, whatever tags there are"
    return (
        "" if value in LEVELS or keel_order(value) else f"{value!r} is not a policy of Keel, which ignores the workload"
    )
