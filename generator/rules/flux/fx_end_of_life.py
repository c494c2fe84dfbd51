"""FX019: use of Flux v1, and patterns that the configured backend does not support."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...errors import Invalid
from ...finding import Finding
from ...images.backends import DEFAULT, backend_names, backend_of
from ...images.policies import TagPolicy
from ...tree import SPEC_NAME
from ...yaml import parse, text_at
from ..readers.flux1_patterns_read import readable_patterns
from ..readers.flux1_workloads import workloads
from ..rule import File, Scope, at, of_reading, rule
from .flux_examples import GOOD

_OWN = "flux-v1"
_MIGRATE = "scaffold migrate flux-v1 flux-v2 . --dry-run shows how to migrate"


@rule(
    "FX019", "info", ("kubernetes",), "Flux v1, which is past its end of life",
    explanation="Flux v1 was archived in November 2022 and had no security fixes since. Reported once per run. "
    "If the config names another automation, and the unit of the file does not choose flux-v1, it is a warning, as is "
    "each pattern that the other automation does not support.",
    bad=GOOD, good="apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n",
    source="https://fluxcd.io/flux/migration/timetable/", across=True,
)  # fmt: skip
@of_reading(workloads)
def end_of_life(file: File, scope: Scope) -> Iterator[Finding]:
    """Report the use of Flux v1, and patterns that the configured automation does not support."""
    every = workloads(file, scope)
    found = [note for one in every for note in one.annotations if note.policy]
    if not found:
        return
    other = _other_automation(file, scope)
    for note, policy in (pair for one in every for pair in readable_patterns(one)):
        for message, hint in _inexpressible(policy, other):
            yield at(note.value, f"{note.key.text} {message}", hint, "warning")
    if _first_file(scope) == file.path:
        message = "Flux v1 is past its end of life (archived in November 2022, no security fixes since)"
        hint = f"{_MIGRATE}; reported once per run"
        if other:
            message = f"{message}, and the config's automation is {other}"
            way = _MIGRATE if other == DEFAULT else f"migrate to {other}"
            hint = f"{way}, or write automation: flux-v1 where Flux v1 still runs; reported once per run"
        yield at(found[0].key, message, hint, "warning" if other else None)


def _other_automation(file: File, scope: Scope) -> str:
    """Return the automation of the config, ``""`` if it moves no tags or is not for this file."""
    named = str(scope.config.data.get("automation"))
    is_other = named in backend_names() and named != _OWN and backend_of(named).moves_tags
    return "" if not is_other or _chooses_flux1(file, scope) else named


def _chooses_flux1(file: File, scope: Scope) -> bool:
    """Return whether the spec of the unit that a file is in, or the default of its template, names Flux v1."""
    folder = posixpath.dirname(file.path)
    while True:
        path = posixpath.join(folder, SPEC_NAME)
        text = scope.read(path) if scope.exists(path) else None
        if text is not None:
            try:
                spec = parse(text, path)
            except Invalid:
                return False
            chosen = [text_at(one, "automation") for one in spec]
            template = next((text_at(one, "template") for one in spec), "")
            default = scope.config.defaults(template).get("automation")
            return _OWN in chosen or (default == _OWN and not any(chosen))
        if not folder:
            return False
        folder = posixpath.dirname(folder)


def _inexpressible(policy: TagPolicy, automation: str) -> Iterator[tuple[str, str]]:
    for fault in backend_of(automation).faults(policy, "") if automation else ():
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
