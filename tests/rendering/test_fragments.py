"""Fragments of a spec in a generated text: the text changes where the data does, and the data as kubectl would."""

from __future__ import annotations

import difflib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator.fragments import both_fragments, combined, with_fragment
from generator.yaml import parse_one, plain

from ..support.real import tool

TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    # who
    app: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      # not root
      securityContext:
        runAsNonRoot: true
        fsGroup: 10001
      containers:
        - name: app
          image: web:1 # {"$imagepolicy": "flux-system:web"}
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
          # restart
          livenessProbe:
            tcpSocket:
              port: http
            periodSeconds: 20
          volumeMounts:
            # writable
            - name: tmp
              mountPath: /tmp
        - name: proxy
          image: proxy:1
      volumes:
        - name: tmp
          emptyDir: {}
"""
APP: dict[str, Any] = {"name": "app"}


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def app(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{**APP, **fields}])


# fragment, lines that go, lines that come
CASES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "a field of a map": (
        {"metadata": {"annotations": {"owner": "shop"}}},
        [],
        ["  annotations:", "    owner: shop"],
    ),
    "a field before the ones that follow it": (
        {"spec": {"strategy": {"type": "Recreate"}}},
        [],
        ["  strategy:", "    type: Recreate"],
    ),
    "another value": ({"spec": {"replicas": 3}}, ["  replicas: 2"], ["  replicas: 3"]),
    "null removes a field": (pod(securityContext={"fsGroup": None}), ["        fsGroup: 10001"], []),
    "null removes a block with its comment": (
        pod(securityContext=None),
        ["      # not root", "      securityContext:", "        runAsNonRoot: true", "        fsGroup: 10001"],
        [],
    ),
    "null of what is not there": (pod(hostNetwork=None), [], []),
    "a field of the container": (
        app(command=["serve"]),
        [],
        ["          command:", "            - serve"],
    ),
    "an item with a new key": (
        app(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
        [],
        ["            - name: data", "              mountPath: /data"],
    ),
    "an item with a known key": (
        app(ports=[{"name": "http", "containerPort": 8080, "hostPort": 80}]),
        [],
        ["              hostPort: 80"],
    ),
    "another name of a known port": (
        app(ports=[{"name": "web", "containerPort": 8080}]),
        ["            - name: http"],
        ["            - name: web"],
    ),
    "another container": (
        pod(containers=[{"name": "log", "image": "log:1"}]),
        [],
        ["        - name: log", "          image: log:1"],
    ),
    "a volume": (
        pod(volumes=[{"name": "data", "emptyDir": {}}]),
        [],
        ["        - name: data", "          emptyDir: {}"],
    ),
    "a list without keys": (
        pod(readinessGates=[{"conditionType": "x"}]),
        [],
        ["      readinessGates:", "        - conditionType: x"],
    ),
}
# What excludes a generated field replaces it; kubectl would keep both, which the API server refuses.
REPLACING: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "another handler of a probe": (
        app(livenessProbe={"exec": {"command": ["check"]}}),
        ["            tcpSocket:", "              port: http"],
        ["            exec:", "              command:", "                - check"],
    ),
    "another source of a volume": (
        pod(volumes=[{"name": "tmp", "persistentVolumeClaim": {"claimName": "tmp"}}]),
        ["          emptyDir: {}"],
        ["          persistentVolumeClaim:", "            claimName: tmp"],
    ),
}


@pytest.mark.parametrize("name", [*CASES, *REPLACING])
def test_only_the_lines_of_a_fragment_change(name: str) -> None:
    fragment, gone, come = {**CASES, **REPLACING}[name]
    lines = list(difflib.ndiff(TEXT.split("\n"), with_fragment(TEXT, fragment).split("\n")))
    assert [one[2:] for one in lines if one.startswith("- ")] == gone
    assert [one[2:] for one in lines if one.startswith("+ ")] == come


@pytest.mark.parametrize("fragment", [{}, {"metadata": {}}, {"spec": {"replicas": 2}}, app(ports=[])])
def test_a_fragment_that_says_nothing_changes_nothing(fragment: dict[str, Any]) -> None:
    expected = TEXT if fragment != app(ports=[]) else with_fragment(TEXT, fragment)
    assert with_fragment(TEXT, fragment) == expected


@pytest.mark.parametrize("name", CASES)
def test_the_data_is_that_of_kubectl(name: str, tmp_path: Path) -> None:
    """``kubectl patch --local`` applies a strategic merge patch with the API's own merge keys."""
    kubectl = tool("kubectl")
    (tmp_path / "object.yaml").write_text(TEXT)
    fragment = CASES[name][0]
    command = [kubectl, "patch", "--local", "--type=strategic", "-o", "json", "-f", "object.yaml", "-p"]
    done = subprocess.run([*command, json.dumps(fragment)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert _sorted(combined(_data(TEXT), fragment)) == _sorted(json.loads(done.stdout))


def test_two_fragments_are_one_with_their_nulls() -> None:
    one = pod(securityContext={"fsGroup": None}, containers=[{"name": "app", "tty": True}])
    other = pod(containers=[{"name": "app", "stdin": True}, {"name": "log", "image": "log:1"}])
    both = both_fragments(one, other)
    assert both == pod(
        securityContext={"fsGroup": None},
        containers=[{"name": "app", "tty": True, "stdin": True}, {"name": "log", "image": "log:1"}],
    )


def _data(text: str) -> Any:
    return plain(parse_one(text, "object.yaml"), "object.yaml")


def _sorted(data: Any) -> Any:
    """Return data without the order of keyed lists, which differs and means nothing."""
    if isinstance(data, dict):
        return {key: _sorted(one) for key, one in data.items()}
    if isinstance(data, list):
        return sorted((_sorted(one) for one in data), key=lambda one: json.dumps(one, sort_keys=True))
    return data
