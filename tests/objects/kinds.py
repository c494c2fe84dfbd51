"""The table of kinds: how often one is made, and by what."""

from __future__ import annotations

from . import cluster, network, scaling, workloads
from .make import Make

# Those that hold pods are made more often: they have most of what can go wrong.
KINDS: dict[str, tuple[int, Make]] = {
    "Deployment": (5, workloads.deployment),
    "StatefulSet": (3, workloads.stateful_set),
    "DaemonSet": (1, workloads.daemon_set),
    "Job": (1, workloads.job),
    "CronJob": (3, workloads.cron_job),
    "Service": (3, network.service),
    "Ingress": (3, network.ingress),
    "NetworkPolicy": (2, network.network_policy),
    "HorizontalPodAutoscaler": (3, scaling.autoscaler),
    "PodDisruptionBudget": (2, scaling.budget),
    "Role": (1, cluster.role),
    "ClusterRole": (2, cluster.cluster_role),
    "RoleBinding": (1, cluster.role_binding),
    "ConfigMap": (2, cluster.config_map),
    "PersistentVolume": (1, cluster.persistent_volume),
    "ValidatingWebhookConfiguration": (1, cluster.webhooks),
}
