"""Find the line of a template's text that rendered a line of its output, by comparing the texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

_MIN_LITERAL = 3
_STARTS = {"variable_start_string": "{{", "block_start_string": "{%", "comment_start_string": "{#"}


def source_line(source: str, rendered: str, line: int, settings: Mapping[str, Any]) -> int:
    """Return the line of ``source`` that rendered a line, or the closest one above it that is certain; 1 if unknown.

    A line is certain if only one line of the source has its text, or its text before the first expression.
    """
    given = settings.get("_jinja2_env_vars", {})
    starts = [given.get(key, usual) for key, usual in _STARTS.items()]
    literals: list[tuple[str, bool]] = []
    for one in source.split("\n"):
        at = min((found for start in starts if (found := one.find(start)) >= 0), default=len(one))
        literals.append((one[:at].strip(), at == len(one)))
    whole = Counter(text for text, is_whole in literals if is_whole)
    heads = Counter(text for text, is_whole in literals if not is_whole and len(text) >= _MIN_LITERAL)
    lines = {text: number for number, (text, is_whole) in enumerate(literals, 1) if is_whole and whole[text] == 1}
    partial = [
        (text, number) for number, (text, is_whole) in enumerate(literals, 1) if not is_whole and heads[text] == 1
    ]
    above = rendered.split("\n")[: max(line, 1)]
    for text in (one.strip() for one in reversed(above)):
        if text and text in lines:
            return lines[text]
        fitting = [number for head, number in partial if text.startswith(head)]
        if len(fitting) == 1:
            return fitting[0]
    return 1
