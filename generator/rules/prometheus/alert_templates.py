"""Templates in labels and annotations of alerts, with Prometheus' functions and variables.

Source: template/template.go and rules/alerting.go of Prometheus.
"""

from __future__ import annotations

from ...alertmanager.gotemplate import TemplateError, parse_template
from ...alertmanager.gotemplate.lexer import KEYWORDS, tokens
from ...alertmanager.notification import GO_FUNCTIONS
from ...nearest import Guesses

_VARIABLES = (
    "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
)
_FUNCTIONS = frozenset(
    {
        *("query", "first", "label", "value", "strvalue", "args", "reReplaceAll", "safeHtml", "match", "title"),
        *("toUpper", "toLower", "graphLink", "tableLink", "sortByLabel", "stripPort", "stripDomain", "humanize"),
        *("humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration"),
        *("now", "pathPrefix", "externalURL", "parseDuration", "urlQueryEscape"),
    }
)
_KNOWN = GO_FUNCTIONS | _FUNCTIONS | KEYWORDS | {"true", "false"}


def alert_template_fault(text: str) -> None:
    """Raise TemplateError with the first fault for which Prometheus refuses a text."""
    if "{{" not in text:
        return
    try:
        parse_template(_VARIABLES + text)
    except TemplateError as error:
        raise TemplateError(str(error), max(0, error.at - len(_VARIABLES))) from None
    for one in tokens(text):
        if one.sort == "word" and one.text not in _KNOWN:
            close = Guesses().nearest(one.text, tuple(_FUNCTIONS))
            more = f", did you mean {close}?" if close else ""
            raise TemplateError(f"the function {one.text!r} does not exist in Prometheus{more}", one.at)
