"""What Telegram's server reads in a message with a parse mode, and refuses with error 400.

The rules are those of https://core.telegram.org/bots/api#markdownv2-style and #markdown-style.
"""

from __future__ import annotations

_TOGGLES = {"MarkdownV2": ("||", "__", "*", "_", "~", "`"), "Markdown": ("*", "_", "`")}
_RESERVED = {"MarkdownV2": "_*[]()~`>#+-=|{}.!", "Markdown": ""}


def fault(text: str, mode: str) -> str:
    """Return what Telegram refuses in a text, or ``""``."""
    at, is_open = 0, []
    while at < len(text):
        char = text[at]
        escapes = mode == "MarkdownV2" or text[at + 1 : at + 2] in {*"_*`["}
        if char == "\\" and escapes and "\0" < text[at + 1 : at + 2] <= "~":
            at += 2
            continue
        toggle = next((one for one in _TOGGLES[mode] if text.startswith(one, at)), "")
        if is_open and is_open[-1] == "`" and char != "`":
            at += 1
        elif toggle:
            if toggle in is_open and is_open[-1] != toggle:
                return f"{toggle} closes within {is_open[-1]}: {text[max(0, at - 20) : at + 10]!r}"
            if toggle in is_open:
                is_open.pop()
            else:
                is_open.append(toggle)
            at += len(toggle)
        elif char == "[":
            is_open.append(char)
            at += 1
        elif char == "]" and is_open and is_open[-1] == "[":
            is_open.pop()
            end = text.find(")", at)
            if text[at + 1 : at + 2] != "(" or end < 0:
                return f"a link has no address: {text[max(0, at - 20) : at + 10]!r}"
            at = end + 1
        elif char in _RESERVED[mode]:
            return f"{char!r} is reserved: {text[max(0, at - 20) : at + 10]!r}"
        else:
            at += 1
    return f"{is_open[-1]} is not closed" if is_open else ""
