"""Objects that have sets of exclusive fields, in the documents that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HERE = "@here@"


@dataclass(frozen=True)
class Context:
    """An object at HERE in a document: its exclusive ``members``, and the ``rest`` of its fields.

    ``head`` are fields that stand before the members; a ``keyed`` object is an item that a member of the set tells
    apart.
    """

    name: str
    document: Any
    members: Mapping[str, Any]
    rest: Mapping[str, Any] = field(default_factory=dict)
    head: tuple[str, ...] = ()
    keyed: bool = False

    @property
    def place(self) -> str:
        """Where the object is."""
        return _place(self.document, "")


def _place(value: Any, path: str) -> str:
    if value == HERE:
        return path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next((one for key, part in pairs if (one := _place(part, f"{path}.{key}" if path else str(key)))), "")


def _kube(version: str, name: str, spec: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": name, "metadata": {"name": "app"}, "spec": spec}


def _pod(spec: Any) -> dict[str, Any]:
    labels = {"app": "app"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return _kube("apps/v1", "Deployment", {"replicas": 2, "selector": {"matchLabels": labels}, "template": template})


def _container(more: Any) -> dict[str, Any]:
    return _pod({"containers": [{"name": "app", "image": "app:1", **more}], "terminationGracePeriodSeconds": 30})


def _receiver(name: str) -> dict[str, Any]:
    return {"route": {"receiver": "team"}, "receivers": [{"name": "team", f"{name}_configs": [HERE]}]}


HANDLERS = {
    "httpGet": {"path": "/healthz", "port": 8080},
    "tcpSocket": {"port": 8080},
    "exec": {"command": ["cat", "/run/healthy"]},
    "grpc": {"port": 2379},
}
LIFECYCLE = {name: HANDLERS[name] for name in ("httpGet", "exec", "tcpSocket")}
VOLUMES = {
    "emptyDir": {"sizeLimit": "1Gi"},
    "configMap": {"name": "conf", "defaultMode": 420},
    "secret": {"secretName": "conf"},
    "hostPath": {"path": "/data", "type": "Directory"},
    "persistentVolumeClaim": {"claimName": "data"},
    "csi": {"driver": "secrets.csi.k8s.io", "readOnly": True},
}
SOURCES = {
    "configMap": {"name": "conf"},
    "secret": {"name": "conf"},
    "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]},
    "serviceAccountToken": {"path": "token", "expirationSeconds": 3600},
}
ENV_FROM = {
    "configMapKeyRef": {"name": "conf", "key": "level"},
    "secretKeyRef": {"name": "conf", "key": "level"},
    "fieldRef": {"fieldPath": "metadata.name"},
    "resourceFieldRef": {"resource": "limits.cpu"},
}
TARGET = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}, "maxReplicas": 5}
HTTP_AUTH = {
    "authorization": {"credentials_file": "/etc/token"},
    "basic_auth": {"username": "prom", "password_file": "/etc/password"},
    "oauth2": {"client_id": "prom", "client_secret_file": "/etc/secret", "token_url": "https://id.example.com/token"},
}
PROBE = {"periodSeconds": 10, "failureThreshold": 3}


def _jobs(step: Any) -> dict[str, Any]:
    steps = [{"uses": "actions/checkout@v4"}, step]
    return {"name": "ci", "jobs": {"test": {"runs-on": "ubuntu-latest", "steps": steps}}}


def _on(event: str) -> dict[str, Any]:
    return {
        "name": "ci",
        "on": {event: HERE},
        "jobs": {"test": {"runs-on": "ubuntu-latest", "steps": [{"run": "make"}]}},
    }


def _pair(name: str, plain: Any, of_file: str, suffix: str = "_file") -> dict[str, Any]:
    return {name: plain, f"{name}{suffix}": of_file}


def strategy() -> dict[str, Any]:
    """Return a Deployment whose strategy is to be filled in."""
    labels = {"app": "app"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
    return _kube("apps/v1", "Deployment", {"strategy": HERE, "selector": {"matchLabels": labels}, "template": pod})


CONTEXTS: tuple[Context, ...] = (
    *(
        Context(one, _container({one: HERE}), HANDLERS, PROBE)
        for one in ("livenessProbe", "readinessProbe", "startupProbe")
    ),
    Context("preStop", _container({"lifecycle": {"preStop": HERE}}), LIFECYCLE),
    Context("postStart", _container({"lifecycle": {"postStart": HERE}}), LIFECYCLE),
    Context(
        "env",
        _container({"env": [HERE]}),
        {"value": "info", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "level"}}},
        {"name": "LEVEL"},
        ("name",),
    ),
    Context("valueFrom", _container({"env": [{"name": "LEVEL", "valueFrom": HERE}]}), ENV_FROM),
    Context(
        "envFrom",
        _container({"envFrom": [HERE]}),
        {"configMapRef": {"name": "conf"}, "secretRef": {"name": "conf"}},
        {"prefix": "APP_"},
        keyed=True,
    ),
    Context(
        "volume",
        _pod({"containers": [{"name": "app", "image": "app:1"}], "volumes": [HERE]}),
        VOLUMES,
        {"name": "data"},
        ("name",),
    ),
    Context(
        "projected source",
        _pod(
            {
                "containers": [{"name": "app", "image": "app:1"}],
                "volumes": [{"name": "all", "projected": {"sources": [HERE]}}],
            }
        ),
        SOURCES,
        keyed=True,
    ),
    Context(
        "PodDisruptionBudget",
        _kube("policy/v1", "PodDisruptionBudget", HERE),
        {"minAvailable": 1, "maxUnavailable": "25%"},
        {"selector": {"matchLabels": {"app": "app"}}, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
    ),
    Context(
        "Ingress backend",
        _kube(
            "networking.k8s.io/v1",
            "Ingress",
            {"rules": [{"host": "a.io", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": HERE}]}}]},
        ),
        {
            "service": {"name": "web", "port": {"number": 80}},
            "resource": {"apiGroup": "k8s.io", "kind": "Bucket", "name": "web"},
        },
    ),
    Context(
        "Ingress port",
        _kube("networking.k8s.io/v1", "Ingress", {"defaultBackend": {"service": {"name": "web", "port": HERE}}}),
        {"number": 80, "name": "http"},
    ),
    Context(
        "metric target",
        _kube(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {**TARGET, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": HERE}}]},
        ),
        {"averageUtilization": 80, "averageValue": "500m", "value": "2"},
    ),
    Context(
        "NetworkPolicy peer",
        _kube("networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}, "ingress": [{"from": [HERE]}]}),
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}, "podSelector": {"matchLabels": {"app": "web"}}},
        keyed=True,
    ),
    Context(
        "PersistentVolume",
        _kube("v1", "PersistentVolume", HERE),
        {
            "nfs": {"server": "nfs.example.com", "path": "/data"},
            "hostPath": {"path": "/data"},
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
        },
        {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "fast"},
    ),
    Context(
        "slack URL",
        _receiver("slack"),
        _pair("api_url", "https://hooks.slack.com/a", "/etc/slack"),
        {"channel": "#alerts", "send_resolved": True},
        ("channel",),
    ),
    Context(
        "pagerduty key",
        _receiver("pagerduty"),
        {"routing_key": "abc", "routing_key_file": "/etc/pd", "service_key": "def", "service_key_file": "/etc/service"},
        {"severity": "critical", "send_resolved": True},
        keyed=True,
    ),
    Context(
        "opsgenie key", _receiver("opsgenie"), _pair("api_key", "abc", "/etc/opsgenie"), {"priority": "P1"}, keyed=True
    ),
    Context(
        "webhook URL",
        _receiver("webhook"),
        _pair("url", "https://hook.example.com/", "/etc/url"),
        {"max_alerts": 10},
        keyed=True,
    ),
    Context(
        "email password",
        _receiver("email"),
        _pair("auth_password", "abc", "/etc/smtp"),
        {"to": "a@example.com", "auth_username": "a"},
        ("to",),
    ),
    Context(
        "global slack URL",
        {"global": HERE, "route": {"receiver": "team"}, "receivers": [{"name": "team"}]},
        _pair("slack_api_url", "https://hooks.slack.com/a", "/etc/slack"),
        {"resolve_timeout": "5m"},
    ),
    Context(
        "http_config",
        {"global": {"http_config": HERE}, "route": {"receiver": "team"}, "receivers": [{"name": "team"}]},
        HTTP_AUTH,
        {"follow_redirects": True},
    ),
    Context(
        "basic_auth",
        {
            "global": {"http_config": {"basic_auth": HERE}},
            "route": {"receiver": "team"},
            "receivers": [{"name": "team"}],
        },
        _pair("password", "abc", "/etc/password"),
        {"username": "prom"},
        ("username",),
    ),
    Context(
        "route matchers",
        {"route": {"receiver": "team", "routes": [HERE]}, "receivers": [{"name": "team"}]},
        {"match": {"severity": "critical"}, "matchers": ['severity="critical"']},
        {"receiver": "team", "group_wait": "10s"},
        ("receiver",),
        keyed=True,
    ),
    Context(
        "step",
        _jobs(HERE),
        {"run": "make test", "uses": "org/test@v1"},
        {"name": "test", "timeout-minutes": 5},
        ("name",),
    ),
    *(
        Context(f"{event} {name}", _on(event), {name: ["a", "b"], f"{name}-ignore": ["c"]}, rest)
        for event, name, rest in (
            ("push", "branches", {"paths": ["src/**"]}),
            ("push", "tags", {"branches": ["main"]}),
            ("pull_request", "paths", {"types": ["opened"]}),
        )
    ),
)
