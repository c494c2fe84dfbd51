"""Preview the messages for sample alerts with an Alertmanager on loopback."""

from .running import notes, preview

__all__ = ["notes", "preview"]
