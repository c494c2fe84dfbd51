"""Items of real lists that no merge key is known for, made so that they share most of their fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

Item = dict[str, Any]
LIST = "@items@"

VERSIONS = ["1.0.0", "1.1.0", "1.2.3", "2.0.1"]
WORDS = [
    "redis",
    "mysql",
    "common",
    "postgresql",
    "kafka",
    "nginx",
    "grafana",
    "loki",
    "tempo",
    "mimir",
    "vault",
    "consul",
    "etcd",
    "minio",
    "harbor",
    "keycloak",
    "rabbitmq",
    "memcached",
    "airflow",
    "spark",
]


@dataclass(frozen=True)
class Shape:
    """A list in a document: ``make`` gives an item for a word, ``ids`` are the paths that hold what tells it apart.

    ``extras`` are fields that a side may add to an item.
    """

    name: str
    document: Any
    make: Callable[[Random, str], Item]
    ids: tuple[str, ...]
    extras: Mapping[str, Callable[[Random, str], Any]] = field(default_factory=dict)


def chart(r: Random, w: str) -> Item:
    return {
        "name": w,
        "version": r.choice(VERSIONS[:2]),
        "repository": r.choice(["https://charts.bitnami.com/bitnami"] * 3 + ["oci://ghcr.io/charts"]),
    }


def parameter(r: Random, w: str) -> Item:
    return {
        "name": w,
        "in": r.choice(["query", "query", "path"]),
        "required": r.random() < 0.7,
        "schema": {"type": r.choice(["string", "integer"])},
    }


def server(r: Random, w: str) -> Item:
    return {"url": f"https://{w}.example.com/v1", "description": r.choice(["Production", "Staging"])}


def scrape(r: Random, w: str) -> Item:
    return {
        "job_name": w,
        "scrape_interval": r.choice(["15s", "30s"]),
        "metrics_path": "/metrics",
        "static_configs": [{"targets": [f"{w}:9090"]}],
    }


def rule(r: Random, w: str) -> Item:
    return {
        "apiGroups": [f"{w}.io"],
        "resources": [r.choice(["pods", "deployments", f"{w}s"])],
        "verbs": ["get", "list", "watch"],
    }


def webhook(r: Random, w: str) -> Item:
    return {
        "name": w,
        "type": r.choice(["pre-rollout", "rollout"]),
        "url": "http://flagger-loadtester.test/",
        "timeout": r.choice(["30s", "5s"]),
        "metadata": {"type": "bash", "cmd": f"curl -s http://{r.choice(['app', w])}/"},
    }


def variable(r: Random, w: str) -> Item:
    return {
        "key": w,
        "value": r.choice(["true", "eu-west-1", "small"]),
        "category": "terraform",
        "hcl": False,
        "sensitive": r.random() < 0.3,
    }


def kube_object(r: Random, w: str) -> Item:
    return {
        "apiVersion": "v1",
        "kind": r.choice(["ConfigMap", "ConfigMap", "Secret"]),
        "metadata": {"name": w, "namespace": "default"},
        "data": {"level": r.choice(["info", "debug"])},
    }


def source(r: Random, w: str) -> Item:
    return {
        "repoURL": "https://github.com/org/deploy.git",
        "path": f"apps/{w}",
        "targetRevision": r.choice(["HEAD", "main"]),
        "helm": {"valueFiles": ["values.yaml"]},
    }


def ignored(r: Random, w: str) -> Item:
    return {
        "group": r.choice(["apps", "apps", "batch"]),
        "kind": "Deployment",
        "name": w,
        "jsonPointers": ["/spec/replicas"],
    }


def http(r: Random, w: str) -> Item:
    return {
        "name": w,
        "match": [{"uri": {"prefix": f"/{w}"}}],
        "route": [{"destination": {"host": r.choice(["reviews", w]), "subset": "v1"}, "weight": 100}],
    }


def column(r: Random, w: str) -> Item:
    return {
        "name": w.title(),
        "type": r.choice(["string", "string", "date"]),
        "jsonPath": f".status.{w}",
        "priority": r.choice([0, 1]),
    }


def gateway(r: Random, w: str) -> Item:
    return {
        "matches": [{"path": {"type": "PathPrefix", "value": f"/{w}"}}],
        "backendRefs": [{"name": r.choice(["web", w]), "port": 8080}],
    }


def mount(r: Random, w: str) -> Item:
    return {
        "type": r.choice(["bind", "volume"]),
        "source": r.choice(["./data", "./conf"]),
        "target": f"/var/lib/{w}",
        "read_only": r.random() < 0.5,
    }


def cell(r: Random, w: str) -> Item:
    return {
        "os": r.choice(["ubuntu-22.04", "ubuntu-22.04", "macos-13"]),
        "python": r.choice(["3.11", "3.12"]),
        "toxenv": w,
    }


def replacement(r: Random, w: str) -> Item:
    return {
        "source": {"kind": "ConfigMap", "name": w, "fieldPath": "data.host"},
        "targets": [
            {"select": {"kind": "Deployment"}, "fieldPaths": [f"metadata.annotations.{r.choice(['host', w])}"]}
        ],
    }


def remote(r: Random, w: str) -> Item:
    return {
        "url": f"https://{w}.example.com/api/v1/write",
        "remote_timeout": r.choice(["30s", "1m"]),
        "queue_config": {"capacity": 2500, "max_shards": 200},
    }


def release(r: Random, w: str) -> Item:
    return {
        "name": w,
        "namespace": r.choice(["default", "infra"]),
        "chart": f"stable/{r.choice(['app', w])}",
        "version": r.choice(VERSIONS),
        "wait": True,
    }


def datasource(r: Random, w: str) -> Item:
    return {
        "name": w,
        "type": r.choice(["prometheus", "loki"]),
        "access": "proxy",
        "url": f"http://{r.choice(['monitor', w])}:9090",
        "isDefault": False,
    }


def hooks(r: Random, w: str) -> Item:
    return {"repo": f"https://github.com/{w}/{w}-pre-commit", "rev": f"v{r.choice(VERSIONS)}", "hooks": [{"id": w}]}


def peer(r: Random, w: str) -> Item:
    return {
        "from": [{"namespaceSelector": {"matchLabels": {"team": w}}}],
        "ports": [{"protocol": "TCP", "port": r.choice([80, 8080])}],
    }


def any_number(r: Random, _w: str) -> Any:
    return r.randrange(3, 99)


def any_text(r: Random, w: str) -> Any:
    return f"{w}-{r.randrange(100)}"


def true(_r: Random, _w: str) -> Any:
    return True


def any_words(r: Random, w: str) -> Any:
    return [f"{w}-{r.randrange(100)}", "all"]
