"""Tell a template of YAML, which another program renders first, from YAML that is broken. Pure.

Alertmanager's configurations, Helm values and rule files have templates of notifications, in the same ``{{ }}``, in
texts: https://prometheus.io/docs/alerting/latest/notifications/,
https://prometheus.io/docs/prometheus/latest/configuration/template_reference/. Those are no directives of a template
of YAML: without quotes they are a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..yaml import Node

UNRENDERED = "is a template that is not rendered yet"
QUOTE = "write the text with {{ }} in quotes"
_OTHER_QUOTES = "write the text in single quotes: it has double quotes in it"

# Directives of Go templates, Jinja and ERB: anywhere in a line, and where YAML has a value, an item or a key.
_DIRECTIVE = re.compile(r"(?<!\$)\{[{%#]|<%")
_AS_VALUE = re.compile(r"(?:\A[ \t]*+(?:-[ \t]++)*+|:[ \t]++|[\[{,][ \t]*+)(\{[{%#]|<%)")
# Placeholders that YAML cannot read: with a sign that begins no plain text, or alone in a line between keys.
_PLACEHOLDER = re.compile(
    r"(?:\A[ \t]*+(?:-[ \t]++)*+|:[ \t]++)(?:@[A-Za-z_][\w.-]*+@|%[A-Za-z_]\w*+%)|[\[{,][ \t]*+\$\{\w"
)
_ALONE = re.compile(r"[ \t]*+(?:\$\{?\w++\}?|<\w[\w .-]*+>|__\w++__)[ \t\r]*+\Z")
_QUOTED = re.compile("'[^'\n]*'|\"[^\"\n]*\"")
# An action in double quotes that has double quotes itself; a text in quotes that goes on in the next line.
_CUT = re.compile(r"\"[^\"\n{]*+(\{\{[^\"}\n]*+)\"[^\"\n]")
_OPEN = re.compile(r"(?:\A[ \t]*+(?:-[ \t]++)*+|:[ \t]++)([\"'])[^\"'\n]*+\Z")
_COMMENT = re.compile(r"(?:\A|(?<=[ \t]))#(?![{}]).*")
_BLOCK = re.compile(r"(?::|-)[ \t]+[|>][-+0-9]*[ \t]*(?:#.*)?\r?$")
# Of ``[[ … ]]``, by the first word or its spaces.
_BRACKETS = re.compile(r"\[\[-?(?:[ \t]*+[.$][A-Za-z_]|[ \t]++[a-z]++[ \t]++\"|[ \t]++[A-Za-z_][\w.]*+[ \t]++\]\])")
# The keys of a file of alerting, and what the actions in its texts begin with or name.
_ALERTING = re.compile(r"^[ \t]*+(?:-[ \t]++)?(?:receivers|route|alert|alertmanager|[a-z]++_configs)[ \t]*:", re.M)
_OF_NOTIFICATIONS = re.compile(
    r"(?<![\w.)\]])(?:\$?\.(?:Alerts|CommonLabels|CommonAnnotations|GroupLabels|ExternalURL|Labels|Annotations|Status"
    r"|StartsAt|EndsAt|GeneratorURL|Fingerprint)\b|\$(?:labels|value|externalLabels|externalURL)\b)"
)
_NEUTRAL = re.compile(r"\{\{-?[ \t]*+(?:(?:end|template|define|block)\b|/\*|else[ \t]*+-?\}\})")
# A name as Jinja writes it, as the whole value of a key which Alertmanager reads as it is.
_JINJA = re.compile(r"\{\{-?\s*+[A-Za-z_]\w*+(?:\.\w++)*+\s*+(?:\|[^{}]*+)?-?\}\}")
_OF_1PASSWORD = re.compile(r"\{\{\s*+op://")
_AS_IT_IS = re.compile(
    r"name|receiver|group_wait|group_interval|repeat_interval|resolve_timeout|smarthost|smtp_\w+|\w*api_url|chat_id"
)
# Comments of ytt, which have the values of the keys before them (https://carvel.dev/ytt/docs/latest/lang/).
_YTT = re.compile(r"^[^#\n]*+#@(?:[ \t]|[a-z]++/)", re.MULTILINE)
_MAX_ACTION = 2_000  # characters


def is_unrendered(text: str, line: int) -> bool:
    """Return whether a text that is not valid YAML is a template of YAML.

    It has a directive outside of quotes, comments and block scalars: where YAML has a value or key, up to the ``line``
    where parsing failed, or anywhere near that line.
    """
    alerting = _is_alerting(text)
    for number, one in _bare_lines(text, line + 1):
        if number < line - 1:
            starts = [found.start(1) for found in _AS_VALUE.finditer(one)]
        elif _PLACEHOLDER.search(one) or _ALONE.match(one):
            return True
        else:
            starts = [found.start() for found in _DIRECTIVE.finditer(one)]
        if any(not (alerting and _is_of_notifications(one, start)) for start in starts):
            return True
    written = text.split("\n", line)[line - 1 : line]
    return not alerting and any(_CUT.search(one) for one in written)


def quoting_hint(text: str, line: int) -> str:
    """Return how a template of notifications is to be quoted that makes a text invalid YAML in a line; else ``""``."""
    if not _is_alerting(text):
        return ""
    if any(_CUT.search(one) for one in text.split("\n", line)[line - 1 : line]):
        return _OTHER_QUOTES
    bare = (one for number, one in _bare_lines(text, line) if number >= line - 1)
    return QUOTE if any("{{" in found[0] for one in bare for found in _AS_VALUE.finditer(one)) else ""


def unquoted(nodes: Iterable[Node], text: str) -> list[Node] | None:
    """Return the templates of notifications without quotes, which YAML reads as maps; None if other directives are
    there: then the text is a template of YAML.
    """
    found = []
    alerting = _is_alerting(text)
    for one in nodes:
        if _is_directive(one, text):
            if not (alerting and _is_of_notifications(text, one.start)):
                return None
            found.append(one)
    return found


def is_filled_by_jinja(nodes: Iterable[Node]) -> bool:
    """Return whether a configuration of Alertmanager, in values too, has a name of Jinja where it has no templates, or
    a reference of 1Password (https://developer.1password.com/docs/cli/secrets-template-syntax/).
    """
    return any(
        each.shape == "scalar"
        and (_OF_1PASSWORD.match(each.text) or (_JINJA.fullmatch(each.text) and _AS_IT_IS.fullmatch(key.text)))
        for one in nodes
        for key, each in one.pairs
    )


def is_of_ytt(text: str) -> bool:
    """Return whether a valid text is a template of ytt."""
    return "#@" in text and _YTT.search(text) is not None


def may_be_unrendered(text: str) -> bool:
    """Return whether a valid text may be a template: quickly, for most texts are not."""
    return "{{" in text or "[[" in text


def has_directive(text: str) -> bool:
    """Return whether a text has a directive: the quick test before any other."""
    return any(sign in text for sign in ("{{", "{%", "<%"))


def _is_alerting(text: str) -> bool:
    return _ALERTING.search(text) is not None


def _is_of_notifications(text: str, start: int) -> bool:
    """Return whether the action at a place is one of a template of notifications."""
    action = text[start : start + _MAX_ACTION].partition("}}")[0] + "}}"
    return bool(_OF_NOTIFICATIONS.search(action) or _NEUTRAL.match(action))


def _is_directive(node: Node, text: str) -> bool:
    """Return whether YAML read ``{{ … }}`` as a map that is the key of a map, or ``[[ … ]]`` as nested lists."""
    if node.style != "flow":
        return False
    if node.shape == "map":
        return bool(node.pairs) and node.pairs[0][0].shape == "map"
    inner = node.items[0] if len(node.items) == 1 else None
    return inner is not None and inner.shape == "list" and bool(_BRACKETS.match(text, node.start))


def _bare_lines(text: str, last: int) -> Iterator[tuple[int, str]]:
    """Yield the lines up to a last one, with their numbers, without block scalars, quoted texts and comments."""
    block, quote = -1, ""
    for number, one in enumerate(text.split("\n")[:last], 1):
        if quote:
            quote = "" if quote in one else quote
            continue
        indent = len(one) - len(one.lstrip(" "))
        if block >= 0 and (indent > block or not one.strip()):
            continue
        block = indent if _BLOCK.search(one) else -1
        bare = _COMMENT.sub("", _QUOTED.sub('""', one))
        quote = opened[1] if (opened := _OPEN.search(bare)) else ""
        yield number, bare
