"""Label selectors, judged by the operator's own code."""

from __future__ import annotations

import json
import random
from typing import Any

from generator.alertmanager.resource_selection import selector_faults, selects
from generator.alertmanager.value import read_value
from generator.yaml import parse_one

from ..support.prometheus_operator import ask_operator

KEYS, TEXTS = ("a", "b", "kubernetes.io/metadata.name"), ("x", "y", "")
ODD = ["", "x y", "-a", "a-", "a_b.c-d", "é", "a" * 63, "a" * 64, "x/", "/x", "x.y/z", "X/z", "x..y/z", "x-/z", "a/b/c",
       "d" * 253 + "/n", "d" * 254 + "/n", "x\n", "a,b", "1", "_", "k8s.io/_a", "k8s.io/" + "a" * 64]  # fmt: skip


def random_selector(dice: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if dice.random() < 0.6:
        made["matchLabels"] = {dice.choice(KEYS): dice.choice(TEXTS) for _ in range(dice.randrange(3))}
    if dice.random() < 0.7:
        made["matchExpressions"] = [
            {"key": dice.choice(KEYS), "operator": dice.choice(("In", "NotIn", "Exists", "DoesNotExist", "in"))}
            | ({"values": dice.choices(TEXTS, k=dice.randrange(3))} if dice.random() < 0.7 else {})
            for _ in range(dice.randrange(3))
        ]
    return made


def test_labels_are_selected_as_by_the_operator() -> None:
    dice = random.Random(11)  # noqa: S311
    asked = [
        (random_selector(dice), {one: dice.choice(TEXTS) for one in KEYS if dice.random() < 0.5}) for _ in range(3_000)
    ]
    told = ask_operator({"op": "selects", "selector": one, "labels": labels} for one, labels in asked)
    counts = {True: 0, False: 0, None: 0}
    for (selector, labels), answer in zip(asked, told, strict=True):
        value = read_value(parse_one(json.dumps(selector), ""), helm=False)
        ours = None if any(selector_faults(value)) else selects(value, labels)
        assert ours == answer.get("selected"), (selector, labels, answer)
        counts[ours] += 1
        if ours is not None:  # labels that are not known decide nothing that known ones do not
            part = {key: text for key, text in labels.items() if key == KEYS[2]}
            assert selects(value, part, complete=False) in {ours, None}
    assert min(counts.values()) > 100


def test_names_and_values_of_labels_are_those_that_the_operator_takes() -> None:
    asked = [
        *({"matchLabels": {one: "x"}} for one in ODD),
        *({"matchLabels": {"a": one}} for one in ODD),
        *({"matchExpressions": [{"key": one, "operator": "Exists"}]} for one in ODD),
        *({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["x", one]}]} for one in ODD),
    ]
    told = list(ask_operator({"op": "selects", "selector": one, "labels": {"a": "x"}} for one in asked))
    for selector, answer in zip(asked, told, strict=True):
        value = read_value(parse_one(json.dumps(selector), ""), helm=False)
        assert any(selector_faults(value)) == ("selected" not in answer), (selector, answer)
    assert {"selected" in one for one in told} == {True, False}
