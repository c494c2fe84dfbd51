"""Example manifests for the rules of Keel."""

from __future__ import annotations


def keel_example(annotations: str, image: str = "example/web:1.2.3", container: str = "web") -> str:
    """Return a Deployment with annotations, a line each."""
    notes = "".join(f"    keel.sh/{line}\n" for line in annotations.splitlines())
    head = f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  annotations:\n{notes}"
    labels = "spec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n"
    return f"{head}{labels}    spec:\n      containers:\n        - name: {container}\n          image: {image}\n"


POLICIES = "https://keel.sh/docs/#policies"
POLLING = "https://keel.sh/docs/#polling"
