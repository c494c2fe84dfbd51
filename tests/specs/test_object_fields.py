"""Parts of Kubernetes objects in specs: what they may have, the messages of problems, and who else reads the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
import referencing
import referencing.exceptions
import referencing.jsonschema

from generator import assets, config, object_fields, schema, value_types
from generator.errors import Invalid
from generator.foreign.own_schema import value_faults
from generator.yaml import parse_one, plain

from ..conftest import Repo
from ..shipped.test_own_templates import small, unit

SPEC = "template: service\nname: x\nimage: a/b\ntag: 1.2.3\n"
FILE = "kubernetes-fields.schema.json"


def fields(name: str) -> dict[str, Any]:
    return {"$ref": f"{FILE}#/$defs/{name}"}


# Keys of all forms that parts of objects have in specs, each a part of an object or of several.
PARTS = json.dumps(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "container": {"anyOf": [{"type": "string", "description": "Its name."}, fields("Container")]},
            "pod": fields("PodTemplateSpec"),
            "deployment": fields("Deployment"),
            "service": fields("Service"),
            "metadata": fields("ObjectMeta"),
            "env": {"additionalProperties": {"anyOf": [{"type": ["string", "null"]}, fields("EnvVarSource")]}},
            "env_from": {"type": "array", "items": fields("EnvFromSource")},
            "volumes": {"additionalProperties": fields("MountedVolume")},
            "probes": {
                "additionalProperties": False,
                "properties": {"liveness": {"anyOf": [{"type": "boolean"}, fields("Probe")]}},
            },
            "rules": {"type": "array", "items": fields("PolicyRule")},
            "autoscaler": fields("HorizontalPodAutoscalerSpec"),
            "budget": fields("PodDisruptionBudgetSpec"),
            "claim": fields("PersistentVolumeClaimSpec"),
            "network": fields("NetworkPolicySpec"),
            "ingress": fields("IngressSpec"),
            "job": fields("JobSpec"),
            "cron": fields("CronJobSpec"),
            "stateful": fields("StatefulSetSpec"),
            "account": fields("ServiceAccount"),
        },
    }
)

GOOD = (
    "pod: {}",
    "pod: null",
    "pod: {metadata: {annotations: {a: '1', b: null}, labels: null}}",
    "pod: {spec: {tolerations: [{key: a, operator: Exists}], nodeSelector: {disk: ssd}, priorityClassName: null}}",
    "pod: {spec: {containers: [{name: side, image: 'a/b:1'}, {name: app, livenessProbe: null, ports: []}]}}",
    "pod: {spec: {initContainers: [{name: a, restartPolicy: Always, resources: {limits: {cpu: 0.5, memory: 1Gi}}}]}}",
    "pod: {spec: {volumes: [{name: tmp, emptyDir: {}}, {name: old, emptyDir: null}]}}",
    "pod: {spec: {volumes: [{name: v, azureFile: {secretName: a, shareName: b}}]}}",
    "pod: {spec: {affinity: {podAntiAffinity: null}, securityContext: {runAsUser: 0, fsGroup: null}}}",
    "container: app",
    "container: {command: [a], args: [], lifecycle: {preStop: {sleep: {seconds: 5}}}, ports: [{containerPort: 80}]}",
    "container: {env: [{name: A}, {name: B, value: '1'}], volumeMounts: [{mountPath: /a, name: a}]}",
    "container: {resources: {requests: {memory: '${MEMORY:=1Gi}', cpu: '1', ephemeral-storage: 1e9}}}",
    "deployment: {metadata: {annotations: {a: b}}, spec: {strategy: {rollingUpdate: {maxSurge: 25%}}}}",
    "deployment: {spec: {strategy: {rollingUpdate: {maxSurge: 1}}, revisionHistoryLimit: 2, replicas: null}}",
    "service: {spec: {type: LoadBalancer, ports: [{port: 80, nodePort: 30080}], loadBalancerIP: 10.0.0.1}}",
    "metadata: {annotations: {example.org/a: ''}, finalizers: [example.com/a]}",
    "env: {A: text, B: {secretKeyRef: {name: a, key: b, optional: true}}, C: null}",
    "env_from: [{configMapRef: {name: a}, prefix: A_}]",
    "volumes: {cache: {emptyDir: {sizeLimit: 1Gi}, mount: /cache}, data: {hostPath: {path: /a}, mount: {subPath: b}}}",
    "volumes: {cache: null, tmp: {mount: null}}",
    "probes: {liveness: false}",
    "probes: {liveness: {httpGet: {path: /, port: http}, periodSeconds: 5}}",
    "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
    "autoscaler: {maxReplicas: 5, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization}}}]}",
    "budget: {maxUnavailable: 10%}",
    "claim: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}",
    "network: {ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}], policyTypes: [Ingress]}",
    "ingress: {rules: [{host: a.example.org, http: {paths: [{path: /, backend: {service: {name: a}}}]}}]}",
    "job: {backoffLimit: 0, template: {spec: {restartPolicy: Never}}}",
    "cron: {schedule: '5 4 * * *', jobTemplate: {spec: {completions: 1}}}",
    "stateful: {volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}}]}",
    "account: {metadata: {annotations: {a: b}}, imagePullSecrets: [{name: a}], automountServiceAccountToken: false}",
)

BAD = (
    ("pod: []", "1:1 pod must be a map or null, not a list", "PodTemplateSpec describes the data a pod should have"),
    ("pod: {sepc: {}}", "1:7 unknown key 'sepc' in pod", "did you mean 'spec'?"),
    ("pod: {spec: {tolerationz: []}}", "1:14 unknown key 'tolerationz' in pod.spec", "did you mean 'tolerations'?"),
    ("pod: {spec: {tolerations: [{efect: x}]}}", "1:29 unknown key 'efect' in pod.spec.tolerations[0]",
     "did you mean 'effect'?"),
    ("pod: {spec: {tolerations: {key: a}}}", "1:14 pod.spec.tolerations must be a list or null, not a map",
     "If specified, the pod's tolerations."),
    ("pod: {spec: {tolerations: [null]}}", "1:28 pod.spec.tolerations[0] may not be null",
     "remove it, or give it a value"),
    ("pod: {spec: {terminationGracePeriodSeconds: '30'}}",
     '1:45 pod.spec.terminationGracePeriodSeconds must be a whole number or null, not text ("30")',
     "Optional duration in seconds the pod needs to terminate gracefully."),
    ("pod: {spec: {hostNetwork: 'yes'}}", '1:27 pod.spec.hostNetwork must be true or false or null, not text ("yes")',
     "Host networking requested for this pod."),
    ("pod: {spec: {nodeSelector: {disk: 1}}}", "1:35 pod.spec.nodeSelector.disk must be text or null, not a number (1)",
     "write it in quotes"),
    ("pod: {metadata: {annotations: {a: true}}}",
     "1:35 pod.metadata.annotations.a must be text or null, not true or false (true)", "write it in quotes"),
    ("pod: {metadata: {uid: a}}", "1:18 unknown key 'uid' in pod.metadata",
     "known keys: annotations, finalizers, labels, name, namespace"),
    ("pod: {spec: {serviceAccount: a}}", "1:14 unknown key 'serviceAccount' in pod.spec",
     "did you mean 'serviceAccountName'?"),
    ("pod: {spec: {containers: [{image: a}]}}", "1:27 pod.spec.containers[0].name is missing", "add it"),
    ("pod: {spec: {containers: [{name: null}]}}", "1:34 pod.spec.containers[0].name must be text, not null",
     "Name of the container specified as a DNS_LABEL."),
    ("pod: {spec: {containers: [{name: a, args: [1]}]}}",
     "1:44 pod.spec.containers[0].args[0] must be text, not a number (1)", "write it in quotes"),
    ("pod: {spec: {volumes: [{name: a, gitRepo: {}}]}}", "1:34 unknown key 'gitRepo' in pod.spec.volumes[0]",
     "known keys: awsElasticBlockStore, azureDisk"),
    ("pod: {spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{wieght: 1}]}}}}",
     "1:91 unknown key 'wieght' in "
     "pod.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]", "did you mean 'weight'?"),
    ("container: [a]", "1:1 container must be text, a map or null, not a list", "write text or a map"),
    ("container: {comand: [a]}", "1:13 unknown key 'comand' in container", "did you mean 'command'?"),
    ("container: {command: a b}", '1:22 container.command must be a list or null, not text ("a b")',
     "Entrypoint array."),
    ("container: {ports: [{name: http}]}", "1:21 container.ports[0].containerPort is missing", "add it"),
    ("container: {resources: {limits: {cpu: 1x}}}",
     '1:39 container.resources.limits.cpu is "1x", which does not match the required format',
     "A quantity such as 500m or 1Gi."),
    ("container: {lifecycle: {preStop: {httpGet: {port: 1.5}}}}",
     "1:51 container.lifecycle.preStop.httpGet.port must be a whole number, text or null, not a number (1.5)",
     "write it in quotes"),
    ("container: {lifecycle: {preStop: {tcpSocket: {port: 1}}}}",
     "1:35 unknown key 'tcpSocket' in container.lifecycle.preStop", "known keys: exec, httpGet, sleep"),
    ("deployment: {kind: StatefulSet}", "1:14 unknown key 'kind' in deployment", "known keys: metadata, spec"),
    ("deployment: {spec: {strategy: Recreate}}",
     '1:31 deployment.spec.strategy must be a map or null, not text ("Recreate")',
     "DeploymentStrategy describes how to replace existing pods with new ones."),
    ("deployment: {spec: {strategy: {rollingupdate: {}}}}",
     "1:32 unknown key 'rollingupdate' in deployment.spec.strategy", "did you mean 'rollingUpdate'?"),
    ("service: {status: {}}", "1:11 unknown key 'status' in service", "known keys: metadata, spec"),
    ("service: {spec: {ports: [{name: a}]}}", "1:26 service.spec.ports[0].port is missing", "add it"),
    ("metadata: {annotation: {}}", "1:12 unknown key 'annotation' in metadata", "did you mean 'annotations'?"),
    ("env: {A: {secretKeyRf: {}}}", "1:11 unknown key 'secretKeyRf' in env.A", "did you mean 'secretKeyRef'?"),
    ("env: {A: 1}", "1:10 env.A must be text, null or a map, not a number (1)", "write it in quotes"),
    ("env_from: [{configmapRef: {}}]", "1:13 unknown key 'configmapRef' in env_from[0]",
     "did you mean 'configMapRef'?"),
    ("volumes: {a: {name: b}}", "1:15 unknown key 'name' in volumes.a", "known keys: awsElasticBlockStore, azureDisk"),
    ("volumes: {a: {mount: {mountpath: b}}}", "1:23 unknown key 'mountpath' in volumes.a.mount",
     "did you mean 'mountPath'?"),
    ("probes: {liveness: {httpget: {}}}", "1:21 unknown key 'httpget' in probes.liveness", "did you mean 'httpGet'?"),
    ("probes: {liveness: 'yes'}", '1:20 probes.liveness must be true or false, a map or null, not text ("yes")',
     "write true or false or a map"),
    ("autoscaler: {metrics: [{}]}", "1:24 autoscaler.metrics[0].type is missing", "add it"),
    ("rules: [{verbs: get}]", '1:17 rules[0].verbs must be a list or null, not text ("get")', "verbs is a list"),
    ("cron: {jobtemplate: {}}", "1:8 unknown key 'jobtemplate' in cron", "did you mean 'jobTemplate'?"),
    ("stateful: {volumeClaimTemplates: [{kind: Pod}]}",
     '1:42 stateful.volumeClaimTemplates[0].kind is "Pod", not one of "PersistentVolumeClaim"',
     "Kind is a string value"),
)  # fmt: skip


def problems(text: str, wanted: str = PARTS) -> list[tuple[str, str]]:
    node = parse_one(text, "a.yaml")
    found = schema.schema_problems(node, plain(node, "a.yaml"), wanted, "a.yaml")
    return [(f"{one.line}:{one.column} {one.message}", one.hint) for one in found]


@pytest.mark.parametrize("text", GOOD)
def test_parts_that_fit(text: str) -> None:
    assert problems(text) == []
    assert value_faults(plain(parse_one(text, "a"), "a"), PARTS) == []


@pytest.mark.parametrize(("text", "message", "hint"), BAD, ids=[one[0][:40] for one in BAD])
def test_parts_that_do_not_fit_are_told_by_place(text: str, message: str, hint: str) -> None:
    ((told, remedy),) = problems(text)
    assert told == message
    assert remedy.startswith(hint)
    (fault,) = value_faults(plain(parse_one(text, "a"), "a"), PARTS)
    assert fault.message == message.partition(" ")[2]


def test_problems_of_a_part_and_beside_it_are_told_together() -> None:
    text = f"{SPEC}prot: 80\npod: {{spec: {{a: 1}}}}\n"
    first, second = problems(text, assets.schema_text("service"))
    assert first[0] == "5:1 unknown key 'prot'"
    assert second[0] == "6:14 unknown key 'a' in pod.spec"


@pytest.mark.parametrize(
    "reference",
    [
        f"https://example.org/{FILE}#/$defs/PodSpec",
        f"file:///{FILE}#/$defs/PodSpec",
        f"//{FILE}#/$defs/PodSpec",
        f"/etc/{FILE}#/$defs/PodSpec",
        f"{FILE}.json#/$defs/PodSpec",
        f"{FILE}#/$defs/None",
        "service.schema.json#",
    ],
)
def test_no_other_reference_is_followed(reference: str) -> None:
    wanted = json.dumps({"properties": {"a": {"$ref": reference}}})
    assert not schema.fits_schema({"a": {}}, wanted)
    with pytest.raises(Exception, match=r"(?i)unresolvable|pointer|retrieve|resource"):
        schema.schema_faults({"a": {}}, wanted)
    with pytest.raises((ValueError, LookupError)):
        value_faults({"a": {}}, wanted)


@pytest.mark.parametrize("file", [FILE, f"./{FILE}", f"../../schemas/{FILE}"])
def test_a_part_of_a_type_can_be_referred_to(file: str) -> None:
    wanted = json.dumps({"properties": {"a": {"$ref": f"{file}#/$defs/Volume/properties/emptyDir"}}})
    assert problems("a: {sizeLimit: 1Gi}", wanted) == []
    assert problems("a: {size: 1Gi}", wanted)[0][0] == "1:5 unknown key 'size' in a"


def _below(one: Any, above: str = "") -> list[str]:
    """Return the keywords above each reference to the fields."""
    if isinstance(one, list):
        return [found for each in one for found in _below(each, above)]
    if not isinstance(one, dict):
        return []
    found = [above] if object_fields.referred_type(one) else []
    return found + [part for key, each in one.items() for part in _below(each, f"{above}/{key}")]


@pytest.mark.parametrize("name", [*assets.template_names(), "config"])
def test_a_specs_fields_are_only_looked_at_if_it_has_some(name: str) -> None:
    """What the schema without them accepts, the whole accepts: no reference is where less accepted means more."""
    found = [
        set(one.split("/")) & {"not", "if", "oneOf", "contains"} for one in _below(json.loads(assets.schema_text(name)))
    ]
    assert not [one for one in found if one]


def test_types_of_values_of_options() -> None:
    text = assets.schema_text("service")

    def value(where: tuple[str | int, ...], given: str) -> Any:
        return value_types.typed_value_of([text], where, given, "--set")

    assert value(("pod", "spec", "priorityClassName"), "5") == "5"
    assert value(("pod", "spec", "terminationGracePeriodSeconds"), "5") == 5
    assert value(("pod", "spec", "hostNetwork"), "true") is True
    assert value(("pod", "metadata", "annotations", "a"), "true") == "true"
    assert value(("pod", "spec", "containers", 0, "args"), "[a, b]") == ["a", "b"]
    assert value(("pod", "spec", "containers", 0, "args", 0), "1") == "1"
    assert value(("pod", "spec", "priorityClassName"), "null") is None
    where = ("pod", "metadata", "annotations", "prometheus", "io/scrape")
    assert value_types.unquoted_key([text], where) == ("pod", "metadata", "annotations", "prometheus.io/scrape")


def test_defaults_of_the_config_are_checked() -> None:
    head = "defaults:\n  service:\n    pod: {spec: "
    read = config.parse_config(f"{head}{{tolerations: []}}}}\n")
    assert read.defaults("service") == {"pod": {"spec": {"tolerations": []}}}
    with pytest.raises(Invalid) as raised:
        config.parse_config(f"{head}{{toleration: []}}}}\n")
    (problem,) = raised.value.problems
    assert (problem.line, problem.message) == (3, "unknown key 'toleration' in pod.spec")


# Templates of a repository


WRONG = "pod: {spec: {tolerationz: []}}\n"


def test_a_copy_of_a_template_refers_to_the_repositorys_file(empty: Repo) -> None:
    for name in ("web", "service"):
        empty.ok("template", "copy", "service", name)
        text = empty.read(f".scaffold/templates/{name}/schema.json")
        assert f'"../../schemas/{FILE}#/$defs/PodTemplateSpec"' in text
        empty.write(f"{name}/scaffold.yaml", f"template: {name}\n{SPEC.partition(chr(10))[2]}{WRONG}")
    done = empty.run("regenerate")
    assert done.code == 2
    for name in ("web", "service"):
        assert f"{name}/scaffold.yaml:5:14: unknown key 'tolerationz' in pod.spec" in done.err
        assert editor_faults(empty, f".scaffold/templates/{name}/schema.json", {"pod": {"spec": {"a": 1}}})


def test_a_template_with_a_schema_of_its_own_refers_to_fields(empty: Repo) -> None:
    schema_of = {"properties": {"sidecar": {"$ref": f"../../schemas/{FILE}#/$defs/Container"}}}
    small(empty, "own", schema_of)
    empty.write(*unit("shop", "own", "sidecar: {comand: [a]}\n"))
    done = empty.run("regenerate")
    assert done.code == 2
    assert "shop/scaffold.yaml:3:11: unknown key 'comand' in sidecar" in done.err
    assert "did you mean 'command'?" in done.err
    empty.write(*unit("shop", "own", "sidecar: {command: [a], livenessProbe: null}\n"))
    empty.ok("regenerate")


# Editors


def editor_faults(repo: Repo, path: str, data: Any) -> list[str]:
    """Return what an editor says of a spec: it follows references from the schema's file to other files, by path."""
    place = (repo.root / path).absolute()

    def read(address: str) -> referencing.Resource[Any]:
        assert address.startswith("file:")
        text = Path(unquote(urlsplit(address).path)).read_text("utf-8")
        return referencing.jsonschema.DRAFT202012.create_resource(json.loads(text))

    registry: Any = referencing.Registry(retrieve=read)  # type: ignore[call-arg]
    reference = {"$ref": place.as_uri()}
    found = jsonschema.Draft202012Validator(reference, registry=registry).iter_errors(data)
    return [one.message for one in found if "pod" in one.absolute_path]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"spec": {"tolerations": [{"key": "a"}]}}, ""),
        ({"spec": {"priorityClassName": None}}, ""),
        ({"spec": {"a": 1}}, "'a' was unexpected"),
        ({"spec": {"containers": [{"image": "a"}]}}, "'name' is a required property"),
    ],
)
def test_an_editor_finds_the_fields_beside_the_schema(empty: Repo, part: Any, message: str) -> None:
    found = editor_faults(empty, ".scaffold/schemas/service.schema.json", {"template": "service", "pod": part})
    assert [message in one for one in found] == [True] * bool(message)


def test_the_fields_are_written_with_the_schemas_that_refer_to_them(empty: Repo) -> None:
    path = f".scaffold/schemas/{FILE}"
    text = empty.read(path)
    assert text == assets.schema_text("kubernetes-fields")
    empty.write(path, "{}\n")
    assert "1 schema for editors are not of this version" in empty.run("doctor").text
    empty.ok("regenerate")
    assert empty.read(path) == text
