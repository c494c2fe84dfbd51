"""Names of annotations that kustomize loses: it reads them as numbers or other values, even in quotes, and fails.

kustomize 5.5 to 5.7, which writes the annotations of each object anew without the quotes of the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...behaviour import SpecFault
from ...spec import is_generated
from ...yaml import data_of, parse_one
from .derived import KUSTOMIZATION, file_place
from .workload_class import WORKLOADS

_PLACES = (
    ("metadata", "annotations"),
    *((workload.name, "metadata", "annotations") for workload in WORKLOADS),
    ("service", "metadata", "annotations"),
    ("ingress", "annotations"),
    ("service_account", "annotations"),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})  # which it puts in quotes again


def annotation_faults(values: Mapping[str, Any]) -> Iterator[SpecFault]:
    """Yield the names of annotations of objects with which no kustomization can be built."""
    if not is_generated(values, file_place(values, KUSTOMIZATION)):
        return
    for where in _PLACES:
        here: Any = values
        for step in where:
            here = here.get(step) if isinstance(here, Mapping) else None
        for name, value in here.items() if isinstance(here, Mapping) else ():
            if value is not None and _is_lost(str(name)):
                message = (
                    f"kustomize cannot build an object with the annotation {name}, which is no text without quotes"
                )
                yield SpecFault(
                    [*where, name], message, f"use a name with a prefix, such as example.com/{name}", at_key=True
                )


def _is_lost(name: str) -> bool:
    if not _NAME.fullmatch(name) or name.lower() in _WORDS:
        return False
    return bool(_DATE.fullmatch(name)) or not isinstance(data_of(parse_one(name, KUSTOMIZATION), dialect="go"), str)
