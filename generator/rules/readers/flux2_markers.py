"""Read the markers of Flux v2: comments at the end of a value's line that name the policy that updates it.

Source: fluxcd/image-automation-controller 1.2, ``internal/update``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ...finding import Finding
from ...yaml import Node, comments
from ..rule import File, Scope
from .flux2_files import unread_by_flux

_MARKER = re.compile(r"\$imagepolicy|\{\s*[\"']?\$?imagepolicy", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
_PARTS = frozenset({"tag", "name", "digest"})


@dataclass(frozen=True)
class Flux2Marker:
    """A valid marker: its place, its policy and part, and the scalar that it marks."""

    line: int
    column: int
    namespace: str
    policy: str
    part: str
    key: str
    value: Node


def read_markers(file: File, scope: Scope) -> tuple[list[Flux2Marker], list[Finding]]:
    """Return the markers of a file that Flux reads, and findings for the others."""
    known = scope.memo.setdefault("flux2_markers", {})
    if file.path not in known:
        known[file.path] = _read(file) if _MARKER.search(file.text) else ([], [])
    result: tuple[list[Flux2Marker], list[Finding]] = known[file.path]
    return result


def _read(file: File) -> tuple[list[Flux2Marker], list[Finding]]:
    good, wrong = _parse(file)
    fault = unread_by_flux(file) if good else None
    if fault is None:
        return good, wrong
    message = f"the marker is ignored: {fault.message} (line {fault.line})"
    return [], [*wrong, *(Finding(one.line, one.column, message, fault.hint) for one in good)]


def _parse(file: File) -> tuple[list[Flux2Marker], list[Finding]]:
    lines = file.text.split("\n")
    places = _scalars(file)
    good: list[Flux2Marker] = []
    wrong: list[Finding] = []
    for number, comment in comments(file.text):
        line = lines[number - 1] if number <= len(lines) else ""
        if not _MARKER.search(comment) or _is_commented_out(line, comment):
            continue
        column = line.find(comment.strip()[:20]) + 1 or 1
        parsed = _value(comment)
        if isinstance(parsed, str):
            hint = """write: # {"$imagepolicy": "NAMESPACE:POLICY"}, with no other text after the #"""
            wrong.append(Finding(number, column, f"the marker {parsed}, so Flux ignores it", hint))
            continue
        place = places.get(number)
        if place is None or (place[2] and _is_closed(file.text, place[1])):
            where = "is behind a flow collection" if place else "follows no value"
            hint = "put it at the end of the line of the value, in block style"
            wrong.append(Finding(number, column, f"the marker {where}, so Flux ignores it", hint))
            continue
        good.append(Flux2Marker(number, column, *parsed, place[0], place[1]))
    return good, wrong


def _is_closed(text: str, value: Node) -> bool:
    """Tell whether more than a comma is between a value in a flow collection and the comment on its line."""
    return text[value.end : text.index("#", value.end)].strip() not in {"", ","}


def _is_commented_out(line: str, comment: str) -> bool:
    """Return whether the marker belongs to a field that is commented out."""
    return line.lstrip().startswith("#") and not comment.lstrip("# ").startswith("{")


def _value(comment: str) -> tuple[str, str, str] | str:
    """Return namespace, policy and part of a marker, or its fault as text."""
    match = re.fullmatch(r"#+\s*(\{.*\})\s*", comment)
    if not match:
        return "is not the whole comment" if "{" in comment else "is not a JSON object"
    try:
        data = json.loads(match.group(1))
    except ValueError:
        return "is not JSON (it needs double quotes)"
    if not isinstance(data, dict) or any(not isinstance(one, str) for one in data.values()):
        return "has a value that is not a string"
    if "$imagepolicy" not in data:
        return f"has the key {next(iter(data), '')!r}, not '$imagepolicy'"
    parts = data["$imagepolicy"].split(":")
    if len(parts) not in {2, 3} or not all(_NAME.match(one) for one in parts[:2]):
        return f"names {data['$imagepolicy']!r}, not NAMESPACE:POLICY"
    if len(parts) == 3 and parts[2] not in _PARTS:
        return f"ends in :{parts[2]}, not :tag, :name or :digest"
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


def _scalars(file: File) -> dict[int, tuple[str, Node, bool]]:
    """Return line to (key, value, in a flow collection) for scalars on the same line as their key."""
    found: dict[int, tuple[str, Node, bool]] = {}
    stack: list[tuple[Node, bool]] = [(one, False) for one in file.documents]
    while stack:
        node, flow = stack.pop()
        flow = flow or node.style == "flow"
        for key, value in node.pairs:
            if value.shape == "scalar" and value.style not in {"|", ">"} and value.start != value.end:
                found[value.line] = (key.text, value, flow)
            else:
                stack.append((value, flow))
        for item in node.items:
            if item.shape == "scalar":
                found[item.line] = ("", item, flow)
            else:
                stack.append((item, flow))
    return found
