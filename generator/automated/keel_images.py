"""Images that Keel updates: by annotations or labels of workloads.

Source: keel-hq/keel 0.22.1, ``types/types.go``, ``internal/policy`` and ``provider/kubernetes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..images.backends.keel.keel_order import keel_order
from ..images.backends.keel.keel_policies import LEVELS, NAME, select_value
from ..images.references import Reference, parse_reference
from ..rules import File, Scope
from ..rules.readers.keel_annotations import SUPPORTED, KeelWorkload, keel_workloads
from ..rules.readers.objects import Container
from .automated_image import AutomatedImage, Place, WorkloadName


def keel_images(file: File, scope: Scope) -> Iterator[AutomatedImage]:
    """Yield the images of a file's workloads that have a policy of Keel."""
    for one in keel_workloads(file, scope):
        policy = one.setting("policy")
        if policy is not None and one.object.sort in SUPPORTED:
            yield from (_image(file, one, each, policy.text) for each in one.tracked if each.image is not None)


def _image(file: File, one: KeelWorkload, each: Container, value: str) -> AutomatedImage:
    node = each.image or each.node
    image = parse_reference(node.text)
    image = Reference(image.name, image.digest or image.tag or "latest")  # Keel takes a digest for the tag
    return AutomatedImage(
        NAME,
        Place(file.path, node.line, node.column),
        WorkloadName(one.object.sort, one.object.namespace, one.object.name),
        each.name,
        image,
        value,
        _remark(one),
        select=partial(select_value, value, same_prerelease=_text(one, "matchPreRelease") != "false"),
        blocked=_blocked(one, value),
    )


def _remark(one: KeelWorkload) -> str:
    if (needed := _text(one, "approvals")) not in {"0", ""}:
        return f"only after {needed} approvals"
    return "" if _text(one, "trigger") == "poll" else "only when a webhook says that it was pushed"


def _text(one: KeelWorkload, name: str) -> str:
    setting = one.setting(name)
    return setting.text if setting is not None else ""


def _blocked(one: KeelWorkload, value: str) -> str:
    """Return why Keel moves no tag, or ``""``."""
    if value == "never":
        return "the policy is never"
    if value == "force" and "true" in {_text(one, "matchTag"), _text(one, "match-tag")}:
        return "the policy force deploys the current tag again when it is pushed, and with matchTag never another one"
    if value == "force":
        return "the policy force deploys whichever tag is pushed next, whatever tags there are"
    return (
        "" if value in LEVELS or keel_order(value) else f"{value!r} is not a policy of Keel, which ignores the workload"
    )
