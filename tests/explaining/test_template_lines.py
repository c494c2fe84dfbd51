"""The line of the template that is said to have made a line really did: it is changed in a copy, and rendered.

The judge is the renderer itself. A mark put before the visible text of a template's line must appear in exactly those
lines of the file that are said to be from it. Other lines of the template are deleted or emptied: then a visible line
that is said to be from one must go, or change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from generator import config, spec, trace
from generator.pieces import with_pieces
from generator.render import WORKFLOW, Unrenderable, render_files
from generator.template import Template, load_template

from ..specs.test_spec_cases import CASES

UNIT = "units/one"
MARK = "ZZMARKZZ"
# Marks are put outside of Jinja's tags; a tag that strips blanks before it would strip the line's end otherwise.
TAG = re.compile(r"\s*(?:\{\{-|\{%|\{#|\[\[-|\[%|\[#)")
SPECS = {one.name: one for one in sorted((CASES / "render").iterdir())}
CI = "template: ci\nname: ci\nci: {install: scaffold==1.0.0, branches: [main, dev]}\nautomation: flux-v1\n"


@cache
def case(name: str) -> tuple[Template, Mapping[str, Any]]:
    """Return the template, its texts with their pieces, and the values of a case."""
    own = SPECS[name] / "config.yaml" if name in SPECS else None
    settings = config.parse_config(own.read_text("utf-8") if own and own.exists() else "")
    text = (SPECS[name] / "scaffold.yaml").read_bytes().decode("utf-8", "surrogateescape") if name in SPECS else CI
    read = spec.parse_spec(text, "scaffold.yaml")
    template = load_template(read.template, None, "scaffold.yaml")
    template = replace(template, sources={source: with_pieces(one) for source, one in template.sources.items()})
    values = spec.values(read, settings, template.schema)
    return template, {**values, "workflow": True} if template.workflow and values.get("e2e", True) else values


def text_of(template: Template, source: str) -> str:
    return template.workflow if source == WORKFLOW else template.sources[source]


def with_text(template: Template, source: str, text: str) -> Template:
    if source == WORKFLOW:
        return replace(template, workflow=text)
    return replace(template, sources={source: text}, workflow="")


def lines_made(template: Template, values: Mapping[str, Any], source: str) -> list[str] | None:
    """Return the lines that a file of the template renders to; None if it cannot be rendered."""
    try:
        made = {one.source: one.text for one in render_files(template, values, UNIT)}
    except Unrenderable:
        return None
    return made.get(source, "").split("\n")


def check_lines(template: Template, values: Mapping[str, Any], source: str) -> tuple[int, int]:
    """Check what is said of each line of a file; return the numbers of template lines that were marked and deleted."""
    traced = trace.trace_file(template, values, UNIT, source)
    if traced is None:
        return 0, 0
    assert traced.origins, f"{source} has a mapping"
    lines = traced.text.split("\n")
    assert len(traced.origins) == len(lines) - (lines[-1] == "")
    marked = deleted = 0
    wanted = {line for one in traced.origins for line in one.lines}
    whole = text_of(template, source).split("\n")
    step = 1 if len(wanted) <= 60 else 4  # of a long file some lines are enough
    for number in sorted(wanted)[::step]:
        said = {n for n, one in enumerate(traced.origins) if number in one.lines}
        line = whole[number - 1]
        at = len(line) - len(line.lstrip())
        changed = [*whole[: number - 1], f"{line[:at]}{MARK}{line[at:]}", *whole[number:]]
        made = None
        if line.strip() and not TAG.match(line):
            made = lines_made(with_text(template, source, "\n".join(changed)), values, source)
        if made is not None and len(made) == len(lines):
            found = {n for n, one in enumerate(made) if MARK in one}
            spans = {n for n in said if traced.origins[n].spans or not lines[n].strip()}
            assert found <= said, (source, number, line)
            assert said - spans <= found, (source, number, line)
            marked += 1
        elif said := {n for n in said if lines[n].strip()}:
            before = Counter(lines)
            for each in deletions(whole, number):
                after = lines_made(with_text(template, source, each), values, source)
                if after is not None and all(Counter(after)[lines[n]] < before[lines[n]] for n in said):
                    break
            else:
                raise AssertionError((source, number, line, [lines[n] for n in said][:3]))
            deleted += 1
    return marked, deleted


def deletions(lines: list[str], number: int) -> Iterator[str]:
    """Yield a template without a line, or without what the line outputs."""
    line = lines[number - 1]
    for other in ("", re.sub(r"(\{\{|\[\[)-?.*?-?(\}\}|\]\])", "ZZ", line), re.sub(r"(%\}|%\])[^{\[]+", r"\1ZZ", line)):
        yield "\n".join([*lines[: number - 1], other, *lines[number:]])
    yield "\n".join([*lines[: number - 1], *lines[number:]])


# Of each template, and of each of its constructs.
CASES_OF_EACH = ["alerting-everything", "automation-of-flux-v2", "canary-istio", "ci", "e2e-everything", "everything"]


@pytest.mark.parametrize("name", [*CASES_OF_EACH, "flux-v2-everything", "smallest"])
def test_each_line_of_the_shipped_templates_is_from_the_line_that_is_named(name: str) -> None:
    template, values = case(name)
    sources = [*template.sources, *([WORKFLOW] if template.workflow else [])]
    counts = [check_lines(template, values, source) for source in sources]
    assert sum(map(sum, counts)) > 0


# --- templates of a repository ----------------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["a: 1", "b: x # y", "- c", "", "# note", "  deep: {{ cookiecutter.name }}", "{{ cookiecutter.name }}"]
)
WHOLE = st.sampled_from(["{{ cookiecutter.block }}", "x: {{ cookiecutter.name | upper }}{{ cookiecutter.name }}"])
DASH = st.sampled_from(["", "-"])


def blocks(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    """Return lines inside of Jinja's blocks, with and without stripped blanks."""

    def around(body: list[str], one: str, two: str, three: str, four: str, what: int) -> list[str]:
        begin, end = (
            (f"{{%{one} if cookiecutter.yes {two}%}}", f"{{%{three} endif {four}%}}"),
            (f"{{%{one} for one in cookiecutter.many {two}%}}", f"{{%{three} endfor {four}%}}"),
            (f"{{%{one} raw {two}%}}", f"{{%{three} endraw {four}%}}"),
            (f"{{%{one} with a = 1 {two}%}}", f"{{%{three} endwith {four}%}}"),
            (f"{{#{one} note", f"{two}#}}"),
            (f"{{%{one} macro m() {two}%}}", f"{{%{three} endmacro {four}%}}"),
            (f"{{%{one} call around() {two}%}}", f"{{%{three} endcall {four}%}}"),
            (f"{{%{one} filter indent(2) {two}%}}", f"{{%{three} endfilter {four}%}}"),
        )[what]
        return [begin, *body, end, *(["{{ m() }}", "{{ m() }}"] if what == 5 else [])]

    return st.builds(around, inner, DASH, DASH, DASH, DASH, st.integers(0, 7))


LINES = st.recursive(
    st.lists(TEXTS | WHOLE, min_size=1, max_size=3),
    lambda inner: st.lists(inner | blocks(inner), min_size=1, max_size=3).map(
        lambda found: [x for one in found for x in one]
    ),
    max_leaves=6,
)
VALUES = {"name": "web", "block": "one\ntwo\nthree", "yes": True, "many": ["p", "q"], "files": []}


def own(text: str) -> Template:
    return Template("own", 1, {}, {"a.yaml": text}, {}, "{}", b"", "", is_own=True)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(LINES)
def test_lines_of_random_templates_are_from_the_line_that_is_named(lines: list[str]) -> None:
    """The text of each line of a template has its number: in the file it is in lines that are said to be from there."""
    lines = ["{% macro around() -%}", "before", "{{ caller() }}", "{%- endmacro %}", *lines]
    numbered = [
        f"{line}@{number}@"
        if line and not line.startswith("{%") and not line.startswith("{#") and "#}" not in line
        else line
        for number, line in enumerate(lines, 1)
    ]
    try:
        traced = trace.trace_file(own("\n".join(numbered)), VALUES, UNIT, "a.yaml")
    except Unrenderable:
        hypothesis.reject()
    if traced is None:
        return
    assert traced.origins
    for text, origin in zip(traced.text.split("\n"), traced.origins, strict=False):
        said = [int(one) for one in re.findall(r"@(\d+)@", text)]
        assert set(said) <= set(origin.lines), (text, origin)
        assert len(origin.lines) >= 1


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("a: 1\nb: {{ cookiecutter.name }}\n", [(1,), (2,)]),
        ("{%- if cookiecutter.yes %}\na: 1\n{%- endif %}\nb: 2\n", [(1,), (2,), (4,)]),
        ("a: {% if cookiecutter.yes %}x\n{%- else %}y\n{%- endif %}z\n", [(1, 3)]),
        ("{{ cookiecutter.block }}\n", [(1,), (1,), (1,)]),
        ("{% for one in cookiecutter.many %}\n- {{ one }}\n{%- endfor %}\n", [(1,), (2,), (2,)]),
        ("{#- a\nb -#}\nc: 1\n", [(3,)]),
        ("{% raw %}\n{{ x }}\n{% endraw %}\ny: 1\n", [(1,), (2,), (3,), (4,)]),
        ("{% macro m() %}\na: 1\n{% endmacro %}\n{{- m() }}b: 1\n", [(1,), (2,), (4,)]),
        ("{% macro m(x) %}a: {{ x }}{% endmacro %}\n{{- m(1) }}\n{{ m(2) }}\n", [(1,), (1,)]),
        (
            "{% macro m() -%}\na\n{%- endmacro %}{% macro n() -%}\nb: {{ m() }}\n{% endmacro %}\n{{- n() }}\n",
            [(4, 2), (6,)],
        ),
        ("{% macro m() -%}\na: {{ caller() }}\n{% endmacro %}\n{%- call m() -%}\nx\n{%- endcall %}\n", [(2, 5), (6,)]),
        ("{% macro m(n) -%}\n- {{ n }}\n{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}\n{{- m(1) }}", [(2,), (2,)]),
        (
            "{% for one in [[1, [2]]] recursive %}\n- a\n{{ loop([]) if one is iterable }}{% endfor %}\n",
            [(1,), (2,), (3,)],
        ),
        # What a filter takes in an expression, what a set collects, and a macro in an expression, is from the line
        # that outputs it (blocks of filters: test_filter_blocks.py).
        ("{% macro m() %}a{% endmacro %}\n{{- m() | upper }}\n", [(2,)]),
        ("{% macro m() %}a{% endmacro %}\n{{- m() ~ m() }}\n", [(2,)]),
        ("{% macro m() %}a{% endmacro %}\n{%- set x = m() %}\n{{- x }}\n", [(3,)]),
        ("{% macro m() %}a{% endmacro %}\n{%- set x %}{{ m() }}{% endset %}\n{{- [x] | tojson }}\n", [(3,)]),
        ("{% macro m() %}a{% endmacro %}\n{%- filter upper %}{{ m() }}{% endfilter %}\n", [(2,)]),
        ("{% filter upper %}\na: 1\n{% endfilter %}\n", [(1,), (1,), (3,)]),
        ("{% set x %}a: 1\nb: 2{% endset %}\n{{ x }}\n", [(2,), (3,), (3,)]),
        ("{% macro m() %}{{ caller() }}{% endmacro %}\n{%- call m() %}a: 1{% endcall %}\nb: 1\n", [(2,), (3,)]),
        ('{{ "a: 1" }}\n{{ "b" ~ ": 2" }}\n', [(1,), (2,)]),
        ("{{\n  cookiecutter.name\n}}: 1\n", [(2, 3)]),
        ("{% for one in [[1, [2]]] recursive %}{{ one | string }}{% endfor %}\n", [(1,)]),
        # A block that is called by name hides its lines: nothing is said.
        ("{% block a %}x: 1\n{% endblock %}{{ self.a() }}\n", []),
    ],
)
def test_what_made_each_line(text: str, origins: list[tuple[int, ...]]) -> None:
    traced = trace.trace_file(own(text), VALUES, UNIT, "a.yaml")
    assert traced is not None
    assert [one.lines for one in traced.origins] == origins
