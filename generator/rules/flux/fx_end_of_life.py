"""FX019: use of Flux v1, and patterns that the configured backend does not support."""

from __future__ import annotations

from collections.abc import Iterator

from ...finding import Finding
from ...images.backends import backend_names, backend_of
from ...images.policies import TagPolicy
from ..readers.flux1_patterns_read import readable_patterns
from ..readers.flux1_workloads import workloads
from ..rule import File, Scope, at, rule
from .flux_examples import GOOD


@rule(
    "FX019", "info", ("kubernetes",), "Flux v1, which is past its end of life",
    explanation="Flux v1 was archived in November 2022 and had no security fixes since. Reported once per run. "
    "If the config names another automation, a pattern that it does not support is a warning.",
    bad=GOOD, good="apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n",
    source="https://fluxcd.io/flux/migration/timetable/", across=True,
)  # fmt: skip
def end_of_life(file: File, scope: Scope) -> Iterator[Finding]:
    """Report the use of Flux v1, and patterns that the configured automation does not support."""
    every = workloads(file, scope)
    found = [note for one in every for note in one.annotations if note.policy]
    if not found:
        return
    for note, policy in (pair for one in every for pair in readable_patterns(one)):
        for message, hint in _inexpressible(policy, str(scope.config.data.get("automation"))):
            yield at(note.value, f"{note.key.text} {message}", hint, "warning")
    if _first_file(scope) == file.path:
        message = "Flux v1 is past its end of life (archived in November 2022, no security fixes since)"
        yield at(found[0].key, message, "plan the migration to Flux v2; this is reported once per run")


def _inexpressible(policy: TagPolicy, automation: str) -> Iterator[tuple[str, str]]:
    if automation in backend_names():
        for fault in backend_of(automation).faults(policy, ""):
            if fault.code == "inexpressible":
                yield fault.message, fault.hint


def _first_file(scope: Scope) -> str:
    if "patterns.first" not in scope.memo:
        paths = (
            x.path for x in scope.files if any(note.policy for one in workloads(x, scope) for note in one.annotations)
        )
        scope.memo["patterns.first"] = min(paths, default="")
    first: str = scope.memo["patterns.first"]
    return first
