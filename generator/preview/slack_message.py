"""Format Slack messages as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def message_lines(message: Mapping[str, Any]) -> list[str]:
    """Return a Slack message as lines of text: sender, title, body, fields, footer."""
    who = " ".join(str(message[key]) for key in ("username", "channel") if message.get(key))
    lines = [f"  {who}"] if who else []
    if message.get("text"):
        lines += [f"  {line}" for line in str(message["text"]).split("\n")]
    for one in message.get("attachments") or ():
        body = [str(one.get("pretext") or ""), str(one.get("title") or ""), str(one.get("text") or "")]
        for field in one.get("fields") or ():
            body.append(f"{field.get('title', '')}: {field.get('value', '')}")
        for action in one.get("actions") or ():
            body.append(f"[{action.get('text', '')}] {action.get('url', '')}".rstrip())
        body.append(str(one.get("footer") or ""))
        bar = {"danger": "red", "good": "green", "warning": "yellow"}.get(
            str(one.get("color")), str(one.get("color") or "")
        )
        shown = [line for part in body if part for line in part.rstrip("\n").split("\n")]
        lines += [f"  ┃ {line}" for line in shown] or ["  ┃ (blank)"]
        lines.append(f"  ┗ {bar}")
    return lines
