"""What values beside Alertmanager's configuration say about it: whether it is used, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .chart_layouts import STACK
from .details import filled_later
from .value import Value

# Values that decide whether a configuration is used, and as what.
_DECIDING = (
    *(("enabled",), ("config", "enabled"), ("useExistingSecret",), ("alertmanagerSpec", "useExistingSecret")),
    *(("alertmanagerSpec", "alertmanagerConfiguration", "name"), ("tplConfig",)),
)


@dataclass(frozen=True)
class Chart:
    """The values around a configuration: the chart, its section, and settings derived from them."""

    name: str
    part: Value
    tpl: bool = False
    files: Mapping[str, Value] = field(default_factory=dict)
    rules: bool = True  # the chart's alerts are enabled

    @property
    def stack(self) -> bool:
        """Whether Prometheus Operator reads the configuration."""
        return self.name == STACK

    @property
    def is_decided(self) -> bool:
        """Whether no text that is filled in later decides whether the configuration is used."""
        return not any(filled_later(self.part.text_of(*one)) for one in _DECIDING)

    @property
    def replaced(self) -> str:
        """What takes the place of the configuration in the values, so that it is not used; else ``""``."""
        part, enabled = self.part, self.part.get("config", "enabled")
        if not self.stack:
            return "config.enabled" if enabled is not None and not part.truth_of("config", "enabled") else ""
        if part.truth_of("alertmanagerSpec", "useExistingSecret") or part.truth_of("useExistingSecret"):
            return "useExistingSecret"
        named = part.get("alertmanagerSpec", "alertmanagerConfiguration", "name")
        return "alertmanagerConfiguration" if named is not None else ""


def rendered_text(part: Value) -> Value | None:
    """Return the text configuration that kube-prometheus-stack uses, which requires ``tplConfig``."""
    found = part.get("stringConfig")
    used = found is not None and found.shape == "scalar" and found.text.strip() and part.truth_of("tplConfig")
    return found if used else None
