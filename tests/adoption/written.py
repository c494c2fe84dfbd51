"""Manifests as people write them by hand, and how their objects are read again, by a parser that is not ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from generator.adoption import adopt_unit
from generator.command_template import CommandTemplate
from generator.pipeline import Pipeline, read_config
from generator.worktree import Worktree

APP = """\
# The shop's front end.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2  # two, for the weekend
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: nginx
        image: registry.example.org/shop/web:1.4.2
        env:
        - {name: MODE, value: fast}
        - name: TOKEN
          valueFrom:
            secretKeyRef: {name: web, key: token}
        ports:
        - containerPort: 3000
        resources:
          limits:
            memory: 128Mi
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: {app: web}
spec:
  type: NodePort
  selector: {app: web}
  ports:
  - port: 8080
    targetPort: 3000
"""


def objects_below(folder: Path) -> list[Any]:
    """Return the objects of the YAML files of a folder, apart from specs, in order of their files."""
    files = (one for one in sorted(folder.rglob("*")) if one.suffix in {".yaml", ".yml"})
    texts = [one.read_text("utf-8") for one in files if one.name != "scaffold.yaml"]
    return [one for text in texts for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one is not None]


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Return the paths at which two values differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        gone = object()
        return [d for key in keys for d in differences(before.get(key, gone), after.get(key, gone), f"{path}.{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [d for number, (one, other) in pairs for d in differences(one, other, f"{path}[{number}]")]
    return [] if type(before) is type(after) and before == after else [path]


def pipeline_of(root: Path) -> Pipeline:
    worktree = Worktree(root)
    return Pipeline(worktree, read_config(worktree))


def adopt_folder(root: Path, folder: str, **asked: str) -> tuple[str, ...]:
    """Adopt a folder as the command does, in this process, and return the notes. Raises Invalid."""
    pipeline = pipeline_of(root)
    made = adopt_unit(pipeline, folder, CommandTemplate("service", "service"), asked)
    assert not pipeline.worktree.apply(made.writes).left
    return made.notes


def annotated(*lines: str) -> str:
    """Return the Deployment with annotations."""
    written = "".join(f"    {line}\n" for line in lines)
    return APP.replace("  labels: {app: web}\n", f"  labels: {{app: web}}\n  annotations:\n{written}")
