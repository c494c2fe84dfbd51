"""The sorts of edits by their names: at which places of a generated text each can be made, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import yaml

from .manifest_edits import (
    MadeEdit,
    added_item,
    added_key,
    appended_document,
    comment_above,
    comment_after,
    comment_at_the_end,
    comment_beside,
    deleted_entry,
    moved_tag,
    other_quoting,
    other_value,
    renamed_item,
    reordered,
    with_blank_line,
    with_crlf,
    written_as_flow,
)
from .manifest_spots import Spot, pair_before, spot_at


@dataclass(frozen=True)
class EditSort:
    """A sort of edits: at which places it can be made, and how."""

    fits: Callable[[Spot, str], bool]
    make: Callable[[str, Spot], MadeEdit]
    is_of_file: bool = False  # anywhere in the file, not in the lines of the key


def _is_short(spot: Spot, text: str) -> bool:
    return isinstance(spot.node, yaml.ScalarNode) and spot.node.style not in ("|", ">") and spot.end == spot.first + 1


def _has_no_comment(spot: Spot, text: str) -> bool:
    lines = text.splitlines()[spot.first : spot.end]
    return not any(" #" in line or line.lstrip().startswith("#") for line in lines)


def _is_scalar(spot: Spot, text: str) -> bool:
    names = ("kind", "apiVersion", "name")  # another one would make another object of it
    is_free = spot.is_item or spot.path[-1] not in names
    return is_free and not spot.is_item and _is_short(spot, text) and _has_no_comment(spot, text)


def _is_flat(spot: Spot, text: str) -> bool:
    node = spot.node
    if spot.is_item or isinstance(node, yaml.ScalarNode) or node.flow_style or not _has_no_comment(spot, text):
        return False
    parts = [part for one in node.value for part in (one if isinstance(one, tuple) else (one,))]
    return all(isinstance(one, yaml.ScalarNode) and one.style != "|" for one in parts)


def _is_own_pair(spot: Spot, text: str) -> bool:
    return not spot.is_item and not spot.is_led


def _can_go(spot: Spot, text: str) -> bool:
    is_needed = spot.path[-1] in {"kind", "apiVersion", "name", "metadata"}
    return _is_own_pair(spot, text) and spot.size > 1 and not is_needed


def _is_item(spot: Spot, text: str) -> bool:
    return spot.is_item and isinstance(spot.node, yaml.ScalarNode | yaml.MappingNode)


def _is_named(spot: Spot, text: str) -> bool:
    value = spot.value
    if not _is_item(spot, text):
        return False
    if isinstance(value, dict):
        return isinstance(value.get("name"), str) and spot_at(text, (*spot.path, "name")) is not None
    return isinstance(value, str) and _is_short(spot, text)


def _is_image(spot: Spot, text: str) -> bool:
    return spot.path[-1] == "image" and spot.value == "ghcr.io/example/shop:v1.2.3"


def _any(spot: Spot, text: str) -> bool:
    return True


SORTS: dict[str, EditSort] = {
    "a comment above": EditSort(lambda spot, _: not spot.is_led, comment_above),
    "a comment beside": EditSort(lambda s, text: _is_short(s, text) and _has_no_comment(s, text), comment_beside),
    "a comment after": EditSort(_is_own_pair, comment_after),
    "a comment at the end": EditSort(_any, comment_at_the_end, True),
    "another value": EditSort(_is_scalar, other_value),
    "another quoting": EditSort(lambda s, text: _is_scalar(s, text) and isinstance(s.value, str), other_quoting),
    "a deleted key": EditSort(_can_go, deleted_entry),
    "a deleted item": EditSort(lambda s, text: _is_item(s, text) and s.size > 1, deleted_entry),
    "an added key": EditSort(_is_own_pair, added_key),
    "an added item": EditSort(_is_item, added_item),
    "another order": EditSort(lambda s, text: not s.is_item and pair_before(s, text) is not None, reordered),
    "flow instead of block": EditSort(_is_flat, written_as_flow),
    "a renamed item": EditSort(_is_named, renamed_item),
    "a blank line": EditSort(lambda spot, _: not spot.is_led and spot.first > 0, with_blank_line),
    "CRLF": EditSort(_any, with_crlf, True),
    "the tag that a bot moved": EditSort(_is_image, moved_tag, True),
    "a document more": EditSort(_any, appended_document, True),
}
