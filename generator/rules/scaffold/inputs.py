"""SCF001 and SCF002: refused specs, configs and locks, and unused globs, which ``validation`` reports."""

from __future__ import annotations

from ...finding import Finding
from ..rule import File, Scope, rule


@rule(
    "SCF001",
    "error",
    (),
    "a spec, config or lock of scaffold that is not valid",
    explanation="The commands refuse it: an unknown key, a value that is not valid, or a broken lock.",
    bad="template: service\nreplica: 2\n",
    good="template: service\nreplicas: 2\n",
    source="docs/user/specs.md",
)
def refused_input(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``validation.check_selection`` reports them."""
    return ()


@rule(
    "SCF002",
    "info",
    (),
    "a glob or path of a spec or the config that matches nothing",
    explanation=(
        "It may be misspelt, so that a file is generated or a unit rendered that should not be, or a severity does not "
        "apply; or it is left over. Checked are files, hold, the paths of rules, and ci.shared."
    ),
    bad="files: {deploy/servise.yaml: never}\n",
    good="files: {deploy/service.yaml: never}\n",
    source="docs/user/specs.md",
)
def unused_glob(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Yield no findings: ``validation.unused_globs`` reports them."""
    return ()
