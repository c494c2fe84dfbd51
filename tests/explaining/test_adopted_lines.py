"""Lines of a manifest that has several generated objects: each is from the template's file for its object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..conftest import Repo

MANIFEST = """\
# By hand since 2021.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: billing
  namespace: finance
spec:
  replicas: 3 # month end
  selector:
    matchLabels: {app: billing}
  template:
    metadata:
      labels: {app: billing}
    spec:
      containers:
        - name: billing
          image: ghcr.io/acme/billing:2024.05.1
          ports:
            - containerPort: 8443
---
apiVersion: v1
kind: Service
metadata: {name: billing, namespace: finance}
spec:
  selector: {app: billing}
  ports:
    - port: 443
      targetPort: 8443
"""
FILE = "services/billing/all.yaml"


@pytest.fixture
def adopted(repo: Repo) -> Repo:
    repo.ok("init")
    repo.write(FILE, MANIFEST)
    repo.ok("adopt", "services/billing")
    return repo


def explained(repo: Repo, text: str) -> dict[str, Any]:
    lines = repo.read(FILE).split("\n")
    (number,) = [one for one, line in enumerate(lines, 1) if line.strip() == text]
    found: dict[str, Any] = json.loads(repo.ok("explain", f"{FILE}:{number}", "--format", "json").out)
    return found


@pytest.mark.parametrize(
    ("line", "file", "key"),
    [
        ("replicas: 3 # month end", "deploy/deployment.yaml", "replicas"),
        ("- containerPort: 8443", "shared/container.yaml", "port"),
        ("targetPort: 8443", "deploy/service.yaml", "port"),
        ("- port: 443", "deploy/service.yaml", "service_port"),
    ],
)
def test_a_line_is_from_the_file_of_its_object(adopted: Repo, line: str, file: str, key: str) -> None:
    found = explained(adopted, line)
    assert key in {one["key"] for one in found["keys"]}
    assert f"{file}:" in adopted.ok("explain", f"{FILE}:{found['line']}").out


def test_a_file_is_behind_only_if_something_changed(adopted: Repo) -> None:
    assert "behind" not in adopted.ok("explain", FILE).out
    spec = "services/billing/scaffold.yaml"
    adopted.write(spec, adopted.read(spec).replace("replicas: 3", "replicas: 5"))
    assert "behind" in adopted.ok("explain", FILE).out
    adopted.ok("regenerate")
    assert "behind" not in adopted.ok("explain", FILE).out


def test_a_value_of_the_spec_has_its_lines_in_both_objects(adopted: Repo) -> None:
    found = json.loads(adopted.ok("explain", "services/billing/scaffold.yaml:port", "--format", "json").out)
    texts = [one["text"].strip() for one in found[0]["lines"] if one["effect"] == "text"]
    assert texts == ["containerPort: 8443", "targetPort: 8443"]
