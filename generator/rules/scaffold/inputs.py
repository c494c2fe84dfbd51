"""SCF001: files of scaffold itself that its commands refuse, which ``validation`` finds."""

from __future__ import annotations

from ..rule import File, Finding, Scope, rule


@rule(
    "SCF001",
    "error",
    (),
    "a spec, config or lock of scaffold that cannot be used",
    explanation="The commands refuse it: an unknown key, a value that does not fit, or a lock that is broken.",
    bad="template: service\nreplica: 2\n",
    good="template: service\nreplicas: 2\n",
    source="docs/user/specs.md",
)
def refused_input(_file: File, _scope: Scope) -> tuple[Finding, ...]:
    """Find nothing: ``validation.validate`` does."""
    return ()
