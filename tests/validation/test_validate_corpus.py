"""Findings in other people's files: every error has a reason, and types are judged as kubernetes-validate does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import kubernetes_validate
import pytest

from generator import rules, validation
from generator.rules.readers import compiled
from generator.rules.readers.objects import objects
from generator.yaml import data_of

from ..support import corpus

VERSION = "1.36"
# Path, rule: why it is true. Workflows, kind and Alertmanager have tests of their own.
PARTIAL = "a Deployment without a selector, which no API server takes: test data of a tool that does not look"
GONE = "the API version is gone"
IMAGES, KPT = "fluxcd+image-automation-controller/internal", "kptdev+kpt"
DISKS = "kubernetes+examples/_archived/volumes/azure_disk/claim"
TRUE = {
    (
        "argoproj+argocd-example-apps/plugins/kustomized-helm/kustomization.yaml",
        "SCH001",
    ): "kubectl kustomize refuses it",
    (f"{IMAGES}/controller/testdata/appconfig-setters-expected/deploy.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/controller/testdata/pathconfig/no/deploy.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/policy/testdata/pathconfig-expected/yes/deploy.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/update/testdata/leave/expected/deployment.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/update/testdata/replace/commented-expected/deployment.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/update/testdata/replace/commented/deployment.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/update/testdata/replace/expected/cronjob.yaml", "K8S002"): GONE,
    (f"{IMAGES}/update/testdata/replace/expected/cronjob.yaml", "K8S005"): "pods of a Job without restartPolicy",
    (
        f"{IMAGES}/update/testdata/setters/expected/kustomization.yml",
        "SCH001",
    ): "kubectl kustomize refuses it: newDigest",
    (f"{IMAGES}/update/testdata/setters/original/otherns.yaml", "SCH001"): PARTIAL,
    (f"{IMAGES}/update/testdata/setters/original/unmarked.yaml", "SCH001"): PARTIAL,
    (f"{KPT}/e2e/testdata/fn-eval/missing-fn-image/resources.yaml", "SCH001"): PARTIAL,
    (f"{KPT}/e2e/testdata/fn-eval/selectors/out-of-place-fnchain-unwrap/resources.yaml", "SCH001"): PARTIAL,
    (
        f"{KPT}/e2e/testdata/fn-eval/structured-results-in-stdout/search-replace-conf.yaml",
        "SCH001",
    ): "numbers in a ConfigMap",
    (f"{KPT}/e2e/testdata/fn-render/save-on-render-failure/bfs-basicpipeline/resources.yaml", "SCH001"): PARTIAL,
    (
        f"{KPT}/e2e/testdata/fn-render/save-on-render-failure/bfs-subpkg-mutator-fails/subpkg/deployment.yaml",
        "SCH001",
    ): PARTIAL,
    (
        f"{KPT}/pkg/lib/update/merge3/testdata/one-key-crd-empty-updated/fruitstore.crd.yaml",
        "SCH001",
    ): "keys of OpenAPI that JSONSchemaProps of a CustomResourceDefinition does not have",
    (f"{KPT}/pkg/lib/update/testdata/keep-tagged-null/origin/configmap.yaml", "SCH001"): "maps in a ConfigMap's data",
    ("kubernetes+examples/_archived/cockroachdb/cockroachdb-statefulset.yaml", "K8S002"): GONE,
    **{
        (f"{DISKS}/blob-based-disk/{one}/storageclass-{name}.yaml", "K8S002"): GONE
        for one, name in (
            ("account-specified-hdd", "account-hdd"),
            ("dedicated-hdd", "dedicated-hdd"),
            ("shared-hdd", "shared-hdd"),
        )
    },
    (f"{DISKS}/managed-disk/managed-ssd/storageclass-managed-ssd.yaml", "K8S002"): GONE,
    **{
        (
            f"kubernetes+examples/{one}",
            "K8S002",
        ): "no pod of the corpus, which has a part of the repository, is selected"
        for one in (
            "_archived/storage/vitess/vtctld-service.yaml",
            "web/guestbook/redis-replica-service.yaml",
        )
    },
}
OURS = ("SCH", "K8S", "FX", "F2-", "FLG", "YAML", "GIT")


@pytest.fixture
def root() -> Path:
    found = corpus.folder()
    if found is None:
        pytest.skip("the corpus is not here: set SCAFFOLD_CORPUS")
    return found


def test_every_error_in_the_corpus_has_a_reason(root: Path) -> None:
    selection = validation.select_files(root, None, ["."], None, None)
    problems = validation.check_selection(selection).problems
    found = {(one.path, one.rule): one for one in problems if one.severity == "error" and one.rule.startswith(OURS)}
    new = [
        f"{path}:{found[path, rule].line} {rule} {found[path, rule].message}"
        for path, rule in found.keys() - TRUE.keys()
    ]
    assert not new, "\n".join(sorted(new))
    assert TRUE.keys() <= found.keys()


def test_types_are_judged_as_kubernetes_validate_judges_them(root: Path) -> None:
    count = 0
    for path, api, sort, data in _objects(root):
        schema = compiled.kubernetes(api, sort, VERSION)
        ours = "unknown" if schema is None else "invalid" if schema.errors(data) else "valid"
        try:
            kubernetes_validate.validate(data, VERSION, strict=True)
            theirs = "valid"
        except kubernetes_validate.ValidationError:
            theirs = "invalid"
        except kubernetes_validate.SchemaNotFoundError:
            theirs = "unknown"
        assert ours == theirs, f"{path}: {sort}"
        count += 1
    assert count > 200


def _objects(root: Path) -> Iterator[tuple[str, str, str, dict[str, object]]]:
    for name in corpus.names(root):
        file = rules.recognise(name, (root / name).read_bytes().decode("utf-8", "surrogateescape")).file
        if file is not None:
            for one in objects(file):
                yield name, one.api, one.sort, data_of(one.node, dialect="go")
