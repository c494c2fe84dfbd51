"""Tag patterns in annotations of Flux v1: which tags they match, and their faults.

Flux does not validate patterns: one that it cannot parse matches every tag. Sources: fluxcd/flux 1.25.4,
``pkg/policy/pattern.go`` and ``pkg/update/images.go``; the libraries are named in ``semver`` and ``policies``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from .... import regex
from ....nearest import Guesses
from ... import expressions
from ...nearest_policies import Unsupported, accepted_or_pin, as_regexp, unsupported_fault
from ...policies import ORDERED, Method, PolicyFault, TagPolicy, glob_matches, usual_policy
from ...semver import parse_range, parse_version
from ...tag_scheme import branch_glob

PREFIXES: dict[str, Method] = {"glob:": "glob", "semver:": "semver", "regexp:": "regexp", "regex:": "regexp"}
_DIGITS = re.compile(r"[0-9]{5,}\Z|[0-9a-f]{7,40}\Z")
_LITERAL = frozenset("?[]{}")
_NO_TAG = "so Flux reads it as a glob that matches no tag"


def read_pattern(text: str) -> TagPolicy:
    """Parse the value of an annotation; without a prefix that Flux knows it is a glob."""
    for prefix, method in PREFIXES.items():
        if text.startswith(prefix):
            return TagPolicy(method, text.removeprefix(prefix))
    return TagPolicy("glob", text)


def matches_policy(policy: TagPolicy, tag: str) -> bool:
    """Return whether a tag matches a valid policy in Flux; ``latest`` only matches by name."""
    if tag.lower() == "latest":
        return policy == TagPolicy("glob", tag) == TagPolicy("glob", "latest")
    if policy.method == "glob":
        return glob_matches(policy.pattern, tag)
    if policy.method == "regexp":
        return regex.search(policy.pattern, tag)
    version, wanted = parse_version(tag), parse_range(policy.pattern)
    return version is not None and wanted is not None and wanted.takes(version)


def pattern_faults(policy: TagPolicy, tag: str) -> Iterator[PolicyFault]:
    """Yield the faults of a policy, and of a tag under it (``""`` for none); a single fault if it is not valid."""
    if policy.method in ORDERED:
        found = Unsupported("it orders tags by build time or version", as_regexp(policy))
        yield unsupported_fault("flux-v1", policy, tag, found, _accepts)
        return
    faults, is_readable = _judged(policy)
    yield from faults
    if not tag or not is_readable:
        return
    if not matches_policy(policy, tag):
        message = f"the tag {tag} does not match {policy}"
        hint = "use a tag that matches the pattern: Flux replaces this one at once, even by an older one"
        yield PolicyFault("foreign-tag", message, hint)
    if policy.method == "semver" and is_number_or_commit(tag):
        yield tag_of_digits(f"the tag {tag} is a commit or a number")


def unreadable_fault(policy: TagPolicy) -> PolicyFault | None:
    """Return the fault of a policy that Flux cannot follow as it was meant, else None."""
    if policy.method in ORDERED:
        return next(pattern_faults(policy, ""))
    found, is_readable = _judged(policy)
    return None if is_readable else found[0]


def _accepts(policy: TagPolicy, tag: str) -> bool:
    return policy.method not in ORDERED and not any(pattern_faults(policy, tag))


def flux1_usual(tag: str | None) -> str:
    """Return the default policy for a tag: its minor version, the newest build of its branch, or only this tag."""
    if not tag:
        return usual_policy(tag)
    return accepted_or_pin((branch_glob(tag), usual_policy(tag)), tag, _accepts)


@lru_cache(maxsize=1024)
def _judged(policy: TagPolicy) -> tuple[tuple[PolicyFault, ...], bool]:
    """Return the faults of a policy, and whether Flux can parse it; cached for several rules."""
    unreadable = spelling_fault(str(policy)) or _unreadable(policy)
    return ((unreadable,), False) if unreadable else (tuple(_too_wide(policy)), True)


def spelling_fault(text: str) -> PolicyFault | None:
    """Return why no tag can match the value of an annotation as written, or None."""
    prefix = next((one for one in PREFIXES if text.startswith(one)), "")
    rest = text.removeprefix(prefix)
    if not text.strip() or (prefix == "glob:" and not rest):
        hint = "write glob:PATTERN" if prefix else "write glob:PATTERN, semver:RANGE or regexp:RE2"
        return PolicyFault("no-match", "only matches the empty tag", hint)
    if prefix and PREFIXES[prefix] != "semver" and rest != rest.strip():
        message = "has a space that is part of the pattern, but no tag contains one"
        return PolicyFault("no-match", message, f"write {prefix}{rest.strip()}")
    if prefix in {"semver:", "regexp:", "regex:"}:
        return None
    return (None if prefix else _prefix_fault(rest)) or _character_fault(rest)


def _prefix_fault(text: str) -> PolicyFault | None:
    """Return the fault of a text's prefix; None if it is intended as a glob."""
    plain = text.strip()
    for known in PREFIXES:
        word = known[:-1]
        if plain.lower().startswith(word) and text != word:
            message = f"does not start exactly with {known}, {_NO_TAG}"
            return PolicyFault("prefix", message, f"write {known}{plain[len(word) :].lstrip(': ')}")
    if ":" not in text:
        return None
    head = f"{plain.partition(':')[0].lower()}:"
    close = Guesses().nearest(head, PREFIXES)
    hint = f"write {close}{text.partition(':')[2].strip()}" if close else "write glob:, semver: or regexp:"
    return PolicyFault("prefix", f"starts with {head}, which is not a prefix of Flux, {_NO_TAG}", hint)


def _character_fault(pattern: str) -> PolicyFault | None:
    odd = sorted({one for one in pattern if not (one.isascii() and (one.isalnum() or one in "_.-*?[]{}!,"))})
    if not odd:
        return None
    hint = "write semver: before a range" if set(odd) & set("~^<>=|") else "use only characters of tags, and *"
    return PolicyFault("no-match", f"is a glob with {' '.join(map(repr, odd))}, which no tag contains", hint)


def _unreadable(policy: TagPolicy) -> PolicyFault | None:
    """Return why Flux cannot parse a policy, so that it matches every tag; None if it can."""
    if policy.method == "regexp" and (reason := expressions.expression_fault(policy.pattern, old=True)):
        hint = "write it without look-around, backreferences and possessive quantifiers"
        return PolicyFault("not-re2", f"is not a valid RE2 expression ({reason}), so Flux accepts every tag", hint)
    if policy.method == "semver" and parse_range(policy.pattern) is None:
        hint = "write it like semver:~1.4 or semver:>=1.0.0, <2.0.0"
        return PolicyFault("not-a-range", "is not a valid version range, so Flux accepts every version", hint)
    return None


def _too_wide(policy: TagPolicy) -> Iterator[PolicyFault]:
    """Yield the faults of a valid policy that matches everything, or other tags than it seems to."""
    if _takes_all(policy):
        what = "every version, even major ones" if policy.method == "semver" else "every tag of every branch but latest"
        hint = "name the branch or the range; other tools than Flux v1 would even deploy latest"
        yield PolicyFault("takes-all", f"matches {what}", hint)
    elif policy.method == "glob" and (odd := sorted(_LITERAL & set(policy.pattern))):
        message = f"has {' '.join(odd)}, which is literal in Flux: only * is special in a glob"
        yield PolicyFault("literal", message, "use regexp: for more than *")
    elif policy.method == "regexp" and (loose := expressions.looseness(policy.pattern)):
        yield PolicyFault("loose", loose, expressions.TIGHTER)


def _takes_all(policy: TagPolicy) -> bool:
    if policy.method == "glob":
        return not policy.pattern.strip("*")
    if policy.method == "regexp":
        return expressions.takes_all(policy.pattern)
    wanted = parse_range(policy.pattern)
    return wanted is not None and wanted.is_unbounded


def is_number_or_commit(tag: str) -> bool:
    """Return whether a tag is a number or a short commit hash, which may be a version: ``48239175``."""
    return bool(_DIGITS.match(tag)) and tag.isalnum() and not tag.isalpha()


def tag_of_digits(why: str) -> PolicyFault:
    """Return the fault of a range of versions for tags that may be numbers."""
    message = f"{why}: for a version range a tag of only digits is the highest version forever"
    hint = "prefix the tags with a letter (sha-, master-), or use a pattern that is not a range"
    return PolicyFault("tag-of-digits", message, hint)
