"""The template ``worker``: what runs behind a queue, a Deployment like that of ``service`` without a Service."""

from __future__ import annotations

from ..service.derived_behaviour import workload_behaviour

BEHAVIOUR = workload_behaviour("deployment", "disruption_budget")
