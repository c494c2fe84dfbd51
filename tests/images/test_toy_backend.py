"""A new backend of image automation is files that are added: a copy of the package gets them, no module is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from generator.assets import backend_names

from ..conftest import git

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("generator", "templates", "schemas")

BACKEND = '''\
"""A toy that follows version ranges alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...backend import Additions, AutomatedWorkload, Backend, CommentedObject, RepositoryObjects, inexpressible
from ...policies import PolicyFault, TagPolicy
from ...semver import parse_range, parse_version


def takes(policy: TagPolicy, tag: str) -> bool:
    version, wanted = parse_version(tag, "3.5.0"), parse_range(policy.pattern, "3.5.0")
    return version is not None and wanted is not None and wanted.takes(version)


def faults(policy: TagPolicy, tag: str) -> Iterator[PolicyFault]:
    if policy.method != "semver":
        yield inexpressible("toy", policy, "it knows no time of creation", "semver:>=1.0.0")
    elif tag and not takes(policy, tag):
        yield PolicyFault("foreign-tag", f"the tag {tag} does not match {policy}", "start from one of them")


def additions(workload: AutomatedWorkload) -> Additions:
    policies = [
        CommentedObject(
            "The tags of a toy.",
            {
                "apiVersion": "toy.example.org/v1",
                "kind": "ToyPolicy",
                "metadata": {"name": f"{workload.name}-{one.name}", "namespace": workload.namespace},
                "spec": {"image": one.image.name, "range": one.policy.pattern},
            },
        )
        for one in workload.containers
        if one.policy
    ]
    return Additions(
        notes=("The toy moves tags.",),
        annotations=(("toy.example.org/enabled", "true"),),
        image_comments={
            one.name: json.dumps({"$toy": f"{workload.namespace}:{workload.name}-{one.name}"})
            for one in workload.containers
        },
        objects=tuple(policies),
    )


BACKEND = Backend(
    summary="a toy",
    takes=takes,
    faults=faults,
    usual=lambda tag: f"semver:~{tag}" if tag else "semver:>=1.0.0",
    additions=additions,
    repository_objects=lambda values: RepositoryObjects(
        (
            CommentedObject(
                "The toy of the repository.",
                {"apiVersion": "toy.example.org/v1", "kind": "Toy", "metadata": {"name": values["name"]}},
            ),
        )
    ),
    rules=("TOY",),
)
'''
RULE = '''\
"""TOY001: what the toy reads."""

from __future__ import annotations

from collections.abc import Iterator

from ...yaml import get
from ..readers.objects import objects
from ..rule import File, Finding, Scope, at, rule


@rule(
    "TOY001", "error", ("kubernetes",), "a toy that is neither on nor off",
    explanation="The toy compares with the text true.", bad="a", good="b",
)  # fmt: skip
def switched(file: File, _scope: Scope) -> Iterator[Finding]:
    """Check that the toy is on or off."""
    for one in objects(file):
        value = get(one.node, "metadata", "annotations", "toy.example.org/enabled")
        if value is not None and value.text not in {"true", "false"}:
            yield at(value, f"the toy is {value.text!r}", 'write "true"')
'''
ADDED = {
    "generator/images/backends/toy/__init__.py": BACKEND,
    "generator/rules/toy/__init__.py": '"""Rules of the toy."""\n',
    "generator/rules/toy/toy_switch.py": RULE,
}
OF_FLUX = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: old
  annotations:
    fluxcd.io/automated: "true"
    fluxcd.io/tag.old: glob:master-*
spec:
  selector:
    matchLabels: {app: old}
  template:
    metadata:
      labels: {app: old}
    spec:
      containers:
        - name: old
          image: example/old:master-1
"""


class Copy:
    """A copy of the package with the toy in it, and a repository that it is run in."""

    def __init__(self, folder: Path) -> None:
        self.package, self.root = folder / "package", folder / "repository"
        for name in COPIED:
            shutil.copytree(ROOT / name, self.package / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in ADDED.items():
            target = self.package / path
            assert not target.exists()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        self.root.mkdir()
        git(self.root, "init", "-q", ".")

    def run(self, *words: str) -> tuple[int, str]:
        """Run the command in the repository and return its exit status and all that it printed."""
        environment = {**os.environ, "PYTHONPATH": str(self.package), "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "generator", *words],
            cwd=self.root, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def text(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    copy = Copy(tmp_path_factory.mktemp("toy"))
    assert copy.run("init", "--automation", "toy", "--ci-install", "scaffold-config==0.1.0")[0] == 0
    code, said = copy.run("new-service", "web", "--image", "example/web:1.2.3", "--automation", "toy")
    assert code == 0, said
    return copy


def test_a_backend_is_the_files_that_are_added(toy: Copy) -> None:
    for name in COPIED:
        was = {one.relative_to(ROOT) for one in (ROOT / name).rglob("*") if one.is_file() and one.suffix != ".pyc"}
        now = {p.relative_to(toy.package) for p in (toy.package / name).rglob("*") if p.is_file()}
        assert {one.as_posix() for one in now - was} == {one for one in ADDED if one.startswith(f"{name}/")}
        assert was <= now
        assert all((ROOT / one).read_bytes() == (toy.package / one).read_bytes() for one in was)
    assert "toy" not in backend_names()


def test_its_name_is_a_value_wherever_backends_are_named(toy: Copy) -> None:
    *some, last = names = sorted([*backend_names(), "toy"])
    listed = f"{', '.join(some)} or {last}"
    assert "automation: toy\n" in toy.text(".scaffold/config.yaml")
    assert f"# What updates image tags: {listed}.\n" in toy.text(".scaffold/config.yaml")
    for name in ("config", "service", "ci"):
        found = json.loads(toy.text(f".scaffold/schemas/{name}.schema.json"))["properties"]["automation"]
        assert found["enum"] == names, name
        assert listed in found["description"], name
    assert "|".join(names) in toy.run("new-service", "--help")[1]


def test_what_it_adds_is_in_the_manifests(toy: Copy) -> None:
    text = toy.text("services/web/deploy/deployment.yaml")
    assert '  annotations:\n    # The toy moves tags.\n    toy.example.org/enabled: "true"\nspec:\n' in text
    assert '          image: example/web:1.2.3 # {"$toy": "web:web-app"}\n' in text
    made = list(yaml.safe_load_all(toy.text("services/web/deploy/automation.yaml")))
    assert [one["spec"] for one in made if one] == [{"image": "example/web", "range": "~1.2.3"}]
    assert "automation.yaml" in yaml.safe_load(toy.text("services/web/deploy/kustomization.yaml"))["resources"]
    once = yaml.safe_load(toy.text("automation/automation.yaml"))
    assert once == {"apiVersion": "toy.example.org/v1", "kind": "Toy", "metadata": {"name": "automation"}}
    test = yaml.safe_load(toy.text("services/web/e2e/kustomization.yaml"))
    assert [one["target"] for one in test["patches"]] == [{"group": "toy.example.org"}]


def test_its_unit_is_merged_and_checked_like_any_other(toy: Copy) -> None:
    path = toy.root / "services/web/deploy/deployment.yaml"
    before = path.read_text("utf-8")
    assert toy.run("diff")[0] == 0
    assert toy.run("validate")[0] == 0
    moved = before.replace("example/web:1.2.3", "example/web:1.2.9")
    path.write_text(moved, "utf-8")
    spec = toy.root / "services/web/scaffold.yaml"
    was = spec.read_text("utf-8")
    spec.write_text(f"{was}replicas: 4\nspread: false\n", "utf-8")
    assert toy.run("diff")[0] == 1
    code, said = toy.run("regenerate")
    assert code == 0, said
    assert path.read_text("utf-8") == moved.replace("replicas: 1", "replicas: 4")
    assert toy.run("diff")[0] == 0
    edited = path.read_text("utf-8").replace('enabled: "true"', 'enabled: "yes"')
    path.write_text(edited, "utf-8")
    code, said = toy.run("validate")
    assert code == 1
    line = edited[: edited.index('"yes"')].count("\n") + 1
    assert f"deployment.yaml:{line}:30: the toy is 'yes' (TOY001)" in said
    path.write_text(before, "utf-8")
    spec.write_text(was, "utf-8")
    assert toy.run("regenerate")[0] == 0


@pytest.mark.parametrize(("words", "wanted"), [
    (["--tag-glob", "v*"], ["--tag-glob: tags 'glob:v*' is not supported by toy", "write semver:>=1.0.0 in"]),
    (["--tag-semver", ">=2"], ["--image: the tag 1.2.3 does not match semver:>=2"]),
])  # fmt: skip
def test_a_policy_that_it_cannot_follow_is_refused(toy: Copy, words: list[str], wanted: list[str]) -> None:
    code, said = toy.run("new-service", "other", "--image", "example/other:1.2.3", *words)
    assert code == 2
    for one in wanted:
        assert one in said
    assert not (toy.root / "services/other").exists()


def test_patterns_of_flux_that_it_cannot_follow_are_told(toy: Copy) -> None:
    path = toy.root / "old.yaml"
    path.write_text(OF_FLUX, "utf-8")
    code, said = toy.run("validate", "old.yaml")
    assert code == 1
    assert "old.yaml:7:24: warning: fluxcd.io/tag.old is not supported by toy" in said
    path.write_text(OF_FLUX.replace("glob:master-*", "semver:~1.2").replace(":master-1", ":1.2.0"), "utf-8")
    code, said = toy.run("validate", "old.yaml")
    assert code == 1
    assert "is not supported" not in said
    assert "and the config's automation is toy (FX019)" in said
    path.unlink()
