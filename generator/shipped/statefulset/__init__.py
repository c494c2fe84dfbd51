"""The template ``statefulset``: pods with names and volumes of their own, and a headless Service."""

from __future__ import annotations

from ..service.derived_behaviour import workload_behaviour

BEHAVIOUR = workload_behaviour("statefulset", "service", "disruption_budget")
