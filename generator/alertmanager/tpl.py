"""Emulate Helm's ``tpl`` on a text, as far as possible without a release.

The chart renders the configuration with ``tpl`` if ``tplConfig`` is true: Alertmanager's braces must then be escaped,
else Helm fails on functions that it does not have, and replaces data that it does not have by nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .details import HELM
from .gotemplate import TemplateError, parse_template
from .gotemplate.nodes import Action, Branch, Field, Function, Literal, Part, Pipe, TemplateCall, TemplateVariable, Text

HINT = (
    'escape the braces for Alertmanager: {{ "{{" }} .Status {{ "}}" }}, or {{` {{ .Status }} `}}; '
    "or set tplConfig: false"
)

_ESCAPE = re.compile(r"\{\{-?\s*(?:\"\{\{|\"\}\}|`[^`]*\{\{)")
_ESCAPED_ACTION = re.compile(
    r"\{\{-?\s*(?:\"\{\{-?(?:\"\s*-?\}\})?|`[^`]*\{\{)-?\s*"
    r"(?:\$?\.[A-Z]|[a-zA-Z]+\s+[.$]|(?:range|if|with|end|else|template)\b)"
)
# Fields that only Alertmanager has, at the top of a template's data.
_OURS = frozenset(
    "Status Alerts GroupLabels CommonLabels CommonAnnotations ExternalURL Receiver Labels Annotations".split()  # noqa: SIM905
)
_NOT_HELM = frozenset("toUpper toLower reReplaceAll safeHtml safeUrl stringSlice humanizeDuration urlUnescape".split())  # noqa: SIM905


@dataclass(frozen=True)
class TplResult:
    """The resulting text, the faults, and the offset of the first fault."""

    text: str
    faults: tuple[str, ...]
    at: int


def has_escape(text: str) -> bool:
    """Return whether a text escapes braces for Helm."""
    return "{{" in text and _ESCAPE.search(text) is not None


def has_escaped_action(text: str) -> bool:
    """Return whether a text escapes an action of Alertmanager for Helm."""
    return has_escape(text) and _ESCAPED_ACTION.search(text) is not None


def render_tpl(text: str) -> TplResult:
    """Return the text as Helm renders it; HELM replaces parts that depend on the values."""
    try:
        template = parse_template(text)
    except TemplateError as error:
        return TplResult(text, (f"Helm cannot parse this template: {error}",), error.at)
    found: list[tuple[str, int]] = []
    done = "".join(_part(one, found) for one in template.parts)
    return TplResult(done, tuple(message for message, _ in found), found[0][1] if found else 0)


def _part(part: Part, found: list[tuple[str, int]]) -> str:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, Action):
        first = part.pipe.commands[0].arguments[0]
        if isinstance(first, Literal) and len(part.pipe.commands) == 1:
            return str(first.value)
        return "" if _ours(part.pipe, found) or part.pipe.variables else HELM
    if isinstance(part, Branch):
        if _ours(part.pipe, found):
            return ""
        return "".join(_part(one, found) for one in (*part.body, *part.otherwise))
    if isinstance(part, TemplateCall):
        found.append((f"Helm fails here: it has no template {part.name!r}", part.at))
        return ""
    return ""


def _ours(pipe: Pipe, found: list[tuple[str, int]]) -> bool:
    """Return whether a pipeline is intended for Alertmanager, and record how Helm fails on it."""
    for command in pipe.commands:
        for one in command.arguments:
            if isinstance(one, Function) and one.name in _NOT_HELM:
                found.append((f"Helm fails here: it has no function {one.name!r}", one.at))
                return True
            if isinstance(one, Pipe) and _ours(one, found):
                return True
    for command in pipe.commands:
        for one in command.arguments:
            top = isinstance(one, Field) and (
                one.base is None or (isinstance(one.base, TemplateVariable) and one.base.name == "$")
            )
            if isinstance(one, Field) and top and one.names[0] in _OURS:
                found.append((f"Helm renders nothing here: it has no .{one.names[0]}, and tplConfig is true", one.at))
                return True
    return False
