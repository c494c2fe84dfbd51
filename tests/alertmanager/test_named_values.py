"""Values that a command, a tool or an object of the repository merges with others: what one lacks is not missing."""

from __future__ import annotations

import pytest

from generator import rules

ROUTE = "alertmanager:\n  config:\n    route: {receiver: ops}\n"
LIST = "alertmanager: {config: {receivers: [{name: ops}]}}"
GLOBAL = "alertmanager: {config: {global: {}}}\n"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: mon, namespace: mon}
spec:
  interval: 1h
  chart: {spec: {chart: kube-prometheus-stack, version: 60.0.0, sourceRef: {kind: HelmRepository, name: c}}}
"""
SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: mon, namespace: argocd}
spec:
  generators: [{list: {elements: [{name: a}]}}]
  template:
    metadata: {name: '{{name}}'}
    spec:
      project: default
      destination: {server: x, namespace: m}
      sources:
        - {repoURL: 'https://charts.example/', chart: kube-prometheus-stack, helm: {%s}}
        - {repoURL: 'https://git.example/', ref: v}
"""
CHART = "apiVersion: helm.cattle.io/v1\nkind: %s\nmetadata: {name: %s, namespace: kube-system}\nspec:\n%s"
HELM_CHART = CHART % ("HelmChart", "mon", "  chart: kube-prometheus-stack\n  valuesContent: |-\n")
HELM_CHART += "".join(f"    {line}\n" for line in ROUTE.splitlines())


def errors(files: dict[str, str]) -> set[str]:
    """Return the rules of the errors in the files of a repository."""
    found = [rules.recognise(path, text).file for path, text in files.items()]
    read = tuple(one for one in found if one is not None)
    scope = rules.Scope(read, exists=files.__contains__, read=files.get, listed=lambda: tuple(files))
    return {one.rule for one in rules.check(list(read), scope) if one.severity == "error" and one.rule[:2] == "AM"}


def kustomized(entry: str, folder: str = "") -> dict[str, str]:
    return {f"{folder}kustomization.yaml": f"{KUSTOMIZATION}{entry}"}


GENERATED = "configMapGenerator: [{name: v, files: [values.yaml=%s]}]\n"
TAKEN = RELEASE + "  valuesFrom: [{kind: ConfigMap, name: v}]\n"
PINNED = "repositories: []\nreleases: [{name: a, chart: p/c, values: [%s]}]\n"
TF = 'resource "helm_release" "mon" {\n  chart = "kube-prometheus-stack"\n  values = [file("%s")%s]\n%s}\n'

MERGED = {
    "Makefile": ("m/mon.yaml", {"Makefile": "up:\n\thelm upgrade -i a c -f m/mon.yaml -f m/more.yaml\n"}),
    "variable": ("m/mon.yaml", {"Makefile": "up:\n\thelm upgrade -i a c -f m/x.yaml -f $(DIR)/$(ENV).yaml\n"}),
    "folder": ("m/mon.yaml", {"m/up.sh": 'helm upgrade -i a c -f "../x.yaml" -f "$ENV.yaml"\n'}),
    "set": ("m/mon.yaml", {"m/up.sh": "helm install a c \\\n  --values mon.yaml \\\n  --set-string a=b\n"}),
    "folded": (
        "m/mon.yaml",
        {".gitlab-ci.yml": "a:\n  script: >\n    helm upgrade a c\n    -f m/mon.yaml\n    -f b.yaml\n"},
    ),
    "workflow": ("m/mon.yaml", {".github/workflows/a.yml": "x: helm upgrade a c -f m/mon.yaml -f ${{ env.F }}\n"}),
    "document": ("mon.yaml", {"README.md": "    helm install a c --values=mon.yaml --values=prod.yaml\n"}),
    "terraform": ("tf/mon.yaml", {"tf/main.tf": TF % ("${path.module}/mon.yaml", ", yamlencode(local.x)", "")}),
    "terraform set": ("tf/mon.yaml", {"tf/main.tf": TF % ("mon.yaml", "", '  set {\n    name = "a"\n  }\n')}),
    "fleet": ("mon.yaml", {"fleet.yaml": "helm: {valuesFiles: [mon.yaml, over.yaml]}\n"}),
    "fleet targets": (
        "mon.yaml",
        {"fleet.yaml": "helm: {valuesFiles: [mon.yaml]}\ntargetCustomizations: [{name: a}]\n"},
    ),
    "skaffold": ("mon.yaml", {"skaffold.yaml": "deploy: {helm: {releases: [{valuesFiles: [a.yaml, mon.yaml]}]}}\n"}),
    "helmfile.d": ("v/mon.yaml", {"helmfile.d/1.yaml": PINNED % "../v/mon.yaml, ../v/{{ .Environment.Name }}.yaml"}),
    "environments": ("e/mon.yaml", {"helmfile.d/1.yaml": "environments: {a: {values: [../e/mon.yaml]}}\n"}),
    "helmfiles": ("m/mon.yaml", {"helmfile.yaml": "helmfiles: [m/r.yaml]\n", "m/r.yaml": PINNED % "mon.yaml, x.yaml"}),
    "generated": ("v/mon.yaml", kustomized(GENERATED % "v/mon.yaml")),
    "generated above": ("v/mon.yaml", kustomized(GENERATED % "../v/mon.yaml", "k/")),
    "taken with values": (
        "v/mon.yaml",
        {**kustomized(GENERATED % "v/mon.yaml"), "r.yaml": f"{TAKEN}  values: {{a: b}}\n"},
    ),
    "secret values": ("mon.yaml", kustomized("secretGenerator: [{name: v, files: [mon.yaml]}]\n")),
    "inflated": (
        "v/mon.yaml",
        kustomized("helmCharts: [{name: a, valuesFile: ../v/mon.yaml, valuesInline: {a: b}}]\n", "k/"),
    ),
    "set of files": ("c/a/mon.yaml", {"s.yaml": SET % "valueFiles: ['$v/x.yaml', '$v/c/{{name}}/mon.yaml']"}),
    "set with values": ("c/mon.yaml", {"s.yaml": SET % "valueFiles: [$v/c/mon.yaml], valuesObject: {a: b}"}),
    "umbrella": ("c/mon.yaml", {}),
    "environment": ("c/mon.yaml", {"c/mon-prod.yaml": LIST}),
    "secrets": ("c/mon.yaml", {"c/secrets.yaml": GLOBAL}),
    "encrypted": ("c/mon.yaml", {"c/mon.enc.yaml": LIST}),
    "default folder": ("e/prod/mon.yaml", {"e/default/mon.yaml": GLOBAL}),
}

ALONE = {
    "nothing": ("m/mon.yaml", {}),
    "one file": ("m/mon.yaml", {"Makefile": "up:\n\thelm upgrade -i a c -f m/mon.yaml\n"}),
    "another name": ("m/mon.yaml", {"Makefile": "up:\n\thelm upgrade -i a c -f m/a.yaml -f m/b.yaml\n"}),
    "another end": ("m/mon.yaml", {"Makefile": "up:\n\thelm upgrade -i a c -f common.yaml -f xmon.yaml\n"}),
    "kubectl": ("m/mon.yaml", {"up.sh": "kubectl apply -f m/mon.yaml -f b.yaml\nhelm repo update\n"}),
    "two commands": ("m/mon.yaml", {"up.sh": "helm upgrade a c -f m/mon.yaml\nhelm upgrade b d -f other.yaml\n"}),
    "variable of another folder": ("m/mon.yaml", {"up.sh": "helm upgrade a c -f x.yaml -f $ENV.yaml\n"}),
    "terraform of others": ("tf/mon.yaml", {"tf/main.tf": 'a = yamldecode(file("mon.yaml"))\nb = file("x.yaml")\n'}),
    "terraform": ("tf/mon.yaml", {"tf/main.tf": TF % ("mon.yaml", "", "")}),
    "fleet": ("mon.yaml", {"fleet.yaml": "helm: {valuesFiles: [mon.yaml]}\n"}),
    "taken alone": ("v/mon.yaml", {**kustomized(GENERATED % "v/mon.yaml"), "r.yaml": TAKEN}),
    "resources": ("v/mon.yaml", kustomized("resources: [v/mon.yaml, b.yaml]\n")),
    "set of one": ("c/mon.yaml", {"s.yaml": SET % "valueFiles: [$v/c/mon.yaml]"}),
    "set of others": ("c/mon.yaml", {"s.yaml": SET % "valueFiles: [$v/x.yaml, '$v/{{name}}/other.yaml']"}),
    "a Secret": ("c/mon.yaml", {"c/secrets.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"}),
    "another stem": ("c/mon.yaml", {"c/grafana-prod.yaml": GLOBAL}),
}


def written(name: str) -> str:
    return (
        f"kube-prometheus-stack:\n  {ROUTE.replace(chr(10), chr(10) + '  ').rstrip()}\n"
        if name == "umbrella"
        else ROUTE
    )


@pytest.mark.parametrize("name", MERGED)
def test_what_values_lack_may_be_in_others(name: str) -> None:
    path, more = MERGED[name]
    assert errors({path: written(name), **more}) == set()


@pytest.mark.parametrize("name", ALONE)
def test_what_values_lack_that_are_used_alone_is_missing(name: str) -> None:
    path, more = ALONE[name]
    assert errors({path: ROUTE, **more}) == {"AM015"}


def test_values_for_an_umbrella_chart_in_its_folder_are_whole() -> None:
    assert errors({"c/mon.yaml": written("umbrella"), "c/Chart.yaml": "name: c\n"}) == {"AM015"}


@pytest.mark.parametrize(
    ("sort", "name", "wanted"), [("HelmChartConfig", "mon", set()), ("HelmChartConfig", "b", {"AM015"})]
)
def test_k3s_merges_a_config_into_its_chart(sort: str, name: str, wanted: set[str]) -> None:
    config = CHART % (sort, name, f"  valuesContent: '{LIST}'\n")
    assert errors({"a.yaml": HELM_CHART, "b.yaml": config}) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("receivers[1].name", set()),
        ("receivers[1].slack_configs[0].channel", {"AM015", "AM033"}),
        ("global.x", {"AM015"}),
    ],
)
def test_a_release_may_set_the_name_of_a_further_receiver(path: str, wanted: set[str]) -> None:
    values = '    alertmanager: {config: {route: {receiver: ops}, receivers: [{name: "null"}]}}\n'
    taken = f"  valuesFrom: [{{kind: Secret, name: s, valuesKey: a, targetPath: 'alertmanager.config.{path}'}}]\n"
    assert errors({"r.yaml": f"{RELEASE}{taken}  values:\n{values}"}) == wanted
