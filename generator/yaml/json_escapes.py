"""Escapes of JSON that YAML refuses: a character beyond U+FFFF is two surrogates (RFC 8259, section 7).

Programs that read both take text for JSON first: k8s.io/apimachinery/pkg/util/yaml, ``YAMLOrJSONDecoder``. Go reads a
surrogate without the other one as U+FFFD.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

_REPLACEMENT = "\ufffd"
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_ESCAPE = re.compile(rf"{_SURROGATE.pattern}|\\.")
_LONE = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\r\n]*")


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


# Numbers stay text: their size is not bounded here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)


def end_of_json(text: str) -> int:
    """Return where the JSON values at the start of a text end, 0 if no escape in them is one that YAML refuses."""
    end = 0
    searched = _SURROGATE.search(text)
    while searched and (at := _end_of_spaces(text, end)) < len(text):
        try:
            end = _DECODER.raw_decode(text, at)[1]
        except (ValueError, RecursionError):
            break
    return end


def without_surrogates(text: str, end: int) -> str:
    """Return text with the escape of U+FFFD for each that YAML refuses up to ``end``; all offsets are kept."""
    return _ESCAPE.sub(_replaced, text[:end]) + text[end:]


def json_string(raw: str) -> str:
    """Return the text of a string of JSON, which has its quotes."""
    return _LONE.sub(_REPLACEMENT, json.loads(raw))


def _end_of_spaces(text: str, start: int) -> int:
    found = _SPACES.match(text, start)
    return found.end() if found else start


def _replaced(escape: re.Match[str]) -> str:
    return "\\ufffd" if _SURROGATE.match(escape[0]) else escape[0]
