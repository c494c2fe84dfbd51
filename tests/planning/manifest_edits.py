"""Seventeen sorts of edits that people and bots make in generated manifests, and what must be there afterwards.

An edit is made in the text, and told a second time as a change of data: what a merge makes of the text must have the
data that the second telling makes of the generated data. Neither uses the merge.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from .manifest_spots import Gone, Path, Spot, at, find, pair_before, spot_at

MINE = "# mine: kept by the tests"
Data = dict[str, Any]
Change = Callable[[Data, Data], None]  # of the generated data, told what the data was before


@dataclass(frozen=True)
class MadeEdit:
    """An edited text, where, the same edit of data, and whether a text still has the style or comment of the edit."""

    text: str
    path: Path
    change: Change
    is_kept: Callable[[str], bool]
    is_style: bool = False


def _nothing(data: Data, before: Data) -> None:
    """Change no data: an edit of style or comments."""


def _with_lines(text: str, first: int, end: int, new: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:first], *new, *lines[end:]])


def _has_comment(text: str) -> bool:
    return text.count(MINE) == 1


def _is_next_to(spot: Spot, behind: int) -> Callable[[str], bool]:
    """Tell whether the comment is still at the place that it was written for, if that exists."""

    def is_kept(text: str) -> bool:
        if not _has_comment(text):
            return False
        there = spot_at(text, spot.path)
        lines = text.splitlines()
        number = next(number for number, line in enumerate(lines) if MINE in line)
        if there is None or behind > 0:  # what the template adds at the end may come in front of a comment there
            return there is None or number >= there.end
        return number == there.first + behind

    return is_kept


def comment_above(text: str, spot: Spot) -> MadeEdit:
    new = _with_lines(text, spot.first, spot.first, [f"{' ' * spot.indent}{MINE}\n"])
    return MadeEdit(new, spot.path, _nothing, _is_next_to(spot, -1), True)


def comment_beside(text: str, spot: Spot) -> MadeEdit:
    line = text.splitlines()[spot.first]
    new = _with_lines(text, spot.first, spot.first + 1, [f"{line} {MINE}\n"])
    return MadeEdit(new, spot.path, _nothing, _is_next_to(spot, 0), True)


def comment_after(text: str, spot: Spot) -> MadeEdit:
    new = _with_lines(text, spot.end, spot.end, [f"{' ' * spot.indent}{MINE}\n"])
    return MadeEdit(new, spot.path, _nothing, _is_next_to(spot, 1), True)


def comment_at_the_end(text: str, spot: Spot) -> MadeEdit:
    def is_last(text: str) -> bool:
        return _has_comment(text) and text.endswith(f"\n{MINE}\n")

    return MadeEdit(f"{text}{MINE}\n", spot.path, _nothing, is_last, True)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 700 if isinstance(value, int) else f"{value}-mine"


def _changed(spot: Spot, new: Any) -> Change:
    def change(data: Data, before: Data) -> None:
        if at(data, spot.path) != at(before, spot.path):
            raise Gone(spot.path)  # both changed it
        collection, key = find(data, spot.path)
        collection[key] = new

    return change


def _always(_: str) -> bool:
    return True


def _in_line(text: str, spot: Spot, written: str) -> str:
    """Return the text with the scalar at a place written anew."""
    line = text.splitlines()[spot.first]
    start, end = spot.node.start_mark.column, spot.node.end_mark.column
    return _with_lines(text, spot.first, spot.first + 1, [f"{line[:start]}{written}{line[end:]}\n"])


def other_value(text: str, spot: Spot) -> MadeEdit:
    new = _other(spot.value)
    return MadeEdit(_in_line(text, spot, json.dumps(new)), spot.path, _changed(spot, new), _always)


def other_quoting(text: str, spot: Spot) -> MadeEdit:
    written = f"'{spot.value}'" if spot.node.style != "'" else json.dumps(spot.value)

    def is_kept(text: str) -> bool:
        there = spot_at(text, spot.path)
        return there is None or there.value != spot.value or there.node.style == written[0]

    return MadeEdit(_in_line(text, spot, written), spot.path, _nothing, is_kept, True)


def deleted_entry(text: str, spot: Spot) -> MadeEdit:
    def change(data: Data, before: Data) -> None:
        try:
            collection, key = find(data, spot.path)
        except Gone:
            return
        if not spot.path[-1].startswith("#") or at(data, spot.path) == at(before, spot.path):
            del collection[key]  # else another item is in the place of that without a name

    return MadeEdit(_with_lines(text, spot.first, spot.end, []), spot.path, change, _always)


def added_key(text: str, spot: Spot) -> MadeEdit:
    def change(data: Data, before: Data) -> None:
        at(data, spot.path[:-1])["mine"] = "added"

    new = _with_lines(text, spot.end, spot.end, [f"{' ' * spot.indent}mine: added\n"])
    return MadeEdit(new, spot.path, change, _always)


def added_item(text: str, spot: Spot) -> MadeEdit:
    item: Any = {"name": "mine", "value": "added"} if isinstance(spot.node, yaml.MappingNode) else "mine"

    def change(data: Data, before: Data) -> None:
        at(data, spot.path[:-1]).append(item)

    lead = " " * spot.indent
    lines = [f"{lead}- mine\n"] if item == "mine" else [f"{lead}- name: mine\n", f"{lead}  value: added\n"]
    return MadeEdit(_with_lines(text, spot.end, spot.end, lines), spot.path, change, _always)


def reordered(text: str, spot: Spot) -> MadeEdit:
    """Put a pair in front of the one before it."""
    before = pair_before(spot, text)
    assert before is not None
    lines = text.splitlines(keepends=True)
    new = [*lines[spot.first : spot.end], *lines[before.first : spot.first]]

    def is_kept(text: str) -> bool:
        first, second = spot_at(text, spot.path), spot_at(text, before.path)
        return first is None or second is None or first.first < second.first

    return MadeEdit(_with_lines(text, before.first, spot.end, new), spot.path, _nothing, is_kept, True)


def written_as_flow(text: str, spot: Spot) -> MadeEdit:
    line = text.splitlines()[spot.first]
    written = json.dumps(spot.value) if isinstance(spot.value, list) else _flow_map(spot.value)

    def is_kept(text: str) -> bool:
        there = spot_at(text, spot.path)
        return there is None or bool(there.node.flow_style)

    return MadeEdit(
        _with_lines(text, spot.first, spot.end, [f"{line} {written}\n"]), spot.path, _nothing, is_kept, True
    )


def _flow_map(value: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {json.dumps(one)}" for key, one in value.items()) + "}"


def _place(data: Data, path: Path) -> int:
    """Return the index of an item; -1 of one that the template has no more: a renamed one is the user's then."""
    try:
        return int(find(data, path)[1])
    except Gone:
        return -1


def renamed_item(text: str, spot: Spot) -> MadeEdit:
    """Give an item another name, with what is in it."""
    item = spot.value
    new = f"{item['name'] if isinstance(item, dict) else item}-mine"
    named = spot_at(text, (*spot.path, "name")) if isinstance(item, dict) else spot
    assert named is not None

    def change(data: Data, before: Data) -> None:
        collection, place = at(data, spot.path[:-1]), _place(data, spot.path)
        renamed = {**(item if place < 0 else collection[place]), "name": new} if isinstance(item, dict) else new
        if place < 0:
            collection.append(renamed)
        else:
            collection[place] = renamed

    return MadeEdit(_in_line(text, named, json.dumps(new)), spot.path, change, _always)


def with_blank_line(text: str, spot: Spot) -> MadeEdit:
    def is_kept(text: str) -> bool:
        there = spot_at(text, spot.path)
        return there is None or not text.splitlines()[there.first - 1].strip()

    return MadeEdit(_with_lines(text, spot.first, spot.first, ["\n"]), spot.path, _nothing, is_kept, True)


def with_crlf(text: str, spot: Spot) -> MadeEdit:
    def is_kept(text: str) -> bool:
        return text.count("\n") == text.count("\r\n") > 0

    return MadeEdit(text.replace("\n", "\r\n"), spot.path, _nothing, is_kept, True)


def moved_tag(text: str, spot: Spot) -> MadeEdit:
    def change(data: Data, before: Data) -> None:
        collection, key = find(data, spot.path)
        collection[key] = new  # the bot's tag wins over that of a spec

    new = spot.value.replace(":v1.2.3", ":v1.2.4")
    return MadeEdit(_in_line(text, spot, new), spot.path, change, _always)


def appended_document(text: str, spot: Spot) -> MadeEdit:
    mine = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}

    def change(data: Data, before: Data) -> None:
        data["ConfigMap/mine"] = mine

    new = f"{text}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n"
    return MadeEdit(new, spot.path, change, _always)
