"""Example manifests for the rules of Flux."""

from __future__ import annotations


def flux1_example(annotations: str, image: str = "example/web:master-1", *, sort: str = "Deployment") -> str:
    """Return a manifest with annotations of Flux v1."""
    lines = "".join(f"    {line}\n" for line in annotations.splitlines())
    head = f"apiVersion: apps/v1\nkind: {sort}\nmetadata:\n  name: web\n  annotations:\n{lines}"
    labels = "spec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n"
    return f"{head}{labels}    spec:\n      containers:\n        - name: web\n          image: {image}\n"


def pattern_example(pattern: str, image: str = "example/web:master-1") -> str:
    """Return a manifest that Flux v1 automates by a tag pattern."""
    return flux1_example(f'fluxcd.io/automated: "true"\nfluxcd.io/tag.web: {pattern}', image)


def policy_example(spec: str) -> str:
    """Return an ImagePolicy of Flux v2."""
    head = (
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata:\n  name: web\n  namespace: flux-system\n"
    )
    return f"{head}spec:\n  imageRepositoryRef:\n    name: web\n{spec}"


def automation_example(message: str) -> str:
    """Return an ImageUpdateAutomation of Flux v2 with a template for the messages of its commits."""
    head = "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata:\n  name: all\n"
    spec = "spec:\n  interval: 5m\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
    branch = "    checkout:\n      ref:\n        branch: main\n"
    commit = f"    commit:\n      author:\n        email: flux@example.org\n      messageTemplate: '{message}'\n"
    return f"{head}  namespace: flux-system\n{spec}  git:\n{branch}{commit}"


def marker_example(comment: str) -> str:
    """Return a Pod with a comment after its image."""
    spec = "spec:\n  containers:\n    - name: web\n      image: example/web:1.0.0"
    return f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n{spec} {comment}\n"


GOOD = pattern_example("glob:master-*")
FLUXCTL = "https://fluxcd.io/legacy/flux/references/fluxctl/"
AUTOMATION = "https://fluxcd.io/legacy/flux/references/automated-image-update/"
