"""K8S020: how certain it is that a Namespace refuses the pods of a workload."""

from __future__ import annotations

import pytest

from generator import rules

SPACE = (
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n  labels:\n    pod-security.kubernetes.io/enforce: {}\n"
)
POD = (
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: web\nspec:\n  {}\n  containers:\n"
    "    - name: web\n      image: example/web:1.0.0\n"
)
BASELINE, PRIVILEGED = SPACE.format("baseline"), POD.format("hostPID: true")
SANDBOXED = PRIVILEGED.replace("hostPID", "runtimeClassName: gvisor\n  hostPID")
BUILD = "resources:\n  - space.yaml\n  - web.yaml\n"
APART = {"a/space.yaml": BASELINE, "b/web.yaml": PRIVILEGED}
RENAMED = {
    "b/kustomization.yaml": "namespace: shop\nresources: [web.yaml]\n",
    "kustomization.yaml": "resources: [a/space.yaml, b]\n",
}
HOOK = (
    "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata:\n  name: hook\n"
    "webhooks:\n  - name: hook.example.org\n    rules:\n      - resources: [{}]\n"
)
PROBE = POD.format("hostPID: false") + "      livenessProbe:\n        tcpSocket: {port: 80, host: 10.0.0.1}\n"
PATCHED = "patches:\n  - target: {{kind: Pod}}\n    patch: |\n      - op: replace\n        path: {}\n        value: 1\n"
FLUX = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {0}\nspec:\n  interval: 1m\n"
    "  prune: true\n  path: {0}\n  sourceRef: {{kind: GitRepository, name: flux}}\n"
)


def built(more: str) -> dict[str, str]:
    """Return a Namespace, a Pod that it refuses, and the kustomization of both with more lines."""
    return {"a/space.yaml": BASELINE, "a/web.yaml": PRIVILEGED, "a/kustomization.yaml": f"{BUILD}{more}"}


def severities(files: dict[str, str]) -> list[str]:
    """Return the severities of the findings of K8S020 in files by path."""
    read = [rules.recognise(path, text, files.__contains__).file for path, text in files.items()]
    found = tuple(one for one in read if one is not None)
    assert len(found) == len(files)
    scope = rules.Scope(found, exists=files.__contains__, read=files.get)
    return [one.severity for one in rules.check(found, scope) if one.rule == "K8S020"]


@pytest.mark.parametrize(("files", "wanted"), [
    ({"a.yaml": f"{BASELINE}---\n{PRIVILEGED}"}, "error"),
    ({"a/space.yaml": BASELINE, "a/web.yaml": PRIVILEGED}, "error"),
    (built(""), "error"),
    ({**APART, "kustomization.yaml": "resources: [a/space.yaml, b/web.yaml]\n"}, "error"),
    ({"a/space.yaml": BASELINE, "a/b/web.yaml": PRIVILEGED}, "warning"),
    ({"a/b/space.yaml": BASELINE, "a/web.yaml": PRIVILEGED}, "warning"),
    (APART, ""),
    ({"a/space.yaml": BASELINE, "a/b/web.yaml": PRIVILEGED, "a/other.yaml": SPACE.format("privileged")}, ""),
    ({**APART, "c/a.yaml": FLUX.format("a"), "c/b.yaml": FLUX.format("b")}, "warning"),
    ({**APART, "c/a.yaml": FLUX.format("a"), "d/b.yaml": FLUX.format("b")}, ""),
    ({"a.yaml": f"{BASELINE}---\n{SANDBOXED}"}, "warning"),
    ({"a.yaml": f"{BASELINE}---\n{PRIVILEGED}", "hook.yaml": HOOK.format("pods")}, "warning"),
    ({"a.yaml": f"{BASELINE}---\n{PRIVILEGED}", "hook.yaml": HOOK.format("prometheusrules")}, "error"),
    ({"a.yaml": f"{BASELINE}---\n{PROBE}"}, "warning"),
    ({"a.yaml": f"{BASELINE}    pod-security.kubernetes.io/enforce-version: v1.34\n---\n{PROBE}"}, "error"),
    ({"a.yaml": f"{BASELINE}    pod-security.kubernetes.io/enforce-version: v1.33\n---\n{PROBE}"}, ""),
    ({"a.yaml": f"{BASELINE}    pod-security.kubernetes.io/enforce-version: '1.33'\n---\n{PRIVILEGED}"}, ""),
    ({"a.yaml": f"{SPACE.format('${LEVEL}')}---\n{PRIVILEGED}"}, ""),
    (built(PATCHED.format("/spec/hostPID")), ""),
    (built(PATCHED.format("/spec/replicas")), "error"),
    (built("transformers: [a.yaml]\n"), ""),
    (built("commonLabels: {pod-security.kubernetes.io/enforce: privileged}\n"), ""),
    (built("patches: [{target: {kind: Namespace}, patch: '{metadata: {name: web}}'}]\n"), ""),
    (built("namespace: shop\n"), "error"),
    ({**APART, **RENAMED}, ""),
    ({**APART, **RENAMED, "a/space.yaml": BASELINE.replace("name: web", "name: shop")}, "error"),
])  # fmt: skip
def test_a_refused_pod_is_an_error_only_if_that_is_certain(files: dict[str, str], wanted: str) -> None:
    assert severities(files) == ([wanted] if wanted else [])


def test_a_control_is_reported_once_for_a_workload() -> None:
    pods = POD.format("hostNetwork: true") + (
        "      ports: [{containerPort: 80}]\n      securityContext: {privileged: true}\n"
        "    - name: other\n      image: example/web:1.0.0\n      securityContext: {privileged: true}\n"
    )
    file = rules.recognise("a.yaml", f"{BASELINE}---\n{pods}").file
    assert file is not None
    found = [one for one in rules.check([file], rules.Scope((file,))) if one.rule == "K8S020"]
    assert [one.line for one in found] == [14, 19]
    assert "hostNetwork" in found[0].message
    assert "and 1 more" in found[1].message
