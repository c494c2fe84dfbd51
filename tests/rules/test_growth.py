"""The work of the rules grows with the number of files, and not with its square: no file is compared with all others.

Work is the number of calls, which is the same in every run.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from generator import rules
from generator.rules import Scope
from generator.rules.readers.objects import objects

VALUES = "alertmanager:\n  config:\n    route: {{receiver: a{0}}}\n    receivers: [{{name: a{0}}}]\n"
LACKING = "alertmanager: {{config: {{route: {{receiver: a{0}, routes: []}}}}}}\n"
WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web{0}
  annotations: {{fluxcd.io/automated: "true", "fluxcd.io/tag.app": "glob:1*"}}
spec:
  selector: {{matchLabels: {{app: web{0}}}}}
  template:
    metadata: {{labels: {{app: web{0}}}}}
    spec: {{containers: [{{name: app, image: "example/web{0}:1"}}]}}
"""
OVERLAY = 'resources: [../base]\nimages: [{{name: example/web{0}, newTag: "2"}}]\n'
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{ports: [{{port: 80}}]}}\n"
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web}}
spec: {{defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a{0}}}
spec: {{source: {{path: apps/a{0}}}}}
"""
UPDATER = """\
apiVersion: argocd-image-updater.argoproj.io/v1alpha1
kind: ImageUpdater
metadata: {{name: u{0}}}
spec:
  writeBackConfig: {{method: git, gitConfig: {{writeBackTarget: kustomization}}}}
  applicationRefs: [{{namePattern: a{0}, images: [{{alias: web, imageName: "example/web:1.x"}}]}}]
"""
WORKFLOW = """\
on: {{push: {{branches: [main]}}}}
jobs:
  a: {{runs-on: x, steps: [{{uses: docker/build-push-action@v6, with: {{push: true, tags: example/web{0}}}}}]}}
"""
ALERTMANAGER = """\
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
metadata: {{name: main{0}}}
spec: {{alertmanagerConfigSelector: {{matchLabels: {{team: b}}}}}}
"""
RESOURCE = """\
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {{name: c{0}, namespace: n{0}, labels: {{team: a}}}}
spec: {{route: {{receiver: a}}, receivers: [{{name: a}}]}}
"""
SPACE = """\
apiVersion: v1
kind: Namespace
metadata: {{name: web, labels: {{pod-security.kubernetes.io/enforce: baseline}}}}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: web, namespace: web}}
spec: {{hostPID: true, containers: [{{name: app, image: "example/web{0}:1"}}]}}
"""
MAKEFILE = "include *.mk\nt{0}:\n\tkind create cluster --name a{0} --wait 60s\n"


def numbers(size: int) -> range:
    """Return numbers that no other size has, so that nothing which is cached by its text is counted as no work."""
    return range(1000 * size, 1001 * size)


def each(**texts: str) -> Callable[[int], dict[str, str]]:
    """Return a repository of a size: each path and text once for every number; ``__`` is a slash, ``_n`` the number."""

    def made(size: int) -> dict[str, str]:
        paths = {
            one.replace("__", "/").replace("_n", "{0}").replace("_yaml", ".yaml"): text for one, text in texts.items()
        }
        return {path.format(number): text.format(number) for number in numbers(size) for path, text in paths.items()}

    return made


def with_list(name: str, head: str, line: str, repository: Callable[[int], dict[str, str]]) -> Callable[[int], Any]:
    """Return a repository that also has a file with a line for every number."""
    return lambda size: {
        name: head + "".join(line.format(number) for number in numbers(size)),
        **repository(size),
    }


REPOSITORIES = {
    "values in folders": each(apps__a_n__values_yaml=VALUES),
    "values in one folder": each(charts__values_n_yaml=VALUES),
    "values that lack receivers": each(apps__a_n_yaml=LACKING),
    "values of generators": with_list(
        "apps/kustomization.yaml",
        "configMapGenerator:\n",
        "- {{name: v{0}, files: [values.yaml=a{0}.yaml]}}\n",
        each(apps__a_n_yaml=VALUES),
    ),
    "values of charts": with_list(
        "apps/kustomization.yaml",
        "helmCharts:\n",
        "- {{name: v{0}, valuesFile: a{0}.yaml}}\n",
        each(apps__a_n_yaml=VALUES),
    ),
    "overlays of one base": with_list(
        "base/kustomization.yaml",
        "resources:\n",
        "- d{0}.yaml\n",
        each(base__d_n_yaml=WORKLOAD, o_n__kustomization_yaml=OVERLAY),
    ),
    "Ingresses": each(a_n__s_yaml=SERVICE, a_n__i_yaml=INGRESS),
    "ImageUpdaters": each(argo__a_n_yaml=APPLICATION, argo__u_n_yaml=UPDATER),
    "workflows that build images": each(d__d_n_yaml=WORKLOAD, **{".github__workflows__w_n_yaml": WORKFLOW}),
    "AlertmanagerConfigs": each(am__a_n_yaml=ALERTMANAGER, am__c_n_yaml=RESOURCE),
    "Namespaces that enforce a level": each(a_n__s_yaml=SPACE, a_n__p_yaml=POD),
    "Makefiles": each(a_n__Makefile=MAKEFILE),
}


def scope_of(texts: dict[str, str]) -> Scope:
    read = (rules.recognise(path, text, texts.__contains__).file for path, text in sorted(texts.items()))
    files = tuple(one for one in read if one is not None)
    assert len(files) == len(texts)
    return Scope(files, exists=texts.__contains__, read=texts.get)


def calls(texts: dict[str, str]) -> int:
    """Return the number of calls while the rules check a repository."""
    scope, count = scope_of(texts), 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        rules.check(scope.files, scope)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", REPOSITORIES)
def test_twice_the_files_are_twice_the_work(name: str) -> None:
    made = REPOSITORIES[name]
    calls(made(2))  # loads modules and schemas
    few, some, many = (calls(made(size)) for size in (30, 60, 120))
    assert many - some < 2.1 * (some - few), (few, some, many)


def test_what_a_run_caches_is_freed_with_it() -> None:
    texts = {"a/Makefile": MAKEFILE.format(1), "a/d.yaml": WORKLOAD.format(1), "a/values.yaml": VALUES.format(1)}
    scope = scope_of(texts)
    rules.check(scope.files, scope)
    left = [weakref.ref(one) for one in scope.files]
    gc.disable()
    try:
        scope.forget()
        del scope
        assert [one().path for one in left if one() is not None] == []  # type: ignore[union-attr]
    finally:
        gc.enable()


def test_a_changed_file_has_its_own_objects() -> None:
    (file,) = scope_of({"a.yaml": SERVICE.format()}).files
    assert [one.name for one in objects(file)] == ["web"]
    assert objects(replace(file, documents=())) == ()
