"""The templates of charts: what random valid specs make is accepted by the CRDs of Flux and Argo CD."""

from __future__ import annotations

import json
import random
import string
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets, config, kind_clusters, render, spec
from generator.errors import Invalid
from generator.template import load_template
from generator.yaml import dump

from ..conftest import Repo
from ..project import fragment_schemas
from ..support.customresources import custom_resources, custom_verdicts
from ..support.real import tool

COUNT = 300
CASES = Path(__file__).parents[1] / "cases" / "render"
NAMED = ("helm-release", "application")
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
MANIFESTS = ("source", "release", "application")
FRAGMENTS = {"helm-release": ("release", "source"), "application": ("application",)}
TEXTS = ("a", "text with blanks", "on", "1.10", "null", "${x}", "{{ x }}", "# no comment", "é", "a: b", "it's", "x\ny")
CHARTS: dict[str, tuple[dict[str, Any], ...]] = {
    "helm-release": (
        {"repository": "https://charts.example.com/stable", "name": "web", "version": "4.x"},
        {"repository": "oci://ghcr.io/example/charts", "name": "web", "version": "1.2.3+b1"},
        {"repository": "oci://ghcr.io/example/charts", "name": "web", "version": ">=1.2.0 <2.0.0"},
        {"repository": "oci://ghcr.io/example/charts", "name": "web", "version": "v1.2.3", "digest": DIGEST},
    ),
}
CHARTS["application"] = (
    *CHARTS["helm-release"],
    {"repository": "https://git.example.com/a/b", "path": "charts/web", "revision": "v1"},
)


def sample(schema: Mapping[str, Any], dice: random.Random, depth: int = 0) -> Any:
    """Return random data that a fragment's schema accepts; text with a pattern is a duration."""
    if "enum" in schema:
        return dice.choice(schema["enum"])
    sorts = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    sort = "null" if "null" in sorts and dice.random() < 0.1 else dice.choice([one for one in sorts if one != "null"])
    match sort:
        case "null":
            return None
        case "boolean":
            return dice.random() < 0.5
        case "integer":
            return dice.choice((schema.get("minimum", 0), schema.get("maximum", 1), 3))
        case "string":
            return "5m" if "pattern" in schema else dice.choice(TEXTS)
        case "array":
            return [sample(schema["items"], dice, depth + 1) for _ in range(dice.randrange(3))]
    if isinstance(schema.get("additionalProperties"), Mapping):
        return {dice.choice("abc"): sample(schema["additionalProperties"], dice, depth + 1)}
    wanted = {*schema.get("required", ()), *(one for one in schema["properties"] if dice.random() < 0.25)}
    return {key: sample(one, dice, depth + 1) for key, one in schema["properties"].items() if key in wanted}


def random_values(dice: random.Random, depth: int = 0) -> Any:
    """Return values of a chart: any data of JSON."""
    match dice.randrange(8 if depth < 4 else 5):
        case 0:
            return dice.choice((True, False, None))
        case 1:
            return dice.choice((0, -1, 2**40, 1.5, 1e20))
        case 2 | 3 | 4:
            return dice.choice(TEXTS)
        case 5:
            return [random_values(dice, depth + 1) for _ in range(dice.randrange(3))]
    return {"".join(dice.choices(string.printable[:95], k=4)): random_values(dice, depth + 1) for _ in range(3)}


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("template", FRAGMENTS)
def test_the_fragments_have_the_fields_of_the_current_crds(template: str) -> None:
    assert fragment_schemas.schema(template) == json.loads(
        (fragment_schemas.FOLDER / f"{template}.schema.json").read_text("utf-8")
    ), "run python -m tests.project.fragment_schemas"


def random_spec(template: str, dice: random.Random) -> dict[str, Any]:
    """Return a random spec, most of which are valid."""
    schema = json.loads(assets.schema_text(template))["properties"]
    made: dict[str, Any] = {"template": template, "name": "web", "chart": dice.choice(CHARTS[template])}
    if dice.random() < 0.8:
        made["values"] = {key: random_values(dice) for key in "abc"}
    for key, one in schema.items():
        is_plain = set(one) & {"enum", "type"} and one.get("type") not in ("object", "array")
        if key not in {*made, "workflow"} and is_plain and dice.random() < 0.3:
            made[key] = dice.choice(one["enum"]) if "enum" in one else _plain(key, one, dice)
    if dice.random() < 0.5:
        made["namespace"] = {"name": "apps", "create": dice.random() < 0.5}
    if dice.random() < 0.5:
        made["labels"], made["annotations"] = {"team": "a"}, {"example.org/x": "y: z"}
    made |= {key: sample(schema[key], dice) for key in FRAGMENTS[template] if dice.random() < 0.7}
    if template == "helm-release":
        made["depends_on"] = [{"name": "crds", "namespace": "a"}][: dice.randrange(2)]
        made["values_from"] = [{"kind": "Secret", "name": "a", "optional": True, "targetPath": "a.b[0]"}][
            : dice.randrange(2)
        ]
    else:
        made["destination"] = dice.choice(({"name": "prod"}, {"server": "https://10.0.0.1:6443"}, {}))
        made["sync"] = {key: dice.random() < 0.5 for key in ("automated", "prune", "self_heal", "server_side_apply")}
        made["ignore_differences"] = [{"kind": "Deployment", "jqPathExpressions": [".spec.replicas"]}][
            : dice.randrange(2)
        ]
        if dice.random() < 0.4:
            git = "git@example.com:a/b.git"
            made["value_files"] = {"repository": git, "revision": "main", "paths": ["a.yaml", "b/c.yaml"]}
    return made


def _plain(key: str, one: Mapping[str, Any], dice: random.Random) -> Any:
    if one["type"] == "boolean":
        return dice.random() < 0.5
    if one["type"] == "integer":
        return dice.choice((one["minimum"], 1, one["maximum"]))
    return {"interval": "1h30m", "timeout": "10m"}.get(key, "other")


def rendered(data: Mapping[str, Any], settings: str = "") -> dict[str, str]:
    """Return the files of a spec. Raises Invalid."""
    read = spec.parse_spec(dump(data), "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    known = template.behaviour
    values = spec.values(
        read, config.parse_config(settings), template.schema, known.all_faults("units/one"), nullable=known.nullable
    )
    return dict(render.render(template, values, "scaffold.yaml", "units/one").tree)


def valid_specs(template: str, count: int) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return random valid specs with the objects that they make, the main one last."""
    dice = random.Random(f"{template} 1")  # noqa: S311
    found: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    for _ in range(10 * count):
        data = random_spec(template, dice)
        try:
            files = rendered(data)
        except Invalid:
            continue
        texts = [files[path] for path in (f"deploy/{one}.yaml" for one in MANIFESTS) if path in files]
        found.append((data, [one for text in texts for one in custom_resources(text)]))
        if len(found) == count:
            return found
    raise AssertionError(f"only {len(found)} of {10 * count} specs are valid")


@pytest.mark.usefixtures("crds")
@pytest.mark.parametrize("template", FRAGMENTS)
def test_what_random_specs_make_is_accepted_by_the_crds(template: str) -> None:
    made = valid_specs(template, COUNT)
    assert {len(objects) for _, objects in made} == {1 if template == "application" else 2}
    verdicts = custom_verdicts([one for _, objects in made for one in objects])
    assert [faults for faults in verdicts if faults] == []
    for data, objects in made:
        made_spec = objects[-1]["spec"]
        helm = (made_spec.get("sources") or [made_spec.get("source", {})])[0].get("helm", {})
        got = helm.get("valuesObject") if template == "application" else made_spec.get("values")
        assert got == (data.get("values") or None)


UNIT = "releases/ingress-nginx"
NGINX = (
    *("new", "helm-release", "ingress-nginx", "--set", "chart.repository=https://kubernetes.github.io/ingress-nginx"),
    *("--set", "chart.name=ingress-nginx", "--set", "chart.version=4.13.2"),
)


def test_edits_of_a_release_survive_and_conflicts_are_told(empty: Repo) -> None:
    empty.ok("init")
    empty.ok(*NGINX, "--set", "values.controller.replicaCount=2")
    path = f"{UNIT}/deploy/release.yaml"
    empty.write(path, empty.read(path).replace("replicaCount: 2", "replicaCount: 2 # two zones\n      kind: DaemonSet"))
    empty.ok("diff")
    empty.write(
        f"{UNIT}/scaffold.yaml", empty.read(f"{UNIT}/scaffold.yaml").replace("4.13.2", "4.14.0") + "interval: 1h\n"
    )
    assert empty.run("diff").code == 1
    empty.ok("regenerate")
    text = empty.read(path)
    assert "replicaCount: 2 # two zones\n      kind: DaemonSet\n" in text
    assert 'version: "4.14.0"' in text
    assert "interval: 1h" in text
    empty.write(path, text.replace("4.14.0", "4.14.1"))  # as a bot does
    empty.ok("diff")
    empty.write(f"{UNIT}/scaffold.yaml", empty.read(f"{UNIT}/scaffold.yaml").replace("4.14.0", "4.15.0"))
    told = empty.run("regenerate")
    assert told.code == 1
    assert 'spec.chart.spec.version: yours "4.14.1", generated "4.15.0" (was "4.14.0")' in told.text
    empty.ok("regenerate", "--theirs")
    assert 'version: "4.15.0"' in empty.read(path)
    empty.ok("diff")


def test_units_share_a_namespace_that_one_of_them_makes(empty: Repo) -> None:
    empty.ok("init")
    empty.ok("new-service", "ingress-nginx", "--image", "ghcr.io/example/app:1.2.3", "--automation", "none")
    told = empty.ok(*NGINX)
    assert "services/ingress-nginx/scaffold.yaml already creates this namespace" in told.text
    assert "namespace:\n  create: false\n" in empty.read(f"{UNIT}/scaffold.yaml")
    assert not (empty.root / UNIT / "deploy/namespace.yaml").exists()
    again = empty.run(*NGINX, "--dir", "other")
    assert again.code == 2
    assert f"{UNIT}/scaffold.yaml already creates the HelmRelease ingress-nginx in ingress-nginx" in again.text
    refused = empty.run("new", "application", "ingress-nginx", *NGINX[3:], "--set", "namespace.create=true")
    assert refused.code == 2
    assert "--set namespace.create: services/ingress-nginx/scaffold.yaml already creates the namespace" in refused.text
    empty.ok("rm", "services/ingress-nginx")
    assert "create: true" in empty.read(f"{UNIT}/scaffold.yaml")
    assert "kind: Namespace" in empty.read(f"{UNIT}/deploy/namespace.yaml")


def test_nulls_of_values_are_those_of_the_chart_and_of_fragments_are_ours(empty: Repo) -> None:
    empty.ok("init")
    config_path = ".scaffold/config.yaml"
    empty.write(config_path, empty.read(config_path) + "defaults: {helm-release: {values: {a: 1, b: {c: 1, d: 2}}}}\n")
    empty.ok(*NGINX)
    spec_path = f"{UNIT}/scaffold.yaml"
    first = empty.read(spec_path)
    empty.write(spec_path, first + "values: {a: null, b: {c: null}, e: null}\nrelease: {upgrade: null}\n")
    empty.ok("regenerate")
    (found,) = yaml.safe_load_all(empty.read(f"{UNIT}/deploy/release.yaml"))
    assert found["spec"]["values"] == {"a": None, "b": {"c": None, "d": 2}, "e": None}
    assert "upgrade" not in found["spec"]
    empty.write(spec_path, first + "values: null\n")
    empty.ok("regenerate")
    (found,) = yaml.safe_load_all(empty.read(f"{UNIT}/deploy/release.yaml"))
    assert "values" not in found["spec"]


@pytest.mark.parametrize("case", sorted(one.name for one in CASES.iterdir() if one.name.startswith(NAMED)))
def test_what_is_generated_has_no_finding_and_can_be_built(empty: Repo, case: str) -> None:
    """With Flux v1 too, which reads every YAML file."""
    empty.ok("init", "--automation", "flux-v1")
    empty.write("units/one/scaffold.yaml", (CASES / case / "scaffold.yaml").read_text("utf-8"))
    if (CASES / case / "config.yaml").exists():
        config_path = ".scaffold/config.yaml"
        empty.write(config_path, empty.read(config_path) + (CASES / case / "config.yaml").read_text("utf-8"))
    empty.ok("regenerate")
    empty.ok("diff", "--verify")
    done = empty.ok("validate", "--fail-on", "info", "units")
    assert "0 errors, 0 warnings, 0 info" in done.text
    if (empty.root / "units/one/deploy/kustomization.yaml").exists():
        command = [tool("kubectl"), "kustomize", str(empty.root / "units/one/deploy")]
        subprocess.run(command, check=True, capture_output=True)


def test_values_files_of_this_repository_start_the_test(empty: Repo) -> None:
    data = {"chart": {}, "value_files": {"paths": ["values/a.yaml"]}}
    assert kind_clusters.watched(data, "applications/web")[-1] == "values/a.yaml"
