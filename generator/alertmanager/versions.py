"""Versions of Alertmanager and Prometheus Operator, and which keys they know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .. import assets

# Releases of both add fields in minor versions only. A version of Alertmanager may have the number of its patch, for
# what a patch has changed: without one it may be any, and sorts before them.
Version = tuple[int, ...]
OLDEST = "0.15"  # means this release or an earlier one


@cache
def newest(what: str) -> Version:
    """Return the newest known version of ``alertmanager`` or ``operator``."""
    return _numbers(assets.data("alertmanager-fields")["newest"][what])


@cache
def installed_operator() -> Version:
    """Return the operator that the newest known chart kube-prometheus-stack installs."""
    return _numbers(assets.data("alertmanager-fields")["installs"]["operator"])


@cache
def linked(operator: Version) -> Version | None:
    """Return the Alertmanager that an operator is built with, None for an operator newer than all known ones.

    The operator first loads each configuration with that code (prometheus-operator, pkg/alertmanager/amcfg.go).
    """
    if operator > newest("operator"):
        return None
    pairs = assets.data("alertmanager-fields")["operator_loads"].items()
    found = sorted((_numbers(since), _numbers(loads)) for since, loads in pairs)
    return next((loads for since, loads in reversed(found) if since <= operator), found[0][1])


def _numbers(text: str) -> Version:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def version(text: str, what: str = "alertmanager") -> Version:
    """Parse a version such as ``0.27``, ``v0.27`` or ``v0.27.1``; returns the newest known of ``what`` otherwise.

    The patch is part of a version of Alertmanager only.
    """
    found = re.match(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?", text)
    if found is None:
        return newest(what)
    return tuple(int(one) for one in found.groups()[: 3 if what == "alertmanager" else 2] if one is not None)


def version_text(one: Version) -> str:
    """Return a version as text."""
    return ".".join(map(str, one))


@dataclass(frozen=True)
class Versions:
    """The versions that read a configuration: of Alertmanager, and of the operator if there is one."""

    alertmanager: Version
    operator: Version | None

    @property
    def loaders(self) -> tuple[Version, ...]:
        """The versions of Alertmanager whose code loads the configuration: an operator does so first, with its own."""
        loads = None if self.operator is None else linked(self.operator)
        return (self.alertmanager,) if loads is None else (self.alertmanager, loads)

    @property
    def utf8(self) -> bool:
        """Whether matchers may have UTF-8 names."""
        return self.alertmanager >= (0, 27)

    def operator_checks(self, since: str) -> bool:
        """Return whether an operator reads it that is not older than ``since``, or any for ``""``."""
        return self.operator is not None and (not since or self.operator >= version(since, "operator"))

    def refusal(self, name: str, since: str, operator: str | None) -> str:
        """Return the reason why a key cannot be used, or ``""``.

        ``name`` is its name in messages, ``since`` the first Alertmanager that knows it, ``operator`` the first
        operator that does: ``""`` for any, None if no known operator does.
        """
        first = version(since)
        if first > self.alertmanager and since != OLDEST:
            has = version_text(self.alertmanager)
            return f"{name} needs Alertmanager {version_text(first)}, but this is for {has}"
        if self.operator is None:
            return ""
        loads = linked(self.operator)
        if operator is None and loads is not None:
            up = version_text(newest("operator"))
            return f"Prometheus Operator up to {up} does not know {name}: it would refuse the whole configuration"
        if operator and version(operator) > self.operator:
            has = version_text(self.operator)
            return f"{name} needs Prometheus Operator {operator}, but this is for {has}, which would refuse it"
        if loads is not None and first > loads and since != OLDEST:
            return (
                f"Prometheus Operator {version_text(self.operator)} is built with Alertmanager {version_text(loads)}, "
                f"but {name} needs {version_text(first)}: the operator would refuse the whole configuration"
            )
        return ""
