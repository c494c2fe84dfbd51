"""WF008: actions that are not pinned, or whose version differs from their comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ... import assets
from ...finding import Finding
from ...fix import Fix
from ...yaml import Node
from ..readers.workflow import steps, workflow
from ..rule import File, Scope, at, rule

_SHA = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z", re.I)
# A version alone, with v, or with a dot: not the year of a date, nor the end of another tag such as codeql-bundle-v2.
_VERSION = re.compile(r"(?<![\w./-])(?:v(?=\d)|(?=\d++\.)|(?=\d++\s*+\Z))(\d++(?:\.\d++){0,2}+)(?![\w.]*\d)")
_BY_TAG = "slsa-framework/slsa-github-generator/"  # refuses commits: its provenance names the tag
_FULL = re.compile(r"v\d+\.\d+\.\d+\Z")
_COMMENT = re.compile(r"\s#\s*+(.*)")
_MOST = 20  # different comments for a commit, or commits for a version, that are compared
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
    column: int
    start: int = 0

    def fix(self, version: str) -> Fix | None:
        """Return the fix that writes another version in the comment: with or without v, as it is now."""
        return Fix(self.start, self.version, version.removeprefix("v")) if self.start else None


@dataclass(frozen=True)
class _Odd:
    """What is wrong with the comment of a pin, and what to do; ``fix`` where the right version is known."""

    message: str = ""
    hint: str = ""
    fix: Fix | None = None


@rule(
    "WF008",
    "warning",
    ("workflow", "action"),
    "an action that is not pinned, or whose version differs from its comment",
    explanation=(
        "A tag or branch of an action may be moved to other code; a commit may not. People and bots read the version "
        "in the comment after the commit: if it is wrong, an old version is mistaken for a new one. The rule compares "
        "it with the pins that scaffold ships and with all other files of the run, where those that differ from most "
        "others are told. zizmor reports the former as unpinned-uses, and with network access the latter as "
        "ref-version-mismatch."
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
    across=True,
)
def _unpinned_actions(file: File, scope: Scope) -> Iterator[Finding]:
    lines = file.text.splitlines()
    for place in _uses(file, scope):
        uses = place.text.strip()
        name, sign, ref = uses.partition("@")
        if uses.startswith(("./", "../", "$/")) or "${{" in uses:
            continue
        if uses.startswith("docker://"):
            if "@sha256:" not in uses:
                message = f"the image {uses} has no digest: its tag may move"
                yield at(place, message, "write docker://IMAGE@sha256:…")
            continue
        if name.lower().startswith(_BY_TAG) and _FULL.match(ref):
            continue
        if sign and not _SHA.match(ref):
            message = f"{name} is pinned to {ref}, which its owner may move to other code"
            yield at(place, message, f"pin the commit: {name}@<40 hex digits> # {ref}")
        elif sign and (pin := _pin(place, file.path, lines)):
            found = _against_known(pin) or _odd_pins(scope).get((pin.path, pin.line, pin.column))
            if found and found.message:
                yield at(place, found.message, found.hint, fix=found.fix)


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


def _pin(place: Node, path: str, lines: list[str]) -> _Pin | None:
    """Return the use of an action by commit at a place, None if no comment after it has a version."""
    name, _, sha = place.text.strip().partition("@")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    comment = _COMMENT.search(line[place.column - 1 : place.column + _FAR])
    version = _VERSION.search(comment.group(1)) if comment and _SHA.match(sha) else None
    whole = "/".join(name.lower().split("/")[:2])
    if comment is None or version is None:
        return None
    # The comment's offset in the text, as the place is in the same line; block scalars have another one.
    is_here = place.style not in {"|", ">"} and place.line <= len(lines)
    start = place.start + comment.start(1) + version.start(1) if is_here else 0
    return _Pin(whole, sha.lower(), version.group(1), path, place.line, place.column, start)


def _against_known(pin: _Pin) -> _Odd | None:
    """Return how a comment differs from the pins that scaffold ships, with no message if it agrees with them; None if
    they do not have the action in this version.
    """
    known = _known()
    truth = known.get((pin.action, pin.sha))
    if truth is not None:
        if _agree(pin.version, truth.removeprefix("v")):
            return _Odd()
        message = f"the comment says {pin.version}, but this commit of {pin.action} is {truth}"
        return _Odd(message, f"write # {truth}, or use the commit of the version you want", pin.fix(truth))
    right = known.get((pin.action, f"v{pin.version}"))
    if right is None:
        return None
    message = f"the comment says {pin.version}, but v{pin.version} of {pin.action} is another commit"
    return _Odd(message, f"use {pin.action}@{right}, which is v{pin.version}")


def _agree(one: str, other: str) -> bool:
    """Return whether two versions may be the same, such as 4 and 4.1.2."""
    first, second = one.split("."), other.split(".")
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def _odd_pins(scope: Scope) -> dict[tuple[str, int, int], _Odd]:
    """Return what is odd about the pins of a run that disagree with most others of their action, by place.

    If as many say the one as the other, it is not known which is wrong: one of them is told, with the place of the
    other.
    """
    memo = scope.memo
    if "action_pins.odd" not in memo:
        pins = [one for one in _all_pins(scope) if _against_known(one) is None]
        odd: dict[tuple[str, int, int], _Odd] = {}
        for same in _grouped((one.action, one.sha, one) for one in pins):
            for pin, other, many in _minority(same, lambda one, two: _agree(one.version, two.version)):
                where = f"{many} other places have" if many > 1 else f"{other.path}:{other.line} has"
                message = f"the comment says {pin.version}, but {where} {other.version} for the same commit"
                odd[pin.path, pin.line, pin.column] = _Odd(
                    message, f"look up the version of this commit of {pin.action}"
                )
        left = [one for one in pins if one.version.count(".") == 2 and (one.path, one.line, one.column) not in odd]
        for same in _grouped((one.action, one.version, one) for one in left):
            for pin, other, many in _minority(same, lambda one, two: one.sha == two.sha):
                where = f"{many} other places have" if many > 1 else f"{other.path}:{other.line} has"
                message = f"{where} another commit for {pin.version} of {pin.action}"
                odd[pin.path, pin.line, pin.column] = _Odd(
                    message, "one of them is wrong: look up the commit of that tag"
                )
        memo["action_pins.odd"] = odd
    result: dict[tuple[str, int, int], _Odd] = memo["action_pins.odd"]
    return result


def _grouped(entries: Iterable[tuple[str, str, _Pin]]) -> Iterable[list[_Pin]]:
    groups: dict[tuple[str, str], list[_Pin]] = {}
    for action, what, pin in entries:
        groups.setdefault((action, what), []).append(pin)
    return groups.values()


def _minority(pins: list[_Pin], fit: Callable[[_Pin, _Pin], bool]) -> Iterator[tuple[_Pin, _Pin, int]]:
    """Yield the pins that do not fit the one that most fit, each with this one and how many fit it.

    If another one has as many, the last pin of the two is yielded, and no more: which is wrong is not known.
    """
    distinct: dict[tuple[str, str], list[_Pin]] = {}
    for pin in pins:
        distinct.setdefault((pin.sha, pin.version), []).append(pin)
    left = list(distinct.values())[:_MOST]
    while True:
        count = {id(one): sum(len(two) for two in left if fit(one[0], two[0])) for one in left}
        disputed = [one for one in left if not all(fit(one[0], two[0]) for two in left)]
        if not disputed:
            return
        best = max(disputed, key=lambda one: count[id(one)])
        others = [one for one in disputed if not fit(one[0], best[0])]
        if max(count[id(one)] for one in others) == count[id(best)]:
            yield others[0][-1], best[0], 1
            return
        for one in others:
            yield from ((pin, best[0], count[id(best)]) for pin in one)
        left = [one for one in left if not any(one is two for two in others)]


def _all_pins(scope: Scope) -> list[_Pin]:
    found: list[_Pin] = []
    for file in scope.files:
        if file.family in {"workflow", "action"} and "#" in file.text:
            lines = file.text.splitlines()
            found += [pin for place in _uses(file, scope) if (pin := _pin(place, file.path, lines))]
    return sorted(found, key=lambda one: (one.path, one.line, one.column))
