"""Find where a block scalar ends."""

from __future__ import annotations

import re

_HEADER = re.compile(r"(?:[&!][^ \t\n]*[ \t\n]+)*[|>]([-+0-9]*)([ \t]*(?:#[^\n]*)?)\n?")


def block_end(text: str, start: int, end: int) -> int:
    """Return where the last line of a block scalar ends, without its line break and insignificant blank lines."""
    header = _HEADER.match(text, start, end)
    if header is None:
        return end
    body = header.end()
    if body >= end:
        return start + len(text[start:end].rstrip())
    marks = header.group(1)
    if "+" in marks:
        return end - 1 if text[end - 1] == "\n" and end > body else end
    # Spaces beyond the indentation are text; if the header sets the indentation, all of them count as text.
    first = next((one for one in text[body:end].split("\n") if one.strip(" ")), "")
    indent = 0 if any(one.isdigit() for one in marks) else len(first) - len(first.lstrip(" "))
    if not first:
        return header.end(2)
    while end > body:
        line = text.rfind("\n", body, end - 1) + 1 or body
        if text[line:end].strip(" \n") or (end - line > indent + 1 and text[line:end].strip("\n")):
            break
        end = line
    return end - 1 if text[end - 1] == "\n" else end
