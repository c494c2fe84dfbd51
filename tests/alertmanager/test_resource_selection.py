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
