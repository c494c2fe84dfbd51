"""A service: a Deployment with what belongs to it, and an end-to-end test."""

from __future__ import annotations

from ...behaviour import Behaviour
from .containers import containers
from .derived import extra_labels, makes_namespace, namespace, replicas
from .service_checks import service_faults

BEHAVIOUR = Behaviour(
    filters={
        "containers": containers,
        "extra_labels": extra_labels,
        "makes_namespace": makes_namespace,
        "namespace": namespace,
        "replicas": replicas,
    },
    faults=service_faults,
)
