"""What reads a configuration: which Alertmanager, which Prometheus Operator, and what they know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .. import assets

Version = tuple[int, int]  # releases of both add fields in minor versions only
OLDEST = "0.15"  # stands for this release or an earlier one


@cache
def newest(what: str) -> Version:
    """Return the newest version that is known of ``alertmanager``, ``operator`` or ``operator_loads``.

    ``operator_loads`` is the Alertmanager that the newest known operator is built with: it loads each configuration
    with that one's code before it reads it itself (prometheus-operator, pkg/alertmanager/amcfg.go).
    """
    found = assets.data("alertmanager-fields")["newest"][what]
    major, minor = found.split(".")[:2]
    return int(major), int(minor)


def version(text: str, what: str = "alertmanager") -> Version:
    """Return the version that ``0.27``, ``v0.27`` or ``v0.27.1`` names; the newest known of ``what`` for any other."""
    found = re.match(r"v?([0-9]{1,4})\.([0-9]{1,4})", text)
    return (int(found[1]), int(found[2])) if found else newest(what)


def version_text(one: Version) -> str:
    """Return a version as people write it."""
    return f"{one[0]}.{one[1]}"


@dataclass(frozen=True)
class Versions:
    """What reads a configuration: Alertmanager's version, and that of the operator that reads it first, if one does."""

    alertmanager: Version
    operator: Version | None

    @property
    def utf8(self) -> bool:
        """Whether matchers may have UTF-8 names."""
        return self.alertmanager >= (0, 27)

    def refusal(self, name: str, since: str, operator: str | None) -> str:
        """Return why a key cannot be used here, or ``""``.

        ``name`` is what messages call it, ``since`` the first Alertmanager that knows it, ``operator`` the first
        operator that does: ``""`` for any, None where none is known.
        """
        first = version(since)
        if first > self.alertmanager and since != OLDEST:
            has = version_text(self.alertmanager)
            return f"Alertmanager knows {name} since {version_text(first)}, and this is for {has}"
        if self.operator is None:
            return ""
        up_to, loads = newest("operator"), newest("operator_loads")
        if operator is None and self.operator <= up_to:
            up = version_text(up_to)
            return f"no Prometheus Operator up to {up} knows {name}: it would refuse the whole configuration"
        if operator and version(operator) > self.operator:
            has = version_text(self.operator)
            return f"{name} needs Prometheus Operator {operator}, and this is for {has}, which would refuse it"
        if self.operator <= up_to and first > loads:
            return (
                f"Prometheus Operator {version_text(up_to)} is built with Alertmanager {version_text(loads)}, "
                f"and {name} is known since {version_text(first)}: the operator would refuse the whole configuration"
            )
        return ""
