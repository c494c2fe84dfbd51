"""Times, sizes and shares of a CPU in Compose files, as Kubernetes writes them.

Format: https://github.com/compose-spec/compose-spec, Extensions (Specifying durations, Specifying byte values).
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import ceil

_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(us|ms|s|m|h)")
_SECONDS = {"us": Decimal("1e-6"), "ms": Decimal("1e-3"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_SIZE = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))? ?([kmgt]?)(?:i?b)?", re.I)
_SHARE = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?")
_UNITS = "kmgt"


def seconds(text: str) -> int | None:
    """Return a time, such as 1m30s, in whole seconds, rounded up; None if it is not valid."""
    total, at = Decimal(0), 0
    while at < len(text):
        found = _TIME.match(text, at)
        if found is None:
            return None
        total += Decimal(found[1]) * _SECONDS[found[2]]
        at = found.end()
    return ceil(total) if text and total < 10**9 else None


def memory(text: str) -> str | None:
    """Return a size, such as 512m or 1.5GB, whose units are powers of 1024; None if it is not valid."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    power = _UNITS.index(found[3].lower()) + 1 if found[3] else 0
    size = int(Decimal(f"{found[1]}.{found[2] or 0}") * 1024**power)
    for unit, name in ((1024**3, "Gi"), (1024**2, "Mi"), (1024, "Ki")):
        if size and size % unit == 0:
            return f"{size // unit}{name}"
    return str(size) if size else None


def cpus(text: str) -> str | None:
    """Return a share of CPUs, such as 0.5, as 500m; None if it is not valid, or less than a thousandth."""
    if not _SHARE.fullmatch(text):
        return None
    thousandths = int(Decimal(text) * 1000)
    if not thousandths:
        return None
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)
