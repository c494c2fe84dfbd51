"""KD008 beside kind itself: what kind takes of a configuration has no error."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from generator import rules
from generator.rules import Scope, recognise

from ..support.alertmanager import ask

PROGRAM = Path(__file__).parents[1] / "oracles/bin/kind"
CASES = Path(__file__).parents[1] / "cases/rules/KD008"
HEAD = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"
SCALARS = (
    "true", "false", "True", "yes", "on", "n", "Yes", "1", "0", "-1", "0x1F", "0o17", "8080", "70000", "1.5", "1e3",
    "null", "~", "", "''", "'true'", "'8080'", "a", "A_b", "a.b-c", "2024-01-02", "1:30", "127.0.0.1", "::1",
    "10.0.0.0/16", "fd00::/8", "control-plane", "worker", "tcp", "UDP", "dual", "ipv6", "nftables", "Bidirectional",
    "[]", "{}", "[a]", "{a: b}", "[null]",
)  # fmt: skip
# The paths of fields, by the text that is around a value.
PLACES = (
    "name: {}", "nodes: {}", "networking: {}", "featureGates: {}", "featureGates: {{A: {}}}", "runtimeConfig: {}",
    "runtimeConfig: {{api/all: {}}}", "kubeadmConfigPatches: {}", "containerdConfigPatches: {}",
    "kubeadmConfigPatchesJSON6902: {}", "containerdConfigPatchesJSON6902: [{}]", "nodes: [{{role: {}}}]", "nodes: [{}]",
    "nodes: [{{image: {}}}]", "nodes: [{{labels: {}}}]", "nodes: [{{labels: {{a: {}}}}}]",
    "nodes: [{{extraMounts: {}}}]",
    "nodes: [{{extraMounts: [{{hostPath: {}}}]}}]", "nodes: [{{extraMounts: [{{readOnly: {}}}]}}]",
    "nodes: [{{extraMounts: [{{propagation: {}}}]}}]", "nodes: [{{extraMounts: [{{selinuxRelabel: {}}}]}}]",
    "nodes: [{{extraPortMappings: {}}}]", "nodes: [{{extraPortMappings: [{}]}}]",
    "nodes: [{{extraPortMappings: [{{containerPort: {}}}]}}]", "nodes: [{{extraPortMappings: [{{hostPort: {}}}]}}]",
    "nodes: [{{extraPortMappings: [{{hostPort: 1, listenAddress: {}}}]}}]",
    "nodes: [{{extraPortMappings: [{{listenAddress: {}}}]}}]", "nodes: [{{extraPortMappings: [{{protocol: {}}}]}}]",
    "networking: {{ipFamily: {}}}", "networking: {{apiServerPort: {}}}", "networking: {{apiServerAddress: {}}}",
    "networking: {{podSubnet: {}}}", "networking: {{serviceSubnet: {}}}", "networking: {{disableDefaultCNI: {}}}",
    "networking: {{kubeProxyMode: {}}}", "networking: {{dnsSearch: {}}}", "networking: {{dnsSearch: [{}]}}",
    "networking: {{nodePort: {}}}",
)  # fmt: skip
# What kind takes and cuts off or drops, without a word.
_CUT_OFF = re.compile(r"[pP]ort: 1\.5\b|kubeadmConfigPatchesJSON6902: \[null\]")


def verdicts(texts: list[str]) -> list[str]:
    """Return kind's errors, ``""`` for a text that it takes. Skips the test if the oracle is not built."""
    return [one["error"] for one in ask(({"config": text} for text in texts), program=PROGRAM)]


def errors(text: str) -> list[str]:
    read = recognise("kind.yaml", text)
    if read.file is None:
        return [one.message for one in read.problems]
    found = rules.check((read.file,), Scope((read.file,)))
    return [one.message for one in found if one.severity == "error"]


def test_every_value_that_kind_takes_in_a_field_is_right() -> None:
    texts = [HEAD + place.format(value) + "\n" for place in PLACES for value in SCALARS]
    told = verdicts(texts)
    told = ["a half of a port" if _CUT_OFF.search(text) else one for text, one in zip(texts, told, strict=True)]
    untrue = {text: found for text, said in zip(texts, told, strict=True) if not said and (found := errors(text))}
    assert not untrue
    missed = [text for text, said in zip(texts, told, strict=True) if said and not errors(text)]
    assert not missed
    assert sum(map(bool, told)) > 300


def test_configurations_with_several_values_are_judged_as_kind_does() -> None:
    dice = random.Random(16)  # noqa: S311
    names = ("a", "", "null", "true", "1", "A")
    texts = []
    for _ in range(300):
        nodes: list[Any] = []
        for _ in range(dice.randint(1, 3)):
            ports = [
                {"hostPort": dice.choice((0, 80, 81)), "listenAddress": dice.choice(("", "127.0.0.1", "0.0.0.0", "::"))}  # noqa: S104
                for _ in range(dice.randint(0, 3))
            ]
            nodes.append({"role": dice.choice(("control-plane", "worker", "worker")), "extraPortMappings": ports})
        texts.append(HEAD + f"nodes: {json.dumps(nodes)}\nname: {dice.choice(names)}\n")
    told = verdicts(texts)
    for text, said in zip(texts, told, strict=True):
        own = errors(text)
        taken = [one for one in own if "host port" in one]  # of two nodes too, which Docker refuses
        assert bool(said) <= bool(own), (text, said)
        assert bool(said) >= bool(len(own) > len(taken)), (text, own)
    assert {bool(one) for one in told} == {True, False}


@pytest.mark.parametrize("file", sorted(CASES.glob("good-*.yaml")), ids=lambda one: one.name)
def test_kind_takes_what_is_right(file: Path) -> None:
    assert verdicts([file.read_text("utf-8")]) == [""]
