"""Faults of schemas are told in the same words by either engine: jsonschema for specs, jsonschema-rs for rules."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from generator.rules.readers.compiled import Compiled
from generator.rules.schema_findings import findings
from generator.schema import defaults, schema_problems
from generator.yaml import parse_one, plain

EITHER = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
SHAPES = {
    "oneOf": [
        {"type": "string"},
        {"type": "object", "properties": {"port": {"type": "integer"}}, "additionalProperties": False},
    ]
}


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (closed(replicas={}), "replica: 1\n", "1:1 unknown key 'replica'"),
        (closed(a=closed(b={})), "a: {c: 1, b: 2}\n", "1:5 unknown key 'c' in a"),
        ({"required": ["name"]}, "a: 1\n", "1:1 name is missing"),
        ({"properties": {"a": {"type": "integer"}}}, 'a: "1"\n', '1:4 a must be a whole number, not text ("1")'),
        ({"properties": {"a": {"type": "string"}}}, "a: 1\n", "1:4 a must be text, not a number (1)"),
        ({"properties": {"a": {"type": "array"}}}, "a:\n", "1:1 a must be a list, not null"),
        ({"properties": {"a": {"type": ["string", "array"]}}}, "a: {}\n", "1:1 a must be text or a list, not a map"),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, "a: z\n", '1:4 a is "z", not one of "x", "y"'),
        ({"properties": {"a": {"const": 2}}}, "a: 1\n", "1:4 a is 1, not 2"),
        ({"properties": {"a": {"pattern": "^b"}}}, "a: c\n", '1:4 a is "c", which does not match the required format'),
        ({"properties": {"a": {"maximum": 3}}}, "a: 4\n", "1:4 a is 4, more than 3"),
        ({"properties": {"a": {"minimum": 3}}}, "a: 2\n", "1:4 a is 2, less than 3"),
        ({"properties": {"a": {"maxLength": 1}}}, "a: bc\n", "1:4 a has 2 characters, more than 1"),
        ({"properties": {"a": {"maxItems": 1}}}, "a: [1, 2]\n", "1:1 a has 2 entries, more than 1"),
        ({"properties": {"a": {"maxProperties": 0}}}, "a: {b: 1, c: 2}\n", "1:1 a has 2 entries, more than 0"),
        ({"properties": {"a": {"minItems": 1}}}, "a: []\n", "1:1 a is empty or too short"),
        ({"properties": {"a": {"not": {"const": 1}}}}, "a: 1\n", "1:4 a may not be 1"),
        ({"not": {"required": ["a", "b"]}}, "a: 1\nb: 2\n", "1:1 the document has a and b together"),
        (EITHER, "c: 1\n", "1:1 the document needs a or b"),
        ({"properties": {"a": SHAPES}}, "a: {port: x}\n", '1:11 a.port must be a whole number, not text ("x")'),
        ({"properties": {"a": SHAPES}}, "a: {prot: 1}\n", "1:5 unknown key 'prot' in a"),
        ({"properties": {"a": SHAPES}}, "a: [1]\n", "1:1 a must be text or a map, not a list"),
    ],
    ids=lambda one: one if isinstance(one, str) and one[1:2] == ":" else "",
)
def test_both_engines_are_explained_alike(schema: dict[str, Any], text: str, expected: str) -> None:
    node = parse_one(text, "a.yaml")
    data = plain(node, "a.yaml")
    ours = [
        f"{one.line}:{one.column} {one.message}" for one in schema_problems(node, data, json.dumps(schema), "a.yaml")
    ]
    used = Compiled(jsonschema_rs.validator_for(schema, offline=True), {"": schema})
    rules = [f"{one.line}:{one.column} {one.message}" for _, one in findings(used, node, data)]
    assert ours == rules == [expected]


def test_the_remedy_is_the_description_in_our_own_schemas() -> None:
    schema = {"properties": {"a": {"type": "integer", "description": "How many. At most three."}}}
    node = parse_one("a: x\n", "a.yaml")
    (problem,) = schema_problems(node, {"a": "x"}, json.dumps(schema), "a.yaml")
    assert problem.hint == "How many. At most three."
    used = Compiled(jsonschema_rs.validator_for(schema, offline=True), {"": schema})
    ((_, finding),) = findings(used, node, {"a": "x"})
    assert finding.hint == "write a whole number"


@pytest.mark.parametrize(
    ("schema", "text", "hint"),
    [
        ({"type": "integer"}, "a: x\n", "write a whole number"),
        ({"type": "integer"}, 'a: "5"\n', "remove the quotes"),
        ({"type": "string"}, "a: 5\n", "write it in quotes"),
        ({"type": "array"}, "a: x\n", "write a list (- ITEM)"),
        ({"type": "string"}, "a: [x]\n", "write text"),
        ({"type": "string"}, "a:\n", "write text, or remove the key"),
        ({"type": "object"}, "a: x\n", "write a map (KEY: VALUE)"),
        ({"type": "object", "properties": {"x": {}, "y": {}}}, "a: z\n", "write a map (keys: x, y)"),
        ({"enum": ["one", "two"]}, "a: x\n", "use one of them"),
        ({"anyOf": [{"type": "array"}, {"enum": ["x", "y"]}]}, "a: {}\n", 'write a list (- ITEM) or one of "x", "y"'),
        ({"required": ["b"], "properties": {"b": {"description": "The b. Or so."}}}, "a: {}\n", "add it: The b."),
        ({"const": "v1"}, "a: x\n", 'write "v1"'),
        ({"minimum": 2}, "a: 1\n", "write 2 or more"),
        ({"maximum": 2}, "a: 3\n", "write 2 or less"),
        ({"maxLength": 2}, "a: text\n", "write at most 2 characters"),
        ({"minItems": 1}, "a: []\n", "write at least one item"),
        ({"pattern": "^v[0-9]+$"}, "a: x\n", "write text that matches ^v[0-9]+$"),
        ({"pattern": "^[0-9]+(ms|s|m|h)$"}, "a: x\n", "write a duration such as 30s, 5m or 1h"),
        (
            {"oneOf": [{"type": "boolean"}, {"type": "string", "pattern": r"^\$\{\{.*\}\}$"}]},
            "a: [x]\n",
            "write true or false or text",
        ),
        ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, "a: x\n", "write what the documentation of its format has"),
    ],
)
def test_a_hint_says_what_a_valid_value_is(schema: dict[str, Any], text: str, hint: str) -> None:
    whole = {"$id": "https://example.org/a", "properties": {"a": {"description": "About it.", **schema}}}
    node = parse_one(text, "a.yaml")
    used = Compiled(jsonschema_rs.validator_for(whole, offline=True), {"https://example.org/a": whole})
    ((_, finding),) = findings(used, node, plain(node, "a.yaml"))
    assert finding.hint == hint


LIMITS = {"properties": {"cpu": {"default": "1"}, "memory": {"default": "256Mi"}}}


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ({}, {"limits": {"cpu": "1", "memory": "256Mi"}}),
        ({"default": {"limits": {"memory": "32Mi"}}}, {"limits": {"cpu": "1", "memory": "32Mi"}}),
        ({"default": {"limits": {"memory": None}}}, {"limits": {"cpu": "1", "memory": None}}),
        ({"default": {"requests": {}}}, {"limits": {"cpu": "1", "memory": "256Mi"}, "requests": {}}),
        ({"default": {}}, {"limits": {"cpu": "1", "memory": "256Mi"}}),
        ({"default": {"limits": 5}}, {"limits": 5}),
        ({"default": None}, None),
        ({"default": []}, []),
    ],
)
def test_the_default_of_a_map_goes_before_those_of_its_keys(default: dict[str, Any], expected: Any) -> None:
    schema = {"properties": {"limits": LIMITS}, **default}
    assert defaults(json.dumps({"properties": {"resources": schema, "any": True}})) == {"resources": expected}


def test_a_schema_as_a_whole_may_have_a_default() -> None:
    schema = {"properties": {"limits": LIMITS, "port": {}}, "default": {"limits": {"cpu": "2"}, "port": 80}}
    assert defaults(json.dumps(schema)) == {"limits": {"cpu": "2", "memory": "256Mi"}, "port": 80}
    assert defaults("{}") == defaults('{"default": 5}') == {}
