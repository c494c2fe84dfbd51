"""What is not one service that a spec can describe is refused, at its place, and nothing is written."""

from __future__ import annotations

import pytest

from ..conftest import Repo
from .written import APP, SERVICE

OTHER = APP.replace("name: web\n", "name: worker\n", 1)
TWO = APP + "      - name: proxy\n        image: envoy:v1\n"
CASES = {
    "two Deployments": (
        {"app": f"{APP}---\n{OTHER}"},
        (),
        "svc/app.yaml:2:1: is one of 2 Deployments",
        "--name: web, worker",
    ),
    "no such Deployment": ({"app": APP}, ("--name", "api"), "--name: no Deployment in", "there are: web"),
    "one object twice": (
        {"app": APP, "old": APP},
        (),
        "svc/app.yaml:2:1: Deployment web is defined 2 times",
        "remove or move",
    ),
    "nothing": ({"svc": SERVICE}, (), "svc: has no Deployment to adopt", "name the folder"),
    "a StatefulSet": (
        {"app": APP.replace("Deployment", "StatefulSet")},
        (),
        "svc/app.yaml:2:1: StatefulSet web is not a Deployment",
        "keep it",
    ),
    "a List": (
        {"app": "apiVersion: v1\nkind: List\nitems:\n  - " + APP.split("\n", 1)[1].replace("\n", "\n    ").rstrip()},
        (),
        "svc/app.yaml:4:5: Deployment web is an item of a List",
        "separated by ---",
    ),
    "a removed API": (
        {"app": APP.replace("apps/v1", "extensions/v1beta1")},
        (),
        "svc/app.yaml:2:1: Deployment web has apiVersion extensions/v1beta1",
        "apps/v1",
    ),
    "no selector": (
        {"app": APP.replace("  selector:\n    matchLabels:\n      app: web\n", "")},
        (),
        "Deployment web has no selector",
        "spec.selector",
    ),
    "a selector of other pods": (
        {"app": APP.replace("      app: web\n", "      app: api\n", 1)},
        (),
        "svc/app.yaml:11:7: Deployment web selects app: api",
        "template.metadata.labels",
    ),
    "an image without a version": (
        {"app": APP.replace("web:1.4.2", "web:latest")},
        (),
        "svc/app.yaml:19:16: the image registry.example.org/shop/web:latest has no tag",
        "--tag TAG",
    ),
    "another version": ({"app": APP}, ("--tag", "2"), "the image has the tag 1.4.2, not 2", "omit --tag"),
    "a tag that is none": ({"app": APP.replace(":1.4.2", "")}, ("--tag", "a b"), '--tag: tag is "a b"', ""),
    "an image that is none": (
        {"app": APP.replace("registry.example.org/shop/web", "${IMAGE}")},
        (),
        "svc/app.yaml:19:16: cannot be adopted: image is",
        "",
    ),
    "two containers": ({"app": TWO}, ("--container", "x"), "Deployment web has no container x", "it has: nginx, proxy"),
    "a name that no service has": (
        {"app": APP.replace("  name: web\n", "  name: web.example.org\n", 1)},
        (),
        "svc/app.yaml:5:9: cannot be adopted: name is",
        "",
    ),
    "names that kustomize makes": (
        {"app": APP, "kustomization": "resources: [app.yaml]\nnamePrefix: prod-\n"},
        (),
        "svc/kustomization.yaml:2:13: namePrefix changes the names",
        "write the names out",
    ),
    "a patch": (
        {"app": APP, "kustomization": "resources: [../base]\npatches: [{path: app.yaml}]\n"},
        (),
        "svc/app.yaml:2:1: Deployment web is a patch of a kustomization",
        "adopt the folder that it patches",
    ),
    "a chart": (
        {"app": "{{- if .Values.on }}\n" + APP + "{{- end }}\n"},
        (),
        "is a template that is not rendered",
        "renders",
    ),
    "broken YAML": ({"app": APP, "x": "a: [\n"}, (), "svc/x.yaml:", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_refusal(empty: Repo, case: str) -> None:
    files, options, says, hint = CASES[case]
    for name, text in files.items():
        empty.write(f"svc/{name}.yaml", text)
    before = empty.snapshot()
    done = empty.run("adopt", "svc", *options)
    assert done.code == 2, done.text
    assert says in done.err
    assert hint in done.err
    assert empty.snapshot() == before


def test_one_of_several_is_chosen(empty: Repo) -> None:
    empty.write("svc/app.yaml", f"{APP}---\n{OTHER}")
    empty.ok("adopt", "svc", "--name", "worker")
    empty.ok("diff")
    empty.edit("svc/scaffold.yaml", "replicas: 2", "replicas: 3")
    empty.ok("regenerate")
    assert empty.read("svc/app.yaml") == f"{APP}---\n{OTHER.replace('replicas: 2', 'replicas: 3')}"
