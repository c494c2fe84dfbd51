"""Compare what ``generator.rules.built`` builds with ``kubectl kustomize``, on kustomizations made at random.

``python -m tests.built.random_kustomizations --count 1000 --seed 1`` prints each difference with the files of its case.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import random
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import rules
from generator.rules.built.building import Build, build_of
from generator.rules.built.resources import Unbuildable
from generator.rules.recognise import recognise
from generator.yaml import data_of, dump, expand, parse

Files = dict[str, str]
Data = dict[str, Any]
_HASH = re.compile(r"-[0-9bcdfghkmt2456789]{10}\b")
_NAMES = ("web", "db", "job")


@dataclass(frozen=True)
class Difference:
    """What differs between two builds of one kustomization: ``sort`` names the type of difference."""

    sort: str
    details: tuple[str, ...] = ()


def scope_of(files: Mapping[str, str]) -> rules.Scope:
    """Return a run over files."""
    folders = {parent.as_posix() for one in files for parent in Path(one).parents}

    def exists(path: str) -> bool:
        return path in files or path.rstrip("/") in folders

    read = [recognise(path, text, exists, named=True).file for path, text in sorted(files.items())]
    return rules.Scope(tuple(one for one in read if one), exists=exists, read=files.get)


def built(files: Mapping[str, str], path: str) -> Build | Unbuildable:
    """Return what is built of the kustomization at a path."""
    scope = scope_of(files)
    return build_of(scope.by_path[path], scope)


def kubectl(root: Path, folder: str) -> list[Data] | str:
    """Return what kubectl builds, or its error. Names of generated objects lose their hash."""
    command = ["kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone", str(root / folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        return done.stderr.strip()[-400:]
    documents = expand(parse(done.stdout, "built.yaml"), "built.yaml")
    return [_plain(data_of(one, dialect="go")) for one in documents if one.tag != "null"]


def difference(found: Build | Unbuildable, wanted: list[Data] | str) -> Difference:
    """Return how two builds differ; ``equal``, ``both refuse`` and others are no mistakes of ours."""
    if isinstance(found, Unbuildable):
        if isinstance(wanted, str):
            return Difference("both refuse")
        is_told = found.sort in {"refused", "missing"}
        return Difference("WE REFUSE" if is_told else "not known", (found.message,))
    if isinstance(wanted, str):
        return Difference("THEY REFUSE", (wanted,)) if found.is_whole else Difference("partial")
    if not found.is_whole:
        return Difference("partial")
    ours = {
        _key(data): (data, one.path) for one in found.resources if (data := _plain(data_of(one.node, dialect="go")))
    }
    theirs = {_key(one): one for one in wanted}
    details = [f"{key} is only built by one" for key in ours.keys() ^ theirs.keys()]
    for key in ours.keys() & theirs.keys():
        data, path = ours[key]
        details += [f"{key}: {one}" for one in _differences(data, theirs[key], "")] if path else []
    return Difference("DIFFERENT" if details else "equal", tuple(sorted(details)))


def _plain(data: Any) -> Any:
    return json.loads(_HASH.sub("", json.dumps(data, default=str)))


def _key(data: Data) -> tuple[str, ...]:
    metadata = data.get("metadata") or {}
    return tuple(
        str(x or "")
        for x in (data.get("apiVersion"), data.get("kind"), metadata.get("name"), metadata.get("namespace"))
    )


def _differences(one: Any, other: Any, at: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted(one.keys() | other.keys())
        return [
            x for key in keys for x in _differences(one.get(key, "(absent)"), other.get(key, "(absent)"), f"{at}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [x for n, pair in enumerate(zip(one, other, strict=True)) for x in _differences(*pair, f"{at}[{n}]")]
    return [] if one == other and isinstance(one, bool) == isinstance(other, bool) else [f"{at}: {one!r} and {other!r}"]


class _Maker:
    """Makes the files of a base, an overlay, and what they use."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - tests
        self.files: Files = {}

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def write(self, path: str, *documents: Any) -> None:
        self.files[path] = "---\n".join(dump(one) for one in documents)

    def make(self) -> Files:
        """Return the files; the kustomization to build is ``over/kustomization.yaml``."""
        self.write("base/objects.yaml", *self.objects())
        base: Data = {"resources": ["objects.yaml"]}
        if self.chance(0.2):
            base["configMapGenerator"] = [{"name": "conf", "literals": ["a=b"]}]
        self.write("base/kustomization.yaml", self.changed(base, "base", 0.15))
        middle = "base"
        if self.chance(0.3):
            self.write("middle/kustomization.yaml", self.changed({"resources": ["../base"]}, "middle", 0.3))
            middle = "middle"
        over: Data = {"resources": [f"../{middle}"]}
        if self.chance(0.25):
            component = self.changed(
                {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}, "part", 0.4
            )
            self.write("part/kustomization.yaml", component)
            over["components"] = ["../part"]
        if self.chance(0.1):
            self.write(
                "other/kustomization.yaml",
                self.changed({"resources": ["../base"]}, "other", 0.3) | {"nameSuffix": "-x"},
            )
            over["resources"].append("../other")
        self.write("over/kustomization.yaml", self.changed(over, "over", 0.35))
        return self.files

    def objects(self) -> list[Data]:
        chosen = [one for one in self.every() if self.chance(0.93)]
        return chosen or [next(iter(self.every()))]

    def labels(self, name: str) -> Data:
        return {"app": name} | ({"tier": self.random.choice(["a", "b"])} if self.chance(0.4) else {})

    def pod(self, name: str) -> Data:
        containers = [self.container(x) for x in self.random.sample(["app", "side", "log"], self.random.randint(1, 3))]
        spec: Data = {"containers": containers}
        if self.chance(0.3):
            spec["initContainers"] = [self.container("setup")]
        if self.chance(0.5):
            spec["volumes"] = [{"name": "data", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "conf"}}]
        if self.chance(0.4):
            spec["serviceAccountName"] = "robot"
        if self.chance(0.3):
            spec["tolerations"] = [{"key": "a", "operator": "Exists"}]
        if self.chance(0.2):
            spec["imagePullSecrets"] = [{"name": "pull"}]
        if self.chance(0.2):
            term = {"topologyKey": "host", "labelSelector": {"matchLabels": {"app": name}}}
            spec["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
        metadata: Data = {"labels": self.labels(name)}
        if self.chance(0.2):
            metadata["annotations"] = {"note": "yes"}
        return {"metadata": metadata, "spec": spec}

    def container(self, name: str) -> Data:
        found: Data = {
            "name": name,
            "image": self.random.choice(["nginx", "nginx:1.2", "ghcr.io/a/b:v1", "host:5000/c"]),
        }
        if self.chance(0.5):
            found["ports"] = self.random.sample(
                [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 90, "name": "m"}], 2
            )
        if self.chance(0.5):
            found["env"] = [{"name": x, "value": self.random.choice(["1", "on", "text"])} for x in ("A", "B")]
        if self.chance(0.2):
            found["envFrom"] = [{"configMapRef": {"name": "conf"}}, {"secretRef": {"name": "pull"}}]
        if self.chance(0.3):
            found["args"] = ["--a", "--b=c"]
        if self.chance(0.3):
            found["resources"] = {"limits": {"cpu": 1, "memory": "1Gi"}}
        if self.chance(0.3):
            found["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        return found

    def every(self) -> list[Data]:
        spaced: Data = {"namespace": self.random.choice(["one", "two"])} if self.chance(0.3) else {}
        found: list[Data] = []

        def add(api: str, sort: str, name: str, **rest: Any) -> None:
            metadata: Data = {"name": name} | spaced
            if self.chance(0.3):
                metadata["labels"] = self.labels(name)
            found.append({"apiVersion": api, "kind": sort, "metadata": metadata} | rest)

        selector = {"matchLabels": {"app": "web"}}
        add("apps/v1", "Deployment", "web", spec={"replicas": 2, "selector": selector, "template": self.pod("web")})
        spec: Data = {"serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": self.pod("db")}
        if self.chance(0.5):
            spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]
        add("apps/v1", "StatefulSet", "db", spec=spec)
        add(
            "batch/v1",
            "CronJob",
            "job",
            spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": self.pod("job")}}},
        )
        ports: list[Data] = [{"port": 80, "name": "http"}, {"port": 443, "protocol": "TCP", "targetPort": "m"}]
        add("v1", "Service", "web", spec={"selector": {"app": "web"}, "ports": ports})
        add("v1", "Service", "db", spec={"clusterIP": "None"})
        add("v1", "ConfigMap", "conf2", data={"a": "1", "b": "text\nmore\n"})
        add("v1", "ServiceAccount", "robot")
        add("v1", "Secret", "pull", stringData={"a": "b"})
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
        add("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": target, "maxReplicas": 3})
        add("policy/v1", "PodDisruptionBudget", "web", spec={"selector": selector, "minAvailable": 1})
        add(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "web",
            spec={"podSelector": selector, "ingress": [{"from": [{"podSelector": selector}]}]},
        )
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        add("networking.k8s.io/v1", "Ingress", "web", spec={"defaultBackend": backend, "tls": [{"secretName": "pull"}]})
        group = "rbac.authorization.k8s.io"
        add(f"{group}/v1", "Role", "reader", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
        subjects = [{"kind": "ServiceAccount", "name": "robot"} | spaced, {"kind": "ServiceAccount", "name": "default"}]
        add(
            f"{group}/v1",
            "RoleBinding",
            "reader",
            roleRef={"apiGroup": group, "kind": "Role", "name": "reader"},
            subjects=subjects,
        )
        found.append({"apiVersion": f"{group}/v1", "kind": "ClusterRole", "metadata": {"name": "all"}, "rules": []})
        found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "one"}})
        add(
            "example.com/v1",
            "Widget",
            "thing",
            spec={"items": [{"name": "a", "v": 1}, {"name": "b"}], "template": self.pod("w")},
        )
        return found

    def changed(self, kustomization: Data, folder: str, part: float) -> Data:
        """Add random changes."""
        changes: list[tuple[str, Any]] = [
            ("namePrefix", f"{folder[0]}-"),
            ("nameSuffix", f"-{folder[-1]}"),
            ("namespace", self.random.choice(["one", "three"])),
            ("commonLabels", {"team": folder}),
            ("commonAnnotations", {"by": folder}),
            (
                "labels",
                [
                    {
                        "pairs": {"layer": folder},
                        self.random.choice(["includeSelectors", "includeTemplates"]): self.chance(0.7),
                    }
                ],
            ),
            ("images", [self.image()]),
            ("patches", [self.patch(folder, number) for number in range(self.random.randint(1, 3))]),
            ("patchesStrategicMerge", [self.old_patch(folder)]),
            ("replicas", [{"name": self.random.choice(["web", "db"]), "count": self.random.randint(0, 5)}]),
            ("replacements", [self.replacement()]),
        ]
        for key, value in changes:
            if self.chance(part):
                kustomization[key] = value
        return kustomization

    def image(self) -> Data:
        found: Data = {"name": self.random.choice(["nginx", "ghcr.io/a/b", "host:5000/c", "absent"])}
        for key, value in (("newName", "quay.io/x/y"), ("newTag", "9"), ("digest", f"sha256:{'a' * 64}")):
            if self.chance(0.5):
                found[key] = value
        return found

    def sort(self) -> tuple[str, str, str]:
        return self.random.choice(
            [("apps/v1", "Deployment", "web"), ("apps/v1", "StatefulSet", "db"), ("v1", "Service", "web"),
             ("batch/v1", "CronJob", "job"), ("v1", "ConfigMap", "conf2"), ("example.com/v1", "Widget", "thing")]
        )  # fmt: skip

    def patch(self, folder: str, number: int) -> Data:
        api, sort, name = self.sort()
        if self.chance(0.4):
            content: Any = [self.operation(sort) for _ in range(self.random.randint(1, 2))]
            target: Data = {"kind": sort} | ({"name": self.random.choice([name, ".*"])} if self.chance(0.6) else {})
        else:
            content, target = self.part(api, sort, name), {}
            if self.chance(0.4):
                targets: list[Data] = [{"kind": sort}, {"labelSelector": "app"}, {"name": name, "kind": sort}]
                target = self.random.choice(targets)
        found: Data = {"target": target} if target else {}
        if self.chance(0.5):
            return found | {"patch": dump(content)}
        path = f"patch{number}.yaml"
        self.files[posixpath.join(folder, path)] = dump(content)
        return found | {"path": path}

    def old_patch(self, folder: str) -> str:
        api, sort, name = self.sort()
        self.files[posixpath.join(folder, "old.yaml")] = dump(self.part(api, sort, name))
        return "old.yaml"

    def operation(self, sort: str) -> Data:
        paths = ["/metadata/labels", "/metadata/annotations"]
        paths += {"ConfigMap": ["/data/a", "/data"], "Service": ["/spec/x~1y", "/spec/type"]}.get(
            sort, ["/spec/replicas"]
        )
        if sort in {"Deployment", "StatefulSet"}:
            at = "/spec/template/spec/containers"
            paths += [f"{at}/0/image", f"{at}/0/env/-", f"{at}/-", f"{at}/0/args", f"{at}/0"]
        path = self.random.choice(paths)
        op = "add" if path.endswith("/-") else self.random.choice(["add", "add", "add", "replace", "remove"])
        values: list[Any] = [{"a": "b"}, "text", 5, ["x"]]
        value = {"name": "new", "image": "nginx:7", "value": "q"} if path.endswith("/-") else self.random.choice(values)
        if path.startswith("/metadata"):
            value = {"a": "b"}
        return {"op": op, "path": path} | ({"value": value} if op != "remove" else {})

    def part(self, api: str, sort: str, name: str) -> Data:
        """Return a strategic merge patch."""
        root: Data = {"apiVersion": api, "kind": sort, "metadata": {"name": name}}
        if self.chance(0.1):
            return root | {"$patch": "delete"}
        if self.chance(0.3):
            root["metadata"]["annotations"] = {"patched": "true", "note": None}
        if sort == "ConfigMap":
            return root | {"data": {"a": None if self.chance(0.5) else "2", "c": "3"}}
        if sort == "Service":
            ports = [{"port": 80, "targetPort": 8080}, {"port": 81}, {"port": 443, "$patch": "delete"}]
            return root | {"spec": {"ports": self.random.sample(ports, self.random.randint(1, 3))}}
        pod: Data = {"containers": [self.container_part(x) for x in self.random.sample(["app", "side", "new"], 2)]}
        if self.chance(0.3):
            pod["volumes"] = self.random.choice(
                [[{"name": "data", "$patch": "delete"}], [{"$patch": "replace"}, {"name": "n", "emptyDir": {}}], None]
            )
        if self.chance(0.2):
            pod["tolerations"] = [{"key": "b"}]
        if self.chance(0.2):
            pod["affinity"] = {"$patch": "replace", "nodeAffinity": {}} if self.chance(0.5) else None
        if sort == "Widget":
            return root | {"spec": {"items": [{"name": "c"}], "template": {"spec": pod}}}
        if sort == "CronJob":
            return root | {"spec": {"suspend": True, "jobTemplate": {"spec": {"template": {"spec": pod}}}}}
        return root | {"spec": {"template": {"spec": pod}, "replicas": 7}}

    def container_part(self, name: str) -> Data:
        found: Data = {"name": name}
        if self.chance(0.1):
            return found | {"$patch": "delete"}
        choices: list[tuple[str, Any]] = [
            ("image", "other:1"),
            ("env", [{"name": "A", "value": "9"}, {"name": "C", "value": "yes"}]),
            ("env", [{"name": "B", "$patch": "delete"}]),
            ("ports", [{"containerPort": 80, "name": "http"}, {"containerPort": 70}]),
            ("ports", [{"containerPort": 53, "protocol": "UDP", "hostPort": 5}]),
            ("args", ["--z"]),
            ("args", None),
            ("resources", {"limits": {"cpu": None, "memory": "2Gi"}}),
            ("volumeMounts", [{"mountPath": "/data", "readOnly": True}, {"mountPath": "/x", "name": "n"}]),
        ]
        return found | dict(self.random.sample(choices, self.random.randint(0, 4)))

    def replacement(self) -> Data:
        source: Data = {
            "kind": "ConfigMap",
            "name": "conf2",
            "fieldPath": self.random.choice(["data.b", "metadata.name"]),
        }
        if self.chance(0.3):
            source = {"kind": "Deployment", "name": "web"}
        paths = ["spec.replicas", "metadata.annotations.from", "spec.template.spec.containers.[name=app].image",
                 "spec.template.spec.containers.*.image", "spec.template.spec.containers.0.name"]  # fmt: skip
        target: Data = {"select": {"kind": self.random.choice(["Deployment", "StatefulSet", "Service"])}}
        target["fieldPaths"] = [self.random.choice(paths)]
        if self.chance(0.5):
            target["options"] = {"create": True}
        elif self.chance(0.3):
            target["options"] = {"delimiter": ":", "index": self.random.randint(-1, 2)}
        return {"source": source, "targets": [target]}


def random_files(seed: int) -> Files:
    """Return the files of a random case; ``over/kustomization.yaml`` is to be built."""
    return _Maker(seed).make()


def compare(seed: int) -> tuple[Difference, Files]:
    """Return how the two builds of a case differ, and its files."""
    files = random_files(seed)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        return difference(built(files, "over/kustomization.yaml"), kubectl(Path(folder), "over")), files


def main() -> None:
    """Compare many cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        found, files = compare(seed)
        counts[found.sort] += 1
        if found.sort.isupper():
            print(f"== {found.sort} (seed {seed})", *found.details[:5], sep="\n   ")
            if arguments.count == 1:
                print(*(f"--- {path}\n{text}" for path, text in files.items()))
    print(dict(counts))


if __name__ == "__main__":
    main()
