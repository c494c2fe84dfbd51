"""Edits of people and bots outlive changes of the spec, of a default, of the template, and all of them together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import assets
from generator.pieces import with_pieces

from ..conftest import DEPLOYMENT, SPEC, Repo

VALUES = "alerting/values.yaml"
Edit = tuple[str, str, str]  # what it is, the old text, the new one

SERVICE_EDITS: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "an environment variable": (
        (
            DEPLOYMENT,
            "          resources:\n",
            "          env:\n            - name: REGION\n              value: eu\n          resources:\n",
        ),
        ("            - name: REGION\n              value: eu\n",),
    ),
    "another number of replicas": ((DEPLOYMENT, "replicas: 1\n", "replicas: 7\n"), ("  replicas: 7\n",)),
    "a comment above": (
        (DEPLOYMENT, "spec:\n  replicas", "# why so many\nspec:\n  replicas"),
        ("# why so many\nspec:\n",),
    ),
    "a comment beside what changes": (
        (DEPLOYMENT, "containerPort: 8080\n", "containerPort: 8080  # nginx\n"),
        ("containerPort: 9090  # nginx\n",),
    ),
    "a comment after": (
        (DEPLOYMENT, "              protocol: TCP\n", "              protocol: TCP\n              # no UDP here\n"),
        ("              protocol: TCP\n              # no UDP here\n",),
    ),
    "a comment at the end": (
        (DEPLOYMENT, "          emptyDir: {}\n", "          emptyDir: {}\n# the end\n"),
        ("          emptyDir: {}\n# the end\n",),
    ),
    "a deleted key": ((DEPLOYMENT, "      automountServiceAccountToken: false\n", ""), ()),
    "the tag that a bot moved": ((DEPLOYMENT, "payments:master-1\n", "payments:master-2\n"), ("payments:master-2\n",)),
    "another quoting": ((DEPLOYMENT, "type: RuntimeDefault", "type: 'RuntimeDefault'"), ("type: 'RuntimeDefault'",)),
}

ALERTING_EDITS: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "another receiver": (
        (
            VALUES,
            '      - name: "null"\n',
            '      - name: "null"\n      - name: pager\n        pagerduty_configs: []\n',
        ),
        ("      - name: pager\n        pagerduty_configs: []\n",),
    ),
    "a route behind Watchdog's": (
        (
            VALUES,
            '            - alertname = "Watchdog"\n',
            '            - alertname = "Watchdog"\n        - receiver: pager\n'
            '          matchers:\n            - severity = "critical"\n',
        ),
        ('        - receiver: pager\n          matchers:\n            - severity = "critical"\n',),
    ),
    "another wait": ((VALUES, "group_wait: 30s", "group_wait: 10s # faster"), ("group_wait: 10s # faster\n",)),
    "a comment above": (
        (VALUES, "    receivers:\n", "    # who is told\n    receivers:\n"),
        ("    # who is told\n    receivers:\n",),
    ),
    "a comment beside what changes": (
        (VALUES, 'channel: "#alerts"\n', 'channel: "#alerts" # ours\n'),
        ('channel: "#pages" # ours\n',),
    ),
    "a deleted key": ((VALUES, "            username: Alertmanager\n", ""), ()),
    "another text": (
        (
            VALUES,
            "              {{ $mixed := and .Alerts.Firing .Alerts.Resolved -}}\n",
            "              — the platform team\n              {{ $mixed := and .Alerts.Firing .Alerts.Resolved -}}\n",
        ),
        ("              — the platform team\n",),
    ),
    "other values in the file": (
        (VALUES, "alertmanager:\n", "grafana:\n  enabled: false\nalertmanager:\n"),
        ("grafana:\n  enabled: false\n",),
    ),
}


def spec_change(repo: Repo) -> None:
    repo.edit(SPEC, "image:", "port: 9090\nhealth_path: /healthz\nimage:")
    repo.write("alerting/scaffold.yaml", repo.read("alerting/scaffold.yaml") + "slack:\n  channel: '#pages'\n")


def default_change(repo: Repo) -> None:
    service = "  service: {port: 9090, resources: {limits: {memory: 1Gi}}}\n"
    default = f"defaults:\n{service}  alerting: {{slack: {{channel: '#pages'}}}}\n"
    repo.write(".scaffold/config.yaml", repo.read(".scaffold/config.yaml") + default)


def template_change(repo: Repo) -> None:
    """Give the repository templates of its own, as a later version of ours might be."""
    for name in ("service", "alerting"):
        folder = Path(repo.root, ".scaffold/templates", name)
        shutil.copytree(assets.folder("templates") / name, folder)
        (folder / "version").write_text("99\n")
        for file in folder.rglob("deployment.yaml"):
            file.write_text(with_pieces(file.read_text("utf-8")), "utf-8")
    deployment = ".scaffold/templates/service/{{cookiecutter.name}}/deploy/deployment.yaml"
    repo.edit(deployment, "containerPort: {{ port.number }}", "containerPort: 9090")
    repo.edit(
        deployment,
        "spec:\n{%- if cookiecutter | replicas >= 0 %}",
        "spec:\n  revisionHistoryLimit: 3\n{%- if cookiecutter | replicas >= 0 %}",
    )
    values = ".scaffold/templates/alerting/[[cookiecutter.name]]/[[cookiecutter.values_file]]"
    repo.edit(values, "alerting_values -]]", """alerting_values | replace('"#alerts"', '"#pages"') -]]""")


def all_changes(repo: Repo) -> None:
    template_change(repo)
    default_change(repo)
    spec_change(repo)


CHANGES: dict[str, Callable[[Repo], None]] = {
    "spec": spec_change,
    "default": default_change,
    "template": template_change,
    "all": all_changes,
}


@pytest.fixture
def both(repo: Repo) -> Repo:
    repo.ok("alerting")
    return repo


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("what", [*SERVICE_EDITS, *ALERTING_EDITS, "every edit"])
def test_an_edit_survives(both: Repo, what: str, change: str) -> None:
    every = {
        **{f"service {k}": v for k, v in SERVICE_EDITS.items()},
        **{f"alerting {k}": v for k, v in ALERTING_EDITS.items()},
    }
    chosen = [one for name, one in every.items() if what in {"every edit", name.partition(" ")[2]}]
    for (path, old, new), _ in chosen:
        both.edit(path, old, new)
    assert both.run("diff").code == 0, "an edit is no drift"
    CHANGES[change](both)
    assert both.run("diff").code == 1
    both.ok("regenerate")
    assert "9090" in both.read(DEPLOYMENT)
    assert "#pages" in both.read(VALUES)
    for (path, old, _), kept in chosen:
        text = both.read(path)
        for piece in kept:
            assert piece in text
        if not kept:
            assert old not in text, "what the user deleted stays deleted"
    assert both.run("diff").code == 0
    before = both.snapshot()
    both.ok("regenerate")
    assert both.snapshot() == before
