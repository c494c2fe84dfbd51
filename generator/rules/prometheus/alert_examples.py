"""What examples of rules about alerts begin with, and the families of their files."""

from __future__ import annotations

from ..rule import Family

FAMILIES: tuple[Family, ...] = ("kubernetes", "prometheus")
HEAD = (
    "apiVersion: monitoring.coreos.com/v1\n"
    "kind: PrometheusRule\n"
    "metadata: {name: shop}\n"
    "spec:\n"
    "  groups:\n"
    "    - name: shop\n"
    "      rules:\n"
)
