"""Marks of the user's for one tool that moves a tag, and a spec that gets another: a conflict with both ways out."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml

from ..adoption.written import APP, annotated
from ..conftest import Repo

SPEC, FILE = "svc/scaffold.yaml", "svc/app.yaml"
CONTAINERS = "      containers:\n"
SIDECAR = "      - name: proxy\n        image: e/proxy:7\n"
# Tags that are no version: no tag policy of a spec is what these manifests say.
BUILT = APP.replace("web:1.4.2", "web:main-1a2b3c4-1718000000")
FLUX1, KEEL = ('fluxcd.io/automated: "true"', "fluxcd.io/tag.nginx: glob:main-*"), ("keel.sh/policy: minor",)
MARKER = '# {"$imagepolicy": "flux:mine"}'


def with_notes(*notes: str) -> str:
    return annotated(*notes).replace("web:1.4.2", "web:main-1a2b3c4-1718000000")


# What moves the tag in the manifests, these, and where they say so: the field, and what its line has.
MARKS = {
    "flux-v1": (with_notes(FLUX1[0], "fluxcd.io/tag.nginx: semver:x"), 'metadata.annotations["fluxcd.io/automated"]'),
    "flux-v1, by its old name": (
        with_notes('flux.weave.works/automated: "true"'),
        'metadata.annotations["flux.weave.works/automated"]',
    ),
    "keel": (with_notes(*KEEL), 'metadata.annotations["keel.sh/policy"]'),
    "keel, by a label": (
        BUILT.replace("labels: {app: web}", "labels: {app: web, keel.sh/policy: minor}", 1),
        'metadata.labels["keel.sh/policy"]',
    ),
    "keel, with a container before it": (
        with_notes(*KEEL).replace(CONTAINERS, CONTAINERS + SIDECAR),
        'metadata.annotations["keel.sh/policy"]',
    ),
    "flux-v2": (
        BUILT.replace("web:main-1a2b3c4-1718000000", f"web:main-1a2b3c4-1718000000 {MARKER}"),
        "spec.template.spec.containers[name=nginx].image",
    ),
}
GLOB, BUILDS = "glob:main-*", "numerical:^main-[a-f0-9]{7,40}-(?P<time>[0-9]{10})$"
TAGS = {"flux-v1": GLOB, "argocd": "regexp:^main-[a-f0-9]{7,40}-([0-9]{10})$", "keel": BUILDS, "flux-v2": BUILDS}
CASES = [(mark, automation) for mark in MARKS for automation in TAGS if not mark.startswith(automation)]


def adopted(repo: Repo, app: str) -> None:
    repo.write(FILE, app)
    repo.ok("adopt", "svc", "--container", "nginx")
    assert "automation: none" in repo.read(SPEC)


def respecified(repo: Repo, automation: str, **more: object) -> None:
    spec = {**yaml.safe_load(repo.read(SPEC)), "automation": automation, **more}
    spec |= {"tags": TAGS[automation]} if automation in TAGS else {}
    repo.write(SPEC, yaml.safe_dump(spec))


@pytest.mark.parametrize(("mark", "automation"), CASES)
def test_a_second_tool_is_a_conflict(empty: Repo, mark: str, automation: str) -> None:
    app, field = MARKS[mark]
    adopted(empty, app)
    respecified(empty, automation)
    before = empty.snapshot()
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert empty.snapshot() == before
    tool = mark.partition(",")[0]
    assert f"{tool} moves the tag of nginx by " in done.out
    assert f"and {automation} moves it from now on" in done.out
    (line,) = re.findall(rf"{re.escape(FILE)}:([0-9]+): {re.escape(field)}: yours", done.out)
    sign = re.findall(r'"(.*)"', field) or ["$imagepolicy"]
    assert sign[0] in app.split("\n")[int(line) - 1]
    (ours,), (theirs,) = (re.findall(rf"{word}: +scaffold (.*)", done.out) for word in ("keep yours", "take it"))
    told = empty.ok(*shlex.split(theirs))
    assert "moves" not in told.err
    assert sign[0] not in empty.read(FILE) or (sign[0] == "$imagepolicy" and automation == "flux-v2")
    assert empty.ok("regenerate").err == ""
    for path, text in before.items():
        (empty.root / path).write_bytes(text)
    assert f"and {automation} moves it from now on" in empty.ok(*shlex.split(ours)).err
    assert sign[0] in empty.read(FILE)
    again = empty.ok("regenerate")
    assert "0 files changed" in again.out
    assert again.err == ""
    respecified(empty, automation, replicas=3)  # what was settled stays settled
    empty.ok("regenerate")


SILENT = {
    "no mark": (BUILT, "flux-v2"),
    "none to none": (MARKS["keel"][0], "none"),
    "Keel that is off": (with_notes("keel.sh/policy: never"), "flux-v2"),
    "Keel of another container": (
        with_notes(*KEEL, "keel.sh/monitorContainers: ^proxy$").replace(CONTAINERS, CONTAINERS + SIDECAR),
        "flux-v2",
    ),
    "Flux v1 that is off": (with_notes('fluxcd.io/automated: "false"', FLUX1[1]), "keel"),
    "a marker at another container": (
        BUILT.replace(CONTAINERS, f"{CONTAINERS}{SIDECAR}").replace("e/proxy:7", f"e/proxy:7 {MARKER}"),
        "keel",
    ),
    "an annotation of Image Updater, which reads it on an Application only": (
        with_notes("argocd-image-updater.argoproj.io/image-list: web"),
        "flux-v2",
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_no_second_tool(empty: Repo, case: str) -> None:
    app, automation = SILENT[case]
    adopted(empty, app)
    respecified(empty, automation, replicas=3)
    assert empty.ok("regenerate").err == ""


def noted(repo: Repo, path: str) -> None:
    repo.write(path, repo.read(path).replace("  labels:", "  annotations: {keel.sh/policy: minor}\n  labels:", 1))


HEAD = "template: service\nname: web\nimage: e/web\ntag: v1.2.3\ne2e: false\n"


def test_an_automation_that_was_there_before_is_left_alone(empty: Repo) -> None:
    empty.write(SPEC, f"{HEAD}automation: flux-v2\n")
    empty.ok("regenerate")
    noted(empty, "svc/deploy/deployment.yaml")
    empty.write(SPEC, f"{HEAD}automation: flux-v2\nreplicas: 3\n")
    assert empty.ok("regenerate").err == ""


def test_an_automation_that_is_not_generated_moves_nothing(empty: Repo) -> None:
    head = f"{HEAD}files: {{deploy/automation.yaml: never}}\n"
    empty.write(SPEC, f"{head}automation: none\n")
    empty.ok("regenerate")
    noted(empty, "svc/deploy/deployment.yaml")
    empty.write(SPEC, f"{head}automation: flux-v2\nreplicas: 3\n")
    assert empty.ok("regenerate").err == ""


@pytest.mark.parametrize("old", TAGS)
@pytest.mark.parametrize("new", TAGS)
def test_generated_marks_go_with_their_automation(empty: Repo, old: str, new: str) -> None:
    empty.write(SPEC, f"{HEAD}automation: {old}\n")
    empty.ok("regenerate")
    empty.edit("svc/deploy/deployment.yaml", "e/web:v1.2.3", "e/web:v1.2.4")
    empty.write(SPEC, f"{HEAD}automation: {new}\n")
    assert "from now on" not in empty.ok("regenerate").text


@pytest.mark.parametrize("automation", ["flux-v2", "flux-v1", "argocd"])
def test_the_automation_of_an_environment(empty: Repo, automation: str) -> None:
    head = f"{HEAD}automation: none\nenvironments: {{dev: {{}}, prod: {{}}}}\n"
    empty.write(SPEC, head)
    empty.ok("regenerate")
    path = "svc/deploy/base/deployment.yaml"
    noted(empty, path)
    empty.write(SPEC, head.replace("automation: none", f"automation: {automation}"))
    done = empty.run("regenerate")
    assert done.code == 1
    assert f"keel moves the tag of app by keel.sh/policy, and {automation} moves it from now on" in done.out
    empty.ok("regenerate", "--theirs")
    assert "keel.sh" not in empty.read(path)
