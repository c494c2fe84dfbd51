"""A template of a repository for tests, and what its platform team and bots change in it and in its output."""

from __future__ import annotations

import json
import random
import re

from . import segments

TEMPLATE = ".scaffold/templates/app"
INNER = f"{TEMPLATE}/{{{{cookiecutter.name}}}}"
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "template": {},
        "name": {"type": "string"},
        "size": {"type": "integer", "default": 1},
        "mode": {"type": "string", "default": "fast"},
        "level": {"type": "string", "default": "info"},
    },
}
SOURCES = {
    "app.yaml": """\
# The app, generated.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "{{ cookiecutter.name }}"
  annotations:
    fluxcd.io/automated: "true"
spec:
  replicas: 1 # overridden by the autoscaler
  revisionHistoryLimit: 3
  # How long a start may take.
  progressDeadlineSeconds: 600
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: app
          image: "ghcr.io/example/{{ cookiecutter.name }}:master-1"
          args:
            - --listen=8080
            - --verbose
            - --color
            - --trace
          env:
            - name: SIZE
              value: "{{ cookiecutter.size }}"
            # Where it runs.
            - name: REGION
              value: eu
            - name: MODE
              value: "{{ cookiecutter.mode }}"
          resources:
            limits:
              memory: 64Mi
              cpu: 100m
              storage: 1Gi
        - name: proxy
          image: ghcr.io/example/proxy:v1
          args: [--quiet]
""",
    "config/values.yaml": """\
# Settings.
logging:
  level: "{{ cookiecutter.level }}" # debug costs
  format: json
  fields: [time, message]

cache:
  # In megabytes.
  size: 64
  ttl: 5m
  hosts:
    - one.example.org
    - two.example.org
    - three.example.org

features:
  search: true
  export: false
  # Not before the audit.
  billing: false
  script: |
    # prepare
    run --all
  labels: {team: core, tier: back}
""",
    "ci/e2e.yaml": """\
name: e2e
on: [push]
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - uses: actions/checkout@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa # v4.1.0
      - name: Set up
        uses: actions/setup-go@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb # v5.0.0
        with:
          cache: true
      # The test itself.
      - name: Test
        run: make test
        env:
          LEVEL: info
""",
    "Makefile": "KIND := v0.29.0\nHELM := v3.18.0\n\n.PHONY: test\n\ntest:\n\tgo test ./...\n\nlint:\n\tlint run\n",
}


def files_of_template() -> dict[str, str]:
    """Return the texts of the files of the template's first version, by path."""
    return {
        f"{TEMPLATE}/cookiecutter.json": '{"name": "x", "_extensions": ["generator.encode.Encoders"]}',
        f"{TEMPLATE}/schema.json": json.dumps(SCHEMA),
        f"{TEMPLATE}/version": "1\n",
        **{f"{INNER}/{path}": text for path, text in SOURCES.items()},
    }


def changed_source(path: str, text: str, dice: random.Random) -> str:
    """Return the text of a file of the template after the platform team has changed something in it."""
    if path == "Makefile":
        lot = dice.randrange(10**6)
        changes = [("go test", f"go test -run {lot}"), ("lint:", f"lint: # {lot}"), ("v0.29.0", f"v0.{lot}.0")]
        text = text.replace(*dice.choice(changes), 1)
    else:
        writer = segments.Writer(dice, "gen", 0.6)
        stream = segments.changes(text, segments.entries(text), writer)
        for _ in range(dice.randint(1, 2)):
            made = next(stream, None)
            if made and "cookiecutter" not in text[made.start : made.end]:
                text = segments.apply(text, [made])
                stream = segments.changes(text, segments.entries(text), writer)
    if path == "ci/e2e.yaml" and dice.random() < 0.3:
        text = re.sub(r"(actions/checkout@)\w+ # v\S+", rf"\g<1>{dice.randrange(10**6):040x} # v9", text)
    if dice.random() < 0.1:
        text = text.replace(":master-", f":master-{dice.randrange(9)}", 1)
    return text


def with_newer_tag(text: str, dice: random.Random) -> str:
    """Return a manifest with other tags of its images, as Flux writes them."""
    return re.sub(r"(image: \"?ghcr.io/example/[a-z0-9-]+:)master-\w+", rf"\g<1>master-{dice.randrange(10**6)}", text)


def with_newer_pin(path: str, text: str, dice: random.Random) -> str:
    """Return a workflow with another commit of an action and its version, or a Makefile with another pin."""
    number = dice.randrange(10**6)
    if path.endswith("Makefile"):
        return re.sub(r"HELM := v3\.\S+", f"HELM := v3.{number}", text)
    return re.sub(r"(actions/checkout@)\w+ # v\S+", rf"\g<1>{number:040x} # v4.{number}", text)
