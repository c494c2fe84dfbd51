"""KEEL001 to KEEL003: policies of Keel, and tags that they cannot update or order.

Source: keel-hq/keel 0.22, ``internal/policy``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import regex
from ...finding import Finding
from ...images import expressions
from ...images.backends.keel.keel_order import keel_order
from ...images.backends.keel.keel_policies import LEVELS
from ...images.references import parse_reference
from ...images.semver import parse_version
from ...nearest import suggestion
from ...yaml import Node
from ..readers.keel_annotations import SUPPORTED, KeelSetting, KeelWorkload, each_keel_workload
from ..readers.objects import Container
from ..rule import at, rule
from .keel_examples import POLICIES, keel_example

_NAMES = (*LEVELS, "force", "never")
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{7,12})\Z")
_PIECES = re.compile(r"[-_.]")
_TIME = "with tags that end in a time of as many digits, such as main-1a2b3c4-1718000000, and its time as compare"


@rule(
    "KEEL001", "error", ("kubernetes",), "a policy that Keel does not know",
    explanation="The policies are all, major, minor, patch, force, never, glob:PATTERN and regexp:RE2. Keel ignores a "
    "workload with any other: with a range of versions, with an expression that is not valid, or a glob with a colon.",
    bad=keel_example("policy: semver:~1.2"), good=keel_example("policy: patch"), source=POLICIES,
)  # fmt: skip
@each_keel_workload
def unknown_policies(one: KeelWorkload) -> Iterator[Finding]:
    """Check that Keel knows a policy."""
    policy = one.policy
    if (
        policy is None or policy.text in _NAMES or policy.text.startswith("newest:")
    ):  # newer sources of Keel have newest:RE2 too
        return
    text = policy.text
    where = policy.value if text else policy.key
    method, colon, pattern = text.partition(":")
    if colon and method == "regexp" and (reason := regex.fault(pattern)):
        message = f"the expression is not valid RE2 ({reason}), so Keel ignores {one.object.shown}"
        yield at(where, message, "write it without look-around, backreferences and possessive quantifiers")
    elif colon and method == "glob" and ":" in pattern:
        hint = "use only characters of tags, and *"
        yield at(where, f"the glob has a colon, so Keel ignores {one.object.shown}", hint)
    elif keel_order(text) is None:
        message = f"Keel has no policy {text!r}, and ignores {one.object.shown}"
        ranges = "Keel has no ranges: write patch, minor or major" if re.search(r"[~^<>=*]|semver", text) else ""
        yield at(where, message, ranges or suggestion(text, (*_NAMES, "glob:", "regexp:"), "policies"))


@rule(
    "KEEL002", "error", ("kubernetes",), "a policy of Keel that cannot update the image",
    explanation="all, major, minor and patch compare versions: a tag that is no version is never updated, and latest "
    "is replaced by the first version that is pushed. force without matchTag deploys every tag that is pushed, of any "
    "branch. Keel updates Deployments, DaemonSets, StatefulSets and CronJobs.",
    bad=keel_example("policy: minor", "example/web:main-1a2b3c4"), good=keel_example("policy: minor"), source=POLICIES,
)  # fmt: skip
@each_keel_workload
def unfit_policies(one: KeelWorkload) -> Iterator[Finding]:
    """Check that a policy fits the workload and its tags."""
    policy = one.policy
    if policy is None or policy.text == "never":
        return
    if one.object.sort not in SUPPORTED:
        message = f"Keel does not update a {one.object.sort}"
        yield at(policy.key, message, f"Keel updates {', '.join(sorted(SUPPORTED))}")
        return
    if policy.text in LEVELS:
        for container in one.images:
            yield from _level(policy, container)
    elif policy.text == "force" and not one.is_part:
        match = one.setting("matchTag") or one.setting("match-tag")
        if match is None or (match.is_plain and match.text != "true"):
            message = "force deploys every tag that is pushed, of any branch"
            yield at(policy.value, message, 'add keel.sh/matchTag: "true" to follow only the current tag', "warning")


def _level(policy: KeelSetting, container: Container) -> Iterator[Finding]:
    tag = _tag(container.image)
    if tag == "latest":
        message = f"{container.name} has the tag latest, which {policy.text} replaces by any version that is pushed"
        yield at(container.image, message, "start from a version, or write force with matchTag", "warning")
    elif tag and parse_version(tag) is None:
        message = f"the tag {tag} of {container.name} is not a version, so that {policy.text} never updates it"
        yield at(container.image, message, "start from a version, or use glob: or regexp:")


def _tag(image: Node | None) -> str:
    """Return the tag of an image, ``latest`` for none, ``""`` if it has a digest or a placeholder."""
    text = image.text if image is not None and image.shape == "scalar" else ""
    if not text or "@" in text or re.search(r"[${}()\s]", text):
        return ""
    return parse_reference(text).tag or "latest"


@rule(
    "KEEL003", "warning", ("kubernetes",), "tags that the policy of Keel orders as text",
    explanation="Keel orders the tags of a glob as text, and those of an expression by the text of its group compare, "
    "or of the whole tag. The order is not that of builds if the text has a commit hash, or numbers with different "
    "numbers of digits: 10 is below 9.",
    bad=keel_example("policy: glob:main-*", "example/web:main-1a2b3c4"),
    good=keel_example("policy: 'regexp:^main-[a-f0-9]{7}-(?P<compare>[0-9]{10})$'",
    "example/web:main-1a2b3c4-1718000000"),
    source=POLICIES,
)  # fmt: skip
@each_keel_workload
def orders_of_text(one: KeelWorkload) -> Iterator[Finding]:
    """Check that tags sort as text in the order of builds, and that the current one matches."""
    policy = one.policy
    order = keel_order(policy.text) if policy is not None else None
    if policy is None or order is None:
        return
    is_open = order.method == "glob" and not order.pattern.strip("*")
    if is_open or (order.method == "regexp" and expressions.takes_all(order.pattern)):
        yield at(
            policy.value, f"{policy.text} matches every tag, even latest", "name the branch, or what tags begin with"
        )
        return
    for container in one.images:
        tag = _tag(container.image)
        text = order.text_of(tag) if tag else None
        if tag and text is None:
            message = f"the tag {tag} of {container.name} does not match {policy.text}"
            yield at(container.image, message, "start from a tag that matches, or limit keel.sh/monitorContainers")
        elif text and (why := _disorder(text, order.method, order.pattern)):
            yield at(policy.value, f"Keel orders tags such as {tag} as text: {why}", f"use regexp: {_TIME}")


def _disorder(text: str, method: str, pattern: str) -> str:
    """Return why texts like this one do not sort like builds, ``""`` if that is not certain.

    The first piece that a glob leaves open decides; of an expression, the first piece of its text.
    """
    if method == "glob":
        text = text.removeprefix(pattern.partition("*")[0])
    piece = _PIECES.split(text)[0]
    if piece.isdigit() and len(piece) < 8 and len(_PIECES.split(text)) == 1 and not piece.startswith("0"):
        return f"1{'0' * len(piece)} is below {piece}" if piece.strip("0") else ""
    if _COMMIT.match(piece) and re.search(r"[0-9]", piece) and re.search(r"[a-f]", piece):
        return f"the commit {piece} sorts at random"
    return ""
