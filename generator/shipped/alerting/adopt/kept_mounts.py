"""Keep mounted what the receivers read that stay in a file, whatever the spec still has."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....behaviour import Update
from ..mounted_secrets import layout_for
from ..values_text import values_text
from .inside import wrapped
from .section import config_of, is_mounted, mounts_in, with_mounts
from .section_reading import section_data, section_place, values_inside
from .shapes import at_path
from .values_file import part_at


def _folders(value: Any, folder: str) -> Iterator[str]:
    """Yield the names of the folders below one that the texts of a configuration name: files, or patterns of them."""
    below = re.compile(rf"{re.escape(folder)}/++([^/]++)/")
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            stack += one.values()
        elif isinstance(one, list):
            stack += one
        elif isinstance(one, str) and (found := below.match(one)):
            yield found.group(1)


def with_kept_mounts(update: Update, text: str, values: Mapping[str, Any]) -> str:
    """Return a text that mounts the Secrets which its configuration reads, if the present text of the file mounts them.

    The text is returned as it is if they cannot be added without the user. Raises Invalid if one cannot be read.
    """
    layout = layout_for(values)
    if not layout.mounts or text == update.ours:
        return text
    inside = values_inside(values, text, update.path)
    places = [section_place(one, inside, update.path) for one in (update.ours, text)]
    parts = [part_at(one, update.path, place) for one, place in zip((update.ours, text), places, strict=True)]
    if any(one is None or one.layout != layout for one in parts):
        return text
    before, after = (section_data(one, update.path) for one in parts if one is not None)
    had, has = (found if isinstance(found := at_path(one, layout.mounts), list) else [] for one in (before, after))
    dropped = [
        one
        for one in dict.fromkeys(_folders(config_of(after, layout), layout.folder))
        if is_mounted(one, had, layout) and not is_mounted(one, has, layout)
    ]
    if not dropped:
        return text
    base = mounts_in(after, layout)
    want = with_mounts(copy.deepcopy(base), dropped, layout, set())
    below = str(values.get("umbrella") or "")
    made = [wrapped(values_text(one, values, below=below, only=set(), inner=""), places[1]) for one in (base, want)]
    return update.merge(made[0], text, made[1]) or text
