"""In which order Keel deploys tags. Source: keel-hq/keel 0.22.1, ``internal/policy``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .... import regex
from ...candidates import Candidate
from ...policies import glob_matches
from ...rejections import NO_MATCH, not_a_version
from ...semver import SemVer, compare_versions, parse_version, version_key
from ...tag_selection import TagSelection


@dataclass(frozen=True)
class KeelOrder:
    """A glob or an expression: what it matches, and by which text."""

    method: str
    pattern: str

    def text_of(self, tag: str) -> str | None:
        """Return the text that orders a tag, None if the tag does not match."""
        if self.method == "glob":
            return tag if glob_matches(self.pattern, tag) else None
        expression = regex.compiled(self.pattern)
        match = expression.search(tag) if expression is not None else None
        if match is None:
            return None
        return (match.group("compare") or "") if "compare" in expression.groupindex else tag


def keel_order(value: str) -> KeelOrder | None:
    """Parse a value of ``keel.sh/policy`` that is a glob or an expression; None if Keel refuses it."""
    method, colon, pattern = value.partition(":")
    if not colon or method not in {"glob", "regexp"}:
        return None
    is_refused = ":" in pattern if method == "glob" else bool(regex.fault(pattern))
    return None if is_refused else KeelOrder(method, pattern)


def keel_version(tag: str) -> SemVer | None:
    """Parse a tag as a version with at least a major and a minor number."""
    return parse_version(tag) if "." in tag else None


def select_level(
    level: str, candidates: Sequence[Candidate], current: str, *, same_prerelease: bool = True
) -> TagSelection:
    """Return the order of versions above the current one, within all, major, minor or patch.

    ``same_prerelease`` is ``keel.sh/matchPreRelease``: except for all, only the same prerelease is taken.
    """
    here = parse_version(current)
    if here is None and current != "latest":
        return TagSelection(failure=f"the current tag {current} is not a version, so Keel updates nothing")
    taken: list[tuple[SemVer, Candidate]] = []
    rejected: dict[str, str] = {}
    for one in candidates:
        version = keel_version(one.tag)
        if version is None:
            if one.tag != current:
                rejected[one.tag] = not_a_version(one.tag, parse_version(one.tag))
        elif one.tag != current and here and (why := _not_above(level, here, version, same_prerelease)):
            rejected[one.tag] = why
        else:
            taken.append((version, one))
    taken.sort(key=lambda pair: version_key(pair[0]), reverse=True)
    ranked = tuple(one for _, one in taken)
    tie = _tie([version for version, _ in taken], ranked)
    return TagSelection(ranked, rejected, tie, by_chance=bool(tie))


def _not_above(level: str, here: SemVer, version: SemVer, same_prerelease: bool) -> str:
    """Return why a version is not an update of another, ``""`` if it is."""
    if here.prerelease != version.prerelease and level != "all" and same_prerelease:
        return "is a prerelease" if version.prerelease else "is not the same prerelease as the current tag"
    if compare_versions(version, here) <= 0:
        return "is not above the current tag"
    same = {"minor": 1, "patch": 2}.get(level, 0)
    if version.numbers[:same] != here.numbers[:same]:
        return f"is another {'major' if same == 1 else 'minor'} version, which {level} does not include"
    return ""


def _tie(versions: Sequence[SemVer], ranked: Sequence[Candidate]) -> str:
    if len(versions) > 1 and compare_versions(versions[0], versions[1]) == 0:
        return f"{ranked[0].tag} is the same version as {ranked[1].tag}: either may be deployed"
    return ""


def select_text(order: KeelOrder, candidates: Sequence[Candidate], current: str) -> TagSelection:
    """Return the order of tags by text. A glob never moves below the current tag, an expression does."""
    taken: list[tuple[str, Candidate]] = []
    rejected: dict[str, str] = {}
    for one in candidates:
        text = order.text_of(one.tag)
        if text is None:
            rejected[one.tag] = NO_MATCH
        elif order.method == "glob" and one.tag < current:
            rejected[one.tag] = f"sorts below the current tag {current}"
        else:
            taken.append((text, one))
    taken.sort(key=lambda pair: pair[0], reverse=True)
    ranked = tuple(one for _, one in taken)
    if len(taken) > 1 and taken[0][0] == taken[1][0]:
        failure = f"{ranked[0].tag} and {ranked[1].tag} are equal in {taken[0][0]}: either may be deployed"
        return TagSelection(ranked, rejected, failure, by_chance=True)
    return TagSelection(ranked, rejected)
