"""Values that are merged in a known order are checked as one configuration: AM042."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import rules
from generator.alertmanager.helm import default_config
from generator.alertmanager.value import plain_data

from ..conftest import Repo
from ..support.alertmanager import ask
from ..support.helm import merged_files

STACK = "alertmanager:\n  config:\n"
ROUTES = STACK + "    route: {receiver: ops, routes: [{receiver: pager, matchers: [a=b]}]}\n"
WHOLE = ROUTES + "    receivers: [{name: ops}, {name: pager}]\n"
OPS = STACK + "    receivers: [{name: ops}]\n"
BOTH = STACK + "    receivers: [{name: ops}, {name: pager}]\n"
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: monitoring}
spec:
  sources:
    - chart: kube-prometheus-stack
      helm:
        valueFiles: [$values/conf/a.yaml, $values/conf/b.yaml]
%s    - {repoURL: https://example.com/git, ref: values}
"""
INLINE = "        values: |\n          alertmanager:\n            config:\n              receivers: [{name: ops}]\n"
PARAMETER = "        parameters: [{name: 'alertmanager.config.receivers[1].name', value: pager}]\n"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: monitoring, namespace: monitoring}
spec:
  interval: 1h
  chart: {spec: {chart: kube-prometheus-stack, sourceRef: {kind: HelmRepository, name: charts}}}
  valuesFrom: [{kind: ConfigMap, name: shared}%s]
  values:
    alertmanager: {config: {receivers: [{name: ops}%s]}}
"""
SHARED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: monitoring}\ndata:\n  values.yaml: |\n"
SHARED += "".join(f"    {line}\n" for line in WHOLE.splitlines())
FURTHER = ", {kind: Secret, name: more}"


def by_name(base: str, over: str, **more: str) -> dict[str, str]:
    return {"values.yaml": base, "values-prod.yaml": over, **more}


def application(first: str, second: str | None, more: str = "") -> dict[str, str]:
    files = {"conf/a.yaml": first, "app.yaml": APPLICATION % more}
    return files if second is None else {**files, "conf/b.yaml": second}


HELMFILE = """\
repositories: [{name: prometheus-community, url: https://prometheus-community.github.io/helm-charts}]
%s---
releases:
  - name: kps
    namespace: monitoring
    chart: %s
    values: %s
%s"""
LISTED = "[conf/a.yaml, conf/b.yaml]"
BY_ENVIRONMENT = '[conf/a.yaml, "conf/{{ .Environment.Name }}.yaml"]'
STACK_CHART = "prometheus-community/kube-prometheus-stack"


def helmfile(
    values: str, files: dict[str, str], more: str = "", *, state: str = "", chart: str = STACK_CHART
) -> dict[str, str]:
    return {"helmfile.yaml": HELMFILE % (state, chart, values, more), **files}


TWO = {"conf/a.yaml": WHOLE, "conf/b.yaml": OPS}
IGNORED = APPLICATION.replace("valueFiles: [", "ignoreMissingValueFiles: true\n        valueFiles: [").replace(
    "b.yaml]", "b.yaml, $values/conf/c.yaml]"
)
LOCAL = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: monitoring}
spec:
  source:
    path: chart
    helm:
      ignoreMissingValueFiles: %s
      valueFiles: [values-prod.yaml, %s]
"""
IN_CHART = {"chart/Chart.yaml": "name: kube-prometheus-stack\nversion: 1.0.0\n", "chart/values.yaml": WHOLE}
IN_CHART["chart/values-prod.yaml"] = OPS
# What kustomize makes a ConfigMap of, as in Flux's documentation.
KUSTOMIZATION = """\
resources: [release.yaml]
configMapGenerator:
  - name: shared
    files: [%s]
"""
REFERENCES = "configurations: [names.yaml]\n"
NAMES_OF = """\
nameReference:
  - kind: ConfigMap
    version: v1
    fieldSpecs: [{path: spec/valuesFrom/name, kind: HelmRelease}]
"""
FIXED = "generatorOptions: {disableNameSuffixHash: true}\n"


def generated(more: str = FIXED, listed: str = "values.yaml=kps.yaml", **files: str) -> dict[str, str]:
    kustomization = KUSTOMIZATION % listed + more
    return {
        "m/kustomization.yaml": kustomization,
        "m/kps.yaml": WHOLE,
        "m/release.yaml": RELEASE % ("", ""),
        "m/names.yaml": NAMES_OF,
        **{name.replace("__", "/") + ".yaml": text for name, text in files.items()},
    }


OVERLAY = "resources: [../m]\npatches:\n  - target: {kind: %s}\n    patch: |\n%s"
JSON_PATCH = "      - {op: add, path: %s, value: %s}\n"
PATCH = "      {kind: %s, apiVersion: v1, metadata: {name: %s}, %s}\n"
BASE = {"m/kustomization.yaml": "resources: [release.yaml, shared.yaml]\n", "m/release.yaml": RELEASE % ("", "")}
BASE["m/shared.yaml"] = SHARED


IN_GIT = (RELEASE % ("", "")).replace(
    "chart: kube-prometheus-stack, sourceRef: {kind: HelmRepository",
    "chart: ./chart%s, sourceRef: {kind: GitRepository",
)

ONLY_CHART = {key: text for key, text in IN_CHART.items() if "prod" not in key}
ALONE = IN_GIT.replace("valuesFrom: [{kind: ConfigMap, name: shared}]", "timeout: 5m") % ""
IN_FOLDER = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: monitoring}
spec:
  source:
    path: chart
    helm:
      valuesObject: {alertmanager: {config: {receivers: [{name: ops}]}}}
"""
NO_RECEIVERS = IN_GIT.replace("receivers: [{name: ops}]", "global: {}")
ONLY_ROUTES = SHARED.replace("receivers: [{name: ops}, {name: pager}]", "inhibit_rules: []")


def overlaid(sort: str, patch: str) -> dict[str, str]:
    return {**BASE, "prod/kustomization.yaml": OVERLAY % (sort, patch)}


UMBRELLA = "kps:\n" + "".join(f"  {line}\n" for line in WHOLE.splitlines())
UMBRELLA_OPS = "kps:\n" + "".join(f"  {line}\n" for line in OPS.splitlines())
CHART = """\
apiVersion: v2
name: monitoring
version: 1.0.0
dependencies: [{name: kube-prometheus-stack, alias: kps, version: 60.0.0, repository: 'https://a.example'%s}]
"""
CONDITION = CHART % ", condition: 'kps.use,kps.enabled'"


def umbrella(more: str, chart: str = CONDITION) -> dict[str, str]:
    return by_name(UMBRELLA, UMBRELLA_OPS + more, **{"Chart.yaml": chart})


def with_parameter(name: str, condition: str = "", more: str = "") -> dict[str, str]:
    """Return an Application that merges values of an umbrella chart and sets one more value."""
    chart = CHART % (f", condition: {condition}" if condition else more)
    listed = APPLICATION.replace("chart: kube-prometheus-stack", "path: c")
    listed = listed.replace("$values/conf/a.yaml, $values/conf/b.yaml", "values-prod.yaml")
    return {
        **{f"c/{path}": text for path, text in umbrella("", chart).items()},
        "app.yaml": listed % f"        parameters: [{{name: {name}, value: 'true'}}]\n",
    }


ACCEPTED = {
    "configuration of a Secret": by_name(
        WHOLE, OPS + "  alertmanagerSpec: {useExistingSecret: true}\n", **{"Chart.yaml": "name: x\n"}
    ),
    "configuration of an AlertmanagerConfig": by_name(
        WHOLE, OPS + "  alertmanagerSpec: {alertmanagerConfiguration: {name: a}}\n"
    ),
    "configuration that the chart alertmanager does not render": by_name(
        WHOLE + "server: {}\n", OPS + "    enabled: false\n"
    ),
    "dependency is disabled": umbrella("  enabled: false\n"),
    "dependency is disabled by the first of its conditions": umbrella("  enabled: true\n  use: false\n"),
    "dependency is disabled by its tag": umbrella("tags: {m: false}\n", CHART % ", tags: [m]"),
    "dependency of a chart elsewhere is disabled": umbrella("  enabled: false\n", "name: [\n"),
    "Application with a parameter that may disable it": {
        **{f"c/{name}": text for name, text in umbrella("  enabled: true\n").items()},
        "app.yaml": APPLICATION.replace("chart: kube-prometheus-stack", "path: c").replace(
            "$values/conf/a.yaml, $values/conf/b.yaml", "values-prod.yaml"
        )
        % "        parameters: [{name: kps.enabled, value: 'false'}]\n",
    },
    "Application with a parameter that may disable it by a condition elsewhere": with_parameter("use.kps", "use.kps"),
    "Application with a parameter that may disable its tag": with_parameter("tags.m", "", ", tags: [m]"),
    "Application with a parameter that may disable Alertmanager": with_parameter("kps.alertmanager.enabled"),
    "Application with a parameter that may name a Secret": with_parameter(
        "kps.alertmanager.alertmanagerSpec.useExistingSecret"
    ),
    "Application with a parameter that may name an AlertmanagerConfig": with_parameter(
        "kps.alertmanager.alertmanagerSpec.alertmanagerConfiguration.name"
    ),
    "Application with values that a parameter may disable": {
        "app.yaml": APPLICATION.replace("        valueFiles: [$values/conf/a.yaml, $values/conf/b.yaml]\n", "")
        % (INLINE.replace("[{name: ops}]", "[]") + PARAMETER.replace("config.receivers[1].name", "enabled"))
    },
    "Application with files of two repositories": {
        **application(WHOLE, OPS),
        "app.yaml": (APPLICATION % "    - {repoURL: https://example.com/other, ref: o}\n").replace(
            "$values/conf/a", "$o/conf/a"
        ),
    },
    "list is complete": by_name(WHOLE, BOTH),
    "list is only in the base": by_name(WHOLE, ROUTES),
    "other extension": {"values.yaml": WHOLE, "values-prod.yml": OPS},
    "routes are replaced too": by_name(WHOLE, OPS + "    route: {routes: []}\n"),
    "null takes the routes away": by_name(WHOLE, OPS + "    route: {routes: null}\n"),
    "secrets may add it": by_name(WHOLE, OPS, **{"values-secrets.yaml": "a: b\n"}),
    "a narrower one may add it": by_name(WHOLE, OPS, **{"values-prod-eu.yaml": BOTH}),
    "an address may be in another file": by_name(
        WHOLE.replace("{name: ops}", "{name: ops, slack_configs: [{channel: '#pager'}]}"), ROUTES
    ),
    "not a base": {"base.yaml": WHOLE, "values-prod.yaml": OPS},
    "Application in another order": application(OPS, WHOLE),
    "Application with a file of another repository": application(WHOLE, None),
    "Application with a parameter": application(WHOLE, OPS, PARAMETER),
    "helmfile in another order": helmfile("[conf/b.yaml, conf/a.yaml]", TWO),
    "helmfile with secrets": helmfile(LISTED, TWO, "    secrets: [conf/s.yaml]\n"),
    "helmfile with a file that is rendered": helmfile("[conf/a.yaml, conf/b.yaml, conf/c.yaml.gotmpl]", TWO),
    "helmfile with a file elsewhere": helmfile("[conf/a.yaml, conf/b.yaml, 'git::https://a.example@b.yaml']", TWO),
    "helmfile with a pattern": helmfile("[conf/a.yaml, 'conf/[b].yaml']", TWO),
    "helmfile with a missing file": helmfile("[conf/a.yaml, conf/b.yaml, conf/c.yaml]", TWO),
    "helmfile with a condition": helmfile(LISTED, TWO, "    condition: kps.enabled\n"),
    "helmfile that removes it": helmfile(LISTED, TWO, "    installed: false\n"),
    "helmfile that inherits": helmfile(LISTED, TWO, "    inherit: [{template: more}]\n"),
    "helmfile that sets a receiver": helmfile(
        LISTED, TWO, "    set: [{name: 'alertmanager.config.receivers[1].name', value: pager}]\n"
    ),
    "helmfile with arguments": helmfile(LISTED, TWO, state="helmDefaults: {args: [--values, more.yaml]}\n"),
    "helmfile with bases": helmfile(LISTED, TWO, state="bases: [more.yaml]\n"),
    "helmfile with a loop": helmfile(LISTED, TWO, state="# {{ range .x }}\n"),
    "helmfile with values from an action": helmfile("[conf/a.yaml, conf/b.yaml, {{ toYaml .Values.x }}]", TWO),
    "helmfile with values of an action": helmfile("[conf/a.yaml, conf/b.yaml, {a: '{{ .Values.x }}'}]", TWO),
    "helmfile with values over these": helmfile(
        "[conf/a.yaml, conf/b.yaml, {alertmanager: {config: {receivers: [{name: ops}, {name: pager}]}}}]", TWO
    ),
    "helmfile of an unknown environment": helmfile(BY_ENVIRONMENT, {"conf/a.yaml": WHOLE, "conf/prod.yaml": OPS}),
    "helmfile with one of two files": helmfile(
        "[values-prod.yaml]", {"values.yaml": WHOLE, "values-prod.yaml": OPS + "    route: {receiver: ops}\n"}
    ),
    "Application with one of two files": {
        "app.yaml": (APPLICATION % "").replace("$values/conf/a.yaml, $values/conf/b.yaml", "$values/values-prod.yaml"),
        **by_name(WHOLE, OPS + "    route: {receiver: ops}\n"),
    },
    "Application without a file": {**IN_CHART, "app.yaml": LOCAL % ("false", "missing.yaml")},
    "Application without a file that has a pattern": {**IN_CHART, "app.yaml": LOCAL % ("true", "'more*.yaml'")},
    "Application without a file of an address": {
        **IN_CHART,
        "app.yaml": LOCAL % ("true", "'https://a.example/a.yaml'"),
    },
    "Application without a file of another repository": {**IN_CHART, "app.yaml": LOCAL % ("true", "$other/a.yaml")},
    "Application without a file by environment": {
        **IN_CHART,
        "app.yaml": LOCAL % ("true", "'values-${ARGOCD_APP_NAME}.yaml'"),
    },
    "Application of another repository without a file": {
        "app.yaml": LOCAL % ("true", "missing.yaml"),
        "chart/values-prod.yaml": OPS,
    },
    "HelmRelease with a generated ConfigMap that has no such name": generated(""),
    "HelmRelease with a generated ConfigMap of another name": generated(REFERENCES.replace("names", "kps")),
    "HelmRelease with a ConfigMap that is generated twice": generated(
        prod__kustomization="resources: [../m]\n"
        "configMapGenerator: [{name: shared, behavior: merge, files: [values.yaml=a]}]\n"
    ),
    "HelmRelease with a generated ConfigMap that is patched": generated(
        prod__kustomization=OVERLAY % ("ConfigMap", PATCH % ("ConfigMap", "shared", "data: {values.yaml: ''}"))
    ),
    "HelmRelease with a generated ConfigMap that has another key": generated(listed="kps.yaml"),
    "HelmRelease with a generated ConfigMap with a prefix": generated(FIXED + "namePrefix: prod-\n"),
    "HelmRelease with a generated Secret that is encrypted": generated(m__kps=WHOLE + "sops: {version: 3.9.0}\n"),
    "HelmRelease that is not built with the ConfigMap": {
        **generated(),
        "m/kustomization.yaml": (KUSTOMIZATION % "values.yaml=kps.yaml" + FIXED).replace("release.yaml", ""),
    },
    "HelmRelease with a ConfigMap that an overlay patches": overlaid(
        "ConfigMap", PATCH % ("ConfigMap", "shared", "data: {values.yaml: ''}")
    ),
    "HelmRelease that an overlay patches": overlaid(
        "HelmRelease",
        JSON_PATCH % ("/spec/values/alertmanager/config/receivers/-", "{name: pager}"),
    ),
    "HelmRelease that an overlay completes": overlaid(
        "HelmRelease",
        PATCH % ("HelmRelease", "monitoring", "spec: {valuesFrom: [{kind: Secret, name: more}]}"),
    ),
    "HelmRelease of a chart elsewhere": {"r.yaml": IN_GIT % "" + "---\n" + SHARED},
    "HelmRelease of a chart whose file has it": {
        "r.yaml": NO_RECEIVERS % ", valuesFiles: [chart/both.yaml]" + "---\n" + ONLY_ROUTES,
        "chart/both.yaml": BOTH,
        "chart/Chart.yaml": IN_CHART["chart/Chart.yaml"],
    },
    "HelmRelease of a chart whose values have it": {
        "r.yaml": NO_RECEIVERS % "" + "---\n" + ONLY_ROUTES,
        **ONLY_CHART,
    },
    "HelmRelease without others of a chart whose values have it": {
        "r.yaml": ALONE.replace("receivers: [{name: ops}]", "route: {receiver: pager}"),
        **ONLY_CHART,
    },
    "HelmRelease without others of a chart elsewhere": {
        "r.yaml": ALONE.replace("receivers: [{name: ops}]", "route: {receiver: pager}")
    },
    "Application without files of a chart whose values have it": {
        "a.yaml": IN_FOLDER.replace("receivers: [{name: ops}]", "route: {receiver: pager}"),
        **ONLY_CHART,
    },
    "Application without files of a chart elsewhere": {
        "a.yaml": IN_FOLDER.replace("receivers: [{name: ops}]", "route: {receiver: pager}")
    },
    "HelmRelease with files in a chart elsewhere": {
        "r.yaml": RELEASE.replace("sourceRef", "valuesFiles: [more.yaml], sourceRef") % ("", "") + "---\n" + SHARED
    },
    "HelmRelease that is replaced in a build": {
        **BASE,
        "prod/kustomization.yaml": "resources: [../m]\nreplacements: [{path: a.yaml}]\n",
    },
    "HelmRelease with all": {"r.yaml": RELEASE % ("", ", {name: pager}") + "---\n" + SHARED},
    "HelmRelease with a Secret": {"r.yaml": RELEASE % (FURTHER, "") + "---\n" + SHARED},
    "HelmRelease with an unknown ConfigMap": {"r.yaml": RELEASE % ("", "")},
    "HelmRelease with a ConfigMap of another namespace": {
        "r.yaml": RELEASE % ("", ""),
        "c.yaml": SHARED.replace("namespace: monitoring", "namespace: web"),
    },
}
MISSING = "no receiver is named 'pager'"
IN_UMBRELLA = f"values-prod.yaml:4:7: merged with values.yaml: {MISSING} (values.yaml:4)"
REFUSED = {
    "Application with a parameter for something else": (
        with_parameter("kps.grafana.enabled"),
        f"app.yaml:8:22: merged with c/values.yaml and c/values-prod.yaml: {MISSING} (c/values.yaml:4)",
    ),
    "Application with files of one repository under two names": (
        {
            **application(WHOLE, OPS),
            "app.yaml": (APPLICATION % "    - {repoURL: https://example.com/git.git, ref: o}\n").replace(
                "$values/conf/a", "$o/conf/a"
            ),
        },
        f"app.yaml:8:22: merged with conf/a.yaml and conf/b.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "dependency is enabled": (umbrella("  enabled: true\n"), IN_UMBRELLA),
    "dependency has another condition": (umbrella("  enabled: false\n", CHART % ", condition: x.enabled"), IN_UMBRELLA),
    "dependency is enabled by one of its tags": (
        umbrella("tags: {m: false, more: true}\n", CHART % ", tags: [m, more]"),
        IN_UMBRELLA,
    ),
    "condition precedes tags": (
        umbrella("  use: true\ntags: {m: false}\n", CHART % ", tags: [m], condition: kps.use"),
        IN_UMBRELLA,
    ),
    "not an existing Secret": (
        by_name(WHOLE, OPS + "  alertmanagerSpec: {useExistingSecret: false}\n", **{"Chart.yaml": "name: x\n"}),
        f"values-prod.yaml:3:5: merged with values.yaml: {MISSING} (values.yaml:3)",
    ),
    "list is replaced": (
        by_name(WHOLE, OPS),
        f"values-prod.yaml:3:5: warning: merged with values.yaml: {MISSING} (values.yaml:3)",
    ),
    "route to what the base lacks": (
        by_name(OPS, ROUTES),
        f"values-prod.yaml:3:48: warning: merged with values.yaml: {MISSING}",
    ),
    "in a chart": (
        by_name(WHOLE, OPS, **{"Chart.yaml": "name: x\n"}),
        f"values-prod.yaml:3:5: merged with values.yaml: {MISSING} (values.yaml:3)",
    ),
    "another environment has it": (
        by_name(WHOLE, OPS, **{"values-staging.yaml": BOTH}),
        f"values-prod.yaml:3:5: warning: merged with values.yaml: {MISSING} (values.yaml:3)",
    ),
    "Application": (
        application(WHOLE, OPS),
        f"app.yaml:8:22: merged with conf/a.yaml and conf/b.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "Application with values": (
        application(WHOLE, "a: b\n", INLINE),
        f"app.yaml:12:15: merged with conf/a.yaml and conf/b.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "HelmRelease": (
        {"r.yaml": RELEASE % ("", "") + "---\n" + SHARED},
        f"r.yaml:18:52: merged with other values here: {MISSING}",
    ),
    "helmfile": (
        helmfile(LISTED, TWO),
        f"conf/b.yaml:3:5: merged with conf/a.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "helmfile with values in it": (
        helmfile("[conf/a.yaml, conf/b.yaml, {grafana: {enabled: false}}]", TWO),
        f"conf/b.yaml:3:5: merged with conf/a.yaml and helmfile.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "helmfile with receivers in it": (
        helmfile(
            "[conf/a.yaml, conf/b.yaml, {alertmanager: {config: {receivers: [{name: ops}]}}}]",
            {**TWO, "conf/b.yaml": BOTH},
        ),
        f"conf/b.yaml:1:1: merged with conf/a.yaml and helmfile.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "helmfile of an environment": (
        helmfile(
            BY_ENVIRONMENT,
            {"conf/a.yaml": WHOLE, "conf/prod.yaml": OPS, "conf/dev.yaml": BOTH},
            state="environments: {dev: {}, prod: {}}\n",
        ),
        f"conf/prod.yaml:3:5: merged with conf/a.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "helmfile that leaves out a missing file": (
        helmfile("[conf/a.yaml, conf/b.yaml, conf/c.yaml]", TWO, "    missingFileHandler: Warn\n"),
        f"conf/b.yaml:3:5: merged with conf/a.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "helmfile of a chart in the repository": (
        helmfile("[b.yaml]", {"b.yaml": OPS, **IN_CHART}, chart="./chart"),
        f"b.yaml:3:5: merged with chart/values.yaml: {MISSING} (chart/values.yaml:3)",
    ),
    "Application that leaves out a missing file": (
        {**TWO, "app.yaml": IGNORED % ""},
        f"app.yaml:9:22: merged with conf/a.yaml and conf/b.yaml: {MISSING} (conf/a.yaml:3)",
    ),
    "Application that leaves out a missing file of the chart": (
        {**IN_CHART, "app.yaml": LOCAL % ("true", "missing.yaml")},
        f"app.yaml:9:20: merged with chart/values.yaml and chart/values-prod.yaml: {MISSING} (chart/values.yaml:3)",
    ),
    "HelmRelease of a chart in the repository": (
        {"r.yaml": IN_GIT % "" + "---\n" + SHARED, **IN_CHART, "chart/values.yaml": "a: b\n"},
        f"r.yaml:18:52: merged with chart/values.yaml: {MISSING}",
    ),
    "HelmRelease without others of a chart in the repository": (
        {"r.yaml": ALONE, **ONLY_CHART},
        f"r.yaml:9:29: merged with chart/values.yaml: {MISSING} (chart/values.yaml:3)",
    ),
    "Application without files of a chart in the repository": (
        {"a.yaml": IN_FOLDER, **ONLY_CHART},
        f"a.yaml:8:46: merged with chart/values.yaml: {MISSING} (chart/values.yaml:3)",
    ),
    "HelmRelease with files of a chart": (
        {"r.yaml": IN_GIT % ", valuesFiles: [chart/values-prod.yaml]" + "---\n" + SHARED, **IN_CHART},
        f"r.yaml:18:52: merged with chart/values-prod.yaml: {MISSING}",
    ),
    "HelmRelease with a generated ConfigMap": (
        generated(),
        f"m/release.yaml:9:29: merged with m/kps.yaml: {MISSING} (m/kps.yaml:3)",
    ),
    "HelmRelease with a ConfigMap that is generated without a suffix": (
        generated("    options: {disableNameSuffixHash: true}\n"),
        f"m/release.yaml:9:29: merged with m/kps.yaml: {MISSING} (m/kps.yaml:3)",
    ),
    "HelmRelease with a ConfigMap whose name is replaced": (
        generated(REFERENCES),
        f"m/release.yaml:9:29: merged with m/kps.yaml: {MISSING} (m/kps.yaml:3)",
    ),
    "HelmRelease with a ConfigMap whose name and prefix are replaced": (
        generated(REFERENCES + "namePrefix: prod-\n"),
        f"m/release.yaml:9:29: merged with m/kps.yaml: {MISSING} (m/kps.yaml:3)",
    ),
    "HelmRelease with a generated Secret": (
        {
            **generated(REFERENCES),
            "m/kustomization.yaml": (KUSTOMIZATION % "values.yaml=kps.yaml" + REFERENCES).replace(
                "configMapG", "secretG"
            ),
            "m/names.yaml": NAMES_OF.replace("ConfigMap", "Secret"),
            "m/release.yaml": (RELEASE % ("", "")).replace("kind: ConfigMap", "kind: Secret"),
        },
        f"m/release.yaml:9:29: merged with m/kps.yaml: {MISSING} (m/kps.yaml:3)",
    ),
    "HelmRelease that an overlay patches elsewhere": (
        overlaid("HelmRelease", JSON_PATCH % ("/spec/interval", "5m")),
        f"m/release.yaml:9:29: merged with m/shared.yaml: {MISSING} (m/shared.yaml:8)",
    ),
    "HelmRelease with a ConfigMap in another file": (
        {"r.yaml": RELEASE % ("", ""), "c.yaml": SHARED},
        f"r.yaml:9:29: merged with c.yaml: {MISSING} (c.yaml:8)",
    ),
}


def validated(folder: Path, files: dict[str, str]) -> str:
    repo = Repo(folder)
    for path, text in files.items():
        repo.write(path, text)
    return repo.run("validate", ".").text


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_may_be_complete_is_not_reported(tmp_path: Path, name: str) -> None:
    told = validated(tmp_path, ACCEPTED[name])
    assert MISSING not in told
    assert "AM042" not in told


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_merge_leaves_out_is_reported(tmp_path: Path, name: str) -> None:
    files, wanted = REFUSED[name]
    assert f"{wanted} (AM042)" in validated(tmp_path, files)


NAMES = ("ops", "pager", "null")


def random_layer(dice: random.Random) -> dict[str, Any]:
    """Return a part of a configuration, which alone or merged may or may not be valid."""
    config: dict[str, Any] = {}
    if dice.random() < 0.6:
        every = dice.sample(NAMES, k=dice.randrange(1, 4))
        config["receivers"] = [{"name": one} for one in every]
        if dice.random() < 0.4:
            config["receivers"][0]["slack_configs"] = [{"channel": "#a"}]
    if dice.random() < 0.6:
        route: dict[str, Any] = {"receiver": dice.choice((*NAMES, None))} if dice.random() < 0.7 else {}
        if dice.random() < 0.6:
            below = [{"receiver": dice.choice(NAMES), "matchers": ["a=b"]} for _ in range(dice.randrange(3))]
            if below and dice.random() < 0.3:
                below[0]["mute_time_intervals"] = [dice.choice(("night", "day"))]
            route["routes"] = dice.choice((below, below, None))
        config["route"] = dice.choice((route, route, route, None))
    if dice.random() < 0.3:
        hours = [{"times": [{"start_time": "01:00", "end_time": "02:00"}]}]
        config["time_intervals"] = [{"name": dice.choice(("night", "day")), "time_intervals": hours}]
    if dice.random() < 0.4:
        key = dice.choice(("slack_api_url", "slack_api_url_file"))
        config["global"] = {key: "https://a.example/x" if key == "slack_api_url" else "/a"}
    if dice.random() < 0.2:
        config["inhibit_rules"] = dice.choice((None, []))
    return config


def findings(base: str, over: str) -> list[tuple[str, str]]:
    """Return rule and message of each error, of values that an Application merges."""
    texts = application(base, over)
    read = [rules.recognise(path, text).file for path, text in texts.items()]
    files = tuple(one for one in read if one is not None)
    every = rules.check(files, rules.Scope(files, exists=texts.__contains__))
    return [(one.rule, one.message) for one in every if one.severity == "error"]


def test_merged_values_are_refused_where_helm_and_alertmanager_make_that_of_them() -> None:
    dice = random.Random(5)  # noqa: S311
    pairs = [
        tuple(yaml.safe_dump({"alertmanager": {"config": random_layer(dice)}}, sort_keys=False) for _ in range(2))
        for _ in range(800)
    ]
    defaults = {"alertmanager": {"config": plain_data(default_config("kube-prometheus-stack"))}}
    configs = [one["alertmanager"]["config"] for one in merged_files(pairs, defaults)]
    answers = ask([{"op": "refusal", "text": yaml.safe_dump(one)} for one in configs])
    counts = {True: 0, False: 0}
    told = 0
    for (base, over), answer in zip(pairs, answers, strict=True):
        found = findings(base, over)
        merged = [one for one in found if one[0] == "AM042"]
        refused = "error" in answer
        assert refused or not merged, (base, over, merged)
        assert found or not refused, (base, over, answer)
        counts[refused] += 1
        told += bool(merged)
    assert min(counts.values()) > 100
    assert told > 100
