"""Merge keys as Helm, Alertmanager and kubectl read them, each by its own rule.

Tables say what each program makes of a text; the judge of random files is ``tests/oracles/alertmanager``, which links
Alertmanager and the YAML reader of Helm.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest

from generator import config, rules
from generator.alertmanager.helm import chart_data
from generator.alertmanager.model import Context
from generator.errors import Invalid
from generator.rules.alertmanager.configured import configurations

from ..support.alertmanager import ask

FILES = int(os.environ.get("SCAFFOLD_MERGE_KEY_FILES") or 300)  # random files, each with three alerts
RECEIVERS = (
    "receivers: [{name: a, webhook_configs: [{url: 'http://a/'}]}, {name: b, webhook_configs: [{url: 'http://b/'}]}]\n"
)
CRITICAL = {"severity": "critical"}

# Alertmanager's own file but for its receivers, and who gets severity=critical; "" where Alertmanager refuses it.
OWN = {
    "own key before a merge key": ("route: {receiver: a, <<: {receiver: b}}", "b"),
    "own key after it": ("route: {<<: {receiver: b}, receiver: a}", "a"),
    "earlier of two sources": ("route: {<<: [{receiver: a}, {receiver: b}]}", "a"),
    "later of two merge keys": ("route: {<<: {receiver: a}, <<: {receiver: b}}", "b"),
    "no sources": ("route: {receiver: a, <<: []}", "a"),
    "matches are united": (
        "route:\n  receiver: a\n  routes:\n    - &base {receiver: b, match: {team: db}, continue: true}\n"
        "    - <<: *base\n      match: {severity: critical}",
        "a",
    ),
    "a match alone": ("route: {receiver: a, routes: [{<<: {receiver: b}, match: {severity: critical}}]}", "b"),
    "null takes a match away": (
        "route: {receiver: a, routes: [{<<: {receiver: b, match: {team: db}}, match: ~}]}",
        "b",
    ),
    "matchers are added": (
        "route: {receiver: a, routes: [{<<: {matchers: [team=db]}, matchers: [severity=critical], receiver: b}]}",
        "a",
    ),
    "routes are replaced": (
        "route: {receiver: a, <<: {routes: [{receiver: a}]}, routes: [{receiver: b}]}",
        "b",
    ),
    "a root route in two places": ("<<: {route: {routes: [{receiver: b}]}}\nroute: {receiver: a}", "b"),
    "its labels in both": ("<<: {route: {group_by: [team]}}\nroute: {receiver: a, group_by: [team]}", ""),
    "its labels in the first": ("<<: {route: {group_by: [team]}}\nroute: {receiver: a}", ""),
    "its labels in the second": ("route: {receiver: a}\n<<: {route: {group_by: [team]}}", "a"),
    "all labels twice": ("<<: {route: {group_by: [...]}}\nroute: {receiver: a, group_by: [...]}", "a"),
    "other labels": ("<<: {route: {group_by: [team]}}\nroute: {receiver: a, group_by: [x]}", "a"),
    "a label of match twice": (
        "route: {receiver: a, routes: [{<<: {match: {team: db}}, match: {team: web}, receiver: b}]}",
        "",
    ),
    "a merge key in match": ("route: {receiver: a, routes: [{match: {<<: {team: db}, team: x}, receiver: b}]}", ""),
    "a merge key that is null": ("route: {receiver: a, <<: }", ""),
    "a merge key that is text": ("route: {receiver: a, <<: b}", ""),
    "quoted, it is no merge key": ('route: {receiver: a, "<<": {receiver: b}}', ""),
    "tagged as text, neither": ("route: {receiver: a, !!str <<: {receiver: b}}", ""),
    "an alias within its anchor": ("route: &r {receiver: a, routes: [*r]}", ""),
}
# Helm values below alertmanager.config, and who gets severity=critical; "" where Helm refuses the file.
HELM = {
    "own key before a merge key": ("route: {routes: [], receiver: a, <<: {receiver: b}}", "b"),
    "own key after it": ("route: {<<: {receiver: b}, receiver: a, routes: []}", "a"),
    "a map is replaced": ("<<: {route: {routes: [{receiver: b}]}}\n    route: {receiver: a, routes: []}", "a"),
    "later of two merge keys": ("route: {<<: {receiver: a}, <<: {receiver: b}, routes: []}", "b"),
    "a merge key that is null": ("route: {receiver: a, <<: }", ""),
    "a merge key that is text": ("route: {receiver: a, <<: b}", ""),
    "a key that is a map": ("route: {receiver: a, routes: []}\n    global: {{a: b}: c}", ""),
    "a key that is null": ("route: {receiver: a, routes: []}\n    global: {~: c}", ""),
    "an alias within its anchor": ("route: &r {receiver: a, routes: [*r]}", ""),
    "a tag that does not fit": ("route: {receiver: a, routes: [], group_wait: !!int x}", ""),
    "a label that is a boolean": ("route: {receiver: a, routes: [{receiver: b, match: {n: x}}]}", "a"),
    "the text for it": ('route: {receiver: a, routes: [{receiver: b, match: {severity: "critical"}}]}', "b"),
}


def own(text: str) -> str:
    return f"{text}\n{RECEIVERS}"


def values(text: str) -> str:
    return f"alertmanager:\n  config:\n    {text}\n    {RECEIVERS}"


def receivers(text: str, *alerts: dict[str, str]) -> list[list[str]]:
    """Return the receivers that alerts reach in a file; nothing where a rule says that it is refused."""
    read = rules.recognise("am.yaml", text, named=True)
    if read.file is None:
        return []
    scope = rules.Scope((read.file,), config.Config({"operator": "none"}))
    try:
        (source,) = configurations(read.file, scope)
    except Invalid:
        return []
    context = Context(source, text, "am.yaml")
    refused = {"AM004", "AM014", "AM015", "AM016", "AM017", "AM018", "AM022", "AM030", "AM031", "AM033", "AM034"}
    errors = [one for one in rules.check([read.file], scope) if one.severity == "error" and one.rule in refused]
    if errors or context.root is None:
        return []
    return [[path[-1].receiver for path in context.root.reached(one)] for one in alerts]


def real(text: str, chart: Any, *alerts: dict[str, str]) -> list[list[str]]:
    return answers([{"text": text, "labels": alerts, "chart": chart}])[0]


def answers(requests: list[dict[str, Any]]) -> list[list[list[str]]]:
    return [one.get("routes", []) for one in ask(requests)]


CHART = chart_data()["charts"]["kube-prometheus-stack"]["config"]
TABLE = [
    *(pytest.param(own(text), None, wanted, id=f"own: {name}") for name, (text, wanted) in OWN.items()),
    *(pytest.param(values(text), CHART, wanted, id=f"helm: {name}") for name, (text, wanted) in HELM.items()),
]


@pytest.mark.parametrize(("text", "chart", "wanted"), TABLE)
def test_what_a_merge_key_means(text: str, chart: Any, wanted: str) -> None:
    assert receivers(text, CRITICAL) == ([[wanted]] if wanted else [])


@pytest.mark.parametrize(("text", "chart", "wanted"), TABLE)
def test_the_programs_say_so_too(text: str, chart: Any, wanted: str) -> None:
    assert real(text, chart, CRITICAL) == ([[wanted]] if wanted else [])


TEXT = "alertmanager:\n  tplConfig: true\n  stringConfig: |\n"


def test_a_configuration_that_is_text_is_read_by_the_operator() -> None:
    """It does not add matchers to matchers, as Alertmanager itself does."""
    inner = own(
        "route: {receiver: a, routes: [{<<: {matchers: [team=db]}, matchers: [severity=critical], receiver: b}]}"
    )
    text = TEXT + "".join(f"    {line}\n" for line in inner.splitlines())
    read = rules.recognise("values.yaml", text, named=True)
    assert read.file is not None
    for operator, wanted in (("none", "a"), ("0.93.0", "b")):
        scope = rules.Scope((read.file,), config.Config({"operator": operator}))
        (source,) = configurations(read.file, scope)
        root = Context(source, text, "values.yaml").root
        assert root is not None
        assert [path[-1].receiver for path in root.reached(CRITICAL)] == [wanted]


class Author:
    """Writes random routing trees with merge keys before, between and after other keys."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - examples

    def route(self, depth: int) -> dict[str, Any]:
        dice, found = self.dice, {"receiver": self.dice.choice("ab")}
        where: dict[str, Any] = {"match": {dice.choice("xyn"): dice.choice("12")}}
        if depth and dice.random() < 0.8:
            where = dice.choice([where, {"matchers": [f"{dice.choice('xy')}={dice.choice('12')}"]}])
            found |= where
        if dice.random() < 0.2:
            found["group_by"] = dice.choice([["x"], ["..."], ["y", "x"], []])
        if dice.random() < 0.3:
            found["continue"] = dice.choice([True, False, None])
        if depth < 3 and dice.random() < 0.6:
            found["routes"] = [self.route(depth + 1) for _ in range(dice.randint(0, 3))]
        return found

    def text(self, value: Any) -> str:
        """Return data in flow style, with some keys of its maps moved or copied to merge keys."""
        if isinstance(value, list):
            return "[" + ", ".join(map(self.text, value)) + "]"
        if not isinstance(value, dict):
            return json.dumps(value)
        pairs = [(key, self.text(one)) for key, one in value.items()]
        if len(pairs) > 1 and self.dice.random() < 0.35:
            moved = self.dice.sample(pairs, self.dice.randint(1, len(pairs) - 1))
            copies = self.dice.random() < 0.5
            pairs = pairs if copies else [one for one in pairs if one not in moved]
            source = "{" + ", ".join(f"{key}: {one}" for key, one in moved) + "}"
            source = self.dice.choice([source, f"[{source}]", f"[{source}, {{receiver: b}}]"])
            pairs.insert(self.dice.randint(0, len(pairs)), ("<<", source))
        return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"

    def alerts(self) -> list[dict[str, str]]:
        return [{name: self.dice.choice("12") for name in "xyn" if self.dice.random() < 0.7} for _ in range(3)]


@pytest.mark.parametrize("chart", [None, CHART], ids=["alertmanager", "helm"])
def test_random_files_route_as_the_programs_do(chart: Any) -> None:
    author = Author(20)
    asked = []
    for _ in range(FILES):
        lines = [f"route: {author.text(author.route(0))}"]
        if chart is None and author.dice.random() < 0.2:
            lines.insert(author.dice.randint(0, 1), f"<<: {{route: {author.text(author.route(0))}}}")
        text = own("\n".join(lines)) if chart is None else values("\n    ".join(lines))
        asked.append({"text": text, "labels": author.alerts(), "chart": chart})
    theirs = answers(asked)
    assert sum(map(bool, theirs)) > FILES / 3  # most are loaded, else they say little
    for one, wanted in zip(asked, theirs, strict=True):
        assert receivers(one["text"], *one["labels"]) == wanted, one["text"]
