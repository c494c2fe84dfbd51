"""The usual alerts that only a StatefulSet has: its controller tells of no deadline, and no pod takes another's place.

Sources: pkg/controller/statefulset of Kubernetes 1.36, for when the revisions of the status become equal, and the
alerts of https://github.com/kubernetes-monitoring/kubernetes-mixin. The names of metrics are those of
kube-state-metrics 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .alert_model import OF, WARNING, UsualAlert

_ROLLING = "RollingUpdate"
_UNSEEN = """\
max by (namespace, statefulset) (kube_statefulset_status_observed_generation{%(workload)s})
  != max by (namespace, statefulset) (kube_statefulset_metadata_generation{%(workload)s})
"""


def held_back(values: Mapping[str, Any]) -> str:
    """Return the end of an expression that subtracts the pods that a partition keeps at the old version, if any."""
    own: Any = values.get("statefulset")
    for key in ("spec", "updateStrategy", "rollingUpdate", "partition"):
        own = own.get(key) if isinstance(own, Mapping) else None
    return f" - {own}" if isinstance(own, int) and own > 0 else ""


STATEFUL_ALERTS: tuple[UsualAlert, ...] = (
    UsualAlert(
        "missing", "PodMissing", WARNING, "15m", lambda _: True,
        expr="""\
(max by (namespace, statefulset) (kube_statefulset_status_replicas_ready{%(workload)s}) > 0)
  < max by (namespace, statefulset) (kube_statefulset_replicas{%(workload)s})
and on (namespace, statefulset)
max by (namespace, statefulset) (changes(kube_statefulset_status_replicas_updated{%(workload)s}[10m])) == 0
""",
        summary="Pods of %(name)s are not ready.",
        description="Only {{ $value }} pods " + OF + " have been ready for %(for)s, and no other takes the place of one"
        " that is not: kubectl --namespace %(namespace)s get pods --selector %(selector)s",
        note="Not while a new version is rolled out, and not if no pod is ready.",
    ),
    UsualAlert(
        "rollout", "RolloutStuck", WARNING, "10m", lambda values: values["update_strategy"] == _ROLLING,
        expr="""\
max by (namespace, statefulset) (
  kube_statefulset_status_current_revision{%(workload)s}
  unless on (namespace, statefulset, revision) kube_statefulset_status_update_revision{%(workload)s}
)
and on (namespace, statefulset) (
  max by (namespace, statefulset) (kube_statefulset_status_replicas_updated{%(workload)s})
    < max by (namespace, statefulset) (kube_statefulset_replicas{%(workload)s})%(held_back)s
  or
  max by (namespace, statefulset) (kube_statefulset_status_replicas_ready{%(workload)s})
    < max by (namespace, statefulset) (kube_statefulset_replicas{%(workload)s})
)
and on (namespace, statefulset)
max by (namespace, statefulset) (changes(kube_statefulset_status_replicas_updated{%(workload)s}[10m])) == 0
or
""" + _UNSEEN,
        summary="The new version of %(name)s does not become ready.",
        description="The rollout " + OF + " makes no progress, or was not begun: kubectl --namespace %(namespace)s"
        " rollout status statefulset/%(served)s",
        note="No pod was replaced in 10 minutes though some are due, or no controller has looked at the last change.",
    ),
    UsualAlert(
        "rollout", "RolloutStuck", WARNING, "10m", lambda values: values["update_strategy"] != _ROLLING,
        expr=_UNSEEN,
        summary="A change of %(name)s is not looked at.",
        description="No controller has looked at the last change " + OF + ": kubectl --namespace %(namespace)s describe"
        " statefulset %(served)s",
        note="With OnDelete, pods that have not been replaced are no alert: somebody is to delete them.",
    ),
)  # fmt: skip
