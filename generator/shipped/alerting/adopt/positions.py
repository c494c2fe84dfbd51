"""Keep the positions of list items that something else names by number: ``receivers[2].discord_configs[0]``.

Flux's ``targetPath`` and Argo CD's ``parameters`` set single values so, often secrets. With a new item before it, they
would set the value of another receiver.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....errors import invalid
from .change import Adoption
from .place import ConfigPlace
from .shapes import at_path

_LISTS = {"receivers": ("receivers",), "routes": ("route", "routes"), "inhibit_rules": ("inhibit_rules",)}


def keep_positions(change: Adoption, set_paths: Sequence[str], place: ConfigPlace, path: str) -> None:
    """Put new receivers after those that have a position. Raises Invalid for a route that cannot come after others."""
    for name, keys in _LISTS.items():
        number = re.compile(rf"(?:^|\.){name}\[[0-9]")
        named = next((one for one in set_paths if number.search(one)), "")
        before = at_path(change.base.get("config"), keys)
        after = at_path(change.want.get("config"), keys)
        if not named or not isinstance(before, list) or not isinstance(after, list):
            continue
        where = ("config", *keys)
        new = {one[len(where)] for one in change.added if one[: len(where)] == where and len(one) == len(where) + 1}
        if not new or min(new) >= len(before):
            continue
        if name != "receivers":
            line, column = (place.root.line, place.root.column) if place.root is not None else (1, 1)
            message = f"{named} names an item of {name} by its number, but a new item must come before it"
            raise invalid(
                path, message, "write the value into the file, or add the item by hand", line=line, column=column
            )
        order = [*(at for at in range(len(after)) if at not in new), *sorted(new)]
        after[:] = [after[at] for at in order]
        change.added -= {(*where, at) for at in new}
        change.added |= {(*where, order.index(at)) for at in new}
