"""Loads jsonschema_rs, where it is used: start-up time is a feature."""

from __future__ import annotations

import signal
from functools import cache
from types import ModuleType


@cache
def jsonschema_library() -> ModuleType:
    """Return the module. Ctrl-C waits until it is loaded: its initialization in Rust panics when it is interrupted."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        import jsonschema_rs  # noqa: PLC0415
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    return jsonschema_rs
