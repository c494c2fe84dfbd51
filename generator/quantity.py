"""Kubernetes quantities: ``500m``, ``1.5Gi``, ``1e3``."""

from __future__ import annotations

import re

_SCALE = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)
}
_QUANTITY = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)([numkMGTPE]?|[KMGTPE]i)")


def quantity(text: str) -> float | None:
    """Return the value of a quantity as a number, or None if it is not valid."""
    found = _QUANTITY.fullmatch(text)
    return float(found[1]) * _SCALE[found[2]] if found else None
