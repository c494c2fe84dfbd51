"""The Jinja filters of the template ``service``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...unit_namespace import makes_namespace, namespace
from ...yaml.commented import nested_block
from .account_roles import bound_roles, cluster_role_name
from .alert_objects import alert_objects
from .canaries import canary_objects
from .container_probes import probes_note
from .containers import automation, pod_volumes, service_containers
from .dashboard_object import dashboard_objects
from .derived import (
    account_name,
    container_name,
    extra_labels,
    file_place,
    has_token,
    is_replicated,
    pod_labels,
    pods_label,
    port_reference,
    replicas,
    selector,
    served_selector,
    service_name,
    workload_labels,
)
from .environments import overlay
from .exposure import backend_port, ingress_port, ingress_tls, policy_rules
from .kind_cluster_needs import absent_groups, needed_secrets, proxied_port
from .object_files import has_object, manifests
from .object_fragments import fragment
from .pod_environment import config_digest, config_name
from .pod_volumes import claim_templates, claims, retention_note
from .scaling import autoscaler, spread_constraints
from .secret_objects import secret_objects
from .served_ports import exposed_ports, probed_port, service_sort
from .watched_metrics import monitor_objects
from .workload_class import workload_class

FILTERS: Mapping[str, Callable[..., Any]] = {
    "absent_groups": absent_groups,
    "account_name": account_name,
    "alerts": alert_objects,
    "automation": automation,
    "autoscaler": autoscaler,
    "backend_port": backend_port,
    "bound_roles": bound_roles,
    "canary": canary_objects,
    "claim_templates": claim_templates,
    "claims": claims,
    "cluster_role_name": cluster_role_name,
    "config_digest": config_digest,
    "config_name": config_name,
    "container_name": container_name,
    "containers": service_containers,
    "dashboard": dashboard_objects,
    "exposed_ports": exposed_ports,
    "extra_labels": extra_labels,
    "file_place": file_place,
    "fragment": fragment,
    "has_object": has_object,
    "has_token": has_token,
    "ingress_port": ingress_port,
    "ingress_tls": ingress_tls,
    "is_replicated": is_replicated,
    "makes_namespace": makes_namespace,
    "manifests": manifests,
    "monitor": monitor_objects,
    "namespace": namespace,
    "needed_secrets": needed_secrets,
    "nested": nested_block,
    "overlay": overlay,
    "pod_labels": pod_labels,
    "pods_label": pods_label,
    "policy_rules": policy_rules,
    "port_reference": port_reference,
    "probed_port": probed_port,
    "probes_note": probes_note,
    "proxied_port": proxied_port,
    "replicas": replicas,
    "retention_note": retention_note,
    "secret_objects": secret_objects,
    "selector": selector,
    "served_selector": served_selector,
    "service_name": service_name,
    "service_sort": service_sort,
    "spread": spread_constraints,
    "volumes": pod_volumes,
    "workload": workload_class,
    "workload_labels": workload_labels,
}
