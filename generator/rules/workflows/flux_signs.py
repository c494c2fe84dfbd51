"""Detect whether a repository uses Flux v1, and which tags it pushes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...images.backends.flux_v1 import NAME as FLUX_V1
from ...yaml import each_at
from ..readers.workflow import workflow
from ..rule import File, Scope

SYNC_TAG = "flux-sync"
WRITE_CHECK = "flux-write-check-0123456789abcdef"  # pushed and deleted by fluxd when it starts, with a random end
SKIP = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|skip-checks: *true", re.I)
_ANNOTATION = re.compile(
    r"(?<![\w./-])(?:fluxcd\.io/(?:automated|tag\.|ignore|locked)|filter\.fluxcd\.io/|flux\.weave\.works/)"
)
_DAEMON = re.compile(r"(?:fluxcd|weaveworks)/flux:\d|--git-sync-tag\b|--git-ci-skip\b")
_LABEL = re.compile(r"--git-(?:label|sync-tag)[= ]['\"]?([\w./-]+)")
_SKIPS = re.compile(r"--git-ci-skip(?!=false)\b|--git-ci-skip-message")


@dataclass(frozen=True)
class Signs:
    """Why Flux v1 is considered to be in use (``""`` if not), its tags, and where its commits skip CI."""

    reason: str
    labels: frozenset[str]
    skips: str

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of tags that Flux pushes."""
        return (*sorted(self.labels), WRITE_CHECK)


def signs(scope: Scope) -> Signs:
    """Return the signs of Flux v1 in the config and the files of the run."""
    if "flux_signs" not in scope.memo:
        scope.memo["flux_signs"] = _find(scope)
    found: Signs = scope.memo["flux_signs"]
    return found


def _filters_tag(file: File, scope: Scope) -> bool:
    """Return whether a filter of a workflow names Flux's tag; comments do not count."""
    push = workflow(file, scope).triggers.get("push")
    names = ("branches", "branches-ignore", "tags", "tags-ignore")
    return any(SYNC_TAG in one.text for name in names for one in each_at(push, name))


def _find(scope: Scope) -> Signs:
    reason = "the config has automation: flux-v1" if scope.config.data.get("automation") == FLUX_V1 else ""
    labels, skips = {SYNC_TAG}, ""
    for file in scope.files:
        if file.family == "workflow" and not reason and SYNC_TAG in file.text and _filters_tag(file, scope):
            reason = f"{file.path} has a filter for {SYNC_TAG}"
        if file.family in {"kubernetes", "values"} and "flux" in file.text:
            if not reason and (_ANNOTATION.search(file.text) or _DAEMON.search(file.text)):
                reason = f"{file.path} uses Flux v1"
            labels |= set(_LABEL.findall(file.text))
            if not skips and _SKIPS.search(file.text):
                skips = file.path
    return Signs(reason, frozenset(labels), skips)
