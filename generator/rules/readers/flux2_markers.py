"""Read the markers of Flux v2: comments at the end of a value's line that name the policy that updates it.

Source: fluxcd/image-automation-controller 1.2, ``internal/update``.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from ...finding import Finding
from ...yaml import Node, comments
from ..rule import File, Scope
from .flux2_files import unread_by_flux

_MARKER = re.compile(r"\$imagepolicy|\{\s*[\"']?\$?imagepolicy", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
_COMMENTED = re.compile(r"(?:[ \t]*,)?[ \t]+#")
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
    read = file.documents if file.family != "kustomization" else None  # of that only known keys are left
    for number, comment in comments(file.text, read):
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
        if place is None or place.fault:
            hint = "put it at the end of the line of the value, in block style"
            fault = place.fault if place else "follows no value"
            wrong.append(Finding(number, column, f"the marker {fault}, so Flux ignores it", hint))
            continue
        good.append(Flux2Marker(number, column, *parsed, place.key, place.value))
    return good, wrong


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


@dataclass(frozen=True)
class _MarkedPlace:
    """A scalar that the comment at the end of a line belongs to, its key, and why Flux ignores a marker there."""

    key: str
    value: Node
    fault: str = ""


def _scalars(file: File) -> dict[int, _MarkedPlace]:
    """Return, by line, the scalar that a comment at its end belongs to for kyaml, which Flux uses.

    That is the line on which a value ends, or that of the header of a block; and, above an item that is a scalar
    without a comment, the comment lines.
    """
    found: dict[int, _MarkedPlace] = {}
    lines = file.text.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    stack: list[tuple[Node, bool]] = [(one, False) for one in file.documents]
    while stack:
        node, flow = stack.pop()
        flow = flow or node.style == "flow"
        for key, value in [*((key.text, one) for key, one in node.pairs), *(("", one) for one in node.items)]:
            if value.shape != "scalar":
                stack.append((value, flow))
                continue
            if value.start == value.end:
                continue
            is_block = value.style in {"|", ">"}
            number = value.line if is_block else bisect_right(starts, value.end)
            behind = "" if is_block else lines[number - 1][value.end - starts[number - 1] :]
            if not flow or _COMMENTED.match(behind):
                found[number] = _MarkedPlace(key, value)
            else:
                found.setdefault(number, _MarkedPlace(key, value, "is in a flow collection"))
            if not key and (above := _above(lines, value, is_first=value is node.items[0])):
                found.setdefault(above, _MarkedPlace(key, value))
    return found


def _above(lines: list[str], item: Node, *, is_first: bool) -> int:
    """Return the line of the only comment above an item that has none behind it, 0 if there is no such line.

    Above a blank line it belongs to the item before, if there is one.
    """
    text = lines[item.line - 1]
    if text[: item.column - 1].strip() not in {"", "-"} or " #" in text[item.column - 1 :]:
        return 0
    number = item.line - 1
    if lines[number - 1].strip() == "-":  # of this item
        number -= 1
    while is_first and number and not lines[number - 1].strip():
        number -= 1
    above = [one.lstrip()[:1] for one in lines[max(number - 2, 0) : number]]
    return number if above[-1:] == ["#"] and above[:-1] != ["#"] else 0
