"""What is offered in a spec: by the place in a text that is being written, and nothing that its schema refuses."""

from __future__ import annotations

import json
import random
from functools import cache

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML, YAMLError

from generator import assets
from generator.editor.key_contexts import key_at, key_context
from generator.editor.spec_completion import Offer, SpecReader, described_at, is_described, spec_offers
from generator.editor.text_places import PlacedText

READER = SpecReader((), lambda name: [assets.schema_text(name)] if name in assets.template_names() else [])
SPEC, CONFIG = "services/shop/scaffold.yaml", ".scaffold/config.yaml"
SERVICE = "template: service\nname: shop\n"


def offered(marked: str, path: str = SPEC) -> list[Offer]:
    """Return what is offered at the first ``|`` of a text."""
    offset = marked.index("|")
    return spec_offers(path, PlacedText(marked[:offset] + marked[offset + 1 :]), offset, READER)


@pytest.mark.parametrize(
    ("marked", "path", "some"),
    [
        ("te|", SPEC, ["template: "]),
        ("template: |", SPEC, ["alerting", "service"]),
        (f"{SERVICE}rep|", SPEC, ["replicas: ", "probes:"]),
        (f"{SERVICE}rep|: 3\n", SPEC, ["replicas"]),  # the colon is there
        (f"{SERVICE}automation: |", SPEC, ["flux-v1", "none"]),
        (f"{SERVICE}probes:\n  |", SPEC, ["startup: "]),
        (f"{SERVICE}probes:\n  readiness:\n    |\n  startup: true\n", SPEC, ["httpGet:", "failureThreshold: "]),
        (f"{SERVICE}probes:\n  readiness: |", SPEC, ["true", "false"]),
        (f"{SERVICE}pod:\n  spec:\n    tolerations:\n    - key: a\n      |", SPEC, ["operator: "]),
        (f"{SERVICE}pod:\n  spec:\n    tolerations:\n      - operator: |", SPEC, ["Exists", "Equal"]),
        (f"{SERVICE}sidecars:\n- |\n", SPEC, ["image: "]),
        (f"{SERVICE}a: [\nprobes:\n  |", SPEC, ["readiness: "]),  # what is above does not parse
        ("template: alerting\nreceivers:\n  - name: x\n    |", SPEC, ["slack_configs:"]),
        ("|", CONFIG, ["rules:", "automation: "]),
        ("rules:\n  |", CONFIG, ["FX001: ", "AM001: "]),
        ("rules:\n  FX001: |", CONFIG, ['"off"', "warning"]),
        ("defaults:\n  |", CONFIG, ["service:"]),
        ("defaults:\n  service:\n    probes:\n      |", CONFIG, ["readiness: "]),
        ("hold:\n  |", CONFIG, ["service:"]),
    ],
)
def test_what_is_offered(marked: str, path: str, some: list[str]) -> None:
    assert set(some) <= {one.text for one in offered(marked, path)}


@pytest.mark.parametrize(
    ("marked", "path"),
    [
        ("# te|", SPEC),
        (f"{SERVICE}env:\n  A: |", SPEC),  # any text
        (f"{SERVICE}env:\n  TEXT: >-\n    rep|\n", SPEC),  # inside a block of text
        (f"{SERVICE}description: 'rep|'\n", SPEC),
        (f"{SERVICE}probes: {{st|}}", SPEC),
        (f"{SERVICE}sidecars:\n-|", SPEC),
        (f"{SERVICE}\t|", SPEC),
        (f"{SERVICE}replicas:|", SPEC),
        (f"{SERVICE}probes:\n  readiness: |\n    httpGet: {{port: 80}}\n", SPEC),  # its value is below
        (f"{SERVICE}automation: |\n- a\n", SPEC),
        ("template: unknown\n|", SPEC),
        ("defaults:\n  unknown:\n    |", CONFIG),
    ],
)
def test_nothing_is_offered(marked: str, path: str) -> None:
    assert offered(marked, path) == []


def test_only_specs_and_the_config_have_described_keys() -> None:
    paths = ["services/shop/deploy/deployment.yaml", ".scaffold/templates/own/scaffold.yaml", "config.yaml"]
    assert [one for one in (SPEC, CONFIG, "scaffold.yaml", *paths) if is_described(one)] == [
        SPEC,
        CONFIG,
        "scaffold.yaml",
    ]


def test_keys_that_are_there_are_not_offered_again() -> None:
    found = {one.label for one in offered(f"{SERVICE}|\nreplicas: 2\nprobes:\n  startup: true\n")}
    assert not found & {"template", "name", "replicas", "probes"}
    assert {"startup", "readiness", "image"} & found == {"image"}


def test_a_default_has_no_keys_that_only_a_spec_may_have() -> None:
    found = {one.label for one in offered("defaults:\n  service:\n    |", CONFIG)}
    assert "replicas" in found
    assert not found & {"template", "name", "files"}


@pytest.mark.parametrize(
    ("marked", "path", "words"),
    [
        (f"{SERVICE}repl|icas: 2\n", SPEC, ("replicas", "integer", "Default: `1`")),
        (f"{SERVICE}probes:\n  readiness:\n    http|Get: {{port: 80}}\n", SPEC, ("httpGet", "object")),
        ("ru|les:\n  FX001: off\n", CONFIG, ("rules", "Severities of rules")),
        ("rules:\n  FX|001: off\n", CONFIG, ("FX001", "Bad:", "Good:")),
        ("defaults:\n  service:\n    repli|cas: 2\n", CONFIG, ("replicas", "integer")),
    ],
)
def test_a_key_is_described(marked: str, path: str, words: tuple[str, ...]) -> None:
    offset = marked.index("|")
    found = described_at(path, PlacedText(marked[:offset] + marked[offset + 1 :]), offset, READER)
    assert found is not None
    assert [one for one in words if one not in found[0]] == []


SAMPLES = [
    "template: service\nname: shop\nimage: a/b\ntag: v1\nprobes:\n  readiness:\n    httpGet:\n      port: 80\n"
    "sidecars:\n  - name: x\n    image: c/d\n    tag: v1\npod:\n  spec:\n    tolerations:\n      - key: a\n",
    "template: alerting\nname: alerting\nreceivers:\n- name: team\n  slack_configs:\n  - channel: '#a'\n"
    "route:\n  group_by: [alertname]\n",
    "template: e2e\nname: tree\n",
    "template: cronjob\nname: job\nimage: a/b\nschedule: '* * * * *'\n"
    "pod:\n  spec:\n    affinity:\n      nodeAffinity: {}\n",
    "template: ci\nname: ci\n",
]


@cache
def judge(name: str) -> Draft202012Validator:
    """Return jsonschema's own validator of a template's specs."""
    fields = json.loads(assets.schema_text("kubernetes-fields"))
    pairs = [("kubernetes-fields.schema.json", DRAFT202012.create_resource(fields))]
    registry: Registry[object] = Registry().with_resources(pairs)
    return Draft202012Validator(json.loads(assets.schema_text(name)), registry=registry)


def refused_at(text: str, where: tuple[object, ...], *, value: bool = False) -> list[str]:
    """Return why the key at a path, or its value, is refused by the schema, whatever else is wrong."""
    data = YAML(typ="safe").load(text)
    waiting = list(judge(data["template"]).iter_errors(data))
    found = []
    while waiting:
        error = waiting.pop()
        if error.context:  # of alternatives it is enough if one takes it
            branches: dict[object, list[str]] = {}
            for one in error.context:
                branches.setdefault(one.schema_path[0], []).extend(told(one, where, value))
            if all(branches.values()):
                found += [one for each in branches.values() for one in each]
        else:
            found += told(error, where, value)
    return found


def told(error: object, where: tuple[object, ...], value: bool) -> list[str]:
    path = tuple(error.absolute_path)  # type: ignore[attr-defined]
    sort = error.validator  # type: ignore[attr-defined]
    instance = error.instance  # type: ignore[attr-defined]
    unknown = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}  # type: ignore[attr-defined]
    if sort == "additionalProperties" and path == where[:-1] and where[-1] in instance and where[-1] not in unknown:
        return [str(where)]
    if value and sort in {"enum", "const", "type"} and path == where:
        return [f"{where}: {instance}"]
    return []


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_the_schema_takes_what_is_offered(number: int) -> None:
    """At every line of a spec, at every depth, each key that is offered is known there, and each value allowed."""
    lines, draw, tried = SAMPLES[number].split("\n"), random.Random(number), 0  # noqa: S311
    for at in range(1, len(lines)):
        for depth in range(0, 10, 2):
            text = "\n".join([*lines[:at], " " * depth, *lines[at:]])
            offset = sum(len(one) + 1 for one in lines[:at]) + depth
            found = spec_offers(SPEC, PlacedText(text), offset, READER)
            for one in draw.sample(found, min(len(found), 2)):
                written = text[: one.span.start] + one.text + text[one.span.end :]
                context = key_context(PlacedText(text), offset)
                assert context is not None
                try:
                    YAML(typ="safe").load(written)
                except YAMLError:
                    continue  # no place for a key, with what is below it
                tried += 1
                where = (*context.path, one.label)
                place = PlacedText(written)
                at_key = key_at(place, one.span.start)
                assert at_key is not None
                assert at_key[0] == where
                assert refused_at(written, where) == []
                for value in spec_offers(SPEC, place, one.span.start + len(one.text), READER)[:4]:
                    whole = written[: value.span.start] + value.text + written[value.span.end :]
                    assert refused_at(whole, where, value=True) == [], value
    assert tried > 2
