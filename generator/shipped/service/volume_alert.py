"""The usual alert of volumes: they are those of any workload.

The names of metrics are those of the kubelet, which has them of volumes that a pod uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .alert_model import OF, WARNING, UsualAlert
from .pod_volumes import claim_templates, claims


def _has_claims(values: Mapping[str, Any]) -> bool:
    return bool(claims(values) or claim_templates(values))


def claimed_volumes(values: Mapping[str, Any]) -> str:
    """Return an expression for the names of the claims: those of a StatefulSet end with the number of their pod."""
    shared = [name for name, _ in claims(values)]
    of_pods = [f"{name}-{values['name']}-[0-9]+" for name, _ in claim_templates(values)]
    return "|".join([*shared, *of_pods])


VOLUME = UsualAlert(
    "volume",
    "VolumeNearlyFull",
    WARNING,
    "15m",
    _has_claims,
    expr="""\
100 - 100 * min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes{%(claims)s})
  / min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{%(claims)s}) > %(threshold)s
""",
    threshold=85,
    summary="A volume of %(name)s is nearly full.",
    description="The volume {{ $labels.persistentvolumeclaim }} " + OF + ' is {{ $value | printf "%%.0f" }}'
    " percent full.",
)
