"""Format what a service receives as lines of text: fields by name, e-mails as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

from .slack_message import message_lines
from .stand_in import Received

MAX_LINES = 300
MAX_LINE = 2000
_MAX_DEPTH = 20


def received_lines(message: Received, type_name: str) -> list[str]:
    """Return a message to a receiver of a type such as ``slack_configs`` as lines; at most MAX_LINES."""
    lines = []
    for one in _lines(message, type_name):
        lines.append(one if len(one) <= MAX_LINE else f"{one[:MAX_LINE]}…")
        if len(lines) > MAX_LINES:
            return [*lines[:-1], "  … (the rest is not shown)"]
    return lines


def _lines(message: Received, type_name: str) -> Iterator[str]:
    if message.content_type == "message/rfc822":
        yield from _mail_lines(message.body)
        return
    data = _data(message)
    if type_name == "slack_configs" and isinstance(data, Mapping):
        yield from message_lines(data)
        return
    if message.path not in {"", "/"}:
        yield f"  {message.method} {message.path}"
    yield from _field_lines(data, "  ")


def _data(message: Received) -> Any:
    text = message.body.decode("utf-8", "replace")
    if message.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(text, max_num_fields=1000))
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _field_lines(data: Any, before: str, depth: int = 0) -> Iterator[str]:
    """Yield the fields that have a value, a line each; further lines of a text and nested fields are indented."""
    if depth > _MAX_DEPTH:
        yield f"{before}…"
    elif isinstance(data, Mapping):
        for name, one in data.items():
            if one is None or one in ("", [], {}):
                continue
            if isinstance(one, dict | list):
                yield f"{before}{name}:"
                yield from _field_lines(one, f"{before}  ", depth + 1)
            else:
                yield from _text_lines(f"{before}{name}: ", before, _text(one))
    elif isinstance(data, list):
        for one in data:
            first, *others = [*_field_lines(one, "", depth + 1)] or [""]
            yield f"{before}- {first}"
            yield from (f"{before}  {each}" for each in others)
    else:
        yield from _text_lines(before, before, _text(data))


def _text_lines(start: str, before: str, text: str) -> Iterator[str]:
    first, *others = text.rstrip("\n").split("\n")
    if not others:
        yield f"{start}{first}"
        return
    yield start.rstrip() if start != before else f"{before}{first}"
    yield from (f"{before}  ┃ {one}" for one in (text.rstrip("\n").split("\n") if start != before else others))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _mail_lines(data: bytes) -> Iterator[str]:
    message = message_from_bytes(data, policy=policy.default)
    for name in ("From", "To", "Cc", "Reply-To", "Subject"):
        if message[name]:
            yield f"  {name}: {message[name]}"
    assert isinstance(message, EmailMessage)  # noqa: S101 - by its policy
    for sort, title in (("plain", "text"), ("html", "text of the HTML")):
        part = message.get_body((sort,))
        if part is None:
            continue
        text = part.get_content()
        yield f"  {title}:"
        yield from (f"  ┃ {one}" for one in (_text_of_html(text) if sort == "html" else text.rstrip().splitlines()))


def _text_of_html(text: str) -> list[str]:
    parser = _Text()
    parser.feed(text)
    parser.close()
    lines = [" ".join(one.split()) for one in "".join(parser.parts).split("\n")]
    return [one for one in lines if one]


class _Text(HTMLParser):
    """Collects the visible text; block elements begin a line."""

    _BLOCKS = frozenset("p div tr table br li h1 h2 h3 h4 body ul ol td".split())  # noqa: SIM905
    _HIDDEN = frozenset(("style", "script", "head", "title"))

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in self._HIDDEN
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in self._HIDDEN and self.hidden > 0
        if tag in self._BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)
