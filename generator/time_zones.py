"""Names of time zones, from the table ``schemas/time-zones.json``: those of the IANA database, and its links.

The database of the machine is asked only for names that the table does not have. It does not decide alone: some
machines lack the links (``US/Pacific``), some have names of their own (``posix/UTC``), and a file system that does
not distinguish case takes ``europe/berlin``. Go, and so Kubernetes and Alertmanager, have the names as they are.
"""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import assets
from .nearest import Guesses

_OF_MACHINES = frozenset({"localtime", "posixrules", "posix", "right"})


def is_time_zone(name: str) -> bool:
    """Tell whether a name is that of a time zone, exactly as it is written."""
    known = _names()
    if name in known:
        return True
    if name.lower() in _by_lower_case() or name.partition("/")[0] in _OF_MACHINES:
        return False
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def near_time_zone(name: str) -> str:
    """Return the time zone whose name is most like an unknown name; ``""`` if no name is similar."""
    return _by_lower_case().get(name.lower()) or Guesses().nearest(name, sorted(_names())) or ""


@cache
def _names() -> frozenset[str]:
    areas: dict[str, list[str]] = assets.data("time-zones")["areas"]
    return frozenset(f"{area}/{one}" if area else one for area, found in areas.items() for one in found)


@cache
def _by_lower_case() -> dict[str, str]:
    return {one.lower(): one for one in _names()}
