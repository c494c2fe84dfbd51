"""Keys of the items of lists: the fields that identify an item, from the table ``schemas/merge-keys.json``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ... import mergekeys
from ...mergekeys import Family
from ...yaml.meaning import YamlValue, hashable, item_at

EntryToken = Hashable


def key_families(root: YamlValue) -> list[Family]:
    """Return the families of the table of merge keys that a document belongs to."""
    pairs = root.items() if isinstance(root, dict) else ()
    return _families_of(tuple((key[1], _text(value)) for key, value in pairs if key[0] == "str"))


@lru_cache(64)
def _families_of(fields: tuple[tuple[str, str], ...]) -> list[Family]:
    return mergekeys.families(dict(fields))


class KeyFields:
    """A set of fields that identifies an item; every item must have the ``needed`` ones."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = fields
        self.needed = {
            one.partition(".")[0] for one in fields if one[-1] != "?" and one[0] not in "=." and "|" not in one
        }

    def __call__(self, item: YamlValue) -> EntryToken | None:
        """Return the key of an item, or None if it has none."""
        parts: list[Hashable] = []
        some = False
        for field in self.fields:
            name, bar, default = field.partition("|")
            value = _field(item, name.rstrip("?"))
            if value is None and not (bar or field[0] == "=" or field[-1] == "?"):
                return None
            some = some or value is not None
            parts.append(value if value is not None else ("str", default) if bar else None)
        return (
            tuple(parts) if some or (all(field[0] == "=" for field in self.fields) and isinstance(item, dict)) else None
        )

    def name(self, token: Any) -> str:
        """Return the name of an item in the path of a field."""
        parts, number = token
        shown = []
        for field, part in zip(self.fields, parts, strict=True):
            name = field.lstrip("=").rstrip("?").partition("|")[0]
            if part is not None:
                shown.append(f"{name}={_show(part)}" if name != "." else _show(part))
        return ",".join(shown) + (f",{number + 1}" if number else "")


class FirstField:
    """Alternative fields: the first one that an item has identifies it."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.keys = [KeyFields([field]) for field in fields]

    def __call__(self, item: YamlValue) -> EntryToken | None:
        """Return the key of an item, or None if it has none."""
        for number, keys in enumerate(self.keys):
            if (found := keys(item)) is not None:
                return (number, found)
        return None

    def name(self, token: Any) -> str:
        """Return the name of an item in the path of a field."""
        ((field, parts), number) = token
        name: str = self.keys[field].name((parts, number))
        return name.replace("@=", "=")


def key_fields(entry: Mapping[str, Any] | None) -> list[KeyFields]:
    """Return the sets of fields that an entry of the table of merge keys names."""
    return [KeyFields(one) for one in entry.get("keys", ())] if entry else []


def _field(item: YamlValue, name: str) -> Hashable | None:
    if name == ".":
        return hashable(item) if isinstance(item, tuple) and item[0] not in {"alias", "anchor", "tag"} else None
    value = item_at(item, name.lstrip("=").rstrip("@"))
    if value is None:
        return None
    if name[0] == "=":
        return hashable(sorted(value, key=repr) if isinstance(value, list) else value)
    if not isinstance(value, tuple) or value[0] in {"alias", "anchor", "tag"}:
        return None
    if name[-1] == "@":
        return (value[0], value[1].rpartition("@")[0] or value[1])
    return value


def _text(value: YamlValue) -> str:
    return str(value[1]) if isinstance(value, tuple) and len(value) == 2 else ""


def _show(part: Any) -> str:
    if isinstance(part, tuple) and len(part) == 2 and all(isinstance(one, str) for one in part):
        return str(part[1])
    texts: list[str] = []
    stack = [part]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple) and len(one) == 2 and all(isinstance(text, str) for text in one):
            texts.append(one[1])
        elif isinstance(one, tuple | frozenset):
            stack += sorted(one, key=repr)
    return "/".join(texts[::-1])
