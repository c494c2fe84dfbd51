"""FX005 to FX008, FX010, FX011, FX018 and FX019: patterns of tags against the images that they are for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...yaml import items_at, text_at
from ..readers.regexp import TIGHTER, fault, looseness, takes_all
from ..rule import File, Finding, Rule, Scope, at
from .flux1 import example
from .workloads import Annotation, Image, Pattern, Workload, is_string, is_tag, pattern, spelling_fault, workloads

_ANY_VERSION = re.compile(r"\s*(?:v?[*xX](?:\.[*xX]){0,2}|>=?\s*v?0(?:\.0){0,2}(?:-0)?)\s*\Z")
_DIGITS = re.compile(r"[0-9]{5,}\Z|[0-9a-f]{7,40}\Z")
# What makes images whose creation time is not when they were built.
_REPRODUCIBLE = re.compile(
    r"SOURCE_DATE_EPOCH|rewrite-timestamp=true|\bko\s+(?:build|publish|resolve|apply)\b|\bjib(?:Build|:build)\b|"
    r"\bnix\s+build\b|\bbazel\s+(?:run|build)\b"
)
_MAX_LINE = 2000
_SORTABLE = re.compile(r"(?:\A|\))(?>[^)]*?\(\?P?<[a-z]+>)[^)]*[0-9\\]")
_EMPTY_PREFIX = re.compile(r"prefix=(?:,|\s|$)")


def _each(
    check: Callable[[Workload, Annotation, Pattern, Scope], Iterator[Finding]],
) -> Callable[[File, Scope], Iterator[Finding]]:
    """Return a check over every pattern that is written as Flux reads it."""

    def over(file: File, scope: Scope) -> Iterator[Finding]:
        for one in workloads(file, scope):
            for note in one.patterns:
                if is_string(note) and not spelling_fault(note.text):
                    yield from check(one, note, pattern(note.text), scope)

    return over


def _own_tag(one: Workload, note: Annotation, wanted: Pattern, scope: Scope) -> Iterator[Finding]:
    """FX005: the tag that is there is one that the pattern takes."""
    if not one.is_automated or not wanted.is_valid:
        return
    for image in one.images_of(note.container):
        if image.repository in _replaced(scope):
            continue
        if not image.reference:
            if not one.is_part:
                message = (
                    f"the container {image.name!r} has no image, and {note.key.text} can only move one that is there"
                )
                yield at(image.where, message, "name an image with a tag that the pattern takes")
        elif _is_movable(image) and is_tag(image.tag) and not wanted.takes(image.tag):
            message = f"the tag {image.tag} is not one that {note.key.text} takes ({note.text})"
            hint = "start from a tag that the pattern takes: Flux replaces this one at once, by an older one too"
            yield at(image.where, message, hint)


def _replaced(scope: Scope) -> frozenset[str]:
    """Return the images to which kustomizations give another tag or digest, so that what stands there never runs."""
    if "patterns.replaced" not in scope.memo:
        documents = (document for x in scope.files if x.family == "kustomization" for document in x.documents)
        images = (one for document in documents for one in items_at(document, "images"))
        named = (text_at(one, "name") for one in images if text_at(one, "newTag") or text_at(one, "digest"))
        scope.memo["patterns.replaced"] = frozenset(named)
    found: frozenset[str] = scope.memo["patterns.replaced"]
    return found


def _is_movable(image: Image) -> bool:
    return image.is_plain and bool(image.tag) and "@" not in image.reference and image.tag.lower() != "latest"


def _expressions(_one: Workload, note: Annotation, wanted: Pattern, _scope: Scope) -> Iterator[Finding]:
    """FX006: a regular expression is RE2."""
    if wanted.method == "regexp" and (reason := fault(wanted.text, old=True)):
        message = f"{note.key.text} is no RE2 expression ({reason}), so Flux takes every tag"
        yield at(note.value, message, "write it without look-around, back references and possessive forms")


def _ranges(_one: Workload, note: Annotation, wanted: Pattern, _scope: Scope) -> Iterator[Finding]:
    """FX007: a range of versions is one."""
    if wanted.method == "semver" and not wanted.is_valid:
        message = f"{note.key.text} is no range of versions, so Flux takes every version"
        yield at(note.value, message, "write it like semver:~1.4 or semver:>=1.0.0, <2.0.0")


def _loose(_one: Workload, note: Annotation, wanted: Pattern, _scope: Scope) -> Iterator[Finding]:
    """FX008: what looks special is, and what looks bounded is."""
    if wanted.method == "glob":
        odd = sorted(set("?[]{}") & set(wanted.text))
        if odd:
            message = f"{note.key.text} has {' '.join(odd)}, which Flux takes literally: only * is special in a glob"
            yield at(note.value, message, "write regexp: for more than *")
    elif (
        wanted.method == "regexp"
        and wanted.is_valid
        and not takes_all(wanted.text)
        and (loose := looseness(wanted.text))
    ):
        yield at(note.value, f"{note.key.text} {loose}", TIGHTER)


def _everything(_one: Workload, note: Annotation, wanted: Pattern, _scope: Scope) -> Iterator[Finding]:
    """FX010: a pattern leaves something out."""
    every = {
        "glob": bool(wanted.text) and not wanted.text.strip("*"),
        "regexp": wanted.is_valid and takes_all(wanted.text),
        "semver": wanted.is_valid and any(_ANY_VERSION.match(part) for part in wanted.text.split("||")),
    }[wanted.method]
    if every:
        what = "every version, major ones too" if wanted.method == "semver" else "every tag of every branch but latest"
        hint = "name the branch or the range; other tools than Flux v1 would take latest as well"
        yield at(note.value, f"{note.key.text} takes {what}", hint)


def _unmovable(file: File, scope: Scope) -> Iterator[Finding]:
    """FX011: an automated image has a tag that can be moved."""
    for one in workloads(file, scope):
        for image in one.images if one.is_automated and not one.is_part else ():
            if not image.is_plain or image.repository in _replaced(scope):
                continue
            if "@" in image.reference:
                yield at(
                    image.where,
                    f"the image of {image.name!r} is pinned by a digest, which Flux never moves",
                    "name the tag alone, or take the automation away",
                )
            elif not image.tag and image.where.text not in image.reference:
                yield at(
                    image.where,
                    f"the tag {image.where.text} of {image.name!r} is no text, so that Flux does not see it",
                    "write it in quotes",
                )
            elif not image.tag:
                yield at(
                    image.where,
                    f"the image of {image.name!r} has no tag, so that it means latest, which Flux does not order",
                    "name a tag that the pattern takes",
                )
            elif image.tag.lower() == "latest":
                yield at(
                    image.where,
                    f"the image of {image.name!r} has the tag latest, which Flux does not order",
                    "name a tag that the pattern takes",
                )


def _schemes(file: File, scope: Scope) -> Iterator[Finding]:
    """FX018: tags are such that the pattern can order them."""
    for one in workloads(file, scope):
        by_name = {image.name: image for image in one.images}
        for note in one.patterns:
            image = by_name.get(note.container)
            if image is None or not is_string(note) or spelling_fault(note.text):
                continue
            wanted = pattern(note.text)
            if wanted.method == "semver" and (why := _digits(image, scope)):
                message = (
                    f"{note.key.text} is a range of versions, and {why}: one of digits alone is a version for ever"
                )
                yield at(
                    note.value,
                    message,
                    "give the tags a letter in front (sha-, master-), or a pattern that is no range",
                )
            elif wanted.method != "semver" and (why := _reproducible(image, scope)):
                message = f"{note.key.text} orders by creation time, and {why}"
                yield at(note.value, message, "put a version or time into the tag, or the build time into the image")


def _digits(image: Image, scope: Scope) -> str:
    if image.is_plain and _DIGITS.match(image.tag) and image.tag.isalnum() and not image.tag.isalpha():
        return f"the tag {image.tag} is a commit or a number"
    shell = r"\$\(?\{?(?:git rev-parse|GITHUB_SHA|GITHUB_RUN)"
    bare = re.compile(rf"{re.escape(image.repository)}:(?:\$\{{\{{\s*github\.(?:sha|run_number|run_id)\s*\}}|{shell})")
    for path, text in _builds(image, scope):
        lines = (line for line in text.split("\n") if "type=sha," in line and len(line) < _MAX_LINE)
        if bare.search(text) or any(_EMPTY_PREFIX.search(line.partition("type=sha,")[2]) for line in lines):
            return f"{path} makes tags of bare commits or numbers"
    return ""


def _reproducible(image: Image, scope: Scope) -> str:
    for path, text in _builds(image, scope):
        if _REPRODUCIBLE.search(text):
            return f"{path} makes reproducible images, which have no or one and the same creation time"
    return ""


def _builds(image: Image, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield the workflows that name an image's repository."""
    if "patterns.workflows" not in scope.memo:
        scope.memo["patterns.workflows"] = [(x.path, x.text) for x in scope.files if x.family == "workflow"]
    if image.is_plain:
        for path, text in scope.memo["patterns.workflows"]:
            if image.repository in text:
                yield path, text


def _end_of_life(file: File, scope: Scope) -> Iterator[Finding]:
    """FX019: Flux v1 is at its end, and patterns without order cannot move to what follows."""
    target = scope.config.data.get("automation")
    found = [note for one in workloads(file, scope) for note in one.annotations if note.policy]
    if not found:
        return
    if target in {"flux-v2", "argocd"}:
        for note in found:
            wanted = pattern(note.text)
            if note.policy.startswith("tag.") and wanted.method != "semver" and not _SORTABLE.search(wanted.text):
                message = f"{note.key.text} orders by creation time, which {target} cannot: {note.text}"
                hint = "let CI put a time or run number into the tag, and capture it: (?P<ts>[0-9]{1,15})$"
                yield at(note.value, message, hint, "warning")
    if _first_file(scope) == file.path:
        message = "Flux v1 is past its end of life (archived in November 2022, without security fixes since)"
        yield at(found[0].key, message, "plan the move to Flux v2; this is said once a run")


def _first_file(scope: Scope) -> str:
    if "patterns.first" not in scope.memo:
        paths = (
            x.path for x in scope.files if any(note.policy for one in workloads(x, scope) for note in one.annotations)
        )
        scope.memo["patterns.first"] = min(paths, default="")
    first: str = scope.memo["patterns.first"]
    return first


def _flux(pattern_text: str, image: str = "example/web:master-1") -> str:
    return example(f'fluxcd.io/automated: "true"\nfluxcd.io/tag.web: {pattern_text}', image)


_GOOD = _flux("glob:master-*")
_DOCS = "https://fluxcd.io/legacy/flux/references/automated-image-update/"

RULES = (
    Rule(
        "FX005", "error", ("kubernetes",), "an image whose tag its own pattern does not take",
        "Flux replaces a tag that the pattern does not take at its next poll, by the newest one that fits, which may "
        "be an older build: a pin or a rollback does not stay.",
        _flux("glob:master-*", "example/web:1.2.3"), _GOOD, _each(_own_tag), _DOCS,
    ),
    Rule(
        "FX006", "error", ("kubernetes",), "a regular expression that is not RE2, so that it takes every tag",
        "Flux reads patterns with Go's regular expressions, which have no look-around, back references or possessive "
        "forms. One that it cannot read takes every tag, without a word.",
        _flux("'regexp:^(?!dev)master-.*$'"), _GOOD, _each(_expressions), "https://github.com/fluxcd/flux/issues/3562",
    ),
    Rule(
        "FX007", "error", ("kubernetes",), "a range of versions that is none, so that it takes every version",
        "Flux takes every tag that looks like a version where it cannot read the range, without a word.",
        _flux("semver:~1.4.banana", "example/web:1.4.0"), _flux("semver:~1.4", "example/web:1.4.0"), _each(_ranges),
        "https://github.com/Masterminds/semver/tree/v3.1.1#checking-version-constraints",
    ),
    Rule(
        "FX008", "warning", ("kubernetes",), "a pattern that takes more or less than it seems to",
        "A regular expression matches anywhere in the tag unless ^ and $ bind it, and a dot is any character. In a "
        "glob only * is special; ?, [ and { stand for themselves.",
        _flux("regexp:master-[a-f0-9]+", "example/web:master-1"), _flux("'regexp:^master-[a-f0-9]+$'"), _each(_loose),
        "https://github.com/ryanuber/go-glob",
    ),
    Rule(
        "FX010", "warning", ("kubernetes",), "a pattern that takes everything",
        "It is as if there were none: the newest build of any branch is deployed. Flux v1 leaves latest out; Keel, "
        "Argo CD Image Updater and Flux v2 do not.",
        _flux("glob:*"), _GOOD, _each(_everything), _DOCS,
    ),
    Rule(
        "FX011", "error", ("kubernetes",), "automation of an image without a tag that can be moved",
        "Flux orders tags by pattern. latest is left out before it looks, no tag means latest, and for an image with a "
        "digest it changes nothing at all.",
        _flux("glob:master-*", "example/web:latest"), _GOOD, _unmovable, "https://github.com/fluxcd/flux/issues/885",
    ),
    Rule(
        "FX018", "warning", ("kubernetes",), "tags that the pattern cannot order",
        "A short commit of digits alone is a version (48239175.0.0), higher than any real one, and stays for ever. "
        "Reproducible images share a creation time, which is what globs and regular expressions order by. Looks at the "
        "tag, and at the workflows that name the image.",
        _flux("semver:>=1.0.0", "example/web:48239175"), _flux("semver:>=1.0.0", "example/web:1.0.0"), _schemes,
        "https://github.com/fluxcd/flux/issues/2729", across=True,
    ),
    Rule(
        "FX019", "info", ("kubernetes",), "Flux v1, which is past its end of life",
        "Flux v1 was archived in November 2022 and has had no security fix since. Said once a run. Where the config "
        "has automation: flux-v2 or argocd, a pattern that orders by creation time is a warning: neither can.",
        _GOOD, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n", _end_of_life,
        "https://fluxcd.io/flux/migration/timetable/", across=True,
    ),
)  # fmt: skip
