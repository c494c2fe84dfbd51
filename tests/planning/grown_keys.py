"""The keys of specs that services have since version 6, and those that only the other workloads have.

Each has a value, another one that the spec gets later, and what the unit has without it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GrownKey:
    """A key of a template's schema, as lines of a spec: before, after its change, without it, and what it needs."""

    name: str
    before: str
    after: str
    without: str = ""
    beside: str = ""
    template: str = "service"


def _of_cronjob(name: str, before: str, after: str) -> GrownKey:
    return GrownKey(name, f"{name}: {before}", f"{name}: {after}", template="cronjob")


def _of_service(name: str, before: str, after: str, beside: str = "") -> GrownKey:
    return GrownKey(name, f"{name}: {before}", f"{name}: {after}", beside=beside)


_ALERTS = """{labels: {team: shop}, runbooks: "https://runbooks.example.org/",
  rules: [{alert: QueueTooLong, expr: sum(queue_length) > %s, for: 15m, annotations: {summary: Long}},
  {alert: QueueGone, expr: absent(queue_length), annotations: {summary: Gone}}]}"""
_OUTSIDE = "{secretStoreRef: {name: vault}, data: [{secretKey: password, remoteRef: {key: %s}}, {secretKey: user, remoteRef: {key: u}}]}"
_CLAIM = "{mountPath: /data, claim: {accessModes: [ReadWriteMany], resources: {requests: {storage: %s}}}}"

_CLAIMS = "volumes: {data: {mountPath: /data, claim: {resources: {requests: {storage: 1Gi}}}}}"

SERVICE_KEYS = [
    _of_service(
        "ports",
        "[{name: http, port: 8080, service_port: 80}, {name: grpc, port: 9090}]",
        "[{name: http, port: 8081, service_port: 80}, {name: grpc, port: 9090}, {name: metrics, port: 9100}]",
    ),
    _of_service(
        "container",
        "{command: [serve], args: [--verbose, --port=8080], lifecycle: {preStop: {sleep: {seconds: 5}}}}",
        "{command: [serve], args: [--verbose, --port=8080, --all], lifecycle: {preStop: {sleep: {seconds: 15}}}}",
    ),
    _of_service(
        "pod",
        "{metadata: {annotations: {a: b}}, spec: {tolerations: [{key: spot, operator: Exists}], priorityClassName: low}}",
        "{metadata: {annotations: {a: c}}, spec: {tolerations: [{key: spot, operator: Exists}], priorityClassName: high}}",
    ),
    _of_service(
        "deployment",
        "{spec: {minReadySeconds: 5, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}}",
        "{spec: {minReadySeconds: 9, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}}}",
    ),
    _of_service(
        "service",
        "{metadata: {annotations: {x: 'y', z: 'true'}}, spec: {sessionAffinity: None}}",
        "{metadata: {annotations: {x: 'n', z: 'true'}}, spec: {sessionAffinity: ClientIP}}",
    ),
    _of_service("metadata", "{annotations: {owner: a, pager: b}}", "{annotations: {owner: c, pager: b, cost: d}}"),
    _of_service(
        "env",
        "{LOG: info, DB: {secretKeyRef: {name: db, key: password}}, NODE: {fieldRef: {fieldPath: spec.nodeName}}}",
        "{LOG: debug, DB: {secretKeyRef: {name: db, key: pass}}, IP: {fieldRef: {fieldPath: status.podIP}}}",
    ),
    _of_service(
        "env_from",
        "[{secretRef: {name: other}}, {configMapRef: {name: more, optional: true}}]",
        "[{secretRef: {name: another}}, {configMapRef: {name: more, optional: true}}]",
    ),
    _of_service(
        "config",
        '{data: {app.yaml: "a: 1\\nb: 2\\n", LEVEL: "1", NAME: shop}, mount: /etc/shop}',
        '{data: {app.yaml: "a: 1\\nb: 3\\n", LEVEL: "2", NAME: shop}, mount: /etc/shop}',
    ),
    _of_service(
        "secrets",
        f"{{db: {{external: {_OUTSIDE % 'shop'}, env: true}}, tls: {{mount: /etc/tls}}}}",
        f"{{db: {{external: {_OUTSIDE % 'shops'}, env: true}}, tls: {{mount: /etc/certs}}}}",
    ),
    _of_service(
        "volumes",
        f"{{cache: {{mountPath: /cache, emptyDir: {{sizeLimit: 1Gi}}}}, data: {_CLAIM % '1Gi'}}}",
        f"{{cache: {{mountPath: /cache, emptyDir: {{sizeLimit: 2Gi}}}}, data: {_CLAIM % '2Gi'}}}",
    ),
    _of_service(
        "probes",
        "{startup: false, liveness: {exec: {command: [check, alive]}, periodSeconds: 30, timeoutSeconds: 3}}",
        "{startup: false, liveness: {exec: {command: [check, alive]}, periodSeconds: 60, timeoutSeconds: 3}}",
    ),
    _of_service(
        "service_account",
        "{annotations: {role: a}, rules: [{apiGroups: [''], resources: [pods, services], verbs: [get]}], cluster_roles: [view]}",
        "{annotations: {role: b}, rules: [{apiGroups: [''], resources: [pods, services], verbs: [get, list]}], cluster_roles: [view]}",
    ),
    GrownKey("service_type", "service_type: LoadBalancer", "service_type: NodePort"),
    GrownKey("spread", "spread: true\nreplicas: 3", "spread: false\nreplicas: 3", "spread: false\nreplicas: 3"),
    GrownKey("pod_security", "pod_security: restricted", "pod_security: baseline", "pod_security: privileged"),
    GrownKey("part_of", "part_of: shops", "part_of: stores", "part_of: ''"),
    GrownKey(
        "version_label",
        "version_label: true",
        "version_label: true\ntag: v1.3.0",
        "version_label: false",
        "automation: none",
    ),
    _of_service("autoscaling", "{min: 2, max: 5, cpu: 70, memory: 80}", "{min: 3, max: 9, cpu: 70, memory: 80}"),
    _of_service("vertical_autoscaling", '"Off"', "Initial"),
    _of_service("disruption_budget", "{maxUnavailable: 25%}", "{maxUnavailable: 1}", "replicas: 4"),
    _of_service(
        "ingress",
        "{hosts: [shop.example.com, www.example.com], class: nginx, tls: true, annotations: {a: b}}",
        "{hosts: [shop.example.com, www.example.com, old.example.com], class: traefik, tls: true, annotations: {a: c}}",
    ),
    _of_service(
        "http_route",
        "{parents: [{name: public, namespace: gw}], hosts: [shop.example.com, www.example.com]}",
        "{parents: [{name: public, namespace: edge}], hosts: [shop.example.com, www.example.com, old.example.com]}",
    ),
    _of_service(
        "network_policy",
        "{from: [{namespaceSelector: {matchLabels: {a: b}}}], egress: [{to: [{podSelector: {}}]}]}",
        "{from: [{namespaceSelector: {matchLabels: {a: c}}}], egress: [{to: [{podSelector: {}}]}]}",
    ),
    _of_service("prometheus", "{labels: {release: one, x: 'y'}}", "{labels: {release: two, x: 'y'}}", "metrics: {}"),
    _of_service("metrics", "{interval: 30s, path: /metrics}", "{interval: 60s, path: /prom}"),
    _of_service("alerts", _ALERTS % "1000", _ALERTS % "2000", "metrics: {}"),
    _of_service("dashboard", "{folder: Shops}", "{folder: Stores}", "metrics: {}"),
    GrownKey(
        "alerts of an environment",
        "environments: {prod: {replicas: 2}, dev: {tag: main-1, alerts: {severity: warning}}}",
        "environments: {prod: {replicas: 3}, dev: {tag: main-1, alerts: {severity: info}}}",
        beside="automation: none\nmetrics: {}\nalerts: {}",
    ),
]

OTHER_KEYS = [
    GrownKey(
        "container of a worker",
        "container: {command: [work, --queue=mail], tty: true}",
        "container: {command: [work, --queue=post], tty: true}",
        template="worker",
    ),
    _of_cronjob("schedule", '"*/15 6-20 * * mon-fri"', '"0 6 * * *"'),
    _of_cronjob("time_zone", "Europe/Berlin", "Europe/Paris"),
    _of_cronjob("concurrency", "Replace", "Allow"),
    _of_cronjob("suspend", "true", "false"),
    _of_cronjob("starting_deadline", "300", "600"),
    _of_cronjob("active_deadline", "600", "900"),
    _of_cronjob("backoff_limit", "0", "4"),
    _of_cronjob("restart_policy", "OnFailure", "Never"),
    _of_cronjob("history", "{successful: 4, failed: 5}", "{successful: 6, failed: 7}"),
    _of_cronjob("cronjob", "{metadata: {annotations: {a: b, c: d}}}", "{metadata: {annotations: {a: x, c: d}}}"),
    _of_cronjob("job", "{spec: {parallelism: 2, completions: 2}}", "{spec: {parallelism: 3, completions: 3}}"),
    *(
        GrownKey(name, f"{name}: {before}", f"{name}: {after}", "", _CLAIMS if name != "volumes" else "", "statefulset")
        for name, before, after in (
            ("pod_management", "Parallel", "OrderedReady"),
            ("update_strategy", "OnDelete", "RollingUpdate"),
            (
                "claim_retention",
                "{when_deleted: Delete, when_scaled: Delete}",
                "{when_deleted: Retain, when_scaled: Delete}",
            ),
            ("statefulset", "{spec: {minReadySeconds: 10}}", "{spec: {minReadySeconds: 20}}"),
            (
                "volumes",
                "{data: {mountPath: /data, claim: {storageClassName: fast, resources: {requests: {storage: 1Gi}}}}}",
                "{data: {mountPath: /data, claim: {storageClassName: fast, resources: {requests: {storage: 2Gi}}}}}",
            ),
        )
    ),
]

# The keys of version 5, without container, probes and env, which take more than they did.
FORMER_KEYS = frozenset(
    {
        "template", "name", "image", "tag", "tags", "examples", "automation", "flux", "argocd", "keel", "registry", "port", "port_name", "protocol", "port_reference", "service_name", "service_port", "service_port_name", "replicas", "namespace", "selector", "labels", "health_path", "resources", "user", "sidecars", "canary", "e2e", "build", "workflow", "ci", "environments", "paths", "files",
    }
)  # fmt: skip
