"""What the user's objects refer to in the unit beside them: a change of the spec leaves no reference dead unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from ..conftest import Done, Repo

FILE, SPEC = "svc/all.yaml", "svc/scaffold.yaml"
UNIT = """\
apiVersion: v1
kind: Namespace
metadata:
  name: mm
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: mm, labels: {app.kubernetes.io/name: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: mm
  labels: {app.kubernetes.io/name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web, app.kubernetes.io/name: web}
    spec:
      serviceAccountName: web
      containers:
      - name: nginx
        image: registry.example.org/shop/web:1.4.2
        ports:
        - {name: http, containerPort: 3000}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: mm
  labels: {app.kubernetes.io/name: web, team: shop}
spec:
  selector: {app: web}
  ports:
  - name: http
    port: 80
    targetPort: 3000
"""


def manifest(sort: str, body: str, name: str = "mine", namespace: str = "mm", version: str = "v1") -> str:
    """Return an object as a document; the body is what follows its metadata."""
    space = f", namespace: {namespace}" if namespace else ""
    return f"---\napiVersion: {version}\nkind: {sort}\nmetadata: {{name: {name}{space}}}  # mine\n{body}\n"


BACKEND = "spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}}]}"
INGRESS = manifest("Ingress", BACKEND)
TARGET = "{apiVersion: apps/v1, kind: Deployment, name: web}"
HPA = manifest("HorizontalPodAutoscaler", f"spec: {{scaleTargetRef: {TARGET}, maxReplicas: 5}}")
VPA = manifest("VerticalPodAutoscaler", f"spec: {{targetRef: {TARGET}}}")
SCALED = manifest("ScaledObject", "spec: {scaleTargetRef: {name: web}}")
ROUTE = manifest("HTTPRoute", "spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}")
HOST = manifest("DestinationRule", "spec: {host: web.mm.svc.cluster.local}")
STATEFUL = manifest("StatefulSet", "spec: {serviceName: web, template: {metadata: {labels: {app: db}}}}")
BINDING = manifest(
    "RoleBinding",
    "roleRef: {kind: Role, name: web}\nsubjects: [{kind: ServiceAccount, name: web, namespace: mm}]",
)
BACK_JOB = manifest("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {serviceAccountName: web}}}}}")
MONITOR = manifest(
    "ServiceMonitor",
    "spec:\n  selector: {matchLabels: {app.kubernetes.io/name: web}}\n  endpoints: [{port: http}]",
)
SECOND = manifest("Service", "spec: {ports: [{name: http, port: 80}]}", "other").replace(
    ": mm}", ": mm, labels: {app.kubernetes.io/name: web}}"
)
HEADLESS = manifest("Service", "spec:\n  clusterIP: None\n  selector: {app: web}")
POLICY = manifest("NetworkPolicy", "spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{FROM}]}]}")
FROM_WEB = POLICY.replace("FROM", "podSelector: {matchLabels: {app: web}}")
FROM_ELSEWHERE = FROM_WEB.replace(
    "{podSelector: {matchLabels: {app: web}}}", "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}"
)
POD_MONITOR = manifest(
    "PodMonitor",
    "spec:\n  selector: {matchLabels: {app: web}}\n  podMetricsEndpoints: [{port: http}]",
)
GUARD = manifest("NetworkPolicy", "spec: {podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: http}]}]}")
DISRUPTION = manifest("PodDisruptionBudget", "spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}")
OTHER_PODS = manifest("DaemonSet", "spec: {template: {metadata: {labels: {app: web}}}}", "other")
CLAIM = manifest("PersistentVolumeClaim", "spec: {selector: {matchLabels: {app: web}}}")
DATABASE = manifest("ConfigMap", "data: {}", "m-db") + manifest(
    "StatefulSet", "spec: {template: {metadata: {labels: {app: db}}}}", "m-db"
)
MAP = manifest("ConfigMap", "data: {web: web}")

POD_PORT = ("e2e: ", "port_name: grpc\ne2e: ")
RENAMED, SERVICE_NAME = ("\nname: web\n", "\nname: renamed\n"), ("e2e: ", "service_name: svc2\ne2e: ")
PORT_NAME, LABEL = ("e2e: ", "service_port_name: sp2\ne2e: "), ("app: web", "app: zzz")
NAMESPACE, TAG = ("name: mm", "name: otherns"), ("1.4.2", "1.5.0")
REPLICAS = ("e2e: ", "replicas: 0\ne2e: ")


def adopted(repo: Repo, others: str, change: tuple[str, str]) -> str:
    """Adopt the unit's objects beside others, change the spec, and return the file's text."""
    repo.write(FILE, UNIT + others)
    repo.ok("adopt", "svc")
    repo.edit(SPEC, *change)
    return repo.read(FILE)


@dataclass(frozen=True)
class Lost:
    """A reference that a change makes dead: what has it, where it is, what it is and what is right, and the reason."""

    change: tuple[str, str]
    others: str
    field: str
    yours: str
    wanted: str
    reason: str


IN_SERVICE, IN_DEPLOYMENT = "refers to the Service web, which", "refers to the Deployment web, which"
ACCOUNT = "refers to the ServiceAccount web, which"
NAME, MOVED, PODS = (
    "has another name from",
    "is in another namespace from",
    "selects the pods of the Deployment web, which",
)
PATHS = "spec.rules"
LOST = [
    Lost(SERVICE_NAME, INGRESS, "backend.service.name", "web", "svc2", f"{IN_SERVICE} {NAME}"),
    Lost(SERVICE_NAME, ROUTE, "backendRefs", "web", "svc2", f"{IN_SERVICE} {NAME}"),
    Lost(SERVICE_NAME, STATEFUL, "spec.serviceName", "web", "svc2", f"{IN_SERVICE} {NAME}"),
    Lost(SERVICE_NAME, HOST, "spec.host", "web.mm.svc.cluster.local", "svc2.mm.svc.cluster.local", IN_SERVICE),
    Lost(RENAMED, HPA, "spec.scaleTargetRef.name", "web", "renamed", f"{IN_DEPLOYMENT} {NAME}"),
    Lost(RENAMED, VPA, "spec.targetRef.name", "web", "renamed", f"{IN_DEPLOYMENT} {NAME}"),
    Lost(RENAMED, SCALED, "spec.scaleTargetRef.name", "web", "renamed", f"{IN_DEPLOYMENT} {NAME}"),
    Lost(RENAMED, BINDING, "subjects[kind=ServiceAccount,name=web].name", "web", "renamed", f"{ACCOUNT} {NAME}"),
    Lost(RENAMED, BACK_JOB, "serviceAccountName", "web", "renamed", f"{ACCOUNT} {NAME}"),
    Lost(RENAMED, MONITOR, 'matchLabels["app.kubernetes.io/name"]', "web", "renamed", "selects the Service web, which"),
    Lost(PORT_NAME, INGRESS, "backend.service.port.name", "http", "sp2", "the port http of the Service web, which"),
    Lost(PORT_NAME, MONITOR, "port", "http", "sp2", "the port http of the Service web, which"),
    Lost(POD_PORT, POD_MONITOR, "port", "http", "grpc", "the port http of the Deployment web, which"),
    Lost(POD_PORT, GUARD, "port", "http", "grpc", "the port http of the Deployment web, which"),
    Lost(LABEL, HEADLESS, "spec.selector.app", "web", "zzz", f"{PODS} have another label"),
    Lost(LABEL, FROM_WEB, "podSelector.matchLabels.app", "web", "zzz", f"{PODS} have another label"),
    Lost(LABEL, DISRUPTION, "matchLabels.app", "web", "zzz", f"{PODS} have another label"),
    Lost(("app: web", "tier: front"), HEADLESS, "spec.selector.app", "web", "nothing", PODS),
]  # fmt: skip


def field_of(done: Done, end: str) -> str:
    """Return the field of the conflict whose name ends so, as the printed command has it."""
    lines = [
        one.split(f"{FILE}:")[1].strip("' ") for one in done.text.split("\n") if "keep yours:" in one and FILE in one
    ]
    (found,) = (one for one in lines if end in one)
    return f"{FILE}:{found}"


@pytest.mark.parametrize("one", LOST)
def test_a_reference_to_what_is_renamed_is_a_conflict(empty: Repo, one: Lost) -> None:
    before = adopted(empty, one.others, one.change)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert done.text.count(": yours ") == 1, done.text
    assert f"yours {one.yours}, generated {one.wanted} (was " in done.text
    assert one.reason in done.text
    assert empty.run("diff").code == 1
    assert empty.read(FILE) == before
    field = field_of(done, one.field)
    note = empty.ok("regenerate", f"--ours={field}", "--dry-run").text
    assert f"mine: kept {one.yours}, but it " in note
    if one.wanted == "nothing":
        assert empty.run("regenerate", f"--theirs={field}").code == 1
        empty.ok("regenerate", f"--ours={field}")
        assert empty.read(FILE).endswith(one.others)
    else:
        empty.ok("regenerate", f"--theirs={field}")
        after = empty.read(FILE)
        assert after.endswith(one.others[-1:])
        old, new = (text.split("# mine")[1] for text in (before, after))
        assert old != new
        assert new in {old[:at] + one.wanted + old[at + len(one.yours) :] for at in range(len(old))}
    empty.ok("diff")
    settled = empty.read(FILE)
    assert "but it" not in empty.ok("regenerate").text
    assert empty.read(FILE) == settled


@pytest.mark.parametrize(
    ("change", "others"),
    [
        *((change, "".join({one.others: "" for one in LOST})) for change in (REPLICAS, TAG)),
        (PORT_NAME, MONITOR + SECOND + POD_MONITOR + GUARD),
        (POD_PORT, INGRESS + MONITOR + FROM_WEB + GUARD.replace("port: http", "port: 3000")),
        (SERVICE_NAME, HPA + VPA + SCALED + BINDING + MONITOR + HEADLESS + MAP),
        (SERVICE_NAME, INGRESS.replace("name: web", "name: gone")),
        (SERVICE_NAME, HOST.replace("web.mm.", "web.other.")),
        (PORT_NAME, INGRESS.replace("{name: http}", "{number: 80}")),
        (PORT_NAME, INGRESS.replace("{name: http}", "{name: gone}")),
        (LABEL, HEADLESS + FROM_WEB + DISRUPTION + OTHER_PODS),
        (LABEL, HEADLESS.replace("app: web", "app: gone")),
        (LABEL, FROM_ELSEWHERE + CLAIM + HPA + INGRESS + BINDING),
        (RENAMED, INGRESS.replace("name: web", "name: gone")),
        (RENAMED, BINDING.replace("namespace: mm}]", "namespace: other}]")),
        (RENAMED, HPA.replace("apps/v1", "example.org/v1") + HEADLESS + FROM_WEB + CLAIM + MAP),
        (NAMESPACE, manifest("Ingress", BACKEND, namespace="")),
        (NAMESPACE, manifest("ClusterRole", "rules: []", namespace="")),
        (NAMESPACE, manifest("StatefulSet", "spec: {}", namespace="other")),
        (NAMESPACE, DATABASE + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: mm}\n"),
    ],
)  # fmt: skip
def test_another_reference_stays_without_a_word(empty: Repo, change: tuple[str, str], others: str) -> None:
    adopted(empty, others, change)
    done = empty.ok("regenerate")
    assert "mine" not in done.text
    assert empty.read(FILE).endswith(others)
    empty.ok("diff")


def objects(repo: Repo) -> dict[tuple[str, str], Any]:
    every = yaml.load_all(repo.read(FILE), Loader=yaml.CSafeLoader)
    return {(one["kind"], one["metadata"]["name"]): one for one in every}


def test_the_namespace_of_others_is_not_renamed_without_a_word(empty: Repo) -> None:
    before = adopted(empty, DATABASE, NAMESPACE)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    told = (
        "metadata.name: yours mm, generated otherns (was mm); StatefulSet m-db and 1 more are in mm, which nothing here"
    )
    assert told in done.text
    assert done.text.count(": yours ") == 1
    assert empty.read(FILE) == before
    assert empty.run("diff").code == 1
    field = f"{FILE}:document[Namespace/mm].metadata.name"
    assert "took otherns, but StatefulSet m-db" in empty.ok("regenerate", f"--theirs={field}", "--dry-run").text
    empty.ok("regenerate", f"--ours={field}")
    found = objects(empty)
    assert ("Namespace", "mm") in found
    assert found["Deployment", "web"]["metadata"]["namespace"] == "otherns"
    assert found["StatefulSet", "m-db"]["metadata"]["namespace"] == "mm"
    empty.ok("diff")
    settled = empty.read(FILE)
    assert "m-db" not in empty.ok("regenerate").text
    empty.edit(SPEC, *TAG)
    empty.ok("regenerate")
    assert empty.read(FILE) == settled.replace("1.4.2", "1.5.0")


@pytest.mark.parametrize(
    ("others", "yours", "reason"),
    [
        (INGRESS, "document[Ingress/mine].metadata.namespace", f"{IN_SERVICE} {MOVED}"),
        (HPA, "document[HorizontalPodAutoscaler/mine].metadata.namespace", f"{IN_DEPLOYMENT} {MOVED}"),
        (HEADLESS, "document[Service/mine].metadata.namespace", f"{PODS} are in another namespace from"),
        (DISRUPTION, "document[PodDisruptionBudget/mine].metadata.namespace", PODS),
        (BINDING.replace(", namespace: mm}  #", ", namespace: other}  #"), "name=web].namespace", f"{ACCOUNT} {MOVED}"),
    ],
)
def test_what_moves_to_another_namespace(empty: Repo, others: str, yours: str, reason: str) -> None:
    """The object of the user's may move too, or its reference; what is in the Namespace is told at the Namespace."""
    adopted(empty, others, NAMESPACE)
    done = empty.run("regenerate")
    assert f"{yours}: yours mm, generated otherns" in done.text
    assert reason in done.text
    empty.ok("regenerate", "--theirs")
    document = empty.read(FILE).split("# mine")
    assert "otherns" in (document[0].split("---")[-1] + document[1])
    empty.ok("diff")


def test_a_workload_is_not_moved_to_another_namespace(empty: Repo) -> None:
    adopted(empty, STATEFUL, NAMESPACE)
    done = empty.run("regenerate", "--theirs")
    assert done.code == 1
    assert "document[StatefulSet/mine].metadata.namespace: yours mm, generated nothing" in done.text
    empty.ok("regenerate", "--ours")
    assert empty.read(FILE).endswith(STATEFUL)
    empty.ok("diff")


def test_a_value_that_others_share_by_an_anchor_is_not_replaced(empty: Repo) -> None:
    adopted(empty, HPA.replace("name: web}", "name: &n web}").replace("maxR", "note: *n, maxR"), RENAMED)
    done = empty.run("regenerate", "--theirs")
    assert done.code == 1
    assert "spec.scaleTargetRef.name: yours web, generated renamed" in done.text
    empty.ok("regenerate", "--ours")


def test_a_patch_of_the_kustomization_names_what_it_changes(empty: Repo) -> None:
    listed = "resources: [all.yaml]\npatches:\n- target: {kind: Deployment, name: web}\n  path: p.yaml\n"
    empty.write("svc/kustomization.yaml", listed)
    empty.write("svc/p.yaml", "- {op: remove, path: /spec/replicas}\n")
    adopted(empty, "", RENAMED)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert f"{IN_DEPLOYMENT} {NAME}" in done.text
    empty.ok("regenerate", "--theirs")
    assert empty.read("svc/kustomization.yaml") == listed.replace("name: web", "name: renamed")


def test_an_edit_of_a_generated_object_is_a_reference_too(empty: Repo) -> None:
    rule = "{topologyKey: zone, labelSelector: {matchLabels: {app: web}}}"
    spread = f"      topologySpreadConstraints: [{rule}]\n      containers:\n"
    empty.write(FILE, UNIT.replace("      containers:\n", spread))
    empty.ok("adopt", "svc")
    empty.edit(SPEC, *LABEL)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert f"{PODS} have another label" in done.text
    empty.ok("regenerate", f"--theirs={field_of(done, 'topologySpreadConstraints')}")
    assert "app: web" not in empty.read(FILE)
    assert "{matchLabels: {app: zzz}}}]" in empty.read(FILE)
    empty.ok("diff")


def test_a_namespace_in_a_file_of_its_own_is_not_renamed_either(empty: Repo) -> None:
    first, rest = UNIT.split("---\n", 1)
    empty.write("svc/ns.yaml", first)
    empty.write(FILE, rest + DATABASE)
    empty.ok("adopt", "svc")
    empty.edit(SPEC, *NAMESPACE)
    done = empty.run("regenerate")
    assert done.code == 1, done.text
    assert "svc/ns.yaml:4: metadata.name: yours mm, generated otherns (was mm); StatefulSet m-db" in done.text
    empty.ok("regenerate", "--ours=svc/ns.yaml:metadata.name")
    assert empty.read("svc/ns.yaml") == first
    assert empty.read(FILE).count("namespace: otherns") == 3
    empty.ok("diff")
    assert "m-db" not in empty.ok("regenerate").text
