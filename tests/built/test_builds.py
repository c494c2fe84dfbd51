"""What is built of kustomizations, by kubectl's word, and within bounds."""

from __future__ import annotations

import shutil

import pytest

from generator.rules.built.resources import Unbuildable

from .random_kustomizations import built, compare

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
@pytest.mark.parametrize("seed", range(700, 707))
def test_a_random_build_is_that_of_kubectl(seed: int) -> None:
    found, _ = compare(seed)
    assert not found.sort.isupper(), found


def _doubling() -> dict[str, str]:
    files = {"b0/a.yaml": OBJECT, "b0/kustomization.yaml": "resources: [a.yaml]\n"}
    for number in range(1, 25):
        for side in "xy":
            files[f"{side}{number}/kustomization.yaml"] = f"resources: [../b{number - 1}]\nnamePrefix: {side}-\n"
        files[f"b{number}/kustomization.yaml"] = f"resources: [../x{number}, ../y{number}]\n"
    return files


def _components() -> dict[str, str]:
    files = {"b24/kustomization.yaml": "resources: [a.yaml]\ncomponents: [../c24]\n", "b24/a.yaml": OBJECT}
    files["c0/kustomization.yaml"] = f"{COMPONENT}namePrefix: z\n"
    for number in range(1, 25):
        below = f"../c{number - 1}"
        files[f"c{number}/kustomization.yaml"] = f"{COMPONENT}components: [{below}, {below}]\n"
    return files


def _nested() -> dict[str, str]:
    files = {f"b{n}/kustomization.yaml": f"resources: [../b{n - 1}]\nnamePrefix: x\n" for n in range(1, 400)}
    files["b0/kustomization.yaml"] = "resources: [../b399]\n"
    return files


@pytest.mark.parametrize("files", [_doubling(), _components(), _nested()], ids=["doubling", "components", "a circle"])
def test_a_build_that_grows_without_end_is_given_up(files: dict[str, str]) -> None:
    found = built(files, "b24/kustomization.yaml")
    assert isinstance(found, Unbuildable)
    assert found.sort == "too large"
