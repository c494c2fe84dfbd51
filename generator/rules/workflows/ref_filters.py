"""WF003: filters of branches and tags that do something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from ...yaml import Node, each_at, get, key_of
from ..readers.workflow import WORKFLOW_SYNTAX, workflow
from ..rule import File, Finding, Scope, at, rule
from .flux_signs import SYNC_TAG, signs


@rule(
    "WF003",
    "error",
    ("workflow",),
    "a filter of branches or tags that does not do what it seems to",
    explanation=(
        "Where only tags or tags-ignore are given, no push of a branch starts the workflow; where only branches are "
        "given, no tag does. So tags-ignore: [flux-sync] alone stops every build of a branch, branches-ignore: "
        "[flux-sync] filters nothing, and path filters are not evaluated for tags. Where all patterns begin with !, "
        "which only excludes, nothing matches. Left to actionlint: filters that an event does not have, and branches "
        "beside branches-ignore."
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
        message = "with tags-ignore alone the workflow runs for no branch: only for the tags that are left"
        hint = "write branches: ['**'] or branches: [main], which leaves out all tags"
        yield at(key_of(push, "tags-ignore"), message, hint)
    yield from _names_of_tags(push, branches, signs(scope).labels)
    key = key_of(push, "paths") or key_of(push, "paths-ignore")
    if tags and not branches and key is not None:
        message = f"{key.text} is not evaluated for tags, and this workflow runs for tags only"
        yield at(key, message, "remove it, or add branches")
    for name in ("branches", "tags", "paths"):
        given = each_at(push, name)
        if given and all(one.text.startswith("!") for one in given) and not (name == "branches" and tags):
            message = f"all patterns of {name} begin with !, which only excludes: nothing matches"
            yield at(given[0], message, f"begin with a pattern such as '**', or write {name}-ignore")


def _names_of_tags(push: Node | None, branches: list[str], labels: frozenset[str]) -> Iterator[Finding]:
    for name in branches:
        for one in each_at(push, name):
            bare = one.text.removeprefix("!")
            if bare not in labels and not bare.startswith(("flux-sync", "flux-write-check")):
                continue
            if name == "branches-ignore":
                message = (
                    f"{bare} is a tag, which branches-ignore does not filter: it only stops the runs for all other tags"
                )
                hint = "write branches: [main], which leaves out every tag"
            elif one.text.startswith("!"):
                message = f"{bare} is a tag, not a branch: excluding it from the branches has no effect"
                hint = "remove it: branches alone leave out every tag"
            else:
                message = f"{bare} is a tag, not a branch: a push of it does not start this workflow"
                hint = f"write tags: [{bare}]"
            yield at(one, message, hint)
