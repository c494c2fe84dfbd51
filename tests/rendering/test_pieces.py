"""Shared pieces in the texts of templates: what they become, and where each line is from."""

from __future__ import annotations

import pytest
from jinja2 import Environment, TemplateSyntaxError

from generator import assets
from generator.encode import Encoders
from generator.pieces import piece_lines, place_in_pieces, with_pieces

ENVIRONMENT = Environment(extensions=[Encoders], keep_trailing_newline=True)  # noqa: S701 - YAML, not HTML
PIECES = {
    "one.yaml": "a: {{ x }}\n\nb: {{ at }}\n",
    "two.yaml": 'c:\n  {% piece "one.yaml" %}\nd: {{ at }}\n',
    "loop.yaml": '{% piece "loop.yaml" %}\n',
}


@pytest.fixture(autouse=True)
def own_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "shared_text", PIECES.__getitem__)
    piece_lines.cache_clear()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x\n", "x\n"),
        ('top:\n  {% piece "one.yaml" %}\nend\n', "top:\n  a: 1\n\n  b: 2\nend\n"),
        ('top:\n    {% piece "two.yaml" %}\n', "top:\n    c:\n      a: 1\n\n      b: 6\n    d: 4\n"),
        # What is no line of its own is text.
        ('a {% raw %}{% piece "one.yaml" %}{% endraw %}\n', 'a {% piece "one.yaml" %}\n'),
    ],
)
def test_a_piece_is_indented_like_its_line(text: str, expected: str) -> None:
    assert ENVIRONMENT.from_string(text).render(x=1) == expected


def test_a_text_without_pieces_is_the_same() -> None:
    text = "a\n{% if x %}\n  b\n{% endif %}\n"
    assert with_pieces(text) is text
    assert [(one.piece, one.line) for one in piece_lines(text)] == [("", n) for n in range(1, 6)]


def test_each_line_is_from_somewhere() -> None:
    text = 'top\n  {% piece "two.yaml" %}\nend'
    rows = [(one.text.strip(), one.piece, one.line) for one in piece_lines(text) if "with" not in one.text]
    assert rows == [
        ("top", "", 1),
        ("c:", "two.yaml", 1),
        ("a: {{ x }}", "one.yaml", 1),
        ("", "one.yaml", 2),
        ("b: {{ at }}", "one.yaml", 3),
        ("d: {{ at }}", "two.yaml", 3),
        ("end", "", 3),
    ]
    assert place_in_pieces(text, 3) == ("two.yaml", 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{% piece "three.yaml" %}', "three.yaml"),
        ('{% piece "../secret" %}', "../secret"),
        ('{% piece "loop.yaml" %}', "too many pieces in each other"),
        ('{% piece "one.yaml" %}\n' * 50_000, "more than 200000 lines"),
    ],
)
def test_a_piece_that_cannot_be_put_in_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message):
        ENVIRONMENT.from_string(text)
