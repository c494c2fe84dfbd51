"""Names of the documents of a stream, and whether a document under another name is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

from ...yaml.meaning import YamlValue, hashable, item_at, without_anchor
from .likeness import MOSTLY, fields_of, likeness
from .pairing import NEARLY

# The comments that head the file, above the first document of it, and those of a document.
DocumentComments = tuple[tuple[str, ...], tuple[str, ...]]
CommentsOf = Callable[[int], DocumentComments]  # by the number of a document
ObjectName = tuple[Hashable, ...]  # group, kind, name and namespace

_CALLED = ("str", "name"), ("str", "namespace")
_NAME = ("name", "")  # the placeholder for an object's own name in its content


class DocumentSide:
    """The documents of one side: their values, names and comments."""

    def __init__(self, values: Sequence[YamlValue], comments: CommentsOf) -> None:
        self.values = values
        self.comments = comments
        names = [identity_of(one) for one in self.values]
        counts = Counter(names)
        self.names = [one if one and counts[one] == 1 else None for one in names]

    @cached_property
    def looks(self) -> list[Hashable]:
        """The values of the documents, hashable."""
        return [hashable(one) for one in self.values]

    @cached_property
    def fields(self) -> list[frozenset[Hashable]]:
        """The fields of the maps of each document."""
        return [fields_of(one) for one in self.looks]

    def look(self, number: int) -> Hashable:
        """Return the name of a document, or its value if it has no unique name."""
        return self.names[number] or self.looks[number]


def identity_of(value: YamlValue) -> ObjectName | None:
    """Return group, kind, name and namespace of an object, or None."""
    if not isinstance(value, dict):
        return None
    group, sort, name = (without_anchor(item_at(value, one)) for one in ("apiVersion", "kind", "metadata.name"))
    if not all(isinstance(one, tuple) for one in (sort, name)):
        return None
    version = group[1].partition("/")[0] if isinstance(group, tuple) and "/" in group[1] else ""
    space = without_anchor(item_at(value, "metadata.namespace"))
    return version, sort, name, space if isinstance(space, tuple) else None


def is_another(one: ObjectName | None, other: ObjectName | None) -> bool:
    """Return whether two names are of two objects, if none was renamed.

    An object that is put into a namespace stays the same.
    """
    if not (one and other):
        return False
    return one[2] != other[2] or (one[3] != other[3] and None not in {one[3], other[3]})


def is_renamed(one: YamlValue, other: YamlValue, *, alone: bool) -> bool:
    """Return whether two objects are clearly the same under two names: most of their other content is the same.

    If they are not ``alone`` in their files, nearly all of it must be. The name may also occur in the content, renamed
    or not.
    """
    least = MOSTLY if alone else NEARLY
    pairs = ((_content(one, named=named), _content(other, named=named)) for named in (False, True))
    return any(mine and there and likeness(mine, there) >= least for mine, there in pairs)


def _content(value: Any, *, named: bool) -> frozenset[Hashable]:
    """Return the content of an object without its name and namespace; nothing for other documents.

    If not ``named``, occurrences of its name in the content are replaced by a placeholder.
    """
    if not isinstance(value, dict):
        return frozenset()
    about = value.get(("str", "metadata"))
    name = item_at(value, "metadata.name")
    rest = {key: one for key, one in value.items() if key[1] not in {"apiVersion", "kind", "metadata"}}
    if isinstance(about, dict) and (inner := {key: one for key, one in about.items() if key not in _CALLED}):
        rest["str", "metadata"] = inner
    found = hashable(rest if named else _without(rest, name))
    return found if isinstance(found, frozenset) else frozenset()


def _without(value: YamlValue, name: YamlValue) -> YamlValue:
    """Return a value with an object's name replaced by the placeholder."""
    if isinstance(value, dict):
        return {key: _without(one, name) for key, one in value.items()}
    if isinstance(value, list):
        return [_without(one, name) for one in value]
    return _NAME if value == name else value
