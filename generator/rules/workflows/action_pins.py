"""WF008: actions that are not pinned, or whose version differs from their comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ... import assets
from ...finding import Finding
from ...fix import Fix
from ...yaml import Node
from ..readers.workflow import steps, workflow
from ..rule import File, Scope, at, rule

_SHA = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")
_VERSION = re.compile(r"(?<![\w.])v?(\d++(?:\.\d++){0,2}+)(?![\w.]*\d)")
_BY_TAG = "slsa-framework/slsa-github-generator/"  # refuses commits: its provenance names the tag
_FULL = re.compile(r"v\d+\.\d+\.\d+\Z")
_COMMENT = re.compile(r"\s#\s*+(.*)")
_FAR = 1000  # maximal distance of a comment from an action, and its maximal length, in characters
# Actions not used in generated files.
_OTHERS = {
    "actions/cache": ("55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0"),
    "actions/create-github-app-token": ("bcd2ba49218906704ab6c1aa796996da409d3eb1", "v3.2.0"),
}


@dataclass(frozen=True)
class _Pin:
    """A use of an action by commit, with the version in the comment after it."""

    action: str
    sha: str
    version: str
    path: str
    line: int
    start: int = 0

    def fix(self, version: str) -> Fix | None:
        """Return the fix that writes another version in the comment: with or without v, as it is now."""
        return Fix(self.start, self.version, version.removeprefix("v")) if self.start else None


@rule(
    "WF008",
    "warning",
    ("workflow", "action"),
    "an action that is not pinned, or whose version differs from its comment",
    explanation=(
        "A tag or branch of an action may be moved to other code; a commit may not. People and bots read the version "
        "in the comment after the commit: if it is wrong, an old version is mistaken for a new one. The rule compares "
        "it with the pins that scaffold ships and with all other files of the run. zizmor reports the former as "
        "unpinned-uses, and with network access the latter as ref-version-mismatch."
    ),
    bad=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v4.0.0\n"
    ),
    good=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1\n"
    ),
    source="https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions",
)
def _unpinned_actions(file: File, scope: Scope) -> Iterator[Finding]:
    known = _known()
    lines = file.text.splitlines()
    for place in _uses(file, scope):
        name, sign, ref = place.text.partition("@")
        if place.text.startswith(("./", "../", "$/")) or "${{" in place.text:
            continue
        if place.text.startswith("docker://"):
            if "@sha256:" not in place.text:
                message = f"the image {place.text} has no digest: its tag may move"
                yield at(place, message, "write docker://IMAGE@sha256:…")
            continue
        if name.lower().startswith(_BY_TAG) and _FULL.match(ref):
            continue
        if sign and not _SHA.match(ref):
            message = f"{name} is pinned to {ref}, which its owner may move to other code"
            yield at(place, message, f"pin the commit: {name}@<40 hex digits> # {ref}")
        elif sign:
            pin = _pin(name, ref, file.path, place, lines)
            if pin is not None:
                yield from _mismatch(pin, place, known, scope)


@cache
def _known() -> dict[tuple[str, str], str]:
    """Return versions of actions by commit, and commits by version, from the pins that scaffold ships."""
    shipped = {name.lower(): (pin["sha"], pin["version"]) for name, pin in assets.pins()["actions"].items()}
    pairs = [(name, *both) for name, both in (shipped | _OTHERS).items()]
    return {(name, sha): version for name, sha, version in pairs} | {(name, v): sha for name, sha, v in pairs}


def _uses(file: File, scope: Scope) -> Iterator[Node]:
    if file.family == "workflow":
        for job in workflow(file, scope).jobs:
            if job.uses and job.uses_node:
                yield job.uses_node
    for step in steps(file, scope):
        if step.uses and step.uses_node:
            yield step.uses_node


def _pin(name: str, sha: str, path: str, place: Node, lines: list[str]) -> _Pin | None:
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    comment = _COMMENT.search(line[place.column - 1 : place.column + _FAR])
    version = _VERSION.search(comment.group(1)) if comment else None
    whole = "/".join(name.lower().split("/")[:2])
    if comment is None or version is None:
        return None
    # The comment's offset in the text, as the place is in the same line; block scalars have another one.
    is_here = place.style not in {"|", ">"} and place.line <= len(lines)
    start = place.start + comment.start(1) + version.start(1) if is_here else 0
    return _Pin(whole, sha, version.group(1), path, place.line, start)


def _mismatch(pin: _Pin, place: Node, known: dict[tuple[str, str], str], scope: Scope) -> Iterator[Finding]:
    truth = known.get((pin.action, pin.sha))
    if truth is not None:
        if not _agree(pin.version, truth.removeprefix("v")):
            message = f"the comment says {pin.version}, but this commit of {pin.action} is {truth}"
            hint = f"write # {truth}, or use the commit of the version you want"
            yield at(place, message, hint, fix=pin.fix(truth))
        return
    right = known.get((pin.action, f"v{pin.version}"))
    if right is not None:
        message = f"the comment says {pin.version}, but v{pin.version} of {pin.action} is another commit"
        yield at(place, message, f"use {pin.action}@{right}, which is v{pin.version}")
        return
    everywhere = _all_pins(scope)
    for other in everywhere.get((pin.action, pin.sha), ()):
        if not _agree(pin.version, other.version):
            message = (
                f"the comment says {pin.version}, but {other.path}:{other.line} has {other.version} for the same commit"
            )
            yield at(place, message, f"look up the version of this commit of {pin.action}")
            return
    if pin.version.count(".") == 2:
        for other in everywhere.get((pin.action, f"v{pin.version}"), ()):
            if other.sha != pin.sha:
                message = f"{other.path}:{other.line} has another commit for {pin.version} of {pin.action}"
                yield at(place, message, "one of them is wrong: look up the commit of that tag")
                return


def _agree(one: str, other: str) -> bool:
    """Return whether two versions may be the same, such as 4 and 4.1.2."""
    first, second = one.split("."), other.split(".")
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def _all_pins(scope: Scope) -> dict[tuple[str, str], list[_Pin]]:
    memo = scope.memo
    if "action_pins.pins" not in memo:
        found: dict[tuple[str, str], list[_Pin]] = {}
        for file in scope.files:
            if file.family not in {"workflow", "action"} or "#" not in file.text:
                continue
            lines = file.text.splitlines()
            for place in _uses(file, scope):
                name, sign, ref = place.text.partition("@")
                pin = _pin(name, ref, file.path, place, lines) if sign and _SHA.match(ref) else None
                if pin is not None:
                    for key in ((pin.action, pin.sha), (pin.action, f"v{pin.version}")):
                        versions = found.setdefault(key, [])
                        if (pin.version, pin.sha) not in {(one.version, one.sha) for one in versions}:
                            versions.append(pin)
        memo["action_pins.pins"] = found
    result: dict[tuple[str, str], list[_Pin]] = memo["action_pins.pins"]
    return result
