"""API versions that Kubernetes removed."""

from __future__ import annotations

from collections.abc import Mapping


def _removed() -> Mapping[tuple[str, str], tuple[str, str]]:
    """Return (API version, type or ``*``) to (Kubernetes version that removed it, replacement).

    https://kubernetes.io/docs/reference/using-api/deprecation-guide/
    """
    table = {
        ("1.16", "apps/v1"): "apps/v1beta1:* apps/v1beta2:* extensions/v1beta1:DaemonSet extensions/v1beta1:Deployment "
        "extensions/v1beta1:ReplicaSet",
        ("1.16", "networking.k8s.io/v1"): "extensions/v1beta1:NetworkPolicy",
        ("1.22", "networking.k8s.io/v1"): "extensions/v1beta1:Ingress networking.k8s.io/v1beta1:Ingress "
        "networking.k8s.io/v1beta1:IngressClass",
        (
            "1.22",
            "admissionregistration.k8s.io/v1",
        ): "admissionregistration.k8s.io/v1beta1:MutatingWebhookConfiguration "
        "admissionregistration.k8s.io/v1beta1:ValidatingWebhookConfiguration",
        ("1.22", "apiextensions.k8s.io/v1"): "apiextensions.k8s.io/v1beta1:*",
        ("1.22", "apiregistration.k8s.io/v1"): "apiregistration.k8s.io/v1beta1:*",
        ("1.22", "authentication.k8s.io/v1"): "authentication.k8s.io/v1beta1:TokenReview",
        ("1.22", "authorization.k8s.io/v1"): "authorization.k8s.io/v1beta1:*",
        ("1.22", "certificates.k8s.io/v1"): "certificates.k8s.io/v1beta1:CertificateSigningRequest",
        ("1.22", "coordination.k8s.io/v1"): "coordination.k8s.io/v1beta1:Lease",
        ("1.22", "rbac.authorization.k8s.io/v1"): "rbac.authorization.k8s.io/v1beta1:* "
        "rbac.authorization.k8s.io/v1alpha1:*",
        ("1.22", "scheduling.k8s.io/v1"): "scheduling.k8s.io/v1beta1:PriorityClass",
        ("1.22", "storage.k8s.io/v1"): "storage.k8s.io/v1beta1:CSIDriver storage.k8s.io/v1beta1:CSINode "
        "storage.k8s.io/v1beta1:StorageClass storage.k8s.io/v1beta1:VolumeAttachment",
        ("1.21", "batch/v1"): "batch/v2alpha1:CronJob",
        ("1.25", "batch/v1"): "batch/v1beta1:CronJob",
        ("1.25", "discovery.k8s.io/v1"): "discovery.k8s.io/v1beta1:EndpointSlice",
        ("1.25", "events.k8s.io/v1"): "events.k8s.io/v1beta1:Event",
        ("1.25", "autoscaling/v2"): "autoscaling/v2beta1:HorizontalPodAutoscaler",
        ("1.26", "autoscaling/v2"): "autoscaling/v2beta2:HorizontalPodAutoscaler",
        ("1.25", "policy/v1"): "policy/v1beta1:PodDisruptionBudget",
        ("1.25", ""): "policy/v1beta1:PodSecurityPolicy extensions/v1beta1:PodSecurityPolicy",
        ("1.25", "node.k8s.io/v1"): "node.k8s.io/v1beta1:RuntimeClass",
        ("1.27", "storage.k8s.io/v1"): "storage.k8s.io/v1beta1:CSIStorageCapacity",
        ("1.26", "flowcontrol.apiserver.k8s.io/v1"): "flowcontrol.apiserver.k8s.io/v1beta1:*",
        ("1.29", "flowcontrol.apiserver.k8s.io/v1"): "flowcontrol.apiserver.k8s.io/v1beta2:*",
        ("1.32", "flowcontrol.apiserver.k8s.io/v1"): "flowcontrol.apiserver.k8s.io/v1beta3:*",
    }
    found = {}
    for gone, names in table.items():
        for name in names.split():
            api, _, sort = name.partition(":")
            found[api, sort] = gone
    return found


REMOVED = _removed()
