"""WF010: notifications that a skip token in a commit prevents from running."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...finding import Finding
from ...yaml import each_at
from ..readers.workflow import workflow
from ..rule import File, Scope, at, rule
from .flux_signs import SKIP, signs

# (?>…) takes the first match in a line: trying the others would be quadratic and find no more.
_COMMITS = re.compile(r"(?m)^(?>[^\n]*?git commit)[^\n]*\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]")


@rule(
    "WF010",
    "warning",
    ("workflow",),
    "a skip token that also prevents the notification from running",
    explanation=(
        "GitHub starts no workflow for a push whose head commit says [ci skip], including the push of a tag on that "
        "commit. With --git-ci-skip, or a message template with [ci skip], a workflow on flux-sync never runs."
    ),
    bad=(
        "--- flux/deployment.yaml\nargs: [--git-url=…, --git-ci-skip]\n"
        "--- .github/workflows/notify.yaml\non: {push: {tags: [flux-sync]}}\n"
    ),
    good=(
        "--- flux/deployment.yaml\nargs: [--git-url=…]\n"
        "--- .github/workflows/notify.yaml\non: {push: {tags: [flux-sync]}}\n"
    ),
    source="https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs",
)
def _muted_notification(file: File, scope: Scope) -> Iterator[Finding]:
    """Find a notification that a skip token in the commits it is for prevents from running."""
    flow = workflow(file, scope)
    tags = each_at(flow.triggers.get("push"), "tags")
    flux = signs(scope)
    named = next((one for one in tags if one.text in flux.labels or one.text.startswith("flux-sync")), None)
    if named is None:
        return
    where = flux.skips or _skipping_automation(scope)
    if where:
        message = (
            f"the commits that {named.text} points to have a skip token ({where}): GitHub does not start this workflow"
        )
        hint = "exclude Flux's commits from CI by branches and paths instead of [ci skip], or notify from the cluster"
        yield at(named, message, hint)


def _skipping_automation(scope: Scope) -> str:
    """Return the file whose commits to the manifests have a skip token, ``""`` if none."""
    memo = scope.memo
    if "skip_tokens.automation" not in memo:
        memo["skip_tokens.automation"] = next((one.path for one in scope.files if _skips(one)), "")
    found: str = memo["skip_tokens.automation"]
    return found


def _skips(file: File) -> bool:
    text = file.text
    if file.family == "kubernetes":
        return "messageTemplate" in text and "ImageUpdateAutomation" in text and bool(SKIP.search(text))
    return file.family == "workflow" and bool(SKIP.search(text) and _COMMITS.search(text))
