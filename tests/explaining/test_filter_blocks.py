"""Lines that the filters of a block leave are from where they were; other lines are from the block."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import hypothesis
import hypothesis.strategies as st
import pytest

from generator import trace
from generator.template import Template

from ..conftest import Repo
from .test_template_lines import UNIT, VALUES, case, own
from .test_values_of_lines import OWN, explained, own_template

Said = tuple[str, tuple[int, ...], str, bool]  # a line of the file, the template's lines, the filters, whether it spans


def said_of(template: Template, values: Mapping[str, Any], source: str) -> list[Said]:
    """Return what is said of each line of a file."""
    traced = trace.trace_file(template, values, UNIT, source)
    assert traced is not None
    assert traced.origins, traced.text
    lines = traced.text.removesuffix("\n").split("\n")
    return [
        (line, one.lines, " ".join(one.filters), one.spans) for line, one in zip(lines, traced.origins, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Nothing is changed.
        ("{% filter string %}\na: 1\n{% endfilter %}\n", [("", (1,)), ("a: 1", (2,)), ("", (3,))]),
        ("x\n{% filter string -%}\na: {{ 1 }}\n{%- endfilter %}\n", [("x", (1,)), ("a: 1", (3,))]),
        ("{% filter replace('q', 'r') %}{{ cookiecutter.block }}{% endfilter %}", ["one", "two", "three"]),
        # Other blanks.
        ("{% filter indent(4) %}a: 1\nb: 2\n{% endfilter %}\n", [("a: 1", (1,)), ("    b: 2", (2,)), ("", (3,))]),
        ("{% filter indent(4, true) %}a\n  b\n\n{% endfilter %}", [("    a", (1,)), ("      b", (2,)), ("", (3,))]),
        ("a:\n  {% filter indent(2) -%}\nb\nc\n{%- endfilter %}\n", [("a:", (1,)), ("  b", (3,)), ("  c", (4,))]),
        ("{% filter trim %}\n\na\nb  \n{% endfilter %}\nc\n", [("a", (3,)), ("b", (4,)), ("c", (6,))]),
        ("{% filter trim %} {{ 1 }} {{ 2 }} {% endfilter %}{% filter trim %}\n3\n{% endfilter %}", [("1 23", (1, 2))]),
        ("{% filter replace('  ', '') %}  a {{ 1 }}\n   b\n{% endfilter %}", [("a 1", (1,)), (" b", (2,))]),
        ("{% filter replace('a', 'a  ') %}a\nb{% endfilter %}\nc", [("a  ", (1,)), ("b", (2,)), ("c", (3,))]),
        ("{% filter replace('  ', ' ') %}a\n  \nb\n{% endfilter %}", [("a", (1,)), (" ", (2,)), ("b", (3,))]),
        # A line is changed.
        (
            "{% filter replace('b', 'B') %}a\nb\nc{% endfilter %}\n",
            [("a", (1,)), ("B", (1,), "replace"), ("c", (3,))],
        ),
        ("{% filter upper %}\na: 1\n2: 3\n{% endfilter -%}\n", [("", (1,)), ("A: 1", (1,), "upper"), ("2: 3", (3,))]),
        ("x: {% filter upper %}a{% endfilter %}\n", [("x: A", (1,), "upper")]),
        (
            "1\n{%- filter upper %}\na\nb\n{%- endfilter %}",
            ["1", ("A", (2,), "upper", True), ("B", (2,), "upper", True)],
        ),
        # Lines are added.
        (
            "{% filter replace('b', 'b\\nX') %}a\nb\nc\n{% endfilter -%}\n",
            [("a", (1,)), ("b", (2,)), ("X", (1,), "replace"), ("c", (3,))],
        ),
        (
            "{% filter replace('a', 'X\\nY\\na') %}a\nb\n{% endfilter -%}\n",
            [("X", (1,), "replace", True), ("Y", (1,), "replace", True), ("a", (1,)), ("b", (2,))],
        ),
        ("a\n{% filter replace('b', 'b\\nX') %}b{% endfilter %}\nc", [("a", (1,)), "b", ("X", (2,), "replace"), "c"]),
        ("{% filter replace('b', 'b\\n') %}b{% endfilter %}c\n", [("b", (1,)), ("c", (1,))]),
        ("{% filter replace('b', 'b\\n\\n') %}b{% endfilter %}c", ["b", ("", (1,), "replace"), "c"]),
        ("{% filter default('X', true) %}{% endfilter %}\nb\n", [("X", (1,), "default"), ("b", (2,))]),
        (
            "{% filter default('X\\nY', true) %}{% endfilter %}",
            [("X", (1,), "default", True), ("Y", (1,), "default", True)],
        ),
        # Lines are removed.
        ("{% filter replace('b\\n', '') %}a\nb\nc\n{% endfilter -%}\n", [("a", (1,)), ("c", (3,))]),
        ("{% filter replace('a\\nb', '') %}a\nb{% endfilter -%}\nc\n", [("c", (3,))]),
        ("{% filter replace('\\nb', '') %}a\nb{% endfilter %}c\n", [("ac", (1, 2))]),
        # A value of several lines is one expression, whatever is between its lines.
        (
            "{% filter replace('two', 'two\\nX') %}{{ cookiecutter.block | string }}{% endfilter %}",
            [
                ("one", (1,), "string", True),
                ("two", (1,), "string", True),
                ("X", (1,), "replace"),
                ("three", (1,), "string", True),
            ],
        ),
        (
            "{% filter replace('one\\n', '') %}{{ cookiecutter.block }}{% endfilter %}",
            [("two", (1,), "", True), ("three", (1,), "", True)],
        ),
        # Several filters; those of its arguments too.
        (
            "{% filter replace('a', 'x' | upper) | indent(2, true) %}a\nb\n{% endfilter %}",
            [("  X", (1,), "indent replace upper"), ("  b", (2,))],
        ),
        # Blocks in blocks.
        (
            "{% filter indent(2, true) %}\na\n{% filter replace('b', 'b\\nX') %}b\n{% endfilter -%}\nc\n"
            "{% endfilter -%}\n",
            [("  ", (1,)), ("  a", (2,)), ("  b", (3,)), ("  X", (3,), "replace"), ("  c", (5,))],
        ),
        (
            "{% filter replace('a', 'a\\nY') %}{% filter upper %}x\n{% endfilter %}a\n{% endfilter %}",
            [("X", (1,), "upper"), ("a", (2,)), ("Y", (1,), "replace")],
        ),
        (
            "{% filter upper %}a\n{% filter replace('b', 'b\\nB') %}b\n{% endfilter %}{% endfilter %}",
            [("A", (1,), "upper", True), ("B", (1,), "upper", True), ("B", (2,), "replace")],
        ),
        (
            "{% filter replace('X', 'X\\nY') %}\n{% filter replace('b', 'X\\nb') %}b{% endfilter %}\n{% endfilter %}",
            [("", (1,)), ("X", (2,), "replace"), ("Y", (1,), "replace"), ("b", (2,))],
        ),
        # In loops, and around them.
        (
            "{% for one in cookiecutter.many %}\n{%- filter indent(2) %}\n- {{ one }}\nx\n{%- endfilter %}{% endfor %}",
            [("", (2,)), ("  - p", (3,)), ("  x", (4,)), ("  - q", (3,)), ("  x", (4,))],
        ),
        (
            "{% filter replace('q', 'r') %}\n{%- for one in cookiecutter.many %}\n- {{ one }}\n{%- endfor %}"
            "{% endfilter %}",
            [("", (2,)), ("- p", (3,)), ("- r", (1,), "replace")],
        ),
        # In macros, and around them.
        (
            "{% macro m(x) %}\n{%- filter indent(2, true) %}a: {{ x }}\n{% endfilter %}{% endmacro %}\n{{- m(1) }}",
            [("  a: 1", (2,))],
        ),
        (
            "{% macro m() %}a\n{% endmacro %}\n{%- filter indent(2, true) %}{{ m() }}b{% endfilter %}",
            [("  a", (1,)), ("  b", (3,))],
        ),
        (
            "{% macro m() -%}\n<\n{{ caller() }}>\n{% endmacro %}\n{%- filter replace('x', 'x\\nX') %}{% call m() %}x\n"
            "{% endcall %}y{% endfilter %}",
            [("<", (2,)), ("x", (5,)), ("X", (5,), "replace"), (">", (3,)), ("y", (6,))],
        ),
        (
            "{% macro m() %}{% filter indent(1, true) %}{{ caller() }}{% endfilter %}{% endmacro %}\n"
            "{%- call m() %}x\ny{% endcall %}",
            [(" x", (2,)), (" y", (3,))],
        ),
        # What a set collects is still from the line that outputs it, and so is a macro in an expression.
        (
            "{% set x %}{% filter indent(1, true) %}a\nb{% endfilter %}{% endset %}\n{{- x }}",
            [(" a", (3,), "", True), (" b", (3,), "", True)],
        ),
        (
            "{% macro m() %}{% filter upper %}1\n2{% endfilter %}{% endmacro %}\n{{- m() | string }}",
            [("1", (3,), "string", True), ("2", (3,), "string", True)],
        ),
        (
            "{% filter indent(1, true) %}{% set x %}a{% endset %}b\n{{ x | upper }}{% endfilter %}",
            [(" b", (1,)), (" A", (2,), "upper")],
        ),
        (
            "{% autoescape true %}{% filter indent(1, true) %}<a>\n{{ '<' }}{% endfilter %}{% endautoescape %}",
            [(" <a>", (1,)), (" &lt;", (2,))],
        ),
        # Jinja's blocks, of which a name hides the lines.
        (
            "{% filter indent(1, true) %}{% block a %}x\ny\n{% endblock %}{% endfilter %}z",
            [(" x", (1,)), (" y", (2,)), ("z", (3,))],
        ),
        (
            "{% set x %}{% block a %}x\ny{% endblock %}{% endset %}\n{{- x }}",
            [("x", (3,), "", True), ("y", (3,), "", True)],
        ),
    ],
)
def test_what_made_each_line_of_a_filter_block(text: str, said: list[Any]) -> None:
    found = said_of(own(text), VALUES, "a.yaml")
    wanted = [
        (one, *found[n][1:]) if isinstance(one, str) else (*one, *("", False)[len(one) - 2 :])
        for n, one in enumerate(said)
    ]
    assert found == wanted


@pytest.mark.parametrize("name", ["automation-of-flux-v2", "canary-istio", "everything", "flux-v2-everything"])
def test_a_filter_around_a_shipped_file_changes_nothing_that_is_said(name: str) -> None:
    """The text of the file has the same lines in the template, each of which the filters indent or leave."""
    template, values = case(name)
    count = 0
    for source, text in template.sources.items():
        plain = replace(template, sources={source: text}, workflow="")
        if trace.trace_file(plain, values, UNIT, source) is None:
            continue
        before, body = said_of(plain, values, source), text.removesuffix("\n")
        for filters, blanks in (("string", ""), ("indent(4, true)", "    ")):
            around = f"{{% filter {filters} %}}{body}{{% endfilter %}}"
            after = said_of(replace(plain, sources={source: around}), values, source)
            assert [one[1:] for one in after] == [one[1:] for one in before], (source, filters)
            assert [one[0] for one in after] == [f"{blanks}{one[0]}" if one[0] else "" for one in before]
            count += 1
    assert count > 3


@pytest.mark.parametrize("name", ["everything", "flux-v2-everything"])
def test_a_filter_around_a_shipped_file_that_adds_a_line(name: str) -> None:
    """A line is added after each one in turn, which has a line of the template of its own: no other is affected."""
    template, values = case(name)
    source = next(one for one in template.sources if one.endswith("deployment.yaml"))
    text = template.sources[source]
    plain = replace(template, sources={source: text}, workflow="")
    before = said_of(plain, values, source)
    lines = [one[0] for one in before]
    for number, line in enumerate(lines):
        if not line or any(f"{line}\n" in f"{other}\n" for n, other in enumerate(lines) if n != number):
            continue
        quoted = line.replace("\\", "\\\\").replace("'", "\\'")
        around = f"{{% filter replace('{quoted}\n', '{quoted}\nX\n') %}}{text}{{% endfilter %}}"
        after = said_of(replace(plain, sources={source: around}), values, source)
        added = ("X", (1,), "replace", False)
        shift = around[: around.index("%}")].count("\n")
        moved = [(one, tuple(n + shift for n in lines), *rest) for one, lines, *rest in before]
        assert after == [*moved[: number + 1], added, *moved[number + 1 :]], line


# --- templates whose origins are known by construction ---------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A line of text, or a loop or a filter block around nodes. ``target`` chooses what the filter changes."""

    sort: str
    inside: tuple[Node, ...] = ()
    target: int = 0


class Made(NamedTuple):
    """A line of the file, the template's line that it is from, and the filters."""

    text: str
    line: int
    filters: str = ""


BLOCKS = ["loop", "indent(2)", "upper", "string", "add", "change", "remove"]
NODES = st.recursive(
    st.builds(Node, st.sampled_from(["w{}z", "w{}z", "  w{}z: 1", "- w{}z{{{{ cookiecutter.name }}}}"])),
    lambda inner: st.builds(
        Node, st.sampled_from(BLOCKS), st.lists(inner, min_size=1, max_size=4).map(tuple), st.integers(0, 20)
    ),
    max_leaves=15,
)


def write(node: Node, template: list[str]) -> list[Made]:
    """Write a node to the lines of a template, in which each text is unique, and return the lines that it outputs."""
    template.append("")
    number = len(template)
    if not node.inside:
        template[-1] = node.sort.format(number)
        return [Made(template[-1].replace("{{ cookiecutter.name }}", str(VALUES["name"])), number)]
    inside = [line for one in node.inside for line in write(one, template)]
    words = [one.text for one in inside if re.fullmatch(r"w\d+z", one.text)]
    word = words[node.target % len(words)] if words else "none"
    old, new = {
        "add": (word, f"{word}\nX{number}."),
        "change": (word, f"X{number}."),
        "remove": (f"\n{word}", ""),
    }.get(node.sort, ("none", ""))
    by = "string" if node.sort in {"add", "change", "remove"} else node.sort
    by = by if old == "none" else f"replace({old!r}, {new!r})"
    template[number - 1] = f"{{%- {'for one in cookiecutter.many' if node.sort == 'loop' else f'filter {by}'} %}}"
    template.append("{%- endfor %}" if node.sort == "loop" else "{%- endfilter %}")
    if node.sort == "loop":
        return inside * 2
    return [
        made for one in inside for made in filtered(one, node.sort if old == "none" else "replace", old, new, number)
    ]


def filtered(one: Made, sort: str, old: str, new: str, number: int) -> list[Made]:
    """Return what the filter of a block in a line of the template makes of a line inside."""
    if sort == "indent(2)":
        return [one._replace(text=f"  {one.text}")]
    if sort == "upper":
        return [one if one.text.upper() == one.text else Made(one.text.upper(), number, "upper")]
    if sort != "replace":
        return [one]
    lines = f"\n{one.text}".replace(old, new).split("\n")[1:]
    return [one if each == one.text else Made(each, number, "replace") for each in lines]


@hypothesis.settings(max_examples=150, deadline=None)
@hypothesis.given(st.lists(NODES, min_size=1, max_size=4))
def test_lines_of_random_filter_blocks(nodes: list[Node]) -> None:
    template = ["top"]
    wanted = [Made("top", 1), *(line for one in nodes for line in write(one, template))]
    found = said_of(own("\n".join(template)), VALUES, "a.yaml")
    assert [Made(text, *lines, by) for text, lines, by, _ in found] == wanted, "\n".join(template)


def test_a_line_that_a_filter_block_makes_is_explained(empty: Repo) -> None:
    own_template(empty)
    text = "{% filter replace('b: 2', 'c: 3\\nd: 4') -%}\na: {{ cookiecutter.size }}\nb: 2\n{% endfilter %}"
    empty.write(f"{OWN}/{{{{cookiecutter.name}}}}/a.yaml", text)
    empty.ok("regenerate")
    rows = [explained(empty, f"things/one/a.yaml:{line}") for line in (1, 2, 3)]
    assert [(one["template_lines"], one["filters"]) for one in rows] == [
        ([2], []),
        ([1], ["replace"]),
        ([1], ["replace"]),
    ]
    assert [[key["key"] for key in one["keys"]] for one in rows] == [["size"], [], []]
    assert "made by the filter replace" in empty.ok("explain", "things/one/a.yaml:2").out
