"""Check PromQL expressions by the package promql-parser, which only this module uses.

The grammar is https://prometheus.io/docs/prometheus/latest/querying/basics/. Regular expressions are checked with RE2,
because the package compiles them with another engine. Where the package is known to refuse what Prometheus accepts,
nothing is said: see ``_UNSURE``. Duration expressions, which Prometheus 3.14 reads by default, are checked as numbers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import regex

MAX_TEXT = 20_000
MAX_SIGNS = 1_000  # the package recurses, and takes quadratic time
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'|`[^`]*+`"
_COMMENT = r"#[^\n]*+"
_PART = re.compile(rf"(?P<string>{_STRING})|(?P<comment>{_COMMENT})|(?P<match>=~|!~)|(?P<space>\s++)|\w++|.", re.DOTALL)
_SIGN = re.compile(r"[(\[{+\-*/%^<>=!,]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)
# The package always reads the keywords of experimental features. It does not read colons in names of labels, exponents
# after a leading zero, signs in ranges, the operators that trim histograms, and what Prometheus 3 added: underscores
# in numbers, durations as numbers, offsets of zero or by an expression, and ranges after @ start() and @ end().
_UNSURE = re.compile(
    r"\b(?:smoothed|anchored|fill|fill_left|fill_right)\b|\b0[0-9]++e|\[\s*+[-+]|[<>]/|\b(?:by|without|on|ignoring|"
    r"group_left|group_right)\s*+\([^():]*+:|\b[0-9][0-9a-fx]*+_|\boffset\s*+(?:[-+]\s*+[-+]|[-+]?\s*+(?:[(0]|\w++\s*+\())|@\s*+(?:start|end)\s*+\(\s*+\)"
    r"\s*+\[|(?:\A|[-+*/%^<>=(,]|\bbool\b)\s*+[0-9]++(?:ms|[smhdwy])",
    re.IGNORECASE,
)
_SPLIT, _QUOTES = re.compile(rf"({_STRING})"), ("'", '"', "`")
_RANGE = re.compile(r"\[([^\[\]]*+)\]")
# Operands of an expression in a range: a call or a number as the first group, or the name of a function of two.
_OPERAND = re.compile(
    r"(\b(?:step|range)\s*+\(\s*+\)|\b0x[0-9a-f]++\b|\b[0-9][0-9a-z]*+\b(?:\.[0-9]*+(?:e[-+]?[0-9]++)?)?|"
    r"\.[0-9]++|\b(?:inf|nan)\b)|\b(?:min_of|max_of)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(r"\s*+[0-9][0-9a-z.]*+\s*+", re.IGNORECASE)
# What stands for a value in a file that something renders, and is never PromQL: of Helm and Jinja, but not braces that
# are doubled by mistake, Go with other delimiters, Python, autoconf, envsubst, and of people.
_RENDERED = re.compile(
    r"\{\{(?!\s*+(?:\w++\s*+[=!]|\}))[^{}]*+\}\}"
    r"|\[\[\s*+[A-Za-z_.$]|%\(\w++\)[a-z]|@[A-Za-z_]\w*+@|\$[A-Z]"
)
_NAMED = re.compile(r"(?:\A|[-+*/%^<>=(,\[]|\b(?:and|or|unless|bool)\b)\s*+<[A-Za-z][\w .-]*+>")
_GRAFANA = re.compile(r"\$[a-z_]")
_ESCAPING = re.compile(r"[\\\"\n]")
_PLAIN = re.compile(r"[\w .*+|()^$:/-]*+\Z")  # read alike by both engines of regular expressions


@lru_cache(maxsize=4096)
def promql_fault(text: str) -> str:
    """Return why Prometheus refuses an expression, or ``""``: also if it is too long to tell, or not certain."""
    if not text.strip():
        return "it is empty"
    if len(text) > MAX_TEXT or len(_SIGN.findall(text)) > MAX_SIGNS:
        return ""
    prepared, plain, fault = _prepared(text)
    if fault:
        return fault
    import promql_parser  # noqa: PLC0415 - only where there is an expression

    plainer = "".join(
        one if one[:1] in _QUOTES else _RANGE.sub(_with_plain_range, one) for one in _SPLIT.split(prepared)
    )
    try:
        promql_parser.parse(plainer)
    except ValueError as error:
        return "" if _UNSURE.search(plain if plainer == prepared else _without_strings(plainer)) else str(error)
    return ""


def series_fault(text: str) -> str:
    """Return why an expression that Prometheus loads cannot be the one of a rule, or ``""``.

    Prometheus only tells when it evaluates the rule, again and again, that the result is not a vector or scalar.
    """
    import promql_parser  # noqa: PLC0415 - only where there is an expression

    try:
        found = promql_parser.parse(text)
        while isinstance(found, promql_parser.ParenExpr):
            found = found.expr
    except ValueError:
        return ""
    if isinstance(found, (promql_parser.MatrixSelector, promql_parser.SubqueryExpr)):
        return "it is a range of values, and a rule needs one value of each series: use a function such as rate"
    return "it is a text, and not a value" if isinstance(found, promql_parser.StringLiteral) else ""


def _with_plain_range(found: re.Match[str]) -> str:
    """Return a range, or those of a subquery, with a plain duration for each duration expression that is valid."""
    return "[" + ":".join("5m" if _is_duration_expression(one) else one for one in found[1].split(":")) + "]"


def _is_duration_expression(text: str) -> bool:
    """Return whether a text is an expression of durations, and no duration alone: one of numbers in their place."""
    import promql_parser  # noqa: PLC0415 - only where there is an expression

    if not text.strip() or _DURATION.fullmatch(text):
        return False
    numbers = _OPERAND.sub(lambda one: " 1 " if one[1] else "+", text).replace(",", "-")
    try:
        return not re.search(r"[A-Za-z_=!<>@\"']", numbers) and bool(promql_parser.parse(numbers))
    except ValueError:
        return False


def is_rendered_later(text: str) -> bool:
    """Return whether an expression has a placeholder where PromQL has none, so that Prometheus gets another text.

    What is in a string is text, but ``"{{ include "x" . }}"`` are two strings only until it is rendered.
    """
    strings = [one[0] for one in _PART.finditer(text) if one["string"]]
    plain = _without_strings(text)
    nested = any("{{" in one and "}}" not in one[one.rindex("{{") :] for one in strings) and "}}" in strings[-1]
    # ERB: its tags may have quotes and # of another language.
    nested = nested or ("<%" in plain and "%>" in text[text.index("<%") :])
    return nested or _RENDERED.search(plain) is not None or _NAMED.search(plain) is not None


def has_dashboard_variable(text: str) -> bool:
    """Return whether an expression has a variable of a Grafana dashboard, such as ``$__rate_interval``."""
    return _GRAFANA.search(_without_strings(text)) is not None


def _without_strings(text: str) -> str:
    return "".join('""' if one["string"] else "" if one["comment"] else one[0] for one in _PART.finditer(text))


def promql_cost(text: str) -> int:
    """Return what it costs to check an expression: a million is a quarter of a second."""
    return min(len(_SIGN.findall(text)), MAX_SIGNS) ** 2


def _unescaped(text: str) -> str | None:
    """Return the content of a string, None if it has other escapes than those of backslashes and quotes."""
    return re.sub(r"\\(.)", r"\1", text) if re.fullmatch(r"(?:[^\\]|\\[\\\"'])*+", text) else None


def _prepared(text: str) -> tuple[str, str, str]:
    """Return the expression with regular expressions that engines read alike, also without its strings and comments,
    and why a regular expression is not valid, or ``""``.
    """
    parts: list[str] = []
    plain: list[str] = []
    matching = False
    for one in _PART.finditer(text):
        part = one[0]
        if one["string"] and matching and not _PLAIN.match(part[1:-1]):
            pattern = part[1:-1] if part[0] == "`" else _unescaped(part[1:-1])
            if pattern is not None and (reason := regex.fault(f"^(?s:{pattern})$")):
                return text, "", f"{part} is not a valid regular expression: {reason}"
            part = '"x"'
        elif part[0] == "`" and one["string"]:  # the package reads escapes in backquotes, where there are none
            part = f'"{_ESCAPING.sub("x", part[1:-1])}"'
        parts.append(part)
        plain.append("" if one["string"] or one["comment"] else part)
        matching = bool(one["match"]) or (matching and bool(one["space"] or one["comment"]))
    return "".join(parts), "".join(plain), ""
