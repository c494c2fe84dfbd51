"""The table of what has to fit together, held against the API server: what breaks a rule is refused, without the merge.

Here are the rules that no pair of ``tests/objects/atomic`` breaks: an edit that alone breaks one, by its number.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from generator import mergekeys
from generator.fits import consistent
from generator.fits.relations import RELATIONS
from generator.merge.syntax.spantree import SpanTree

from ..objects import text as written
from ..objects.atomic import laid_over
from ..support.apiserver import faults
from . import valid_pairs

POD = "Deployment, its pods"
CONTAINERS = "{template: {spec: {containers: [{name: app, %s}]}}}"
PODS = "{template: {spec: {%s}}}"
BROKEN = [
    (POD, "a name of a port twice", PODS % "initContainers: [{name: init, ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}]"),
    (POD, "a claim that is not there", CONTAINERS % "resources: {claims: [{name: gpu}]}"),
    (POD, "a path of a volume twice", PODS % "volumes: [{name: a, projected: {sources: [{configMap: {name: b, items: [{key: a, path: c}]}}, {secret: {name: b, items: [{key: d, path: c}]}}]}}]"),
    (POD, "rules of restarts alone", CONTAINERS % "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]"),
    (POD, "windows options on linux", PODS % "os: {name: linux}, containers: [{name: app, securityContext: {windowsOptions: {runAsUserName: a}}}]"),
    (POD, "minDomains", PODS % "topologySpreadConstraints: [{topologyKey: a, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}]"),
    (POD, "label keys alone", PODS % "topologySpreadConstraints: [{topologyKey: a, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, matchLabelKeys: [b]}]"),
    (POD, "a constraint twice", PODS % "topologySpreadConstraints: [{topologyKey: a, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}, {topologyKey: a, maxSkew: 2, whenUnsatisfiable: DoNotSchedule, minDomains: 1}]"),
    (POD, "huge pages of the pod", PODS % "resources: {limits: {cpu: 9, memory: 1Gi, hugepages-2Mi: 2Mi}, requests: {hugepages-2Mi: 2Mi}}, containers: [{name: app, resources: {limits: {hugepages-2Mi: 4Mi}}}]"),
    ("DaemonSet", "neither surge nor unavailable", "{updateStrategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}}"),
    ("Job", "a resize that restarts", "{template: {spec: {containers: [{name: app, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]}}}"),
    ("Service, one port", "a name of a port twice", "{ports: [{name: a, port: 80}, {name: a, port: 2}]}"),
    ("Service", "None and an address", "{clusterIP: None, clusterIPs: [None, 10.0.0.1]}"),
    ("Service", "an address of another family", "{ipFamilies: [IPv4], clusterIP: 'fd00::1'}"),
    ("Service", "a second address of IPv6", "{ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4], clusterIP: 'fd00::1', clusterIPs: ['fd00::1', 'fd00::2']}"),
    ("Service", "a second address of IPv4", "{ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 10.0.0.2]}"),
    ("Ingress", "a path that is not absolute", "{rules: [{host: a.example.org, http: {paths: [{path: a, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}}]}"),
    ("NetworkPolicy", "a block outside", "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}"),
    ("NetworkPolicy", "a block outside one that is not written by its first address", "{ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/12, except: [10.200.0.0/16]}}]}]}"),
    ("IngressClass", "a namespace that is missing", "{parameters: {scope: Namespace}}"),
    ("IngressClass", "a namespace too many", "{parameters: {namespace: a}}"),
    ("PersistentVolumeClaim", "two sources", "{dataSource: {kind: PersistentVolumeClaim, name: a}, dataSourceRef: {apiGroup: a.b, kind: PersistentVolumeClaim, name: a}}"),
    ("ResourceQuota", "scopes that exclude each other", "{scopes: [BestEffort, NotBestEffort]}"),
    ("ResourceQuota", "scopes that exclude each other too", "{scopes: [Terminating, NotTerminating]}"),
    ("LimitRange", "a default below the least", "{limits: [{type: Container, defaultRequest: {cpu: 50m}, default: {cpu: 50m}}]}"),
    ("LimitRange", "a request above the most", "{limits: [{type: Container, max: {cpu: 150m}, default: null}]}"),
    ("LimitRange", "a default of a pod", "{limits: [{type: Pod, default: {cpu: 1}}]}"),
    ("LimitRange", "a claim without storage", "{limits: [{type: PersistentVolumeClaim, max: {cpu: 1}}]}"),
    ("Secret", "a certificate without its key", "{type: kubernetes.io/tls, data: {tls.crt: YQ==}}"),
    ("Secret", "no key for SSH", "{type: kubernetes.io/ssh-auth}"),
]  # fmt: skip
FIELDS = {"at", "never", "for", "like", "with", "across", "only", "from", "after", "say", "is"}


def made(table: str, edit: str) -> dict[str, Any]:
    of = valid_pairs.named()[table]
    patch = yaml.safe_load(edit)
    result: dict[str, Any] = laid_over(of.base, patch if table == "Secret" else {"spec": patch})
    return result


def unfit(top: dict[str, Any]) -> list[consistent.Misfit]:
    tree = SpanTree(written.text(top), "text")
    return consistent.misfits([tree.value(one) for one in tree.roots])


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("table", "_name", "edit"), BROKEN, ids=[f"{one[0]}-{one[1]}".replace(" ", "-") for one in BROKEN]
)
def test_what_breaks_a_rule_is_refused(table: str, _name: str, edit: str) -> None:
    top = made(table, edit)
    assert faults(json.dumps(top))
    assert unfit(top)


@pytest.mark.parametrize("table", valid_pairs.named())
def test_valid_objects_break_no_rule(table: str) -> None:
    of = valid_pairs.named()[table]
    broken = {name: [one.reason for one in found] for name in of.edits if (found := unfit(of.made(name)))}
    assert broken == {}


def test_the_table_has_no_field_that_is_not_read() -> None:
    for family in mergekeys.fits():
        assert family.keys() <= {"objects", "whole", "rules", "name"}
        for rule in family["rules"]:
            assert rule.keys() <= FIELDS | RELATIONS.keys()
            assert rule.keys() & (RELATIONS.keys() | {"never"})


def test_numbers_of_any_length_are_compared() -> None:
    job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  completions: 3\n  completionMode: Indexed\n"
    job += "  successPolicy:\n    rules:\n    - succeededIndexes: 0-1\n"
    job += "  template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}\n"
    longer = job.replace("0-1", f"0-{'9' * 5000}")
    assert [one.reason for one in consistent.misfits([SpanTree(longer, "a").value(SpanTree(longer, "a").roots[0])])]
    assert not consistent.misfits([SpanTree(job, "a").value(SpanTree(job, "a").roots[0])])
