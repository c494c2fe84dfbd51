"""Random services as people write them: adopted, they stay as they are, and a change of the spec changes what it says.

The services are made here and read by PyYAML; what may change is computed from them, without the engine.
"""

from __future__ import annotations

import copy
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.errors import Invalid
from generator.pipeline import Pipeline
from generator.writes import writes_of

from ..conftest import Repo
from .written import adopt_folder, differences, objects_below, pipeline_of

UNTOLD = {"env.ADDED", "resources.limits.memory"}  # they may be new to the file
ROUNDS = int(os.environ.get("SCAFFOLD_ADOPTIONS", "48"))


class Author:
    """Somebody who writes manifests in a way of their own."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self.name = self.dice.choice(["web", "api", "my-app-2"])
        self.port = self.dice.choice([80, 3000, 8080, 9443])
        self.port_name = self.dice.choice([None, "http", "web", "metrics"])
        self.protocol = self.dice.choice(["TCP", "TCP", "TCP", "UDP"])

    def often(self, *, of: float = 0.5) -> bool:
        return self.dice.random() < of

    def labels(self) -> dict[str, str]:
        key = self.dice.choice(["app", "app.kubernetes.io/name", "k8s-app"])
        return {key: self.dice.choice([self.name, "shop"]), **({"tier": "back"} if self.often() else {})}

    def reference(self) -> int | str:
        return self.port_name if self.port_name and self.often() else self.port

    def probe(self) -> dict[str, Any]:
        kinds: list[dict[str, Any]] = [
            {"httpGet": {"path": self.dice.choice(["/healthz", "/"]), "port": self.reference()}},
            {"tcpSocket": {"port": self.reference()}},
            {"exec": {"command": ["true"]}},
            {"grpc": {"port": self.port}},
            {"httpGet": {"path": "/admin", "port": 9901}},
        ]
        return {**self.dice.choice(kinds), **({"periodSeconds": 7} if self.often() else {})}

    def container(self, name: str) -> dict[str, Any]:
        image = self.dice.choice(["nginx", "ghcr.io/shop/web", "localhost:5000/a/b"])
        made: dict[str, Any] = {"name": name, "image": f"{image}:{self.dice.choice(['1.2.3', 'v2', 'main-1a2b3c4'])}"}
        if self.often(of=0.1):
            made["image"] += f"@sha256:{'a' * 64}"
        if self.often(of=0.7):
            variables = [{"name": "MODE", "value": "fast"}, {"name": "A", "value": ""}, {"name": "PORT", "value": "80"}]
            variables.append({"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}})
            made["env"] = self.dice.sample(variables, self.dice.randint(1, len(variables)))
        if self.often(of=0.7):
            cpu, memory = ["100m", 1, 2.0, "1", "0.5", 0.25], ["64Mi", "1Gi", 67108864, "67108864", "1e8"]
            amounts = {"cpu": self.dice.choice(cpu), "memory": self.dice.choice(memory)}
            sides = self.dice.sample(["requests", "limits"], self.dice.randint(1, 2))
            made["resources"] = {side: dict(list(amounts.items())[: self.dice.randint(1, 2)]) for side in sides}
        if self.often():
            made["securityContext"] = {"readOnlyRootFilesystem": self.often(), "allowPrivilegeEscalation": False}
        if self.often(of=0.3):
            made["volumeMounts"] = [{"name": "tmp", "mountPath": self.dice.choice(["/tmp", "/data"])}]  # noqa: S108
        return made

    def deployment(self) -> dict[str, Any]:
        main = self.container(self.dice.choice([self.name, "app"]))
        if self.often(of=0.8):
            own: dict[str, Any] = {"containerPort": self.port}
            own |= {"name": self.port_name} if self.port_name else {}
            own |= {"protocol": "TCP"} if self.often() else {}
            own |= {"protocol": self.protocol} if self.protocol != "TCP" else {}
            others = [{"name": "admin", "containerPort": 9901}, {"containerPort": self.port, "protocol": "SCTP"}]
            main["ports"] = [own, *(one for one in others if self.often(of=0.3))]
            if self.often(of=0.2):
                main["ports"].reverse()
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            if self.often():
                main[probe] = self.probe()
        every = [main, *([self.container("proxy")] if self.often(of=0.2) else [])]
        self.selector = self.labels()
        spec: dict[str, Any] = {"replicas": self.dice.randint(0, 4)} if self.often(of=0.8) else {}
        pod: dict[str, Any] = {"containers": every}
        if self.often(of=0.3):
            pod = {"serviceAccountName": self.name, **pod}
        if any("volumeMounts" in one for one in every):
            pod["volumes"] = [{"name": "tmp", "emptyDir": {}}]
        if self.often(of=0.3):
            pod["securityContext"] = {"runAsUser": self.dice.choice([0, 1000]), "runAsNonRoot": True}
        spec |= {
            "selector": {"matchLabels": dict(self.selector)},
            "template": {"metadata": {"labels": {**self.selector, "extra": "yes"}}, "spec": pod},
        }
        return self.object("apps/v1", "Deployment", self.name, spec=spec)

    def object(self, api: str, sort: str, name: str, **rest: Any) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name}
        metadata |= {"namespace": self.namespace} if self.namespace else {}
        metadata |= {"labels": {"app": name}} if self.often() else {}
        return {"apiVersion": api, "kind": sort, "metadata": metadata, **rest}

    def objects(self) -> Iterator[dict[str, Any]]:
        self.namespace = self.dice.choice([None, "prod"])
        yield self.deployment()
        if self.often(of=0.7):
            entry: dict[str, Any] = {"port": self.dice.choice([80, self.port])}
            entry |= {"targetPort": self.reference()} if self.often(of=0.8) else {}
            entry |= {"name": self.dice.choice(["http", "web"])} if self.often() else {}
            entry |= {"protocol": self.protocol} if self.protocol != "TCP" else {}
            more = [{"name": "admin", "port": 9901, "targetPort": self.dice.choice([9901, "admin"])}]
            ports = [entry, *(more if "name" in entry and self.often(of=0.3) else [])]
            spec = {"selector": dict(self.selector), "ports": ports}
            yield self.object("v1", "Service", self.dice.choice([self.name, f"{self.name}-svc"]), spec=spec)
        if self.often(of=0.3):
            yield self.object("v1", "ServiceAccount", self.name)
        if self.often(of=0.3):
            yield self.object("v1", "ConfigMap", "settings", data={"a": "b"})
        if self.namespace and self.often(of=0.3):
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}

    def styled(self, text: str) -> str:
        """Write some of the words in quotes, and some of the numbers as aliases of the first."""
        if self.often():
            sign = self.dice.choice("'\"")
            word = re.compile(r"(?<=: )([a-zA-Z/][\w/.:-]*)(?=$|[,}])", re.MULTILINE)
            text = word.sub(lambda one: f"{sign}{one[0]}{sign}" if self.often() and one[0] != "true" else one[0], text)
        if self.often(of=0.2):
            documents = []
            for each in text.split("---\n"):
                first, named, rest = each.partition(f"ort: {self.port}")
                again = rest.replace(f"port: {self.port}\n", "port: *own\n")
                documents.append(f"{first}ort: &own {self.port}{again}" if named and again != rest else each)
            text = "---\n".join(documents)
        return text

    def write(self, folder: Path) -> None:
        """Write the objects in one file or several, with comments."""
        objects = list(self.objects())
        self.dice.shuffle(objects)
        folder.mkdir(parents=True)
        files = [objects] if self.often() else [[one] for one in objects]
        for number, some in enumerate(files):
            style = {"sort_keys": self.often(of=0.2), "default_flow_style": None if self.often(of=0.3) else False}
            text = "---\n".join(yaml.safe_dump(one, indent=self.dice.choice([2, 4]), **style) for one in some)
            lines = self.styled(text).split("\n")
            noted = [
                f"{one}  # note {n}" if one and one != "---" and self.often(of=0.2) else one
                for n, one in enumerate(lines)
            ]
            (folder / f"part{number}.yaml").write_text("\n".join(noted), "utf-8")
        if len(files) > 1 and self.often():
            listed = "".join(f"- part{number}.yaml\n" for number in range(len(files)))
            (folder / "kustomization.yaml").write_text(f"resources:\n{listed}", "utf-8")


def planned(repo: Repo) -> tuple[Pipeline, Any]:
    pipeline = pipeline_of(repo.root)
    return pipeline, pipeline.unit("svc")


def texts(folder: Path) -> dict[str, str]:
    files = (one for one in folder.iterdir() if not one.name.startswith("scaffold."))
    return {one.name: one.read_text("utf-8") for one in files}


FIELDS = {
    "tag": {"image"},
    "name": {"name"},
    "container": {"name"},
    "port_name": {"name", "port", "targetPort"},
    "port": {"containerPort", "targetPort", "port"},
    "service_port": {"port", "targetPort"},
    "service_name": {"name"},
    "service_port_name": {"name"},
    "user": {"runAsUser", "runAsGroup", "fsGroup"},
    "env": {"env", "value"},
    "health_path": {"path"},
    "resources": {"cpu", "memory", "limits", "requests", "resources"},
}
NEW: dict[str, list[Any]] = {
    "replicas": [9, 0],
    "tag": ["9.9.9"],
    "image": ["ghcr.io/new/name"],
    "container": ["other"],
    "port": [4321],
    "port_name": ["other"],
    "service_port": [81],
    "service_name": ["other"],
    "service_port_name": ["other"],
    "user": [4],
    "health_path": ["/other"],
    "cpu": [3, "3", "7m", 0.75],
    "memory": [7, "7Gi", "1073741824"],
}


def new_values(spec: dict[str, Any], dice: random.Random) -> tuple[str, dict[str, Any], set[str]]:
    """Return a change of a spec: which value, the new spec, and the last keys of the fields that may change."""
    after = copy.deepcopy(spec)
    own = [(key,) for key in NEW if spec.get(key) is not None]
    own += [("env", key) for key in spec.get("env", ())]
    amounts = spec.get("resources", {}).items()
    own += [("resources", side, key) for side, some in amounts for key in some if some[key] is not None]
    where = dice.choice([*own, ("env", "ADDED"), ("resources", "limits", "memory")])
    place = after
    for part in where[:-1]:
        place = place.setdefault(part, {})
    place[where[-1]] = dice.choice([one for one in NEW.get(where[-1], ["x", "2"]) if one != place.get(where[-1])])
    if where[:2] == ("resources", "requests"):  # it must not be above its limit
        place[where[-1]] = dice.choice(["1m", 0.001] if where[-1] == "cpu" else ["1", 1])
    if where[:2] == ("resources", "limits"):
        place[where[-1]] = dice.choice([90, "90"] if where[-1] == "cpu" else ["90Gi", 99 * 2**30])
    return ".".join(where), after, FIELDS.get(where[0], {where[0]})


def dead_references(objects: list[Any]) -> list[str]:
    """Return the probes and the ports of Services that no port of the containers answers."""
    found = []
    (pod,) = [one["spec"]["template"]["spec"] for one in objects if one.get("kind") == "Deployment"]
    ports = [port for one in pod["containers"] for port in one.get("ports", [])]
    known = {port["containerPort"] for port in ports} | {port.get("name") for port in ports}
    for one in pod["containers"]:
        for probe in ("readinessProbe", "livenessProbe"):
            for how in one.get(probe, {}).values():
                if isinstance(how, dict) and "port" in how and how["port"] not in known:
                    found.append(probe)
    for one in objects:
        for port in one["spec"]["ports"] if one.get("kind") == "Service" else ():
            if port.get("targetPort", port["port"]) not in known:
                found.append("targetPort")
    return found


def check_change(repo: Repo, before: dict[str, str], objects: list[Any], allowed: set[str]) -> str:
    """Regenerate; a conflict leaves everything as it was, else only the allowed fields changed. Return the result."""
    pipeline, unit = planned(repo)
    assert unit.plan is not None, unit.problems
    if unit.plan.blocked:
        return "conflict"
    pipeline.worktree.apply(writes_of([unit]))
    assert texts(repo.root / "svc").keys() == before.keys()
    after = objects_below(repo.root / "svc")
    changed = [each for pair in zip(objects, after, strict=True) for each in differences(*pair)]
    assert {one.rpartition(".")[2].partition("[")[0] for one in changed} <= allowed, changed
    assert dead_references(after) == dead_references(objects)
    for name, text in texts(repo.root / "svc").items():
        notes = [line.partition("  # ")[2] for line in before[name].split("\n") if "  # note" in line]
        assert [line.partition("  # ")[2] for line in text.split("\n") if "  # note" in line] == notes
    return "changed" if changed else "nothing"


@pytest.mark.parametrize("part", range(4))
def test_made_up_services(empty: Repo, part: int) -> None:
    results: dict[str, int] = {}
    for seed in range(part, ROUNDS, 4):
        folder = empty.root / "svc"
        for one in folder.iterdir() if folder.exists() else ():
            one.unlink()
        folder.exists() and folder.rmdir()
        author = Author(seed)
        author.write(folder)
        before, objects = texts(folder), objects_below(folder)
        try:
            notes = adopt_folder(empty.root, "svc")
        except Invalid as error:
            result = f"refused: {error.problems[0].message[:40]}"
            results[result] = results.get(result, 0) + 1
            continue
        assert texts(folder) == before, seed
        _, unit = planned(empty)
        assert unit.plan is not None, (seed, unit.problems)
        assert not unit.plan.drifts, seed
        assert unit.plan.lock is None, seed
        what, spec, allowed = new_values(yaml.safe_load((folder / "scaffold.yaml").read_text()), author.dice)
        (folder / "scaffold.yaml").write_text(yaml.safe_dump(spec), "utf-8")
        result = check_change(empty, before, objects, allowed)
        told = any(re.search(rf"a change of [^;]*\b{re.escape(what)}\b", one) for one in notes)
        assert told or result == "changed" or what in UNTOLD, (seed, what, result, notes)
        key = f"{what.partition('.')[0]}: {result}{' as told' if told else ''}"
        results[key] = results.get(key, 0) + 1
    print(sorted(results.items()))
    assert sum(count for key, count in results.items() if key.startswith("refused")) <= ROUNDS // 8
    assert sum(count for key, count in results.items() if key.endswith(": changed")) >= ROUNDS // 8
