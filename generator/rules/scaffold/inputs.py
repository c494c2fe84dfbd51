"""SCF001: specs, configs and locks that the commands refuse, which ``validation`` reports."""

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
