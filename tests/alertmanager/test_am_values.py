"""Values as Helm reads and merges them, and what follows from matchers."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import rules
from generator.alertmanager import anchored as regex
from generator.alertmanager import durations, logic
from generator.alertmanager.helm import default_config, made, merged_values
from generator.alertmanager.matchers import Matcher, MatcherError, classic, parse_matchers
from generator.alertmanager.value import Value, helm_text, plain_data, read_value
from generator.yaml import parse_one

from ..conftest import Repo

# Plain scalar, tag, and the text that Helm writes for it: gopkg.in/yaml.v2 and encoding/json.
TYPED = [
    ("off", "bool", "false"),
    ("NO", "bool", "false"),
    ("y", "bool", "true"),
    ("true", "bool", "true"),
    ("0123", "int", "83"),
    ("0o17", "int", "15"),
    ("0x1F", "int", "31"),
    ("1_000", "int", "1000"),
    ("-5", "int", "-5"),
    ("-1001234567890", "int", "-1001234567890"),
    ("0129", "float", "129"),
    ("1e3", "float", "1000"),
    ("1.5", "float", "1.5"),
    ("~", "null", ""),
    ("", "null", ""),
    ("Null", "null", ""),
    ("nULL", "str", "nULL"),
    ("oui", "str", "oui"),
    ("12:30", "str", "12:30"),
    ("1.2.3", "str", "1.2.3"),
    ("30s", "str", "30s"),
    ("_1", "str", "_1"),
    ("1_", "int", "1"),
    ("._5", "str", "._5"),
    (".5_", "str", ".5_"),
    (".5_5", "float", "0.55"),
    (".5", "float", "0.5"),
    ("1234567.5", "float", "1.2345675e+06"),
    ("0.00001", "float", "1e-05"),
    ("18446744073709551615", "int", "1.8446744073709552e+19"),
    ("123456789012345678901", "float", "1.2345678901234568e+20"),
    ("0xFFFFFFFFFFFFFFFFF", "str", "0xFFFFFFFFFFFFFFFFF"),
    ("1e999", "str", "1e999"),
]


@pytest.mark.parametrize(("source", "tag", "text"), TYPED)
def test_helm_types_plain_scalars(source: str, tag: str, text: str) -> None:
    assert helm_text(source, plain=True) == (tag, text)
    assert helm_text(source, plain=False) == ("str", source)


# What ``{{ if .Values.x }}`` takes for true: https://pkg.go.dev/text/template#hdr-Actions, tried with Go.
TRUE = [
    "true",
    "True",
    "yes",
    "On",
    "y",
    '"false"',
    "'no'",
    "1",
    "0.5",
    "-1",
    "[a]",
    "{a: b}",
    "text",
    "!!str no",
    "_0",
    '!!bool "yes"',
    '!!int "1"',
]
FALSE = [
    '!!bool "no"',
    '!!int "0"',
    "!!float 0",
    "!!null ~",
    "false",
    "no",
    "Off",
    "n",
    "0",
    "0.0",
    "0x0",
    "~",
    "",
    '""',
    "[]",
    "{}",
]


@pytest.mark.parametrize(("text", "wanted"), [*((one, True) for one in TRUE), *((one, False) for one in FALSE)])
def test_what_helm_takes_for_true(text: str, wanted: bool) -> None:
    whole = f"x: {text}\n"
    assert read_value(parse_one(whole, "values.yaml"), helm=True).truth_of("x") == wanted


# A key of Helm values, and its text after Helm has read it: sigs.k8s.io/yaml.
KEYS = [
    *(("n", "false"), ("y", "true"), ("on", "true"), ("off", "false"), ("0x10", "16"), ("1e3", "1000")),
    *(("017", "15"), ("1.5", "1.5"), ("56175.368", "56175.367"), ("1e-7", "1e-07"), ('"n"', "n"), ("no-one", "no-one")),
    *(("!!str on", "on"), ("_1", "_1")),
]


@pytest.mark.parametrize(("key", "wanted"), KEYS)
def test_helm_types_keys(key: str, wanted: str) -> None:
    node = parse_one(f"{key}: x\n", "values.yaml")
    assert list(read_value(node, helm=True).pairs) == [wanted]
    assert list(read_value(node, helm=False).pairs) == [node.pairs[0][0].text]  # a struct's field, or a label


SHARED = """\
all: &all {a: 1, b: 2}
some: &some {b: 3, c: yes}
x: {<<: [*some, *all], d: 4}
w: *all
z: {<<: *all, b: 6}
"""


def test_aliases_and_merge_keys_are_written_out() -> None:
    """A map's own keys come before merged ones, earlier sources before later; what is shared keeps its place."""
    value = read_value(parse_one(SHARED, "values.yaml"), helm=True)
    assert plain_data(value) == yaml.safe_load(SHARED)
    assert [value.pairs["x"].pairs[key].line for key in "abcd"] == [1, 2, 2, 3]


def data(value: Value) -> object:
    if value.shape == "map":
        return {key: data(one) for key, one in value.pairs.items()}
    return [data(one) for one in value.items] if value.shape == "list" else None if value.is_null else value.text


def test_maps_merge_lists_replace_null_removes() -> None:
    default = made({"a": {"b": "1", "c": "2"}, "l": ["1", "2"], "n": "x", "m": {"k": "v"}})
    over = made({"a": {"c": "3", "d": None}, "l": ["9"], "n": None, "m": "text", "new": None})
    wanted = {"a": {"b": "1", "c": "3", "d": None}, "l": ["9"], "m": "text", "new": None}
    assert data(merged_values(default, over)) == wanted


def test_the_chart_keeps_what_is_not_said() -> None:
    merged = data(
        merged_values(default_config("kube-prometheus-stack"), made({"route": {"receiver": "slack", "routes": None}}))
    )
    assert isinstance(merged, dict)
    assert "routes" not in merged["route"]
    assert merged["route"]["group_by"] == ["namespace"]
    assert len(merged["inhibit_rules"]) == 4


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("a=b", [("a", "=", "b")], [("a", "=", "b")]),
        (' a =~ "b|c" ', [("a", "=~", "b|c")], [("a", "=~", "b|c")]),
        ("foo=", [("foo", "=", "")], [("foo", "=", "")]),
        ("foo=~[a-z]{2}", [("foo", "=~", "[a-z]{2")], [("foo", "=~", "[a-z]{2")]),
        ('"foo.bar"="x"', None, [("foo.bar", "=", "x")]),
        ("foo=bar baz", [("foo", "=", "bar baz")], [("foo", "=", "bar baz")]),
        ('{a="b", c!="d,e"}', [("a", "=", "b"), ("c", "!=", "d,e")], [("a", "=", "b"), ("c", "!=", "d,e")]),
        ('a="b\\"c\\\\d"', [("a", "=", 'b"c\\d')], [("a", "=", 'b"c\\d')]),
        ("a==b", [("a", "=", "=b")], [("a", "=", "=b")]),
        ("a='b'", [("a", "=", "'b'")], [("a", "=", "'b'")]),
        ("ünï=x", None, [("ünï", "=", "x")]),
        ("a", None, None),
        ('a="b', None, None),
        ('a="b"c"', None, None),
        ('a=~"("', None, None),
        ('a=~"(?<=x)y"', None, None),
        ('a=~"(?P<é>a)"', None, None),
        ('a=~"(?P<n>a)"', [("a", "=~", "(?P<n>a)")], [("a", "=~", "(?P<n>a)")]),
        ('a=~"b)|(c"', [("a", "=~", "b)|(c")], [("a", "=~", "b)|(c")]),
        ('a=~"b)|c)"', None, None),
        (r'a=~"\\Qb"', None, None),
        (r'"\xff"="a"', None, None),
        (r'"\400"="a"', None, None),
        (r'"\xc3\xa9"="a"', None, [("é", "=", "a")]),
        ("a.b=c", None, [("a.b", "=", "c")]),
    ],
)
def test_matchers_of_both_grammars(
    text: str, old: list[tuple[str, str, str]] | None, new: list[tuple[str, str, str]] | None
) -> None:
    for wanted, utf8 in ((old, False), (new, True)):
        try:
            found = [(one.name, one.op, one.value) for one in parse_matchers(text, utf8=utf8)]
        except MatcherError:
            found = None
        assert found == wanted


@pytest.mark.parametrize(
    ("pattern", "text", "taken"),
    [("b)|(c", "xc", True), ("b)|(c", "bx", True), ("b)|(c", "xb", False), ("b|c", "xc", False), ("b|c", "c", True)],
)
def test_a_pattern_is_anchored_as_alertmanager_writes_it(pattern: str, text: str, taken: bool) -> None:
    assert regex.matches_whole(pattern, text) is taken


VALUES = ("", "a", "b", "ab", "1")
MATCHERS = st.builds(
    Matcher,
    st.sampled_from(["x", "y"]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.sampled_from(["", "a", "b", "a|b", ".*", ".+", "a.*", "(a|b)", "^a$", "[ab]", "a|", "b?"]),
)


@settings(max_examples=300)
@given(st.lists(MATCHERS, max_size=4), st.lists(MATCHERS, max_size=3))
def test_what_follows_from_matchers_holds_for_every_label(given_: list[Matcher], wanted: list[Matcher]) -> None:
    """Where logic is certain, no labels over a small alphabet say otherwise."""
    every = [dict(zip("xy", pair, strict=True)) for pair in itertools.product(VALUES, VALUES)]
    fulfil = [labels for labels in every if all(one.holds(labels) for one in given_)]
    if logic.contradiction(given_):
        assert not fulfil
    if logic.implies(given_, wanted):
        assert all(one.holds(labels) for labels in fulfil for one in wanted)
    for name in "xy":
        values = logic.possible(given_, name)
        assert values is None or {labels[name] for labels in fulfil} <= values


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abc_"), st.text(max_size=8), max_size=3))
def test_a_printed_matcher_reads_back(labels: dict[str, str]) -> None:
    for name, text in labels.items():
        one = Matcher(name, "=", text)
        assert classic(str(one)) == (one,)
        assert parse_matchers(str(one)) == (one,)


@pytest.mark.parametrize(
    ("text", "prometheus", "go"),
    [
        ("30s", 30_000, 30_000),
        ("1d12h", 129_600_000, None),
        ("1h30m", 5_400_000, 5_400_000),
        ("1.5h", None, 5_400_000),
        ("30m1h", None, 5_400_000),
        ("0", 0, 0),
        ("30", None, None),
        ("", None, None),
        ("-1s", None, -1),
        ("1ms", 1, 1),
        ("999999y", None, None),
        ("1s ", None, None),
    ],
)
def test_durations(text: str, prometheus: int | None, go: float | None) -> None:
    assert durations.prometheus(text) == prometheus
    found = durations.go(text)
    assert (found is None) == (go is None)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a|b", {"a", "b"}),
        ("^(foo1|foo2)$", {"foo1", "foo2"}),
        ("(?:a|(b|c))", {"a", "b", "c"}),
        (r"a\.b", {"a.b"}),
        ("a.b", None),
        ("(a)(b)", None),
        ("a|(b", None),
        ("[a|b]", None),
        ("(?i)a", None),
        ("", {""}),
    ],
)
def test_the_words_of_a_pattern(pattern: str, found: set[str] | None) -> None:
    assert regex.words(pattern) == found


HOSTILE = {
    "depth": "route:\n" + "".join(f"{'  ' * n}  routes:\n{'  ' * n}  -\n" for n in range(30)) + "receivers: []\n",
    "anchors": "a: &a [x, x, x, x, x, x, x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 8)}]\n" for n in range(7))
    + "route: {receiver: x, group_by: *h}\nreceivers: [{name: x}]\n",
    "regex": "route: {receiver: x, routes: [{matchers: ['a =~ \"" + "(a*)*" * 900 + "\"']}]}\nreceivers: [{name: x}]\n",
    "template": "route: {receiver: x}\nreceivers: [{name: x, slack_configs: [{text: '"
    + "{{ if . }}" * 5000
    + "'}]}]\n",
    "loop": "route: {receiver: x}\nreceivers: [{name: x, slack_configs: [{text: '"
    + '{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}'
    + '{{ template "a" . }}{{ .CommonAnnotations.message }}'
    + "'}]}]\n",
    "parentheses": "route: {receiver: x}\nreceivers: [{name: x, slack_configs: [{text: '{{ " + "(" * 3000 + "'}]}]\n",
    "shapes": "route: [1]\nreceivers: {a: b}\ninhibit_rules: x\ntime_intervals: {a: [b]}\nglobal: 5\ntemplates: y\n",
    "items": "route: {receiver: x, routes: [1, [2], {matchers: [[a], {b: c}], group_by: [[x]]}]}\n"
    "receivers: [a, {name: [x]}]\n",
    "values": "alertmanager:\n  alertmanagerSpec: []\n  templateFiles: [x]\n"
    "  config: {route: null, receivers: [null, {name: {}}]}\n",
    "times": "route: {receiver: x}\nreceivers: [{name: x}]\ntime_intervals:\n"
    "  - {name: [a], time_intervals: [{times: [x, {start_time: [1], end_time: 5}], years: [[2]], weekdays: {}}, 5]}\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end_soon_and_without_a_traceback(name: str, tmp_path: Path) -> None:
    read = rules.recognise("alertmanager.yaml", HOSTILE[name], named=True)
    if read.file is not None:
        start = time.monotonic()
        rules.check([read.file], rules.Scope((read.file,)))
        assert time.monotonic() - start < 30
    (tmp_path / "alertmanager.yaml").write_text(HOSTILE[name], "utf-8")
    done = Repo(tmp_path).run("route", "alertmanager.yaml", "a=b", "--tree")
    assert done.code in {0, 2}, done.text


@pytest.mark.parametrize("count", [300, 3000])
def test_many_routes_are_cheap(count: int) -> None:
    lines = ["route:", "  receiver: x", "  routes:"]
    lines += [f'    - matchers: [team = "t{n}", severity =~ "a|b"]\n      receiver: x' for n in range(count)]
    text = "\n".join([*lines, "receivers: [{name: x, webhook_configs: [{url: 'http://a.example.org'}]}]\n"])
    read = rules.recognise("alertmanager.yaml", text)
    assert read.file is not None
    start = time.monotonic()
    assert not [one for one in rules.check([read.file], rules.Scope((read.file,))) if one.severity == "error"]
    assert time.monotonic() - start < 60
