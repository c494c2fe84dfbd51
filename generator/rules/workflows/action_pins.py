"""WF008 and WF009: actions that are not what their comment says, and what tokens are left or used for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ... import assets
from ..readers.tools import call
from ..readers.view import View
from ..readers.workflow import Job, Step, action_steps, steps, workflow
from ..rule import File, Finding, Scope, rule

_SHA = re.compile(r"[0-9a-f]{40}\Z|[0-9a-f]{64}\Z")
_VERSION = re.compile(r"(?<![\w.])v?(\d++(?:\.\d++){0,2}+)(?![\w.]*\d)")
_BY_TAG = "slsa-framework/slsa-github-generator/"  # its provenance names the tag, and it refuses commits
_FULL = re.compile(r"v\d+\.\d+\.\d+\Z")
_COMMENT = re.compile(r"\s#\s*+(.*)")
_FAR = 1000  # characters that a comment may stand behind an action, and its length
_DEFAULT_TOKEN = re.compile(r"\$\{\{\s*(?:secrets\.GITHUB_TOKEN|github\.token)\s*\}\}\Z", re.I)
_USES_GIT = re.compile(
    r"\bgit\s+(?:-\S+\s+\S+\s+){0,5}(?:push|pull|fetch|clone|submodule|ls-remote|lfs|remote)\b|\bgh\s+pr\s+checkout|semantic-release"
    r"|goreleaser|lerna\b|changeset|release-it|git-\w+|cz bump|mike deploy|gh-deploy|hub\s|--push\b|cr upload"
    r"|chart-releaser"
)
_PUSHERS = re.compile(
    r"git-auto-commit|create-pull-request|add-and-commit|github-push|gh-pages|goreleaser|semantic-release|changesets|"
    r"chart-releaser|backport|update-generated|release-please|git-push|push-action|deploy|release|version|tag"
    r"|submodule|commit|publish|changed-files",
    re.I,
)
# Scripts that may push, where the token may.
_OPAQUE = re.compile(
    r"(?m)\bmake\b|(?:^|[\s;&|])(?:\.{1,2}/|hack/|scripts?/)\S|\b(?:npm|yarn|pnpm|npx|task|just|mage|gradlew?)\b"
)
_COMMITTERS = re.compile(r"git-auto-commit-action|create-pull-request|add-and-commit", re.I)
_WORKFLOW_FILES = re.compile(r"\.github(?:/workflows\b|/?['\"\s]|$)|\bscaffold\s+(?:regenerate|new-|init|alerting)")


# Actions that no generated file uses.
_OTHERS = {
    "actions/cache": ("55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0"),
    "actions/create-github-app-token": ("bcd2ba49218906704ab6c1aa796996da409d3eb1", "v3.2.0"),
}


@dataclass(frozen=True)
class _Pin:
    """A use of an action by digest, with the version that the comment behind it says."""

    action: str
    sha: str
    version: str
    path: str
    line: int


@rule(
    "WF008",
    "warning",
    ("workflow", "action"),
    "an action that is not pinned, or is not the version that its comment says",
    explanation=(
        "A tag or branch of an action may be moved to other code; a commit may not. The version in the comment behind "
        "the commit is what people and bots read: where it is wrong, an old version is taken for a new one. The rule "
        "compares it with the pins that scaffold ships and with all other files of the run. zizmor's unpinned-uses "
        "finds the first half too, and with network its ref-version-mismatch the second."
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
def _pins(file: File, scope: Scope) -> Iterator[Finding]:
    known = _known()
    lines = file.text.splitlines()
    for place in _uses(file, scope):
        name, at, ref = place.text.partition("@")
        if place.text.startswith(("./", "../", "$/")) or "${{" in place.text:
            continue
        if place.text.startswith("docker://"):
            if "@sha256:" not in place.text:
                message = f"the image {place.text} has no digest: its tag may move"
                yield Finding(place.line, place.column, message, "write docker://IMAGE@sha256:…")
            continue
        if name.lower().startswith(_BY_TAG) and _FULL.match(ref):
            continue
        if at and not _SHA.match(ref):
            message = f"{name} is used at {ref}, which its owner may move to other code"
            yield Finding(place.line, place.column, message, f"write the commit: {name}@<40 hex digits> # {ref}")
        elif at:
            pin = _pin(name, ref, file.path, place, lines)
            if pin is not None:
                yield from _mismatch(pin, place, known, scope)


@cache
def _known() -> dict[tuple[str, str], str]:
    """Return the versions of actions by commit, and the commits by version, as far as scaffold ships them."""
    shipped = {name.lower(): (pin["sha"], pin["version"]) for name, pin in assets.pins()["actions"].items()}
    pairs = [(name, *both) for name, both in (shipped | _OTHERS).items()]
    return {(name, sha): version for name, sha, version in pairs} | {(name, v): sha for name, sha, v in pairs}


def _uses(file: File, scope: Scope) -> Iterator[View]:
    if file.family == "workflow":
        for job in workflow(file, scope).jobs:
            if job.uses.text:
                yield job.uses
    for step in steps(file, scope):
        if step.uses.text:
            yield step.uses


def _pin(name: str, sha: str, path: str, place: View, lines: list[str]) -> _Pin | None:
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    comment = _COMMENT.search(line[place.column - 1 : place.column + _FAR])
    version = _VERSION.search(comment.group(1)) if comment else None
    whole = "/".join(name.lower().split("/")[:2])
    return _Pin(whole, sha, version.group(1), path, place.line) if version else None


def _mismatch(pin: _Pin, place: View, known: dict[tuple[str, str], str], scope: Scope) -> Iterator[Finding]:
    truth = known.get((pin.action, pin.sha))
    if truth is not None:
        if not _agree(pin.version, truth.removeprefix("v")):
            message = f"the comment says {pin.version}, and this commit of {pin.action} is {truth}"
            yield Finding(
                place.line, place.column, message, f"write # {truth}, or take the commit of the version you want"
            )
        return
    right = known.get((pin.action, f"v{pin.version}"))
    if right is not None:
        message = f"the comment says {pin.version}, and v{pin.version} of {pin.action} is another commit"
        yield Finding(place.line, place.column, message, f"{pin.action}@{right} is v{pin.version}")
        return
    everywhere = _all_pins(scope)
    for other in everywhere.get((pin.action, pin.sha), ()):
        if not _agree(pin.version, other.version):
            message = (
                f"the comment says {pin.version}, and {other.path}:{other.line} calls the same commit {other.version}"
            )
            yield Finding(place.line, place.column, message, f"look up which version of {pin.action} it is")
            return
    if pin.version.count(".") == 2:
        for other in everywhere.get((pin.action, f"v{pin.version}"), ()):
            if other.sha != pin.sha:
                message = f"{other.path}:{other.line} has another commit for {pin.version} of {pin.action}"
                yield Finding(place.line, place.column, message, "one of them is wrong: look up the commit of that tag")
                return


def _agree(one: str, other: str) -> bool:
    """Tell whether two versions may be the same: 4 and 4.1.2 may."""
    first, second = one.split("."), other.split(".")
    shared = min(len(first), len(second))
    return first[:shared] == second[:shared]


def _all_pins(scope: Scope) -> dict[tuple[str, str], list[_Pin]]:
    memo = scope.memo
    if "wf_trust.pins" not in memo:
        found: dict[tuple[str, str], list[_Pin]] = {}
        for file in scope.files:
            if file.family not in {"workflow", "action"} or "#" not in file.text:
                continue
            lines = file.text.splitlines()
            for place in _uses(file, scope):
                name, at, ref = place.text.partition("@")
                pin = _pin(name, ref, file.path, place, lines) if at and _SHA.match(ref) else None
                if pin is not None:
                    for key in ((pin.action, pin.sha), (pin.action, f"v{pin.version}")):
                        versions = found.setdefault(key, [])
                        if (pin.version, pin.sha) not in {(one.version, one.sha) for one in versions}:
                            versions.append(pin)
        memo["wf_trust.pins"] = found
    result: dict[tuple[str, str], list[_Pin]] = memo["wf_trust.pins"]
    return result


@rule(
    "WF009",
    "error",
    ("workflow", "action"),
    "a token that is left behind, or used for what it cannot do",
    explanation=(
        "actions/checkout keeps its token for every later step, and for what packs the work tree, unless "
        "persist-credentials is false; a job that pushes or fetches needs it. GITHUB_TOKEN may not change workflow "
        "files, and its pushes start no workflows: an automatic fix of generated workflows fails or stays unchecked."
    ),
    bad=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n"
        "      - run: make\n"
    ),
    good=(
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v7\n"
        "        with: {persist-credentials: false}\n      - run: make\n"
    ),
    source="https://docs.zizmor.sh/audits/#artipacked",
)
def _tokens(file: File, scope: Scope) -> Iterator[Finding]:
    if file.family == "action":
        yield from _left(action_steps(file))
        return
    for job in workflow(file, scope).jobs:
        yield from _left(job.steps, writes=_may_write(job))
        yield from _autofix(job)


def _left(given: tuple[Step, ...], *, writes: bool = False) -> Iterator[Finding]:
    found: list[Finding] = []
    used = True  # by a later step; behind the last one is none that could
    for at in range(len(given) - 1, -1, -1):
        step = given[at]
        if step.action == "actions/checkout" and not step.inputs.get("persist-credentials") and not used:
            message = "actions/checkout keeps its token for every later step of the job"
            hint = "write with: {persist-credentials: false}"
            found.append(Finding(step.uses.line, step.uses.column, message, hint))
        used = (used and at < len(given) - 1) or _needs_token(step) or (writes and _is_opaque(step))
    yield from reversed(found)


def _is_opaque(step: Step) -> bool:
    """Tell whether a step may push without a word of it: a script of the repository, an action of others."""
    return bool(_OPAQUE.search(step.run.text)) or bool(
        step.uses and not step.action.startswith(("actions/", "docker/"))
    )


def _may_write(job: Job) -> bool:
    """Tell whether a job says that its token may push."""
    given = job.view.get("permissions") or job.flow.view.get("permissions")
    return given.text == "write-all" or given.get("contents").text == "write"


def _needs_token(step: Step) -> bool:
    """Tell whether a step may use git with the credentials of the checkout."""
    return bool(_USES_GIT.search(step.run.text)) or bool(step.action and _PUSHERS.search(step.action))


def _autofix(job: Job) -> Iterator[Finding]:
    """Find a commit of workflow files that is pushed with the token that may not change them."""
    checkout = next((one for one in job.steps if one.action == "actions/checkout"), None)
    token = checkout.inputs.get("token").text if checkout else ""
    if checkout is None or (token and not _DEFAULT_TOKEN.match(token)) or checkout.inputs.get("ssh-key"):
        return
    touched = any(_touches(one) for one in job.steps)
    for step in job.steps if touched else ():
        own = step.inputs.get("token").text
        if _COMMITTERS.search(step.action) and (not own or _DEFAULT_TOKEN.match(own)):
            place: tuple[int, int] = (step.uses.line, step.uses.column)
        elif (line := _pushes(step)) is not None:
            place = (step.line(line), 1)
        else:
            continue
        message = (
            "pushes changes of workflow files with GITHUB_TOKEN, which may not change them, and starts no check on them"
        )
        hint = "fail and upload the patch instead, or push with the token of a GitHub App that has workflows: write"
        yield Finding(*place, message, hint)
        return


def _touches(step: Step) -> bool:
    """Tell whether a step changes workflow files, or names them for a commit."""
    patterns = step.inputs.get("file_pattern").text + step.inputs.get("add-paths").text + step.inputs.get("add").text
    if _WORKFLOW_FILES.search(patterns):
        return True
    for one in step.pipelines if ".github" in step.run.text or "scaffold" in step.run.text else ():
        for command in one.commands:
            made = call(command)
            words = " ".join((made.tool, *made.args))
            if (made.tool == "git" and made.verb("add") and ".github" in words) or re.match(
                r"scaffold (?:regenerate|init|new-service|new-e2e|alerting)\b(?!.*--dry-run)", words
            ):
                return True
    return False


def _pushes(step: Step) -> int | None:
    for one in step.pipelines if "push" in step.run.text else ():
        for command in one.commands:
            made = call(command)
            if made.tool == "git" and "push" in made.operands[:3] and "@" not in " ".join(made.args):
                return made.line
    return None
