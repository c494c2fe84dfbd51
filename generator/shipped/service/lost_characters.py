"""Characters with which kustomize cannot build an object: it writes them without escapes, and refuses what it reads.

Those that go-yaml's emitter takes for printable and its scanner does not: https://github.com/yaml/go-yaml, readerc.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...spec import is_generated
from .derived import KUSTOMIZATION, file_place

_LOST = re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")


def character_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the texts of a spec that no kustomization can have."""
    if not is_generated(values, file_place(values, KUSTOMIZATION)):
        return
    stack: list[tuple[Any, list[Any]]] = [(one, [key]) for key, one in reversed([*values.items()])]
    while stack:
        one, place = stack.pop()
        if isinstance(one, Mapping):
            stack += [(value, [*place, key]) for key, value in reversed([*one.items()])]
        elif isinstance(one, list):
            stack += [(value, [*place, number]) for number, value in reversed([*enumerate(one)])]
        elif isinstance(one, str) and (found := _LOST.search(one)):
            message = f"kustomize cannot build an object with the character U+{ord(found[0]):04X}"
            yield SpecFault(place, message, "remove it, or write it in an encoding of your own, such as base64")
