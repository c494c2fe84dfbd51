"""Shapes of real lists that no merge key is known for: the documents that they stand in."""

from __future__ import annotations

from . import items
from .items import LIST, Shape

SHAPES: tuple[Shape, ...] = (
    Shape(
        "chart dependencies",
        {"apiVersion": "v2", "name": "app", "version": "0.1.0", "dependencies": LIST, "type": "application"},
        items.chart,
        ("name",),
        {"condition": lambda _r, w: f"{w}.enabled", "alias": items.any_text, "tags": items.any_words},
    ),
    Shape(
        "OpenAPI parameters",
        {
            "openapi": "3.0.3",
            "paths": {"/pets": {"get": {"operationId": "list", "parameters": LIST, "deprecated": False}}},
        },
        items.parameter,
        ("name", "in"),
        {"description": items.any_text, "example": items.any_number, "deprecated": items.true},
    ),
    Shape(
        "OpenAPI servers",
        {"openapi": "3.0.3", "servers": LIST, "paths": {}},
        items.server,
        ("url",),
        {"variables": lambda r, w: {"port": {"default": items.any_text(r, w)}}},
    ),
    Shape(
        "scrape_configs",
        {"global": {"scrape_interval": "15s"}, "scrape_configs": LIST},
        items.scrape,
        ("job_name", "static_configs.0.targets.0"),
        {
            "scheme": lambda _r, _w: "https",
            "scrape_timeout": lambda r, _w: f"{r.randrange(5, 14)}s",
            "honor_labels": items.true,
        },
    ),
    Shape(
        "RBAC rules",
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "app"},
            "rules": LIST,
        },
        items.rule,
        ("apiGroups.0",),
        {"resourceNames": items.any_words},
    ),
    Shape(
        "Flagger webhooks",
        {
            "apiVersion": "flagger.app/v1beta1",
            "kind": "Canary",
            "metadata": {"name": "app"},
            "spec": {"analysis": {"interval": "1m", "webhooks": LIST, "threshold": 5}},
        },
        items.webhook,
        ("name",),
        {"muteAlert": items.true, "retries": items.any_number},
    ),
    Shape(
        "Terraform variables",
        {"workspace": "prod", "variables": LIST},
        items.variable,
        ("key",),
        {"description": items.any_text},
    ),
    Shape(
        "items of a List",
        {"apiVersion": "v1", "kind": "List", "items": LIST},
        items.kube_object,
        ("apiVersion", "kind", "metadata.name"),
        {"immutable": items.true, "stringData": lambda r, w: {"user": items.any_text(r, w)}},
    ),
    Shape(
        "Argo CD sources",
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "app"},
            "spec": {"project": "default", "sources": LIST, "destination": {"namespace": "app"}},
        },
        items.source,
        ("path",),
        {"ref": items.any_text, "directory": lambda _r, _w: {"recurse": True}},
    ),
    Shape(
        "Argo CD ignoreDifferences",
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "app"},
            "spec": {"project": "default", "ignoreDifferences": LIST},
        },
        items.ignored,
        ("group", "kind", "name"),
        {"namespace": items.any_text, "jqPathExpressions": items.any_words},
    ),
    Shape(
        "Istio routes",
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "app"},
            "spec": {"hosts": ["app"], "http": LIST},
        },
        items.http,
        ("name", "match.0.uri.prefix"),
        {
            "timeout": lambda r, _w: f"{r.randrange(2, 60)}s",
            "retries": lambda r, w: {"attempts": items.any_number(r, w)},
        },
    ),
    Shape(
        "CRD printer columns",
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "a.b.io"},
            "spec": {"versions": [{"name": "v1", "served": True, "additionalPrinterColumns": LIST}]},
        },
        items.column,
        ("name", "jsonPath"),
        {"description": items.any_text, "format": lambda _r, _w: "byte"},
    ),
    Shape(
        "Gateway rules",
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": "app"},
            "spec": {"parentRefs": [{"name": "gw"}], "rules": LIST},
        },
        items.gateway,
        ("matches.0.path.value",),
        {"timeouts": lambda r, _w: {"request": f"{r.randrange(2, 60)}s"}, "name": items.any_text},
    ),
    Shape(
        "compose mounts",
        {"services": {"web": {"restart": "always", "volumes": LIST}}},
        items.mount,
        ("target",),
        {"bind": lambda _r, _w: {"create_host_path": True}, "consistency": items.any_text},
    ),
    Shape(
        "matrix include",
        {"name": "ci", "jobs": {"test": {"runs-on": "ubuntu-latest", "strategy": {"matrix": {"include": LIST}}}}},
        items.cell,
        ("toxenv",),
        {"experimental": items.true, "coverage": items.any_text},
    ),
    Shape(
        "kustomize replacements",
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "app",
            "replacements": LIST,
        },
        items.replacement,
        ("source.name",),
        {"comment": items.any_text},
    ),
    Shape(
        "remote_write",
        {"global": {"scrape_interval": "15s"}, "remote_write": LIST},
        items.remote,
        ("url",),
        {"name": items.any_text, "send_exemplars": items.true},
    ),
    Shape(
        "helmfile releases",
        {"environments": {"default": {}}, "releases": LIST},
        items.release,
        ("name",),
        {"atomic": items.true, "values": items.any_words, "timeout": items.any_number},
    ),
    Shape(
        "Grafana data sources",
        {"apiVersion": 1, "datasources": LIST},
        items.datasource,
        ("name",),
        {"editable": items.true, "uid": items.any_text, "jsonData": lambda r, w: {"maxLines": items.any_number(r, w)}},
    ),
    Shape("pre-commit repos", {"repos": LIST}, items.hooks, ("repo", "hooks.0.id"), {"comment": items.any_text}),
    Shape(
        "NetworkPolicy ingress",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "app"},
            "spec": {"podSelector": {}, "ingress": LIST},
        },
        items.peer,
        ("from.0.namespaceSelector.matchLabels.team",),
        {"comment": items.any_text},
    ),
)
