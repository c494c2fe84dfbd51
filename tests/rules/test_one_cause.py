"""One mistake in an object is one finding, though several constraints of the API server are violated."""

from __future__ import annotations

import pytest

from generator import rules

_WEB = "apiVersion: v1\nkind: {}\nmetadata: {{name: web}}\n"
_CONTAINER = (
    "{name: web, image: 'example/web:1.0.0', volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /b}]}"
)
_POD = f"{_WEB.format('Pod')}spec:\n  containers:\n    - {_CONTAINER}\n  volumes:\n    - {{name: a, emptyDir: {{}}}}\n"
_APPS = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"

# The object, and the rule and line of the only finding.
MISTAKES = {
    "no data": (f"{_WEB.format('Secret')}type: kubernetes.io/tls\n", "K8S005:4"),
    "no spec": (_WEB.format("PersistentVolumeClaim"), "K8S005:1"),
    "two maxima": (
        f"{_WEB.format('LimitRange')}spec:\n  limits:\n    - type: Container\n      min: {{cpu: 2}}\n"
        "      default: {cpu: 1}\n      defaultRequest: {cpu: 1}\n",
        "K8S005:7",
    ),
    "an item twice": (
        f"{_WEB.format('Service')}spec:\n  ports:\n    - {{name: http, port: 80}}\n    - {{name: http, port: 80}}\n",
        "K8S006:7",
    ),
    "a volume with the name of another": (f"{_POD}    - {{name: a, emptyDir: {{}}}}\n", "K8S006:9"),
    "a volume without a name": (f"{_POD}    - {{emptyDir: {{}}}}\n", "SCH001:9"),
    "no labels": (
        f"{_APPS}spec:\n  selector:\n    matchLabels:\n      app: web\n      tier: front\n"
        "  template:\n    spec: {containers: [{name: web, image: 'example/web:1.0.0'}]}\n",
        "K8S001:7",
    ),
    "no selector and no template": (f"{_APPS}spec:\n  replicas: 2\n", "SCH001:4"),
    "a misspelt key that is required": (f"{_APPS}spec:\n  selectors: {{}}\n  template: {{}}\n", "SCH001:5"),
    "a backend in the old form": (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  rules:\n    - http:\n"
        "        paths:\n          - path: /\n            backend:\n              serviceName: web\n"
        "              servicePort: 80\n",
        "SCH001:10",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_is_one_finding(name: str) -> None:
    text, wanted = MISTAKES[name]
    file = rules.recognise("object.yaml", text).file
    assert file is not None
    found = [one for one in rules.check([file], rules.Scope((file,))) if one.severity == "error"]
    assert [f"{one.rule}:{one.line}" for one in found] == [wanted], found
