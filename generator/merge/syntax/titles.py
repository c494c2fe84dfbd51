"""Names of documents in the paths of fields, where a side has several documents.

``document[ConfigMap/app].data.x`` is a field of the ConfigMap ``app``. The namespace is
added if kind and name are not unique; documents that this does not identify have their number in ours, from 0.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

from ...yaml.meaning import YamlValue, item_at
from ..outcome import Conflict, Settle

PREFIX = "document["
_PLAIN = re.compile(r"[\w.:-]+")
Titles = Mapping[Hashable, str]
NamedDocuments = Sequence[tuple[Hashable, YamlValue]]  # tokens and values of documents


def document_titles(ours: NamedDocuments, theirs: NamedDocuments) -> dict[Hashable, str]:
    """Return the names of the documents of ours and theirs, if base or a side has several."""
    every = {token: (value, f"{n}") for n, (token, value) in enumerate(ours)}
    every |= {token: (value, f"generated {n}") for n, (token, value) in enumerate(theirs) if token not in every}
    found = {token: _names(value) for token, (value, _) in every.items()}
    counts = Counter(name for names in found.values() for name in names)
    return {
        token: f"{PREFIX}{next((name for name in found[token] if counts[name] == 1), number)}]"
        for token, (_, number) in every.items()
    }


def _names(value: YamlValue) -> list[str]:
    """Return possible names of an object, the shortest first; none for a document that is not an object."""
    sort, space, name = (item_at(value, one) for one in ("kind", "metadata.namespace", "metadata.name"))
    parts = [one[1] if isinstance(one, tuple) and isinstance(one[1], str) else "" for one in (sort, space, name)]
    if not all(map(_PLAIN.fullmatch, (parts[0], parts[2]))):
        return []
    return [f"{parts[0]}/{parts[2]}", *(["/".join(parts)] if _PLAIN.fullmatch(parts[1]) else [])]


def title_of(field: str) -> str:
    """Return the name of the document in a field's path, or ``""``."""
    return field[: field.find("]") + 1] if field.startswith(PREFIX) else ""


def without_title(field: str) -> str:
    """Return a field without the name of its document; ``""`` for the whole document."""
    return field[len(title_of(field)) :].removeprefix(".")


def is_vague(settle: Settle) -> bool:
    """Return whether a settled field does not name its document."""
    return any(one and not title_of(one) for one in settle.ours | settle.theirs)


def with_documents(settle: Settle, conflicts: Iterable[Conflict]) -> Settle:
    """Return settled fields with the missing document added, if only one is possible."""
    found = [one.field for one in conflicts if title_of(one.field)]

    def full(fields: frozenset[str]) -> frozenset[str]:
        out = set(fields)
        for field in fields:
            alone = Settle(ours=frozenset({field}))
            here = {title_of(one) for one in found if field and alone.side(without_title(one)) and not alone.side(one)}
            out |= {with_title(title, field) for title in here if len(here) == 1}
        return frozenset(out)

    return Settle(full(settle.ours), full(settle.theirs))


def with_title(title: str, field: str) -> str:
    """Return the path of a field in a document with a name."""
    if not title:
        return field
    return f"{title}{field}" if field.startswith("[") or not field else f"{title}.{field}"


def field_name(where: tuple[str, ...]) -> str:
    """Return the parts of a path as one: keys joined by dots, quoted if they contain one, items in brackets."""
    out = ""
    for part in where:
        if part.startswith("["):
            out += part
        elif re.fullmatch(r"[A-Za-z0-9_-]+", part):
            out += f".{part}" if out else part
        else:
            out += f"[{json.dumps(part, ensure_ascii=False)}]"
    return out
