"""The markup of each service: its marks, and what its renderer would take for marks in a value.

A mark is escaped as the service documents it; where it has no escape, a zero-width space breaks it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .message_markup import Markup

_ENTITIES = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'
_IN_PARENTHESES = r"[!-'*-;=?-Z^-~]"


def _backslashes(characters: str) -> str:
    """Return the pipe that puts a backslash before characters, given as in a set of a regular expression."""
    return f' | reReplaceAll "([{characters}])" "\\\\$1"'


_MENTION = ' | reReplaceAll "@" "@\\u200b"'
# Before a word they strike, underline or cite it. A heading and a quote begin with a word, whose dot has no escape.
_JIRA_WORDS = (
    r' | reReplaceAll "(^|[^0-9A-Za-z\\\\])([-+?#])" "$1\\$2" | reReplaceAll "(?m)^(h[1-6]|bq)[.]" "$1\u200b."'
)
# Two backslashes are a line break in Jira, and Rocket.Chat has two renderers, of which one has no such escape.
_BACKSLASH = r' | reReplaceAll "(\\\\)" "$1\u200b"'
_DISCORD = r"\\\\*_~\\x60#>|<\\[\\]"
MARKUPS: Mapping[str, Markup] = {
    "plain": Markup(),
    # Its plain texts render links of HTML: https://developer.work.weixin.qq.com/document/path/90236
    "wechat": Markup(escape=' | reReplaceAll "<" "<\\u200b"'),
    "wechat markdown": Markup(
        ("**", "**"),
        "[NAME](URL) ",
        escape=r' | reReplaceAll "([<>*_\\x60#\\]])" "\u200b$1\u200b"',
        url=_IN_PARENTHESES,
        brackets=(", ", ""),
    ),
    "no mentions": Markup(escape=_MENTION),
    # https://api.slack.com/reference/surfaces/formatting#escaping
    "slack": Markup(
        ("*", "*"),
        "<URL|NAME> ",
        escape=f'{_ENTITIES} | reReplaceAll "\\x60\\x60" "\\x60\\u200b\\x60"',
        entities=True,
        blocks=True,
        url=r"[!-;=?-{}~]",
        address=' | reReplaceAll "&" "&amp;"',
    ),
    "markdown": Markup(("**", "**"), "[NAME](URL) ", escape=_backslashes(_DISCORD), url=_IN_PARENTHESES, blocks=True),
    # Browsers show attachments with marked, other clients with message-parser, which has no escapes for links and
    # mentions: https://github.com/RocketChat/Rocket.Chat, MarkdownText.tsx, https://github.com/RocketChat/fuselage
    "rocketchat": Markup(
        ("*", "*"),
        "[NAME](URL) ",
        escape=r' | reReplaceAll "([@<\\]])" "$1\u200b"' + _BACKSLASH + _backslashes(r"*_~\\x60#"),
        url=_IN_PARENTHESES,
        blocks=True,
    ),
    "mattermost": Markup(
        ("**", "**"),
        "[NAME](URL) ",
        escape=_backslashes(r"\\\\*_~\\x60#>|\\[\\]") + _MENTION,
        url=_IN_PARENTHESES,
        blocks=True,
    ),
    # A single line break renders as a space in this Markdown, which may have HTML.
    "paragraphs": Markup(
        ("**", "**"),
        "[NAME](URL) ",
        "\n\n",
        escape=_ENTITIES + _backslashes(r"\\\\*_~\\x60#|\\[\\]"),
        entities=True,
        blocks=True,
        url=_IN_PARENTHESES,
    ),
    # https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa
    "jira": Markup(
        ("*", "*"),
        "[NAME|URL] ",
        escape=_BACKSLASH + _backslashes(r"{}\\[\\]*_|!~^") + _JIRA_WORDS,
        blocks=True,
        url=r"[!-Z_a-z~]",
        brackets=(", ", ""),
    ),
    # Alertmanager renders it with html/template. Telegram needs these entities, and no others:
    # https://core.telegram.org/bots/api#html-style
    "html": Markup(
        ("<b>", "</b>"),
        '<a href="URL">NAME</a> ',
        escape=_ENTITIES + _MENTION,
        entities=True,
        end=" | safeHtml",
        url=r"[!#-%(-*,-;=?-Z_a-z~]",
        in_html=True,
    ),
    # Telegram refuses messages with unclosed markup, so values are escaped:
    # https://core.telegram.org/bots/api#markdown-style
    "telegram": Markup(
        link="[NAME](URL) ", escape=_backslashes(r"_*\\x60\\[") + _MENTION, url=_IN_PARENTHESES, brackets=(", ", "")
    ),
    "telegram v2": Markup(
        link="[NAME](URL) ",
        escape=_backslashes(r"-_*\\[\\]()~\\x60>#+=|{}.!\\\\") + _MENTION,
        url=_IN_PARENTHESES,
        brackets=(", ", ""),
        bullet="\\- ",
        mark="…",  # a dot is reserved, and so is a hyphen
    ),
}
