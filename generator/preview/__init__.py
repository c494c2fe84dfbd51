"""Show what Slack would show of sample alerts, by an Alertmanager on loopback."""

from .running import notes, preview

__all__ = ["notes", "preview"]
