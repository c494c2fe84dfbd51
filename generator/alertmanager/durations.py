"""Durations: Prometheus' (``1d12h``, units from large to small) and Go's (``1.5h``)."""

from __future__ import annotations

import re

_PROMETHEUS = re.compile(
    r"(?=[0-9])(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?\Z"
)
_UNITS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1)
_GO_UNITS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_GO_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_GO = re.compile(rf"[-+]?(?:0|(?:{_GO_PART})+)\Z")
_LONGEST = (1 << 63) // 1_000_000  # Go counts nanoseconds in 64 bits
MAX_TEXT = 100


def prometheus(text: str) -> int | None:
    """Parse a Prometheus duration to milliseconds; None if it is not valid."""
    if text == "0":
        return 0
    match = _PROMETHEUS.match(text) if len(text) <= MAX_TEXT else None
    if not match:
        return None
    total = sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNITS, strict=True))
    return total if total < _LONGEST else None


def go(text: str) -> float | None:
    """Parse a Go duration to milliseconds; None if it is not valid."""
    if len(text) > MAX_TEXT or not _GO.match(text):
        return None
    total = sum(float(number) * _GO_UNITS[unit] for number, unit in re.findall(_GO_PART, text))
    return total if total < _LONGEST else None
