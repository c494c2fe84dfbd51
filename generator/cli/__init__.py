"""The command line."""

from .app import run

__all__ = ["run"]
