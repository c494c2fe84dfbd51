"""The oracle itself: what the API server is known to accept and refuse, and what of a CRD."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support import apiserver
from ..support.apiserver import PROGRAMS, ApiServer, OracleError

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: app
      image: ghcr.io/example/web:1.0.0
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: lamps, singular: lamp, kind: Lamp}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [watts]
              x-kubernetes-validations:
                - {rule: "self.watts <= self.limit", message: brighter than its limit}
              properties:
                watts: {type: integer, minimum: 1}
                limit: {type: integer, default: 60}
                tags: {type: array, items: {type: string}, x-kubernetes-list-type: set}
"""
LAMP = "apiVersion: example.org/v1\nkind: Lamp\nmetadata: {name: desk}\nspec: {watts: 40}\n"


def pod(*lines: str) -> str:
    """Return a Pod with more lines in its container."""
    return POD + "".join(f"      {line}\n" for line in lines)


def spec(kind_: str, version: str, *lines: str) -> str:
    """Return an object with the lines of its spec, or below its root where there is no spec."""
    return f"apiVersion: {version}\nkind: {kind_}\nmetadata: {{name: web}}\n" + "".join(f"{line}\n" for line in lines)


PDB = ("PodDisruptionBudget", "policy/v1")
INGRESS = ("Ingress", "networking.k8s.io/v1")
GOOD = {
    "pod": POD,
    "pod with a probe": pod("livenessProbe: {httpGet: {path: /, port: 8080}}"),
    "pod with env of both sorts": pod(
        "env: [{name: A, value: a}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
    ),
    "deployment whose defaults are needed": spec(
        "Deployment",
        "apps/v1",
        "spec:",
        "  selector: {matchLabels: {app: web}}",
        "  template:",
        "    metadata: {labels: {app: web}}",
        "    spec: {containers: [{name: app, image: 'web:1'}]}",
    ),
    "job without a selector": spec(
        "Job",
        "batch/v1",
        "spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: 'web:1'}]}}}",
    ),
    "service": spec("Service", "v1", "spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}"),
    "headless service": spec("Service", "v1", "spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}"),
    "budget": spec(*PDB, "spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}"),
    "name that is made": "apiVersion: v1\nkind: Secret\nmetadata: {generateName: web-}\nstringData: {a: b}\n",
    "status, which the server drops": spec("Namespace", "v1", "status: {phase: Terminating}"),
    "role": spec(
        "Role", "rbac.authorization.k8s.io/v1", "rules: [{apiGroups: ['*'], resources: [pods], verbs: [get]}]"
    ),
    "list of two": "apiVersion: v1\nkind: List\nitems:\n"
    + "".join(f"- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{name: {name}}}\n" for name in ("a", "b")),
    "comments between documents": f"# first\n---\n{POD}---\n# last\n",
}
BAD = {
    "two handlers": (
        pod("livenessProbe: {httpGet: {port: 8080}, tcpSocket: {port: 8080}}"),
        "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type",
    ),
    "two handlers of lifecycle": (
        pod("lifecycle: {preStop: {exec: {command: [a]}, httpGet: {port: 8080}}}"),
        "may not specify more than 1 handler type",
    ),
    "value and its source": (
        pod("env: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"),
        "env[0].valueFrom: Invalid value",
    ),
    "two sources of a value": (
        pod("env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}, secretKeyRef: {name: a, key: b}}}]"),
        "may not have more than one field specified at a time",
    ),
    "two sources of a volume": (
        pod().replace("spec:\n", "spec:\n  volumes: [{name: a, emptyDir: {}, configMap: {name: a}}]\n"),
        "may not specify more than 1 volume type",
    ),
    "mount of no volume": (pod("volumeMounts: [{name: a, mountPath: /a}]"), "volumeMounts[0].name: Not found"),
    "unknown field": (pod("imagePullPolice: Always"), 'unknown field "spec.containers[0].imagePullPolice"'),
    "unknown field of other case": (pod("Command: [a]"), 'unknown field "spec.containers[0].Command"'),
    "key twice": (pod("tty: true", "tty: true"), 'key "tty" already set in map'),
    "wrong type": (pod("args: --verbose"), "cannot unmarshal string into Go struct field"),
    "no image": (POD.replace("      image: ghcr.io/example/web:1.0.0\n", ""), "image: Required value"),
    "budget with both": (
        spec(*PDB, "spec: {minAvailable: 1, maxUnavailable: 1, selector: {matchLabels: {app: web}}}"),
        "minAvailable and maxUnavailable cannot be both set",
    ),
    "backend of both sorts": (
        spec(
            *INGRESS,
            "spec:",
            "  defaultBackend:",
            "    service: {name: web, port: {number: 80}}",
            "    resource: {apiGroup: example.org, kind: Bucket, name: web}",
        ),
        "cannot set both resource and service backends",
    ),
    "port of a service twice": (
        spec("Service", "v1", "spec: {ports: [{name: a, port: 80}, {name: b, port: 80}]}"),
        "spec.ports[1]: Duplicate value",
    ),
    "selector of other pods": (
        GOOD["deployment whose defaults are needed"].replace("{labels: {app: web}}", "{labels: {app: api}}"),
        "`selector` does not match template `labels`",
    ),
    "bad name": (POD.replace("name: web", "name: Web_1"), "metadata.name: Invalid value"),
    "no name": (POD.replace("name: web", "labels: {app: web}"), "metadata.name: Required value"),
    "no YAML": ("a: [\n", "did not find expected"),
    "no kind": ("apiVersion: v1\nmetadata: {name: a}\n", "apiVersion and kind must be set"),
}
UNKNOWN = {
    "custom resource without its CRD": LAMP,
    "kustomization": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
    "version of long ago": GOOD["deployment whose defaults are needed"].replace("apps/v1", "apps/v1beta1"),
    "kind that does not exist": "apiVersion: v1\nkind: Podd\nmetadata: {name: a}\n",
    "kind that is not in the table": "apiVersion: v1\nkind: Binding\nmetadata: {name: a}\ntarget: {name: b}\n",
}
LAMPS = {
    "good": (LAMP, ""),
    "unknown field": (LAMP.replace("watts: 40", "watts: 40, colour: red"), 'unknown field "spec.colour"'),
    "unknown metadata": (LAMP.replace("name: desk", "name: desk, label: a"), 'unknown field "metadata.label"'),
    "wrong type": (LAMP.replace("40", "'40'"), "spec.watts: Invalid value"),
    "below the minimum": (LAMP.replace("40", "0"), "should be greater than or equal to 1"),
    "missing": (LAMP.replace("watts: 40", ""), "spec.watts: Required value"),
    "item twice": (LAMP.replace("watts: 40", "watts: 40, tags: [a, a]"), "spec.tags[1]: Duplicate value"),
    "rule over a default": (LAMP.replace("40", "100"), "brighter than its limit"),
}


@pytest.mark.parametrize("version", PROGRAMS)
def test_an_oracle_links_the_release_of_its_name(version: str) -> None:
    name = "go.mod" if PROGRAMS[version].name == "kubernetes" else f"{PROGRAMS[version].name}.mod"
    lines = (PROGRAMS[version].parents[1] / name).read_text("utf-8").splitlines()
    (linked,) = (one for one in lines if one.startswith("\tk8s.io/kubernetes "))
    assert linked.split()[1].startswith(f"v{version}.")
    replaced = {one.rpartition(".")[0].split()[-1] for one in lines if "=> k8s.io/" in one}
    assert replaced == {f"v{version.replace('1.', '0.')}"}


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("version", PROGRAMS)
@pytest.mark.parametrize("name", GOOD)
def test_valid_objects_are_accepted(version: str, name: str) -> None:
    told = apiserver.api_server(version).ask(GOOD[name])
    assert told
    assert [(one.verdict, one.errors) for one in told] == [("ok", ())] * len(told)


@pytest.mark.usefixtures("servers")
@pytest.mark.parametrize("version", PROGRAMS)
@pytest.mark.parametrize("name", BAD)
def test_what_the_server_refuses_is_refused_with_its_words(version: str, name: str) -> None:
    text, reason = BAD[name]
    (told,) = apiserver.api_server(version).ask(text)
    assert told.verdict == "refused"
    assert any(reason in one for one in told.errors), told.errors


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_kind_is_never_accepted(server: ApiServer, name: str) -> None:
    assert [one.verdict for one in server.ask(UNKNOWN[name])] == ["unknown"]
    assert apiserver.faults(UNKNOWN[name]) != []


@pytest.mark.parametrize("name", LAMPS)
def test_a_custom_resource_is_judged_by_its_crd(server: ApiServer, name: str) -> None:
    text, reason = LAMPS[name]
    (beside,) = server.ask(text, crds=[CRD])
    definition, together = server.ask(f"{CRD}---\n{text}")
    assert definition.verdict == "ok"
    assert beside == together
    assert beside.verdict == ("refused" if reason else "ok")
    assert any(reason in one for one in beside.errors) or not reason, beside.errors
    assert [one.verdict for one in server.ask(text)] == ["unknown"]


def test_a_crd_that_is_wrong_is_refused_and_knows_no_resource(server: ApiServer) -> None:
    wrong = CRD.replace("name: lamps.example.org", "name: lamps")
    assert [one.verdict for one in server.ask(f"{wrong}---\n{LAMP}")] == ["refused", "unknown"]
    with pytest.raises(OracleError, match="CustomResourceDefinition lamps"):
        server.ask(LAMP, crds=[wrong])
    assert [one.verdict for one in server.ask(POD)] == ["ok"]


def test_each_document_has_its_own_answer(server: ApiServer) -> None:
    told = server.ask(f"{POD}---\n{pod('tty: 1')}---\n{LAMP}")
    assert [(one.object_kind, one.name, one.verdict) for one in told] == [
        ("Pod", "web", "ok"),
        ("Pod", "web", "refused"),
        ("Lamp", "desk", "unknown"),
    ]
    assert server.ask("# nothing\n") == []
    assert apiserver.faults("# nothing\n") == ["no object"]


def test_an_oracle_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    with pytest.raises(OracleError, match=r"did not answer within 0\.2 seconds"):
        ApiServer(silent, seconds=0.2).ask(POD)
