"""scaffold route has no answer for a routing tree that Alertmanager refuses, judged by Alertmanager itself."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.errors import Invalid
from generator.route_target import find_configuration

from ..conftest import Repo
from ..support.alertmanager import ask
from .random_configs import example
from .test_config_oracle import VALUES

# Keys of routes, inhibit rules, receivers and intervals, right and misspelt.
KEYS = (
    *("receiver", "group_by", "group_wait", "group_interval", "repeat_interval", "continue", "match", "match_re"),
    *("matchers", "routes", "mute_time_intervals", "active_time_intervals", "name", "time_intervals", "equal"),
    *("source_matchers", "target_match", "source_match_re", "times", "weekdays", "location", "groupBy", "recever"),
)


def maps(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from maps(one)


def mutant(chance: random.Random) -> str:
    """Return a configuration, whose receivers send nothing, with a change or two."""
    config = copy.deepcopy(example(chance, count=1).config)
    for _ in range(chance.choice((1, 1, 2))):
        where = chance.choice(list(maps(config)))
        listed = config.get("receivers")
        is_receiver = isinstance(listed, list) and where in listed
        key = "name" if is_receiver else chance.choice((*where, *KEYS))  # others are not of the routing tree
        if chance.random() < 0.15:
            where.pop(key, None)
        else:
            where[key] = chance.choice(VALUES)
    return json.dumps(config)


def has_an_answer(path: Path, text: str) -> bool:
    path.write_text(text, "utf-8")
    try:
        find_configuration(str(path), None)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("part", range(2))
def test_there_is_an_answer_if_alertmanager_loads_the_routing_tree(part: int, tmp_path: Path) -> None:
    chance = random.Random(part)  # noqa: S311 - not for secrets
    texts = [mutant(chance) for _ in range(150)]
    answers = ask([{"op": "refusal", "text": one} for one in texts])
    assert 40 < sum("error" in one for one in answers) < 140
    wrong = [
        (text, answer)
        for text, answer in zip(texts, answers, strict=True)
        if has_an_answer(tmp_path / "a.yml", text) != ("error" not in answer)
    ]
    assert not wrong, wrong[:3]


ROOTS = ("receiver: null", "receiver: ~", "receiver:", 'receiver: ""', "group_wait: 1s")
QUESTIONS = (("c=d",), ("c=d", "--expect", "null"), ("--tree",), ("--expect-file", "expected.yaml"))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one[-1])
@pytest.mark.parametrize("root", ROOTS)
def test_a_root_route_without_a_receiver_has_no_answer(root: str, question: tuple[str, ...], repo: Repo) -> None:
    config = (
        f"route:\n  {root}\n  routes: [{{receiver: a, matchers: [a=b]}}]\nreceivers: [{{name: 'null'}}, {{name: a}}]\n"
    )
    repo.write("am.yml", config)
    repo.write("expected.yaml", "- {labels: {c: d}, receivers: ['null']}\n")
    done = repo.run("route", "am.yml", *question)
    assert (done.code, done.out) == (2, ""), done.text
    assert "am.yml:" in done.err
    if "null" in root or "~" in root:
        inner = "".join(f"    {line}\n" for line in config.splitlines())
        repo.write("values.yaml", f"alertmanager:\n  config:\n{inner}")
        assert repo.run("route", "values.yaml", *question).code == 2


REFUSED = (
    ("route: {receiver: a, group_wat: 5m}", "unknown key 'group_wat'"),
    ("route: {receiver: a, routes: {a: b}}", "not a list"),
    ("route: {receiver: a, routes: [null]}", "is empty"),
    ("route: {receiver: a}\nreceivers: [{name: a}, {name: null}]", "the name of this receiver is null"),
    ("route: {receiver: a}\ninhibit_rules: [{source_matcher: [a=b]}]", "unknown key 'source_matcher'"),
)


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=lambda one: one[-24:])
def test_other_faults_of_the_routing_tree(text: str, message: str, repo: Repo) -> None:
    more = "" if "receivers:" in text else "\nreceivers: [{name: a}]"
    repo.write("am.yml", f"{text}{more}\n")
    done = repo.run("route", "am.yml", "a=b")
    assert (done.code, done.out) == (2, ""), done.text
    assert message in done.err
