"""JSON without what its readers treat differently: duplicate keys, and numbers that are none."""

from __future__ import annotations

import json
from typing import Any


def load_strict(text: str) -> Any:
    """Return the data of a JSON text. Raises JSONDecodeError, ValueError or RecursionError."""
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a valid JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key is duplicated")
    return data
