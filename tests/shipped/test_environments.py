"""Environments of a service: what kustomize builds of an overlay is the service with the values of the environment."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.assets import backend_names

from ..adoption.written import APP, SERVICE
from ..conftest import Repo, git
from ..support.real import tool
from .test_manifests import new_repo

UNIT = "services/payments"
SPEC, BASE = f"{UNIT}/scaffold.yaml", f"{UNIT}/deploy/base/deployment.yaml"
AUTOMATED = {"ImagePolicy", "ImageRepository", "ImageUpdater"}
OVERLAY = UNIT + "/deploy/overlays/{}/kustomization.yaml"


def built(repo: Repo, folder: str) -> dict[str, Any]:
    """Return the objects of a kustomization by their kind, without those of the automation, variables as a map."""
    command = [tool("kubectl"), "kustomize", folder]
    done = subprocess.run(command, cwd=repo.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    objects = {one["kind"]: one for one in yaml.safe_load_all(done.stdout) if one["kind"] not in AUTOMATED}
    for one in objects["Deployment"]["spec"]["template"]["spec"]["containers"]:
        one["env"] = {each["name"]: each.get("value", each.get("valueFrom")) for each in one.get("env") or []}
    return objects


def changed(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Return one map over another; null removes."""
    out = dict(low)
    for key, value in high.items():
        out[key] = changed(out.get(key) or {}, value) if isinstance(value, Mapping) else value
    return {key: value for key, value in out.items() if value is not None}


def some(dice: random.Random, values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if dice.random() < 0.6}


def random_values(dice: random.Random, *, null: bool) -> dict[str, Any]:
    """Return values of a service, or of an environment, which may remove some."""

    def maybe(value: Any) -> Any:
        return None if null and dice.random() < 0.25 else value

    cpu, memory = (dice.choice(["600m", "1", "1.5"]), dice.choice(["512Mi", "1Gi", "300M"]))
    found = some(
        dice,
        {
            "replicas": maybe(dice.randrange(4)),
            "env": {name: maybe(dice.choice(["1", "yes", "", "a: b", "x\ny", "'\"#"])) for name in "ABC"},
            "resources": some(
                dice,
                {
                    "requests": some(dice, {"cpu": maybe("20m"), "memory": maybe("32Mi")}),
                    "limits": some(dice, {"cpu": maybe(cpu), "memory": maybe(memory)}),
                },
            ),
        },
    )
    if null:
        found |= some(dice, {"tag": f"v1.2.{dice.randrange(9)}", "namespace": {"name": f"ns{dice.randrange(9)}"}})
    return found


@pytest.mark.parametrize("automation", backend_names())
def test_an_overlay_is_the_service_with_the_values_of_the_environment(tmp_path: Path, automation: str) -> None:
    """The expected objects are those of a service without environments, whose spec has these values."""
    dice = random.Random(automation)  # noqa: S311
    repo, other = new_repo(tmp_path / "with"), new_repo(tmp_path / "without")
    usual = {"template": "service", "name": "payments", "image": "ghcr.io/example/payments", "tag": "v1.2.3"}
    for _ in range(3):
        # What all environments share: what it is a part of, and the spread of pods.
        shared = {"part_of": "shop", "spread": False, "version_label": False}
        own = {**usual, **shared, "automation": automation, "e2e": False, **random_values(dice, null=False)}
        environments = {name: random_values(dice, null=True) for name in ("dev", "prod")}
        repo.write(SPEC, yaml.safe_dump({**own, "environments": environments}))
        repo.ok("regenerate")
        repo.ok("diff")
        repo.ok("validate", "--fail-on", "warning")
        for name, values in environments.items():
            whole = changed(own, values)
            whole["namespace"] = {"name": "payments", **whole.get("namespace", {})}
            # A replica count that is removed is an explicit null for a service without environments.
            nulls = {"replicas": None} if values.get("replicas", 1) is None else {}
            removed = {"resources": _nulls(values.get("resources", {}), whole.get("resources", {}))}
            other.write(SPEC, yaml.safe_dump(_joined({**whole, **nulls}, removed)))
            other.ok("regenerate")
            wanted, found = built(other, f"{UNIT}/deploy"), built(repo, f"{UNIT}/deploy/overlays/{name}")
            if nulls:  # an autoscaler's: the base has the budget of the other environments
                found.pop("PodDisruptionBudget", None)
            assert found == wanted, yaml.safe_dump({**own, "environments": environments})


def _nulls(values: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an environment removes of the defaults of the schema."""
    return {
        side: {what: None for what, amount in amounts.items() if amount is None and what not in whole.get(side, {})}
        for side, amounts in values.items()
    }


def _joined(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(low)
    for key, value in high.items():
        out[key] = _joined(out.get(key) or {}, value) if isinstance(value, Mapping) else value
    return out


@pytest.fixture
def plain(empty: Repo) -> Repo:
    """A service without environments, with an edit, committed."""
    empty.ok("new-service", "payments", "--image", "ghcr.io/example/payments:v1.2.3", "--automation", "flux-v2")
    empty.edit(f"{UNIT}/deploy/deployment.yaml", "replicas: 1", "replicas: 1 # mine")
    return empty


TWO = "environments:\n  dev: {}\n  prod: {replicas: 3}\n"


def test_an_environment_with_one_pod_has_no_budget(plain: Repo) -> None:
    """Whatever the user made of the budget of the base, also nothing."""
    plain.write(SPEC, plain.read(SPEC) + TWO)
    plain.ok("regenerate")
    budget = f"{UNIT}/deploy/base/poddisruptionbudget.yaml"
    plain.edit(budget, "maxUnavailable: 1", "minAvailable: 1")
    assert "PodDisruptionBudget" not in built(plain, f"{UNIT}/deploy/overlays/dev")
    assert built(plain, f"{UNIT}/deploy/overlays/prod")["PodDisruptionBudget"]["spec"]["minAvailable"] == 1
    plain.ok("validate", "--fail-on", "warning")
    (plain.root / budget).unlink()
    plain.edit(f"{UNIT}/deploy/base/kustomization.yaml", "  - poddisruptionbudget.yaml\n", "")
    assert {*built(plain, f"{UNIT}/deploy/overlays/dev")} == {*built(plain, f"{UNIT}/deploy/overlays/prod")}


def test_the_option_adds_environments_and_leaves_those_that_there_are(empty: Repo) -> None:
    given = ["new-service", "payments", "--image", "ghcr.io/example/payments:v1.2.3"]
    empty.ok(*given, "--environment", "dev", "--environment", "prod")
    assert yaml.safe_load(empty.read(SPEC))["environments"] == {"dev": {}, "prod": {}}
    empty.edit(SPEC, "  prod: {}\n", "  prod: {replicas: 3}  # busy\n  old: null\n")
    empty.ok(*given, "--environment", "prod", "--environment", "live", "--environment", "old", "--update")
    assert "  dev: {}\n  prod: {replicas: 3}  # busy\n  old: {}\n  live: {}\n" in empty.read(SPEC)
    assert empty.has(OVERLAY.format("live"))
    done = empty.run(*given, "--environment", "A b", "--update")
    assert done.code == 2
    assert 'environments has the key "A b"' in done.err


def test_the_hint_about_paths_names_no_policy_that_environments_refuse(plain: Repo) -> None:
    plain.write(SPEC, plain.read(SPEC) + f"{TWO}e2e: false\npaths: {{deploy/deployment.yaml: app.yaml}}\n")
    done = plain.run("diff")
    assert done.code == 2
    assert "kustomize reads no file outside of its folder" in done.err
    assert "never" not in done.err


def test_the_policies_of_flux_v1_in_overlays_are_shown(plain: Repo) -> None:
    plain.edit(SPEC, "automation: flux-v2", "automation: flux-v1")
    plain.write(SPEC, f"{plain.read(SPEC)}environments:\n  dev: {{}}\n  prod: {{tag: v1.1.0}}\n")
    plain.ok("regenerate")
    plain.write("tags.txt", "v1.1.4\nv1.2.9\n")
    found = json.loads(plain.ok("tags", UNIT, "--from", "tags.txt", "--format", "json").out)
    shown = [(one["path"], one["image"], one["current"], one["policy"], one["deployed"]) for one in found]
    image = "ghcr.io/example/payments"
    assert shown == [
        (OVERLAY.format("dev"), image, "v1.2.3", "semver:~1.2", "v1.2.9"),
        (OVERLAY.format("prod"), image, "v1.1.0", "semver:~1.1", "v1.1.4"),
    ]


def test_edits_move_to_the_base_and_back(plain: Repo) -> None:
    spec = plain.read(SPEC)
    plain.write(SPEC, spec + TWO)
    plain.ok("regenerate")
    assert "replicas: 1 # mine" in plain.read(BASE)
    assert not plain.has(f"{UNIT}/deploy/deployment.yaml")
    plain.ok("diff")
    plain.write(SPEC, spec)
    plain.ok("regenerate")
    assert "replicas: 1 # mine" in plain.read(f"{UNIT}/deploy/deployment.yaml")
    assert not plain.has(f"{UNIT}/deploy/base/deployment.yaml")
    assert not plain.has(OVERLAY.format("prod"))


def test_an_edited_overlay_that_goes_is_a_conflict(plain: Repo) -> None:
    spec = plain.read(SPEC)
    plain.write(SPEC, spec + TWO)
    plain.ok("regenerate")
    plain.edit(OVERLAY.format("prod"), "count: 3", "count: 5")
    plain.write(SPEC, spec + TWO.replace("  prod: {replicas: 3}\n", "  live: {replicas: 3}\n"))
    done = plain.run("regenerate")
    assert done.code == 1
    assert "count: 5" in plain.read(OVERLAY.format("prod"))
    assert not plain.has(OVERLAY.format("live"))


def test_the_edits_of_an_environment_stay_in_it(plain: Repo) -> None:
    """Also where another one comes and goes: an overlay is told apart by the name of its environment."""
    spec = plain.read(SPEC)
    plain.write(SPEC, spec + TWO)
    plain.ok("regenerate")
    plain.edit(OVERLAY.format("prod"), "count: 3", "count: 5")
    plain.write(SPEC, spec + "environments:\n  a: {}\n  prod: {replicas: 3}\n")
    plain.ok("regenerate")
    assert "count: 5" in plain.read(OVERLAY.format("prod"))
    assert "count" not in plain.read(OVERLAY.format("a"))
    assert not plain.has(OVERLAY.format("dev"))


def test_a_tag_that_flux_moved_stays_and_is_no_conflict(plain: Repo) -> None:
    plain.write(SPEC, plain.read(SPEC) + TWO)
    plain.ok("regenerate")
    plain.edit(OVERLAY.format("prod"), "newTag: v1.2.3", "newTag: v1.2.9")
    plain.ok("diff")
    plain.edit(SPEC, "tag: v1.2.3", "tag: v1.2.4")
    done = plain.ok("regenerate")
    assert "kept v1.2.9, which a bot updates" in done.err
    assert "newTag: v1.2.9 #" in plain.read(OVERLAY.format("prod"))
    assert "newTag: v1.2.4 #" in plain.read(OVERLAY.format("dev"))


def test_a_tag_that_the_new_policy_of_an_environment_does_not_take_is_a_conflict(plain: Repo) -> None:
    plain.write(SPEC, plain.read(SPEC) + TWO)
    plain.ok("regenerate")
    plain.edit(OVERLAY.format("prod"), "newTag: v1.2.3", "newTag: v1.2.9")
    plain.edit(SPEC, "prod: {replicas: 3}", "prod: {replicas: 3, tag: v2.0.0}")
    done = plain.run("regenerate")
    assert done.code == 1
    assert "images[name=ghcr.io/example/payments].newTag: yours v1.2.9, generated v2.0.0 (was v1.2.3)" in done.out
    assert "does not match semver:~2.0" in done.text
    plain.ok("regenerate", f"--theirs={OVERLAY.format('prod')}:images[name=ghcr.io/example/payments].newTag")
    assert "newTag: v2.0.0 #" in plain.read(OVERLAY.format("prod"))
    plain.ok("diff")


def test_environments_of_the_config_are_those_of_each_service_but_one(plain: Repo) -> None:
    path = ".scaffold/config.yaml"
    plain.write(path, plain.read(path) + "\ndefaults:\n  service:\n    environments:\n      dev: {}\n      prod: {}\n")
    plain.write(SPEC, plain.read(SPEC) + "environments:\n  dev: null\n")
    plain.ok("regenerate")
    assert plain.has(OVERLAY.format("prod"))
    assert not plain.has(OVERLAY.format("dev"))


def test_what_stays_behind_when_the_manifests_move_is_told(plain: Repo) -> None:
    plain.edit(f"{UNIT}/deploy/deployment.yaml", "payments:v1.2.3", "payments:v1.2.9")
    plain.edit(f"{UNIT}/deploy/kustomization.yaml", "  - deployment.yaml\n", "  - deployment.yaml\n  - extra.yaml\n")
    plain.write(SPEC, plain.read(SPEC) + TWO)
    done = plain.ok("regenerate")
    assert "lists extra.yaml, which is deploy/extra.yaml: move it to deploy/base" in done.err
    assert f"{OVERLAY.format('prod')}: deploys v1.2.3, and v1.2.9 was deployed before" in done.err
    assert plain.ok("regenerate").err == ""


def test_a_policy_by_the_usual_path_stays_when_the_manifests_move(plain: Repo) -> None:
    (plain.root / f"{UNIT}/deploy/serviceaccount.yaml").unlink()
    plain.write(SPEC, plain.read(SPEC) + "files: {deploy/serviceaccount.yaml: never}\n" + TWO)
    plain.ok("regenerate")
    assert not plain.has(f"{UNIT}/deploy/base/serviceaccount.yaml")
    assert "serviceaccount" not in plain.read(f"{UNIT}/deploy/base/kustomization.yaml")


def test_adopted_manifests_in_a_folder_get_environments(empty: Repo) -> None:
    """What adoption leaves out by its usual path stays left out where the manifests are below overlays."""
    empty.write("svc/base/app.yaml", f"{APP}---\n{SERVICE}")
    empty.write("svc/base/kustomization.yaml", "resources:\n  - app.yaml  # all of it\n")
    empty.ok("adopt", "svc")
    before = {one: empty.read(f"svc/base/{one}") for one in ("app.yaml", "kustomization.yaml")}
    empty.write("svc/scaffold.yaml", empty.read("svc/scaffold.yaml") + "environments: {prod: {replicas: 5}}\n")
    empty.ok("regenerate")
    assert {one: empty.read(f"svc/base/{one}") for one in before} == before
    prod, base = built(empty, "svc/deploy/overlays/prod"), built(empty, "svc/base")
    assert prod["Deployment"]["spec"].pop("replicas") == 5
    assert base["Deployment"]["spec"].pop("replicas") == 2
    assert prod == base


def test_a_needed_file_is_not_left_out_by_its_usual_path(plain: Repo) -> None:
    plain.write(SPEC, plain.read(SPEC) + "files: {deploy/kustomization.yaml: never}\n" + TWO)
    done = plain.run("regenerate")
    assert done.code == 2
    assert "deploy/base/kustomization.yaml is never generated, but deploy/overlays/" in done.err


def test_a_file_that_was_moved_by_hand_to_its_new_path_keeps_its_edits_and_gets_no_others(plain: Repo) -> None:
    (plain.root / f"{UNIT}/deploy/base").mkdir()
    (plain.root / f"{UNIT}/deploy/deployment.yaml").rename(plain.root / BASE)
    text = plain.read(BASE).replace(
        "          securityContext:", "          workingDir: /srv\n          securityContext:"
    )
    # A second probe of that name would be a duplicate key.
    start, end = text.index("          startupProbe:"), text.index("          readinessProbe:")
    plain.write(BASE, (text[:start] + text[end:]).replace("          livenessProbe:", "          startupProbe:"))
    plain.write(SPEC, plain.read(SPEC) + TWO)
    plain.ok("regenerate")
    after = plain.read(BASE)
    assert "livenessProbe" not in after
    assert "workingDir: /srv" in after
    assert "replicas: 1 # mine" in after


FAULTS = {
    "a tag that the environment's policy does not take": (
        "environments:\n  dev: {}\n  prod: {tag: v2.0.0, tags: 'semver:~1.2'}\n",
        f"{SPEC}:9:15: the tag v2.0.0 does not match semver:~1.2",
    ),
    "a policy that the service's tag does not match": (
        "environments:\n  prod:\n    tags: semver:~2.0\n",
        f"{SPEC}:8:3: the tag v1.2.3 does not match semver:~2.0",
    ),
    "a limit below the request of the service": (
        "environments:\n  prod:\n    resources: {limits: {memory: 32Mi}}\n",
        f"{SPEC}:9:5: the memory request 64Mi is above the limit 32Mi",
    ),
    "a name that is no folder": (
        "environments:\n  Prod: {}\n",
        f'{SPEC}:8:3: environments has the key "Prod", which is not a valid name',
    ),
    "a misspelt key": (
        "environments:\n  prod: {replica: 1}\n",
        f"{SPEC}:8:10: unknown key 'replica' in environments.prod",
    ),
    "the manifests of the base around the overlays": (
        "paths: {deploy/kustomization.yaml: deploy/kustomization.yaml}\ne2e: false\nenvironments: {prod: {}}\n",
        "kustomize refuses that",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_an_environment_is_refused_at_its_line(plain: Repo, name: str) -> None:
    lines, message = FAULTS[name]
    before = plain.snapshot()
    plain.write(SPEC, plain.read(SPEC) + lines)
    done = plain.run("regenerate")
    assert done.code == 2
    assert message in done.err
    assert {**plain.snapshot(), SPEC: b""} == {**before, SPEC: b""}


def test_a_template_of_the_repository_renders_a_file_for_each_key(empty: Repo) -> None:
    folder = ".scaffold/templates/regions"
    path = "{{cookiecutter.name}}/{{cookiecutter._region}}.yaml"
    empty.write(f"{folder}/cookiecutter.json", '{"name": "x", "_for_each": {"_region": "regions"}}')
    empty.write(f"{folder}/version", "1\n")
    empty.write(f"{folder}/schema.json", '{"type": "object"}')
    empty.write(f"{folder}/{path}", "zones: {{ cookiecutter.regions[cookiecutter._region] }}\n")
    empty.write("r/scaffold.yaml", "template: regions\nname: r\nregions: {eu: 3, us: 2}\n")
    empty.ok("regenerate")
    assert (empty.read("r/eu.yaml"), empty.read("r/us.yaml")) == ("zones: 3\n", "zones: 2\n")
    empty.write("r/scaffold.yaml", "template: regions\nname: r\nregions: {../../x: 3}\n")
    assert empty.run("regenerate").code == 2
    empty.write("r/scaffold.yaml", "template: regions\nname: r\nregions: [a]\n")
    assert "_for_each names regions, which is not a map" in empty.run("regenerate").err
    git(empty.root, "status")


MEMORY = "  prod: {resources: {requests: {memory: 200Mi}}}\n"
CPU = "  prod: {resources: {requests: {cpu: 200m}}}\n"
VARIABLE = "  prod: {env: {MODE: fast}}\n"
ONLY = "MODE: slow"
FROM = "              valueFrom: {secretKeyRef: {name: s, key: k}}\n"


@pytest.mark.parametrize(
    ("old", "new", "environment", "told"),
    [
        ("memory: 256Mi", "memory: 128Mi", MEMORY, "makes the memory request 200Mi and the limit 128Mi"),
        ("memory: 256Mi", "memory: 200Mi", MEMORY, ""),
        ("memory: 64Mi", "memory: 300Mi", CPU, ""),  # the base alone is refused
        ('              value: slow\n', FROM, VARIABLE, "sets a value of the variable MODE, which has valueFrom"),
        ('              value: slow\n', "              value: slower\n", VARIABLE, ""),
        ("- name: app\n", "- name: main\n", VARIABLE, "changes the container app, which deploy/base/deployment.yaml"),
        ("- name: app\n", "- name: main\n", "  prod: {replicas: 4}\n", ""),
        ("ghcr.io/e", "mirror.io/e", "  prod: {tag: v2.0.0}\n", "sets the tag of ghcr.io/e/pay, and no container in"),
        ("ghcr.io/e", "mirror.io/e", "  prod: {env: {A: b}}\n", ""),
        ("  name: pay\n", "  name: pay2\n", "  prod: {replicas: 4}\n", "changes the Deployment pay, which deploy/base"),
    ],
)  # fmt: skip
def test_an_overlay_fits_the_base_as_it_is_edited(empty: Repo, old: str, new: str, environment: str, told: str) -> None:
    """A change of the environment that does not fit the user's base is a conflict; an edit that does not, a note."""
    spec = f"template: service\nname: pay\nimage: ghcr.io/e/pay\ntag: v1.2.3\nautomation: none\nenv: {{{ONLY}}}\n"
    empty.write(SPEC, f"{spec}environments:\n  prod: {{}}\n")
    empty.ok("regenerate")
    text = empty.read(BASE)
    assert old in text
    path = OVERLAY.format("prod")
    empty.write(BASE, text.replace(old, new, 1))
    empty.ok("diff")
    empty.write(SPEC, f"{spec}environments:\n{environment}")
    before = empty.read(path)
    done = empty.run("regenerate")
    assert done.code == bool(told), done.text
    assert (f"; it {told}" in done.text) == bool(told), done.text
    assert (empty.read(path) == before) == bool(told)
    if not told:
        return
    assert empty.run("diff").code == 1
    kept = empty.ok("regenerate", f"--ours={path}")
    assert told not in kept.text
    assert empty.read(path) == before
    empty.write(BASE, text)
    empty.ok("reset", path)
    empty.write(BASE, text.replace(old, new, 1))
    empty.ok("diff")
    more = "{replicas: 5, " if "replicas" not in environment else "{env: {A: b}, "
    empty.write(SPEC, f"{spec}environments:\n{environment.replace('{', more, 1)}")
    done = empty.run("regenerate")
    if told.startswith("sets the tag"):  # it has no effect, as before, and is not refused
        assert f"note: {path}: {told}" in done.text
        assert done.code == 0
    else:
        assert f"; it {told}" in done.text
        assert done.code == 1
    empty.ok("regenerate", f"--theirs={path}")
    assert empty.read(path) != before
    empty.ok("diff")


def test_a_new_overlay_that_does_not_fit_is_a_conflict(plain: Repo) -> None:
    plain.edit(f"{UNIT}/deploy/deployment.yaml", "- name: app\n", "- name: main\n")
    spec = plain.read(SPEC)
    plain.write(SPEC, spec + "environments:\n  prod: {env: {A: b}}\n")
    done = plain.run("regenerate")
    assert done.code == 1
    assert "it changes the container app, which deploy/base/deployment.yaml does not have" in done.text
    assert "--ours=" not in done.text
    assert not plain.has(OVERLAY.format("prod"))
    plain.edit(f"{UNIT}/deploy/deployment.yaml", "- name: main\n", "- name: app\n")
    plain.ok("regenerate")
    assert built(plain, f"{UNIT}/deploy/overlays/prod")
