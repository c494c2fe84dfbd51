"""Fields that ``validate`` says exclude each other, before those who really refuse them: every set of the table.

The judges are the API server's own code, amtool and actionlint. A set that a judge takes is not one for the rule: it
has a "+" in the table, or nothing that the rule reads has such a map.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import mergekeys, rules
from generator.alertmanager import config_fields as alertmanager
from generator.alertmanager.versions import Version, version

from ..support import apiserver
from ..support.real import missing, tool

Make = Callable[[dict[str, Any]], dict[str, Any]]
Map = dict[str, Any]
HTTP, ENV, FIELD = {"port": 80}, {"name": "a", "key": "b"}, {"fieldPath": "metadata.name"}
META = {"name": "web"}
VALUES: Map = {
    "exec": {"command": ["a"]},
    "grpc": HTTP,
    "httpGet": HTTP,
    "tcpSocket": HTTP,
    "sleep": {"seconds": 1},
    "value": "a",
    "valueFrom": {"fieldRef": FIELD},
    "fieldRef": FIELD,
    "resourceFieldRef": {"resource": "limits.cpu"},
    "configMapKeyRef": ENV,
    "secretKeyRef": ENV,
    "configMapRef": META,
    "secretRef": META,
    "fileKeyRef": {"volumeName": "a", "path": "a", "key": "A"},
    "subPath": "a",
    "subPathExpr": "b",
    "maxUnavailable": 1,
    "minAvailable": 1,
    "name": "http",
    "number": 80,
    "resource": {"apiGroup": "a.b", "kind": "C", "name": "d"},
    "url": "https://example.org/",
    "ipBlock": {"cidr": "10.0.0.0/8"},
    "namespaceSelector": {},
    "podSelector": {},
    "service": META,
}
BACKEND = {"name": "web", "port": {"number": 80}}


def pod(container: Map, volumes: list[Map] | None = None) -> Map:
    container = {"name": "app", "image": "web:1", **container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": META,
        "spec": {"containers": [container], "volumes": volumes or []},
    }


def of_spec(api: str, name: str, spec: Map) -> Map:
    return {"apiVersion": api, "kind": name, "metadata": META, "spec": spec}


def ingress(spec: Map) -> Map:
    return of_spec("networking.k8s.io/v1", "Ingress", spec)


def path(backend: Map) -> Map:
    return ingress({"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}]})


def policy(key: str, peers: str) -> Make:
    return lambda one: of_spec("networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}, key: [{peers: [one]}]})


def webhook(config: Map) -> Map:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    hook = {"name": "a.example.org", "clientConfig": config, "sideEffects": "None", "admissionReviewVersions": ["v1"]}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": META,
        "webhooks": [{**hook, "rules": [rule]}],
    }


def volume(source: Map) -> Map:
    return pod({}, [{"name": "a", **source}])


# Where a map of the table is in an object: by family, and by its name there.
MAPS: dict[tuple[str, str], list[Make]] = {
    ("any", "*"): [
        lambda one: pod({"livenessProbe": one}),
        lambda one: pod({"readinessProbe": one}),
        lambda one: pod({"startupProbe": one}),
    ],
    ("any", "postStart"): [lambda one: pod({"lifecycle": {"postStart": one}})],
    ("any", "preStop"): [lambda one: pod({"lifecycle": {"preStop": one}})],
    ("any", "env"): [lambda one: pod({"env": [{"name": "A", **one}]})],
    ("any", "env.valueFrom"): [lambda one: pod({"env": [{"name": "A", "valueFrom": one}]})],
    ("any", "envFrom"): [lambda one: pod({"envFrom": [one]})],
    ("any", "volumeMounts"): [
        lambda one: pod({"volumeMounts": [{"name": "a", "mountPath": "/a", **one}]}, [{"name": "a", "emptyDir": {}}])
    ],
    ("any", "volumes"): [volume],
    ("any", "projected.sources"): [lambda one: volume({"projected": {"sources": [one]}})],
    ("any", "downwardAPI.items"): [lambda one: volume({"downwardAPI": {"items": [{"path": "a", **one}]}})],
    ("any", "defaultBackend"): [lambda one: ingress({"defaultBackend": one})],
    ("any", "paths.backend"): [path],
    ("any", "backend.service.port"): [lambda one: path({"service": {"name": "web", "port": one}})],
    ("any", "defaultBackend.service.port"): [
        lambda one: ingress({"defaultBackend": {"service": {"name": "web", "port": one}}})
    ],
    ("any", "ingress.from"): [policy("ingress", "from")],
    ("any", "egress.to"): [policy("egress", "to")],
    ("any", "clientConfig"): [webhook],
    ("pod-disruption-budget", "spec"): [lambda one: of_spec("policy/v1", "PodDisruptionBudget", one)],
    ("persistent-volume", "spec"): [
        lambda one: of_spec(
            "v1", "PersistentVolume", {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **one}
        )
    ],
}
# No object that the rule reads has these: they are of Helm values, whose charts decide, and of a custom resource.
UNREAD = {("any", "podDisruptionBudget"), ("any", "pdb"), ("any", "rules")}


def sets(*families: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the sets of families that the rule reads: family, name of the map, fields."""
    table = mergekeys.table()
    found = [(one["name"], one["exclusive"]) for one in table["families"] if one["name"] in families]
    return [
        (family, name, tuple(one))
        for family, named in found
        for name, every in named.items()
        for one in every
        if "+" not in one and (family, name) not in UNREAD
    ]


def value(name: str, map_name: str) -> Any:
    if name == "service" and "ackend" in map_name:
        return BACKEND
    if name == "service":
        return {"name": "web", "namespace": "default"}
    if name == "resourceFieldRef" and map_name == "downwardAPI.items":
        return {"containerName": "app", "resource": "limits.cpu"}
    return VALUES.get(name, {})


def found(text: str, rule: str, name: str = "object.yaml") -> list[str]:
    file = rules.recognise(name, text).file
    assert file is not None
    return [one.message for one in rules.check([file], rules.Scope((file,))) if one.rule == rule]


KUBERNETES = sets("any", "pod-disruption-budget", "service", "persistent-volume")


def errors(made: Map) -> set[str]:
    return set(apiserver.faults(json.dumps(made)))


@pytest.mark.parametrize(
    ("family", "name", "members"), KUBERNETES, ids=lambda one: one if isinstance(one, str) else one[0]
)
def test_the_api_server_refuses_two_members(family: str, name: str, members: tuple[str, ...]) -> None:
    if not apiserver.PROGRAM.is_file():
        missing(apiserver.ABSENT)
    for make in MAPS[family, name]:
        alone = {one: errors(make({one: value(one, name)})) for one in members}
        for first, second in itertools.combinations(members, 2):
            both = make({first: value(first, name), second: value(second, name)})
            more = errors(both) - alone[first] - alone[second]
            assert more, f"{first} and {second} are accepted: {sorted(errors(both))}"
            told = found(json.dumps(both), "K8S003")
            assert len(told) == 1, told
            assert told[0].endswith(f"has both {first} and {second}")
        for one in members:
            assert not found(json.dumps(make({one: value(one, name)})), "K8S003")


@pytest.mark.parametrize("made", [
    pod({"env": [{"name": "A", "value": "", "valueFrom": {"fieldRef": FIELD}}]}),
    pod({"env": [{"name": "A", "value": None, "valueFrom": {"fieldRef": FIELD}}]}),
    pod({"livenessProbe": {"httpGet": HTTP, "tcpSocket": None}}),
    policy("ingress", "from")({"podSelector": {}, "namespaceSelector": {}}),
    policy("egress", "to")({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": None}),
    path({"service": {"name": "web", "port": {"name": "http", "number": 0}}}),
    of_spec("policy/v1", "PodDisruptionBudget", {"minAvailable": 1, "maxUnavailable": None}),
])  # fmt: skip
def test_what_the_api_server_takes_is_no_finding(made: Map) -> None:
    if not apiserver.PROGRAM.is_file():
        missing(apiserver.ABSENT)
    assert not errors(made)
    assert not found(json.dumps(made), "K8S003")


DEBIAN = (0, 25)
# Pairs that Debian's amtool does not know. config.Load of Alertmanager 0.34.0, linked and asked, refused each of them
# ("at most one of … must be configured") and took each field alone.
REFUSED_BY_0_34 = {
    (section, field, f"{field}_file")
    for section, names in {
        "basic_auth": "username",
        "discord_configs": "webhook_url",
        "global": "mattermost_webhook_url rocketchat_token rocketchat_token_id slack_app_token smtp_auth_secret "
        "telegram_bot_token wechat_api_secret",
        "incidentio_configs": "alert_source_token url",
        "mattermost_configs": "webhook_url",
        "msteams_configs": "webhook_url",
        "msteamsv2_configs": "webhook_url",
        "pushover_configs": "token user_key",
        "rocketchat_configs": "token token_id",
        "slack_configs": "app_token",
        "telegram_configs": "bot_token chat_id",
        "tls_config": "ca cert key",
        "webhook_configs": "url",
        "wechat_configs": "api_secret",
    }.items()
    for field in names.split()
} | {
    ("pushover_configs", "html", "monospace"),
    *(
        ("slack_configs", one, other)
        for one in ("api_url", "api_url_file")
        for other in ("app_token", "app_token_file")
    ),
}
URL = "https://example.org/a"
# What an item needs beside the fields that are tried.
NEEDED: dict[str, Map] = {
    "oauth2": {"client_id": "a", "token_url": URL},
    "sns_configs": {"sigv4": {"region": "a"}},
    "victorops_configs": {"routing_key": "a"},
}
LOGINS: Map = {
    "basic_auth": {"username": "a", "password": "b"},
    "authorization": {"credentials": "a"},
    "oauth2": {"client_id": "a", "client_secret": "b", "token_url": URL},
}
PAIRS = [
    (section.name, first, second)
    for section in (*alertmanager.field_table().sections.values(), *alertmanager.field_table().receivers.values())
    for one in section.exclusive
    for first, second in itertools.combinations(one, 2)
    if section.name != "email_configs"  # Alertmanager takes these, the operator drops one: AM020 only warns
]


def since(section: str, *names: str) -> Version:
    table = alertmanager.field_table()
    known = table.sections.get(section) or table.receivers[section]
    return max(version(one) for one in (known.since, *(known.fields[name].since for name in names)))


def configuration(section: str, *names: str) -> str:
    """Return a configuration with fields in a section of it."""
    one = NEEDED.get(section, {}) | {name: LOGINS.get(name, URL if name.endswith("url") else "a") for name in names}
    top: Map = {"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}
    if section == "global":
        return json.dumps({"global": one, **top})
    if not section.endswith("_configs"):
        client = one if section == "http_config" else {section: one}
        section, one = "webhook_configs", {"url": URL, "http_config": client}
    return json.dumps({**top, "receivers": [{"name": "a", section: [one]}]})


def amtool(text: str, folder: Path) -> str:
    """Return why Alertmanager does not load a configuration, or nothing."""
    file = folder / "alertmanager.yml"
    file.write_text(text, "utf-8")
    done = subprocess.run([tool("amtool"), "check-config", file], capture_output=True, text=True, timeout=30)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(("section", "first", "second"), PAIRS)
def test_alertmanager_refuses_two_members(section: str, first: str, second: str, tmp_path: Path) -> None:
    both = configuration(section, first, second)
    assert [one for one in found(both, "AM020", "a.yaml") if "has both" in one] == [
        f"{section} has both {first} and {second}"
    ]
    if since(section, first, second) > DEBIAN:
        assert (section, first, second) in REFUSED_BY_0_34 or (section, second, first) in REFUSED_BY_0_34
        return
    assert re.search("at most one of|not compatible with|must provide either", amtool(both, tmp_path))
    for one in (first, second):
        assert not amtool(configuration(section, one), tmp_path)
        assert not [one for one in found(configuration(section, one), "AM020", "a.yaml") if "has both" in one]


@pytest.mark.parametrize(("where", "first", "second"), [
    ("routes", "match", "matchers"),
    ("routes", "match_re", "matchers"),
    ("inhibit_rules", "source_match", "source_matchers"),
    ("inhibit_rules", "source_match_re", "source_matchers"),
    ("inhibit_rules", "target_match", "target_matchers"),
    ("inhibit_rules", "target_match_re", "target_matchers"),
    ("pagerduty_configs", "routing_key", "service_key"),
    ("oauth2", "client_certificate_key", "client_certificate_key_file"),
])  # fmt: skip
def test_what_alertmanager_takes_together_is_no_finding(where: str, first: str, second: str, tmp_path: Path) -> None:
    filled = {one: ["a = b"] if one.endswith("matchers") else {"c": "d"} for one in (first, second)}
    side = "target" if first.startswith("source") else "source"
    text = {
        "routes": lambda: json.dumps(
            {"route": {"receiver": "a", "routes": [{"receiver": "a", **filled}]}, "receivers": [{"name": "a"}]}
        ),
        "inhibit_rules": lambda: json.dumps(
            {**json.loads(configuration("global")), "inhibit_rules": [{**filled, f"{side}_matchers": ["e = f"]}]}
        ),
    }.get(where, lambda: configuration(where, first, second))()
    if where != "oauth2":  # Alertmanager 0.34.0 takes these two, and 0.25 does not know them
        assert not amtool(text, tmp_path)
    assert not [one for one in found(text, "AM020", "a.yaml") if "has both" in one]


JOB = {"runs-on": "ubuntu-latest", "steps": [{"run": "make"}]}
FILTER = {"branches": ["main"], "paths": ["a/**"], "tags": ["v*"]}


def workflow(name: str, members: tuple[str, ...]) -> Map:
    """Return a workflow with the fields that are named in a map of the table."""
    made: Map = {"on": {"push": {"branches": ["main"]}}, "jobs": {"test": JOB}}
    if name == "steps":
        values = {"run": "make", "uses": "example/action@v1"}
        made["jobs"] = {"test": {**JOB, "steps": [{one: values[one] for one in members}]}}
        return made
    event = name.partition(".")[2]
    made["on"] = {event: {one: FILTER[one.removesuffix("-ignore")] for one in members}}
    if event == "workflow_run":
        made["on"][event]["workflows"] = ["test"]
    return made


def actionlint(made: Map, folder: Path) -> str:
    file = folder / "workflow.yaml"
    file.write_text(json.dumps(made), "utf-8")
    command = [tool("actionlint"), "-shellcheck=", "-pyflakes=", "-no-color", file]
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout


@pytest.mark.parametrize(("_family", "name", "members"), sets("github-workflow"))
def test_actionlint_refuses_two_members(_family: str, name: str, members: tuple[str, ...], tmp_path: Path) -> None:
    both = workflow(name, members)
    why = r'unexpected key "run" for step to execute action|both "\S+" and "\S+" filters cannot be used'
    assert re.search(why, actionlint(both, tmp_path))
    place = ".github/workflows/a.yaml"
    assert [one.endswith(f"has both {' and '.join(members)}") for one in found(json.dumps(both), "SCH001", place)] == [
        True
    ]
    for one in members:
        alone = workflow(name, (one,))
        assert not actionlint(alone, tmp_path)
        assert not found(json.dumps(alone), "SCH001", place)
