"""WF005: path filters that miss files or hide a required check."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from itertools import islice

from ...errors import Invalid
from ...finding import Finding, Severity, also
from ...nearest import Guesses
from ...yaml import Node, each_at, expand, key_of, parse, text_at, walk_nodes
from ..readers.filters import SPECIAL, included
from ..readers.node_fixes import without_blanks_fix
from ..readers.workflow import WORKFLOW_SYNTAX, Job, Workflow, local, workflow
from ..rule import File, Scope, at, rule
from .dead_patterns import dead_path

_EVENTS = ("pull_request", "pull_request_target", "push")
_GATE = re.compile(
    r"(?:^|[-_ ])(?:gate|required|all[-_ ]?(?:green|good|passed)|ci[-_ ]?(?:ok|success|pass)|alls?-green)", re.I
)
_CALLED = re.compile(r"(?:[\w-]+[-_ ])?(?:gate|required(?:[-_ ]checks?)?)\Z", re.I)
_IN_WORKFLOWS = re.compile(r"\.github/workflows/[^/]+\Z")
_PUBLISHES = re.compile(
    r"(?:^|[^a-z])(?:publish|releas|deploy|deliver|promot|sync|mirror|upload|push|pages|rollout|ship|backport|notify)",
    re.I,
)
_REQUIRED = re.compile(r"^(?>[^\n]*?#)[^\n]*\brequired (?:status )?checks?\b", re.I | re.M)


@rule(
    "WF005",
    "error",
    ("workflow",),
    "a path filter that misses files or hides a required check",
    explanation=(
        "A path that does not exist silently matches nothing, which is a warning if other patterns of the filter "
        "match; so does a pattern with a blank at its end, with ./, / or a backslash, or that names a folder. A filter "
        "without the workflow itself, or actions that it uses, leaves changes of them untested: a warning, unless the "
        "workflow only publishes. If a path filter skips a workflow, its required checks stay pending forever; a job "
        "skipped by an if counts as passed."
    ),
    bad=(
        "on:\n  pull_request:\n    paths: [services/**, .github/**]\njobs:\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: ./test.sh}]}\n"
        "  gate: {if: always(), needs: test, runs-on: ubuntu-latest, steps: [{run: ./gate.sh}]}\n"
    ),
    good=(
        "on: pull_request\njobs:\n"
        "  test: {runs-on: ubuntu-latest, steps: [{run: ./test.sh}]}\n"
        "  gate: {if: always(), needs: test, runs-on: ubuntu-latest, steps: [{run: ./gate.sh}]}\n"
    ),
    source=f"{WORKFLOW_SYNTAX}#onpushpull_requestpull_request_targetpathspaths-ignore",
)
def _missed_paths(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    renamed = yield from _dead(flow, scope)
    if flow.root is not None and not renamed:
        yield from islice(_untriggered(flow, scope), 1)
    yield from _required(flow, scope)


def _dead(flow: Workflow, scope: Scope) -> Generator[Finding, None, bool]:
    """Find patterns that match nothing, each once for all events; return whether one names a workflow that is gone."""
    places: dict[tuple[str, bool], list[tuple[Node, tuple[Node, ...]]]] = {}
    for event in _EVENTS:
        for name in ("paths", "paths-ignore"):
            given = each_at(flow.triggers.get(event), name)
            for one in given:
                if text := text_at(one):
                    places.setdefault((text, name == "paths"), []).append((one, given))
    called = {local(job.uses, flow.root or "") for job in flow.jobs}
    renamed = False
    for (pattern, includes), found in places.items():
        found.sort(key=lambda one: one[0].line)
        node, given = found[0]
        severity: Severity | None = None
        if fault := dead_path(pattern):
            message, hint = f"the path filter {pattern!r} matches nothing: {fault[0]}", fault[1]
        elif includes and flow.at_root and (gone := _gone(pattern, flow, scope)) and pattern not in called:
            message, hint, sure = gone
            severity = None if sure or not _others_match(given, pattern, scope) else "warning"
            renamed = renamed or _IN_WORKFLOWS.match(pattern) is not None
        else:
            continue
        bare = pattern.strip(" ")
        is_blank = bare != pattern and dead_path(bare) is None and not _gone(bare, flow, scope)
        fix = without_blanks_fix(node) if is_blank else None
        yield at(node, message + also(one.line for one, _ in found), hint, severity, fix=fix)
    return renamed


def _gone(pattern: str, flow: Workflow, scope: Scope) -> tuple[str, str, bool] | None:
    """Return message and hint for a pattern whose file or folder does not exist, and whether it must be a mistake."""
    if pattern.startswith("!"):
        return None
    special = SPECIAL.search(pattern)
    literal = pattern[: special.start()].rpartition("/")[0] if special else pattern
    if not literal:
        return None
    if scope.exists(literal):
        if special or not scope.is_folder(literal) or _is_submodule(literal, scope):
            return None
        return (
            f"the path filter {pattern} matches nothing: it names a folder, and only files change",
            (f"write {literal}/**"),
            True,
        )
    what = "the file" if not special else f"the directory {literal}"
    message = f"the path filter {pattern} matches nothing: {what} does not exist"
    if _IN_WORKFLOWS.match(pattern):
        return message, f"correct it, such as to {flow.file.path}, or remove it", True
    close = _close(literal, scope)
    return message, f"did you mean {close}?" if close else "correct or remove the path", bool(close)


def _close(path: str, scope: Scope) -> str:
    """Return the path of a file of the run, or of a folder with one, that is the same but for one misspelt name."""
    parts = path.split("/")
    depth = next((n for n in range(len(parts)) if not scope.exists("/".join(parts[: n + 1]))), len(parts) - 1)
    above = "/".join(parts[:depth])
    known: dict[str, set[str]] = scope.memo.setdefault("path_filters.names", {})
    if above not in known:
        base = f"{above}/" if above else ""
        inside = (one.path.removeprefix(base).partition("/")[0] for one in scope.files if one.path.startswith(base))
        known[above] = set(inside)
    name = scope.memo.setdefault("path_filters.guesses", Guesses()).nearest(parts[depth], sorted(known[above]), 0.8)
    return "/".join([*parts[:depth], name, *parts[depth + 1 :]]) if name else ""


def _is_submodule(path: str, scope: Scope) -> bool:
    """Return whether a path is that of a submodule, whose commit changes like a file."""
    pairs = (one.partition("=") for one in (scope.read(".gitmodules") or "").splitlines())
    return any(key.strip() == "path" and value.strip() == path for key, _, value in pairs)


def _others_match(given: Sequence[Node], pattern: str, scope: Scope) -> bool:
    """Return whether another pattern of a filter may match: it has a file or folder, as far as it is literal."""
    memo: dict[int, set[str]] = scope.memo.setdefault("path_filters.live", {})
    if id(given[0]) not in memo:
        live = (text for one in given if (text := text_at(one)) and _may_match(text, scope))
        memo[id(given[0])] = set(islice(live, 2))
    return bool(memo[id(given[0])] - {pattern})


def _may_match(text: str, scope: Scope) -> bool:
    special = SPECIAL.search(text)
    literal = text[: special.start()].rpartition("/")[0] if special else text
    return not text.startswith("!") and dead_path(text) is None and (not literal or scope.exists(literal))


def _untriggered(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    """Find files of the workflow whose change does not trigger it, unless it only publishes what has been tested."""
    if _only_publishes(flow):
        return
    for event in _EVENTS:
        filters = flow.triggers.get(event)
        given = each_at(filters, "paths")
        # A push of one data file may have a separate workflow.
        is_plain = not any(SPECIAL.search(one.text) for one in given)
        if not given or (event == "push" and "pull_request" not in flow.triggers and is_plain):
            continue
        for missing, what in _missing(flow, given, scope):
            message = f"a change of {missing} ({what}) does not trigger this workflow: paths does not include it"
            yield at(key_of(filters, "paths"), message, f"add '{missing}' to paths", "warning")


def _only_publishes(flow: Workflow) -> bool:
    """Return whether a workflow publishes, by its name or its jobs' names: it shall not run for its own change."""
    stem = flow.file.path.rpartition("/")[2].rpartition(".")[0]
    if _PUBLISHES.search(stem) or _PUBLISHES.search(text_at(flow.node, "name")):
        return True
    return all(_PUBLISHES.search(job.name) or _PUBLISHES.search(text_at(job.node, "name")) for job in flow.jobs)


def _missing(flow: Workflow, given: Sequence[Node], scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield files that the workflow consists of and its path filter excludes, with a description."""
    base = f"{flow.root}/" if flow.root else ""
    own = flow.file.path.removeprefix(base)
    if not included(given, own):
        yield own, "the workflow itself"
        return
    used = {local(one.uses) for one in flow.steps} | {local(job.uses) for job in flow.jobs}
    for path in sorted(used - {"", "."}):
        if not scope.exists(base + path):
            continue  # in a checkout of another repository, or below another folder
        inside = path if path.endswith((".yml", ".yaml")) else f"{path}/action.yml"
        if not included(given, inside) and not included(given, inside.replace(".yml", ".yaml")):
            yield path if inside == path else f"{path}/**", "used by the workflow"


def _required(flow: Workflow, scope: Scope) -> Iterator[Finding]:
    filters = flow.triggers.get("pull_request")
    key = key_of(filters, "paths") or key_of(filters, "paths-ignore")
    if key is None:
        return
    wanted = _settings(scope, flow.root or "")
    for job in flow.jobs:
        title = text_at(job.node, "name")
        if title in wanted or (job.name in wanted and not title):
            why = f"the settings require the check {title or job.name}"
        elif _is_gate(job):
            why = f"the job {job.name} looks like one that branch protection requires"
        else:
            continue
        message = f"{why}, but if {key.text} skips the workflow, its checks stay pending forever"
        hint = "always trigger the workflow, detect changes in a job, and let the gate job need the others"
        yield at(key, message, hint)
        return


def _is_gate(job: Job) -> bool:
    """Return whether branch protection probably requires a job, by its name or because it only combines others."""
    title = text_at(job.node, "name") or job.name
    if _CALLED.match(title) or _CALLED.match(job.name):
        return True
    always = re.search(r"\balways\(\)|!\s*cancelled\(\)", text_at(job.node, "if"))
    if not always or not job.needs:
        return False
    return bool(_GATE.search(title) or _GATE.search(job.name) or _REQUIRED.search(job.source))


def _settings(scope: Scope, root: str) -> frozenset[str]:
    """Return the checks that the repository's settings require (https://github.com/repository-settings/app)."""
    memo = scope.memo.setdefault("path_filters.settings", {})
    if root not in memo:
        text = scope.read(f"{root}/.github/settings.yml".lstrip("/")) or ""
        memo[root] = _contexts(text) if "contexts" in text else frozenset()
    found: frozenset[str] = memo[root]
    return found


def _contexts(text: str) -> frozenset[str]:
    try:
        documents = expand(parse(text, "settings.yml"), "settings.yml")
    except Invalid:
        return frozenset()
    nodes = (node for document in documents for node in walk_nodes(document))
    return frozenset(
        item.text for node in nodes for key, value in node.pairs if key.text == "contexts" for item in value.items
    )
