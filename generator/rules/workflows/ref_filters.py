"""WF003: filters of branches and tags that do not do what they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...nearest import name_list
from ...yaml import Node, each_at, get, key_of, pairs_at
from ..readers.workflow import WORKFLOW_SYNTAX, Workflow, workflow
from ..rule import File, Scope, at, rule
from .dead_patterns import dead_ref
from .flux_signs import SYNC_TAG, signs

_EVENTS = ("push", "pull_request", "pull_request_target", "workflow_run")
_FILTERED = {
    "branches": (*_EVENTS, "merge_group"),
    "tags": ("push",),
    "paths": ("push", "pull_request", "pull_request_target"),
}


@rule(
    "WF003",
    "error",
    ("workflow",),
    "a filter of branches or tags that does not do what it seems to",
    explanation=(
        "With only tags or tags-ignore, no push to a branch triggers the workflow; with only branches, no tag does. So "
        "tags-ignore: [flux-sync] alone stops every build of a branch, branches-ignore: [flux-sync] filters nothing, "
        "and path filters are not evaluated for tags. If all patterns start with !, which only excludes, nothing "
        "matches; neither does a pattern with a blank at its end, with refs/heads/, or with what git takes in no name. "
        "A filter that its event does not have, such as tags of create, is a warning. Left to actionlint: branches "
        "with branches-ignore."
    ),
    bad=(
        f"on:\n  push:\n    tags-ignore: [{SYNC_TAG}]\n"
        f"jobs: {{test: {{runs-on: ubuntu-latest, steps: [{{run: make}}]}}}}\n"
    ),
    good="on:\n  push:\n    branches: [main]\njobs: {test: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
    source=f"{WORKFLOW_SYNTAX}#onpushbranchestagsbranches-ignoretags-ignore",
)
def _misleading_filters(file: File, scope: Scope) -> Iterator[Finding]:
    flow = workflow(file, scope)
    push = flow.triggers.get("push")
    branches = [one for one in ("branches", "branches-ignore") if get(push, one)]
    tags = [one for one in ("tags", "tags-ignore") if get(push, one)]
    if tags == ["tags-ignore"] and not branches:
        message = "with tags-ignore alone the workflow runs for no branch, only for the remaining tags"
        hint = "write branches: ['**'] or branches: [main], which excludes all tags"
        yield at(key_of(push, "tags-ignore"), message, hint)
    yield from _names_of_tags(push, branches, signs(scope).labels)
    key = key_of(push, "paths") or key_of(push, "paths-ignore")
    if tags and not branches and key is not None:
        message = f"{key.text} is not evaluated for tags, but this workflow runs only for tags"
        yield at(key, message, "remove it, or add branches")
    for event in _EVENTS:
        yield from _nothing_left(flow.triggers.get(event), is_also_for_tags=event == "push" and bool(tags))
    yield from _dead(flow)
    yield from _unavailable(flow)


def _unavailable(flow: Workflow) -> Iterator[Finding]:
    """Find filters that an event does not have, which GitHub ignores or refuses."""
    for event, filters in flow.triggers.items():
        for key, _ in pairs_at(filters):
            name = key.text.removesuffix("-ignore")
            if name in _FILTERED and event not in _FILTERED[name]:
                message = f"{event} has no filter {key.text}: it does not limit what triggers this workflow"
                yield at(key, message, f"remove it; these events have it: {name_list(_FILTERED[name])}", "warning")


def _nothing_left(filters: Node | None, *, is_also_for_tags: bool) -> Iterator[Finding]:
    """Find filters that take back everything that they take, or take nothing."""
    for name in ("branches", "tags", "paths"):
        given = each_at(filters, name)
        texts = [one.text for one in given]
        last = {one: number for number, one in enumerate(texts)}
        if not given or (name == "branches" and is_also_for_tags):
            continue
        if all(one.startswith("!") for one in texts):
            message = f"all patterns of {name} start with !, which only excludes: nothing matches"
            yield at(given[0], message, f"start with a pattern such as '**', or write {name}-ignore")
        elif all(one.startswith("!") or max(last.get("!**", 0), last.get(f"!{one}", 0)) > n for one, n in last.items()):
            message = f"later patterns of {name} take back all that the others match: nothing matches"
            yield at(given[0], message, "remove the patterns that start with !, or write them first")


def _dead(flow: Workflow) -> Iterator[Finding]:
    """Find patterns that match no name of a branch or tag, each once for all events."""
    seen: set[str] = set()
    for filters in flow.triggers.values():
        for name in ("branches", "branches-ignore", "tags", "tags-ignore"):
            for one in each_at(filters, name):
                fault = dead_ref(one.text, name.removesuffix("-ignore")) if one.text else None
                if fault and one.text not in seen:
                    seen.add(one.text)
                    yield at(one, f"the filter {one.text!r} matches nothing: {fault[0]}", fault[1])


def _names_of_tags(push: Node | None, branches: list[str], labels: frozenset[str]) -> Iterator[Finding]:
    for name in branches:
        for one in each_at(push, name):
            bare = one.text.removeprefix("!")
            if bare not in labels and not bare.startswith(("flux-sync", "flux-write-check")):
                continue
            if name == "branches-ignore":
                message = (
                    f"{bare} is a tag, which branches-ignore does not filter: it only prevents runs for all other tags"
                )
                hint = "write branches: [main], which excludes all tags"
            elif one.text.startswith("!"):
                message = f"{bare} is a tag, not a branch: excluding it from the branches has no effect"
                hint = "remove it: branches alone exclude all tags"
            else:
                message = f"{bare} is a tag, not a branch: pushing it does not trigger this workflow"
                hint = f"write tags: [{bare}]"
            yield at(one, message, hint)
