"""Specs of services that are watched, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from generator import config, render, spec
from generator.file_places import relocated
from generator.template import load_template

BASE = "template: service\nname: shop\nimage: ghcr.io/example/shop\ntag: v1.2.3\nautomation: none\ne2e: false\n"
EVERYTHING = (
    BASE
    + """\
ports:
  - {name: http, port: 8080, service_port: 80}
  - {name: metrics, port: 9100}
volumes:
  data: {mountPath: /data, claim: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}}
  cache: {mountPath: /cache, claim: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}}
resources: {limits: {cpu: 1}}
autoscaling: {max: 5}
ingress: {hosts: [shop.example.com]}
network_policy: {}
prometheus: {labels: {release: monitoring}}
metrics: {requests: {total: http_requests_total, errors: 'code=~"5.."', duration: http_request_duration_seconds}}
alerts: {labels: {team: shop}, runbooks: "https://runbooks.example.org/services/"}
dashboard: {folder: Shops, grafana: "https://grafana.example.org/"}
"""
)


def made(text: str) -> Mapping[str, str]:
    """Return the rendered files of a spec, as the command writes them."""
    read = spec.parse_spec(text, "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    faults = template.behaviour.all_faults("services/shop")
    values = spec.values(read, config.parse_config(""), template.schema, faults)
    found = render.render(template, values, "scaffold.yaml", "services/shop")
    return relocated(found, template.behaviour.places(values)).tree


def objects(tree: Mapping[str, str], kinds: Iterable[str]) -> list[dict[str, Any]]:
    texts = (text for path, text in sorted(tree.items()) if path.endswith(".yaml") and "kustomization" not in path)
    return [one for text in texts for one in yaml.safe_load_all(text) if one and one["kind"] in kinds]


def alerts_of(text: str, path: str = "deploy/alerts.yaml") -> dict[str, dict[str, Any]]:
    tree = made(text)
    if path not in tree:
        return {}
    (group,) = yaml.safe_load(tree[path])["spec"]["groups"]
    return {one["alert"]: one for one in group["rules"]}
