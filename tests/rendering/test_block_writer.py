"""Whole values that are written anew are read as those values everywhere: by YAML 1.1, by YAML 1.2, by Go's parsers.

The judges are PyYAML, ruamel.yaml in both versions, and ``tests/oracles/yaml``, which links go.yaml.in/yaml v2 and v3.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.yaml import dump
from generator.yaml.block_text import block_text
from generator.yaml.block_writer import MAX_DEPTH, PlainText, write_block
from generator.yaml.emit import Style, block_style, style

from ..support.real import missing

GO = Path(__file__).parents[1] / "oracles/bin/yaml"
WORDS = """\
yes no on off y n True FALSE null ~ Null nan .nan .inf -.INF 1e3 1E+3 0o7 0x1F 0b11 017 1_000 1. .5 +1 -1 1:30 12:30:00
190:20:30.15 2001-01-01 2001-12-14t21:59:43.10-05:00 = << - ? : --- ... & * ! % @ ` # | > ' " [ ] { } , a:b 0.10 1.2.3
v1 10m 1Gi 30s 5d master-1a2b3c4 !!str &a *a %YAML null. 0 00 -0 1,000
"""
SENTENCES = [
    "a: b",
    "- a",
    "a #b",
    "it's",
    'say "x"',
    "both ' and \"",
    "back\\slash",
    "{{ .Values }}",
    "${NAME}",
    "a:",
    "a :",
]
BLANKS = ["", " ", "a ", " a", "a\nb", "a\n", "\n", "\na", "a\n\n", "a\n b\n", "\ta", "a\tb", "a\r\nb", "a\rb", "\xa0"]
CONTROLS = [
    "\x00",
    "a\x07b",
    "\x1b[0m",
    "\x7f",
    "a\x85b",
    "\x9f",
    "a\u2028b",
    "\u2029",
    "\ufeffx",
    "x\ufeff",
    "\ufffe",
    "\uffff",
]
LONG = ["x" * 2000, "word " * 400, "é 🚀 " * 300]
ODD = [*WORDS.split(), *SENTENCES, *BLANKS, *CONTROLS, *LONG]
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
DATA = st.recursive(
    TEXTS | NUMBERS | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
MAPS = st.dictionaries(TEXTS, DATA, max_size=4)


def told(value: Any) -> Any:
    """Return a value with its types and the order of its keys, as the oracle tells one."""
    if isinstance(value, dict):
        return ["map", [[told(key), told(one)] for key, one in value.items()]]
    if isinstance(value, list):
        return ["list", [told(one) for one in value]]
    if isinstance(value, bool):
        return ["bool", str(value).lower()]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", value]
    return ["null", ""] if value is None else ["string", value]


def ruamel(version: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        reader = YAML(typ="safe", pure=True)
        reader.version = version  # type: ignore[assignment]
        return reader.load(text)

    return read


READERS = {"PyYAML": yaml.safe_load, "ruamel 1.1": ruamel("1.1"), "ruamel 1.2": ruamel("1.2")}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(value=MAPS | st.lists(DATA, max_size=4))
@settings(max_examples=150, deadline=None)
def test_a_value_is_read_as_that_value(read: Callable[[str], Any], value: Any) -> None:
    for text in (dump(value), write_block(value, style_of=block_style)):
        assert told(read(text)) == told(value), text


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_odd_texts_as_keys_values_and_items(read: Callable[[str], Any]) -> None:
    for one in ODD:
        value = {one: one, "list": [one, [one], {one: [one]}], "last": {one: {}}}
        for text in (dump(value), write_block(value, style_of=block_style)):
            assert told(read(text)) == told(value), text


class Go:
    """The oracle's process."""

    def __init__(self) -> None:
        if not GO.is_file():
            missing("the YAML oracle is not built: make oracles (needs Go 1.25 or newer)")
        self.process = subprocess.Popen([GO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, text: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(text) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return {version: numbers(one) for version, one in answer.items()}


def numbers(one: Any) -> Any:
    """Return what the oracle tells with floats as numbers; one that is whole may be read as an integer in Go."""
    match one:
        case ["float", text]:
            return ["float", float(text)]
        case [str() as name, list() as below]:
            return [name, [numbers(each) for each in below]]
        case list():
            return [numbers(each) for each in one]
    return one


@pytest.fixture(scope="module")
def go() -> Any:
    made = Go()
    yield made
    made.process.stdin.close()  # type: ignore[union-attr]
    made.process.wait(10)


def test_the_oracle_tells_what_go_reads(go: Go) -> None:
    """It would say if something were read as another type."""
    odd = go.read("a: yes\nb: 0o7\nc: 1.0\nd: 2001-01-01\n")
    assert odd["v2"][1][0][1] == ["bool", "true"]
    assert odd["v3"][1][0][1] == ["string", "yes"]
    assert odd["v2"][1][1][1] == ["int", "7"]
    assert odd["v3"][1][3][1][0] == "other"
    assert go.read("a: [")["v2"][0] == go.read("a: [")["v3"][0] == "error"


def test_go_reads_odd_texts_as_keys_values_and_items(go: Go) -> None:
    for one in ODD:
        value = {one: one, "list": [one, [one], {one: [one]}], "last": {one: {}}}
        for text in (dump(value), write_block(value, style_of=block_style)):
            assert go.read(text) == dict.fromkeys(("v2", "v3"), told(value)), text


@given(value=MAPS)
@settings(max_examples=300, deadline=None)
def test_go_reads_a_value_as_that_value(go: Go, value: Any) -> None:
    for text in (dump(value), write_block(value, style_of=block_style)):
        assert go.read(text) == dict.fromkeys(("v2", "v3"), told(value)), text


# --- how it looks -----------------------------------------------------------------------------------------------------


@given(value=MAPS)
@settings(max_examples=150, deadline=None)
def test_nothing_is_folded_anchored_or_tagged(value: Any) -> None:
    for token in yaml.scan(dump(value)):
        assert not isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken)
        if isinstance(token, yaml.ScalarToken):
            assert token.start_mark.line == token.end_mark.line


def test_a_value_that_stands_twice_is_written_twice() -> None:
    one = {"a": [1]}
    assert dump({"x": one, "y": one}) == 'x:\n  a:\n    - 1\n"y":\n  a:\n    - 1\n'


COMMENTED = """\
# one
# two
a:
  # of the list
  b:
    # of the item
    # of its first key
    - c: 1
      # of the second
      d:
        # nested
        - - 1
    - e
f: {}
"""


def test_comments_stand_above_keys_and_items() -> None:
    value = {"a": {"b": [{"c": 1, "d": [[1]]}, "e"]}, "f": {}}
    comments = {
        ("a",): ["# one", "# two"],
        ("a", "b"): ["# of the list"],
        ("a", "b", 0): ["# of the item"],
        ("a", "b", 0, "c"): ["# of its first key"],
        ("a", "b", 0, "d"): ["# of the second"],
        ("a", "b", 0, "d", 0): ["# nested"],
        ("gone",): ["# of nothing"],
    }
    assert write_block(value, comments) == COMMENTED
    assert write_block(value, {}) == dump(value) == re.sub(r" *#.*\n", "", COMMENTED)


def test_a_block_keeps_its_lines() -> None:
    value = {"a": {"text": "one\n\n  two\nthree\n", "list": ["p\nq"]}, "b": "\nx"}
    expected = 'a:\n  text: |\n    one\n\n      two\n    three\n  list:\n    - |-\n      p\n      q\nb: "\\nx"\n'
    assert write_block(value, style_of=block_style) == expected


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": object()}, {"a": b"x"}, {(1, 2): 3}, {"a": math}])
def test_what_yaml_does_not_have(value: Any) -> None:
    with pytest.raises(TypeError, match="not a scalar"):
        dump(value)


def test_what_is_nested_too_deep() -> None:
    value: Any = []
    for _ in range(MAX_DEPTH):
        value = [value]
    assert dump(value)
    with pytest.raises(TypeError, match="nested too deep"):
        dump([value])


@pytest.mark.parametrize("text", ["017", "on", "1_0", "0x10", "2024-01-01", "1e3", "911"])
def test_a_plain_text_stays_plain(text: str) -> None:
    assert write_block({"a": [PlainText(text)]}) == f"a:\n  - {text}\n"
    assert write_block({"a": [text]}) == f'a:\n  - "{text}"\n'


@settings(max_examples=600)
@given(value=MAPS | st.lists(DATA, min_size=1, max_size=4), style_of=st.sampled_from([style, block_style]))
def test_blocks_written_without_the_library_are_those_of_the_library(
    value: Any, style_of: Callable[[str], Style]
) -> None:
    assert block_text(value, style_of) == write_block(value, {}, style_of)


@pytest.mark.parametrize("depth", [3, 39, 41, 45])
def test_deep_blocks_are_those_of_the_library(depth: int) -> None:
    value: Any = "x\ny\n"
    for number in range(depth):
        value = {"a": value} if number % 2 else [value]
    assert block_text(value, block_style) == write_block(value, {}, block_style)


def test_what_is_no_data_is_refused() -> None:
    for value in ({"a": {1, 2}}, {"a": object()}, {"a": ("b",)}):
        with pytest.raises(TypeError):
            block_text(value)
