"""Workers, jobs and stateful workloads: what is a service's in them, and what real tools say of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import assets
from generator.shipped.service.schedule_syntax import schedule_fault

from ..conftest import Repo, git
from ..project import workload_schemas
from ..support import apiserver, customresources
from ..support.real import missing, tool
from .test_manifests import flux_load

CASES = Path(__file__).parents[1] / "cases/render"
OWN = {
    "worker": set(),
    "cronjob": {"deploy/cronjob.yaml"},
    "statefulset": {"deploy/statefulset.yaml"},
}
RENDERED = sorted(one for one in CASES.iterdir() if one.name.partition("-")[0] in OWN)
FORMS = {
    "worker": "template: worker\nname: pay\nimage: ghcr.io/example/pay\ntag: v1.2.3\n",
    "cronjob": "template: cronjob\nname: pay\nimage: ghcr.io/example/pay\ntag: v1.2.3\nschedule: 0 3 * * *\n",
    "statefulset": "template: statefulset\nname: pay\nimage: ghcr.io/example/pay\ntag: v1.2.3\n",
}
FILES = {"worker": "deployment", "cronjob": "cronjob", "statefulset": "statefulset"}


@pytest.fixture
def unit(empty: Repo, request: pytest.FixtureRequest) -> Repo:
    """A repository with one unit, pay, of the template that is the parameter, committed."""
    empty.ok("init", "--automation", "flux-v2")
    empty.write("pay/scaffold.yaml", FORMS[request.param])
    empty.ok("regenerate")
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "all")
    return empty


each = pytest.mark.parametrize("unit", FORMS, indirect=True)


@pytest.mark.parametrize("derived", workload_schemas.DERIVED, ids=lambda one: one.name)
def test_the_schema_follows_from_that_of_services(derived: workload_schemas.Derived) -> None:
    assert assets.folder("schemas").joinpath(f"{derived.name}.schema.json").read_text("utf-8") == derived.text(), (
        "run python -m tests.project.workload_schemas"
    )


@pytest.mark.parametrize("name", OWN)
def test_files_are_those_of_services(name: str) -> None:
    folder = assets.folder("templates") / name / "{{cookiecutter.name}}"
    texts = {one.relative_to(folder).as_posix(): one.read_text("utf-8") for one in folder.rglob("*") if one.is_file()}
    assert {path for path, text in texts.items() if not text.startswith('{% piece "service/')} == OWN[name]
    for path in texts.keys() - OWN[name]:
        assert texts[path] == f'{{% piece "service/{{{{cookiecutter.name}}}}/{path}" %}}\n'


@pytest.mark.parametrize("case", RENDERED, ids=lambda one: one.name)
def test_the_api_server_accepts_the_objects(case: Path) -> None:
    if not (apiserver.PROGRAM.is_file() and customresources.CRDS.is_file()):
        missing(apiserver.ABSENT)
    crds = [customresources.CRDS.read_text("utf-8")]
    deploy = case / "expected/deploy"
    overlays = [one.parent for one in deploy.glob("overlays/*/kustomization.yaml")]
    for folder in overlays or [deploy]:
        command = [tool("kubectl"), "kustomize", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        known = [one for one in yaml.safe_load_all(done.stdout) if not one["apiVersion"].startswith("autoscaling.k8s")]
        assert apiserver.faults(yaml.safe_dump_all(known), crds) == []
        found = [one["kind"] for one in known]
        assert len([one for one in found if one in {"Deployment", "CronJob", "StatefulSet"}]) == 1


SCHEDULES = (
    *("* * * * *", "0 3 * * *", "*/15 6-20 * * mon-fri", "0 0 1,15 * *", "5/10 * * * *", "? 0 * JAN-MAR SUN"),
    *("0 0 * * 0-6", "@hourly", "@daily", "@midnight", "@yearly", "@every 1h30m", "  0  3 * * * ", "*-5 * * * *"),
    *("1,,2 * * * *", "+5 * * * *"),
    *("", "0 3 * *", "0 3 * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 7"),
    *("*/0 * * * *", "5-1 * * * *", "1-2-3 * * * *", "*/2/3 * * * *", "a * * * *", "* * * foo *", "* * * * mon-sun"),
    *("-1 * * * *", "@nightly", "@every", "@every soon", "@Daily", "TZ=UTC 0 3 * * *", "CRON_TZ=UTC 0 3 * * *"),
    *("0 3 * * L", "*/x * * * *", "10/-2 * * * *", "jan * * * *", "* * * 1-dec *", "0 3 * * *\n"),
)  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_taken_if_the_api_server_takes_it(schedule: str) -> None:
    if not apiserver.PROGRAM.is_file():
        missing(apiserver.ABSENT)
    text = (CASES / "cronjob/expected/deploy/cronjob.yaml").read_text("utf-8")
    usual = 'schedule: "0 3 * * *"\n'
    assert usual in text
    wrong = apiserver.faults(text.replace(usual, f"schedule: {json.dumps(schedule)}\n"))
    assert bool(schedule_fault(schedule)) == bool(wrong), wrong


def test_flux_v1_loads_all_workloads_together(tmp_path: Path) -> None:
    for case in ("worker-of-flux-v2", "cronjob", "statefulset"):
        shutil.copytree(CASES / case / "expected", tmp_path / case)
    assert {one["kind"] for one in flux_load(tmp_path).values()} >= {"Deployment", "CronJob", "StatefulSet"}


@each
def test_a_unit_is_valid_and_an_edit_survives(unit: Repo, request: pytest.FixtureRequest) -> None:
    path = f"pay/deploy/{FILES[request.node.callspec.params['unit']]}.yaml"
    assert "0 errors, 0 warnings, 0 info" in unit.ok("validate", "pay").out
    unit.write(path, unit.read(path).replace("pay:v1.2.3", "pay:v1.2.9").replace("memory: 256Mi", "memory: 1Gi # more"))
    unit.write("pay/scaffold.yaml", unit.read("pay/scaffold.yaml") + "env: {LEVEL: info}\n")
    unit.ok("regenerate")
    text = unit.read(path)
    assert "pay:v1.2.9" in text
    assert "memory: 1Gi # more" in text
    assert "LEVEL" in text
    unit.ok("diff")


@each
def test_a_new_policy_that_does_not_take_the_moved_tag_is_a_conflict(
    unit: Repo, request: pytest.FixtureRequest
) -> None:
    path = f"pay/deploy/{FILES[request.node.callspec.params['unit']]}.yaml"
    unit.write(path, unit.read(path).replace("pay:v1.2.3", "pay:v1.2.9"))
    unit.write("pay/scaffold.yaml", unit.read("pay/scaffold.yaml").replace("v1.2.3", "v2.0.0"))
    done = unit.run("regenerate")
    assert done.code == 1
    assert re.search(r"containers\[name=app\]\.image: .*v1\.2\.9", done.text), done.text


@each
def test_an_overlay_that_does_not_fit_the_base_is_told(unit: Repo, request: pytest.FixtureRequest) -> None:
    name = FILES[request.node.callspec.params["unit"]]
    text = unit.read("pay/scaffold.yaml")
    unit.write("pay/scaffold.yaml", f"{text}environments: {{prod: {{env: {{A: b}}}}}}\n")
    unit.ok("regenerate")
    path = f"pay/deploy/base/{name}.yaml"
    unit.write(path, unit.read(path).replace("- name: app\n", "- name: other\n"))
    unit.write("pay/scaffold.yaml", f"{text}environments: {{prod: {{env: {{A: c}}}}}}\n")
    done = unit.run("regenerate")
    assert done.code == 1
    assert "it changes the container app, which" in done.text


@each
def test_a_moved_and_a_removed_unit(unit: Repo) -> None:
    unit.ok("mv", "pay", "apps/pay")
    unit.ok("diff")
    other = FORMS["worker"].replace("name: pay", "name: other")
    unit.write("other/scaffold.yaml", f"{other}namespace: {{name: pay, create: false}}\n")
    unit.ok("regenerate")
    git(unit.root, "add", "--all")
    git(unit.root, "commit", "--quiet", "--message", "more")
    done = unit.run("rm", "apps/pay")
    assert "the namespace pay" in done.text
    assert "other" in done.text


def test_one_unit_creates_a_namespace_that_several_share(empty: Repo) -> None:
    empty.ok("init", "--automation", "none")
    shared = ("--set", "image=a/b", "--set", "tag=v1", "--set", "namespace.name=shop")
    empty.ok("new-service", "web", "--image", "a/b:v1", "--namespace", "shop")
    for name, *more in (("worker",), ("cronjob", "--set", "schedule=@daily"), ("statefulset",)):
        done = empty.ok("new", name, f"a-{name}", *shared, *more)
        assert "services/web/scaffold.yaml already creates this namespace" in done.text
        assert "create: false" in empty.read(f"{name}s/a-{name}/scaffold.yaml")
    done = empty.run("new", "worker", "web", *shared)
    assert done.code == 2
    assert "services/web/scaffold.yaml already creates web in the namespace shop" in done.text


@pytest.mark.parametrize(
    ("form", "more", "told"),
    [
        (
            "cronjob",
            "pod: {spec: {restartPolicy: Always}}\n",
            "6:14: pod.spec.restartPolicy is set by the key",
        ),
        ("cronjob", "job: {spec: {selector: {}}}\n", "6:14: job.spec.selector is for jobs that are made by hand"),
        (
            "cronjob",
            "container: {lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}}\n",
            "6:57: CronJob pay: spec.jobTemplate.spec.template.spec.containers[0].lifecycle.preStop has both exec and",
        ),
        (
            "statefulset",
            "container: {lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}}\n",
            "5:57: StatefulSet pay: spec.template.spec.containers[0].lifecycle.preStop has both exec and sleep",
        ),
    ],
)
def test_what_kubernetes_refuses_is_told_at_its_place(empty: Repo, form: str, more: str, told: str) -> None:
    empty.ok("init", "--automation", "none")
    empty.write("pay/scaffold.yaml", FORMS[form] + more)
    done = empty.run("regenerate")
    assert done.code == 2, done.text
    assert f"pay/scaffold.yaml:{told}" in done.text


def workload(repo: Repo, folder: str) -> dict[str, Any]:
    done = subprocess.run(
        [tool("kubectl"), "kustomize", folder], cwd=repo.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (found,) = (one for one in yaml.safe_load_all(done.stdout) if one["kind"] in {"CronJob", "StatefulSet"})
    return found


@pytest.mark.parametrize("unit", ["cronjob"], indirect=True)
def test_an_environment_has_a_schedule_of_its_own(unit: Repo) -> None:
    own = "environments: {dev: {suspend: true}, prod: {schedule: '@hourly', time_zone: Europe/Berlin, env: {A: b}}}\n"
    unit.write("pay/scaffold.yaml", unit.read("pay/scaffold.yaml") + own)
    unit.ok("regenerate")
    dev, prod = (workload(unit, f"pay/deploy/overlays/{one}")["spec"] for one in ("dev", "prod"))
    assert (dev["schedule"], dev["timeZone"], dev["suspend"]) == ("0 3 * * *", "Etc/UTC", True)
    assert (prod["schedule"], prod["timeZone"], prod.get("suspend")) == ("@hourly", "Europe/Berlin", None)
    (container,) = prod["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "A", "value": "b"}]
    assert container["image"] == "ghcr.io/example/pay:v1.2.3"


@pytest.mark.parametrize("unit", ["statefulset"], indirect=True)
def test_a_claim_is_of_each_pod(unit: Repo) -> None:
    claim = "volumes: {data: {mountPath: /data, claim: {resources: {requests: {storage: 1Gi}}}}}\nreplicas: 3\n"
    unit.write("pay/scaffold.yaml", unit.read("pay/scaffold.yaml") + claim)
    unit.ok("regenerate")
    assert not unit.has("pay/deploy/persistentvolumeclaim.yaml")
    spec = workload(unit, "pay/deploy")["spec"]
    assert [one["metadata"]["name"] for one in spec["volumeClaimTemplates"]] == ["data"]
    assert [one["name"] for one in spec["template"]["spec"]["volumes"]] == ["tmp"]


def test_a_copy_of_a_template_has_its_files(empty: Repo) -> None:
    empty.ok("init", "--automation", "none")
    empty.ok("template", "copy", "cronjob", "nightly")
    folder = ".scaffold/templates/nightly/{{cookiecutter.name}}"
    assert "kind: ServiceAccount" in empty.read(f"{folder}/deploy/serviceaccount.yaml")
    empty.ok("template", "check", "nightly")
    values = ("image=a/b", "tag=v1", "schedule=@daily")
    empty.ok("new", "nightly", "backup", *(part for one in values for part in ("--set", one)))
    assert 'schedule: "@daily"' in empty.read("cronjobs/backup/deploy/cronjob.yaml")
